//! MIDI 2.0 packets.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use alsa_seq::ump::{Channel, Group, Midi1, Midi2, Packet, Sysex7, System, Ump};
use alsa_seq::{Address, ErrorKind, MidiVersion, Operation};
use alsa_seq_midir as midir;
use midir::ext::{PortExt as _, UmpInput, UmpInputConnection, UmpOutput, UmpOutputConnection};
use midir::{Ignore, MidiIO as _, MidiInputPort, MidiOutput, MidiOutputPort};

use support::midir::Listener;
use support::{PATIENCE, kernel_has_ump, need_sequencer, unique};

/// Runs the rest of the test, if the kernel has UMP. `errors_name_a_kernel_without_ump` is the test
/// for a kernel without UMP.
macro_rules! need_ump {
    () => {
        need_sequencer!();
        if !kernel_has_ump() {
            return;
        }
    };
}

/// A virtual input whose packets arrive through a channel.
struct Packets {
    connection: UmpInputConnection<Sender<(u64, Packet)>>,
    packets: Receiver<(u64, Packet)>,
}

impl Packets {
    fn of(input: UmpInput) -> Self {
        let (sender, packets) = channel();
        let forward = |stamp, packet, to: &mut Sender<(u64, Packet)>| {
            let _ = to.send((stamp, packet));
        };
        let connection = input.create_virtual("in", forward, sender).unwrap();
        Self {
            connection,
            packets,
        }
    }

    fn new() -> Self {
        Self::of(UmpInput::new(&unique("packets")).unwrap())
    }

    fn next(&self) -> Packet {
        self.packets.recv_timeout(PATIENCE).unwrap().1
    }
}

fn output_to(address: Address) -> UmpOutputConnection {
    let output = UmpOutput::new(&unique("player")).unwrap();
    let port = MidiOutputPort::from_address(address);
    output.connect(&port, "out").unwrap()
}

fn midi2(message: Midi2) -> Ump {
    let (group, channel) = (Group::new(0).unwrap(), Channel::new(3).unwrap());
    Ump::Midi2(group, channel, message)
}

#[test]
fn errors_name_a_kernel_without_ump() {
    need_sequencer!();
    if kernel_has_ump() {
        return;
    }
    for error in [
        UmpInput::new(&unique("ump")).err().unwrap(),
        UmpOutput::new(&unique("ump")).err().unwrap(),
    ] {
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }));
        assert_eq!(error.operation(), Operation::Open);
        let text = error.to_string();
        assert!(text.contains("needs Linux 6.5 or newer"), "{text}");
    }
}

#[test]
fn packets_keep_every_bit() {
    need_ump!();
    let receiver = Packets::new();
    let mut output = output_to(receiver.connection.address());
    let sent = [
        midi2(Midi2::note_on(60, 0xc001).unwrap()),
        midi2(Midi2::per_note_pitch_bend(60, 0x8000_0001).unwrap()),
        midi2(Midi2::control_change(7, 0xffff_fffe).unwrap()),
        Ump::System(Group::new(0).unwrap(), System::Clock),
    ];
    for message in sent {
        output.send(message).unwrap();
    }
    for message in sent {
        assert_eq!(receiver.next().decode(), message);
    }
    assert_eq!(receiver.connection.gaps(), 0);
}

/// The kernel translates between both kinds of connections.
#[test]
fn midi_1_and_midi_2_are_translated_to_each_other() {
    need_ump!();
    let (old, new) = (Listener::new(), Packets::new());
    let mut from_new = output_to(old.address());
    from_new
        .send(midi2(Midi2::note_on(60, 0x8000).unwrap()))
        .unwrap();
    assert_eq!(old.next(), [0x93, 60, 64]);
    let output = MidiOutput::new(&unique("player")).unwrap();
    let to = MidiOutputPort::from_address(new.connection.address());
    let mut from_old = output.connect(&to, "out").unwrap();
    from_old.send(&[0x93, 60, 64]).unwrap();
    assert_eq!(
        new.next().decode(),
        midi2(Midi2::note_on(60, 0x8000).unwrap())
    );
}

/// The same name can be used by a client of each kind.
#[test]
fn a_name_has_a_client_of_each_kind() {
    need_ump!();
    let name = unique("both");
    let old = Listener::named(&name);
    let new = [0, 1].map(|_| Packets::of(UmpInput::new(&name).unwrap()));
    let output = output_to(old.address());
    let [first, second] = new.map(|packets| {
        assert_eq!(
            packets.connection.control().midi_version(),
            MidiVersion::Ump2
        );
        packets.connection.address()
    });
    assert_eq!(output.control().midi_version(), MidiVersion::Ump2);
    assert_eq!(first.client, second.client);
    assert_ne!(first.client, old.address().client);
}

