//! Virtual ports: ports that other programs connect to.

use crate::{ConnectError, MidiInputConnection, MidiOutputConnection};

/// Creates virtual input ports. [`MidiInput`](crate::MidiInput) implements it.
pub trait VirtualInput<T: Send>
where
    Self: Sized,
{
    /// Creates a port that other programs can connect to and send to. The callback is called in the
    /// same way as for [`MidiInput::connect`](crate::MidiInput::connect).
    ///
    /// # Errors
    /// [`ConnectErrorKind::Other`](crate::ConnectErrorKind::Other) if the port cannot be created,
    /// or its name contains a NUL.
    fn create_virtual<F>(
        self,
        port_name: &str,
        callback: F,
        data: T,
    ) -> Result<MidiInputConnection<T>, ConnectError<Self>>
    where
        F: FnMut(u64, &[u8], &mut T) + Send + 'static;
}

/// Creates virtual output ports. [`MidiOutput`](crate::MidiOutput) implements it.
pub trait VirtualOutput
where
    Self: Sized,
{
    /// Creates a port that other programs can connect to. All of them receive each message.
    ///
    /// # Errors
    /// [`ConnectErrorKind::Other`](crate::ConnectErrorKind::Other) if the port cannot be created,
    /// or its name contains a NUL.
    fn create_virtual(self, port_name: &str) -> Result<MidiOutputConnection, ConnectError<Self>>;
}
