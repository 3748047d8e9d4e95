//! The protocol between the runner and the agent inside the kernel.
//!
//! One serial line connects them. It is a byte stream without loss, but its guest end is a terminal
//! with a buffer of 4 KiB. So both directions limit the unread data: [`ToHost::Ack`] limits the
//! bytes on the line, and a credit per stream limits the data that a slow reader has not read yet.
//! Only stream data waits for a reader, so signals and window sizes always arrive.
//!
//! Several programs share the line. The runner gives each program a number.
//!
//! A frame is a type byte, the number of its program (0 for frames about no program), the payload's
//! length (two bytes, little endian) and the payload.

mod codec;

use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;

use codec::{Reader, Writer};

/// Increased with each change in this file that the other end must know.
pub(crate) const VERSION: u32 = 2;

/// The beginning of the agent's first message, before its version in decimal digits. This message
/// and its frame are the same in each version.
const HELLO: &str = "test-kernel agent ";

/// Returns the first message of an agent of this version.
pub(crate) fn hello() -> Vec<u8> {
    format!("{HELLO}{VERSION}").into_bytes()
}

/// Returns an agent's version from its first message.
pub(crate) fn version(hello: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(hello).ok()?;
    text.strip_prefix(HELLO)?.parse().ok()
}

/// Limit of unacknowledged bytes from the host on the line. The guest's terminal throttles at 4096
/// - 128 bytes; below that, it never throttles.
pub(crate) const LINE_WINDOW: usize = 3072;

/// The agent acknowledges after it has read this number of bytes.
pub(crate) const ACK_EVERY: usize = 1024;

/// The part of the line's window that stream data leaves free for other frames.
pub(crate) const LINE_RESERVE: usize = 512;

/// Limit of the bytes of one stream that are on the line or wait for a reader, in each direction.
pub(crate) const STREAM_WINDOW: usize = 64 * 1024;

/// The longest payload of a frame to the guest.
pub(crate) const MAX_TO_GUEST: usize = 1024;

/// The longest payload of a frame to the host.
pub(crate) const MAX_TO_HOST: usize = 16 * 1024;

const HEADER: usize = 4;

/// An output stream of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
    Terminal,
}

impl Stream {
    pub(crate) const ALL: [Self; 3] = [Self::Stdout, Self::Stderr, Self::Terminal];

    pub(crate) fn index(self) -> usize {
        match self {
            Self::Stdout => 0,
            Self::Stderr => 1,
            Self::Terminal => 2,
        }
    }

    fn from_byte(byte: u8) -> Result<Self, Malformed> {
        Self::ALL
            .get(usize::from(byte))
            .copied()
            .ok_or(Malformed("unknown stream"))
    }

    fn byte(self) -> u8 {
        match self {
            Self::Stdout => 0,
            Self::Stderr => 1,
            Self::Terminal => 2,
        }
    }
}

/// A terminal's size in cells and pixels, as `struct winsize`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WindowSize {
    pub(crate) rows: u16,
    pub(crate) cols: u16,
    pub(crate) x_pixels: u16,
    pub(crate) y_pixels: u16,
}

/// The connection of the program's standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A pipe. [`ToGuest::Stdin`] has its data.
    Pipe,
    /// The terminal. The same frames have its data.
    Terminal,
    /// A file that both sides can open, at this offset. The program can seek in it, and nothing is
    /// read ahead.
    File { path: Vec<u8>, offset: u64 },
}

/// The connection of the program's standard output or standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    Pipe,
    Terminal,
    /// Only for standard error: the same pipe as standard output. This keeps the order of the two
    /// outputs.
    SameAsStdout,
}

/// Terminal settings, as in `struct termios`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Termios {
    pub(crate) input: u32,
    pub(crate) output: u32,
    pub(crate) control: u32,
    pub(crate) local: u32,
    pub(crate) chars: Vec<u8>,
}

/// The program to run, and everything that it inherits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spawn {
    pub(crate) argv: Vec<OsString>,
    pub(crate) env: Vec<(OsString, OsString)>,
    pub(crate) cwd: OsString,
    pub(crate) umask: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) groups: Vec<u32>,
    pub(crate) stdin: Input,
    pub(crate) stdout: Output,
    pub(crate) stderr: Output,
    pub(crate) window: WindowSize,
    pub(crate) termios: Option<Termios>,
    pub(crate) hostname: OsString,
    /// Whether the program leads a new process group, or shares the agent's.
    pub(crate) own_group: bool,
}

/// Frames from the runner to the agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ToGuest {
    /// A piece of the encoded [`Spawn`].
    SpawnPart(Vec<u8>),
    /// The pieces are complete: start the program.
    SpawnEnd,
    Stdin(Vec<u8>),
    StdinEof,
    /// The runner has written this number of bytes of the stream.
    Credit(Stream, u32),
    /// Outside, the reader of the stream has closed it.
    Closed(Stream),
    /// Send a signal to the program or to its whole process group.
    Signal {
        number: i32,
        group: bool,
    },
    Window(WindowSize),
    /// No more programs will be started: switch the machine off when the running programs have
    /// ended.
    Halt,
    /// A program hangs: report the processes, and make the kernel print stacks on its console.
    Report,
}

