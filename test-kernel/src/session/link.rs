//! The line to the agent in a kernel, and the kernel itself.

use std::collections::VecDeque;
use std::time::Instant;

use anyhow::Result;

use super::console::Console;
use crate::error::Error;
use crate::fdio::{self, Read, Written};
use crate::proto::{
    self, Decoder, Frame as _, LINE_RESERVE, LINE_WINDOW, MAX_TO_GUEST, Malformed, Spawn, ToGuest,
    ToHost,
};
use crate::uml::Process;

/// A booting or running kernel, and all data for its line.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) kernel: Process,
    pub(crate) console: Console,
    decoder: Decoder,
    /// Frames ready for the line.
    to_guest: VecDeque<u8>,
    /// Pieces of requests. They are sent when the line has room.
    requests: VecDeque<(u8, VecDeque<u8>)>,
    halt: bool,
    /// Number of bytes on the line that the agent has not read.
    unacked: usize,
    /// The time of the last message from the agent.
    pub(crate) last_word: Instant,
    is_up: bool,
}

impl Link {
    pub(crate) fn new(kernel: Process) -> Self {
        Self {
            kernel,
            console: Console::default(),
            decoder: Decoder::default(),
            to_guest: VecDeque::new(),
            requests: VecDeque::new(),
            halt: false,
            unacked: 0,
            last_word: Instant::now(),
            is_up: false,
        }
    }

    /// Returns whether the agent's first message has arrived.
    pub(crate) fn is_up(&self) -> bool {
        self.is_up
    }

    /// Requests a program. Frames about the program come after the request.
    pub(crate) fn spawn(&mut self, program: u8, spawn: &Spawn) {
        self.requests.push_back((program, spawn.encode().into()));
    }

    /// Returns whether parts of a request are still to be sent.
    pub(crate) fn is_asking(&self) -> bool {
        !self.requests.is_empty()
    }

    /// Makes the machine switch off when the running programs have ended.
    pub(crate) fn halt(&mut self) {
        self.halt = true;
    }

    pub(crate) fn send(&mut self, program: u8, frame: &ToGuest) {
        frame_into(&mut self.to_guest, program, frame);
    }

    /// Returns the number of input bytes that the line can accept now.
    pub(crate) fn input_room(&self) -> usize {
        (LINE_WINDOW - LINE_RESERVE)
            .saturating_sub(self.unacked + self.to_guest.len() + 8)
            .min(MAX_TO_GUEST)
    }

    /// Returns whether data is waiting and the agent has room for it.
    pub(crate) fn wants_to_write(&self) -> bool {
        !self.to_guest.is_empty() && self.unacked < LINE_WINDOW
    }

    /// Writes as much as the line accepts. Returns false if the other end was closed.
    pub(crate) fn flush(&mut self) -> Result<bool> {
        if !self.is_up {
            return Ok(true);
        }
        loop {
            if self.to_guest.is_empty() {
                self.next_piece();
            }
            let room = LINE_WINDOW.saturating_sub(self.unacked);
            if self.to_guest.is_empty() || room == 0 {
                return Ok(true);
            }
            match fdio::write_front(&self.kernel.line, &mut self.to_guest, room)? {
                Written::Some(n) => self.unacked += n,
                Written::Full => return Ok(true),
                Written::Closed => return Ok(false),
            }
        }
    }

    fn next_piece(&mut self) {
        if let Some((program, request)) = self.requests.front_mut() {
            let n = request.len().min(MAX_TO_GUEST);
            let part = ToGuest::SpawnPart(request.drain(..n).collect());
            frame_into(&mut self.to_guest, *program, &part);
            if request.is_empty() {
                frame_into(&mut self.to_guest, *program, &ToGuest::SpawnEnd);
                self.requests.pop_front();
            }
        } else if std::mem::take(&mut self.halt) {
            self.send(0, &ToGuest::Halt);
        }
    }

    /// Reads once. Returns false if the other end was closed.
    pub(crate) fn read(&mut self) -> Result<bool> {
        let mut buf = [0; 64 * 1024];
        match fdio::read(&self.kernel.line, &mut buf)? {
            Read::Data(n) => {
                self.decoder.feed(buf.get(..n).unwrap_or_default());
                self.last_word = Instant::now();
            }
            Read::Empty => {}
            Read::End => return Ok(false),
        }
        Ok(true)
    }

    /// Returns the next frame about a program. Handles the agent's first message.
    pub(crate) fn next(&mut self) -> Result<Option<(u8, ToHost)>, Unheard> {
        while let Some((program, frame)) = self.decoder.next::<ToHost>()? {
            match (frame, self.is_up) {
                (ToHost::Hello(hello), false) => match proto::version(&hello) {
                    Some(proto::VERSION) => self.is_up = true,
                    theirs => return Err(Unheard::Version(theirs)),
                },
                (ToHost::Hello(_), true) => return Err(Malformed("a second hello").into()),
                (_, false) => return Err(Malformed("no hello").into()),
                (ToHost::Ack(n), true) => {
                    let n = usize::try_from(n).unwrap_or(usize::MAX);
                    self.unacked = self.unacked.saturating_sub(n);
                }
                (frame, true) => return Ok(Some((program, frame))),
            }
        }
        Ok(None)
    }

    /// Returns the frames of a failed kernel that have arrived here.
    pub(crate) fn last_frames(&mut self) -> Vec<(u8, ToHost)> {
        let mut buf = [0; 64 * 1024];
        while let Ok(Read::Data(n)) = fdio::read(&self.kernel.line, &mut buf) {
            self.decoder.feed(buf.get(..n).unwrap_or_default());
        }
        let mut frames = Vec::new();
        while let Ok(Some(frame)) = self.decoder.next() {
            frames.push(frame);
        }
        frames
    }

    /// Ends a failed kernel. Returns the error, with the end of the console's output. `doing` is
    /// the operation at that time.
    pub(crate) fn crash(&mut self, what: &str, doing: &str) -> Error {
        let status = match self.kernel.kill() {
            Ok(status) => status.to_string(),
            Err(e) => e.to_string(),
        };
        Error::Crashed(self.report(&format!("the test kernel {what} ({status}) while {doing}")))
    }

    /// Returns a report of a machine in which a program hangs: the processes, as the agent has
    /// listed them, and the end of the console's output, where the kernel has printed stacks.
    pub(crate) fn hang(&mut self, what: &str, processes: Option<&str>) -> String {
        let processes = match processes {
            Some(list) => format!(
                "the processes in the machine, and the functions in which they \
                sleep:{}",
                lines(list)
            ),
            None => "the machine does not answer".to_owned(),
        };
        self.report(&format!("{what}; {processes}\n"))
    }

    /// Returns the description with the end of the console's output.
    pub(crate) fn report(&mut self, what: &str) -> String {
        // The kernel has ended, so all its output is in the pipe.
        while matches!(self.console.read(&self.kernel.console), Ok(true)) {}
        format!("{what}; {}", self.console.tail())
    }
}

/// The reason why a message was not understood.
#[derive(Debug)]
pub(crate) enum Unheard {
    Malformed(Malformed),
    /// The agent has another version, or is not an agent.
    Version(Option<u32>),
}

impl From<Malformed> for Unheard {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// Returns lines to print below a message.
fn lines(text: &str) -> String {
    text.lines().map(|line| format!("\n  | {line}")).collect()
}

fn frame_into(queue: &mut VecDeque<u8>, program: u8, frame: &ToGuest) {
    let mut bytes = Vec::new();
    frame.encode(program, &mut bytes);
    queue.extend(bytes);
}
