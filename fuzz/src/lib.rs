//! The comparison of `capi` with libasound, for its fuzz targets. The checks of the other
//! targets are in `tests/support/invariants`, because the tests in `tests/codec` call them,
//! too.

#[cfg(feature = "libasound")]
pub mod capi;
