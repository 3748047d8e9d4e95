//! [`TopologyMonitor`], which follows the graph with a client of its own.

use std::time::{Duration, Instant};

use alsa_seq_kernel_abi::limits::MAX_POOL;

use super::{Topology, TopologyChange, TopologyTracker};
use crate::client::{ClientOptions, EventInput};
use crate::control::{Direction, client_accessors};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::event::EventType;
use crate::info::EventFilter;
use crate::interrupt::Interrupter;

/// Follows the clients, ports and connections of the sequencer, and reports their changes
/// (hot-plug).
///
/// A monitor opens a client of its own, which receives the kernel's announcements. It
/// begins with a snapshot of all clients, ports and connections, and then returns each
/// change. It reports every change after the snapshot exactly once. If announcements are
/// lost because your program does not read them, it takes a new snapshot and returns
/// [`TopologyChange::Resynchronized`] and the differences.
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
/// The monitor's own port and its connection are not in the graph, and not reported. Its
/// client is in the graph, and so are other monitors. Use
/// [`control`](TopologyMonitor::control) to read more about an object, or to connect
/// ports. Do not change the size of the monitor's input pool or its filters: that would
/// lose announcements without notice.
///
/// [`TopologyTracker`] describes which changes are reported. A monitor is based on a
/// tracker. If your program already has a client, use a tracker.
///
/// # In a poll loop
///
/// A monitor implements [`AsFd`](std::os::fd::AsFd) for your own poll loop. When the file
/// is readable, call [`try_next_change`](TopologyMonitor::try_next_change) until it
/// returns `None`. One announcement may cause several changes. The monitor stores them,
/// and `poll` does not see them.
pub struct TopologyMonitor {
    // This field is dropped first and closes the client, so the tracker need not delete
    // its port.
    pub(crate) input: EventInput,
    tracker: TopologyTracker,
}

client_accessors!(TopologyMonitor, input.control, with_id);

impl TopologyMonitor {
    /// Opens a client of this name, and takes a snapshot.
    ///
    /// # Errors
    /// The errors of [`ClientOptions::open`].
    pub fn open(name: impl Into<String>) -> Result<Self> {
        Self::with_options(ClientOptions::new(name))
    }

    /// Opens a client, and takes a snapshot. The monitor sets the direction and the input
    /// pool itself: it only receives, and has the largest pool, of 2000 cells. An
    /// announcement takes one cell.
    ///
    /// # Errors
    /// The errors of [`ClientOptions::open`].
    pub fn with_options(options: ClientOptions) -> Result<Self> {
        let client = options
            .direction(Direction::Input)
            .input_pool(MAX_POOL)
            .open()?;
        // The kernel then refuses all other events for this client. So they take no room
        // from the announcements.
        let types = EventType::ALL.iter().copied();
        let announcements: EventFilter = types.filter(|one| one.is_announcement()).collect();
        client.set_event_filter(announcements)?;
        let tracker = TopologyTracker::new(&client)?;
        let (_, input) = client.split();
        Ok(Self { input, tracker })
    }

    /// The present graph. It already contains changes that were not returned yet.
    pub const fn topology(&self) -> &Topology {
        self.tracker.topology()
    }

    /// Returns an object that ends a wait of this monitor from another thread or a signal
    /// handler. The first call creates it; later calls return the same one.
    ///
    /// # Errors
    /// If the process has no more file descriptors (EMFILE, ENFILE).
    pub fn interrupter(&mut self) -> Result<Interrupter> {
        self.input.interrupter()
    }

    /// Waits for a change.
    ///
    /// # Errors
    /// `Interrupted` if an [`Interrupter`] ended the wait; no other errors are known.
    /// After any other error, the next call takes a new snapshot, so no change is lost.
    pub fn next_change(&mut self) -> Result<TopologyChange> {
        self.next(None)
    }

    /// Waits for a change, but not longer than `timeout`.
    ///
    /// # Errors
    /// The errors of [`TopologyMonitor::next_change`], and `TimedOut`.
    pub fn next_change_timeout(&mut self, timeout: Duration) -> Result<TopologyChange> {
        // A time-out that is too large for an `Instant` means no end.
        self.next(Instant::now().checked_add(timeout))
    }

    /// Returns the next change, or `None` if there is none. Never waits.
    ///
    /// # Errors
    /// The errors of [`TopologyMonitor::next_change`].
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

    /// An endless iterator of changes. An error is the last item.
    pub fn changes(&mut self) -> TopologyChanges<'_> {
        TopologyChanges {
            monitor: self,
            failed: false,
        }
    }

    /// Takes a new snapshot, and reports the differences. Use this for changes that old
    /// kernels do not announce.
    ///
    /// # Errors
    /// The errors of [`TopologyMonitor::next_change`].
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

    /// Handles one announcement, or takes a snapshot that is due. Returns false if none
    /// arrived before the time-out.
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

/// The iterator of [`TopologyMonitor::changes`].
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
