//! Long system-exclusive messages, sent in pieces.

use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use super::paced::{Paced, Step, goes_to_subscribers};
use crate::address::Address;
use crate::client::EventOutput;
use crate::deadline::Deadline;
use crate::error::{Error, Operation, Result};
use crate::event::{EventType, EventView};
use crate::io::blocking;
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
    /// Bytes a second on a MIDI cable, which carries 31,250 bits a second, ten for each
    /// byte.
    pub const CABLE: u32 = 3125;

    /// Pieces of 256 bytes, 3125 bytes a second, and ten seconds of patience.
    pub const fn new() -> Self {
        Self {
            chunk: sysex::HARDWARE_PIECE,
            bytes_per_second: Some(Self::CABLE),
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

    /// How long to wait for a receiver that does not read, and before the first
    /// piece for the events in the output buffer.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    #[cfg(feature = "async")]
    pub(crate) const fn patience(self) -> Duration {
        self.timeout
    }
}

/// How much of a message was sent, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SysexProgress {
    /// Bytes that the kernel has taken.
    pub sent: usize,
    /// All bytes of the message.
    pub total: usize,
}

/// What became of [`SysexSender::try_step`] or [`EventOutput::try_sysex_step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SysexStep {
    /// A piece was sent; the next may go at once.
    Sent(SysexProgress),
    /// A receiver has no room, or the pace does not allow the next piece: try again when
    /// this time is over.
    Wait(Duration),
    /// All was sent before, or a piece was refused.
    Done,
}

/// A message on its way: what [`EventOutput::sysex_sender`] gives. It sends a
/// piece at each step, and is also an iterator of these steps.
///
/// The driver of an instrument gets it with a connection alone: see [`Event::to`](crate::Event::to).
///
/// ```no_run
/// use alsa_seq::{Address, Event, SequencerClient, SysexPace};
///
/// let mut client = SequencerClient::open("librarian")?;
/// let port = client.create_port("out")?;
/// client.set_source(&port);
/// port.connect_to(Address::new(20, 0))?;
/// let bank = std::fs::read("bank.syx").unwrap_or_default();
/// let event = Event::sysex(bank.as_slice());
/// let mut sender = client.sysex_sender(&event, SysexPace::new())?;
/// while let Some(progress) = sender.step()? {
///     println!("{} of {} bytes", progress.sent, progress.total);
/// }
/// # Ok::<(), alsa_seq::Error>(())
/// ```
///
/// To cancel, drop it. What was sent cannot be taken back: the receiver then
/// has the beginning of a message. The next status byte that it gets ends it
/// there, and a receiver that works as the MIDI standard says discards what it
/// had.
#[must_use = "it sends at each step"]
pub struct SysexSender<'o, 'e> {
    output: &'o mut EventOutput,
    transfer: SysexTransfer<'e>,
}

/// A message on its way that holds no output: what [`EventOutput::sysex_transfer`]
/// gives. [`EventOutput::sysex_step`] or [`EventOutput::try_sysex_step`] send a piece of
/// it.
///
/// It is for programs that cannot keep a borrow of the output, such as a face for another
/// language, or that have several messages on their way; others use [`SysexSender`].
///
/// ```no_run
/// use alsa_seq::{Address, Event, SequencerClient, SysexPace};
///
/// let mut client = SequencerClient::open("librarian")?;
/// let banks = [(20, "a.syx"), (24, "b.syx")];
/// let mut transfers = Vec::new();
/// let mut ports = Vec::new();
/// for (synth, file) in banks {
///     let port = client.create_port("out")?;
///     port.connect_to(Address::new(synth, 0))?;
///     let bank = std::fs::read(file).unwrap_or_default();
///     let event = Event::sysex(bank).from_port(&port);
///     ports.push(port);
///     transfers.push(client.sysex_transfer(&event, SysexPace::new())?.into_owned());
/// }
/// // A piece of each in turn.
/// while !transfers.is_empty() {
///     let mut left = Vec::new();
///     for mut transfer in transfers {
///         if client.sysex_step(&mut transfer)?.is_some() {
///             left.push(transfer);
///         }
///     }
///     transfers = left;
/// }
/// # Ok::<(), alsa_seq::Error>(())
/// ```
///
/// Between the pieces the program may send other events. A receiver that gets anything
/// but real-time messages between the pieces takes the message for broken off.
///
/// To cancel, drop it, as told at [`SysexSender`].
#[must_use = "the output sends a piece of it at each step"]
pub struct SysexTransfer<'e>(Paced<'e>);

