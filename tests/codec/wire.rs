//! Records in buffers: the three framings, and every way in which a buffer is too short.

use alsa_seq::wire::{self, Events, Framing};
use alsa_seq::{Address, Event, EventData, EventType, RemoveEvents, Time};

const VARIABLE: u8 = 4;
const UMP: u8 = 0x20;

/// Returns a record of 28 bytes: type, flags, and a length or data.
fn record(event_type: u8, flags: u8, length: u32) -> Vec<u8> {
    let mut bytes: Vec<u8> = (100..128).collect();
    bytes[0] = event_type;
    bytes[1] = flags;
    if flags & 0x0c == VARIABLE {
        bytes[16..20].copy_from_slice(&length.to_ne_bytes());
    }
    bytes
}

#[test]
fn data_is_padded_to_the_record_on_reading() {
    for (framing, unit) in [(Framing::Legacy, 28), (Framing::Ump, 32)] {
        for length in [0, 1, 27, 28, 29, 31, 32, 33, 56, 64, 1000] {
            let mut bytes = record(130, VARIABLE, length);
            bytes.resize(unit, 0);
            let length = usize::try_from(length).unwrap();
            let data: Vec<u8> = (0..=255).cycle().take(length).collect();
            bytes.extend(&data);
            // Old kernels do not clear the padding.
            bytes.resize(unit + length.next_multiple_of(unit), 0xee);
            let whole = bytes.len();
            bytes.extend(record(6, 0, 0));
            bytes.resize(whole + unit, 0);

            let mut events = Events::new(&bytes, framing);
            let sysex = events.next().unwrap().unwrap();
            assert_eq!(sysex.payload(), data);
            assert_eq!(sysex.event_type(), EventType::SYSEX);
            assert_eq!(events.offset(), whole);
            let note = events.next().unwrap().unwrap();
            assert_eq!(note.event_type(), EventType::NOTE_ON);
            assert!(events.next().is_none());
            assert!(events.remainder().is_empty());
        }
    }
}

#[test]
fn the_error_for_a_short_buffer_has_the_missing_size() {
    for (framing, unit) in [
        (Framing::Legacy, 28),
        (Framing::Ump, 32),
        (Framing::Packed, 28),
    ] {
        let mut bytes = record(6, 0, 0);
        bytes.resize(unit, 0);
        bytes.extend(record(130, VARIABLE, 30));
        bytes.resize(2 * unit, 0);
        let data = match framing {
            Framing::Packed => 30,
            _ => 30_usize.next_multiple_of(unit),
        };
        bytes.resize(2 * unit + data, 1);
        assert_eq!(Events::new(&bytes, framing).count(), 2);
        for length in 0..bytes.len() {
            let mut events = Events::new(&bytes[..length], framing);
            let first = events.next();
            if length == 0 {
                assert!(first.is_none());
                continue;
            }
            let (offset, needed) = if length < unit {
                (0, unit)
            } else if length < 2 * unit {
                (unit, unit)
            } else {
                (unit, unit + data)
            };
            let error = if length < unit {
                first.unwrap().unwrap_err()
            } else {
                assert!(first.unwrap().is_ok(), "what is whole is not lost");
                match events.next() {
                    Some(second) => second.unwrap_err(),
                    None => {
                        assert_eq!(length, unit);
                        continue;
                    }
                }
            };
            assert_eq!(
                (error.offset(), error.needed(), error.available()),
                (offset, needed, length - offset),
                "{framing:?}, {length} bytes"
            );
            assert!(events.next().is_none());
            assert_eq!(events.remainder().len(), length - offset);
        }
    }
}

#[test]
fn an_impossible_length_is_reported_as_missing_bytes() {
    for length in [u32::MAX, 0x3fff_ffff, 0x8000_0001] {
        for framing in [Framing::Legacy, Framing::Ump, Framing::Packed] {
            let mut bytes = record(130, VARIABLE, length);
            bytes.resize(64, 0);
            let mut events = Events::new(&bytes, framing);
            let first = events.next().unwrap();
            // The two top bits are not a part of the length.
            if length == 0x8000_0001 {
                assert_eq!(first.unwrap().payload().len(), 1);
            } else {
                assert!(first.unwrap_err().needed() > 0x3fff_ffff);
            }
        }
    }
}

