//! `aseq connect` and `aseq disconnect`.

use alsa_seq::{SequencerClient, SubscribeOptions};

use crate::failure::Failure;

/// Connect two ports: what SENDER sends goes to DEST
#[derive(Debug, clap::Args)]
pub(crate) struct ConnectArguments {
    /// The port that events come from
    sender: String,
    /// The port that they go to
    dest: String,
    /// Keep all others from connecting from SENDER and to DEST
    #[arg(short, long)]
    exclusive: bool,
}

/// Disconnect two ports
#[derive(Debug, clap::Args)]
pub(crate) struct DisconnectArguments {
    /// The port that events come from
    sender: String,
    /// The port that they go to
    dest: String,
}

pub(crate) fn connect(arguments: &ConnectArguments) -> Result<(), Failure> {
    let client = SequencerClient::open("aseq connect")?;
    let sender = client.parse_address(&arguments.sender)?;
    let dest = client.parse_address(&arguments.dest)?;
    let mut options = SubscribeOptions::new();
    if arguments.exclusive {
        options = options.exclusive();
    }
    Ok(client.subscribe(sender, dest, options)?)
}

pub(crate) fn disconnect(arguments: &DisconnectArguments) -> Result<(), Failure> {
    let client = SequencerClient::open("aseq disconnect")?;
    let sender = client.parse_address(&arguments.sender)?;
    let dest = client.parse_address(&arguments.dest)?;
    Ok(client.unsubscribe(sender, dest)?)
}
