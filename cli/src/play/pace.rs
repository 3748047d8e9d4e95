//! Delays a song's events to the speed of MIDI cables.
//!
//! If a driver's buffer has no room for an event, the event gets a later tick. So do the
//! following events for the same port, in their order. Other events are not delayed.

use std::collections::VecDeque;
use std::time::Duration;

use alsa_seq::{Event, Tempo};

use super::sequence::Sequence;
use crate::cable::{Cable, bytes_of};
use crate::song::{Content, Item, with_micros};

/// The maximum number of events that wait for a cable. If more wait, the whole song
/// waits.
const MANY: usize = 1 << 14;

/// A song and its cables.
pub(super) struct Paced<S> {
    source: S,
    lanes: Vec<Lane>,
    /// The lane for each port of the song, if it needs one.
    routes: Vec<Option<usize>>,
    /// The tempo of the queue at this point.
    tempo: Tempo,
    /// The tick of the last event.
    tick: u32,
    time: Duration,
    /// The next item of the song.
    next: Option<Item>,
}

/// A cable, and the events that wait for it.
#[derive(Default)]
struct Lane {
    cable: Cable,
    waiting: VecDeque<(u8, Event<'static>)>,
}

/// A source of items in the order of time.
pub(super) trait Source {
    fn next(&mut self) -> Option<Item>;
}

impl Source for Sequence<'_> {
    fn next(&mut self) -> Option<Item> {
        Sequence::next(self)
    }
}

impl<S: Source> Paced<S> {
    /// `routes` are the lanes of the song's ports 0, 1, …, and the lanes' numbers
    /// begin with 0.
    pub(super) fn new(source: S, tempo: Tempo, routes: Vec<Option<usize>>) -> Self {
        let lanes = routes.iter().flatten().max().map_or(0, |last| last + 1);
        Self {
            source,
            lanes: std::iter::repeat_with(Lane::default).take(lanes).collect(),
            routes,
            tempo,
            tick: 0,
            time: Duration::ZERO,
            next: None,
        }
    }

    pub(super) fn source(&self) -> &S {
        &self.source
    }

    pub(super) fn source_mut(&mut self) -> &mut S {
        &mut self.source
    }

    pub(super) fn into_source(self) -> S {
        self.source
    }

    /// The tick of the last item.
    pub(super) fn tick(&self) -> u32 {
        self.tick
    }

    /// Returns the next item, with its tick of the queue.
    pub(super) fn next(&mut self) -> Option<Item> {
        loop {
            if self.next.is_none() {
                self.next = self.source.next();
            }
            let is_full = self.lanes.iter().any(|lane| lane.waiting.len() >= MANY);
            let waiting = self.first_waiting();
            let item = self
                .next
                .take_if(|item| !is_full && waiting.is_none_or(|(tick, _)| item.tick < tick));
            let next = match item {
                Some(item) => {
                    self.advance(item.tick);
                    self.pass_or_delay(item)
                }
                None => {
                    let (tick, lane) = waiting?;
                    self.advance(tick);
                    self.release(lane)
                }
            };
            if next.is_some() {
                return next;
            }
        }
    }

    /// The lane that has room first for its waiting event, and the tick of that.
    fn first_waiting(&self) -> Option<(u32, usize)> {
        let due = |(index, lane): (usize, &Lane)| {
            let (_, event) = lane.waiting.front()?;
            let due = lane.cable.room_at(self.time, bytes_of(event));
            Some((self.tick_at(due), index))
        };
        self.lanes.iter().enumerate().filter_map(due).min()
    }

    /// The first tick at or after this time, at the present tempo.
    fn tick_at(&self, time: Duration) -> u32 {
        let left = time.saturating_sub(self.time);
        let Some(ticks) = self.tempo.ticks_in(left) else {
            return u32::MAX;
        };
        let early = u32::from(self.tempo.duration_of(ticks) < left);
        self.tick.saturating_add(ticks).saturating_add(early)
    }

    fn advance(&mut self, tick: u32) {
        let ticks = tick.saturating_sub(self.tick);
        self.time = self.time.saturating_add(self.tempo.duration_of(ticks));
        self.tick = self.tick.max(tick);
    }

