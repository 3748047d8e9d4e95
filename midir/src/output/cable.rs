//! System-exclusive messages at the speed of hardware.

use std::num::NonZeroUsize;
use std::thread;
use std::time::{Duration, Instant};

use alsa_seq::{Error, ErrorKind, Event, Result, SysexPace, SysexStep};

use super::client::OutputClient;

/// What a connection has sent to hardware, which takes it slowly. A driver buffers 4096
/// bytes; it drops what is more, and nobody is told.
pub(super) struct Cable {
    /// How many bytes a second the hardware takes; `None` if it takes any.
    rate: Option<u32>,
    /// When the hardware has taken everything.
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

/// A message to hardware up to this length is not cut. At most two pieces are in the
/// driver's buffer, with as much before them.
const PIECE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1023);

/// The same to programs and to *Midi Through*, which passes it on to programs: some do not
/// put pieces together. The usual pool of a program has room for it. The pieces of a longer
/// message to *Midi Through* go at the speed of a cable, because nobody can see whether the
/// programs behind it have room.
const PIECE_TO_PROGRAMS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4095);

impl Cable {
    pub(super) fn set_rate(&mut self, rate: Option<u32>) {
        self.rate = rate.map(|rate| rate.max(1));
    }

    /// How long hardware takes for so many bytes.
    pub(super) fn time(&self, bytes: usize) -> Duration {
        let Some(rate) = self.rate else {
            return Duration::ZERO;
        };
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        Duration::from_nanos(bytes.saturating_mul(1_000_000_000) / u64::from(rate))
    }

    /// Sends a system-exclusive message, or a part of one.
    ///
    /// A receiver that has no room for the beginning of a message is an error at once. A
    /// message that has begun is worth waiting for.
    pub(super) fn send(&mut self, client: &OutputClient, event: &Event<'_>) -> Result<()> {
        let drives = self.rate.is_some() && reaches_card(client, event)?;
        if drives {
            self.wait();
        }
        let started = Instant::now();
        let piece = if drives { PIECE } else { PIECE_TO_PROGRAMS };
        let pace = SysexPace::new().chunk(piece).bytes_per_second(self.rate);
        // The waiting for receivers is done here, not in the transfer.
        let pace = pace.timeout(Duration::ZERO);
        let mut transfer = client.output().sysex_transfer(event, pace)?;
        let begins = event.payload().first() == Some(&0xf0);
        let mut waiting = if begins { None } else { Some(Wait::new()) };
        loop {
            // Other connections of this client send between the pieces.
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

    /// Sends a packet that has so many bytes of a system-exclusive message.
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

    /// The hardware got so many bytes at this time.
    fn took(&mut self, bytes: usize, at: Instant) {
        let from = self.free.map_or(at, |free| free.max(at));
        self.free = Some(from + self.time(bytes));
    }
}

/// How long a receiver may take to make room for the next piece.
const PATIENCE: Duration = Duration::from_secs(10);

/// A wait for a receiver that has no room for the next piece.
struct Wait {
    /// When the piece had no room for the first time.
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

    /// Waits a little, unless it has been too long: then the error stays one.
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

/// Whether a sound card is among those who receive what the event's port sends. *Midi
/// Through* is none.
fn reaches_card(client: &OutputClient, event: &Event<'_>) -> Result<bool> {
    let control = client.control();
    let connections = control.connections_from(event.source())?;
    Ok(connections.iter().any(|connection| {
        let receiver = control.client_info(connection.receiver.client);
        receiver.is_ok_and(|client| client.card().is_some())
    }))
}
