//! Long messages: split into packets and joined again.

use std::num::NonZeroUsize;

use alsa_seq::sysex::Reason;
use alsa_seq::ump::{
    Flex, Form, Group, Packet, Reassembled, Reassembler, Sysex7, Sysex8, TextKind, Ump,
};
use alsa_seq::{Address, ClientId};

use super::packet;

const SENDER: Address = Address::new(128, 0);

fn push(reassembler: &mut Reassembler, text: &str) -> Reassembled {
    reassembler.push(SENDER, packet(text))
}

#[test]
fn a_message_is_cut_after_six_bytes_or_thirteen() {
    let bytes: Vec<u8> = (1..=27).collect();
    let forms = |count: usize, size: usize| -> Vec<(Form, usize)> {
        let seven = Sysex7::split(&bytes[..count]).unwrap();
        let eight = Sysex8::split(1, &bytes[..count]);
        match size {
            6 => seven
                .map(|part| (part.form(), part.bytes().len()))
                .collect(),
            _ => eight
                .map(|part| (part.form(), part.bytes().len()))
                .collect(),
        }
    };
    for size in [6, 13] {
        assert_eq!(forms(0, size), [(Form::Complete, 0)]);
        assert_eq!(forms(1, size), [(Form::Complete, 1)]);
        assert_eq!(forms(size, size), [(Form::Complete, size)]);
        assert_eq!(forms(size + 1, size), [(Form::Start, size), (Form::End, 1)]);
        assert_eq!(
            forms(2 * size, size),
            [(Form::Start, size), (Form::End, size)]
        );
        assert_eq!(
            forms(2 * size + 1, size),
            [(Form::Start, size), (Form::Continue, size), (Form::End, 1)]
        );
    }
    let texts: Vec<_> = Sysex8::split(0x42, &bytes[..14])
        .map(|part| Packet::from(Ump::Sysex8(Group::new(1).unwrap(), part)).to_string())
        .collect();
    assert_eq!(
        texts,
        [
            "511e4201 02030405 06070809 0a0b0c0d",
            "5132420e 00000000 00000000 00000000"
        ]
    );
    assert!(Sysex7::split(&[0, 0x80]).is_err());
}

#[test]
fn a_text_is_cut_after_twelve_bytes() {
    // A character may be cut too.
    for (text, forms) in [
        ("", &[Form::Complete][..]),
        ("0123456789ab", &[Form::Complete]),
        ("0123456789aé", &[Form::Start, Form::End]),
        (
            "0123456789aé0123456789ab",
            &[Form::Start, Form::Continue, Form::End],
        ),
    ] {
        let mut joined = Vec::new();
        let parts = Flex::split_text(TextKind::LYRICS, text).map(|part| match part {
            Flex::Text { kind, form, text } => {
                assert_eq!(kind, TextKind::LYRICS);
                joined.extend(text);
                form
            }
            other => panic!("{other:?}"),
        });
        assert_eq!(parts.collect::<Vec<_>>(), forms);
        assert_eq!(joined.len(), 12 * forms.len());
        joined.truncate(text.len());
        assert_eq!(joined, text.as_bytes());
    }
}

#[test]
fn groups_streams_and_senders_do_not_mix() {
    let mut reassembler = Reassembler::new();
    let mut whole = Vec::new();
    for text in [
        "30160102 03040506",
        "31161112 13141516",
        "501e0121 22232425 26272829 2a2b2c2d",
        "501e0231 32333435 36373839 3a3b3c3d",
        // Other messages between the packets do not belong to the long messages.
        "20903c64",
        "40b00700 80000000",
        "30310700 00000000",
        "50320141 00000000 00000000 00000000",
        "31311700 00000000",
        "50320251 00000000 00000000 00000000",
    ] {
        let result = push(&mut reassembler, text);
        assert!(result.abandoned.is_none() && !result.stray, "{text}");
        whole.extend(result.complete);
    }
    assert_eq!(whole[0], [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(whole[1][12..], [0x2d, 0x41]);
    assert_eq!(whole[2], [0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17]);
    assert_eq!(whole[3][12..], [0x3d, 0x51]);
    assert_eq!(whole.len(), 4);

    push(&mut reassembler, "30160102 03040506");
    let other = reassembler.push(Address::new(128, 1), packet("30310700 00000000"));
    assert!(other.stray);
    assert_eq!(
        push(&mut reassembler, "30310700 00000000")
            .complete
            .unwrap()
            .len(),
        7
    );
}

#[test]
fn incomplete_messages_are_reported() {
    let mut reassembler = Reassembler::new()
        .with_limit(13)
        .with_max_messages(NonZeroUsize::new(2).unwrap());
    // The message starts again: first with a start packet, then with a complete message.
    push(&mut reassembler, "30160102 03040506");
    let again = push(&mut reassembler, "30161102 03040506")
        .abandoned
        .unwrap();
    assert_eq!(
        (again.bytes, again.reason),
        (vec![1, 2, 3, 4, 5, 6], Reason::Restarted)
    );
    let whole = push(&mut reassembler, "30012100 00000000");
    assert_eq!(whole.complete, Some(vec![0x21]));
    assert_eq!(whole.abandoned.unwrap().bytes[0], 0x11);
    // Nothing of the old message is left.
    let stray = push(&mut reassembler, "30210100 00000000");
    assert!(stray.stray && stray.complete.is_none() && stray.abandoned.is_none());

    // The message is too long. This is reported once, with the bytes that fit, and the rest is
    // skipped.
    push(&mut reassembler, "30160102 03040506");
    push(&mut reassembler, "30260102 03040506");
    let long = push(&mut reassembler, "30260708 03040506")
        .abandoned
        .unwrap();
    assert_eq!((long.bytes.len(), long.reason), (13, Reason::TooLong));
    assert_eq!(reassembler.held(), 0);
    assert_eq!(
        push(&mut reassembler, "30260708 03040506"),
        Reassembled::default()
    );
    assert_eq!(
        push(&mut reassembler, "30310700 00000000"),
        Reassembled::default()
    );
    assert!(push(&mut reassembler, "30310700 00000000").stray);

    // One message too many: the message that waited longest for a packet is displaced.
    push(&mut reassembler, "30160102 03040506");
    push(&mut reassembler, "31161102 03040506");
    push(&mut reassembler, "30210700 00000000");
    let displaced = push(&mut reassembler, "32162102 03040506")
        .abandoned
        .unwrap();
    assert_eq!(displaced.reason, Reason::Displaced);
    assert_eq!(displaced.origin.group, Group::new(1).unwrap());
    assert!(push(&mut reassembler, "31311700 00000000").stray);
    assert_eq!(
        push(&mut reassembler, "30310800 00000000")
            .complete
            .unwrap()
            .len(),
        8
    );

    // The sender's client no longer exists.
    let gone = reassembler.remove(|origin| origin.source.client == ClientId::new(128));
    assert_eq!(gone.len(), 1);
    assert_eq!((gone[0].bytes[0], gone[0].reason), (0x21, Reason::Removed));
    assert!(reassembler.remove(|_| true).is_empty());
}

/// A limit below the size of a packet acts as the size of a packet.
#[test]
fn a_packet_always_fits() {
    let mut reassembler = Reassembler::new().with_limit(0);
    let whole = push(&mut reassembler, "500e0121 22232425 26272829 2a2b2c2d");
    assert_eq!(whole.complete.unwrap().len(), 13);
}
