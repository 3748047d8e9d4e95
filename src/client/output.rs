//! The half of a client that sends.

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
/// Events come from the port that [`EventOutput::set_source`] names. One that names
/// a port of this client itself ([`Event::from_port`]) comes from that one.
///
/// Events are collected in a buffer, which [`EventOutput::drain_output`] hands
/// to the kernel. The kernel delivers a *direct* event at once, while the call
/// still runs; a scheduled event it keeps in the client's pool of 500 cells
/// until the event is due. When the pool is full, sending waits until there is
/// room; a queue that stands still makes none.
///
/// No event is dropped silently, and none is sent twice:
///
/// - An event that the kernel refuses is finished: it leaves the buffer, and
///   the error names its place and destination. What stands behind it is still
///   in the buffer, and the next call goes on with it.
/// - A direct event whose receiver has no room is refused with
///   [`ReceiverFull`](ErrorKind::ReceiverFull). When it went to several
///   subscribers, the others have it.
/// - A scheduled event reports nothing after the kernel has taken it.
pub struct EventOutput {
    pub(crate) control: Arc<OpenClient>,
    pub(crate) batch: EventBatch,
    /// The size of the buffer, beyond which it is drained.
    limit: usize,
    /// This client's number.
    own: u8,
    /// The port from which events go that name none of this client's; with another
    /// client's number while there is no such port.
    source: abi::Address,
    /// For direct output, so that it need not allocate.
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

    /// How many bytes of events the buffer takes before [`EventOutput::event_output`]
    /// sends them.
    #[doc(alias = "snd_seq_get_output_buffer_size")]
    pub fn output_buffer_size(&self) -> usize {
        self.limit
    }

    /// Changes the size of the buffer. What is in it stays there; if that is more than
    /// the new size, the next [`EventOutput::event_output`] sends it first.
    ///
    /// An event takes 28 bytes (a UMP event 32), and as many more as it has data of
    /// variable length. With a size of 0, each event is sent by the next one.
    #[doc(alias = "snd_seq_set_output_buffer_size")]
    pub fn set_output_buffer_size(&mut self, bytes: usize) {
        self.limit = bytes;
        self.set_room();
        self.give_back();
    }

    /// There is no room for plain events if the client was opened for input alone, or
    /// `source` is not set. Each event is then checked.
    fn set_room(&mut self) {
        self.batch
            .set_room(match (self.control.direction(), self.source()) {
                (Direction::Input, _) | (_, None) => 0,
                _ => self.limit,
            });
    }

    /// What ends a wait of this half from another thread or a signal handler.
    /// The first call makes it, the others return the same.
    ///
    /// # Errors
    /// If the process has no more file descriptors (EMFILE, ENFILE).
    pub fn interrupter(&mut self) -> Result<Interrupter> {
        self.interrupts.interrupter()
    }

    /// Names the port that events come from, until it is called again. It applies to
    /// every event that names no port of this client: to new events, and to received
    /// events that are sent on.
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
    /// Events that are in the buffer already keep their port. This call does not check
    /// that the port exists; the kernel does when an event is sent.
    #[doc(alias = "snd_seq_ev_set_source")]
    pub fn set_source(&mut self, port: impl Into<PortId>) {
        self.source = Address::from((self.control.id(), port.into())).to_abi();
        self.set_room();
    }

    /// The port that [`EventOutput::set_source`] has named, if any.
    pub fn source(&self) -> Option<PortId> {
        (self.source.client == self.own).then(|| PortId::new(self.source.port))
    }

    /// Puts an event into the buffer; if it has no room, sends what is in it
    /// first. An event that is larger than the whole buffer is taken, too.
    ///
    /// # Errors
    /// As [`EventOutput::drain_output`], and `InvalidInput` if this client cannot
    /// send the event: it was opened for input alone, or the event is a UMP event
    /// and the client speaks MIDI 1.0, or a note with a duration that is on no
    /// queue, or comes from no port ([`EventOutput::set_source`]). Events to the
    /// system client, as to control a queue, need no port. After any error this
    /// event is *not* in the buffer.
    #[doc(alias = "snd_seq_event_output")]
    #[inline]
    pub fn event_output<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<()> {
        let event = event.into();
        if self.put_plain(event) {
            return Ok(());
        }
        // A copy, so that a plain event need not be in memory before it is pushed.
        self.output_of_any_kind(&{ *event.raw() }, event.ump_word(), event.payload())
    }

    /// Puts an event into the buffer, if it is plain and has room.
    #[inline(always)]
    pub(crate) fn put_plain(&mut self, event: EventView<'_>) -> bool {
        let source = self.source_of(event);
        self.batch.push_plain(event, source)
    }

    /// The port that the event comes from: its own, if it is this client's.
    #[inline(always)]
    fn source_of(&self, event: EventView<'_>) -> abi::Address {
        let source = event.raw().header.source;
        // The first condition is never more than the second, and decided where a new
        // event is made.
        if source.client != consts::ADDRESS_UNKNOWN && source.client == self.own {
            source
        } else {
            self.source
        }
    }

    /// The parts of an [`EventView`] are in registers. As one, the event would have to be in
    /// memory whether this is called or not: 46 instructions for each event sent, not 25.
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

    /// Whether even the smallest event has no room.
    #[cfg(feature = "async")]
    pub(crate) fn is_full(&self) -> bool {
        self.batch.len().saturating_add(size_of::<abi::Event>()) > self.limit
    }

    /// Puts an event into the buffer, and never sends it.
    ///
    /// # Errors
    /// `BufferFull` if the buffer has no room, and `InvalidInput` as
    /// [`EventOutput::event_output`]; it is then not in the buffer.
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

