//! The numbers of `limits`, which the kernel keeps to itself, compared with its
//! source.

use alsa_seq_kernel_abi::event::Event;
use alsa_seq_kernel_abi::limits;
use std::collections::BTreeMap;

/// The numbers in the source. `cargo xtask kernel` checks that they stay right.
const RECORD: &str = include_str!("internal.txt");

fn number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

#[test]
fn limits_are_those_of_the_kernels_source() {
    let recorded: BTreeMap<&str, u64> = RECORD
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let [place, name, value] = words[..] else {
                panic!("not three words: {line}");
            };
            assert!(place.contains(':'), "{line}");
            (name, number(value).unwrap())
        })
        .collect();
    let size = |number: usize| u64::try_from(number).unwrap();
    let ours = BTreeMap::from([
        ("CONFIG_SND_MAJOR", u64::from(limits::DEVICE_MAJOR)),
        ("SNDRV_MINOR_SEQUENCER", u64::from(limits::DEVICE_MINOR)),
        ("SNDRV_SEQ_MAX_QUEUES", u64::from(limits::MAX_QUEUES)),
        ("SNDRV_SEQ_MAX_CLIENTS", u64::from(limits::MAX_CLIENTS)),
        ("SNDRV_SEQ_MAX_PORTS", u64::from(limits::MAX_PORTS)),
        ("SNDRV_SEQ_MAX_EVENTS", size(limits::MAX_POOL)),
        (
            "SNDRV_SEQ_DEFAULT_EVENTS",
            size(limits::DEFAULT_OUTPUT_POOL),
        ),
        ("SNDRV_SEQ_MAX_CLIENT_EVENTS", size(limits::MAX_POOL)),
        (
            "SNDRV_SEQ_DEFAULT_CLIENT_EVENTS",
            size(limits::DEFAULT_INPUT_POOL),
        ),
        ("SNDRV_SEQ_EXT_MASK", u64::from(limits::EXT_MASK)),
        ("SNDRV_SEQ_EXT_USRPTR", u64::from(limits::EXT_USRPTR)),
        ("SNDRV_SEQ_EXT_CHAINED", u64::from(limits::EXT_CHAINED)),
        (
            "SNDRV_SEQ_DYNAMIC_CLIENTS_BEGIN",
            u64::from(limits::FIRST_USER_CLIENT),
        ),
        ("SKEW_BASE", u64::from(limits::SKEW_BASE)),
    ]);
    assert_eq!(ours, recorded);
    // A cell holds the data of an event where one would be.
    assert_eq!(limits::CELL_SIZE, size_of::<Event>());
    assert_eq!(limits::EXT_LEN_MASK, !limits::EXT_MASK);
}
