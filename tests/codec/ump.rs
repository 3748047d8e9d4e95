//! Universal MIDI Packets: words to typed values and back.

use alsa_seq::Event;
use alsa_seq::ump::{
    Attribute, Bank, Channel, Flex, Form, Group, MessageType, Midi1, Midi2, MixedDataSet, Packet,
    Packets, Sysex7, Sysex8, System, TextKind, U4, U7, U14, Ump, Utility, scale,
};
use proptest::prelude::*;

use support::invariants::{fast, ump};

mod golden;
mod long;

fn packet(text: &str) -> Packet {
    text.parse().unwrap()
}

/// Every message as the specification shows it.
#[test]
fn every_message_has_the_words_of_the_specification() {
    for (text, ump) in golden::all() {
        assert_eq!(Packet::from(ump), packet(text), "{ump:?}");
        assert_eq!(packet(text).decode(), ump, "{text}");
        assert_eq!(packet(text).to_string(), text);
    }
}

/// In each of these messages all values have their largest size. Bits that stay 0 are reserved, and
/// no value changes its neighbour.
#[test]
fn the_largest_values_stay_in_their_fields() {
    for (text, mask) in golden::masks() {
        let all_ones = packet(text);
        assert_eq!(Packet::from(all_ones.decode()), packet(mask), "{text}");
        assert_eq!(packet(mask).decode(), all_ones.decode(), "{text}");
        assert!(!matches!(all_ones.decode(), Ump::Other(_)), "{text}");
    }
}

/// Tests types, statuses and values that the specification reserves.
#[test]
fn reserved_packets_are_not_changed() {
    for text in golden::RESERVED {
        let packet = packet(text);
        assert_eq!(packet.decode(), Ump::Other(packet), "{text}");
        assert_eq!(Packet::from(packet.decode()), packet);
        assert_eq!(Event::ump(packet).packet(), Some(packet));
    }
}

#[test]
fn the_type_determines_the_size() {
    let sizes = [1, 1, 1, 2, 2, 4, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4];
    for (number, size) in (0..).zip(sizes) {
        let first = number << 28 | 0x0abc_def0;
        let packet = Packet::new([first, 1, 2, 3]);
        assert_eq!(u32::from(packet.message_type().number()), number);
        assert_eq!(packet.message_type().words(), size);
        assert_eq!(packet.words(), &[first, 1, 2, 3][..size]);
        let group = Group::new(10).unwrap();
        let has_group = number != 0 && number != 15;
        assert_eq!(packet.group(), has_group.then_some(group));
        assert_eq!(packet.decode().group(), packet.group());
        let moved = packet.with_group(Group::default());
        let expected = if has_group {
            first & !0x0f00_0000
        } else {
            first
        };
        assert_eq!(moved.words()[0], expected);
        assert_eq!(moved.words()[1..], packet.words()[1..]);
    }
}

#[test]
fn words_after_a_packet_are_ignored() {
    let packet = Packet::new([0x20903c40, 1, 2, 3]);
    assert_eq!(packet, Packet::new([0x20903c40, 0, 0, 0]));
    assert_eq!(packet.to_array(), [0x20903c40, 0, 0, 0]);
}

#[test]
fn an_incomplete_packet_ends_the_packets() {
    let words = [
        0x10f8_0000,
        0x4090_3c00,
        0xc000_0000,
        0xb000_0000,
        1,
        2,
        0xd010_0000,
        1,
        2,
    ];
    let mut packets = Packets::new(&words);
    for size in [1, 2, 3] {
        assert_eq!(packets.next().unwrap().unwrap().words().len(), size);
    }
    assert_eq!(packets.offset(), 6);
    let error = packets.next().unwrap().unwrap_err();
    assert_eq!(
        (error.offset(), error.needed(), error.available()),
        (6, 4, 3)
    );
    assert_eq!(
        error.to_string(),
        "the packet at word 6 needs 4 words, of which 3 are there"
    );
    assert_eq!(packets.next(), None);
    assert_eq!(packets.remainder(), &words[6..]);
    assert_eq!(Packets::new(&[]).next(), None);
}

