//! Queues: clocks in the kernel, with events that wait for their times.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use alsa_seq_kernel_abi::consts::protocol_version;
use alsa_seq_kernel_abi::event::Event as RawEvent;
use alsa_seq_kernel_abi::info as abi;
use alsa_seq_kernel_abi::ioctl::Errno;
use alsa_seq_kernel_abi::limits::{MAX_QUEUES, SKEW_BASE};

use crate::address::{Address, QueueId};
use crate::control::{ClientControl, Direction, OpenClient, set_name};
use crate::error::{Error, ErrorKind, Operation, Result, Subject, errno, if_found};
use crate::event::{Event, EventData};
use crate::time::{RealTime, Tempo};
use crate::value::check;
use crate::wire::encode;

mod clock;
mod info;

pub use clock::QueueClock;
pub use info::{QueueInfo, QueueOptions, QueueStatus, QueueTimer};

impl ClientControl {
    /// Creates a queue. It is stopped, at 120 beats per minute and 96 ticks per quarter
    /// note.
    ///
    /// # Errors
    /// - `InvalidInput` if the name is too long;
    /// - `LimitReached` if all 32 queues are in use; `OutOfMemory` if the kernel has no
    ///   memory (both ENOMEM). If it lacks memory only for the queue's timer, the kernel
    ///   does not report it; [`Queue::start`] and [`Queue::continue_`] then try again.
    #[doc(alias = "snd_seq_alloc_queue")]
    #[doc(alias = "snd_seq_alloc_named_queue")]
    #[doc(alias = "snd_seq_create_queue")]
    pub fn create_queue(&self, options: impl Into<QueueOptions>) -> Result<Queue> {
        let options = options.into();
        let mut raw = abi::QueueInfo::zeroed();
        set_name(&mut raw.name, &options.name, Operation::CreateQueue)?;
        // Setting the lock later would reset the queue's tempo.
        raw.set_locked(!options.unlocked);
        self.create_raw_queue(&mut raw)?;
        let number = u8::try_from(raw.queue)
            .map_err(|_| Error::new(Operation::CreateQueue, ErrorKind::Other))?;
        Ok(Queue {
            control: self.clone(),
            id: QueueId::new(number),
            owned: true,
        })
    }

    fn create_raw_queue(&self, raw: &mut abi::QueueInfo) -> Result<()> {
        let mut create = || {
            let created = self.client(Operation::CreateQueue)?.fd().create_queue(raw);
            created.map_err(errno(Operation::CreateQueue))
        };
        let all_in_use = || {
            let info = self.system_info();
            info.is_ok_and(|info| info.num_queues() >= info.max_queues())
        };
        match create() {
            Err(error) if error.kind() == ErrorKind::LimitReached && !all_in_use() => {
                // Another queue may have been deleted since the attempt.
                create().map_err(|error| match all_in_use() {
                    true => error,
                    false => error.with_kind(ErrorKind::OutOfMemory),
                })
            }
            result => result,
        }
    }

    /// Returns a handle to a queue of another client. With it, this client *uses* the
    /// queue: it may schedule events on it, and control it if it is not locked.
    ///
    /// # Errors
    /// `NotFound` if the queue does not exist (EINVAL).
    #[doc(alias = "snd_seq_set_queue_usage")]
    #[doc(alias = "get_queue")]
    pub fn queue(&self, id: impl Into<QueueId>) -> Result<Queue> {
        let id = id.into();
        let mut usage = abi::QueueClient::zeroed();
        usage.queue = i32::from(id.number());
        let about = |error: Error| error.about(Subject::Queue(id));
        usage.used = -1;
        self.client(Operation::QueueUsage)?
            .fd()
            .get_queue_client(&mut usage)
            .map_err(errno(Operation::QueueUsage))
            .map_err(about)?;
        // The kernel resets a queue if its only user declares the use a second time.
        if usage.used == 0 {
            usage.used = 1;
            self.client(Operation::SetQueueUsage)?
                .fd()
                .set_queue_client(&mut usage)
                .map_err(errno(Operation::SetQueueUsage))
                .map_err(about)?;
        }
        Ok(Queue {
            control: self.clone(),
            id,
            owned: false,
        })
    }