impl<'e> SysexTransfer<'e> {
    /// The same with data of its own.
    pub fn into_owned(self) -> SysexTransfer<'static> {
        SysexTransfer(self.0.into_owned())
    }

    /// How much was sent so far.
    pub fn progress(&self) -> SysexProgress {
        SysexProgress {
            sent: self.0.sent(),
            total: self.0.total(),
        }
    }

    #[cfg(feature = "async")]
    pub(crate) const fn pieces(&mut self) -> &mut Paced<'e> {
        &mut self.0
    }

    /// Whether bytes are left to be sent.
    fn has_more(&self) -> bool {
        self.0.sent() < self.0.total() && !self.0.is_broken()
    }
}

impl fmt::Debug for SysexTransfer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SysexTransfer")
            .field(&self.progress())
            .finish()
    }
}

impl SysexSender<'_, '_> {
    /// Sends the next piece, as soon as its receivers have room for it and the
    /// pace allows it. Returns how much was sent, or `None` when all was sent
    /// before.
    ///
    /// # Errors
    /// - `TimedOut` if a receiver made no room for so long
    ///   ([`Error::receiver`] names it), `Interrupted` if an
    ///   [`Interrupter`](crate::Interrupter) ended the wait. The piece was not
    ///   sent, and the next step tries again.
    /// - As [`EventOutput::drain_output`] if the piece is refused. The message
    ///   is then at its end: the next step returns `None`.
    pub fn step(&mut self) -> Result<Option<SysexProgress>> {
        self.output.sysex_step(&mut self.transfer)
    }

    /// Sends the next piece if that can be done now, and never waits: for a loop of the
    /// program's own.
    ///
    /// ```no_run
    /// use alsa_seq::{SysexSender, SysexStep};
    ///
    /// fn when_idle(sender: &mut SysexSender<'_, '_>) -> alsa_seq::Result<()> {
    ///     loop {
    ///         match sender.try_step()? {
    ///             SysexStep::Sent(progress) => println!("{} bytes", progress.sent),
    ///             SysexStep::Wait(pause) => println!("again after {pause:?}"),
    ///             _ => println!("all was sent"),
    ///         }
    /// #       return Ok(());
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`SysexSender::step`], but for `Interrupted`.
    pub fn try_step(&mut self) -> Result<SysexStep> {
        self.output.try_sysex_step(&mut self.transfer)
    }

    /// How much was sent so far.
    pub fn progress(&self) -> SysexProgress {
        self.transfer.progress()
    }
}

impl Iterator for SysexSender<'_, '_> {
    type Item = Result<SysexProgress>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

impl fmt::Debug for SysexSender<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SysexSender")
            .field(&self.progress())
            .finish()
    }
}

