//! Shows the position in a song on a terminal.

use std::path::Path;
use std::time::Duration;

use alsa_seq::RealTime;

#[cfg(feature = "progress")]
pub(super) use shown::Bar;

/// A build without progress shows nothing.
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
    use std::io::{self, IsTerminal};
    use std::os::fd::AsFd;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
    use nix::unistd::{getpgrp, tcgetpgrp};

    use crate::people::{self, printable};

    /// A progress bar that another thread draws when the terminal has room.
    pub(in super::super) struct Bar(Arc<Shared>);

    struct Shared {
        bar: ProgressBar,
        /// The position in milliseconds. It is limited to 49 days, because some
        /// processors have no 64-bit atomic numbers.
        millis: AtomicU32,
        /// Whether a drawing is queued. It will show the position of that moment.
        is_due: AtomicBool,
    }

    impl Bar {
        /// Makes a bar if standard error is a terminal.
        pub(in super::super) fn new(
            path: Option<&Path>,
            duration: Option<Duration>,
        ) -> Option<Self> {
            let path = path.filter(|_| io::stderr().is_terminal())?;
            let (bar, template) = match duration {
                Some(duration) => {
                    let template = format!("{{msg}} {{bar:30}} {{prefix}} / {}", clock(duration));
                    (ProgressBar::new(millis(duration)), template)
                }
                None => (ProgressBar::no_length(), "{msg} {prefix}".to_owned()),
            };
            let name = path.file_name().unwrap_or(path.as_os_str());
            let mut bar = bar.with_message(printable(&name.to_string_lossy()));
            // The template is valid.
            if let Ok(style) = ProgressStyle::with_template(&template) {
                bar = bar.with_style(style);
            }
            Some(Self(Arc::new(Shared {
                bar,
                millis: AtomicU32::new(0),
                is_due: AtomicBool::new(false),
            })))
        }

        pub(in super::super) fn show(&self, time: RealTime) {
            let shared = &self.0;
            let millis = u32::try_from(millis(time.into())).unwrap_or(u32::MAX);
            shared.millis.store(millis, Ordering::Relaxed);
            if shared.is_due.swap(true, Ordering::Relaxed) {
                return;
            }
            let shared = Arc::clone(shared);
            people::draw(move || shared.draw());
        }
    }

    impl Shared {
        fn draw(&self) {
            self.is_due.store(false, Ordering::Relaxed);
            if is_in_background() {
                return;
            }
            let millis = u64::from(self.millis.load(Ordering::Relaxed));
            self.bar.set_prefix(clock(Duration::from_millis(millis)));
            self.bar.set_position(millis);
        }
    }

    impl Drop for Bar {
        fn drop(&mut self) {
            let shared = Arc::clone(&self.0);
            let is_cleared = people::draw(move || {
                if is_in_background() {
                    shared.bar.set_draw_target(ProgressDrawTarget::hidden());
                }
                shared.bar.finish_and_clear();
            });
            if !is_cleared {
                // Dropping the last reference to an unfinished bar would draw it, and
                // might wait.
                std::mem::forget(Arc::clone(&self.0));
            }
        }
    }

    /// Returns whether another program uses the terminal now, for example the shell that started
    /// this program in the background.
    fn is_in_background() -> bool {
        tcgetpgrp(io::stderr().as_fd()).is_ok_and(|group| group != getpgrp())
    }

    fn millis(time: Duration) -> u64 {
        u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
    }

    /// Writes a time as `3:07`.
    fn clock(time: Duration) -> String {
        let seconds = time.as_secs();
        format!("{}:{:02}", seconds / 60, seconds % 60)
    }
}
