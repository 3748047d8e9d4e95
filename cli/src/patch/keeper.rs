//! Holding connections as clients and ports come and go.
//!
//! The kernel announces what comes and goes, and what is connected and disconnected by a
//! call; connections that end because a port goes are not announced. So an announcement
//! that two ports are no longer connected means that somebody wanted that. Such a
//! connection is not made again until one of its ports has gone and come, and two keepers
//! whose rules contradict each other come to rest.

use std::os::fd::AsFd as _;
use std::time::{Duration, Instant};

use alsa_seq::{
    Address, ClientControl, ClientId, ClientOptions, ConnectOptions, ErrorKind, Event, EventData,
    SequencerClient, TopologyTracker,
};
use nix::poll::PollFlags;

use super::file::Rules;
use super::learned::Learned;
use super::notify;
use super::plan::{Pair, Plan};
use super::sorted::Sorted;
use super::world::{Cards, World};
use crate::arrivals::{self, Arrival};
use crate::failure::Failure;
use crate::people::complain;
use crate::refusal::explained;
use crate::signals::Signals;

/// How many announcements may wait.
const POOL: usize = 2000;

/// How long it waits at first, and at most, until it tries again what the kernel announces
/// nothing of: a card that has no name yet, a device that another program has opened.
const SOON: Duration = Duration::from_millis(50);
const LATER: Duration = Duration::from_secs(10);

/// How often it tries.
const TRIES: u32 = 16;

/// A program that ends may disconnect its ports first, which is no wish to be remembered.
const ENDING: Duration = Duration::from_secs(1);

pub(crate) struct Keeper {
    client: SequencerClient,
    tracker: TopologyTracker,
    /// The rules of the files.
    base: Rules,
    learned: Option<Learned>,
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
    /// What this program has done, of which the kernel has yet to tell.
    told_later: Vec<(Pair, Done)>,
    /// What others did, oldest first, and from when on it can be learned.
    by_hand: Vec<(Pair, Done, Instant)>,
    /// Failures that were reported.
    failed: Sorted<Pair>,
    tries: u32,
    is_quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Done {
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
        let rules = match &learned {
            Some(learned) => base.with(&learned.rules),
            None => base.clone(),
        };
        Ok(Self {
            client,
            tracker,
            base,
            learned,
            rules,
            cards: Cards::default(),
            undone: Sorted::default(),
            ours: Sorted::default(),
            doubtful: Sorted::default(),
            told_later: Vec::new(),
            by_hand: Vec::new(),
            failed: Sorted::default(),
            tries: 0,
            is_quiet,
        })
    }

    /// Holds connections until a signal comes.
    pub(crate) fn run(&mut self, signals: &Signals) -> Result<(), Failure> {
        let mut is_ready = false;
        loop {
            self.take_announcements()?;
            let timeout = self.hold();
            if !is_ready {
                is_ready = true;
                if let Err(error) = notify::ready() {
                    complain(&format_args!("tell systemd that it is ready: {error}"));
                }
            }
            let woken = signals.wait(self.client.as_fd(), PollFlags::POLLIN, timeout)?;
            if woken.signal.is_some() {
                return Ok(());
            }
        }
    }

    /// How long to wait until the next try, if there is to be one.
    fn pause(&mut self) -> Option<Duration> {
        let shift = self.tries;
        self.tries += 1;
        (shift < TRIES).then(|| SOON.saturating_mul(1 << shift).min(LATER))
    }

    fn take_announcements(&mut self) -> Result<(), Failure> {
        loop {
            match arrivals::next(&mut self.client)? {
                None => return Ok(()),
                Some(Arrival::Event(event)) => {
                    self.note(&event);
                    self.tracker.update(&event)?;
                }
                Some(Arrival::Overrun(_)) => {
                    complain(&"announcements were lost; all connections are looked at again");
                    self.tracker.overrun()?;
                    self.cards.forget_all();
                    self.undone.clear();
                    // Whether they were undone is not known.
                    for pair in std::mem::take(&mut self.ours).into_vec() {
                        self.doubtful.insert(pair);
                    }
                    self.told_later.clear();
                    self.by_hand.clear();
                    self.tries = 0;
                }
            }
            // The graph is all that matters.
            while self.tracker.next_change().is_some() {}
        }
    }

