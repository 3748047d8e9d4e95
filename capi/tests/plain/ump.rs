//! UMP endpoints and function blocks, packets, and sysex in them.

use crate::containers::{BYTE, INT, Pair, SWITCH, UINT, check, managed, pairs, text};
use alsa_seq_capi::*;
use core::ffi::c_char;
use core::{mem, ptr};

/// The values of 16 bits.
const HALF: &[i64] = &[0, 1, 0x0101, 0x8000, 0xffff];

#[test]
fn a_setter_changes_only_the_value_of_its_getter() {
    pairs! { snd_ump_endpoint_info_t;
        snd_ump_endpoint_info_get_card snd_ump_endpoint_info_set_card INT;
        snd_ump_endpoint_info_get_device snd_ump_endpoint_info_set_device INT;
        snd_ump_endpoint_info_get_flags snd_ump_endpoint_info_set_flags UINT;
        snd_ump_endpoint_info_get_protocol_caps snd_ump_endpoint_info_set_protocol_caps UINT;
        snd_ump_endpoint_info_get_protocol snd_ump_endpoint_info_set_protocol UINT;
        snd_ump_endpoint_info_get_num_blocks snd_ump_endpoint_info_set_num_blocks UINT;
        snd_ump_endpoint_info_get_version snd_ump_endpoint_info_set_version HALF;
        snd_ump_endpoint_info_get_manufacturer_id snd_ump_endpoint_info_set_manufacturer_id UINT;
        snd_ump_endpoint_info_get_family_id snd_ump_endpoint_info_set_family_id HALF;
        snd_ump_endpoint_info_get_model_id snd_ump_endpoint_info_set_model_id HALF;
    }
    pairs! { snd_ump_block_info_t;
        snd_ump_block_info_get_card snd_ump_block_info_set_card INT;
        snd_ump_block_info_get_device snd_ump_block_info_set_device INT;
        snd_ump_block_info_get_block_id snd_ump_block_info_set_block_id BYTE;
        snd_ump_block_info_get_active snd_ump_block_info_set_active SWITCH;
        snd_ump_block_info_get_flags snd_ump_block_info_set_flags UINT;
        snd_ump_block_info_get_direction snd_ump_block_info_set_direction BYTE;
        snd_ump_block_info_get_first_group snd_ump_block_info_set_first_group BYTE;
        snd_ump_block_info_get_num_groups snd_ump_block_info_set_num_groups BYTE;
        snd_ump_block_info_get_midi_ci_version snd_ump_block_info_set_midi_ci_version BYTE;
        snd_ump_block_info_get_sysex8_streams snd_ump_block_info_set_sysex8_streams BYTE;
        snd_ump_block_info_get_ui_hint snd_ump_block_info_set_ui_hint BYTE;
    }
}

#[test]
fn a_number_that_is_too_large_is_cut_as_in_c() {
    let mut endpoint = snd_ump_endpoint_info_t::default();
    let mut block = snd_ump_block_info_t::default();
    unsafe {
        snd_ump_endpoint_info_set_version(&mut endpoint, 0x1234_5678);
        assert_eq!(snd_ump_endpoint_info_get_version(&endpoint), 0x5678);
        snd_ump_block_info_set_num_groups(&mut block, 0x1234_5678);
        assert_eq!(snd_ump_block_info_get_num_groups(&block), 0x78);
    }
}

#[test]
fn containers_are_allocated_zeroed_copied_and_freed() {
    managed! {
        snd_ump_endpoint_info_t: snd_ump_endpoint_info_sizeof snd_ump_endpoint_info_malloc
            snd_ump_endpoint_info_free snd_ump_endpoint_info_copy;
        snd_ump_block_info_t: snd_ump_block_info_sizeof snd_ump_block_info_malloc
            snd_ump_block_info_free snd_ump_block_info_copy;
    }
}

