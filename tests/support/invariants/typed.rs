//! Typed events to records and bytes, and back.

use alsa_seq::midi::{EncodeError, Encoder, Notes};
use alsa_seq::wire::{self, Events, Framing};
use alsa_seq::{Event, EventData};
use arbitrary::Unstructured;

use super::midi_bytes::{Item, encode_all_ways, parse};

/// Checks a case: some arbitrary events.
pub fn check(case: &[u8]) {
    let mut input = Unstructured::new(case);
    let mut full = Encoder::new();
    let mut running = Encoder::new().with_running_status(true);
    let (mut full_stream, mut running_stream) = (Vec::new(), Vec::new());
    while !input.is_empty() {
        let event: Event<'_> = input.arbitrary().unwrap();
        through_the_record(&event);
        through_midi(&event.data());

        let bytes = encode_all_ways(&mut full, &event.data());
        let fewer = encode_all_ways(&mut running, &event.data());
        assert_eq!(bytes.is_ok(), fewer.is_ok());
        full_stream.extend(bytes.unwrap_or_default());
        running_stream.extend(fewer.unwrap_or_default());
    }
    // The parser finds the same events without the omitted status bytes.
    assert!(running_stream.len() <= full_stream.len());
    assert_eq!(
        parse([running_stream.as_slice()], 16),
        parse([full_stream.as_slice()], 16)
    );
}

fn through_the_record(event: &Event<'_>) {
    let data = event.data();
    assert_eq!(event.is_ump(), matches!(data, EventData::Ump(_)));
    // The type of a packet's event is not significant.
    if !event.is_ump() {
        assert_eq!(event.event_type(), data.event_type());
    }
    assert_eq!(event.clone().into_owned(), *event);
    assert_eq!(event.clone().into_owned().data(), data);
    assert!(!format!("{event:?}").is_empty());

    let mut bytes = vec![0xa5; wire::encoded_len(event)];
    assert_eq!(wire::encode(event, &mut bytes), Ok(bytes.len()));
    let mut events = Events::new(&bytes, Framing::Packed);
    let view = events.next().unwrap().unwrap();
    assert!(events.next().is_none());
    assert_eq!(events.offset(), bytes.len());

    assert_eq!(view.to_event(), *event);
    assert_eq!(view.data(), data);
    assert_eq!(Event::new(view.data()).data(), data);
    assert_eq!(view.packet(), event.packet());
    assert_eq!(view.tag(), event.tag());
    assert_eq!(view.queue(), event.queue());
    assert_eq!(view.time(), event.time());
    assert_eq!(view.is_relative(), event.is_relative());
    assert_eq!(view.is_high_priority(), event.is_high_priority());
    assert_eq!(view.is_direct(), event.is_direct());
    assert_eq!(view.source(), event.source());
    assert_eq!(view.dest(), event.dest());
}

/// Data with MIDI bytes comes back. Data without MIDI bytes, or out of range, is refused.
fn through_midi(data: &EventData<'_>) {
    let mut encoder = Encoder::new().with_notes(Notes::OnAndOff);
    let bytes = match encode_all_ways(&mut encoder, data) {
        Ok(bytes) => bytes,
        Err(EncodeError::NotMidi(event_type)) => {
            assert_eq!(event_type, data.event_type());
            return;
        }
        Err(EncodeError::Ump) => {
            assert!(matches!(data, EventData::Ump(_)));
            return;
        }
        Err(EncodeError::Value(error)) => {
            let (min, max) = error.range();
            assert!(!(min..=max).contains(&error.value()), "{error}");
            return;
        }
        Err(error) => panic!("{data:?}: {error}"),
    };
    if matches!(data, EventData::Sysex(_)) {
        return;
    }
    let (items, discarded) = parse([bytes.as_slice()], 256);
    assert_eq!(discarded, 0, "{data:?}: {bytes:x?}");
    let found: Vec<_> = items
        .iter()
        .map(|item| match item {
            Item::Event(event) => event.data(),
            Item::Truncated(_) => panic!("{item:?}"),
        })
        .collect();
    let mut again: Vec<u8> = Vec::new();
    for data in &found {
        again.extend(encoder.encode(data).unwrap().iter());
    }
    assert_eq!(again, bytes);

    // Data of one message comes back as the same message, except for its queue.
    match (data, found.as_slice()) {
        (
            EventData::Start(_) | EventData::Continue(_) | EventData::Stop(_) | EventData::Clock(_),
            [found],
        ) => assert_eq!(found.event_type(), data.event_type()),
        (
            EventData::Control14Bit { .. },
            [
                EventData::ControlChange {
                    channel,
                    controller,
                    value,
                },
            ],
        ) => {
            let (channel, controller, value) = (*channel, *controller, *value);
            let again = EventData::Control14Bit {
                channel,
                controller,
                value,
            };
            assert_eq!(again, *data);
        }
        (_, [found]) => assert_eq!(found, data),
        (EventData::Note { .. } | EventData::Control14Bit { .. }, [_, _]) => {}
        (EventData::Rpn { .. } | EventData::Nrpn { .. }, [_, _, _, _]) => {}
        _ => panic!("{data:?} became {found:?}"),
    }
}
