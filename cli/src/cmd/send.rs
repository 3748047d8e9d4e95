//! `aseq send`: sends the events of the command line, a file or standard input.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use alsa_seq::{ClientOptions, MidiVersion};

use crate::address::parse_all;
use crate::cable::CABLE;
use crate::failure::Failure;
use crate::people::{complain, shown};
use crate::send::{BytesError, Sender, Sending};
use crate::signals::{Catch, Signals};
use crate::times;
use crate::words;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The events to send; - reads them from standard input, line by line
    #[arg(required_unless_present = "file", allow_negative_numbers = true)]
    words: Vec<String>,
    /// Send to these ports
    #[arg(short, long, value_name = "ADDRESS", required = true)]
    port: Vec<String>,
    /// Wait until the ports exist
    #[cfg(feature = "wait")]
    #[arg(short, long)]
    wait: bool,
    /// Send the bytes in this file (.syx), or in standard input (-)
    #[arg(short, long, value_name = "FILE", conflicts_with = "words")]
    file: Option<PathBuf>,
    /// Wait this long after each event
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = times::parse)]
    interval: Duration,
    /// Send at most this many bytes a second to hardware
    #[arg(long, value_name = "BYTES", default_value_t = CABLE, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
    /// Send Universal MIDI Packets of MIDI 1.0 (1) or 2.0 (2), or plain events (0). In
    /// packets, each hexadecimal word has 8 digits
    #[arg(short, long, value_name = "0|1|2", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=2))]
    ump: u8,
    /// The name of this client, as other programs see it
    #[arg(long, default_value = "aseq send")]
    name: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let words: Vec<&str> = arguments.words.iter().map(String::as_str).collect();
    let from_stdin = words == ["-"];
    let ump = arguments.ump > 0;
    if ump && arguments.file.is_some() {
        return Err(Failure::Usage(
            "--file cannot be used with --ump: a file contains bytes, not packets".to_owned(),
        ));
    }
    // Checks the words before it opens the client.
    let items = if from_stdin {
        Vec::new()
    } else {
        let words = words.iter().flat_map(|word| word.split_whitespace());
        words::parse(words, ump).map_err(|error| Failure::Usage(error.to_string()))?
    };
    #[cfg(feature = "wait")]
    if arguments.wait {
        crate::waiting::for_ports(&arguments.port)?;
    }
    let signals = Signals::block(Catch::Music)?;
    let client = ClientOptions::new(&*arguments.name)
        .midi_version(match arguments.ump {
            0 => MidiVersion::Legacy,
            1 => MidiVersion::Ump1,
            _ => MidiVersion::Ump2,
        })
        .open()?;
    let dests = parse_all(&client, &arguments.port)?;
    let mut sending = Sending {
        sender: Sender::new(client, &dests)?,
        signals,
        interval: arguments.interval,
        rate: arguments.rate,
        stop: None,
        is_cut: false,
    };
    let result = match &arguments.file {
        Some(path) => send_file(&mut sending, path),
        None if from_stdin => send_lines(&mut sending, ump),
        None => sending.items(items),
    };
    let result = result.and_then(|()| sending.check());
    if result.is_err() {
        sending.fall_silent();
    }
    result
}

/// The maximum length of a line, in bytes.
const LONGEST: usize = 1 << 20;

/// Sends each line when it arrives. Ignores comments, which start with #.
fn send_lines(sending: &mut Sending, ump: bool) -> Result<(), Failure> {
    let path = Path::new("-");
    let mut input = BufReader::new(open(&sending.signals, path)?);
    let mut line = Vec::new();
    let mut number = 0_u64;
    let mut wrong = 0_u64;
    let mut is_over = false;
    while !is_over {
        sending.readable(input.get_ref().as_fd())?;
        let bytes = input.fill_buf().map_err(Failure::file(path))?;
        is_over = bytes.is_empty();
        line.extend(bytes);
        let length = bytes.len();
        input.consume(length);
        while let Some(end) = line.iter().position(|byte| *byte == b'\n') {
            number += 1;
            let rest = line.split_off(end + 1);
            let this = std::mem::replace(&mut line, rest);
            wrong += u64::from(!send_line(sending, &this, number, ump)?);
        }
        if line.len() > LONGEST {
            return Err(Failure::Other(format!("line {}: too long", number + 1)));
        }
    }
    wrong += u64::from(!send_line(sending, &line, number + 1, ump)?);
    match wrong {
        0 => Ok(()),
        1 => Err(Failure::Other(
            "a line was wrong and was not sent".to_owned(),
        )),
        _ => Err(Failure::Other(format!(
            "{wrong} lines were wrong and were not sent"
        ))),
    }
}

/// Sends a line. Reports a wrong line and returns false, because the following lines are
/// still sent.
fn send_line(sending: &mut Sending, line: &[u8], number: u64, ump: bool) -> Result<bool, Failure> {
    let line = String::from_utf8_lossy(line);
    let words = line.split('#').next().unwrap_or_default();
    match words::parse(words.split_whitespace(), ump) {
        Ok(items) => sending.items(items).map(|()| true),
        Err(error) => {
            complain(&format_args!("line {number}: {error}"));
            Ok(false)
        }
    }
}

/// Sends the bytes of a file when they arrive.
fn send_file(sending: &mut Sending, path: &Path) -> Result<(), Failure> {
    let file = open(&sending.signals, path)?;
    let sent = sending.bytes(file);
    let sent = sent.map_err(|error| match error {
        BytesError::Failure(failure) => failure,
        BytesError::Read(error) => Failure::file(path)(error),
        error => Failure::Other(format!("{}: {error}", shown(path))),
    });
    sent.map(|_| ())
}

/// Opens a file, or standard input without std's buffer, because `poll` does not see
/// bytes in a buffer.
fn open(signals: &Signals, path: &Path) -> Result<File, Failure> {
    let file = if path == Path::new("-") {
        let stdin = io::stdin().as_fd().try_clone_to_owned();
        stdin.map(File::from)
    } else {
        // Opening a FIFO waits for a writer. No note sounds yet.
        signals.interruptible(|| File::open(path))
    };
    file.map_err(Failure::file(path))
}
