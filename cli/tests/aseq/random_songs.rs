//! Random songs to cables: a cable must carry the same bytes as the file.
//!
//! Every run plays some of them; `ALSA_SEQ_RANDOM_SONGS` sets the number.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::cable::Device;
use crate::hardware::carried;
use support::files::{in_file, tracks_with_division};
use support::need_sequencer;

/// The number of songs without `ALSA_SEQ_RANDOM_SONGS`.
const SOME: u32 = 4;

struct Random(u64);

impl Random {
    /// Returns a number below `end`.
    fn below(&mut self, end: u32) -> u32 {
        // The multiplier of PCG. Its upper bits are the best ones.
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        let upper = u32::try_from(self.0 >> 33).unwrap();
        upper % end
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(128)).unwrap()
    }

    fn range(&mut self, from: u32, to: u32) -> u32 {
        from + self.below(to - from)
    }
}

/// A message of a song: its track and tick, its bytes in the file, and its bytes on a cable.
struct Message {
    track: usize,
    tick: u32,
    in_file: Vec<u8>,
    bytes: Vec<u8>,
}

struct Song {
    messages: Vec<Message>,
    random: Random,
    count: usize,
}

impl Song {
    fn add(&mut self, track: usize, tick: u32, bytes: &[u8]) {
        let (in_file, bytes) = (bytes.to_vec(), bytes.to_vec());
        self.messages.push(Message {
            track,
            tick,
            in_file,
            bytes,
        });
    }

    fn random(seed: u32) -> (u16, Self) {
        let mut random = Random(u64::from(seed) << 32 | 0x5eed);
        let division = u16::try_from(random.range(24, 960)).unwrap();
        let count = usize::try_from(random.range(1, 5)).unwrap();
        let mut song = Self {
            messages: Vec::new(),
            random,
            count,
        };
        for track in 0..count {
            let mut tick = 0;
            for _ in 0..song.random.range(20, 80) {
                // Many messages at one tick.
                if song.random.below(3) == 0 {
                    tick += song.random.below(u32::from(division) / 3);
                }
                song.something(track, tick, u32::from(division));
            }
        }
        (division, song)
    }

    fn something(&mut self, track: usize, tick: u32, quarter: u32) {
        let random = &mut self.random;
        let channel = u8::try_from(random.below(16)).unwrap();
        match random.below(16) {
            0 | 1 => {
                let size = match random.below(4) {
                    0 => random.range(2, 12),
                    1 => random.range(250, 270),
                    2 => random.range(2, 2000),
                    _ => random.range(2000, 6000),
                };
                let mut bytes = vec![0xf0];
                bytes.extend((2..size).map(|_| random.byte()));
                bytes.push(0xf7);
                self.sysex(track, tick, bytes);
            }
            2..=5 => {
                // A chord. Its end may be missing.
                let (notes, length) = (random.range(1, 12), random.below(quarter));
                for _ in 0..notes {
                    let (note, velocity) = (self.random.byte(), self.random.byte());
                    self.add(track, tick, &[0x90 | channel, note, velocity]);
                    if self.random.below(8) > 0 {
                        self.add(track, tick + length, &[0x80 | channel, note, velocity]);
                    }
                }
            }
            6 | 7 => {
                let pedal = [64, 66, 67, 69][usize::try_from(random.below(4)).unwrap()];
                let value = random.byte();
                self.add(track, tick, &[0xb0 | channel, pedal, value]);
            }
            8 | 9 => {
                let kind = random.below(2);
                let numbers = if kind == 0 { [101, 100] } else { [99, 98] };
                for number in [numbers[0], numbers[1], 6, 38] {
                    let value = self.random.byte();
                    self.add(track, tick, &[0xb0 | channel, number, value]);
                }
            }
            // Bursts of messages other than notes.
            10 => {
                for _ in 0..random.range(1, 200) {
                    let (low, high) = (self.random.byte(), self.random.byte());
                    self.add(track, tick, &[0xe0 | channel, low, high]);
                }
            }
            11 => {
                let micros = random.range(50_000, 600_000);
                let [_, a, b, c] = micros.to_be_bytes();
                self.messages.push(Message {
                    track,
                    tick,
                    in_file: vec![0xff, 0x51, 3, a, b, c],
                    bytes: Vec::new(),
                });
            }
            12 => {
                let value = random.byte();
                self.add(track, tick, &[0xc0 | channel, value]);
            }
            13 => {
                let value = random.byte();
                self.add(track, tick, &[0xd0 | channel, value]);
            }
            14 => {
                let (note, value) = (random.byte(), random.byte());
                self.add(track, tick, &[0xa0 | channel, note, value]);
            }
            _ => {
                let (number, value) = (random.byte() % 120, random.byte());
                self.add(track, tick, &[0xb0 | channel, number, value]);
            }
        }
    }

