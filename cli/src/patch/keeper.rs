//! Keeps connections while clients and ports are added and removed.
//!
//! The kernel announces added and removed clients and ports. It also announces connections that a
//! call makes or removes, but not connections that end because a port is removed. So an
//! announcement of a removed connection means that somebody has removed it on purpose. Such a
//! connection is made again only after one of its ports was removed and added again. So two keepers
//! with contradicting rules do not connect and disconnect for ever.

use std::mem;
use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use alsa_seq::{
    Address, ClientControl, ClientId, ClientOptions, ConnectOptions, ErrorKind, Event, EventData,
    SequencerClient, TopologyChange, TopologyTracker,
};
use nix::poll::PollFlags;

use super::file::Rules;
use super::learned::{Learned, Lesson};
use super::notify;
use super::plan::{Pair, Plan};
use super::sorted::Sorted;
use super::world::{Cards, World};
use crate::arrivals::{self, Arrival};
use crate::failure::Failure;
use crate::people::{complain, shown};
use crate::refusal::explained;
use crate::signals::Signals;

/// Limit of waiting announcements.
const POOL: usize = 2000;

/// The first and the longest waiting time before the next attempt. The kernel announces neither
/// that a card has got its name nor that a program has closed a device.
const SOON: Duration = Duration::from_millis(50);
const LATER: Duration = Duration::from_secs(10);

/// After this number of attempts, a card certainly has no name.
const TRIES: u32 = 16;

/// Limit of connecting and disconnecting calls before announcements are read. So the keeper's own
/// calls do not make it lose announcements, and a signal does not wait long.
const AT_ONCE: usize = 500;

/// When a program ends, it may disconnect its ports first. Such a change must not be learned.
const ENDING: Duration = Duration::from_secs(1);

pub(crate) struct Keeper {
    client: SequencerClient,
    tracker: TopologyTracker,
    /// The rules of the files.
    base: Rules,
    learned: Option<Learned>,
    /// The latest learned rules could not be written to the file, which was reported.
    is_unsaved: bool,
    /// All rules.
    rules: Rules,
    cards: Cards,
    /// Connections that somebody has removed. They are in the list until one of their ports is
    /// removed.
    undone: Sorted<Pair>,
    /// Connections that this program has made. Their ports have existed since then.
    ours: Sorted<Pair>,
    /// Connections that this program has made when another client may already have had the number
    /// of one of their ports.
    uncertain: Sorted<Pair>,
    /// Connections that this program has made before one of their ports was announced again. They
    /// have probably ended, and others may have connected the ports since then.
    ended: Sorted<Pair>,
    /// This program's own changes that the kernel has not announced yet.
    unannounced: Vec<(Pair, Change)>,
    /// Changes by others, oldest first, each with the time from which it can be learned.
    by_hand: Vec<(Pair, Change, Instant)>,
    /// Failures that were reported.
    failed: Sorted<Pair>,
    /// The time of the next attempt, and the number of attempts.
    again: Option<Instant>,
    tries: u32,
    /// The rules are new: connections that they want become this program's own.
    is_new: bool,
    /// The rules want too many pairs of ports, which was reported.
    is_excessive: bool,
    /// The number of calls that may still connect or disconnect before announcements are read.
    left: usize,
    /// Whether systemd was notified.
    is_ready: bool,
    is_quiet: bool,
}

/// The reason why a keeper stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// A signal ends it.
    End,
    /// A signal requests to read its files again.
    Reload,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    Connected,
    Disconnected,
}

impl Keeper {
    pub(crate) fn new(
        base: Rules,
        learned: Option<Learned>,
        is_quiet: bool,
    ) -> Result<Self, Failure> {
        let options = ClientOptions::new("aseq patch").input_pool(POOL);
        let client = options.open()?;
        let tracker = TopologyTracker::new(&client)?;
        Ok(Self {
            client,
            tracker,
            rules: all(&base, learned.as_ref()),
            base,
            learned,
            is_unsaved: false,
            cards: Cards::default(),
            undone: Sorted::default(),
            ours: Sorted::default(),
            uncertain: Sorted::default(),
            ended: Sorted::default(),
            unannounced: Vec::new(),
            by_hand: Vec::new(),
            failed: Sorted::default(),
            again: None,
            tries: 0,
            is_new: true,
            is_excessive: false,
            left: 0,
            is_ready: false,
            is_quiet,
        })
    }

