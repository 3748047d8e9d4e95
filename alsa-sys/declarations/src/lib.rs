//! Everything that the crate `alsa-sys` declares, with the sequencer of `alsa-seq` behind
//! it.
//!
//! The stand-ins for `alsa-sys` (`alsa-sys/0.3`, `0.4`, `0.6`) export this. The
//! functions of the sequencer, its timers and the MIDI coder are those of
//! `alsa-seq-capi`, so a program needs neither libasound nor pkg-config.
//!
//! # PCM, mixers and the rest
//!
//! Their functions are declared, and nobody defines them. A program that calls one does
//! not link, and the linker names the function: `undefined symbol: snd_pcm_open`. One that
//! has such a call in a part that never runs is not hindered, since the linker drops that
//! part.
//!
//! The linker drops nothing with `-C link-dead-code`, and in the unit tests of the crate
//! `alsa`. With `--cfg alsa_seq_absent` in `RUSTFLAGS` these functions are defined: each
//! says its name and ends the program.
#![no_std]
#![allow(
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    clippy::all,
    clippy::pedantic,
    reason = "the declarations are as bindgen has written them"
)]

// Links the functions.
extern crate alsa_seq_capi as _;

use libc::{pid_t, pollfd, FILE};

pub use libc::{timespec, timeval};

// As alsa-sys 0.6.1 has it (MIT, LICENSE-MIT-alsa-sys), generated from the headers of
// alsa-lib.
include!("generated.rs");

pub mod older;

#[cfg(alsa_seq_absent)]
mod absent;
