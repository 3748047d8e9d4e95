//! Flex data, which describes a song.

use alsa_seq::ump::{Alteration, ChordName, ChordType, Flex, Sharps, TextKind, Tonic};

use super::{column, named_text};

pub(super) fn of(message: Flex) -> String {
    match message {
        Flex::Tempo(value) => column("UMP Set Tempo", &format!("value {value}")),
        Flex::TimeSignature {
            numerator,
            denominator,
            thirty_seconds,
        } => column(
            "UMP Set Time Signature",
            &format!("value {numerator} / {denominator}, num_notes {thirty_seconds}"),
        ),
        Flex::Metronome {
            clocks_per_click,
            bar_accents: [a, b, c],
            subdivisions: [d, e],
        } => column(
            "UMP Set Metronome",
            &format!("clock {clocks_per_click}, bar {a}/{b}/{c}, sub {d}/{e}"),
        ),
        Flex::KeySignature { sharps, tonic } => format!(
            "{:<25} sharps/flats {}, tonic {}",
            "UMP Set Key Signature",
            sharps.get(),
            number(tonic)
        ),
        Flex::ChordName(chord) => column("UMP Set Chord Name", &chord_name(chord)),
        Flex::Text { kind, form, text } => {
            named_text(&format!("Meta ({}) ", text_name(kind)), form, &text)
        }
        other => format!("{other:?}"),
    }
}

fn chord_name(chord: ChordName) -> String {
    let root = |sharps: Sharps, tonic, kind: ChordType| {
        format!("{} {} {}", sharps.get(), number(tonic), kind.0)
    };
    let alterations = |all: &[Alteration], separator: &str| {
        let all = all.iter().enumerate().map(|(index, alteration)| {
            let (what, degree) = match alteration {
                Alteration::None => (0, 0),
                Alteration::Add(degree) => (1, degree.get()),
                Alteration::Subtract(degree) => (2, degree.get()),
                Alteration::Raise(degree) => (3, degree.get()),
                Alteration::Lower(degree) => (4, degree.get()),
            };
            format!("alt{} {what}/{degree}", index + 1)
        });
        all.collect::<Vec<_>>().join(separator)
    };
    let bass = chord.bass;
    format!(
        "tonic {}, {}, bass {}, {}",
        root(chord.sharps, chord.tonic, chord.kind),
        alterations(&chord.alterations, ", "),
        root(bass.sharps, bass.note, bass.kind),
        alterations(&bass.alterations, " ")
    )
}

/// 1 to 7 for A to G, as in the packet.
fn number(tonic: Tonic) -> u8 {
    match tonic {
        Tonic::Unknown => 0,
        Tonic::A => 1,
        Tonic::B => 2,
        Tonic::C => 3,
        Tonic::D => 4,
        Tonic::E => 5,
        Tonic::F => 6,
        Tonic::G => 7,
    }
}

/// The kind of a text.
pub(crate) fn text_name(kind: TextKind) -> String {
    let name = match kind {
        TextKind::PROJECT_NAME => "Project",
        TextKind::COMPOSITION_NAME => "Song",
        TextKind::CLIP_NAME => "MIDI Clip",
        TextKind::COPYRIGHT_NOTICE => "Copyright",
        TextKind::COMPOSER_NAME => "Composer",
        TextKind::LYRICIST_NAME => "Lyricist",
        TextKind::ARRANGER_NAME => "Arranger",
        TextKind::PUBLISHER_NAME => "Publisher",
        TextKind::PRIMARY_PERFORMER_NAME => "Performer",
        TextKind::ACCOMPANYING_PERFORMER_NAME => "Accompany Performer",
        TextKind::RECORDING_DATE => "Recording Date",
        TextKind::RECORDING_LOCATION => "Recording Location",
        TextKind::LYRICS => "Lyrics",
        TextKind::LYRICS_LANGUAGE => "Lyrics Language",
        TextKind::RUBY => "Ruby",
        TextKind::RUBY_LANGUAGE => "Ruby Language",
        _ => return format!("({}:{})", kind.bank(), kind.status()),
    };
    name.to_owned()
}
