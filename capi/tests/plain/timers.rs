//! The containers of timers, and names of timers for which no timer is needed.

use crate::containers::{INT, Pair, SWITCH, UINT, check, managed, text};
use alsa_seq_capi::*;
use core::{mem, ptr};

#[test]
fn a_setter_changes_only_the_value_of_its_getter() {
    macro_rules! pairs_mut {
        ($container:ty; $($get:ident $set:ident $values:ident;)*) => {
            check::<$container>(
                &[$(Pair {
                    name: stringify!($set),
                    get: |info| unsafe { $get(info.cast_mut()) } as i64,
                    set: |info, value| { let _ = unsafe { $set(info, value as _) }; },
                    values: $values,
                }),*],
                &[],
            );
        };
    }
    pairs_mut! { snd_timer_id_t;
        snd_timer_id_get_class snd_timer_id_set_class INT;
        snd_timer_id_get_sclass snd_timer_id_set_sclass INT;
        snd_timer_id_get_card snd_timer_id_set_card INT;
        snd_timer_id_get_device snd_timer_id_set_device INT;
        snd_timer_id_get_subdevice snd_timer_id_set_subdevice INT;
    }
    pairs_mut! { snd_timer_params_t;
        snd_timer_params_get_auto_start snd_timer_params_set_auto_start SWITCH;
        snd_timer_params_get_exclusive snd_timer_params_set_exclusive SWITCH;
        snd_timer_params_get_early_event snd_timer_params_set_early_event SWITCH;
        snd_timer_params_get_filter snd_timer_params_set_filter UINT;
    }
    // The largest value of a `long` on every system.
    const LONG: &[i64] = &[0, 1, 32, 1024, i32::MAX as i64];
    pairs_mut! { snd_timer_params_t;
        snd_timer_params_get_ticks snd_timer_params_set_ticks LONG;
        snd_timer_params_get_queue_size snd_timer_params_set_queue_size LONG;
    }
    let mut params = snd_timer_params_t::default();
    unsafe {
        assert_eq!(snd_timer_params_set_auto_start(&mut params, 1), 0);
        assert_eq!(snd_timer_params_set_exclusive(&mut params, 1), 0);
        assert_eq!(snd_timer_params_set_early_event(&mut params, 1), 0);
    }
    assert_eq!(params.flags, 7);
}

#[test]
fn containers_are_allocated_zeroed_copied_and_freed() {
    managed! {
        snd_timer_id_t: snd_timer_id_sizeof snd_timer_id_malloc
            snd_timer_id_free snd_timer_id_copy;
        snd_timer_ginfo_t: snd_timer_ginfo_sizeof snd_timer_ginfo_malloc
            snd_timer_ginfo_free snd_timer_ginfo_copy;
        snd_timer_info_t: snd_timer_info_sizeof snd_timer_info_malloc
            snd_timer_info_free snd_timer_info_copy;
        snd_timer_params_t: snd_timer_params_sizeof snd_timer_params_malloc
            snd_timer_params_free snd_timer_params_copy;
        snd_timer_status_t: snd_timer_status_sizeof snd_timer_status_malloc
            snd_timer_status_free snd_timer_status_copy;
    }
}

