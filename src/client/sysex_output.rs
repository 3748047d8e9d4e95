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

/// Options for sending a long message: the size of its pieces, and their speed.
///
/// The default suits MIDI cables: pieces of 256 bytes, 3125 bytes a second. The speed
/// applies only to receivers behind a driver. Programs get the pieces as fast as they
/// read.
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
    /// The speed of a MIDI cable in bytes a second. It carries 31,250 bits a second, ten
    /// for each byte.
    pub const CABLE: u32 = 3125;

    /// Pieces of 256 bytes, 3125 bytes a second, and a time-out of ten seconds.
    pub const fn new() -> Self {
        Self {
            chunk: sysex::HARDWARE_PIECE,
            bytes_per_second: Some(Self::CABLE),
            timeout: Duration::from_secs(10),
        }
    }

    /// Sets the size of a piece. Drivers buffer 4096 bytes and drop the bytes that do not
    /// fit. A receiver with the default pool of 200 cells accepts no piece above 5572
    /// bytes. UMP clients need a cell of their pool for each six bytes; if necessary,
    /// they get smaller pieces.
    pub const fn chunk(mut self, bytes: NonZeroUsize) -> Self {
        self.chunk = bytes;
        self
    }

    /// Sets the speed for drivers in bytes a second. `None` means no limit, for example
    /// for a USB device that is fast enough.
    pub const fn bytes_per_second(mut self, rate: Option<u32>) -> Self {
        self.bytes_per_second = rate;
        self
    }

    /// Sets the time-out of a wait for a receiver that does not read. It also limits the
    /// wait for the events in the output buffer, before the first piece.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    #[cfg(feature = "async")]
    pub(crate) const fn patience(self) -> Duration {
        self.timeout
    }
}

/// The progress of a message, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SysexProgress {
    /// The number of bytes that the kernel has accepted.
    pub sent: usize,
    /// The number of bytes of the message.
    pub total: usize,
}

/// The result of [`SysexSender::try_step`] and [`EventOutput::try_sysex_step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SysexStep {
    /// A piece was sent. The next piece can be sent at once.
    Sent(SysexProgress),
    /// A receiver has no room, or the next piece is not due yet. Try again after this
    /// time.
    Wait(Duration),
    /// Everything was sent before, or the kernel has refused a piece.
    Done,
}

/// A long message that is being sent, from [`EventOutput::sysex_sender`]. Each step sends
/// a piece. It is also an iterator of these steps.
///
/// A driver of an instrument accepts it only from a connected port: see
/// [`Event::to`](crate::Event::to).
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
/// To cancel the message, drop this object. The receiver then has only the beginning of
/// the message. The next status byte ends the message, and a receiver that follows the
/// MIDI standard discards it.
#[must_use = "it sends at each step"]
pub struct SysexSender<'o, 'e> {
    output: &'o mut EventOutput,
    transfer: SysexTransfer<'e>,
}

/// A long message that is being sent, without a borrow of the output, from
/// [`EventOutput::sysex_transfer`]. [`EventOutput::sysex_step`] or
/// [`EventOutput::try_sysex_step`] sends a piece of it.
///
/// It is for programs that cannot keep a borrow of the output, such as bindings for
/// another language, or that send several messages at a time. Other programs use
/// [`SysexSender`].
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
/// Between the pieces, the program may send other events. If they go to the same
/// receiver, they must be real-time messages. After any other event, the receiver treats
/// the message as aborted.
///
/// To cancel, drop it; see [`SysexSender`].
#[must_use = "the output sends a piece of it at each step"]
pub struct SysexTransfer<'e>(Paced<'e>);

