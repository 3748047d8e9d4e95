//! A pure-Rust client for the ALSA sequencer, the MIDI router inside the Linux kernel. It
//! uses `/dev/snd/seq` and needs no C library.
//!
#![cfg_attr(feature = "std", doc = include_str!("sequencer.md"))]
//!
//! # Without the kernel
//!
//! [`wire`] and the event types need no sequencer. Without the feature `std`, they need
//! no operating system. Use them to decode captured events, to fuzz, or to audit.
//! Decoding copies nothing and cannot panic.
//!
#![cfg_attr(
    feature = "std",
    doc = "# Coming from another library

The module [`coming_from`] names the counterpart of every call of python-alsa-midi,
libasound, the `alsa` crate, midir, python-rtmidi and mido.

# From Python

The directory `python/` of the repository has this library as the Python package
`alsa-sequencer`, with the API of python-alsa-midi and a back-end for mido."
)]
//!
//! # Features
//!
//! - `std` (default): the client, which opens the sequencer.
//! - `alloc`: events that own their data; part of `std`.
//! - `serde`: events, addresses and times in JSON and other formats.
//! - `arbitrary`: events, packets, addresses and times from a fuzzer's bytes, to fuzz
//!   your own programs.
//! - `tokio`, `async-io`: an async client for either runtime; `async`: for your own
//!   reactor.
//!
//! # Other crates in this API
//!
//! `alsa-seq-kernel-abi` is part of this API ([`abi`], and the results of `raw()`), and
//! with it bitflags 2 and zerocopy 0.8. So is each crate that a feature is named after.
//! If this crate moves to an incompatible version of one of them, its own new version is
//! incompatible. nix, libc and thiserror are not part of the API.
// The tests of this crate always use `std`.
#![cfg_attr(not(any(test, feature = "std")), no_std)]
// On docs.rs, each item says the feature that it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;

#[cfg(all(feature = "std", not(any(target_os = "linux", target_os = "android"))))]
compile_error!(
    "alsa-seq's feature `std` opens the ALSA sequencer, which only Linux has: build for Linux, or \
     without default features (`default-features = false`, and `alloc` if you need owned data) \
     for the codec alone"
);

/// The kernel's structs, constants and ioctls, for functions that this crate does not
/// offer.
pub use alsa_seq_kernel_abi as abi;

#[macro_use]
mod debug;

mod address;
#[cfg(feature = "arbitrary")]
mod arbitrary;
#[cfg(feature = "async")]
mod async_client;
#[cfg(feature = "std")]
mod card;
#[cfg(feature = "std")]
mod client;
#[cfg(feature = "std")]
mod connection;
#[cfg(feature = "std")]
mod control;
pub mod controllers;
#[cfg(feature = "std")]
mod deadline;
#[cfg(feature = "std")]
mod discovery;
#[cfg(feature = "std")]
mod endpoint;
#[cfg(feature = "std")]
mod error;
mod event;
#[cfg(feature = "std")]
mod info;
#[cfg(feature = "std")]
mod interrupt;
#[cfg(feature = "std")]
mod io;
#[cfg(feature = "serde")]
pub mod json;
#[cfg(feature = "std")]
mod lookup;
pub mod midi;
#[cfg(feature = "std")]
mod port;
mod printable;
#[cfg(feature = "std")]
mod queue;
#[cfg(feature = "alloc")]
mod reason;
#[cfg(feature = "std")]
mod settings;
pub mod sysex;
mod time;
#[cfg(feature = "std")]
mod topology;
pub mod ump;
mod value;
pub mod wire;

pub use address::{Address, ClientId, ParseAddressError, PortId, QueueId};
#[cfg(feature = "async-io")]
pub use async_client::async_io::{
    AsyncIoClient, AsyncIoEventInput, AsyncIoEventOutput, AsyncIoReactor, AsyncIoTopologyMonitor,
};
#[cfg(feature = "tokio")]
pub use async_client::tokio::{
    TokioClient, TokioEventInput, TokioEventOutput, TokioReactor, TokioTopologyMonitor,
};
#[cfg(feature = "async")]
pub use async_client::{
    AsyncEventInput, AsyncEventOutput, AsyncSequencerClient, AsyncSysexSender,
    AsyncTopologyMonitor, ClientFile, Reactor,
};
#[cfg(feature = "std")]
pub use card::{Card, UsbDevice};
#[cfg(feature = "std")]
pub use client::{
    ClientOptions, EventInput, EventOutput, Incoming, RemoveEvents, ReuniteError, SequencerClient,
    SysexPace, SysexProgress, SysexSender, SysexStep, SysexTransfer,
};
#[cfg(feature = "std")]
pub use connection::{ConnectOptions, Connection, Stamp};
#[cfg(feature = "std")]
pub use control::{ClientControl, Direction, MidiVersion};
#[cfg(feature = "std")]
pub use discovery::{Clients, PortFilter, Ports};
#[cfg(feature = "std")]
pub use endpoint::{
    DeviceIdentity, Endpoint, EndpointInfo, EndpointOptions, FunctionBlockInfo,
    FunctionBlockOptions, UmpProtocol,
};
#[cfg(feature = "std")]
pub use error::{Candidate, Error, ErrorKind, Operation, Result, Subject};
pub use event::{
    Bounce, Bytes, Event, EventData, EventType, EventView, Field, RawData, UserNumber,
};
#[cfg(feature = "std")]
pub use info::{ClientInfo, ClientKind, EventFilter, GroupFilter, SystemInfo};
#[cfg(feature = "std")]
pub use interrupt::Interrupter;
#[cfg(feature = "std")]
pub use io::EventBuffer;
#[cfg(feature = "std")]
pub use port::{Port, PortCaps, PortDirection, PortInfo, PortOptions, PortType};
pub use printable::Printable;
#[cfg(feature = "std")]
pub use queue::{Queue, QueueClock, QueueInfo, QueueOptions, QueueStatus, QueueTimer};
#[cfg(feature = "std")]
pub use settings::ClientPool;
pub use time::{ParseTimeError, RealTime, Tempo, Time};
#[cfg(feature = "std")]
pub use topology::{Topology, TopologyChange, TopologyChanges, TopologyMonitor, TopologyTracker};
pub use value::ValueError;

/// Checks of private functions, for the fuzzer.
#[cfg(all(fuzzing, feature = "std"))]
#[doc(hidden)]
pub mod fuzzing {
    pub use crate::card::check::check as card;
    pub use crate::lookup::check::{check as lookup, check_fast as lookup_fast};
}

#[cfg(all(doc, feature = "std"))]
#[doc = include_str!("../docs/coming-from.md")]
pub mod coming_from {
    #[allow(unused_imports, reason = "for the links")]
    use super::*;
}

/// The example in the README compiles.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../README.md")]
struct Readme;
