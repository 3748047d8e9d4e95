//! Any bytes as records.

use alsa_seq::wire::{self, EventBatch, Events, Framing};
use alsa_seq::{Event, EventData, EventView};

/// Checks a case: bytes as `read` returns them, or as `write` accepts them.
pub fn check(case: &[u8]) {
    for framing in [Framing::Legacy, Framing::Ump, Framing::Packed] {
        decode(case, framing);
    }
}

fn decode(bytes: &[u8], framing: Framing) {
    let mut events = Events::new(bytes, framing);
    let mut views = Vec::new();
    let mut offset = 0;
    while let Some(result) = events.next() {
        match result {
            Ok(view) => {
                let extent = extent(&bytes[offset..], framing);
                let payload = &bytes[offset + extent.unit..][..extent.length];
                assert_eq!(view.payload(), payload);
                assert_eq!(view.is_ump(), extent.is_ump);
                assert_eq!(events.offset() - offset, extent.size, "{view:?}");
                views.push(view);
            }
            Err(error) => {
                assert_eq!(error.offset(), offset);
                assert_eq!(error.available(), bytes.len() - offset);
                assert!(error.needed() > error.available(), "{error}");
                assert_eq!(error.needed(), extent(&bytes[offset..], framing).size);
                assert!(events.next().is_none(), "went on after {error}");
                // With the number of bytes that the error names, the iterator gets further.
                let mut more = bytes[offset..].to_vec();
                if error.needed() < 1 << 16 {
                    more.resize(error.needed(), 0);
                    let first = Events::new(&more, framing).next().unwrap();
                    let needed = first.map_or_else(|error| error.needed(), |_| usize::MAX);
                    assert!(needed > error.needed());
                }
            }
        }
        offset = events.offset();
        assert_eq!(events.remainder(), &bytes[offset..]);
    }
    if offset == bytes.len() {
        assert!(events.remainder().is_empty());
    }
    encode(&views);
}

/// The size of a record, from its first bytes.
struct Extent {
    unit: usize,
    is_ump: bool,
    length: usize,
    size: usize,
}

/// A second version of the kernel's rules, byte by byte.
fn extent(bytes: &[u8], framing: Framing) -> Extent {
    let mut extent = Extent {
        unit: if framing == Framing::Ump { 32 } else { 28 },
        is_ump: false,
        length: 0,
        size: 0,
    };
    if bytes.len() >= extent.unit {
        if bytes[1] & 0x0c == 0x04 {
            let length = u32::from_ne_bytes(bytes[16..20].try_into().unwrap());
            extent.length = usize::try_from(length % (1 << 30)).unwrap();
        } else if bytes[1] & 0x20 != 0 && framing != Framing::Legacy {
            extent.is_ump = true;
            extent.unit = 32;
        }
    }
    let mut padding = 0;
    while framing != Framing::Packed && (extent.length + padding) % extent.unit != 0 {
        padding += 1;
    }
    extent.size = extent.unit + extent.length + padding;
    extent
}

fn encode(views: &[EventView<'_>]) {
    let mut batch = EventBatch::new();
    let mut packed = Vec::new();
    for view in views {
        let one = encode_one(*view);
        packed.extend(one);
        batch.push(*view).unwrap();
    }
    assert_eq!(batch.unsent(), packed);
    let again: Vec<_> = batch.events().map(Result::unwrap).collect();
    assert_eq!(again.len(), views.len());
    for (again, view) in again.iter().zip(views) {
        same(*again, *view);
        // A record that we have written stays the same, byte for byte.
        assert_eq!(encode_one(*again), encode_one(*view));
    }
    for left in (0..views.len()).rev() {
        batch.skip_first();
        assert_eq!(batch.events().count(), left);
    }
    assert!(batch.is_empty());
}

fn encode_one(view: EventView<'_>) -> Vec<u8> {
    let mut bytes = vec![0xa5; wire::encoded_len(view)];
    let short = bytes.len() - 1;
    assert!(wire::encode(view, &mut bytes[..short]).is_err());
    assert!(bytes.iter().all(|byte| *byte == 0xa5));
    assert_eq!(wire::encode(view, &mut bytes), Ok(bytes.len()));
    let event = view.to_event();
    let mut again = vec![0; wire::encoded_len(&event)];
    assert_eq!(wire::encode(&event, &mut again), Ok(bytes.len()));
    assert_eq!(again, bytes);
    bytes
}

/// Compares all bits except one: the UMP flag in an event that is not a packet, because the flag
/// would change the record's size.
fn same(again: EventView<'_>, view: EventView<'_>) {
    assert_eq!(again.payload(), view.payload());
    assert_eq!(again.packet(), view.packet());
    assert_eq!(again.raw().data, view.raw().data);
    let mut header = view.raw().header;
    header
        .flags
        .set(alsa_seq::abi::flags::EventFlags::UMP, view.is_ump());
    assert_eq!(again.raw().header, header);

    let data = view.data();
    assert_eq!(again.data(), data);
    if let EventData::Bounce(bounce) = &data {
        let event = bounce.event();
        assert_eq!(event.is_some(), view.payload().len() >= 28);
        if let Some(event) = event {
            let mut bytes = vec![0xa5; wire::encoded_len(&event)];
            let size = if event.is_ump() { 32 } else { 28 };
            assert_eq!(wire::encode(&event, &mut bytes), Ok(size));
            let again = Events::new(&bytes, Framing::Packed).next().unwrap();
            same(again.unwrap(), event.as_view());
        }
    }
    assert_eq!(Event::new(data).data(), data);
}
