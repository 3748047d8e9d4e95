//! The library and other projects' programs and libraries on one kernel: they see our objects
//! unchanged, we see theirs, and events pass both ways unchanged.

#![allow(clippy::cast_possible_truncation)]

mod alsa_utils;
mod defects;
mod libasound;
mod python;
mod tables;
mod ump;
