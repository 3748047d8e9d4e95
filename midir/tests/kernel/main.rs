//! What connections do, on a sequencer.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

mod closing;
mod errors;
mod ext;
mod messages;
mod ports;
mod sharing;
