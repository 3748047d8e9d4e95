//! MIDI bytes to events and back.

use alsa_seq::midi::{EncodeError, Encoder, Parsed, Parser};
use alsa_seq::sysex::{Outcome, Reassembler};
use alsa_seq::{Address, EventData, EventType};

use super::input::Input;
use super::midi_model;
pub use super::midi_model::Item;

/// Checks a case: a buffer size, the number of slices before they repeat, their sizes, and the
/// stream.
pub fn check(case: &[u8]) {
    let mut input = Input::new(case);
    let buffer = usize::from(input.u8());
    let slices = input.u8() % 16;
    let sizes = input.bytes(usize::from(slices));
    let stream = input.rest();

    let expected = midi_model::parse(stream, buffer);
    assert_eq!(parse([stream], buffer), expected, "as a whole");
    assert_eq!(parse(stream.chunks(1), buffer), expected, "byte by byte");
    assert_eq!(parse(cut(stream, sizes), buffer), expected, "cut {sizes:?}");

    let items = &expected.0;
    for running_status in [false, true] {
        let bytes = encode(items, running_status);
        let again = parse([bytes.as_slice()], buffer).0;
        assert_eq!(&again, items, "running status {running_status}: {bytes:x?}");
    }
    if buffer > 0 {
        joins_to_whole_messages(stream, items);
    }
}

/// Returns all items that a parser finds, with the item at its end.
pub fn parse<'i>(slices: impl IntoIterator<Item = &'i [u8]>, buffer: usize) -> (Vec<Item>, u64) {
    fn owned(parsed: Parsed<'_>) -> Item {
        match parsed {
            Parsed::Event(data) => Item::event(data),
            Parsed::Truncated(bytes) => Item::Truncated(bytes.to_vec()),
            other => panic!("{other:?}"),
        }
    }
    let mut parser = Parser::new(vec![0xa5; buffer]);
    let mut items = Vec::new();
    for mut slice in slices {
        while let Some(parsed) = parser.parse(&mut slice) {
            items.push(owned(parsed));
        }
        assert!(slice.is_empty(), "not used up");
    }
    items.extend(parser.finish().map(owned));
    let discarded = parser.discarded();
    assert_eq!(parser.finish(), None, "ended twice");
    assert_eq!(parser.discarded(), discarded);
    (items, discarded)
}

/// Cuts the stream into slices of these sizes, again and again.
fn cut<'i>(mut stream: &'i [u8], sizes: &[u8]) -> Vec<&'i [u8]> {
    let mut slices = Vec::new();
    for size in sizes.iter().cycle() {
        let (slice, rest) = stream.split_at(usize::from(*size).min(stream.len()));
        slices.push(slice);
        stream = rest;
        if stream.is_empty() || sizes.iter().all(|size| *size == 0) {
            break;
        }
    }
    slices.push(stream);
    slices
}

/// Returns the bytes of all items. The byte that ended a sysex message early was not an event, and
/// F4 has the same effect.
fn encode(items: &[Item], running_status: bool) -> Vec<u8> {
    let mut encoder = Encoder::new().with_running_status(running_status);
    let mut bytes = Vec::new();
    for item in items {
        match item {
            Item::Event(event) => {
                bytes.extend(encode_all_ways(&mut encoder, &event.data()).unwrap());
            }
            Item::Truncated(rest) => {
                bytes.extend(rest);
                bytes.push(0xf4);
                encoder.reset();
            }
        }
    }
    bytes
}

/// The encoder's three functions agree, and a function that fails changes nothing.
pub fn encode_all_ways(
    encoder: &mut Encoder,
    data: &EventData<'_>,
) -> Result<Vec<u8>, EncodeError> {
    let before = encoder.clone();
    let needed = encoder.encoded_len(data);
    if let Ok(needed @ 1..) = needed {
        let mut small = vec![0xa5; needed - 1];
        let error = EncodeError::NoRoom {
            needed,
            available: needed - 1,
        };
        assert_eq!(encoder.encode_into(data, &mut small), Err(error));
        assert_eq!(small, vec![0xa5; needed - 1]);
        assert_eq!(*encoder, before);
    }
    let mut twin = encoder.clone();
    let result = encoder.encode(data).map(|message| message.to_vec());
    match &result {
        Ok(bytes) => {
            assert_eq!(needed, Ok(bytes.len()));
            let mut buffer = vec![0xa5; bytes.len() + 1];
            assert_eq!(twin.encode_into(data, &mut buffer), Ok(bytes.len()));
            assert_eq!(buffer.split_last(), Some((&0xa5, bytes.as_slice())));
            assert_eq!(*encoder, twin);
        }
        Err(error) => {
            assert_eq!(needed, Err(*error));
            assert_eq!(twin.encode_into(data, &mut [0; 64]), Err(*error));
            assert_eq!(*encoder, before);
            assert_eq!(twin, before);
        }
    }
    result
}

/// Joined sysex chunks of any size are equal to the contents of one large buffer.
fn joins_to_whole_messages(stream: &[u8], items: &[Item]) {
    let source = Address::new(20, 0);
    let mut reassembler = Reassembler::new();
    let mut joined = Vec::new();
    for item in items {
        match item {
            Item::Event(event) if event.event_type() == EventType::SYSEX => {
                let mut piece = event.payload();
                while let Some(outcome) = reassembler.push(source, &mut piece) {
                    match outcome {
                        Outcome::Complete(bytes) => joined.push(bytes.to_vec()),
                        other => panic!("{other:?}"),
                    }
                }
            }
            Item::Event(_) => {}
            Item::Truncated(_) => {
                reassembler.remove(|from| from == source);
            }
        }
    }
    let whole = parse([stream], stream.len() + 1).0;
    let whole = whole.into_iter().filter_map(|item| match item {
        Item::Event(event) if event.event_type() == EventType::SYSEX => {
            Some(event.payload().to_vec())
        }
        _ => None,
    });
    assert_eq!(joined, whole.collect::<Vec<_>>());
}
