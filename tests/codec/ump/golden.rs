//! Packets according to the figures of M2-104-UM 1.1.2.

use alsa_seq::ump::{
    Alteration, Attribute, Bank, Bass, BlockDirection, BlockInfo, Channel, ChordName, ChordType,
    Configuration, Flex, Form, Group, Midi1, Midi1Port, Midi2, MixedDataSet, Sharps, Stream,
    Sysex7, Sysex8, System, TextKind, Tonic, U4, U7, U14, UiHint, Ump, UmpVersion, Utility,
};

fn u7(value: u8) -> U7 {
    U7::new(value).unwrap()
}

/// Every message with its words. Each field has its own value, so that swapped fields show.
pub(super) fn all() -> Vec<(&'static str, Ump)> {
    let mut all = utility();
    all.extend(system());
    all.extend(midi1());
    all.extend(data());
    all.extend(midi2());
    all.extend(flex());
    all.extend(stream());
    all
}

fn utility() -> Vec<(&'static str, Ump)> {
    let ticks = Utility::delta_clockstamp(0xf_1234).unwrap();
    [
        ("00000000", Utility::NoOp),
        ("00101234", Utility::JrClock(0x1234)),
        ("0020fedc", Utility::JrTimestamp(0xfedc)),
        ("003001e0", Utility::TicksPerQuarter(480)),
        ("004f1234", ticks),
    ]
    .map(|(text, message)| (text, Ump::Utility(message)))
    .into()
}

fn system() -> Vec<(&'static str, Ump)> {
    [
        ("12f17500", System::quarter_frame(0x75).unwrap()),
        ("12f20112", System::song_position(0x901).unwrap()),
        ("12f34200", System::song_select(0x42).unwrap()),
        ("12f60000", System::TuneRequest),
        ("12f80000", System::Clock),
        ("12fa0000", System::Start),
        ("12fb0000", System::Continue),
        ("12fc0000", System::Stop),
        ("12fe0000", System::ActiveSensing),
        ("12ff0000", System::Reset),
    ]
    .map(|(text, message)| (text, Ump::System(Group::new(2).unwrap(), message)))
    .into()
}

fn midi1() -> Vec<(&'static str, Ump)> {
    let (group, channel) = (Group::new(3).unwrap(), Channel::new(9).unwrap());
    [
        ("23893c40", Midi1::note_off(0x3c, 0x40)),
        ("23993c64", Midi1::note_on(0x3c, 0x64)),
        ("23a93c11", Midi1::poly_pressure(0x3c, 0x11)),
        ("23b90766", Midi1::control_change(7, 0x66)),
        ("23c97e00", Midi1::program_change(0x7e)),
        ("23d95500", Midi1::channel_pressure(0x55)),
        ("23e90140", Midi1::pitch_bend(0x2001)),
    ]
    .map(|(text, message)| (text, Ump::Midi1(group, channel, message.unwrap())))
    .into()
}

fn data() -> Vec<(&'static str, Ump)> {
    let group = Group::new(4).unwrap();
    let sysex7 = |form, bytes: &[u8]| Ump::Sysex7(group, Sysex7::new(form, bytes).unwrap());
    let sysex8 = |form, bytes: &[u8]| Ump::Sysex8(group, Sysex8::new(form, 0xab, bytes).unwrap());
    let mixed = |message| Ump::MixedDataSet(group, message);
    let long: Vec<u8> = (0xf1..=0xfd).collect();
    vec![
        (
            "34047e7f 06010000",
            sysex7(Form::Complete, &[0x7e, 0x7f, 6, 1]),
        ),
        (
            "34160102 03040506",
            sysex7(Form::Start, &[1, 2, 3, 4, 5, 6]),
        ),
        (
            "34260708 090a0b0c",
            sysex7(Form::Continue, &[7, 8, 9, 10, 11, 12]),
        ),
        ("34310d00 00000000", sysex7(Form::End, &[13])),
        ("34300000 00000000", sysex7(Form::End, &[])),
        (
            "5403abf0 ff000000 00000000 00000000",
            sysex8(Form::Complete, &[0xf0, 0xff]),
        ),
        (
            "541eabf1 f2f3f4f5 f6f7f8f9 fafbfcfd",
            sysex8(Form::Start, &long),
        ),
        (
            "542eabf1 f2f3f4f5 f6f7f8f9 fafbfcfd",
            sysex8(Form::Continue, &long),
        ),
        (
            "5431ab00 00000000 00000000 00000000",
            sysex8(Form::End, &[]),
        ),
        (
            "54851234 23453456 45675678 6789789a",
            mixed(MixedDataSet::Header {
                id: U4::new(5).unwrap(),
                valid_bytes: 0x1234,
                chunks: 0x2345,
                chunk: 0x3456,
                manufacturer: 0x4567,
                device: 0x5678,
                sub_id_1: 0x6789,
                sub_id_2: 0x789a,
            }),
        ),
        (
            "54960102 03040506 0708090a 0b0c0d0e",
            mixed(MixedDataSet::Payload {
                id: U4::new(6).unwrap(),
                bytes: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
            }),
        ),
    ]
}

