//! Queues: the kernel's clocks, and the events that wait for them.

use std::sync::{Arc, Weak};

use alsa_seq_kernel_abi::info as abi;

use crate::address::QueueId;
use crate::client::{ClientControl, set_name};
use crate::error::{Error, ErrorKind, Operation, Result, Subject};
use crate::event::Event;
use crate::io::{errno, write_step};
use crate::time::{RealTime, Tempo};
use crate::wire::EventBatch;

/// A queue to be made: its name, if it is to have one. A name alone stands for
/// it: `client.create_queue("song")`.
///
/// The queue is locked: only this client controls it. Others may schedule
/// events on it all the same.
#[derive(Clone, Debug, Default)]
#[must_use = "it only describes a queue"]
pub struct QueueOptions {
    name: String,
    unlocked: bool,
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

    /// Lets other clients start, stop and set it, and even take it over.
    #[doc(alias = "snd_seq_queue_info_set_locked")]
    pub fn unlocked(mut self) -> Self {
        self.unlocked = true;
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

impl ClientControl {
    /// Makes a queue: stopped, at 120 beats per minute and 96 ticks per
    /// quarter.
    ///
    /// # Errors
    /// - `InvalidInput` if the name is too long;
    /// - `LimitReached` if all 32 queues are in use (ENOMEM).
    #[doc(alias = "snd_seq_alloc_queue")]
    #[doc(alias = "snd_seq_alloc_named_queue")]
    #[doc(alias = "snd_seq_create_queue")]
    pub fn create_queue(&self, options: impl Into<QueueOptions>) -> Result<Queue> {
        let options = options.into();
        let mut raw = abi::QueueInfo::zeroed();
        set_name(&mut raw.name, &options.name, Operation::CreateQueue)?;
        // Setting the lock later would reset the queue's tempo.
        raw.set_locked(!options.unlocked);
        self.fd()
            .create_queue(&mut raw)
            .map_err(errno(Operation::CreateQueue))?;
        let number = u8::try_from(raw.queue)
            .map_err(|_| Error::new(Operation::CreateQueue, ErrorKind::Other))?;
        Ok(Queue {
            control: self.downgrade(),
            id: QueueId::new(number),
            closed: false,
        })
    }
}

/// A queue that this client made.
///
/// It does not borrow the client, and may be used from any thread; when the
/// client is closed, its methods fail with
/// [`Closed`](ErrorKind::Closed). Dropping it deletes the queue, and every
/// event that waits in it, whoever sent it.
#[derive(Debug)]
#[must_use = "a queue is deleted when it is dropped"]
pub struct Queue {
    control: Weak<ClientControl>,
    id: QueueId,
    closed: bool,
}

impl Queue {
    /// The queue's number.
    pub const fn id(&self) -> QueueId {
        self.id
    }

    /// Sets tempo and ticks per quarter.
    ///
    /// # Errors
    /// `Busy` if the ticks per quarter would change while the queue runs
    /// (EBUSY).
    #[doc(alias = "snd_seq_set_queue_tempo")]
    pub fn set_tempo(&self, tempo: Tempo) -> Result<()> {
        let control = self.control(Operation::SetQueueTempo)?;
        // The rest of the record (skew, tempo base) stays as it is.
        let mut raw = self.raw_tempo(&control)?;
        raw.tempo = tempo.micros_per_quarter();
        raw.ppq = i32::try_from(tempo.ppq()).unwrap_or(i32::MAX);
        self.check(control.fd().set_queue_tempo(&raw), Operation::SetQueueTempo)
    }

    /// The queue's tempo.
    ///
    /// # Errors
    /// `Closed` if the client is.
    #[doc(alias = "snd_seq_get_queue_tempo")]
    pub fn tempo(&self) -> Result<Tempo> {
        let control = self.control(Operation::QueueTempo)?;
        let raw = self.raw_tempo(&control)?;
        let ppq = u32::try_from(raw.ppq).unwrap_or(0);
        Ok(Tempo::from_micros(raw.tempo)?.with_ppq(ppq)?)
    }

    fn raw_tempo(&self, control: &ClientControl) -> Result<abi::QueueTempo> {
        let mut raw = abi::QueueTempo::zeroed();
        raw.queue = i32::from(self.id.number());
        self.check(
            control.fd().get_queue_tempo(&mut raw),
            Operation::QueueTempo,
        )?;
        Ok(raw)
    }

    /// Where the queue is, and what waits in it.
    ///
    /// # Errors
    /// `Closed` if the client is.
    #[doc(alias = "snd_seq_get_queue_status")]
    pub fn status(&self) -> Result<QueueStatus> {
        let control = self.control(Operation::QueueStatus)?;
        let mut raw = abi::QueueStatus::zeroed();
        raw.queue = i32::from(self.id.number());
        self.check(
            control.fd().get_queue_status(&mut raw),
            Operation::QueueStatus,
        )?;
        Ok(QueueStatus(raw))
    }

    /// Starts the queue from the beginning, at once.
    ///
    /// The kernel first drops *every* event that waits in the queue. Schedule
    /// events after this call, or use [`Queue::continue_`], which keeps them
    /// and, on a queue that never ran, also starts from the beginning.
    ///
    /// # Errors
    /// `Other` if the queue does not run then, because the kernel could not
    /// open its timer.
    #[doc(alias = "snd_seq_start_queue")]
    pub fn start(&self) -> Result<()> {
        self.send(Event::queue_start(self.id))?;
        self.check_running()
    }

    /// Stops the queue, at once. Events stay in it.
    ///
    /// # Errors
    /// `Closed` if the client is.
    #[doc(alias = "snd_seq_stop_queue")]
    pub fn stop(&self) -> Result<()> {
        self.send(Event::queue_stop(self.id))
    }

    /// Lets the queue go on from where it is, at once.
    ///
    /// # Errors
    /// `Other` if the queue does not run then, because the kernel could not
    /// open its timer.
    #[doc(alias = "snd_seq_continue_queue")]
    pub fn continue_(&self) -> Result<()> {
        self.send(Event::queue_continue(self.id))?;
        self.check_running()
    }

    /// Deletes the queue, as dropping it does, but tells of errors.
    ///
    /// # Errors
    /// `Closed` if the client is; the queue is then gone already.
    #[doc(alias = "snd_seq_free_queue")]
    pub fn close(mut self) -> Result<()> {
        self.closed = true;
        self.delete()
    }

    fn delete(&self) -> Result<()> {
        let control = self.control(Operation::DeleteQueue)?;
        let mut raw = abi::QueueInfo::zeroed();
        raw.queue = i32::from(self.id.number());
        self.check(control.fd().delete_queue(&raw), Operation::DeleteQueue)
    }

    /// Sends an event to the timer port past all buffers.
    fn send(&self, event: Event<'_>) -> Result<()> {
        let control = self.control(Operation::EventOutput)?;
        let mut batch = EventBatch::new();
        batch.push(&event)?;
        // A direct event never waits.
        write_step(control.fd(), &mut batch, &mut 0).map(drop)
    }

    /// The kernel accepts a start without a timer, and nothing happens.
    fn check_running(&self) -> Result<()> {
        if self.status()?.is_running() {
            Ok(())
        } else {
            Err(Error::failed(
                Operation::EventOutput,
                "the queue does not run: the kernel could not open its timer",
            )
            .about(Subject::Queue(self.id)))
        }
    }

    fn check(
        &self,
        answer: Result<(), alsa_seq_kernel_abi::ioctl::Errno>,
        operation: Operation,
    ) -> Result<()> {
        answer
            .map_err(errno(operation))
            .map_err(|error| error.about(Subject::Queue(self.id)))
    }

    fn control(&self, operation: Operation) -> Result<Arc<ClientControl>> {
        self.control
            .upgrade()
            .ok_or_else(|| Error::new(operation, ErrorKind::Closed).about(Subject::Queue(self.id)))
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        if !self.closed {
            // It may be gone already, with its client.
            let _ = self.delete();
        }
    }
}

impl From<&Queue> for QueueId {
    fn from(queue: &Queue) -> Self {
        queue.id
    }
}

/// Where a queue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(alias = "snd_seq_queue_status_t")]
pub struct QueueStatus(abi::QueueStatus);

impl QueueStatus {
    /// How many events wait in it.
    pub fn events(&self) -> usize {
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