    /// Finds a queue by its name.
    ///
    /// # Errors
    /// `NotFound` if no queue has this name (EINVAL); `InvalidInput` if the name is too
    /// long for a queue.
    #[doc(alias = "snd_seq_query_named_queue")]
    pub fn find_queue(&self, name: &str) -> Result<QueueInfo> {
        let mut raw = abi::QueueInfo::zeroed();
        set_name(&mut raw.name, name, Operation::FindQueue)?;
        self.client(Operation::FindQueue)?
            .fd()
            .get_named_queue(&mut raw)
            .map_err(errno(Operation::FindQueue))
            .map_err(|error| error.about(Subject::Name(name.into())))?;
        Ok(QueueInfo(raw))
    }

    /// Returns the kernel's description of a queue.
    ///
    /// # Errors
    /// `NotFound` if the queue does not exist (EINVAL).
    #[doc(alias = "snd_seq_get_queue_info")]
    pub fn queue_info(&self, id: impl Into<QueueId>) -> Result<QueueInfo> {
        let id = id.into();
        let mut raw = abi::QueueInfo::zeroed();
        raw.queue = i32::from(id.number());
        self.client(Operation::QueueInfo)?
            .fd()
            .get_queue_info(&mut raw)
            .map_err(errno(Operation::QueueInfo))
            .map_err(|error| error.about(Subject::Queue(id)))?;
        Ok(QueueInfo(raw))
    }

    /// Returns a queue's position, and the number of events that wait in it. This client
    /// need not use the queue for that. [`Queue::status`] is the same for a queue that it
    /// uses.
    ///
    /// # Errors
    /// `NotFound` if the queue does not exist (EINVAL).
    #[doc(alias = "snd_seq_get_queue_status")]
    pub fn queue_status(&self, id: impl Into<QueueId>) -> Result<QueueStatus> {
        let id = id.into();
        let mut raw = abi::QueueStatus::zeroed();
        raw.queue = i32::from(id.number());
        self.client(Operation::QueueStatus)?
            .fd()
            .get_queue_status(&mut raw)
            .map_err(errno(Operation::QueueStatus))
            .map_err(|error| error.about(Subject::Queue(id)))?;
        Ok(QueueStatus(raw))
    }

    /// All queues, in the order of their numbers.
    ///
    /// # Errors
    /// None are known.
    pub fn queues(&self) -> Result<Vec<QueueInfo>> {
        let mut all = Vec::new();
        for number in 0..MAX_QUEUES {
            all.extend(if_found(self.queue_info(number))?);
        }
        Ok(all)
    }
}

/// The unit of a tempo, in nanoseconds. 0 also means microseconds.
const BASE_MICROS: u16 = 1000;
const BASE_TEN_NANOS: u16 = 10;

/// A queue that this client has created ([`ClientControl::create_queue`]) or uses
/// ([`ClientControl::queue`]).
///
/// It does not borrow the client, and any thread may use it. After the client was closed,
/// every method fails with [`Closed`](ErrorKind::Closed). After the queue's owner has
/// deleted it, they fail with [`NotFound`](ErrorKind::NotFound) (EINVAL).
///
/// If this client has created the queue, dropping this handle deletes it, with all events
/// that wait in it, also those of other clients. [`Queue::keep`] drops the handle only. A
/// queue of another client is not deleted, and this client continues to use it until it
/// is closed or [leaves](Queue::leave) the queue.
#[must_use = "a queue is deleted when it is dropped"]
pub struct Queue {
    control: ClientControl,
    id: QueueId,
    /// Whether dropping this handle deletes the queue.
    owned: bool,
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Queue").field(&self.id).finish()
    }
}

impl Queue {
    /// The queue's number.
    pub const fn id(&self) -> QueueId {
        self.id
    }

