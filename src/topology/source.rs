//! The kernel's answers about the present state.
//!
//! A connection is in two lists of the kernel, one of its sender and one of its
//! receiver. The kernel adds it to the receiver's list last, and removes it from there
//! first. So it is in the receiver's list if and only if it was made and not undone. The
//! sender's list may also contain a connection that the receiver will refuse. That is
//! never announced. New connections are at the end of both lists.

use crate::address::{Address, ClientId};
use crate::connection::{ConnectOptions, Connection};
use crate::control::ClientControl;
use crate::error::{Result, if_found};
use crate::event::EventData;
use crate::info::ClientInfo;
use crate::port::PortInfo;

/// A source of answers about the present state. An object that does not exist is not an
/// error.
pub(super) trait Source {
    fn all_clients(&self) -> Result<Vec<ClientInfo>>;
    fn client(&self, client: ClientId) -> Result<Option<ClientInfo>>;
    fn ports_of(&self, client: ClientId) -> Result<Vec<PortInfo>>;
    fn port(&self, port: Address) -> Result<Option<PortInfo>>;
    /// The connections on which a port receives.
    fn senders(&self, port: Address) -> Result<Vec<Connection>>;
    /// The connection at this place of the list of connections on which a port receives.
    fn sender_at(&self, port: Address, index: usize) -> Result<Option<Connection>>;
    /// The connections on which a port sends, including those that are being made.
    fn receivers(&self, port: Address) -> Result<Vec<Connection>>;
    /// Whether the sender's list contains a connection to the receiver. If not, they are not
    /// connected.
    fn may_be_connected(&self, sender: Address, receiver: Address) -> Result<bool>;
    /// Makes the kernel announce the [mark](is_mark) of this port. This program has
    /// created the port, and sends no events from it.
    fn mark(&self, port: Address) -> Result<()>;
}

/// Returns whether an announcement is the mark of a port: the port was disconnected from itself. No
/// other program can do that, because the port is not exported.
pub(super) fn is_mark(data: &EventData<'_>, port: Address) -> bool {
    let (sender, receiver) = (port, port);
    *data == EventData::PortUnsubscribed { sender, receiver }
}

/// The answers of another source, without one port.
pub(super) struct WithoutPort<'s, S> {
    pub(super) source: &'s S,
    pub(super) port: Address,
}

impl<S: Source> Source for WithoutPort<'_, S> {
    fn all_clients(&self) -> Result<Vec<ClientInfo>> {
        self.source.all_clients()
    }

    fn client(&self, client: ClientId) -> Result<Option<ClientInfo>> {
        self.source.client(client)
    }

    fn ports_of(&self, client: ClientId) -> Result<Vec<PortInfo>> {
        let mut ports = self.source.ports_of(client)?;
        ports.retain(|port| port.address() != self.port);
        Ok(ports)
    }

    fn port(&self, port: Address) -> Result<Option<PortInfo>> {
        if port == self.port {
            return Ok(None);
        }
        self.source.port(port)
    }

    // The graph ignores connections of ports that it does not contain.

    fn senders(&self, port: Address) -> Result<Vec<Connection>> {
        self.source.senders(port)
    }

    fn sender_at(&self, port: Address, index: usize) -> Result<Option<Connection>> {
        self.source.sender_at(port, index)
    }

    fn receivers(&self, port: Address) -> Result<Vec<Connection>> {
        self.source.receivers(port)
    }

    fn may_be_connected(&self, sender: Address, receiver: Address) -> Result<bool> {
        self.source.may_be_connected(sender, receiver)
    }

    fn mark(&self, port: Address) -> Result<()> {
        self.source.mark(port)
    }
}

impl Source for ClientControl {
    fn all_clients(&self) -> Result<Vec<ClientInfo>> {
        self.clients().collect()
    }

    fn client(&self, client: ClientId) -> Result<Option<ClientInfo>> {
        if_found(self.client_info(client))
    }

    fn ports_of(&self, client: ClientId) -> Result<Vec<PortInfo>> {
        self.ports_of(client).collect()
    }

    fn port(&self, port: Address) -> Result<Option<PortInfo>> {
        if_found(self.port_info(port))
    }

    fn senders(&self, port: Address) -> Result<Vec<Connection>> {
        Ok(if_found(self.connections_to(port))?.unwrap_or_default())
    }

    fn sender_at(&self, port: Address, index: usize) -> Result<Option<Connection>> {
        Ok(if_found(self.connection_to_at(port, index))?.flatten())
    }

    fn receivers(&self, port: Address) -> Result<Vec<Connection>> {
        Ok(if_found(self.connections_from(port))?.unwrap_or_default())
    }

    fn may_be_connected(&self, sender: Address, receiver: Address) -> Result<bool> {
        Ok(if_found(self.connection(sender, receiver))?.is_some())
    }

    fn mark(&self, port: Address) -> Result<()> {
        self.connect(port, port, ConnectOptions::new())?;
        self.disconnect(port, port)
    }
}
