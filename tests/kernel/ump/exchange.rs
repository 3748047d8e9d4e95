//! Every message from a client of every version to a client of every version:
//! what arrives is what the specification's translation (M2-104-UM, appendix D)
//! gives. Where the kernel does something else, the test says so by name.

use alsa_seq::ump::{Group, Packet, SysEx7, U7, U14, Ump, scale};
use alsa_seq::{
    ChannelValue, Controller, Event, EventData, Key, MidiVersion, Note, QueueId, SequencerClient,
    Time,
};

use super::{need_ump, packet, speaker, with_port};
use crate::samples;
use crate::support::{PATIENCE, next_event};
use MidiVersion::{Legacy, Ump1, Ump2};

/// The same said in each of the three ways.
struct Message {
    name: &'static str,
    legacy: Vec<EventData<'static>>,
    ump1: Vec<Packet>,
    ump2: Vec<Packet>,
}

impl Message {
    fn new(
        name: &'static str,
        legacy: impl Into<Vec<EventData<'static>>>,
        ump1: &[&str],
        ump2: &[&str],
    ) -> Self {
        Self {
            name,
            legacy: legacy.into(),
            ump1: ump1.iter().map(|text| packet(text)).collect(),
            ump2: ump2.iter().map(|text| packet(text)).collect(),
        }
    }

    fn said_by(&self, version: MidiVersion) -> Vec<EventData<'static>> {
        let packets = match version {
            Legacy => return self.legacy.clone(),
            Ump1 => &self.ump1,
            _ => &self.ump2,
        };
        packets.iter().copied().map(EventData::Ump).collect()
    }
}

/// Two clients that talk; each exchange goes to a port of its own, for the kernel
/// remembers banks and parameters of a port.
struct Pair {
    sender: SequencerClient,
    receiver: SequencerClient,
}

impl Pair {
    fn new(from: MidiVersion, to: MidiVersion) -> Self {
        let pair = Self {
            sender: speaker("sender", from),
            receiver: speaker("receiver", to),
        };
        pair.receiver.set_input_pool(2000).unwrap();
        pair
    }

