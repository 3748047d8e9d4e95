//! Message type 13: flex data.

use super::{Channel, Form, Packet};

mod chord;
mod text;

pub use chord::{Alteration, Bass, ChordName, ChordType, Sharps, Tonic};
pub use text::TextKind;

/// A flex data message (7.5): what a score has beside its notes. It is meant
/// for a whole group or for one of its channels.
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
    /// How long a quarter note is (7.5.3), in steps of ten nanoseconds. It is
    /// news to sequencers; a queue of the kernel does not follow it.
    Tempo(u32),
    /// Time signature (7.5.4).
    TimeSignature {
        /// How many notes a bar has.
        numerator: u8,
        /// Which notes, as a power of two: 2 for quarters, 3 for eighths.
        denominator: u8,
        /// How many thirty-seconds make a quarter of 24 clocks: 8, usually.
        thirty_seconds: u8,
    },
    /// How a metronome clicks (7.5.5).
    Metronome {
        /// MIDI clocks from click to click.
        clocks_per_click: u8,
        /// The parts of a bar that begin with an accent, in clicks; 0 for no
        /// more parts.
        bar_accents: [u8; 3],
        /// Smaller clicks within a click; 0 for none.
        subdivisions: [u8; 2],
    },
    /// Key signature (7.5.7).
    KeySignature {
        /// How many sharps, -7 to 7, or [`Sharps::SPECIAL`] for no standard
        /// key.
        sharps: Sharps,
        /// The key's first note.
        tonic: Tonic,
    },
    /// The chord to play (7.5.8).
    ChordName(ChordName),
    /// Up to twelve bytes of a text (7.5.9).
    Text {
        /// What the text is.
        kind: TextKind,
        /// Which part of the text it is.
        form: Form,
        /// UTF-8, whose characters may be split between packets; 0 where the
        /// text is shorter.
        text: [u8; 12],
    },
}

const BANK_SETUP: u8 = 0;

impl Flex {
    /// The channel it is for, `None` for the whole group; and itself.
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
