//! `aplaymidi`: play MIDI files.

use std::path::PathBuf;
use std::time::Duration;

use alsa_seq::{PortType, SequencerClient};

use super::getopt::{Getopt, Options};
use super::ports::{cannot_open, failed, file_failed, parse};
use super::{Call, list, usage, version};
use crate::cmd::play::seconds;
use crate::failure::Failure;
use crate::graph::is_output;
use crate::play::{self, Changes, Session};
use crate::smf::SmfError;
use crate::song::SongError;
use crate::{say, song};

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
    // The first use of the sequencer, as of the options, tells what is wrong.
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
    let dests = match (dests, std::env::var("ALSA_OUTPUT_PORTS")) {
        (Some(dests), _) => dests,
        (None, Ok(text)) => parse(&control, &text)?,
        (None, Err(_)) => {
            let message = "Please specify at least one port with --port.";
            return Err(Failure::Other(message.to_owned()));
        }
    };
    let files: Vec<PathBuf> = getopt.operands().into_iter().map(PathBuf::from).collect();
    if files.is_empty() {
        return Err(Failure::Other("Please specify a file to play.".to_owned()));
    }
    // It would be seen beside the one that plays.
    drop(control);
    let options = play::Options {
        name: "aplaymidi".to_owned(),
        port_name: "aplaymidi".to_owned(),
        changes: Changes::default(),
        end_delay,
        progress: false,
        wanted: song::is_smf,
        connect_failure: |dest, error| failed(&format!("Cannot connect to port {dest}"), &error),
    };
    let mut session = Session::new(&options)?;
    session.open(false, dests)?;
    let mut all_well = true;
    for path in &files {
        let failure = match session.play(path) {
            Ok(()) => continue,
            Err(failure) => failure,
        };
        let shown = path.display();
        let failure = match failure {
            Failure::File { error, .. } => file_failed(&format!("Cannot open {shown}"), &error),
            Failure::Song {
                error: SongError::Unknown | SongError::Smf(SmfError::NotMidi),
                ..
            } => Failure::Other(format!("{shown} is not a Standard MIDI File")),
            Failure::Song { .. } | Failure::Other(_) => failure,
            failure => return Err(failure),
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
