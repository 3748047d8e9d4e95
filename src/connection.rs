//! Connections between ports.

use std::collections::BTreeSet;

use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::flags::SubscribeFlags;
use alsa_seq_kernel_abi::info::{PortSubscribe, QuerySubs};
use alsa_seq_kernel_abi::ioctl::{Errno, SeqFd};

use crate::address::{Address, QueueId};
use crate::control::ClientControl;
use crate::error::{ErrorKind, Operation, Result, Subject, errno};

/// The clock that stamps events when they are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stamp {
    /// The ticks of this queue.
    Ticks(QueueId),
    /// The real time of this queue.
    RealTime(QueueId),
}

/// A connection between two ports, as the kernel describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "snd_seq_query_subscribe_t")]
#[non_exhaustive]
pub struct Connection {
    /// The sending port.
    pub sender: Address,
    /// The receiving port.
    pub receiver: Address,
    /// Whether the connection is exclusive: the sender has no other receiver, and the
    /// receiver no other sender.
    pub exclusive: bool,
    /// The clock that stamps the events, if any.
    pub stamp: Option<Stamp>,
}

impl Connection {
    /// A plain connection: shared, and without time stamps.
    pub const fn new(sender: Address, receiver: Address) -> Self {
        Self {
            sender,
            receiver,
            exclusive: false,
            stamp: None,
        }
    }

    pub(crate) fn of(sender: Address, receiver: Address, flags: SubscribeFlags, queue: u8) -> Self {
        let queue = QueueId::new(queue);
        let stamp = flags.contains(SubscribeFlags::TIMESTAMP).then(|| {
            if flags.contains(SubscribeFlags::TIME_REAL) {
                Stamp::RealTime(queue)
            } else {
                Stamp::Ticks(queue)
            }
        });
        Self {
            exclusive: flags.contains(SubscribeFlags::EXCLUSIVE),
            stamp,
            ..Self::new(sender, receiver)
        }
    }
}

/// Options for connecting two ports. The default is a plain connection: shared, and
/// without time stamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(alias = "snd_seq_port_subscribe_t")]
#[must_use = "it only describes a connection"]
pub struct ConnectOptions {
    exclusive: bool,
    stamp: Option<Stamp>,
}

impl ConnectOptions {
    /// A plain connection.
    pub const fn new() -> Self {
        Self {
            exclusive: false,
            stamp: None,
        }
    }

    /// Sets whether the connection is exclusive: no other port can then be connected from
    /// the sender or to the receiver. The default is false.
    #[doc(alias = "SNDRV_SEQ_PORT_SUBS_EXCLUSIVE")]
    pub const fn exclusive(mut self, yes: bool) -> Self {
        self.exclusive = yes;
        self
    }

    /// Stamps events with the queue's ticks when they are delivered. (The
    /// kernel does not check that the queue exists.)
    #[doc(alias = "SNDRV_SEQ_PORT_SUBS_TIMESTAMP")]
    pub fn stamp_ticks(mut self, queue: impl Into<QueueId>) -> Self {
        self.stamp = Some(Stamp::Ticks(queue.into()));
        self
    }

    /// Stamps events with the queue's real time when they are delivered. (The
    /// kernel does not check that the queue exists.)
    #[doc(alias = "SNDRV_SEQ_PORT_SUBS_TIME_REAL")]
    pub fn stamp_real_time(mut self, queue: impl Into<QueueId>) -> Self {
        self.stamp = Some(Stamp::RealTime(queue.into()));
        self
    }

    fn to_abi(self, sender: Address, receiver: Address) -> PortSubscribe {
        let mut raw = PortSubscribe::zeroed();
        raw.sender = sender.to_abi();
        raw.dest = receiver.to_abi();
        if self.exclusive {
            raw.flags |= SubscribeFlags::EXCLUSIVE;
        }
        match self.stamp {
            None => {}
            Some(Stamp::Ticks(queue)) => {
                raw.flags |= SubscribeFlags::TIMESTAMP;
                raw.queue = queue.number();
            }
            Some(Stamp::RealTime(queue)) => {
                raw.flags |= SubscribeFlags::TIMESTAMP | SubscribeFlags::TIME_REAL;
                raw.queue = queue.number();
            }
        }
        raw
    }
}

/// Connections.
impl ClientControl {
    /// Connects two ports of any clients. Then `receiver` gets the events that `sender`
    /// sends to its subscribers
    /// ([`Event::to_subscribers`](crate::Event::to_subscribers)).
    ///
    /// # Errors
    /// - `NotFound` if a port does not exist (EINVAL);
    /// - `PermissionDenied` if a port does not allow it (EPERM); a client's own ports
    ///   always allow it to the client itself;
    /// - `Busy` if the ports are already connected, or one of them has an exclusive
    ///   connection (EBUSY), or another program has opened the device behind a hardware
    ///   port (EAGAIN). [`connection`](Self::connection) tells whether the ports are
    ///   connected.
    #[doc(alias = "snd_seq_subscribe_port")]
    pub fn connect(
        &self,
        sender: impl Into<Address>,
        receiver: impl Into<Address>,
        options: ConnectOptions,
    ) -> Result<()> {
        self.change(
            Operation::Connect,
            SeqFd::subscribe_port,
            sender.into(),
            receiver.into(),
            options,
        )
    }

