//! [`Parser`], which converts bytes to events.

use super::meaning::{message, real_time, two_bytes};
use super::status;
use crate::EventData;

/// The result of [`Parser::parse`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Parsed<'a> {
    /// A message, or the part of a sysex message that fills the parser's buffer.
    ///
    /// Start, continue, stop and clock have queue 0, which has no meaning for a MIDI
    /// port; [`Event::start`](crate::Event::start) and the similar functions make the
    /// same events.
    Event(EventData<'a>),
    /// A sysex message ended without F7. These are its bytes that were not returned
    /// before; there may be none.
    Truncated(&'a [u8]),
}

/// Finds events in a stream of MIDI 1.0 bytes.
///
/// The stream may be cut into slices at any place; the results do not depend on that.
/// [The module](super) lists all cases.
///
/// `B` is the buffer for sysex: an array, a slice, or a `Vec<u8>`. A longer message is
/// returned in chunks of the buffer's size; the last one is shorter. (The kernel's
/// drivers use 256 bytes.) With an empty buffer, sysex is discarded.
///
/// ```
/// use alsa_seq::EventData;
/// use alsa_seq::midi::{Parsed, Parser};
///
/// let mut parser = Parser::new([0; 4]);
/// let mut found = Vec::new();
/// for mut slice in [&[0xf0_u8, 1, 2][..], &[3, 4, 0xf7]] {
///     while let Some(Parsed::Event(EventData::Sysex(bytes))) = parser.parse(&mut slice) {
///         found.push(bytes.to_vec());
///     }
/// }
/// assert_eq!(found, [vec![0xf0, 1, 2, 3], vec![4, 0xf7]]);
/// ```
#[derive(Clone, Debug)]
#[doc(alias = "snd_midi_event_t")]
#[doc(alias = "snd_midi_event_new")]
#[doc(alias = "snd_midi_event_encode")]
pub struct Parser<B> {
    buffer: B,
    /// The number of bytes in the buffer that were not returned yet. Between calls, the
    /// buffer is never full.
    filled: usize,
    state: State,
    /// The number of bytes of the unfinished message so far, including its status unless
    /// that is a running status.
    taken: u8,
    discarded: u64,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Data bytes have no meaning.
    NoStatus,
    /// The next data byte belongs to a message with this status.
    Data { status: u8, first: Option<u8> },
    /// After F0, before the next status byte.
    Sysex,
}

impl<B> Parser<B> {
    /// A parser at the start of a stream.
    pub const fn new(buffer: B) -> Self {
        Self {
            buffer,
            filled: 0,
            state: State::NoStatus,
            taken: 0,
            discarded: 0,
        }
    }

    /// The number of bytes so far that were part of neither an event nor a
    /// [`Parsed::Truncated`]: garbage, undefined messages, unfinished messages.
    pub const fn discarded(&self) -> u64 {
        self.discarded
    }

    fn discard(&mut self, bytes: u8) {
        self.discarded = self.discarded.wrapping_add(u64::from(bytes));
    }
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Parser<B> {
    /// Returns the next event in `input`, and moves `input` past the bytes that were
    /// used.
    ///
    /// `None` means that all bytes of `input` were used. The parser keeps an unfinished
    /// message. So call this until it returns `None`, and then with more input.
    #[inline]
    pub fn parse(&mut self, input: &mut &[u8]) -> Option<Parsed<'_>> {
        match self.whole_message(input) {
            Some(event) => Some(Parsed::Event(event)),
            None => self.parse_bytes(input),
        }
    }

    /// The fast path for a complete message of two data bytes, with or without its
    /// status, as nearly all messages. It is small enough to be inlined into the caller's
    /// loop. A message takes 46 instructions here, and 193 byte by byte.
    #[inline(always)]
    fn whole_message(&mut self, input: &mut &[u8]) -> Option<EventData<'static>> {
        let (status, data) = match (self.state, *input) {
            (
                State::Data {
                    status,
                    first: None,
                },
                data @ [0x00..=0x7f, ..],
            ) => (status, data),
            (State::NoStatus | State::Data { .. }, [status, data @ ..]) if self.taken == 0 => {
                (*status, data)
            }
            _ => return None,
        };
        let (0x80..=0xbf | 0xe0..=0xef, [first @ 0x00..=0x7f, second @ 0x00..=0x7f, rest @ ..]) =
            (status, data)
        else {
            return None;
        };
        *input = rest;
        self.taken = 0;
        self.state = State::Data {
            status,
            first: None,
        };
        Some(two_bytes(status, *first, *second))
    }

    #[inline(never)]
    fn parse_bytes(&mut self, input: &mut &[u8]) -> Option<Parsed<'_>> {
        while let Some((&byte, rest)) = input.split_first() {
            let event = match (byte, self.state) {
                (0x00..=0x7f, State::Data { status, first }) => self.data_byte(status, first, byte),
                (0x00..=0x7f, State::Sysex) => {
                    *input = self.fill(input);
                    if self.is_full() {
                        return Some(self.chunk());
                    }
                    continue;
                }
                (0x00..=0x7f, State::NoStatus) => {
                    self.discard(1);
                    None
                }
                (status::CLOCK..=0xff, _) => {
                    let event = real_time(byte);
                    if event.is_none() {
                        self.discard(1);
                    }
                    event
                }
                (status::SYSEX_END, State::Sysex) => {
                    *input = rest;
                    self.store(byte);
                    self.state = State::NoStatus;
                    return Some(self.chunk());
                }
                (_, State::Sysex) => {
                    // The next call reads the byte itself.
                    self.state = State::NoStatus;
                    return Some(self.truncated());
                }
                (status::SYSEX, _) => {
                    *input = rest;
                    if self.begin_sysex() {
                        return Some(self.chunk());
                    }
                    continue;
                }
                (status, _) => self.status_byte(status),
            };
            *input = rest;
            if let Some(event) = event {
                return Some(Parsed::Event(event));
            }
        }
        None
    }

    /// Ends the stream. Returns an unfinished sysex message, and discards another
    /// unfinished message. The parser is then ready for a new stream.
    #[doc(alias = "snd_midi_event_reset_encode")]
    pub fn finish(&mut self) -> Option<Parsed<'_>> {
        let state = self.state;
        self.abandon_message();
        self.state = State::NoStatus;
        match state {
            State::Sysex => Some(self.truncated()),
            State::Data { .. } | State::NoStatus => None,
        }
    }

    fn abandon_message(&mut self) {
        let taken = core::mem::take(&mut self.taken);
        self.discard(taken);
    }

    /// Handles a status byte outside of sysex, except for real-time bytes and F0.
    fn status_byte(&mut self, byte: u8) -> Option<EventData<'static>> {
        self.abandon_message();
        self.state = State::NoStatus;
        match byte {
            ..=0xef | status::QUARTER_FRAME | status::SONG_POSITION | status::SONG_SELECT => {
                self.state = State::Data {
                    status: byte,
                    first: None,
                };
                self.taken = 1;
            }
            status::TUNE_REQUEST => return Some(EventData::TuneRequest),
            _ => self.discard(1),
        }
        None
    }

    fn data_byte(&mut self, status: u8, first: Option<u8>, byte: u8) -> Option<EventData<'static>> {
        let Some(event) = message(status, first, byte) else {
            self.state = State::Data {
                status,
                first: Some(byte),
            };
            self.taken += 1;
            return None;
        };
        self.taken = 0;
        self.state = if status < status::SYSEX {
            State::Data {
                status,
                first: None,
            }
        } else {
            State::NoStatus
        };
        Some(event)
    }

    /// Begins a sysex message. Returns whether the buffer is already full.
    fn begin_sysex(&mut self) -> bool {
        self.abandon_message();
        if self.buffer.as_mut().is_empty() {
            // The rest of the message is then data without a status, and a stray F7.
            self.state = State::NoStatus;
            self.discard(1);
            return false;
        }
        self.state = State::Sysex;
        self.filled = 0;
        self.store(status::SYSEX);
        self.is_full()
    }

    /// Copies data bytes into the buffer until it is full. Returns the rest of the input.
    fn fill<'i>(&mut self, input: &'i [u8]) -> &'i [u8] {
        let free = self
            .buffer
            .as_mut()
            .get_mut(self.filled..)
            .unwrap_or_default();
        let most = free.len().min(input.len());
        let run = input
            .iter()
            .take(most)
            .position(|byte| *byte >= 0x80)
            .unwrap_or(most);
        // Neither is shorter than `run`.
        if let (Some(to), Some((from, rest))) = (free.get_mut(..run), input.split_at_checked(run)) {
            to.copy_from_slice(from);
            self.filled += run;
            rest
        } else {
            input
        }
    }

    /// Stores a byte. Between calls, the buffer always has room for one byte.
    fn store(&mut self, byte: u8) {
        if let Some(slot) = self.buffer.as_mut().get_mut(self.filled) {
            *slot = byte;
            self.filled += 1;
        }
    }

    fn is_full(&mut self) -> bool {
        self.filled >= self.buffer.as_mut().len()
    }

    fn chunk(&mut self) -> Parsed<'_> {
        Parsed::Event(EventData::Sysex(self.take_filled()))
    }

    fn truncated(&mut self) -> Parsed<'_> {
        Parsed::Truncated(self.take_filled())
    }

    fn take_filled(&mut self) -> &[u8] {
        let filled = core::mem::take(&mut self.filled);
        self.buffer.as_ref().get(..filled).unwrap_or_default()
    }
}
