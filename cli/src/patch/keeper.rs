//! Holding connections as clients and ports come and go.
//!
//! The kernel announces clients and ports that come and go, and connections that a call makes
//! or undoes; it does not announce those that end because a port goes. So an announcement that
//! two ports are no longer connected means that somebody wanted that. Such a connection is
//! not made again until one of its ports has gone and come, and two keepers whose rules
//! contradict each other come to rest.

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

/// How many announcements may wait.
const POOL: usize = 2000;

/// How long it waits at first, and at most, until it tries again. The kernel announces
/// neither that a card has got its name nor that a program has closed a device.
const SOON: Duration = Duration::from_millis(50);
const LATER: Duration = Duration::from_secs(10);

/// How often it has tried when it is sure that a card has no name.
const TRIES: u32 = 16;

/// How much it connects and disconnects before it reads announcements: so it loses none by
/// its own doing, and a signal does not wait long.
const AT_ONCE: usize = 500;

/// For more announcements than this, the whole graph is read once. For each of them, all
/// connections of a port would be read.
const MANY: usize = 200;

/// A program that ends may disconnect its ports first, which is no wish to be remembered.
const ENDING: Duration = Duration::from_secs(1);

pub(crate) struct Keeper {
    client: SequencerClient,
    tracker: TopologyTracker,
    /// The rules of the files.
    base: Rules,
    learned: Option<Learned>,
    /// The file of these has not taken the latest, which was reported.
    is_unsaved: bool,
    /// All rules.
    rules: Rules,
    cards: Cards,
    /// Connections that somebody has undone. They stay so until one of their ports goes.
    undone: Sorted<Pair>,
    /// Connections that this program has made. Their ports have been there since.
    ours: Sorted<Pair>,
    /// Connections that this program has made when one of the ports may have been another's
    /// already.
    doubtful: Sorted<Pair>,
    /// This program's own doings, of which the kernel has yet to tell.
    told_later: Vec<(Pair, Done)>,
    /// Others' doings, oldest first, and from when on each can be learned.
    by_hand: Vec<(Pair, Done, Instant)>,
    /// Failures that were reported.
    failed: Sorted<Pair>,
    /// When to try again, and how often it has tried.
    again: Option<Instant>,
    tries: u32,
    /// The rules are new: connections that they want count as this program's own.
    is_new: bool,
    /// The rules mean too many pairs of ports, which was reported.
    is_excessive: bool,
    /// How much more it may connect and disconnect before it reads announcements.
    left: usize,
    /// Whether systemd was told.
    is_ready: bool,
    is_quiet: bool,
}

