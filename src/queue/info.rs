//! The options for queues, and the kernel's descriptions of them.

use std::borrow::Cow;
use std::fmt;

use alsa_seq_kernel_abi::info as abi;

use crate::address::{ClientId, QueueId};
use crate::time::RealTime;

/// The properties of a new queue. A name alone is enough: `client.create_queue("song")`.
///
/// By default, the queue is locked: only this client controls it. Other clients may still
/// schedule events on it.
#[derive(Clone, Debug, Default)]
#[must_use = "it only describes a queue"]
pub struct QueueOptions {
    pub(super) name: String,
    pub(super) unlocked: bool,
}

impl QueueOptions {
    /// The default options. The kernel chooses the name.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets whether the queue is locked. The default is true. Other clients can start,
    /// stop and set an unlocked queue, and even become its owner.
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

    /// Returns whether only the owner may control it.
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

/// The timer that drives a queue: by default the high-resolution timer, at 1000 steps a
/// second. To set another timer, change the value that
/// [`Queue::timer`](super::Queue::timer) returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "snd_seq_queue_timer_t")]
#[non_exhaustive]
pub struct QueueTimer {
    /// The class of the timer: 1 for timers of the system, 2 for those of a card, 3 for
    /// those of a PCM stream.
    pub class: i32,
    /// The card, or -1.
    pub card: i32,
    /// The number of the timer. In class 1, 0 is the jiffies timer and 3 the
    /// high-resolution timer.
    pub device: i32,
    /// The number within the device.
    pub subdevice: i32,
    /// Steps a second, 10 to 6250; 0 means 1000. The queue delivers events at its steps.
    pub resolution: u32,
}

/// The state of a queue.
#[derive(Clone, Copy, PartialEq, Eq)]
#[doc(alias = "snd_seq_queue_status_t")]
pub struct QueueStatus(pub(super) abi::QueueStatus);

impl QueueStatus {
    /// The number of events that wait in it.
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

    /// Returns whether it runs.
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
