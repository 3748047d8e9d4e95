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

#[path = "plain/address.rs"]
mod address;
#[path = "plain/containers.rs"]
mod containers;
#[path = "plain/errors.rs"]
mod errors;
#[path = "plain/global.rs"]
mod global;
#[path = "plain/midi_event.rs"]
mod midi_event;
#[path = "plain/tables.rs"]
mod tables;
#[path = "plain/timers.rs"]
mod timers;
#[path = "plain/ump.rs"]
mod ump;
