//! Lines on their way to standard output. A burst of lines costs one write.

use std::io::{self, Write};
use std::os::fd::BorrowedFd;

use crate::failure::Failure;
use crate::signals::{Signals, Stream};

/// The largest number of bytes that wait before they are written.
const MANY: usize = 16 << 10;

/// Lines that wait until they are written.
pub(crate) struct Lines<'s> {
    pub(crate) waiting: Vec<u8>,
    stream: Stream<'s>,
}

impl<'s> Lines<'s> {
    pub(crate) fn new(signals: &'s Signals, file: BorrowedFd<'s>) -> Self {
        Self {
            waiting: Vec::new(),
            stream: signals.stream(file),
        }
    }

    /// Writes all lines that wait. If nobody reads them, a signal ends the write, and the
    /// program: not everything was shown.
    pub(crate) fn write(&mut self) -> Result<(), Failure> {
        let written = self.stream.write_all(&self.waiting);
        self.waiting.clear();
        written.map_err(|error| match self.stream.ending() {
            Some(signal) if error.kind() == io::ErrorKind::TimedOut => Failure::Signal(signal),
            _ => Failure::Output(error),
        })
    }

    /// Writes the lines if there are many of them.
    pub(crate) fn write_if_many(&mut self) -> Result<(), Failure> {
        if self.waiting.len() >= MANY {
            self.write()?;
        }
        Ok(())
    }
}
