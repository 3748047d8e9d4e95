//! MIDI clip files (SMF2CLIP): Universal MIDI Packets with their times, as in *MIDI Clip
//! File Specification*, M2-116-U.
//!
//! A file begins with an identifier of eight bytes. Packets follow, each after the number
//! of ticks since the packet before. The packets before the start of the clip are its
//! configuration. Then comes the clip, up to its end.

use alsa_seq::ump::{Flex, Form, Packet, Packets, Stream, Ump, Utility};
use alsa_seq::{Event, Tempo};

use crate::song::item::{Content, Item, with_micros};

/// A clip.
#[derive(Debug)]
pub struct Clip {
    /// The ticks per quarter, and the tempo at the beginning.
    pub tempo: Tempo,
    /// The tick at which it ends.
    pub end: u32,
    /// The changes of tempo after the beginning: the tick, and the new number of
    /// microseconds per quarter note.
    pub tempos: Vec<(u32, u32)>,
    words: Vec<u32>,
}

/// The reason why a file is not a valid clip.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClipError {
    /// It does not have a clip's identifier.
    #[error("not a MIDI clip file")]
    NotClip,
    /// A packet is cut off.
    #[error("the clip ends within a packet")]
    Cut,
    /// It does not contain the ticks of a quarter note.
    #[error("the clip does not contain the number of ticks in a quarter note")]
    NoTicks,
    /// It has no start.
    #[error("the clip has no start, only a configuration header")]
    NoStart,
    /// It has no end.
    #[error("the clip has no end mark: its last part is missing")]
    NoEnd,
    /// It has more ticks than a queue can count.
    #[error("the clip is longer than the sequencer can count (2^32 ticks)")]
    TooLong,
}

impl Clip {
    /// Reads a clip, and checks that it is complete.
    ///
    /// # Errors
    /// If it is incomplete or invalid.
    pub fn read(file: &[u8]) -> Result<Self, ClipError> {
        let bytes = file.strip_prefix(b"SMF2CLIP").ok_or(ClipError::NotClip)?;
        let words = words(bytes);
        let mut reader = Reader::new(&words);
        let mut tempo = Tempo::default();
        let (mut ppq, mut has_started) = (None, false);
        let mut tempos = Vec::new();
        loop {
            let Some(found) = reader.next()? else {
                return Err(match (has_started, ppq) {
                    (_, None) => ClipError::NoTicks,
                    (false, _) => ClipError::NoStart,
                    _ => ClipError::NoEnd,
                });
            };
            match found.decode() {
                Ump::Utility(Utility::TicksPerQuarter(ticks)) if ppq.is_none() => {
                    ppq = Some(ticks);
                    tempo = tempo
                        .with_ppq(ticks.into())
                        .map_err(|_| ClipError::NoTicks)?;
                }
                Ump::Stream(Stream::StartOfClip) => has_started = true,
                Ump::Stream(Stream::EndOfClip) if has_started => break,
                Ump::Flex(_, _, Flex::Tempo(steps)) if steps >= 100 => match reader.tick {
                    0 => tempo = with_micros(tempo, steps / 100),
                    tick => tempos.push((tick, steps / 100)),
                },
                _ => {}
            }
        }
        if ppq.is_none() {
            return Err(ClipError::NoTicks);
        }
        let end = reader.tick;
        Ok(Self {
            tempo,
            end,
            tempos,
            words,
        })
    }

    /// Makes a complete clip of the intact part of this one: the packets before the first
    /// that is cut off, or comes later than the sequencer can count.
    ///
    /// # Errors
    /// If the intact part does not contain the start of the clip.
    pub fn repair(file: &[u8]) -> Result<Vec<u8>, ClipError> {
        let bytes = file.strip_prefix(b"SMF2CLIP").ok_or(ClipError::NotClip)?;
        let words: Vec<u32> = words(bytes);
        let mut reader = Reader::new(&words);
        let (mut has_ticks, mut has_started) = (false, false);
        let mut out = b"SMF2CLIP".to_vec();
        let mut push = |packet: Packet| {
            for word in packet.words() {
                out.extend(word.to_be_bytes());
            }
        };
        while let Ok(Some(packet)) = reader.next() {
            match packet.decode() {
                Ump::Utility(Utility::TicksPerQuarter(_)) => has_ticks = true,
                Ump::Stream(Stream::StartOfClip) => has_started = true,
                Ump::Stream(Stream::EndOfClip) if has_started => break,
                _ => {}
            }
            push(packet);
        }
        if !has_ticks {
            return Err(ClipError::NoTicks);
        }
        if !has_started {
            return Err(ClipError::NoStart);
        }
        if let Ok(at_once) = Utility::delta_clockstamp(0) {
            push(Ump::Utility(at_once).into());
        }
        push(Ump::Stream(Stream::EndOfClip).into());
        Ok(out)
    }