fn midi2() -> Vec<(&'static str, Ump)> {
    let (group, channel) = (Group::new(5).unwrap(), Channel::new(12).unwrap());
    let attribute = Attribute {
        kind: 0x83,
        data: 0x7900,
    };
    let note = u7(60);
    let bank = Bank::new(0x12, 0x34).unwrap();
    [
        (
            "450c3cfe 12345678",
            Midi2::registered_per_note(60, 0xfe, 0x1234_5678),
        ),
        (
            "451c3c81 12345678",
            Midi2::assignable_per_note(60, 0x81, 0x1234_5678),
        ),
        ("452c0106 92345678", Midi2::rpn(1, 6, 0x9234_5678)),
        ("453c0207 92345678", Midi2::nrpn(2, 7, 0x9234_5678)),
        ("454c0308 ffffffff", Midi2::relative_rpn(3, 8, -1)),
        ("455c0409 80000000", Midi2::relative_nrpn(4, 9, i32::MIN)),
        (
            "456c3c00 80000000",
            Midi2::per_note_pitch_bend(60, 0x8000_0000),
        ),
        ("458c3c00 ab120000", Midi2::note_off(60, 0xab12)),
        ("459c3c00 00000000", Midi2::note_on(60, 0)),
        (
            "459c3c83 c0007900",
            Ok(Midi2::NoteOn {
                note,
                velocity: 0xc000,
                attribute,
            }),
        ),
        (
            "458c3c83 c0007900",
            Ok(Midi2::NoteOff {
                note,
                velocity: 0xc000,
                attribute,
            }),
        ),
        ("45ac3c00 fedcba98", Midi2::poly_pressure(60, 0xfedc_ba98)),
        ("45bc4a00 fedcba98", Midi2::control_change(74, 0xfedc_ba98)),
        ("45cc0000 7e000000", Midi2::program_change(0x7e, None)),
        ("45cc0001 7e001234", Midi2::program_change(0x7e, Some(bank))),
        (
            "45dc0000 fedcba98",
            Ok(Midi2::ChannelPressure {
                pressure: 0xfedc_ba98,
            }),
        ),
        (
            "45ec0000 fedcba98",
            Ok(Midi2::PitchBend { bend: 0xfedc_ba98 }),
        ),
        (
            "45fc3c02 00000000",
            Midi2::per_note_management(60, true, false),
        ),
        (
            "45fc3c01 00000000",
            Midi2::per_note_management(60, false, true),
        ),
    ]
    .into_iter()
    .map(|(text, message)| (text, Ump::Midi2(group, channel, message.unwrap())))
    .collect()
}

