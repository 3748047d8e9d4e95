//! Sending at the pace of the receivers.
//!
//! The kernel does not report when a receiver's pool has room again, so this module
//! checks the pool repeatedly. It does not wait itself: the blocking client sleeps, the
//! async client uses its runtime.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use crate::address::{Address, ClientId};
use crate::client::EventOutput;
use crate::error::{Error, ErrorKind, Operation, Result, Subject, if_found};
use crate::event::{Event, EventType, EventView};
use crate::info::ClientKind;
use crate::io::{blocking, cells};
use crate::sysex;

/// The number of cells of a program's pool that stay free, because other senders need
/// some. If the pool overflows, the program loses all unread events.
const SPARE_CELLS: usize = 16;

impl EventOutput {
    /// Sends a direct event as soon as its receivers have room for it, before the events
    /// in the buffer.
    ///
    /// If a receiver is full, [`event_output_direct`](EventOutput::event_output_direct)
    /// fails, and the receiver loses all its unread events. So this call checks the pools
    /// of the programs that will receive the event. If a pool has no room, it checks
    /// again after 1, 2, 4, and then every 8 milliseconds. The kernel may still refuse an
    /// event, if other senders were faster. If the event goes to a single program, this
    /// call tries again. If it goes to several subscribers, it does not, because some of
    /// them have received the event. If it goes to a driver, it does not either: *Midi
    /// Through* forwards the event to its own subscribers, whose pools are not checked.
    ///
    /// Another sender may use the room between the check and the sending. For this
    /// reason, 16 cells stay free. A smaller pool has no such reserve: if several clients
    /// send to it, it may refuse an event, and then the receiver loses unread events
    /// although their senders got `Ok`. The receiver gets an
    /// [`Overrun`](ErrorKind::Overrun). In a measurement with four senders and a pool of
    /// one cell, 9 to 18 of 4000 events were lost in this way; with 4 cells or more,
    /// none.
    ///
    /// # Errors
    /// - `TimedOut` if a receiver had no room within `timeout` ([`Error::receiver`]
    ///   returns it), and `Interrupted` if an [`Interrupter`](crate::Interrupter) ended
    ///   the wait. The event was not sent;
    /// - `InvalidInput` if the event is scheduled, because a scheduled event does not
    ///   wait for its receivers;
    /// - the errors of [`EventOutput::drain_output`] if the kernel refuses the event.
    pub fn event_output_patient<'e>(
        &mut self,
        event: impl Into<EventView<'e>>,
        timeout: Duration,
    ) -> Result<()> {
        let mut event = self.patient(event.into(), timeout)?;
        while let Step::Wait(pause) = event.step(self)? {
            blocking::pause(pause, &self.interrupts)?;
        }
        Ok(())
    }

    pub(crate) fn patient<'e>(&self, event: EventView<'e>, timeout: Duration) -> Result<Paced<'e>> {
        let source = Address::from(self.check(event)?);
        if !event.is_direct() {
            let message = "only a direct event waits for its receivers";
            return Err(Error::invalid(Operation::Argument, message));
        }
        let receivers = self.receivers(event, source)?;
        let event = event.to_event().from_port(source);
        Ok(Paced::new(event, None, receivers, timeout, None))
    }

    /// Finds the event's receivers. Skips receivers that no longer exist; sending
    /// reports them.
    pub(super) fn receivers(&self, event: EventView<'_>, source: Address) -> Result<Receivers> {
        let mut receivers = Receivers::default();
        if goes_to_subscribers(event) {
            for connection in if_found(self.control.connections_from(source))?.unwrap_or_default() {
                self.add_receiver(&mut receivers, connection.receiver.client)?;
            }
        } else {
            self.add_receiver(&mut receivers, event.dest().client)?;
            receivers.is_one_program = !receivers.drivers;
        }
        Ok(receivers)
    }

    fn add_receiver(&self, receivers: &mut Receivers, client: ClientId) -> Result<()> {
        let Some(info) = if_found(self.control.client_info(client))? else {
            return Ok(());
        };
        match info.kind() {
            ClientKind::Kernel => receivers.drivers = true,
            ClientKind::User => {
                let program = Program {
                    client,
                    gets_packets: info.midi_version().is_ump() && info.ump_conversion(),
                };
                if !receivers.programs.contains(&program) {
                    receivers.programs.push(program);
                }
            }
        }
        Ok(())
    }

    /// The first program whose pool has too few free cells for the event, and is not
    /// empty.
    fn full(&self, programs: &[Program], event: &Event<'_>) -> Result<Option<ClientId>> {
        for program in programs {
            let cells = program.cells(event) + SPARE_CELLS;
            let pool = if_found(self.control.client_pool(program.client))?;
            if pool.is_some_and(|pool| pool.input_free() < cells.min(pool.input())) {
                return Ok(Some(program.client));
            }
        }
        Ok(None)
    }

    /// The largest piece of a message for which all pools have enough cells, if it is
    /// converted to packets. (If a piece is larger than the pool of a program that gets
    /// no packets, the kernel refuses it, and the pool keeps its events.)
    pub(super) fn largest_piece(&self, receivers: &Receivers) -> Result<NonZeroUsize> {
        let mut largest = NonZeroUsize::MAX;
        let programs = receivers.programs.iter();
        for program in programs.filter(|program| program.gets_packets) {
            if let Some(pool) = if_found(self.control.client_pool(program.client))? {
                let cells = pool.input().saturating_sub(SPARE_CELLS);
                let bytes = NonZeroUsize::new(cells * PACKET).unwrap_or(NonZeroUsize::MIN);
                largest = largest.min(bytes);
            }
        }
        Ok(largest)
    }
}