#[test]
fn the_returned_object_can_be_used_again() {
    need_ump!();
    let mut input = UmpInput::new(&unique("again")).unwrap();
    let mut output = UmpOutput::new(&unique("again")).unwrap();
    for note in 0..10 {
        let log = |_: u64, packet: Packet, log: &mut Vec<Packet>| log.push(packet);
        let connection = input.create_virtual("in", log, Vec::new()).unwrap();
        let address = connection.address();
        let to = output.ports().into_iter();
        let port = to
            .into_iter()
            .find(|port| port.address() == address)
            .unwrap();
        assert!(
            output
                .port_name(&port)
                .unwrap()
                .ends_with(&format!(":in {address}"))
        );
        let mut playing = output.connect(&port, "out").unwrap();
        let message = midi2(Midi2::note_on(note, 1).unwrap());
        playing.send(message).unwrap();
        output = playing.close();
        let (given_back, log) = connection.close();
        input = given_back;
        assert_eq!(log, [Packet::from(message)]);
    }
    // The same after an error.
    let gone = MidiInputPort::from_address(Address::new(250, 250));
    let Err(error) = input.connect(&gone, "in", |_, _, ()| {}, ()) else {
        panic!("it was connected");
    };
    assert_eq!(error.kind(), midir::ConnectErrorKind::InvalidPort);
    Packets::of(error.into_inner());
}

#[test]
fn packets_are_sent_at_their_times() {
    need_ump!();
    // As with messages, the test tries longer times if it was too slow.
    let mut beat = Duration::from_millis(100);
    while !packets_a_beat_apart_come_in_order(beat) {
        beat *= 4;
        assert!(beat < PATIENCE, "the machine has no time");
    }
}

/// Returns false if the test was too slow for these times.
fn packets_a_beat_apart_come_in_order(beat: Duration) -> bool {
    let receiver = Packets::new();
    let mut output = output_to(receiver.connection.address());
    let start = Instant::now();
    for note in [2, 1, 0] {
        let at = start + beat * u32::from(note);
        let message = midi2(Midi2::note_on(note, 1).unwrap());
        output.send_at(message, at).unwrap();
    }
    if start.elapsed() >= beat {
        return false;
    }
    let hour = start + Duration::from_secs(3600);
    let mut other = output_to(receiver.connection.address());
    other
        .send_at(midi2(Midi2::note_on(9, 1).unwrap()), hour)
        .unwrap();
    other.cancel().unwrap();
    other.close();
    output.close();
    assert!(start.elapsed() >= 2 * beat);
    for note in 0..3 {
        let message = midi2(Midi2::note_on(note, 1).unwrap());
        assert_eq!(receiver.next().decode(), message);
    }
    true
}

#[test]
fn ignored_packets_are_not_delivered() {
    need_ump!();
    let group = Group::new(0).unwrap();
    let sysex = Sysex7::split(&[0x7d, 1]).unwrap().next().unwrap();
    let all = [
        Ump::Sysex7(group, sysex),
        Ump::System(group, System::quarter_frame(1).unwrap()),
        Ump::System(group, System::Clock),
        Ump::System(group, System::ActiveSensing),
        midi2(Midi2::note_on(60, 1).unwrap()),
    ];
    for (ignore, expected) in [
        (Ignore::None, &[0, 1, 2, 3, 4][..]),
        (Ignore::Sysex, &[1, 2, 3, 4]),
        (Ignore::Time, &[0, 3, 4]),
        (Ignore::ActiveSense, &[0, 1, 2, 4]),
        (Ignore::All, &[4]),
    ] {
        let mut input = UmpInput::new(&unique("choosy")).unwrap();
        input.ignore(ignore);
        let receiver = Packets::of(input);
        let mut output = output_to(receiver.connection.address());
        for message in all {
            output.send(message).unwrap();
        }
        for index in expected {
            assert_eq!(receiver.next().decode(), all[*index], "{ignore:?}");
        }
    }
}

/// MIDI 1.0 in packets is translated, too.
#[test]
fn midi_1_in_packets_arrives_as_midi_1() {
    need_ump!();
    let listener = Listener::new();
    let mut output = output_to(listener.address());
    let (group, channel) = (Group::new(0).unwrap(), Channel::new(3).unwrap());
    let message = Midi1::note_on(60, 100).unwrap();
    output.send(Ump::Midi1(group, channel, message)).unwrap();
    assert_eq!(listener.next(), [0x93, 60, 100]);
}