/// A client that did not ask for UMP reads records of 28 bytes, even with a stray flag. When such
/// an event is sent again, the kernel must not expect 32 bytes.
#[test]
fn the_ump_flag_is_ignored_in_a_legacy_record() {
    let bytes = record(6, UMP, 0);
    let view = Events::new(&bytes, Framing::Legacy)
        .next()
        .unwrap()
        .unwrap();
    assert!(!view.is_ump());
    assert!(matches!(view.data(), EventData::NoteOn { .. }));
    let mut sent = [0; 28];
    wire::encode(view, &mut sent).unwrap();
    assert_eq!(sent[1], 0);
    assert_eq!(sent[2..], bytes[2..]);
}

/// The kernel treats an event with both flags as an event with data.
#[test]
fn a_record_with_both_flags_has_data() {
    let mut bytes = record(130, UMP | VARIABLE, 3);
    bytes.resize(32, 0);
    bytes.extend([1, 2, 3]);
    bytes.resize(64, 0);
    let view = Events::new(&bytes, Framing::Ump).next().unwrap().unwrap();
    assert!(!view.is_ump());
    assert_eq!(view.payload(), [1, 2, 3]);
}

/// Types, flags and bytes without a meaning are kept.
#[test]
fn every_bit_of_a_record_survives() {
    for event_type in 0..=255 {
        for flags in 0..=255 {
            let bytes = record(event_type, flags, 0xc000_0000);
            for framing in [Framing::Legacy, Framing::Ump] {
                let mut read = bytes.clone();
                read.resize(if framing == Framing::Ump { 32 } else { 28 }, 0);
                let view = Events::new(&read, framing).next().unwrap().unwrap();
                let event = view.to_event().into_owned();
                let mut written = vec![0xa5; wire::encoded_len(&event)];
                wire::encode(&event, &mut written).unwrap();
                let mut expected = read.clone();
                if event.is_ump() {
                    assert_eq!(written.len(), 32);
                } else {
                    expected.truncate(28);
                    // The UMP flag is cleared in an event that is not a packet.
                    expected[1] &= !UMP;
                }
                assert_eq!(written, expected, "type {event_type}, flags {flags:#x}");
            }
        }
    }
}

#[test]
fn an_owned_event_is_independent_of_the_buffer() {
    let owned: Event<'static> = {
        let bytes = [record(130, VARIABLE, 4), vec![9; 28]].concat();
        let view = Events::new(&bytes, Framing::Legacy)
            .next()
            .unwrap()
            .unwrap();
        view.to_event().into_owned()
    };
    let elsewhere = std::thread::spawn(move || owned.payload().to_vec());
    assert_eq!(elsewhere.join().unwrap(), [9; 4]);
}

#[test]
fn debug_prints_events_and_not_their_bytes() {
    let event = Event::new(EventData::ActiveSensing).from_port(Address::new(128, 0));
    let mut batch = wire::EventBatch::new();
    batch.push(&event).unwrap();
    let printed = format!("{event:?}");
    let fields = printed.strip_prefix("Event").unwrap();
    assert!(fields.contains("source: Address(128:0)"), "{fields}");
    let mut bytes = vec![0; 28];
    wire::encode(&event, &mut bytes).unwrap();
    bytes.push(0);
    assert_eq!(format!("{batch:?}"), format!("[EventView{fields}]"));
    let events = format!("{:?}", Events::new(&bytes, Framing::Packed));
    assert!(
        events.starts_with(&format!("[Ok(EventView{fields}), Err(")),
        "{events}"
    );
}

#[test]
fn debug_prints_the_conditions_of_a_removal() {
    let all = format!("{:?}", RemoveEvents::new());
    assert_eq!(all, "RemoveEvents { keep_note_offs: false }");
    let some = RemoveEvents::new()
        .from_time(Time::Tick(7))
        .tag(2)
        .keep_note_offs(true);
    let text = "RemoveEvents { from_time: Tick(7), tag: 2, keep_note_offs: true }";
    assert_eq!(format!("{some:?}"), text);
}
