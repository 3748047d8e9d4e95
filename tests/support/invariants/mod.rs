//! What must be true of any input. The property tests (`cargo test`) and the
//! fuzz targets (`fuzz/`) call the same functions: each takes any bytes, makes a
//! case of them, and panics if something is not as it should be.

pub mod controllers;
pub mod fast;
pub mod input;

#[cfg(feature = "serde")]
pub mod json;
pub mod midi_bytes;
mod midi_model;
pub mod records;
pub mod sysex;
mod sysex_model;
pub mod text;
#[cfg(feature = "arbitrary")]
pub mod typed;
pub mod ump;
