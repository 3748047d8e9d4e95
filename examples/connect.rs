//! Connects two ports of any clients, or disconnects them.
//!
//! ```sh
//! cargo run --example connect -- 20:0 128:0
//! cargo run --example connect -- --exclusive --real 0 20:0 128:0
//! cargo run --example connect -- --disconnect 20:0 128:0
//! ```
//!
//! `--real QUEUE` and `--tick QUEUE` have events stamped with the time of that
//! queue when they are delivered.

use std::error::Error;

use alsa_seq::{Address, ConnectOptions, QueueId, SequencerClient};

const USAGE: &str = "usage: connect [--disconnect] [--exclusive] [--real QUEUE | --tick QUEUE] \
                     CLIENT:PORT CLIENT:PORT";

fn main() -> Result<(), Box<dyn Error>> {
    let mut options = ConnectOptions::new();
    let mut disconnect = false;
    let mut ports: Vec<Address> = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut queue = || -> Result<QueueId, Box<dyn Error>> {
            Ok(QueueId::new(arguments.next().ok_or(USAGE)?.parse()?))
        };
        match &*argument {
            "--disconnect" | "-d" => disconnect = true,
            "--exclusive" | "-e" => options = options.exclusive(true),
            "--real" | "-r" => options = options.stamp_real_time(queue()?),
            "--tick" | "-t" => options = options.stamp_ticks(queue()?),
            option if option.starts_with('-') => return Err(USAGE.into()),
            address => ports.push(address.parse()?),
        }
    }
    let [sender, receiver] = ports[..] else {
        return Err(USAGE.into());
    };

    let client = SequencerClient::open("connect")?;
    if disconnect {
        client.disconnect(sender, receiver)?;
    } else {
        client.connect(sender, receiver, options)?;
    }
    Ok(())
}
