//! Pure-Rust client for the ALSA sequencer.
#![cfg_attr(not(feature = "std"), no_std)]
