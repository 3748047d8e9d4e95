//! Clients, ports, connections, queues and pools.

use crate::support::*;
use alsa_seq_capi::*;
use alsa_seq_kernel_abi::consts::*;
use alsa_seq_kernel_abi::event::Address;
use core::ffi::{CStr, c_char};
use std::ffi::CString;
use std::ptr;

fn text(name: *const c_char) -> String {
    unsafe { CStr::from_ptr(name) }.to_str().unwrap().to_owned()
}

#[test]
fn a_client_is_opened_named_and_listed() {
    let Some(seq) = open() else { return };
    let id = seq.client();
    let name = CString::new(format!("capi-{}-{id}", std::process::id())).unwrap();
    let mut info = snd_seq_client_info_t::default();
    unsafe {
        assert_eq!(text(snd_seq_name(seq.0)), "default");
        assert_eq!(snd_seq_type(seq.0), 0);
        assert_eq!(snd_seq_set_client_name(seq.0, name.as_ptr()), 0);
        assert_eq!(snd_seq_get_client_info(seq.0, &mut info), 0);
        assert_eq!(
            text(snd_seq_client_info_get_name(&mut info)),
            name.to_str().unwrap()
        );
        assert_eq!(snd_seq_client_info_get_client(&info), id.into());
        assert_eq!(snd_seq_client_info_get_type(&info), USER_CLIENT);

        // The function sets the number and the type, whatever the struct contains.
        snd_seq_client_info_set_client(&mut info, 3);
        snd_seq_client_info_set_error_bounce(&mut info, 1);
        info.client_type = 2;
        assert_eq!(snd_seq_set_client_info(seq.0, &mut info), 0);
        assert_eq!(snd_seq_client_info_get_client(&info), id.into());
        assert_eq!(snd_seq_client_info_get_type(&info), USER_CLIENT);
        assert_eq!(snd_seq_set_client_event_filter(seq.0, 6), 0);
        assert_eq!(snd_seq_get_any_client_info(seq.0, id.into(), &mut info), 0);
        assert_eq!(snd_seq_client_info_get_error_bounce(&info), 1);
        assert_eq!(snd_seq_client_info_event_filter_check(&mut info, 6), 1);
        assert_eq!(snd_seq_client_info_event_filter_check(&mut info, 7), 0);

        let missing = snd_seq_get_any_client_info(seq.0, 126, &mut info);
        assert_eq!(missing, -libc::ENOENT);
        let mut found = Vec::new();
        snd_seq_client_info_set_client(&mut info, -1);
        while snd_seq_query_next_client(seq.0, &mut info) == 0 {
            found.push(snd_seq_client_info_get_client(&info));
        }
        assert!(found.is_sorted());
        assert!(found.contains(&0) && found.contains(&id.into()));

        let mut system = snd_seq_system_info_t::default();
        assert_eq!(snd_seq_system_info(seq.0, &mut system), 0);
        assert_eq!(snd_seq_system_info_get_clients(&system), 192);

        let mut addr = Address::new(0, 0);
        let prefix = CString::new(&name.as_bytes()[..name.as_bytes().len()]).unwrap();
        assert_eq!(snd_seq_parse_address(seq.0, &mut addr, prefix.as_ptr()), 0);
        assert_eq!(addr, Address::new(id, 0));
    }
}

/// The beginning of a name is sufficient, but a whole name is preferred.
#[test]
fn names_in_addresses() {
    let Some(first) = open() else { return };
    let (second, third) = (open().unwrap(), open().unwrap());
    let unique = format!("{}-{}", std::process::id(), first.client());
    let parse = |text: &str| {
        let text = CString::new(text).unwrap();
        let mut addr = Address::new(77, 66);
        let result = unsafe { snd_seq_parse_address(first.0, &mut addr, text.as_ptr()) };
        (result, addr.client, addr.port)
    };
    for (seq, name) in [(&first, "nm:long.er"), (&second, "nm"), (&third, "n \"q")] {
        let name = CString::new(format!("{unique}{name}")).unwrap();
        assert_eq!(unsafe { snd_seq_set_client_name(seq.0, name.as_ptr()) }, 0);
    }
    let [first, second, third] = [&first, &second, &third].map(Seq::client);
    // The clients have ascending numbers, unless other clients were opened and closed.
    let lowest = first.min(second).min(third);
    for (text, client, port) in [
        (format!("{unique}nm"), second, 0),
        (format!("{unique}nm:3"), second, 3),
        (format!("{unique}nm:long.er"), second, 0),
        (format!("'{unique}nm:long.er':5"), first, 5),
        (format!("\"{unique}nm:l\".6"), first, 6),
        (format!("'{unique}nm:l"), first, 0),
        (format!("{unique}n \"q:1"), third, 1),
        (format!("'{unique}n \"q':1"), third, 1),
        (format!("{unique}:300"), lowest, 44),
    ] {
        assert_eq!(parse(&text), (0, client, port), "{text}");
    }
    for (text, port) in [(format!("{unique}N"), 0), (format!("{unique}nmx:4"), 4)] {
        assert_eq!(parse(&text), (-libc::ENOENT, 77, port), "{text}");
    }
}

