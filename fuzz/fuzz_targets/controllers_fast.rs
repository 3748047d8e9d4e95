#![no_main]

use alsa_seq_fuzz::invariants;

libfuzzer_sys::fuzz_target!(|case: &[u8]| invariants::fast::controllers(case));
