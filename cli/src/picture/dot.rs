//! Graphviz' DOT: a record for each client, with a field for each port.

use std::fmt::Write as _;

use alsa_seq::Printable;

use super::Picture;

/// Returns the picture as the text of a DOT file.
pub(crate) fn dot(picture: &Picture) -> String {
    let mut text = String::from(
        "digraph sequencer {\n  rankdir=LR;\n  node [shape=record, style=rounded, \
         fontname=\"sans-serif\"];\n",
    );
    for client in &picture.boxes {
        let mut label = format!("{} {}", client.id, field(&client.name));
        for row in &client.ports {
            let (port, name) = (row.address.port, field(&row.name));
            let _ = write!(label, "|<p{port}> {port} {name}");
        }
        let _ = writeln!(text, "  c{} [label=\"{label}\"];", client.id);
    }
    for line in &picture.lines {
        let (from, to) = (line.sender, line.receiver);
        let style = if line.is_exclusive {
            " [style=dashed]"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "  c{}:p{}:e -> c{}:p{}:w{style};",
            from.client, from.port, to.client, to.port
        );
    }
    text.push_str("}\n");
    text
}

/// A text within a field of a record, and within quotation marks.
fn field(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in Printable(text).to_string().chars() {
        match character {
            '\\' => escaped.push_str("\\\\"),
            // Graphviz replaces HTML's names of characters.
            '&' => escaped.push_str("&amp;"),
            '"' | '{' | '}' | '|' | '<' | '>' | ' ' => {
                escaped.push('\\');
                escaped.push(character);
            }
            plain => escaped.push(plain),
        }
    }
    escaped
}
