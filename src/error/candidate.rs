//! The clients or ports that an ambiguous name fits.

use std::fmt;

use crate::printable::Printable;
use crate::{Address, ClientId, PortId};

/// A client or port that an ambiguous name fits; see
/// [`Error::candidates`](crate::Error::candidates).
///
/// `Display` prints its number and its name, `128:0 (FLUID Synth:Input)`. It replaces
/// control characters, because other programs choose these names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    client: ClientId,
    port: Option<PortId>,
    name: Box<str>,
}

impl Candidate {
    pub(crate) fn new(client: ClientId, port: Option<PortId>, name: impl Into<Box<str>>) -> Self {
        Self {
            client,
            port,
            name: name.into(),
        }
    }

    /// The client, or the client of the port.
    pub const fn client(&self) -> ClientId {
        self.client
    }

    /// The address, if this is a port.
    pub fn address(&self) -> Option<Address> {
        self.port.map(|port| Address::from((self.client, port)))
    }

    /// The name: `client` or `client:port`.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address() {
            Some(address) => write!(f, "{address}")?,
            None => write!(f, "{}", self.client)?,
        }
        write!(f, " ({})", Printable(&self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_command_the_terminal() {
        let candidate = Candidate::new(ClientId::new(1), Some(PortId::new(2)), "a\x1b[2J\n");
        assert_eq!(candidate.to_string(), "1:2 (a\u{fffd}[2J\u{fffd})");
        assert_eq!(candidate.name(), "a\x1b[2J\n");
    }
}
