//! Words: cut into packets, decoded, encoded.

use alsa_seq::Event;
use alsa_seq::ump::{Packet, Packets, Ump};

/// The case: words, first byte first.
pub fn check(case: &[u8]) {
    let words: Vec<u32> = case
        .chunks_exact(4)
        .map(|bytes| u32::from_be_bytes(bytes.try_into().unwrap()))
        .collect();
    let mut packets = Packets::new(&words);
    let mut joined = Vec::new();
    while let Some(Ok(packet)) = packets.next() {
        packet_comes_back(packet);
        joined.extend_from_slice(packet.words());
        assert_eq!(packets.offset(), joined.len());
    }
    assert!(packets.next().is_none());
    assert!(packets.remainder().len() < 4);
    joined.extend_from_slice(packets.remainder());
    assert_eq!(joined, words);
}

/// Nothing is read from the wrong place, and nothing is invented: the typed
/// value has the packet's bits, but for reserved ones.
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
    assert_eq!(Event::ump(packet).packet(), Some(packet));
}
