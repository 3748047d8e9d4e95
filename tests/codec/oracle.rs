//! Compares our MIDI codec with libasound's, for development. The library and its tools do not link
//! libasound: the tests build a C program and exchange data with it, and so does the fuzz target
//! `libasound`.
//!
//! These tests need a C compiler and libasound's headers, so they run only on request:
//!
//! ```sh
//! cargo test -p alsa-seq-tests --test codec -- --ignored
//! cargo xtask fuzz --target libasound
//! ```

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use support::invariants::libasound::Libasound;

use crate::properties::midi_byte;

const CASES: usize = 20_000;

/// Starts one program for all cases.
fn check(strategy: impl Strategy<Value = Vec<u8>>, check: impl Fn(&mut Libasound, &[u8])) {
    let mut libasound = Libasound::start();
    let mut runner = TestRunner::deterministic();
    for _ in 0..CASES {
        let case = strategy.new_tree(&mut runner).unwrap().current();
        check(&mut libasound, &case);
    }
}

#[test]
#[ignore = "needs cc and libasound's headers"]
fn bytes_to_events() {
    let cases = (0..8_u8, vec(midi_byte(), 0..60));
    let cases = cases.prop_map(|(buffer, stream)| [vec![buffer], stream].concat());
    check(cases, Libasound::bytes_to_events);
}

#[test]
#[ignore = "needs cc and libasound's headers"]
fn events_to_bytes() {
    check(vec(any::<u8>(), 1..200), Libasound::events_to_bytes);
}
