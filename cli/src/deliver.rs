//! Sending at once, not faster than the receivers take it.

use std::time::{Duration, Instant};

use alsa_seq::{Address, ClientControl, ClientInfo, ClientKind, ErrorKind, Event, SequencerClient};

use crate::cable::{Cable, bytes_of};
use crate::failure::Failure;
use crate::people::complain;
use crate::sounding::Sounding;

/// How long a receiver may leave us waiting.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// The program that owned a port when this program connected to it: its process and its
/// client's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pid: Option<u32>,
    name: String,
}

impl Owner {
    pub(crate) fn of(client: &ClientInfo) -> Self {
        Self {
            pid: client.pid(),
            name: client.name().into_owned(),
        }
    }

    /// Returns whether the port still belongs to this program. If not, the port is gone,
    /// or another program has its number.
    pub(crate) fn has(&self, control: &ClientControl, port: Address) -> bool {
        let client = control
            .port_info(port)
            .and_then(|_| control.client_info(port.client));
        match client {
            Ok(client) => *self == Self::of(&client),
            Err(error) => error.kind() != ErrorKind::NotFound,
        }
    }
}

pub(crate) fn stopped_reading(dest: Address) -> Failure {
    Failure::Other(format!("{dest} has stopped reading"))
}

pub(crate) fn cut_short() -> Failure {
    Failure::Other("not all was sent: a long message was cut short by a pause".to_owned())
}

/// How long a receiver may leave us waiting when it is to fall silent. Whoever ends
/// the program waits as long.
pub(crate) const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// A stop that a signal has asked for. A long message delays it, but not for long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stop {
    by: Instant,
}

impl Stop {
    pub(crate) fn soon() -> Self {
        Self {
            by: Instant::now() + LAST_PATIENCE,
        }
    }

    /// Returns how long a long message may still delay it.
    pub(crate) fn left(self) -> Duration {
        self.by.saturating_duration_since(Instant::now())
    }

    /// Returns whether the program stops now. `has_begun` says that a long message has
    /// begun somewhere and is not whole.
    pub(crate) fn is_due(self, has_begun: bool) -> bool {
        !has_begun || self.left().is_zero()
    }
}

/// Waits until a program has room for a note-off, and for the notice that we are
/// gone. What does not fit would cost it all that it still has to read.
fn wait_for_room(client: &SequencerClient, dest: Address) -> Result<(), Failure> {
    const CELLS: usize = 2;

    let deadline = Instant::now() + LAST_PATIENCE;
    let mut pause = Duration::from_millis(1);
    loop {
        let pool = client.client_pool(dest.client)?;
        if pool.input_free() >= CELLS.min(pool.input()) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(stopped_reading(dest));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(16));
    }
}

/// Ends what sounds, and brings back what is not at rest; if `all` is set, also ends
/// long messages, before anything else is sent, and all notes of the channels that were
/// used. It takes a bounded time, even if a receiver does not read, and those that are
/// left are told in any case.
pub(crate) fn end_notes(
    client: &mut SequencerClient,
    sounding: &Sounding<Address>,
    all: bool,
) -> Result<(), Failure> {
    let first = all.then(|| sounding.ends()).into_iter().flatten();
    let last = all.then(|| sounding.all_notes_off()).into_iter().flatten();
    let events = first.chain(sounding.note_offs()).chain(sounding.rests());
    let events = events.chain(last);
    if all {
        for (dest, _) in sounding.begun() {
            complain(&format_args!("a long message to {dest} was cut short"));
        }
    }
    send_all(client, events)
}

/// Sends events at once, as the receivers have room. One that does not read gets no
/// more of them, and the others do.
pub(crate) fn send_all(
    client: &mut SequencerClient,
    events: impl Iterator<Item = (Address, Event<'static>)>,
) -> Result<(), Failure> {
    let mut result = Ok(());
    let mut skipped = Vec::new();
    let mut pace = Pace::default();
    for (dest, event) in events {
        if skipped.contains(&dest) {
            continue;
        }
        if let Err(failure) = send_one(client, &event.to(dest), &mut pace) {
            skipped.push(dest);
            let is_gone = matches!(&failure, Failure::Sequencer(error)
                if error.kind() == ErrorKind::NotFound);
            // Nothing sounds where nobody is.
            if !is_gone {
                result = Err(failure);
            }
        }
    }
    result
}

fn send_one(
    client: &mut SequencerClient,
    event: &Event<'_>,
    pace: &mut Pace,
) -> Result<(), Failure> {
    match client.client_info(event.dest().client)?.kind() {
        ClientKind::User => wait_for_room(client, event.dest())?,
        ClientKind::Kernel => std::thread::sleep(pace.pause(event)),
    }
    Ok(client.event_output_direct(event)?)
}

/// The cables of all drivers that get something at once.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    began: Option<Instant>,
    cables: Vec<(Address, Cable)>,
}

impl Pace {
    /// How long to wait before the event is sent to a driver. It counts as sent
    /// then.
    pub(crate) fn pause(&mut self, event: &Event<'_>) -> Duration {
        let now = self.began.get_or_insert_with(Instant::now).elapsed();
        let bytes = bytes_of(event);
        let known = self
            .cables
            .iter_mut()
            .find(|(dest, _)| *dest == event.dest());
        if let Some((_, cable)) = known {
            let at = cable.room_at(now, bytes);
            cable.put(at, bytes);
            return at.saturating_sub(now);
        }
        let mut cable = Cable::default();
        cable.put(now, bytes);
        self.cables.push((event.dest(), cable));
        Duration::ZERO
    }

    /// How long until all of it has gone.
    pub(crate) fn left(&self) -> Duration {
        let now = self.began.map_or(Duration::ZERO, |began| began.elapsed());
        let left = |cable: &Cable| cable.empty_at(now).saturating_sub(now);
        let left = self.cables.iter().map(|(_, cable)| left(cable));
        left.max().unwrap_or_default()
    }
}
