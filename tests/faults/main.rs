//! Runs every operation with a failing allocation or copy, at every place where the kernel makes
//! one. Checks the library's error, the changes that remain after the failure, and the remaining
//! events.
//!
//! The results of each kernel are in a table beside this file, and the test compares them.
//! `ALSA_SEQ_BLESS=1` writes the table again. A fault needs a kernel with `fail-nth`. Test kernels
//! have it.

// Test kernels exist only for this processor.
#![cfg(target_arch = "x86_64")]

mod operations;
mod shortage;
mod state;
mod table;
mod trial;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use alsa_seq::{ErrorKind, Event, SequencerClient};

use operations::OPERATIONS;
use shortage::Shortage;
use support::{need_sequencer, say_skipped, skip};
use table::Table;
use trial::try_one;

/// More faults than any operation has.
const MOST: u32 = 300;

/// The maximum number of times that all faults are tried, until each result in the table has been
/// seen. The number of the kernel's allocations and copies varies with its caches and its other
/// threads.
const SWEEPS: u32 = 3;

/// Makes the other test wait, because the objects that it makes and closes would be counted.
/// Returns `None` if no fault can be injected.
fn alone() -> Option<MutexGuard<'static, ()>> {
    static LOCK: Mutex<()> = Mutex::new(());
    if !support::in_test_kernel() {
        say_skipped("this is not a test kernel, where nobody else uses the sequencer");
        return None;
    }
    let lock = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    if let Err(error) = test_kernel::fault::arm(1) {
        skip(&format!("this kernel lets no fault happen: {error}"));
        return None;
    }
    Some(lock)
}

#[test]
fn each_fault_is_reported_and_leaves_no_object() {
    need_sequencer!();
    let Some(_alone) = alone() else { return };
    trial::quiet_clock();
    let observer = SequencerClient::open("observer").unwrap();
    let mut seen = BTreeSet::new();
    let mut compared = Ok(());
    for _ in 0..SWEEPS {
        compared = sweep(&observer).compare(state::has_ump(), &mut seen);
        if compared.is_ok() {
            return;
        }
    }
    panic!("{}", compared.unwrap_err());
}

/// Tries each fault of each operation.
fn sweep(observer: &SequencerClient) -> Table {
    let has_ump = state::has_ump();
    let mut table = Table::default();
    for operation in OPERATIONS.iter().filter(|one| has_ump || !one.needs_ump) {
        // Otherwise, allocations that the process makes only the first time would be counted.
        try_one(observer, operation, None);
        table.begin(operation.name);
        for nth in 1.. {
            assert!(nth < MOST, "{} does not end", operation.name);
            match try_one(observer, operation, Some(nth)) {
                Some(row) => table.add(nth, row),
                None => break,
            }
        }
    }
    table
}

/// The kernel has the same errno for a lack of memory, for the limit of clients or queues, and for
/// an event that is larger than a pool.
#[test]
fn errors_name_the_lack_of_memory() {
    need_sequencer!();
    let Some(_alone) = alone() else { return };
    let mut client = SequencerClient::open("tried").unwrap();
    let port = client.create_port("port").unwrap();
    client.set_source(port.id());
    let note = Event::note_on(0, 60, 100).unwrap().to(&port);
    let shortage = match Shortage::begin() {
        Ok(shortage) => shortage,
        Err(error) => {
            say_skipped(&format!("only root makes memory lack: {error}"));
            return;
        }
    };
    let queue = client.create_queue("queue");
    let sent = client.event_output_direct(&note);
    let opened = SequencerClient::open("opened");
    drop(shortage);
    let queue = queue.unwrap_err();
    assert_eq!(queue.kind(), ErrorKind::OutOfMemory);
    assert_eq!(
        format!("{queue:#}"),
        "create queue: out of memory (ENOMEM); the kernel has no memory left"
    );
    let sent = sent.unwrap_err();
    assert_eq!(sent.kind(), ErrorKind::OutOfMemory);
    assert_eq!(
        format!("{sent:#}"),
        format!("send event 0 to {}: out of memory (ENOMEM)", port.address())
    );
    let opened = opened.unwrap_err();
    // The library reads a list to find the reason, and this list cannot be read now.
    assert_eq!(opened.raw_os_error(), sent.raw_os_error());
    assert!(opened.hint().unwrap().contains("no memory"), "{opened:#}");
    client.create_queue("queue").unwrap().start().unwrap();
    client.event_output_direct(&note).unwrap();
    client.event_input().unwrap();
}
