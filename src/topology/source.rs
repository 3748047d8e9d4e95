//! What the kernel says that there is.
//!
//! A connection is in two lists of the kernel's: that of its sender, and that
//! of its receiver. It enters the receiver's last and leaves it first. So the
//! receiver's list has it if, and only if, it was made and not undone; the
//! sender's may also have one that the receiver is about to refuse, of which
//! nobody would ever be told.

use crate::address::{Address, ClientId};
use crate::connection::{ConnectOptions, Connection};
use crate::control::ClientControl;
use crate::error::{Result, found};
use crate::event::EventData;
use crate::info::ClientInfo;
use crate::port::PortInfo;

/// Answers about the present. What does not exist is no error.
pub(super) trait Source {
    fn all_clients(&self) -> Result<Vec<ClientInfo>>;
    fn client(&self, client: ClientId) -> Result<Option<ClientInfo>>;
    fn ports_of(&self, client: ClientId) -> Result<Vec<PortInfo>>;
    fn port(&self, port: Address) -> Result<Option<PortInfo>>;
    /// The connections on which a port receives.
    fn senders(&self, port: Address) -> Result<Vec<Connection>>;
    /// The connections on which a port sends, or is about to.
    fn receivers(&self, port: Address) -> Result<Vec<Connection>>;
    /// Has the [mark](is_mark) of this port announced, one that this program has made
    /// and nothing is sent from.
    fn mark(&self, port: Address) -> Result<()>;
}

/// Whether an announcement is the mark of a port: that it is no longer connected to
/// itself. Nobody else can connect a port that is not exported.
pub(super) fn is_mark(data: &EventData<'_>, port: Address) -> bool {
    let (sender, receiver) = (port, port);
    *data == EventData::PortUnsubscribed { sender, receiver }
}

/// Answers in which a port is not there.
pub(super) struct Without<'s, S> {
    pub(super) source: &'s S,
    pub(super) port: Address,
}

impl<S: Source> Source for Without<'_, S> {
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

    // The graph has no connection one end of which it has not.

    fn senders(&self, port: Address) -> Result<Vec<Connection>> {
        self.source.senders(port)
    }

    fn receivers(&self, port: Address) -> Result<Vec<Connection>> {
        self.source.receivers(port)
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
        found(self.client_info(client))
    }

    fn ports_of(&self, client: ClientId) -> Result<Vec<PortInfo>> {
        self.ports_of(client).collect()
    }

    fn port(&self, port: Address) -> Result<Option<PortInfo>> {
        found(self.port_info(port))
    }

    fn senders(&self, port: Address) -> Result<Vec<Connection>> {
        Ok(found(self.connections_to(port))?.unwrap_or_default())
    }

    fn receivers(&self, port: Address) -> Result<Vec<Connection>> {
        Ok(found(self.connections_from(port))?.unwrap_or_default())
    }

    fn mark(&self, port: Address) -> Result<()> {
        self.connect(port, port, ConnectOptions::new())?;
        self.disconnect(port, port)
    }
}
