//! The library on the real kernel sequencer: every claim about what the
//! kernel does is tested on the kernel.

#[path = "../support/mod.rs"]
mod support;

mod direct;
mod discovery;
mod open;
mod ports;
mod queues;
mod scheduled;
