//! Applies rules to the existing clients and ports.

use alsa_seq::{Address, Connection};

use super::endpoint::{Endpoint, Side};
use super::file::{Connect, Forbid, Place, Rules};
use super::sorted::Sorted;
use super::world::{Client, Port, World};

/// Limit of the pairs of ports. Rules for more pairs are a mistake.
const MOST: usize = 65_536;

/// The ports of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Pair {
    pub(crate) sender: Address,
    pub(crate) receiver: Address,
}

impl From<Connection> for Pair {
    fn from(connection: Connection) -> Self {
        Self {
            sender: connection.sender,
            receiver: connection.receiver,
        }
    }
}

impl Pair {
    /// Returns whether one of its ports satisfies the condition.
    pub(crate) fn has(self, is_meant: impl Fn(Address) -> bool) -> bool {
        is_meant(self.sender) || is_meant(self.receiver)
    }
}

/// The connections that the rules want.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) wanted: Sorted<Pair>,
    /// The exclusive ones among them.
    pub(crate) exclusive: Sorted<Pair>,
    pub(crate) unmet: Vec<Unmet>,
}

/// A plan to which rules are added.
#[derive(Default)]
struct Draft {
    wanted: Vec<Pair>,
    exclusive: Vec<Pair>,
    /// The number of pairs of ports that the rules want.
    pairs: usize,
}

/// A rule that connects nothing.
#[derive(Debug)]
pub(crate) struct Unmet {
    pub(crate) place: Place,
    /// Which of the `[[connect]]` rules it is.
    index: usize,
    reason: Reason,
}

impl Unmet {
    /// Whether the rule was left out because the plan would have too many pairs.
    pub(crate) fn is_excess(&self) -> bool {
        self.reason == Reason::Excess
    }
}

/// The reason why a rule connects nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    NoEnds,
    NoSender,
    NoReceiver,
    Forbidden,
    OneClient,
    Excess,
}

/// A port and its client.
pub(super) type End<'w> = (&'w Client, &'w Port);

impl Rules {
    pub(crate) fn plan(&self, world: &World) -> Plan {
        let mut draft = Draft::default();
        let mut unmet = Vec::new();
        for (index, rule) in self.connects.iter().enumerate() {
            let Err(reason) = self.add(rule, world, &mut draft) else {
                continue;
            };
            unmet.push(Unmet {
                place: rule.place.clone(),
                index,
                reason,
            });
        }
        Plan {
            wanted: draft.wanted.into_iter().collect(),
            exclusive: draft.exclusive.into_iter().collect(),
            unmet,
        }
    }

    /// Returns the existing connections that a rule forbids, with the rules.
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

    /// The place of a rule that connects nothing, and the reason.
    pub(crate) fn explain(&self, unmet: &Unmet, world: &World) -> String {
        let rule = self.connects.get(unmet.index);
        let near = |side| {
            let ends = rule.map_or(&[][..], |rule| match side {
                Side::Sender => rule.from.as_slice(),
                Side::Receiver => rule.to.as_slice(),
            });
            let near = ends.iter().find_map(|end| end.near_miss(world, side));
            near.map_or_else(String::new, |near| format!("; {near}"))
        };
        let reason = match unmet.reason {
            Reason::NoEnds => "no port matches `from`, and no port matches `to`".to_owned(),
            Reason::NoSender => format!("no port matches `from`{}", near(Side::Sender)),
            Reason::NoReceiver => format!("no port matches `to`{}", near(Side::Receiver)),
            Reason::Forbidden => "a rule forbids it".to_owned(),
            Reason::OneClient => "all matching ports belong to the same client".to_owned(),
            Reason::Excess => {
                "this rule is left out, because the rules would connect too many pairs of ports"
                    .to_owned()
            }
        };
        format!("{}: {reason}", unmet.place)
    }

    /// Adds the connections that a rule wants. Fails with a reason if it wants none.
    fn add(&self, rule: &Connect, world: &World, draft: &mut Draft) -> Result<(), Reason> {
        let (from, senders) = preferred(&rule.from, world, Side::Sender);
        let (to, receivers) = preferred(&rule.to, world, Side::Receiver);
        match (senders.is_empty(), receivers.is_empty()) {
            (true, true) => return Err(Reason::NoEnds),
            (true, false) => return Err(Reason::NoSender),
            (false, true) => return Err(Reason::NoReceiver),
            (false, false) => {}
        }
        let pairs = draft.pairs + senders.len() * receivers.len();
        if pairs > MOST {
            return Err(Reason::Excess);
        }
        draft.pairs = pairs;
        let mut result = Err(Reason::OneClient);
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
                    result = result.or(Err(Reason::Forbidden));
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

    /// Returns whether a rule wants a connection. Does not consider forbidding rules.
    pub(super) fn want(&self, world: &World, pair: Pair) -> bool {
        self.connects.iter().any(|rule| rule.wants(world, pair))
    }

    /// Returns the rule that forbids a connection.
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

    /// Returns whether the cards of clients must be known to apply the rules.
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
    /// Returns whether the rule wants a connection. Does not consider forbidding rules.
    pub(super) fn wants(&self, world: &World, pair: Pair) -> bool {
        let Some((sender, receiver)) = world.ends(pair) else {
            return false;
        };
        // Most rules are for other ports, so this check comes first.
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
    /// Returns whether this rule forbids a connection.
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
    /// The rules that match this sender. Usually there are few.
    rules: Vec<&'r Forbid>,
}

impl<'r> Bans<'r, '_> {
    /// Returns the rule that forbids the connection to this port.
    fn find(&self, receiver: End<'_>) -> Option<&'r Forbid> {
        let mut rules = self.rules.iter().copied();
        rules.find(|rule| rule.forbids(self.sender, receiver))
    }
}

/// Returns whether two endpoints that match both ports also connect them. Only names without
/// wildcards connect a client with itself, or a port with itself.
fn may_connect(pair: Pair, from: Option<&Endpoint>, to: Option<&Endpoint>) -> bool {
    let both = |is_one: fn(&Endpoint) -> bool| from.is_some_and(is_one) && to.is_some_and(is_one);
    if pair.sender == pair.receiver {
        both(Endpoint::is_one_port)
    } else {
        pair.sender.client != pair.receiver.client || both(Endpoint::is_one_client)
    }
}

/// Returns the first endpoint that matches a port, and all its matching ports.
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
