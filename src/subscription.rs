//! Connections between ports.

use alsa_seq_kernel_abi::flags::SubscribeFlags;
use alsa_seq_kernel_abi::info::PortSubscribe;
use alsa_seq_kernel_abi::ioctl::{self, SeqFd};

use crate::address::{Address, QueueId};
use crate::client::ClientControl;
use crate::error::{Operation, Result, Subject};
use crate::io::errno;

/// How two ports are to be connected. The default is a plain connection:
/// shared, and without time stamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(alias = "snd_seq_port_subscribe_t")]
#[must_use = "it only describes a subscription"]
pub struct SubscribeOptions {
    exclusive: bool,
    stamp: Option<(QueueId, bool)>,
}

impl SubscribeOptions {
    /// A plain connection.
    pub const fn new() -> Self {
        Self {
            exclusive: false,
            stamp: None,
        }
    }

    /// Keeps all others from connecting from the sender, and to the receiver.
    #[doc(alias = "SNDRV_SEQ_PORT_SUBS_EXCLUSIVE")]
    pub const fn exclusive(mut self) -> Self {
        self.exclusive = true;
        self
    }

    /// Stamps events with the queue's ticks when they are delivered. (The
    /// kernel does not check that the queue exists.)
    #[doc(alias = "SNDRV_SEQ_PORT_SUBS_TIMESTAMP")]
    pub const fn stamp_ticks(mut self, queue: QueueId) -> Self {
        self.stamp = Some((queue, false));
        self
    }

    /// Stamps events with the queue's real time when they are delivered. (The
    /// kernel does not check that the queue exists.)
    #[doc(alias = "SNDRV_SEQ_PORT_SUBS_TIME_REAL")]
    pub const fn stamp_real_time(mut self, queue: QueueId) -> Self {
        self.stamp = Some((queue, true));
        self
    }

    fn to_abi(self, sender: Address, dest: Address) -> PortSubscribe {
        let mut raw = PortSubscribe::zeroed();
        raw.sender = sender.to_abi();
        raw.dest = dest.to_abi();
        if self.exclusive {
            raw.flags |= SubscribeFlags::EXCLUSIVE;
        }
        if let Some((queue, real)) = self.stamp {
            raw.flags |= SubscribeFlags::TIMESTAMP;
            raw.queue = queue.number();
            if real {
                raw.flags |= SubscribeFlags::TIME_REAL;
            }
        }
        raw
    }
}

/// Connections.
impl ClientControl {
    /// Connects two ports, of any clients: what comes from `sender` for its
    /// subscribers goes to `dest` too.
    ///
    /// # Errors
    /// - `NotFound` if there is no such port (EINVAL);
    /// - `PermissionDenied` if one of them does not allow it (EPERM); a client
    ///   is free to connect its own side;
    /// - `Busy` if they are connected already, or one of them is taken
    ///   exclusively (EBUSY); a hardware port may also be in use otherwise.
    #[doc(alias = "snd_seq_subscribe_port")]
    pub fn subscribe(
        &self,
        sender: impl Into<Address>,
        dest: impl Into<Address>,
        options: SubscribeOptions,
    ) -> Result<()> {
        self.link(
            Operation::Subscribe,
            SeqFd::subscribe_port,
            sender.into(),
            dest.into(),
            options,
        )
    }

    /// Disconnects two ports, however they are connected.
    ///
    /// # Errors
    /// - `NotFound` if they are not connected (ENOENT), or one does not exist
    ///   (ENXIO);
    /// - `PermissionDenied` if one of them does not allow it (EPERM).
    #[doc(alias = "snd_seq_unsubscribe_port")]
    pub fn unsubscribe(&self, sender: impl Into<Address>, dest: impl Into<Address>) -> Result<()> {
        self.link(
            Operation::Unsubscribe,
            SeqFd::unsubscribe_port,
            sender.into(),
            dest.into(),
            SubscribeOptions::new(),
        )
    }

    fn link(
        &self,
        operation: Operation,
        call: impl Fn(&SeqFd, &PortSubscribe) -> Result<(), ioctl::Errno>,
        sender: Address,
        dest: Address,
        options: SubscribeOptions,
    ) -> Result<()> {
        call(self.fd(), &options.to_abi(sender, dest))
            .map_err(errno(operation))
            .map_err(|error| error.about(Subject::Connection { sender, dest }))
    }
}
