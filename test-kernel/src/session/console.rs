//! Output of the kernel's console, for errors.

use std::collections::VecDeque;
use std::io;
use std::os::fd::AsFd;

use crate::fdio::{self, Read};

/// Limit of the stored output in bytes.
const KEPT: usize = 8 * 1024;

/// Limit of the shown lines.
const SHOWN: usize = 30;

/// The end of a console's output.
#[derive(Debug, Default)]
pub(crate) struct Console {
    end: VecDeque<u8>,
    closed: bool,
}

impl Console {
    pub(crate) fn is_open(&self) -> bool {
        !self.closed
    }

    /// Reads once. Returns false if the console had no data.
    pub(crate) fn read(&mut self, from: impl AsFd) -> io::Result<bool> {
        let mut buf = [0; 16 * 1024];
        match fdio::read(from, &mut buf)? {
            Read::Data(n) => {
                self.end.extend(buf.iter().take(n));
                let surplus = self.end.len().saturating_sub(KEPT);
                self.end.drain(..surplus);
                return Ok(true);
            }
            Read::Empty => {}
            Read::End => self.closed = true,
        }
        Ok(false)
    }

    /// Returns the last lines, for an error message.
    pub(crate) fn tail(&self) -> String {
        let (a, b) = self.end.as_slices();
        let text = String::from_utf8_lossy(&[a, b].concat()).into_owned();
        let lines: Vec<&str> = text
            .lines()
            .map(|line| line.trim_end_matches('\r'))
            .filter(|line| !line.trim().is_empty() && !is_expected(line))
            .collect();
        if lines.is_empty() {
            return "its console has no output".to_owned();
        }
        let mut tail = "the end of its console:".to_owned();
        for line in lines.iter().skip(lines.len().saturating_sub(SHOWN)) {
            tail.push_str("\n  | ");
            tail.push_str(line);
        }
        tail
    }
}

/// Lines that every kernel prints, because it may not create the directory for its management
/// socket.
fn is_expected(line: &str) -> bool {
    line.contains("umid")
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Seek as _, Write as _};

    use super::*;

    fn console(text: &str) -> Console {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.rewind().unwrap();
        let mut console = Console::default();
        while console.read(File::as_fd(&file)).unwrap() {}
        assert!(!console.is_open());
        console
    }

    #[test]
    fn the_last_lines_are_shown() {
        assert_eq!(console("").tail(), "its console has no output");
        assert_eq!(
            console("[0.1] make_umid - mkstemp failed: no\nboot\r\n\nKernel panic\n").tail(),
            "the end of its console:\n  | boot\n  | Kernel panic"
        );
        let long: String = (0..10_000).map(|n| format!("line {n}\n")).collect();
        let tail = console(&long).tail();
        assert_eq!(tail.lines().count(), 1 + SHOWN);
        assert!(tail.ends_with("  | line 9999"));
    }
}
