//! Long system-exclusive messages, at the pace of whoever receives them.

use std::num::NonZeroUsize;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::address::{Address, ClientId};
use crate::client::{ClientKind, EventOutput};
use crate::error::{Error, ErrorKind, Operation, Result, Subject};
use crate::event::{EventType, EventView};
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
    /// receiver with the usual pool of 200 cells takes no piece above 5572.
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
    /// Sends a system-exclusive message of any length at once, in pieces, each
    /// as soon as its receivers have room for it. What is in the output buffer
    /// goes first.
    ///
    /// `event` is the whole message, with its source and destination. Before
    /// each piece the pools of the programs that receive it are looked at, for
    /// a pool that overflows loses everything in it; towards drivers the pace
    /// is kept. (Nothing tells when a pool has room again, so it is looked at
    /// again after 1 to 8 milliseconds.)
    ///
    /// # Errors
    /// - `TimedOut` if a receiver made no room for so long;
    /// - as [`EventOutput::drain_output`] for a piece that is refused.
    ///
    /// The subject is the piece that was not delivered; those behind it were
    /// not sent.
    pub fn sysex_output<'e>(
        &mut self,
        event: impl Into<EventView<'e>>,
        pace: SysexPace,
    ) -> Result<()> {
        let whole = event.into();
        if whole.event_type() != EventType::SYSEX || !whole.is_direct() {
            let message = "only a direct system-exclusive event is sent in pieces";
            return Err(Error::invalid(Operation::Argument, message));
        }
        self.drain_output()?;
        if whole.payload().is_empty() {
            // There are no pieces of nothing.
            return self.event_output_direct(whole);
        }
        let receivers = self.receivers(whole)?;
        let started = Instant::now();
        let mut sent = 0_u32;
        for (index, piece) in sysex::split(whole.payload(), pace.chunk).enumerate() {
            let length = piece.payload().len();
            let about = |error: Error| {
                let dest = whole.dest();
                error.about(Subject::Event { index, dest })
            };
            if receivers.drivers {
                if let Some(rate) = pace.bytes_per_second {
                    let due = started + Duration::from_secs(1) * sent / rate.max(1);
                    sleep(due.saturating_duration_since(Instant::now()));
                }
            }
            let cells = 1 + length.div_ceil(28) + SPARE_CELLS;
            for program in &receivers.programs {
                self.wait_for_pool(*program, cells, pace.timeout)
                    .map_err(about)?;
            }
            let piece = piece
                .from_port(whole.source())
                .to(whole.dest())
                .with_tag(whole.tag());
            self.event_output_direct(&piece).map_err(about)?;
            sent = sent.saturating_add(u32::try_from(length).unwrap_or(u32::MAX));
        }
        Ok(())
    }

    fn receivers(&self, event: EventView<'_>) -> Result<Receivers> {
        let mut receivers = Receivers::default();
        if event.dest() == Address::SUBSCRIBERS {
            let from = Address::from((self.id(), event.source().port));
            for subscription in self.subscriptions_from(from)? {
                self.add_receiver(&mut receivers, subscription.dest.client)?;
            }
        } else {
            self.add_receiver(&mut receivers, event.dest().client)?;
        }
        Ok(receivers)
    }

    fn add_receiver(&self, receivers: &mut Receivers, client: ClientId) -> Result<()> {
        match self.client_info(client)?.kind() {
            ClientKind::Kernel => receivers.drivers = true,
            ClientKind::User if !receivers.programs.contains(&client) => {
                receivers.programs.push(client);
            }
            ClientKind::User => {}
        }
        Ok(())
    }

    /// Waits until so many cells are free, or all that there are.
    fn wait_for_pool(&self, program: ClientId, cells: usize, timeout: Duration) -> Result<()> {
        let deadline = Instant::now().checked_add(timeout);
        let mut pause = Duration::from_millis(1);
        loop {
            let pool = self.client_pool(program)?;
            if pool.input_free() >= cells.min(pool.input()) {
                return Ok(());
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Err(Error::new(Operation::EventOutput, ErrorKind::TimedOut));
            }
            sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(8));
        }
    }
}

/// Who will get the message.
#[derive(Debug, Default)]
struct Receivers {
    programs: Vec<ClientId>,
    drivers: bool,
}
