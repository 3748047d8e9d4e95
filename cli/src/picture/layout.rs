//! Where the boxes of clients stand: events go from left to right.
//!
//! Each client stands in the column behind those that send to it. Within a column, clients
//! stand near those that they are connected to. Clients without a connection stand in the
//! columns where they belong: those that only send at the left, all others at the right.

use std::collections::{BTreeMap, BTreeSet};

use super::{ClientBox, Picture};

/// How often columns are put in order by their neighbours.
const SWEEPS: usize = 8;

/// Something that takes up room in a column. The numbers are indices into the picture's boxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    Client(usize),
    /// Room for the lines from one client to another that stand in columns farther apart.
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
    // From each cell to the next.
    let mut steps = Vec::new();
    for &(from, to) in &edges {
        let rank = |node: usize| ranks.get(node).copied().unwrap_or(0);
        let mut last = Cell::Client(from);
        // None for a line that leads back.
        for column in columns
            .get_mut(rank(from) + 1..rank(to))
            .into_iter()
            .flatten()
        {
            let passage = Cell::Passage { from, to };
            column.push(passage);
            steps.push((last, passage));
            last = passage;
        }
        if rank(from) < rank(to) {
            steps.push((last, Cell::Client(to)));
        }
    }
    columns.retain(|column| !column.is_empty());
    for sweep in 0..SWEEPS {
        order(&mut columns, &steps, sweep % 2 == 0);
    }
    columns
}

/// The connections between different boxes, each once.
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

/// The column of each box. An edge that would close a circle does not count.
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

/// The edges without those that lead back, found by a walk into depth.
fn acyclic(number: usize, edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let next = |node: usize| {
        edges
            .iter()
            .filter(move |edge| edge.0 == node)
            .map(|edge| edge.1)
    };
    // The boxes on the way to the present one, and those that were left for good.
    let (mut open, mut done) = (BTreeSet::new(), BTreeSet::new());
    let mut forward = Vec::new();
    // From those that nobody sends to, and then whatever is left.
    let is_source = |node: &usize| !edges.iter().any(|edge| edge.1 == *node);
    let starts = (0..number).filter(is_source).chain(0..number);
    for start in starts {
        if done.contains(&start) {
            continue;
        }
        // A stack of its own: the depth is up to the users.
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

/// Puts each column in the order of the mean places of its neighbours on one side.
fn order(columns: &mut [Vec<Cell>], steps: &[(Cell, Cell)], by_senders: bool) {
    let number = columns.len();
    for turn in 1..number {
        let (at, beside) = if by_senders {
            (turn, turn - 1)
        } else {
            (number - 1 - turn, number - turn)
        };
        let neighbours = columns.get(beside).cloned().unwrap_or_default();
        let Some(column) = columns.get_mut(at) else {
            continue;
        };
        let places: BTreeMap<Cell, usize> = column
            .iter()
            .enumerate()
            .map(|(place, cell)| (*cell, place))
            .collect();
        let mean = |cell: &Cell| -> usize {
            let known = steps.iter().filter_map(|&(from, to)| {
                let (near, far) = if by_senders { (to, from) } else { (from, to) };
                (near == *cell).then(|| neighbours.iter().position(|one| *one == far))?
            });
            let known: Vec<usize> = known.collect();
            match known.len() {
                0 => places.get(cell).copied().unwrap_or(0) * 1000,
                count => known.iter().sum::<usize>() * 1000 / count,
            }
        };
        column.sort_by_key(mean);
    }
}