    /// Returns a message in one packet of the file, or in two.
    fn sysex(&mut self, track: usize, tick: u32, bytes: Vec<u8>) {
        let mut packets = in_file(&bytes);
        if bytes.len() > 20 && self.random.below(2) == 0 {
            let (first, second) = bytes.split_at(bytes.len() / 2);
            packets = in_file(first);
            // Without a delta time.
            packets.push(0);
            packets.push(0xf7);
            packets.extend(&in_file(&[&[0], second].concat())[1..]);
        }
        self.messages.push(Message {
            track,
            tick,
            in_file: packets,
            bytes,
        });
    }

    /// Returns the file, and the bytes that a cable must carry.
    fn build(mut self, division: u16) -> (tempfile::NamedTempFile, Vec<u8>) {
        // The sort is stable, so messages of a track at one tick keep their order.
        self.messages
            .sort_by_key(|message| (message.tick, message.track));
        let mut tracks = vec![Vec::new(); self.count];
        let mut last = vec![0; self.count];
        let mut bytes = Vec::new();
        for message in &self.messages {
            let delta = message.tick - last[message.track];
            last[message.track] = message.tick;
            tracks[message.track].push((delta, message.in_file.clone()));
            bytes.extend(&message.bytes);
        }
        (tracks_with_division(division, &tracks), bytes)
    }
}

/// Returns the state that these bytes leave changed.
fn moved(bytes: &[u8]) -> BTreeSet<(u8, u8)> {
    let mut moved = BTreeSet::new();
    let mut rest = bytes;
    while let [status, tail @ ..] = rest {
        let length = match status {
            0xf0 => tail.iter().position(|byte| *byte == 0xf7).unwrap() + 1,
            0xc0..=0xdf => 1,
            _ => 2,
        };
        let (data, tail) = tail.split_at(length);
        rest = tail;
        let (place, is_moved) = match (status & 0xf0, data) {
            (0x80, [note, _]) => ((status & 0x0f | 0x90, *note), false),
            (0x90 | 0xa0, [note, value]) => ((*status, *note), *value > 0),
            (0xb0, [1 | 33 | 64 | 66 | 67 | 69, value]) => ((*status, data[0]), *value > 0),
            (0xd0, [value]) => ((*status, 0), *value > 0),
            (0xe0, bend) => ((*status, 0), bend != [0, 0x40]),
            _ => continue,
        };
        moved.remove(&place);
        if is_moved {
            moved.insert(place);
        }
    }
    moved
}

#[test]
fn a_cable_carries_random_songs() {
    need_sequencer!();
    let count = std::env::var("ALSA_SEQ_RANDOM_SONGS");
    let count = count.map_or(SOME, |count| count.parse().unwrap());
    let devices: Vec<_> = std::iter::from_fn(Device::find).collect();
    if devices.is_empty() {
        support::skip("there is no free virtual MIDI device (snd-virmidi)");
        return;
    }
    let (cables, next, total) = (devices.len(), AtomicU32::new(0), AtomicU32::new(0));
    drop(devices);
    std::thread::scope(|scope| {
        for _ in 0..cables {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= count {
                        break;
                    }
                    let bytes = plays(seed);
                    total.fetch_add(u32::try_from(bytes).unwrap(), Ordering::Relaxed);
                }
            });
        }
    });
    println!("{count} songs, {} bytes", total.into_inner());
}

/// Plays a song. Returns its number of bytes.
fn plays(seed: u32) -> usize {
    let (division, song) = Song::random(seed);
    let (file, expected) = song.build(division);
    let path = file.path().to_str().unwrap();
    let carried = carried(&["play", path, "-d", "0"]).unwrap();
    let same = carried
        .iter()
        .zip(&expected)
        .take_while(|(one, other)| one == other)
        .count();
    assert_eq!(same, expected.len(), "song {seed} has {}", carried.len());
    assert_eq!(moved(&carried), BTreeSet::new(), "song {seed}");
    expected.len()
}