#[test]
fn clearing_clears_all() {
    macro_rules! cleared {
        ($($container:ty: $clear:ident;)*) => {$(
            let mut object = mem::MaybeUninit::<$container>::uninit();
            unsafe { ptr::write_bytes(object.as_mut_ptr(), 0xa5, 1) };
            unsafe { $clear(object.as_mut_ptr()) };
            let object = unsafe { object.assume_init() };
            assert_eq!(object, <$container>::default(), stringify!($clear));
            unsafe { $clear(ptr::null_mut()) };
        )*};
    }
    cleared! {
        snd_ump_endpoint_info_t: snd_ump_endpoint_info_clear;
        snd_ump_block_info_t: snd_ump_block_info_clear;
    }
}

#[test]
fn names_are_bytes_and_cut_at_127() {
    macro_rules! names {
        ($($container:ident.$field:ident $get:ident $set:ident;)*) => {$(
            let mut info = $container::default();
            let mut long = vec![b'\xe9' as c_char; 200];
            long.push(0);
            unsafe { $set(&mut info, long.as_ptr()) };
            assert_eq!(text(unsafe { $get(&info) }), [0xe9; 127], stringify!($set));
            unsafe { $set(&mut info, c"short".as_ptr()) };
            assert_eq!(text(unsafe { $get(&info) }), b"short");
            // No part of the old name goes to the kernel.
            let mut only = $container::default();
            only.$field.0[..5].copy_from_slice(b"short");
            assert_eq!(info, only, stringify!($set));
            unsafe { $set(&mut info, ptr::null()) };
            unsafe { $set(ptr::null_mut(), c"nowhere".as_ptr()) };
            assert_eq!(text(unsafe { $get(&info) }), b"short");
            assert!(unsafe { $get(ptr::null()) }.is_null());
        )*};
    }
    names! {
        snd_ump_endpoint_info_t.name
            snd_ump_endpoint_info_get_name snd_ump_endpoint_info_set_name;
        snd_ump_endpoint_info_t.product_id
            snd_ump_endpoint_info_get_product_id snd_ump_endpoint_info_set_product_id;
        snd_ump_block_info_t.name snd_ump_block_info_get_name snd_ump_block_info_set_name;
    }
}

#[test]
fn a_software_revision_is_four_bytes() {
    let mut info = snd_ump_endpoint_info_t::default();
    let revision = [1, 2, 3, 0xff];
    unsafe {
        snd_ump_endpoint_info_set_sw_revision(&mut info, revision.as_ptr());
        let got = snd_ump_endpoint_info_get_sw_revision(&info);
        assert_eq!(got.cast::<[u8; 4]>().read(), revision);
        let mut only = snd_ump_endpoint_info_t::default();
        only.sw_revision = revision;
        assert_eq!(info, only);
        snd_ump_endpoint_info_set_sw_revision(&mut info, ptr::null());
        snd_ump_endpoint_info_set_sw_revision(ptr::null_mut(), revision.as_ptr());
        assert_eq!(info, only);
        assert!(snd_ump_endpoint_info_get_sw_revision(ptr::null()).is_null());
    }
}

#[test]
fn null_pointers_are_not_followed() {
    unsafe {
        assert_eq!(snd_ump_endpoint_info_get_card(ptr::null()), -libc::EINVAL);
        assert_eq!(snd_ump_block_info_get_flags(ptr::null()), 0);
        snd_ump_endpoint_info_set_flags(ptr::null_mut(), 1);
        snd_ump_block_info_set_block_id(ptr::null_mut(), 1);
    }
}

#[test]
fn the_message_type_of_a_packet_gives_its_length() {
    let lengths: Vec<_> = (0..17)
        .map(|packet_type| snd_ump_packet_length(packet_type))
        .collect();
    assert_eq!(lengths, [1, 1, 1, 2, 2, 4, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 0]);
    assert_eq!(snd_ump_packet_length(u32::MAX), 0);
}

/// Expands a packet. Returns the result and the bytes. Checks that nothing is written after `room`
/// bytes.
fn expand(packet: &[u32], room: usize) -> (i32, Vec<u8>) {
    let mut buffer = [0xee; 32];
    let mut filled = usize::MAX;
    let result = unsafe {
        snd_ump_msg_sysex_expand(packet.as_ptr(), buffer.as_mut_ptr(), room, &mut filled)
    };
    assert!(filled <= room, "{filled} in {room}");
    assert!(buffer[filled..].iter().all(|byte| *byte == 0xee));
    (result, buffer[..filled].to_vec())
}