#[test]
fn ports_are_created_changed_listed_and_deleted() {
    let Some(seq) = open() else { return };
    let id = i32::from(seq.client());
    let mut info = snd_seq_port_info_t::default();
    unsafe {
        snd_seq_port_info_set_name(&mut info, c"given".as_ptr());
        snd_seq_port_info_set_client(&mut info, 3);
        snd_seq_port_info_set_port(&mut info, 17);
        snd_seq_port_info_set_port_specified(&mut info, 1);
        assert_eq!(snd_seq_create_port(seq.0, &mut info), 0);
        assert_eq!(snd_seq_port_info_get_client(&info), id);
        assert_eq!(snd_seq_port_info_get_port(&info), 17);
        let simple = snd_seq_create_simple_port(seq.0, ptr::null(), 3, 2);
        assert!(simple >= 0);
        assert_eq!(snd_seq_get_port_info(seq.0, simple, &mut info), 0);
        assert_eq!(snd_seq_port_info_get_capability(&info), 3);
        assert_eq!(snd_seq_port_info_get_type(&info), 2);
        assert_eq!(snd_seq_port_info_get_midi_channels(&info), 16);
        assert_eq!(snd_seq_port_info_get_midi_voices(&info), 64);
        assert_eq!(
            text(snd_seq_port_info_get_name(&info)),
            format!("port-{simple}")
        );

        snd_seq_port_info_set_name(&mut info, c"changed".as_ptr());
        snd_seq_port_info_set_client(&mut info, 1);
        assert_eq!(snd_seq_set_port_info(seq.0, simple, &mut info), 0);
        assert_eq!(snd_seq_get_any_port_info(seq.0, id, simple, &mut info), 0);
        assert_eq!(text(snd_seq_port_info_get_name(&info)), "changed");

        let mut found = Vec::new();
        snd_seq_port_info_set_client(&mut info, id);
        snd_seq_port_info_set_port(&mut info, -1);
        while snd_seq_query_next_port(seq.0, &mut info) == 0 {
            found.push(snd_seq_port_info_get_port(&info));
        }
        let mut expected = [simple, 17];
        expected.sort_unstable();
        assert_eq!(found, expected);
        assert_eq!(snd_seq_delete_port(seq.0, 17), 0);
        assert_eq!(snd_seq_delete_simple_port(seq.0, simple), 0);
        assert_eq!(snd_seq_delete_port(seq.0, 17), -libc::ENOENT);
        assert_eq!(snd_seq_get_port_info(seq.0, 17, &mut info), -libc::ENOENT);
    }
}

