//! Sysex in pieces: the edge cases, and the defects of other libraries.

use std::num::NonZeroUsize;

use alsa_seq::sysex::{self, Outcome, Reason, Reassembler};
use alsa_seq::{Address, ClientId, Event};

use support::invariants::sysex::Item;

const PIANO: Address = Address::new(20, 0);
const ORGAN: Address = Address::new(24, 1);

fn push(reassembler: &mut Reassembler, source: Address, mut piece: &[u8]) -> Vec<Item> {
    let mut items = Vec::new();
    while let Some(outcome) = reassembler.push(source, &mut piece) {
        items.push(Item::new(source, outcome));
    }
    assert!(piece.is_empty());
    items
}

fn complete(source: Address, bytes: &[u8]) -> Item {
    Item::Complete(source, bytes.to_vec())
}

fn abandoned(source: Address, bytes: &[u8], reason: Reason) -> Item {
    Item::Abandoned(source, bytes.to_vec(), reason)
}

fn stray(source: Address, bytes: &[u8]) -> Item {
    Item::Stray(source, bytes.to_vec())
}

/// midir and rtmidi have one flag for all senders, and merge their messages.
#[test]
fn interleaved_messages_of_two_senders_stay_apart() {
    let mut reassembler = Reassembler::new();
    // Two ports of one client are also two senders.
    let second_port = Address::new(20, 1);
    for source in [PIANO, ORGAN, second_port] {
        assert_eq!(
            push(&mut reassembler, source, &[0xf0, source.port.number()]),
            []
        );
    }
    assert_eq!(reassembler.sources().count(), 3);
    assert_eq!(push(&mut reassembler, ORGAN, &[1]), []);
    assert_eq!(push(&mut reassembler, PIANO, &[2]), []);
    let whole = [complete(second_port, &[0xf0, 1, 0xf7])];
    assert_eq!(push(&mut reassembler, second_port, &[0xf7]), whole);
    let whole = [complete(PIANO, &[0xf0, 0, 2, 0xf7])];
    assert_eq!(push(&mut reassembler, PIANO, &[0xf7]), whole);
    let whole = [complete(ORGAN, &[0xf0, 1, 1, 3, 0xf7])];
    assert_eq!(push(&mut reassembler, ORGAN, &[3, 0xf7]), whole);
    assert_eq!(reassembler.held(), 0);
}

/// midir panics on an empty piece.
#[test]
fn an_empty_piece_changes_nothing() {
    let mut reassembler = Reassembler::new();
    assert_eq!(push(&mut reassembler, PIANO, &[]), []);
    assert_eq!(push(&mut reassembler, PIANO, &[0xf0]), []);
    assert_eq!(push(&mut reassembler, PIANO, &[]), []);
    let whole = [complete(PIANO, &[0xf0, 0xf7])];
    assert_eq!(push(&mut reassembler, PIANO, &[0xf7]), whole);
}

/// munt#22: a piece may contain more than one message.
#[test]
fn one_piece_may_hold_several_messages() {
    let mut reassembler = Reassembler::new();
    assert_eq!(
        push(
            &mut reassembler,
            PIANO,
            &[0xf0, 1, 0xf7, 0xf0, 2, 0xf7, 0xf0, 3]
        ),
        [
            complete(PIANO, &[0xf0, 1, 0xf7]),
            complete(PIANO, &[0xf0, 2, 0xf7])
        ]
    );
    assert_eq!(
        push(&mut reassembler, PIANO, &[0xf7, 0xf0, 4, 0xf7]),
        [
            complete(PIANO, &[0xf0, 3, 0xf7]),
            complete(PIANO, &[0xf0, 4, 0xf7])
        ]
    );
}

/// The kernel makes pieces of 256 bytes from hardware, and of one to eight bytes from UMP.
#[test]
fn pieces_of_every_size_are_joined() {
    let mut message = vec![0xf0];
    message.extend((0..0x80_u8).cycle().take(2838));
    message.push(0xf7);
    for size in [1, 2, 3, 5, 6, 7, 8, 28, 255, 256, 257, 2839, 2840, 4000] {
        let mut reassembler = Reassembler::new();
        let size = NonZeroUsize::new(size).unwrap();
        let mut items = Vec::new();
        let events = sysex::split(&message, size);
        assert_eq!(events.len(), message.len().div_ceil(size.get()));
        for event in events {
            assert!(items.is_empty());
            items = push(&mut reassembler, PIANO, event.payload());
        }
        assert_eq!(items, [complete(PIANO, &message)]);
        assert_eq!(reassembler.held(), 0);
    }
}

#[test]
fn incomplete_messages_are_reported() {
    let mut reassembler = Reassembler::new();
    assert_eq!(
        push(&mut reassembler, PIANO, &[1, 0xf7]),
        [stray(PIANO, &[1, 0xf7])]
    );
    assert_eq!(push(&mut reassembler, PIANO, &[0xf0, 1]), []);
    assert_eq!(
        push(&mut reassembler, PIANO, &[0xf0, 2]),
        [abandoned(PIANO, &[0xf0, 1], Reason::Restarted)]
    );
    assert_eq!(
        push(&mut reassembler, PIANO, &[3, 0x90, 60, 100, 0xf0, 4, 0xf7]),
        [
            abandoned(PIANO, &[0xf0, 2, 3], Reason::Interrupted(0x90)),
            stray(PIANO, &[0x90, 60, 100]),
            complete(PIANO, &[0xf0, 4, 0xf7]),
        ]
    );
}

