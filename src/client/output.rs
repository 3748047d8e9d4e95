//! [`EventOutput`], the half of a client that sends.

use std::sync::Arc;
use std::time::Duration;

use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::event as abi;

use crate::address::{Address, ClientId, PortId};
use crate::client::RemoveEvents;
use crate::client::paced::goes_to_subscribers;
use crate::control::{Direction, OpenClient, client_accessors};
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::event::{Event, EventType, EventView};
use crate::interrupt::{Interrupter, Interrupts};
use crate::io::blocking;
use crate::io::write_step;
use crate::wire::{EventBatch, encoded_len};

/// The half of a client that sends events.
///
/// [`EventOutput::set_source`] sets the source port of the events. If an event already
/// has a port of this client as its source ([`Event::from_port`]), it keeps that.
///
/// The events are collected in a buffer. [`EventOutput::drain_output`] passes them to the
/// kernel. The kernel delivers a *direct* event at once, during the call. It keeps a
/// scheduled event in the client's pool of 500 cells until the event is due. When the
/// pool is full, sending waits until it has room; while a queue is stopped, its events
/// stay in the pool.
///
/// No event is dropped silently, and none is sent twice:
///
/// - An event that the kernel refuses leaves the buffer. The error has its index and
///   destination. The events after it are still in the buffer, and the next call
///   continues with them.
/// - The kernel refuses a direct event whose receiver has no room, with
///   [`ReceiverFull`](ErrorKind::ReceiverFull). If it went to several subscribers, the
///   others have received it.
/// - After the kernel has accepted a scheduled event, this half reports no more errors
///   about it.
pub struct EventOutput {
    pub(crate) control: Arc<OpenClient>,
    pub(crate) batch: EventBatch,
    /// The size of the buffer in bytes. A longer buffer is drained.
    limit: usize,
    /// This client's number.
    own: u8,
    /// The source of events whose source is not a port of this client. While no such port
    /// is set, this has another client's number.
    source: abi::Address,
    /// A buffer for direct output, so that it does not allocate.
    pub(crate) single: EventBatch,
    pub(crate) interrupts: Interrupts,
}

client_accessors!(EventOutput, control, with_id);

impl EventOutput {
    pub(super) fn new(control: Arc<OpenClient>, limit: usize) -> Self {
        let mut output = Self {
            own: control.id().number(),
            source: Address::UNKNOWN.to_abi(),
            control,
            batch: EventBatch::new(),
            limit: 0,
            single: EventBatch::new(),
            interrupts: Interrupts::default(),
        };
        output.set_output_buffer_size(limit);
        output
    }

    /// Returns the size of the buffer in bytes. When it is full,
    /// [`EventOutput::event_output`] sends its events.
    #[doc(alias = "snd_seq_get_output_buffer_size")]
    pub fn output_buffer_size(&self) -> usize {
        self.limit
    }

    /// Changes the size of the buffer. Its events stay in it. If they are larger than the
    /// new size, the next [`EventOutput::event_output`] sends them first.
    ///
    /// An event takes 28 bytes (a UMP event 32), and additional bytes for its data of
    /// variable length. With a size of 0, each call of `event_output` sends the event of
    /// the call before.
    #[doc(alias = "snd_seq_set_output_buffer_size")]
    pub fn set_output_buffer_size(&mut self, bytes: usize) {
        self.limit = bytes;
        self.set_room();
        self.give_back();
    }

    /// Sets the room for plain events to 0 if the client was opened for input only, or
    /// `source` is not set. Each event is then checked.
    fn set_room(&mut self) {
        self.batch
            .set_room(match (self.control.direction(), self.source()) {
                (Direction::Input, _) | (_, None) => 0,
                _ => self.limit,
            });
    }

    /// Returns an object that ends a wait of this half from another thread or a signal
    /// handler. The first call creates it; later calls return the same one.
    ///
    /// # Errors
    /// If the process has no more file descriptors (EMFILE, ENFILE).
    pub fn interrupter(&mut self) -> Result<Interrupter> {
        self.interrupts.interrupter()
    }

