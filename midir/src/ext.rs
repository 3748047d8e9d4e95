//! What this crate can do and midir cannot. A program that uses nothing of this module
//! runs with midir on other systems.
//!
//! ```no_run
//! use std::time::{Duration, Instant};
//! # use alsa_seq_midir as midir;
//!
//! use midir::MidiOutput;
//! use midir::ext::OutputExt as _;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let output = MidiOutput::new("metronome")?;
//! let port = output.ports().into_iter().next().ok_or("there is no port")?;
//! let mut connection = output.connect(&port, "click")?;
//! let start = Instant::now() + Duration::from_millis(100);
//! for beat in 0..4 {
//!     connection.send_at(&[0x99, 76, 100], start + beat * Duration::from_millis(500))?;
//! }
//! // Waits for the last of them.
//! connection.close();
//! # Ok(())
//! # }
//! ```

use std::time::Instant;

use crate::{
    MidiInputConnection, MidiInputPort, MidiOutputConnection, MidiOutputPort, SendError, why,
};

mod ump;
mod watch;

pub use ump::{UmpInput, UmpInputConnection, UmpOutput, UmpOutputConnection};
pub use watch::{PortChange, PortWatch};

/// The crate under this one, for all that midir has no call for: queues, filters,
/// connections of other programs' ports. Its module `ump` has the packets.
pub use alsa_seq;

use alsa_seq::{Address, ClientControl};

/// The last error of the kernel that a call on this thread has turned into one of midir's
/// errors, which have room for less. It is taken: the next call returns `None`.
///
/// ```
/// # use alsa_seq_midir as midir;
/// if midir::MidiInput::new("piano").is_err() {
///     if let Some(error) = midir::ext::last_error() {
///         // One line, with the operation, the errno and what to do about it.
///         eprintln!("{error:#}");
///     }
/// }
/// ```
pub fn last_error() -> Option<alsa_seq::Error> {
    why::take_last()
}

mod sealed {
    pub trait Sealed {}

    impl<T> Sealed for crate::MidiInputConnection<T> {}
    impl Sealed for crate::MidiOutputConnection {}
    impl Sealed for crate::MidiInputPort {}
    impl Sealed for crate::MidiOutputPort {}
}

/// The address of a port.
pub trait PortExt: sealed::Sealed {
    /// The address in the sequencer.
    fn address(&self) -> Address;

    /// The port that has this address, whether it exists or not.
    fn from_address(address: Address) -> Self;
}

impl PortExt for MidiInputPort {
    fn address(&self) -> Address {
        self.address
    }

    fn from_address(address: Address) -> Self {
        Self { address }
    }
}

impl PortExt for MidiOutputPort {
    fn address(&self) -> Address {
        self.address
    }

    fn from_address(address: Address) -> Self {
        Self { address }
    }
}

/// More of a connection on which the program receives.
pub trait InputExt: sealed::Sealed {
    /// The client that the connection's port belongs to. Other connections of the same
    /// client name use it, too.
    fn control(&self) -> ClientControl;

    /// The connection's own port in the sequencer.
    fn address(&self) -> Address;

    /// How often messages were lost before the callback got them, because it did not keep
    /// up. How many they were is not known.
    fn gaps(&self) -> u64;
}

impl<T> InputExt for MidiInputConnection<T> {
    fn control(&self) -> ClientControl {
        self.open.control().clone()
    }

    fn address(&self) -> Address {
        self.open.address()
    }

    fn gaps(&self) -> u64 {
        self.open.gaps()
    }
}

/// More of a connection on which the program sends.
pub trait OutputExt: sealed::Sealed {
    /// The client that the connection's port belongs to. Other connections of the same
    /// client name use it, too.
    fn control(&self) -> ClientControl;

    /// The connection's own port in the sequencer.
    fn address(&self) -> Address;

    /// Has the kernel send a message, or several, at a time; at once if that is over. They
    /// need their status bytes. Closing or dropping the connection waits for them.
    ///
    /// The kernel keeps 2000 cells of scheduled messages for all connections of a client
    /// name; a message takes one, and a system-exclusive message one more for each 28
    /// bytes.
    ///
    /// # Errors
    /// [`SendError::InvalidData`] if the bytes are no messages; [`SendError::Other`] if too
    /// much is scheduled, or the kernel has no queue for it.
    fn send_at(&mut self, message: &[u8], at: Instant) -> Result<(), SendError>;

    /// Forgets what this connection has scheduled and the kernel has not sent.
    ///
    /// # Errors
    /// None are known.
    fn cancel(&mut self) -> Result<(), SendError>;

    /// How many bytes of system-exclusive messages a second go to hardware: 3125, as on a
    /// MIDI cable, unless told otherwise. A USB device may take more. With `None`
    /// there is no limit, and the kernel drops what its buffer of 4096 bytes has no room
    /// for.
    fn set_sysex_rate(&mut self, bytes_per_second: Option<u32>);
}

impl OutputExt for MidiOutputConnection {
    fn control(&self) -> ClientControl {
        self.open.control().clone()
    }

    fn address(&self) -> Address {
        self.open.address()
    }

    fn send_at(&mut self, message: &[u8], at: Instant) -> Result<(), SendError> {
        self.open.send_at(message, at)
    }

    fn cancel(&mut self) -> Result<(), SendError> {
        self.open.cancel()
    }

    fn set_sysex_rate(&mut self, bytes_per_second: Option<u32>) {
        self.open.set_sysex_rate(bytes_per_second);
    }
}
