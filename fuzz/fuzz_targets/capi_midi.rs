#![no_main]

libfuzzer_sys::fuzz_target!(|case: &[u8]| alsa_seq_fuzz::capi::midi::check(case));
