//! The values that the accessors read from bytes.
#![allow(
    clippy::cast_possible_truncation,
    reason = "tests of numbers that are small"
)]

use alsa_seq_kernel_abi::consts::*;
use alsa_seq_kernel_abi::event::*;
use alsa_seq_kernel_abi::flags::*;
use alsa_seq_kernel_abi::info::*;
use alsa_seq_kernel_abi::ump::{UmpBlockInfo, UmpEndpointInfo};
use alsa_seq_kernel_abi::zerocopy::{FromBytes, IntoBytes};

/// Bytes from 1 up, none of them 0.
fn counting<const N: usize>() -> [u8; N] {
    std::array::from_fn(|index| index as u8 + 1)
}

#[test]
fn a_record_can_stand_anywhere() {
    let mut buffer = [0; 64];
    buffer[1..29].copy_from_slice(&counting::<28>());
    for offset in 0..8 {
        buffer.rotate_right(usize::from(offset > 0));
        let (event, rest) = Event::ref_from_prefix(&buffer[1 + offset..]).unwrap();
        assert_eq!(rest.len(), 64 - 29 - offset);
        assert_eq!(event.header.event_type, 1);
        assert_eq!(event.header.flags.bits(), 2);
        assert_eq!(event.header.tag, 3);
        assert_eq!(event.header.queue, 4);
        assert_eq!(event.header.time.bytes, [5, 6, 7, 8, 9, 10, 11, 12]);
        assert_eq!(event.header.source, Address::new(13, 14));
        assert_eq!(event.header.dest, Address::new(15, 16));
        assert_eq!(event.data, [17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28]);
        assert_eq!(event.as_bytes(), counting::<28>());
    }
}

#[test]
fn both_records_begin_with_the_same_header() {
    fn retarget<R: Record>(record: &mut R, dest: Address) -> Address {
        record.header_mut().dest = dest;
        record.header().source
    }
    let mut event = Event::read_from_bytes(&counting::<28>()).unwrap();
    let mut ump = UmpEvent::read_from_bytes(&counting::<32>()).unwrap();
    assert_eq!(event.header, ump.header);
    assert_eq!(event, ump.to_event());
    let dest = Address::new(128, 0);
    assert_eq!(retarget(&mut event, dest), retarget(&mut ump, dest));
    assert_eq!(event.header, ump.header);
    assert_eq!((Event::SIZE, UmpEvent::SIZE), (28, 32));
    assert_eq!(<Event as Record>::SIZE, 28);
    assert_eq!(<UmpEvent as Record>::SIZE, 32);

    let wide = UmpEvent::from_event(event);
    assert_eq!(wide.as_bytes()[..28], *event.as_bytes());
    assert_eq!(wide.as_bytes()[28..], [0; 4]);
    assert_eq!(wide.to_event(), event);
}

#[test]
fn payloads_are_the_first_bytes_and_clear_the_rest() {
    fn check<P: Payload + PartialEq + std::fmt::Debug>() {
        let mut event = Event::zeroed();
        event.data = counting();
        let payload: P = event.payload();
        let length = size_of::<P>();
        assert_eq!(payload.as_bytes(), &event.data[..length]);
        event.data = [0xa5; 12];
        let header = event.header;
        event.set_payload(&payload);
        assert_eq!(event.data[..length], counting::<12>()[..length]);
        assert_eq!(event.data[length..], [0; 12][length..]);
        assert_eq!(event.header, header);
        assert_eq!(event.payload::<P>(), payload);
    }
    check::<Note>();
    check::<Ctrl>();
    check::<Raw8>();
    check::<Raw32>();
    check::<Ext>();
    check::<QueueControl>();
    check::<Timestamp>();
    check::<Address>();
    check::<Connect>();
    check::<EvResult>();
    check::<UmpNotify>();
    check::<Quote>();
}

