//! How far a song is, for people at a terminal.

use std::path::Path;
use std::time::Duration;

use alsa_seq::RealTime;

#[cfg(feature = "progress")]
pub(super) use shown::Bar;

/// Nothing.
#[cfg(not(feature = "progress"))]
pub(super) enum Bar {}

#[cfg(not(feature = "progress"))]
impl Bar {
    pub(super) fn new(_: Option<&Path>, _: Option<Duration>) -> Option<Self> {
        None
    }

    pub(super) fn show(&self, _: RealTime) {
        match *self {}
    }
}

#[cfg(feature = "progress")]
mod shown {
    use super::*;
    use indicatif::{ProgressBar, ProgressStyle};
    use std::io::{self, IsTerminal};

    use crate::printable;

    pub(in super::super) struct Bar(ProgressBar);

    impl Bar {
        /// If there is somebody to show it to.
        pub(in super::super) fn new(
            path: Option<&Path>,
            duration: Option<Duration>,
        ) -> Option<Self> {
            let path = path.filter(|_| io::stderr().is_terminal())?;
            let (bar, template) = match duration {
                Some(duration) => {
                    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
                    let template = format!("{{msg}} {{bar:30}} {{prefix}} / {}", clock(duration));
                    (ProgressBar::new(millis), template)
                }
                None => (ProgressBar::no_length(), "{msg} {prefix}".to_owned()),
            };
            // The template is right.
            if let Ok(style) = ProgressStyle::with_template(&template) {
                bar.set_style(style);
            }
            let name = path.file_name().unwrap_or(path.as_os_str());
            bar.set_message(printable(&name.to_string_lossy()));
            Some(Self(bar))
        }

        pub(in super::super) fn show(&self, time: RealTime) {
            let time = Duration::from(time);
            self.0.set_prefix(clock(time));
            self.0
                .set_position(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        }
    }

    impl Drop for Bar {
        fn drop(&mut self) {
            self.0.finish_and_clear();
        }
    }

    /// As `3:07`.
    fn clock(time: Duration) -> String {
        let seconds = time.as_secs();
        format!("{}:{:02}", seconds / 60, seconds % 60)
    }
}
