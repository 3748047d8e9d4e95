//! `aplaymidi`: play MIDI files.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use alsa_seq::{Address, ClientControl, PortType, SequencerClient};

use super::getopt::{Getopt, Options};
use super::ports::{cannot_open, failed, file_failed, parse};
use super::{Call, list, usage, version};
use crate::failure::Failure;
use crate::graph::is_output;
use crate::people::say;
use crate::play::{self, Changes, Session};
use crate::song::smf::SmfError;
use crate::song::{Song, SongError, SongKind};
use crate::times::seconds;

const OPTIONS: Options = Options {
    short: "hVlp:u:d:",
    long: &[
        ("help", 'h'),
        ("version", 'V'),
        ("list", 'l'),
        ("port", 'p'),
        ("ump", 'u'),
        ("delay", 'd'),
    ],
};

const USAGE: &str = "\
Usage: aplaymidi -p port[,...] [-d delay] file ...
  -h, --help            show this
  -V, --version         show the version
  -l, --list            list the ports that can be played to
  -p, --port=port,...   play to these ports
  -u, --ump=version     1, which changes nothing
  -d, --delay=seconds   wait so long after each song
A port is CLIENT:PORT, in numbers or by name. A file may be -, standard input.
";

pub(super) fn run(call: &Call) -> Result<(), Failure> {
    // An error of the sequencer is reported before an error of the options, as in the
    // original.
    let control = SequencerClient::open("aplaymidi").map_err(|error| cannot_open(&error))?;
    let mut dests = None;
    let mut end_delay = Duration::from_secs(2);
    let mut lists = false;
    let mut getopt = Getopt::new(&OPTIONS, &call.program, &call.arguments);
    for given in getopt.by_ref() {
        let (letter, value) = given.map_err(|message| usage(USAGE, &message))?;
        let value = value.to_string_lossy();
        match letter {
            'h' => return super::print(USAGE),
            'V' => return version("aplaymidi"),
            'l' => lists = true,
            'p' => dests = Some(parse(&control, &value)?),
            'u' if value == "0" || value == "1" => {}
            'u' => return Err(Failure::Other("Only MIDI 1.0 is supported".to_owned())),
            _ => {
                let delay = seconds(&value);
                end_delay = delay.map_err(|_| Failure::Other(format!("Invalid delay {value}")))?;
            }
        }
    }
    if lists {
        return list(&control, |port| {
            is_output(port) && port.port_type().contains(PortType::MIDI_GENERIC)
        });
    }
    let dests = dests_or_environment(&control, dests)?;
    // Otherwise, other programs would see it in addition to the client that plays.
    drop(control);
    let options = play::Options {
        changes: Changes::default(),
        only: Some(SongKind::Smf),
        ..options("aplaymidi", end_delay)
    };
    play_all(&options, dests, getopt.operands(), |failure, path| {
        let is_no_song = matches!(
            song_error(failure),
            Some(SongError::Unknown | SongError::Smf(SmfError::NotMidi))
        );
        is_no_song.then(|| format!("{path} is not a Standard MIDI File"))
    })
}

/// The reason why a file cannot be played, if that is the failure.
pub(super) fn song_error(failure: &Failure) -> Option<&SongError> {
    match failure {
        Failure::Song { error, .. } => error.downcast_ref(),
        _ => None,
    }
}

/// The ports of the arguments, or those of the environment.
pub(super) fn dests_or_environment(
    control: &ClientControl,
    dests: Option<Vec<Address>>,
) -> Result<Vec<Address>, Failure> {
    match (dests, std::env::var("ALSA_OUTPUT_PORTS")) {
        (Some(dests), _) => Ok(dests),
        (None, Ok(text)) => parse(control, &text),
        (None, Err(_)) => {
            let message = "Please specify at least one port with --port.";
            Err(Failure::Other(message.to_owned()))
        }
    }
}

/// The common options of both programs that play.
pub(super) fn options(name: &str, end_delay: Duration) -> play::Options {
    play::Options {
        name: name.to_owned(),
        port_name: name.to_owned(),
        changes: Changes::default(),
        end_delay,
        progress: false,
        json: false,
        only: None,
    }
}

/// Plays one file after the other. If a file cannot be played, reports the reason and
/// continues with the next.
pub(super) fn play_all(
    options: &play::Options,
    dests: Vec<Address>,
    files: Vec<OsString>,
    wrong_kind: impl Fn(&Failure, &str) -> Option<String>,
) -> Result<(), Failure> {
    if files.is_empty() {
        return Err(Failure::Other("Please specify a file to play.".to_owned()));
    }
    let session = Session::new(options)?;
    let is_ump = options.only == Some(SongKind::Clip);
    let mut connected = session
        .open(is_ump, dests)
        .map_err(|failure| match failure {
            Failure::Connect { port, error, .. } => {
                failed(&format!("Cannot connect to port {port}"), &error)
            }
            failure => failure,
        })?;
    let mut play = |path: &Path| {
        let file = session.read(path)?;
        let song = Song::read(&file).map_err(Failure::song(path))?;
        connected.play(&song, path)
    };
    let mut all_well = true;
    for path in files.into_iter().map(PathBuf::from) {
        let failure = match play(&path) {
            Ok(()) => continue,
            Err(failure) => failure,
        };
        let shown = path.display().to_string();
        let failure = match (wrong_kind(&failure, &shown), failure) {
            (Some(message), _) => Failure::Other(message),
            (None, Failure::File { error, .. }) => {
                file_failed(&format!("Cannot open {shown}"), &error)
            }
            (None, failure @ (Failure::Song { .. } | Failure::Other(_))) => failure,
            (None, failure) => return Err(failure),
        };
        say(&failure);
        all_well = false;
    }
    if all_well {
        Ok(())
    } else {
        Err(Failure::Said(String::new()))
    }
}
