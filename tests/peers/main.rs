//! The library and other people's programs and libraries, in one kernel: they
//! see what we make as it is, we see theirs, and events go both ways unchanged.

// Helpers outside of `#[test]` functions are tests as well.
#![allow(
    clippy::unwrap_used,
    clippy::explicit_write,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../support/rows.rs"]
mod rows;

#[path = "../support/samples.rs"]
mod samples;

mod alsa_utils;
mod defects;
mod libasound;
mod python;
mod tables;
mod ump;
