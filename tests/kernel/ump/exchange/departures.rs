//! Translations in which the kernel departs from the specification.

use alsa_seq::EventData;
use alsa_seq::MidiVersion::{Legacy, Ump1, Ump2};

use super::super::{need_ump, packet};
use super::pair::Pair;

/// On all kernels so far, these translations differ from the specification. If this test fails, the
/// kernel has changed, and the documentation of `ump` must change too.
#[test]
fn where_the_kernel_departs_from_the_specification() {
    need_ump!();
    let exchange = |from, to, sent: &[&str]| {
        let sent: Vec<_> = sent
            .iter()
            .map(|text| EventData::Ump(packet(text)))
            .collect();
        Pair::new(from, to).exchange(&sent)
    };
    let packets = |texts: &[&str]| -> Vec<_> {
        texts
            .iter()
            .map(|text| EventData::Ump(packet(text)))
            .collect()
    };
    // Controllers that select and set a parameter stay controllers.
    let rpn = ["20b56501", "20b56402", "20b50603", "20b52604"];
    let got = exchange(Ump1, Ump2, &rpn);
    let expected = [
        "40b56500 02000000",
        "40b56400 04000000",
        "40b50600 06000000",
        "40b52600 08000000",
    ];
    assert_eq!(got, packets(&expected));
    // A parameter is not translated to MIDI 1.0.
    for parameter in ["40250102 06100000", "40350102 06100000"] {
        assert_eq!(exchange(Ump2, Ump1, &[parameter]), []);
    }
    // A soft note-on becomes a note-on of velocity 0, which ends the note.
    assert_eq!(
        exchange(Ump2, Ump1, &["40903c00 01ff0000"]),
        packets(&["20903c00"])
    );
    assert_eq!(
        exchange(Ump2, Legacy, &["40903c00 01ff0000"]),
        [EventData::note_on(0, 60, 1).unwrap()]
    );
    // A note-on of velocity 0, which ends a note, becomes a note-on that begins a note.
    assert_eq!(
        exchange(Ump1, Ump2, &["20903c00"]),
        packets(&["40903c00 00000000"])
    );
    let ends = [EventData::note_on(0, 60, 0).unwrap()];
    assert_eq!(exchange(Ump1, Legacy, &["20903c00"]), ends);
    assert_eq!(
        Pair::new(Legacy, Ump1).exchange(&ends),
        packets(&["20803c00"])
    );
    assert_eq!(
        Pair::new(Legacy, Ump2).exchange(&ends),
        packets(&["40803c00 00000000"])
    );
}
