//! Reads events that users write: `note-on 1 60 100`, `90 3c 64`, or the words of
//! Universal MIDI Packets.

use std::time::Duration;

use alsa_seq::midi::{Parsed, Parser};
use alsa_seq::ump::Packets;
use alsa_seq::{Event, EventData, EventType, QueueId, ValueError};

use crate::times;

/// A step of sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Send this event.
    Event(Event<'static>),
    /// Wait for this time.
    Wait(Duration),
}

/// The reason why words are not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// The word is neither a name nor hexadecimal digits.
    #[error(
        "{0:?} is neither the name of an event nor hexadecimal bytes; examples: \
         note 1 60 100 500ms, or 90 3c 64"
    )]
    Unknown(String),
    /// Too few arguments follow a name.
    #[error("{name} takes {takes}; example: {}", example(name, takes))]
    Missing {
        /// The name.
        name: &'static str,
        /// The arguments that it takes.
        takes: &'static str,
    },
    /// An argument is not a number.
    #[error(
        "{word:?} is not a number; {name} takes {takes}; example: {}",
        example(name, takes)
    )]
    Number {
        /// The argument.
        word: String,
        /// The name.
        name: &'static str,
        /// The arguments that it takes.
        takes: &'static str,
    },
    /// A number is too large or too small.
    #[error("{name}: {error}; example: {}", example(name, takes))]
    Range {
        /// The name.
        name: &'static str,
        /// The arguments that it takes.
        takes: &'static str,
        /// The number and its range.
        error: ValueError,
    },
    /// Other bytes than those of sysex messages follow `sysex`.
    #[error(
        "sysex takes the bytes of system-exclusive messages, f0 to f7; example: \
         sysex f0 7e 7f 09 01 f7"
    )]
    NoSysex,
    /// The argument is not a time.
    #[error("{0:?} is not a time, such as 1.5, 1.5s, 1500ms or 1:30")]
    Time(String),
    /// The argument is not a channel. Channels are counted from 1.
    #[error("{0:?} is not a channel: channels are 1 to 16; example: note-on 1 60 100")]
    Channel(String),
    /// A number is too large.
    #[error("{name} takes a number from 0 to {largest}; example: {name} 0")]
    Largest {
        /// The name.
        name: &'static str,
        /// The largest number.
        largest: i32,
    },
    /// Data bytes without a status byte.
    #[error(
        "the bytes do not begin with a status byte, or contain an undefined status byte; \
         example: 90 3c 64"
    )]
    Stray,
    /// The last message is incomplete.
    #[error("the bytes end within a message; example of a whole one: 90 3c 64")]
    Cut,
    /// The words between a name's arguments and the next name are not the bytes of a
    /// message.
    #[error(
        "{name} takes {}; {word:?} after that does not begin a complete message; example: {}",
        if takes.is_empty() { &"no numbers" } else { takes },
        example(name, takes)
    )]
    Behind {
        /// The name.
        name: &'static str,
        /// The arguments that it takes.
        takes: &'static str,
        /// The first of the words.
        word: String,
    },
    /// The digits are not a word of a packet.
    #[error("{0:?} is not a word of 8 hexadecimal digits; example: 20903c64")]
    Word(String),
    /// The last packet is incomplete.
    #[error("the words end within a packet: it has {0} words; example: 40903c00 c0000000")]
    CutPacket(usize),
}