impl<'e> SysexTransfer<'e> {
    /// The same with owned data.
    pub fn into_owned(self) -> SysexTransfer<'static> {
        SysexTransfer(self.0.into_owned())
    }

    /// Returns the progress.
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

    /// Returns whether some bytes were not sent yet.
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
    /// Sends the next piece, as soon as it is due and its receivers have room for it.
    /// Returns the progress, or `None` if everything was sent before.
    ///
    /// # Errors
    /// - `TimedOut` if a receiver had no room within the time-out ([`Error::receiver`]
    ///   returns it); `Interrupted` if an [`Interrupter`](crate::Interrupter) ended the
    ///   wait. The piece was not sent, and the next step tries again.
    /// - The errors of [`EventOutput::drain_output`] if the kernel refuses the piece. The
    ///   rest is then not sent: the next step returns `None`.
    pub fn step(&mut self) -> Result<Option<SysexProgress>> {
        self.output.sysex_step(&mut self.transfer)
    }

    /// Sends the next piece if that is possible now. Never waits. It is for programs with
    /// their own event loop.
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
    /// The errors of [`SysexSender::step`], without `Interrupted`.
    pub fn try_step(&mut self) -> Result<SysexStep> {
        self.output.try_sysex_step(&mut self.transfer)
    }

    /// Returns the progress.
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
    /// Sends a direct system-exclusive message of any length in pieces. Each piece waits
    /// until its receivers have room for it. The events in the output buffer are sent
    /// first. [`EventOutput::sysex_sender`] does the same step by step.
    ///
    /// `event` is the whole message, with its source and destination. A driver accepts it
    /// only from a connected port: see [`Event::to`](crate::Event::to). Before each
    /// piece, this checks the pools of the programs that will receive it, as
    /// [`event_output_patient`](EventOutput::event_output_patient) does. For drivers, it
    /// keeps the speed of `pace`.
    ///
    /// # Errors
    /// - `InvalidInput` if the event is not a system-exclusive message, or is scheduled;
    /// - `TimedOut` if a receiver had no room within the time-out ([`Error::receiver`]
    ///   returns it), or if the events in the output buffer could not be sent in that
    ///   time;
    /// - `Interrupted` if an [`Interrupter`](crate::Interrupter) ended it before the last
    ///   piece was sent;
    /// - the errors of [`EventOutput::drain_output`] if the kernel refuses a piece.
    ///
    /// If a receiver had no room, or refused a piece, the subject of the error is that
    /// piece. After any error, the remaining pieces are not sent. If a subscriber
    /// disappears during the message, that is not an error.
    pub fn sysex_output<'e>(
        &mut self,
        event: impl Into<EventView<'e>>,
        pace: SysexPace,
    ) -> Result<()> {
        let mut sender = self.sysex_sender(event, pace)?;
        while sender.step()?.is_some() {}
        Ok(())
    }

    /// Sends the events in the output buffer, and prepares to send a system-exclusive
    /// message in pieces, like [`EventOutput::sysex_output`]. Between the pieces, your
    /// program can show the progress and cancel the message.
    ///
    /// # Errors
    /// `InvalidInput` if the event is not a system-exclusive message, or is scheduled;
    /// `TimedOut` if the events in the output buffer could not be sent within the
    /// time-out of `pace`; the errors of [`EventOutput::drain_output`].
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

    /// Like [`EventOutput::sysex_sender`], but the result does not borrow this output.
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
            // A message to a fast receiver never waits, so this checks for an interrupt.
            // After the last piece, it leaves the interrupt to the next call.
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

    /// Sends the next piece of a message if that is possible now. Never waits; see
    /// [`SysexSender::try_step`].
    ///
    /// # Errors
    /// The errors of [`EventOutput::sysex_step`], without `Interrupted`.
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

    /// Checks that the event can be sent in pieces, and returns its source.
    pub(crate) fn check_sysex(&self, event: EventView<'_>) -> Result<Address> {
        if event.event_type() == EventType::SYSEX && event.is_direct() {
            return self.check(event).map(Address::from);
        }
        let message = "only a direct system-exclusive event is sent in pieces";
        Err(Error::invalid(Operation::Argument, message))
    }
}
