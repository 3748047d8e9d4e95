//! `aseq dump`: what arrives, line by line.

use alsa_seq::{ErrorKind, MidiVersion, Operation};

use crate::address::{Place, parse_all};
use crate::channels::Channels;
use crate::dump::{Clock, Filter, Kind, Receiver, Shape, Stamps, TextShape};
use crate::failure::{Failure, Way};
use crate::people::say;
use crate::refusal::not_connected;
use crate::render::{Style, View};
use crate::signals::{Catch, Signals};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Receive from these ports
    #[arg(short, long, value_name = "ADDRESS")]
    port: Vec<String>,
    /// Wait until the ports exist
    #[cfg(feature = "wait")]
    #[arg(short, long)]
    wait: bool,
    /// What to show of an event's time of arrival
    #[arg(short, long, value_enum, default_value_t = Time::Real)]
    time: Time,
    /// Also show where events go to, their queue, tag and flags
    #[arg(long)]
    long: bool,
    /// Print a JSON object for each event, with all there is to it
    #[cfg(feature = "json")]
    #[arg(short, long, conflicts_with = "long")]
    json: bool,
    /// Show only events of these types: note-on, sysex, clock, …, a number or a range
    /// of numbers (6-8), notes, channel (whatever has a channel), announcements, ump
    #[arg(short = 'T', long = "type", value_name = "TYPE", value_delimiter = ',', value_parser = Kind::parse)]
    types: Vec<Kind>,
    /// Show only events of these channels, such as 1-9,11
    #[arg(short, long, value_name = "LIST", value_parser = Channels::parse)]
    channel: Vec<Channels>,
    /// Show only events that come from these clients (CLIENT) or ports
    /// (CLIENT:PORT)
    #[arg(short, long, value_name = "ADDRESS")]
    source: Vec<String>,
    /// Receive Universal MIDI Packets, of MIDI 1.0 (1) or 2.0 (2), or none (0)
    #[arg(short, long, value_name = "0|1|2", value_parser = clap::value_parser!(u8).range(0..=2))]
    ump: Option<u8>,
    /// Receive everything as it was sent, converted neither from nor to UMP
    #[arg(long)]
    raw: bool,
    /// In which numbers to show velocities and the like
    #[arg(long, value_enum, default_value_t = Values::Raw)]
    values: Values,
    /// End after this many events
    #[arg(short = 'n', long, value_name = "N")]
    events: Option<u64>,
    /// The name of this client, for others to see
    #[arg(long, default_value = "aseq dump")]
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Time {
    /// Seconds since the beginning, by the kernel
    Real,
    /// Ticks since the beginning, 96 for each quarter note at 120 per minute
    Tick,
    /// The machine's monotonic clock, when the event was read
    Monotonic,
    /// Nothing
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Values {
    /// As they are
    Raw,
    /// In the range of MIDI 1.0, with fractions
    Normalized,
    /// As parts of the whole
    Percent,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    #[cfg(feature = "wait")]
    if arguments.wait {
        crate::waiting::for_ports(&arguments.port)?;
    }
    let signals = Signals::block(Catch::Usual)?;
    let version = match arguments.ump {
        Some(1) => MidiVersion::Ump1,
        Some(2) => MidiVersion::Ump2,
        _ => MidiVersion::Legacy,
    };
    let shape = arguments.shape(version.is_ump());
    let stamps = match (shape, arguments.time) {
        (Shape::Text(_), Time::None | Time::Monotonic) => Stamps::None,
        (_, Time::Tick) => Stamps::Ticks,
        _ => Stamps::Real,
    };
    let opened = Receiver::open(&arguments.name, "input", version, !arguments.raw, stamps);
    let mut receiver = opened.map_err(|error| match (error.operation(), error.kind()) {
        (Operation::CreateQueue, ErrorKind::LimitReached) => Failure::Other(format!(
            "{error:#}; events cannot be stamped, but --time monotonic or none needs no queue"
        )),
        _ => error.into(),
    })?;
    let filter = Filter {
        types: arguments.types.clone(),
        channels: Channels::of_all(&arguments.channel),
        sources: Place::parse_all(&receiver.client, &arguments.source)?,
    };
    let mut senders = Vec::new();
    for sender in parse_all(&receiver.client, &arguments.port)? {
        // By its number and by its name, for example.
        if senders.contains(&sender) {
            continue;
        }
        senders.push(sender);
        let connected = receiver.port.connect_from(sender);
        connected.map_err(|error| not_connected(&receiver.client, Way::From, sender, error))?;
    }
    let address = receiver.address();
    let heads = shape.heads().map(|heads| format!("{heads}\n"));
    let greet = || {
        say(&format_args!(
            "Waiting for data at port {address}. Press Ctrl+C to end."
        ));
    };
    // It ends with a signal, so that is no failure.
    let heads = heads.unwrap_or_default();
    receiver.show(&signals, shape, &filter, arguments.events, &heads, greet)?;
    Ok(())
}

impl Arguments {
    fn shape(&self, groups: bool) -> Shape {
        #[cfg(feature = "json")]
        if self.json {
            return Shape::Json;
        }
        Shape::Text(TextShape {
            clock: match self.time {
                Time::Real => Clock::Real,
                Time::Tick => Clock::Ticks,
                Time::Monotonic => Clock::Monotonic,
                Time::None => Clock::None,
            },
            long: self.long,
            groups,
            style: Style {
                old: false,
                view: match self.values {
                    Values::Raw => View::Raw,
                    Values::Normalized => View::Normalized,
                    Values::Percent => View::Percent,
                },
            },
        })
    }
}
