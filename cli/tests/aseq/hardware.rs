//! `aseq play` into a raw MIDI device. The kernel's virtual one behaves like
//! hardware: what it gets can be read as bytes from `/dev/snd/midi*`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;

use alsa_seq::midi::{Parsed, Parser};
use alsa_seq::{Address, SequencerClient};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::expected::expected;
use crate::listener::hear;
use crate::support::{PATIENCE, client, need_sequencer, skip};
use crate::{files, printed};

/// A virtual device that nobody uses, by its port and its file.
fn virtual_device(client: &SequencerClient) -> Option<(Address, String)> {
    for found in client.clients() {
        let found = found.unwrap();
        let name = found.name().into_owned();
        // "Virtual Raw MIDI 1-3": card 1, device 3.
        let Some((card, device)) = name
            .strip_prefix("Virtual Raw MIDI ")
            .and_then(|numbers| numbers.split_once('-'))
        else {
            continue;
        };
        let port = Address::from((found.id(), alsa_seq::PortId::new(0)));
        let info = client.port_info(port).unwrap();
        if info.read_use() == 0 && info.write_use() == 0 {
            return Some((port, format!("/dev/snd/midiC{card}D{device}")));
        }
    }
    None
}

#[test]
fn a_device_gets_the_bytes_of_the_file() {
    need_sequencer!();
    let Some((port, path)) = virtual_device(&client("looking")) else {
        skip("there is no virtual MIDI device (snd-virmidi)");
        return;
    };
    let mut device = OpenOptions::new()
        .read(true)
        .custom_flags(nix::fcntl::OFlag::O_NONBLOCK.bits())
        .open(path)
        .unwrap();
    // The device listens once somebody reads.
    let nothing_yet = device.read(&mut [0]).unwrap_err();
    assert_eq!(nothing_yet.kind(), ErrorKind::WouldBlock);
    for name in ["every-message.mid", "split-sysex.mid"] {
        let file = files::data_dir().join(name);
        let expected = expected(&std::fs::read(&file).unwrap());
        let arguments = ["play", file.to_str().unwrap(), "-d", "0", "-p"];
        printed(&[&arguments[..], &[&port.to_string()]].concat());

        // All of it is there: the song is over.
        let mut bytes = Vec::new();
        let mut parser = Parser::new([0; 4096]);
        let mut heard = Vec::new();
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