/// Frames from the agent to the runner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ToHost {
    Hello(Vec<u8>),
    /// The agent has read this number of bytes from the line.
    Ack(u32),
    /// The program has read this number of bytes of its standard input.
    StdinCredit(u32),
    /// The program has closed its standard input.
    StdinClosed,
    Output(Stream, Vec<u8>),
    /// The program runs.
    Started,
    /// The program could not be started: the errno and the failed operation.
    Failed {
        errno: i32,
        what: String,
    },
    /// A key on the terminal has raised this signal in the program's process group. Outside, the
    /// signal is also for the runner's process group.
    KeySignal(i32),
    /// This signal has stopped the program.
    Stopped(i32),
    /// The offset of the file that is the standard input, at the program's end.
    StdinOffset(u64),
    Exited(i32),
    Signaled(i32),
    /// The answer to [`ToGuest::Report`]: a line for each process.
    Report(String),
}

/// A frame or payload that breaks the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed frame: {}", self.0)
    }
}

impl std::error::Error for Malformed {}

/// A frame type of either direction.
pub(crate) trait Frame: Sized {
    /// The longest payload this direction allows.
    const MAX: usize;
    /// The frame's type byte and payload.
    fn parts(&self) -> (u8, Vec<u8>);
    /// Parses the result of [`Frame::parts`].
    fn from_parts(kind: u8, payload: &[u8]) -> Result<Self, Malformed>;

    /// Appends the encoded frame about a program to `out`.
    fn encode(&self, program: u8, out: &mut Vec<u8>) {
        let (kind, payload) = self.parts();
        // The pieces of a payload have at most MAX bytes, so the length fits.
        let length = u16::try_from(payload.len()).unwrap_or(u16::MAX);
        out.push(kind);
        out.push(program);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend(payload.into_iter().take(usize::from(length)));
    }
}

impl Frame for ToGuest {
    const MAX: usize = MAX_TO_GUEST;

    fn parts(&self) -> (u8, Vec<u8>) {
        let mut w = Writer::default();
        let kind = match self {
            Self::SpawnPart(bytes) => {
                w.raw(bytes);
                1
            }
            Self::SpawnEnd => 2,
            Self::Stdin(bytes) => {
                w.raw(bytes);
                3
            }
            Self::StdinEof => 4,
            Self::Credit(stream, n) => {
                w.u8(stream.byte());
                w.u32(*n);
                5
            }
            Self::Closed(stream) => {
                w.u8(stream.byte());
                6
            }
            Self::Signal { number, group } => {
                w.i32(*number);
                w.u8(u8::from(*group));
                7
            }
            Self::Window(size) => {
                w.window(*size);
                8
            }
            Self::Halt => 9,
            Self::Report => 10,
        };
        (kind, w.0)
    }

    fn from_parts(kind: u8, payload: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader(payload);
        let frame = match kind {
            1 => Self::SpawnPart(r.rest()),
            2 => Self::SpawnEnd,
            3 => Self::Stdin(r.rest()),
            4 => Self::StdinEof,
            5 => Self::Credit(Stream::from_byte(r.u8()?)?, r.u32()?),
            6 => Self::Closed(Stream::from_byte(r.u8()?)?),
            7 => Self::Signal {
                number: r.i32()?,
                group: r.bool()?,
            },
            8 => Self::Window(r.window()?),
            9 => Self::Halt,
            10 => Self::Report,
            _ => return Err(Malformed("unknown type to the guest")),
        };
        r.end()?;
        Ok(frame)
    }
}

impl Frame for ToHost {
    const MAX: usize = MAX_TO_HOST;

    fn parts(&self) -> (u8, Vec<u8>) {
        let mut w = Writer::default();
        let kind = match self {
            Self::Hello(bytes) => {
                w.raw(bytes);
                65
            }
            Self::Ack(n) => {
                w.u32(*n);
                66
            }
            Self::StdinCredit(n) => {
                w.u32(*n);
                67
            }
            Self::StdinClosed => 68,
            Self::Output(stream, bytes) => {
                w.u8(stream.byte());
                w.raw(bytes);
                69
            }
            Self::Started => 70,
            Self::Failed { errno, what } => {
                w.i32(*errno);
                w.raw(what.as_bytes());
                71
            }
            Self::KeySignal(number) => {
                w.i32(*number);
                72
            }
            Self::Stopped(number) => {
                w.i32(*number);
                73
            }
            Self::StdinOffset(offset) => {
                w.u64(*offset);
                74
            }
            Self::Exited(code) => {
                w.i32(*code);
                75
            }
            Self::Signaled(number) => {
                w.i32(*number);
                76
            }
            Self::Report(text) => {
                w.raw(text.as_bytes());
                77
            }
        };
        (kind, w.0)
    }

