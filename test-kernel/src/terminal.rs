//! The runner's own terminal, while the program inside uses it.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::termios::{SetArg, Termios, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::{getpgrp, tcgetpgrp};

use crate::proto;

/// Returns the terminal's size; all zero for a terminal without a size.
pub(crate) fn window(fd: impl AsFd) -> proto::WindowSize {
    rustix::termios::tcgetwinsize(fd).map_or_else(
        |_| proto::WindowSize::default(),
        |size| proto::WindowSize {
            rows: size.ws_row,
            cols: size.ws_col,
            x_pixels: size.ws_xpixel,
            y_pixels: size.ws_ypixel,
        },
    )
}

/// Returns the terminal's settings, for the terminal inside.
pub(crate) fn settings(fd: impl AsFd) -> Option<proto::Termios> {
    let termios = tcgetattr(fd).ok()?;
    Some(proto::Termios {
        input: termios.input_flags.bits(),
        output: termios.output_flags.bits(),
        control: termios.control_flags.bits(),
        local: termios.local_flags.bits(),
        chars: termios.control_chars.to_vec(),
    })
}

/// Keeps the terminal raw. So each key reaches the terminal inside. That terminal echoes and edits
/// the keys, or raises signals, with the settings of its program.
#[derive(Debug)]
pub(crate) struct Raw<'fd> {
    fd: BorrowedFd<'fd>,
    before: Option<Termios>,
}

impl<'fd> Raw<'fd> {
    pub(crate) fn new(fd: BorrowedFd<'fd>) -> Self {
        Self { fd, before: None }
    }

    /// Returns whether typed keys are for this process: not while it is in the background.
    pub(crate) fn in_foreground(&self) -> bool {
        tcgetpgrp(self.fd).is_ok_and(|group| group == getpgrp())
    }

    /// Makes the terminal raw, if this process is in the foreground.
    pub(crate) fn enter(&mut self) -> io::Result<()> {
        if self.before.is_some() || !self.in_foreground() {
            return Ok(());
        }
        let before = tcgetattr(self.fd)?;
        let mut raw = before.clone();
        cfmakeraw(&mut raw);
        tcsetattr(self.fd, SetArg::TCSADRAIN, &raw)?;
        self.before = Some(before);
        Ok(())
    }

    pub(crate) fn is_raw(&self) -> bool {
        self.before.is_some()
    }

    /// Restores the terminal's settings.
    pub(crate) fn leave(&mut self) {
        if let Some(before) = self.before.take() {
            // If the terminal has hung up, its settings no longer matter.
            let _ = tcsetattr(self.fd, SetArg::TCSADRAIN, &before);
        }
    }
}

impl Drop for Raw<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}
