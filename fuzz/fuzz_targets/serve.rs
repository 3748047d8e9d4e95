#![no_main]
//! What browsers and others send to `aseq graph --serve`.

libfuzzer_sys::fuzz_target!(|case: &[u8]| aseq::serve::check_request(case));
