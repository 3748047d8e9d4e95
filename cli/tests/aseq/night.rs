//! A night of playing in minutes. Recorders are killed at random moments, and each is followed by a
//! new one. Everything that was in a file before the kill stays. mido, an independent reader, reads
//! all files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use alsa_seq::Event;
use nix::sys::signal::Signal;

use crate::record::{Musician, directory};
use support::{PATIENCE, need_sequencer, python_with};

/// The length of the night, by the queue's clock.
const NIGHT: Duration = Duration::from_secs(24 * 3600);

/// The number of events that are played together.
const BURST: usize = 20;

/// A program for mido, which prints the numbers of messages, ticks and parts in files, and then the
/// messages.
const READER: &str = r#"
import mido, struct, sys
for path in sys.argv[1:]:
    data, ticks, parts, count = bytearray(), 0, 0, 0
    for track in mido.MidiFile(path).tracks:
        for message in track:
            ticks += message.time
            if message.is_meta:
                parts += message.type == 'sequencer_specific'
            else:
                data += bytes(message.bytes())
                count += 1
    sys.stdout.buffer.write(struct.pack('<QQQ', count, ticks, parts) + data)
"#;

/// Returns an event that differs from its neighbours, as bytes. Usually they have the same status,
/// for which files have a short form.
fn bytes(number: u64) -> [u8; 3] {
    let [low, middle, high] = [0, 7, 14].map(|shift| (number >> shift & 0x7f).to_le_bytes()[0]);
    match number % 16 {
        0 => [0xe0 | (high % 16), low, middle],
        1 => [0xb0 | (high % 16), low % 120, middle],
        _ => [0x90 | (high % 16), low, middle],
    }
}

fn event(number: u64) -> Event<'static> {
    let [status, first, second] = bytes(number);
    let channel = status & 0x0f;
    match status >> 4 {
        0xe => {
            let bend = i16::from(first) | i16::from(second) << 7;
            Event::pitch_bend(channel, bend - 0x2000).unwrap()
        }
        0xb => Event::control_change(channel, first, second).unwrap(),
        _ => Event::note_on(channel, first, second).unwrap(),
    }
}

/// Pseudorandom numbers, the same in each run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// A take: the events from `start` on.
struct Take {
    start: u64,
    path: PathBuf,
    /// The least number of events.
    confirmed: u64,
    /// The largest number of events.
    played: u64,
}

/// Returns the number of events in a file, from its track's length. Data after the track does not
/// count.
fn committed(path: &Path) -> u64 {
    let bytes = std::fs::read(path).unwrap();
    let length = u32::from_be_bytes(bytes[18..22].try_into().unwrap());
    let end = 22 + usize::try_from(length).unwrap();
    let smf = midly::Smf::parse(&bytes[..end]).unwrap();
    let events = smf.tracks.iter().flatten();
    let events = events.filter(|event| matches!(event.kind, midly::TrackEventKind::Midi { .. }));
    u64::try_from(events.count()).unwrap()
}

struct Night {
    directory: tempfile::TempDir,
    musician: Musician,
    map: tempfile::NamedTempFile,
    random: Random,
    takes: Vec<Take>,
    /// The number of the next event.
    next: u64,
    /// The duration of the events.
    playing: Duration,
    /// The age of the oldest event that was lost by a kill.
    oldest_lost: Duration,
}

impl Night {
    /// Plays a night with this number of events, at this rate.
    fn new(events: u64, per_second: u64) -> Self {
        let lasts = u128::from(events) * 1_000_000 / u128::from(per_second);
        let micros = 500_000 * lasts / NIGHT.as_micros();
        let [_, tempo @ ..] = u32::try_from(micros.max(1)).unwrap().to_be_bytes();
        let tempo = [&[0xff, 0x51, 3][..], &tempo].concat();
        Self {
            directory: directory(),
            musician: Musician::new(1),
            map: support::files::with_division(384, &[(0, &tempo)]),
            random: Random(0x9e37_79b9_7f4a_7c15),
            takes: Vec::new(),
            next: 0,
            playing: Duration::ZERO,
            oldest_lost: Duration::ZERO,
        }
    }

