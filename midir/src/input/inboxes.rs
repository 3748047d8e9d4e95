//! The events that were read for each connection, and the choice of the next reader.
//!
//! Every connection has its own thread, because a slow callback must not delay other connections.
//! But all connections of a client have one input. So the threads read in turns. One of them owns
//! the input and waits for the kernel, and the others wait for this thread. It puts the events of
//! other connections into their inboxes. Before it calls its own callback, it passes the input to
//! another thread. So in a program with a single connection, no switch of threads occurs between
//! the kernel and the callback, and no thread wakes up while nothing arrives.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar};

use alsa_seq::{Event, EventInput};

/// An item for a connection.
pub(super) enum Item {
    Event(Event<'static>),
    /// Events were lost at this point.
    Gap,
}

/// The limit of a connection's unread items in the process. Beyond the limit, all of them are lost,
/// as in the kernel when it has no room.
const MOST_BYTES: usize = 4 << 20;

/// The connections of a client.
pub(super) struct Inboxes {
    /// `None` while a thread reads from it.
    pub(super) input: Option<EventInput>,
    /// By the numbers of their ports.
    all: BTreeMap<u8, Inbox>,
}

/// The state of a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It receives.
    Open,
    /// Its port was deleted. The kernel may still have events that have arrived before.
    Closing,
    /// The same, and the reader checks whether the kernel has such events.
    Checking,
    /// The inbox contains all remaining items.
    Done,
}

struct Inbox {
    phase: Phase,
    items: VecDeque<Item>,
    bytes: usize,
    /// No thread will read the items.
    discard: bool,
    /// Its thread has ended before its port was deleted.
    abandoned: bool,
    /// Whether its thread waits, for an item or for the input.
    waits: bool,
    wake: Arc<Condvar>,
}

/// The next action of a connection's thread.
pub(super) enum Next {
    Item(Item),
    /// Reads the available events. If no connection is closing, waits for one.
    Read {
        input: EventInput,
        wait: bool,
    },
    Wait(Arc<Condvar>),
    /// The connection has ended.
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
        // The kernel gives 253 only to programs that request no number.
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

    /// Returns the next action of this connection's thread.
    pub(super) fn next(&mut self, number: u8) -> Next {
        let Some(inbox) = self.all.get_mut(&number) else {
            return Next::End;
        };
        inbox.waits = false;
        if let Some(item) = inbox.take() {
            // This thread may have been chosen to read, so it must pass that on.
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

    /// Begins to check for remaining events of closing connections. Returns whether there are any
    /// such connections.
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

    /// The kernel has no more events for connections that were closing when the check began.
    pub(super) fn end_check(&mut self) {
        for inbox in self.all.values_mut() {
            if inbox.phase == Phase::Checking {
                inbox.phase = Phase::Done;
                inbox.wake.notify_all();
            }
        }
    }

    /// Closes a connection whose port was deleted.
    pub(super) fn close(&mut self, number: u8, discard: bool) {
        if let Some(inbox) = self.all.get_mut(&number) {
            if inbox.phase == Phase::Open {
                inbox.phase = Phase::Closing;
            }
            inbox.discard |= discard;
            inbox.wake.notify_all();
        }
    }

    /// Removes a connection. Its port was deleted, and no events for it are left.
    pub(super) fn leave(&mut self, number: u8) {
        self.all.remove(&number);
        self.pass_on();
    }

    /// No thread reads the items of a connection. It keeps its number, because its port still
    /// exists.
    pub(super) fn abandon(&mut self, number: u8) {
        if let Some(inbox) = self.all.get_mut(&number) {
            inbox.discard = true;
            inbox.abandoned = true;
        }
        self.pass_on();
    }

    /// Returns whether the thread of this connection has ended before its port was deleted.
    pub(super) fn is_abandoned(&self, number: u8) -> bool {
        self.all.get(&number).is_some_and(|inbox| inbox.abandoned)
    }

    /// Returns whether the callback itself has ended this connection, so only its thread can
    /// release its number.
    pub(super) fn is_left_to_its_thread(&self, number: u8) -> bool {
        let discards = |inbox: &Inbox| inbox.discard && !inbox.abandoned;
        self.all.get(&number).is_some_and(discards)
    }

    /// Returns whether the event belongs to this connection and is useful for it.
    pub(super) fn is_for(&self, number: u8, event: &Event<'_>) -> bool {
        event.dest().port.number() == number
            && self.all.get(&number).is_some_and(|inbox| !inbox.discard)
    }

    /// Puts an event into the inbox of its connection.
    pub(super) fn deliver(&mut self, event: Event<'static>) {
        if let Some(inbox) = self.all.get_mut(&event.dest().port.number()) {
            inbox.put(Item::Event(event));
        }
    }

    /// Events were lost. It is not known to which connections they belong.
    pub(super) fn gap(&mut self) {
        for inbox in self.all.values_mut() {
            inbox.put(Item::Gap);
        }
    }

    /// Wakes a waiting thread to make it read, if no thread is reading.
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
