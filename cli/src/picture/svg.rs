//! The picture as SVG, for light and dark pages.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use alsa_seq::{Address, ClientId, Printable};

use super::layout::{Cell, columns};
use super::{BoxKind, ClientBox, Line, Picture};

/// Lengths in pixels.
const MARGIN: usize = 16;
const HEAD: usize = 28;
const ROW: usize = 22;
const FOOT: usize = 6;
/// The gap between boxes of one column, and the gap between columns.
const GAP: usize = 18;
const ALLEY: usize = 110;
/// The height of a passage.
const PASSAGE: usize = 12;
/// The approximate width of a character, and of the text beside a name: the client's number.
const CHARACTER: usize = 7;
const BESIDE: usize = 36;
const BOLD_CHARACTER: usize = 8;
const BESIDE_NAME: usize = 48;
const NARROWEST: usize = 130;
/// Longer names are shortened.
const LONGEST: usize = 36;

/// The styles that do not depend on the page.
const SHAPES: &str = "text{font:13px sans-serif}.name{font-weight:bold}.number{font-size:11px}\
.line{fill:none;stroke-width:1.6}.line:hover{stroke-width:3}.exclusive{stroke-dasharray:5 4}";

/// The colours for one kind of page. Not as CSS variables, because only browsers support these.
struct Colours {
    paper: &'static str,
    text: &'static str,
    number: &'static str,
    fill: &'static str,
    edge: &'static str,
    line: &'static str,
    hardware: &'static str,
    program: &'static str,
    kernel: &'static str,
}

const LIGHT: Colours = Colours {
    paper: "#fff",
    text: "#1f2328",
    number: "#656d76",
    fill: "#f6f8fa",
    edge: "#d0d7de",
    line: "#57606a",
    hardware: "#bf5b00",
    program: "#0969da",
    kernel: "#6e7781",
};

const DARK: Colours = Colours {
    paper: "#0d1117",
    text: "#e6edf3",
    number: "#8d96a0",
    fill: "#161b22",
    edge: "#30363d",
    line: "#9198a1",
    hardware: "#f0883e",
    program: "#58a6ff",
    kernel: "#8b949e",
};

impl Colours {
    fn rules(&self) -> String {
        let mut rules = format!(
            ".paper{{fill:{}}}text{{fill:{}}}.number{{fill:{}}}.box{{fill:{};stroke:{}}}.line{{stroke:{}}}",
            self.paper, self.text, self.number, self.fill, self.edge, self.line
        );
        for (kind, colour) in [
            (BoxKind::Hardware, self.hardware),
            (BoxKind::Program, self.program),
            (BoxKind::Kernel, self.kernel),
        ] {
            let _ = write!(rules, ".{}{{fill:{colour}}}", class(kind));
        }
        rules
    }
}

const fn class(kind: BoxKind) -> &'static str {
    match kind {
        BoxKind::Hardware => "hardware",
        BoxKind::Program => "program",
        BoxKind::Kernel => "kernel",
    }
}

/// A point: the distances from the left and from the top.
type Point = (usize, usize);

/// The place of a client's box.
struct Place<'p> {
    client: &'p ClientBox,
    x: usize,
    y: usize,
    width: usize,
}

/// The places of all objects.
#[derive(Default)]
struct Plan<'p> {
    places: Vec<Place<'p>>,
    /// The left and right ends of the passages between two clients.
    passages: BTreeMap<(ClientId, ClientId), Vec<(Point, Point)>>,
    width: usize,
    height: usize,
}

/// Returns the picture as the text of an SVG file.
pub(crate) fn svg(picture: &Picture) -> String {
    let plan = plan(picture);
    let Plan {
        places,
        width,
        height,
        ..
    } = &plan;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>MIDI connections</title>\n\
         <style>{SHAPES}{}@media(prefers-color-scheme:dark){{{}}}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\" rx=\"8\"/>\n",
        LIGHT.rules(),
        DARK.rules()
    );
    if places.is_empty() {
        let _ = writeln!(text, "<text x=\"{MARGIN}\" y=\"32\">no clients</text>");
    }
    let mut names = BTreeMap::new();
    let mut left = BTreeMap::new();
    let mut right = BTreeMap::new();
    for place in places {
        for (row, port) in place.client.ports.iter().enumerate() {
            let middle = place.y + HEAD + row * ROW + ROW / 2;
            left.insert(port.address, (place.x, middle));
            right.insert(port.address, (place.x + place.width, middle));
            names.insert(port.address, format!("{}:{}", place.client.name, port.name));
        }
    }
    for line in &picture.lines {
        if let (Some(from), Some(to)) = (right.get(&line.sender), left.get(&line.receiver)) {
            let clients = (line.sender.client, line.receiver.client);
            let passages = plan.passages.get(&clients).map_or(&[][..], Vec::as_slice);
            let path = path(*from, passages, *to);
            connection(&mut text, line, &path, &names);
        }
    }
    for place in places {
        client(&mut text, place);
    }
    text.push_str("</svg>\n");
    text
}

