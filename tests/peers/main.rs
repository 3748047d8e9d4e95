//! The library and other people's programs and libraries, in one kernel: they
//! see what we make as it is, we see theirs, and events go both ways unchanged.

#![allow(clippy::cast_possible_truncation)]

mod alsa_utils;
mod defects;
mod libasound;
mod python;
mod tables;
mod ump;
