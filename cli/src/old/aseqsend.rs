//! `aseqsend`: send MIDI bytes.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use alsa_seq::{ClientOptions, MidiVersion, PortCaps, SequencerClient};

use super::getopt::{Getopt, Options};
use super::ports::{cannot_open, file_failed};
use super::{Call, list, parse_address, usage, version};
use crate::cable::CABLE;
use crate::failure::Failure;
use crate::people::say;
use crate::send::{BytesError, Sender, Sending};
use crate::signals::{Catch, Signals};
use crate::words;

const OPTIONS: Options = Options {
    short: "hVvlp:s:i:u:",
    long: &[
        ("help", 'h'),
        ("version", 'V'),
        ("verbose", 'v'),
        ("list", 'l'),
        ("port", 'p'),
        ("file", 's'),
        ("interval", 'i'),
        ("ump", 'u'),
    ],
};

const USAGE: &str = "\
Usage: aseqsend -p port -s file | hexadecimal bytes
  -h, --help         show this
  -V, --version      show the version
  -v, --verbose      tell how many bytes were sent
  -l, --list         list all ports that can be sent to
  -p, --port=port    send to this port
  -s, --file=file    send the bytes in this file
  -i, --interval=n   milliseconds between messages (1)
  -u, --ump=version  0 for MIDI bytes, 1 or 2 for the words of packets
A port is CLIENT:PORT, in numbers or by name.
";

pub(super) fn run(call: &Call) -> Result<(), Failure> {
    let mut port = None;
    let mut file = None;
    let mut interval = 1_u32;
    let mut ump = MidiVersion::Legacy;
    let (mut verbose, mut lists) = (false, false);
    let wrong = |message: String| Failure::Other(message);
    let mut getopt = Getopt::new(&OPTIONS, &call.program, &call.arguments);
    for given in getopt.by_ref() {
        let (letter, value) = given.map_err(|message| {
            say(&message);
            wrong("Try 'aseqsend -h' for more information.".to_owned())
        })?;
        let text = value.to_string_lossy();
        match letter {
            'h' => return super::print(USAGE),
            'V' => return version("aseqsend"),
            'v' => verbose = true,
            'l' => lists = true,
            'p' => port = Some(text.into_owned()),
            's' => file = Some(PathBuf::from(value)),
            'i' => {
                let number = text.parse();
                interval = number.map_err(|_| wrong(format!("Invalid interval {text}")))?;
            }
            _ => {
                ump = match &*text {
                    "0" => MidiVersion::Legacy,
                    "1" => MidiVersion::Ump1,
                    "2" => MidiVersion::Ump2,
                    _ => return Err(wrong(format!("Invalid UMP version {text}"))),
                };
            }
        }
    }
    if lists {
        let control = SequencerClient::open("aseqsend").map_err(|error| cannot_open(&error))?;
        return list(&control, |port| port.caps().contains(PortCaps::WRITE));
    }
    let operands = getopt.operands();
    if file.is_none() && operands.is_empty() && port.is_none() {
        return Err(usage(USAGE, ""));
    }
    let Some(port) = port else {
        return Err(wrong("Output port must be specified!".to_owned()));
    };
    let signals = Signals::block(Catch::Music)?;
    let client = ClientOptions::new("aseqsend").midi_version(ump).open();
    let client = client.map_err(|error| cannot_open(&error))?;
    let dest = parse_address(&client, &port)
        .map_err(|_| wrong("Unable to parse port name!".to_owned()))?;
    let digits: Vec<String> = operands
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let bytes = match &file {
        Some(_) => Vec::new(),
        None => bytes(&digits)?,
    };
    let mut sending = Sending {
        sender: Sender::new(client, &[dest])?,
        signals,
        interval: Duration::from_millis(interval.into()),
        rate: CABLE,
        stop: None,
        is_cut: false,
    };
    let sent = match (&file, ump) {
        (Some(path), _) => {
            let shown = path.display();
            let file = sending.signals.interruptible(|| File::open(path));
            let file = file.map_err(|e| file_failed(&format!("cannot open {shown}"), &e))?;
            sending.bytes(file)
        }
        (None, MidiVersion::Legacy) => sending.bytes(io::Cursor::new(bytes)),
        (None, _) => packets(&mut sending, &bytes),
    };
    let sent = sent.and_then(|sent| match sending.check() {
        Ok(()) => Ok(sent),
        Err(failure) => Err(BytesError::Failure(failure)),
    });
    if sent.is_err() {
        sending.fall_silent();
    }
    let sent = sent.map_err(|error| match error {
        BytesError::Cut => wrong("SysEx is missing terminating byte (0xF7)".to_owned()),
        BytesError::Song => {
            let path = file.unwrap_or_default();
            let shown = path.display();
            wrong(format!(
                "{shown} is a Standard MIDI File; use aplaymidi to send it"
            ))
        }
        BytesError::Read(error) => wrong(error.to_string()),
        BytesError::Failure(failure) => failure,
        error @ BytesError::Stray => wrong(error.to_string()),
    })?;
    if verbose {
        let text = format!("Sent : {sent} bytes\n");
        sending.signals.interruptible(|| super::print(&text))?;
    }
    Ok(())
}

/// Pairs of digits; the last of a word may stand alone.
fn bytes(words: &[String]) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    for word in words {
        let mut digits = word.chars().map(|c| match c.to_digit(16) {
            Some(digit) => Ok(digit),
            None => Err(Failure::Other(format!("invalid character {c}"))),
        });
        while let Some(first) = digits.next() {
            let first = first?;
            let byte = match digits.next() {
                Some(second) => first << 4 | second?,
                None => first,
            };
            bytes.extend(u8::try_from(byte));
        }
    }
    Ok(bytes)
}

fn packets(sending: &mut Sending, bytes: &[u8]) -> Result<usize, BytesError> {
    if bytes.len() % 4 != 0 {
        let message = "UMP data must be aligned to 4 bytes".to_owned();
        return Err(BytesError::Failure(Failure::Other(message)));
    }
    let words: Vec<String> = bytes
        .chunks(4)
        .map(|word| word.iter().map(|byte| format!("{byte:02x}")).collect())
        .collect();
    let items = words::parse(words.iter().map(String::as_str), true);
    let items = items.map_err(|error| BytesError::Failure(Failure::Other(error.to_string())))?;
    sending.items(items).map_err(BytesError::Failure)?;
    Ok(bytes.len())
}
