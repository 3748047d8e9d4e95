//! `aseq list`: clients, ports and connections.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};

use alsa_seq::{
    Address, Card, ClientControl, ClientInfo, ClientKind, Connection, Error, MidiVersion, PortInfo,
    SequencerClient,
};

use crate::address::Place;
use crate::failure::Failure;
use crate::graph::{self, Client, Port, is_input, is_output, is_public, notes};
use crate::people::printable;

#[cfg(feature = "json")]
pub(super) mod json;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Show only these clients (CLIENT) and ports (CLIENT:PORT)
    #[arg(value_name = "PORT")]
    port: Vec<String>,
    /// Show only ports that you can connect from
    #[arg(short, long)]
    input: bool,
    /// Show only ports that you can connect to (with --input: ports of either kind)
    #[arg(short, long)]
    output: bool,
    /// Print a table: a line for each port and each connection, with the same columns
    #[arg(long)]
    table: bool,
    /// Print a JSON object
    #[cfg(feature = "json")]
    #[arg(short, long, conflicts_with = "table")]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let control = SequencerClient::open("aseq list")?;
    let places = Place::parse_all(&control, &arguments.port)?;
    for place in &places {
        place.check(&control)?;
    }
    let is_in = |port| places.is_empty() || places.iter().any(|place| place.contains(port));
    let mut clients = graph::clients(&control, |port| {
        is_in(port.address()) && arguments.wants(port)
    })?;
    if arguments.has_filter() {
        clients.retain(|client| !client.ports.is_empty());
    } else if !places.is_empty() {
        // A client may have no ports.
        let is_named = |client: &Client| places.contains(&Place::Client(client.info.id()));
        clients.retain(|client| !client.ports.is_empty() || is_named(client));
    }
    let mut out = BufWriter::new(io::stdout().lock());
    #[cfg(feature = "json")]
    if arguments.json {
        return json::show(&clients, &mut out)
            .and_then(|()| out.flush())
            .map_err(Failure::Output);
    }
    if arguments.table {
        table(&clients, &mut out)
    } else {
        tree(&control, &clients, &mut out)
    }
    .and_then(|()| out.flush())
    .map_err(Failure::Output)
}

fn tree(control: &ClientControl, clients: &[Client], out: &mut impl Write) -> io::Result<()> {
    let mut cards = Cards::default();
    for client in clients {
        let name = printable(&client.info.name());
        let what = description(&client.info, cards.of(&client.info));
        writeln!(out, "client {}: {name} [{what}]", client.info.id())?;
        for port in &client.ports {
            let name = printable(&port.info.name());
            let (address, ways) = (port.info.address().to_string(), ways(&port.info));
            writeln!(out, "  {address:<7} {ways}  {name}")?;
            for (arrow, other, connection) in connections(port) {
                let name = full_name(control, other);
                let notes = notes(connection);
                writeln!(out, "              {arrow} {other}{name}{notes}")?;
            }
        }
    }
    Ok(())
}

/// Describes a client. `card` is its sound card, if it has one and that can be read.
pub(super) fn description(client: &ClientInfo, card: Option<&Card>) -> String {
    let mut what = match (client.kind(), client.card(), client.pid()) {
        (ClientKind::Kernel, Some(number), _) => match card {
            Some(card) => described(card),
            None => format!("card {number}"),
        },
        (ClientKind::Kernel, None, _) => "kernel".to_owned(),
        (ClientKind::User, _, Some(pid)) => format!("user, pid {pid}"),
        (ClientKind::User, _, None) => "user".to_owned(),
    };
    if let Some(version) = ump_version(client) {
        what.push_str(&format!(", UMP MIDI {version}.0"));
    }
    what
}

/// The sound cards of several clients. Each card is read once.
#[derive(Default)]
struct Cards(BTreeMap<u32, Option<Card>>);

impl Cards {
    /// The client's sound card, if it can be read.
    fn of(&mut self, client: &ClientInfo) -> Option<&Card> {
        let number = client.card()?;
        self.0
            .entry(number)
            .or_insert_with(|| card(client))
            .as_ref()
    }
}

/// The client's sound card, if it can be read.
pub(super) fn card(client: &ClientInfo) -> Option<Card> {
    Card::read(client.card()?).ok()
}

/// Describes a card and its USB device.
fn described(card: &Card) -> String {
    let mut text = format!("card {} {}", card.number(), card.id());
    if let Some(usb) = card.usb() {
        text.push_str(&format!(", USB {:04x}:{:04x}", usb.vendor(), usb.product()));
        if let Some(port) = usb.port() {
            text.push_str(&format!(" at {port}"));
        }
        if let Some(serial) = usb.serial() {
            text.push_str(&format!(", serial {serial}"));
        }
    }
    printable(&text)
}

fn ump_version(client: &ClientInfo) -> Option<u32> {
    let version = client.midi_version();
    (version != MidiVersion::Legacy).then(|| version.number())
}

/// Letters for the directions in which others can connect the port.
pub(super) fn ways(port: &PortInfo) -> String {
    let flag = |yes, flag| if yes { flag } else { '-' };
    let (input, output) = (is_open(port, is_input), is_open(port, is_output));
    [flag(input, 'i'), flag(output, 'o')].iter().collect()
}

/// The connections of a port, with their other port. The port's receivers come first.
fn connections(port: &Port) -> impl Iterator<Item = (&'static str, Address, &Connection)> {
    let to = port.to.iter().map(|found| ("->", found.receiver, found));
    let from = port.from.iter().map(|found| ("<-", found.sender, found));
    to.chain(from)
}

/// ` (client:port)`, or nothing if the client or the port no longer exists.
fn full_name(control: &ClientControl, address: Address) -> String {
    let name = || -> Result<String, Error> {
        let client = control.client_info(address.client)?;
        let port = control.port_info(address)?;
        Ok(format!(" ({}:{})", client.name(), port.name()))
    };
    printable(&name().unwrap_or_default())
}

/// Writes lines with the same columns, for `awk` and `grep`. The last column, a name, may
/// contain spaces.
fn table(clients: &[Client], out: &mut impl Write) -> io::Result<()> {
    let mut line = |port: &str, ways: &str, sends: &str, name: &str| {
        writeln!(out, "{port:<8} {ways:<4} {sends:<8} {name}")
    };
    line("PORT", "WAYS", "SENDS-TO", "CLIENT:PORT")?;
    for client in clients {
        for port in &client.ports {
            let address = port.info.address().to_string();
            let name = format!("{}:{}", client.info.name(), port.info.name());
            let (ways, name) = (ways(&port.info), printable(&name));
            line(&address, &ways, "-", &name)?;
            for connection in &port.to {
                line(&address, &ways, &connection.receiver.to_string(), &name)?;
            }
        }
    }
    Ok(())
}

impl Arguments {
    fn has_filter(&self) -> bool {
        self.input || self.output
    }

    fn wants(&self, port: &PortInfo) -> bool {
        !self.has_filter()
            || self.input && is_open(port, is_input)
            || self.output && is_open(port, is_output)
    }
}

/// Returns whether the port exists for others in the direction that `way` checks.
fn is_open(port: &PortInfo, way: fn(&PortInfo) -> bool) -> bool {
    is_public(port) && way(port)
}
