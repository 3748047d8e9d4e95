//! The meaning of rules for the clients and ports that exist.

use alsa_seq::Address;

use super::endpoint::{Endpoint, Side};
use super::file::{Connect, Forbid, Place, Rules};
use super::sorted::Sorted;
use super::world::{Client, Port, World};

/// Rules that mean more pairs of ports than this are a mistake.
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

/// The connections that rules want.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) wanted: Sorted<Pair>,
    /// Those of them that are to be exclusive.
    pub(crate) exclusive: Sorted<Pair>,
    pub(crate) unmet: Vec<Unmet>,
}

/// A plan that rules are added to.
#[derive(Default)]
struct Draft {
    wanted: Vec<Pair>,
    exclusive: Vec<Pair>,
    /// How many pairs of ports the rules mean.
    pairs: usize,
}

/// A rule that connects nothing.
#[derive(Debug)]
pub(crate) struct Unmet {
    pub(crate) place: Place,
    pub(crate) reason: &'static str,
    /// The rules mean more pairs than a plan may have, so this one was left out.
    pub(crate) is_excess: bool,
}

const EXCESS: &str = "with it, the rules mean too many pairs of ports; it is left out";

/// A port and its client.
pub(super) type End<'w> = (&'w Client, &'w Port);

impl Rules {
    pub(crate) fn plan(&self, world: &World) -> Plan {
        let mut draft = Draft::default();
        let mut unmet = Vec::new();
        for rule in &self.connects {
            let Err(reason) = self.add(rule, world, &mut draft) else {
                continue;
            };
            unmet.push(Unmet {
                place: rule.place.clone(),
                reason,
                is_excess: reason == EXCESS,
            });
        }
        Plan {
            wanted: draft.wanted.into_iter().collect(),
            exclusive: draft.exclusive.into_iter().collect(),
            unmet,
        }
    }

    /// The connections that there are and a rule forbids, each with this rule.
    pub(crate) fn forbidden(&self, world: &World) -> Vec<(Pair, &Forbid)> {
        let mut found = Vec::new();
        let connected = world.connected.iter().as_slice();
        for pairs in connected.chunk_by(|one, next| one.sender == next.sender) {
            let sender = pairs.first().and_then(|pair| world.find(pair.sender));
            let Some(bans) = sender.map(|sender| self.bans(sender)) else {
                continue;
            };
            for pair in pairs {
                let receiver = world.find(pair.receiver);
                let rule = receiver.and_then(|receiver| bans.find(receiver));
                found.extend(rule.map(|rule| (*pair, rule)));
            }
        }
        found
    }

    /// Adds the connections that a rule wants. Fails if there are none, and says why.
    fn add(&self, rule: &Connect, world: &World, draft: &mut Draft) -> Result<(), &'static str> {
        let (from, senders) = preferred(&rule.from, world, Side::Sender);
        let (to, receivers) = preferred(&rule.to, world, Side::Receiver);
        match (senders.is_empty(), receivers.is_empty()) {
            (true, true) => return Err("no port fits `from`, and none `to`"),
            (true, false) => return Err("no port fits `from`"),
            (false, true) => return Err("no port fits `to`"),
            (false, false) => {}
        }
        let pairs = draft.pairs + senders.len() * receivers.len();
        if pairs > MOST {
            return Err(EXCESS);
        }
        draft.pairs = pairs;
        let mut result = Err("each of the ports that fit is one of the same client");
        for sender in &senders {
            let bans = self.bans(*sender);
            for receiver in &receivers {
                let pair = Pair {
                    sender: sender.1.address,
                    receiver: receiver.1.address,
                };
                if !may_connect(pair, from, to) {
                    continue;
                }
                if bans.find(*receiver).is_some() {
                    result = result.or(Err("a rule forbids it"));
                    continue;
                }
                result = Ok(());
                draft.wanted.push(pair);
                if rule.exclusive {
                    draft.exclusive.push(pair);
                }
            }
        }
        result
    }

    /// Whether a rule wants a connection, or would if none forbade it.
    pub(super) fn want(&self, world: &World, pair: Pair) -> bool {
        self.connects.iter().any(|rule| rule.wants(world, pair))
    }

    /// The rule that forbids a connection.
    pub(super) fn forbidding(&self, world: &World, pair: Pair) -> Option<&Forbid> {
        let (sender, receiver) = world.ends(pair)?;
        let mut rules = self.forbids.iter();
        rules.find(|rule| rule.forbids(sender, receiver))
    }

    fn bans<'r, 'w>(&'r self, sender: End<'w>) -> Bans<'r, 'w> {
        let rules = self.forbids.iter();
        let rules = rules.filter(|rule| any_fits(&rule.from, sender, Side::Sender));
        Bans {
            sender,
            rules: rules.collect(),
        }
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

impl Connect {
    /// Whether the rule wants a connection, or would if no rule forbade it.
    pub(super) fn wants(&self, world: &World, pair: Pair) -> bool {
        let Some((sender, receiver)) = world.ends(pair) else {
            return false;
        };
        // Most rules mean other ports, which is soon known.
        if !any_fits(&self.from, sender, Side::Sender)
            || !any_fits(&self.to, receiver, Side::Receiver)
        {
            return false;
        }
        let (from, senders) = preferred(&self.from, world, Side::Sender);
        let (to, receivers) = preferred(&self.to, world, Side::Receiver);
        let has = |ends: &[End<'_>], port| ends.iter().any(|end| end.1.address == port);
        has(&senders, pair.sender) && has(&receivers, pair.receiver) && may_connect(pair, from, to)
    }
}

impl Forbid {
    /// Whether this rule forbids a connection.
    pub(super) fn forbids(&self, sender: End<'_>, receiver: End<'_>) -> bool {
        let fit = |from: &[Endpoint], to: &[Endpoint]| {
            any_fits(to, receiver, Side::Receiver) && any_fits(from, sender, Side::Sender)
        };
        fit(&self.from, &self.to) && !self.except.iter().any(|(from, to)| fit(from, to))
    }
}

/// The rules that forbid connections from one port.
struct Bans<'r, 'w> {
    sender: End<'w>,
    /// Those that mean this sender, few as a rule.
    rules: Vec<&'r Forbid>,
}

impl<'r> Bans<'r, '_> {
    /// The rule that forbids the connection to this port.
    fn find(&self, receiver: End<'_>) -> Option<&'r Forbid> {
        let mut rules = self.rules.iter().copied();
        rules.find(|rule| rule.forbids(self.sender, receiver))
    }
}

/// Whether endpoints that mean both ports also mean that these be connected. Only names
/// without wildcards connect a client, or a port, to itself.
fn may_connect(pair: Pair, from: Option<&Endpoint>, to: Option<&Endpoint>) -> bool {
    let both = |is_one: fn(&Endpoint) -> bool| from.is_some_and(is_one) && to.is_some_and(is_one);
    if pair.sender == pair.receiver {
        both(Endpoint::is_one_port)
    } else {
        pair.sender.client != pair.receiver.client || both(Endpoint::is_one_client)
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
            let ports = endpoint.ports(client, side);
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
    endpoints.any(|endpoint| endpoint.fits(end.0, end.1, side))
}
