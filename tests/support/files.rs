//! MIDI files: the files in `tests/data`, and the songs of tests.

use std::path::{Path, PathBuf};

/// Returns the directory of the files.
pub fn data_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// A track: its events, followed by an end mark.
struct TrackBytes(Vec<u8>);

impl TrackBytes {
    fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a delta time and an event.
    fn event(mut self, delta: u32, bytes: &[u8]) -> Self {
        variable(&mut self.0, delta);
        self.0.extend_from_slice(bytes);
        self
    }

    /// Adds a packet that starts with F0 or F7.
    fn packet(mut self, delta: u32, first: u8, bytes: &[u8]) -> Self {
        variable(&mut self.0, delta);
        self.0.push(first);
        variable(&mut self.0, bytes.len().try_into().unwrap());
        self.0.extend_from_slice(bytes);
        self
    }

    fn tempo(self, delta: u32, micros: u32) -> Self {
        let [_, a, b, c] = micros.to_be_bytes();
        self.event(delta, &[0xff, 0x51, 3, a, b, c])
    }

    fn chunk(self, delta: u32) -> Vec<u8> {
        let track = self.event(delta, &[0xff, 0x2f, 0]).0;
        let length = u32::try_from(track.len()).unwrap().to_be_bytes();
        [b"MTrk".as_slice(), &length, &track].concat()
    }
}

/// Appends a number of variable length.
fn variable(bytes: &mut Vec<u8>, number: u32) {
    let start = bytes.len();
    bytes.push((number & 0x7f) as u8);
    let mut rest = number >> 7;
    while rest > 0 {
        bytes.insert(start, (rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
}

fn file(format: u16, division: [u8; 2], tracks: &[Vec<u8>]) -> Vec<u8> {
    let number = u16::try_from(tracks.len()).unwrap();
    let mut file = b"MThd\0\0\0\x06".to_vec();
    file.extend(format.to_be_bytes());
    file.extend(number.to_be_bytes());
    file.extend(division);
    file.extend(tracks.concat());
    file
}

fn sysex(length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..128).cycle().take(length - 2).collect();
    bytes.push(0xf7);
    bytes
}

/// Returns a song with one track: 96 ticks for a quarter note, 120 quarter notes a minute.
pub fn song(events: &[(u32, &[u8])]) -> tempfile::NamedTempFile {
    temporary(&file(0, 96_u16.to_be_bytes(), &[track(events)]))
}

/// Returns such a song with another number of ticks.
pub fn with_division(ticks: u16, events: &[(u32, &[u8])]) -> tempfile::NamedTempFile {
    temporary(&file(0, ticks.to_be_bytes(), &[track(events)]))
}

/// Returns a song of format 2 with these tracks.
pub fn songs_in_turn(tracks: &[&[(u32, &[u8])]]) -> tempfile::NamedTempFile {
    let tracks: Vec<_> = tracks.iter().map(|events| track(events)).collect();
    temporary(&file(2, 96_u16.to_be_bytes(), &tracks))
}

/// Returns a message as in a file: F0, the length of the rest, and the rest.
pub fn in_file(message: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xf0];
    let rest = &message[1..];
    variable(&mut bytes, rest.len().try_into().unwrap());
    bytes.extend(rest);
    bytes
}

/// Returns a song of format 1.
pub fn tracks(tracks: &[Vec<(u32, Vec<u8>)>]) -> tempfile::NamedTempFile {
    tracks_with_division(96, tracks)
}

/// Returns a song of format 1 with another number of ticks.
pub fn tracks_with_division(ticks: u16, tracks: &[Vec<(u32, Vec<u8>)>]) -> tempfile::NamedTempFile {
    let add = |track: TrackBytes, (delta, bytes): &(u32, Vec<u8>)| track.event(*delta, bytes);
    let track = |events: &Vec<_>| events.iter().fold(TrackBytes::new(), add).chunk(0);
    let tracks: Vec<_> = tracks.iter().map(track).collect();
    temporary(&file(1, ticks.to_be_bytes(), &tracks))
}

fn track(events: &[(u32, &[u8])]) -> Vec<u8> {
    let add = |track: TrackBytes, (delta, bytes): &(u32, &[u8])| track.event(*delta, bytes);
    events.iter().fold(TrackBytes::new(), add).chunk(0)
}

/// Returns a temporary file with these bytes.
pub fn temporary(bytes: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    file
}

/// Returns the files, by name.
pub fn all() -> Vec<(&'static str, Vec<u8>)> {
    // Every channel message, and running status across them.
    let every = TrackBytes::new()
        .event(0, &[0xc0, 5])
        .event(0, &[0xb0, 7, 100])
        .event(10, &[10, 64])
        .event(0, &[0xe0, 0, 0])
        .event(5, &[0x7f, 0x7f])
        .event(5, &[0, 0x40])
        .event(0, &[0x90, 60, 100])
        .event(0, &[64, 100])
        .event(0, &[0xa0, 60, 50])
        .event(0, &[0xd0, 33])
        .event(90, &[0x90, 60, 0])
        .event(0, &[0x80, 64, 12]);
    // A scale, with a melody and a bass on separate tracks, and a changing tempo.
    let conductor = TrackBytes::new()
        .event(0, &[0xff, 0x58, 4, 4, 2, 24, 8])
        .tempo(0, 500_000)
        .tempo(192, 250_000)
        .tempo(192, 1_000_000);
    let line = |channel: u8, start: u8, step: u32| {
        (0..8).fold(TrackBytes::new(), |track, n| {
            let key = start + n * 2;
            track
                .event(0, &[0x90 | channel, key, 90])
                .event(step, &[0x80 | channel, key, 0])
        })
    };
    let long = TrackBytes::new()
        .packet(0, 0xf0, &sysex(256))
        .event(1, &[0x90, 1, 1])
        .packet(1, 0xf0, &sysex(2840))
        .packet(50, 0xf0, &sysex(16 * 1024))
        .event(50, &[0x80, 1, 1]);
    // A message in three packets, and an escape that is not sysex.
    let split = TrackBytes::new()
        .packet(0, 0xf0, &[0x43, 0x12, 0x00])
        .packet(20, 0xf7, &[0x43, 0x12])
        .packet(20, 0xf7, &[0x00, 0xf7])
        .packet(5, 0xf7, &[0xf3, 0x01])
        .event(5, &[0x90, 2, 2])
        .event(5, &[2, 0]);
    let smpte = TrackBytes::new()
        .tempo(0, 1)
        .event(0, &[0x90, 60, 100])
        .event(1000, &[0x80, 60, 0]);
    vec![
        (
            "every-message.mid",
            file(0, 96_u16.to_be_bytes(), &[every.chunk(0)]),
        ),
        (
            "three-tracks.mid",
            file(
                1,
                96_u16.to_be_bytes(),
                &[
                    conductor.chunk(0),
                    line(0, 60, 96).chunk(0),
                    line(1, 36, 96).chunk(0),
                    TrackBytes::new().chunk(0),
                ],
            ),
        ),
        (
            "long-sysex.mid",
            file(0, 384_u16.to_be_bytes(), &[long.chunk(0)]),
        ),
        (
            "split-sysex.mid",
            file(0, 48_u16.to_be_bytes(), &[split.chunk(0)]),
        ),
        // 25 frames a second, 40 ticks each: a tick is a millisecond.
        ("smpte.mid", file(0, [0xe7, 40], &[smpte.chunk(0)])),
        (
            "empty.mid",
            file(1, 96_u16.to_be_bytes(), &[TrackBytes::new().chunk(0)]),
        ),
    ]
}
