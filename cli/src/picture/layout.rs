//! The places of the clients' boxes: events go from left to right.
//!
//! Each client is in a column to the right of the clients that send to it. Within a column, clients
//! are near their connected clients. Of the clients without a connection, those that only send are
//! at the left, and all others at the right.

use std::collections::{BTreeMap, BTreeSet};

use super::{ClientBox, Picture};

/// Number of times that the columns are sorted by their neighbours.
const SWEEPS: usize = 8;

/// An object in a column. The numbers are indices into the picture's boxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    Client(usize),
    /// Room for the lines between two clients whose columns are not adjacent.
    Passage {
        from: usize,
        to: usize,
    },
}

/// The columns from left to right, each from top to bottom.
pub(super) fn columns(picture: &Picture) -> Vec<Vec<Cell>> {
    let edges = edges(picture);
    let ranks = ranks(picture, &edges);
    let number = ranks.iter().max().map_or(0, |most| most + 1);
    let mut columns: Vec<Vec<Cell>> = vec![Vec::new(); number];
    for (index, rank) in ranks.iter().enumerate() {
        if let Some(column) = columns.get_mut(*rank) {
            column.push(Cell::Client(index));
        }
    }
    // For each pair of adjacent columns, the edges between their cells.
    let mut steps: Vec<Vec<(Cell, Cell)>> = vec![Vec::new(); number];
    for &(from, to) in &edges {
        let rank = |node: usize| ranks.get(node).copied().unwrap_or(0);
        let mut last = Cell::Client(from);
        // None for a line that leads to the left.
        for (at, behind) in steps.iter_mut().enumerate().take(rank(to)).skip(rank(from)) {
            let next = if at + 1 == rank(to) {
                Cell::Client(to)
            } else {
                Cell::Passage { from, to }
            };
            behind.push((last, next));
            last = next;
            if let (Cell::Passage { .. }, Some(column)) = (next, columns.get_mut(at + 1)) {
                column.push(next);
            }
        }
    }
    columns.retain(|column| !column.is_empty());
    for sweep in 0..SWEEPS {
        order(&mut columns, &steps, sweep % 2 == 0);
    }
    columns
}

/// Returns the connections between different boxes, each once.
fn edges(picture: &Picture) -> Vec<(usize, usize)> {
    let index: BTreeMap<_, _> = picture
        .boxes
        .iter()
        .enumerate()
        .map(|(at, one)| (one.id, at))
        .collect();
    let ends = picture.lines.iter().filter_map(|line| {
        let ends = (
            *index.get(&line.sender.client)?,
            *index.get(&line.receiver.client)?,
        );
        (ends.0 != ends.1).then_some(ends)
    });
    let mut edges: Vec<_> = ends.collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// Returns the column of each box. Ignores edges that close a circle.
fn ranks(picture: &Picture, edges: &[(usize, usize)]) -> Vec<usize> {
    let number = picture.boxes.len();
    let forward = acyclic(number, edges);
    let mut ranks = vec![0; number];
    // Each round settles one more column.
    for _ in 0..number {
        let mut moved = false;
        for &(from, to) in &forward {
            let least = ranks.get(from).map_or(0, |rank| rank + 1);
            if let Some(rank) = ranks.get_mut(to).filter(|rank| **rank < least) {
                *rank = least;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    let last = ranks.iter().max().copied().unwrap_or(0).max(1);
    for (index, one) in picture.boxes.iter().enumerate() {
        let is_free = !edges.iter().any(|&(from, to)| from == index || to == index);
        if let Some(rank) = ranks.get_mut(index).filter(|_| is_free) {
            *rank = if only_sends(one) { 0 } else { last };
        }
    }
    ranks
}

fn only_sends(one: &ClientBox) -> bool {
    one.ports.iter().all(|row| !row.receives)
}

/// Returns the edges except for those that lead back, found with a depth-first search.
fn acyclic(number: usize, edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let next = |node: usize| {
        edges
            .iter()
            .filter(move |edge| edge.0 == node)
            .map(|edge| edge.1)
    };
    // The boxes on the path to the current one, and the finished boxes.
    let (mut open, mut done) = (BTreeSet::new(), BTreeSet::new());
    let mut forward = Vec::new();
    // Starts with boxes that receive from no other box, and then takes the remaining ones.
    let is_source = |node: &usize| !edges.iter().any(|edge| edge.1 == *node);
    let starts = (0..number).filter(is_source).chain(0..number);
    for start in starts {
        if done.contains(&start) {
            continue;
        }
        // Uses its own stack, because users decide the depth.
        let mut stack = vec![(start, next(start).collect::<Vec<_>>())];
        open.insert(start);
        while let Some((node, left)) = stack.last_mut() {
            let node = *node;
            let Some(to) = left.pop() else {
                open.remove(&node);
                done.insert(node);
                stack.pop();
                continue;
            };
            if open.contains(&to) {
                continue;
            }
            forward.push((node, to));
            if !done.contains(&to) {
                open.insert(to);
                stack.push((to, next(to).collect()));
            }
        }
    }
    forward
}

/// Sorts each column by the mean positions of its neighbours on one side.
fn order(columns: &mut [Vec<Cell>], steps: &[Vec<(Cell, Cell)>], by_senders: bool) {
    let number = columns.len();
    for turn in 1..number {
        let (at, beside) = if by_senders {
            (turn, turn - 1)
        } else {
            (number - 1 - turn, number - turn)
        };
        let neighbours = columns
            .get(beside)
            .map(|column| places(column))
            .unwrap_or_default();
        // The sum of the positions of a cell's neighbours, and their number.
        let mut sums: BTreeMap<Cell, (usize, usize)> = BTreeMap::new();
        for &(from, to) in steps.get(at.min(beside)).into_iter().flatten() {
            let (near, far) = if by_senders { (to, from) } else { (from, to) };
            if let Some(place) = neighbours.get(&far) {
                let sum = sums.entry(near).or_default();
                *sum = (sum.0 + place, sum.1 + 1);
            }
        }
        let Some(column) = columns.get_mut(at) else {
            continue;
        };
        let own = places(column);
        let mean = |cell: &Cell| match sums.get(cell) {
            Some((sum, number)) => sum * 1000 / number,
            None => own.get(cell).copied().unwrap_or(0) * 1000,
        };
        column.sort_by_cached_key(mean);
    }
}

fn places(column: &[Cell]) -> BTreeMap<Cell, usize> {
    let placed = column.iter().enumerate();
    placed.map(|(place, cell)| (*cell, place)).collect()
}
