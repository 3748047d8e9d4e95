//! What a queue is to be, and what the kernel tells of it.

use std::borrow::Cow;
use std::fmt;

use alsa_seq_kernel_abi::info as abi;

use crate::address::{ClientId, QueueId};
use crate::time::RealTime;

/// A queue to be made: its name, if it is to have one. A name alone stands for
/// it: `client.create_queue("song")`.
///
/// The queue is locked: only this client controls it. Others may schedule
/// events on it all the same.
#[derive(Clone, Debug, Default)]
#[must_use = "it only describes a queue"]
pub struct QueueOptions {
    pub(super) name: String,
    pub(super) unlocked: bool,
}

impl QueueOptions {
    /// A queue that the kernel gives a name.
    pub fn new() -> Self {
        Self::default()
    }

    /// Its name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Whether to lock it. It is locked, unless told otherwise. Other clients can
    /// start, stop and set one that is not locked, and even take it over.
    #[doc(alias = "snd_seq_queue_info_set_locked")]
    pub fn locked(mut self, yes: bool) -> Self {
        self.unlocked = !yes;
        self
    }
}

impl From<&str> for QueueOptions {
    fn from(name: &str) -> Self {
        Self::new().name(name)
    }
}

impl From<String> for QueueOptions {
    fn from(name: String) -> Self {
        Self::new().name(name)
    }
}

/// A queue of any client, as the kernel describes it.
#[derive(Clone, PartialEq, Eq)]
#[doc(alias = "snd_seq_queue_info_t")]
pub struct QueueInfo(pub(super) abi::QueueInfo);

impl QueueInfo {
    /// The queue's number.
    pub fn id(&self) -> QueueId {
        // The kernel numbers queues from 0 to 31.
        QueueId::new(u8::try_from(self.0.queue).unwrap_or(u8::MAX))
    }

    /// The queue's name. Bytes that are not UTF-8 are replaced.
    pub fn name(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.0.name.as_bytes_until_nul())
    }

    /// The client that owns it.
    pub fn owner(&self) -> ClientId {
        ClientId::new(u8::try_from(self.0.owner).unwrap_or(u8::MAX))
    }

    /// Whether only the owner may control it.
    pub const fn is_locked(&self) -> bool {
        self.0.locked()
    }
}

impl fmt::Debug for QueueInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueInfo")
            .field("id", &self.id())
            .field("name", &self.name())
            .field("owner", &self.owner())
            .field("is_locked", &self.is_locked())
            .finish()
    }
}

/// What drives a queue: normally the high-resolution timer, at 1000 steps a second.
/// [`Queue::timer`](super::Queue::timer) gives the one to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "snd_seq_queue_timer_t")]
#[non_exhaustive]
pub struct QueueTimer {
    /// The kind of timer: 1 for those of the system, 2 for those of a card, 3
    /// for those of a PCM stream.
    pub class: i32,
    /// The card, or -1.
    pub card: i32,
    /// The number of the timer; of the system's, 0 is the jiffies timer and 3
    /// the high-resolution one.
    pub device: i32,
    /// The number within the device.
    pub subdevice: i32,
    /// Steps a second, 10 to 6250; 0 for 1000. Events leave a queue at its
    /// steps.
    pub resolution: u32,
}

/// Where a queue is.
#[derive(Clone, Copy, PartialEq, Eq)]
#[doc(alias = "snd_seq_queue_status_t")]
pub struct QueueStatus(pub(super) abi::QueueStatus);

impl QueueStatus {
    /// How many events wait in it.
    pub fn num_events(&self) -> usize {
        usize::try_from(self.0.events).unwrap_or(0)
    }

    /// Its position in ticks.
    pub const fn tick(&self) -> u32 {
        self.0.tick
    }

    /// Its position in real time.
    pub fn real_time(&self) -> RealTime {
        RealTime::from_wire(self.0.time.tv_sec.get(), self.0.time.tv_nsec.get())
    }

    /// Whether it runs.
    pub const fn is_running(&self) -> bool {
        self.0.running != 0
    }
}

impl fmt::Debug for QueueStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueStatus")
            .field("is_running", &self.is_running())
            .field("tick", &self.tick())
            .field("real_time", &self.real_time())
            .field("num_events", &self.num_events())
            .finish()
    }
}
