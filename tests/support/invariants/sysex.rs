//! Sysex in pieces.

use std::num::NonZeroUsize;

use alsa_seq::Address;
use alsa_seq::sysex::{self, Reassembler};

use super::input::Input;
pub use super::sysex_model::Item;
use super::sysex_model::Model;

/// Checks a case: the limit, the number of sources, and steps. The first byte of a step has the
/// source (three bits) and the number of bytes that follow (five bits); 31 means that the source is
/// removed.
pub fn check(case: &[u8]) {
    let mut input = Input::new(case);
    let limit = usize::from(input.u8() % 64);
    let max_sources = usize::from(input.u8() % 8) + 1;
    let mut model = Model::new(limit, max_sources);
    let mut reassembler = Reassembler::new()
        .with_limit(limit)
        .with_max_sources(NonZeroUsize::new(max_sources).unwrap());
    let mut items = Vec::new();
    while !input.is_empty() {
        let step = input.u8();
        // Four clients with two ports each.
        let source = Address::new(128 + step % 4, step / 4 % 2);
        let length = usize::from(step / 8);
        if length == 31 {
            model.remove(source);
            for message in reassembler.remove(|from| from == source) {
                let bytes = message.bytes.to_vec();
                items.push(Item::Abandoned(message.source, bytes, message.reason));
            }
        } else {
            let bytes = input.bytes(length);
            model.push(source, bytes);
            push(&mut reassembler, source, bytes, &mut items);
        }
        assert_eq!(items, model.items);
        assert_eq!(reassembler.held(), model.held());
        assert!(reassembler.held() <= limit * max_sources);
        assert!(reassembler.sources().count() <= max_sources);
    }
    splits_and_joins(case);
}

fn push(reassembler: &mut Reassembler, source: Address, piece: &[u8], items: &mut Vec<Item>) {
    let mut rest = piece;
    while let Some(outcome) = reassembler.push(source, &mut rest) {
        let item = Item::new(source, outcome);
        match (items.last_mut(), item) {
            (Some(Item::Stray(last, bytes)), Item::Stray(from, more)) if *last == from => {
                bytes.extend(more);
            }
            (_, item) => items.push(item),
        }
    }
    assert!(rest.is_empty(), "not used up");
}

/// A message that is split for output and joined again is the same message.
fn splits_and_joins(case: &[u8]) {
    let mut input = Input::new(case);
    let size = NonZeroUsize::from(std::num::NonZeroU8::MIN.saturating_add(input.u8()));
    let mut message = vec![0xf0];
    message.extend(input.rest().iter().map(|byte| byte & 0x7f));
    message.push(0xf7);

    let source = Address::new(20, 0);
    let mut reassembler = Reassembler::new();
    let mut items = Vec::new();
    let events = sysex::split(&message, size);
    assert_eq!(events.len(), message.len().div_ceil(size.get()));
    for event in events {
        assert!((1..=size.get()).contains(&event.payload().len()));
        push(&mut reassembler, source, event.payload(), &mut items);
    }
    assert_eq!(items, [Item::Complete(source, message)]);
}
