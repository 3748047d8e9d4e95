//! Decodes and encodes without std and without an allocator.
#![no_std]

use alsa_seq::wire::{self, Events, Framing};

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

/// Copies events from one buffer to another. Returns the number of written bytes.
pub fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let mut written = 0;
    for event in Events::new(from, Framing::Legacy).flatten() {
        let Some(rest) = to.get_mut(written..) else {
            break;
        };
        match wire::encode(&event.to_event(), rest) {
            Ok(length) => written += length,
            Err(_) => break,
        }
    }
    written
}
