//! Output at the pace of whoever receives it.
//!
//! Nothing tells when a receiver's pool has room again, so it is looked at again
//! and again. What waits in between is not known here: the blocking client sleeps,
//! the async one leaves that to its runtime.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use crate::address::{Address, ClientId};
use crate::client::{ClientKind, EventOutput};
use crate::error::{Error, ErrorKind, Operation, Result, Subject, found};
use crate::event::{Event, EventType, EventView};
use crate::sysex;

/// How a long message is sent: in which pieces, and how fast.
///
/// The default suits real MIDI cables: pieces of 256 bytes, 3125 bytes a
/// second. It concerns receivers behind a driver alone; programs are fed as
/// fast as they read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "it only describes how to send"]
pub struct SysexPace {
    chunk: NonZeroUsize,
    bytes_per_second: Option<u32>,
    timeout: Duration,
}

impl Default for SysexPace {
    fn default() -> Self {
        Self::new()
    }
}

impl SysexPace {
    /// Pieces of 256 bytes, 3125 bytes a second, and ten seconds of patience.
    pub const fn new() -> Self {
        Self {
            chunk: sysex::HARDWARE_PIECE,
            bytes_per_second: Some(3125),
            timeout: Duration::from_secs(10),
        }
    }

    /// The size of a piece. Drivers buffer 4096 bytes and cut what is more; a
    /// receiver with the usual pool of 200 cells takes no piece above 5572. To UMP
    /// clients, whose pools have a cell for six bytes, go smaller pieces if need
    /// be.
    pub const fn chunk(mut self, bytes: NonZeroUsize) -> Self {
        self.chunk = bytes;
        self
    }

    /// How many bytes a second go to drivers; `None` for no limit, as for a USB
    /// device that is known to take it.
    pub const fn bytes_per_second(mut self, rate: Option<u32>) -> Self {
        self.bytes_per_second = rate;
        self
    }

