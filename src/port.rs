//! Ports, through which a client sends and receives events.

use std::fmt;
use std::sync::Arc;

pub use alsa_seq_kernel_abi::flags::{PortCaps, PortType};
use alsa_seq_kernel_abi::info as abi;
use alsa_seq_kernel_abi::limits::MAX_PORTS;

use crate::address::{Address, PortId};
use crate::connection::{ConnectOptions, Connection};
use crate::control::{ClientControl, OpenClient};
use crate::error::{Error, ErrorKind, Operation, Result, Subject, errno};

mod info;
mod options;

pub use info::{PortDirection, PortInfo};
pub use options::PortOptions;

impl ClientControl {
    /// Creates a port.
    ///
    /// # Errors
    /// - `InvalidInput` if the name is too long or the number above 252;
    /// - `Busy` if the client already has a port of this number, or, since Linux 6.5,
    ///   already has a UMP endpoint port (EBUSY);
    /// - `LimitReached` if the client has 254 ports (EINVAL; ENOMEM before 6.5).
    #[doc(alias = "snd_seq_create_port")]
    #[doc(alias = "snd_seq_create_simple_port")]
    pub fn create_port(&self, options: impl Into<PortOptions>) -> Result<Port> {
        let options = options.into();
        let mut raw = options.to_abi(Operation::CreatePort)?;
        raw.addr.client = self.id().number();
        if let Some(number) = options.number {
            // Linux 6.1 would create a second port of the same number.
            let address = Address::from((self.id(), number));
            if self.port_info(address).is_ok() {
                return Err(Error::new(Operation::CreatePort, ErrorKind::Busy)
                    .about(Subject::Port(address)));
            }
        }
        if let Err(error) = self
            .client(Operation::CreatePort)?
            .fd()
            .create_port(&mut raw)
        {
            let full = self
                .client_info(self.id())
                .is_ok_and(|info| info.num_ports() >= usize::from(MAX_PORTS));
            let error = errno(Operation::CreatePort)(error);
            return Err(match full {
                true => error.with_kind(ErrorKind::LimitReached),
                false => error,
            });
        }
        Ok(Port {
            control: self.clone(),
            address: raw.addr.into(),
            keep: false,
        })
    }

    /// Returns the kernel's description of a port.
    ///
    /// # Errors
    /// `NotFound` if the client (ENXIO) or the port (ENOENT) does not exist.
    #[doc(alias = "snd_seq_get_any_port_info")]
    pub fn port_info(&self, port: impl Into<Address>) -> Result<PortInfo> {
        let address = port.into();
        let mut info = abi::PortInfo::zeroed();
        info.addr = address.to_abi();
        self.client(Operation::PortInfo)?
            .fd()
            .get_port_info(&mut info)
            .map_err(errno(Operation::PortInfo))
            .map_err(|error| error.about(Subject::Port(address)))?;
        Ok(PortInfo::new(info))
    }
}

/// A port of an open client.
///
/// It does not borrow the client, and any thread may use it. After the client was closed,
/// every method fails with [`Closed`](ErrorKind::Closed). If the port was deleted through
/// [`SequencerClient::fd`](crate::SequencerClient::fd), they fail with
/// [`NotFound`](ErrorKind::NotFound).
///
/// Dropping it deletes the port. [`Port::keep`] drops the handle only.
#[must_use = "a port is deleted when it is dropped"]
pub struct Port {
    control: ClientControl,
    address: Address,
    keep: bool,
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Port").field(&self.address).finish()
    }
}

impl Port {
    /// The port's address.
    pub const fn address(&self) -> Address {
        self.address
    }

    /// The port's number.
    pub const fn id(&self) -> PortId {
        self.address.port
    }

    /// Returns the kernel's description of the port.
    ///
    /// # Errors
    /// `Closed` or `NotFound`: see [`Port`].
    #[doc(alias = "snd_seq_get_port_info")]
    pub fn info(&self) -> Result<PortInfo> {
        self.control(Operation::PortInfo)?.port_info(self.address)
    }

