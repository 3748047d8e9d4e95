//! Tests without a sequencer: containers, addresses, MIDI bytes, tables, errors.
#![allow(
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_lossless,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests that call C functions as a C program does"
)]

mod address;
mod containers;
mod errors;
mod global;
mod midi_event;
mod tables;
mod timers;
mod ump;