    /// How long to wait for a receiver that does not read.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

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
    /// # Errors
    /// - `TimedOut` if there was no room for so long; the event was not sent;
    /// - `InvalidInput` if the event is scheduled: it does not wait for its
    ///   receivers;
    /// - as [`EventOutput::drain_output`] if the event is refused.
    pub fn event_output_patient<'e>(
        &mut self,
        event: impl Into<EventView<'e>>,
        timeout: Duration,
    ) -> Result<()> {
        let mut event = self.patient(event.into(), timeout)?;
        while let Some(pause) = event.step(self)? {
            self.interrupts.pause(pause)?;
        }
        Ok(())
    }

    /// Sends a system-exclusive message of any length at once, in pieces, each
    /// as soon as its receivers have room for it. What is in the output buffer
    /// goes first.
    ///
    /// `event` is the whole message, with its source and destination. Before
    /// each piece the pools of the programs that receive it are looked at, as by
    /// [`event_output_patient`](EventOutput::event_output_patient); towards
    /// drivers the pace is kept.
    ///
    /// # Errors
    /// - `InvalidInput` if the event is no system-exclusive message, or is
    ///   scheduled;
    /// - `TimedOut` if a receiver made no room for so long;
    /// - as [`EventOutput::drain_output`] for a piece that is refused.
    ///
    /// The subject is the piece that was not delivered; those behind it were
    /// not sent. A subscriber that goes away meanwhile is no error.
    pub fn sysex_output<'e>(
        &mut self,
        event: impl Into<EventView<'e>>,
        pace: SysexPace,
    ) -> Result<()> {
        let whole = event.into();
        check_sysex(whole)?;
        self.drain_output()?;
        let mut pieces = self.sysex_pieces(whole, pace)?;
        while let Some(pause) = pieces.step(self)? {
            self.interrupts.pause(pause)?;
        }
        Ok(())
    }

    pub(crate) fn patient<'e>(
        &self,
        event: EventView<'e>,
        timeout: Duration,
    ) -> Result<Paced<impl Iterator<Item = Event<'e>> + use<'e>>> {
        self.check(event)?;
        if !event.is_direct() {
            let message = "only a direct event waits for its receivers";
            return Err(Error::invalid(Operation::Argument, message));
        }
        let receivers = self.receivers(event)?;
        Ok(Paced::new(
            std::iter::once(event.to_event()),
            receivers,
            timeout,
            None,
        ))
    }

    pub(crate) fn sysex_pieces<'e>(
        &self,
        whole: EventView<'e>,
        pace: SysexPace,
    ) -> Result<Paced<impl Iterator<Item = Event<'e>> + use<'e>>> {
        let receivers = self.receivers(whole)?;
        let size = pace.chunk.min(self.largest_piece(&receivers.programs)?);
        let dest = if goes_to_subscribers(whole) {
            Address::SUBSCRIBERS
        } else {
            whole.dest()
        };
        let pieces = sysex::split(whole.payload(), size).map(move |piece| {
            piece
                .from_port(whole.source())
                .to(dest)
                .with_tag(whole.tag())
        });
        // There are no pieces of nothing.
        let nothing = whole.payload().is_empty().then(|| whole.to_event());
        Ok(Paced::new(
            nothing.into_iter().chain(pieces),
            receivers,
            pace.timeout,
            pace.bytes_per_second,
        ))
    }

    /// Who will get the event. That somebody is gone is not told here: he needs no
    /// room, and whether it matters, sending tells.
    fn receivers(&self, event: EventView<'_>) -> Result<Receivers> {
        let mut receivers = Receivers::default();
        if goes_to_subscribers(event) {
            let from = Address::from((self.id(), event.source().port));
            for subscription in found(self.subscriptions_from(from))?.unwrap_or_default() {
                self.add_receiver(&mut receivers, subscription.dest.client)?;
            }
        } else {
            self.add_receiver(&mut receivers, event.dest().client)?;
            receivers.is_one_program = !receivers.drivers;
        }
        Ok(receivers)
    }

    fn add_receiver(&self, receivers: &mut Receivers, client: ClientId) -> Result<()> {
        let Some(info) = found(self.client_info(client))? else {
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

    /// Whether all of these have enough cells free for the event, or all that they
    /// have.
    fn have_room(&self, programs: &[Program], event: &Event<'_>) -> Result<bool> {
        for program in programs {
            let cells = program.cells(event) + SPARE_CELLS;
            let pool = found(self.client_pool(program.client))?;
            if pool.is_some_and(|pool| pool.input_free() < cells.min(pool.input())) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// As many bytes of a message as all these pools have cells for, in packets.
    /// (What is larger than the pool of a program that gets no packets is refused,
    /// and the pool keeps what it has.)
    fn largest_piece(&self, programs: &[Program]) -> Result<NonZeroUsize> {
        let mut largest = NonZeroUsize::MAX;
        for program in programs.iter().filter(|program| program.gets_packets) {
            if let Some(pool) = found(self.client_pool(program.client))? {
                let cells = pool.input().saturating_sub(SPARE_CELLS);
                let bytes = NonZeroUsize::new(cells * PACKET).unwrap_or(NonZeroUsize::MIN);
                largest = largest.min(bytes);
            }
        }
        Ok(largest)
    }
}

/// Whether it can be sent in pieces.
pub(crate) fn check_sysex(event: EventView<'_>) -> Result<()> {
    if event.event_type() == EventType::SYSEX && event.is_direct() {
        return Ok(());
    }
    let message = "only a direct system-exclusive event is sent in pieces";
    Err(Error::invalid(Operation::Argument, message))
}

/// Whether the kernel passes a direct event to subscribers. It does not look at
/// the port, and takes this number as a queue for the same.
fn goes_to_subscribers(event: EventView<'_>) -> bool {
    event.dest().client == ClientId::SUBSCRIBERS
        || event.queue().number() == ClientId::SUBSCRIBERS.number()
}

/// How many bytes of a system-exclusive message a packet holds.
const PACKET: usize = 6;

/// Who will get the events.
#[derive(Debug, Default)]
struct Receivers {
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
            1 + length.div_ceil(28)
        }
    }
}

/// Direct events, each of which waits for its receivers.
pub(crate) struct Paced<I: Iterator> {
    events: I,
    receivers: Receivers,
    timeout: Duration,
    /// How fast drivers are fed, if that is limited.
    bytes_per_second: Option<u32>,
    started: Instant,
    /// Bytes so far.
    sent: u32,
    index: usize,
    waiting: Option<(I::Item, Patience)>,
}

impl<'e, I: Iterator<Item = Event<'e>>> Paced<I> {
    fn new(
        events: I,
        receivers: Receivers,
        timeout: Duration,
        bytes_per_second: Option<u32>,
    ) -> Self {
        let limited = bytes_per_second.filter(|_| receivers.drivers);
        Self {
            events,
            receivers,
            timeout,
            bytes_per_second: limited,
            started: Instant::now(),
            sent: 0,
            index: 0,
            waiting: None,
        }
    }

    /// Sends as much as there is room for. Returns how long to wait before the
    /// next step, or `None` when all is sent.
    pub(crate) fn step(&mut self, output: &mut EventOutput) -> Result<Option<Duration>> {
        loop {
            let (event, patience) = match &mut self.waiting {
                Some(waiting) => waiting,
                none => match self.events.next() {
                    Some(event) => none.insert((event, Patience::new(self.timeout))),
                    None => return Ok(None),
                },
            };
            if let Some(rate) = self.bytes_per_second {
                let due = self.started + Duration::from_secs(1) * self.sent / rate.max(1);
                let early = due.saturating_duration_since(Instant::now());
                if !early.is_zero() {
                    *patience = Patience::new(self.timeout);
                    return Ok(Some(early));
                }
            }
            let (index, dest) = (self.index, event.dest());
            let about = |error: Error| error.about(Subject::Event { index, dest });
            let length = event.payload().len();
            let programs = &self.receivers.programs;
            let is_alone = self.receivers.is_one_program;
            let sent = output.have_room(programs, event).and_then(|room| {
                if !room {
                    return Ok(false);
                }
                match output.event_output_direct(&*event) {
                    // Somebody else was faster, and nobody has it.
                    Err(error) if error.kind() == ErrorKind::ReceiverFull && is_alone => Ok(false),
                    result => result.map(|()| true),
                }
            });
            if !sent.map_err(about)? {
                return patience.pause().map(Some).map_err(about);
            }
            let length = u32::try_from(length).unwrap_or(u32::MAX);
            self.sent = self.sent.saturating_add(length);
            self.index += 1;
            self.waiting = None;
        }
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

    /// The next pause.
    ///
    /// # Errors
    /// `TimedOut` if the time is over.
    fn pause(&mut self) -> Result<Duration> {
        if self
            .deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
        {
            return Err(Error::new(Operation::EventOutput, ErrorKind::TimedOut));
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(Self::LONGEST);
        Ok(pause)
    }
}
