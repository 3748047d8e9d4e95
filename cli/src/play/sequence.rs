//! Makes the sequence of events to play from a song: a part of it, faster or transposed,
//! and with repetitions.

use std::collections::VecDeque;
use std::time::Duration;

use alsa_seq::ump::{Flex, MessageType, Packet, Ump};
use alsa_seq::{Event, Tempo};

use super::state::State;
use crate::channels::Channels;
use crate::failure::Failure;
use crate::song::{Content, Item, Song, with_micros};
use crate::sounding::Sounding;

/// The changes to a song.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    /// The factor of the speed.
    pub(crate) speed: f64,
    /// The number of semitones to transpose, except for the drums on channel 10.
    pub(crate) transpose: i8,
    /// The channels to play.
    pub(crate) channels: Channels,
    /// The time in the song at which to begin.
    pub(crate) from: Duration,
    /// The time in the song at which to end.
    pub(crate) to: Option<Duration>,
    /// The number of times to play it; 0 for ever.
    pub(crate) times: u64,
    /// The packets of a clip to send.
    pub(crate) packets: Packets,
    /// Whether texts are shown.
    pub(crate) texts: bool,
}

/// A selection of a clip's packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packets {
    /// The packets for receivers: without the packets about times, which the queue
    /// handles, and without those about the file.
    Music,
    /// The packets that also exist in MIDI 1.0: channel messages and system-exclusive
    /// messages.
    #[cfg(feature = "old-names")]
    Voices,
    /// All packets of the file.
    #[cfg(feature = "old-names")]
    All,
}

impl Packets {
    fn hold(self, packet: Packet) -> bool {
        let message_type = packet.message_type();
        match self {
            #[cfg(feature = "old-names")]
            Self::All => true,
            #[cfg(feature = "old-names")]
            Self::Voices => matches!(
                message_type,
                MessageType::MIDI1 | MessageType::MIDI2 | MessageType::DATA64
            ),
            Self::Music => {
                !matches!(message_type, MessageType::UTILITY | MessageType::STREAM)
                    && !matches!(packet.decode(), Ump::Flex(_, _, Flex::Tempo(_)))
            }
        }
    }
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            speed: 1.0,
            transpose: 0,
            channels: Channels::ALL,
            from: Duration::ZERO,
            to: None,
            times: 1,
            packets: Packets::Music,
            texts: false,
        }
    }
}

/// A position in a song.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// The number of the repetition, from 1.
    pub(super) time: u64,
    /// The tick of the song.
    pub(super) tick: u32,
    pub(super) seconds: Duration,
}

/// The channel of drums. Its note numbers name instruments, not pitches.
const DRUMS: u8 = 9;

/// The maximum number of repetitions that are in the queue at a time.
const MANY: usize = 4096;

/// The number of events that are sent at once when the song begins again; more events
/// follow after a pause.
const AT_ONCE: usize = 64;
const PAUSE: Duration = Duration::from_millis(5);

/// A song with its changes: the items to send, with their ticks of the queue.
pub(super) struct Sequence<'s> {
    song: &'s Song<'s>,
    changes: Changes,
    /// The ticks of the song between which it is played.
    from: u32,
    to: u32,
    /// The tempo at `from`.
    pub(super) tempo: Tempo,
    /// The tick of the queue at which this repetition begins.
    base: u32,
    /// The number of finished repetitions.
    times: u64,
    /// The ticks of the queue at which the last repetitions began.
    begun: VecDeque<u32>,
    first_begun: u64,
    /// Whether the queue's ticks are not enough for another repetition.
    is_full: bool,
    items: Option<Box<dyn Iterator<Item = Item> + 's>>,
    /// The items before all others.
    first: std::vec::IntoIter<Item>,
    /// The notes of this repetition.
    sounding: Sounding<u8>,
    /// The state that the song has set before `from`.
    start: State,
    /// The present state.
    state: State,
}

