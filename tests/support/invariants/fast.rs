//! The cases of the other modules without a model. The checks: no panic, no access out of bounds,
//! and each value comes back unchanged. A case needs one microsecond, and with the model hundreds.
//! So the fuzzer tries many more short cases.

use std::num::NonZeroUsize;

use alsa_seq::controllers::Assembler;
use alsa_seq::midi::{Encoder, Parsed, Parser};
use alsa_seq::sysex::{self, Outcome};
use alsa_seq::ump::{self, Packet, Packets, Ump};
use alsa_seq::wire::{self, Events, Framing};
use alsa_seq::{Address, EventData, EventView};

use super::input::Input;

/// Has room for any event of a short case.
const ROOM: usize = 256;

/// Checks the cases of [`records`](super::records).
pub fn records(case: &[u8]) {
    for framing in [Framing::Legacy, Framing::Ump, Framing::Packed] {
        let mut events = Events::new(case, framing);
        let mut offset = 0;
        while let Some(found) = events.next() {
            match found {
                Ok(view) => comes_back(view),
                Err(error) => {
                    assert!(error.needed() > error.available());
                    assert!(events.next().is_none());
                    break;
                }
            }
            assert!(events.offset() >= offset + 28);
            offset = events.offset();
        }
        assert_eq!(events.remainder().len(), case.len() - offset);
    }
}

/// Checks the cases of [`typed`](super::typed).
pub fn typed(case: &[u8]) {
    let mut input = arbitrary::Unstructured::new(case);
    let mut encoder = Encoder::new().with_running_status(true);
    while !input.is_empty() {
        let event: alsa_seq::Event<'_> = input.arbitrary().unwrap();
        comes_back(event.as_view());
        let needed = encoder.encoded_len(&event.data());
        let length = encoder.encode(&event.data()).map(|bytes| bytes.len());
        assert_eq!(length, needed);
    }
}

/// No event is lost: an event that is not a part of a message is returned unchanged, and at most
/// the parts of one channel come before it.
pub fn controllers(case: &[u8]) {
    let mut input = Input::new(case);
    let mut assembler = Assembler::<2>::with_slots().with_waiting(input.u8() < 128);
    while !input.is_empty() {
        let event = super::controllers::step(input.array());
        let mut last = None;
        for complete in assembler.push(&event) {
            last = Some(complete);
        }
        assert!(last.is_some() || assembler.is_waiting());
        if !super::controllers::is_control(&event) {
            assert_eq!(last.as_ref(), Some(&event));
        }
    }
    assert!(assembler.flush().count() <= 4);
    assert!(!assembler.is_waiting());
}

fn comes_back(view: EventView<'_>) {
    let mut buffer = [0xa5; ROOM];
    let needed = wire::encoded_len(view);
    let Ok(length) = wire::encode(view, &mut buffer) else {
        assert!(needed > ROOM);
        return;
    };
    assert_eq!(length, needed);
    let mut again = Events::new(&buffer[..length], Framing::Packed);
    let found = again.next().unwrap().unwrap();
    assert_eq!(again.offset(), length);
    assert_eq!(found.raw().data, view.raw().data);
    assert_eq!(found.payload(), view.payload());
    assert_eq!(found.packet(), view.packet());
    assert_eq!(found.data(), view.data());
}

/// Checks the cases of [`midi_bytes`](super::midi_bytes).
pub fn midi_bytes(case: &[u8]) {
    let mut input = Input::new(case);
    let mut buffer = [0; 16];
    let room = usize::from(input.u8()).min(buffer.len());
    let slices = input.u8() % 16;
    let sizes = input.bytes(usize::from(slices));
    let stream = input.rest();

    let mut parser = Parser::new(&mut buffer[..room]);
    let mut bytes = 0;
    let cut = sizes.first().map_or(0, |size| usize::from(*size));
    let (front, behind) = stream.split_at(cut.min(stream.len()));
    for mut slice in [front, behind] {
        while let Some(parsed) = parser.parse(&mut slice) {
            bytes += midi(&parsed, room);
        }
        assert!(slice.is_empty());
    }
    bytes += parser.finish().map_or(0, |parsed| midi(&parsed, room));
    bytes += usize::try_from(parser.discarded()).unwrap();
    assert!(bytes <= stream.len());
}