/// Why a keeper no longer holds connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// A signal ends it.
    End,
    /// A signal asks it to read its files anew.
    Reload,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Done {
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
            doubtful: Sorted::default(),
            told_later: Vec::new(),
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

    /// Goes on with other rules.
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

    /// Holds connections until a signal comes.
    pub(crate) fn run(&mut self, signals: &Signals) -> Result<Pause, Failure> {
        // The latest end. Until then it waits for disconnections that may be learned.
        let mut end: Option<Instant> = None;
        loop {
            self.take_announcements()?;
            let timeout = self.hold();
            if end.is_some_and(|end| self.by_hand.is_empty() || end <= Instant::now()) {
                return Ok(Pause::End);
            }
            if !self.is_ready && self.left > 0 {
                self.is_ready = true;
                if let Err(error) = notify::ready() {
                    complain(&format_args!("tell systemd that it is ready: {error}"));
                }
            }
            let woken = signals.wait(self.client.as_fd(), PollFlags::POLLIN, timeout)?;
            if woken.signal.is_some() {
                if end.is_some() || self.learned.is_none() {
                    return Ok(Pause::End);
                }
                end = Some(Instant::now() + ENDING);
            }
            // One that ends has no use for other rules.
            if woken.reload && end.is_none() {
                return Ok(Pause::Reload);
            }
        }
    }

    /// Tries again soon, if it has to.
    fn begin_trying(&mut self) {
        self.again = None;
        self.tries = 0;
    }

    /// After which time to try again.
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

    /// Takes those that have come, but looks at signals sometimes, however many come.
    fn take_announcements(&mut self) -> Result<(), Failure> {
        let mut events = Vec::new();
        for _ in 0..POOL {
            match arrivals::next(&mut self.client)? {
                None => break,
                Some(Arrival::Event(event)) => {
                    self.note(&event);
                    events.push(event);
                }
                Some(Arrival::Overrun(_)) => {
                    complain(&"announcements were lost; all connections are looked at again");
                    self.tracker.overrun()?;
                    events.clear();
                    self.cards.forget_all();
                    // The lost ones told of all that this program has done.
                    self.told_later.clear();
                    while let Some(change) = self.tracker.next_change() {
                        self.note_change(&change);
                    }
                }
            }
        }
        if events.len() > MANY {
            // The graph is read as if these were lost.
            self.tracker.overrun()?;
        } else {
            for event in &events {
                self.tracker.update(event)?;
            }
        }
        // All else is in the graph.
        while self.tracker.next_change().is_some() {}
        Ok(())
    }

    /// Notes a client or port that has gone or come while announcements were lost.
    fn note_change(&mut self, change: &TopologyChange) {
        match change {
            TopologyChange::ClientAdded(client) | TopologyChange::ClientRemoved(client) => {
                let client = client.id();
                self.begin_again(|port| port.client == client);
            }
            TopologyChange::PortAdded(port) | TopologyChange::PortRemoved(port) => {
                let port = port.address();
                self.begin_again(|other| other == port);
            }
            _ => {}
        }
    }

    /// Notes the part of an announcement that the graph does not show.
    fn note(&mut self, event: &Event<'_>) {
        // Anybody can send an event that looks like an announcement, but not from there.
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
                if !self.is_own_doing(pair, Done::Connected) {
                    self.undone.remove(&pair);
                    self.did(pair, Done::Connected, Duration::ZERO);
                }
            }
            EventData::PortUnsubscribed { sender, receiver } => {
                let pair = Pair { sender, receiver };
                if !self.is_own_doing(pair, Done::Disconnected) {
                    self.undone.insert(pair);
                    self.ours.remove(&pair);
                    self.did(pair, Done::Disconnected, ENDING);
                }
            }
            _ => {}
        }
    }

    /// Notes somebody else's doing, if it is to be learned.
    fn did(&mut self, pair: Pair, done: Done, delay: Duration) {
        if self.learned.is_some() {
            self.by_hand.push((pair, done, Instant::now() + delay));
        }
    }

    /// Forgets the past of ports that have gone or come.
    fn begin_again(&mut self, is_meant: impl Fn(Address) -> bool) {
        self.undone.retain(|pair| !pair.has(&is_meant));
        self.failed.retain(|pair| !pair.has(&is_meant));
        self.ours.retain(|pair| !pair.has(&is_meant));
        self.by_hand.retain(|(pair, ..)| !pair.has(&is_meant));
        // Connected before this program knew that the port had gone.
        for (pair, done) in &self.told_later {
            if *done == Done::Connected && pair.has(&is_meant) {
                self.doubtful.insert(*pair);
            }
        }
        self.begin_trying();
    }

    fn is_own_doing(&mut self, pair: Pair, done: Done) -> bool {
        let mut later = self.told_later.iter();
        let Some(place) = later.position(|doing| *doing == (pair, done)) else {
            return false;
        };
        self.told_later.remove(place);
        true
    }

    /// Connects and disconnects as the rules say. Returns after which time to look again,
    /// also if nothing is announced.
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
            // This program's, before it was started anew.
            let found = plan.wanted.iter().filter(|pair| world.is_connected(**pair));
            self.ours = found.chain(self.ours.iter()).copied().collect();
        }
        let excess = plan.unmet.iter().find(|rule| rule.is_excess);
        if let (Some(rule), false) = (excess, self.is_excessive) {
            complain(&format_args!("{}: {}", rule.place, rule.reason));
        }
        self.is_excessive = excess.is_some();
        self.left = AT_ONCE;
        // Not by learned rules: a person who connects the two wants them connected.
        let forbidden = self.base.forbidden(&world);
        let forbidden: Vec<Pair> = forbidden.into_iter().map(|(pair, _)| pair).collect();
        for pair in forbidden {
            self.disconnect(&control, &world, pair, "a rule forbids it");
        }
        // Those that are not there any more, though their ports are, somebody has undone, of
        // which the kernel may not have told yet.
        let (mut stay, mut gone) = (Vec::new(), Vec::new());
        for pair in mem::take(&mut self.ours).into_vec() {
            if world.is_connected(pair) {
                stay.push(pair);
            } else if world.ends(pair).is_some() {
                gone.push(pair);
            }
        }
        self.ours = stay.into_iter().collect();
        self.undone = self.undone.iter().copied().chain(gone).collect();
        let made = self.ours.iter().chain(self.doubtful.iter());
        let over = made.filter(|pair| world.is_connected(**pair) && !plan.wanted.contains(pair));
        for pair in over.copied().collect::<Vec<_>>() {
            self.disconnect(&control, &world, pair, "no rule wants it any more");
        }
        if self.left == 0 {
            return Some(Duration::ZERO);
        }
        for pair in mem::take(&mut self.doubtful).into_vec() {
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
        // A card that has no name then will never have one.
        if !must_retry && self.tries == TRIES {
            return next;
        }
        let pause = self.pause();
        Some(next.map_or(pause, |next| next.min(pause)))
    }

    /// Returns whether something refuses of which the kernel may not tell when it no longer
    /// does.
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
                    self.told_later.push((*pair, Done::Connected));
                    self.say(&format_args!("connected {}", world.described_pair(*pair)));
                }
                // One of them is gone, which the kernel will tell.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                // Somebody else was faster.
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
                self.told_later.push((pair, Done::Disconnected));
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

    /// Learns from others' doings. Returns after which time there is more to learn.
    fn learn(&mut self, world: &World) -> Option<Duration> {
        let learned = self.learned.as_mut()?;
        let now = Instant::now();
        let (mut is_news, mut has_room) = (false, true);
        let by_hand = mem::take(&mut self.by_hand).into_iter();
        let (due, later): (Vec<_>, Vec<_>) = by_hand.partition(|(.., due)| *due <= now);
        self.by_hand = later;
        for (pair, done, _) in due {
            let are_music = world.is_music(pair.sender) && world.is_music(pair.receiver);
            // Something else may have been done since.
            if !are_music || world.is_connected(pair) != (done == Done::Connected) {
                continue;
            }
            if !world.is_unique(pair.sender) || !world.is_unique(pair.receiver) {
                let pair = world.described_pair(pair);
                complain(&format_args!(
                    "{pair}: not learned: a rule would mean other ports as well"
                ));
                continue;
            }
            match learned.learn(&self.base, world, pair, done) {
                Lesson::News => is_news = true,
                Lesson::Known => {}
                Lesson::NoRoom => has_room = false,
            }
        }
        if !has_room {
            let path = shown(learned.path());
            complain(&format_args!(
                "{path}: no more is learned: it has 4096 rules"
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
    /// Whether others may connect the port, and it is none of the kernel's own.
    fn is_music(&self, port: Address) -> bool {
        port.client != ClientId::SYSTEM && self.find(port).is_some()
    }
}
