//! Arbitrary bytes give values of every kind, and all of them are valid.

use std::collections::BTreeSet;
use std::fmt::Debug;

use alsa_seq::ump::{
    Alteration, Channel, ChordName, Flex, Group, MessageType, Midi1, Midi2, MixedDataSet, Packet,
    Stream, Sysex7, Sysex8, System, TextKind, U14, U20, Ump, Utility,
};
use alsa_seq::wire::Framing;
use alsa_seq::{
    Address, Bounce, Bytes, ClientId, Event, EventData, EventType, QueueId, RealTime, Tempo, Time,
    UserNumber,
};
use arbitrary::{Arbitrary, Unstructured};
use proptest::test_runner::{RngAlgorithm, TestRng};

use support::invariants::typed;

/// Returns random bytes that are the same each time.
fn noise(length: usize) -> Vec<u8> {
    use proptest::prelude::RngCore;

    let mut bytes = vec![0; length];
    TestRng::deterministic_rng(RngAlgorithm::ChaCha).fill_bytes(&mut bytes);
    bytes
}

/// Calls the function with as many values as the bytes give.
fn each<'a, T: Arbitrary<'a>>(bytes: &'a [u8], mut each: impl FnMut(T)) {
    // The first sysex message might take all bytes, so they are cut into pieces.
    for piece in bytes.chunks(200) {
        each(Unstructured::new(piece).arbitrary().unwrap());
    }
}

#[test]
fn every_type_of_event_is_possible() {
    let noise = noise(2_000_000);
    let (mut from_data, mut from_events) = (BTreeSet::new(), BTreeSet::new());
    let mut packets = 0;
    each(&noise, |data: EventData<'_>| {
        from_data.insert(data.event_type());
    });
    each(&noise, |event: Event<'_>| {
        packets += usize::from(event.is_ump());
        from_events.insert(event.event_type());
    });
    assert!(packets > 0);
    for known in EventType::ALL {
        assert!(from_data.contains(known), "no data of {known}");
        assert!(from_events.contains(known), "no event of {known}");
    }
    assert!(from_data.iter().any(|found| found.name().is_none()));
}

#[test]
fn any_header_is_possible() {
    let noise = noise(2_000_000);
    let mut seen = BTreeSet::new();
    each(&noise, |event: Event<'_>| {
        seen.insert((
            event.is_relative(),
            event.is_high_priority(),
            event.is_direct(),
            matches!(event.time(), Time::Real(_)),
        ));
    });
    assert_eq!(seen.len(), 16);
}

#[test]
fn arbitrary_values_come_back() {
    for case in noise(1_000_000).chunks(100) {
        typed::check(case);
    }
    each(&noise(1_000_000), |data: EventData<'_>| {
        assert_eq!(Event::new(data).data(), data);
    });
    let mut kinds = BTreeSet::new();
    let (mut reserved, mut others) = (false, false);
    each(&noise(1_000_000), |ump: Ump| {
        let packet = Packet::from(ump);
        assert_eq!(packet.decode(), ump);
        kinds.insert(packet.message_type());
        others |= matches!(ump, Ump::Other(_));
    });
    assert_eq!(kinds.len(), 16);
    each(&noise(1_000_000), |packet: Packet| {
        reserved |= Packet::from(packet.decode()) != packet;
    });
    assert!(reserved && others);
}

