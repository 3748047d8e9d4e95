//! The kinds of texts.

use core::fmt;

use crate::ValueError;

/// The kind of a text: a status in one of the two banks of texts (7.5.9). Constants name
/// the known kinds; other kinds are kept as well.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "snd_ump_msg_flex_data_meta_t")]
pub struct TextKind {
    bank: u8,
    status: u8,
}

macro_rules! kinds {
    ($($(#[$doc:meta])+ $name:ident = $bank:literal, $status:literal, $text:literal;)*) => {
        impl TextKind {
            $(
                $(#[$doc])+
                pub const $name: Self = Self { bank: $bank, status: $status };
            )*

            /// All kinds that have a name, in numeric order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The kind's name: lower-case words, joined by hyphens.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

kinds! {
    /// An unknown text about the piece.
    UNKNOWN_METADATA = 1, 0x00, "unknown-metadata";
    /// The project's name.
    PROJECT_NAME = 1, 0x01, "project-name";
    /// The name of the composition, or song.
    COMPOSITION_NAME = 1, 0x02, "composition-name";
    /// The name of the MIDI clip.
    CLIP_NAME = 1, 0x03, "clip-name";
    /// The owner of the copyright.
    COPYRIGHT_NOTICE = 1, 0x04, "copyright-notice";
    /// The composer.
    COMPOSER_NAME = 1, 0x05, "composer-name";
    /// The author of the words.
    LYRICIST_NAME = 1, 0x06, "lyricist-name";
    /// The arranger.
    ARRANGER_NAME = 1, 0x07, "arranger-name";
    /// The publisher.
    PUBLISHER_NAME = 1, 0x08, "publisher-name";
    /// The primary performer.
    PRIMARY_PERFORMER_NAME = 1, 0x09, "primary-performer-name";
    /// An accompanying performer.
    ACCOMPANYING_PERFORMER_NAME = 1, 0x0a, "accompanying-performer-name";
    /// The date of the recording or the concert.
    RECORDING_DATE = 1, 0x0b, "recording-date";
    /// The location of the recording or the concert.
    RECORDING_LOCATION = 1, 0x0c, "recording-location";
    /// An unknown text to show during the performance.
    UNKNOWN_PERFORMANCE_TEXT = 2, 0x00, "unknown-performance-text";
    /// Words to sing.
    LYRICS = 2, 0x01, "lyrics";
    /// The language of the words to sing.
    LYRICS_LANGUAGE = 2, 0x02, "lyrics-language";
    /// The pronunciation of the words.
    RUBY = 2, 0x03, "ruby";
    /// The language of ruby texts.
    RUBY_LANGUAGE = 2, 0x04, "ruby-language";
}

impl TextKind {
    /// Makes a kind from its numbers. Bank 1 has texts about the piece, bank 2 texts to
    /// show during the performance.
    ///
    /// # Errors
    /// If the bank is not 1 or 2.
    pub fn new(bank: u8, status: u8) -> Result<Self, ValueError> {
        crate::value::check("text bank", bank, 1, 2)?;
        Ok(Self { bank, status })
    }

    pub(super) fn of(bank: u8, status: u8) -> Option<Self> {
        Self::new(bank, status).ok()
    }

    /// The bank, 1 or 2.
    pub const fn bank(self) -> u8 {
        self.bank
    }

    /// The status within the bank.
    pub const fn status(self) -> u8 {
        self.status
    }
}

/// The name, or `text-2-77`.
impl fmt::Display for TextKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "text-{}-{}", self.bank, self.status),
        }
    }
}

impl fmt::Debug for TextKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TextKind({}, {})", self.bank, self.status)
    }
}