/// Returns whether the kernel delivers a direct event to the subscribers of its source. It does so
/// if the destination's client has the number of `ClientId::SUBSCRIBERS`, whatever the port, or if
/// the queue has this number.
pub(super) fn goes_to_subscribers(event: EventView<'_>) -> bool {
    event.dest().client == ClientId::SUBSCRIBERS
        || event.queue().number() == ClientId::SUBSCRIBERS.number()
}

/// The usual size of a driver's buffer in bytes. Drivers drop the bytes that do not fit.
const DRIVER_BUFFER: usize = 4096;

/// The number of bytes of a system-exclusive message in a packet.
const PACKET: usize = 6;

/// The receivers of an event.
#[derive(Debug, Default)]
pub(super) struct Receivers {
    programs: Vec<Program>,
    drivers: bool,
    /// Whether the only receiver is a program. If it has no room, no receiver has got the
    /// event.
    is_one_program: bool,
}

/// A receiver with a pool that may overflow.
#[derive(Debug, PartialEq, Eq)]
struct Program {
    client: ClientId,
    /// Whether the kernel converts messages to packets for it, each of which takes a
    /// cell.
    gets_packets: bool,
}

impl Program {
    fn cells(&self, event: &Event<'_>) -> usize {
        let length = event.payload().len();
        if self.gets_packets && event.event_type() == EventType::SYSEX {
            length.div_ceil(PACKET).max(1)
        } else {
            cells(event.as_view())
        }
    }
}

/// A direct event, sent whole or in pieces. Each piece waits for its receivers.
pub(crate) struct Paced<'e> {
    /// The event, with its source.
    event: Event<'e>,
    /// The size of a piece, if the event is a system-exclusive message that is sent in
    /// pieces.
    piece: Option<NonZeroUsize>,
    receivers: Receivers,
    timeout: Duration,
    /// The limit of bytes a second to drivers, if any.
    bytes_per_second: Option<u32>,
    /// The time at which the next piece may be sent to a driver.
    due: Instant,
    /// The number of bytes sent so far.
    sent: usize,
    index: usize,
    /// The wait of the next piece, if it waits.
    waiting: Option<Patience>,
    /// Whether the kernel has refused a piece. The following pieces are then not sent.
    broken: bool,
}

/// The result of a step.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// An event was sent.
    Sent,
    /// The next event can be sent after this time at the earliest.
    Wait(Duration),
    /// There are no more events.
    Done,
}

impl<'e> Paced<'e> {
    pub(super) fn new(
        event: Event<'e>,
        piece: Option<NonZeroUsize>,
        receivers: Receivers,
        timeout: Duration,
        bytes_per_second: Option<u32>,
    ) -> Self {
        let limited = bytes_per_second.filter(|_| receivers.drivers);
        Self {
            event,
            piece,
            receivers,
            timeout,
            bytes_per_second: limited,
            due: Instant::now(),
            sent: 0,
            index: 0,
            waiting: None,
            broken: false,
        }
    }

