//! The line to the agent inside a kernel, and the kernel with it.

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

/// A kernel that boots or runs, and all that is under way on its line.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) kernel: Process,
    pub(crate) console: Console,
    decoder: Decoder,
    /// Frames ready for the line.
    to_guest: VecDeque<u8>,
    /// Pieces of requests, sent as the line allows.
    requests: VecDeque<(u8, VecDeque<u8>)>,
    halt: bool,
    /// Bytes on the line that the agent has not read.
    unacked: usize,
    /// When something was heard last.
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

    /// Whether the agent has said hello.
    pub(crate) fn is_up(&self) -> bool {
        self.is_up
    }

    /// Asks for a program; frames about it come after that.
    pub(crate) fn spawn(&mut self, program: u8, spawn: &Spawn) {
        self.requests.push_back((program, spawn.encode().into()));
    }

    /// Whether there are requests that the agent has not got completely.
    pub(crate) fn is_asking(&self) -> bool {
        !self.requests.is_empty()
    }

    /// Has the machine go off after the programs that there are.
    pub(crate) fn halt(&mut self) {
        self.halt = true;
    }

    pub(crate) fn send(&mut self, program: u8, frame: &ToGuest) {
        frame_into(&mut self.to_guest, program, frame);
    }

    /// How much input the line can take now.
    pub(crate) fn input_room(&self) -> usize {
        (LINE_WINDOW - LINE_RESERVE)
            .saturating_sub(self.unacked + self.to_guest.len() + 8)
            .min(MAX_TO_GUEST)
    }

    /// Whether there is something to write that the agent has room for.
    pub(crate) fn wants_to_write(&self) -> bool {
        !self.to_guest.is_empty() && self.unacked < LINE_WINDOW
    }

    /// Writes what the line takes; false if nobody is at its other end.
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

    /// Reads once; false if nobody is at the other end.
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

    /// The next frame about a program. The agent's first words are heard here.
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

    /// The frames of a kernel that has failed, as far as they have got here.
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

    /// Ends a kernel that has failed: the error, with the end of its console. `doing` says
    /// what went on.
    pub(crate) fn crash(&mut self, what: &str, doing: &str) -> Error {
        let status = match self.kernel.kill() {
            Ok(status) => status.to_string(),
            Err(e) => e.to_string(),
        };
        Error::Crashed(self.report(&format!("the test kernel {what} ({status}) while {doing}")))
    }

    /// What is known of a machine in which something hangs: the processes, as the agent has
    /// listed them, and the end of the console, where the kernel has shown stacks.
    pub(crate) fn hang(&mut self, what: &str, processes: Option<&str>) -> String {
        let processes = match processes {
            Some(list) => format!("the processes inside, and where they sleep:{}", lines(list)),
            None => "the machine does not answer".to_owned(),
        };
        self.report(&format!("{what}; {processes}\n"))
    }

    /// What has happened, with the end of the console.
    pub(crate) fn report(&mut self, what: &str) -> String {
        // All it wrote is in the pipe.
        while matches!(self.console.read(&self.kernel.console), Ok(true)) {}
        format!("{what}; {}", self.console.tail())
    }
}

/// Why what was heard is not understood.
#[derive(Debug)]
pub(crate) enum Unheard {
    Malformed(Malformed),
    /// The agent speaks another version, if it speaks any.
    Version(Option<u32>),
}

impl From<Malformed> for Unheard {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// Lines below a message.
fn lines(text: &str) -> String {
    text.lines().map(|line| format!("\n  | {line}")).collect()
}

fn frame_into(queue: &mut VecDeque<u8>, program: u8, frame: &ToGuest) {
    let mut bytes = Vec::new();
    frame.encode(program, &mut bytes);
    queue.extend(bytes);
}
