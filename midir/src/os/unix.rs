//! Virtual ports: ports that other programs connect to.

use crate::{ConnectError, MidiInputConnection, MidiOutputConnection};

/// Makes virtual input ports. [`MidiInput`](crate::MidiInput) does.
pub trait VirtualInput<T: Send>
where
    Self: Sized,
{
    /// Makes a port that other programs can connect to and send to. The callback is
    /// called as for [`MidiInput::connect`](crate::MidiInput::connect).
    ///
    /// # Errors
    /// [`ConnectErrorKind::Other`](crate::ConnectErrorKind::Other) if the port cannot be
    /// made, or its name has a NUL.
    fn create_virtual<F>(
        self,
        port_name: &str,
        callback: F,
        data: T,
    ) -> Result<MidiInputConnection<T>, ConnectError<Self>>
    where
        F: FnMut(u64, &[u8], &mut T) + Send + 'static;
}

/// Makes virtual output ports. [`MidiOutput`](crate::MidiOutput) does.
pub trait VirtualOutput
where
    Self: Sized,
{
    /// Makes a port that other programs can connect to. They all receive each message.
    ///
    /// # Errors
    /// [`ConnectErrorKind::Other`](crate::ConnectErrorKind::Other) if the port cannot be
    /// made, or its name has a NUL.
    fn create_virtual(self, port_name: &str) -> Result<MidiOutputConnection, ConnectError<Self>>;
}