    fn from_parts(kind: u8, payload: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader(payload);
        let frame = match kind {
            65 => Self::Hello(r.rest()),
            66 => Self::Ack(r.u32()?),
            67 => Self::StdinCredit(r.u32()?),
            68 => Self::StdinClosed,
            69 => Self::Output(Stream::from_byte(r.u8()?)?, r.rest()),
            70 => Self::Started,
            71 => Self::Failed {
                errno: r.i32()?,
                what: String::from_utf8_lossy(&r.rest()).into_owned(),
            },
            72 => Self::KeySignal(r.i32()?),
            73 => Self::Stopped(r.i32()?),
            74 => Self::StdinOffset(r.u64()?),
            75 => Self::Exited(r.i32()?),
            76 => Self::Signaled(r.i32()?),
            77 => Self::Report(String::from_utf8_lossy(&r.rest()).into_owned()),
            _ => return Err(Malformed("unknown type to the host")),
        };
        r.end()?;
        Ok(frame)
    }
}

/// Splits a byte stream into frames.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    buf: Vec<u8>,
    start: usize,
}

impl Decoder {
    /// Adds bytes that were read from the line.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buf.drain(..self.start);
            self.start = 0;
        }
        self.buf.extend_from_slice(bytes);
    }

    /// Returns the next complete frame, if there is one, and the number of its program.
    pub(crate) fn next<F: Frame>(&mut self) -> Result<Option<(u8, F)>, Malformed> {
        let pending = self.buf.get(self.start..).unwrap_or_default();
        let Some((header, rest)) = pending.split_at_checked(HEADER) else {
            return Ok(None);
        };
        let &[kind, program, low, high] = header else {
            return Ok(None);
        };
        let length = usize::from(u16::from_le_bytes([low, high]));
        if length > F::MAX {
            return Err(Malformed("payload too long"));
        }
        let Some(payload) = rest.get(..length) else {
            return Ok(None);
        };
        let frame = F::from_parts(kind, payload)?;
        self.start += HEADER + length;
        Ok(Some((program, frame)))
    }
}

impl Spawn {
    /// Encodes the request as bytes. They are sent in pieces as [`ToGuest::SpawnPart`].
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut w = Writer::default();
        w.list(&self.argv, |w, s| w.bytes(s.as_bytes()));
        w.list(&self.env, |w, (k, v)| {
            w.bytes(k.as_bytes());
            w.bytes(v.as_bytes());
        });
        w.bytes(self.cwd.as_bytes());
        w.u32(self.umask);
        w.u32(self.uid);
        w.u32(self.gid);
        w.list(&self.groups, |w, g| w.u32(*g));
        match &self.stdin {
            Input::Pipe => w.u8(0),
            Input::Terminal => w.u8(1),
            Input::File { path, offset } => {
                w.u8(2);
                w.bytes(path);
                w.u64(*offset);
            }
        }
        for output in [self.stdout, self.stderr] {
            w.u8(match output {
                Output::Pipe => 0,
                Output::Terminal => 1,
                Output::SameAsStdout => 2,
            });
        }
        w.window(self.window);
        w.u8(u8::from(self.termios.is_some()));
        if let Some(t) = &self.termios {
            for flags in [t.input, t.output, t.control, t.local] {
                w.u32(flags);
            }
            w.bytes(&t.chars);
        }
        w.bytes(self.hostname.as_bytes());
        w.u8(u8::from(self.own_group));
        w.0
    }

    /// Parses the result of [`Spawn::encode`].
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader(bytes);
        let spawn = Self {
            argv: r.list(Reader::os_string)?,
            env: r.list(|r| Ok((r.os_string()?, r.os_string()?)))?,
            cwd: r.os_string()?,
            umask: r.u32()?,
            uid: r.u32()?,
            gid: r.u32()?,
            groups: r.list(Reader::u32)?,
            stdin: match r.u8()? {
                0 => Input::Pipe,
                1 => Input::Terminal,
                2 => Input::File {
                    path: r.bytes()?.to_vec(),
                    offset: r.u64()?,
                },
                _ => return Err(Malformed("unknown input")),
            },
            stdout: r.output()?,
            stderr: r.output()?,
            window: r.window()?,
            termios: if r.bool()? {
                Some(Termios {
                    input: r.u32()?,
                    output: r.u32()?,
                    control: r.u32()?,
                    local: r.u32()?,
                    chars: r.bytes()?.to_vec(),
                })
            } else {
                None
            },
            hostname: r.os_string()?,
            own_group: r.bool()?,
        };
        r.end()?;
        Ok(spawn)
    }
}

#[cfg(test)]
mod tests;