    /// Sets the source port of events, until the next call. It applies to every event
    /// whose source is not a port of this client: to new events, and to received events
    /// that are forwarded.
    ///
    /// ```no_run
    /// use alsa_seq::{Event, PortOptions, SequencerClient};
    ///
    /// let mut client = SequencerClient::open("keys")?;
    /// let port = client.create_port(PortOptions::new("out"))?;
    /// client.set_source(&port);
    /// client.event_output(&Event::note_on(0, 60, 100)?)?;
    /// client.drain_output()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Events that are already in the buffer keep their source. This call does not check
    /// that the port exists; the kernel does so when an event is sent.
    #[doc(alias = "snd_seq_ev_set_source")]
    pub fn set_source(&mut self, port: impl Into<PortId>) {
        self.source = Address::from((self.control.id(), port.into())).to_abi();
        self.set_room();
    }

    /// Returns the port that [`EventOutput::set_source`] has set, if any.
    pub fn source(&self) -> Option<PortId> {
        (self.source.client == self.own).then(|| PortId::new(self.source.port))
    }

    /// Puts an event into the buffer. If the buffer has no room, it sends the buffered
    /// events first. The event may be larger than the whole buffer.
    ///
    /// # Errors
    /// The errors of [`EventOutput::drain_output`], and `InvalidInput` if this client
    /// cannot send the event. This is so if
    ///
    /// - the client was opened for input only;
    /// - the event is a UMP event, and the client is of MIDI 1.0;
    /// - the event is a note with a duration that is not scheduled on a queue;
    /// - the event has no source port ([`EventOutput::set_source`]). Events to the system
    ///   client, for example to control a queue, need none.
    ///
    /// After any error, this event is *not* in the buffer.
    #[doc(alias = "snd_seq_event_output")]
    #[inline]
    pub fn event_output<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<()> {
        let event = event.into();
        if self.put_plain(event) {
            return Ok(());
        }
        // Copies the record. Otherwise, a plain event would have to be in memory before
        // it is pushed.
        self.output_of_any_kind(&{ *event.raw() }, event.ump_word(), event.payload())
    }

    /// Puts an event into the buffer, if it is plain and the buffer has room.
    #[inline(always)]
    pub(crate) fn put_plain(&mut self, event: EventView<'_>) -> bool {
        let source = self.source_of(event);
        self.batch.push_plain(event, source)
    }

    /// The source of the event: its own, if that is a port of this client.
    #[inline(always)]
    fn source_of(&self, event: EventView<'_>) -> abi::Address {
        let source = event.raw().header.source;
        // The second condition implies the first. But for a new event, the compiler
        // already knows the result of the first.
        if source.client != consts::ADDRESS_UNKNOWN && source.client == self.own {
            source
        } else {
            self.source
        }
    }

    /// Takes the parts of an [`EventView`], which are in registers. If it took the view
    /// itself, the event would have to be in memory whether this is called or not: 46
    /// instructions for each event sent, not 25.
    #[inline(never)]
    fn output_of_any_kind(
        &mut self,
        head: &abi::Event,
        ump_word: Option<u32>,
        payload: &[u8],
    ) -> Result<()> {
        let event = EventView::new(head, ump_word, payload);
        let source = self.check(event)?;
        if !self.has_room(event) {
            self.drain_output()?;
        }
        self.batch.push_from(event, source)?;
        Ok(())
    }

    pub(crate) fn has_room(&self, event: EventView<'_>) -> bool {
        self.batch.len().saturating_add(encoded_len(event)) <= self.limit
    }

    /// Returns whether the buffer has no room for the smallest event.
    #[cfg(feature = "async")]
    pub(crate) fn is_full(&self) -> bool {
        self.batch.len().saturating_add(size_of::<abi::Event>()) > self.limit
    }

