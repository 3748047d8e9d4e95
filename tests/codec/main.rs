//! The codec, which needs no kernel: golden bytes, round trips, bad input.

// Helpers outside of `#[test]` functions are tests as well.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../support/samples.rs"]
mod samples;

mod events;
mod wire;