    /// Continues with other rules.
    pub(crate) fn change(&mut self, base: Rules, learned: Option<Learned>) {
        self.rules = all(&base, learned.as_ref());
        (self.base, self.learned) = (base, learned);
        self.failed.clear();
        self.begin_trying();
        self.is_new = true;
    }

    /// Writes the learned rules that could not be written before.
    pub(crate) fn save(&mut self) -> Result<(), Failure> {
        if let (Some(learned), true) = (&self.learned, self.is_unsaved) {
            learned.write().map_err(Failure::file(learned.path()))?;
            self.is_unsaved = false;
        }
        Ok(())
    }

    /// Keeps connections until a signal arrives.
    pub(crate) fn run(&mut self, signals: &Signals) -> Result<Pause, Failure> {
        // The time limit for the end. Until then, the keeper waits for disconnections that may be
        // learned.
        let mut end: Option<Instant> = None;
        loop {
            let now = Instant::now();
            // Learns the changes that can be learned now.
            let timeout = self.step()?;
            if end.is_some_and(|end| self.by_hand.is_empty() || end <= now) {
                return Ok(Pause::End);
            }
            if !self.is_ready && self.left > 0 {
                self.is_ready = true;
                if let Err(error) = notify::ready() {
                    complain(&format_args!("notify systemd: {error}"));
                }
            }
            let woken = signals.wait(self.client.as_fd(), PollFlags::POLLIN, timeout)?;
            if woken.signal.is_some() {
                if end.is_some() || self.learned.is_none() {
                    return Ok(Pause::End);
                }
                // The changes before the signal can then be learned before the end.
                self.take_announcements()?;
                end = Some(Instant::now() + ENDING);
            }
            // At the end, new rules are not needed.
            if woken.reload && end.is_none() {
                return Ok(Pause::Reload);
            }
        }
    }

    /// Handles announcements, and then connects and disconnects. Returns the time after which to
    /// look again, even without an announcement.
    fn step(&mut self) -> Result<Option<Duration>, Failure> {
        let is_behind = self.take_announcements()?;
        let timeout = self.hold();
        match is_behind {
            true => Ok(Some(Duration::ZERO)),
            false => Ok(timeout),
        }
    }

    /// Makes the next attempt come soon, if one is needed.
    fn begin_trying(&mut self) {
        self.again = None;
        self.tries = 0;
    }

    /// Returns the time until the next attempt.
    fn pause(&mut self) -> Duration {
        let now = Instant::now();
        let again = self.again.filter(|again| *again > now);
        let again = again.unwrap_or_else(|| {
            let pause = SOON.saturating_mul(1 << self.tries).min(LATER);
            self.tries = TRIES.min(self.tries + 1);
            now + pause
        });
        self.again = Some(again);
        again - now
    }

    /// Handles the waiting announcements. Stops after a limited number of them, so that signals
    /// are handled. Then it returns true: the next ones may have been read from the kernel already,
    /// so the client's file would not become readable.
    fn take_announcements(&mut self) -> Result<bool, Failure> {
        let mut is_behind = true;
        for _ in 0..POOL {
            match arrivals::next(&mut self.client)? {
                None => {
                    is_behind = false;
                    break;
                }
                Some(Arrival::Event(event)) => {
                    self.handle(&event);
                    self.tracker.update(&event)?;
                }
                Some(Arrival::Overrun(_)) => {
                    complain(&"announcements were lost; all connections are read again");
                    // These are the changes before the loss. Their announcements were handled.
                    while self.tracker.next_change().is_some() {}
                    self.tracker.overrun()?;
                    self.cards.forget_all();
                    while let Some(change) = self.tracker.next_change() {
                        self.handle_change(&change);
                    }
                    // The lost announcements included all changes of this program.
                    self.unannounced.clear();
                }
            }
        }
        // The graph contains everything else.
        while self.tracker.next_change().is_some() {}
        Ok(is_behind)
    }

