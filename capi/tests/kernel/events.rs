//! Sending and receiving events, and the two buffers.

use crate::support::*;
use alsa_seq_capi::*;
use alsa_seq_kernel_abi::consts::*;
use alsa_seq_kernel_abi::event::{Address, Ext};
use alsa_seq_kernel_abi::flags::{EventFlags, RemoveMode};
use std::ptr;

#[test]
fn a_received_event_can_be_sent_again() {
    let (Some(a), Some(b), Some(c)) = (open(), open(), open()) else {
        return;
    };
    let from = a.address(c"from");
    let through = b.address(c"through");
    let to = c.address(c"to");
    let own = i32::from(from.port);
    unsafe {
        let (client, port) = (through.client.into(), through.port.into());
        assert_eq!(snd_seq_connect_to(a.0, own, client, port), 0);
        let mut event = note(from.port, SUBSCRIBERS, 60);
        assert_eq!(snd_seq_event_output(a.0, &mut event), 28);
        assert_eq!(snd_seq_event_output_pending(a.0), 28);
        assert_eq!(snd_seq_drain_output(a.0), 0);
        assert_eq!(snd_seq_event_output_pending(a.0), 0);

        // The event is in the handle's buffer, with C's alignment. It may be changed and sent
        // again.
        let mut lent = ptr::null_mut();
        assert_eq!(snd_seq_event_input(b.0, &mut lent), 1);
        // The kernel reports the connection.
        assert_eq!((*lent).header.event_type, EVENT_PORT_SUBSCRIBED);
        assert_eq!(snd_seq_event_input(b.0, &mut lent), 1);
        assert!(lent.cast::<u32>().is_aligned());
        assert_eq!((*lent).header.source, from);
        assert_eq!((*lent).header.dest, through);
        (*lent).header.source.port = through.port;
        (*lent).header.dest = to;
        (*lent).data[1] = 61;
        assert_eq!(snd_seq_event_output_direct(b.0, lent), 28);
        assert_eq!(snd_seq_free_event(lent), 0);
    }
    let (event, _) = c.receive();
    assert_eq!(event.header.event_type, EVENT_NOTEON);
    assert_eq!(event.header.source, through);
    assert_eq!(&event.data[1..3], [61, 100]);
}

#[test]
fn a_non_blocking_handle_without_events_returns_eagain() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    assert_eq!(seq.receive_error(), -libc::EAGAIN);
    unsafe {
        assert_eq!(snd_seq_event_input_pending(seq.0, 1), 0);
        let mut event = note(own.port, own, 1);
        for _ in 0..3 {
            assert_eq!(snd_seq_event_output_direct(seq.0, &mut event), 28);
        }
        assert_eq!(snd_seq_event_input_pending(seq.0, 0), 0);
        assert_eq!(snd_seq_event_input_pending(seq.0, 1), 3);
    }
    seq.receive();
    unsafe {
        assert_eq!(snd_seq_event_input_pending(seq.0, 1), 2);
        assert_eq!(snd_seq_drop_input_buffer(seq.0), 0);
        assert_eq!(snd_seq_event_input_pending(seq.0, 1), 0);
    }
    assert_eq!(seq.receive_error(), -libc::EAGAIN);
}