/// Makes a packet of sysex with the bytes 1, 2, 3 and so on. (The first byte of an 8-bit packet is
/// the number of the stream.)
fn packet(message_type: u32, status: u32, length: u32) -> [u32; 4] {
    let first = message_type << 28 | 0x0200_0000 | status << 20 | length << 16 | 0x0102;
    [first, 0x0304_0506, 0x0708_090a, 0x0b0c_0d0e]
}

#[test]
fn sysex_of_7_bits_is_up_to_six_bytes() {
    for (status, ends) in [(0, 1), (1, 0), (2, 0), (3, 1)] {
        for length in 0..=6 {
            let packet = &packet(3, status, length)[..2];
            let bytes: Vec<u8> = (1..=length as u8).collect();
            assert_eq!(expand(packet, 6), (ends, bytes), "{status} {length}");
        }
        for length in 7..16 {
            let packet = &packet(3, status, length)[..2];
            assert_eq!(expand(packet, 32), (0, vec![]), "{status} {length}");
        }
    }
}

#[test]
fn only_sysex_of_7_bits_loses_the_high_bit() {
    let packet = [0x3206_81ff, 0x8040_7f90];
    assert_eq!(
        expand(&packet, 6),
        (1, vec![0x01, 0x7f, 0x00, 0x40, 0x7f, 0x10])
    );
    // In an 8-bit packet, they are data.
    let packet = [0x5003_0181, 0xff00_0000, 0, 0];
    assert_eq!(expand(&packet, 13), (1, vec![0x81, 0xff]));
}

#[test]
fn sysex_of_8_bits_is_up_to_thirteen_bytes() {
    for (status, ends) in [(0, 1), (1, 0), (2, 0), (3, 1)] {
        for length in 1..=14 {
            let bytes: Vec<u8> = (2..=length as u8).collect();
            let got = expand(&packet(5, status, length), 13);
            assert_eq!(got, (ends, bytes), "{status} {length}");
        }
        for length in [0, 15] {
            assert_eq!(expand(&packet(5, status, length), 32), (0, vec![]));
        }
    }
    // Mixed data sets.
    for status in 4..16 {
        assert_eq!(expand(&packet(5, status, 14), 32), (0, vec![]));
    }
}

#[test]
fn sysex_larger_than_the_buffer_is_refused() {
    for room in 1..6 {
        let got = expand(&packet(3, 0, 6)[..2], room);
        assert_eq!(got, (-libc::ENOSPC, vec![]));
    }
    assert_eq!(expand(&packet(5, 3, 14), 12), (-libc::ENOSPC, vec![]));
    // The same as in libasound.
    assert_eq!(expand(&packet(3, 0, 6)[..2], 0), (0, vec![]));
    for message_type in (0..16).filter(|message_type| ![3, 5].contains(message_type)) {
        let got = expand(&packet(message_type, 0, 3), 32);
        assert_eq!(got, (-libc::EINVAL, vec![]), "{message_type}");
    }
    let mut filled = usize::MAX;
    let mut buffer = [0; 16];
    unsafe {
        let packet = packet(3, 0, 6);
        let (packet, to) = (packet.as_ptr(), buffer.as_mut_ptr());
        let result = snd_ump_msg_sysex_expand(ptr::null(), to, 16, &mut filled);
        assert_eq!((result, filled), (-libc::EINVAL, 0));
        filled = 1;
        let result = snd_ump_msg_sysex_expand(packet, ptr::null_mut(), 16, &mut filled);
        assert_eq!((result, filled), (-libc::EINVAL, 0));
        let result = snd_ump_msg_sysex_expand(packet, to, 16, ptr::null_mut());
        assert_eq!(result, -libc::EINVAL);
    }
}

#[test]
fn a_block_is_active_for_any_number_but_0() {
    let mut info: snd_ump_block_info_t = unsafe { mem::zeroed() };
    for (number, active) in [(1, 1), (0, 0), (2, 1), (0x100, 1)] {
        unsafe { snd_ump_block_info_set_active(&raw mut info, number) };
        assert_eq!(
            unsafe { snd_ump_block_info_get_active(&raw const info) },
            active
        );
    }
}