    /// Returns the kernel's description of the queue.
    ///
    /// # Errors
    /// `Closed` or `NotFound`: see [`Queue`].
    pub fn info(&self) -> Result<QueueInfo> {
        self.control(Operation::QueueInfo)?.queue_info(self.id)
    }

    /// Renames the queue, if the options have a name, and locks or unlocks it. Only the
    /// owner controls a locked queue. Any client can become the owner of an unlocked
    /// queue.
    ///
    /// # Errors
    /// - `Busy` if the queue is running, because the kernel would stop it and reset its
    ///   tempo;
    /// - `InvalidInput` if the name is too long;
    /// - `PermissionDenied` if this client is not the owner (EINVAL).
    #[doc(alias = "snd_seq_set_queue_info")]
    pub fn set_info(&self, options: impl Into<QueueOptions>) -> Result<()> {
        let options = options.into();
        let control = self.control(Operation::SetQueueInfo)?;
        let _one_at_a_time = control.update();
        let mut raw = self.info()?.0;
        if self.status()?.is_running() {
            return Err(
                Error::new(Operation::SetQueueInfo, ErrorKind::Busy).about(Subject::Queue(self.id))
            );
        }
        // The kernel resets these when the queue is locked.
        let (tempo, timer) = (self.raw_tempo(&control)?, self.raw_timer(&control)?);
        if !options.name.is_empty() {
            set_name(&mut raw.name, &options.name, Operation::SetQueueInfo)?;
        }
        raw.set_locked(!options.unlocked);
        self.check(control.fd().set_queue_info(&raw), Operation::SetQueueInfo)?;
        self.check(
            control.fd().set_queue_timer(&timer),
            Operation::SetQueueTimer,
        )?;
        self.check(
            control.fd().set_queue_tempo(&tempo),
            Operation::SetQueueTempo,
        )
    }

    /// Sets tempo and ticks per quarter.
    ///
    /// # Errors
    /// - `Busy` if the queue is running and the ticks per quarter would change (EBUSY);
    ///   [`Queue::set_bpm`] does not change them;
    /// - `PermissionDenied` if its owner has locked it (EPERM).
    #[doc(alias = "snd_seq_set_queue_tempo")]
    pub fn set_tempo(&self, tempo: Tempo) -> Result<()> {
        self.change_tempo(|raw| {
            raw.tempo = tempo.micros_per_quarter();
            raw.tempo_base = BASE_MICROS;
            raw.ppq = i32::try_from(tempo.ppq()).unwrap_or(i32::MAX);
        })
    }

    /// Sets the tempo in quarter notes per minute, rounded to the nearest microsecond per
    /// quarter note. It does not change the ticks per quarter note, so the queue may be
    /// running.
    ///
    /// [`Event::queue_tempo`](crate::Event::queue_tempo) does the same at a scheduled
    /// time.
    ///
    /// # Errors
    /// - `InvalidInput` if [`Tempo::from_bpm`] refuses the number;
    /// - `PermissionDenied` if its owner has locked it (EPERM).
    #[doc(alias = "snd_seq_change_queue_tempo")]
    pub fn set_bpm(&self, bpm: f64) -> Result<()> {
        let tempo = Tempo::from_bpm(bpm)?;
        self.change_tempo(|raw| {
            raw.tempo = tempo.micros_per_quarter();
            raw.tempo_base = BASE_MICROS;
        })
    }

    /// The queue's tempo, rounded to microseconds per quarter note.
    ///
    /// # Errors
    /// `Closed` or `NotFound`: see [`Queue`].
    #[doc(alias = "snd_seq_get_queue_tempo")]
    pub fn tempo(&self) -> Result<Tempo> {
        let control = self.control(Operation::QueueTempo)?;
        let raw = self.raw_tempo(&control)?;
        let ppq = u32::try_from(raw.ppq).unwrap_or(0);
        let micros = match raw.tempo_base {
            BASE_TEN_NANOS => raw.tempo.saturating_add(50) / 100,
            _ => raw.tempo,
        };
        Ok(Tempo::from_micros(micros.max(1))?.with_ppq(ppq)?)
    }

