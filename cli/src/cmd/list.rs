//! `aseq list`: clients, ports and connections.

use std::io::{self, BufWriter, Write};

use alsa_seq::{
    Address, ClientControl, ClientInfo, ClientKind, Error, ErrorKind, PortCaps, PortInfo,
    SequencerClient, Stamp, Subscription,
};

use crate::failure::Failure;
use crate::printable;

/// List clients, their ports, and what these are connected to
///
/// Each port is shown with what others can do with it: `i`, connect from it;
/// `o`, connect to it. Behind `->` stands a port that it sends to, behind `<-`
/// one that it receives from.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Only ports that can be connected from
    #[arg(short, long)]
    input: bool,
    /// Only ports that can be connected to (with --input: of either kind)
    #[arg(short, long)]
    output: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let client = SequencerClient::open("aseq list")?;
    let mut out = BufWriter::new(io::stdout().lock());
    for listed in client.clients() {
        let listed = listed?;
        if listed.id() != client.id() {
            show_client(&client, &listed, arguments, &mut out)?;
        }
    }
    out.flush().map_err(Failure::Output)
}

fn show_client(
    control: &ClientControl,
    client: &ClientInfo,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let mut ports = Vec::new();
    for port in control.ports(client.id()) {
        let port = port?;
        if arguments.wants(&port) {
            ports.push(port);
        }
    }
    if ports.is_empty() && arguments.is_choosy() {
        return Ok(());
    }
    let what = match (client.kind(), client.card(), client.pid()) {
        (ClientKind::Kernel, Some(card), _) => format!("card {card}"),
        (ClientKind::Kernel, None, _) => "kernel".to_owned(),
        (ClientKind::User, _, Some(pid)) => format!("user, pid {pid}"),
        (ClientKind::User, _, None) => "user".to_owned(),
    };
    let name = printable(&client.name());
    writeln!(out, "client {}: {name} [{what}]", client.id()).map_err(Failure::Output)?;
    for port in ports {
        show_port(control, &port, out)?;
    }
    Ok(())
}

fn show_port(
    control: &ClientControl,
    port: &PortInfo,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let flag = |yes, flag| if yes { flag } else { '-' };
    let (i, o) = (flag(is_input(port), 'i'), flag(is_output(port), 'o'));
    let name = printable(&port.name());
    let address = port.address().to_string();
    writeln!(out, "  {address:<7} {i}{o}  {name}").map_err(Failure::Output)?;
    for (arrow, connection) in connections(control, port.address())? {
        let other = if arrow == "->" {
            connection.dest
        } else {
            connection.sender
        };
        let name = full_name(control, other);
        let notes = notes(&connection);
        writeln!(out, "              {arrow} {other}{name}{notes}").map_err(Failure::Output)?;
    }
    Ok(())
}

/// The connections of a port, those on which it sends first.
fn connections(
    control: &ClientControl,
    port: Address,
) -> Result<Vec<(&'static str, Subscription)>, Failure> {
    let from = control.subscriptions_from(port);
    let to = control.subscriptions_to(port);
    let mut all = Vec::new();
    for (arrow, found) in [("->", from), ("<-", to)] {
        match found {
            Ok(connections) => all.extend(connections.into_iter().map(|found| (arrow, found))),
            // The port went away meanwhile, and its connections with it.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(all)
}

/// ` (client:port)`, or nothing if one of them is gone.
fn full_name(control: &ClientControl, address: Address) -> String {
    let name = || -> Result<String, Error> {
        let client = control.client_info(address.client)?;
        let port = control.port_info(address)?;
        Ok(format!(" ({}:{})", client.name(), port.name()))
    };
    printable(&name().unwrap_or_default())
}

fn notes(connection: &Subscription) -> String {
    let mut notes = String::new();
    if connection.exclusive {
        notes.push_str(" [exclusive]");
    }
    match connection.stamp {
        None => {}
        Some(Stamp::Ticks(queue)) => notes.push_str(&format!(" [ticks of queue {queue}]")),
        Some(Stamp::RealTime(queue)) => notes.push_str(&format!(" [time of queue {queue}]")),
    }
    notes
}

impl Arguments {
    fn is_choosy(&self) -> bool {
        self.input || self.output
    }

    fn wants(&self, port: &PortInfo) -> bool {
        !self.is_choosy() || self.input && is_input(port) || self.output && is_output(port)
    }
}

/// Whether anybody may connect from the port.
fn is_input(port: &PortInfo) -> bool {
    is_open(port, PortCaps::READ | PortCaps::SUBS_READ)
}

/// Whether anybody may connect to the port.
fn is_output(port: &PortInfo) -> bool {
    is_open(port, PortCaps::WRITE | PortCaps::SUBS_WRITE)
}

fn is_open(port: &PortInfo, caps: PortCaps) -> bool {
    port.caps().contains(caps) && !port.caps().contains(PortCaps::NO_EXPORT)
}