    /// Puts an event into the buffer, and never sends.
    ///
    /// # Errors
    /// `BufferFull` if the buffer has no room, and `InvalidInput` in the cases of
    /// [`EventOutput::event_output`]. The event is then not in the buffer.
    #[doc(alias = "snd_seq_event_output_buffer")]
    pub fn event_output_buffer<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<()> {
        let event = event.into();
        let source = self.check(event)?;
        if !self.has_room(event) {
            return Err(Error::new(Operation::EventOutput, ErrorKind::BufferFull));
        }
        self.batch.push_from(event, source)?;
        Ok(())
    }

    /// Sends an event at once, before the events in the buffer.
    ///
    /// # Errors
    /// The errors of [`EventOutput::event_output`].
    #[doc(alias = "snd_seq_event_output_direct")]
    pub fn event_output_direct<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<()> {
        let event = event.into();
        let source = self.check(event)?;
        self.single.clear();
        self.single.push_from(event, source)?;
        let (control, single) = (&self.control, &mut self.single);
        let result = blocking::write(control, single, Deadline::NEVER, &self.interrupts);
        self.single.give_back(self.limit);
        result
    }

    /// Frees the memory that events of unusual size needed.
    pub(crate) fn give_back(&mut self) {
        self.batch.give_back(self.limit);
        self.single.give_back(self.limit);
    }

    #[inline(always)]
    fn drain(&mut self, deadline: Deadline) -> Result<()> {
        let (control, batch) = (&self.control, &mut self.batch);
        let result = blocking::write(control, batch, deadline, &self.interrupts);
        self.batch.give_back(self.limit);
        result
    }

    /// Sends all events in the buffer, and waits for room if necessary.
    ///
    /// # Errors
    /// The error of the first event that the kernel refuses. That event leaves the
    /// buffer:
    ///
    /// - `ReceiverFull`: the receiver of a direct event has no room (EAGAIN);
    /// - `TooLarge`: the event is larger than a pool, the sender's or the receiver's
    ///   (ENOMEM);
    /// - `NotFound`: the port does not exist, or does not accept this type (ENOENT), or
    ///   no port is connected to the hardware port (ENODEV);
    /// - `PermissionDenied`: the port cannot be written to, or the event controls a queue
    ///   that its owner has locked (EPERM);
    /// - `InvalidInput`: the event is not valid, this client does not use its queue, or
    ///   its source does not exist (EINVAL); or ports are connected in a circle (EMLINK).
    ///
    /// `Interrupted` if an [`Interrupter`] ended the wait for room. Then all events that
    /// were not sent stay in the buffer.
    ///
    /// The events after a refused one are still in the buffer.
    #[doc(alias = "snd_seq_drain_output")]
    pub fn drain_output(&mut self) -> Result<()> {
        self.drain(Deadline::NEVER)
    }