fn flex() -> Vec<(&'static str, Ump)> {
    let group = Group::new(6).unwrap();
    let channel = Channel::new(11).ok();
    let sharps = |number| Sharps::new(number).unwrap();
    let degree = |number| U4::new(number).unwrap();
    let lyrics = |form, text| Flex::Text {
        kind: TextKind::LYRICS,
        form,
        text,
    };
    let chord = ChordName {
        tonic: Tonic::G,
        sharps: sharps(-1),
        kind: ChordType::MAJOR_7TH,
        alterations: [
            Alteration::Raise(degree(5)),
            Alteration::Add(degree(9)),
            Alteration::Lower(degree(11)),
            Alteration::None,
        ],
        bass: Bass {
            note: Tonic::A,
            sharps: sharps(1),
            kind: ChordType::MINOR_9TH,
            alterations: [Alteration::None, Alteration::Subtract(degree(3))],
        },
    };
    [
        (
            "d6100000 02faf080 00000000 00000000",
            None,
            Flex::Tempo(50_000_000),
        ),
        (
            "d6100001 06030800 00000000 00000000",
            None,
            Flex::TimeSignature {
                numerator: 6,
                denominator: 3,
                thirty_seconds: 8,
            },
        ),
        (
            "d6100002 24020301 0c060000 00000000",
            None,
            Flex::Metronome {
                clocks_per_click: 36,
                bar_accents: [2, 3, 1],
                subdivisions: [12, 6],
            },
        ),
        (
            "d60b0005 d5000000 00000000 00000000",
            channel,
            Flex::KeySignature {
                sharps: sharps(-3),
                tonic: Tonic::E,
            },
        ),
        (
            "d6100005 80000000 00000000 00000000",
            None,
            Flex::KeySignature {
                sharps: Sharps::SPECIAL,
                tonic: Tonic::Unknown,
            },
        ),
        (
            "d60b0006 f7033519 4b000000 110a0023",
            channel,
            Flex::ChordName(chord),
        ),
        (
            "d6100006 03010000 00000000 80000000",
            None,
            Flex::ChordName(ChordName {
                tonic: Tonic::C,
                kind: ChordType::MAJOR,
                bass: Bass {
                    sharps: Sharps::SPECIAL,
                    ..Bass::default()
                },
                ..ChordName::default()
            }),
        ),
        (
            "d6100104 54686520 64657273 00000000",
            None,
            Flex::Text {
                kind: TextKind::COPYRIGHT_NOTICE,
                form: Form::Complete,
                text: *b"The ders\0\0\0\0",
            },
        ),
        (
            "d64b0201 48656c6c 6f2c2077 6f726c64",
            channel,
            lyrics(Form::Start, *b"Hello, world"),
        ),
        (
            "d68b0201 48656c6c 6f2c2077 6f726c64",
            channel,
            lyrics(Form::Continue, *b"Hello, world"),
        ),
        (
            "d6cb0201 21000000 00000000 00000000",
            channel,
            lyrics(Form::End, *b"!\0\0\0\0\0\0\0\0\0\0\0"),
        ),
        (
            "d61002fe 01020304 05060708 090a0b0c",
            None,
            Flex::Text {
                kind: TextKind::new(2, 0xfe).unwrap(),
                form: Form::Complete,
                text: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
            },
        ),
    ]
    .map(|(text, channel, message)| (text, Ump::Flex(group, channel, message)))
    .into()
}

fn stream() -> Vec<(&'static str, Ump)> {
    let discovery = |info, identity, name, product_id, configuration| Stream::EndpointDiscovery {
        version: UmpVersion::V1_1,
        info,
        identity,
        name,
        product_id,
        configuration,
    };
    let info = |static_blocks, midi2, midi1, receives_jr, sends_jr| Stream::EndpointInfo {
        version: UmpVersion { major: 1, minor: 2 },
        static_blocks,
        blocks: u7(3),
        midi2,
        midi1,
        receives_jr,
        sends_jr,
    };
    let configuration = |protocol, receives_jr, sends_jr| Configuration {
        protocol,
        receives_jr,
        sends_jr,
    };
    let name = *b"Gimme some sig";
    [
        (
            "f0000101 00000001 00000000 00000000",
            discovery(true, false, false, false, false),
        ),
        (
            "f0000101 00000002 00000000 00000000",
            discovery(false, true, false, false, false),
        ),
        (
            "f0000101 00000004 00000000 00000000",
            discovery(false, false, true, false, false),
        ),
        (
            "f0000101 00000008 00000000 00000000",
            discovery(false, false, false, true, false),
        ),
        (
            "f0000101 00000010 00000000 00000000",
            discovery(false, false, false, false, true),
        ),
        (
            "f0010102 83000000 00000000 00000000",
            info(true, false, false, false, false),
        ),
        (
            "f0010102 03000200 00000000 00000000",
            info(false, true, false, false, false),
        ),
        (
            "f0010102 03000100 00000000 00000000",
            info(false, false, true, false, false),
        ),
        (
            "f0010102 03000002 00000000 00000000",
            info(false, false, false, true, false),
        ),
        (
            "f0010102 03000001 00000000 00000000",
            info(false, false, false, false, true),
        ),
        (
            "f0020000 00002109 02010403 05060708",
            Stream::DeviceIdentity {
                manufacturer: [u7(0), u7(0x21), u7(9)],
                family: U14::new(1 << 7 | 2).unwrap(),
                model: U14::new(3 << 7 | 4).unwrap(),
                software: [5, 6, 7, 8].map(u7),
            },
        ),
        (
            "f4034769 6d6d6520 736f6d65 20736967",
            Stream::EndpointName {
                form: Form::Start,
                text: name,
            },
        ),
        (
            "fc044769 6d6d6520 736f6d65 20736967",
            Stream::ProductInstanceId {
                form: Form::End,
                text: name,
            },
        ),
        (
            "f0050202 00000000 00000000 00000000",
            Stream::ConfigurationRequest(configuration(2, true, false)),
        ),
        (
            "f0060101 00000000 00000000 00000000",
            Stream::Configuration(configuration(1, false, true)),
        ),
        (
            "f010ff01 00000000 00000000 00000000",
            Stream::BlockDiscovery {
                block: 255,
                info: true,
                name: false,
            },
        ),
        (
            "f0100902 00000000 00000000 00000000",
            Stream::BlockDiscovery {
                block: 9,
                info: false,
                name: true,
            },
        ),
        (
            "f0118526 0c040207 00000000 00000000",
            Stream::BlockInfo(BlockInfo {
                block: u7(5),
                active: true,
                direction: BlockDirection::Output,
                midi1: Midi1Port::Yes,
                hint: UiHint::Sender,
                first_group: Group::new(12).unwrap(),
                groups: 4,
                ci_version: 2,
                sysex8_streams: 7,
            }),
        ),
        (
            "f0110519 00010000 00000000 00000000",
            Stream::BlockInfo(BlockInfo {
                block: u7(5),
                active: false,
                direction: BlockDirection::Input,
                midi1: Midi1Port::Slow,
                hint: UiHint::Receiver,
                first_group: Group::new(0).unwrap(),
                groups: 1,
                ci_version: 0,
                sysex8_streams: 0,
            }),
        ),
        (
            "f8120953 796e7468 57617665 f09f8c8a",
            Stream::BlockName {
                block: 9,
                form: Form::Continue,
                text: *b"SynthWave\xf0\x9f\x8c\x8a",
            },
        ),
        ("f0200000 00000000 00000000 00000000", Stream::StartOfClip),
        ("f0210000 00000000 00000000 00000000", Stream::EndOfClip),
    ]
    .map(|(text, message)| (text, Ump::Stream(message)))
    .into()
}

