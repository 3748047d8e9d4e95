//! Sends events one after the other, no faster than they are received.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use alsa_seq::midi::{Parsed, Parser};
use alsa_seq::{Event, sysex};
use nix::poll::{PollFd, PollFlags};

use crate::deliver::{Stop, cut_short};
use crate::failure::Failure;
use crate::long::Piece;
use crate::people::complain;
use crate::signals::{Signals, Woken};
use crate::words::Item;

mod sender;

pub(crate) use sender::Sender;

/// The state of sending.
pub(crate) struct Sending {
    pub(crate) sender: Sender,
    pub(crate) signals: Signals,
    /// The time to wait after each event.
    pub(crate) interval: Duration,
    /// The maximum number of bytes a second for hardware.
    pub(crate) rate: u32,
    /// The requested stop of the program, if a signal has requested it.
    pub(crate) stop: Option<Stop>,
    /// Whether that has ended a long message early.
    pub(crate) is_cut: bool,
}

/// The reason why bytes cannot be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BytesError {
    #[error("this is a song; `aseq play` plays it")]
    Song,
    #[error("a message is cut short")]
    Cut,
    #[error("not MIDI: some bytes are not part of a message")]
    Stray,
    #[error("{0}")]
    Read(io::Error),
    #[error("{0}")]
    Failure(Failure),
}

impl Sending {
    pub(crate) fn items(&mut self, items: Vec<Item>) -> Result<(), Failure> {
        for item in items {
            match item {
                Item::Event(event) => self.event(&event)?,
                Item::Wait(time) => self.wait(time)?,
            }
        }
        Ok(())
    }

    /// Sends an event in pieces. Each piece waits until the piece before has passed the
    /// cable.
    fn event(&mut self, event: &Event<'_>) -> Result<(), Failure> {
        if event.payload().is_empty() {
            self.piece(event)?;
        }
        for piece in sysex::split(event.payload(), sysex::HARDWARE_PIECE) {
            self.piece(&piece)?;
        }
        // The interval does not apply within a message.
        let goes_on = Piece::of(event).is_some_and(|piece| piece.goes_on);
        self.wait(if goes_on {
            Duration::ZERO
        } else {
            self.interval
        })
    }

    fn piece(&mut self, event: &Event<'_>) -> Result<(), Failure> {
        self.wait(self.sender.pause())?;
        let signals = &self.signals;
        // A signal that stops the program waits until the event is sent.
        let look = || match signals.ending_now()? {
            Some(signal) => Err(Failure::Signal(signal)),
            None => Ok(()),
        };
        self.sender.send(event, self.rate, look)
    }

    /// Ends the notes that sound, as far as possible.
    pub(crate) fn fall_silent(&mut self) {
        if let Err(failure) = self.sender.fall_silent() {
            complain(&format_args!("a note may still sound: {failure}"));
        }
    }

    fn wait(&mut self, time: Duration) -> Result<(), Failure> {
        let deadline = Instant::now() + time;
        loop {
            self.stop_if_due()?;
            let left = deadline.saturating_duration_since(Instant::now());
            let until = self.until_stop().map_or(left, |until| until.min(left));
            // This is done also for a wait of 0, because a signal may have arrived.
            let woken = self.signals.wait_all(&mut Vec::new(), Some(until))?;
            self.handle_signals(&woken)?;
            if left.is_zero() {
                return Ok(());
            }
        }
    }

    /// Waits until the input can be read, or is at its end.
    pub(crate) fn readable(&mut self, file: BorrowedFd<'_>) -> Result<(), Failure> {
        loop {
            self.stop_if_due()?;
            let mut fds = vec![PollFd::new(file, PollFlags::POLLIN)];
            let woken = self.signals.wait_all(&mut fds, self.until_stop())?;
            let found = fds.first().and_then(PollFd::revents);
            self.handle_signals(&woken)?;
            if found.is_some_and(|found| !found.is_empty()) {
                return Ok(());
            }
        }
    }

    /// Fails if a signal ends the program. Prepares a stop if a signal requests it.
    fn handle_signals(&mut self, woken: &Woken) -> Result<(), Failure> {
        if let Some(signal) = woken.signal {
            return Err(Failure::Signal(signal));
        }
        if woken.stop && self.stop.is_none() {
            self.stop = Some(Stop::soon());
        }
        self.stop_if_due()
    }

    fn until_stop(&self) -> Option<Duration> {
        self.stop.map(Stop::left)
    }

    /// Stops the program if a signal has requested it, and continues later. No note
    /// sounds meanwhile. A long message ends first, if it ends in time.
    fn stop_if_due(&mut self) -> Result<(), Failure> {
        let Some(stop) = self.stop else {
            return Ok(());
        };
        if self.signals.has_continued() {
            self.stop = None;
            return Ok(());
        }
        let has_begun = self.sender.has_begun();
        if !stop.is_due(has_begun) {
            return Ok(());
        }
        self.stop = None;
        self.is_cut |= has_begun;
        self.fall_silent();
        self.signals.stop()
    }

    /// Fails if a long message was ended early.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.is_cut {
            return Err(cut_short());
        }
        Ok(())
    }

    /// Sends the messages in the bytes, when they arrive. Returns the number of bytes.
    pub(crate) fn bytes(&mut self, mut file: impl Input) -> Result<usize, BytesError> {
        let mut parser = Parser::new([0; 256]);
        let mut buffer = [0; 4096];
        let mut total = 0;
        loop {
            if let Some(fd) = file.fd() {
                self.readable(fd).map_err(BytesError::Failure)?;
            }
            let length = file.read(&mut buffer).map_err(BytesError::Read)?;
            if length == 0 {
                break;
            }
            let mut bytes = buffer.get(..length).unwrap_or_default();
            if total == 0 && (bytes.starts_with(b"MThd") || bytes.starts_with(b"RIFF")) {
                return Err(BytesError::Song);
            }
            total += length;
            while let Some(parsed) = parser.parse(&mut bytes) {
                let Parsed::Event(data) = parsed else {
                    return Err(BytesError::Cut);
                };
                let event = Event::new(data).into_owned();
                self.event(&event).map_err(BytesError::Failure)?;
            }
            if parser.discarded() > 0 {
                return Err(BytesError::Stray);
            }
        }
        if parser.finish().is_some() || parser.discarded() > 0 {
            return Err(BytesError::Cut);
        }
        Ok(total)
    }
}

/// A source of bytes, with the file to wait for.
pub(crate) trait Input: Read {
    fn fd(&self) -> Option<BorrowedFd<'_>>;
}

impl Input for std::fs::File {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.as_fd())
    }
}

impl Input for io::Cursor<Vec<u8>> {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}
