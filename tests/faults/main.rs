//! Every operation with a failing allocation or copy, at every place where the kernel makes
//! one: what the library says, what has changed although it failed, and which events are left.
//!
//! The results of each kernel are in a table beside this file, and the test compares them.
//! `ALSA_SEQ_BLESS=1` writes the table again. A fault needs a kernel with `fail-nth`, as test
//! kernels have it.

// There are test kernels for no other processor.
#![cfg(target_arch = "x86_64")]
// Helpers outside of `#[test]` functions are tests as well.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod operations;
mod state;
mod table;
mod trial;

use alsa_seq::SequencerClient;

use operations::OPERATIONS;
use support::{need_sequencer, say_skipped, skip};
use table::Table;
use trial::try_one;

/// More than any operation has.
const MOST: u32 = 300;

/// One test: what others make and close would be counted.
#[test]
fn each_fault_is_told_and_leaves_nothing_behind() {
    need_sequencer!();
    if !support::in_test_kernel() {
        say_skipped("this is no test kernel, where nobody else uses the sequencer");
        return;
    }
    if let Err(error) = test_kernel::fault::arm(1) {
        skip(&format!("this kernel lets no fault happen: {error}"));
        return;
    }
    trial::quiet_clock();
    let observer = SequencerClient::open("observer").unwrap();
    let has_ump = state::has_ump();
    let mut table = Table::default();
    for operation in OPERATIONS.iter().filter(|one| has_ump || !one.needs_ump) {
        // What the process has to get for itself at the first time counts otherwise.
        try_one(&observer, operation, None);
        table.begin(operation.name);
        for nth in 1.. {
            assert!(nth < MOST, "{} does not end", operation.name);
            match try_one(&observer, operation, Some(nth)) {
                Some(row) => table.add(nth, row),
                None => break,
            }
        }
    }
    table.compare(has_ump);
}
