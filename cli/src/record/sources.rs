//! The recorded ports and the metronome's port. They may be removed, and appear again
//! under their names.

use std::collections::BTreeSet;

use alsa_seq::{Address, ClientControl, ClientId, ConnectOptions, ErrorKind, Event, EventData};

use crate::failure::Direction;
use crate::people::{complain, printable};
use crate::refusal;

/// Connections that are made again when their ports appear again.
#[derive(Debug, Default)]
pub(super) struct Sources(Vec<Source>);

#[derive(Debug)]
struct Source {
    client: String,
    port: String,
    address: Address,
    own: Address,
    way: Direction,
    state: State,
    /// Ports that existed at the same time as this one. They may have the same name, but
    /// are not this port.
    others: BTreeSet<Address>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Connected,
    /// The port exists, but another program has disconnected it. It is not connected
    /// again automatically.
    Disconnected,
    Gone,
}

impl Sources {
    /// Connects a port.
    pub(super) fn connect(
        &mut self,
        control: &ClientControl,
        address: Address,
        own: Address,
        way: Direction,
    ) -> alsa_seq::Result<()> {
        // If the port does not exist, the error of the connection is the best message.
        let client = control.client_info(address.client);
        let port = control.port_info(address);
        let mut source = Source {
            client: client.map_or_else(|_| String::new(), |info| info.name().into_owned()),
            port: port.map_or_else(|_| String::new(), |info| info.name().into_owned()),
            address,
            own,
            way,
            state: State::Connected,
            others: BTreeSet::new(),
        };
        source.connect(control, address)?;
        source.others.extend(source.namesakes(control));
        source.others.remove(&address);
        self.0.push(source);
        Ok(())
    }

    /// The names of the recorded ports, for messages.
    pub(super) fn names(&self) -> String {
        let inward = self.0.iter().filter(|source| source.way == Direction::From);
        inward.map(Source::shown).collect::<Vec<_>>().join(", ")
    }

    /// Handles an announcement of the kernel.
    pub(super) fn update(&mut self, event: &Event<'_>, control: &ClientControl) {
        if event.source().client != ClientId::SYSTEM {
            return;
        }
        match event.data() {
            EventData::PortExit(port) => self.lose(control, |address| address == port),
            EventData::ClientExit(client) => {
                self.lose(control, |address| address.client == client);
            }
            EventData::PortStart(port) => {
                self.reconnect(control);
                for source in self.0.iter_mut().filter(|s| s.state != State::Gone) {
                    if source.address != port {
                        source.others.insert(port);
                    }
                }
            }
            EventData::PortChange(_) | EventData::ClientChange(_) => self.reconnect(control),
            EventData::PortSubscribed { sender, receiver } => {
                self.subscribed((sender, receiver), true, control);
            }
            EventData::PortUnsubscribed { sender, receiver } => {
                self.subscribed((sender, receiver), false, control);
            }
            _ => {}
        }
    }

    /// Checks all connections, because announcements may be lost with other events.
    pub(super) fn check(&mut self, control: &ClientControl) {
        for source in &mut self.0 {
            source
                .others
                .retain(|port| control.port_info(*port).is_ok());
            if source.state == State::Connected && !source.is_connected(control) {
                source.set(State::Gone);
            }
        }
        self.reconnect(control);
    }

    fn lose(&mut self, control: &ClientControl, is_it: impl Fn(Address) -> bool) {
        for source in &mut self.0 {
            source.others.retain(|port| !is_it(*port));
        }
        for source in self.0.iter_mut().filter(|source| is_it(source.address)) {
            // The announcement may be late: another port may have the number and be
            // connected.
            if !source.is_connected(control) {
                source.set(State::Gone);
            }
        }
        // Other ports may exist again before the announcement of their removal.
        self.reconnect(control);
    }

    /// Handles a new or removed connection from the first port to the second.
    fn subscribed(&mut self, ends: (Address, Address), is_new: bool, control: &ClientControl) {
        for source in &mut self.0 {
            if source.way.ends(source.own, source.address) != ends || source.state == State::Gone {
                continue;
            }
            if is_new || source.is_connected(control) {
                source.state = State::Connected;
            } else if control.port_info(source.address).is_err() {
                source.set(State::Gone);
            } else if source.state == State::Connected {
                complain(&format_args!("{} was disconnected", source.shown()));
                source.state = State::Disconnected;
            }
        }
    }

    /// Connects all ports that have appeared again.
    fn reconnect(&mut self, control: &ClientControl) {
        let there = self.0.iter().filter(|s| s.state != State::Gone);
        let mut taken: Vec<_> = there.map(|s| (s.way, s.address)).collect();
        for source in self.0.iter_mut().filter(|s| s.state == State::Gone) {
            let way = source.way;
            // Two sources with the same names must not both use the first port that
            // appears.
            let is_free = |port| !taken.contains(&(way, port));
            let Some(address) = source.find(control, is_free) else {
                continue;
            };
            if let Err(error) = source.connect(control, address) {
                // The port may be removed again, or not be ready. The kernel announces
                // the change of that.
                if !matches!(
                    error.kind(),
                    ErrorKind::NotFound | ErrorKind::PermissionDenied
                ) {
                    complain(&format_args!("{} is back: {error:#}", source.shown()));
                }
                continue;
            }
            source.address = address;
            source.state = State::Connected;
            taken.push((way, address));
            complain(&format_args!("{} is back", source.shown()));
        }
    }
}

impl Source {
    fn connect(&self, control: &ClientControl, address: Address) -> alsa_seq::Result<()> {
        let (sender, receiver) = self.way.ends(self.own, address);
        refusal::connect(control, sender, receiver, ConnectOptions::new())
    }

    fn is_connected(&self, control: &ClientControl) -> bool {
        let (sender, receiver) = self.way.ends(self.own, self.address);
        control.connection(sender, receiver).is_ok()
    }

    fn set(&mut self, state: State) {
        if self.state != State::Gone && state == State::Gone {
            let what = match self.way {
                Direction::From => "recording continues",
                Direction::To => "the metronome continues",
            };
            complain(&format_args!(
                "{} is gone; {what} when a port of this name appears",
                self.shown()
            ));
        }
        self.state = state;
    }

    /// Finds the present address of the port. The old address is preferred.
    fn find(&self, control: &ClientControl, is_free: impl Fn(Address) -> bool) -> Option<Address> {
        let mut ports = self.namesakes(control);
        ports.retain(|port| !self.others.contains(port) && is_free(*port));
        let before = ports.iter().find(|address| **address == self.address);
        before.or(ports.first()).copied()
    }

    /// The ports of other clients with the same names.
    fn namesakes(&self, control: &ClientControl) -> Vec<Address> {
        let own = self.own.client;
        let clients = control.clients().filter_map(Result::ok);
        let clients = clients.filter(|client| client.name() == self.client && client.id() != own);
        let ports = clients.flat_map(|client| control.ports_of(client.id()));
        ports
            .filter_map(Result::ok)
            .filter(|port| port.name() == self.port)
            .map(|port| port.address())
            .collect()
    }

    fn shown(&self) -> String {
        printable(&format!("{}:{} ({})", self.client, self.port, self.address))
    }
}