    /// Notes what an announcement tells beyond what there is now.
    fn note(&mut self, event: &Event<'_>) {
        // Anybody can send what looks like an announcement, but not from there.
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
                self.failed.clear();
                if !self.is_own_doing(pair, Done::Disconnected) {
                    self.undone.insert(pair);
                    self.ours.remove(&pair);
                    self.did(pair, Done::Disconnected, ENDING);
                }
            }
            _ => {}
        }
    }

    /// Notes what somebody else did, if it is to be learned.
    fn did(&mut self, pair: Pair, done: Done, delay: Duration) {
        if self.learned.is_some() {
            self.by_hand.push((pair, done, Instant::now() + delay));
        }
    }

    /// Forgets what was with ports that have gone or come.
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
        self.tries = 0;
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
        // Not what was learned: a person who connects the two wants them connected.
        for pair in self.base.forbidden(&world) {
            self.disconnect(&control, &world, pair, "a rule forbids it");
        }
        // Those that are not there any more, though their ports are, somebody has undone, of
        // which the kernel may not have told yet.
        let mut gone = Vec::new();
        self.ours.retain(|pair| {
            let stays = world.is_connected(*pair);
            if !stays && !pair.has(|port| world.find(port).is_none()) {
                gone.push(*pair);
            }
            stays
        });
        for pair in gone {
            self.undone.insert(pair);
        }
        let made = self.ours.iter().chain(self.doubtful.iter());
        let over = made.filter(|pair| world.is_connected(**pair) && !plan.wanted.contains(pair));
        for pair in over.copied().collect::<Vec<_>>() {
            self.disconnect(&control, &world, pair, "no rule wants it any more");
        }
        for pair in std::mem::take(&mut self.doubtful).into_vec() {
            if world.is_connected(pair) && plan.wanted.contains(&pair) {
                self.ours.insert(pair);
            }
        }
        let is_incomplete = self.cards.take_incomplete();
        let again = self.connect_all(&control, &world, &plan) || is_incomplete;
        let pause = again.then(|| self.pause()).flatten();
        [next, pause].into_iter().flatten().min()
    }

    /// Returns whether it is to be tried again.
    fn connect_all(&mut self, control: &ClientControl, world: &World, plan: &Plan) -> bool {
        let mut again = false;
        for pair in plan.wanted.iter() {
            if world.is_connected(*pair) || self.undone.contains(pair) {
                continue;
            }
            let options = ConnectOptions::new().exclusive(plan.exclusive.contains(pair));
            match control.connect(pair.sender, pair.receiver, options) {
                Ok(()) => {
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
                    again |= error.kind() != ErrorKind::PermissionDenied;
                    if self.failed.insert(*pair) {
                        complain(&explained(control, error));
                    }
                }
            }
        }
        again
    }

    fn disconnect(&mut self, control: &ClientControl, world: &World, pair: Pair, why: &str) {
        match control.disconnect(pair.sender, pair.receiver) {
            Ok(()) => {
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

    /// Learns what others have done. Returns after which time there is more to learn.
    fn learn(&mut self, world: &World) -> Option<Duration> {
        let learned = self.learned.as_mut()?;
        let now = Instant::now();
        let mut is_news = false;
        self.by_hand.retain(|(pair, done, due)| {
            if *due > now {
                return true;
            }
            let is_there = world.is_connected(*pair);
            let are_music = world.is_music(pair.sender) && world.is_music(pair.receiver);
            is_news |= match done {
                Done::Connected if is_there && are_music => {
                    learned.connected(&self.base, world, *pair)
                }
                Done::Disconnected if !is_there && are_music => {
                    learned.disconnected(&self.base, world, *pair)
                }
                // Something else was done since.
                _ => false,
            };
            false
        });
        let next = self.by_hand.iter().map(|(.., due)| *due - now).min();
        if is_news {
            self.rules = self.base.with(&learned.rules);
            if let Err(error) = learned.write() {
                complain(&format_args!("{}: {error}", learned.path().display()));
            }
        }
        next
    }

    fn say(&self, message: &dyn std::fmt::Display) {
        if !self.is_quiet {
            complain(message);
        }
    }
}

impl World {
    /// Whether others may connect the port, and it is none of the kernel's own.
    fn is_music(&self, port: Address) -> bool {
        port.client != ClientId::SYSTEM && self.find(port).is_some()
    }
}
