//! The library on the real kernel sequencer. Every claim about the kernel's behaviour is tested on
//! the kernel.

#![allow(clippy::zombie_processes)]

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
