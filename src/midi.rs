//! MIDI 1.0 as bytes: [`Parser`] converts bytes to events, [`Encoder`] converts events to
//! bytes. For a single message, use [`Event::from_midi`](crate::Event::from_midi) and
//! [`Event::to_midi`](crate::Event::to_midi).
//!
//! Serial MIDI ports, `/dev/snd/midi*`, files and most network protocols use this form.
//! The sequencer does not: its events are structs.
//!
//! ```
//! use alsa_seq::midi::{Encoder, Parsed, Parser};
//!
//! // Two note-ons with one status byte, and a clock between them.
//! let mut input: &[u8] = &[0x90, 60, 100, 64, 0xf8, 101];
//! let mut parser = Parser::new([0; 256]);
//! let mut encoder = Encoder::new().with_running_status(true);
//! let mut output = Vec::new();
//! while let Some(parsed) = parser.parse(&mut input) {
//!     if let Parsed::Event(data) = parsed {
//!         output.extend_from_slice(&encoder.encode(&data)?);
//!     }
//! }
//! assert_eq!(output, [0x90, 60, 100, 0xf8, 64, 101]);
//! # Ok::<(), alsa_seq::midi::EncodeError>(())
//! ```
//!
//! They need no allocator and no operating system, and cannot panic. References are to
//! the MIDI 1.0 Detailed Specification, document version 4.2.
//!
//! # Bytes to events: all cases
//!
//! The column "libasound" shows the behaviour of `snd_midi_event_encode`.
//!
//! | in the stream | here | libasound |
//! |---|---|---|
//! | data bytes after a complete channel message | another message with the same status (running status) | same |
//! | note-on with velocity 0 | a note-on with velocity 0 | same |
//! | real-time byte (F8 FA FB FC FE FF) anywhere, also inside sysex | its event, at once; the surrounding message continues, running status stays | same |
//! | FF (reset) | like any other real-time byte | same |
//! | F9, FD (undefined real-time) | dropped; the surrounding message continues | same |
//! | F4, F5 (undefined), stray F7 | dropped, with the following data; ends running status | same |
//! | data byte without a status | dropped | same |
//! | F1, F2, F3, F6 | their events; they end running status | same |
//! | status byte in the middle of a message | the message is dropped, the new one begins | same |
//! | sysex longer than the buffer | returned in pieces, each when the buffer is full | same |
//! | F0, or any status byte except for F7 and real-time, inside sysex | [`Parsed::Truncated`], then the new message | sysex dropped silently |
//! | end of input inside sysex | [`Parser::finish`] returns [`Parsed::Truncated`] | nothing |
//! | controller pairs, RPN, NRPN | one event for each controller; [`controllers`](crate::controllers) joins them | one event for each controller |
//!
//! [`Parser::discarded`] counts the dropped bytes. The results do not depend on how the
//! stream is cut into slices.
//!
//! # Events to bytes: all cases
//!
//! The column "libasound" shows the behaviour of `snd_midi_event_decode`.
//!
//! | event | here | libasound |
//! |---|---|---|
//! | value outside MIDI's range | [`EncodeError::Value`] | masked |
//! | 14-bit controller 0 to 31 | two controllers, MSB first | same |
//! | 14-bit controller 32 to 127 | one controller with a value of 7 bits | same, masked |
//! | RPN, NRPN | four controllers: number MSB and LSB, value MSB and LSB | same |
//! | note with a duration | [`EncodeError::Duration`], or note-on and note-off at once ([`Notes`]) | error |
//! | sysex | its bytes unchanged; ends running status | same |
//! | sysex without bytes | no bytes; running status stays | no bytes; ends running status |
//! | F1, F2, F3, F6 | ends running status | same |
//! | real-time | running status stays, as the specification requires | ends running status |
//! | everything else | [`EncodeError::NotMidi`] or [`EncodeError::Ump`] | error |

mod encode;
mod meaning;
mod message;
mod parse;
mod single;
mod writer;

pub use encode::{EncodeError, Encoder, Notes};
pub use message::Message;
pub use parse::{Parsed, Parser};
pub use single::DecodeError;

/// Status bytes. The lower four bits of a channel message's are its channel.
mod status {
    pub(super) const NOTE_OFF: u8 = 0x80;
    pub(super) const NOTE_ON: u8 = 0x90;
    pub(super) const KEY_PRESSURE: u8 = 0xa0;
    pub(super) const CONTROL_CHANGE: u8 = 0xb0;
    pub(super) const PROGRAM_CHANGE: u8 = 0xc0;
    pub(super) const CHANNEL_PRESSURE: u8 = 0xd0;
    pub(super) const PITCH_BEND: u8 = 0xe0;
    pub(super) const SYSEX: u8 = 0xf0;
    pub(super) const QUARTER_FRAME: u8 = 0xf1;
    pub(super) const SONG_POSITION: u8 = 0xf2;
    pub(super) const SONG_SELECT: u8 = 0xf3;
    pub(super) const TUNE_REQUEST: u8 = 0xf6;
    pub(super) const SYSEX_END: u8 = 0xf7;
    pub(super) const CLOCK: u8 = 0xf8;
    pub(super) const START: u8 = 0xfa;
    pub(super) const CONTINUE: u8 = 0xfb;
    pub(super) const STOP: u8 = 0xfc;
    pub(super) const ACTIVE_SENSING: u8 = 0xfe;
    pub(super) const RESET: u8 = 0xff;
}

/// The controllers that the encoder uses.
mod controller {
    pub(super) const DATA_MSB: u8 = 6;
    pub(super) const DATA_LSB: u8 = 38;
    pub(super) const NRPN_LSB: u8 = 98;
    pub(super) const NRPN_MSB: u8 = 99;
    pub(super) const RPN_LSB: u8 = 100;
    pub(super) const RPN_MSB: u8 = 101;
}

/// The value of no pitch bend in MIDI bytes.
const BEND_CENTER: i32 = 0x2000;
