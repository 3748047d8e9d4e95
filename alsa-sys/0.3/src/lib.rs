//! A stand-in for the crate `alsa-sys` 0.3: the sequencer of `alsa-seq`, without libasound.
//! `docs/static-midir.md` explains its use.
#![no_std]

pub use alsa_seq_sys::older::*;