impl EventOutput {
    /// Sends a system-exclusive message of any length at once, in pieces, each
    /// as soon as its receivers have room for it. What is in the output buffer
    /// goes first. [`EventOutput::sysex_sender`] does the same step by step.
    ///
    /// `event` is the whole message, with its source and destination. A driver gets it
    /// with a connection alone: see [`Event::to`](crate::Event::to). Before
    /// each piece the pools of the programs that receive it are looked at, as by
    /// [`event_output_patient`](EventOutput::event_output_patient); towards
    /// drivers the pace is kept.
    ///
    /// # Errors
    /// - `InvalidInput` if the event is no system-exclusive message, or is
    ///   scheduled;
    /// - `TimedOut` if a receiver made no room for so long ([`Error::receiver`]
    ///   names it), or if the events in the output buffer could not be sent in
    ///   that time;
    /// - `Interrupted` if an [`Interrupter`](crate::Interrupter) ended it before
    ///   the last piece was sent;
    /// - as [`EventOutput::drain_output`] for a piece that is refused.
    ///
    /// If a receiver made no room, or refused a piece, the subject is that piece.
    /// After any error, the pieces that are left are not sent. It is not an error if a
    /// subscriber goes away meanwhile.
    pub fn sysex_output<'e>(
        &mut self,
        event: impl Into<EventView<'e>>,
        pace: SysexPace,
    ) -> Result<()> {
        let mut sender = self.sysex_sender(event, pace)?;
        while sender.step()?.is_some() {}
        Ok(())
    }

    /// Sends what is in the output buffer, and prepares to send a
    /// system-exclusive message in pieces, as [`EventOutput::sysex_output`], but
    /// with a look at how far it is, and a chance to cancel it, between the
    /// pieces.
    ///
    /// # Errors
    /// `InvalidInput` if the event is no system-exclusive message, or is
    /// scheduled; `TimedOut` if the events in the output buffer could not be
    /// sent in the time of the pace; as [`EventOutput::drain_output`].
    pub fn sysex_sender<'o, 'e>(
        &'o mut self,
        event: impl Into<EventView<'e>>,
        pace: SysexPace,
    ) -> Result<SysexSender<'o, 'e>> {
        let transfer = self.sysex_transfer(event, pace)?;
        Ok(SysexSender {
            output: self,
            transfer,
        })
    }

    /// As [`EventOutput::sysex_sender`], but what it returns holds no borrow of this
    /// output.
    ///
    /// # Errors
    /// The same.
    pub fn sysex_transfer<'e>(
        &mut self,
        event: impl Into<EventView<'e>>,
        pace: SysexPace,
    ) -> Result<SysexTransfer<'e>> {
        let whole = event.into();
        let source = self.check_sysex(whole)?;
        self.drain_output_timeout(pace.timeout)?;
        self.sysex_pieces(whole, source, pace)
    }

    /// Sends the next piece of a message; see [`SysexSender::step`].
    ///
    /// # Errors
    /// The same, and `InvalidInput` if another client has prepared the message.
    pub fn sysex_step(
        &mut self,
        transfer: &mut SysexTransfer<'_>,
    ) -> Result<Option<SysexProgress>> {
        loop {
            // A message to a receiver that is fast never waits; one that is over
            // leaves the interrupt to the next call.
            if transfer.has_more() {
                self.interrupts
                    .check(Deadline::NEVER, Operation::EventOutput)?;
            }
            match transfer.0.step(self)? {
                Step::Sent => return Ok(Some(transfer.progress())),
                Step::Wait(pause) => blocking::pause(pause, &self.interrupts)?,
                Step::Done => return Ok(None),
            }
        }
    }

    /// Sends the next piece of a message if that can be done now, and never waits; see
    /// [`SysexSender::try_step`].
    ///
    /// # Errors
    /// As [`EventOutput::sysex_step`], but for `Interrupted`.
    pub fn try_sysex_step(&mut self, transfer: &mut SysexTransfer<'_>) -> Result<SysexStep> {
        Ok(match transfer.0.step(self)? {
            Step::Sent => SysexStep::Sent(transfer.progress()),
            Step::Wait(pause) => SysexStep::Wait(pause),
            Step::Done => SysexStep::Done,
        })
    }

    pub(crate) fn sysex_pieces<'e>(
        &self,
        whole: EventView<'e>,
        source: Address,
        pace: SysexPace,
    ) -> Result<SysexTransfer<'e>> {
        let receivers = self.receivers(whole, source)?;
        let size = pace.chunk.min(self.largest_piece(&receivers)?);
        let mut event = whole.to_event().from_port(source);
        if goes_to_subscribers(whole) {
            event = event.to_subscribers();
        }
        Ok(SysexTransfer(Paced::new(
            event,
            Some(size),
            receivers,
            pace.timeout,
            pace.bytes_per_second,
        )))
    }

    /// Whether it can be sent in pieces, and from which port.
    pub(crate) fn check_sysex(&self, event: EventView<'_>) -> Result<Address> {
        if event.event_type() == EventType::SYSEX && event.is_direct() {
            return self.check(event).map(Address::from);
        }
        let message = "only a direct system-exclusive event is sent in pieces";
        Err(Error::invalid(Operation::Argument, message))
    }
}
