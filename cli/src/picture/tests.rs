use alsa_seq::{Address, ClientId};

use super::layout::{self, Cell};
use super::{BoxKind, ClientBox, Line, Picture, Row, dot, svg};

/// A client with one port that sends and receives.
fn client(id: u8, name: &str) -> ClientBox {
    ClientBox {
        id: ClientId::new(id),
        name: name.to_owned(),
        kind: BoxKind::Program,
        ports: vec![Row {
            address: Address::new(id, 0),
            name: "port".to_owned(),
            receives: true,
            sends: true,
        }],
    }
}

fn picture(clients: u8, lines: &[(u8, u8)]) -> Picture {
    Picture {
        boxes: (0..clients)
            .map(|id| client(id, &format!("client {id}")))
            .collect(),
        lines: lines
            .iter()
            .map(|&(from, to)| Line {
                sender: Address::new(from, 0),
                receiver: Address::new(to, 0),
                is_exclusive: false,
            })
            .collect(),
    }
}

/// Returns the columns with the clients' numbers. A passage is 100 and the number of its client.
fn columns(picture: &Picture) -> Vec<Vec<usize>> {
    let number = |cell: &Cell| match *cell {
        Cell::Client(index) => index,
        Cell::Passage { from, .. } => 100 + from,
    };
    let columns = layout::columns(picture);
    columns
        .iter()
        .map(|column| column.iter().map(number).collect())
        .collect()
}

#[test]
fn events_go_from_left_to_right() {
    assert_eq!(columns(&picture(3, &[(2, 0), (0, 1)])), [[2], [0], [1]]);
    // A client is to the right of all clients that send to it.
    assert_eq!(
        columns(&picture(3, &[(0, 1), (0, 2), (1, 2)])),
        [vec![0], vec![1, 100], vec![2]]
    );
    // Lines do not cross unnecessarily.
    let parallel = picture(4, &[(0, 3), (1, 2)]);
    assert_eq!(columns(&parallel), [[0, 1], [3, 2]]);
}

#[test]
fn circles_and_unconnected_clients_have_a_place() {
    assert_eq!(columns(&picture(2, &[(0, 1), (1, 0)])), [[0], [1]]);
    assert_eq!(columns(&picture(1, &[(0, 0)])), [[0]]);
    assert_eq!(columns(&picture(3, &[(0, 1), (1, 2), (2, 0)])).len(), 3);
    assert_eq!(columns(&picture(0, &[])), Vec::<Vec<usize>>::new());
    let mut loners = picture(4, &[(2, 3)]);
    loners.boxes[0].ports[0].receives = false;
    let columns = columns(&loners);
    assert_eq!(columns, [vec![0, 2], vec![1, 3]]);
}

/// The maximum number of clients, each connected to all later ones.
#[test]
fn the_largest_picture_is_drawn_in_time() {
    let lines: Vec<_> = (0..64)
        .flat_map(|from| (from + 1..64).map(move |to| (from, to)))
        .collect();
    let picture = picture(64, &lines);
    assert_eq!(svg(&picture).matches("<path ").count(), lines.len());
}

/// For any connections, every client has one place, and every line is drawn.
#[test]
fn every_client_and_line_is_drawn() {
    use proptest::prelude::*;

    let lines = proptest::collection::vec((0..20_u8, 0..20_u8), 0..80);
    proptest!(ProptestConfig::with_cases(200), |(lines in lines)| {
        let picture = picture(20, &lines);
        let mut placed: Vec<usize> = columns(&picture).concat();
        placed.retain(|&client| client < 100);
        placed.sort_unstable();
        prop_assert_eq!(placed, (0..20).collect::<Vec<_>>());
        prop_assert_eq!(svg(&picture).matches("<path ").count(), lines.len());
        prop_assert_eq!(dot(&picture).matches(" -> ").count(), lines.len());
    });
}

/// The names come from other programs and from devices.
#[test]
fn a_name_is_only_text() {
    let name = "<script>&\"'\u{1b}[2J\u{0}\n{|}\\\u{ffff}\u{202e}";
    let mut hostile = picture(2, &[(0, 1)]);
    hostile.boxes[0].name = name.to_owned();
    hostile.boxes[1].ports[0].name = name.repeat(10_000);
    let (svg, dot) = (svg(&hostile), dot(&hostile));
    for text in [&svg, &dot] {
        assert!(
            text.chars().all(|c| !c.is_control() || c == '\n') && !text.contains('\u{202e}'),
            "{text:?}"
        );
    }
    assert!(
        !svg.contains("<script>") && svg.contains("&lt;script&gt;&amp;&quot;"),
        "{svg}"
    );
    // Only a title contains the full name.
    assert_eq!(svg.matches("<svg").count(), 1);
    let label = dot.lines().find(|line| line.contains("c0 [")).unwrap();
    assert!(label.contains(r#"0 \<script\>&amp;\"'"#), "{label}");
    assert!(label.contains(r"\{\|\}\\"), "{label}");
}

/// Browsers and READMEs show it, on light and dark pages.
#[test]
fn the_picture_matches_its_record() {
    let mut studio = picture(3, &[(0, 1), (1, 2), (0, 2)]);
    studio.boxes[0].kind = BoxKind::Hardware;
    studio.boxes[0].ports[0].receives = false;
    studio.boxes[2].kind = BoxKind::Kernel;
    studio.lines[2].is_exclusive = true;
    let drawn = svg(&studio);
    let recorded = include_str!("tests/studio.svg");
    assert_eq!(drawn, recorded, "{drawn}");
}