/// Returns the smallest number of bytes that the item was parsed from. A message encodes to its
/// bytes, and the bytes parse to the message.
fn midi(parsed: &Parsed<'_>, room: usize) -> usize {
    let data = match parsed {
        Parsed::Event(EventData::Sysex(bytes)) | Parsed::Truncated(bytes) => {
            assert!(bytes.len() <= room);
            return bytes.len();
        }
        Parsed::Event(data) => *data,
        other => panic!("{other:?}"),
    };
    let mut encoder = Encoder::new();
    let message = encoder.encode(&data).unwrap();
    let mut bytes = &message[..];
    let again = Parser::new([]).parse(&mut bytes) == Some(Parsed::Event(data));
    assert!(again && bytes.is_empty(), "{data:?}");
    // The status may be a running status.
    (message.len() - 1).max(1)
}

/// Checks the cases of [`sysex`](super::sysex).
pub fn sysex(case: &[u8]) {
    let mut input = Input::new(case);
    let limit = usize::from(input.u8() % 64);
    let sources = usize::from(input.u8() % 8) + 1;
    let mut reassembler = sysex::Reassembler::new()
        .with_limit(limit)
        .with_max_sources(NonZeroUsize::new(sources).unwrap());
    let (mut taken, mut given) = (0, 0);
    while !input.is_empty() {
        let step = input.u8();
        let source = Address::new(128 + step % 4, step / 4 % 2);
        let length = usize::from(step / 8);
        if length == 31 {
            for message in reassembler.remove(|from| from == source) {
                given += message.bytes.len();
            }
        } else {
            let mut piece = input.bytes(length);
            taken += piece.len();
            while let Some(outcome) = reassembler.push(source, &mut piece) {
                given += match outcome {
                    Outcome::Complete(bytes) => {
                        assert_eq!((bytes[0], bytes[bytes.len() - 1]), (0xf0, 0xf7));
                        assert!(bytes.len() <= limit);
                        bytes.len()
                    }
                    Outcome::Stray(bytes) => bytes.len(),
                    Outcome::Abandoned(message) => message.bytes.len(),
                    other => panic!("{other:?}"),
                };
            }
            assert!(piece.is_empty());
        }
        assert!(reassembler.held() <= limit * sources);
        assert!(given + reassembler.held() <= taken);
    }
}

/// Checks the cases of [`ump`](super::ump).
pub fn ump(case: &[u8]) {
    let mut words = [0; ROOM / 4];
    let mut count = 0;
    for (word, bytes) in words.iter_mut().zip(case.chunks_exact(4)) {
        *word = u32::from_be_bytes(bytes.try_into().unwrap());
        count += 1;
    }
    let words = &words[..count];
    let mut packets = Packets::new(words);
    let mut reassembler = ump::Reassembler::new().with_limit(20);
    let (mut offset, mut bytes) = (0, 0);
    while let Some(found) = packets.next() {
        let Ok(packet) = found else {
            assert!(packets.next().is_none());
            break;
        };
        assert_eq!(packet.words(), &words[offset..packets.offset()]);
        offset = packets.offset();
        let meaning = packet.decode();
        let again = Packet::from(meaning);
        assert_eq!(again.decode(), meaning);
        assert_eq!(again.message_type(), packet.message_type());

        let joined = reassembler.push(Address::new(128, 0), packet);
        bytes += match meaning {
            Ump::Sysex7(_, part) => part.bytes().len(),
            Ump::Sysex8(_, part) => part.bytes().len(),
            _ => 0,
        };
        let given = joined.complete.map_or(0, |bytes| bytes.len())
            + joined.abandoned.map_or(0, |message| message.bytes.len());
        assert!(given + reassembler.held() <= bytes);
    }
    assert!(packets.remainder().len() < 4);
}

/// Checks the cases of [`json`](super::json).
pub fn json(case: &[u8]) {
    use alsa_seq::Event;

    if let Ok(event) = serde_json::from_slice::<Event<'static>>(case) {
        let printed = serde_json::to_vec(&event).unwrap();
        let again: Event<'static> = serde_json::from_slice(&printed).unwrap();
        assert_eq!(again, event);
    }
    if let Ok(event) = postcard::from_bytes::<Event<'static>>(case) {
        // Writing corrects the UMP flag, and keeps everything else.
        let bytes = postcard::to_allocvec(&event).unwrap();
        let again: Event<'static> = postcard::from_bytes(&bytes).unwrap();
        assert_eq!(postcard::to_allocvec(&again).unwrap(), bytes);
        comes_back(event.as_view());
    }
}
