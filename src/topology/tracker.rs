//! [`TopologyTracker`], which follows the graph with an existing client.

use std::fmt;

use super::reconcile::announcement;
use super::upkeep::Upkeep;
use super::{Topology, TopologyChange};
use crate::address::Address;
use crate::control::{ClientControl, Direction};
use crate::error::{Error, Operation, Result};
use crate::event::{EventType, EventView};
use crate::port::{Port, PortCaps, PortOptions, PortType};

/// Follows the clients, ports and connections of the sequencer, with a client that also
/// receives other events.
///
/// It creates a port with the name "announcements", which receives the kernel's
/// announcements, and takes a snapshot. From then on, your program passes it each
/// received event, and it returns the changes. A
/// [`TopologyMonitor`](super::TopologyMonitor) does the same with a client of its own,
/// and waits.
///
/// ```no_run
/// use alsa_seq::{ErrorKind, SequencerClient, TopologyChange, TopologyTracker};
///
/// let mut client = SequencerClient::open("synth")?;
/// let mut tracker = TopologyTracker::new(&client)?;
/// for port in tracker.topology().ports() {
///     println!("{} {}", port.address(), port.name());
/// }
/// loop {
///     match client.event_input() {
///         Ok(event) if tracker.update(&event)? => {}
///         Ok(event) => println!("{:?}", event.data()),
///         Err(error) if error.kind() == ErrorKind::Overrun => tracker.overrun()?,
///         Err(error) => return Err(error),
///     }
///     while let Some(change) = tracker.next_change() {
///         if let TopologyChange::PortAdded(port) = change {
///             println!("new: {} {}", port.address(), port.name());
///         }
///     }
/// }
/// # #[allow(unreachable_code)]
/// # Ok::<(), alsa_seq::Error>(())
/// ```
///
/// Your program must do two things:
///
/// - Pass every received event to [`update`](Self::update), in their order.
/// - Call [`overrun`](Self::overrun) when announcements may be lost: after receiving has
///   failed with [`Overrun`](crate::ErrorKind::Overrun), and after your program has
///   dropped events itself, by [`EventInput::drop_input`](crate::EventInput::drop_input)
///   or by a new size of the input pool ([`ClientControl::set_input_pool`]).
///
/// Then every change after the snapshot is reported exactly once.
///
/// Each announcement takes a cell of the client's input pool
/// ([`ClientOptions::input_pool`](crate::ClientOptions::input_pool)), and a large program
/// causes many when it starts or ends. The tracker itself causes two for each snapshot,
/// so a pool of one or two cells overflows again and again. If the client has an event
/// filter ([`ClientControl::set_event_filter`]), it must accept every announcement
/// ([`EventType::is_announcement`]). A group filter ([`ClientControl::set_group_filter`])
/// must accept events without a group.
///
/// The tracker's port gets the lowest free number. So create the tracker after ports with
/// important numbers, such as those of [`ClientControl::create_endpoint`].
///
/// The tracker's port and its connections are not in the graph, and not reported. The
/// client and its other ports are. Dropping the tracker deletes its port; announcements
/// that were waiting then still arrive.
///
/// # Reported changes
///
/// The graph contains the state of the kernel at the moment when an announcement is
/// handled, not the contents of the announcement. If an object was already removed at
/// that moment, the tracker never reports it. A connection that is undone and made again may not be reported
/// either. Changes of different clients may be reported in another order than they
/// happened, but each change can be applied after those before it.
///
/// Old kernels do not announce all changes; see
/// [`ClientChanged`](TopologyChange::ClientChanged) and
/// [`PortChanged`](TopologyChange::PortChanged). [`refresh`](Self::refresh) finds the
/// changes that they do not announce.
#[must_use = "its port is deleted when it is dropped"]
pub struct TopologyTracker {
    port: Port,
    control: ClientControl,
    upkeep: Upkeep,
}

