//! `aseq connect` and `aseq disconnect`.

use std::io::{self, BufWriter, Write};

use alsa_seq::{
    Address, ClientControl, ConnectOptions, Connection, QueueId, SequencerClient, Stamp,
};

use crate::address::{Place, parse};
use crate::failure::Failure;
use crate::graph;
use crate::people::complain;
use crate::refusal::{described, explained, refused, undo};

#[derive(Debug, clap::Args)]
pub(crate) struct ConnectArguments {
    /// The port that sends events
    sender: String,
    /// The port that receives them
    receiver: String,
    /// Allow no other connection from SENDER or to RECEIVER
    #[arg(short, long)]
    exclusive: bool,
    /// Wait until both ports exist
    #[cfg(feature = "wait")]
    #[arg(short, long)]
    wait: bool,
    /// Stamp events with the ticks of this queue
    #[arg(long, value_name = "QUEUE", conflicts_with = "real")]
    tick: Option<u8>,
    /// Stamp events with the time of this queue
    #[arg(long, value_name = "QUEUE")]
    real: Option<u8>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DisconnectArguments {
    /// The port that sends events; with --all, a client (all its ports) or a port
    #[arg(required_unless_present = "all")]
    sender: Option<String>,
    /// The port that receives them
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    receiver: Option<String>,
    /// Undo every connection from and to SENDER; without SENDER, every connection
    #[arg(short, long)]
    all: bool,
    /// Only show which connections --all would undo
    #[arg(long, requires = "all")]
    dry_run: bool,
}

pub(crate) fn connect(arguments: &ConnectArguments) -> Result<(), Failure> {
    #[cfg(feature = "wait")]
    if arguments.wait {
        crate::waiting::for_ports([&arguments.sender, &arguments.receiver])?;
    }
    let client = SequencerClient::open("aseq connect")?;
    let sender = parse(&client, &arguments.sender)?;
    let receiver = parse(&client, &arguments.receiver)?;
    let mut options = ConnectOptions::new().exclusive(arguments.exclusive);
    let mut stamp = None;
    if let Some(queue) = arguments.tick {
        let queue = known_queue(&client, queue)?;
        stamp = Some(Stamp::Ticks(queue));
        options = options.stamp_ticks(queue);
    }
    if let Some(queue) = arguments.real {
        let queue = known_queue(&client, queue)?;
        stamp = Some(Stamp::RealTime(queue));
        options = options.stamp_real_time(queue);
    }
    let mut wanted = Connection::new(sender, receiver);
    wanted.exclusive = arguments.exclusive;
    wanted.stamp = stamp;
    // The kernel would take a second connection with other stamps, and then deliver
    // every event twice.
    if let Some(found) = connection(&client, sender, receiver) {
        return is_as_wanted(&client, found, wanted);
    }
    match client.connect(sender, receiver, options) {
        Ok(()) => Ok(()),
        // Another program may just have connected them.
        Err(error) => match connection(&client, sender, receiver) {
            Some(found) => is_as_wanted(&client, found, wanted),
            None => Err(explained(&client, error)),
        },
    }
}

/// The connection of two ports, if they are connected.
fn connection(control: &ClientControl, sender: Address, receiver: Address) -> Option<Connection> {
    control.connection(sender, receiver).ok()
}

/// Accepts a connection that already exists as requested: scripts may repeat a command.
fn is_as_wanted(
    control: &ClientControl,
    found: Connection,
    wanted: Connection,
) -> Result<(), Failure> {
    let (sender, receiver) = (found.sender, found.receiver);
    let ends = format!(
        "{} is already connected to {}",
        described(control, sender),
        described(control, receiver)
    );
    if found == wanted {
        complain(&ends);
        return Ok(());
    }
    let how = graph::notes(&found);
    let how = if how.is_empty() { " [shared]" } else { &how };
    Err(Failure::Other(format!(
        "{ends}, but in another way:{how}; undo that first: aseq disconnect {sender} {receiver}"
    )))
}

/// Returns the queue if it exists. The kernel accepts any number, and then stamps nothing.
fn known_queue(client: &SequencerClient, number: u8) -> Result<QueueId, Failure> {
    let queue = QueueId::new(number);
    client.queue_info(queue)?;
    Ok(queue)
}

pub(crate) fn disconnect(arguments: &DisconnectArguments) -> Result<(), Failure> {
    let client = SequencerClient::open("aseq disconnect")?;
    if arguments.all {
        let place = arguments.sender.as_deref();
        let place = place.map(|text| Place::parse(&client, text)).transpose()?;
        return disconnect_all(&client, place, arguments.dry_run);
    }
    // The arguments require both.
    let address = |text: &Option<String>| parse(&client, text.as_deref().unwrap_or_default());
    let (sender, receiver) = (address(&arguments.sender)?, address(&arguments.receiver)?);
    client
        .disconnect(sender, receiver)
        .map_err(|error| explained(&client, error))
}

fn disconnect_all(
    control: &ClientControl,
    place: Option<Place>,
    dry_run: bool,
) -> Result<(), Failure> {
    match place {
        // A port that does not exist has no connections; naming it is a mistake.
        Some(Place::Client(client)) => control.client_info(client).map(|_| ())?,
        Some(Place::Port(port)) => control.port_info(port).map(|_| ())?,
        None => {}
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let mut refusals = Vec::new();
    for found in graph::connections(control, place)? {
        let ends = || {
            format!(
                "{} -> {}",
                described(control, found.sender),
                described(control, found.receiver)
            )
        };
        let is_kept = graph::is_private_notice(control, &found);
        match refused(control, found.sender, found.receiver) {
            Some(_) if is_kept && place.is_none() => {}
            Some(reason) => refusals.push(format!("{}: {reason}", ends())),
            None if dry_run => {
                writeln!(out, "{}{}", ends(), graph::notes(&found)).map_err(Failure::Output)?;
            }
            None => {
                if let Err(failure) = undo(control, &found) {
                    refusals.push(format!("{}: {failure}", ends()));
                }
            }
        }
    }
    out.flush().map_err(Failure::Output)?;
    let Some(last) = refusals.pop() else {
        return Ok(());
    };
    let not = if dry_run {
        "would not be undone"
    } else {
        "is not undone"
    };
    for refusal in &refusals {
        complain(&format_args!("{not}: {refusal}"));
    }
    Err(Failure::Other(format!("{not}: {last}")))
}
