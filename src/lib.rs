//! Pure-Rust client for the ALSA sequencer.
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "alloc")]
extern crate alloc;

/// The kernel's structs, constants and ioctls, for what this crate has not
/// thought of.
pub use alsa_seq_kernel_abi as abi;

mod address;
#[cfg(feature = "std")]
mod client;
#[cfg(feature = "std")]
mod error;
mod event;
#[cfg(feature = "std")]
mod io;
#[cfg(feature = "std")]
mod port;
#[cfg(feature = "std")]
mod queue;
#[cfg(feature = "std")]
mod subscription;
mod time;
mod value;
pub mod wire;

pub use address::{Address, ClientId, ParseAddressError, PortId, QueueId};
#[cfg(feature = "std")]
pub use client::{
    ClientControl, ClientInfo, ClientKind, ClientOptions, ClientPool, Clients, Direction,
    EventFilter, EventInput, EventOutput, Incoming, ListPorts, Ports, RemoveEvents,
    SequencerClient, SystemInfo,
};
#[cfg(feature = "std")]
pub use error::{Error, ErrorKind, Operation, Result, Subject};
pub use event::{
    Bounce, Bytes, ChannelValue, Connection, Controller, Event, EventData, EventType, EventView,
    Key, Note, QueueTime, QueueValue, RawData, ResultData, Skew, UmpBlock, UserNumber,
};
#[cfg(feature = "std")]
pub use io::EventBuffer;
#[cfg(feature = "std")]
pub use port::{Port, PortCaps, PortDirection, PortInfo, PortOptions, PortType};
#[cfg(feature = "std")]
pub use queue::{Queue, QueueInfo, QueueOptions, QueueStatus, QueueTimer};
#[cfg(feature = "std")]
pub use subscription::{Stamp, SubscribeOptions, Subscription, Subscriptions};
pub use time::{ParseTimeError, RealTime, Tempo, Time};
pub use value::ValueError;