/// No number is out of reach: with these bytes in front, the numbers are the largest.
#[test]
fn the_largest_numbers_are_possible() {
    fn made<T: for<'a> Arbitrary<'a>>(bytes: &[u8]) -> T {
        Unstructured::new(bytes).arbitrary().unwrap()
    }
    let ones = [0xff; 16];
    // The first byte chooses the variant, and the second the range.
    let fields = |variant, range, rest: &[u8]| {
        let bytes = [&[variant, range], rest].concat();
        format!(
            "{:?}",
            Unstructured::new(&bytes)
                .arbitrary::<EventData<'_>>()
                .unwrap()
        )
    };
    for (variant, range, rest, expected) in [
        (
            3,
            15,
            &ones[..],
            "NoteOn { channel: 255, note: 255, velocity: 255 }",
        ),
        (
            3,
            0,
            &[15, 127, 127],
            "NoteOn { channel: 15, note: 127, velocity: 127 }",
        ),
        (
            6,
            15,
            &ones,
            "ControlChange { channel: 255, controller: 4294967295, value: -1 }",
        ),
        (
            9,
            0,
            &[15, 0x3f, 0xff],
            "PitchBend { channel: 15, bend: 8191 }",
        ),
        (9, 15, &ones, "PitchBend { channel: 255, bend: -1 }"),
    ] {
        assert_eq!(fields(variant, range, rest), expected);
    }
    assert_eq!(made::<Address>(&ones), Address::new(255, 255));
    assert_eq!(made::<Group>(&ones), Group::MAX);
    assert_eq!(made::<Channel>(&ones), Channel::MAX);
    assert_eq!(made::<U14>(&ones), U14::MAX);
    assert_eq!(made::<U20>(&ones), U20::MAX);
    assert_eq!(made::<UserNumber<10>>(&[9]).number(), 9);
    assert_eq!(made::<TextKind>(&ones).status(), 255);

    let last = (RealTime::MAX.subsec_nanos()).to_be_bytes();
    assert_eq!(made::<RealTime>(&[last, [0xff; 4]].concat()), RealTime::MAX);
    let slowest = (i32::MAX.unsigned_abs() - 1).to_be_bytes();
    let tempo = made::<Tempo>(&[slowest, slowest].concat());
    assert_eq!(
        (tempo.micros_per_quarter(), tempo.ppq()),
        (0x7fff_ffff, 0x7fff_ffff)
    );
}

/// The simplest value needs no bytes.
#[test]
fn the_simplest_value_needs_no_bytes() {
    let event: Event<'_> = Unstructured::new(&[]).arbitrary().unwrap();
    assert_eq!(
        event,
        Event::new(EventData::System {
            event: 0,
            result: 0
        })
        .from_port((0.into(), 0.into()))
        .to((0.into(), 0.into()))
    );
    assert_eq!(Unstructured::new(&[]).arbitrary(), Ok(RealTime::ZERO));
}

/// Borrowed data is a part of the input.
#[test]
fn payload_is_borrowed() {
    let noise = noise(100_000);
    let mut count = 0;
    each(&noise, |data: EventData<'_>| {
        if let EventData::Sysex(bytes) = data {
            let range = noise.as_ptr_range();
            assert!(range.contains(&bytes.as_ptr()) || bytes.is_empty());
            count += bytes.len();
        }
    });
    assert!(count > 0);
}

/// No value needs fewer bytes than the hint's minimum, or more than its maximum.
#[test]
fn size_hints_are_right() {
    fn check<'a, T: Arbitrary<'a> + Debug>(noise: &'a [u8]) {
        let (least, most) = T::size_hint(0);
        let (mut fewest, mut largest) = (usize::MAX, 0);
        for piece in noise.chunks_exact(200) {
            let mut input = Unstructured::new(piece);
            let value = T::arbitrary(&mut input).unwrap();
            let taken = piece.len() - input.len();
            assert!(taken >= least, "{value:?} took {taken}, not {least}");
            assert!(
                most.is_none_or(|most| taken <= most),
                "{value:?} took {taken}"
            );
            fewest = fewest.min(taken);
            largest = largest.max(taken);
        }
        let name = std::any::type_name::<T>();
        assert_eq!(fewest, least, "{name}");
        if let Some(most) = most {
            assert_eq!(largest, most, "{name}");
        }
    }
    let noise = noise(1_000_000);
    macro_rules! check { ($($type:ty),+ $(,)?) => { $(check::<$type>(&noise);)+ } }
    check!(
        Address,
        ClientId,
        Event<'_>,
        EventData<'_>,
        EventType,
        Framing,
        QueueId,
        RealTime,
        Tempo,
        Time,
        UserNumber<5>,
        UserNumber<10>,
    );
    check!(
        Alteration,
        ChordName,
        Flex,
        MessageType,
        Midi1,
        Midi2,
        MixedDataSet,
        Packet,
        Stream,
        Sysex7,
        Sysex8,
        System,
        TextKind,
        U20,
        Ump,
        Utility,
    );
    for hint in [Bytes::size_hint(0), Bounce::size_hint(0)] {
        assert_eq!(hint, (0, None));
    }
}
/// The target in the documentation is the target that `cargo xtask fuzz` runs.
#[test]
fn the_documented_target_is_the_tested_one() {
    let page = include_str!("../../docs/fuzzing.md");
    let target = include_str!("../../fuzz/fuzz_targets/octave_up.rs");
    assert!(page.contains(&format!("```rust\n{target}```\n")));
}
