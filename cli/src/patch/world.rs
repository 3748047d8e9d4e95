//! Clients, ports and connections for the rules.

use alsa_seq::{Address, Card, ClientId, PortInfo, PortType, Topology};

use super::plan::{End, Pair};
use super::sorted::Sorted;
use crate::graph::is_public;
use crate::people::printable;

/// Clients that others may use, except for this program's client.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// By their numbers.
    pub(super) clients: Vec<Client>,
    pub(super) connected: Sorted<Pair>,
    /// The exclusive connections.
    pub(super) exclusive: Sorted<Pair>,
}

#[derive(Debug)]
pub(super) struct Client {
    pub(super) id: ClientId,
    pub(super) name: String,
    pub(super) is_system: bool,
    pub(super) card: Option<Card>,
    /// By their numbers.
    pub(super) ports: Vec<Port>,
}

#[derive(Debug)]
pub(super) struct Port {
    pub(super) address: Address,
    pub(super) name: String,
    pub(super) kind: PortType,
    pub(super) info: PortInfo,
}

impl World {
    /// `own` is the client that rules never match. `cards` are read only if `needs_cards` is set.
    pub(crate) fn new(
        topology: &Topology,
        own: ClientId,
        cards: &mut Cards,
        needs_cards: bool,
    ) -> Self {
        let mut clients = Vec::new();
        for info in topology.clients().filter(|info| info.id() != own) {
            let ports = topology.ports_of(info.id()).filter(|port| is_public(port));
            let ports: Vec<Port> = ports.map(Port::new).collect();
            if ports.is_empty() {
                continue;
            }
            let card = info.card().filter(|_| needs_cards);
            clients.push(Client {
                id: info.id(),
                name: info.name().into_owned(),
                is_system: info.id() == ClientId::SYSTEM,
                card: card.and_then(|number| cards.of(info.id(), number)),
                ports,
            });
        }
        let exclusive = topology.connections().filter(|found| found.exclusive);
        Self {
            clients,
            connected: topology.connections().map(Pair::from).collect(),
            exclusive: exclusive.map(Pair::from).collect(),
        }
    }

    pub(crate) fn is_connected(&self, pair: Pair) -> bool {
        self.connected.contains(&pair)
    }

    pub(crate) fn is_exclusive(&self, pair: Pair) -> bool {
        self.exclusive.contains(&pair)
    }

    /// Returns the message for a connection that a rule wants to be exclusive.
    pub(crate) fn not_exclusive(&self, pair: Pair) -> String {
        let Pair { sender, receiver } = pair;
        let pair = self.described_pair(pair);
        format!(
            "{pair}: connected already, but not exclusively; disconnect them first: aseq \
             disconnect {sender} {receiver}"
        )
    }

    pub(super) fn find(&self, address: Address) -> Option<End<'_>> {
        let place = self.clients.binary_search_by_key(&address.client, |c| c.id);
        let client = self.clients.get(place.ok()?)?;
        let place = client.ports.binary_search_by_key(&address, |p| p.address);
        Some((client, client.ports.get(place.ok()?)?))
    }

    pub(super) fn ends(&self, pair: Pair) -> Option<(End<'_>, End<'_>)> {
        self.find(pair.sender).zip(self.find(pair.receiver))
    }

    /// `20:0 (client:port)`
    pub(crate) fn described(&self, address: Address) -> String {
        match self.find(address) {
            Some((client, port)) => {
                printable(&format!("{address} ({}:{})", client.name, port.name))
            }
            None => address.to_string(),
        }
    }

    /// `20:0 (client:port) -> 128:0 (client:port)`
    pub(crate) fn described_pair(&self, pair: Pair) -> String {
        let [sender, receiver] = [pair.sender, pair.receiver].map(|port| self.described(port));
        format!("{sender} -> {receiver}")
    }
}

impl Port {
    fn new(info: &PortInfo) -> Self {
        Self {
            address: info.address(),
            name: info.name().into_owned(),
            kind: info.port_type(),
            info: info.clone(),
        }
    }
}

/// The cards of clients. Each is read once while its client exists.
#[derive(Debug, Default)]
pub(crate) struct Cards {
    known: Vec<(ClientId, Card)>,
    /// Whether the names of a card were missing. The kernel shows them a moment after the card's
    /// client.
    is_incomplete: bool,
}

impl Cards {
    fn of(&mut self, client: ClientId, number: u32) -> Option<Card> {
        if let Some((_, card)) = self.known.iter().find(|(known, _)| *known == client) {
            return Some(card.clone());
        }
        let Ok(card) = Card::read(number) else {
            self.is_incomplete = true;
            return None;
        };
        if card.name().is_some() {
            self.known.push((client, card.clone()));
        } else {
            self.is_incomplete = true;
        }
        Some(card)
    }

    /// Must be called when a client was added or removed.
    pub(super) fn forget(&mut self, client: ClientId) {
        self.known.retain(|(known, _)| *known != client);
    }

    pub(super) fn forget_all(&mut self) {
        self.known.clear();
    }

    /// Returns whether a requested card must be read again.
    pub(super) fn take_incomplete(&mut self) -> bool {
        std::mem::take(&mut self.is_incomplete)
    }
}
