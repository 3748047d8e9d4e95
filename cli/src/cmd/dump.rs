//! `aseq dump`: prints the events that arrive, one on each line.

use alsa_seq::{ErrorKind, MidiVersion, Operation};

use crate::address::{Place, parse_all};
use crate::channels::Channels;
use crate::dump::{Clock, Filter, Receiver, Shape, Stamps, TextShape, TypeFilter};
use crate::failure::{Direction, Failure};
use crate::people::say;
use crate::refusal::connect_own;
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
    /// The clock for an event's time of arrival
    #[arg(short, long, value_enum, default_value_t = Time::Real)]
    time: Time,
    /// Also show each event's destination, queue, tag and flags
    #[arg(long)]
    long: bool,
    /// Print a JSON object for each event, with all its fields
    #[cfg(feature = "json")]
    #[arg(short, long, conflicts_with = "long")]
    json: bool,
    /// Show only events of these types: a name (note-on, sysex, clock, …), a number, a
    /// range of numbers (6-8), or a group: notes, channel (all channel messages),
    /// announcements, ump
    #[arg(short = 'T', long = "type", value_name = "TYPE", value_delimiter = ',', value_parser = TypeFilter::parse)]
    types: Vec<TypeFilter>,
    /// Show only events of these channels, such as 1-9,11
    #[arg(short, long, value_name = "LIST", value_parser = Channels::parse)]
    channel: Vec<Channels>,
    /// Show only events from these clients (CLIENT) or ports (CLIENT:PORT)
    #[arg(short, long, value_name = "ADDRESS")]
    source: Vec<String>,
    /// Receive Universal MIDI Packets of MIDI 1.0 (1) or 2.0 (2), or plain events (0)
    #[arg(short, long, value_name = "0|1|2", value_parser = clap::value_parser!(u8).range(0..=2))]
    ump: Option<u8>,
    /// Receive events as they were sent, without conversion from or to UMP
    #[arg(long)]
    raw: bool,
    /// The unit of velocities, controllers and other values
    #[arg(long, value_enum, default_value_t = Values::Raw)]
    values: Values,
    /// End after this many events
    #[arg(short = 'n', long, value_name = "N")]
    events: Option<u64>,
    /// The name of this client, as other programs see it
    #[arg(long, default_value = "aseq dump")]
    name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Time {
    /// Seconds since the start, measured by the kernel
    Real,
    /// Ticks since the start: 96 for each quarter note, 120 quarter notes a minute
    Tick,
    /// The machine's monotonic clock at the moment when the event was read
    Monotonic,
    /// No time
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Values {
    /// The numbers of the event
    Raw,
    /// The range of MIDI 1.0, with fractions
    Normalized,
    /// Percent of the full range
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
        let own = receiver.port.address();
        connect_own(&receiver.client, own, Direction::From, sender)?;
    }
    let address = receiver.address();
    let heads = shape.heads().map(|heads| format!("{heads}\n"));
    let greet = || {
        say(&format_args!(
            "Waiting for data at port {address}. Press Ctrl+C to end."
        ));
    };
    // A signal is the normal end, not a failure.
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
