//! Properties of all inputs, tested on random input. The fuzz targets (`fuzz/`) check the same
//! properties on input that is found with the help of coverage.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use support::invariants::typed;
use support::invariants::{controllers, fast, midi_bytes, records, sysex, text, ump};

/// Bytes of MIDI streams: data bytes are more frequent than status bytes, and sysex is more
/// frequent than by chance.
pub(crate) fn midi_byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        8 => 0..0x80_u8,
        2 => 0x80..0xf0_u8,
        2 => 0xf0..=0xff_u8,
        1 => Just(0xf0),
        1 => Just(0xf7),
    ]
}

fn midi_case() -> impl Strategy<Value = Vec<u8>> {
    (0..10_u8, vec(0..10_u8, 0..5), vec(midi_byte(), 0..80)).prop_map(|(buffer, sizes, stream)| {
        let count = u8::try_from(sizes.len()).unwrap();
        [vec![buffer, count], sizes, stream].concat()
    })
}

fn sysex_case() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        6 => 0..0x80_u8,
        3 => Just(0xf0),
        3 => Just(0xf7),
        1 => 0x80..=0xff_u8,
    ];
    let step = prop_oneof![
        20 => (0..8_u8, vec(byte, 0..7)).prop_map(|(source, bytes)| {
            let length = u8::try_from(bytes.len()).unwrap();
            [vec![length * 8 + source], bytes].concat()
        }),
        1 => (0xf8..=0xff_u8).prop_map(|gone| vec![gone]),
    ];
    (0..64_u8, 0..8_u8, vec(step, 0..40))
        .prop_map(|(limit, sources, steps)| [vec![limit, sources], steps.concat()].concat())
}

/// Control changes that belong together are more frequent than by chance.
fn controllers_case() -> impl Strategy<Value = Vec<u8>> {
    let which = prop_oneof![
        12 => select(vec![6, 38, 98, 99, 100, 101]),
        4 => select(vec![0, 1, 32, 33, 96, 97, 121]),
        2 => 128..=140_u8,
        1 => any::<u8>(),
    ];
    let value = prop_oneof![3 => 0..3_u8, 1 => Just(127), 1 => any::<u8>()];
    let who = prop_oneof![4 => Just(0), 1 => any::<u8>()];
    let step = (who, which, value).prop_map(|(who, which, value)| [who, which, value]);
    (any::<u8>(), vec(step, 0..60))
        .prop_map(|(options, steps)| [vec![options], steps.concat()].concat())
}

/// Records with a length field that can be right.
pub(crate) fn records_case() -> impl Strategy<Value = Vec<u8>> {
    let flags = prop_oneof![
        Just(0_u8),
        Just(4),
        Just(8),
        Just(0x20),
        Just(0x24),
        any::<u8>()
    ];
    let record = (any::<[u8; 32]>(), flags, 0..80_u32, 0..200_usize).prop_map(
        |(mut bytes, flags, length, cut)| {
            bytes[1] = flags;
            if flags & 0x0c == 4 {
                bytes[16..20].copy_from_slice(&length.to_ne_bytes());
            }
            let mut bytes = bytes.to_vec();
            bytes.resize(cut, 7);
            bytes
        },
    );
    vec(record, 0..4).prop_map(|records| records.concat())
}

/// The fuzzer's seeds do not fail.
#[test]
fn every_seed_passes() {
    let check = |target: &str, check: fn(&[u8])| {
        let seeds = support::root().join("fuzz/corpus");
        let mut count = 0;
        for seed in std::fs::read_dir(seeds.join(target)).unwrap() {
            check(&std::fs::read(seed.unwrap().path()).unwrap());
            count += 1;
        }
        assert!(count > 0, "no seed of {target}");
    };
    check("controllers", controllers::check);
    check("midi_bytes", midi_bytes::check);
    check("records", records::check);
    check("sysex", sysex::check);
    check("text", text::check);
    check("ump", ump::check);
    check("typed", typed::check);
    check("json", support::invariants::json::check);

    check("controllers", fast::controllers);
    check("midi_bytes", fast::midi_bytes);
    check("records", fast::records);
    check("sysex", fast::sysex);
    check("ump", fast::ump);
    check("typed", fast::typed);
    check("json", fast::json);
}

proptest! {
    #[test]
    fn midi_streams(case in midi_case()) {
        midi_bytes::check(&case);
        fast::midi_bytes(&case);
    }

    #[test]
    fn single_controllers(case in controllers_case()) {
        controllers::check(&case);
        fast::controllers(&case);
    }

    #[test]
    fn sysex_pieces(case in sysex_case()) {
        sysex::check(&case);
        fast::sysex(&case);
    }

    #[test]
    fn records_of_any_bytes(case in records_case()) {
        records::check(&case);
        fast::records(&case);
    }

    #[test]
    fn typed_events(case in vec(any::<u8>(), 0..300)) {
        typed::check(&case);
        fast::typed(&case);
    }

    #[test]
    fn texts(case in "[0-9:.+ -]{0,12}") {
        text::check(case.as_bytes());
    }

    #[test]
    fn texts_of_packets(case in "[0-9a-fA-F]{7,9}( [0-9a-f]{8}){0,3} ?") {
        text::check(case.as_bytes());
    }

    #[test]
    fn nearly_valid_texts(
        case in "[0-9]{1,11}[:.][0-9]{1,10}|[0-9a-f]{8}( [0-9a-f]{8}){0,3}",
        extra in select(vec!["", " ", "+", "\u{663}", "0"]),
    ) {
        text::check(case.as_bytes());
        text::check(format!("{extra}{case}").as_bytes());
        text::check(format!("{case}{extra}").as_bytes());
    }
}