/// Messages with every possible bit set, and the same messages without the reserved bits.
pub(super) fn masks() -> Vec<(&'static str, &'static str)> {
    vec![
        // Utility messages have no group.
        ("0f0fffff", "00000000"),
        ("0f1fffff", "0010ffff"),
        ("0f2fffff", "0020ffff"),
        ("0f3fffff", "0030ffff"),
        ("0f4fffff", "004fffff"),
        ("1ff1ffff", "1ff17f00"),
        ("1ff2ffff", "1ff27f7f"),
        ("1ff3ffff", "1ff37f00"),
        ("1ff6ffff", "1ff60000"),
        ("1ffaffff", "1ffa0000"),
        ("2f8fffff", "2f8f7f7f"),
        ("2fbfffff", "2fbf7f7f"),
        ("2fcfffff", "2fcf7f00"),
        ("2fdfffff", "2fdf7f00"),
        ("2fefffff", "2fef7f7f"),
        ("3f06ffff ffffffff", "3f067f7f 7f7f7f7f"),
        ("3f32ffff ffffffff", "3f327f7f 00000000"),
        ("4f0fffff ffffffff", "4f0f7fff ffffffff"),
        ("4f1fffff ffffffff", "4f1f7fff ffffffff"),
        ("4f2fffff ffffffff", "4f2f7f7f ffffffff"),
        ("4f5fffff ffffffff", "4f5f7f7f ffffffff"),
        ("4f6fffff ffffffff", "4f6f7f00 ffffffff"),
        ("4f8fffff ffffffff", "4f8f7fff ffffffff"),
        ("4f9fffff ffffffff", "4f9f7fff ffffffff"),
        ("4fafffff ffffffff", "4faf7f00 ffffffff"),
        ("4fbfffff ffffffff", "4fbf7f00 ffffffff"),
        ("4fcfffff ffffffff", "4fcf0001 7f007f7f"),
        ("4fcffffe ffffffff", "4fcf0000 7f000000"),
        ("4fdfffff ffffffff", "4fdf0000 ffffffff"),
        ("4fefffff ffffffff", "4fef0000 ffffffff"),
        ("4fffffff ffffffff", "4fff7f03 00000000"),
        (
            "5f0effff ffffffff ffffffff ffffffff",
            "5f0effff ffffffff ffffffff ffffffff",
        ),
        (
            "5f01ffff ffffffff ffffffff ffffffff",
            "5f01ff00 00000000 00000000 00000000",
        ),
        (
            "5f8fffff ffffffff ffffffff ffffffff",
            "5f8fffff ffffffff ffffffff ffffffff",
        ),
        (
            "5f9fffff ffffffff ffffffff ffffffff",
            "5f9fffff ffffffff ffffffff ffffffff",
        ),
        (
            "df1f0000 ffffffff ffffffff ffffffff",
            "df100000 ffffffff 00000000 00000000",
        ),
        (
            "df0f0001 ffffffff ffffffff ffffffff",
            "df0f0001 ffffff00 00000000 00000000",
        ),
        (
            "df0f0002 ffffffff ffffffff ffffffff",
            "df0f0002 ffffffff ffff0000 00000000",
        ),
        (
            "df0f0005 f7ffffff ffffffff ffffffff",
            "df0f0005 f7000000 00000000 00000000",
        ),
        (
            "df0f0006 f7ff4f4f 4f4fffff f7ff4f4f",
            "df0f0006 f7ff4f4f 4f4f0000 f7ff4f4f",
        ),
        (
            "df0f0006 f7ff0f0f 0f0fffff f7ff0f0f",
            "df0f0006 f7ff0000 00000000 f7ff0000",
        ),
        (
            "dfcf01ff ffffffff ffffffff ffffffff",
            "dfcf01ff ffffffff ffffffff ffffffff",
        ),
        (
            "f000ffff ffffffff ffffffff ffffffff",
            "f000ffff 0000001f 00000000 00000000",
        ),
        (
            "f001ffff ffffffff ffffffff ffffffff",
            "f001ffff ff000303 00000000 00000000",
        ),
        (
            "f002ffff ffffffff ffffffff ffffffff",
            "f0020000 007f7f7f 7f7f7f7f 7f7f7f7f",
        ),
        (
            "fc03ffff ffffffff ffffffff ffffffff",
            "fc03ffff ffffffff ffffffff ffffffff",
        ),
        (
            "f005ffff ffffffff ffffffff ffffffff",
            "f005ff03 00000000 00000000 00000000",
        ),
        (
            "f006ffff ffffffff ffffffff ffffffff",
            "f006ff03 00000000 00000000 00000000",
        ),
        (
            "f010ffff ffffffff ffffffff ffffffff",
            "f010ff03 00000000 00000000 00000000",
        ),
        (
            "f011fffb 0fffffff ffffffff ffffffff",
            "f011ff3b 0fffffff 00000000 00000000",
        ),
        (
            "fc12ffff ffffffff ffffffff ffffffff",
            "fc12ffff ffffffff ffffffff ffffffff",
        ),
        (
            "f020ffff ffffffff ffffffff ffffffff",
            "f0200000 00000000 00000000 00000000",
        ),
    ]
}

