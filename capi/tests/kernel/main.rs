//! The C functions on a real sequencer.
#![allow(
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_lossless,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::explicit_write,
    clippy::panic,
    reason = "tests that call C functions as a C program does"
)]

mod control;
mod events;
mod support;
mod threads;
mod timers;
mod ump;
