//! Functions that midir does not have. A program that does not use this module also works with
//! midir on other systems.
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
//! // Waits for the last message.
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

/// The crate below this one, for everything that midir has no call for: queues, filters,
/// connections of other programs' ports. Its module `ump` has the packets.
pub use alsa_seq;

use alsa_seq::{Address, ClientControl};

/// Returns the last error of the kernel that became one of midir's errors on this thread. midir's
/// errors contain less information. The stored error is removed, so the next call returns `None`.
///
/// ```
/// # use alsa_seq_midir as midir;
/// if midir::MidiInput::new("piano").is_err() {
///     if let Some(error) = midir::ext::last_error() {
///         // One line, with the operation, the errno and advice.
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

    /// Returns the port with this address, whether it exists or not.
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

/// Further methods of a connection on which the program receives.
pub trait InputExt: sealed::Sealed {
    /// Returns the client of the connection's port. Other connections with the same client name use
    /// it, too.
    fn control(&self) -> ClientControl;

    /// Returns the connection's own port in the sequencer.
    fn address(&self) -> Address;

    /// Returns how many times messages were lost because the callback was too slow. The number of
    /// lost messages is not known.
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

/// Further methods of a connection on which the program sends.
pub trait OutputExt: sealed::Sealed {
    /// Returns the client of the connection's port. Other connections with the same client name use
    /// it, too.
    fn control(&self) -> ClientControl;

    /// Returns the connection's own port in the sequencer.
    fn address(&self) -> Address;

    /// Makes the kernel send a message, or several, at a time. If the time is in the past, they are
    /// sent at once. The messages need their status bytes. Closing or dropping the connection waits
    /// for them.
    ///
    /// The kernel keeps at most 2000 cells of scheduled messages for all connections with a client
    /// name. A message needs one cell, and a system-exclusive message needs one more for each 28
    /// bytes.
    ///
    /// # Errors
    /// [`SendError::InvalidData`] if the bytes are not messages; [`SendError::Other`] if too much
    /// is scheduled, or the kernel has no free queue.
    fn send_at(&mut self, message: &[u8], at: Instant) -> Result<(), SendError>;

    /// Cancels the scheduled messages of this connection that the kernel has not sent yet.
    ///
    /// # Errors
    /// None are known.
    fn cancel(&mut self) -> Result<(), SendError>;

    /// Sets the speed of system-exclusive messages to hardware in bytes per second. The default is
    /// 3125, as on a MIDI cable. A USB device may accept more. With `None`, the speed is not
    /// limited, and the kernel drops data that does not fit into its buffer of 4096 bytes.
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