impl TopologyTracker {
    /// Creates the port, connects it from [`Address::ANNOUNCE`], and takes a snapshot.
    ///
    /// Other programs cannot connect to the port, and do not list it.
    ///
    /// # Errors
    /// `InvalidInput` if the client was opened for output only, or if its filters block
    /// announcements; the errors of [`ClientControl::create_port`].
    pub fn new(control: &ClientControl) -> Result<Self> {
        if control.direction() == Direction::Output {
            return Err(Error::invalid(
                Operation::CreatePort,
                "the client was opened for output alone, and hears no announcements",
            ));
        }
        let info = control.info()?;
        let filter = info.event_filter();
        let mut announcements = EventType::ALL.iter().filter(|one| one.is_announcement());
        if !announcements.all(|one| filter.accepts(*one)) {
            return Err(Error::invalid(
                Operation::CreatePort,
                "the client's event filter keeps announcements away",
            ));
        }
        if info.midi_version().is_ump() && !info.group_filter().accepts_groupless() {
            return Err(Error::invalid(
                Operation::CreatePort,
                "the client's group filter keeps announcements away",
            ));
        }
        let port = control.create_port(
            PortOptions::new("announcements")
                .caps(PortCaps::WRITE | PortCaps::NO_EXPORT)
                .port_type(PortType::APPLICATION),
        )?;
        port.connect_from(Address::ANNOUNCE)?;
        Ok(Self {
            upkeep: Upkeep::new(port.address(), control)?,
            port,
            control: control.clone(),
        })
    }

    /// The graph after the last event that was passed to [`update`](Self::update).
    pub const fn topology(&self) -> &Topology {
        &self.upkeep.topology
    }

    /// The port that receives the announcements.
    pub const fn port(&self) -> Address {
        self.port.address()
    }

    /// Updates the graph if the event is an announcement. Returns whether the event was
    /// sent to the tracker's port. If so, your program can ignore it.
    ///
    /// [`next_change`](Self::next_change) returns the resulting changes.
    ///
    /// # Errors
    /// `Closed` if the client was closed; no other errors are known. After any error, the
    /// next call takes a new snapshot, so no change is lost.
    pub fn update<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<bool> {
        let event = event.into();
        if event.dest() != self.port() {
            return Ok(false);
        }
        // Any program can send events of these types to the port.
        if let Some(data) = announcement(event) {
            self.upkeep.update(&self.control, &data)?;
        }
        Ok(true)
    }

    /// Takes a new snapshot after events were lost.
    ///
    /// It reports [`Resynchronized`](TopologyChange::Resynchronized), and then the
    /// differences. The graph does not contain UMP endpoints and function blocks, so it
    /// reports all of them as possibly changed
    /// ([`EndpointChanged`](TopologyChange::EndpointChanged)).
    ///
    /// # Errors
    /// The errors of [`update`](Self::update).
    pub fn overrun(&mut self) -> Result<()> {
        self.upkeep.overrun(&self.control)
    }

    /// Takes a new snapshot, and reports the differences. Use this for changes that old
    /// kernels do not announce.
    ///
    /// # Errors
    /// The errors of [`update`](Self::update).
    pub fn refresh(&mut self) -> Result<()> {
        self.upkeep.refresh(&self.control)
    }

    /// Returns the next known change, if there is one. Makes no system call.
    ///
    /// One event may cause several changes.
    pub fn next_change(&mut self) -> Option<TopologyChange> {
        self.upkeep.next_change()
    }

    /// Takes a snapshot if one is due after an error. Returns whether it was due.
    pub(super) fn catch_up(&mut self) -> Result<bool> {
        let outdated = self.upkeep.is_outdated();
        if outdated {
            self.refresh()?;
        }
        Ok(outdated)
    }
}

impl fmt::Debug for TopologyTracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TopologyTracker")
            .field("port", &self.port())
            .field("topology", self.topology())
            .finish_non_exhaustive()
    }
}