#[test]
fn the_flag_for_blocking_is_the_descriptors() {
    let Some(seq) = open() else { return };
    let mut pfd = libc::pollfd {
        fd: -1,
        events: 0,
        revents: 0,
    };
    let both = libc::POLLIN | libc::POLLOUT;
    unsafe {
        assert_eq!(snd_seq_poll_descriptors_count(seq.0, both), 1);
        assert_eq!(snd_seq_poll_descriptors_count(seq.0, libc::POLLPRI), 0);
        assert_eq!(snd_seq_poll_descriptors(seq.0, &mut pfd, 0, both), 0);
        assert_eq!(
            snd_seq_poll_descriptors(seq.0, &mut pfd, 1, libc::POLLPRI),
            0
        );
        assert_eq!(pfd.fd, -1);
        assert_eq!(snd_seq_poll_descriptors(seq.0, &mut pfd, 1, both), 1);
        assert_eq!(pfd.events, both | libc::POLLERR | libc::POLLNVAL);
        let flags = || libc::fcntl(pfd.fd, libc::F_GETFL);
        assert_eq!(flags() & libc::O_NONBLOCK, 0);
        assert_eq!(snd_seq_nonblock(seq.0, 1), 0);
        assert_eq!(flags() & libc::O_NONBLOCK, libc::O_NONBLOCK);
        assert_eq!(seq.receive_error(), -libc::EAGAIN);
        assert_eq!(snd_seq_nonblock(seq.0, 0), 0);
        assert_eq!(flags() & libc::O_NONBLOCK, 0);
        // A program may set the flag itself.
        libc::fcntl(pfd.fd, libc::F_SETFL, flags() | libc::O_NONBLOCK);
        assert_eq!(seq.receive_error(), -libc::EAGAIN);
        assert_eq!(
            libc::fcntl(pfd.fd, libc::F_GETFD) & libc::FD_CLOEXEC,
            libc::FD_CLOEXEC
        );

        let own = seq.address(c"own");
        let mut event = note(own.port, own, 1);
        snd_seq_event_output_direct(seq.0, &mut event);
        assert_eq!(libc::poll(&mut pfd, 1, -1), 1);
        let mut revents = 0;
        assert_eq!(
            snd_seq_poll_descriptors_revents(seq.0, &mut pfd, 1, &mut revents),
            0
        );
        assert_eq!(revents as i16, both);
        let two = snd_seq_poll_descriptors_revents(seq.0, &mut pfd, 2, &mut revents);
        assert_eq!(two, -libc::EINVAL);
    }
}

#[test]
fn a_handle_for_one_direction_refuses_the_other() {
    let Some(writer) = open_as(SND_SEQ_OPEN_OUTPUT, SND_SEQ_NONBLOCK) else {
        return;
    };
    let reader = open_as(SND_SEQ_OPEN_INPUT, SND_SEQ_NONBLOCK).unwrap();
    let to = reader.address(c"to");
    let from = writer.port(c"from");
    let mut event = note(from, to, 5);
    unsafe {
        assert_eq!(snd_seq_event_output_direct(writer.0, &mut event), 28);
        assert_eq!(reader.receive().0.header.tag, 5);
        assert_eq!(writer.receive_error(), -libc::EBADF);
        assert_eq!(snd_seq_event_input_pending(writer.0, 0), 0);
        assert_eq!(snd_seq_event_input_pending(writer.0, 1), 0);
        assert_eq!(snd_seq_drop_input_buffer(writer.0), 0);
        assert_eq!(snd_seq_drop_input(writer.0), 0);
        assert_eq!(snd_seq_event_output(reader.0, &mut event), -libc::EINVAL);
        assert!(snd_seq_event_output_direct(reader.0, &mut event) < 0);
        assert_eq!(snd_seq_drain_output(reader.0), 0);
        assert_eq!(snd_seq_get_output_buffer_size(reader.0), 0);
        assert_eq!(snd_seq_get_input_buffer_size(writer.0), 0);
        assert_eq!(snd_seq_set_output_buffer_size(reader.0, 100), -libc::EINVAL);
        assert_eq!(snd_seq_set_input_buffer_size(writer.0, 100), -libc::EINVAL);
        let none = snd_seq_poll_descriptors_count(writer.0, libc::POLLIN);
        assert_eq!(none, -libc::EINVAL);
        let none = snd_seq_poll_descriptors_count(reader.0, libc::POLLOUT);
        assert_eq!(none, -libc::EINVAL);
    }
}

/// Bytes with values that reveal a wrong offset.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i % 251) as u8).collect()
}

