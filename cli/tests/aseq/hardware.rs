//! `aseq play` into a raw MIDI device. The kernel's virtual one behaves like
//! hardware: what it gets can be read as bytes from `/dev/snd/midi*`.

use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;

use alsa_seq::midi::{Parsed, Parser};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::cable::{Cable, Carried, Device, with_status};
use crate::expected::expected;
use crate::files::song;
use crate::listener::hear;
use crate::support::{PATIENCE, need_sequencer};
use crate::{Running, files, printed};

#[test]
fn a_device_gets_the_bytes_of_the_file() {
    need_sequencer!();
    let Some(virtual_device) = Device::free() else {
        return;
    };
    let port = virtual_device.port;
    let mut device = virtual_device.open();
    for name in ["every-message.mid", "split-sysex.mid"] {
        let file = files::data_dir().join(name);
        let expected = expected(&std::fs::read(&file).unwrap());
        let arguments = ["play", file.to_str().unwrap(), "-d", "0", "-p"];
        printed(&[&arguments[..], &[&port.to_string()]].concat());

        // All of it is there: the song is over.
        let mut bytes = Vec::new();
        let mut parser = Parser::new([0; 4096]);
        let mut heard = Vec::new();
        let rests = expected.rests;
        let mut expected: Vec<String> = expected.heard.into_iter().map(|(_, what)| what).collect();
        if name == "split-sysex.mid" {
            // Bytes on a cable do not tell where a packet ended: the three
            // parts are one message, and the escape is what its bytes say.
            let rest: Vec<_> = expected.drain(1..3).collect();
            for part in rest {
                expected[0].push_str(part.strip_prefix("sysex").unwrap());
            }
            let song = alsa_seq::EventData::SongSelect(1);
            expected[1] = format!("{song:?}");
        }
        expected.extend(rests);
        while heard.len() < expected.len() {
            let mut fds = [PollFd::new(device.as_fd(), PollFlags::POLLIN)];
            let patience = PollTimeout::try_from(PATIENCE).unwrap();
            assert_ne!(poll(&mut fds, patience).unwrap(), 0, "{bytes:02x?}");
            let mut some = [0; 256];
            let length = match device.read(&mut some) {
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                Err(error) => panic!("{error}"),
            };
            bytes.extend_from_slice(&some[..length]);
            let mut input = &some[..length];
            while let Some(parsed) = parser.parse(&mut input) {
                match parsed {
                    Parsed::Event(data) => hear(&mut heard, 0, &data),
                    other => panic!("{other:?}"),
                }
            }
        }
        let heard: Vec<String> = heard.into_iter().map(|(_, what)| what).collect();
        assert_eq!(heard, expected, "{bytes:02x?}");
    }
}

/// What a cable carries of a call that succeeds. When the machine kept the reader
/// from reading for long, nothing can be said, and the call is repeated.
fn carried(call: &[&str]) -> Option<Vec<u8>> {
    for _ in 0..5 {
        let cable = Cable::new(Device::free()?);
        let port = cable.port();
        let player = Running::start(&[call, &["-p", &port]].concat());
        assert_eq!(player.end(), (0, vec![]), "{call:?}");
        let Carried { bytes, longest_gap } = cable.end();
        if longest_gap.as_secs_f64() < 0.5 {
            return Some(with_status(&bytes));
        }
    }
    panic!("the machine is too busy to read from a cable");
}

fn sysex(length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..128).cycle().take(length).collect();
    bytes[0] = 0xf0;
    bytes[length - 1] = 0xf7;
    bytes
}

/// A message as a file has it: F0, how long the rest is, and the rest.
fn in_file(message: &[u8]) -> Vec<u8> {
    let length = message.len() - 1;
    let high = u8::try_from(length >> 7).unwrap() | 0x80;
    let low = u8::try_from(length % 128).unwrap();
    [&[0xf0, high, low], &message[1..]].concat()
}

/// Long messages and dense music at one tick, with more behind them.
#[test]
fn a_cable_carries_all_of_a_song() {
    need_sequencer!();
    let (long, short) = (sysex(6508), sysex(1500));
    let (long_file, short_file) = (in_file(&long), in_file(&short));
    let mut events: Vec<(u32, &[u8])> = vec![(0, &[0x90, 60, 1]), (0, &long_file)];
    events.extend([(0, &short_file[..]); 4]);
    events.extend([(0, &[0x80, 60, 0][..]), (0, &[0xc0, 5][..])]);
    let notes: [&[u8]; 2] = [&[0x91, 60, 1], &[0x82, 61, 2]];
    events.extend((0..2000).map(|n| (0, notes[n % 2])));
    events.push((1, &[0x81, 60, 1]));
    let file = song(&events);
    let path = file.path().to_str().unwrap();
    let Some(carried) = carried(&["play", path, "-d", "0"]) else {
        return;
    };
    let mut expected = vec![0x90, 60, 1];
    expected.extend(&long);
    expected.extend(short.repeat(4));
    expected.extend([0x80, 60, 0, 0xc0, 5]);
    expected.extend(notes.concat().repeat(1000));
    expected.extend([0x81, 60, 1]);
    assert_eq!(carried.len(), expected.len());
    assert!(carried == expected, "the bytes differ");
}