    /// Returns all packets, and additional items for tempos and complete texts. The port
    /// of a packet has its group's number. Packets without a group are for the first
    /// port.
    pub fn items(&self) -> impl Iterator<Item = Item> + use<'_> {
        let mut reader = Reader::new(&self.words);
        let mut has_started = false;
        let mut is_over = false;
        let mut text = Vec::new();
        let mut second = None;
        std::iter::from_fn(move || {
            if let Some(item) = second.take() {
                return Some(item);
            }
            if is_over {
                return None;
            }
            // `read` has reported all errors.
            let packet = reader.next().ok()??;
            let tick = reader.tick;
            let item = |content| Item { tick, content };
            let decoded = packet.decode();
            match decoded {
                Ump::Stream(Stream::StartOfClip) => has_started = true,
                Ump::Stream(Stream::EndOfClip) => is_over = has_started,
                Ump::Flex(_, _, Flex::Tempo(steps)) if steps >= 100 && tick > 0 => {
                    second = Some(item(Content::Tempo(steps / 100)));
                }
                Ump::Flex(
                    _,
                    _,
                    Flex::Text {
                        kind,
                        form,
                        text: part,
                    },
                ) => {
                    if matches!(form, Form::Complete | Form::Start) {
                        text.clear();
                    }
                    text.extend(part.iter().take_while(|byte| **byte != 0));
                    if matches!(form, Form::Complete | Form::End) {
                        let whole = String::from_utf8_lossy(&text).into_owned();
                        second = Some(item(Content::Text { kind, text: whole }));
                        text.clear();
                    }
                }
                _ => {}
            }
            let port = decoded.group().map_or(0, |group| group.number());
            let event = Event::ump(packet);
            Some(item(Content::Event { port, event }))
        })
    }
}

/// Converts bytes to words. Additional bytes at the end are ignored, because the clip has
/// an end mark.
fn words(bytes: &[u8]) -> Vec<u32> {
    let words = bytes.chunks_exact(4).map(|word| match word {
        [a, b, c, d] => u32::from_be_bytes([*a, *b, *c, *d]),
        _ => 0,
    });
    words.collect()
}

impl ClipError {
    /// Returns whether the file is cut off and the part before the cut can be played.
    pub(crate) fn is_cut(&self) -> bool {
        matches!(self, Self::Cut | Self::NoEnd | Self::TooLong)
    }
}

/// Reads packets, and counts the ticks between them.
struct Reader<'a> {
    packets: Packets<'a>,
    tick: u32,
}

impl<'a> Reader<'a> {
    const fn new(words: &'a [u32]) -> Self {
        Self {
            packets: Packets::new(words),
            tick: 0,
        }
    }

