//! `aseq dump`: what arrives, line by line.

use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd;

use alsa_seq::{
    ClientOptions, ErrorKind, Event, Port, PortOptions, PortType, Queue, SequencerClient, Time,
};
use nix::poll::PollFlags;

use crate::address::parse_all;
use crate::failure::Failure;
use crate::render::{HEADS, Style, Text};
use crate::say;
use crate::signals::Signals;

/// Show what arrives, one line for each event
///
/// Without --port, it waits for others to connect to its own port, which it
/// names on standard error. Ctrl+C ends it, which is no failure.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Receive from these ports
    #[arg(short, long, value_name = "ADDRESS")]
    port: Vec<String>,
    /// What to show of an event's time of arrival, counted from the beginning
    #[arg(short, long, value_enum, default_value_t = Clock::Real)]
    time: Clock,
    /// End after this many events
    #[arg(short, long, value_name = "N")]
    count: Option<u64>,
    /// The name of this client, for others to see
    #[arg(long, default_value = "aseq dump")]
    name: String,
}

/// What stamps the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Clock {
    /// Seconds
    Real,
    /// Ticks, 96 for each quarter note at 120 per minute
    Tick,
    /// Nothing
    None,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let signals = Signals::block()?;
    let mut client = ClientOptions::new(&*arguments.name)
        // The most there is: standard output may be slow.
        .input_pool(2000)
        .open()?;
    // It stamps events as long as it exists.
    let (_queue, port) = make_port(&client, arguments.time)?;
    for sender in parse_all(&client, &arguments.port)? {
        port.connect_from(sender)?;
    }
    let mut dump = Dump {
        clock: arguments.time,
        left: arguments.count,
        out: BufWriter::new(io::stdout().lock()),
    };
    // Both are out before anything can be waited for.
    dump.heads()?;
    let address = port.address();
    say(&format_args!(
        "Waiting for data at port {address}. Press Ctrl+C to end."
    ));
    while dump.left != Some(0) {
        let woken = signals.wait(client.as_fd(), PollFlags::POLLIN, None)?;
        dump.show_all(&mut client)?;
        if woken.signal.is_some() {
            break;
        }
    }
    Ok(())
}

fn make_port(client: &SequencerClient, clock: Clock) -> Result<(Option<Queue>, Port), Failure> {
    let queue = match clock {
        Clock::None => None,
        Clock::Real | Clock::Tick => {
            let queue = client.create_queue("aseq dump")?;
            queue.start()?;
            Some(queue)
        }
    };
    let options = PortOptions::new("input")
        .caps(PortOptions::WRITE)
        .port_type(PortType::MIDI_GENERIC | PortType::APPLICATION);
    let options = match (&queue, clock) {
        (Some(queue), Clock::Real) => options.stamp_real_time(queue),
        (Some(queue), Clock::Tick) => options.stamp_ticks(queue),
        _ => options,
    };
    let port = client.create_port(options)?;
    Ok((queue, port))
}

struct Dump<W> {
    clock: Clock,
    /// How many events are still to be shown, if there is an end.
    left: Option<u64>,
    out: W,
}

impl<W: Write> Dump<W> {
    fn heads(&mut self) -> Result<(), Failure> {
        let time = match self.clock {
            Clock::Real => format!("{:>14}  ", "Time"),
            Clock::Tick => format!("{:>10}  ", "Tick"),
            Clock::None => String::new(),
        };
        writeln!(self.out, "{time}Source   {HEADS}").map_err(Failure::Output)?;
        self.out.flush().map_err(Failure::Output)
    }

    /// Shows all that is there, and then lets it out: nobody waits for a line,
    /// and yet a burst costs one write.
    fn show_all(&mut self, client: &mut SequencerClient) -> Result<(), Failure> {
        while self.left != Some(0) {
            match client.try_event_input() {
                Ok(None) => break,
                Ok(Some(event)) => {
                    self.show(&event)?;
                    self.left = self.left.map(|left| left - 1);
                }
                // The kernel dropped all that was unread. What comes now is
                // shown again.
                Err(error) if error.kind() == ErrorKind::Overrun => self.lost()?,
                Err(error) => return Err(error.into()),
            }
        }
        self.out.flush().map_err(Failure::Output)
    }

    fn show(&mut self, event: &Event<'_>) -> Result<(), Failure> {
        let time = match (self.clock, event.time()) {
            (Clock::None, _) => String::new(),
            (_, Time::Real(time)) => {
                let micros = time.subsec_nanos() / 1000;
                format!("{:>7}.{micros:06}  ", time.secs())
            }
            (_, Time::Tick(tick)) => format!("{tick:>10}  "),
        };
        let source = event.source();
        let text = Text::of(&event.data(), source, Style::default());
        let (client, port) = (source.client, source.port);
        writeln!(self.out, "{time}{client:>3}:{port:<3}  {text}").map_err(Failure::Output)
    }

    fn lost(&mut self) -> Result<(), Failure> {
        let time = match self.clock {
            Clock::Real => 16,
            Clock::Tick => 12,
            Clock::None => 0,
        };
        writeln!(
            self.out,
            "{:time$}--       Overrun: events were lost here",
            ""
        )
        .map_err(Failure::Output)
    }
}
