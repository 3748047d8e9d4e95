//! The library on the real kernel sequencer: every claim about what the
//! kernel does is tested on the kernel.

// Helpers outside of `#[test]` functions are tests as well.
#![allow(
    clippy::unwrap_used,
    clippy::explicit_write,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::zombie_processes
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/kept.rs"]
mod kept;

#[path = "../support/samples.rs"]
mod samples;

mod buffers;
mod control;
mod controllers;
mod direct;
mod discovery;
mod errors;
mod events;
mod interrupt;
mod lookup;
mod open;
mod peers;
mod ports;
mod queues;
mod scheduled;
mod settings;
mod source;
mod sysex;
mod timers;
mod topology;
mod ump;
