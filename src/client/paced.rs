//! Output at the pace of whoever receives it.
//!
//! Nothing tells when a receiver's pool has room again, so it is looked at again
//! and again. What waits in between is not known here: the blocking client sleeps,
//! the async one leaves that to its runtime.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use crate::address::{Address, ClientId};
use crate::client::EventOutput;
use crate::error::{Error, ErrorKind, Operation, Result, Subject, found};
use crate::event::{Event, EventType, EventView};
use crate::info::ClientKind;
use crate::io::{blocking, cells};
use crate::sysex;

/// What a program may be sent without filling the rest of its pool, which
/// would cost it everything that it has not read: other senders need some.
const SPARE_CELLS: usize = 16;

impl EventOutput {
    /// Sends a direct event as soon as its receivers have room for it, before
    /// those in the buffer.
    ///
    /// [`event_output_direct`](EventOutput::event_output_direct) to a receiver
    /// that is full fails, and costs that receiver all that it has not read. So
    /// this looks at the pools of the programs that will receive the event, and
    /// at those without room again after 1, 2, 4, and then every 8 milliseconds.
    /// An event to one program that is refused all the same, because others were
    /// faster, is tried again in the same way. One to several subscribers is not,
    /// for some have it then; nor is one to a driver, for *Midi Through* passes it
    /// on to subscribers of its own, whose pools are not looked at.
    ///
    /// Another sender may take the room between the look and the sending. For that,
    /// 16 cells are left free. A smaller pool has no such reserve: if several
    /// clients send to it, one may be refused, and events that the receiver had
    /// not read are then lost although their senders got `Ok`. The receiver is told
    /// ([`Overrun`](ErrorKind::Overrun)). With four senders to a pool of one cell, 9
    /// to 18 of 4000 events were lost so; with 4 cells or more, none.
    ///
    /// # Errors
    /// - `TimedOut` if there was no room for so long ([`Error::receiver`] names
    ///   the receiver), and `Interrupted` if an [`Interrupter`](crate::Interrupter)
    ///   ended the wait; the event was not sent;
    /// - `InvalidInput` if the event is scheduled: it does not wait for its
    ///   receivers;
    /// - as [`EventOutput::drain_output`] if the event is refused.
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
            for connection in found(self.control.connections_from(source))?.unwrap_or_default() {
                self.add_receiver(&mut receivers, connection.receiver.client)?;
            }
        } else {
            self.add_receiver(&mut receivers, event.dest().client)?;
            receivers.is_one_program = !receivers.drivers;
        }
        Ok(receivers)
    }

    fn add_receiver(&self, receivers: &mut Receivers, client: ClientId) -> Result<()> {
        let Some(info) = found(self.control.client_info(client))? else {
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

    /// The first of these that has not enough cells free for the event, and of
    /// which not all are free either.
    fn full(&self, programs: &[Program], event: &Event<'_>) -> Result<Option<ClientId>> {
        for program in programs {
            let cells = program.cells(event) + SPARE_CELLS;
            let pool = found(self.control.client_pool(program.client))?;
            if pool.is_some_and(|pool| pool.input_free() < cells.min(pool.input())) {
                return Ok(Some(program.client));
            }
        }
        Ok(None)
    }

    /// As many bytes of a message as all these pools have cells for, in packets.
    /// (What is larger than the pool of a program that gets no packets is refused,
    /// and the pool keeps what it has.)
    pub(super) fn largest_piece(&self, receivers: &Receivers) -> Result<NonZeroUsize> {
        let mut largest = NonZeroUsize::MAX;
        let programs = receivers.programs.iter();
        for program in programs.filter(|program| program.gets_packets) {
            if let Some(pool) = found(self.control.client_pool(program.client))? {
                let cells = pool.input().saturating_sub(SPARE_CELLS);
                let bytes = NonZeroUsize::new(cells * PACKET).unwrap_or(NonZeroUsize::MIN);
                largest = largest.min(bytes);
            }
        }
        Ok(largest)
    }
}

/// Whether the kernel passes a direct event to subscribers. It does not look at
/// the port, and takes this number as a queue for the same.
pub(super) fn goes_to_subscribers(event: EventView<'_>) -> bool {
    event.dest().client == ClientId::SUBSCRIBERS
        || event.queue().number() == ClientId::SUBSCRIBERS.number()
}

/// How many bytes drivers usually buffer. They cut what is more.
const DRIVER_BUFFER: usize = 4096;

/// How many bytes of a system-exclusive message a packet holds.
const PACKET: usize = 6;

/// Who will get the events.
#[derive(Debug, Default)]
pub(super) struct Receivers {
    programs: Vec<Program>,
    drivers: bool,
    /// It is for a program alone: if that has no room, nobody has the event.
    is_one_program: bool,
}

/// Who has a pool that may overflow.
#[derive(Debug, PartialEq, Eq)]
struct Program {
    client: ClientId,
    /// The kernel makes packets of a message for it, each of which takes a cell.
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

/// A direct event, whole or in pieces, each of which waits for its receivers.
pub(crate) struct Paced<'e> {
    /// With the port that it comes from.
    event: Event<'e>,
    /// The size of a piece, if the event is a system-exclusive message that goes in
    /// pieces.
    piece: Option<NonZeroUsize>,
    receivers: Receivers,
    timeout: Duration,
    /// How fast drivers are fed, if that is limited.
    bytes_per_second: Option<u32>,
    /// When the next event may go to a driver.
    due: Instant,
    /// Bytes so far.
    sent: usize,
    index: usize,
    /// How long the next event has waited.
    waiting: Option<Patience>,
    /// An event was refused, and those behind it do not go.
    broken: bool,
}

/// What became of a step.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// An event was sent.
    Sent,
    /// The next event cannot be sent before this time is over.
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

    /// The same with data of its own.
    pub(super) fn into_owned(self) -> Paced<'static> {
        Paced {
            event: self.event.into_owned(),
            ..self
        }
    }

    /// How many bytes there are.
    pub(crate) fn total(&self) -> usize {
        self.event.payload().len()
    }

    /// How many bytes were sent.
    pub(crate) const fn sent(&self) -> usize {
        self.sent
    }

    /// Whether an event was refused, so that those behind it do not go.
    pub(crate) const fn is_broken(&self) -> bool {
        self.broken
    }

    /// Sends the next event, if there is room for it.
    ///
    /// # Errors
    /// `TimedOut` if there was none for too long; the next step begins to wait
    /// anew. Any other error is the last.
    pub(crate) fn step(&mut self, output: &mut EventOutput) -> Result<Step> {
        // There are no pieces of nothing, but it is sent.
        let is_over = self.index > 0 && self.sent == self.event.payload().len();
        if self.broken || is_over {
            return Ok(Step::Done);
        }
        // What is for the kernel itself may come from no port.
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
        // What fails before the event is sent has a subject of its own.
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
                        let name = found(output.control.client_info(full))?;
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
            // Time that was lost is made up for, but not more than one event's, and
            // only if two fit: the driver's buffer is no larger after a long pause.
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

/// The piece of an event that begins at this byte of its data.
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

/// Sends an event, unless one of its receivers has no room for it. Returns that
/// receiver.
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
        // Somebody else was faster, and nobody has it.
        Err(error) if error.kind() == ErrorKind::ReceiverFull && receivers.is_one_program => {
            Ok(Some(event.dest().client))
        }
        result => result.map(|()| None),
    }
}

/// How long to wait for a receiver, and when to look at it again.
struct Patience {
    deadline: Option<Instant>,
    pause: Duration,
}

impl Patience {
    const FIRST: Duration = Duration::from_millis(1);
    const LONGEST: Duration = Duration::from_millis(8);

    fn new(timeout: Duration) -> Self {
        Self {
            // A time so far away that it does not fit is never.
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
