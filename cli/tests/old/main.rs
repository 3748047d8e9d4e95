//! Compares the old names with the programs that they replace: with the same arguments in the same
//! kernel, the output and the effects must be the same. All differences are intended, and
//! `docs/old-names.md` lists them.

// Helpers outside of `#[test]` functions are tests as well.
#![allow(
    clippy::unwrap_used,
    clippy::explicit_write,
    clippy::indexing_slicing,
    clippy::panic
)]

#[path = "../../../tests/support/mod.rs"]
mod support;

#[path = "../../../tests/support/samples.rs"]
mod samples;

#[allow(dead_code)]
#[path = "../aseq/files.rs"]
mod files;
#[allow(dead_code)]
#[path = "../aseq/listener.rs"]
mod listener;

mod aconnect;
mod aplaymidi;
mod aplaymidi2;
mod arecordmidi;
mod arecordmidi2;
mod aseqdump;
mod aseqnet;
mod aseqsend;
mod called;
mod compare;
mod songs;
