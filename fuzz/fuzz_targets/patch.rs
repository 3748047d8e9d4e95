#![no_main]

libfuzzer_sys::fuzz_target!(|case: &[u8]| aseq::patch::check_text(case));
