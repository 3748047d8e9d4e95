//! The eleven containers: tests every pair of a getter and a setter, and that no setter changes
//! anything else.

use alsa_seq_capi::*;
use alsa_seq_kernel_abi::flags::SubscribeFlags;
use core::ffi::{CStr, c_char, c_int};
use core::{mem, ptr};

/// A getter and a setter of `T`, with values that go through both.
pub(crate) struct Pair<T> {
    pub(crate) name: &'static str,
    pub(crate) get: fn(*const T) -> i64,
    pub(crate) set: fn(*mut T, i64),
    pub(crate) values: &'static [i64],
}

/// The objects' bytes before the tests: zeros, ones and both.
const FILLS: [u8; 4] = [0, 0xff, 0xaa, 0x55];

/// A getter alone.
pub(crate) type Getter<T> = (&'static str, fn(*const T) -> i64);

pub(crate) fn check<T>(pairs: &[Pair<T>], others: &[Getter<T>]) {
    for fill in FILLS {
        for pair in pairs {
            for value in pair.values {
                let mut object = mem::MaybeUninit::<T>::uninit();
                unsafe { ptr::write_bytes(object.as_mut_ptr(), fill, 1) };
                let object = object.as_mut_ptr();
                let before: Vec<_> = pairs.iter().map(|pair| (pair.get)(object)).collect();
                let others_before: Vec<_> = others.iter().map(|(_, get)| get(object)).collect();
                (pair.set)(object, *value);
                assert_eq!((pair.get)(object), *value, "{} ({fill:#x})", pair.name);
                for (other, before) in pairs.iter().zip(before) {
                    if other.name != pair.name {
                        let changed = format!("{} changes {}", pair.name, other.name);
                        assert_eq!((other.get)(object), before, "{changed} ({fill:#x})");
                    }
                }
                for ((name, get), before) in others.iter().zip(others_before) {
                    assert_eq!(get(object), before, "{} changes {name}", pair.name);
                }
            }
        }
    }
}

/// The values of a C `int`, of a byte and of a switch.
pub(crate) const INT: &[i64] = &[0, 1, 191, i32::MAX as i64, -1, i32::MIN as i64];
pub(crate) const UINT: &[i64] = &[0, 1, 0x8000_0001, u32::MAX as i64];
pub(crate) const BYTE: &[i64] = &[0, 1, 127, 128, 255];
pub(crate) const SWITCH: &[i64] = &[0, 1];
pub(crate) const SIZE: &[i64] = &[0, 1, 2000, i32::MAX as i64];

macro_rules! pairs {
    ($container:ty; $($get:ident $set:ident $values:ident;)* $(=> $other:ident;)*) => {
        check::<$container>(
            &[$(Pair {
                name: stringify!($set),
                get: |info| unsafe { $get(info) } as i64,
                set: |info, value| unsafe { $set(info, value as _) },
                values: $values,
            }),*],
            &[$((stringify!($other), |info| unsafe { $other(info) } as i64)),*],
        );
    };
}

pub(crate) use pairs;

#[test]
fn a_setter_changes_only_the_value_of_its_getter() {
    pairs! { snd_seq_client_info_t;
        snd_seq_client_info_get_client snd_seq_client_info_set_client INT;
        snd_seq_client_info_get_broadcast_filter snd_seq_client_info_set_broadcast_filter SWITCH;
        snd_seq_client_info_get_error_bounce snd_seq_client_info_set_error_bounce SWITCH;
        snd_seq_client_info_get_midi_version snd_seq_client_info_set_midi_version INT;
        snd_seq_client_info_get_ump_conversion snd_seq_client_info_set_ump_conversion SWITCH;
        snd_seq_client_info_get_ump_groupless_enabled
            snd_seq_client_info_set_ump_groupless_enabled SWITCH;
        => snd_seq_client_info_get_type;
        => snd_seq_client_info_get_card;
        => snd_seq_client_info_get_pid;
        => snd_seq_client_info_get_num_ports;
        => snd_seq_client_info_get_event_lost;
    }
    pairs! { snd_seq_client_pool_t;
        snd_seq_client_pool_get_output_pool snd_seq_client_pool_set_output_pool SIZE;
        snd_seq_client_pool_get_input_pool snd_seq_client_pool_set_input_pool SIZE;
        snd_seq_client_pool_get_output_room snd_seq_client_pool_set_output_room SIZE;
        => snd_seq_client_pool_get_client;
        => snd_seq_client_pool_get_output_free;
        => snd_seq_client_pool_get_input_free;
    }
    pairs! { snd_seq_port_info_t;
        snd_seq_port_info_get_client snd_seq_port_info_set_client BYTE;
        snd_seq_port_info_get_port snd_seq_port_info_set_port BYTE;
        snd_seq_port_info_get_capability snd_seq_port_info_set_capability UINT;
        snd_seq_port_info_get_type snd_seq_port_info_set_type UINT;
        snd_seq_port_info_get_direction snd_seq_port_info_set_direction BYTE;
        snd_seq_port_info_get_ump_group snd_seq_port_info_set_ump_group BYTE;
        snd_seq_port_info_get_ump_is_midi1 snd_seq_port_info_set_ump_is_midi1 SWITCH;
        snd_seq_port_info_get_midi_channels snd_seq_port_info_set_midi_channels INT;
        snd_seq_port_info_get_midi_voices snd_seq_port_info_set_midi_voices INT;
        snd_seq_port_info_get_synth_voices snd_seq_port_info_set_synth_voices INT;
        snd_seq_port_info_get_port_specified snd_seq_port_info_set_port_specified SWITCH;
        snd_seq_port_info_get_timestamping snd_seq_port_info_set_timestamping SWITCH;
        snd_seq_port_info_get_timestamp_real snd_seq_port_info_set_timestamp_real SWITCH;
        snd_seq_port_info_get_timestamp_queue snd_seq_port_info_set_timestamp_queue BYTE;
        => snd_seq_port_info_get_read_use;
        => snd_seq_port_info_get_write_use;
    }
    pairs! { snd_seq_port_subscribe_t;
        snd_seq_port_subscribe_get_queue snd_seq_port_subscribe_set_queue BYTE;
        snd_seq_port_subscribe_get_exclusive snd_seq_port_subscribe_set_exclusive SWITCH;
        snd_seq_port_subscribe_get_time_update snd_seq_port_subscribe_set_time_update SWITCH;
        snd_seq_port_subscribe_get_time_real snd_seq_port_subscribe_set_time_real SWITCH;
    }
    pairs! { snd_seq_query_subscribe_t;
        snd_seq_query_subscribe_get_client snd_seq_query_subscribe_set_client BYTE;
        snd_seq_query_subscribe_get_port snd_seq_query_subscribe_set_port BYTE;
        snd_seq_query_subscribe_get_type snd_seq_query_subscribe_set_type SWITCH;
        snd_seq_query_subscribe_get_index snd_seq_query_subscribe_set_index INT;
        => snd_seq_query_subscribe_get_num_subs;
        => snd_seq_query_subscribe_get_queue;
        => snd_seq_query_subscribe_get_exclusive;
        => snd_seq_query_subscribe_get_time_update;
        => snd_seq_query_subscribe_get_time_real;
    }
    pairs! { snd_seq_queue_info_t;
        snd_seq_queue_info_get_owner snd_seq_queue_info_set_owner INT;
        snd_seq_queue_info_get_locked snd_seq_queue_info_set_locked SWITCH;
        snd_seq_queue_info_get_flags snd_seq_queue_info_set_flags UINT;
        => snd_seq_queue_info_get_queue;
    }
    pairs! { snd_seq_queue_tempo_t;
        snd_seq_queue_tempo_get_tempo snd_seq_queue_tempo_set_tempo UINT;
        snd_seq_queue_tempo_get_ppq snd_seq_queue_tempo_set_ppq INT;
        snd_seq_queue_tempo_get_skew snd_seq_queue_tempo_set_skew UINT;
        snd_seq_queue_tempo_get_skew_base snd_seq_queue_tempo_set_skew_base UINT;
        => snd_seq_queue_tempo_get_queue;
        => snd_seq_queue_tempo_get_tempo_base;
    }
    pairs! { snd_seq_queue_timer_t;
        snd_seq_queue_timer_get_type snd_seq_queue_timer_set_type INT;
        snd_seq_queue_timer_get_resolution snd_seq_queue_timer_set_resolution UINT;
        => snd_seq_queue_timer_get_queue;
    }
    pairs! { snd_seq_remove_events_t;
        snd_seq_remove_events_get_condition snd_seq_remove_events_set_condition UINT;
        snd_seq_remove_events_get_queue snd_seq_remove_events_set_queue BYTE;
        snd_seq_remove_events_get_channel snd_seq_remove_events_set_channel BYTE;
        snd_seq_remove_events_get_event_type snd_seq_remove_events_set_event_type INT;
        snd_seq_remove_events_get_tag snd_seq_remove_events_set_tag BYTE;
    }
}

#[test]
fn a_tempo_base_is_never_zero() {
    let mut tempo = snd_seq_queue_tempo_t::default();
    for (set, got) in [(10, 10), (1000, 1000), (0, 1000), (0x1_000a, 10)] {
        unsafe { snd_seq_queue_tempo_set_tempo_base(&mut tempo, set) };
        assert_eq!(unsafe { snd_seq_queue_tempo_get_tempo_base(&tempo) }, got);
    }
}

macro_rules! managed {
    ($($container:ty: $sizeof:ident $malloc:ident $free:ident $copy:ident;)*) => {$(
        assert_eq!($sizeof(), size_of::<$container>());
        let mut made: *mut $container = ptr::null_mut();
        assert_eq!(unsafe { $malloc(&mut made) }, 0);
        assert!(!made.is_null());
        assert!(made.is_aligned());
        let bytes = unsafe { std::slice::from_raw_parts(made.cast::<u8>(), $sizeof()) };
        assert!(bytes.iter().all(|byte| *byte == 0), stringify!($malloc));
        let mut other = mem::MaybeUninit::<$container>::uninit();
        unsafe { ptr::write_bytes(other.as_mut_ptr(), 0xa5, 1) };
        unsafe { $copy(made, other.as_ptr()) };
        let bytes = unsafe { std::slice::from_raw_parts(made.cast::<u8>(), $sizeof()) };
        assert!(bytes.iter().all(|byte| *byte == 0xa5), stringify!($copy));
        unsafe { $copy(made, made) };
        unsafe { $copy(ptr::null_mut(), made) };
        unsafe { $copy(made, ptr::null()) };
        // Programs may do this, because it is the C library's memory.
        unsafe { libc::free(made.cast()) };
        unsafe { $free(ptr::null_mut()) };
        assert_eq!(unsafe { $malloc(&mut made) }, 0);
        unsafe { $free(made) };
        assert_eq!(unsafe { $malloc(ptr::null_mut()) }, -libc::EINVAL);
    )*};
}

pub(crate) use managed;

#[test]
fn containers_are_allocated_zeroed_copied_and_freed() {
    managed! {
        snd_seq_system_info_t: snd_seq_system_info_sizeof snd_seq_system_info_malloc
            snd_seq_system_info_free snd_seq_system_info_copy;
        snd_seq_client_info_t: snd_seq_client_info_sizeof snd_seq_client_info_malloc
            snd_seq_client_info_free snd_seq_client_info_copy;
        snd_seq_client_pool_t: snd_seq_client_pool_sizeof snd_seq_client_pool_malloc
            snd_seq_client_pool_free snd_seq_client_pool_copy;
        snd_seq_port_info_t: snd_seq_port_info_sizeof snd_seq_port_info_malloc
            snd_seq_port_info_free snd_seq_port_info_copy;
        snd_seq_port_subscribe_t: snd_seq_port_subscribe_sizeof snd_seq_port_subscribe_malloc
            snd_seq_port_subscribe_free snd_seq_port_subscribe_copy;
        snd_seq_query_subscribe_t: snd_seq_query_subscribe_sizeof snd_seq_query_subscribe_malloc
            snd_seq_query_subscribe_free snd_seq_query_subscribe_copy;
        snd_seq_queue_info_t: snd_seq_queue_info_sizeof snd_seq_queue_info_malloc
            snd_seq_queue_info_free snd_seq_queue_info_copy;
        snd_seq_queue_status_t: snd_seq_queue_status_sizeof snd_seq_queue_status_malloc
            snd_seq_queue_status_free snd_seq_queue_status_copy;
        snd_seq_queue_tempo_t: snd_seq_queue_tempo_sizeof snd_seq_queue_tempo_malloc
            snd_seq_queue_tempo_free snd_seq_queue_tempo_copy;
        snd_seq_queue_timer_t: snd_seq_queue_timer_sizeof snd_seq_queue_timer_malloc
            snd_seq_queue_timer_free snd_seq_queue_timer_copy;
        snd_seq_remove_events_t: snd_seq_remove_events_sizeof snd_seq_remove_events_malloc
            snd_seq_remove_events_free snd_seq_remove_events_copy;
    }
}

pub(crate) fn text(name: *const c_char) -> Vec<u8> {
    assert!(!name.is_null());
    unsafe { CStr::from_ptr(name) }.to_bytes().to_vec()
}

macro_rules! names {
    ($($container:ident $get:ident $set:ident;)*) => {$(
        let mut info = $container::default();
        let long = [b'\xe9'; 100].map(|byte| byte as c_char);
        let mut long = long.to_vec();
        long.push(0);
        unsafe { $set(&mut info, long.as_ptr()) };
        assert_eq!(text(unsafe { $get(&mut info) }), [0xe9; 63], stringify!($set));
        unsafe { $set(&mut info, c"short".as_ptr()) };
        assert_eq!(text(unsafe { $get(&mut info) }), b"short");
        // No part of the old name goes to the kernel.
        assert!(info.name.0[5..].iter().all(|byte| *byte == 0));
        unsafe { $set(&mut info, ptr::null()) };
        unsafe { $set(ptr::null_mut(), c"nowhere".as_ptr()) };
        assert_eq!(text(unsafe { $get(&mut info) }), b"short");
        assert!(unsafe { $get(ptr::null_mut()) }.is_null());
    )*};
}

#[test]
fn names_are_bytes_and_cut_at_63() {
    names! {
        snd_seq_client_info_t snd_seq_client_info_get_name snd_seq_client_info_set_name;
        snd_seq_port_info_t snd_seq_port_info_get_name snd_seq_port_info_set_name;
        snd_seq_queue_info_t snd_seq_queue_info_get_name snd_seq_queue_info_set_name;
    }
}

#[test]
fn addresses_times_and_timers_are_pointers_into_the_struct() {
    let address = snd_seq_addr_t::new(129, 3);
    macro_rules! lent {
        ($($container:ident $get:ident $set:ident;)*) => {$(
            let mut info = $container::default();
            unsafe { $set(&mut info, &address) };
            let got = unsafe { $get(&mut info) };
            assert_eq!(unsafe { got.read() }, address, stringify!($set));
            let offset = got.addr().wrapping_sub((&raw const info).addr());
            assert!(offset < size_of_val(&info), stringify!($get));
            assert!(unsafe { $get(ptr::null_mut()) }.is_null());
            unsafe { $set(&mut info, ptr::null()) };
            assert_eq!(unsafe { $get(&mut info).read() }, address);
        )*};
    }
    lent! {
        snd_seq_port_info_t snd_seq_port_info_get_addr snd_seq_port_info_set_addr;
        snd_seq_port_subscribe_t snd_seq_port_subscribe_get_sender
            snd_seq_port_subscribe_set_sender;
        snd_seq_port_subscribe_t snd_seq_port_subscribe_get_dest snd_seq_port_subscribe_set_dest;
        snd_seq_query_subscribe_t snd_seq_query_subscribe_get_root
            snd_seq_query_subscribe_set_root;
        snd_seq_remove_events_t snd_seq_remove_events_get_dest snd_seq_remove_events_set_dest;
    }
    let mut query = snd_seq_query_subscribe_t::default();
    query.addr = address;
    assert_eq!(
        unsafe { snd_seq_query_subscribe_get_addr(&query).read() },
        address
    );

    let time = snd_seq_timestamp_t::from_real(snd_seq_real_time_t::new(7, 8));
    let mut remove = snd_seq_remove_events_t::default();
    unsafe { snd_seq_remove_events_set_time(&mut remove, &time) };
    assert_eq!(
        unsafe { snd_seq_remove_events_get_time(&remove).read() },
        time
    );

    let id = snd_timer_id_t {
        dev_class: 1,
        dev_sclass: -1,
        card: 2,
        device: 3,
        subdevice: 4,
    };
    let mut timer = snd_seq_queue_timer_t::default();
    unsafe { snd_seq_queue_timer_set_id(&mut timer, &id) };
    assert_eq!(unsafe { snd_seq_queue_timer_get_id(&timer).read() }, id);
}

#[test]
fn values_that_only_the_kernel_sets_can_be_read() {
    let mut system = snd_seq_system_info_t::default();
    (system.queues, system.clients, system.ports) = (1, 2, 3);
    (system.channels, system.cur_clients, system.cur_queues) = (4, 5, 6);
    let system: *const _ = &system;
    let got = unsafe {
        [
            snd_seq_system_info_get_queues(system),
            snd_seq_system_info_get_clients(system),
            snd_seq_system_info_get_ports(system),
            snd_seq_system_info_get_channels(system),
            snd_seq_system_info_get_cur_clients(system),
            snd_seq_system_info_get_cur_queues(system),
        ]
    };
    assert_eq!(got, [1, 2, 3, 4, 5, 6]);

    let mut client = snd_seq_client_info_t::default();
    (client.client_type, client.card, client.pid) = (2, -1, 77);
    (client.num_ports, client.event_lost) = (8, 9);
    let client: *const _ = &client;
    let got = unsafe {
        [
            snd_seq_client_info_get_type(client),
            snd_seq_client_info_get_card(client),
            snd_seq_client_info_get_pid(client),
            snd_seq_client_info_get_num_ports(client),
            snd_seq_client_info_get_event_lost(client),
        ]
    };
    assert_eq!(got, [2, -1, 77, 8, 9]);

    let mut status = snd_seq_queue_status_t::default();
    (status.queue, status.events, status.tick, status.running) = (1, 2, 3, 1);
    status.time = snd_seq_real_time_t::new(4, 5);
    let status: *const _ = &status;
    unsafe {
        assert_eq!(snd_seq_queue_status_get_queue(status), 1);
        assert_eq!(snd_seq_queue_status_get_events(status), 2);
        assert_eq!(snd_seq_queue_status_get_tick_time(status), 3);
        assert_eq!(snd_seq_queue_status_get_status(status), 1);
        let time = snd_seq_queue_status_get_real_time(status).read();
        assert_eq!(time, snd_seq_real_time_t::new(4, 5));
    }
}

/// libasound's getter reports ticks as real time, and its getter of the conversion tests another
/// field.
#[test]
fn two_getters_that_are_wrong_in_libasound_are_right() {
    let mut query = snd_seq_query_subscribe_t::default();
    query.flags = SubscribeFlags::TIMESTAMP;
    unsafe {
        assert_eq!(snd_seq_query_subscribe_get_time_update(&query), 1);
        assert_eq!(snd_seq_query_subscribe_get_time_real(&query), 0);
    }
    query.flags = SubscribeFlags::TIME_REAL;
    unsafe {
        assert_eq!(snd_seq_query_subscribe_get_time_update(&query), 0);
        assert_eq!(snd_seq_query_subscribe_get_time_real(&query), 1);
    }
    let mut client = snd_seq_client_info_t::default();
    client.group_filter = u32::MAX;
    assert_eq!(
        unsafe { snd_seq_client_info_get_ump_conversion(&client) },
        1
    );
    unsafe { snd_seq_client_info_set_ump_conversion(&mut client, 0) };
    assert_eq!(
        unsafe { snd_seq_client_info_get_ump_conversion(&client) },
        0
    );
}

#[test]
fn a_filter_of_event_types_is_on_from_the_first_type() {
    let mut client = snd_seq_client_info_t::default();
    let info: *mut _ = &mut client;
    unsafe {
        assert!(snd_seq_client_info_get_event_filter(info).is_null());
        snd_seq_client_info_event_filter_del(info, 6);
        assert!(snd_seq_client_info_get_event_filter(info).is_null());
        snd_seq_client_info_event_filter_add(info, 6);
        snd_seq_client_info_event_filter_add(info, 255);
        let filter = snd_seq_client_info_get_event_filter(info);
        assert!(!filter.is_null());
        for event_type in 0..256 {
            let set = snd_seq_client_info_event_filter_check(info, event_type);
            assert_eq!(set != 0, matches!(event_type, 6 | 255), "{event_type}");
        }
        // libasound writes beyond the filter.
        for outside in [-1, 256, 261, c_int::MAX] {
            let before = *info;
            snd_seq_client_info_event_filter_add(info, outside);
            assert_eq!(*info, before);
            assert_eq!(snd_seq_client_info_event_filter_check(info, outside), 0);
        }
        snd_seq_client_info_event_filter_del(info, 6);
        snd_seq_client_info_event_filter_del(info, 255);
        assert!(!snd_seq_client_info_get_event_filter(info).is_null());

        let mut bits = [0x80_u8; 32];
        snd_seq_client_info_set_event_filter(info, bits.as_mut_ptr());
        let got = snd_seq_client_info_get_event_filter(info);
        assert_eq!(std::slice::from_raw_parts(got, 32), bits);
        snd_seq_client_info_set_event_filter(info, ptr::null_mut());
        assert!(snd_seq_client_info_get_event_filter(info).is_null());
        snd_seq_client_info_event_filter_add(info, 1);
        snd_seq_client_info_event_filter_clear(info);
        assert!(snd_seq_client_info_get_event_filter(info).is_null());
        assert_eq!((*info).event_filter, [0; 32]);
    }
}

#[test]
fn ump_groups_are_1_to_16_and_0_means_no_group() {
    let mut client = snd_seq_client_info_t::default();
    let info: *mut _ = &mut client;
    unsafe {
        for group in 0..=16 {
            assert_eq!(snd_seq_client_info_get_ump_group_enabled(info, group), 1);
            snd_seq_client_info_set_ump_group_enabled(info, group, 0);
            assert_eq!(snd_seq_client_info_get_ump_group_enabled(info, group), 0);
            assert_eq!((*info).group_filter, 1 << group);
            if group == 0 {
                assert_eq!(snd_seq_client_info_get_ump_groupless_enabled(info), 0);
            }
            snd_seq_client_info_set_ump_group_enabled(info, group, 1);
            assert_eq!((*info).group_filter, 0);
        }
        for outside in [-1, 17, 32] {
            snd_seq_client_info_set_ump_group_enabled(info, outside, 0);
            assert_eq!((*info).group_filter, 0);
        }
    }
}

#[test]
fn null_pointers_are_not_followed() {
    unsafe {
        assert_eq!(snd_seq_client_info_get_client(ptr::null()), -libc::EINVAL);
        assert_eq!(snd_seq_port_info_get_capability(ptr::null()), 0);
        assert_eq!(snd_seq_client_pool_get_input_pool(ptr::null()), 0);
        assert!(snd_seq_client_info_get_event_filter(ptr::null()).is_null());
        snd_seq_client_info_set_client(ptr::null_mut(), 1);
        snd_seq_client_info_set_event_filter(ptr::null_mut(), ptr::null_mut());
        snd_seq_port_info_set_addr(ptr::null_mut(), ptr::null());
    }
}