    /// Sets the length of a quarter note, rounded to the nearest step of 10 nanoseconds.
    /// That is a hundred times finer than [`Queue::set_tempo`]. Tempo events to this
    /// queue then also count in such steps. Since Linux 6.11.
    ///
    /// # Errors
    /// - `Unsupported` before Linux 6.11;
    /// - `InvalidInput` if it is less than 10 nanoseconds or more than 21
    ///   seconds;
    /// - `PermissionDenied` if its owner has locked it (EPERM).
    #[doc(alias = "snd_seq_queue_tempo_set_tempo_base")]
    pub fn set_quarter(&self, quarter: Duration) -> Result<()> {
        let control = self.control(Operation::SetQueueTempo)?;
        // An older kernel would ignore the unit.
        let version = control
            .fd()
            .pversion()
            .map_err(errno(Operation::SetQueueTempo))
            .map_err(|error| error.about(Subject::Queue(self.id)))?;
        if version < protocol_version(1, 0, 4) {
            let kind = ErrorKind::Unsupported {
                needs: "Linux 6.11 or newer",
            };
            return Err(Error::new(Operation::SetQueueTempo, kind).about(Subject::Queue(self.id)));
        }
        let steps = quarter.as_nanos().saturating_add(5) / 10;
        let steps = check(
            "steps of 10 ns per quarter",
            i64::try_from(steps).unwrap_or(i64::MAX),
            1,
            i64::from(i32::MAX),
        )?;
        self.change_tempo(|raw| {
            raw.tempo = u32::try_from(steps).unwrap_or(u32::MAX);
            raw.tempo_base = BASE_TEN_NANOS;
        })
    }

    /// Returns the exact length of a quarter note.
    ///
    /// # Errors
    /// `Closed` or `NotFound`: see [`Queue`].
    #[doc(alias = "snd_seq_queue_tempo_get_tempo_base")]
    pub fn quarter(&self) -> Result<Duration> {
        let control = self.control(Operation::QueueTempo)?;
        let raw = self.raw_tempo(&control)?;
        let nanos = match raw.tempo_base {
            BASE_TEN_NANOS => 10,
            _ => 1000,
        };
        Ok(Duration::from_nanos(u64::from(raw.tempo) * nanos))
    }

    /// Reads the record, changes it, and writes it back. So the skew and all other fields
    /// stay.
    fn change_tempo(&self, change: impl FnOnce(&mut abi::QueueTempo)) -> Result<()> {
        let control = self.control(Operation::SetQueueTempo)?;
        let _one_at_a_time = control.update();
        let before = self.raw_tempo(&control)?;
        let mut raw = before;
        change(&mut raw);
        let set = |raw: &abi::QueueTempo| {
            self.check(control.fd().set_queue_tempo(raw), Operation::SetQueueTempo)
        };
        // The kernel does not notice a change of only the unit.
        let unit = |raw: &abi::QueueTempo| raw.tempo_base == BASE_TEN_NANOS;
        if unit(&raw) != unit(&before) && raw.tempo == before.tempo {
            let mut other = raw;
            other.tempo = if raw.tempo > 1 { raw.tempo - 1 } else { 2 };
            set(&other)?;
        }
        set(&raw)
    }

    fn raw_tempo(&self, control: &OpenClient) -> Result<abi::QueueTempo> {
        let mut raw = abi::QueueTempo::zeroed();
        raw.queue = i32::from(self.id.number());
        self.check(
            control.fd().get_queue_tempo(&mut raw),
            Operation::QueueTempo,
        )?;
        Ok(raw)
    }

