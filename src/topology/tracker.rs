//! Following the graph with a client that does other things too.

use std::fmt;

use super::reconcile::announcement;
use super::upkeep::Upkeep;
use super::{Topology, TopologyChange};
use crate::address::Address;
use crate::control::{ClientControl, Direction};
use crate::error::{Error, Operation, Result};
use crate::event::{EventType, EventView};
use crate::port::{Port, PortCaps, PortOptions, PortType};

/// Follows the clients, ports and connections of the sequencer, by announcements that
/// come among the other events of a client.
///
/// It makes a port, named "announcements", that the kernel sends its announcements to,
/// and takes a snapshot. From then on, it is given the events that the program receives,
/// and yields what changes. A [`TopologyMonitor`](super::TopologyMonitor) does the same
/// with a client of its own, and waits.
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
/// Two things are for the program to do:
///
/// - It gives [`update`](Self::update) every event that it receives, in their order.
/// - It calls [`overrun`](Self::overrun) when announcements may be lost: when receiving
///   has failed with [`Overrun`](crate::ErrorKind::Overrun), and after the program has
///   dropped events itself, by
///   [`EventInput::drop_input`](crate::EventInput::drop_input) or by a new size of the
///   input pool ([`ClientControl::set_input_pool`]).
///
/// Then nothing falls between the snapshot and what follows, and nothing is told twice.
///
/// Each announcement takes a cell of the client's input pool
/// ([`ClientOptions::input_pool`](crate::ClientOptions::input_pool)), and there are many
/// when a large program starts or ends. The tracker itself causes two for each snapshot, so
/// a pool of one or two cells overflows again and again. If the client has an event filter
/// ([`ClientControl::set_event_filter`]), it must let every announcement pass
/// ([`EventType::is_announcement`]); a group filter ([`ClientControl::set_group_filter`])
/// must let events without a group pass.
///
/// The tracker's port takes the lowest number that is free. So make it after the ports
/// whose numbers matter, such as those of [`ClientControl::create_endpoint`].
///
/// The tracker's port and its connections are not in the graph, and not among the
/// changes. The client and its other ports are. When the tracker is dropped, its port is
/// deleted; announcements that were waiting then still arrive.
///
/// # What is reported
///
/// The graph follows what the kernel has at the time when an announcement is looked at,
/// not what the announcement says. Something that is gone again by then
/// is never reported, and a connection that is undone and made again may not
/// be either. What happens to different clients may be told in another order
/// than it happened in; each change makes sense after those before it.
///
/// Old kernels do not tell of everything; see
/// [`ClientChanged`](TopologyChange::ClientChanged) and
/// [`PortChanged`](TopologyChange::PortChanged).
/// [`refresh`](Self::refresh) finds what they kept to themselves.
#[must_use = "its port is deleted when it is dropped"]
pub struct TopologyTracker {
    port: Port,
    control: ClientControl,
    upkeep: Upkeep,
}

impl TopologyTracker {
    /// Makes the port, connects it from [`Address::ANNOUNCE`], and takes a snapshot.
    ///
    /// Nobody else can connect to the port, and programs do not list it.
    ///
    /// # Errors
    /// `InvalidInput` if the client was opened for output alone, or if its filters keep
    /// announcements away; as [`ClientControl::create_port`].
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

    /// The graph, as new as the last event that [`update`](Self::update) was given.
    pub const fn topology(&self) -> &Topology {
        &self.upkeep.topology
    }

    /// The port that the announcements come to.
    pub const fn port(&self) -> Address {
        self.port.address()
    }

    /// Brings the graph up to date with an event, if it is an announcement. Returns
    /// whether it came to the tracker's port: the program need not look at it then.
    ///
    /// The changes that it brings come from [`next_change`](Self::next_change).
    ///
    /// # Errors
    /// `Closed` if the client is; no others are known. After any error, the next call
    /// takes a new snapshot, so that no change is lost.
    pub fn update<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<bool> {
        let event = event.into();
        if event.dest() != self.port() {
            return Ok(false);
        }
        // Anybody can send to the port what looks like an announcement.
        if let Some(data) = announcement(event) {
            self.upkeep.update(&self.control, &data)?;
        }
        Ok(true)
    }

    /// Takes a new snapshot after events were lost.
    ///
    /// It reports [`Resynchronized`](TopologyChange::Resynchronized), and then the
    /// differences. Of UMP endpoints and function blocks, which it does not
    /// know, it tells that they may have changed
    /// ([`EndpointChanged`](TopologyChange::EndpointChanged)).
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn overrun(&mut self) -> Result<()> {
        self.upkeep.overrun(&self.control)
    }

    /// Takes a new snapshot, and finds what differs: to see what old kernels do not
    /// announce.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn refresh(&mut self) -> Result<()> {
        self.upkeep.refresh(&self.control)
    }

    /// The next change of those that were found, if there is one. It asks nobody.
    ///
    /// Several changes may come of one event.
    pub fn next_change(&mut self) -> Option<TopologyChange> {
        self.upkeep.next_change()
    }

    /// Takes the snapshot that is due after an error. Returns whether one was.
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
