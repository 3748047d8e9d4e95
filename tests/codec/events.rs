//! Typed events to bytes and back.

use std::collections::BTreeSet;

use alsa_seq::wire::{self, EncodeError, EventBatch, Events, Framing};
use alsa_seq::{Address, Event, EventData, EventType, QueueId, RealTime, Time, ValueError};

use support::samples;

/// Encodes into a buffer that is filled with other bytes. So a byte that is not written shows.
fn encoded(event: &Event<'_>) -> Vec<u8> {
    let mut buffer = vec![0xa5; wire::encoded_len(event)];
    assert_eq!(wire::encode(event, &mut buffer), Ok(buffer.len()));
    let mut batch = EventBatch::new();
    batch.push(event).unwrap();
    assert_eq!(batch.unsent(), buffer);
    buffer
}

#[test]
fn every_type_has_a_sample_and_comes_back_as_it_was() {
    let mut seen = BTreeSet::new();
    for data in samples::legacy() {
        let event = Event::new(data);
        assert_eq!(event.event_type(), data.event_type());
        assert_eq!(event.data(), data);
        assert_eq!(event.clone().into_owned().data(), data);
        seen.insert(event.event_type());

        let bytes = encoded(&event);
        let mut events = Events::new(&bytes, Framing::Packed);
        let view = events.next().unwrap().unwrap();
        assert_eq!(view.data(), data);
        assert_eq!(view.to_event(), event);
        assert!(events.next().is_none());
        assert_eq!(events.offset(), bytes.len());
    }
    for known in EventType::ALL {
        assert!(seen.contains(known), "no sample of {known}");
    }
}

#[test]
fn ump_events_have_32_bytes() {
    let words = [0x5001_0203, 0xffff_0000, 3, 4];
    let event = Event::ump(words);
    assert!(event.is_ump());
    assert_eq!(event.packet(), Some(words.into()));
    let bytes = encoded(&event);
    assert_eq!(bytes.len(), 32);
    assert_eq!(bytes[1], 0x20, "the UMP flag");
    for framing in [Framing::Packed, Framing::Ump] {
        let view = Events::new(&bytes, framing).next().unwrap().unwrap();
        assert_eq!(view.data(), EventData::Ump(words.into()));
    }
}