    fn exchange(&mut self, sent: &[EventData<'_>]) -> Vec<EventData<'static>> {
        let input = self.receiver.create_port("in").unwrap();
        for data in sent {
            let event = Event::new(data.clone()).to(&input);
            self.sender.event_output(&event).unwrap();
        }
        // Arrives as it is, whatever the two speak.
        let mark = Event::new(EventData::Echo(*b"end of these")).to(&input);
        self.sender.event_output(&mark).unwrap();
        self.sender.drain_output().unwrap();
        let mut received = Vec::new();
        loop {
            let event = next_event(&mut self.receiver);
            if event.data() == mark.data() {
                return received;
            }
            assert_eq!(event.source().client, self.sender.id());
            received.push(event.into_data());
        }
    }
}

/// Calls `check` with all nine pairs.
fn with_all_pairs(mut check: impl FnMut(MidiVersion, MidiVersion, &mut Pair)) {
    for from in [Legacy, Ump1, Ump2] {
        for to in [Legacy, Ump1, Ump2] {
            check(from, to, &mut Pair::new(from, to));
        }
    }
}

/// What the test can know: the queue in a real-time message that was a packet is
/// whatever the kernel had in the place, and has no meaning there; and the same is
/// true of a packet's reserved bits.
fn comparable(data: EventData<'static>) -> EventData<'static> {
    let queue = QueueId::new(0);
    match data {
        EventData::Ump(packet) => EventData::Ump(packet.decode().into()),
        EventData::Start(_) => EventData::Start(queue),
        EventData::Continue(_) => EventData::Continue(queue),
        EventData::Stop(_) => EventData::Stop(queue),
        EventData::Clock(_) => EventData::Clock(queue),
        other => other,
    }
}

fn check(
    name: &str,
    from: MidiVersion,
    to: MidiVersion,
    got: Vec<EventData<'static>>,
    expected: &[EventData<'_>],
) {
    let got: Vec<_> = got.into_iter().map(comparable).collect();
    assert_eq!(got, expected, "{name}, from {from:?} to {to:?}");
}

fn key(note: u8, velocity: u8) -> Key {
    Key::new(5, note, velocity).unwrap()
}

fn control(number: u8, value: u8) -> EventData<'static> {
    EventData::ControlChange(Controller::new(5, number, value).unwrap())
}

fn value(value: u8) -> ChannelValue {
    ChannelValue::new(5, value).unwrap()
}

fn bend(value: i16) -> EventData<'static> {
    EventData::PitchBend(ChannelValue::new_bend(5, value).unwrap())
}

fn parameter(number: u16, value: u16) -> Controller {
    Controller::new_parameter(5, number, value).unwrap()
}

/// What all three can say, and the kernel translates both ways without loss.
fn common() -> Vec<Message> {
    use EventData as Data;
    let queue = QueueId::new(0);
    let voice = [
        Message::new(
            "note on",
            [Data::NoteOn(key(60, 100))],
            &["20953c64"],
            &["40953c00 c9240000"],
        ),
        Message::new(
            "softest note on",
            [Data::NoteOn(key(0, 1))],
            &["20950001"],
            &["40950000 02000000"],
        ),
        Message::new(
            "note off",
            [Data::NoteOff(key(127, 64))],
            &["20857f40"],
            &["40857f00 80000000"],
        ),
        Message::new(
            "note off, velocity 0",
            [Data::NoteOff(key(1, 0))],
            &["20850100"],
            &["40850100 00000000"],
        ),
        Message::new(
            "key pressure",
            [Data::KeyPressure(key(60, 127))],
            &["20a53c7f"],
            &["40a53c00 ffffffff"],
        ),
        Message::new(
            "controller",
            [control(7, 127)],
            &["20b5077f"],
            &["40b50700 ffffffff"],
        ),
        Message::new(
            "controller, low",
            [control(74, 1)],
            &["20b54a01"],
            &["40b54a00 02000000"],
        ),
        Message::new(
            "all notes off",
            [control(123, 0)],
            &["20b57b00"],
            &["40b57b00 00000000"],
        ),
        Message::new(
            "program",
            [Data::ProgramChange(value(12))],
            &["20c50c00"],
            &["40c50000 0c000000"],
        ),
        Message::new(
            "pressure",
            [Data::ChannelPressure(value(64))],
            &["20d54000"],
            &["40d50000 80000000"],
        ),
        Message::new("no bend", [bend(0)], &["20e50040"], &["40e50000 80000000"]),
        Message::new(
            "bend up",
            [bend(8191)],
            &["20e57f7f"],
            &["40e50000 ffffffff"],
        ),
        Message::new(
            "bend down",
            [bend(-8192)],
            &["20e50000"],
            &["40e50000 00000000"],
        ),
        Message::new(
            "bend a little",
            [bend(1)],
            &["20e50140"],
            &["40e50000 80040020"],
        ),
    ];
    let system = [
        ("quarter frame", Data::QuarterFrame(0x35), "10f13500"),
        ("song position", Data::SongPosition(0x0102), "10f20202"),
        ("last song position", Data::SongPosition(0x3fff), "10f27f7f"),
        ("song", Data::SongSelect(127), "10f37f00"),
        ("tune request", Data::TuneRequest, "10f60000"),
        ("clock", Data::Clock(queue), "10f80000"),
        ("start", Data::Start(queue), "10fa0000"),
        ("continue", Data::Continue(queue), "10fb0000"),
        ("stop", Data::Stop(queue), "10fc0000"),
        ("sensing", Data::ActiveSensing, "10fe0000"),
        ("reset", Data::Reset, "10ff0000"),
        (
            "identity request",
            Data::SysEx((&[0xf0, 0x7e, 0x7f, 6, 1, 0xf7]).into()),
            "30047e7f 06010000",
        ),
        (
            "six bytes",
            Data::SysEx((&[0xf0, 1, 2, 3, 4, 5, 6, 0xf7]).into()),
            "30060102 03040506",
        ),
        (
            "nothing",
            Data::SysEx((&[0xf0, 0xf7]).into()),
            "30000000 00000000",
        ),
    ];
    let system = system.map(|(name, legacy, text)| Message::new(name, [legacy], &[text], &[text]));
    voice.into_iter().chain(system).collect()
}

#[test]
fn what_all_can_say_arrives_in_the_receivers_words() {
    need_ump!();
    let messages = common();
    with_all_pairs(|from, to, pair| {
        for message in &messages {
            let got = pair.exchange(&message.said_by(from));
            check(message.name, from, to, got, &message.said_by(to));
        }
    });
}

/// A note that its queue ends is a note-on and a note-off to everybody.
#[test]
fn a_note_of_a_queue_is_two_messages() {
    need_ump!();
    let mut note = Note::new(5, 60, 100, 1).unwrap();
    note.off_velocity = 64;
    let message = Message::new(
        "note",
        [
            EventData::NoteOn(key(60, 100)),
            EventData::NoteOff(key(60, 64)),
        ],
        &["20953c64", "20853c40"],
        &["40953c00 c9240000", "40853c00 80000000"],
    );
    with_all_pairs(|from, to, pair| {
        let input = pair.receiver.create_port("in").unwrap();
        let queue = pair.sender.create_queue("queue").unwrap();
        queue.start().unwrap();
        let event = Event::new(EventData::Note(note)).to(&input);
        pair.sender
            .event_output(&event.at(&queue, Time::Tick(1)))
            .unwrap();
        pair.sender.drain_output().unwrap();
        let got = [(); 2].map(|()| next_event(&mut pair.receiver).into_data());
        check("note", from, to, got.to_vec(), &message.said_by(to));
    });
}

/// A bank and a program are three messages of MIDI 1.0, and one of MIDI 2.0.
#[test]
fn a_bank_and_a_program_are_one_message_of_midi_2() {
    need_ump!();
    let message = Message::new(
        "bank and program",
        [
            control(0, 1),
            control(32, 2),
            EventData::ProgramChange(value(3)),
        ],
        &["20b50001", "20b52002", "20c50300"],
        &["40c50001 03000102"],
    );
    with_all_pairs(|from, to, pair| {
        let got = pair.exchange(&message.said_by(from));
        let expected = match (from, to) {
            // The event of the sequencer's own that means both bank controllers.
            (Ump2, Legacy) => vec![
                EventData::Control14Bit(Controller::new_14bit(5, 0, 1 << 7 | 2).unwrap()),
                EventData::ProgramChange(value(3)),
            ],
            _ => message.said_by(to),
        };
        check(message.name, from, to, got, &expected);
    });
}

/// Registered and other parameters: four messages of MIDI 1.0, one of MIDI 2.0,
/// and one event of the sequencer's own.
#[test]
fn parameters_are_one_message_of_midi_2() {
    need_ump!();
    let midi1 = |select: [u8; 2]| {
        let controllers = [(select[0], 1), (select[1], 2), (6, 3), (38, 4)];
        let text = controllers.map(|(number, value)| format!("20b5{number:02x}{value:02x}"));
        let events = controllers.map(|(number, value)| control(number, value));
        (text, events)
    };
    for (name, own, select, ump2) in [
        (
            "RPN",
            EventData::Rpn(parameter(1 << 7 | 2, 3 << 7 | 4)),
            [101, 100],
            "40250102 06100000",
        ),
        (
            "NRPN",
            EventData::Nrpn(parameter(1 << 7 | 2, 3 << 7 | 4)),
            [99, 98],
            "40350102 06100000",
        ),
    ] {
        let (text, controllers) = midi1(select);
        let text: Vec<_> = text.iter().map(String::as_str).collect();
        let message = Message::new(name, [own], &text, &[ump2]);
        with_all_pairs(|from, to, pair| {
            let got = pair.exchange(&message.said_by(from));
            let expected = match (from, to) {
                // As they were sent: nobody puts them together.
                (Ump1, Legacy) => controllers.to_vec(),
                // See `where_the_kernel_departs_from_the_specification`.
                (Ump1, Ump2) | (Ump2, Ump1) => return,
                _ => message.said_by(to),
            };
            check(name, from, to, got, &expected);
        });
        // And the four controllers of a legacy client.
        let got = Pair::new(Legacy, Ump2).exchange(&controllers);
        check(name, Legacy, Ump2, got, &message.said_by(Ump2));
    }
}

/// A long message is one event, or a row of packets of six bytes.
#[test]
fn long_system_exclusive_is_cut_and_kept() {
    need_ump!();
    for length in [5, 6, 7, 8, 11, 12, 13, 100, 1000] {
        let bytes: Vec<u8> = (0..length)
            .map(|n| u8::try_from(n % 128).unwrap())
            .collect();
        let whole: Vec<u8> = [&[0xf0][..], &bytes, &[0xf7]].concat();
        let packets: Vec<Packet> = SysEx7::split(&bytes)
            .unwrap()
            .map(|part| Ump::SysEx7(Group::default(), part).into())
            .collect();
        with_all_pairs(|from, to, pair| {
            let sent = match from {
                Legacy => vec![EventData::SysEx((&whole[..]).into())],
                _ => packets.iter().copied().map(EventData::Ump).collect(),
            };
            let got = pair.exchange(&sent);
            if to == Legacy {
                let joined: Vec<u8> = got
                    .iter()
                    .flat_map(|data| match data {
                        EventData::SysEx(piece) => piece.to_vec(),
                        other => panic!("{other:?}"),
                    })
                    .collect();
                assert_eq!(joined, whole, "{length} bytes from {from:?}");
            } else {
                let expected: Vec<_> = packets.iter().copied().map(EventData::Ump).collect();
                check("sysex", from, to, got, &expected);
            }
        });
    }
}

/// What only MIDI 2.0 can say reaches those who understand it, whole.
#[test]
fn what_only_midi_2_can_say_is_not_mangled() {
    need_ump!();
    for text in [
        "40053c01 12345678",
        "40153c01 12345678",
        "40450102 00000010",
        "40550102 fffffff0",
        "40653c00 87654321",
        "40f53c03 00000000",
    ] {
        with_all_pairs(|from, to, pair| {
            if from != Ump2 {
                return;
            }
            let sent = [EventData::Ump(packet(text))];
            let got = pair.exchange(&sent);
            let expected = if to == Ump2 { &sent[..] } else { &[] };
            check(text, from, to, got, expected);
        });
    }
}

/// Messages that are no MIDI 1.0 and no channel voice pass between UMP clients as
/// they are, and are nothing to legacy clients.
#[test]
fn other_packets_pass_between_ump_clients() {
    need_ump!();
    for text in [
        "00000000",
        "00101234",
        "00201234",
        "00300060",
        "00400001",
        "54051b01 02030400 00000000 00000000",
        "5081000e 00010001 00010002 00030004",
        "50910102 03040506 0708090a 0b0c0d0e",
        "d0100000 02faf080 00000000 00000000",
        "d0100101 48656c6c 6f000000 00000000",
        "f0000101 0000001f 00000000 00000000",
        "f4034869 00000000 00000000 00000000",
        "60000000",
        "80000000 00000001",
        "b0000000 00000001 00000002",
        "e0000000 00000001 00000002 00000003",
    ] {
        with_all_pairs(|from, to, pair| {
            if from == Legacy {
                return;
            }
            let sent = [EventData::Ump(packet(text))];
            let got = pair.exchange(&sent);
            let expected = if to == Legacy { &[] } else { &sent[..] };
            check(text, from, to, got, expected);
        });
    }
}

/// Each value that MIDI 1.0 has, up and down, by the kernel and by us.
#[test]
fn the_kernel_scales_as_we_do() {
    need_ump!();
    let seven = |n: u8| U7::new(n).unwrap();
    let mut ump2 = Vec::new();
    let mut legacy = Vec::new();
    for n in 1..=127 {
        legacy.push(EventData::NoteOn(key(60, n)));
        ump2.push(format!("40953c00 {:04x}0000", scale::up_7_to_16(seven(n))));
        legacy.push(control(7, n));
        ump2.push(format!("40b50700 {:08x}", scale::up_7_to_32(seven(n))));
    }
    for n in (0..=16383_u16).step_by(97).chain([8191, 8193, 16383]) {
        legacy.push(bend(i16::try_from(n).unwrap() - 8192));
        let scaled = scale::up_14_to_32(U14::new(n).unwrap());
        ump2.push(format!("40e50000 {scaled:08x}"));
    }
    let ump2: Vec<_> = ump2
        .iter()
        .map(|text| EventData::Ump(packet(text)))
        .collect();
    for (part, scaled) in legacy.chunks(100).zip(ump2.chunks(100)) {
        assert_eq!(Pair::new(Legacy, Ump2).exchange(part), scaled);
        assert_eq!(Pair::new(Ump2, Legacy).exchange(scaled), part);
        let ump1 = Pair::new(Legacy, Ump1).exchange(part);
        assert_eq!(Pair::new(Ump1, Ump2).exchange(&ump1), scaled);
        assert_eq!(Pair::new(Ump2, Ump1).exchange(scaled), ump1);
    }

    // Values that no value of MIDI 1.0 becomes.
    for step in 0..=64_u32 {
        let n = step.wrapping_mul(0x0403_0201);
        let sent = [
            format!("40b50700 {n:08x}"),
            format!("40e50000 {n:08x}"),
            format!("40d50000 {n:08x}"),
            format!("40a53c00 {n:08x}"),
        ]
        .map(|text| EventData::Ump(packet(&text)));
        let low = scale::down_32_to_7(n).get();
        let wide = scale::down_32_to_14(n).get();
        let expected = [
            control(7, low),
            bend(i16::try_from(wide).unwrap() - 8192),
            EventData::ChannelPressure(value(low)),
            EventData::KeyPressure(key(60, low)),
        ];
        assert_eq!(Pair::new(Ump2, Legacy).exchange(&sent), expected);
        let [msb, lsb] = [wide >> 7, wide & 0x7f];
        let expected = [
            format!("20b507{low:02x}"),
            format!("20e5{lsb:02x}{msb:02x}"),
            format!("20d5{low:02x}00"),
            format!("20a53c{low:02x}"),
        ]
        .map(|text| EventData::Ump(packet(&text)));
        assert_eq!(Pair::new(Ump2, Ump1).exchange(&sent), expected);
    }
}

/// Without conversion a UMP client gets each event as it was sent; with it, all
/// but those that MIDI has a message for.
#[test]
fn events_of_the_sequencers_own_reach_ump_clients() {
    need_ump!();
    let events: Vec<_> = samples::legacy()
        .into_iter()
        .filter(samples::passes)
        .collect();
    // Channel voice, system common, real time, system-exclusive.
    let is_midi = |data: &EventData<'_>| matches!(data.event_type().number(), 6..=16 | 20..=22 | 30..=32 | 36 | 40..=42 | 130);
    for (to, convert) in [(Ump1, false), (Ump2, false), (Ump1, true), (Ump2, true)] {
        let mut sender = speaker("sender", Legacy);
        let mut receiver = speaker("receiver", to);
        receiver.set_ump_conversion(convert).unwrap();
        let input = receiver.create_port("in").unwrap();
        for data in &events {
            if convert && is_midi(data) {
                continue;
            }
            let event = Event::new(data.clone()).to(&input).with_tag(7);
            sender.event_output_direct(&event).unwrap();
            let received = receiver.event_input_timeout(PATIENCE).unwrap();
            assert_eq!(received.data(), event.data(), "{to:?}, {convert}");
            assert_eq!(received.tag(), 7);
        }
        assert_eq!(receiver.try_event_input().unwrap(), None);
    }
}

/// A packet that cannot be delivered when it is due comes back, but for its fourth
/// word.
#[test]
fn a_packet_bounces() {
    need_ump!();
    let (mut client, port) = with_port("bouncer", Ump2);
    let gone = client.create_port("gone").unwrap();
    let nobody = gone.address();
    gone.close().unwrap();
    client.set_error_bounce(true).unwrap();
    let queue = client.create_queue("queue").unwrap();
    queue.start().unwrap();
    for (sent, back) in [
        ("40903c03 c9241234", "40903c03 c9241234"),
        (
            "f0000101 0000001f 01020304 05060708",
            "f0000101 0000001f 01020304 00000000",
        ),
    ] {
        let event = Event::ump(packet(sent))
            .from_port(&port)
            .to(nobody)
            .at(&queue, Time::Tick(1));
        client.event_output(&event).unwrap();
        client.drain_output().unwrap();
        let EventData::Bounce(bounce) = next_event(&mut client).into_data() else {
            panic!("no bounce");
        };
        let bounced = bounce.event().unwrap();
        assert_eq!(bounced.packet(), Some(packet(back)));
        assert_eq!(bounced.dest(), nobody);
    }
}

/// Not what the specification's translation asks for, on any kernel so far. When
/// this fails, the kernel has learned, and the documentation of `ump` must, too.
#[test]
fn where_the_kernel_departs_from_the_specification() {
    need_ump!();
    let exchange = |from, to, sent: &[&str]| {
        let sent: Vec<_> = sent
            .iter()
            .map(|text| EventData::Ump(packet(text)))
            .collect();
        Pair::new(from, to).exchange(&sent)
    };
    let packets = |texts: &[&str]| -> Vec<_> {
        texts
            .iter()
            .map(|text| EventData::Ump(packet(text)))
            .collect()
    };
    // Controllers that select and set a parameter stay controllers.
    let rpn = ["20b56501", "20b56402", "20b50603", "20b52604"];
    let got = exchange(Ump1, Ump2, &rpn);
    let expected = [
        "40b56500 02000000",
        "40b56400 04000000",
        "40b50600 06000000",
        "40b52600 08000000",
    ];
    assert_eq!(got, packets(&expected));
    // A parameter is not translated to MIDI 1.0.
    for parameter in ["40250102 06100000", "40350102 06100000"] {
        assert_eq!(exchange(Ump2, Ump1, &[parameter]), []);
    }
    // A soft note-on becomes one of velocity 0, which ends the note.
    assert_eq!(
        exchange(Ump2, Ump1, &["40903c00 01ff0000"]),
        packets(&["20903c00"])
    );
    assert_eq!(
        exchange(Ump2, Legacy, &["40903c00 01ff0000"]),
        [EventData::NoteOn(Key::new(0, 60, 1).unwrap())]
    );
    // A note-on of velocity 0, which ends a note, becomes one that begins it.
    assert_eq!(
        exchange(Ump1, Ump2, &["20903c00"]),
        packets(&["40903c00 00000000"])
    );
    let ends = [EventData::NoteOn(Key::new(0, 60, 0).unwrap())];
    assert_eq!(exchange(Ump1, Legacy, &["20903c00"]), ends);
    assert_eq!(
        Pair::new(Legacy, Ump1).exchange(&ends),
        packets(&["20803c00"])
    );
    assert_eq!(
        Pair::new(Legacy, Ump2).exchange(&ends),
        packets(&["40803c00 00000000"])
    );
}