    /// Sets the queue's speed in relation to its tempo: it runs at `value / 0x10000` of
    /// the tempo.
    ///
    /// # Errors
    /// `PermissionDenied` if its owner has locked it (EPERM).
    #[doc(alias = "snd_seq_queue_tempo_set_skew")]
    pub fn set_skew(&self, value: u32) -> Result<()> {
        self.change_tempo(|raw| {
            raw.skew_value = value;
            raw.skew_base = SKEW_BASE;
        })
    }

    /// The queue's speed in relation to its tempo, in 1/0x10000.
    ///
    /// # Errors
    /// `Closed` or `NotFound`: see [`Queue`].
    #[doc(alias = "snd_seq_queue_tempo_get_skew")]
    pub fn skew(&self) -> Result<u32> {
        let control = self.control(Operation::QueueTempo)?;
        Ok(self.raw_tempo(&control)?.skew_value)
    }

    /// The timer that drives the queue.
    ///
    /// # Errors
    /// `Closed` or `NotFound`: see [`Queue`].
    #[doc(alias = "snd_seq_get_queue_timer")]
    pub fn timer(&self) -> Result<QueueTimer> {
        let control = self.control(Operation::QueueTimer)?;
        let raw = self.raw_timer(&control)?;
        Ok(QueueTimer {
            class: raw.id.dev_class,
            card: raw.id.card,
            device: raw.id.device,
            subdevice: raw.id.subdevice,
            resolution: raw.resolution,
        })
    }

    /// Chooses the timer that drives the queue, of a class from 1 to 3.
    ///
    /// A running queue is stopped for the change and then continues, because otherwise it
    /// would freeze. The kernel accepts a timer that does not exist, and then uses the
    /// system timer; `/proc/asound/seq/timer` shows which.
    ///
    /// # Errors
    /// `InvalidInput` if it is of another class; `PermissionDenied` if the
    /// queue's owner has locked it (EPERM).
    #[doc(alias = "snd_seq_set_queue_timer")]
    pub fn set_timer(&self, timer: QueueTimer) -> Result<()> {
        let control = self.control(Operation::SetQueueTimer)?;
        // A slave, class 0, would wait for ever for another timer.
        check("timer class", i64::from(timer.class), 1, 3)?;
        let _one_at_a_time = control.update();
        let mut raw = self.raw_timer(&control)?;
        raw.id.dev_class = timer.class;
        raw.id.card = timer.card;
        raw.id.device = timer.device;
        raw.id.subdevice = timer.subdevice;
        raw.resolution = timer.resolution;
        let running = self.status()?.is_running();
        if running {
            self.stop()?;
        }
        let answer = self.check(control.fd().set_queue_timer(&raw), Operation::SetQueueTimer);
        if running {
            self.continue_()?;
        }
        answer
    }

    fn raw_timer(&self, control: &OpenClient) -> Result<abi::QueueTimer> {
        let mut raw = abi::QueueTimer::zeroed();
        raw.queue = i32::from(self.id.number());
        self.check(
            control.fd().get_queue_timer(&mut raw),
            Operation::QueueTimer,
        )?;
        Ok(raw)
    }

    /// Returns the queue's position, and the number of events that wait in it.
    ///
    /// # Errors
    /// `Closed` or `NotFound`: see [`Queue`].
    #[doc(alias = "snd_seq_get_queue_status")]
    pub fn status(&self) -> Result<QueueStatus> {
        // Fails for a closed client with an error that names the queue.
        let _open = self.control(Operation::QueueStatus)?;
        self.control.queue_status(self.id)
    }

    /// Sets the position of the queue in ticks. Events that are due by then are delivered
    /// with the queue's next step.
    ///
    /// # Errors
    /// The errors of [`Queue::stop`].
    #[doc(alias = "snd_seq_ev_set_queue_pos_tick")]
    pub fn set_position_tick(&self, tick: u32) -> Result<()> {
        self.make_settable()?;
        self.send(EventData::SetPositionTick {
            queue: self.id,
            tick,
        })
    }

