//! Long messages to hardware, which accepts 3125 bytes a second.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use alsa_seq::ump::{Group, Sysex7, Ump};
use alsa_seq::{Address, SequencerClient};
use alsa_seq_midir as midir;
use midir::ext::{OutputExt as _, PortExt as _, UmpOutput};
use midir::{MidiOutput, MidiOutputPort};

use support::{kernel_has_ump, need_sequencer, skip, unique};

/// The speed of a cable in bytes per second.
const RATE: u128 = 3125;

/// An unused virtual device of the kernel, and its other end.
fn device() -> Option<(Address, File)> {
    let client = SequencerClient::open(unique("looks")).unwrap();
    for found in client.clients() {
        let found = found.unwrap();
        let name = found.name().into_owned();
        // "Virtual Raw MIDI 1-3": card 1, device 3.
        let Some(numbers) = name.strip_prefix("Virtual Raw MIDI ") else {
            continue;
        };
        let (card, device) = numbers.split_once('-').unwrap();
        let port = Address::new(found.id().number(), 0);
        let info = client.port_info(port).unwrap();
        if info.num_receivers() > 0 || info.num_senders() > 0 {
            continue;
        }
        let mut file = OpenOptions::new()
            .read(true)
            .custom_flags(nix::fcntl::OFlag::O_NONBLOCK.bits())
            .open(format!("/dev/snd/midiC{card}D{device}"))
            .unwrap();
        // The device accepts data when a program reads from it.
        let nothing_yet = file.read(&mut [0]).unwrap_err();
        assert_eq!(nothing_yet.kind(), ErrorKind::WouldBlock);
        return Some((port, file));
    }
    None
}

/// Reads at most as fast as a cable, until `end` reports that everything was sent and no data is
/// left. Returns the data, and the longest time for which the machine has delayed the reader.
fn read(mut file: File, end: &Receiver<()>) -> (Vec<u8>, Duration) {
    let (mut bytes, mut gap) = (Vec::new(), Duration::ZERO);
    let (mut since, mut carried) = (Instant::now(), 0);
    let mut last = since;
    loop {
        let is_last = end.try_recv() == Err(TryRecvError::Disconnected);
        let now = Instant::now();
        gap = gap.max(now - last);
        last = now;
        let due = usize::try_from((now - since).as_nanos() * RATE / 1_000_000_000).unwrap();
        let mut buffer = vec![0; due - carried];
        let length = match file.read(&mut buffer) {
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => panic!("{error}"),
        };
        bytes.extend_from_slice(&buffer[..length]);
        carried += length;
        if length < buffer.len() {
            if is_last {
                return (bytes, gap);
            }
            // No data is waiting.
            (since, carried) = (now, 0);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn sysex(length: usize) -> Vec<u8> {
    let mut message: Vec<u8> = (0..0x80).cycle().take(length).collect();
    message[0] = 0xf0;
    *message.last_mut().unwrap() = 0xf7;
    message
}

/// Returns the data that a device gets when `send` sends. If the machine has delayed the reader for
/// too long, the result proves nothing, so the function tries again.
fn carried(send: impl Fn(&MidiOutputPort)) -> Option<Vec<u8>> {
    let mut gaps = Vec::new();
    while gaps.len() < 20 {
        let (port, file) = device()?;
        let (end, ended) = channel();
        let reader = thread::spawn(move || read(file, &ended));
        send(&MidiOutputPort::from_address(port));
        drop(end);
        let (bytes, gap) = reader.join().unwrap();
        if gap < Duration::from_millis(200) {
            return Some(bytes);
        }
        gaps.push(gap);
    }
    panic!("the machine has no time: it did not read for {gaps:?}");
}

/// Sends a long message, and several messages at the same time.
fn messages() -> Vec<Vec<u8>> {
    let mut messages = vec![sysex(8000)];
    messages.extend((0..8).map(|_| sysex(700)));
    messages
}

/// Nothing is lost. If something is lost, the check detects it.
#[test]
fn long_messages_are_paced() {
    need_sequencer!();
    let messages = messages();
    let send = |port: &MidiOutputPort, rate| {
        let output = MidiOutput::new(&unique("librarian")).unwrap();
        let mut output = output.connect(port, "out").unwrap();
        output.set_sysex_rate(rate);
        for message in &messages {
            output.send(message).unwrap();
        }
        output.close();
    };
    let Some(paced) = carried(|port| send(port, Some(3125))) else {
        skip("there is no free virtual MIDI device (snd-virmidi)");
        return;
    };
    assert!(paced == messages.concat(), "{} bytes", paced.len());
    let at_once = carried(|port| send(port, None)).unwrap();
    assert!(at_once.len() < paced.len(), "{} bytes", at_once.len());
}

/// The same with packets.
#[test]
fn long_messages_in_packets_are_paced() {
    need_sequencer!();
    if !kernel_has_ump() {
        return;
    }
    let messages = messages();
    let send = |port: &MidiOutputPort, rate| {
        let output = UmpOutput::new(&unique("librarian")).unwrap();
        let mut output = output.connect(port, "out").unwrap();
        output.set_sysex_rate(rate);
        for message in &messages {
            let data = &message[1..message.len() - 1];
            for part in Sysex7::split(data).unwrap() {
                output
                    .send(Ump::Sysex7(Group::new(0).unwrap(), part))
                    .unwrap();
            }
        }
        output.close();
    };
    let Some(paced) = carried(|port| send(port, Some(3125))) else {
        skip("there is no free virtual MIDI device (snd-virmidi)");
        return;
    };
    assert!(paced == messages.concat(), "{} bytes", paced.len());
    let at_once = carried(|port| send(port, None)).unwrap();
    assert!(at_once.len() < paced.len(), "{} bytes", at_once.len());
}
