//! What the kernel says that there is.
//!
//! A connection is in two lists of the kernel's: that of its sender, and that
//! of its receiver. It enters the receiver's last and leaves it first. So the
//! receiver's list has it if, and only if, it was made and not undone; the
//! sender's may also have one that the receiver is about to refuse, of which
//! nobody would ever be told.

use crate::address::{Address, ClientId};
use crate::connection::Connection;
use crate::control::ClientControl;
use crate::error::{Result, found};
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
}