#[test]
fn values_that_only_the_kernel_sets_can_be_read() {
    let mut ginfo = snd_timer_ginfo_t::default();
    (ginfo.flags, ginfo.card, ginfo.clients) = (1, -1, 9);
    (ginfo.resolution, ginfo.resolution_min, ginfo.resolution_max) = (2, 3, 4);
    ginfo.id.0[..2].copy_from_slice(b"id");
    ginfo.name.0[..4].copy_from_slice(b"name");
    let tid = snd_timer_id_t {
        dev_class: 1,
        dev_sclass: 2,
        card: 3,
        device: 4,
        subdevice: 5,
    };
    let mut given = tid;
    unsafe {
        assert_eq!(snd_timer_ginfo_set_tid(&mut ginfo, &mut given), 0);
        assert_eq!(snd_timer_ginfo_get_tid(&mut ginfo).read(), tid);
        (*snd_timer_ginfo_get_tid(&mut ginfo)).card = 7;
        assert_eq!(ginfo.tid.card, 7);
        assert_eq!(snd_timer_ginfo_get_flags(&mut ginfo), 1);
        assert_eq!(snd_timer_ginfo_get_card(&mut ginfo), -1);
        assert_eq!(snd_timer_ginfo_get_resolution(&mut ginfo), 2);
        assert_eq!(snd_timer_ginfo_get_resolution_min(&mut ginfo), 3);
        assert_eq!(snd_timer_ginfo_get_resolution_max(&mut ginfo), 4);
        assert_eq!(snd_timer_ginfo_get_clients(&mut ginfo), 9);
        assert_eq!(text(snd_timer_ginfo_get_id(&mut ginfo)), b"id");
        assert_eq!(text(snd_timer_ginfo_get_name(&mut ginfo)), b"name");
    }
    let mut info = snd_timer_info_t::default();
    (info.flags, info.card, info.resolution) = (1, 5, 6);
    info.id.0[..2].copy_from_slice(b"id");
    info.name.0[..4].copy_from_slice(b"name");
    unsafe {
        assert_eq!(snd_timer_info_is_slave(&mut info), 1);
        info.flags = !1;
        assert_eq!(snd_timer_info_is_slave(&mut info), 0);
        assert_eq!(snd_timer_info_get_card(&mut info), 5);
        assert_eq!(snd_timer_info_get_resolution(&mut info), 6);
        assert_eq!(snd_timer_info_get_ticks(&mut info), 1);
        assert_eq!(text(snd_timer_info_get_id(&mut info)), b"id");
        assert_eq!(text(snd_timer_info_get_name(&mut info)), b"name");
    }
    let mut status = snd_timer_status_t::default();
    (status.tstamp_sec, status.tstamp_nsec) = (1, 2);
    (status.resolution, status.lost, status.overrun, status.queue) = (3, 4, 5, 6);
    unsafe {
        let time = snd_timer_status_get_timestamp(&mut status);
        assert_eq!((time.tv_sec, time.tv_nsec), (1, 2));
        assert_eq!(snd_timer_status_get_resolution(&mut status), 3);
        assert_eq!(snd_timer_status_get_lost(&mut status), 4);
        assert_eq!(snd_timer_status_get_overrun(&mut status), 5);
        assert_eq!(snd_timer_status_get_queue(&mut status), 6);
    }
}

#[test]
fn null_pointers_are_not_followed() {
    let mut tid = snd_timer_id_t::default();
    let mut ginfo = snd_timer_ginfo_t::default();
    unsafe {
        assert_eq!(snd_timer_id_get_class(ptr::null_mut()), -libc::EINVAL);
        assert_eq!(
            snd_timer_params_set_exclusive(ptr::null_mut(), 1),
            -libc::EINVAL
        );
        assert_eq!(
            snd_timer_ginfo_set_tid(ptr::null_mut(), &mut tid),
            -libc::EINVAL
        );
        assert_eq!(
            snd_timer_ginfo_set_tid(&mut ginfo, ptr::null_mut()),
            -libc::EINVAL
        );
        assert!(snd_timer_ginfo_get_tid(ptr::null_mut()).is_null());
        assert!(snd_timer_info_get_name(ptr::null_mut()).is_null());
        let time = snd_timer_status_get_timestamp(ptr::null_mut());
        assert_eq!((time.tv_sec, time.tv_nsec), (0, 0));
        assert_eq!(snd_timer_start(ptr::null_mut()), -libc::EINVAL);
        assert_eq!(snd_timer_close(ptr::null_mut()), -libc::EINVAL);
        assert_eq!(snd_timer_query_close(ptr::null_mut()), -libc::EINVAL);
        assert_eq!(
            snd_timer_poll_descriptors_count(ptr::null_mut()),
            -libc::EINVAL
        );
        assert_eq!(
            snd_timer_query_next_device(ptr::null_mut(), &mut tid),
            -libc::EINVAL
        );
    }
}

#[test]
fn an_invalid_name_is_refused() {
    let names = [
        (c"nosuch", -libc::ENOENT),
        (c"hw:CLASS=x", -libc::EINVAL),
        (c"hw:CLASS=", -libc::EINVAL),
        (c"hw:CLASS=08", -libc::EINVAL),
        (c"hw:CLASS=0x", -libc::EINVAL),
        (c"hw:CLASS=1 ", -libc::EINVAL),
        (c"hw:{CLASS 1}", -libc::EINVAL),
        (c"hw:NOPE=1", -libc::ENOENT),
        (c"hw: NOPE=1", -libc::ENOENT),
        (c"hw:1,2,3,4,5,6", -libc::ENOENT),
        (c"default:1", -libc::EINVAL),
    ];
    for (name, error) in names {
        let mut timer = ptr::dangling_mut();
        let opened = unsafe { snd_timer_open(&mut timer, name.as_ptr(), 0) };
        assert_eq!(opened, error, "{name:?}");
        assert!(timer.is_null(), "{name:?}");
    }
    for (name, error) in [(c"nosuch", -libc::ENOENT), (c"hw:1", -libc::EINVAL)] {
        let mut query = ptr::dangling_mut();
        let opened = unsafe { snd_timer_query_open(&mut query, name.as_ptr(), 0) };
        assert_eq!(opened, error, "{name:?}");
        assert!(query.is_null(), "{name:?}");
    }
}
