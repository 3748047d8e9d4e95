#![no_main]
//! The input of `aseqnet`, cut in pieces. The first byte gives their length.

use aseq::old::aseqnet::wire::{put, take};

libfuzzer_sys::fuzz_target!(|case: &[u8]| {
    let Some((length, bytes)) = case.split_first() else {
        return;
    };
    let (mut buffer, mut left) = (Vec::new(), bytes.len());
    for piece in bytes.chunks(usize::from(*length).max(1)) {
        buffer.extend_from_slice(piece);
        loop {
            match take(&mut buffer) {
                Ok(None) => break,
                Ok(Some(event)) => {
                    // Each message consumes at least its struct.
                    left = left.checked_sub(32).expect("from nothing");
                    let mut again = Vec::new();
                    put(&event, &mut again);
                    assert_eq!(take(&mut again).unwrap().unwrap(), event);
                    assert!(again.is_empty());
                }
                Err(_) => return,
            }
        }
    }
});
