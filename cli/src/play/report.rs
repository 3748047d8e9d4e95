//! Where a song is, as JSON for other programs.

use std::path::Path;
use std::time::{Duration, Instant};

use super::sequence::Position;

/// How long after a line another one comes, if nothing else happens.
const INTERVAL: Duration = Duration::from_secs(1);

/// Says where a song is.
pub(super) struct Report {
    #[cfg_attr(not(feature = "json"), expect(dead_code, reason = "nothing is said"))]
    file: String,
    last: Option<(Instant, u64)>,
}

/// What happens to a song.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
#[cfg_attr(feature = "json", serde(rename_all = "lowercase"))]
pub(super) enum Happening {
    Started,
    Playing,
    Paused,
    Resumed,
    /// It begins again.
    Again,
    Ended,
    /// It ends before its end.
    Stopped,
}

impl Report {
    pub(super) fn new(file: &Path) -> Self {
        Self {
            file: file.to_string_lossy().into_owned(),
            last: None,
        }
    }

    /// Says that the song is played on, if there is a reason to.
    pub(super) fn update(&mut self, position: Position) {
        match self.last {
            Some((_, time)) if time != position.time => self.say(Happening::Again, position),
            Some((at, _)) if at.elapsed() < INTERVAL => {}
            _ => self.say(Happening::Playing, position),
        }
    }

    pub(super) fn say(&mut self, state: Happening, position: Position) {
        self.last = Some((Instant::now(), position.time));
        #[cfg(feature = "json")]
        self.write(state, position);
        #[cfg(not(feature = "json"))]
        let _ = state;
    }

    /// The music does not wait for whoever reads.
    #[cfg(feature = "json")]
    fn write(&self, state: Happening, position: Position) {
        #[derive(serde::Serialize)]
        struct Line<'a> {
            monotonic: String,
            state: Happening,
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