/// Reads words. Hexadecimal words are the bytes of MIDI 1.0, or the words of packets if
/// `ump` is set.
///
/// # Errors
/// If a word is not valid.
pub fn parse<'a>(
    words: impl IntoIterator<Item = &'a str>,
    ump: bool,
) -> Result<Vec<Item>, WordError> {
    let mut words = words.into_iter().peekable();
    let mut items = Vec::new();
    // The name and arguments of the event before, if it was written by name.
    let mut before: Option<(&str, &str)> = None;
    while let Some(word) = words.next() {
        let name_before = before.take();
        if is_hex(word) {
            let mut digits = vec![word];
            while let Some(word) = words.next_if(|word| is_hex(word)) {
                digits.push(word);
            }
            let read = if ump {
                packets(&digits, &mut items)
            } else {
                bytes(&digits, &mut items)
            };
            // After a name, the user more likely wrote too many numbers.
            read.map_err(|error| match name_before {
                Some((name, takes)) => WordError::Behind {
                    name,
                    takes,
                    word: word.to_owned(),
                },
                None => error,
            })?;
        } else if word == "wait" {
            let time = words.next().unwrap_or_default();
            items.push(Item::Wait(duration(time)?));
        } else if word == "sysex" {
            let mut digits = Vec::new();
            while let Some(word) = words.next_if(|word| is_hex(word)) {
                digits.push(word);
            }
            let first = items.len();
            bytes(&digits, &mut items)?;
            let is_sysex = |item: &Item| match item {
                Item::Event(event) => event.event_type() == EventType::SYSEX,
                Item::Wait(_) => false,
            };
            let all = items.get(first..).unwrap_or(&[]);
            if all.is_empty() || !all.iter().all(is_sysex) {
                return Err(WordError::NoSysex);
            }
        } else {
            before = Some(named(word, &mut words, &mut items)?);
        }
    }
    Ok(items)
}

/// Reads MIDI 1.0 bytes, written as pairs of hexadecimal digits.
///
/// # Errors
/// If the bytes are not complete messages.
pub fn parse_hex(digits: &[&str]) -> Result<Vec<Item>, WordError> {
    let mut items = Vec::new();
    bytes(digits, &mut items)?;
    Ok(items)
}