    /// Plays this number of events to a new recording, and ends the recording in one of several
    /// ways.
    fn take(&mut self, events: u64) {
        let path = self.directory.path().join("night.mid");
        let number = self.takes.len() + 1;
        let finished = self.directory.path().join(format!("night-{number}.mid"));
        let journal = finished.with_extension("recording.mid");
        let map = self.map.path().to_str().unwrap();
        let arguments = ["--number", "--save-within", "0.001", "--tempo-map", map];
        let recorder = self.musician.record(&arguments, &path);
        let (start, mut played) = (self.next, Vec::new());
        let began = Instant::now();
        self.play(events, &mut played);
        self.playing += began.elapsed();
        let mut take = Take {
            start,
            path: journal.clone(),
            confirmed: 0,
            played: events,
        };
        match self.random.below(10) {
            // At once.
            0..6 => {
                take.confirmed = committed(&journal);
                recorder.signal(Signal::SIGKILL);
                let killed = Instant::now();
                assert_eq!(recorder.end().0, 128 + Signal::SIGKILL as i32);
                let lost = usize::try_from(committed(&journal)).unwrap();
                let lost_at = played.iter().find(|(before, _)| *before > lost);
                let ago = lost_at.map(|(_, at)| killed.duration_since(*at));
                self.oldest_lost = self.oldest_lost.max(ago.unwrap_or_default());
            }
            // When everything is written, without a request.
            6 | 7 => {
                let ended = Instant::now();
                while committed(&journal) < events {
                    assert!(ended.elapsed() < PATIENCE);
                    std::thread::yield_now();
                }
                recorder.signal(Signal::SIGKILL);
                assert_eq!(recorder.end().0, 128 + Signal::SIGKILL as i32);
                take.confirmed = events;
            }
            // As a user does.
            8 => {
                recorder.signal(Signal::SIGINT);
                assert_eq!(recorder.end(), (0, vec![]));
                assert!(!journal.exists());
                take.confirmed = events;
                take.path = finished;
            }
            // During its end.
            _ => {
                take.confirmed = committed(&journal);
                recorder.signal(Signal::SIGINT);
                let wait = Duration::from_micros(self.random.below(20_000));
                std::thread::sleep(wait);
                recorder.signal(Signal::SIGKILL);
                recorder.end();
                if finished.exists() {
                    take.confirmed = events;
                    take.path = finished;
                }
            }
        }
        self.next += events;
        self.takes.push(take);
    }

    /// Plays as fast as the recorder reads, so that it writes many small parts. Records the times.
    fn play(&mut self, events: u64, played: &mut Vec<(usize, Instant)>) {
        let receivers = self.musician.ports[0].receivers().unwrap();
        let recorder = receivers[0].receiver.client;
        let numbers: Vec<u64> = (self.next..self.next + events).collect();
        for (index, burst) in numbers.chunks(BURST).enumerate() {
            loop {
                let pool = self.musician.client.client_pool(recorder).unwrap();
                if pool.input_free() == pool.input() {
                    break;
                }
                std::thread::yield_now();
            }
            for number in burst {
                let event = event(*number).from_port(&self.musician.ports[0]);
                let event = event.to_subscribers().direct();
                self.musician.client.event_output(&event).unwrap();
            }
            self.musician.client.drain_output().unwrap();
            played.push((index * BURST + burst.len(), Instant::now()));
        }
    }

    /// Compares all recordings with mido's results. Returns the ticks, and the number of parts of
    /// the interrupted recordings.
    fn check(&self, python: &Path) -> (u64, u64) {
        let (mut ticks, mut parts) = (0, 0);
        for takes in self.takes.chunks(20) {
            let output = Command::new(python)
                .args(["-c", READER])
                .args(takes.iter().map(|take| &take.path))
                .stderr(Stdio::inherit())
                .output()
                .unwrap();
            assert!(output.status.success());
            let mut rest = &output.stdout[..];
            for take in takes {
                let mut number = || {
                    let (first, behind) = rest.split_first_chunk().unwrap();
                    rest = behind;
                    u64::from_le_bytes(*first)
                };
                let (count, of_take, in_parts) = (number(), number(), number());
                assert!(
                    (take.confirmed..=take.played).contains(&count),
                    "{:?}: {count} of {}, {} were confirmed",
                    take.path,
                    take.played,
                    take.confirmed
                );
                for index in 0..count {
                    let (first, behind) = rest.split_first_chunk().unwrap();
                    rest = behind;
                    let expected = bytes(take.start + index);
                    assert_eq!(*first, expected, "{:?}, event {index}", take.path);
                }
                ticks += of_take;
                parts += in_parts;
            }
            assert!(rest.is_empty());
        }
        (ticks, parts)
    }
}

/// Plays this number of events, in recordings of some length; more, if the night is longer.
fn night(events: u64, longest: u64) {
    need_sequencer!();
    let Some(python) = python_with("mido") else {
        return;
    };
    let started = Instant::now();
    // About the highest rate of a recorder on a fast machine.
    let rate = 120_000;
    let mut night = Night::new(events, rate);
    // A kill may lose up to an hour.
    let enough = Duration::from_micros(1_000_000 * events / rate) * 25 / 24;
    while night.next < events || night.playing < enough {
        let length = 1 + night.random.below(longest);
        night.take(length);
    }
    let played = started.elapsed();
    assert!(night.oldest_lost < PATIENCE, "{:?}", night.oldest_lost);
    let (ticks, parts) = night.check(&python);
    let hours = Duration::from_millis(ticks * 1000 / 768).as_secs_f64() / 3600.0;
    assert!(hours >= 24.0, "{hours}");
    println!(
        "{} events in {} takes, {hours:.1} hours of 120 quarters a minute, in {played:?}; \
         the interrupted takes have {parts} parts; a kill has cost events of the last {:?}; \
         checked after {:?}",
        night.next,
        night.takes.len(),
        night.oldest_lost,
        started.elapsed()
    );
}

#[test]
fn a_short_night_of_kills_loses_nothing_that_was_confirmed() {
    night(30_000, 3000);
}

/// `cargo test -p aseq --release --test aseq -- --ignored --nocapture night`
#[test]
#[ignore = "takes minutes"]
fn a_night_of_kills_loses_nothing_that_was_confirmed() {
    let events = std::env::var("ALSA_SEQ_NIGHT_EVENTS");
    let events = events.map_or(3_000_000, |events| events.parse().unwrap());
    night(events, 60_000);
}
