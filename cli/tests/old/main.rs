//! The old names beside the programs that they replace: the same arguments, in
//! the same kernel, have to say and do the same. Whatever differs is on purpose,
//! and in `docs/old-names.md`.

// Helpers outside of `#[test]` functions are tests as well.
#![allow(
    clippy::unwrap_used,
    clippy::explicit_write,
    clippy::indexing_slicing,
    clippy::panic
)]

// Shared with other tests, which use other parts of it.
#[allow(dead_code, unused_macros, unused_imports)]
#[path = "../../../tests/support/mod.rs"]
mod support;

#[path = "../../../tests/support/samples.rs"]
mod samples;

mod aconnect;
mod aseqdump;
mod aseqnet;
mod called;
mod compare;
