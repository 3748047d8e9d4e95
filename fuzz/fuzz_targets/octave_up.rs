#![no_main]

use alsa_seq::{Event, EventData};
use libfuzzer_sys::fuzz_target;

/// Your program: it plays everything an octave higher, and leaves out what no key
/// is left for.
fn octave_up(event: Event<'_>) -> Option<Event<'_>> {
    let higher = |note: u8| note.checked_add(12).filter(|note| *note < 128);
    let data = match event.data() {
        EventData::NoteOn(mut key) => {
            key.note = higher(key.note)?;
            EventData::NoteOn(key)
        }
        EventData::NoteOff(mut key) => {
            key.note = higher(key.note)?;
            EventData::NoteOff(key)
        }
        _ => return Some(event),
    };
    let (source, dest) = (event.source(), event.dest());
    Some(Event::new(data).into_owned().from_port(source).to(dest))
}

fuzz_target!(|events: Vec<Event<'_>>| {
    for event in events {
        let before = event.event_type();
        let Some(after) = octave_up(event) else {
            continue;
        };
        // What must be true of all events.
        assert_eq!(after.event_type(), before);
        if let EventData::NoteOn(key) | EventData::NoteOff(key) = after.data() {
            assert!((12..128).contains(&key.note));
        }
    }
});