impl<'s> Sequence<'s> {
    pub(super) fn new(song: &'s Song<'s>, changes: &Changes) -> Result<Self, Failure> {
        let from = song.tick_at(changes.from);
        let to = changes.to.map_or(song.end, |to| song.tick_at(to));
        if changes.from > song.duration() || (from >= to && (changes.times != 1 || song.end > 0)) {
            let reason = "there is nothing to play between these times";
            return Err(Failure::Other(reason.to_owned()));
        }
        let before = song.tempos().take_while(|(at, _)| *at <= from);
        let tempo = before.last().map_or(song.tempo, |(_, tempo)| tempo);
        let mut sequence = Self {
            song,
            changes: changes.clone(),
            from,
            to,
            tempo: faster(tempo, changes.speed),
            base: 0,
            times: 0,
            begun: VecDeque::new(),
            first_begun: 0,
            is_full: false,
            items: None,
            first: Vec::new().into_iter(),
            sounding: Sounding::default(),
            start: State::default(),
            state: State::default(),
        };
        sequence.start = sequence.state_before(from);
        sequence.state = sequence.start.clone();
        Ok(sequence)
    }

    /// Returns the state that the song has set before a tick.
    fn state_before(&self, tick: u32) -> State {
        let mut state = State::default();
        for item in self.song.items().take_while(|item| item.tick < tick) {
            if let Some(Content::Event { port, event }) = self.changed(item.content) {
                state.update(port, &event);
            }
        }
        state
    }

    /// Returns the events that must be sent before the song begins, so that it sounds as
    /// if it had been played from its beginning. `before` is the state of the receivers.
    pub(super) fn prelude(&self, before: &State) -> Vec<(u8, Event<'static>)> {
        before.toward(&self.start)
    }

    /// The length, if it ends.
    pub(super) fn duration(&self) -> Option<Duration> {
        let once = self
            .song
            .time_at(self.to)
            .saturating_sub(self.song.time_at(self.from));
        let seconds = once.as_secs_f64() / self.changes.speed;
        let times = u32::try_from(self.changes.times)
            .ok()
            .filter(|times| *times > 0)?;
        Duration::try_from_secs_f64(seconds)
            .ok()?
            .checked_mul(times)
    }

    /// The tick of the queue at its end, as far as that is known.
    pub(super) fn end(&self) -> u32 {
        self.base
    }

