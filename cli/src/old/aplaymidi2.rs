//! `aplaymidi2`: play MIDI clips.

use std::time::Duration;

use alsa_seq::SequencerClient;

use super::aplaymidi::{dests_or_environment, options, play_all, song_error};
use super::getopt::{Getopt, Options};
use super::ports::{cannot_open, parse};
use super::{Call, usage, version};
use crate::failure::Failure;
use crate::play::{self, Changes, Packets};
use crate::song::{SongError, SongKind};
use crate::times::seconds;

const OPTIONS: Options = Options {
    short: "hVp:d:sa",
    long: &[
        ("help", 'h'),
        ("version", 'V'),
        ("port", 'p'),
        ("delay", 'd'),
        ("silent", 's'),
        ("passall", 'a'),
    ],
};

const USAGE: &str = "\
Usage: aplaymidi2 -p port[,...] [-d delay] file ...
  -h, --help            show this
  -V, --version         show the version
  -p, --port=port,...   play to these ports, a group of the clip to each
  -d, --delay=seconds   wait so long after each clip
  -s, --silent          show no texts
  -a, --passall         send all packets, also those about the file
A port is CLIENT:PORT, in numbers or by name. A file may be -, standard input.
";

pub(super) fn run(call: &Call) -> Result<(), Failure> {
    let control = SequencerClient::open("aplaymidi2").map_err(|error| cannot_open(&error))?;
    let mut dests = None;
    let mut end_delay = Duration::from_secs(2);
    let mut changes = Changes {
        packets: Packets::Voices,
        texts: true,
        ..Changes::default()
    };
    let mut getopt = Getopt::new(&OPTIONS, &call.program, &call.arguments);
    for given in getopt.by_ref() {
        let (letter, value) = given.map_err(|message| usage(USAGE, &message))?;
        let value = value.to_string_lossy();
        match letter {
            'h' => return super::print(USAGE),
            'V' => return version("aplaymidi2"),
            'p' => dests = Some(parse(&control, &value)?),
            's' => changes.texts = false,
            'a' => changes.packets = Packets::All,
            _ => {
                let delay = seconds(&value);
                end_delay = delay.map_err(|_| Failure::Other(format!("Invalid delay {value}")))?;
            }
        }
    }
    let dests = dests_or_environment(&control, dests)?;
    drop(control);
    let options = play::Options {
        changes,
        only: Some(SongKind::Clip),
        ..options("aplaymidi2", end_delay)
    };
    play_all(&options, dests, getopt.operands(), |failure, path| {
        let is_no_clip = song_error(failure) == Some(&SongError::Unknown);
        is_no_clip.then(|| format!("{path} is not a MIDI Clip File"))
    })
}
