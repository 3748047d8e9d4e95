//! `aseq connect` and `aseq disconnect`.

use alsa_seq::{QueueId, SequencerClient, SubscribeOptions};

use crate::failure::Failure;
use crate::graph;

#[derive(Debug, clap::Args)]
pub(crate) struct ConnectArguments {
    /// The port that events come from
    sender: String,
    /// The port that they go to
    dest: String,
    /// Keep all others from connecting from SENDER and to DEST
    #[arg(short, long)]
    exclusive: bool,
    /// Stamp events with the ticks of this queue
    #[arg(short, long, value_name = "QUEUE", conflicts_with = "real")]
    tick: Option<u8>,
    /// Stamp events with the time of this queue
    #[arg(short, long, value_name = "QUEUE")]
    real: Option<u8>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DisconnectArguments {
    /// The port that events come from
    #[arg(required_unless_present = "all")]
    sender: Option<String>,
    /// The port that they go to
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    dest: Option<String>,
    /// Undo every connection of SENDER, on which it sends or receives; or, if
    /// none is named, every connection
    #[arg(short, long)]
    all: bool,
}

pub(crate) fn connect(arguments: &ConnectArguments) -> Result<(), Failure> {
    let client = SequencerClient::open("aseq connect")?;
    let sender = client.parse_address(&arguments.sender)?;
    let dest = client.parse_address(&arguments.dest)?;
    let mut options = SubscribeOptions::new();
    if arguments.exclusive {
        options = options.exclusive();
    }
    if let Some(queue) = arguments.tick {
        options = options.stamp_ticks(known_queue(&client, queue)?);
    }
    if let Some(queue) = arguments.real {
        options = options.stamp_real_time(known_queue(&client, queue)?);
    }
    Ok(client.subscribe(sender, dest, options)?)
}

/// The kernel would take any number, and then stamp nothing.
fn known_queue(client: &SequencerClient, number: u8) -> Result<QueueId, Failure> {
    let queue = QueueId::new(number);
    client.queue_info(queue)?;
    Ok(queue)
}

pub(crate) fn disconnect(arguments: &DisconnectArguments) -> Result<(), Failure> {
    let client = SequencerClient::open("aseq disconnect")?;
    let address = |text: &Option<String>| {
        let text = text.as_deref();
        text.map(|text| client.parse_address(text)).transpose()
    };
    let (sender, dest) = (address(&arguments.sender)?, address(&arguments.dest)?);
    if let (Some(sender), Some(dest)) = (sender, dest) {
        return Ok(client.unsubscribe(sender, dest)?);
    }
    if let Some(port) = sender {
        // One that is not there has no connections, and is a mistake.
        client.port_info(port)?;
    }
    graph::disconnect_all(&client, sender)
}