    /// The next packet, due at `self.tick`.
    fn next(&mut self) -> Result<Option<Packet>, ClipError> {
        let Some(packet) = self.packets.next() else {
            return Ok(None);
        };
        let packet = packet.map_err(|_| ClipError::Cut)?;
        if let Ump::Utility(Utility::DeltaClockstamp(ticks)) = packet.decode() {
            let tick = self.tick.checked_add(ticks.get());
            self.tick = tick.ok_or(ClipError::TooLong)?;
        }
        Ok(Some(packet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(words: &[u32]) -> Vec<u8> {
        let mut file = b"SMF2CLIP".to_vec();
        for word in words {
            file.extend(word.to_be_bytes());
        }
        file
    }

    const TICKS_96: [u32; 2] = [0x0040_0000, 0x0030_0060];
    const START: [u32; 5] = [0x0040_0000, 0xf020_0000, 0, 0, 0];
    const END: [u32; 5] = [0x0040_0000, 0xf021_0000, 0, 0, 0];

    #[test]
    fn packets_come_at_their_ticks() {
        let file = clip(
            &[
                &TICKS_96[..],
                // 240 quarter notes per minute.
                &[0x0040_0000, 0xd010_0000, 25_000_000, 0, 0],
                &START,
                &[0x0040_0000, 0x4090_3c00, 0xc000_0000],
                &[0x0040_0060, 0x2180_3c00],
                &[0x0040_0000, 0xd010_0000, 100_000_000, 0, 0],
                &[0x0040_0010],
                &END,
                &[0x2090_3c01],
            ]
            .concat(),
        );
        let song = Clip::read(&file).unwrap();
        assert_eq!(song.tempo.micros_per_quarter(), 250_000);
        assert_eq!(song.tempo.ppq(), 96);
        assert_eq!(song.end, 112);
        assert_eq!(song.tempos, [(96, 1_000_000)]);
        let event = |tick, port, text: &str| Item {
            tick,
            content: Content::Event {
                port,
                event: Event::ump(text.parse::<Packet>().unwrap()),
            },
        };
        let items: Vec<_> = song.items().collect();
        assert_eq!(items.len(), 16);
        assert_eq!(items[0], event(0, 0, "00400000"));
        assert_eq!(items[7], event(0, 0, "40903c00 c0000000"));
        assert_eq!(items[9], event(96, 1, "21803c00"));
        let tempo = Item {
            tick: 96,
            content: Content::Tempo(1_000_000),
        };
        assert_eq!(items[12], tempo);
        assert_eq!(
            items[15],
            event(112, 0, "f0210000 00000000 00000000 00000000")
        );
    }

    #[test]
    fn texts_are_joined() {
        let part = |form: u32, text: &[u8; 12]| {
            let mut words = vec![0xd010_0201 | form << 22];
            for word in text.chunks(4) {
                let [a, b, c, d] = word else { panic!() };
                words.push(u32::from_be_bytes([*a, *b, *c, *d]));
            }
            words
        };
        let texts = [
            part(1, b"abcdefghijkl"),
            part(2, b"mnopqrstuvwx"),
            part(3, b"yz\0\0\0\0\0\0\0\0\0\0"),
            // This text has no end.
            part(1, b"0123456789ab"),
            part(0, b"one\0\0\0\0\0\0\0\0\0"),
        ];
        let file = clip(&[&TICKS_96[..], &START, &texts.concat(), &END].concat());
        let song = Clip::read(&file).unwrap();
        let text = |item: Item| match item.content {
            Content::Text { kind, text } => {
                assert_eq!(kind, alsa_seq::ump::TextKind::LYRICS);
                Some(text)
            }
            _ => None,
        };
        let texts: Vec<_> = song.items().filter_map(text).collect();
        assert_eq!(texts, ["abcdefghijklmnopqrstuvwxyz", "one"]);
    }

    #[test]
    fn half_a_clip_is_refused() {
        let whole = [&TICKS_96[..], &START, &END].concat();
        assert!(Clip::read(&clip(&whole)).is_ok());
        for (words, error) in [
            (&whole[..0], ClipError::NoTicks),
            (&whole[..2], ClipError::NoStart),
            (&whole[..7], ClipError::NoEnd),
            (&whole[..9], ClipError::Cut),
            (&whole[2..], ClipError::NoTicks),
            (&[0x0040_0000, 0x0030_0000], ClipError::NoTicks),
        ] {
            assert_eq!(Clip::read(&clip(words)).unwrap_err(), error, "{words:x?}");
        }
        let far = [&TICKS_96[..], &START, &[0x004f_ffff; 4097], &END].concat();
        assert_eq!(Clip::read(&clip(&far)).unwrap_err(), ClipError::TooLong);
        assert_eq!(Clip::read(b"SMF2").unwrap_err(), ClipError::NotClip);
    }
}
