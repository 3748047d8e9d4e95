#![no_main]

use std::sync::{LazyLock, Mutex};

use support::invariants::libasound::Libasound;

/// One program for all cases. If it does not survive a case, it has a defect.
static LIBASOUND: LazyLock<Mutex<Libasound>> = LazyLock::new(|| Libasound::start().into());

libfuzzer_sys::fuzz_target!(|case: &[u8]| {
    let mut libasound = LIBASOUND.lock().unwrap();
    match case.split_first() {
        Some((0..128, case)) => libasound.bytes_to_events(case),
        Some((_, case)) => libasound.events_to_bytes(case),
        None => {}
    }
});
