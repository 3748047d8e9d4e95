//! Keys and chords.

use crate::ump::U4;
use crate::{ValueError, value};

/// A chord, with an optional bass chord (7.5.8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[doc(alias = "snd_ump_msg_set_chord_name_t")]
pub struct ChordName {
    /// The chord's first note.
    pub tonic: Tonic,
    /// The number of sharps of the tonic, -2 to 2.
    pub sharps: Sharps,
    /// The type of the chord.
    pub kind: ChordType,
    /// The differences from the type.
    pub alterations: [Alteration; 4],
    /// The bass.
    pub bass: Bass,
}

/// The bass of a chord.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bass {
    /// The bass note. It is unknown, with [`Sharps::SPECIAL`], if it is the chord's
    /// tonic.
    pub note: Tonic,
    /// The number of sharps of the bass note, -2 to 2.
    pub sharps: Sharps,
    /// The type of the bass chord; [`ChordType::CLEAR`] for the note alone.
    pub kind: ChordType,
    /// The differences from the type.
    pub alterations: [Alteration; 2],
}

/// A note's name, without an octave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tonic {
    /// Unknown, or not one of the seven names.
    #[default]
    Unknown,
    /// A.
    A,
    /// B (H in some countries).
    B,
    /// C.
    C,
    /// D.
    D,
    /// E.
    E,
    /// F.
    F,
    /// G.
    G,
}

impl Tonic {
    /// Converts the lower half of `bits`; 8 to 15 are reserved.
    pub(super) const fn from_nibble(bits: u8) -> Option<Self> {
        Some(match bits & 0x0f {
            0 => Self::Unknown,
            1 => Self::A,
            2 => Self::B,
            3 => Self::C,
            4 => Self::D,
            5 => Self::E,
            6 => Self::F,
            7 => Self::G,
            _ => return None,
        })
    }

    pub(super) const fn nibble(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::A => 1,
            Self::B => 2,
            Self::C => 3,
            Self::D => 4,
            Self::E => 5,
            Self::F => 6,
            Self::G => 7,
        }
    }
}

/// A number of sharps. A negative number counts flats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sharps(i8);

impl Sharps {
    /// The special value -8. In a key signature, it means a key that is not standard; in
    /// the bass, the chord's tonic.
    pub const SPECIAL: Self = Self(-8);

    /// Makes a number of sharps.
    ///
    /// # Errors
    /// If the number is not -8 to 7.
    pub fn new(sharps: i8) -> Result<Self, ValueError> {
        value::check("sharps", sharps, -8, 7).map(Self)
    }

    /// The number.
    pub const fn get(self) -> i8 {
        self.0
    }

    /// Converts the lower half of `bits`.
    pub(super) const fn from_nibble(bits: u8) -> Self {
        // The two shifts extend the sign.
        Self(i8::from_be_bytes([bits << 4]) >> 4)
    }

    pub(super) const fn nibble(self) -> u8 {
        let [byte] = self.0.to_be_bytes();
        byte & 0x0f
    }
}

/// The type of a chord. Constants name the known types; other types are kept as well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChordType(pub u8);

macro_rules! chords {
    ($($name:ident = $number:literal, $doc:literal;)*) => {
        impl ChordType {
            $(
                #[doc = $doc]
                pub const $name: Self = Self($number);
            )*
        }
    };
}

chords! {
    CLEAR = 0x00, "No chord.";
    MAJOR = 0x01, "Major.";
    MAJOR_6TH = 0x02, "Major 6th.";
    MAJOR_7TH = 0x03, "Major 7th.";
    MAJOR_9TH = 0x04, "Major 9th.";
    MAJOR_11TH = 0x05, "Major 11th.";
    MAJOR_13TH = 0x06, "Major 13th.";
    MINOR = 0x07, "Minor.";
    MINOR_6TH = 0x08, "Minor 6th.";
    MINOR_7TH = 0x09, "Minor 7th.";
    MINOR_9TH = 0x0a, "Minor 9th.";
    MINOR_11TH = 0x0b, "Minor 11th.";
    MINOR_13TH = 0x0c, "Minor 13th.";
    DOMINANT = 0x0d, "Dominant.";
    DOMINANT_9TH = 0x0e, "Dominant 9th.";
    DOMINANT_11TH = 0x0f, "Dominant 11th.";
    DOMINANT_13TH = 0x10, "Dominant 13th.";
    AUGMENTED = 0x11, "Augmented.";
    AUGMENTED_7TH = 0x12, "Augmented 7th.";
    DIMINISHED = 0x13, "Diminished.";
    DIMINISHED_7TH = 0x14, "Diminished 7th.";
    HALF_DIMINISHED = 0x15, "Half diminished: a diminished triad with a minor 7th.";
    MAJOR_MINOR = 0x16, "Major-minor: a minor triad with a major 7th.";
    PEDAL = 0x17, "Pedal: the tonic, and its octave.";
    POWER = 0x18, "Power: the tonic, and its fifth.";
    SUSPENDED_2ND = 0x19, "Suspended 2nd.";
    SUSPENDED_4TH = 0x1a, "Suspended 4th.";
    SEVEN_SUSPENDED_4TH = 0x1b, "7 suspended 4th.";
}

/// A difference between a chord and its type. The number is a degree of the scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Alteration {
    /// No difference.
    #[default]
    None,
    /// A degree is added.
    Add(U4),
    /// A degree is left out.
    Subtract(U4),
    /// A degree is raised.
    Raise(U4),
    /// A degree is lowered.
    Lower(U4),
}

impl Alteration {
    const fn from_byte(byte: u8) -> Option<Self> {
        let degree = U4::in_field(byte);
        Some(match byte >> 4 {
            0 => Self::None,
            1 => Self::Add(degree),
            2 => Self::Subtract(degree),
            3 => Self::Raise(degree),
            4 => Self::Lower(degree),
            _ => return None,
        })
    }

    const fn byte(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Add(degree) => 0x10 | degree.get(),
            Self::Subtract(degree) => 0x20 | degree.get(),
            Self::Raise(degree) => 0x30 | degree.get(),
            Self::Lower(degree) => 0x40 | degree.get(),
        }
    }
}

impl ChordName {
    pub(super) fn decode(words: [[u8; 4]; 3]) -> Option<Self> {
        let [[note, kind, a, b], [c, d, ..], [bass, bass_kind, e, f]] = words;
        let alteration = Alteration::from_byte;
        Some(Self {
            tonic: Tonic::from_nibble(note)?,
            sharps: Sharps::from_nibble(note >> 4),
            kind: ChordType(kind),
            alterations: [
                alteration(a)?,
                alteration(b)?,
                alteration(c)?,
                alteration(d)?,
            ],
            bass: Bass {
                note: Tonic::from_nibble(bass)?,
                sharps: Sharps::from_nibble(bass >> 4),
                kind: ChordType(bass_kind),
                alterations: [alteration(e)?, alteration(f)?],
            },
        })
    }

    pub(super) fn encode(self) -> [[u8; 4]; 3] {
        let note = |note: Tonic, sharps: Sharps| sharps.nibble() << 4 | note.nibble();
        let [a, b, c, d] = self.alterations.map(Alteration::byte);
        let [e, f] = self.bass.alterations.map(Alteration::byte);
        [
            [note(self.tonic, self.sharps), self.kind.0, a, b],
            [c, d, 0, 0],
            [
                note(self.bass.note, self.bass.sharps),
                self.bass.kind.0,
                e,
                f,
            ],
        ]
    }
}
