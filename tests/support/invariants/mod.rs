//! Checks of any input. The property tests in `tests/codec` and the fuzz targets in `fuzz` call the
//! same functions. Each function makes a case from any bytes, and panics if the result is wrong.

pub mod controllers;
pub mod fast;
pub mod input;
pub mod json;
pub mod libasound;
pub mod midi_bytes;
mod midi_model;
pub mod records;
pub mod sysex;
mod sysex_model;
pub mod text;
pub mod typed;
pub mod ump;
