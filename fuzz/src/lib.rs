//! The checks of the fuzz targets. The property tests of `cargo test` use the same checks, so the
//! checks are in the tests' directory.

#[path = "../../tests/support/invariants/mod.rs"]
pub mod invariants;

#[cfg(feature = "libasound")]
pub mod capi;

/// libasound's MIDI codec, for comparison with ours.
#[cfg(feature = "libasound")]
#[path = "../../tests/codec/oracle/libasound.rs"]
pub mod libasound;