    /// Removes all connections from `sender` to `receiver`. (The kernel allows several
    /// connections between the same two ports, with different time stamps. Each of them
    /// delivers every event.)
    ///
    /// # Errors
    /// - `NotFound` if the ports are not connected (ENOENT), or one does not exist
    ///   (ENXIO);
    /// - `PermissionDenied` if a port does not allow it (EPERM).
    #[doc(alias = "snd_seq_unsubscribe_port")]
    pub fn disconnect(
        &self,
        sender: impl Into<Address>,
        receiver: impl Into<Address>,
    ) -> Result<()> {
        let (sender, receiver) = (sender.into(), receiver.into());
        let plain = ConnectOptions::new();
        let call = SeqFd::unsubscribe_port;
        self.change(Operation::Disconnect, call, sender, receiver, plain)?;
        loop {
            match self.change(Operation::Disconnect, call, sender, receiver, plain) {
                Ok(()) => {}
                // No connection is left, or another client has just deleted a port.
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns the connection of two ports. If they have several, this is one of them.
    ///
    /// # Errors
    /// `NotFound` if the ports are not connected (ENOENT), or the sender does not exist
    /// (EINVAL).
    #[doc(alias = "snd_seq_get_port_subscription")]
    pub fn connection(
        &self,
        sender: impl Into<Address>,
        receiver: impl Into<Address>,
    ) -> Result<Connection> {
        let (sender, receiver) = (sender.into(), receiver.into());
        let mut raw = ConnectOptions::new().to_abi(sender, receiver);
        self.client(Operation::Connection)?
            .fd()
            .get_subscription(&mut raw)
            .map_err(errno(Operation::Connection))
            .map_err(|error| error.about(Subject::Connection { sender, receiver }))?;
        Ok(Connection::of(sender, receiver, raw.flags, raw.queue))
    }

    /// The connections on which `port` sends. The list contains every connection that
    /// exists during the whole call, even if others are added or removed.
    ///
    /// # Errors
    /// `NotFound` if the port does not exist (ENXIO).
    #[doc(alias = "SND_SEQ_QUERY_SUBS_READ")]
    #[doc(alias = "snd_seq_query_port_subscribers")]
    pub fn connections_from(&self, port: impl Into<Address>) -> Result<Vec<Connection>> {
        self.list_of(port.into(), consts::QUERY_SUBS_READ)
    }

    /// The connections on which `port` receives. The list contains every connection that
    /// exists during the whole call, even if others are added or removed.
    ///
    /// # Errors
    /// `NotFound` if the port does not exist (ENXIO).
    #[doc(alias = "SND_SEQ_QUERY_SUBS_WRITE")]
    #[doc(alias = "snd_seq_query_port_subscribers")]
    pub fn connections_to(&self, port: impl Into<Address>) -> Result<Vec<Connection>> {
        self.list_of(port.into(), consts::QUERY_SUBS_WRITE)
    }

    /// Reads the connection at this place, counted from 0, of the kernel's list of the
    /// connections on which `port` receives. Returns `None` if the list is shorter.
    pub(crate) fn connection_to_at(
        &self,
        port: Address,
        index: usize,
    ) -> Result<Option<Connection>> {
        // The kernel cannot have so many.
        let Ok(index) = i32::try_from(index) else {
            return Ok(None);
        };
        let raw = self.entry(port, consts::QUERY_SUBS_WRITE, index)?;
        let sender = |raw: QuerySubs| {
            let sender = Address::from(raw.addr);
            Connection::of(sender, port, raw.flags, raw.queue)
        };
        Ok(raw.map(sender))
    }

    /// Reads one of a port's two lists of connections.
    ///
    /// An entry's index is its position in the kernel's list. If a connection is removed
    /// during the reading, the indices of the following entries decrease. Reading upwards
    /// would then miss an entry. Reading downwards does not, but may read an entry twice.
    /// New entries are added at the end, and move no others.
    fn list_of(&self, port: Address, side: i32) -> Result<Vec<Connection>> {
        let Some(first) = self.entry(port, side, 0)? else {
            return Ok(Vec::new());
        };
        let mut raws = Vec::new();
        if first.num_subs > 1 {
            for index in (0..first.num_subs).rev() {
                raws.extend(self.entry(port, side, index)?);
            }
        } else {
            raws.push(first);
        }
        // Skips entries that were read twice.
        let mut seen = BTreeSet::new();
        let connections = raws.iter().rev().map(|raw| {
            let other = Address::from(raw.addr);
            let (sender, receiver) = if side == consts::QUERY_SUBS_READ {
                (port, other)
            } else {
                (other, port)
            };
            Connection::of(sender, receiver, raw.flags, raw.queue)
        });
        Ok(connections
            .filter(|connection| seen.insert(*connection))
            .collect())
    }

    /// Reads one entry of a list, if the list is long enough.
    fn entry(&self, port: Address, side: i32, index: i32) -> Result<Option<QuerySubs>> {
        let mut raw = QuerySubs::zeroed();
        raw.root = port.to_abi();
        raw.query_type = side;
        raw.index = index;
        match self
            .client(Operation::Connections)?
            .fd()
            .query_subs(&mut raw)
        {
            Ok(()) => Ok(Some(raw)),
            // (ENXIO would mean that the port does not exist.)
            Err(Errno::ENOENT) => Ok(None),
            Err(error) => Err(errno(Operation::Connections)(error).about(Subject::Port(port))),
        }
    }

    fn change(
        &self,
        operation: Operation,
        call: impl Fn(&SeqFd, &PortSubscribe) -> Result<(), Errno>,
        sender: Address,
        receiver: Address,
        options: ConnectOptions,
    ) -> Result<()> {
        call(
            self.client(operation)?.fd(),
            &options.to_abi(sender, receiver),
        )
        .map_err(errno(operation))
        .map_err(|error| error.about(Subject::Connection { sender, receiver }))
    }
}