    /// Sends an event at once, before those in the buffer.
    ///
    /// # Errors
    /// As [`EventOutput::event_output`].
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

    /// Gives back the memory that events of unusual size took.
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

    /// Sends everything that is in the buffer, and waits for room if need be.
    ///
    /// # Errors
    /// For the first event that is refused, which then is finished:
    ///
    /// - `ReceiverFull`: the receiver of a direct event has no room (EAGAIN);
    /// - `TooLarge`: larger than a pool, the sender's or the receiver's
    ///   (ENOMEM);
    /// - `NotFound`: no such port, or it does not receive this type (ENOENT),
    ///   or nothing is connected to the hardware port (ENODEV);
    /// - `PermissionDenied`: the port cannot be written to, or the event
    ///   controls a queue that its owner has locked (EPERM);
    /// - `InvalidInput`: not a valid event, no queue that this client uses, no
    ///   such port that it comes from (EINVAL), or ports connected in a circle
    ///   (EMLINK).
    ///
    /// `Interrupted` if an [`Interrupter`] ended the wait for room; no event is
    /// then finished.
    ///
    /// What stands behind it is still in the buffer.
    #[doc(alias = "snd_seq_drain_output")]
    pub fn drain_output(&mut self) -> Result<()> {
        self.drain(Deadline::NEVER)
    }

    /// As [`EventOutput::drain_output`], but waits no longer than `timeout`.
    ///
    /// # Errors
    /// The same, and `TimedOut`; what was not sent is still in the buffer.
    pub fn drain_output_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.drain(Deadline::after(timeout))
    }

    /// Sends everything that is in the buffer, and waits until the kernel has
    /// delivered every event that this client has scheduled, the note-offs of
    /// [`Event::note`](crate::Event::note) too. On a queue that stands still that takes
    /// for ever.
    ///
    /// # Errors
    /// As [`EventOutput::drain_output`].
    #[doc(alias = "snd_seq_sync_output_queue")]
    pub fn sync_output_queue(&mut self) -> Result<()> {
        self.sync(Deadline::NEVER)
    }

    /// As [`EventOutput::sync_output_queue`], but waits no longer than `timeout`.
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

    /// Sends what is buffered, waiting if need be, and drops this half. The
    /// client is closed when both halves are dropped.
    ///
    /// # Errors
    /// As [`EventOutput::drain_output`]. The half is dropped all the same, and
    /// what it has not sent is lost.
    #[doc(alias = "snd_seq_close")]
    pub fn close(mut self) -> Result<()> {
        self.drain_output()
    }

    /// As [`EventOutput::close`], but waits no longer than `timeout`.
    ///
    /// # Errors
    /// The same, and `TimedOut`, as on a queue that stands still while this
    /// client's pool is full.
    #[doc(alias = "snd_seq_close")]
    pub fn close_timeout(mut self, timeout: Duration) -> Result<()> {
        self.drain_output_timeout(timeout)
    }

    /// Takes the first event out of the buffer, if there is one.
    #[doc(alias = "snd_seq_extract_output")]
    pub fn extract_output(&mut self) -> Option<Event<'static>> {
        let first = self.batch.events().next()?.ok()?.to_event().into_owned();
        self.batch.skip_first();
        self.give_back();
        Some(first)
    }

    /// Drops every event that is in the buffer.
    #[doc(alias = "snd_seq_drop_output_buffer")]
    pub fn drop_output_buffer(&mut self) {
        self.batch.clear();
        self.give_back();
    }

    /// Drops every event that is in the buffer, and every event that this
    /// client has scheduled and the kernel has not delivered yet.
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
    /// The conditions mean what they mean to the kernel, of direct events as well. An event
    /// that is direct, or due after a delay, meets no condition of time: when it is due is
    /// not known.
    pub fn remove_output_buffer(&mut self, which: RemoveEvents) {
        self.batch.retain(|event| !which.matches(event));
        self.give_back();
    }

    /// Removes the events that meet the conditions, wherever they wait: from the buffer
    /// ([`EventOutput::remove_output_buffer`]), and those that the kernel has not delivered
    /// yet ([`ClientControl::remove_events`](crate::ClientControl::remove_events)).
    ///
    /// # Errors
    /// None are known.
    #[doc(alias = "snd_seq_remove_events")]
    pub fn remove_output(&mut self, which: RemoveEvents) -> Result<()> {
        self.remove_output_buffer(which);
        self.control.remove_events(which)
    }

    /// How many bytes of events are in the buffer.
    #[doc(alias = "snd_seq_event_output_pending")]
    pub fn event_output_pending(&self) -> usize {
        self.batch.len()
    }

    /// Whether this client may send this event at all, and from which port.
    pub(crate) fn check(&self, event: EventView<'_>) -> Result<abi::Address> {
        let source = self.source_of(event);
        let problem = if self.control.direction() == Direction::Input {
            "the client was opened for input alone"
        } else if event.is_ump() && !self.control.midi_version().is_ump() {
            // The kernel would refuse it, or before 6.5 take it for something
            // else.
            "a client of MIDI 1.0 cannot send UMP events; open it with another `midi_version`"
        } else if event.event_type() == EventType::NOTE && event.is_direct() {
            // The kernel would refuse it: only a queue knows when to end it.
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

/// Whether it is for the kernel itself, such as to control a queue. Then nobody looks
/// at the port that it comes from.
fn goes_to_system(event: EventView<'_>) -> bool {
    event.dest().client == ClientId::SYSTEM && !goes_to_subscribers(event)
}

impl Drop for EventOutput {
    fn drop(&mut self) {
        // As much as goes without waiting. Each error takes an event out of
        // the batch, so this ends.
        let mut sent = 0;
        while write_step(self.control.fd(), &mut self.batch, &mut sent).is_err() {}
    }
}