#[test]
fn connections_are_made_listed_and_removed() {
    let (Some(a), Some(b)) = (open(), open()) else {
        return;
    };
    let (from, to) = (a.address(c"from"), b.address(c"to"));
    let (port, client, other) = (from.port.into(), to.client.into(), to.port.into());
    let mut subscribe = snd_seq_port_subscribe_t::default();
    let mut query = snd_seq_query_subscribe_t::default();
    unsafe {
        assert_eq!(snd_seq_connect_to(a.0, port, client, other), 0);
        assert_eq!(snd_seq_connect_to(a.0, port, client, other), -libc::EBUSY);
        let (sender, sender_port) = (from.client.into(), from.port.into());
        assert_eq!(snd_seq_disconnect_from(b.0, other, sender, sender_port), 0);
        assert_eq!(
            snd_seq_disconnect_to(a.0, port, client, other),
            -libc::ENOENT
        );
        assert_eq!(snd_seq_connect_from(b.0, other, sender, sender_port), 0);
        assert_eq!(snd_seq_disconnect_to(a.0, port, client, other), 0);

        // With time stamps in ticks: libasound reports them as real time.
        let queue = snd_seq_alloc_queue(a.0);
        snd_seq_port_subscribe_set_sender(&mut subscribe, &from);
        snd_seq_port_subscribe_set_dest(&mut subscribe, &to);
        snd_seq_port_subscribe_set_queue(&mut subscribe, queue);
        snd_seq_port_subscribe_set_time_update(&mut subscribe, 1);
        assert_eq!(snd_seq_subscribe_port(a.0, &mut subscribe), 0);
        let mut again = snd_seq_port_subscribe_t::default();
        snd_seq_port_subscribe_copy(&mut again, &subscribe);
        snd_seq_port_subscribe_set_queue(&mut again, 0);
        snd_seq_port_subscribe_set_time_update(&mut again, 0);
        assert_eq!(snd_seq_get_port_subscription(b.0, &mut again), 0);
        assert_eq!(snd_seq_port_subscribe_get_queue(&again), queue);
        assert_eq!(snd_seq_port_subscribe_get_time_update(&again), 1);

        snd_seq_query_subscribe_set_root(&mut query, &from);
        snd_seq_query_subscribe_set_type(&mut query, QUERY_SUBS_READ);
        snd_seq_query_subscribe_set_index(&mut query, 0);
        assert_eq!(snd_seq_query_port_subscribers(a.0, &mut query), 0);
        assert_eq!(snd_seq_query_subscribe_get_num_subs(&query), 1);
        assert_eq!(snd_seq_query_subscribe_get_addr(&query).read(), to);
        assert_eq!(snd_seq_query_subscribe_get_queue(&query), queue);
        assert_eq!(snd_seq_query_subscribe_get_time_update(&query), 1);
        assert_eq!(snd_seq_query_subscribe_get_time_real(&query), 0);
        snd_seq_query_subscribe_set_index(&mut query, 1);
        let past = snd_seq_query_port_subscribers(a.0, &mut query);
        assert_eq!(past, -libc::ENOENT);
        assert_eq!(snd_seq_unsubscribe_port(a.0, &mut subscribe), 0);
        assert_eq!(snd_seq_free_queue(a.0, queue), 0);
    }
}

#[test]
fn a_queue_is_created_named_timed_started_and_deleted() {
    let Some(seq) = open_nonblock() else { return };
    let name = CString::new(format!("queue-{}-{}", std::process::id(), seq.client())).unwrap();
    unsafe {
        let queue = snd_seq_alloc_named_queue(seq.0, name.as_ptr());
        assert!(queue >= 0);
        assert_eq!(snd_seq_query_named_queue(seq.0, name.as_ptr()), queue);
        assert!(snd_seq_query_named_queue(seq.0, c"no such queue".as_ptr()) < 0);
        let mut info = snd_seq_queue_info_t::default();
        assert_eq!(snd_seq_get_queue_info(seq.0, queue, &mut info), 0);
        assert_eq!(snd_seq_queue_info_get_locked(&info), 1);
        assert_eq!(snd_seq_queue_info_get_owner(&info), seq.client().into());
        assert_eq!(
            text(snd_seq_queue_info_get_name(&info)),
            name.to_str().unwrap()
        );

        let mut tempo = snd_seq_queue_tempo_t::default();
        assert_eq!(snd_seq_get_queue_tempo(seq.0, queue, &mut tempo), 0);
        assert_eq!(snd_seq_queue_tempo_get_queue(&tempo), queue);
        assert_eq!(snd_seq_queue_tempo_get_tempo_base(&tempo), 1000);
        snd_seq_queue_tempo_set_tempo(&mut tempo, 400_000);
        snd_seq_queue_tempo_set_ppq(&mut tempo, 480);
        assert_eq!(snd_seq_set_queue_tempo(seq.0, queue, &mut tempo), 0);
        snd_seq_queue_tempo_set_tempo_base(&mut tempo, 10);
        let base = snd_seq_set_queue_tempo(seq.0, queue, &mut tempo);
        let knows = snd_seq_has_queue_tempo_base(seq.0);
        assert_eq!(base, if knows == 1 { 0 } else { -libc::EINVAL });
        let mut timer = snd_seq_queue_timer_t::default();
        assert_eq!(snd_seq_get_queue_timer(seq.0, queue, &mut timer), 0);
        assert_eq!(snd_seq_set_queue_timer(seq.0, queue, &mut timer), 0);
        assert_eq!(snd_seq_get_queue_usage(seq.0, queue), 1);
        assert_eq!(snd_seq_set_queue_usage(seq.0, queue, 0), 0);
        assert_eq!(snd_seq_get_queue_usage(seq.0, queue), 0);
        assert_eq!(snd_seq_set_queue_usage(seq.0, queue, 5), 0);
        assert_eq!(snd_seq_get_queue_usage(seq.0, queue), 1);

        // Control events go through the output buffer.
        let mut status = snd_seq_queue_status_t::default();
        let control = |event_type: u8, value, ev| {
            snd_seq_control_queue(seq.0, queue, event_type.into(), value, ev)
        };
        assert_eq!(control(EVENT_START, 0, ptr::null_mut()), 28);
        assert_eq!(snd_seq_get_queue_status(seq.0, queue, &mut status), 0);
        assert_eq!(snd_seq_queue_status_get_status(&status), 0);
        assert_eq!(snd_seq_drain_output(seq.0), 0);
        assert_eq!(snd_seq_get_queue_status(seq.0, queue, &mut status), 0);
        assert_eq!(snd_seq_queue_status_get_status(&status), 1);
        let mut event = note(0, Address::new(1, 2), 3);
        assert_eq!(control(EVENT_TEMPO, 300_000, &mut event), 28);
        assert_eq!(event.header.event_type, EVENT_TEMPO);
        assert_eq!(event.header.dest, Address::new(0, 0));
        assert_eq!(event.header.tag, 3);
        assert_eq!(snd_seq_drain_output(seq.0), 0);
        assert_eq!(snd_seq_get_queue_tempo(seq.0, queue, &mut tempo), 0);
        assert_eq!(snd_seq_queue_tempo_get_tempo(&tempo), 300_000);
        assert_eq!(control(EVENT_STOP, 0, ptr::null_mut()), 28);
        assert_eq!(snd_seq_drain_output(seq.0), 0);

        assert_eq!(snd_seq_free_queue(seq.0, queue), 0);
        assert_eq!(snd_seq_free_queue(seq.0, queue), -libc::EINVAL);
        let mut info = snd_seq_queue_info_t::default();
        let other = snd_seq_create_queue(seq.0, &mut info);
        assert!(other >= 0);
        assert_eq!(snd_seq_queue_info_get_queue(&info), other);
        assert_eq!(snd_seq_free_queue(seq.0, other), 0);
    }
}

