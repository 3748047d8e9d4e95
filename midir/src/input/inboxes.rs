//! What has been read for each connection, and who reads next.
//!
//! Every connection has a thread of its own, because a callback may take its time and
//! must not hold up the others. But all connections of a client have one input. So the
//! threads take turns in reading it: one of them has the input and waits for the kernel,
//! the others wait for that one. It puts what belongs to others into their inboxes. Before
//! it calls its own callback it leaves the input to another. So a program with a single
//! connection has no switch of threads between the kernel and the callback, and nobody
//! wakes up while nothing arrives.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar};

use alsa_seq::{Event, EventInput};

/// What a connection gets.
pub(super) enum Item {
    Event(Event<'static>),
    /// Events were lost here.
    Gap,
}

/// As much as one connection may leave unread in the process. Then all of it is lost, as
/// it is in the kernel, when there is no room.
const MOST_BYTES: usize = 4 << 20;

/// The connections of a client.
pub(super) struct Inboxes {
    /// `None` while a thread reads from it.
    pub(super) input: Option<EventInput>,
    /// By the numbers of their ports.
    all: BTreeMap<u8, Inbox>,
}

/// How far a connection is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It receives.
    Open,
    /// Its port is gone. What has arrived before may still be in the kernel.
    Closing,
    /// The same, and the reader looks whether anything is left in the kernel.
    Checking,
    /// What is in the inbox is the rest.
    Done,
}

struct Inbox {
    phase: Phase,
    items: VecDeque<Item>,
    bytes: usize,
    /// Nobody will take what arrives.
    discard: bool,
    /// Its thread has ended before its port.
    abandoned: bool,
    /// Whether its thread waits, for an item or for the input.
    waits: bool,
    wake: Arc<Condvar>,
}

/// What a connection's thread does next.
pub(super) enum Next {
    Item(Item),
    /// Reads what is there, or waits for something if nobody is closing.
    Read {
        input: EventInput,
        wait: bool,
    },
    Wait(Arc<Condvar>),
    /// The connection is over.
    End,
}

impl Inboxes {
    pub(super) fn new(input: EventInput) -> Self {
        Self {
            input: Some(input),
            all: BTreeMap::new(),
        }
    }

    /// Takes the lowest free port number, if there is one.
    pub(super) fn take_number(&mut self) -> Option<u8> {
        // The kernel gives 253 only to those who name no number.
        let number = (0..=252).find(|number| !self.all.contains_key(number))?;
        let inbox = Inbox {
            phase: Phase::Open,
            items: VecDeque::new(),
            bytes: 0,
            discard: false,
            abandoned: false,
            waits: false,
            wake: Arc::new(Condvar::new()),
        };
        self.all.insert(number, inbox);
        Some(number)
    }

    /// What the thread of this connection does next.
    pub(super) fn next(&mut self, number: u8) -> Next {
        let Some(inbox) = self.all.get_mut(&number) else {
            return Next::End;
        };
        inbox.waits = false;
        if let Some(item) = inbox.take() {
            // The input may be free because this thread was to read.
            self.pass_on();
            return Next::Item(item);
        }
        if inbox.phase == Phase::Done {
            return Next::End;
        }
        match self.input.take() {
            Some(input) => Next::Read {
                input,
                wait: !self.begin_check(),
            },
            None => {
                inbox.waits = true;
                Next::Wait(Arc::clone(&inbox.wake))
            }
        }
    }

    /// Begins to look what is left for connections that close. Returns whether there are
    /// any.
    fn begin_check(&mut self) -> bool {
        let mut any = false;
        for inbox in self.all.values_mut() {
            if matches!(inbox.phase, Phase::Closing | Phase::Checking) {
                inbox.phase = Phase::Checking;
                any = true;
            }
        }
        any
    }

    /// The kernel has nothing left for those who were closing when the reader looked.
    pub(super) fn end_check(&mut self) {
        for inbox in self.all.values_mut() {
            if inbox.phase == Phase::Checking {
                inbox.phase = Phase::Done;
                inbox.wake.notify_all();
            }
        }
    }

    /// Closes a connection whose port is gone.
    pub(super) fn close(&mut self, number: u8, discard: bool) {
        if let Some(inbox) = self.all.get_mut(&number) {
            if inbox.phase == Phase::Open {
                inbox.phase = Phase::Closing;
            }
            inbox.discard |= discard;
            inbox.wake.notify_all();
        }
    }

    /// Removes a connection. Its port is gone, and so is what has arrived for it.
    pub(super) fn leave(&mut self, number: u8) {
        self.all.remove(&number);
        self.pass_on();
    }

    /// Nobody takes what arrives for a connection. It keeps its number, for its port is
    /// still there.
    pub(super) fn abandon(&mut self, number: u8) {
        if let Some(inbox) = self.all.get_mut(&number) {
            inbox.discard = true;
            inbox.abandoned = true;
        }
        self.pass_on();
    }

    /// Whether the thread of this connection has ended before its port.
    pub(super) fn is_abandoned(&self, number: u8) -> bool {
        self.all.get(&number).is_some_and(|inbox| inbox.abandoned)
    }

    /// Whether the callback itself has ended this connection, so that its thread alone can
    /// give its number back.
    pub(super) fn is_left_to_its_thread(&self, number: u8) -> bool {
        let discards = |inbox: &Inbox| inbox.discard && !inbox.abandoned;
        self.all.get(&number).is_some_and(discards)
    }

    /// Whether the event belongs to this connection, which has a use for it.
    pub(super) fn is_for(&self, number: u8, event: &Event<'_>) -> bool {
        event.dest().port.number() == number
            && self.all.get(&number).is_some_and(|inbox| !inbox.discard)
    }

    /// Gives an event to the connection that it belongs to.
    pub(super) fn deliver(&mut self, event: Event<'static>) {
        if let Some(inbox) = self.all.get_mut(&event.dest().port.number()) {
            inbox.put(Item::Event(event));
        }
    }

    /// Events were lost; nobody knows whose.
    pub(super) fn gap(&mut self) {
        for inbox in self.all.values_mut() {
            inbox.put(Item::Gap);
        }
    }

    /// Wakes a thread that waits, so that it reads, if nobody does.
    pub(super) fn pass_on(&mut self) {
        if self.input.is_none() {
            return;
        }
        if let Some(next) = self.all.values_mut().find(|inbox| inbox.waits) {
            next.waits = false;
            next.wake.notify_all();
        }
    }
}

impl Inbox {
    fn put(&mut self, item: Item) {
        if self.discard {
            return;
        }
        self.bytes += item.size();
        self.items.push_back(item);
        if self.bytes > MOST_BYTES {
            self.items.clear();
            self.items.push_back(Item::Gap);
            self.bytes = Item::Gap.size();
        }
        if self.waits {
            self.waits = false;
            self.wake.notify_all();
        }
    }

    fn take(&mut self) -> Option<Item> {
        if self.discard {
            self.items.clear();
        }
        let item = self.items.pop_front()?;
        self.bytes -= item.size();
        Some(item)
    }
}

impl Item {
    fn size(&self) -> usize {
        let data = match self {
            Self::Event(event) => event.payload().len(),
            Self::Gap => 0,
        };
        size_of::<Self>() + data
    }
}