    /// The same with owned data.
    pub(super) fn into_owned(self) -> Paced<'static> {
        Paced {
            event: self.event.into_owned(),
            ..self
        }
    }

    /// The number of bytes of the event.
    pub(crate) fn total(&self) -> usize {
        self.event.payload().len()
    }

    /// The number of bytes that were sent.
    pub(crate) const fn sent(&self) -> usize {
        self.sent
    }

    /// Returns whether the kernel has refused a piece, so that the following pieces are not sent.
    pub(crate) const fn is_broken(&self) -> bool {
        self.broken
    }

    /// Sends the next event or piece, if its receivers have room.
    ///
    /// # Errors
    /// `TimedOut` if a receiver had no room for too long; the next step waits again.
    /// After any other error, no step sends anything.
    pub(crate) fn step(&mut self, output: &mut EventOutput) -> Result<Step> {
        // An event without data has no pieces, but is sent once.
        let is_over = self.index > 0 && self.sent == self.event.payload().len();
        if self.broken || is_over {
            return Ok(Step::Done);
        }
        // Events for the kernel itself may have no source.
        let from = self.event.source().client;
        if from != output.control.id() && from != Address::UNKNOWN.client {
            let message = "the message was prepared for another client's output";
            return Err(Error::invalid(Operation::Argument, message));
        }
        let timeout = self.timeout;
        let patience = self.waiting.get_or_insert_with(|| Patience::new(timeout));
        let event = next_piece(&self.event, self.piece, self.sent);
        if self.bytes_per_second.is_some() {
            let early = self.due.saturating_duration_since(Instant::now());
            if !early.is_zero() {
                *patience = Patience::new(self.timeout);
                return Ok(Step::Wait(early));
            }
        }
        let (index, dest) = (self.index, event.dest());
        // An error before the sending already has a subject.
        let about = |error: Error| match error.operation() {
            Operation::EventOutput => error.about(Subject::Event { index, dest }),
            _ => error,
        };
        match send(output, &self.receivers, &event) {
            Ok(None) => {}
            Ok(Some(full)) => {
                return match patience.pause() {
                    Some(pause) => Ok(Step::Wait(pause)),
                    None => {
                        *patience = Patience::new(self.timeout);
                        let name = if_found(output.control.client_info(full))?;
                        let name = name.map(|info| info.name().into_owned());
                        Err(about(Error::does_not_read(full, name.unwrap_or_default())))
                    }
                };
            }
            Err(error) => {
                self.broken = true;
                return Err(about(error));
            }
        }
        let length = event.payload().len();
        if let Some(rate) = self.bytes_per_second {
            let time = |bytes: usize| {
                let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
                let nanos = bytes.saturating_mul(1_000_000_000) / u64::from(rate.max(1));
                Duration::from_nanos(nanos)
            };
            // A late piece is followed sooner by the next one, but by at most the time of
            // one piece, and only if two fit: the driver's buffer does not grow during a
            // long pause.
            let spare = length.min(DRIVER_BUFFER.saturating_sub(length));
            let earliest = Instant::now().checked_sub(time(spare));
            self.due = earliest.map_or(self.due, |earliest| self.due.max(earliest)) + time(length);
        }
        self.sent += length;
        self.index += 1;
        self.waiting = None;
        Ok(Step::Sent)
    }
}

/// Returns the piece of an event that begins at this byte of its data.
fn next_piece<'a>(whole: &'a Event<'_>, size: Option<NonZeroUsize>, sent: usize) -> Event<'a> {
    let rest = whole.payload().get(sent..).unwrap_or_default();
    let piece = size.and_then(|size| sysex::split(rest, size).next());
    piece.map_or_else(
        || whole.as_view().to_event(),
        |piece| {
            piece
                .from_port(whole.source())
                .to(whole.dest())
                .with_tag(whole.tag())
        },
    )
}

/// Sends an event, unless a receiver has no room for it. Returns that receiver.
fn send(
    output: &mut EventOutput,
    receivers: &Receivers,
    event: &Event<'_>,
) -> Result<Option<ClientId>> {
    let full = output.full(&receivers.programs, event)?;
    if full.is_some() {
        return Ok(full);
    }
    match output.event_output_direct(event) {
        // Another sender was faster, and no receiver has the event.
        Err(error) if error.kind() == ErrorKind::ReceiverFull && receivers.is_one_program => {
            Ok(Some(event.dest().client))
        }
        result => result.map(|()| None),
    }
}

/// The deadline of a wait for a receiver, and the pause until the next check.
struct Patience {
    deadline: Option<Instant>,
    pause: Duration,
}

impl Patience {
    const FIRST: Duration = Duration::from_millis(1);
    const LONGEST: Duration = Duration::from_millis(8);

    fn new(timeout: Duration) -> Self {
        Self {
            // A deadline that is too far in the future for an `Instant` is none.
            deadline: Instant::now().checked_add(timeout),
            pause: Self::FIRST,
        }
    }

    /// The next pause; `None` if the time is over.
    fn pause(&mut self) -> Option<Duration> {
        if self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
        {
            return None;
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(Self::LONGEST);
        Some(pause)
    }
}
