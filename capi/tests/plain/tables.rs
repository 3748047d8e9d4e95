//! The table of event types, lengths of events, bits.

use alsa_seq::EventType;
use alsa_seq_capi::*;
use alsa_seq_kernel_abi::event::Ext;
use alsa_seq_kernel_abi::flags::EventFlags;
use core::ffi::c_void;
use std::ptr;

const NOTE: u32 = 1 << 1;
const CONTROL: u32 = 1 << 2;
const USERS: u32 = 1 << 8;
const FIXED: u32 = 1 << 13;
const VARIABLE: u32 = 1 << 14;

/// Types that have a name here and no class in libasound: song positions, time and key signatures,
/// and the two UMP notices.
const WITHOUT_CLASS: [EventType; 7] = [
    EventType::SONG_POSITION,
    EventType::SONG_SELECT,
    EventType::QUARTER_FRAME,
    EventType::TIME_SIGNATURE,
    EventType::KEY_SIGNATURE,
    EventType::UMP_ENDPOINT_CHANGE,
    EventType::UMP_BLOCK_CHANGE,
];

#[test]
fn every_event_type_has_a_class_and_the_right_length() {
    assert_eq!(size_of_val(&snd_seq_event_types), 1024);
    for number in 0..=u8::MAX {
        let class = snd_seq_event_types[usize::from(number)];
        let event_type = EventType::new(number);
        // Only libasound has type 39. Only the kernel has types 150 and 151.
        if !EventType::ALL.contains(&event_type) && number != 39 {
            assert_eq!(class, 0, "{event_type}");
            continue;
        }
        if WITHOUT_CLASS.contains(&event_type) || matches!(number, 150 | 151) {
            assert_eq!(class, 0, "{event_type}");
            continue;
        }
        let length = if event_type.is_variable() {
            VARIABLE
        } else {
            FIXED
        };
        assert_eq!(class & (FIXED | VARIABLE), length, "{event_type}");
        assert_ne!(
            class & !(FIXED | VARIABLE) != 0,
            number == 130 || number == 131
        );
        assert_eq!(class & NOTE != 0, (5..=8).contains(&number), "{event_type}");
        assert_eq!(
            class & CONTROL != 0,
            (10..=16).contains(&number),
            "{event_type}"
        );
        let user = (90..=99).contains(&number) || (135..=139).contains(&number);
        assert_eq!(class & USERS != 0, user, "{event_type}");
    }
}

#[test]
fn the_flags_of_an_event_give_its_length() {
    let mut event = snd_seq_event_t::zeroed();
    event.set_payload(&Ext::new(10));
    for (flags, length) in [
        (EventFlags::LENGTH_FIXED, 28),
        (EventFlags::LENGTH_VARIABLE, 38),
        (EventFlags::LENGTH_VARUSR, 28),
        (EventFlags::LENGTH_MASK, 28),
        (EventFlags::UMP, 32),
        (EventFlags::UMP | EventFlags::LENGTH_VARIABLE, 32),
    ] {
        event.header.flags = flags;
        assert_eq!(
            unsafe { snd_seq_event_length(&mut event) },
            length,
            "{flags:?}"
        );
    }
    unsafe {
        assert_eq!(
            snd_seq_event_length(ptr::null_mut()),
            -(libc::EINVAL as isize)
        );
        assert_eq!(snd_seq_free_event(&mut event), 0);
        assert_eq!(snd_seq_free_event(ptr::null_mut()), 0);
        let made = snd_seq_create_event();
        assert!(!made.is_null());
        assert_eq!(made.read(), snd_seq_event_t::zeroed());
        // The event still exists after this, and C's `free` frees it.
        assert_eq!(snd_seq_free_event(made), 0);
        assert_eq!(made.read(), snd_seq_event_t::zeroed());
        libc::free(made.cast());
    }
}

#[test]
fn bits_are_those_of_32_bit_integers() {
    for nr in [0, 1, 31, 32, 63, 95] {
        let mut array = [0_u32; 3];
        let bits: *mut c_void = array.as_mut_ptr().cast();
        let get = || unsafe { snd_seq_get_bit(nr, bits) };
        assert_eq!(get(), 0);
        unsafe { snd_seq_set_bit(nr, bits) };
        assert_eq!(get(), 1);
        assert_eq!(unsafe { snd_seq_change_bit(nr, bits) }, 1);
        assert_eq!(get(), 0);
        assert_eq!(unsafe { snd_seq_change_bit(nr, bits) }, 0);
        let expected = std::array::from_fn(|word| u32::from(word == nr as usize / 32) << (nr % 32));
        assert_eq!(array, expected);
        let bits: *mut c_void = array.as_mut_ptr().cast();
        unsafe { snd_seq_unset_bit(nr, bits) };
        assert_eq!(array, [0; 3]);
    }
}
