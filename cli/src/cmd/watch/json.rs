//! The lines as JSON, as `docs/json.md` describes them.

use std::io::{self, Write};

use alsa_seq::TopologyChange;
use serde::Serialize;

use super::Mark;
use crate::cmd::list::card;
use crate::cmd::list::json::{Client, Connection, Port};
use crate::dump::monotonic_text;

#[derive(Serialize)]
struct Line {
    /// The time when the line was made.
    monotonic: String,
    change: &'static str,
    #[serde(flatten)]
    subject: Option<Subject>,
    /// The client or port before the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<Old>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Subject {
    Client(Client),
    Port(Port),
    Connection(Connection),
    Endpoint { client: u8 },
    FunctionBlock { client: u8, block: u8 },
}

#[derive(Serialize)]
#[serde(untagged)]
enum Old {
    Client(Client),
    Port(Port),
}

/// Writes the line that ends the present state.
pub(super) fn ready(out: &mut impl Write) -> io::Result<()> {
    line("ready", None, None, out)
}

pub(super) fn change(mark: Mark, change: &TopologyChange, out: &mut impl Write) -> io::Result<()> {
    use TopologyChange as Change;

    let mut old = None;
    let subject = match change {
        Change::ClientAdded(client) => {
            Subject::Client(Client::with_device(client, card(client).as_ref()))
        }
        // Its card may be removed, and another card may have the number.
        Change::ClientRemoved(client) => Subject::Client(Client::of(client)),
        Change::ClientChanged { old: before, new } => {
            old = Some(Old::Client(Client::of(before)));
            Subject::Client(Client::of(new))
        }
        Change::PortAdded(port) | Change::PortRemoved(port) => Subject::Port(Port::of(port)),
        Change::PortChanged { old: before, new } => {
            old = Some(Old::Port(Port::of(before)));
            Subject::Port(Port::of(new))
        }
        Change::Connected(connection) | Change::Disconnected(connection) => {
            Subject::Connection(Connection::of(connection))
        }
        Change::EndpointChanged(client) => Subject::Endpoint {
            client: client.number(),
        },
        Change::FunctionBlockChanged { client, block } => Subject::FunctionBlock {
            client: client.number(),
            block: *block,
        },
        // This includes kinds of changes that the library may add.
        _ => return line(word(mark), None, None, out),
    };
    line(word(mark), Some(subject), old, out)
}

const fn word(mark: Mark) -> &'static str {
    match mark {
        Mark::Present => "present",
        Mark::Added => "added",
        Mark::Changed => "changed",
        Mark::Removed => "removed",
        Mark::Resynchronized => "resynchronized",
    }
}

fn line(
    change: &'static str,
    subject: Option<Subject>,
    old: Option<Old>,
    out: &mut impl Write,
) -> io::Result<()> {
    let line = Line {
        monotonic: monotonic_text(),
        change,
        subject,
        old,
    };
    serde_json::to_writer(&mut *out, &line)?;
    writeln!(out)
}
