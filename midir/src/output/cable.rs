//! System-exclusive messages at the speed of hardware.

use std::num::NonZeroUsize;
use std::thread;
use std::time::{Duration, Instant};

use alsa_seq::{ClientKind, Event, Result, SysexPace, SysexStep};

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

/// The same to programs, of which some do not put pieces together. The usual pool of a
/// program has room for it.
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
    pub(super) fn send(&mut self, client: &OutputClient, event: &Event<'_>) -> Result<()> {
        let drives = self.rate.is_some() && reaches_driver(client, event)?;
        if drives {
            let backlog = self
                .free
                .map(|free| free.saturating_duration_since(Instant::now()));
            let early = backlog.and_then(|time| time.checked_sub(self.time(2 * PIECE.get())));
            thread::sleep(early.unwrap_or_default());
        }
        let begun = Instant::now();
        let piece = if drives { PIECE } else { PIECE_TO_PROGRAMS };
        let pace = SysexPace::new().chunk(piece).bytes_per_second(self.rate);
        let mut transfer = client.output().sysex_transfer(event, pace)?;
        loop {
            // Other connections of this client send between the pieces.
            let step = client.output().try_sysex_step(&mut transfer)?;
            match step {
                SysexStep::Sent(_) => {}
                SysexStep::Wait(pause) => thread::sleep(pause),
                _ => break,
            }
        }
        if drives {
            let from = self.free.map_or(begun, |free| free.max(begun));
            self.free = Some(from + self.time(event.payload().len()));
        }
        Ok(())
    }
}

/// Whether a driver is among those who receive what the event's port sends.
fn reaches_driver(client: &OutputClient, event: &Event<'_>) -> Result<bool> {
    let control = client.control();
    let connections = control.connections_from(event.source())?;
    Ok(connections.iter().any(|connection| {
        let receiver = control.client_info(connection.receiver.client);
        receiver.is_ok_and(|client| client.kind() == ClientKind::Kernel)
    }))
}
