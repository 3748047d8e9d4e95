//! What the fuzz targets check. The property tests of `cargo test` check the
//! same, and so it lives with them.

#[path = "../../tests/support/invariants/mod.rs"]
pub mod invariants;

#[cfg(feature = "libasound")]
pub mod capi;

/// libasound's MIDI codec, to compare ours with.
#[cfg(feature = "libasound")]
#[path = "../../tests/codec/oracle/libasound.rs"]
pub mod libasound;