fn is_hex(word: &str) -> bool {
    let digits = without_prefix(word);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn without_prefix(word: &str) -> &str {
    word.strip_prefix("0x").unwrap_or(word)
}

fn bytes(digits: &[&str], items: &mut Vec<Item>) -> Result<(), WordError> {
    let mut bytes = Vec::new();
    for word in digits {
        let unknown = || WordError::Unknown((*word).to_owned());
        let text = without_prefix(word);
        // A single digit is a byte, for example `0`.
        let step = if text.len() == 1 { 1 } else { 2 };
        if text.len() % step != 0 || !is_hex(word) {
            return Err(unknown());
        }
        for pair in text.as_bytes().chunks(step) {
            let pair = std::str::from_utf8(pair).map_err(|_| unknown())?;
            bytes.push(u8::from_str_radix(pair, 16).map_err(|_| unknown())?);
        }
    }
    // The buffer holds all bytes, so the parser splits no message.
    let mut parser = Parser::new(vec![0; bytes.len() + 1]);
    let mut rest = &bytes[..];
    while let Some(parsed) = parser.parse(&mut rest) {
        match parsed {
            Parsed::Event(data) => items.push(Item::Event(Event::new(data).into_owned())),
            _ => return Err(WordError::Cut),
        }
    }
    if parser.discarded() > 0 {
        return Err(WordError::Stray);
    }
    // `finish` returns an unfinished message, or counts its bytes as discarded.
    if parser.finish().is_some() || parser.discarded() > 0 {
        return Err(WordError::Cut);
    }
    Ok(())
}

fn packets(digits: &[&str], items: &mut Vec<Item>) -> Result<(), WordError> {
    let mut words = Vec::new();
    for word in digits {
        let text = without_prefix(word);
        let number = (text.len() == 8).then(|| u32::from_str_radix(text, 16).ok());
        words.push(
            number
                .flatten()
                .ok_or_else(|| WordError::Word((*word).to_owned()))?,
        );
    }
    for packet in Packets::new(&words) {
        let packet = packet.map_err(|error| WordError::CutPacket(error.needed()))?;
        items.push(Item::Event(Event::ump(packet)));
    }
    Ok(())
}

fn duration(text: &str) -> Result<Duration, WordError> {
    times::parse(text).map_err(|_| WordError::Time(text.to_owned()))
}

/// The names, with the arguments of each.
const NAMES: [(&str, &str); 23] = [
    ("note-on", "CHANNEL NOTE VELOCITY"),
    ("note-off", "CHANNEL NOTE VELOCITY"),
    ("note", "CHANNEL NOTE VELOCITY TIME"),
    ("key-pressure", "CHANNEL NOTE PRESSURE"),
    ("control-change", "CHANNEL CONTROLLER VALUE"),
    ("control-14bit", "CHANNEL CONTROLLER VALUE"),
    ("program-change", "CHANNEL PROGRAM"),
    ("channel-pressure", "CHANNEL PRESSURE"),
    ("pitch-bend", "CHANNEL BEND"),
    ("rpn", "CHANNEL PARAMETER VALUE"),
    ("nrpn", "CHANNEL PARAMETER VALUE"),
    ("all-notes-off", "CHANNEL"),
    ("song-position", "BEATS"),
    ("song-select", "SONG"),
    ("quarter-frame", "VALUE"),
    ("tune-request", ""),
    ("clock", ""),
    ("tick", ""),
    ("start", ""),
    ("continue", ""),
    ("stop", ""),
    ("active-sensing", ""),
    ("reset", ""),
];

/// Returns an example of an event, with a valid value for each of its arguments.
fn example(name: &str, takes: &str) -> String {
    let mut example = name.to_owned();
    for argument in takes.split_terminator(' ') {
        example.push_str(match argument {
            "CHANNEL" => " 1",
            "NOTE" => " 60",
            "TIME" => " 500ms",
            "CONTROLLER" | "PARAMETER" => " 7",
            "PROGRAM" | "BEND" | "BEATS" | "SONG" => " 0",
            _ => " 100",
        });
    }
    example
}

/// Reads the arguments after a name. Returns the name and the list of its arguments.
fn named<'w>(
    word: &str,
    words: &mut impl Iterator<Item = &'w str>,
    items: &mut Vec<Item>,
) -> Result<(&'static str, &'static str), WordError> {
    let known = NAMES.iter().find(|(name, _)| *name == word);
    let Some(&(name, takes)) = known else {
        return Err(WordError::Unknown(word.to_owned()));
    };
    let mut behind = takes
        .split_terminator(' ')
        .map(|_| words.next().ok_or(WordError::Missing { name, takes }));
    let mut word = || behind.next().unwrap_or(Ok(""));
    let channel = if takes.starts_with("CHANNEL") {
        channel(word()?)?
    } else {
        0
    };
    let mut number = || {
        let word = word()?;
        word.parse::<i32>().map_err(|_| WordError::Number {
            word: word.to_owned(),
            name,
            takes,
        })
    };
    let range = |error| WordError::Range { name, takes, error };
    let data = match name {
        "note-on" => EventData::note_on(channel, byte(number()?), byte(number()?)),
        "note-off" => EventData::note_off(channel, byte(number()?), byte(number()?)),
        "note" => {
            let (note, velocity) = (byte(number()?), byte(number()?));
            let down = Event::note_on(channel, note, velocity).map_err(range)?;
            items.push(Item::Event(down));
            items.push(Item::Wait(duration(word()?)?));
            EventData::note_off(channel, note, 0)
        }
        "key-pressure" => EventData::key_pressure(channel, byte(number()?), byte(number()?)),
        "control-change" => EventData::control_change(channel, byte(number()?), byte(number()?)),
        "control-14bit" => EventData::control_14bit(channel, byte(number()?), wide(number()?)),
        "rpn" => EventData::rpn(channel, wide(number()?), wide(number()?)),
        "nrpn" => EventData::nrpn(channel, wide(number()?), wide(number()?)),
        "program-change" => EventData::program_change(channel, byte(number()?)),
        "channel-pressure" => EventData::channel_pressure(channel, byte(number()?)),
        "pitch-bend" => {
            let bend = i16::try_from(number()?).unwrap_or(i16::MAX);
            EventData::pitch_bend(channel, bend)
        }
        "all-notes-off" => EventData::control_change(channel, 123, 0),
        other => Ok(system(other, number)?),
    };
    items.push(Item::Event(Event::new(data.map_err(range)?)));
    Ok((name, takes))
}