    /// Like [`EventOutput::drain_output`], but waits no longer than `timeout`.
    ///
    /// # Errors
    /// The same, and `TimedOut`. The events that were not sent are still in the buffer.
    pub fn drain_output_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.drain(Deadline::after(timeout))
    }

    /// Sends all events in the buffer, and waits until the kernel has delivered every
    /// event that this client has scheduled, also the note-offs of
    /// [`Event::note`](crate::Event::note). If a queue is stopped, it waits for ever.
    ///
    /// # Errors
    /// The errors of [`EventOutput::drain_output`].
    #[doc(alias = "snd_seq_sync_output_queue")]
    pub fn sync_output_queue(&mut self) -> Result<()> {
        self.sync(Deadline::NEVER)
    }

    /// Like [`EventOutput::sync_output_queue`], but waits no longer than `timeout`.
    ///
    /// # Errors
    /// The same, and `TimedOut`.
    pub fn sync_output_queue_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.sync(Deadline::after(timeout))
    }

    fn sync(&mut self, deadline: Deadline) -> Result<()> {
        self.drain(deadline)?;
        blocking::sync(&self.control, deadline, &self.interrupts)
    }

    /// Sends the events in the buffer, and drops this half. It waits if necessary. The
    /// client is closed when both halves are dropped.
    ///
    /// # Errors
    /// The errors of [`EventOutput::drain_output`]. The half is dropped anyway, and the
    /// events that were not sent are lost.
    #[doc(alias = "snd_seq_close")]
    pub fn close(mut self) -> Result<()> {
        self.drain_output()
    }

    /// Like [`EventOutput::close`], but waits no longer than `timeout`.
    ///
    /// # Errors
    /// The same, and `TimedOut`, for example if this client's pool is full and the queue
    /// is stopped.
    #[doc(alias = "snd_seq_close")]
    pub fn close_timeout(mut self, timeout: Duration) -> Result<()> {
        self.drain_output_timeout(timeout)
    }

    /// Takes the first event out of the buffer. Returns `None` if the buffer is empty.
    #[doc(alias = "snd_seq_extract_output")]
    pub fn extract_output(&mut self) -> Option<Event<'static>> {
        let first = self.batch.events().next()?.ok()?.to_event().into_owned();
        self.batch.skip_first();
        self.give_back();
        Some(first)
    }

    /// Drops all events in the buffer.
    #[doc(alias = "snd_seq_drop_output_buffer")]
    pub fn drop_output_buffer(&mut self) {
        self.batch.clear();
        self.give_back();
    }

    /// Drops all events in the buffer, and all events that this client has scheduled and
    /// the kernel has not delivered yet.
    ///
    /// # Errors
    /// None are known.
    #[doc(alias = "snd_seq_drop_output")]
    pub fn drop_output(&mut self) -> Result<()> {
        self.drop_output_buffer();
        self.control.remove_events(RemoveEvents::new())
    }

    /// Removes the events that meet the conditions from the buffer. The others stay, in
    /// their order.
    ///
    /// The conditions have the same meaning as in the kernel, also for direct events. An
    /// event that is direct, or due after a delay, meets no condition of time, because
    /// its time is not known.
    pub fn remove_output_buffer(&mut self, which: RemoveEvents) {
        self.batch.retain(|event| !which.matches(event));
        self.give_back();
    }

    /// Removes the events that meet the conditions: from the buffer
    /// ([`EventOutput::remove_output_buffer`]), and from the kernel
    /// ([`ClientControl::remove_events`](crate::ClientControl::remove_events)).
    ///
    /// # Errors
    /// None are known.
    #[doc(alias = "snd_seq_remove_events")]
    pub fn remove_output(&mut self, which: RemoveEvents) -> Result<()> {
        self.remove_output_buffer(which);
        self.control.remove_events(which)
    }

    /// Returns the number of bytes in the buffer.
    #[doc(alias = "snd_seq_event_output_pending")]
    pub fn event_output_pending(&self) -> usize {
        self.batch.len()
    }

    /// Checks that this client can send the event, and returns its source.
    pub(crate) fn check(&self, event: EventView<'_>) -> Result<abi::Address> {
        let source = self.source_of(event);
        let problem = if self.control.direction() == Direction::Input {
            "the client was opened for input alone"
        } else if event.is_ump() && !self.control.midi_version().is_ump() {
            // The kernel would refuse it, or before 6.5 misinterpret it.
            "a client of MIDI 1.0 cannot send UMP events; open it with another `midi_version`"
        } else if event.event_type() == EventType::NOTE && event.is_direct() {
            // The kernel would refuse it, because only a queue can end the note.
            "a note with a duration needs a queue; send a note-on and a note-off, or schedule it"
        } else if source.client != self.own && !goes_to_system(event) {
            "the event comes from no port of this client; name one by `set_source`, or by the \
             event's `from_port`"
        } else {
            return Ok(source);
        };
        Err(Error::invalid(Operation::Argument, problem))
    }
}

/// Returns whether the event is for the kernel itself, for example to control a queue. Its source
/// is then not used.
fn goes_to_system(event: EventView<'_>) -> bool {
    event.dest().client == ClientId::SYSTEM && !goes_to_subscribers(event)
}

impl Drop for EventOutput {
    fn drop(&mut self) {
        // Sends as much as possible without waiting. Each error takes an event out of the
        // batch, so the loop ends.
        let mut sent = 0;
        while write_step(self.control.fd(), &mut self.batch, &mut sent).is_err() {}
    }
}