#[test]
fn times_are_a_union() {
    let tick = Timestamp::from_tick(0x0102_0304);
    assert_eq!(tick.bytes[..4], 0x0102_0304_u32.to_ne_bytes());
    assert_eq!(tick.bytes[4..], [0; 4]);
    assert_eq!(tick.tick(), 0x0102_0304);
    let real = Timestamp::from_real(RealTime::new(7, 8));
    assert_eq!(real.bytes[..4], 7_u32.to_ne_bytes());
    assert_eq!(real.bytes[4..], 8_u32.to_ne_bytes());
    assert_eq!(real.tick(), 7);
    let RealTime { tv_sec, tv_nsec } = real.real();
    assert_eq!((tv_sec.get(), tv_nsec.get()), (7, 8));
}

#[test]
fn queue_arguments_are_a_union() {
    let control = QueueControl::new(3);
    assert_eq!(control.as_bytes(), [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let words = |a: [u8; 4], b: [u8; 4]| [a, b].concat();
    let zero = [0; 4];

    let value = control.with_value(-5);
    assert_eq!(value.value(), -5);
    assert_eq!(value.param[..], words((-5_i32).to_ne_bytes(), zero));
    let position = control.with_position(0xfedc_ba98);
    assert_eq!(position.position(), 0xfedc_ba98);
    assert_eq!(
        position.param[..],
        words(0xfedc_ba98_u32.to_ne_bytes(), zero)
    );
    let both = words(1_u32.to_ne_bytes(), 2_u32.to_ne_bytes());
    let time = control.with_time(Timestamp::from_real(RealTime::new(1, 2)));
    assert_eq!(time.time().real(), RealTime::new(1, 2));
    assert_eq!(time.param[..], both);
    let skew = control.with_skew(QueueSkew {
        value: 1.into(),
        base: 2.into(),
    });
    assert_eq!((skew.skew().value.get(), skew.skew().base.get()), (1, 2));
    assert_eq!(skew.param[..], both);
    let words = control.with_d32([1, 2]);
    assert_eq!(words.d32(), [1, 2]);
    assert_eq!(words.param[..], both);
    for changed in [value, position, time, skew, words] {
        assert_eq!(changed.as_bytes()[..4], [3, 0, 0, 0]);
    }
}

#[test]
fn flags_keep_what_they_do_not_know() {
    let flags = EventFlags::from_bits_retain(0xff);
    assert_eq!(flags.bits(), 0xff);
    assert_eq!(EventFlags::from_bits(0xc0).unwrap().bits(), 0xc0);
    assert_eq!(PortCaps::from_bits_truncate(1 << 31).bits(), 1 << 31);
    assert_eq!((!PortCaps::READ).bits(), !1);
    assert_eq!(
        format!("{:?}", PortCaps::READ | PortCaps::from_bits_retain(1 << 20)),
        "PortCaps(READ | 0x100000)"
    );
    assert_eq!(format!("{:?}", PortCaps::empty()), "PortCaps()");

    for length in [
        EventFlags::LENGTH_FIXED,
        EventFlags::LENGTH_VARIABLE,
        EventFlags::LENGTH_VARUSR,
    ] {
        let changed = flags.with_length(length);
        assert_eq!(changed.length(), length);
        assert_eq!(changed.bits() | 0x0c, 0xff);
    }
    assert_eq!(
        EventFlags::UMP.with_length(EventFlags::all()).bits(),
        0x20 | 0x0c
    );
}

#[test]
fn the_lock_is_one_bit() {
    let mut info = QueueInfo::zeroed();
    assert!(!info.locked());
    info.set_locked(true);
    assert!(info.locked());
    assert_eq!(info.locked_byte, QueueInfo::LOCKED);
    assert_eq!(info.locked_byte.count_ones(), 1);
    assert_eq!(info.as_bytes()[8], info.locked_byte);
    info.locked_byte = 0xff;
    info.set_locked(false);
    assert_eq!(info.locked_byte, !QueueInfo::LOCKED);
}

#[test]
fn event_filters_are_bits_of_the_kernels_words() {
    let mut info = ClientInfo::zeroed();
    for event_type in 0..=255 {
        assert!(!info.accepts_event(event_type));
        info.set_accepts_event(event_type, true);
        assert!(info.accepts_event(event_type));
        // As the kernel does it: an array of `unsigned long`.
        let mut words = [0_usize; 32 / size_of::<usize>()];
        words.as_mut_bytes().copy_from_slice(&info.event_filter);
        let bits = usize::BITS as usize;
        let event_type = usize::from(event_type);
        for (index, word) in words.into_iter().enumerate() {
            let expected = if index == event_type / bits {
                1 << (event_type % bits)
            } else {
                0
            };
            assert_eq!(word, expected);
        }
        info.set_accepts_event(event_type as u8, false);
        assert_eq!(info.event_filter, [0; 32]);
    }
}

#[test]
fn a_port_is_written_for_both_kernels() {
    let mut port = PortInfo::zeroed();
    port.set_direction(PORT_DIR_BIDIRECTION);
    port.set_ump_group(9);
    assert_eq!(port.direction_copies(), (3, 3));
    assert_eq!(port.ump_group_copies(), (9, 9));
    let bytes = port.as_bytes();
    let own = std::mem::offset_of!(PortInfo, direction);
    assert_eq!(bytes[own..own + 2], [3, 9]);
    assert_eq!(bytes[109..111], [3, 9]);
    let set = bytes.iter().filter(|byte| **byte != 0).count();
    assert_eq!(set, if own == 109 { 2 } else { 4 });
}

#[test]
fn ump_info_holds_either_struct() {
    let mut info = ClientUmpInfo::zeroed();
    info.info = [0xa5; 512];
    let mut endpoint = UmpEndpointInfo::zeroed();
    endpoint.set_flags(UmpEndpointFlags::STATIC_BLOCKS);
    endpoint.set_protocol_caps(UmpProtocol::MIDI1 | UmpProtocol::MIDI2);
    endpoint.set_protocol(UmpProtocol::MIDI2);
    assert_eq!(endpoint.name.set("Endpoint"), 8);
    info.set_endpoint(&endpoint);
    assert_eq!(info.info[328..], [0xa5; 512 - 328]);
    let endpoint = info.endpoint();
    assert_eq!(endpoint.flags(), UmpEndpointFlags::STATIC_BLOCKS);
    assert_eq!(endpoint.protocol_caps(), UmpProtocol::MIDI_MASK);
    assert_eq!(endpoint.protocol(), UmpProtocol::MIDI2);
    assert_eq!(endpoint.name.to_str(), Ok("Endpoint"));
    assert_eq!(info.info[12..16], 0x0300_u32.to_ne_bytes());

    info.info = [0xa5; 512];
    let mut block = UmpBlockInfo::zeroed();
    block.block_id = 2;
    block.set_flags(UmpBlockFlags::IS_MIDI1);
    info.set_block(&block);
    assert_eq!(info.info[180..], [0xa5; 512 - 180]);
    assert_eq!(info.block(), block);
    assert_eq!(info.block().flags(), UmpBlockFlags::IS_MIDI1);
    assert_eq!(info.info[8], 2);
}

#[test]
fn zeroed_is_zero_and_the_default() {
    macro_rules! check {
        ($($name:ident),* $(,)?) => {$(
            assert!($name::zeroed().as_bytes().iter().all(|byte| *byte == 0));
            assert_eq!($name::zeroed(), $name::default());
        )*};
    }
    check! {
        Address, Connect, RealTime, Timestamp, EventHeader, Event, UmpEvent, Note, Ctrl, Raw8,
        Raw32, Ext, EvResult, QueueSkew, QueueControl, UmpNotify, Quote, EventBounce, SystemInfo,
        RunningMode, ClientInfo, ClientPool, RemoveEvents, PortInfo, QueueInfo, QueueStatus,
        QueueTempo, TimerId, QueueTimer, QueueClient, PortSubscribe, QuerySubs, ClientUmpInfo,
        UmpEndpointInfo, UmpBlockInfo,
    }
}