    /// Sets all properties of the port to those of `options`, except for the number. To
    /// change only some of them, start from the present ones:
    ///
    /// ```no_run
    /// # fn rename(port: &alsa_seq::Port) -> alsa_seq::Result<()> {
    /// use alsa_seq::PortOptions;
    ///
    /// port.set_info(PortOptions::from(&port.info()?).name("new name"))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Connections stay. But if the port can no longer be written to, it refuses the
    /// events of its connections.
    ///
    /// # Errors
    /// `InvalidInput` if the name is empty or too long.
    #[doc(alias = "snd_seq_set_port_info")]
    pub fn set_info(&self, options: impl Into<PortOptions>) -> Result<()> {
        let options = options.into();
        let control = self.control(Operation::SetPortInfo)?;
        let mut raw = options.to_abi(Operation::SetPortInfo)?;
        if options.name.is_empty() {
            // The kernel would treat an empty name as "no change".
            let message = "a name must not be empty";
            return Err(Error::invalid(Operation::SetPortInfo, message));
        }
        raw.addr = self.address.to_abi();
        // The kernel does not report that the port does not exist.
        control.port_info(self.address)?;
        control
            .fd()
            .set_port_info(&raw)
            .map_err(errno(Operation::SetPortInfo))
            .map_err(|error| error.about(Subject::Port(self.address)))
    }

    /// Returns the connections on which this port sends, like
    /// [`ClientControl::connections_from`]. The receiver of each connection is the other
    /// port.
    ///
    /// # Errors
    /// `Closed` or `NotFound`: see [`Port`].
    #[doc(alias = "list_subscribers")]
    pub fn receivers(&self) -> Result<Vec<Connection>> {
        self.control(Operation::Connections)?.connections_from(self)
    }

    /// Returns the connections on which this port receives, like
    /// [`ClientControl::connections_to`]. The sender of each connection is the other
    /// port.
    ///
    /// # Errors
    /// `Closed` or `NotFound`: see [`Port`].
    #[doc(alias = "list_subscribers")]
    pub fn senders(&self) -> Result<Vec<Connection>> {
        self.control(Operation::Connections)?.connections_to(self)
    }

    /// Connects this port, as the sender, to `receiver`.
    ///
    /// The kernel notifies `receiver` if it is a port of another client that can be
    /// written to, by the event
    /// [`EventData::PortSubscribed`](crate::EventData::PortSubscribed). This port is
    /// notified only if another client makes the connection.
    ///
    /// # Errors
    /// The errors of [`ClientControl::connect`].
    #[doc(alias = "snd_seq_connect_to")]
    pub fn connect_to(&self, receiver: impl Into<Address>) -> Result<()> {
        self.control(Operation::Connect)?
            .connect(self, receiver, ConnectOptions::new())
    }

    /// Connects this port, as the receiver, to `sender`.
    ///
    /// The kernel notifies `sender`, as for [`Port::connect_to`].
    ///
    /// # Errors
    /// The errors of [`ClientControl::connect`].
    #[doc(alias = "snd_seq_connect_from")]
    pub fn connect_from(&self, sender: impl Into<Address>) -> Result<()> {
        self.control(Operation::Connect)?
            .connect(sender, self, ConnectOptions::new())
    }

    /// Undoes [`Port::connect_to`].
    ///
    /// # Errors
    /// The errors of [`ClientControl::disconnect`].
    #[doc(alias = "snd_seq_disconnect_to")]
    pub fn disconnect_to(&self, receiver: impl Into<Address>) -> Result<()> {
        self.control(Operation::Disconnect)?
            .disconnect(self, receiver)
    }

    /// Undoes [`Port::connect_from`].
    ///
    /// # Errors
    /// The errors of [`ClientControl::disconnect`].
    #[doc(alias = "snd_seq_disconnect_from")]
    pub fn disconnect_from(&self, sender: impl Into<Address>) -> Result<()> {
        self.control(Operation::Disconnect)?
            .disconnect(sender, self)
    }

    /// Deletes the port, like dropping it, but returns errors.
    ///
    /// # Errors
    /// `Closed` if the client was closed, which has already deleted the port.
    #[doc(alias = "snd_seq_delete_port")]
    pub fn close(mut self) -> Result<()> {
        self.keep = true;
        self.delete()
    }

    /// Drops the handle without deleting the port, and returns the port's address. The
    /// port then exists until the client is closed.
    pub fn keep(mut self) -> Address {
        self.keep = true;
        self.address
    }

    fn delete(&self) -> Result<()> {
        let mut raw = abi::PortInfo::zeroed();
        raw.addr = self.address.to_abi();
        self.control(Operation::DeletePort)?
            .fd()
            .delete_port(&raw)
            .map_err(errno(Operation::DeletePort))
            .map_err(|error| error.about(Subject::Port(self.address)))
    }

    pub(crate) fn control(&self, operation: Operation) -> Result<Arc<OpenClient>> {
        self.control
            .client(operation)
            .map_err(|error| error.about(Subject::Port(self.address)))
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        if !self.keep {
            // It may be deleted already, with its client.
            let _ = self.delete();
        }
    }
}

impl From<&Port> for Address {
    fn from(port: &Port) -> Self {
        port.address
    }
}

impl From<&Port> for PortId {
    fn from(port: &Port) -> Self {
        port.address.port
    }
}
