//! `arecordmidi`: record MIDI files.

use std::num::NonZeroU8;
use std::path::PathBuf;
use std::time::Duration;

use alsa_seq::{PortType, SequencerClient};

use super::getopt::{Getopt, Options};
use super::ports::{cannot_open, failed, file_failed, parse, parse_one};
use super::{Call, list, version};
use crate::failure::Failure;
use crate::graph::is_input;
use crate::people::say;
use crate::record::{self, Existing, FileKind, Layout};
use crate::signals::{Catch, Signals};
use crate::song::smf::write::{Division, FrameRate};
use crate::tempo::{TimeSignature, bpm, time_signature};

const OPTIONS: Options = Options {
    short: "hVlp:b:f:t:sdm:i:n:",
    long: &[
        ("help", 'h'),
        ("version", 'V'),
        ("list", 'l'),
        ("port", 'p'),
        ("bpm", 'b'),
        ("fps", 'f'),
        ("ticks", 't'),
        ("split-channels", 's'),
        ("dump", 'd'),
        ("metronome", 'm'),
        ("timesig", 'i'),
        ("num-events", 'n'),
    ],
};

const USAGE: &str = "\
Usage: arecordmidi [options] file
  -h, --help             show this
  -V, --version          show the version
  -l, --list             list the ports that can be recorded from
  -p, --port=port,...    record from these ports
  -b, --bpm=n            quarter notes a minute (120)
  -f, --fps=n            frames a second: 24, 25, 29.97 or 30
  -t, --ticks=n          ticks of a quarter note (384) or a frame (40)
  -s, --split-channels   give each channel a track of its own
  -m, --metronome=port   play a metronome on this port
  -i, --timesig=n:d      the time signature (4:4)
  -n, --num-events=n     end after so many events
A port is CLIENT:PORT, in numbers or by name.
";

/// The longest time from an event's arrival until it is written. It is then on the disk
/// well within a second.
pub(super) const INTERVAL: Duration = Duration::from_millis(400);

pub(super) fn run(call: &Call) -> Result<(), Failure> {
    let control = SequencerClient::open("arecordmidi").map_err(|error| cannot_open(&error))?;
    let mut sources = None;
    let mut metronome = None;
    let (mut beats, mut rate, mut ticks) = (120.0, None, None);
    let mut layout = Layout::Ports;
    let mut signature = TimeSignature { beats: 4, unit: 2 };
    let mut limit = None;
    let mut lists = false;
    let wrong = |message: String| Failure::Other(message);
    let mut getopt = Getopt::new(&OPTIONS, &call.program, &call.arguments);
    for given in getopt.by_ref() {
        let (letter, value) = given.map_err(|message| {
            say(&message);
            Failure::Said(USAGE.trim_end().to_owned())
        })?;
        let value = value.to_string_lossy();
        match letter {
            'h' => {
                say(&USAGE.trim_end());
                return Ok(());
            }
            'V' => return version("arecordmidi"),
            'l' => lists = true,
            'p' => sources = Some(parse(&control, &value)?),
            'b' => beats = bpm(&value).map_err(|_| wrong("Invalid tempo".to_owned()))?,
            'f' => {
                rate = Some(match &*value {
                    "24" => FrameRate::Film,
                    "25" => FrameRate::Pal,
                    "29" | "29.97" => FrameRate::Ntsc,
                    "30" => FrameRate::Thirty,
                    _ => return Err(wrong("Invalid number of frames/s".to_owned())),
                });
            }
            't' => {
                let number = value
                    .parse::<u16>()
                    .ok()
                    .filter(|n| (1..=0x7fff).contains(n));
                let number = number.ok_or_else(|| wrong("Invalid number of ticks".to_owned()))?;
                ticks = Some(number);
            }
            's' => layout = Layout::Channels,
            'd' => say(&"The --dump option isn't supported anymore, use aseqdump instead."),
            'm' => metronome = Some(parse_one(&control, &value)?),
            'i' => signature = parse_signature(&value)?,
            _ => limit = Some(parse_limit(&value)?),
        }
    }
    if lists {
        return list(&control, |port| {
            is_input(port)
                && port.port_type().contains(PortType::MIDI_GENERIC)
                && port.address().client != alsa_seq::ClientId::SYSTEM
        });
    }
    // The original's message has this spelling.
    let Some(sources) = sources else {
        return Err(wrong(
            "Pleast specify a source port with --port.".to_owned(),
        ));
    };
    let operands = getopt.operands();
    let Some(path) = operands.into_iter().next().map(PathBuf::from) else {
        return Err(wrong("Please specify a file to record to.".to_owned()));
    };
    let division = match rate {
        None => Division::Quarter(ticks.unwrap_or(384)),
        Some(rate) => {
            let ticks = u8::try_from(ticks.unwrap_or(40))
                .ok()
                .and_then(NonZeroU8::new);
            let ticks = ticks.ok_or_else(|| wrong("Invalid number of ticks".to_owned()))?;
            Division::Frame(rate, ticks)
        }
    };
    drop(control);
    let options = record::Options {
        name: "arecordmidi".to_owned(),
        port_name: "arecordmidi".to_owned(),
        sources,
        path,
        existing: Existing::Overwrite,
        interval: INTERVAL,
        tells: false,
        division,
        bpm: beats,
        time_signature: rate.is_none().then_some(signature),
        tempo_map: None,
        metronome,
        kind: FileKind::Song(layout),
        limit,
    };
    record(&options).map_err(|failure| match failure {
        Failure::Connect {
            way, port, error, ..
        } => failed(&format!("Cannot connect {way} port {port}"), &error),
        failure => failure,
    })
}

/// Records. If a file cannot be written, the message is that of the original.
pub(super) fn record(options: &record::Options) -> Result<(), Failure> {
    let signals = Signals::block_as_of_old(Catch::Ending)?;
    record::run(options, &signals).map_err(|failure| match failure {
        Failure::File { error, .. } => {
            file_failed(&format!("Cannot open {}", options.path.display()), &error)
        }
        failure => failure,
    })?;
    signals.ended_well()
}

/// Reads a time signature such as `6:8`.
pub(super) fn parse_signature(text: &str) -> Result<TimeSignature, Failure> {
    let signature = time_signature(text).ok().filter(|_| text.contains(':'));
    signature.ok_or_else(|| Failure::Other(format!("Invalid time signature ({text})")))
}

/// Reads the maximum number of events.
pub(super) fn parse_limit(text: &str) -> Result<u64, Failure> {
    let number = text.parse::<i64>().map_err(|_| {
        let message = "Couldn't parse num_events argument: Invalid argument\n";
        Failure::Other(message.to_owned())
    })?;
    let number = u64::try_from(number).ok().filter(|number| *number > 0);
    number.ok_or_else(|| Failure::Other("num_events must be greater than 0".to_owned()))
}
