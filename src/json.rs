//! The form of events in JSON, and in the other formats of `serde`.
//!
//! With the feature `serde`, an [`Event`](crate::Event) and its parts can be serialised
//! and deserialised. An [`EventView`](crate::EventView) and [`EventData`] can only be
//! serialised, because they borrow: reading always gives an [`Event`](crate::Event). An
//! event is one flat object. So a file with an event on each line (JSON Lines) is a
//! recording that other programs can read and write:
//!
//! ```
//! use alsa_seq::{Address, Event, QueueId, Time};
//!
//! let event = Event::note_on(0, 60, 100)?
//!     .from_port(Address::new(128, 0))
//!     .to(Address::new(14, 0))
//!     .at(QueueId::new(1), Time::Tick(96));
//! let line = r#"{"type":"note-on","source":"128:0","dest":"14:0","queue":1,"time":{"tick":96},"channel":0,"note":60,"velocity":100}"#;
//! assert_eq!(serde_json::to_string(&event)?, line);
//! assert_eq!(serde_json::from_str::<Event>(line)?, event);
//!
//! // The shortest form of a direct event to all subscribers.
//! let short = r#"{"type":"note-on","channel":0,"note":60,"velocity":100}"#;
//! assert_eq!(serde_json::from_str::<Event>(short)?, Event::note_on(0, 60, 100)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Header
//!
//! | key | value | may be absent, and is then |
//! |---|---|---|
//! | `type` | the type's [name](crate::EventType::name), its number if it has none, or `"ump"` | |
//! | `source` | port that it comes from, `"client:port"` | `"253:253"`: none |
//! | `dest` | port that it goes to | `"254:253"`, all subscribers |
//! | `queue` | number of the queue | 253, direct |
//! | `time` | `{"tick":96}` or `{"real":"3.250000000"}` (seconds) | `{"tick":0}` |
//! | `relative` | `true` if the time counts from when the event is queued | `false` |
//! | `tag` | 0 to 255 | 0 |
//! | `high_priority` | `true` if it goes before others of the same time | `false` |
//!
//! `source` and `dest` are always written. `time` is always written for an event with a
//! queue. The other keys are written if their value differs from the default in the last
//! column. [`EventData`] alone is written with `type` and without the other keys of the
//! header.
//!
//! # Data
//!
//! The keys are the names of the typed fields. The values are numbers, except where the
//! table describes another form. All keys of a type are required.
//!
//! | types | keys |
//! |---|---|
//! | `note-on`, `note-off` | `channel`, `note`, `velocity` |
//! | `note` | the same, `off_velocity`, `duration` |
//! | `key-pressure` | `channel`, `note`, `pressure` |
//! | `control-change`, `control-14bit` | `channel`, `controller`, `value` |
//! | `nrpn`, `rpn` | `channel`, `parameter`, `value` |
//! | `program-change` | `channel`, `program` |
//! | `channel-pressure` | `channel`, `pressure` |
//! | `pitch-bend` | `channel`, `bend` |
//! | `song-position` | `beats` |
//! | `song-select` | `song` |
//! | `quarter-frame` | `value` |
//! | `time-signature` | `numerator`, `denominator_power`, `clocks_per_click`, `thirty_seconds_per_quarter` |
//! | `key-signature` | `sharps`, `mode` |
//! | `start`, `continue`, `stop`, `clock`, `tick` | `target`, the queue to control |
//! | `tempo` | `target`, `micros_per_quarter` |
//! | `sync-position` | `target`, `position` |
//! | `queue-skew` | `target`, `value`, `base` |
//! | `set-position-tick` | `target`, `tick` |
//! | `set-position-time` | `target`, `real`, `"seconds.nanoseconds"` |
//! | `tune-request`, `reset`, `active-sensing`, `none` | none |
//! | `client-start`, `client-exit`, `client-change`, `ump-endpoint-change` | `client` |
//! | `ump-block-change` | `client`, `block` |
//! | `port-start`, `port-exit`, `port-change` | `address`, `"client:port"` |
//! | `port-subscribed`, `port-unsubscribed` | `sender`, `receiver`, both `"client:port"` |
//! | `system`, `result` | `event`, `result` |
//! | `kernel-error`, `kernel-quote` | `origin`, `"client:port"`; `value` |
//! | `sysex`, `bounce`, `user-var0` to `user-var4` | `data`, hexadecimal: `"f07e7f0601f7"` |
//! | `echo`, `oss`, `user0` to `user9` | `data`, 12 bytes |
//! | `ump` | `packet`, the words in hexadecimal: `"40903c00 c0000000"` |
//! | a number | `data`, 12 bytes; `payload`, hexadecimal of any length |
//!
//! # Reading
//!
//! An event that is written and read again has the same [`EventData`] and the same
//! header. Numbers are checked against the width of their field, not against MIDI's
//! range, because the kernel does not check that either. Unused bytes and unknown flags
//! are not written.
//!
//! New versions of this crate may add keys; the keys above stay. So a reader should
//! ignore unknown keys. This crate also does: a key that the type does not have is not an
//! error, and neither is a misspelt key.
//!
//! # Other types, other formats
//!
//! An [`Address`](crate::Address), a [`RealTime`](crate::RealTime) and a
//! [`Packet`](crate::ump::Packet) are strings, in their `Display` form. Ids are numbers,
//! [`Bytes`](crate::Bytes) are hexadecimal, and a [`Tempo`](crate::Tempo) is
//! `{"micros_per_quarter":500000,"ppq":96}`.
//!
//! Binary formats (`is_human_readable` returns false) use numbers for all these. An event
//! is then the bytes for `write` ([`Framing::Packed`](crate::wire::Framing::Packed)), and
//! nothing is lost.

#[cfg(doc)]
use crate::EventData;

mod event;
mod fields;
mod kind;
mod text;
