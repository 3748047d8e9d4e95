//! `aconnect`: connect ports, and list them.

use std::ffi::OsString;
use std::io::{self, BufWriter, Write};

use alsa_seq::{
    Address, ClientControl, ClientKind, ConnectOptions, Connection, ErrorKind, MidiVersion,
    PortCaps, QueueId, SequencerClient, Stamp,
};

use super::getopt::{Getopt, Options};
use super::{Call, errno_text, parse_address, usage};
use crate::failure::Failure;
use crate::graph::{self, is_input, is_output, is_public};
use crate::people::printable;
use crate::refusal;

const OPTIONS: Options = Options {
    short: "der:t:iolax",
    long: &[
        ("disconnect", 'd'),
        ("exclusive", 'e'),
        ("real", 'r'),
        ("tick", 't'),
        ("input", 'i'),
        ("output", 'o'),
        ("list", 'l'),
        ("all", 'a'),
        ("removeall", 'x'),
    ],
};

const USAGE: &str = "\
aconnect - connect MIDI ports of the ALSA sequencer
Usage:
   aconnect [-e] [-r # | -t #] sender receiver
   aconnect -d sender receiver
     -d,--disconnect     undo a connection
     -e,--exclusive      let nobody else connect to these ports
     -r,--real #         stamp events with the time of this queue
     -t,--tick #         stamp events with the ticks of this queue
   aconnect -l|-i|-o [-la]
     -l,--list           ports and their connections
     -i,--input          ports that can be a sender
     -o,--output         ports that can be a receiver
     -a,--all            also ports that are not active
   aconnect -x
     -x,--removeall      undo all connections
A port is CLIENT:PORT, in numbers or by name.
";

/// The requested action.
enum Action {
    Connect,
    Disconnect,
    List,
    RemoveAll,
}

#[derive(Default)]
struct ListFilter {
    input: bool,
    output: bool,
    connections: bool,
    inactive: bool,
}

pub(super) fn run(call: &Call) -> Result<(), Failure> {
    let mut action = Action::Connect;
    let mut filter = ListFilter::default();
    let mut options = ConnectOptions::new();
    let mut getopt = Getopt::new(&OPTIONS, &call.program, &call.arguments);
    for given in getopt.by_ref() {
        let (letter, value) = given.map_err(|message| usage(USAGE, &message))?;
        match letter {
            'd' => action = Action::Disconnect,
            'e' => options = options.exclusive(true),
            'r' => options = options.stamp_real_time(queue(&value)?),
            't' => options = options.stamp_ticks(queue(&value)?),
            'x' => action = Action::RemoveAll,
            _ => {
                match letter {
                    'i' => filter.input = true,
                    'o' => filter.output = true,
                    'a' => filter.inactive = true,
                    _ => filter.connections = true,
                }
                action = Action::List;
            }
        }
    }
    let operands = getopt.operands();
    let client = SequencerClient::open("aconnect")
        .map_err(|error| Failure::Other(format!("can't open sequencer: {error:#}")))?;
    match action {
        Action::List => return list(&client, &filter),
        Action::RemoveAll => return remove_all(&client),
        Action::Connect | Action::Disconnect => {}
    }
    let [sender, receiver, ..] = &*operands else {
        return Err(usage(USAGE, ""));
    };
    let address = |text: &OsString, role: &str| {
        let text = text.to_string_lossy();
        parse_address(&client, &text).map_err(|error| {
            let why = match error.kind() {
                ErrorKind::NotFound | ErrorKind::InvalidInput => String::new(),
                _ => format!(" ({error:#})"),
            };
            Failure::Other(format!("invalid {role} address {text}{why}"))
        })
    };
    let sender = address(sender, "sender")?;
    let receiver = address(receiver, "destination")?;
    if let Action::Disconnect = action {
        disconnect(&client, sender, receiver)
    } else {
        connect(&client, sender, receiver, options)
    }
}

fn queue(value: &OsString) -> Result<QueueId, Failure> {
    let text = value.to_string_lossy();
    let number = text
        .parse()
        .map_err(|_| Failure::Other(format!("invalid queue {text}")))?;
    Ok(QueueId::new(number))
}

fn connect(
    control: &ClientControl,
    sender: Address,
    receiver: Address,
    options: ConnectOptions,
) -> Result<(), Failure> {
    if control.connection(sender, receiver).is_ok() {
        return Err(Failure::Other(
            "Connection is already subscribed".to_owned(),
        ));
    }
    control
        .connect(sender, receiver, options)
        .map_err(|error| failed("Connection failed", &error))
}

fn disconnect(control: &ClientControl, sender: Address, receiver: Address) -> Result<(), Failure> {
    control.disconnect(sender, receiver).map_err(|error| {
        if error.kind() == ErrorKind::NotFound {
            Failure::Other("No subscription is found".to_owned())
        } else {
            failed("Disconnection failed", &error)
        }
    })
}

/// Undoes all connections that it may undo, and ignores the others, as the original does.
fn remove_all(control: &ClientControl) -> Result<(), Failure> {
    let mut failures = Vec::new();
    for found in graph::connections(control, None)? {
        if refusal::refused(control, found.sender, found.receiver).is_none() {
            if let Err(failure) = refusal::undo(control, &found) {
                failures.push(failure.to_string());
            }
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    Err(Failure::Other(failures.join("\n")))
}

fn failed(what: &str, error: &alsa_seq::Error) -> Failure {
    Failure::Other(format!("{what} ({})", errno_text(error)))
}

fn list(control: &ClientControl, filter: &ListFilter) -> Result<(), Failure> {
    let clients = graph::clients(control, |port| {
        let is_active = !port.caps().contains(PortCaps::INACTIVE);
        is_public(port)
            && (is_active || filter.inactive)
            && (!(filter.input || filter.output)
                || filter.input && is_input(port)
                || filter.output && is_output(port))
    })?;
    let mut out = BufWriter::new(io::stdout().lock());
    for client in clients.iter().filter(|client| !client.ports.is_empty()) {
        show(client, filter, &mut out).map_err(Failure::Output)?;
    }
    out.flush().map_err(Failure::Output)
}

fn show(client: &graph::Client, filter: &ListFilter, out: &mut impl Write) -> io::Result<()> {
    let info = &client.info;
    let kind = match info.kind() {
        ClientKind::User => "user",
        ClientKind::Kernel => "kernel",
    };
    write!(
        out,
        "client {}: '{}' [type={kind}",
        info.id(),
        printable(&info.name())
    )?;
    match info.midi_version() {
        MidiVersion::Legacy => {}
        version => write!(out, ",UMP-MIDI{}", version.number())?,
    }
    if let Some(card) = info.card() {
        write!(out, ",card={card}")?;
    }
    if let Some(pid) = info.pid() {
        write!(out, ",pid={pid}")?;
    }
    writeln!(out, "]")?;
    for port in &client.ports {
        let number = port.info.address().port;
        let name = printable(&port.info.name());
        let note = if port.info.caps().contains(PortCaps::INACTIVE) {
            " [INACTIVE]"
        } else {
            ""
        };
        writeln!(out, "  {number:>3} '{name:<16}'{note}")?;
        if filter.connections {
            connections(out, "Connecting To", &port.to, |found| found.receiver)?;
            connections(out, "Connected From", &port.from, |found| found.sender)?;
        }
    }
    Ok(())
}

fn connections(
    out: &mut impl Write,
    head: &str,
    connections: &[Connection],
    other: impl Fn(&Connection) -> Address,
) -> io::Result<()> {
    for (index, connection) in connections.iter().enumerate() {
        let before = if index == 0 {
            format!("\t{head}: ")
        } else {
            ", ".to_owned()
        };
        let exclusive = if connection.exclusive { "[ex]" } else { "" };
        let stamp = match connection.stamp {
            None => String::new(),
            Some(Stamp::RealTime(queue)) => format!("[real:{queue}]"),
            Some(Stamp::Ticks(queue)) => format!("[tick:{queue}]"),
        };
        write!(out, "{before}{}{exclusive}{stamp}", other(connection))?;
    }
    if !connections.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}
