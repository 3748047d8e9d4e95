//! Reports the position in a song as JSON, for other programs.

use std::path::Path;
use std::time::{Duration, Instant};

use super::sequence::Position;

/// The interval between lines without a change of state.
const INTERVAL: Duration = Duration::from_secs(1);

/// Reports the position in a song.
pub(super) struct Report {
    #[cfg_attr(not(feature = "json"), expect(dead_code, reason = "nothing is said"))]
    file: String,
    last: Option<(Instant, u64)>,
}

/// A change of a song's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
#[cfg_attr(feature = "json", serde(rename_all = "lowercase"))]
pub(super) enum PlayerState {
    Started,
    Playing,
    Paused,
    Resumed,
    /// It begins again.
    Again,
    Ended,
    /// It is ended early.
    Stopped,
}

impl Report {
    pub(super) fn new(file: &Path) -> Self {
        Self {
            file: file.to_string_lossy().into_owned(),
            last: None,
        }
    }

    /// Reports that the song is playing, if the interval has passed.
    pub(super) fn update(&mut self, position: Position) {
        match self.last {
            Some((_, time)) if time != position.time => {
                self.write_state(PlayerState::Again, position);
            }
            Some((at, _)) if at.elapsed() < INTERVAL => {}
            _ => self.write_state(PlayerState::Playing, position),
        }
    }

    pub(super) fn write_state(&mut self, state: PlayerState, position: Position) {
        self.last = Some((Instant::now(), position.time));
        #[cfg(feature = "json")]
        self.write(state, position);
        #[cfg(not(feature = "json"))]
        let _ = state;
    }

    /// Writes a line. The music does not wait for the reader.
    #[cfg(feature = "json")]
    fn write(&self, state: PlayerState, position: Position) {
        #[derive(serde::Serialize)]
        struct Line<'a> {
            monotonic: String,
            state: PlayerState,
            file: &'a str,
            time: u64,
            position: Place,
        }
        #[derive(serde::Serialize)]
        struct Place {
            seconds: f64,
            tick: u32,
        }
        let line = serde_json::to_string(&Line {
            monotonic: crate::dump::monotonic_text(),
            state,
            file: &self.file,
            time: position.time,
            position: Place {
                seconds: position.seconds.as_secs_f64(),
                tick: position.tick,
            },
        });
        if let Ok(line) = line {
            crate::people::report(line + "\n");
        }
    }
}
