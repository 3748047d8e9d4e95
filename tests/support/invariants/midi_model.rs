//! A second version of the stream parser's rules, for a whole stream: remove the real-time bytes,
//! cut the rest at the status bytes, and parse each piece alone.

use alsa_seq::{Event, EventData, QueueId};

/// An owned item of the parser.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// An event.
    Event(Event<'static>),
    /// The beginning of a sysex that was not finished.
    Truncated(Vec<u8>),
}

impl Item {
    /// Returns an event with this data.
    pub fn event(data: EventData<'_>) -> Self {
        let event = Event::new(data).into_owned();
        assert_eq!(event.data(), data);
        Self::Event(event)
    }
}

#[derive(Default)]
struct Model {
    /// Each item with the position of the byte that completes it.
    items: Vec<(usize, Item)>,
    discarded: usize,
}

/// Returns the items, and the number of bytes that belong to no item.
pub(super) fn parse(stream: &[u8], buffer: usize) -> (Vec<Item>, u64) {
    let mut model = Model::default();
    let mut rest = Vec::new();
    for (position, &byte) in stream.iter().enumerate() {
        if byte < 0xf8 {
            rest.push((position, byte));
        } else if let Some(event) = real_time(byte) {
            model.items.push((position, Item::event(event)));
        } else {
            model.discarded += 1;
        }
    }

    let starts: Vec<usize> = (0..rest.len()).filter(|i| rest[*i].1 >= 0x80).collect();
    model.discarded += starts.first().copied().unwrap_or(rest.len());
    let mut in_sysex = false;
    for (number, &start) in starts.iter().enumerate() {
        let next = starts.get(number + 1).copied();
        let piece = &rest[start..next.unwrap_or(rest.len())];
        let follower = next.map_or((stream.len(), 0), |next| rest[next]);
        match piece[0].1 {
            0xf0 if buffer > 0 => {
                in_sysex = true;
                model.sysex(piece, follower, buffer);
                continue;
            }
            0xf7 if in_sysex => model.discarded += piece.len() - 1,
            _ => model.message(piece),
        }
        in_sysex = false;
    }
    model.items.sort_by_key(|(position, _)| *position);
    let items = model.items.into_iter().map(|(_, item)| item).collect();
    (items, u64::try_from(model.discarded).unwrap())
}

impl Model {
    fn event(&mut self, position: usize, event: EventData<'_>) {
        self.items.push((position, Item::event(event)));
    }

    fn sysex(&mut self, piece: &[(usize, u8)], follower: (usize, u8), buffer: usize) {
        let mut bytes = piece.to_vec();
        let ended = follower.1 == 0xf7;
        bytes.extend(ended.then_some(follower));
        let chunks = bytes.chunks_exact(buffer);
        let left: Vec<u8> = chunks.remainder().iter().map(|(_, byte)| *byte).collect();
        for chunk in chunks {
            let bytes: Vec<u8> = chunk.iter().map(|(_, byte)| *byte).collect();
            self.event(chunk[buffer - 1].0, EventData::Sysex(&bytes));
        }
        if !ended {
            self.items.push((follower.0, Item::Truncated(left)));
        } else if !left.is_empty() {
            self.event(follower.0, EventData::Sysex(&left));
        }
    }

    fn message(&mut self, piece: &[(usize, u8)]) {
        let (position, status) = piece[0];
        let data = &piece[1..];
        let size = match status {
            0xc0..=0xdf | 0xf1 | 0xf3 => 1,
            0x80..=0xef | 0xf2 => 2,
            0xf6 => {
                self.event(position, EventData::TuneRequest);
                self.discarded += data.len();
                return;
            }
            _ => {
                self.discarded += piece.len();
                return;
            }
        };
        let most = if status < 0xf0 { data.len() / size } else { 1 };
        let mut used = 0;
        for message in data.chunks_exact(size).take(most) {
            let first = message[0].1;
            let (position, last) = message[size - 1];
            self.event(position, two_bytes(status, first, last));
            used += size;
        }
        self.discarded += data.len() - used + usize::from(used == 0);
    }
}

/// For a message with one data byte, `first` and `last` are the same.
fn two_bytes(status: u8, first: u8, last: u8) -> EventData<'static> {
    let channel = status % 16;
    let (note, value) = (first, i32::from(last));
    let wide = value * 128 + i32::from(first);
    match status / 16 {
        0x8 => EventData::NoteOff {
            channel,
            note,
            velocity: last,
        },
        0x9 => EventData::NoteOn {
            channel,
            note,
            velocity: last,
        },
        0xa => EventData::KeyPressure {
            channel,
            note,
            pressure: last,
        },
        0xb => EventData::ControlChange {
            channel,
            controller: u32::from(first),
            value,
        },
        0xc => EventData::ProgramChange {
            channel,
            program: value,
        },
        0xd => EventData::ChannelPressure {
            channel,
            pressure: value,
        },
        0xe => EventData::PitchBend {
            channel,
            bend: wide - 8192,
        },
        _ => match status {
            0xf1 => EventData::QuarterFrame { value },
            0xf2 => EventData::SongPosition { beats: wide },
            0xf3 => EventData::SongSelect { song: value },
            other => panic!("{other:x} has no data"),
        },
    }
}

fn real_time(byte: u8) -> Option<EventData<'static>> {
    let queue = QueueId::new(0);
    Some(match byte {
        0xf8 => EventData::Clock(queue),
        0xfa => EventData::Start(queue),
        0xfb => EventData::Continue(queue),
        0xfc => EventData::Stop(queue),
        0xfe => EventData::ActiveSensing,
        0xff => EventData::Reset,
        _ => return None,
    })
}
