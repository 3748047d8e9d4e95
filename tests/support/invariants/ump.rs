//! Words: cut into packets, decoded, encoded, joined to messages.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use alsa_seq::sysex::Reason;
use alsa_seq::ump::{Form, Group, Packet, Packets, Reassembler, Sysex7, Sysex8, SysexOrigin, Ump};
use alsa_seq::{Address, Event};

/// Checks a case: words, first byte first.
pub fn check(case: &[u8]) {
    let words: Vec<u32> = case
        .chunks_exact(4)
        .map(|bytes| u32::from_be_bytes(bytes.try_into().unwrap()))
        .collect();
    let mut packets = Packets::new(&words);
    let mut joined = Vec::new();
    while let Some(found) = packets.next() {
        match found {
            Ok(packet) => {
                packet_comes_back(packet);
                joined.extend_from_slice(packet.words());
                assert_eq!(packets.offset(), joined.len());
            }
            Err(error) => {
                assert_eq!(error.offset(), joined.len());
                assert_eq!(error.available(), words.len() - joined.len());
                assert!(error.needed() > error.available());
                break;
            }
        }
    }
    assert!(packets.next().is_none());
    assert!(packets.remainder().len() < 4);
    joined.extend_from_slice(packets.remainder());
    assert_eq!(joined, words);

    let packets: Vec<_> = Packets::new(&words).flatten().collect();
    joins_as_a_map_would(&packets);
    stays_within_limits(&packets);
    splits_and_joins(case);
}

/// Returns the origin, form and bytes of a packet, if it belongs to a long message.
fn part(packet: Packet, source: Address) -> Option<(SysexOrigin, Form, Vec<u8>)> {
    let origin = |group, stream| SysexOrigin {
        source,
        group,
        stream,
    };
    match packet.decode() {
        Ump::Sysex7(group, part) => Some((origin(group, None), part.form(), part.bytes().to_vec())),
        Ump::Sysex8(group, part) => {
            let origin = origin(group, Some(part.stream()));
            Some((origin, part.form(), part.bytes().to_vec()))
        }
        _ => None,
    }
}

/// Without limits, the reassembler acts as a map from a message's origin to its bytes.
fn joins_as_a_map_would(packets: &[Packet]) {
    let everything = NonZeroUsize::MAX;
    let mut reassembler = Reassembler::new().with_max_messages(everything);
    let mut map: BTreeMap<(Address, Group, Option<u8>), Vec<u8>> = BTreeMap::new();
    for (index, packet) in (0..=u8::MAX).cycle().zip(packets) {
        let source = Address::new(128, index % 3);
        let result = reassembler.push(source, *packet);
        let Some((origin, form, bytes)) = part(*packet, source) else {
            assert_eq!(result, Default::default());
            continue;
        };
        let key = (origin.source, origin.group, origin.stream);
        let former = map.remove(&key);
        let restarted = matches!(form, Form::Complete | Form::Start);
        if restarted {
            assert_eq!(result.abandoned.as_ref().map(|a| &a.bytes), former.as_ref());
            if let Some(abandoned) = &result.abandoned {
                assert_eq!(abandoned.origin, origin);
                assert_eq!(abandoned.reason, Reason::Restarted);
            }
        } else {
            assert_eq!(result.abandoned, None);
        }
        assert_eq!(result.stray, !restarted && former.is_none());
        if result.stray {
            assert_eq!(result.complete, None);
            continue;
        }
        let mut whole = if restarted {
            Vec::new()
        } else {
            former.unwrap()
        };
        whole.extend(bytes);
        if matches!(form, Form::Complete | Form::End) {
            assert_eq!(result.complete, Some(whole));
        } else {
            assert_eq!(result.complete, None);
            map.insert(key, whole);
        }
        assert_eq!(
            reassembler.held(),
            map.values().map(Vec::len).sum::<usize>()
        );
    }
    let removed = reassembler.remove(|_| true);
    assert_eq!(removed.len(), map.len());
    assert_eq!(reassembler.held(), 0);
}

/// Also with limits, no byte is returned twice. Only bytes beyond the limit are not returned.
fn stays_within_limits(packets: &[Packet]) {
    let (limit, messages) = (20, 2);
    let mut reassembler = Reassembler::new()
        .with_limit(limit)
        .with_max_messages(NonZeroUsize::new(messages).unwrap());
    let (mut taken, mut given, mut too_long) = (0, 0, false);
    for packet in packets {
        let result = reassembler.push(Address::new(128, 0), *packet);
        let length = part(*packet, Address::new(128, 0)).map_or(0, |(_, _, bytes)| bytes.len());
        if !result.stray {
            taken += length;
        }
        given += result.complete.map_or(0, |bytes| bytes.len());
        if let Some(abandoned) = result.abandoned {
            assert!(abandoned.bytes.len() <= limit);
            too_long |= abandoned.reason == Reason::TooLong;
            given += abandoned.bytes.len();
        }
        assert!(reassembler.held() <= limit * messages);
        let there = given + reassembler.held();
        assert!(there == taken || (there < taken && too_long));
    }
}

/// Two messages that are sent at the same time come back unchanged.
fn splits_and_joins(case: &[u8]) {
    let group = Group::default();
    let seven: Vec<u8> = case.iter().map(|byte| byte & 0x7f).collect();
    let mut first = Sysex7::split(&seven)
        .unwrap()
        .map(|part| Ump::Sysex7(group, part));
    let mut second = Sysex8::split(7, case).map(|part| Ump::Sysex8(group, part));
    let mut reassembler = Reassembler::new();
    let mut whole = Vec::new();
    loop {
        let both = [first.next(), second.next()];
        if both == [None, None] {
            break;
        }
        for ump in both.into_iter().flatten() {
            let result = reassembler.push(Address::new(128, 0), ump.into());
            assert!(result.abandoned.is_none() && !result.stray);
            whole.extend(result.complete);
        }
    }
    assert_eq!(whole.len(), 2);
    assert!(whole.contains(&seven) && whole.iter().any(|bytes| bytes == case));
    assert_eq!(reassembler.held(), 0);
    assert_eq!(Sysex7::split(case).is_ok(), case.is_ascii());
}

/// The typed value contains the packet's bits, except for reserved bits. No bit is read from a
/// wrong place or invented.
pub fn packet_comes_back(packet: Packet) {
    let ump = packet.decode();
    let again = Packet::from(ump);
    assert_eq!(again.decode(), ump);
    assert_eq!(again.message_type(), packet.message_type());
    assert_eq!(again.group(), packet.group());
    assert_eq!(ump.group(), packet.group());
    for (new, old) in again.to_array().into_iter().zip(packet.to_array()) {
        assert_eq!(new & !old, 0, "{packet} became {again}");
    }
    if matches!(ump, Ump::Other(_)) {
        assert_eq!(again, packet);
    }
    assert_eq!(packet.to_string().parse(), Ok(packet));
    // This also covers the names of numbers and texts.
    assert!(!format!("{ump:?}").is_empty());
    assert_eq!(Event::ump(packet).packet(), Some(packet));
}
