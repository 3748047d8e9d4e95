//! What of a song is played, and how often: a part of it, faster or higher, over
//! and over.

use std::collections::VecDeque;
use std::time::Duration;

use alsa_seq::ump::{Flex, MessageType, Packet, Ump};
use alsa_seq::{Event, Tempo};

use super::state::State;
use crate::channels::Channels;
use crate::failure::Failure;
use crate::song::{Content, Item, Song, with_micros};
use crate::sounding::Sounding;

/// What is changed about a song.
#[derive(Clone, Debug)]
pub(crate) struct Changes {
    /// So many times as fast.
    pub(crate) speed: f64,
    /// So many semitones higher, but for the drums on channel 10.
    pub(crate) transpose: i8,
    /// These channels alone.
    pub(crate) channels: Channels,
    /// From this time of the song.
    pub(crate) from: Duration,
    /// To this time of the song.
    pub(crate) to: Option<Duration>,
    /// So often; 0 for ever.
    pub(crate) times: u64,
    /// Which packets of a clip are sent.
    pub(crate) packets: Packets,
    /// Whether texts are shown.
    pub(crate) texts: bool,
}

/// Which packets of a clip are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packets {
    /// Those for receivers: not those about times, which the queue keeps, and
    /// those about the file.
    Music,
    /// What there is in MIDI 1.0, too: messages of channels, and
    /// system-exclusive ones.
    #[cfg(feature = "old-names")]
    Voices,
    /// All of the file.
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

/// A place in a song.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    /// In which time through the song, from 1.
    pub(super) time: u64,
    /// The tick of the song.
    pub(super) tick: u32,
    pub(super) seconds: Duration,
}

/// The channel of drums. Its note numbers name instruments, not pitches.
const DRUMS: u8 = 9;

/// How many times through a song may be in the queue at once.
const MANY: usize = 4096;

/// How many events come at once when the song begins again, and after which time
/// more of them.
const AT_ONCE: usize = 64;
const PAUSE: Duration = Duration::from_millis(5);

/// A song with its changes: what is sent at which tick of the queue.
pub(super) struct Sequence<'s> {
    song: &'s Song<'s>,
    changes: Changes,
    /// The ticks of the song between which it is played.
    from: u32,
    to: u32,
    /// The tempo at `from`.
    pub(super) tempo: Tempo,
    /// The tick of the queue at which this time through the song begins.
    base: u32,
    /// How often it has been played.
    times: u64,
    /// At which ticks of the queue the times began that it may be in, and which is the
    /// first of them.
    begun: VecDeque<u32>,
    first_begun: u64,
    /// Whether the queue cannot count to the end of another time.
    is_full: bool,
    items: Option<Box<dyn Iterator<Item = Item> + 's>>,
    /// What comes before anything else.
    first: std::vec::IntoIter<Item>,
    /// The notes of this time through the song.
    sounding: Sounding<u8>,
    /// What the song has set before `from`.
    start: State,
    /// What has been set by now.
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

    /// What the song sets before a tick.
    fn state_before(&self, tick: u32) -> State {
        let mut state = State::default();
        for item in self.song.items().take_while(|item| item.tick < tick) {
            if let Some(Content::Event { port, event }) = self.changed(item.content) {
                state.hear(port, &event);
            }
        }
        state
    }

    /// What has to be sent before the song begins, so that it sounds as if it had
    /// been played from its beginning, to receivers that have been left as `before`
    /// says.
    pub(super) fn prelude(&self, before: &State) -> Vec<(u8, Event<'static>)> {
        before.toward(&self.start)
    }

    /// How long it is to last, if it ends.
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

    /// The tick of the queue at which it is over, as far as that is known.
    pub(super) fn end(&self) -> u32 {
        self.base
    }

    /// What comes next, due at a tick of the queue.
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
                    self.hear(*port, event);
                }
                return Some(Item { tick, content });
            }
        }
    }

    fn is_done(&self) -> bool {
        self.changes.times != 0 && self.times >= self.changes.times
    }

    fn hear(&mut self, port: u8, event: &Event<'_>) {
        self.sounding.hear(port, event);
        // Nobody asks after the last time.
        if self.changes.times != 1 {
            self.state.hear(port, event);
        }
    }

    /// What is left to do for another queue, if this one cannot count so far, and
    /// what has been set by then.
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

    /// What stands at the very end is a part of the song.
    fn is_whole(&self, item: &Item) -> bool {
        self.to == self.song.end && item.tick == self.to
    }

    /// Begins to play the song. What is to be set before the first time has been
    /// sent by then; another time begins where the first one began.
    fn begin(&mut self) {
        self.items = Some(self.song.items());
        if self.times == 0 {
            // A pedal that is down from then on holds what is played now.
            for (port, event) in self.prelude(&State::default()) {
                self.sounding.hear(port, &event);
            }
            self.begun.push_back(self.base);
            return;
        }
        let content = Content::Tempo(self.tempo.micros_per_quarter());
        let tick = self.base;
        let mut first = vec![Item { tick, content }];
        let events = self.state.toward(&self.start);
        for (index, (port, event)) in events.into_iter().enumerate() {
            // The usual receiver has room for 200 events, and needs some time to
            // read them.
            if index > 0 && index % AT_ONCE == 0 {
                let pause = self.tempo.ticks_in(PAUSE).unwrap_or(0).max(1);
                self.base = self.base.saturating_add(pause);
            }
            self.hear(port, &event);
            let content = Content::Event { port, event };
            first.push(Item {
                tick: self.base,
                content,
            });
        }
        self.first = first.into_iter();
        // The queue holds fewer, if each has an event.
        if self.begun.len() >= MANY {
            self.begun.pop_front();
            self.first_begun += 1;
        }
        self.begun.push_back(self.base);
    }

    /// Where in the song the queue is at a tick of its own.
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
            self.state.hear(port, &event);
        }
        // The last time, what sounds on is for the player to end.
        if !self.is_done() {
            let ends = sounding.note_offs().chain(sounding.rests());
            let item = |(port, event)| Item {
                tick,
                content: Content::Event { port, event },
            };
            self.first = ends.map(item).collect::<Vec<_>>().into_iter();
        }
    }

    /// As it is to be played, if it is.
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
    /// Which note it becomes, if there is such a one.
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
