//! The codec, which needs no kernel: golden bytes, round trips, bad input.

mod arbitrary;
#[cfg(target_endian = "little")]
mod captured;
mod controllers;
mod events;
mod json;
mod midi;
mod oracle;
mod properties;
mod sysex;
mod ump;
mod wire;
