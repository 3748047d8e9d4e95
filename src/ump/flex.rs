//! Message type 13: flex data.

use super::{Channel, Form, Packet};

mod chord;
mod text;

pub use chord::{Alteration, Bass, ChordName, ChordType, Sharps, Tonic};
pub use text::TextKind;

/// A flex data message (7.5): the contents of a score except for its notes. It is for a
/// whole group or for one of its channels.
///
/// ```
/// use alsa_seq::ump::{Flex, Group, Packet, Ump};
///
/// // 120 quarter notes a minute, for all channels of the group.
/// let tempo = Ump::Flex(Group::new(0)?, None, Flex::Tempo(50_000_000));
/// assert_eq!(Packet::from(tempo).words(), [0xd010_0000, 50_000_000, 0, 0]);
/// # Ok::<(), alsa_seq::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Flex {
    /// The length of a quarter note (7.5.3), in steps of ten nanoseconds. It informs
    /// other sequencers; a queue of the kernel does not follow it.
    Tempo(u32),
    /// Time signature (7.5.4).
    TimeSignature {
        /// The number of beats in a bar.
        numerator: u8,
        /// The length of a beat, as a power of two: 2 for quarter notes, 3 for eighth
        /// notes.
        denominator: u8,
        /// The number of 32nd notes in 24 clocks, usually 8.
        thirty_seconds: u8,
    },
    /// The clicks of a metronome (7.5.5).
    Metronome {
        /// MIDI clocks from click to click.
        clocks_per_click: u8,
        /// The lengths of the parts of a bar that begin with an accent, in clicks; 0 for
        /// unused parts.
        bar_accents: [u8; 3],
        /// The numbers of smaller clicks within a click; 0 for none.
        subdivisions: [u8; 2],
    },
    /// Key signature (7.5.7).
    KeySignature {
        /// The number of sharps, -7 to 7, or [`Sharps::SPECIAL`] for a key that is not
        /// standard.
        sharps: Sharps,
        /// The key's first note.
        tonic: Tonic,
    },
    /// The chord to play (7.5.8).
    ChordName(ChordName),
    /// Up to twelve bytes of a text (7.5.9).
    Text {
        /// The kind of the text.
        kind: TextKind,
        /// The position in the text.
        form: Form,
        /// UTF-8, filled with 0. A character may be split between packets.
        text: [u8; 12],
    },
}

const BANK_SETUP: u8 = 0;

impl Flex {
    /// The channel, or `None` for the whole group, and the message.
    pub(super) fn decode(packet: Packet) -> Option<(Option<Channel>, Self)> {
        let [[_, head, bank, status], first, second, third] = packet.to_bytes();
        let form = Form::from_number(head >> 6)?;
        let channel = match head >> 4 & 0x03 {
            0 => Some(Channel::in_field(head)),
            1 => None,
            _ => return None,
        };
        if let Some(kind) = TextKind::of(bank, status) {
            let ([a, b, c, d], [e, f, g, h], [i, j, k, l]) = (first, second, third);
            let text = [a, b, c, d, e, f, g, h, i, j, k, l];
            return Some((channel, Self::Text { kind, form, text }));
        }
        if (bank, form) != (BANK_SETUP, Form::Complete) {
            return None;
        }
        let [a, b, c, d] = first;
        let message = match status {
            0x00 => Self::Tempo(u32::from_be_bytes(first)),
            0x01 => Self::TimeSignature {
                numerator: a,
                denominator: b,
                thirty_seconds: c,
            },
            0x02 => {
                let [e, f, ..] = second;
                Self::Metronome {
                    clocks_per_click: a,
                    bar_accents: [b, c, d],
                    subdivisions: [e, f],
                }
            }
            0x05 => Self::KeySignature {
                sharps: Sharps::from_nibble(a >> 4),
                tonic: Tonic::from_nibble(a)?,
            },
            0x06 => Self::ChordName(ChordName::decode([first, second, third])?),
            _ => return None,
        };
        Some((channel, message))
    }

    pub(super) fn encode(self, channel: Option<Channel>) -> [[u8; 4]; 4] {
        const NONE: [u8; 4] = [0; 4];
        let setup = |status| (BANK_SETUP, status, Form::Complete);
        let ((bank, status, form), [first, second, third]) = match self {
            Self::Tempo(tempo) => (setup(0x00), [tempo.to_be_bytes(), NONE, NONE]),
            Self::TimeSignature {
                numerator,
                denominator,
                thirty_seconds,
            } => {
                let first = [numerator, denominator, thirty_seconds, 0];
                (setup(0x01), [first, NONE, NONE])
            }
            Self::Metronome {
                clocks_per_click,
                bar_accents: [a, b, c],
                subdivisions: [d, e],
            } => {
                let words = [[clocks_per_click, a, b, c], [d, e, 0, 0], NONE];
                (setup(0x02), words)
            }
            Self::KeySignature { sharps, tonic } => {
                let key = sharps.nibble() << 4 | tonic.nibble();
                (setup(0x05), [[key, 0, 0, 0], NONE, NONE])
            }
            Self::ChordName(chord) => (setup(0x06), chord.encode()),
            Self::Text { kind, form, text } => {
                let [a, b, c, d, e, f, g, h, i, j, k, l] = text;
                let words = [[a, b, c, d], [e, f, g, h], [i, j, k, l]];
                ((kind.bank(), kind.status(), form), words)
            }
        };
        let target = channel.map_or(0x10, Channel::number);
        let head = form.number() << 6 | target;
        [[0, head, bank, status], first, second, third]
    }
}
