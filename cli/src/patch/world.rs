//! Clients, ports and connections as rules see them.

use alsa_seq::{Address, Card, ClientId, Connection, PortInfo, PortType, Topology};

use super::plan::{End, Pair};
use super::sorted::Sorted;
use crate::graph::is_public;
use crate::people::printable;

/// Clients that others may use, but for this one.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// By their numbers.
    pub(super) clients: Vec<Client>,
    pub(super) connected: Sorted<Pair>,
    /// Those of them that are exclusive.
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
    /// `own` is the client that nobody means. `cards` are read if `needs_cards`.
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
        let pair = |found: Connection| Pair {
            sender: found.sender,
            receiver: found.receiver,
        };
        let exclusive = topology.connections().filter(|found| found.exclusive);
        Self {
            clients,
            connected: topology.connections().map(pair).collect(),
            exclusive: exclusive.map(pair).collect(),
        }
    }

    pub(crate) fn is_connected(&self, pair: Pair) -> bool {
        self.connected.contains(&pair)
    }

    pub(crate) fn is_exclusive(&self, pair: Pair) -> bool {
        self.exclusive.contains(&pair)
    }

    /// The complaint about a connection that a rule wants to be exclusive.
    pub(crate) fn not_exclusive(&self, pair: Pair) -> String {
        let pair = self.described_pair(pair);
        format!("{pair}: connected already, but not exclusively")
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

/// The cards of clients, each read once for as long as its client is there.
#[derive(Debug, Default)]
pub(crate) struct Cards {
    known: Vec<(ClientId, Card)>,
    /// A card did not have its names yet: the kernel shows them a moment after the card's
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

    /// For when a client has gone or come.
    pub(super) fn forget(&mut self, client: ClientId) {
        self.known.retain(|(known, _)| *known != client);
    }

    pub(super) fn forget_all(&mut self) {
        self.known.clear();
    }

    /// Whether a card that was asked for is to be read again.
    pub(super) fn take_incomplete(&mut self) -> bool {
        std::mem::take(&mut self.is_incomplete)
    }
}
