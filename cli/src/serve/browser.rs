//! The connection to one browser. Its functions never wait, and it needs a bounded amount of
//! memory.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use nix::poll::PollFlags;

use super::request::{MOST_BYTES, Refusal, Request, Rules};

/// The time limit for a browser to send a request, or to read an answer or an event.
const PATIENCE: Duration = Duration::from_secs(5);

/// The time limit for a browser to close its side after the answer, and the number of bytes
/// that it may send until then. If this side closed the connection at once, the kernel could
/// discard the answer.
const FAREWELL: Duration = Duration::from_secs(1);
const MOST_LEFT: usize = 64 << 10;

/// A browser that is connected.
#[derive(Debug)]
pub(super) struct Browser {
    stream: TcpStream,
    state: State,
    /// The time at which it is dropped.
    deadline: Option<Instant>,
}

#[derive(Debug)]
enum State {
    /// It is sending a request.
    Asks(Vec<u8>),
    /// It is reading an answer.
    Reads(Unread),
    /// It is reading events.
    Follows {
        /// The rest of an event.
        unread: Option<Unread>,
        /// The number of the last picture that was sent to it.
        seen: u64,
    },
    /// It has its answer and has to close its side. It may send this number of bytes.
    Leaves(usize),
}

/// Bytes that were not sent yet. All browsers share the bytes of a picture.
#[derive(Debug)]
struct Unread {
    bytes: Rc<[u8]>,
    from: usize,
}

/// The next step for a browser.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Wait,
    /// Answer its request.
    Answer(Result<Request, Refusal>),
    Drop,
}

impl Browser {
    pub(super) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        // The kernel should send small events at once.
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            state: State::Asks(Vec::new()),
            deadline: in_time(PATIENCE),
        })
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }

    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Returns the events that `poll` has to wait for.
    pub(super) fn interest(&self) -> PollFlags {
        match &self.state {
            State::Asks(_) | State::Leaves(_) => PollFlags::POLLIN,
            State::Reads(_) => PollFlags::POLLOUT,
            State::Follows {
                unread: Some(_), ..
            } => PollFlags::POLLIN | PollFlags::POLLOUT,
            // The end of the connection.
            State::Follows { unread: None, .. } => PollFlags::POLLIN,
        }
    }

    /// Returns whether it reads events.
    pub(super) const fn follows(&self) -> bool {
        matches!(self.state, State::Follows { .. })
    }

    /// Returns whether it reads events, and has read all that were sent.
    pub(super) const fn waits(&self) -> bool {
        matches!(self.state, State::Follows { unread: None, .. })
    }

    /// Returns whether the picture of this number is new to it, and can be sent now.
    pub(super) fn wants(&self, number: u64) -> bool {
        matches!(self.state, State::Follows { unread: None, seen } if seen < number)
    }

    /// Sends an answer. It is the last one on this connection.
    pub(super) fn answer(&mut self, bytes: Vec<u8>) -> Next {
        self.state = State::Reads(bytes.into());
        self.deadline = in_time(PATIENCE);
        self.write()
    }

    /// Begins to send events.
    pub(super) fn follow(&mut self, begin: Vec<u8>) -> Next {
        self.state = State::Follows {
            unread: Some(begin.into()),
            seen: 0,
        };
        self.deadline = in_time(PATIENCE);
        self.write()
    }

    /// Sends a picture that it [`wants`](Self::wants).
    pub(super) fn show(&mut self, number: u64, event: &Rc<[u8]>) -> Next {
        self.state = State::Follows {
            unread: Some(Unread {
                bytes: Rc::clone(event),
                from: 0,
            }),
            seen: number,
        };
        self.deadline = in_time(PATIENCE);
        self.write()
    }

    /// Takes the next step after a wait.
    pub(super) fn step(&mut self, found: PollFlags, now: Instant, rules: &Rules) -> Next {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            return Next::Drop;
        }
        if found.is_empty() {
            return Next::Wait;
        }
        match self.state {
            State::Asks(_) => self.read_request(rules),
            State::Leaves(_) => self.discard(),
            State::Reads(_) => self.write(),
            State::Follows { .. } if found.intersects(!PollFlags::POLLOUT) => {
                match self.discard() {
                    Next::Wait => self.write(),
                    next => next,
                }
            }
            State::Follows { .. } => self.write(),
        }
    }

    fn read_request(&mut self, rules: &Rules) -> Next {
        let State::Asks(bytes) = &mut self.state else {
            return Next::Wait;
        };
        let mut piece = [0; 1024];
        loop {
            let room = MOST_BYTES.saturating_sub(bytes.len()).min(piece.len());
            let read = match piece.get_mut(..room) {
                Some(piece) => self.stream.read(piece),
                None => return Next::Drop,
            };
            match read {
                Ok(0) => return Next::Drop,
                Ok(read) => bytes.extend_from_slice(piece.get(..read).unwrap_or_default()),
                Err(error) => return later(&error),
            }
            if let Some(request) = rules.read(bytes) {
                return Next::Answer(request);
            }
        }
    }

    /// Reads and discards bytes. A browser that reads events may not send any.
    fn discard(&mut self) -> Next {
        let mut piece = [0; 1024];
        loop {
            match self.stream.read(&mut piece) {
                Ok(0) => return Next::Drop,
                Ok(read) => {
                    let State::Leaves(left) = &mut self.state else {
                        return Next::Drop;
                    };
                    match left.checked_sub(read) {
                        Some(rest) => *left = rest,
                        None => return Next::Drop,
                    }
                }
                Err(error) => return later(&error),
            }
        }
    }

    fn write(&mut self) -> Next {
        let unread = match &mut self.state {
            State::Reads(unread) => unread,
            State::Follows {
                unread: Some(unread),
                ..
            } => unread,
            _ => return Next::Wait,
        };
        while let Some(rest) = unread
            .bytes
            .get(unread.from..)
            .filter(|rest| !rest.is_empty())
        {
            match self.stream.write(rest) {
                Ok(0) => return Next::Drop,
                Ok(written) => unread.from += written,
                Err(error) => return later(&error),
            }
        }
        match &mut self.state {
            State::Follows { unread, .. } => {
                *unread = None;
                // It may now read nothing for as long as nothing changes.
                self.deadline = None;
                Next::Wait
            }
            _ => {
                if self.stream.shutdown(Shutdown::Write).is_err() {
                    return Next::Drop;
                }
                self.state = State::Leaves(MOST_LEFT);
                self.deadline = in_time(FAREWELL);
                self.discard()
            }
        }
    }
}

impl From<Vec<u8>> for Unread {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes: bytes.into(),
            from: 0,
        }
    }
}

fn in_time(patience: Duration) -> Option<Instant> {
    Instant::now().checked_add(patience)
}

/// Returns the next step after an error of reading or writing.
fn later(error: &io::Error) -> Next {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Next::Wait,
        _ => Next::Drop,
    }
}