#[test]
fn data_of_any_length_arrives_unchanged() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    unsafe {
        assert_eq!(snd_seq_set_client_pool_input(seq.0, 2000), 0);
        for length in [0, 1, 27, 28, 29, 56, 255, 4068, 4069, 5000, 16_356] {
            let data = bytes(length);
            let mut event = sysex(own.port, own, &data);
            let total = length as i32 + 28;
            if length > 13_000 {
                // The default buffer is too small for its record and data.
                assert_eq!(snd_seq_set_input_buffer_size(seq.0, 20_000), 0);
            }
            assert_eq!(snd_seq_event_output(seq.0, &mut event), total);
            assert_eq!(snd_seq_drain_output(seq.0), 0);
            let (got, got_data) = seq.receive();
            assert_eq!(got.header.event_type, EVENT_SYSEX);
            assert_eq!(got_data, data, "{length}");
            assert_eq!(snd_seq_event_output_direct(seq.0, &mut event), total);
            let mut after = note(own.port, own, 9);
            assert_eq!(snd_seq_event_output_direct(seq.0, &mut after), 28);
            assert_eq!(seq.receive().1, data, "{length}, directly");
            assert_eq!(seq.receive().0.header.tag, 9);
        }
        // This is larger than the output buffer: it can only be sent directly, and the buffer for
        // the copy is enlarged.
        let data = bytes(30_000);
        let mut event = sysex(own.port, own, &data);
        assert_eq!(snd_seq_event_output(seq.0, &mut event), -libc::EINVAL);
        assert_eq!(
            snd_seq_event_output_buffer(seq.0, &mut event),
            -libc::EINVAL
        );
        assert_eq!(snd_seq_event_output_direct(seq.0, &mut event), 30_028);
        // The input buffer is too small for it, so it stays in the kernel.
        assert_eq!(seq.receive_error(), -libc::EAGAIN);
        assert_eq!(snd_seq_set_input_buffer_size(seq.0, 31_000), 0);
        assert_eq!(snd_seq_event_output_direct(seq.0, &mut event), 30_028);
        assert_eq!(seq.receive().1, data);

        // Data with a null pointer is refused.
        let mut nowhere = sysex(own.port, own, &data);
        nowhere.set_payload(&Ext::new(3));
        assert_eq!(snd_seq_event_output(seq.0, &mut nowhere), -libc::EINVAL);
        assert_eq!(
            snd_seq_event_output_direct(seq.0, &mut nowhere),
            -libc::EINVAL
        );
        assert_eq!(snd_seq_event_output_pending(seq.0), 0);
    }
}

/// Programs keep pointers to events while the buffer contains further events.
#[test]
fn an_event_is_valid_until_the_next_read() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    unsafe {
        let data = bytes(40);
        for mut event in [sysex(own.port, own, &data), note(own.port, own, 7)] {
            assert_eq!(snd_seq_event_output_direct(seq.0, &mut event), {
                snd_seq_event_length(&mut event) as i32
            });
        }
        let (mut first, mut second) = (ptr::null_mut(), ptr::null_mut());
        assert_eq!(snd_seq_event_input(seq.0, &mut first), 1);
        assert_eq!(snd_seq_event_input(seq.0, &mut second), 1);
        assert_eq!(data_of(&*first), data);
        assert_eq!((*second).header.tag, 7);
        // The data is after its record, and the next record is after the data.
        assert_eq!(data_of(&*first).as_ptr().addr(), first.addr() + 28);
        assert_eq!(second.addr(), first.addr() + 3 * 28);
    }
}

#[test]
fn lost_events_are_reported_once_and_input_continues() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    unsafe {
        assert_eq!(snd_seq_set_client_pool_input(seq.0, 10), 0);
        let mut event = note(own.port, own, 1);
        let mut sent = 0;
        let refused = loop {
            match snd_seq_event_output_direct(seq.0, &mut event) {
                28 => sent += 1,
                error => break error,
            }
            assert!(sent <= 10);
        };
        assert_eq!(refused, -libc::EAGAIN);
        assert_eq!(seq.receive_error(), -libc::ENOSPC);
        assert_eq!(seq.receive_error(), -libc::EAGAIN);
        assert_eq!(snd_seq_event_output_direct(seq.0, &mut event), 28);
        assert_eq!(seq.receive().0.header.tag, 1);
    }
}

