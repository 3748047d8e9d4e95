//! `aseqdump`: show the events that arrive.

use alsa_seq::{ErrorKind, MidiVersion};
use nix::sys::signal::Signal;

use super::getopt::{Getopt, Options};
use super::{Call, errno_text, list, parse_address, usage, version};
use crate::dump::{Clock, Filter, Receiver, Shape, Stamps, TextShape};
use crate::failure::Failure;
use crate::graph::is_input;
use crate::render::{Style, View};
use crate::signals::{Catch, Signals};

const OPTIONS: Options = Options {
    short: "hVlp:NPRu:r",
    long: &[
        ("help", 'h'),
        ("version", 'V'),
        ("list", 'l'),
        ("port", 'p'),
        ("normalized-view", 'N'),
        ("percent-view", 'P'),
        ("raw-view", 'R'),
        ("ump", 'u'),
        ("raw", 'r'),
    ],
};

const USAGE: &str = "\
Usage: aseqdump [options]
  -h,--help                  show this
  -V,--version               show the version
  -l,--list                  list the ports that can be shown
  -p,--port=client:port,...  show what comes from these
  -u,--ump=version           receive as MIDI 1.0 bytes (0), or as Universal MIDI
                             Packets with MIDI 1.0 (1) or MIDI 2.0 (2)
  -r,--raw                   convert nothing between these
  -R,--raw-view              show numbers as they are (default)
  -N,--normalized-view       show them as those of MIDI 1.0, channels from 1
  -P,--percent-view          show them as parts of the whole, channels from 1
";

pub(super) fn run(call: &Call) -> Result<(), Failure> {
    let mut ports: Vec<String> = Vec::new();
    let mut midi = MidiVersion::Legacy;
    let (mut is_list, mut is_raw) = (false, false);
    let mut style = Style {
        old: true,
        view: View::Raw,
    };
    let mut getopt = Getopt::new(&OPTIONS, &call.program, &call.arguments);
    for given in getopt.by_ref() {
        let (letter, value) = given.map_err(|message| usage(USAGE, &message))?;
        match letter {
            'h' => {
                let _ = usage(USAGE, "");
                return Ok(());
            }
            'V' => return version("aseqdump"),
            'l' => is_list = true,
            'p' => ports.extend(value.to_string_lossy().split(',').map(str::to_owned)),
            'N' => style.view = View::Normalized,
            'P' => style.view = View::Percent,
            'u' => {
                midi = match value.to_str() {
                    Some("0") => MidiVersion::Legacy,
                    Some("1") => MidiVersion::Ump1,
                    Some("2") => MidiVersion::Ump2,
                    _ => {
                        let value = value.to_string_lossy();
                        return Err(Failure::Other(format!("Invalid UMP version {value}")));
                    }
                };
            }
            'r' => is_raw = true,
            _ => style.view = View::Raw,
        }
    }
    if !getopt.operands().is_empty() {
        return Err(usage(USAGE, ""));
    }
    let signals = Signals::block_as_of_old(Catch::Usual)?;
    let mut receiver = Receiver::open("aseqdump", "aseqdump", midi, !is_raw, Stamps::None)
        .map_err(|error| {
            Failure::Other(format!("Cannot open sequencer - {}", errno_text(&error)))
        })?;
    if is_list {
        return signals.interruptible(|| list(&receiver.client, is_input));
    }
    let mut senders = Vec::new();
    for text in &ports {
        let sender = parse_address(&receiver.client, text).map_err(|error| {
            let why = match error.kind() {
                ErrorKind::NotFound => "No such file or directory".to_owned(),
                _ if text.is_empty() => "Invalid argument".to_owned(),
                _ => errno_text(&error),
            };
            Failure::Other(format!("Invalid port {text} - {why}"))
        })?;
        senders.push(sender);
    }
    for sender in &senders {
        receiver.port.connect_from(*sender).map_err(|error| {
            let why = errno_text(&error);
            Failure::Other(format!("Cannot connect from port {sender} - {why}"))
        })?;
    }
    let shape = TextShape {
        clock: Clock::None,
        long: false,
        groups: midi.is_ump(),
        style,
    };
    let address = receiver.address();
    let place = if ports.is_empty() {
        format!(" at port {address}")
    } else {
        String::new()
    };
    let heads = format!(
        "Waiting for data{place}. Press Ctrl+C to end.\n{}\n",
        shape.heads()
    );
    let (shape, all) = (Shape::Text(shape), Filter::default());
    match receiver.show(&signals, shape, &all, None, &heads, || {})? {
        // The other signals are its usual end.
        Some(signal) if signal.is(Signal::SIGHUP) => Err(Failure::Signal(signal)),
        _ => Ok(()),
    }
}