    /// Handles a difference that was found after announcements were lost. Learns nothing, because a
    /// missing connection may have ended with its port, if a device was unplugged and plugged in
    /// again.
    fn handle_change(&mut self, change: &TopologyChange) {
        match change {
            TopologyChange::ClientAdded(client) | TopologyChange::ClientRemoved(client) => {
                let client = client.id();
                self.begin_again(|port| port.client == client);
            }
            TopologyChange::PortAdded(port) | TopologyChange::PortRemoved(port) => {
                let port = port.address();
                self.begin_again(|other| other == port);
            }
            TopologyChange::Connected(connection) => {
                self.is_made_by_others(Pair::from(*connection));
            }
            TopologyChange::Disconnected(connection) => {
                self.is_removed_by_others(Pair::from(*connection));
            }
            _ => {}
        }
    }

    /// Handles the part of an announcement that the graph does not show.
    fn handle(&mut self, event: &Event<'_>) {
        // Any program can send an event that looks like an announcement, but with another source.
        if event.source() != Address::ANNOUNCE || event.dest() != self.tracker.port() {
            return;
        }
        match event.data() {
            EventData::ClientStart(client) | EventData::ClientExit(client) => {
                self.cards.forget(client);
                self.begin_again(|port| port.client == client);
            }
            EventData::PortStart(port) | EventData::PortExit(port) => {
                self.begin_again(|other| other == port);
            }
            EventData::PortSubscribed { sender, receiver } => {
                let pair = Pair { sender, receiver };
                if self.is_made_by_others(pair) {
                    self.record(pair, Change::Connected, Duration::ZERO);
                }
            }
            EventData::PortUnsubscribed { sender, receiver } => {
                let pair = Pair { sender, receiver };
                if self.is_removed_by_others(pair) {
                    self.record(pair, Change::Disconnected, ENDING);
                }
            }
            _ => {}
        }
    }

    /// Handles a new connection. Returns whether somebody else has made it.
    fn is_made_by_others(&mut self, pair: Pair) -> bool {
        let is_others = !self.is_own_change(pair, Change::Connected);
        if is_others {
            self.undone.remove(&pair);
            // This program's own connection ended with its port.
            self.disown(pair);
        }
        is_others
    }

    /// Handles a removed connection. Returns whether somebody else has removed it.
    fn is_removed_by_others(&mut self, pair: Pair) -> bool {
        let is_others = !self.is_own_change(pair, Change::Disconnected);
        if is_others {
            self.undone.insert(pair);
            self.disown(pair);
        }
        is_others
    }

    /// Forgets that this program has made a connection.
    fn disown(&mut self, pair: Pair) {
        for made in [&mut self.ours, &mut self.uncertain, &mut self.ended] {
            made.remove(&pair);
        }
    }

    /// Records a change by somebody else, if it can be learned.
    fn record(&mut self, pair: Pair, change: Change, delay: Duration) {
        if self.learned.is_some() {
            self.by_hand.push((pair, change, Instant::now() + delay));
        }
    }

    /// Forgets the history of ports that were removed or added.
    fn begin_again(&mut self, is_meant: impl Fn(Address) -> bool) {
        self.undone.retain(|pair| !pair.has(&is_meant));
        self.failed.retain(|pair| !pair.has(&is_meant));
        // This program's connections usually ended with the port. But the kernel may announce the
        // end of a client late. Then the next client of that number has started already, and this
        // program has connected it.
        if self.ours.iter().any(|pair| pair.has(&is_meant)) {
            let ours = mem::take(&mut self.ours).into_vec().into_iter();
            let (ended, ours): (Vec<_>, Vec<_>) = ours.partition(|pair| pair.has(&is_meant));
            self.ours = ours.into_iter().collect();
            self.ended = self.ended.iter().copied().chain(ended).collect();
        }
        self.by_hand.retain(|(pair, ..)| !pair.has(&is_meant));
        // These were connected before this program knew that the port had been removed.
        for (pair, change) in &self.unannounced {
            if *change == Change::Connected && pair.has(&is_meant) {
                self.uncertain.insert(*pair);
            }
        }
        self.begin_trying();
    }

