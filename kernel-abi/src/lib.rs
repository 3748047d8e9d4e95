//! The Linux kernel's ALSA sequencer ABI.
#![no_std]
