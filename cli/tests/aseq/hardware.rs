//! Tests of `aseq play` to a raw MIDI device. The kernel's virtual device behaves like hardware:
//! its bytes can be read from `/dev/snd/midi*`.

use std::io::{ErrorKind, Read, Write as _};
use std::os::fd::AsFd;
use std::time::Instant;

use alsa_seq::midi::{Parsed, Parser};
use alsa_seq::{ClientOptions, MidiVersion};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use crate::cable::{Cable, Carried, Device, with_status};
use crate::expected::expected;
use crate::{Running, printed};
use support::files::{in_file, song, temporary};
use support::listener::{Listener, hear};
use support::{PATIENCE, files, need_sequencer, say_skipped};

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

        // Everything has arrived, because the song has ended.
        let mut bytes = Vec::new();
        let mut parser = Parser::new([0; 4096]);
        let mut heard = Vec::new();
        let rests = expected.rests;
        let mut expected: Vec<String> = expected.heard.into_iter().map(|(_, what)| what).collect();
        if name == "split-sysex.mid" {
            // A cable has no boundaries of packets: the three parts are one message, and the escape
            // is its bytes.
            let rest: Vec<_> = expected.drain(1..3).collect();
            for part in rest {
                expected[0].push_str(part.strip_prefix("sysex").unwrap());
            }
            let song = alsa_seq::EventData::SongSelect { song: 1 };
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

/// Returns the bytes on the cable for a successful call. If the machine has delayed the reader for
/// long, the call is repeated, because the result would prove nothing.
pub(crate) fn carried(call: &[&str]) -> Option<Vec<u8>> {
    for _ in 0..5 {
        let cable = Cable::new(Device::free()?);
        let port = cable.port();
        let player = Running::start(&[call, &["-p", &port]].concat());
        assert_eq!(player.end(), (0, vec![]), "{call:?}");
        let Carried { bytes, longest_gap } = cable.end();
        if longest_gap.as_secs_f64() < 0.8 {
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

/// Long messages and many events at one tick, followed by more events.
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

/// The data of a device is recorded, and a device gets it again.
#[test]
fn a_recorded_song_is_sent_again_byte_for_byte() {
    need_sequencer!();
    let Some(device) = Device::free() else {
        return;
    };
    let take = tempfile::tempdir().unwrap();
    let path = take.path().join("take.mid");
    let path = path.to_str().unwrap();
    let sent = [
        &[0x90, 60, 1, 0xb0, 64, 127][..],
        &sysex(16_000),
        &[0x80, 60, 0, 0xb0, 64, 0],
        &sysex(300),
        &[0xe1, 0, 0x40],
    ]
    .concat();

    let mut listener = Listener::new();
    let port = device.port;
    let recorder = Running::start(&["record", "-q", "-p", &port.to_string(), path]);
    let started = Instant::now();
    while listener.client.connections_from(port).unwrap().is_empty() {
        assert!(started.elapsed() < PATIENCE, "it does not record");
        std::thread::yield_now();
    }
    listener.port.connect_from(port).unwrap();
    let mut file = device.open_to_send();
    // The recorder has the same events as the listener. At most 255 bytes of a long message are not
    // an event yet.
    let (mut written, mut heard) = (0, 0);
    for piece in sent.chunks(256) {
        file.write_all(piece).unwrap();
        written += piece.len();
        let is_last = written == sent.len();
        while heard + if is_last { 0 } else { 255 } < written {
            let event = listener.client.event_input_timeout(PATIENCE).unwrap();
            heard += alsa_seq::midi::Encoder::new()
                .encoded_len(&event.data())
                .unwrap_or(0);
        }
    }
    drop(file);
    recorder.signal(Signal::SIGINT);
    assert_eq!(recorder.end(), (0, vec![]));
    drop(device);

    let Some(carried) = carried(&["play", path, "-d", "0"]) else {
        return;
    };
    assert_eq!(carried.len(), sent.len());
    assert!(carried == sent, "the bytes differ");
}

/// The last values of two thousand parameters have more bytes than a driver's buffer.
#[test]
fn settings_before_the_start_reach_a_cable() {
    need_sequencer!();
    let mut bytes = Vec::new();
    for channel in 0..16 {
        for number in 0..128 {
            for (control, value) in [(99, 1), (98, number), (6, number)] {
                bytes.push([0xb0 | channel, control, value]);
            }
        }
    }
    let mut events: Vec<(u32, &[u8])> = bytes.iter().map(|bytes| (1, &bytes[..])).collect();
    let end = u32::try_from(events.len()).unwrap();
    events.push((1000, &[0x90, 60, 1]));
    events.push((1, &[0x80, 60, 1]));
    let file = song(&events);
    let path = file.path().to_str().unwrap();
    // A tick is 500/96 ms.
    let from = (f64::from(end + 990) / 192.0).to_string();
    let Some(carried) = carried(&["play", path, "-d", "0", "--from", &from]) else {
        return;
    };
    let mut expected = Vec::new();
    for [status, control, value] in bytes {
        // The upper byte of the number is sent once.
        if control != 99 || expected.len() < 3 || expected[expected.len() - 3] != status {
            expected.extend([status, control, value]);
        }
    }
    expected.extend([0x90, 60, 1, 0x80, 60, 1]);
    assert_eq!(carried.len(), expected.len());
    assert!(carried == expected, "the bytes differ");
}

/// Packets of a clip become bytes of a cable.
#[test]
fn a_cable_carries_all_of_a_clip() {
    need_sequencer!();
    let ump = ClientOptions::new("ump").midi_version(MidiVersion::Ump2);
    if let Err(error) = ump.open() {
        say_skipped(&format!("this kernel has no UMP: {error:#}"));
        return;
    }
    let mut words = vec![0x0040_0000, 0x0030_0060];
    words.extend([0x0040_0000, 0xf020_0000, 0, 0, 0, 0x0040_0000]);
    words.push(0x2090_3c64);
    let message = sysex(6002);
    // Six bytes each, at one tick.
    let parts = message[1..6001].chunks(6);
    let last = parts.len() - 1;
    for (index, part) in parts.enumerate() {
        let form = match index {
            0 => 1,
            _ if index == last => 3,
            _ => 2,
        };
        let [a, b, c, d, e, f] = part.try_into().unwrap();
        words.push(u32::from_be_bytes([0x30, form << 4 | 6, a, b]));
        words.push(u32::from_be_bytes([c, d, e, f]));
    }
    words.extend([0x2080_3c40, 0x0040_0001, 0xf021_0000, 0, 0, 0]);
    let mut bytes = b"SMF2CLIP".to_vec();
    for word in words {
        bytes.extend(word.to_be_bytes());
    }
    let file = temporary(&bytes);
    let path = file.path().to_str().unwrap();
    let Some(carried) = carried(&["play", path, "-d", "0"]) else {
        return;
    };
    let expected = [&[0x90, 60, 100][..], &message, &[0x80, 60, 64]].concat();
    assert_eq!(carried.len(), expected.len());
    assert!(carried == expected, "the bytes differ");
}
