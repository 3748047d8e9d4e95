//! Following the graph.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use alsa_seq_kernel_abi::limits::MAX_POOL;

use super::reconcile::{Reconcile, Tense, announcement};
use super::{Topology, TopologyChange};
use crate::address::Address;
use crate::client::{ClientOptions, EventInput};
use crate::control::{ClientControl, Direction, client_accessors};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::event::{Event, EventType};
use crate::info::EventFilter;
use crate::interrupt::Interrupter;
use crate::port::{PortCaps, PortOptions, PortType};

/// Follows the clients, ports and connections of the sequencer as they come,
/// change and go: hot-plug.
///
/// It is a client of its own, that listens to the kernel's announcements. When
/// it is open it has a snapshot of all there is; from then on it yields what
/// changes. Nothing falls between the two, nothing is told twice, and if
/// announcements are lost because nobody reads them, it takes a new snapshot
/// and yields the differences.
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
/// The monitor's own client, its port, and the connection of that port are not
/// in the graph, and not among the changes. (Other monitors are.)
/// [`control`](TopologyMonitor::control) is for a closer look, and to connect
/// what was found.
///
/// # What is reported
///
/// The graph follows what the kernel has at the time when an announcement is
/// read, not what the announcement says. Something that is gone again by then
/// is never reported, and a connection that is undone and made again may not
/// be either. What happens to different clients may be told in another order
/// than it happened in; each change makes sense after those before it.
///
/// Old kernels do not tell of everything; see
/// [`ClientChanged`](TopologyChange::ClientChanged) and
/// [`PortChanged`](TopologyChange::PortChanged).
/// [`refresh`](TopologyMonitor::refresh) finds what they kept to themselves.
///
/// # Waiting elsewhere
///
/// With [`AsFd`](std::os::fd::AsFd) it fits into any poll loop. When the file is readable, call
/// [`try_next_change`](TopologyMonitor::try_next_change) until it gives
/// `None`: several changes may come of one announcement, and they are kept
/// here, where `poll` does not see them.
pub struct TopologyMonitor {
    pub(crate) input: EventInput,
    topology: Topology,
    changes: VecDeque<TopologyChange>,
    /// Announcements were lost, or an answer of the kernel's was.
    outdated: bool,
    /// Whether announcements were lost since the last snapshot.
    lost: bool,
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
        let announcements: EventFilter = (EventType::CLIENT_START.number()
            ..=EventType::UMP_BLOCK_CHANGE.number())
            .map(EventType::new)
            .collect();
        client.set_event_filter(announcements)?;
        // A port that nobody else can connect to, and that others need not
        // show.
        let port = client.create_port(
            PortOptions::new("announcements")
                .caps(PortCaps::WRITE | PortCaps::NO_EXPORT)
                .port_type(PortType::APPLICATION),
        )?;
        port.connect_from(Address::ANNOUNCE)?;
        port.keep();

        let (_, input) = client.split();
        let mut monitor = Self {
            topology: Topology {
                hidden: Some(input.id()),
                ..Topology::default()
            },
            input,
            changes: VecDeque::new(),
            outdated: true,
            lost: false,
        };
        while monitor.outdated {
            monitor.resync()?;
        }
        monitor.changes.clear();
        Ok(monitor)
    }

    /// The graph, as new as the last change, or newer by the changes that are
    /// still to be taken.
    pub const fn topology(&self) -> &Topology {
        &self.topology
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
            if let Some(change) = self.changes.pop_front() {
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
        self.outdated = true;
        self.resync()
    }

    fn next(&mut self, deadline: Option<Instant>) -> Result<TopologyChange> {
        loop {
            if let Some(change) = self.changes.pop_front() {
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

    /// Deals with one announcement. Returns whether there was one in time.
    fn step(&mut self, timeout: Duration) -> Result<bool> {
        if self.outdated {
            self.resync()?;
            return Ok(true);
        }
        match self.input.event_input_timeout(timeout) {
            Ok(event) => self.apply(&event, Tense::Present)?,
            Err(error) if error.kind() == ErrorKind::Overrun => {
                (self.outdated, self.lost) = (true, true);
            }
            Err(error) if error.kind() == ErrorKind::TimedOut => return Ok(false),
            Err(error) => return Err(error),
        }
        Ok(true)
    }

    fn apply(&mut self, event: &Event<'_>, tense: Tense) -> Result<()> {
        let Some(data) = announcement(event.as_view()) else {
            return Ok(());
        };
        let mut changes = Vec::new();
        let control: &ClientControl = &self.input.control;
        let result = Reconcile::new(&mut self.topology, control, &mut changes).apply(&data, tense);
        self.changes.extend(changes);
        self.outdated |= result.is_err();
        result
    }

    /// Takes a snapshot, and looks again at what was announced meanwhile.
    fn resync(&mut self) -> Result<()> {
        let control: &ClientControl = &self.input.control;
        self.changes.extend(self.topology.refresh(control)?);
        self.outdated = false;
        if std::mem::take(&mut self.lost) {
            // The graph has nothing of endpoints that could be compared.
            let clients = self.topology.clients();
            let ump = clients.filter(|client| client.midi_version().is_ump());
            let endpoints = ump.map(|client| TopologyChange::UmpEndpointChanged(client.id()));
            self.changes.extend(endpoints);
        }
        // All that was there when the snapshot was done: what the kernel holds,
        // and what was read from it in one go before.
        let mut late = Vec::new();
        while late.len() < 3 * MAX_POOL {
            match self.input.try_event_input() {
                Ok(Some(event)) => late.push(event),
                Ok(None) => break,
                Err(error) if error.kind() == ErrorKind::Overrun => {
                    (self.outdated, self.lost) = (true, true);
                    break;
                }
                Err(error) => {
                    self.outdated = true;
                    return Err(error);
                }
            }
        }
        for event in late {
            self.apply(&event, Tense::Past)?;
        }
        Ok(())
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