#[test]
fn pools_are_read_and_changed() {
    let Some(seq) = open_nonblock() else { return };
    let mut pool = snd_seq_client_pool_t::default();
    unsafe {
        assert_eq!(snd_seq_set_client_pool_output(seq.0, 100), 0);
        assert_eq!(snd_seq_set_client_pool_output_room(seq.0, 60), 0);
        assert_eq!(snd_seq_set_client_pool_input(seq.0, 150), 0);
        assert_eq!(snd_seq_get_client_pool(seq.0, &mut pool), 0);
        assert_eq!(snd_seq_client_pool_get_client(&pool), seq.client().into());
        assert_eq!(snd_seq_client_pool_get_output_pool(&pool), 100);
        assert_eq!(snd_seq_client_pool_get_output_room(&pool), 60);
        assert_eq!(snd_seq_client_pool_get_input_pool(&pool), 150);
        assert_eq!(snd_seq_reset_pool_output(seq.0), 0);
        assert_eq!(snd_seq_reset_pool_input(seq.0), 0);
    }
}

#[test]
fn synchronising_waits_for_the_last_event() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    unsafe {
        let queue = snd_seq_alloc_queue(seq.0);
        // Starting the queue drops its scheduled events, so it is started first.
        let start = i32::from(EVENT_START);
        snd_seq_control_queue(seq.0, queue, start, 0, ptr::null_mut());
        for tick in [1, 5, 10] {
            let mut event = note(own.port, own, tick);
            event.header.queue = queue as u8;
            event.header.time = snd_seq_timestamp_t::from_tick(tick.into());
            snd_seq_event_output(seq.0, &mut event);
        }
        assert_eq!(snd_seq_drain_output(seq.0), 0);
        let mut pool = snd_seq_client_pool_t::default();
        snd_seq_get_client_pool(seq.0, &mut pool);
        let room = snd_seq_client_pool_get_output_room(&pool);
        assert_eq!(snd_seq_sync_output_queue(seq.0), 1);
        snd_seq_get_client_pool(seq.0, &mut pool);
        assert_eq!(snd_seq_client_pool_get_output_room(&pool), room);
        for tick in [1, 5, 10] {
            assert_eq!(seq.receive().0.header.tag, tick);
        }
        assert_eq!(snd_seq_free_queue(seq.0, queue), 0);
    }
}

/// Handles leave no descriptor and no client behind.
#[test]
fn a_thousand_handles_leave_no_descriptor_and_no_client() {
    let Some(seq) = open() else { return };
    let mut fds = Vec::new();
    for _ in 0..1000 {
        let other = open().unwrap();
        let mut pfd = libc::pollfd {
            fd: -1,
            events: 0,
            revents: 0,
        };
        unsafe { snd_seq_poll_descriptors(other.0, &mut pfd, 1, libc::POLLIN) };
        fds.push(pfd.fd);
    }
    // Other tests open files at the same time, but not a thousand.
    assert!(fds.iter().max().unwrap() - fds.iter().min().unwrap() < 500);
    drop(seq);
}