#[test]
fn constructors_check_and_never_mask() {
    let refused = |error: alsa_seq::ValueError| error.to_string();
    for (result, message) in [
        (
            Group::new(16).map_err(refused).err(),
            "group 16 is out of range 0..=15",
        ),
        (
            Channel::new(255).map_err(refused).err(),
            "channel 255 is out of range 0..=15",
        ),
        (
            U7::try_from(128).map_err(refused).err(),
            "7-bit value 128 is out of range 0..=127",
        ),
        (
            U14::new(0x4000).map_err(refused).err(),
            "14-bit value 16384 is out of range 0..=16383",
        ),
        (
            Midi1::note_on(60, 128).map_err(refused).err(),
            "velocity 128 is out of range 0..=127",
        ),
        (
            Midi1::pitch_bend(16384).map_err(refused).err(),
            "pitch bend 16384 is out of range 0..=16383",
        ),
        (
            Midi2::note_on(128, 0).map_err(refused).err(),
            "note 128 is out of range 0..=127",
        ),
        (
            Midi2::rpn(0, 200, 0).map_err(refused).err(),
            "index 200 is out of range 0..=127",
        ),
        (
            Bank::new(128, 0).map_err(refused).err(),
            "bank MSB 128 is out of range 0..=127",
        ),
        (
            System::song_position(16384).map_err(refused).err(),
            "song position 16384 is out of range 0..=16383",
        ),
        (
            Utility::delta_clockstamp(1 << 20).map_err(refused).err(),
            "ticks 1048576 is out of range 0..=1048575",
        ),
        (
            Sysex7::new(Form::Start, &[1, 0x80]).map_err(refused).err(),
            "system-exclusive byte 128 is out of range 0..=127",
        ),
        (
            Sysex7::new(Form::Start, &[0; 7]).map_err(refused).err(),
            "number of system-exclusive bytes 7 is out of range 0..=6",
        ),
        (
            Sysex8::new(Form::End, 0, &[0; 300]).map_err(refused).err(),
            "number of system-exclusive bytes 300 is out of range 0..=13",
        ),
        (
            TextKind::new(3, 0).map_err(refused).err(),
            "text bank 3 is out of range 1..=2",
        ),
    ] {
        assert_eq!(result.as_deref(), Some(message));
    }
    assert_eq!(U14::from_halves(U7::MAX, U7::MAX), U14::MAX);
    assert_eq!(U4::MAX.get(), 15);
}

#[test]
fn a_packet_is_parsed_strictly() {
    assert_eq!(packet("20903C40"), Packet::new([0x2090_3c40, 0, 0, 0]));
    for text in [
        "",
        " ",
        "20903c4",
        "20903c400",
        "+0903c40",
        "20903c40 ",
        " 20903c40",
        "20903c40 00000000",
        "40903c40",
        "40903c40  00000000",
        "40903c40 00000000 00000000",
        "f0000101 0000001f 00000000",
        "f0000101 0000001f 00000000 00000000 00000000",
        "2090 3c40",
        "0x20903c",
    ] {
        assert!(text.parse::<Packet>().is_err(), "{text:?} was taken");
    }
}

#[test]
fn values_scale_by_min_center_max() {
    let u7 = |n| U7::new(n).unwrap();
    let u14 = |n| U14::new(n).unwrap();
    for (from, to16, to32) in [
        (0, 0, 0),
        (1, 0x0200, 0x0200_0000),
        (63, 0x7e00, 0x7e00_0000),
        (64, 0x8000, 0x8000_0000),
        (65, 0x8208, 0x8208_2082),
        (100, 0xc924, 0xc924_9249),
        (126, 0xfdf7, 0xfdf7_df7d),
        (127, 0xffff, 0xffff_ffff),
    ] {
        assert_eq!(scale::up_7_to_16(u7(from)), to16, "{from}");
        assert_eq!(scale::up_7_to_32(u7(from)), to32, "{from}");
    }
    for (from, to) in [
        (0, 0),
        (8191, 0x7ffc_0000),
        (8192, 0x8000_0000),
        (8193, 0x8004_0020),
        (16382, 0xfffb_ffdf),
        (16383, 0xffff_ffff),
    ] {
        assert_eq!(scale::up_14_to_32(u14(from)), to, "{from}");
    }
    for n in 0..=127 {
        assert_eq!(scale::down_16_to_7(scale::up_7_to_16(u7(n))), u7(n));
        assert_eq!(scale::down_32_to_7(scale::up_7_to_32(u7(n))), u7(n));
    }
    for n in 0..=0x3fff {
        assert_eq!(scale::down_32_to_14(scale::up_14_to_32(u14(n))), u14(n));
    }
    assert_eq!(scale::down_16_to_7(0x01ff), u7(0));
    assert_eq!(scale::down_32_to_7(u32::MAX), u7(127));
    assert_eq!(scale::down_32_to_14(0x0003_ffff), u14(0));
}

