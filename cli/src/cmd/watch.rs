//! `aseq watch`: shows clients, ports and connections, and follows their changes.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::os::fd::AsFd;

use alsa_seq::{
    Address, Card, ClientId, ClientInfo, PortInfo, Topology, TopologyChange, TopologyMonitor,
};
use nix::poll::{PollFd, PollFlags};

use super::list::{card, description, ways};
use crate::failure::Failure;
use crate::graph::notes;
use crate::lines::Lines;
use crate::people::{printable, say};
use crate::signals::{Catch, Signals};

#[cfg(feature = "json")]
mod json;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Show changes only, not the present state
    #[arg(long)]
    no_snapshot: bool,
    /// End after this many changes
    #[arg(short = 'n', long, value_name = "NUMBER")]
    changes: Option<u64>,
    /// Print a JSON object for each line
    #[cfg(feature = "json")]
    #[arg(short, long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let signals = Signals::block(Catch::Usual)?;
    let mut monitor = TopologyMonitor::open("aseq watch")?;
    let stdout = io::stdout();
    let mut out = Lines::new(&signals, stdout.as_fd());
    let mut shape = Shape {
        #[cfg(feature = "json")]
        is_json: arguments.json,
        own: monitor.control().id(),
        names: Names::default(),
    };
    for change in Topology::new().changes_to(monitor.topology()) {
        if arguments.no_snapshot {
            shape.names.remember(&change);
            continue;
        }
        shape.show(Mark::Present, &change, &mut out.waiting)?;
        out.write_if_many()?;
    }
    #[cfg(feature = "json")]
    if arguments.json {
        json::ready(&mut out.waiting).map_err(Failure::Output)?;
    }
    out.write()?;
    say(&"Waiting for changes. Press Ctrl+C to end.");
    let mut left = arguments.changes;
    while left != Some(0) {
        // Before the wait: the monitor may hold changes that `poll` does not see.
        while left != Some(0) {
            let Some(change) = monitor.try_next_change()? else {
                break;
            };
            if shape.show(Mark::of(&change), &change, &mut out.waiting)? {
                left = left.map(|left| left - 1);
            }
            out.write_if_many()?;
        }
        out.write()?;
        if left == Some(0) {
            break;
        }
        let mut fds = vec![
            PollFd::new(monitor.as_fd(), PollFlags::POLLIN),
            // Reports only that the reader has closed the pipe.
            PollFd::new(stdout.as_fd(), PollFlags::empty()),
        ];
        let woken = signals.wait_all(&mut fds, None)?;
        let reader = fds.get(1).and_then(PollFd::revents);
        // A signal is the normal end, not a failure.
        if woken.signal.is_some() {
            return Ok(());
        }
        if reader.is_some_and(|found| !found.is_empty()) {
            return Err(Failure::Output(io::ErrorKind::BrokenPipe.into()));
        }
    }
    Ok(())
}

/// The reason for a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Present,
    Added,
    Changed,
    Removed,
    Resynchronized,
}

impl Mark {
    const fn of(change: &TopologyChange) -> Self {
        use TopologyChange as Change;

        match change {
            Change::ClientAdded(_) | Change::PortAdded(_) | Change::Connected(_) => Self::Added,
            Change::ClientRemoved(_) | Change::PortRemoved(_) | Change::Disconnected(_) => {
                Self::Removed
            }
            Change::Resynchronized => Self::Resynchronized,
            _ => Self::Changed,
        }
    }

    const fn sign(self) -> char {
        match self {
            Self::Present => ' ',
            Self::Added => '+',
            Self::Changed => '~',
            Self::Removed => '-',
            Self::Resynchronized => '!',
        }
    }
}

/// The form of the lines, and the names that they show.
struct Shape {
    #[cfg(feature = "json")]
    is_json: bool,
    /// This program's client, which is not shown.
    own: ClientId,
    names: Names,
}

