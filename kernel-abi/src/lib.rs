//! The Linux kernel's ALSA sequencer ABI.
//!
//! The structs, constants and ioctls of `sound/asequencer.h` as of Linux 7.2,
//! for programs that talk to `/dev/snd/seq` themselves. Nothing here opens,
//! waits, retries or interprets: that is a client library's work.
//!
//! # What the ABI is
//!
//! Opening the device makes a *client*. Its control side are some forty ioctls,
//! each with a struct: [`info`] has the structs, [`numbers`] the ioctl numbers,
//! and `ioctl` the calls. Its data side are `read` and `write` of *records* of
//! 28 or 32 bytes, described in [`event`]. What is in the fields is named in
//! [`consts`] and [`flags`]; [`timer`] has the structs and numbers of
//! `/dev/snd/timer`, whose timers drive the queues; [`ump`] has the two structs of `sound/asound.h`
//! that describe UMP endpoints, and [`limits`] the numbers that the kernel
//! tells no header.
//!
//! Names are those of C without their prefixes, in Rust's style: `struct
//! snd_seq_port_info` is [`info::PortInfo`], `SNDRV_SEQ_PORT_CAP_READ` is
//! [`flags::PortCaps::READ`]. The search of this documentation knows the C
//! names. A field that C calls `type` has a longer name here.
//!
//! The structs are the kernel's memory as it is. There is no union and no Rust
//! enum in them: where C has a union there are bytes with typed accessors, and
//! where C has an enumeration there is an integer with constants. Hence every
//! pattern of bytes is a valid value, and additions of newer kernels are kept.
//!
//! # What a new version may change
//!
//! A kernel adds a field in reserved bytes, a flag, a constant, an ioctl: none of
//! these breaks a program. Reserved bytes and padding are private fields, so the
//! structs that have some are made by `zeroed()`, not by naming all fields.
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
