#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![allow(
    missing_debug_implementations,
    reason = "a program that prints them would not compile with midir on other systems"
)]

mod clock;
mod errors;
pub mod ext;
mod ignore;
mod input;
mod io;
mod listing;
pub mod os;
mod output;
mod registry;
mod why;

pub use errors::{ConnectError, ConnectErrorKind, InitError, PortInfoError, SendError};
pub use ignore::Ignore;
pub use input::{MidiInput, MidiInputConnection, MidiInputPort, MidiInputPorts};
pub use io::MidiIO;
pub use output::{MidiOutput, MidiOutputConnection, MidiOutputPort, MidiOutputPorts};
