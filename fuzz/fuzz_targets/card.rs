#![no_main]

libfuzzer_sys::fuzz_target!(|case: &[u8]| alsa_seq::fuzzing::card(case));
