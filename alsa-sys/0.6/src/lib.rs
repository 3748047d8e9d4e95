//! A stand-in for the crate `alsa-sys` 0.6: the sequencer of `alsa-seq`, without libasound.
//! `docs/static-midir.md` explains its use.
#![no_std]

pub use alsa_seq_sys::*;