    fn is_own_change(&mut self, pair: Pair, change: Change) -> bool {
        let mut later = self.unannounced.iter();
        let Some(place) = later.position(|entry| *entry == (pair, change)) else {
            return false;
        };
        self.unannounced.remove(place);
        true
    }

    /// Connects and disconnects by the rules. Returns the time after which to look again, even
    /// without an announcement.
    fn hold(&mut self) -> Option<Duration> {
        let needs_cards = self.learned.is_some() || self.rules.need_cards();
        let world = World::new(
            self.tracker.topology(),
            self.client.id(),
            &mut self.cards,
            needs_cards,
        );
        let next = self.learn(&world);
        let plan = self.rules.plan(&world);
        let control = self.client.control();
        if mem::take(&mut self.is_new) {
            // These are this program's own, from before it was started again.
            let existing = plan.wanted.iter().filter(|pair| world.is_connected(**pair));
            self.ours = existing.chain(self.ours.iter()).copied().collect();
        }
        let excess = plan.unmet.iter().find(|rule| rule.is_excess());
        if let (Some(rule), false) = (excess, self.is_excessive) {
            complain(&self.rules.explain(rule, &world));
        }
        self.is_excessive = excess.is_some();
        self.left = AT_ONCE;
        // Without the learned rules, because a person who connects the two ports wants them
        // connected.
        let forbidden = self.base.forbidden(&world);
        let forbidden: Vec<Pair> = forbidden.into_iter().map(|(pair, _)| pair).collect();
        for pair in forbidden {
            self.disconnect(&control, &world, pair, "a rule forbids it");
        }
        // If a connection is missing although its ports exist, somebody has removed it, and the
        // kernel may not have announced that yet. But the graph lacks a new connection until its
        // announcement is handled.
        let (mut existing, mut removed) = (Vec::new(), Vec::new());
        for pair in mem::take(&mut self.ours).into_vec() {
            let is_new = || self.unannounced.contains(&(pair, Change::Connected));
            if world.is_connected(pair) || is_new() {
                existing.push(pair);
            } else if world.ends(pair).is_some() {
                removed.push(pair);
            }
        }
        self.ours = existing.into_iter().collect();
        self.undone = self.undone.iter().copied().chain(removed).collect();
        let made = self.ours.iter().chain(self.uncertain.iter());
        let unwanted =
            made.filter(|pair| world.is_connected(**pair) && !plan.wanted.contains(pair));
        for pair in unwanted.copied().collect::<Vec<_>>() {
            self.disconnect(&control, &world, pair, "no rule wants it any more");
        }
        if self.left == 0 {
            return Some(Duration::ZERO);
        }
        let uncertain = mem::take(&mut self.uncertain).into_vec().into_iter();
        let ended = mem::take(&mut self.ended).into_vec();
        for pair in uncertain.chain(ended) {
            if world.is_connected(pair) && plan.wanted.contains(&pair) {
                self.ours.insert(pair);
            }
        }
        let is_refused = self.connect_all(&control, &world, &plan);
        if self.left == 0 {
            return Some(Duration::ZERO);
        }
        let is_incomplete = self.cards.take_incomplete();
        let must_retry = is_refused || self.is_unsaved;
        if !must_retry && !is_incomplete {
            self.begin_trying();
            return next;
        }
        // A card without a name will not get one any more.
        if !must_retry && self.tries == TRIES {
            return next;
        }
        let pause = self.pause();
        Some(next.map_or(pause, |next| next.min(pause)))
    }

