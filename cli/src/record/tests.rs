//! Tests that all recorded events, in any number of parts, can be read: from the
//! journal, from the finished file, and from a journal that is cut off.

use std::time::Duration;

use alsa_seq::Event;
use midly::{MetaMessage, TrackEventKind};
use proptest::prelude::*;

use super::file::{Layout, Recording};
use super::target::{Existing, Target};
use super::waiting::{Encoding, Waiting};
use crate::signals::{Catch, Signals};
use crate::song::smf::Smf;
use crate::song::smf::write::Division;

/// A played event.
#[derive(Clone, Debug)]
struct Played {
    /// The ticks since the previous event.
    after: u32,
    port: u8,
    event: Event<'static>,
    /// The bytes in files: without the first byte of sysex.
    bytes: Vec<u8>,
    /// Whether the part ends here.
    ends_part: bool,
}

fn played() -> impl Strategy<Value = Played> {
    let note = (0..16_u8, 0..128_u8, 0..128_u8).prop_map(|(channel, key, velocity)| {
        let event = Event::note_on(channel, key, velocity).unwrap();
        (event, vec![0x90 | channel, key, velocity])
    });
    let program = (0..16_u8, 0..128_u8).prop_map(|(channel, program)| {
        let event = Event::program_change(channel, program).unwrap();
        (event, vec![0xc0 | channel, program])
    });
    let sysex = proptest::collection::vec(0..128_u8, 0..300).prop_map(|data| {
        let rest = [&data[..], &[0xf7]].concat();
        (Event::sysex([&[0xf0], &rest[..]].concat()), rest)
    });
    let event = prop_oneof![6 => note, 2 => program, 1 => sysex];
    // A few intervals are long, up to the longest that cannot be confused with a
    // step backward.
    let after = prop_oneof![20 => 0..1000_u32, 1 => 0..0x7fff_ffff_u32];
    (after, 0..3_u8, event, proptest::bool::weighted(0.3)).prop_map(
        |(after, port, (event, bytes), ends_part)| Played {
            after,
            port,
            event,
            bytes,
            ends_part,
        },
    )
}

/// The expected events: tick, port and bytes.
type Heard = Vec<(u64, u8, Vec<u8>)>;

/// Reads a file with midly. The events of a track are at the port that the track
/// names.
fn read(file: &[u8]) -> Heard {
    let smf = midly::Smf::parse(file).unwrap();
    let mut heard = Vec::new();
    for track in &smf.tracks {
        let (mut tick, mut port) = (0, 0);
        for event in track {
            tick += u64::from(event.delta.as_int());
            match event.kind {
                TrackEventKind::Meta(MetaMessage::MidiPort(number)) => port = number.as_int(),
                TrackEventKind::SysEx(bytes) => heard.push((tick, port, bytes.to_vec())),
                TrackEventKind::Midi { channel, message } => {
                    let mut bytes = Vec::new();
                    let live = midly::live::LiveEvent::Midi { channel, message };
                    live.write(&mut bytes).unwrap();
                    heard.push((tick, port, bytes));
                }
                _ => {}
            }
        }
    }
    heard
}

proptest! {
    #![proptest_config(ProptestConfig {
        // The test saves no failed cases.
        failure_persistence: None,
        cases: 64,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_recorded_comes_back(
        all in proptest::collection::vec(played(), 0..200),
        layout in prop_oneof![Just(Layout::Single), Just(Layout::Ports), Just(Layout::Channels)],
        cut in any::<prop::sample::Index>(),
    ) {
        let directory = tempfile::tempdir_in("/dev/shm").unwrap();
        let path = directory.path().join("take.mid");
        let signals = Signals::block(Catch::Usual).unwrap();
        let target = Target::open(&path, Existing::Refuse(""), &signals).unwrap();
        let ppq = Division::Quarter(384);
        let mut recording = Recording::create(target, ppq, layout, 3, &[]).unwrap();
        let encoding = Encoding::Bytes { names_ports: true };
        let mut waiting = Waiting::new(encoding, Duration::ZERO, Vec::new());
        let (mut tick, mut expected) = (0_u64, Vec::new());
        for Played { after, port, event, bytes, ends_part } in all {
            tick += u64::from(after);
            // The kernel counts modulo 2^32.
            let low = u32::try_from(tick & 0xffff_ffff).unwrap();
            prop_assert!(waiting.add(low, port, &event));
            expected.push((tick, port, bytes));
            if ends_part {
                recording.commit(&waiting.take()).unwrap();
            }
        }
        recording.commit(&waiting.take()).unwrap();
        let journal = std::fs::read(path.with_extension("recording.mid")).unwrap();
        prop_assert_eq!(&read(&journal), &expected);

        // The journal is cut at any place after the header. The repaired file has the
        // first events, and more of them if the cut is later.
        let cut = 22 + cut.index(journal.len() - 22);
        let saved = read(&Smf::repair(&journal[..cut], false).unwrap());
        prop_assert!(expected.starts_with(&saved));
        // It has all parts before the cut. A part ends with a mark.
        let is_whole = |end: &usize| journal[..*end].ends_with(&[0, 0xff, 0x01, 0]);
        let end = (22..=cut).rev().find(is_whole).unwrap_or(22);
        let mut whole = journal[..end].to_vec();
        whole.extend([0, 0xff, 0x2f, 0]);
        let length = u32::try_from(whole.len() - 22).unwrap();
        whole[18..22].copy_from_slice(&length.to_be_bytes());
        prop_assert!(saved.starts_with(&read(&whole)));

        recording.finish(tick, &signals).unwrap();
        let file = std::fs::read(&path).unwrap();
        let mut found = read(&file);
        // If tracks are for ports or channels, the events are sorted by track.
        let key = |(_, port, bytes): &(u64, u8, Vec<u8>)| {
            let is_sysex = bytes.first().is_none_or(|byte| *byte < 0x80 || *byte == 0xf7);
            let channel = (!is_sysex).then(|| bytes[0] & 0x0f);
            (*port, (layout == Layout::Channels).then_some(channel))
        };
        if layout != Layout::Single {
            expected.sort_by_key(key);
            found.sort_by_key(key);
        }
        prop_assert_eq!(found, expected);
    }
}

/// Each of 100,000 events is a part. This is more than the maximum number of
/// tracks.
#[test]
fn any_number_of_parts_is_one_track() {
    let directory = tempfile::tempdir_in("/dev/shm").unwrap();
    let path = directory.path().join("take.mid");
    let signals = Signals::block(Catch::Usual).unwrap();
    let target = Target::open(&path, Existing::Refuse(""), &signals).unwrap();
    let ppq = Division::Quarter(384);
    let mut recording = Recording::create(target, ppq, Layout::Ports, 1, &[]).unwrap();
    let encoding = Encoding::Bytes { names_ports: false };
    let mut waiting = Waiting::new(encoding, Duration::ZERO, Vec::new());
    let mut expected = Vec::new();
    for number in 0..100_000_u32 {
        let key = number.to_le_bytes()[0] % 128;
        let event = Event::note_on(0, key, 1).unwrap();
        assert!(waiting.add(number * 10, 0, &event));
        recording.commit(&waiting.take()).unwrap();
        expected.push((u64::from(number) * 10, 0, vec![0x90, key, 1]));
    }
    assert!(read(&std::fs::read(path.with_extension("recording.mid")).unwrap()) == expected);
    recording.finish(1_000_000, &signals).unwrap();
    assert!(read(&std::fs::read(&path).unwrap()) == expected);
}
