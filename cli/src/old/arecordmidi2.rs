//! `arecordmidi2`: record MIDI clips.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use alsa_seq::ump::{Flex, Group, Packet, Packets, TextKind, Ump};
use alsa_seq::{MidiVersion, SequencerClient};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::arecordmidi::{self, parse_limit, parse_signature};
use super::getopt::{Getopt, Options};
use super::ports::{cannot_open, failed, parse};
use super::{Call, version};
use crate::failure::Failure;
use crate::people::say;
use crate::record::{self, Existing, FileKind};
use crate::signals::without_signals;
use crate::song::smf::write::Division;
use crate::tempo::{TimeSignature, bpm};

/// The long options for texts have no short form, so their letters are characters that
/// nobody can type.
const OPTIONS: Options = Options {
    short: "hVp:b:t:i:n:u:rsP:\u{1}:\u{2}:\u{3}:\u{4}:\u{5}:\u{6}:\u{7}:\u{8}:\u{9}:\u{a}:\u{b}:\u{c}:",
    long: &[
        ("help", 'h'),
        ("version", 'V'),
        ("port", 'p'),
        ("bpm", 'b'),
        ("ticks", 't'),
        ("timesig", 'i'),
        ("num-events", 'n'),
        ("ump", 'u'),
        ("interactive", 'r'),
        ("silent", 's'),
        ("profile", 'P'),
        ("project", '\u{1}'),
        ("song", '\u{2}'),
        ("clip", '\u{3}'),
        ("copyright", '\u{4}'),
        ("composer", '\u{5}'),
        ("lyricist", '\u{6}'),
        ("arranger", '\u{7}'),
        ("publisher", '\u{8}'),
        ("performer", '\u{9}'),
        ("accompany", '\u{a}'),
        ("date", '\u{b}'),
        ("location", '\u{c}'),
    ],
};

const USAGE: &str = "\
Usage: arecordmidi2 [options] file
  -h, --help            show this
  -V, --version         show the version
  -p, --port=port,...   record from these ports, a group for each; without this
                        option, from whoever connects
  -b, --bpm=n           quarter notes a minute (120)
  -t, --ticks=n         ticks of a quarter note (384)
  -i, --timesig=n:d     the time signature (4:4)
  -n, --num-events=n    end after so many events
  -u, --ump=version     1 or 2: record MIDI 1.0 or 2.0 (1)
  -r, --interactive     begin and end with the return key
  -s, --silent          do not ask for it
  -P, --profile=file    packets to put before the clip
  --project=text, --song=text, --clip=text, --copyright=text, --composer=text,
  --lyricist=text, --arranger=text, --publisher=text, --performer=text,
  --accompany=text, --date=text, --location=text
                        texts to put before the clip
A port is CLIENT:PORT, in numbers or by name. A file may be -, standard output.
";

