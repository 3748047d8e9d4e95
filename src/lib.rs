//! A pure-Rust client for the ALSA sequencer, the MIDI router inside the Linux
//! kernel. It talks to `/dev/snd/seq` and needs no C library.
//!
//! # The sequencer
//!
//! A **client** is a program (or a driver) that has opened the sequencer. It has
//! **ports**; an [`Address`] is a client and a port, written `128:0`. A
//! **subscription** connects two ports: what the sending port sends to its
//! subscribers, the receiving port gets. Anybody may connect ports that allow
//! it, with this crate or with `aconnect`, while the programs run.
//!
//! An **[`Event`]** is a note, a controller, some bytes of system-exclusive, a
//! notice of the system. It comes from a port, and goes to one address or to all
//! subscribers of its port. It goes at once (it is *direct*), or when its time
//! has come on a **[`Queue`]**: a clock in the kernel that counts ticks, at a
//! [`Tempo`], and nanoseconds, side by side.
//!
//! # Sending and receiving
//!
//! ```no_run
//! use alsa_seq::{Event, EventData, SequencerClient};
//!
//! let mut client = SequencerClient::open("thru")?;
//! let port = client.create_port("port")?;
//! loop {
//!     let event = client.event_input()?;
//!     if let EventData::NoteOn(key) = event.data() {
//!         println!("{} plays {}", event.source(), key.note);
//!     }
//!     let event = event.from_port(&port).to_subscribers().direct();
//!     client.event_output(&event)?;
//!     client.drain_output()?;
//! }
//! # #[allow(unreachable_code)]
//! # Ok::<(), alsa_seq::Error>(())
//! ```
//!
//! A [`SequencerClient`] is three things: [`EventOutput`], [`EventInput`], and
//! [`ClientControl`] for all the rest, to which the others dereference. Events
//! go by `&mut self` and control calls by `&self`, from any thread;
//! [`SequencerClient::split`] puts the two directions on two threads.
//!
//! # What is lost, and when
//!
//! The sequencer drops events rather than make anybody wait. What it tells, this
//! crate tells:
//!
//! - *A receiver that does not read* fills its pool of 200 cells
//!   ([`ClientOptions::input_pool`]). Who sends to it directly gets
//!   [`ErrorKind::ReceiverFull`], and at its next read the receiver gets
//!   [`ErrorKind::Overrun`]: everything unread is gone.
//! - *A scheduled event* that cannot be delivered when it is due is gone without
//!   a word, unless its sender asks for it back
//!   ([`ClientControl::set_error_bounce`]).
//! - *Starting a queue* drops every event that waits in it. Schedule after
//!   [`Queue::start`], or use [`Queue::continue_`].
//! - *Closing a client* drops its scheduled events, its note-offs too.
//! - *A client that sends more than its own pool holds* (500 cells,
//!   [`ClientOptions::output_pool`]) waits. Nothing is lost.
//! - *Hardware* takes about 3000 bytes a second, and its driver cuts
//!   system-exclusive messages that come faster.
//!
//! # Time
//!
//! Events leave a queue at the steps of its timer, 1000 a second unless
//! [`Queue::set_timer`] says otherwise. The time that an event carries when it
//! arrives means something if it went through a queue, or if the receiving port
//! ([`PortOptions::stamp_ticks`]) or the subscription
//! ([`SubscribeOptions::stamp_ticks`]) stamps it.
//!
//! # Without the kernel
//!
//! [`wire`] and the event types need no sequencer and, without the feature
//! `std`, no operating system: to decode captured events, to fuzz, to audit.
//! Decoding copies nothing and cannot panic.
//!
//! # Coming from another library
//!
#![cfg_attr(
    feature = "std",
    doc = "The module [`coming_from`] names the counterpart of every call of python-alsa-midi, libasound, the `alsa` crate and midir."
)]
//!
//! # Features
//!
//! - `std` (default): everything that opens the sequencer.
//! - `alloc`: events that own their data; part of `std`.
//! - `serde`: events, addresses and times in JSON and other formats.
//! - `tokio`, `async-io`: an async client on either runtime; `async`: on a
//!   reactor of your own.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "alloc")]
extern crate alloc;

/// The kernel's structs, constants and ioctls, for what this crate has not
/// thought of.
pub use alsa_seq_kernel_abi as abi;

mod address;
#[cfg(feature = "async")]
mod async_client;
#[cfg(feature = "std")]
mod client;
#[cfg(feature = "std")]
mod error;
mod event;
#[cfg(feature = "std")]
mod io;
#[cfg(feature = "serde")]
pub mod json;
pub mod midi;
#[cfg(feature = "std")]
mod port;
#[cfg(feature = "std")]
mod queue;
#[cfg(feature = "std")]
mod subscription;
pub mod sysex;
mod time;
#[cfg(feature = "std")]
mod topology;
pub mod ump;
mod value;
pub mod wire;

pub use address::{Address, ClientId, ParseAddressError, PortId, QueueId};
#[cfg(feature = "async-io")]
pub use async_client::async_io::AsyncIoReactor;
#[cfg(feature = "tokio")]
pub use async_client::tokio::TokioReactor;
#[cfg(feature = "async")]
pub use async_client::{
    AsyncEventInput, AsyncEventOutput, AsyncSequencerClient, ClientFile, Reactor,
};
#[cfg(feature = "std")]
pub use client::{
    ClientControl, ClientInfo, ClientKind, ClientOptions, ClientPool, Clients, Direction,
    EventFilter, EventInput, EventOutput, Incoming, ListPorts, Ports, RemoveEvents,
    SequencerClient, SysexPace, SystemInfo,
};
#[cfg(feature = "std")]
pub use error::{Candidate, Error, ErrorKind, Operation, Result, Subject};
pub use event::{
    Bounce, Bytes, ChannelValue, Connection, Controller, Event, EventData, EventType, EventView,
    Key, Note, QueueTime, QueueValue, Quote, RawData, ResultData, Skew, UmpBlock, UserNumber,
};
#[cfg(feature = "std")]
pub use io::EventBuffer;
#[cfg(feature = "std")]
pub use port::{Port, PortCaps, PortDirection, PortInfo, PortOptions, PortType};
#[cfg(feature = "std")]
pub use queue::{Queue, QueueInfo, QueueOptions, QueueStatus, QueueTimer};
#[cfg(feature = "std")]
pub use subscription::{Stamp, SubscribeOptions, Subscription};
pub use time::{ParseTimeError, RealTime, Tempo, Time};
#[cfg(feature = "std")]
pub use topology::{Topology, TopologyChange, TopologyChanges, TopologyMonitor};
pub use value::ValueError;

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