    /// Sets the position of the queue in real time. Events that are due by then are
    /// delivered with the queue's next step.
    ///
    /// # Errors
    /// The errors of [`Queue::stop`].
    #[doc(alias = "snd_seq_ev_set_queue_pos_real")]
    pub fn set_position_time(&self, time: RealTime) -> Result<()> {
        self.make_settable()?;
        self.send(EventData::SetPositionTime {
            queue: self.id,
            time,
        })
    }

    /// Runs the queue for a moment if it never ran. Such a queue would ignore a new
    /// position.
    fn make_settable(&self) -> Result<()> {
        let status = self.status()?;
        if !status.is_running() && status.tick() == 0 && status.real_time() == RealTime::ZERO {
            self.send(EventData::Continue(self.id))?;
            self.send(EventData::Stop(self.id))?;
        }
        Ok(())
    }

    /// Starts the queue from the beginning, at once.
    ///
    /// The kernel first drops *every* event that waits in the queue. Schedule
    /// events after this call, or use [`Queue::continue_`], which keeps them
    /// and, on a queue that never ran, also starts from the beginning.
    ///
    /// # Errors
    /// - `Other` if the queue does not run after the start, because the kernel cannot
    ///   start its timer;
    /// - `PermissionDenied` if its owner has locked it (EPERM);
    /// - `InvalidInput` if the client was opened for input only.
    #[doc(alias = "snd_seq_start_queue")]
    pub fn start(&self) -> Result<()> {
        self.run(EventData::Start(self.id))
    }

    /// Stops the queue, at once. Events stay in it.
    ///
    /// # Errors
    /// The errors of [`Queue::start`], without `Other`.
    #[doc(alias = "snd_seq_stop_queue")]
    pub fn stop(&self) -> Result<()> {
        self.send(EventData::Stop(self.id))
    }

    /// Continues the queue from its position, at once.
    ///
    /// # Errors
    /// The errors of [`Queue::start`].
    #[doc(alias = "snd_seq_continue_queue")]
    pub fn continue_(&self) -> Result<()> {
        self.run(EventData::Continue(self.id))
    }

    /// Deletes the queue, like dropping it, but returns errors.
    ///
    /// # Errors
    /// `Closed` if the client was closed, which has already deleted the queue.
    /// `PermissionDenied` (EINVAL) if another client owns the queue now, which is possible
    /// if the queue is not locked. `NotFound` if that client has deleted the queue.
    #[doc(alias = "snd_seq_free_queue")]
    pub fn close(mut self) -> Result<()> {
        if !std::mem::take(&mut self.owned) {
            return Ok(());
        }
        self.delete()
    }

    /// Ends this client's use of a queue that another client has created. This client can
    /// then no longer schedule events on it, until [`ClientControl::queue`] uses it
    /// again. If dropping this handle would delete the queue, this deletes it, like
    /// [`Queue::close`].
    ///
    /// Without this call, the use ends when the client is closed, which is nearly always
    /// good enough. If a client ends its use while events of its own wait in the queue,
    /// the kernel has a defect: when the client is then closed, the kernel hangs, and
    /// with it all programs that open or close the sequencer. So this call refuses that.
    /// No other thread of the client may schedule events on the queue during this call.
    ///
    /// # Errors
    /// - `Busy` if events wait in the queue while an event of this client waits in any
    ///   queue: [remove](ClientControl::remove_events) this client's events, or
    ///   [wait](crate::EventOutput::sync_output_queue) for them. The client then still
    ///   uses the queue;
    /// - `Closed` or `NotFound`: see [`Queue`].
    #[doc(alias = "snd_seq_set_queue_usage")]
    pub fn leave(self) -> Result<()> {
        if self.owned {
            return self.close();
        }
        let control = self.control(Operation::SetQueueUsage)?;
        self.check_nothing_waits(&control)?;
        self.set_used(&control, false)?;
        // Another thread may have scheduled an event since the check.
        self.check_nothing_waits(&control).or_else(|error| {
            self.set_used(&control, true)?;
            Err(error)
        })
    }