/// The header, byte by byte, as `struct snd_seq_event` defines it.
#[test]
fn the_header_has_the_layout_of_the_kernel() {
    let event = Event::note_on(1, 2, 3)
        .unwrap()
        .from_port(Address::new(4, 5))
        .to(Address::new(6, 7))
        .with_tag(8)
        .with_high_priority(true)
        .after(QueueId::new(9), RealTime::new(10, 11).unwrap());
    let mut expected = vec![6, 0x13, 8, 9];
    expected.extend(10_u32.to_ne_bytes());
    expected.extend(11_u32.to_ne_bytes());
    expected.extend([4, 5, 6, 7, 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(encoded(&event), expected);

    assert_eq!(event.tag(), 8);
    assert_eq!(event.queue(), QueueId::new(9));
    assert_eq!(event.source(), Address::new(4, 5));
    assert_eq!(event.dest(), Address::new(6, 7));
    assert_eq!(event.time(), Time::Real(RealTime::new(10, 11).unwrap()));
    assert!(event.is_relative() && event.is_high_priority() && !event.is_direct());

    let event = event.at(QueueId::new(9), Time::Tick(12)).direct();
    assert_eq!(event.time(), Time::Tick(12));
    assert!(!event.is_relative() && event.is_direct());
}

#[test]
fn a_new_event_is_direct_and_for_subscribers() {
    let event = Event::note_on(0, 60, 100).unwrap();
    let bytes = encoded(&event);
    assert_eq!(&bytes[..4], [6, 0, 0, 253]);
    assert_eq!(&bytes[14..16], [254, 253]);
    assert!(event.is_direct());
    assert_eq!(event.dest(), Address::SUBSCRIBERS);
}

#[test]
fn constructors_check_and_never_mask() {
    fn refused<T>(result: Result<T, ValueError>) -> String {
        result.err().unwrap().to_string()
    }
    assert_eq!(
        refused(Event::note_on(16, 0, 0)),
        "channel 16 is out of range 0..=15"
    );
    for (what, error) in [
        ("note", refused(Event::note_on(0, 128, 0))),
        ("velocity", refused(Event::note_off(0, 0, 128))),
        ("note", refused(Event::note(0, 200, 0, 1))),
        ("pressure", refused(Event::key_pressure(0, 0, 255))),
        ("controller", refused(Event::control_change(0, 128, 0))),
        ("value", refused(Event::control_change(0, 0, 128))),
        ("program", refused(Event::program_change(0, 128))),
        ("pressure", refused(Event::channel_pressure(0, 128))),
        ("pitch bend", refused(Event::pitch_bend(0, 8192))),
        ("pitch bend", refused(Event::pitch_bend(0, -8193))),
    ] {
        assert!(error.starts_with(what), "{error}");
    }
    assert!(Event::pitch_bend(15, -8192).is_ok());
    assert!(alsa_seq::UserNumber::<10>::new(10).is_err());
    assert!(alsa_seq::UserNumber::<5>::new(5).is_err());
    assert!(Event::control_14bit(0, 32, 0).is_err());
    assert!(Event::control_14bit(0, 31, 0x4000).is_err());
    assert!(Event::rpn(0, 0x3fff, 0x3fff).is_ok());
    assert!(Event::nrpn(0, 0x4000, 0).is_err());
}

#[test]
fn a_bounced_event_comes_out_again() {
    let sent = Event::note_on(1, 2, 3).unwrap().with_tag(99);
    let record = encoded(&sent);
    let bounce = alsa_seq::Bounce::new(&record);
    assert_eq!(bounce.event(), Some(sent));
    assert_eq!(alsa_seq::Bounce::new(&[0; 27]).event(), None);
}

/// The kernel does not return data of variable length, but the record still contains its length. If
/// such a record were sent again, the kernel would read the next record as its data.
#[test]
fn a_bounced_sysex_is_empty() {
    let sent = Event::sysex(&[0xf0, 1, 2, 0xf7]).with_tag(99);
    let record = &encoded(&sent)[..28];
    let bounced = alsa_seq::Bounce::new(record).event().unwrap();
    assert_eq!(bounced, Event::sysex(&[]).with_tag(99));
    assert_eq!(encoded(&bounced), encoded(&Event::sysex(&[]).with_tag(99)));
}

#[test]
fn a_small_buffer_is_refused() {
    let event = Event::sysex(&[1, 2, 3]);
    let mut small = [0xa5; 30];
    assert_eq!(
        wire::encode(&event, &mut small),
        Err(EncodeError::NoRoom {
            needed: 31,
            available: 30
        })
    );
    assert_eq!(small, [0xa5; 30], "nothing was written");
}

#[test]
fn a_batch_is_sent_from_the_front() {
    let mut batch = EventBatch::new();
    assert!(batch.is_empty());
    batch.skip_first();
    for length in [0, 5, 28] {
        let bytes = vec![7; length];
        batch.push(&Event::sysex(bytes)).unwrap();
    }
    assert_eq!(batch.len(), 3 * 28 + 33);
    batch.skip_first();
    let lengths: Vec<_> = batch.events().map(|e| e.unwrap().payload().len()).collect();
    assert_eq!(lengths, [5, 28]);
    batch.skip_first();
    batch.skip_first();
    assert!(batch.is_empty());
}

#[test]
fn names_are_unique_words() {
    let names: BTreeSet<_> = EventType::ALL.iter().map(|t| t.name().unwrap()).collect();
    assert_eq!(names.len(), EventType::ALL.len());
    assert!(EventType::ALL.is_sorted());
    for number in 0..=255 {
        let event_type = EventType::new(number);
        assert_eq!(
            event_type.is_variable(),
            (130..=139).contains(&number),
            "{number}"
        );
        assert_eq!(
            event_type.is_announcement(),
            (60..=69).contains(&number),
            "{number}"
        );
        if event_type.name().is_none() {
            assert_eq!(event_type.to_string(), format!("type-{number}"));
        }
    }
}

/// Tests each type in each record. The flags and the length of a record need not fit its type.
#[test]
fn data_is_unchanged_after_decoding_and_encoding() {
    for event_type in 0..=255_u8 {
        for (flags, payload) in [(0, 0), (4, 0), (4, 3), (8, 0), (0x20, 0)] {
            // The two highest bits of a length are flags.
            for data in [[0; 12], [1; 12], [0xc0; 12]] {
                let mut bytes = vec![0; 28 + 28 * payload];
                (bytes[0], bytes[1]) = (event_type, flags);
                bytes[16..28].copy_from_slice(&data);
                if flags == 4 {
                    let length = u32::try_from(payload).unwrap();
                    let high = u32::from(data[0] & 0xc0) << 24;
                    bytes[16..20].copy_from_slice(&(length | high).to_ne_bytes());
                }
                let view = Events::new(&bytes, Framing::Legacy)
                    .next()
                    .unwrap()
                    .unwrap();
                assert_eq!(view.payload().len(), payload, "{event_type} {flags}");
                let event = Event::new(view.data());
                assert_eq!(event.data(), view.data(), "{event_type} {flags} {data:?}");
                {
                    let json = serde_json::to_string(&view).unwrap();
                    let event: Event<'static> = serde_json::from_str(&json).unwrap();
                    assert_eq!(event.data(), view.data(), "{json}");
                }
            }
        }
    }
}
