//! Streams of MIDI bytes that may be cut anywhere. Each sending port has one.

use std::collections::BTreeMap;

use alsa_seq::EventData;
use alsa_seq::midi::{Parsed, Parser};

/// The size of the parser's buffer. The parser is copied for each event, so it is small.
const CHUNK: usize = 64;

/// The longest sysex that becomes one event. It is more than any pool holds.
const LONGEST_SYSEX: usize = 64 * 1024;

const SYSEX_END: u8 = 0xf7;

/// The streams of a client by the number of the port.
#[derive(Default)]
pub(crate) struct Streams(BTreeMap<u8, Stream>);

struct Stream {
    parser: Parser<[u8; CHUNK]>,
    /// The beginning of an unfinished sysex, which no longer fits into the parser.
    begun: Vec<u8>,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            parser: Parser::new([0; CHUNK]),
            begun: Vec::new(),
        }
    }
}

/// The changes of a stream when its next bytes are sent.
pub(crate) struct Progress {
    port: u8,
    parser: Parser<[u8; CHUNK]>,
    /// Whether the sysex that had begun has ended.
    ended: bool,
    /// More of the unfinished sysex.
    more: Vec<u8>,
    /// The number of bytes that are part of no message.
    pub(crate) discarded: u64,
}

// Each event of bytes makes one.
const _: () = assert!(size_of::<Progress>() <= 256);

impl Streams {
    /// Hands out the messages that end in the next bytes of a port. The stream does not change
    /// before [`advance`](Self::advance).
    pub(crate) fn read(
        &mut self,
        port: u8,
        mut bytes: &[u8],
        mut message: impl FnMut(EventData<'_>),
    ) -> Progress {
        let stream = self.0.entry(port).or_default();
        let mut parser = stream.parser.clone();
        let (mut begun, mut more) = (stream.begun.as_slice(), Vec::new());
        let mut ended = false;
        let before = parser.discarded();
        while let Some(parsed) = parser.parse(&mut bytes) {
            let is_last = match parsed {
                Parsed::Event(EventData::Sysex(chunk)) => {
                    more.extend_from_slice(chunk);
                    let length = begun.len() + more.len();
                    chunk.ends_with(&[SYSEX_END]) || length + CHUNK > LONGEST_SYSEX
                }
                Parsed::Truncated(rest) => {
                    more.extend_from_slice(rest);
                    true
                }
                Parsed::Event(data) => {
                    message(data);
                    false
                }
                _ => false,
            };
            if !is_last || begun.len() + more.len() == 0 {
                continue;
            }
            if begun.is_empty() {
                message(EventData::Sysex(&more));
            } else {
                message(EventData::Sysex(&[begun, &more].concat()));
            }
            (begun, ended) = (&[], true);
            more.clear();
        }
        Progress {
            port,
            discarded: parser.discarded() - before,
            parser,
            ended,
            more,
        }
    }

    /// Goes on behind the bytes of a [`read`](Self::read).
    pub(crate) fn advance(&mut self, progress: &Progress) {
        let stream = self.0.entry(progress.port).or_default();
        stream.parser.clone_from(&progress.parser);
        if progress.ended {
            stream.begun.clear();
        }
        stream.begun.extend_from_slice(&progress.more);
    }

    /// Begins a new stream for a port.
    pub(crate) fn forget(&mut self, port: u8) {
        self.0.remove(&port);
    }
}