/// Packets to which no version of the specification has given a meaning yet.
pub(super) const RESERVED: &[&str] = &[
    // Types.
    "6fffffff",
    "71234567",
    "8fffffff ffffffff",
    "91234567 89abcdef",
    "a1234567 89abcdef",
    "b1234567 89abcdef 01234567",
    "cfffffff ffffffff ffffffff",
    "e1234567 89abcdef 01234567 89abcdef",
    // Statuses.
    "00500000",
    "00f00000",
    "10000000",
    "10800000",
    "10f00000",
    "10f40000",
    "10f50000",
    "10f70000",
    "10f90000",
    "10fd0000",
    "20003c40",
    "20703c40",
    "20f03c40",
    "30400000 00000000",
    "30f60000 00000000",
    "40703c00 12345678",
    "50410000 00000000 00000000 00000000",
    "50a10000 00000000 00000000 00000000",
    "d0100003 12345678 00000000 00000000",
    "d0100007 12345678 00000000 00000000",
    "d0100300 12345678 00000000 00000000",
    "d010ff00 12345678 00000000 00000000",
    "f0070000 00000000 00000000 00000000",
    "f0220000 00000000 00000000 00000000",
    "f3ff0000 00000000 00000000 00000000",
    // The upper bits of a stream status are significant.
    "f1200000 00000000 00000000 00000000",
    // More bytes than the packet has room for, or no stream number.
    "30070000 00000000",
    "300f0000 00000000",
    "50000000 00000000 00000000 00000000",
    "500f0000 00000000 00000000 00000000",
    // A part of a message that is always complete.
    "d0500000 12345678 00000000 00000000",
    "f4000101 0000001f 00000000 00000000",
    "f4200000 00000000 00000000 00000000",
    // Addresses.
    "d0200000 12345678 00000000 00000000",
    "d0300101 12345678 00000000 00000000",
    // Notes and alterations.
    "d0100005 08000000 00000000 00000000",
    "d0100006 09010000 00000000 00000000",
    "d0100006 01010000 00000000 08000000",
    "d0100006 01015000 00000000 00000000",
    "d0100006 01010000 00f00000 00000000",
    // Function blocks: direction, MIDI 1.0, first group.
    "f0118500 00010000 00000000 00000000",
    "f011850d 00010000 00000000 00000000",
    "f0118501 10010000 00000000 00000000",
];