    /// Returns an item of the song, or puts it into the lane of its cable.
    fn pass_or_delay(&mut self, item: Item) -> Option<Item> {
        let tick = self.tick;
        let (port, event) = match item.content {
            Content::Event { port, event } => (port, event),
            content => {
                if let Content::Tempo(micros) = content {
                    self.tempo = with_micros(self.tempo, micros);
                }
                return Some(Item { tick, content });
            }
        };
        let route = self.routes.get(usize::from(port)).copied().flatten();
        if let Some(lane) = route.and_then(|lane| self.lanes.get_mut(lane)) {
            let bytes = bytes_of(&event);
            if !lane.waiting.is_empty() || lane.cable.room_at(self.time, bytes) > self.time {
                lane.waiting.push_back((port, event));
                return None;
            }
            lane.cable.put(self.time, bytes);
        }
        let content = Content::Event { port, event };
        Some(Item { tick, content })
    }

    /// Returns the first waiting item of a lane.
    fn release(&mut self, lane: usize) -> Option<Item> {
        let lane = self.lanes.get_mut(lane)?;
        let (port, event) = lane.waiting.pop_front()?;
        lane.cable.put(self.time, bytes_of(&event));
        let content = Content::Event { port, event };
        Some(Item {
            tick: self.tick,
            content,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Given(std::vec::IntoIter<Item>);

    impl Source for Given {
        fn next(&mut self) -> Option<Item> {
            self.0.next()
        }
    }

    fn at(tick: u32, port: u8, event: Event<'static>) -> Item {
        let content = Content::Event { port, event };
        Item { tick, content }
    }

    fn piece() -> Event<'static> {
        Event::sysex(vec![1; 256])
    }

    fn note(key: u8) -> Event<'static> {
        Event::note_on(0, key, 1).unwrap()
    }

    /// A tick is a millisecond; port 1 is a cable.
    fn paced(items: Vec<Item>) -> Vec<Item> {
        let tempo = Tempo::from_micros(1_000_000).unwrap();
        let tempo = tempo.with_ppq(1000).unwrap();
        let routes = vec![None, Some(0)];
        let mut paced = Paced::new(Given(items.into_iter()), tempo, routes);
        std::iter::from_fn(|| paced.next()).collect()
    }

    #[test]
    fn only_events_beyond_the_cables_speed_are_delayed() {
        let mut items = vec![at(5, 1, piece()); 5];
        items.extend([at(6, 1, note(1)), at(6, 0, note(2)), at(500, 1, note(3))]);
        let ticks: Vec<_> = paced(items.clone()).iter().map(|item| item.tick).collect();
        // A piece takes 82.74 ms, a note 0.97 ms.
        assert_eq!(ticks, [5, 5, 5, 5, 6, 88, 89, 500]);
        // The order of events of a port is unchanged.
        let order = paced(items.clone());
        assert_eq!(order[4].content, items[6].content);
        assert_eq!(order[6].content, items[5].content);
    }

    #[test]
    fn the_tempo_counts_at_the_time_of_waiting() {
        let mut items = vec![at(0, 1, piece()); 6];
        let tempo = Item {
            tick: 100,
            content: Content::Tempo(100_000),
        };
        items.push(tempo.clone());
        let paced = paced(items);
        assert_eq!(paced[4].tick, 83);
        assert_eq!(paced[5], tempo);
        // This takes 165.5 ms at the first tempo; 65.5 ms of it are ten times as
        // fast.
        assert_eq!(paced[6].tick, 755);
    }

    #[test]
    fn a_cable_that_is_far_behind_holds_up_the_song() {
        let mut items = vec![at(0, 1, piece()); MANY + 100];
        items.push(at(1, 0, note(1)));
        let count = items.len();
        let paced = paced(items);
        assert_eq!(paced.len(), count);
        assert!(paced.is_sorted_by_key(|item| item.tick));
        let place = paced
            .iter()
            .position(|item| item.content == at(0, 0, note(1)).content);
        assert_eq!(place, Some(101));
    }
}