#[test]
fn draining_into_a_full_pool_keeps_the_rest_in_the_buffer() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    unsafe {
        let queue = snd_seq_alloc_queue(seq.0);
        assert!(queue >= 0);
        assert_eq!(snd_seq_set_client_pool_output(seq.0, 10), 0);
        let mut event = note(own.port, own, 1);
        event.header.queue = queue as u8;
        event.header.time = snd_seq_timestamp_t::from_tick(1000);
        for i in 1..=50 {
            event.header.tag = i;
            assert_eq!(snd_seq_event_output(seq.0, &mut event), i32::from(i) * 28);
        }
        // The queue is stopped, so the pool stays full.
        assert_eq!(snd_seq_drain_output(seq.0), -libc::EAGAIN);
        let waiting = snd_seq_event_output_pending(seq.0);
        assert_eq!(waiting, 40 * 28);
        assert_eq!(snd_seq_drain_output(seq.0), -libc::EAGAIN);
        assert_eq!(snd_seq_event_output_pending(seq.0), waiting);

        // The waiting events keep their order, and more events may be added until the buffer is
        // full.
        event.header.tag = 99;
        let mut last = waiting;
        let full = loop {
            match snd_seq_event_output(seq.0, &mut event) {
                error @ ..0 => break error,
                used => {
                    assert_eq!(used, last + 28);
                    last = used;
                }
            }
        };
        assert_eq!(full, -libc::EAGAIN);
        assert_eq!(
            snd_seq_event_output_buffer(seq.0, &mut event),
            -libc::EAGAIN
        );
        assert_eq!(last, 16_384 / 28 * 28);
        for tag in 11..=50 {
            let mut extracted = ptr::null_mut();
            assert_eq!(snd_seq_extract_output(seq.0, &mut extracted), 0);
            assert_eq!((*extracted).header.tag, tag);
        }
        assert_eq!(snd_seq_event_output(seq.0, &mut event), last - 39 * 28);
        assert_eq!(snd_seq_drop_output(seq.0), 0);
        assert_eq!(snd_seq_event_output_pending(seq.0), 0);
        // The kernel's events were dropped, too.
        let mut status = snd_seq_queue_status_t::default();
        assert_eq!(snd_seq_get_queue_status(seq.0, queue, &mut status), 0);
        assert_eq!(snd_seq_queue_status_get_events(&status), 0);
        assert_eq!(snd_seq_free_queue(seq.0, queue), 0);
    }
}

#[test]
fn a_refused_event_and_later_events_stay_in_the_buffer() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    unsafe {
        for (key, port) in [(1, own.port), (2, own.port + 1), (3, own.port)] {
            let mut event = note(own.port, Address::new(own.client, port), key);
            assert_eq!(snd_seq_event_output(seq.0, &mut event), i32::from(key) * 28);
        }
        assert_eq!(snd_seq_drain_output(seq.0), -libc::ENOENT);
        assert_eq!(snd_seq_event_output_pending(seq.0), 2 * 28);
        assert_eq!(snd_seq_drain_output(seq.0), -libc::ENOENT);
        assert_eq!(snd_seq_extract_output(seq.0, ptr::null_mut()), 0);
        assert_eq!(snd_seq_drain_output(seq.0), 0);
    }
    assert_eq!(seq.receive().0.header.tag, 1);
    assert_eq!(seq.receive().0.header.tag, 3);
}

#[test]
fn extracted_events_have_their_data() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    let data = bytes(1000);
    unsafe {
        let mut event = ptr::dangling_mut();
        assert_eq!(snd_seq_extract_output(seq.0, &mut event), -libc::ENOENT);
        assert!(event.is_null());
        for mut sent in [sysex(own.port, own, &data), note(own.port, own, 3)] {
            snd_seq_event_output_buffer(seq.0, &mut sent);
        }
        assert_eq!(snd_seq_extract_output(seq.0, &mut event), 0);
        assert_eq!(data_of(&*event), data);
        // It can be sent again, although it is in memory of the handle.
        assert_eq!(snd_seq_event_output(seq.0, event), 28 + 1028);
        assert_eq!(snd_seq_event_output_direct(seq.0, event), 1028);
        assert_eq!(snd_seq_extract_output(seq.0, &mut event), 0);
        assert_eq!((*event).header.tag, 3);
        assert_eq!(snd_seq_drain_output(seq.0), 0);

        // The pointer is after the record, also without data.
        for length in [1000, 0] {
            let mut sent = sysex(own.port, own, &data[..length]);
            snd_seq_event_output_buffer(seq.0, &mut sent);
            assert_eq!(snd_seq_extract_output(seq.0, &mut event), 0);
            assert_eq!(data_of(&*event), &data[..length]);
            assert_eq!(data_of(&*event).as_ptr().addr(), event.addr() + 28);
        }
    }
    assert_eq!(seq.receive().1, data);
    assert_eq!(seq.receive().1, data);
}