impl Shape {
    /// Shows a change. Returns false if it is about this program.
    fn show(
        &mut self,
        mark: Mark,
        change: &TopologyChange,
        out: &mut Vec<u8>,
    ) -> Result<bool, Failure> {
        if self.is_own(change) {
            return Ok(false);
        }
        self.names.remember(change);
        #[cfg(feature = "json")]
        let shown = if self.is_json {
            json::change(mark, change, out)
        } else {
            self.names.text(mark, change, out)
        };
        #[cfg(not(feature = "json"))]
        let shown = self.names.text(mark, change, out);
        shown.map_err(Failure::Output)?;
        self.names.forget(change);
        Ok(true)
    }

    fn is_own(&self, change: &TopologyChange) -> bool {
        match change {
            TopologyChange::ClientAdded(client)
            | TopologyChange::ClientRemoved(client)
            | TopologyChange::ClientChanged { new: client, .. } => client.id() == self.own,
            _ => false,
        }
    }
}

/// The names of clients and ports, as they were shown. The monitor's graph may already be
/// newer than the change on the line.
#[derive(Default)]
struct Names {
    clients: BTreeMap<ClientId, String>,
    ports: BTreeMap<Address, String>,
}

impl Names {
    fn remember(&mut self, change: &TopologyChange) {
        match change {
            TopologyChange::ClientAdded(client)
            | TopologyChange::ClientChanged { new: client, .. } => {
                self.clients.insert(client.id(), client.name().into_owned());
            }
            TopologyChange::PortAdded(port) | TopologyChange::PortChanged { new: port, .. } => {
                self.ports.insert(port.address(), port.name().into_owned());
            }
            _ => {}
        }
    }

    fn forget(&mut self, change: &TopologyChange) {
        match change {
            TopologyChange::ClientRemoved(client) => {
                self.clients.remove(&client.id());
            }
            TopologyChange::PortRemoved(port) => {
                self.ports.remove(&port.address());
            }
            _ => {}
        }
    }

    /// `client:port`
    fn of(&self, port: Address) -> String {
        let client = self.clients.get(&port.client).map_or("", String::as_str);
        let name = self.ports.get(&port).map_or("", String::as_str);
        printable(&format!("{client}:{name}"))
    }

    fn text(&self, mark: Mark, change: &TopologyChange, out: &mut impl Write) -> io::Result<()> {
        use TopologyChange as Change;

        write!(out, "{} ", mark.sign())?;
        match change {
            Change::ClientAdded(client) => self.client(client, card(client).as_ref(), out)?,
            // Its card may be removed, and another card may have the number.
            Change::ClientRemoved(client) => self.client(client, None, out)?,
            Change::ClientChanged { old, new } => {
                self.client(new, card(new).as_ref(), out)?;
                was(&old.name(), &new.name(), out)?;
            }
            Change::PortAdded(port) | Change::PortRemoved(port) => self.port(port, out)?,
            Change::PortChanged { old, new } => {
                self.port(new, out)?;
                was(&old.name(), &new.name(), out)?;
            }
            Change::Connected(connection) | Change::Disconnected(connection) => {
                let (sender, receiver) = (connection.sender, connection.receiver);
                let names = (self.of(sender), self.of(receiver));
                let notes = notes(connection);
                write!(
                    out,
                    "{sender} ({}) -> {receiver} ({}){notes}",
                    names.0, names.1
                )?;
            }
            Change::EndpointChanged(client) => write!(out, "UMP endpoint of client {client}")?,
            Change::FunctionBlockChanged { client, block } => {
                write!(out, "function block {block} of client {client}")?;
            }
            Change::Resynchronized => {
                write!(out, "announcements were lost; the differences follow")?;
            }
            // `TopologyChange` has no further variants yet.
            other => write!(out, "{other:?}")?,
        }
        writeln!(out)
    }

    fn client(
        &self,
        client: &ClientInfo,
        card: Option<&Card>,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let (id, name) = (client.id(), printable(&client.name()));
        write!(out, "client {id}: {name} [{}]", description(client, card))
    }

    fn port(&self, port: &PortInfo, out: &mut impl Write) -> io::Result<()> {
        let address = port.address();
        write!(out, "port {address} {} {}", ways(port), self.of(address))
    }
}

/// Writes the old name if it was different.
fn was(old: &str, new: &str, out: &mut impl Write) -> io::Result<()> {
    if old == new {
        return Ok(());
    }
    write!(out, ", was {}", printable(old))
}
