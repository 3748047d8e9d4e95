//! The Linux kernel's ALSA sequencer ABI.
//!
//! The structs, constants and ioctls of `sound/asequencer.h` as of Linux 7.2,
//! for programs that use `/dev/snd/seq` directly. This crate does not open files,
//! wait, retry or interpret results: a client library does that.
//!
//! # Parts of the ABI
//!
//! A program that opens the device becomes a *client*. It controls the sequencer
//! with about forty ioctls, each with a struct: [`info`] has the structs,
//! [`numbers`] the ioctl numbers, and `ioctl` the calls. It receives and sends
//! events by `read` and `write` of *records* of 28 or 32 bytes: [`event`] describes
//! them. [`consts`] and [`flags`] have the names of the values in the fields.
//! [`timer`] has the structs and numbers of `/dev/snd/timer`, whose timers drive the
//! queues. [`ump`] has the two structs of `sound/asound.h` that describe UMP
//! endpoints. [`limits`] has limits of the kernel that are in no header.
//!
//! Names are those of C without their prefixes, in Rust's style: `struct
//! snd_seq_port_info` is [`info::PortInfo`], `SNDRV_SEQ_PORT_CAP_READ` is
//! [`flags::PortCaps::READ`]. The search of this documentation also finds the C
//! names. A field with the name `type` in C has a longer name here.
//!
//! The structs have the kernel's layout in memory, without unions and Rust enums.
//! For a union of C, they have bytes with typed accessors, and for an enumeration of
//! C, an integer with constants. So every pattern of bytes is a valid value, and
//! values that a newer kernel adds are kept.
//!
//! # Changes in new versions
//!
//! A new kernel may add a field in reserved bytes, a flag, a constant, or an ioctl.
//! None of these breaks a program. Reserved bytes and padding are private fields, so
//! programs make structs that have such fields with `zeroed()`, not by naming all
//! fields.
//!
//! [`zerocopy`] 0.8 and bitflags 2 are part of the public API: the integers of the
//! records are zerocopy's, its traits turn records into bytes and back, and the types
//! in [`flags`] are made by bitflags. A version of this crate that moves to an
//! incompatible version of either is an incompatible version itself.
//!
//! # Unsafe
//!
//! The crate denies `unsafe` except in `ioctl`, whose one block makes the
//! `ioctl` call. A comment beside the call proves that it is sound. The proof rests on
//! these facts:
//!
//! - The descriptor is proven to be the sequencer's before the first call
//!   (`ioctl::SeqFd`), or the timers' (`ioctl::TimerFd`).
//! - A [`numbers::Request<T>`] ties each number to its struct, with the size in
//!   the number computed from the struct.
//! - Every struct's size and the offset of every field are asserted at compile
//!   time and compared with the C header's in the tests, field by field, as are
//!   all constants and numbers.
//! - No struct has hidden padding or invalid values; `zerocopy`'s derives prove
//!   it.
//!
//! # Features
//!
//! - `ioctl`, on by default: the module `ioctl`, which needs Linux and the
//!   standard library's file descriptors. Without it the crate needs only
//!   `core`.
#![no_std]
// On docs.rs, each item says the feature that it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

/// The README's example.
#[cfg(all(doctest, feature = "ioctl", target_os = "linux"))]
#[doc = include_str!("../README.md")]
mod readme {}

pub mod consts;
pub mod event;
pub mod flags;
pub mod info;
#[cfg(all(feature = "ioctl", any(target_os = "linux", target_os = "android")))]
pub mod ioctl;
mod layout;
pub mod limits;
mod name;
pub mod numbers;
pub mod timer;
pub mod ump;

pub use name::Name;
pub use zerocopy;