/// Computes the places of all objects.
fn plan(picture: &Picture) -> Plan<'_> {
    let columns = columns(picture);
    let client = |index: usize| picture.boxes.get(index);
    let tall = |cell: &Cell| match *cell {
        Cell::Client(index) => client(index).map_or(0, height),
        Cell::Passage { .. } => PASSAGE,
    };
    let column_tall = |column: &[Cell]| -> usize {
        let cells: usize = column.iter().map(tall).sum();
        cells + GAP * column.len().saturating_sub(1)
    };
    let tallest = columns
        .iter()
        .map(|column| column_tall(column))
        .max()
        .unwrap_or(0);
    let mut plan = Plan::default();
    let mut x = MARGIN;
    for column in &columns {
        let widths = column.iter().filter_map(|cell| match *cell {
            Cell::Client(index) => client(index).map(width),
            Cell::Passage { .. } => None,
        });
        let width = widths.max().unwrap_or(NARROWEST);
        let mut y = MARGIN + (tallest - column_tall(column)) / 2;
        for cell in column {
            match *cell {
                Cell::Client(index) => plan.places.extend(client(index).map(|client| Place {
                    client,
                    x,
                    y,
                    width,
                })),
                Cell::Passage { from, to } => {
                    if let (Some(from), Some(to)) = (client(from), client(to)) {
                        let middle = y + PASSAGE / 2;
                        let passages = plan.passages.entry((from.id, to.id)).or_default();
                        passages.push(((x, middle), (x + width, middle)));
                    }
                }
            }
            y += tall(cell) + GAP;
        }
        x += width + ALLEY;
    }
    plan.width = if columns.is_empty() {
        160
    } else {
        x - ALLEY + MARGIN
    };
    plan.height = (tallest + 2 * MARGIN).max(52);
    plan
}

/// Returns the path of a line from one port through passages to another, in SVG's notation.
fn path(from: Point, passages: &[(Point, Point)], to: Point) -> String {
    let mut path = format!("M{} {}", from.0, from.1);
    let mut last = from;
    for &(begin, end) in passages.iter().chain([&(to, to)]) {
        // A line that leads back begins and ends like a line that leads forward.
        let bow = last.0.abs_diff(begin.0).clamp(ALLEY, 2 * ALLEY) / 2;
        let _ = write!(
            path,
            "C{} {} {} {} {} {}",
            last.0 + bow,
            last.1,
            // The picture has a margin, but a curve may be wider.
            begin.0.saturating_sub(bow),
            begin.1,
            begin.0,
            begin.1
        );
        if begin != end {
            let _ = write!(path, "H{}", end.0);
        }
        last = end;
    }
    path
}

fn height(client: &ClientBox) -> usize {
    HEAD + client.ports.len() * ROW + FOOT
}

fn width(client: &ClientBox) -> usize {
    let length = |text: &String| text.chars().count().min(LONGEST);
    let ports = client.ports.iter();
    let ports = ports.map(|row| length(&row.name) * CHARACTER + BESIDE);
    let name = length(&client.name) * BOLD_CHARACTER + BESIDE_NAME;
    ports.chain([name, NARROWEST]).max().unwrap_or(NARROWEST)
}

fn client(out: &mut String, place: &Place<'_>) {
    let Place {
        client,
        x,
        y,
        width,
    } = *place;
    let kind = class(client.kind);
    let tall = height(client);
    let _ = write!(
        out,
        "<g><rect class=\"box\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{tall}\" \
         rx=\"6\"/><rect class=\"{kind}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"3\" rx=\"1.5\"/>\
         <text class=\"name\" x=\"{}\" y=\"{}\">{}</text>\
         <text class=\"number\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
        x + 12,
        y + 20,
        short(&client.name),
        x + width - 8,
        y + 20,
        client.id
    );
    for (row, port) in client.ports.iter().enumerate() {
        let middle = y + HEAD + row * ROW + ROW / 2;
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\">{}</text>",
            x + 12,
            middle + 4,
            short(&port.name)
        );
        let address = port.address;
        for (is_there, way, x) in [(port.receives, "in", x), (port.sends, "out", x + width)] {
            if is_there {
                let _ = write!(
                    out,
                    "<circle class=\"{kind}\" cx=\"{x}\" cy=\"{middle}\" r=\"4\" \
                     data-port=\"{address}\" data-way=\"{way}\"/>"
                );
            }
        }
    }
    out.push_str("</g>\n");
}

fn connection(out: &mut String, line: &Line, path: &str, names: &BTreeMap<Address, String>) {
    let exclusive = if line.is_exclusive { " exclusive" } else { "" };
    let name = |port| escaped(names.get(&port).map_or("", String::as_str));
    let (sender, receiver) = (line.sender, line.receiver);
    let _ = writeln!(
        out,
        "<path class=\"line{exclusive}\" d=\"{path}\" data-sender=\"{sender}\" \
         data-receiver=\"{receiver}\"><title>{sender} {} → {receiver} {}</title></path>",
        name(sender),
        name(receiver),
    );
}

/// Shortens a name so that it fits into a box.
fn short(name: &str) -> String {
    if name.chars().count() <= LONGEST {
        return escaped(name);
    }
    let cut: String = name.chars().take(LONGEST - 1).collect();
    escaped(&cut) + "…"
}

/// Escapes a text for XML. Replaces characters that XML does not allow.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in Printable(text).to_string().chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            plain => out.push(plain),
        }
    }
    out
}
