#![no_main]

use alsa_seq_fuzz::invariants;

libfuzzer_sys::fuzz_target!(|case: &[u8]| {
    invariants::text::check(case);
    // What `aseq send` is given, in words or in a file.
    let text = String::from_utf8_lossy(case);
    for ump in [false, true] {
        let _ = aseq::words::parse(text.split_ascii_whitespace(), ump);
    }
});