/// Makes a message that has no channel.
fn system(
    name: &'static str,
    mut number: impl FnMut() -> Result<i32, WordError>,
) -> Result<EventData<'static>, WordError> {
    let none = QueueId::new(0);
    Ok(match name {
        "song-position" => EventData::SongPosition {
            beats: within(name, number()?, 0x3fff)?,
        },
        "song-select" => EventData::SongSelect {
            song: within(name, number()?, 0x7f)?,
        },
        "quarter-frame" => EventData::QuarterFrame {
            value: within(name, number()?, 0x7f)?,
        },
        "tune-request" => EventData::TuneRequest,
        "clock" => EventData::Clock(none),
        "tick" => EventData::Tick(none),
        "start" => EventData::Start(none),
        "continue" => EventData::Continue(none),
        "stop" => EventData::Stop(none),
        "active-sensing" => EventData::ActiveSensing,
        _ => EventData::Reset,
    })
}

/// Reads a channel. Users count channels from 1, as keyboards do.
fn channel(word: &str) -> Result<u8, WordError> {
    match word.parse() {
        Ok(number @ 1..=16_u8) => Ok(number - 1),
        _ => Err(WordError::Channel(word.to_owned())),
    }
}

/// Converts a number. A number that does not fit becomes the maximum, which the caller's
/// range check refuses.
fn byte(number: i32) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

fn wide(number: i32) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