#[test]
fn a_large_extracted_event_can_be_sent_directly() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    let data = bytes(12_000);
    unsafe {
        let mut sent = sysex(own.port, own, &data);
        snd_seq_event_output_buffer(seq.0, &mut sent);
        let mut event = ptr::null_mut();
        assert_eq!(snd_seq_extract_output(seq.0, &mut event), 0);
        assert_eq!(snd_seq_set_client_pool_input(seq.0, 1000), 0);
        assert_eq!(snd_seq_event_output_direct(seq.0, event), 12_028);
    }
    assert_eq!(seq.receive().1, data);
}

/// Returns the tags of the events in the output buffer, and empties the buffer.
fn left(seq: &Seq) -> Vec<u8> {
    let mut tags = Vec::new();
    let mut event = ptr::null_mut();
    while unsafe { snd_seq_extract_output(seq.0, &mut event) } == 0 {
        tags.push(unsafe { (*event).header.tag });
    }
    tags
}

#[test]
fn conditions_also_apply_to_the_output_buffer() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    let data = bytes(50);
    let all: Vec<u8> = (0..8).collect();
    let types = [
        EVENT_NOTEON,
        EVENT_NOTEOFF,
        EVENT_CONTROLLER,
        EVENT_SYSEX,
        EVENT_NOTE,
        EVENT_CLOCK,
        EVENT_PITCHBEND,
        EVENT_NOTEOFF,
    ];
    let fill = || {
        for (tag, event_type) in (0_u8..).zip(types) {
            let mut event = note(own.port, Address::new(own.client, tag % 3), tag);
            if event_type == EVENT_SYSEX {
                event = sysex(own.port, own, &data);
                event.header.tag = tag;
            }
            event.header.event_type = event_type;
            event.header.time = snd_seq_timestamp_t::from_tick(tag.into());
            if event_type != EVENT_SYSEX {
                event.data[0] = tag % 2;
            }
            assert!(unsafe { snd_seq_event_output_buffer(seq.0, &mut event) } > 0);
        }
    };
    let remove = |mode: RemoveMode, set: &dyn Fn(*mut snd_seq_remove_events_t)| {
        fill();
        let mut conditions = snd_seq_remove_events_t::default();
        unsafe { snd_seq_remove_events_set_condition(&mut conditions, mode.bits()) };
        set(&mut conditions);
        assert_eq!(unsafe { snd_seq_remove_events(seq.0, &mut conditions) }, 0);
        left(&seq)
    };
    let output = RemoveMode::OUTPUT;
    let nothing = |_: *mut snd_seq_remove_events_t| {};
    assert_eq!(remove(output, &nothing), []);
    assert_eq!(remove(output | RemoveMode::INPUT, &nothing), []);
    assert_eq!(remove(RemoveMode::INPUT, &nothing), all);
    assert_eq!(remove(RemoveMode::TAG_MATCH, &nothing), all);

    let tag = |conditions| unsafe { snd_seq_remove_events_set_tag(conditions, 3) };
    assert_eq!(
        remove(output | RemoveMode::TAG_MATCH, &tag),
        [0, 1, 2, 4, 5, 6, 7]
    );
    let dest = Address::new(own.client, 1);
    let dest = |conditions| unsafe { snd_seq_remove_events_set_dest(conditions, &dest) };
    assert_eq!(remove(output | RemoveMode::DEST, &dest), [0, 2, 3, 5, 6]);
    let channel = |conditions| unsafe { snd_seq_remove_events_set_channel(conditions, 1) };
    // The first byte of sysex and clock events is not a channel.
    assert_eq!(
        remove(output | RemoveMode::DEST_CHANNEL, &channel),
        [0, 2, 3, 4, 5, 6]
    );
    let time = snd_seq_timestamp_t::from_tick(5);
    let time = |conditions| unsafe { snd_seq_remove_events_set_time(conditions, &time) };
    let tick = output | RemoveMode::TIME_TICK;
    assert_eq!(
        remove(tick | RemoveMode::TIME_AFTER, &time),
        [0, 1, 2, 3, 4]
    );
    assert_eq!(remove(tick | RemoveMode::TIME_BEFORE, &time), [5, 6, 7]);
    let offs = |conditions| unsafe {
        snd_seq_remove_events_set_event_type(conditions, EVENT_NOTEOFF.into());
    };
    assert_eq!(
        remove(output | RemoveMode::EVENT_TYPE, &offs),
        [0, 2, 3, 4, 5, 6]
    );
    assert_eq!(remove(output | RemoveMode::IGNORE_OFF, &nothing), [1, 7]);
}

