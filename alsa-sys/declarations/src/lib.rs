//! The declarations of the crate `alsa-sys`, with the sequencer functions of `alsa-seq`.
//!
//! The stand-ins for `alsa-sys` (`alsa-sys/0.3`, `0.4`, `0.6`) export this crate. The
//! functions of the sequencer, its timers and the MIDI coder are those of
//! `alsa-seq-capi`, so a program needs neither libasound nor pkg-config.
//!
//! # PCM, mixers and the rest
//!
//! Their functions are declared, but not defined. A program that calls one of them does not link,
//! and the linker names the function: `undefined symbol: snd_pcm_open`. If a program has such a
//! call only in unused code, it links, because the linker drops that code.
//!
//! With `-C link-dead-code`, and in the unit tests of the crate `alsa`, the linker drops nothing.
//! With `--cfg alsa_seq_absent` in `RUSTFLAGS`, these functions are defined: each prints its name
//! and ends the program.
#![no_std]
#![allow(
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    non_upper_case_globals,
    clippy::all,
    clippy::pedantic,
    reason = "bindgen has written the declarations"
)]

// Links the functions.
extern crate alsa_seq_capi as _;

use libc::{pid_t, pollfd, FILE};

pub use libc::{timespec, timeval};

// The declarations of alsa-sys 0.6.1 (MIT, LICENSE-MIT-alsa-sys), generated from the headers of
// alsa-lib.
include!("generated.rs");

pub mod older;

#[cfg(alsa_seq_absent)]
mod absent;
