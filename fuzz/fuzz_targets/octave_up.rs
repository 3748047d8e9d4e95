#![no_main]

use alsa_seq::{Event, EventData};
use libfuzzer_sys::fuzz_target;

/// Your program: it plays everything an octave higher, and leaves out notes without a higher
/// octave.
fn octave_up(event: Event<'_>) -> Option<Event<'_>> {
    match event.data() {
        EventData::NoteOn { .. } | EventData::NoteOff { .. } => event.transposed(12).ok(),
        _ => Some(event),
    }
}

fuzz_target!(|events: Vec<Event<'_>>| {
    for event in events {
        let before = event.event_type();
        let Some(after) = octave_up(event) else {
            continue;
        };
        // These are true for every event.
        assert_eq!(after.event_type(), before);
        if let EventData::NoteOn { note, .. } | EventData::NoteOff { note, .. } = after.data() {
            assert!((12..128).contains(&note));
        }
    }
});