#[test]
fn real_time_bytes_are_not_part_of_a_message() {
    let mut reassembler = Reassembler::new();
    assert_eq!(
        push(&mut reassembler, PIANO, &[0xf0, 0xf8, 1, 0xfe, 0xf7]),
        [complete(PIANO, &[0xf0, 1, 0xf7])]
    );
}

#[test]
fn a_message_beyond_the_limit_is_reported_once_and_skipped() {
    let limited = || Reassembler::new().with_limit(4);
    let too_long = abandoned(PIANO, &[0xf0, 1, 2, 3], Reason::TooLong);
    let next = complete(PIANO, &[0xf0, 7, 8, 0xf7]);
    for size in 1..10 {
        let mut reassembler = limited();
        let mut items = Vec::new();
        for piece in [0xf0, 1, 2, 3, 4, 5, 6, 0xf7, 0xf0, 7, 8, 0xf7].chunks(size) {
            items.extend(push(&mut reassembler, PIANO, piece));
            assert!(reassembler.held() <= 4);
        }
        assert_eq!(items, [too_long.clone(), next.clone()], "pieces of {size}");
    }
    // The length includes F7, and a new F0 ends the skipped part.
    assert_eq!(
        push(&mut limited(), PIANO, &[0xf0, 1, 2, 3, 0xf7, 0xf0, 0xf7]),
        [too_long.clone(), complete(PIANO, &[0xf0, 0xf7])]
    );
    assert_eq!(
        push(
            &mut limited(),
            PIANO,
            &[0xf0, 1, 2, 3, 4, 5, 0xf0, 7, 8, 0xf7]
        ),
        [too_long, next]
    );
    let nothing = abandoned(PIANO, &[], Reason::TooLong);
    let mut reassembler = Reassembler::new().with_limit(0);
    assert_eq!(push(&mut reassembler, PIANO, &[0xf0, 1, 0xf7]), [nothing]);
}

#[test]
fn the_source_without_pieces_for_longest_makes_room() {
    let mut reassembler = Reassembler::new().with_max_sources(NonZeroUsize::new(2).unwrap());
    let third = Address::new(30, 0);
    push(&mut reassembler, PIANO, &[0xf0, 1]);
    push(&mut reassembler, ORGAN, &[0xf0, 2]);
    push(&mut reassembler, PIANO, &[3]);
    // A message in one piece needs no room.
    let whole = [complete(third, &[0xf0, 4, 0xf7])];
    assert_eq!(push(&mut reassembler, third, &[0xf0, 4, 0xf7]), whole);
    let displaced = [abandoned(ORGAN, &[0xf0, 2], Reason::Displaced)];
    assert_eq!(push(&mut reassembler, third, &[0xf0, 5]), displaced);
    assert_eq!(
        push(&mut reassembler, ORGAN, &[6, 0xf7]),
        [stray(ORGAN, &[6, 0xf7])]
    );
    let whole = [complete(PIANO, &[0xf0, 1, 3, 0xf7])];
    assert_eq!(push(&mut reassembler, PIANO, &[0xf7]), whole);
}

#[test]
fn messages_of_a_removed_source_are_removed() {
    let mut reassembler = Reassembler::new();
    push(&mut reassembler, PIANO, &[0xf0, 1]);
    push(&mut reassembler, ORGAN, &[0xf0, 2]);
    assert!(
        reassembler
            .remove(|source| source.client == ClientId::new(99))
            .is_empty()
    );
    let removed = reassembler.remove(|source| source.client == PIANO.client);
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0].source, PIANO);
    assert_eq!(*removed[0].bytes, [0xf0, 1]);
    assert_eq!(removed[0].reason, Reason::Removed);
    assert!(reassembler.sources().eq([ORGAN]));
    // The rest of the removed message does not join a later message.
    assert_eq!(
        push(&mut reassembler, PIANO, &[9, 0xf7]),
        [stray(PIANO, &[9, 0xf7])]
    );

    // After lost events, the messages in progress are not reliable.
    assert_eq!(reassembler.remove(|_| true).len(), 1);
    assert_eq!(reassembler.held(), 0);
}

#[test]
fn a_message_in_one_piece_is_not_copied() {
    let message = [0xf0, 1, 2, 0xf7];
    let mut piece = &message[..];
    let mut reassembler = Reassembler::new();
    match reassembler.push(PIANO, &mut piece) {
        Some(Outcome::Complete(bytes)) => assert_eq!(bytes.as_ptr(), message.as_ptr()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn splitting_borrows_and_loses_nothing() {
    let message: Vec<u8> = (0..100).collect();
    let split = |size| sysex::split(&message, NonZeroUsize::new(size).unwrap());
    for size in [1, 7, 99, 100, 101] {
        let events: Vec<_> = split(size).collect();
        let joined: Vec<u8> = events
            .iter()
            .flat_map(|event| event.payload().to_vec())
            .collect();
        assert_eq!(joined, message);
        assert!(events.iter().all(|event| event.payload().len() <= size));
        assert_eq!(events[0].payload().as_ptr(), message.as_ptr());
        assert_eq!(events[0], Event::sysex(&message[..size.min(100)]));
    }
    assert_eq!(sysex::split(&[], sysex::HARDWARE_PIECE).count(), 0);
    assert_eq!(sysex::HARDWARE_PIECE.get(), 256);
}