    /// Returns the next item, with its tick of the queue.
    pub(super) fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.first.next() {
                return Some(item);
            }
            let Some(items) = &mut self.items else {
                if self.is_full || self.is_done() {
                    return None;
                }
                self.begin();
                continue;
            };
            let next = items
                .next()
                .filter(|item| item.tick < self.to || self.is_whole(item));
            let Some(item) = next else {
                self.finish();
                continue;
            };
            if item.tick < self.from {
                continue;
            }
            let tick = self.base.saturating_add(item.tick - self.from);
            if let Some(content) = self.changed(item.content) {
                if let Content::Event { port, event } = &content {
                    self.update(*port, event);
                }
                return Some(Item { tick, content });
            }
        }
    }

    fn is_done(&self) -> bool {
        self.changes.times != 0 && self.times >= self.changes.times
    }

    fn update(&mut self, port: u8, event: &Event<'_>) {
        self.sounding.update(port, event);
        // The last repetition does not need this.
        if self.changes.times != 1 {
            self.state.update(port, event);
        }
    }

    /// Returns the remaining repetitions, if the queue's ticks are not enough for them,
    /// and the present state.
    pub(super) fn rest(self) -> Option<(Changes, State)> {
        if self.is_done() {
            return None;
        }
        let times = self.changes.times.saturating_sub(self.times);
        let changes = Changes {
            times,
            ..self.changes
        };
        Some((changes, self.state))
    }

    /// Returns whether an item at the end tick is part of the song.
    fn is_whole(&self, item: &Item) -> bool {
        self.to == self.song.end && item.tick == self.to
    }

    /// Begins a repetition. The state before the first one was already sent. Each further
    /// repetition begins with the same state as the first.
    fn begin(&mut self) {
        self.items = Some(self.song.items());
        if self.times == 0 {
            // A pedal that is set here holds the notes that are played from now on.
            for (port, event) in self.prelude(&State::default()) {
                self.sounding.update(port, &event);
            }
            self.begun.push_back(self.base);
            return;
        }
        let content = Content::Tempo(self.tempo.micros_per_quarter());
        let tick = self.base;
        let mut first = vec![Item { tick, content }];
        let events = self.state.toward(&self.start);
        for (index, (port, event)) in events.into_iter().enumerate() {
            // A usual receiver has room for 200 events, and needs some time to read them.
            if index > 0 && index % AT_ONCE == 0 {
                let pause = self.tempo.ticks_in(PAUSE).unwrap_or(0).max(1);
                self.base = self.base.saturating_add(pause);
            }
            self.update(port, &event);
            let content = Content::Event { port, event };
            first.push(Item {
                tick: self.base,
                content,
            });
        }
        self.first = first.into_iter();
        // The queue cannot hold more repetitions, if each has an event.
        if self.begun.len() >= MANY {
            self.begun.pop_front();
            self.first_begun += 1;
        }
        self.begun.push_back(self.base);
    }

    /// Converts a tick of the queue to a position in the song.
    pub(super) fn position(&mut self, tick: u32) -> Position {
        while self.begun.get(1).is_some_and(|next| *next <= tick) {
            self.begun.pop_front();
            self.first_begun += 1;
        }
        let base = self.begun.front().copied().unwrap_or(0);
        let tick = self
            .from
            .saturating_add(tick.saturating_sub(base))
            .min(self.to);
        Position {
            time: self.first_begun + 1,
            tick,
            seconds: self.song.time_at(tick),
        }
    }

    /// Ends the song, or begins it again.
    fn finish(&mut self) {
        self.items = None;
        self.times += 1;
        let length = self.to - self.from;
        self.base = self.base.saturating_add(length);
        self.is_full = self.base > u32::MAX - length;
        let tick = self.base;
        let sounding = std::mem::take(&mut self.sounding);
        for (port, event) in sounding.rests() {
            self.state.update(port, &event);
        }
        // After the last repetition, the player ends the notes.
        if !self.is_done() {
            let ends = sounding.note_offs().chain(sounding.rests());
            let item = |(port, event)| Item {
                tick,
                content: Content::Event { port, event },
            };
            self.first = ends.map(item).collect::<Vec<_>>().into_iter();
        }
    }

    /// Applies the changes to an item. Returns `None` if it is not played.
    fn changed(&self, content: Content) -> Option<Content> {
        Some(match content {
            Content::Tempo(micros) => {
                let tempo = with_micros(self.tempo, micros);
                Content::Tempo(faster(tempo, self.changes.speed).micros_per_quarter())
            }
            Content::Text { .. } if !self.changes.texts => return None,
            Content::Text { .. } => content,
            Content::Event { port, event } => {
                let event = match event.packet() {
                    Some(packet) => Event::ump(self.changed_packet(packet)?),
                    None => self.changed_event(event)?,
                };
                Content::Event { port, event }
            }
        })
    }

    fn changed_event(&self, event: Event<'static>) -> Option<Event<'static>> {
        match event.channel() {
            Some(channel) if !self.changes.channels.contains(channel) => None,
            Some(DRUMS) => Some(event),
            _ => event.transposed(self.changes.transpose).ok(),
        }
    }

    fn changed_packet(&self, packet: Packet) -> Option<Packet> {
        if !self.changes.packets.hold(packet) {
            return None;
        }
        let [first, rest @ ..] = packet.to_array();
        let [head, status, note, last] = first.to_be_bytes();
        let has_channel = matches!(
            packet.message_type(),
            MessageType::MIDI1 | MessageType::MIDI2
        );
        if !has_channel {
            return Some(packet);
        }
        if !self.changes.channels.contains(status & 0x0f) {
            return None;
        }
        let is_note = match status >> 4 {
            0x8..=0xa => true,
            // Controllers, bend and management of one note.
            0x0 | 0x1 | 0x6 | 0xf => packet.message_type() == MessageType::MIDI2,
            _ => false,
        };
        if !is_note {
            return Some(packet);
        }
        let note = self.changes.note(status & 0x0f, note)?;
        let first = u32::from_be_bytes([head, status, note, last]);
        let [second, third, fourth] = rest;
        Some(Packet::new([first, second, third, fourth]))
    }
}

impl Changes {
    /// The transposed note, if it is in range.
    fn note(&self, channel: u8, note: u8) -> Option<u8> {
        if channel == DRUMS {
            return Some(note);
        }
        let note = i16::from(note) + i16::from(self.transpose);
        u8::try_from(note).ok().filter(|note| *note < 128)
    }
}

fn faster(tempo: Tempo, speed: f64) -> Tempo {
    // Saturates, and the result is in range.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let micros = (f64::from(tempo.micros_per_quarter()) / speed).round() as u32;
    with_micros(tempo, micros.clamp(1, i32::MAX as u32))
}
