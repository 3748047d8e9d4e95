//! `aseq send`: events, as they are written on the command line, in a file or on
//! standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

use alsa_seq::midi::{Parsed, Parser};
use alsa_seq::{ClientOptions, Event, MidiVersion};
use nix::poll::PollFlags;

use crate::address::parse_all;
use crate::complain;
use crate::deliver::{CABLE, Sender};
use crate::failure::Failure;
use crate::signals::Signals;
use crate::words::{self, Item};

/// Send events, in words or in bytes
///
/// WORDS are names with numbers, hexadecimal bytes, and times to wait:
///
///   aseq send -p synth note-on 1 60 100 wait 0.5 note-off 1 60 0
///   aseq send -p synth note 1 60 100 500ms
///   aseq send -p synth f0 7e 7f 06 01 f7
///   aseq send -p synth --file patch.syx
///   aseq send -p synth - < script
///
/// Names: note-on, note-off CHANNEL NOTE VELOCITY; note CHANNEL NOTE VELOCITY
/// TIME; key-pressure CHANNEL NOTE PRESSURE; control-change, control-14bit
/// CHANNEL CONTROLLER VALUE; program-change CHANNEL PROGRAM; channel-pressure
/// CHANNEL PRESSURE; pitch-bend CHANNEL BEND (-8192 to 8191); rpn, nrpn CHANNEL
/// PARAMETER VALUE; all-notes-off CHANNEL; song-position BEATS; song-select
/// SONG; quarter-frame VALUE; tune-request, clock, tick, start, continue, stop,
/// active-sensing, reset; sysex BYTES; wait TIME. Channels are 1 to 16.
///
/// It fails if an event does not reach its port. To hardware, it sends no faster
/// than a MIDI cable; a program is waited for until it has room.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Arguments {
    /// What to send; - reads lines of it from standard input
    #[arg(required_unless_present = "file", allow_negative_numbers = true)]
    words: Vec<String>,
    /// Send to these ports
    #[arg(short, long, value_name = "ADDRESS", required = true)]
    port: Vec<String>,
    /// Send the bytes in this file (.syx), or in standard input (-)
    #[arg(short, long, value_name = "FILE", conflicts_with = "words")]
    file: Option<PathBuf>,
    /// Wait so long after each event
    #[arg(short, long, value_name = "MILLISECONDS", default_value_t = 0)]
    interval: u32,
    /// How many bytes a second hardware gets
    #[arg(long, value_name = "BYTES", default_value_t = CABLE, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// Be a client of MIDI 1.0 or 2.0 in Universal MIDI Packets: hexadecimal
    /// WORDS are those of packets, of 8 digits each
    #[arg(short, long, value_name = "1|2", value_parser = clap::value_parser!(u8).range(1..=2), conflicts_with = "file")]
    ump: Option<u8>,
    /// The name of this client, for others to see
    #[arg(long, default_value = "aseq send")]
    name: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    let from_stdin = words == ["-"];
    let ump = arguments.ump.is_some();
    // Before anything is opened, if it can be.
    let items = if from_stdin {
        Vec::new()
    } else {
        let words = words.iter().flat_map(|word| word.split_whitespace());
        words::parse(words, ump).map_err(|error| Failure::Other(error.to_string()))?
    };
    let signals = Signals::block()?;
    let client = ClientOptions::new(&*arguments.name)
        .midi_version(match arguments.ump {
            None => MidiVersion::Legacy,
            Some(1) => MidiVersion::Ump1,
            Some(_) => MidiVersion::Ump2,
        })
        .open()?;
    let dests = parse_all(&client, &arguments.port)?;
    let mut sending = Sending {
        sender: Sender::new(client, &dests)?,
        signals,
        interval: Duration::from_millis(arguments.interval.into()),
        rate: arguments.rate,
    };
    let result = match &arguments.file {
        Some(path) => sending.file(path),
        None if from_stdin => sending.lines(ump),
        None => sending.items(items),
    };
    if result.is_err() {
        if let Err(failure) = sending.sender.fall_silent() {
            complain(&format!("a note may still sound: {failure}"));
        }
    }
    result
}

/// The longest line.
const LONGEST: usize = 1 << 20;

struct Sending {
    sender: Sender,
    signals: Signals,
    interval: Duration,
    rate: u32,
}

impl Sending {
    fn items(&mut self, items: Vec<Item>) -> Result<(), Failure> {
        for item in items {
            match item {
                Item::Event(event) => self.event(&event)?,
                Item::Wait(time) => self.wait(time)?,
            }
        }
        Ok(())
    }

