#![no_main]

use support::invariants;

libfuzzer_sys::fuzz_target!(|case: &[u8]| invariants::sysex::check(case));