    /// Returns whether a connection is refused for a reason whose end the kernel may not announce.
    fn connect_all(&mut self, control: &ClientControl, world: &World, plan: &Plan) -> bool {
        let mut is_refused = false;
        for pair in plan.wanted.iter() {
            if self.undone.contains(pair) {
                continue;
            }
            let is_exclusive = plan.exclusive.contains(pair);
            if world.is_connected(*pair) {
                if is_exclusive && !world.is_exclusive(*pair) && self.failed.insert(*pair) {
                    complain(&world.not_exclusive(*pair));
                }
                continue;
            }
            if self.left == 0 {
                break;
            }
            let options = ConnectOptions::new().exclusive(is_exclusive);
            match control.connect(pair.sender, pair.receiver, options) {
                Ok(()) => {
                    self.left -= 1;
                    self.ours.insert(*pair);
                    self.failed.remove(pair);
                    self.unannounced.push((*pair, Change::Connected));
                    self.say(&format_args!("connected {}", world.described_pair(*pair)));
                }
                // One of the ports was removed, which the kernel will announce.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                // Another program has already connected them.
                Err(_) if control.connection(pair.sender, pair.receiver).is_ok() => {}
                Err(error) => {
                    is_refused |= error.kind() != ErrorKind::PermissionDenied;
                    if self.failed.insert(*pair) {
                        complain(&explained(control, error));
                    }
                }
            }
        }
        is_refused
    }

    fn disconnect(&mut self, control: &ClientControl, world: &World, pair: Pair, why: &str) {
        if self.left == 0 {
            return;
        }
        match control.disconnect(pair.sender, pair.receiver) {
            Ok(()) => {
                self.left -= 1;
                self.ours.remove(&pair);
                self.unannounced.push((pair, Change::Disconnected));
                let pair = world.described_pair(pair);
                self.say(&format_args!("disconnected {pair}: {why}"));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                if self.failed.insert(pair) {
                    complain(&explained(control, error));
                }
            }
        }
    }

    /// Learns from changes by others. Returns the time until the next change can be learned.
    fn learn(&mut self, world: &World) -> Option<Duration> {
        let learned = self.learned.as_mut()?;
        let now = Instant::now();
        let (mut is_news, mut has_room) = (false, true);
        let by_hand = mem::take(&mut self.by_hand).into_iter();
        let (due, later): (Vec<_>, Vec<_>) = by_hand.partition(|(.., due)| *due <= now);
        self.by_hand = later;
        for (pair, change, _) in due {
            let are_music = world.is_music(pair.sender) && world.is_music(pair.receiver);
            // The connection may have changed again.
            if !are_music || world.is_connected(pair) != (change == Change::Connected) {
                continue;
            }
            if !world.is_unique(pair.sender) || !world.is_unique(pair.receiver) {
                let pair = world.described_pair(pair);
                complain(&format_args!(
                    "{pair}: not learned, because a rule would also match other ports"
                ));
                continue;
            }
            match learned.learn(&self.base, world, pair, change) {
                Lesson::News => is_news = true,
                Lesson::Known => {}
                Lesson::NoRoom => has_room = false,
            }
        }
        if !has_room {
            let path = shown(learned.path());
            complain(&format_args!(
                "{path}: it has 4096 rules, so no more rules are learned"
            ));
        }
        if is_news {
            self.rules = self.base.with(&learned.rules);
        }
        if is_news || self.is_unsaved {
            let written = learned.write();
            if let (Err(error), false) = (&written, self.is_unsaved) {
                complain(&format_args!("{}: {error}", shown(learned.path())));
            }
            self.is_unsaved = written.is_err();
        }
        self.by_hand.iter().map(|(.., due)| *due - now).min()
    }

    fn say(&self, message: &dyn std::fmt::Display) {
        if !self.is_quiet {
            complain(message);
        }
    }
}

fn all(base: &Rules, learned: Option<&Learned>) -> Rules {
    learned.map_or_else(|| base.clone(), |learned| base.with(&learned.rules))
}

impl World {
    /// Returns whether others may connect the port, and it is not one of the kernel's own.
    fn is_music(&self, port: Address) -> bool {
        port.client != ClientId::SYSTEM && self.find(port).is_some()
    }
}

#[cfg(test)]
mod tests;
