//! What rules mean for the clients and ports that there are.

use alsa_seq::Address;

use super::endpoint::{Endpoint, Side};
use super::file::{Connect, Forbid, Place, Rules};
use super::sorted::Sorted;
use super::world::{Client, Port, World};

/// A rule that would make more connections than this is a mistake.
const MOST: usize = 65_536;

/// The ports of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Pair {
    pub(crate) sender: Address,
    pub(crate) receiver: Address,
}

impl Pair {
    /// Whether one of its ports is one of those.
    pub(crate) fn has(self, is_meant: impl Fn(Address) -> bool) -> bool {
        is_meant(self.sender) || is_meant(self.receiver)
    }
}

/// What is to be connected, and what not.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) wanted: Sorted<Pair>,
    /// Those of them that are to be exclusive.
    pub(crate) exclusive: Sorted<Pair>,
    pub(crate) unmet: Vec<Unmet>,
}

/// A rule that connects nothing.
#[derive(Debug)]
pub(crate) struct Unmet {
    pub(crate) place: Place,
    pub(crate) reason: &'static str,
}

type End<'w> = (&'w Client, &'w Port);

impl Rules {
    pub(crate) fn plan(&self, world: &World) -> Plan {
        let mut plan = Plan::default();
        for rule in &self.connects {
            let reason = self.add(rule, world, &mut plan);
            plan.unmet.extend(reason.map(|reason| Unmet {
                place: rule.place.clone(),
                reason,
            }));
        }
        plan
    }

    /// The connections that there are, and a rule forbids.
    pub(crate) fn forbidden(&self, world: &World) -> Vec<Pair> {
        let connected = world.connected.iter().copied();
        connected
            .filter(|pair| self.forbidding(world, *pair).is_some())
            .collect()
    }

    /// Adds the connections that a rule wants. Returns why there are none.
    fn add(&self, rule: &Connect, world: &World, plan: &mut Plan) -> Option<&'static str> {
        let (from, senders) = preferred(&rule.from, world, Side::Sender);
        let (to, receivers) = preferred(&rule.to, world, Side::Receiver);
        match (senders.is_empty(), receivers.is_empty()) {
            (true, true) => return Some("no port fits `from`, and none `to`"),
            (true, false) => return Some("no port fits `from`"),
            (false, true) => return Some("no port fits `to`"),
            (false, false) => {}
        }
        let mut reason = Some("each of the ports that fit is one of the same client");
        let may_be_same = is_one_client(from) && is_one_client(to);
        for sender in &senders {
            for receiver in &receivers {
                let pair = Pair {
                    sender: sender.1.address,
                    receiver: receiver.1.address,
                };
                let is_same_client = pair.sender.client == pair.receiver.client;
                if pair.sender == pair.receiver || is_same_client && !may_be_same {
                    continue;
                }
                if self.is_forbidden(*sender, *receiver).is_some() {
                    reason = reason.and(Some("a rule forbids it"));
                    continue;
                }
                reason = None;
                if plan.wanted.len() >= MOST {
                    return Some("there are too many connections");
                }
                plan.wanted.insert(pair);
                if rule.exclusive {
                    plan.exclusive.insert(pair);
                }
            }
        }
        reason
    }

    /// The rule that forbids a connection.
    pub(crate) fn forbidding(&self, world: &World, pair: Pair) -> Option<&Forbid> {
        self.is_forbidden(world.find(pair.sender)?, world.find(pair.receiver)?)
    }

    fn is_forbidden(&self, sender: End<'_>, receiver: End<'_>) -> Option<&Forbid> {
        let fit = |from: &[Endpoint], to: &[Endpoint]| {
            any_fits(from, sender, Side::Sender) && any_fits(to, receiver, Side::Receiver)
        };
        self.forbids.iter().find(|rule| {
            fit(&rule.from, &rule.to) && !rule.except.iter().any(|(from, to)| fit(from, to))
        })
    }

    /// Whether it takes the cards of clients to know which are meant.
    pub(crate) fn need_cards(&self) -> bool {
        let connects = self.connects.iter();
        let forbids = self.forbids.iter();
        let excepts = forbids.clone().flat_map(|rule| &rule.except);
        connects
            .flat_map(|rule| rule.from.iter().chain(&rule.to))
            .chain(forbids.flat_map(|rule| rule.from.iter().chain(&rule.to)))
            .chain(excepts.flat_map(|(from, to)| from.iter().chain(to)))
            .any(Endpoint::needs_card)
    }
}

/// The first of the endpoints for which there is a port, and all ports that it means.
fn preferred<'w>(
    endpoints: &'w [Endpoint],
    world: &'w World,
    side: Side,
) -> (Option<&'w Endpoint>, Vec<End<'w>>) {
    for endpoint in endpoints {
        let clients = world.clients.iter();
        let found = clients.flat_map(|client| {
            let ports = endpoint.ports(client, side, false);
            ports.map(move |port| (client, port))
        });
        let found: Vec<End<'_>> = found.collect();
        if !found.is_empty() {
            return (Some(endpoint), found);
        }
    }
    (None, Vec::new())
}

fn any_fits(endpoints: &[Endpoint], end: End<'_>, side: Side) -> bool {
    let mut endpoints = endpoints.iter();
    endpoints.any(|endpoint| endpoint.fits(end.0, end.1, side, true))
}

fn is_one_client(endpoint: Option<&Endpoint>) -> bool {
    endpoint.is_some_and(Endpoint::is_one_client)
}
