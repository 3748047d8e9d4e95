//! Following the graph.

use std::time::{Duration, Instant};

use alsa_seq_kernel_abi::limits::MAX_POOL;

use super::{Topology, TopologyChange, TopologyTracker};
use crate::client::{ClientOptions, EventInput};
use crate::control::{Direction, client_accessors};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::event::EventType;
use crate::info::EventFilter;
use crate::interrupt::Interrupter;

/// Follows the clients, ports and connections of the sequencer as they come,
/// change and go: hot-plug.
///
/// It is a client of its own, that listens to the kernel's announcements. When
/// it is open it has a snapshot of all there is; from then on it yields what
/// changes. Nothing falls between the two, nothing is told twice, and if
/// announcements are lost because nobody reads them, it takes a new snapshot
/// and yields [`TopologyChange::Resynchronized`] and the differences.
///
/// ```no_run
/// use alsa_seq::{TopologyChange, TopologyMonitor};
///
/// let mut monitor = TopologyMonitor::open("watch")?;
/// for port in monitor.topology().ports() {
///     println!("{} {}", port.address(), port.name());
/// }
/// for change in monitor.changes() {
///     match change? {
///         TopologyChange::PortAdded(port) => println!("+ {} {}", port.address(), port.name()),
///         TopologyChange::PortRemoved(port) => println!("- {} {}", port.address(), port.name()),
///         _ => {}
///     }
/// }
/// # Ok::<(), alsa_seq::Error>(())
/// ```
///
/// The port at which the monitor listens, and its connection, are not in the graph, and
/// not among the changes. Its client is, and so are other monitors.
/// [`control`](TopologyMonitor::control) is for a closer look, and to connect
/// what was found. A new size of the monitor's input pool, or another filter, would lose
/// announcements without a word.
///
/// What is reported, and what is not, is told at [`TopologyTracker`], which a monitor is
/// made of: a program that has a client already uses that.
///
/// # Waiting elsewhere
///
/// With [`AsFd`](std::os::fd::AsFd) it fits into any poll loop. When the file is readable, call
/// [`try_next_change`](TopologyMonitor::try_next_change) until it gives
/// `None`: several changes may come of one announcement, and they are kept
/// here, where `poll` does not see them.
pub struct TopologyMonitor {
    // Closed before the tracker deletes its port, which it then need not.
    pub(crate) input: EventInput,
    tracker: TopologyTracker,
}

client_accessors!(TopologyMonitor, input.control, with_id);

impl TopologyMonitor {
    /// Opens a client of this name, and takes a snapshot.
    ///
    /// # Errors
    /// As [`ClientOptions::open`].
    pub fn open(name: impl Into<String>) -> Result<Self> {
        Self::with_options(ClientOptions::new(name))
    }

    /// Opens a client, and takes a snapshot. The direction and the input pool
    /// are for the monitor to choose: it only receives, and has the largest
    /// pool that there is, of 2000 cells. An announcement takes one.
    ///
    /// # Errors
    /// As [`ClientOptions::open`].
    pub fn with_options(options: ClientOptions) -> Result<Self> {
        let client = options
            .direction(Direction::Input)
            .input_pool(MAX_POOL)
            .open()?;
        // The kernel refuses everything else that people send here, so that it
        // does not crowd out announcements.
        let types = EventType::ALL.iter().copied();
        let announcements: EventFilter = types.filter(|one| one.is_announcement()).collect();
        client.set_event_filter(announcements)?;
        let tracker = TopologyTracker::new(&client)?;
        let (_, input) = client.split();
        Ok(Self { input, tracker })
    }

    /// The graph, as new as the last change, or newer by the changes that are
    /// still to be taken.
    pub const fn topology(&self) -> &Topology {
        self.tracker.topology()
    }

    /// What ends a wait of this monitor from another thread or a signal
    /// handler. The first call makes it, the others return the same.
    ///
    /// # Errors
    /// If the process has no more file descriptors (EMFILE, ENFILE).
    pub fn interrupter(&mut self) -> Result<Interrupter> {
        self.input.interrupter()
    }

    /// Waits for a change.
    ///
    /// # Errors
    /// `Interrupted` if an [`Interrupter`] ended the wait; no others are known.
    /// After any other error, the next call takes a new snapshot, so that no change
    /// is lost.
    pub fn next_change(&mut self) -> Result<TopologyChange> {
        self.next(None)
    }

    /// Waits for a change, but not longer than `timeout`.
    ///
    /// # Errors
    /// As [`TopologyMonitor::next_change`], and `TimedOut`.
    pub fn next_change_timeout(&mut self, timeout: Duration) -> Result<TopologyChange> {
        // A time so far away that it does not fit is never.
        self.next(Instant::now().checked_add(timeout))
    }

    /// A change, if there is one.
    ///
    /// # Errors
    /// As [`TopologyMonitor::next_change`].
    pub fn try_next_change(&mut self) -> Result<Option<TopologyChange>> {
        loop {
            if let Some(change) = self.tracker.next_change() {
                return Ok(Some(change));
            }
            if !self.step(Duration::ZERO)? {
                return Ok(None);
            }
        }
    }

    /// The changes that come, without end. An error is the last item.
    pub fn changes(&mut self) -> TopologyChanges<'_> {
        TopologyChanges {
            monitor: self,
            failed: false,
        }
    }

    /// Takes a new snapshot, and yields what differs: to see what old kernels
    /// do not announce.
    ///
    /// # Errors
    /// As [`TopologyMonitor::next_change`].
    pub fn refresh(&mut self) -> Result<()> {
        self.tracker.refresh()
    }

    fn next(&mut self, deadline: Option<Instant>) -> Result<TopologyChange> {
        loop {
            if let Some(change) = self.tracker.next_change() {
                return Ok(change);
            }
            let left = deadline.map_or(Duration::MAX, |deadline| {
                deadline.saturating_duration_since(Instant::now())
            });
            if !self.step(left)? {
                return Err(Error::new(Operation::EventInput, ErrorKind::TimedOut));
            }
        }
    }

    /// Deals with one announcement, or takes a snapshot that is due. Returns whether
    /// there was one in time.
    fn step(&mut self, timeout: Duration) -> Result<bool> {
        if self.tracker.catch_up()? {
            return Ok(true);
        }
        match self.input.event_input_timeout(timeout) {
            Ok(event) => self.tracker.update(&event).map(|_| true),
            Err(error) if error.kind() == ErrorKind::Overrun => {
                self.tracker.overrun().map(|()| true)
            }
            Err(error) if error.kind() == ErrorKind::TimedOut => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// The changes that come; see [`TopologyMonitor::changes`].
#[derive(Debug)]
pub struct TopologyChanges<'m> {
    monitor: &'m mut TopologyMonitor,
    failed: bool,
}

impl Iterator for TopologyChanges<'_> {
    type Item = Result<TopologyChange>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let change = self.monitor.next_change();
        self.failed = change.is_err();
        Some(change)
    }
}