    fn set_used(&self, control: &OpenClient, used: bool) -> Result<()> {
        let mut usage = abi::QueueClient::zeroed();
        usage.queue = i32::from(self.id.number());
        usage.used = i32::from(used);
        self.check(
            control.fd().set_queue_client(&mut usage),
            Operation::SetQueueUsage,
        )
    }

    /// Fails if events of this client may wait in the queue. The kernel does not report
    /// whose events wait in a queue. It only reports their number, and the room that this
    /// client's events take in all queues.
    fn check_nothing_waits(&self, control: &ClientControl) -> Result<()> {
        let pool = control.pool()?;
        // The first event creates the pool; until then it has no free cells.
        let has_events = pool.output_room() > 0 && pool.output_free() < pool.output();
        if has_events && self.status()?.num_events() > 0 {
            let error = Error::new(Operation::SetQueueUsage, ErrorKind::Busy);
            return Err(error
                .about(Subject::Queue(self.id))
                .with_hint("events of this client wait: remove them, or wait for them"));
        }
        Ok(())
    }

    /// Drops the handle without deleting the queue, and returns the queue's number. The
    /// queue then exists until the client is closed.
    pub fn keep(mut self) -> QueueId {
        self.owned = false;
        self.id
    }

    fn delete(&self) -> Result<()> {
        let control = self.control(Operation::DeleteQueue)?;
        let mut raw = abi::QueueInfo::zeroed();
        raw.queue = i32::from(self.id.number());
        self.check(control.fd().delete_queue(&raw), Operation::DeleteQueue)
    }

    /// Sends an event to the timer port, without any buffer.
    fn send(&self, data: EventData<'_>) -> Result<()> {
        let control = self.control(Operation::ControlQueue)?;
        if control.direction() == Direction::Input {
            let message = "the client was opened for input alone";
            return Err(
                Error::invalid(Operation::ControlQueue, message).about(Subject::Queue(self.id))
            );
        }
        let mut record = [0; size_of::<RawEvent>()];
        encode(&Event::new(data).to(Address::TIMER), &mut record)?;
        // A direct event never waits.
        let answer = control.fd().write(&record).map(drop);
        self.check(answer, Operation::ControlQueue)
    }

    /// Starts the queue by this event, and checks that it runs.
    ///
    /// The kernel accepts the start of a queue without a timer, and nothing happens. A
    /// queue has no timer if the kernel had no memory for it at creation, which it does
    /// not report. Setting the same timer again creates it.
    fn run(&self, event: EventData<'_>) -> Result<()> {
        self.send(event)?;
        if self.status()?.is_running() {
            return Ok(());
        }
        let control = self.control(Operation::SetQueueTimer)?;
        let timer = self.raw_timer(&control)?;
        if control.fd().set_queue_timer(&timer).is_ok() {
            self.send(event)?;
        }
        if self.status()?.is_running() {
            return Ok(());
        }
        let message = "the queue does not run: the kernel cannot start its timer";
        Err(Error::failed(Operation::ControlQueue, message).about(Subject::Queue(self.id)))
    }

    fn check(&self, answer: Result<(), Errno>, operation: Operation) -> Result<()> {
        let Err(error) = answer else {
            return Ok(());
        };
        let error = errno(operation)(error).about(Subject::Queue(self.id));
        // The kernel returns the same errno for a queue that does not exist.
        if error.kind() == ErrorKind::PermissionDenied
            && self
                .info()
                .is_err_and(|error| error.kind() == ErrorKind::NotFound)
        {
            return Err(error.with_kind(ErrorKind::NotFound));
        }
        Err(error)
    }

    fn control(&self, operation: Operation) -> Result<Arc<OpenClient>> {
        self.control
            .client(operation)
            .map_err(|error| error.about(Subject::Queue(self.id)))
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        if self.owned {
            // It may be deleted already, with its client.
            let _ = self.delete();
        }
    }
}

impl From<&Queue> for QueueId {
    fn from(queue: &Queue) -> Self {
        queue.id
    }
}