pub(super) fn run(call: &Call) -> Result<(), Failure> {
    let control = SequencerClient::open("arecordmidi2").map_err(|error| cannot_open(&error))?;
    let mut sources = Vec::new();
    let (mut beats, mut ticks) = (120.0, 384);
    let mut signature = TimeSignature { beats: 4, unit: 2 };
    let mut limit = None;
    let mut ump = MidiVersion::Ump1;
    let (mut asks, mut silent) = (false, false);
    let (mut profile, mut texts) = (Vec::new(), Vec::new());
    let wrong = |message: &str| Failure::Other(message.to_owned());
    let mut getopt = Getopt::new(&OPTIONS, &call.program, &call.arguments);
    for given in getopt.by_ref() {
        let (letter, value) = given.map_err(|message| {
            say(&message);
            Failure::Said(USAGE.trim_end().to_owned())
        })?;
        let text = value.to_string_lossy();
        match letter {
            'h' => {
                say(&USAGE.trim_end());
                return Ok(());
            }
            'V' => return version("arecordmidi2"),
            'p' => sources = parse(&control, &text)?,
            'b' => beats = bpm(&text).map_err(|_| wrong("Invalid tempo"))?,
            't' => {
                let number = text.parse().ok().filter(|n| (1..=0x7fff).contains(n));
                ticks = number.ok_or_else(|| wrong("Invalid number of ticks"))?;
            }
            'i' => signature = parse_signature(&text)?,
            'n' => limit = Some(parse_limit(&text)?),
            'u' => {
                ump = match &*text {
                    "1" => MidiVersion::Ump1,
                    "2" => MidiVersion::Ump2,
                    _ => return Err(Failure::Other(format!("Invalid MIDI version {text}\n"))),
                };
            }
            'r' => asks = true,
            's' => silent = true,
            'P' => profile = read_profile(&PathBuf::from(&value))?,
            letter => texts.push((letter, text.into_owned())),
        }
    }
    let Some(path) = getopt.operands().into_iter().next().map(PathBuf::from) else {
        return Err(wrong("Please specify a file to record to."));
    };
    drop(control);
    let mut before = profile;
    for (letter, text) in texts {
        let status = u8::try_from(u32::from(letter)).unwrap_or(0);
        let kind = TextKind::new(1, status).map_err(|error| Failure::Other(error.to_string()))?;
        before.extend(text_packets(kind, &text)?);
    }
    if asks {
        ask(silent)?;
    }
    let options = record::Options {
        name: "arecordmidi2".to_owned(),
        port_name: "arecordmidi2".to_owned(),
        sources,
        path,
        existing: Existing::Overwrite,
        interval: arecordmidi::INTERVAL,
        tells: false,
        division: Division::Quarter(ticks),
        bpm: beats,
        time_signature: Some(signature),
        tempo_map: None,
        metronome: None,
        kind: FileKind::Clip {
            version: ump,
            before,
        },
        limit,
    };
    arecordmidi::record(&options).map_err(|failure| match failure {
        Failure::Connect { error, .. } => failed("Cannot port connection", &error),
        failure => failure,
    })
}

/// Waits for the return key. The next return key ends the recording.
fn ask(silent: bool) -> Result<(), Failure> {
    let tell = |what: &str| {
        if silent {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        write!(out, "Press RETURN to {what} recording:")
            .and_then(|()| out.flush())
            .map_err(Failure::Output)
    };
    let line = || io::stdin().lock().read_line(&mut String::new());
    tell("start")?;
    line().map_err(Failure::file(std::path::Path::new("-")))?;
    tell("stop")?;
    let listen = move || {
        // Ignores an error: then no key can be pressed any more.
        let _ = line();
        kill(Pid::this(), Signal::SIGINT)
    };
    without_signals(|| std::thread::Builder::new().spawn(listen))
        .map(drop)
        .map_err(|error| Failure::Other(format!("cannot start a thread: {error}")))
}

/// Reads a file of packets, with the most significant byte first.
fn read_profile(path: &PathBuf) -> Result<Vec<Packet>, Failure> {
    let shown = path.display();
    let bytes =
        fs::read(path).map_err(|_| Failure::Other(format!("cannot open the profile '{shown}'")))?;
    let words: Vec<u32> = bytes
        .chunks(4)
        .map(|word| {
            word.iter()
                .fold(0, |value, byte| value << 8 | u32::from(*byte))
        })
        .collect();
    let packets: Result<Vec<_>, _> = Packets::new(&words).collect();
    match packets {
        Ok(packets) if bytes.len() % 4 == 0 => Ok(packets),
        _ => Err(Failure::Other(format!(
            "'{shown}' does not consist of packets"
        ))),
    }
}

/// Splits a text into packets. An empty text gives none.
fn text_packets(kind: TextKind, text: &str) -> Result<Vec<Packet>, Failure> {
    let group = Group::new(0).map_err(|error| Failure::Other(error.to_string()))?;
    let parts = Flex::split_text(kind, text).filter(|_| !text.is_empty());
    Ok(parts
        .map(|part| Ump::Flex(group, None, part).into())
        .collect())
}
