//! System-exclusive messages at the speed of hardware.

use std::num::NonZeroUsize;
use std::thread;
use std::time::{Duration, Instant};

use alsa_seq::{Error, ErrorKind, Event, Result, SysexPace, SysexStep};

use super::client::OutputClient;

/// The amount of data that a connection has sent to slow hardware. A driver buffers 4096 bytes, and
/// silently drops further data.
pub(super) struct Cable {
    /// The speed of the hardware in bytes per second; `None` for no limit.
    rate: Option<u32>,
    /// The time when the hardware has received everything.
    free: Option<Instant>,
}

impl Default for Cable {
    fn default() -> Self {
        Self {
            rate: Some(SysexPace::CABLE),
            free: None,
        }
    }
}

/// A message to hardware up to this length is not cut. The driver's buffer contains at most two
/// pieces, and as much data before them.
const PIECE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1023);

/// The same limit for programs, and for *Midi Through*, which passes messages on to programs. Some
/// programs do not join pieces. The default pool of a program has room for a message of this
/// length. Pieces of a longer message to *Midi Through* are sent at the speed of a cable, because
/// it is unknown whether the programs behind it have room.
const PIECE_TO_PROGRAMS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4095);

impl Cable {
    pub(super) fn set_rate(&mut self, rate: Option<u32>) {
        self.rate = rate.map(|rate| rate.max(1));
    }

    /// Returns the time that hardware needs for this number of bytes.
    pub(super) fn time(&self, bytes: usize) -> Duration {
        let Some(rate) = self.rate else {
            return Duration::ZERO;
        };
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        Duration::from_nanos(bytes.saturating_mul(1_000_000_000) / u64::from(rate))
    }

    /// Sends a system-exclusive message, or a part of one.
    ///
    /// If a receiver has no room for the beginning of a message, that is an error at once. For the
    /// rest of the message, the call waits for room.
    pub(super) fn send(&mut self, client: &OutputClient, event: &Event<'_>) -> Result<()> {
        let drives = self.rate.is_some() && reaches_card(client, event)?;
        if drives {
            self.wait();
        }
        let started = Instant::now();
        let piece = if drives { PIECE } else { PIECE_TO_PROGRAMS };
        let pace = SysexPace::new().chunk(piece).bytes_per_second(self.rate);
        // This function waits for receivers, so the transfer does not.
        let pace = pace.timeout(Duration::ZERO);
        let mut transfer = client.output().sysex_transfer(event, pace)?;
        let begins = event.payload().first() == Some(&0xf0);
        let mut waiting = if begins { None } else { Some(Wait::new()) };
        loop {
            // Other connections of this client may send between the pieces.
            let step = client.output().try_sysex_step(&mut transfer);
            match step {
                Ok(SysexStep::Sent(_)) => waiting = Some(Wait::new()),
                Ok(SysexStep::Wait(pause)) => thread::sleep(pause),
                Ok(_) => break,
                Err(error) if error.kind() == ErrorKind::TimedOut => match &mut waiting {
                    Some(waiting) => waiting.pause(error)?,
                    None => return Err(error),
                },
                Err(error) => return Err(error),
            }
        }
        if drives {
            self.took(event.payload().len(), started);
        }
        Ok(())
    }

    /// Sends a packet that contains this number of bytes of a system-exclusive message.
    pub(super) fn send_packet(
        &mut self,
        client: &OutputClient,
        event: &Event<'_>,
        bytes: usize,
    ) -> Result<()> {
        let drives = self.rate.is_some() && reaches_card(client, event)?;
        if drives {
            self.wait();
        }
        let started = Instant::now();
        client.output().event_output_direct(event)?;
        if drives {
            self.took(bytes, started);
        }
        Ok(())
    }

    /// Waits until the hardware has room.
    fn wait(&self) {
        let backlog = self
            .free
            .map(|free| free.saturating_duration_since(Instant::now()));
        let early = backlog.and_then(|time| time.checked_sub(self.time(2 * PIECE.get())));
        thread::sleep(early.unwrap_or_default());
    }

    /// Records that the hardware got this number of bytes at this time.
    fn took(&mut self, bytes: usize, at: Instant) {
        let from = self.free.map_or(at, |free| free.max(at));
        self.free = Some(from + self.time(bytes));
    }
}

/// Limit of the wait for a receiver's room for the next piece.
const PATIENCE: Duration = Duration::from_secs(10);

/// A wait for a receiver that has no room for the next piece.
struct Wait {
    /// The time when the piece had no room for the first time.
    since: Option<Instant>,
    pause: Duration,
}

impl Wait {
    const FIRST: Duration = Duration::from_millis(1);
    const LONGEST: Duration = Duration::from_millis(8);

    const fn new() -> Self {
        Self {
            since: None,
            pause: Self::FIRST,
        }
    }

    /// Waits a moment. If the limit is reached, returns the error.
    fn pause(&mut self, error: Error) -> Result<()> {
        let since = self.since.get_or_insert_with(Instant::now);
        if since.elapsed() >= PATIENCE {
            return Err(error);
        }
        thread::sleep(self.pause);
        self.pause = (2 * self.pause).min(Self::LONGEST);
        Ok(())
    }
}

/// Returns whether a sound card receives the events of the event's port. *Midi Through* does not
/// count.
fn reaches_card(client: &OutputClient, event: &Event<'_>) -> Result<bool> {
    let control = client.control();
    let connections = control.connections_from(event.source())?;
    Ok(connections.iter().any(|connection| {
        let receiver = control.client_info(connection.receiver.client);
        receiver.is_ok_and(|client| client.card().is_some())
    }))
}