#[test]
fn buffers_have_the_size_that_is_set() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    unsafe {
        assert_eq!(snd_seq_get_output_buffer_size(seq.0), 16_384);
        assert_eq!(snd_seq_get_input_buffer_size(seq.0), 500 * 28);
        assert_eq!(snd_seq_set_output_buffer_size(seq.0, 27), -libc::EINVAL);
        assert_eq!(snd_seq_set_input_buffer_size(seq.0, 27), -libc::EINVAL);
        assert_eq!(snd_seq_set_output_buffer_size(seq.0, 28), 0);
        assert_eq!(snd_seq_get_output_buffer_size(seq.0), 28);
        assert_eq!(snd_seq_set_input_buffer_size(seq.0, 29), 0);
        assert_eq!(snd_seq_get_input_buffer_size(seq.0), 56);
        for tag in 0..5 {
            let mut event = note(own.port, own, tag);
            assert_eq!(snd_seq_event_output(seq.0, &mut event), 28);
        }
        assert_eq!(snd_seq_drain_output(seq.0), 0);
        for tag in 0..5 {
            assert_eq!(seq.receive().0.header.tag, tag);
        }
        assert_eq!(
            snd_seq_set_output_buffer_size(seq.0, usize::MAX),
            -libc::ENOMEM
        );
        assert_eq!(
            snd_seq_set_input_buffer_size(seq.0, usize::MAX),
            -libc::ENOMEM
        );
        assert_eq!(snd_seq_get_output_buffer_size(seq.0), 28);
        let data = bytes(20_000);
        assert_eq!(snd_seq_set_output_buffer_size(seq.0, 30_000), 0);
        let mut event = sysex(own.port, own, &data);
        assert_eq!(snd_seq_event_output(seq.0, &mut event), 20_028);
        let mut extracted = ptr::null_mut();
        assert_eq!(snd_seq_extract_output(seq.0, &mut extracted), 0);
        assert_eq!(data_of(&*extracted), data);
    }
}

/// The flag has no meaning in a client without UMP, and the kernel would read a longer record.
#[test]
fn a_stray_ump_flag_is_cleared_in_the_callers_event() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    unsafe {
        let mut event = note(own.port, own, 4);
        let calls: [unsafe extern "C-unwind" fn(_, _) -> _; 2] =
            [snd_seq_event_output, snd_seq_event_output_direct];
        for call in calls {
            event.header.flags = EventFlags::UMP;
            assert_eq!(call(seq.0, &mut event), 28);
            assert_eq!(event.header.flags, EventFlags::empty());
        }
        event.header.flags = EventFlags::UMP;
        assert_eq!(snd_seq_event_output_buffer(seq.0, &mut event), 56);
        assert_eq!(event.header.flags, EventFlags::empty());
        assert_eq!(snd_seq_drain_output(seq.0), 0);
    }
    for _ in 0..3 {
        assert_eq!(seq.receive().0.header.flags, EventFlags::empty());
    }
}

/// A program must not use an event for this long, but no other event is damaged.
#[test]
fn writing_to_an_expired_event_makes_no_new_event() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    let send = |events: u8| {
        for tag in 0..events {
            let mut event = note(own.port, own, tag);
            assert_eq!(
                unsafe { snd_seq_event_output_direct(seq.0, &mut event) },
                28
            );
        }
    };
    send(3);
    let lent = [(); 3].map(|()| {
        let mut event = ptr::null_mut();
        assert_eq!(unsafe { snd_seq_event_input(seq.0, &mut event) }, 1);
        event
    });
    // This read returns one event, so the other two places are free.
    send(1);
    assert_eq!(seq.receive().0.header.tag, 0);
    for event in &lent[1..] {
        unsafe { event.write(snd_seq_event_t::zeroed()) };
    }
    for _ in 0..2 {
        assert_eq!(unsafe { snd_seq_event_input_pending(seq.0, 0) }, 0);
        assert_eq!(seq.receive_error(), -libc::EAGAIN);
    }
}