fn within(name: &'static str, number: i32, largest: i32) -> Result<i32, WordError> {
    if (0..=largest).contains(&number) {
        Ok(number)
    } else {
        Err(WordError::Largest { name, largest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(text: &str) -> Vec<Event<'static>> {
        let items = parse(text.split_whitespace(), false).unwrap();
        let event = |item| match item {
            Item::Event(event) => event,
            Item::Wait(_) => panic!("{text}"),
        };
        items.into_iter().map(event).collect()
    }

    fn refused(text: &str) -> String {
        parse(text.split_whitespace(), false)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn names_and_bytes_give_the_same_event() {
        for (words, bytes) in [
            ("note-on 1 60 100", "90 3c 64"),
            ("note-off 16 60 0", "8f3c00"),
            ("key-pressure 2 60 1", "0xa1 0x3c 0x01"),
            ("control-change 1 7 127", "b0077f"),
            ("program-change 3 5", "c2 5"),
            ("channel-pressure 3 127", "D27F"),
            ("pitch-bend 1 -8192", "e00000"),
            ("pitch-bend 1 0", "e00040"),
            ("all-notes-off 1", "b0 7b 0"),
            ("song-position 300", "f2 2c 02"),
            ("song-select 5", "f3 05"),
            ("quarter-frame 33", "f1 21"),
            ("tune-request clock", "f6 f8"),
            ("start continue stop", "fa fb fc"),
            ("active-sensing reset", "fe ff"),
            ("note-on 1 60 1 note-on 1 61 2", "90 3c 01 3d 02"),
            ("sysex f0 7e f7", "f07ef7"),
        ] {
            assert_eq!(events(words), events(bytes), "{words}");
        }
        assert_eq!(
            events("f0 01 02 f7"),
            [Event::sysex(&[0xf0, 1, 2, 0xf7][..])]
        );
        assert_eq!(
            events("nrpn 1 130 300"),
            [Event::nrpn(0, 130, 300).unwrap()]
        );
    }

    #[test]
    fn sysex_is_sysex() {
        for words in ["sysex", "sysex clock", "sysex 90 3c 64", "sysex f0 f7 f8"] {
            assert_eq!(parse(words.split(' '), false), Err(WordError::NoSysex));
        }
    }

    #[test]
    fn times_are_waited_for() {
        let on = Event::note_on(0, 60, 1).unwrap();
        let off = Event::note_off(0, 60, 0).unwrap();
        let wait = |millis| Item::Wait(Duration::from_millis(millis));
        assert_eq!(
            parse("wait 1.5 note 1 60 1 250ms wait 2s".split(' '), false).unwrap(),
            [
                wait(1500),
                Item::Event(on),
                wait(250),
                Item::Event(off),
                wait(2000)
            ]
        );
    }

    #[test]
    fn packets_are_cut_by_their_types() {
        let packet =
            |text: &str| Item::Event(Event::ump(text.parse::<alsa_seq::ump::Packet>().unwrap()));
        assert_eq!(
            parse(["20903c64", "0x40903c00", "C0000000"], true),
            Ok(vec![packet("20903c64"), packet("40903c00 c0000000")])
        );
        assert_eq!(parse(["40903c00"], true), Err(WordError::CutPacket(2)));
        assert_eq!(parse(["90"], true), Err(WordError::Word("90".to_owned())));
    }

    /// Each message about wrong words ends with words that are right.
    #[test]
    fn an_error_has_an_example_that_can_be_sent() {
        let wrong = |text: &str, ump| parse(text.split_whitespace(), ump).unwrap_err();
        let mut errors: Vec<(WordError, bool)> = vec![
            (wrong("noteon 1 60", false), false),
            (wrong("sysex 90", false), false),
            (wrong("note-on 17 60 1", false), false),
            (wrong("song-select 300", false), false),
            (wrong("quarter-frame x", false), false),
            (wrong("note-on 1 128 1", false), false),
            (wrong("clock 3c", false), false),
            (wrong("3c 01", false), false),
            (wrong("90 3c", false), false),
            (wrong("90", true), true),
            (wrong("40903c00", true), true),
        ];
        for (name, takes) in NAMES {
            if !takes.is_empty() {
                errors.push((wrong(name, false), false));
            }
        }
        for (error, ump) in errors {
            let text = error.to_string();
            let (_, example) = text.split_once("; example").unwrap();
            let (_, example) = example.split_once(": ").unwrap();
            for example in example.split(", or ") {
                let items = parse(example.split(' '), ump);
                assert!(!items.unwrap().is_empty(), "{text}");
            }
        }
    }

    #[test]
    fn invalid_words_are_refused() {
        for (text, reason) in [
            ("note-in 1 2 3", "neither"),
            ("note-on 1 60", "note-on takes CHANNEL NOTE VELOCITY"),
            ("note-on 0 60 1", "channels are 1 to 16"),
            ("note-on 17 60 1", "channels are 1 to 16"),
            ("note-on 1 128 1", "note-on: note"),
            ("note-on 1 x 1", "not a number"),
            ("pitch-bend 1 9000", "pitch-bend: "),
            ("song-position 16384", "16383"),
            ("90 3c", "end within"),
            ("f0 01", "end within"),
            ("f0 01 90 3c 01", "end within"),
            ("3c 01", "status byte"),
            ("f7", "status byte"),
            ("90 3c 6", ""),
            ("903", "neither"),
            ("note-on 1 60 100 99", "\"99\" after that"),
            ("clock 3c", "clock takes no numbers"),
            ("wait x", "not a time"),
            ("wait -1", "not a time"),
            ("wait 1e300", "not a time"),
            ("wait", "not a time"),
        ] {
            if reason.is_empty() {
                events(text);
            } else {
                assert!(refused(text).contains(reason), "{text}: {}", refused(text));
            }
        }
    }
}
