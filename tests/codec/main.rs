//! The codec, which needs no kernel: golden bytes, round trips, bad input.

// Helpers outside of `#[test]` functions are tests as well.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[allow(unreachable_pub, reason = "the fuzz targets use these from outside")]
#[path = "../support/invariants/mod.rs"]
mod invariants;
#[path = "../support/kept.rs"]
mod kept;
#[cfg(target_endian = "little")]
#[path = "../support/rows.rs"]
mod rows;
#[path = "../support/samples.rs"]
mod samples;

#[cfg(feature = "arbitrary")]
mod arbitrary;
#[cfg(target_endian = "little")]
mod captured;
mod controllers;
mod events;
#[cfg(feature = "serde")]
mod json;
mod midi;
#[cfg(feature = "arbitrary")]
mod oracle;
mod properties;
mod sysex;
mod ump;
mod wire;
