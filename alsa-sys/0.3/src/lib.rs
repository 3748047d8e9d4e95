//! In the place of the crate `alsa-sys` 0.3: the sequencer of `alsa-seq`, without
//! libasound. `docs/static-midir.md` says how to use it.
#![no_std]

pub use alsa_seq_sys::older::*;
