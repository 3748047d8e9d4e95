#![no_main]
//! Requests to `aseq graph --serve`.

libfuzzer_sys::fuzz_target!(|case: &[u8]| aseq::serve::check_request(case));