/// The rule of M2-115-U, on texts of ones and zeros: above the middle, all digits except the first
/// are repeated until the text is long enough.
#[test]
fn all_values_scale_by_repeated_digits() {
    fn up(value: u32, from: usize, to: usize) -> u32 {
        let digits = format!("{value:0from$b}");
        let fill: String = if value > 1 << (from - 1) {
            digits.chars().skip(1).cycle().take(to - from).collect()
        } else {
            "0".repeat(to - from)
        };
        u32::from_str_radix(&(digits + &fill), 2).unwrap()
    }
    for n in 0..=127 {
        let value = U7::new(n).unwrap();
        assert_eq!(
            u32::from(scale::up_7_to_16(value)),
            up(n.into(), 7, 16),
            "{n}"
        );
        assert_eq!(scale::up_7_to_32(value), up(n.into(), 7, 32), "{n}");
    }
    for n in 0..=0x3fff {
        let value = U14::new(n).unwrap();
        assert_eq!(scale::up_14_to_32(value), up(n.into(), 14, 32), "{n}");
    }
}

#[test]
fn names_of_texts_are_unique() {
    let names: std::collections::BTreeSet<_> = TextKind::ALL
        .iter()
        .map(|kind| kind.name().unwrap())
        .collect();
    assert_eq!(names.len(), TextKind::ALL.len());
    assert!(TextKind::ALL.is_sorted());
    assert_eq!(TextKind::LYRICS.to_string(), "lyrics");
    assert_eq!(TextKind::new(2, 77).unwrap().to_string(), "text-2-77");
}

#[test]
fn accessors_return_group_channel_and_type() {
    let (group, channel) = (Group::new(3).unwrap(), Channel::new(9).unwrap());
    let note = Ump::Midi2(group, channel, Midi2::note_on(1, 2).unwrap());
    assert_eq!((note.group(), note.channel()), (Some(group), Some(channel)));
    let tempo = Ump::Flex(group, None, Flex::Tempo(50_000_000));
    assert_eq!((tempo.group(), tempo.channel()), (Some(group), None));
    assert_eq!(Ump::Utility(Utility::NoOp).group(), None);
    assert_eq!(MessageType::of(0xd000_0000), MessageType::FLEX_DATA);
    let pitch = Attribute::pitch(60 << 9 | 256);
    assert_eq!((pitch.kind, pitch.data), (3, 0x7900));
}

/// Words of a type with a meaning, in most cases with a status that has a meaning.
fn known_packet() -> impl Strategy<Value = Packet> {
    let all: Vec<Packet> = golden::all().iter().map(|(text, _)| packet(text)).collect();
    (
        proptest::sample::select(all),
        any::<[u32; 4]>(),
        any::<u32>(),
    )
        .prop_map(|(known, noise, head)| {
            // The bits of the first word that contain type and status stay.
            let keep = match known.message_type() {
                MessageType::SYSTEM => 0xf0ff_0000,
                MessageType::FLEX_DATA => 0xf0e0_ffff,
                MessageType::STREAM => 0xffff_0000,
                _ => 0xf0f0_0000,
            };
            let mut words = noise;
            words[0] = known.to_array()[0] & keep | head & !keep;
            Packet::new(words)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    /// Every type and status has the same probability.
    #[test]
    fn any_words_are_cut_and_come_back(case in proptest::collection::vec(any::<u8>(), 0..80)) {
        ump::check(&case);
        fast::ump(&case);
    }

    #[test]
    fn any_known_message_comes_back(packet in known_packet()) {
        ump::packet_comes_back(packet);
    }

    #[test]
    fn system_exclusive_bytes_come_back(
        bytes in proptest::collection::vec(0..=127_u8, 0..=6),
        bytes8 in proptest::collection::vec(any::<u8>(), 0..=13),
        stream in any::<u8>(),
    ) {
        for form in [Form::Complete, Form::Start, Form::Continue, Form::End] {
            let message = Sysex7::new(form, &bytes).unwrap();
            prop_assert_eq!((message.form(), message.bytes()), (form, &bytes[..]));
            let ump = Ump::Sysex7(Group::MAX, message);
            prop_assert_eq!(Packet::from(ump).decode(), ump);
            let message = Sysex8::new(form, stream, &bytes8).unwrap();
            prop_assert_eq!(
                (message.form(), message.stream(), message.bytes()),
                (form, stream, &bytes8[..])
            );
            let ump = Ump::Sysex8(Group::MAX, message);
            prop_assert_eq!(Packet::from(ump).decode(), ump);
        }
    }

    #[test]
    fn mixed_data_comes_back(id in 0..=15_u8, bytes in any::<[u8; 14]>()) {
        let id = U4::new(id).unwrap();
        let ump = Ump::MixedDataSet(Group::default(), MixedDataSet::Payload { id, bytes });
        prop_assert_eq!(Packet::from(ump).decode(), ump);
    }
}
