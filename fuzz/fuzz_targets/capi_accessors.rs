#![no_main]

use std::sync::Once;

use alsa_seq_fuzz::capi::accessors;

/// The table is the same for all cases.
static TABLE: Once = Once::new();

libfuzzer_sys::fuzz_target!(|case: &[u8]| {
    TABLE.call_once(accessors::event_types);
    match case.split_first() {
        Some((0..192, case)) => accessors::accessors(case),
        Some((_, case)) => accessors::address(case),
        None => {}
    }
});
