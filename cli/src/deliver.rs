//! Sends events at once, but no faster than the receivers read them.

use std::time::{Duration, Instant};

use alsa_seq::{Address, ClientControl, ClientInfo, ClientKind, ErrorKind, Event, SequencerClient};

use crate::cable::{Cable, bytes_of};
use crate::failure::Failure;
use crate::people::complain;
use crate::sounding::Sounding;

/// The longest wait for a receiver.
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
    Failure::Other("a pause cut off a long message: its rest was not sent".to_owned())
}

/// The longest wait for a receiver while this program ends its notes. The user waits as
/// long for the end of the program.
pub(crate) const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// A stop that a signal has requested. A long message delays it, but not for long.
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

    /// Returns whether the program stops now. `has_begun` is set while a long message to
    /// any receiver is incomplete.
    pub(crate) fn is_due(self, has_begun: bool) -> bool {
        !has_begun || self.left().is_zero()
    }
}

/// Waits until a program has room for a note-off, and for the announcement that this
/// client has left. If an event did not fit, the program would lose all events that it has
/// not read yet.
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

/// Ends the notes that sound, and resets the controllers that were moved. If `all` is set,
/// it first ends long messages, and at last sends "all notes off" on each channel that was
/// used. It takes a bounded time: if a receiver does not read, the others still get their
/// events.
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

/// Sends each event as soon as its receiver has room. A receiver that does not read gets no
/// more events; the others do.
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
            // A port that no longer exists has no notes to end.
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

/// The cables of all drivers that events are sent to.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    began: Option<Instant>,
    cables: Vec<(Address, Cable)>,
}

impl Pace {
    /// Returns how long to wait before sending the event to a driver, and counts the event
    /// as sent.
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

    /// Returns how long the cables need for everything that was sent.
    pub(crate) fn left(&self) -> Duration {
        let now = self.began.map_or(Duration::ZERO, |began| began.elapsed());
        let left = |cable: &Cable| cable.empty_at(now).saturating_sub(now);
        let left = self.cables.iter().map(|(_, cable)| left(cable));
        left.max().unwrap_or_default()
    }
}
