//! What connections do, on a sequencer.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests are tests as well"
)]

#[path = "../support/mod.rs"]
mod support;

mod blocking;
mod closing;
mod errors;
mod ext;
mod hardware;
mod messages;
mod ports;
mod sharing;
