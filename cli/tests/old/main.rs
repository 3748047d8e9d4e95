//! Compares the old names with the programs that they replace: with the same arguments in the same
//! kernel, the output and the effects must be the same. All differences are intended, and
//! `docs/old-names.md` lists them.

// Helpers outside of `#[test]` functions are tests as well.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

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