    /// In pieces, each when the one before has passed the cable.
    fn event(&mut self, event: &Event<'_>) -> Result<(), Failure> {
        let mut send = |event: &Event<'_>| {
            self.wait(self.sender.pause())?;
            self.sender.send(event, self.rate)
        };
        if event.payload().is_empty() {
            send(event)?;
        }
        for piece in alsa_seq::sysex::split(event.payload(), alsa_seq::sysex::HARDWARE_PIECE) {
            send(&piece)?;
        }
        self.wait(self.interval)
    }

    fn wait(&self, time: Duration) -> Result<(), Failure> {
        if time.is_zero() {
            return Ok(());
        }
        let woken = self
            .signals
            .wait(self.sender.as_fd(), PollFlags::empty(), Some(time))?;
        woken
            .signal
            .map_or(Ok(()), |signal| Err(Failure::Signal(signal)))
    }

    /// Each line as it comes; what stands behind a # is for people.
    fn lines(&mut self, ump: bool) -> Result<(), Failure> {
        let path = Path::new("-");
        let mut input = BufReader::new(open(path)?);
        let mut line = Vec::new();
        let mut number = 0_u64;
        let mut is_over = false;
        while !is_over {
            self.readable(input.get_ref().as_fd())?;
            let bytes = input.fill_buf().map_err(Failure::file(path))?;
            is_over = bytes.is_empty();
            line.extend(bytes);
            let length = bytes.len();
            input.consume(length);
            while let Some(end) = line.iter().position(|byte| *byte == b'\n') {
                number += 1;
                let rest = line.split_off(end + 1);
                let this = std::mem::replace(&mut line, rest);
                self.line(&this, number, ump)?;
            }
            if line.len() > LONGEST {
                return Err(Failure::Other(format!("line {}: too long", number + 1)));
            }
        }
        self.line(&line, number + 1, ump)
    }

    fn line(&mut self, line: &[u8], number: u64, ump: bool) -> Result<(), Failure> {
        let line = String::from_utf8_lossy(line);
        let words = line.split('#').next().unwrap_or_default();
        let items = words::parse(words.split_whitespace(), ump);
        let items = items.map_err(|error| Failure::Other(format!("line {number}: {error}")))?;
        self.items(items)
    }

    /// Waits until there is something to read, or nothing more to wait for.
    fn readable(&self, file: BorrowedFd<'_>) -> Result<(), Failure> {
        let woken = self.signals.wait(file, PollFlags::POLLIN, None)?;
        woken
            .signal
            .map_or(Ok(()), |signal| Err(Failure::Signal(signal)))
    }

    /// The bytes of a file, as they come.
    fn file(&mut self, path: &Path) -> Result<(), Failure> {
        let mut file = open(path)?;
        let mut parser = Parser::new([0; 256]);
        let mut buffer = [0; 4096];
        let mut is_first = true;
        loop {
            self.readable(file.as_fd())?;
            let length = file.read(&mut buffer).map_err(Failure::file(path))?;
            if length == 0 {
                break;
            }
            let mut bytes = buffer.get(..length).unwrap_or_default();
            if is_first && (bytes.starts_with(b"MThd") || bytes.starts_with(b"RIFF")) {
                return Err(wrong(path, "this is a song; `aseq play` plays it"));
            }
            is_first = false;
            while let Some(parsed) = parser.parse(&mut bytes) {
                match parsed {
                    Parsed::Event(data) => self.event(&Event::new(data).into_owned())?,
                    _ => return Err(wrong(path, "a system-exclusive message is cut short")),
                }
            }
            if parser.discarded() > 0 {
                return Err(wrong(path, "this is no MIDI: bytes without a status byte"));
            }
        }
        if parser.finish().is_some() || parser.discarded() > 0 {
            return Err(wrong(path, "it ends within a message"));
        }
        Ok(())
    }
}

/// A file, or standard input without a buffer of its own, which `poll` would not
/// see.
fn open(path: &Path) -> Result<File, Failure> {
    let file = if path == Path::new("-") {
        let stdin = io::stdin().as_fd().try_clone_to_owned();
        stdin.map(File::from)
    } else {
        File::open(path)
    };
    file.map_err(Failure::file(path))
}

fn wrong(path: &Path, what: &str) -> Failure {
    Failure::Other(format!("{}: {what}", path.display()))
}
