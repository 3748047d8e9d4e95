//! Clients of UMP, on kernels that have it.

use crate::support::*;
use alsa_seq_capi::*;
use alsa_seq_kernel_abi::consts::*;
use alsa_seq_kernel_abi::event::{I32, U16, U32};
use alsa_seq_kernel_abi::flags::{EventFlags, PortCaps, UmpProtocol};
use alsa_seq_kernel_abi::ioctl::SeqFd;
use core::ffi::{CStr, c_void};
use std::os::fd::BorrowedFd;
use std::ptr;

/// Returns whether the kernel's protocol has UMP.
fn kernel_has_ump(seq: &Seq) -> bool {
    let mut pfd = libc::pollfd {
        fd: -1,
        events: 0,
        revents: 0,
    };
    unsafe { snd_seq_poll_descriptors(seq.0, &mut pfd, 1, libc::POLLIN) };
    let fd = unsafe { BorrowedFd::borrow_raw(pfd.fd) };
    let fd = SeqFd::new(fd.try_clone_to_owned().unwrap()).unwrap();
    fd.pversion().unwrap() >= protocol_version(1, 0, 3)
}

/// Makes a client one of MIDI 2.0, or reports that the kernel has no UMP. A new kernel may be built
/// without UMP.
fn speaks_ump(seq: &Seq) -> bool {
    let set = unsafe { snd_seq_set_client_midi_version(seq.0, 2) };
    if !kernel_has_ump(seq) {
        assert_eq!(set, -libc::EINVAL);
        return false;
    }
    assert!([0, -libc::EINVAL].contains(&set), "{set}");
    set == 0
}

/// A kernel without UMP would accept each of these requests and ignore it.
#[test]
fn a_kernel_without_ump_gets_no_requests_for_ump() {
    let Some(seq) = open_nonblock() else { return };
    if kernel_has_ump(&seq) {
        return;
    }
    let own = || {
        let mut info = snd_seq_client_info_t::default();
        assert_eq!(unsafe { snd_seq_get_client_info(seq.0, &mut info) }, 0);
        info
    };
    let refused = -libc::EINVAL;
    let before = own();
    unsafe {
        for version in [1, 2] {
            let set = snd_seq_set_client_midi_version(seq.0, version);
            assert_eq!(set, refused);
        }
        assert_eq!(snd_seq_set_client_ump_conversion(seq.0, 0), refused);
        for group in [1, 16] {
            let mut info = own();
            snd_seq_client_info_set_ump_group_enabled(&mut info, group, 0);
            assert_eq!(snd_seq_set_client_info(seq.0, &mut info), refused);
        }
        let mut info = own();
        snd_seq_client_info_set_ump_groupless_enabled(&mut info, 0);
        assert_eq!(snd_seq_set_client_info(seq.0, &mut info), refused);
        assert_eq!(own(), before);

        // The opposite of each is the default.
        assert_eq!(snd_seq_set_client_midi_version(seq.0, 0), 0);
        assert_eq!(snd_seq_set_client_ump_conversion(seq.0, 1), 0);
        assert_eq!(snd_seq_set_client_info(seq.0, &mut own()), 0);
        assert_eq!(snd_seq_get_input_buffer_size(seq.0), 500 * 28);
    }
}

fn packet(source: u8, dest: snd_seq_addr_t, word: u32) -> snd_seq_ump_event_t {
    let mut event = snd_seq_ump_event_t::zeroed();
    event.header = note(source, dest, 0).header;
    event.header.event_type = 0;
    event.header.flags = EventFlags::UMP;
    event.ump = [word, 0x1234_5678, 0, 0].map(U32::new);
    event
}

#[test]
fn packets_have_records_of_32_bytes() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    if !speaks_ump(&seq) {
        return;
    }
    unsafe {
        assert_eq!(snd_seq_get_input_buffer_size(seq.0), 500 * 32);
        let mut event = packet(own.port, own, 0x4090_3c00);
        assert_eq!(snd_seq_ump_event_output(seq.0, &mut event), 32);
        assert_eq!(snd_seq_ump_event_output_buffer(seq.0, &mut event), 64);
        assert_eq!(event.header.flags, EventFlags::UMP);
        let mut extracted = ptr::null_mut();
        assert_eq!(snd_seq_ump_extract_output(seq.0, &mut extracted), 0);
        assert_eq!((*extracted).ump, event.ump);
        assert_eq!(snd_seq_ump_event_output_direct(seq.0, &mut event), 32);
        assert_eq!(snd_seq_drain_output(seq.0), 0);
        for _ in 0..2 {
            let mut got = ptr::null_mut();
            assert_eq!(snd_seq_ump_event_input(seq.0, &mut got), 1);
            assert_eq!((*got).ump, event.ump);
            assert!((*got).header.flags.contains(EventFlags::UMP));
        }

        // Other events are in the same stream. Their data is padded to 32 bytes.
        let data: Vec<u8> = (0..100).collect();
        let mut other = sysex(own.port, own, &data);
        other.header.event_type = EVENT_USR_VAR0;
        assert_eq!(snd_seq_event_output(seq.0, &mut other), 128);
        assert_eq!(snd_seq_ump_event_output(seq.0, &mut event), 160);
        assert_eq!(snd_seq_drain_output(seq.0), 0);
        assert_eq!(snd_seq_event_input_pending(seq.0, 1), 1 + 4 + 1);
        let (got, got_data) = seq.receive();
        assert_eq!(got.header.event_type, EVENT_USR_VAR0);
        assert_eq!(got_data, data);
        let mut got = ptr::null_mut();
        assert_eq!(snd_seq_ump_event_input(seq.0, &mut got), 1);
        assert_eq!((*got).ump, event.ump);

        // Back to records of 28 bytes.
        assert_eq!(snd_seq_set_client_midi_version(seq.0, 0), 0);
        assert_eq!(snd_seq_get_input_buffer_size(seq.0), 500 * 28);
        let mut event = note(own.port, own, 8);
        assert_eq!(snd_seq_event_output_direct(seq.0, &mut event), 28);
        assert_eq!(seq.receive().0.header.tag, 8);
    }
}

/// Records that were read before the client changes keep their size.
#[test]
fn buffered_events_stay_readable_after_a_change_of_version() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    unsafe {
        for tag in 1..=3 {
            let mut event = note(own.port, own, tag);
            snd_seq_event_output_direct(seq.0, &mut event);
        }
    }
    assert_eq!(seq.receive().0.header.tag, 1);
    if !speaks_ump(&seq) {
        return;
    }
    assert_eq!(seq.receive().0.header.tag, 2);
    assert_eq!(seq.receive().0.header.tag, 3);
}

/// They are returned as records of 32 bytes. The program may write to every byte.
#[test]
fn buffered_records_are_widened_to_the_size_of_a_packet() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    let data: Vec<u8> = (0..100).collect();
    unsafe {
        for tag in 1..=3 {
            snd_seq_event_output(seq.0, &mut note(own.port, own, tag));
        }
        let mut long = sysex(own.port, own, &data);
        long.header.tag = 4;
        snd_seq_event_output(seq.0, &mut long);
        snd_seq_event_output(seq.0, &mut note(own.port, own, 5));
        assert_eq!(snd_seq_drain_output(seq.0), 0);
    }
    let mut first = ptr::null_mut();
    assert_eq!(unsafe { snd_seq_event_input(seq.0, &mut first) }, 1);
    if !speaks_ump(&seq) {
        return;
    }
    for tag in 2..=5 {
        let mut got = ptr::null_mut();
        unsafe {
            assert_eq!(snd_seq_ump_event_input(seq.0, &mut got), 1);
            assert_eq!((*got).header.tag, tag);
            let read = got.cast::<snd_seq_event_t>().read();
            if tag == 4 {
                assert_eq!(data_of(&read), data);
            } else {
                assert_eq!((read.data[1], (*got).ump[3].get()), (tag, 0));
            }
            got.cast::<[u8; 32]>().write([0; 32]);
        }
    }
    assert_eq!(unsafe { (*first).header.tag }, 1);
    for _ in 0..2 {
        assert_eq!(seq.receive_error(), -libc::EAGAIN);
        assert_eq!(unsafe { snd_seq_event_input_pending(seq.0, 1) }, 0);
    }
}

#[test]
fn a_client_without_ump_has_no_packets() {
    let Some(seq) = open_nonblock() else { return };
    let own = seq.address(c"own");
    let mut event = packet(own.port, own, 0);
    let none = -libc::EBADFD;
    unsafe {
        assert_eq!(snd_seq_ump_event_output(seq.0, &mut event), none);
        assert_eq!(snd_seq_ump_event_output_buffer(seq.0, &mut event), none);
        assert_eq!(snd_seq_ump_event_output_direct(seq.0, &mut event), none);
        let mut got = ptr::dangling_mut();
        assert_eq!(snd_seq_ump_event_input(seq.0, &mut got), none);
        assert!(got.is_null());
        got = ptr::dangling_mut();
        assert_eq!(snd_seq_ump_extract_output(seq.0, &mut got), none);
        assert!(got.is_null());
    }
}

#[test]
fn an_endpoint_has_a_port_for_all_and_one_for_each_group() {
    let Some(seq) = open_nonblock() else { return };
    if !speaks_ump(&seq) {
        return;
    }
    let mut endpoint = snd_ump_endpoint_info_t::default();
    endpoint.name.set("endpoint");
    endpoint.num_blocks = U32::new(2);
    endpoint.set_protocol_caps(UmpProtocol::MIDI1);
    endpoint.set_protocol(UmpProtocol::MIDI2);
    let mut block = snd_ump_block_info_t::default();
    block.first_group = 1;
    block.num_groups = 2;
    block.direction = UMP_DIR_INPUT;
    block.name.set("in");
    let refused = -libc::EINVAL;
    unsafe {
        assert_eq!(snd_seq_create_ump_block(seq.0, 0, &block), refused);
        assert_eq!(snd_seq_create_ump_endpoint(seq.0, &endpoint, 4), refused);
        endpoint.set_protocol(UmpProtocol::MIDI1);
        assert_eq!(snd_seq_create_ump_endpoint(seq.0, &endpoint, 0), refused);
        assert_eq!(snd_seq_create_ump_endpoint(seq.0, &endpoint, 17), refused);
        assert_eq!(snd_seq_create_ump_endpoint(seq.0, ptr::null(), 4), refused);
        assert_eq!(snd_seq_create_ump_endpoint(seq.0, &endpoint, 4), 0);
        assert_eq!(
            snd_seq_create_ump_endpoint(seq.0, &endpoint, 4),
            -libc::EBUSY
        );

        let mut info = snd_seq_client_info_t::default();
        assert_eq!(snd_seq_get_client_info(seq.0, &mut info), 0);
        assert_eq!(snd_seq_client_info_get_midi_version(&info), 1);
        assert_eq!(info.name.to_str(), Ok("endpoint"));
        let mut told = snd_ump_endpoint_info_t::default();
        let told_to: *mut c_void = (&raw mut told).cast();
        let own = seq.client().into();
        assert_eq!(snd_seq_get_ump_endpoint_info(seq.0, own, told_to), 0);
        assert_eq!(told.name, endpoint.name);
        assert_eq!((told.card, told.version), (I32::new(-1), U16::new(0x101)));

        let port = |number| {
            let mut port = snd_seq_port_info_t::default();
            assert_eq!(snd_seq_get_port_info(seq.0, number, &mut port), 0);
            let name = CStr::from_ptr(snd_seq_port_info_get_name(&port))
                .to_str()
                .unwrap();
            (name.to_owned(), port.capability, port.ump_group)
        };
        let (name, capability, group) = port(0);
        assert_eq!((name.as_str(), group), ("MIDI 2.0", 0));
        assert!(capability.contains(PortCaps::UMP_ENDPOINT | PortCaps::DUPLEX));
        for group in 1..=4_u8 {
            let expected = (format!("Group {group}"), PortCaps::empty(), group);
            assert_eq!(port(group.into()), expected);
        }

        assert_eq!(snd_seq_create_ump_block(seq.0, 2, &block), refused);
        assert_eq!(snd_seq_create_ump_block(seq.0, -1, &block), refused);
        block.num_groups = 4;
        assert_eq!(snd_seq_create_ump_block(seq.0, 0, &block), refused);
        block.num_groups = 2;
        assert_eq!(snd_seq_create_ump_block(seq.0, 0, &block), 0);
        assert_eq!(snd_seq_create_ump_block(seq.0, 0, &block), -libc::EBUSY);
        let to = PortCaps::WRITE | PortCaps::SYNC_WRITE | PortCaps::SUBS_WRITE;
        let from = PortCaps::READ | PortCaps::SYNC_READ | PortCaps::SUBS_READ;
        assert_eq!(port(2), ("Group 2 (in)".to_owned(), to, 2));
        assert_eq!(port(3), ("Group 3 (in)".to_owned(), to, 3));
        block.direction = UMP_DIR_OUTPUT;
        block.first_group = 2;
        block.name.set("out");
        assert_eq!(snd_seq_create_ump_block(seq.0, 1, &block), 0);
        assert_eq!(port(1), ("Group 1".to_owned(), PortCaps::empty(), 1));
        assert_eq!(port(2), ("Group 2 (in)".to_owned(), to, 2));
        assert_eq!(port(3), ("Group 3 (in, out)".to_owned(), to | from, 3));
        assert_eq!(port(4), ("Group 4 (out)".to_owned(), from, 4));

        let mut told = snd_ump_block_info_t::default();
        let told_to: *mut c_void = (&raw mut told).cast();
        assert_eq!(snd_seq_get_ump_block_info(seq.0, own, 1, told_to), 0);
        assert_eq!((told.name, told.active), (block.name, 1));
        assert_eq!(snd_seq_get_ump_block_info(seq.0, own, -1, told_to), refused);
        assert_eq!(
            snd_seq_get_ump_block_info(seq.0, own, 9, told_to),
            -libc::ENODEV
        );
        assert_eq!(snd_seq_get_ump_block_info(seq.0, own, 32, told_to), refused);
        assert_eq!(snd_seq_set_ump_block_info(seq.0, 32, told_to), refused);
        assert_eq!(snd_seq_set_ump_endpoint_info(seq.0, ptr::null()), refused);
    }
}

/// libasound crashes.
#[test]
fn an_endpoint_has_at_most_32_blocks() {
    let Some(seq) = open_nonblock() else { return };
    if !speaks_ump(&seq) {
        return;
    }
    let mut endpoint = snd_ump_endpoint_info_t::default();
    endpoint.num_blocks = U32::new(100);
    endpoint.set_protocol_caps(UmpProtocol::MIDI2);
    endpoint.set_protocol(UmpProtocol::MIDI2);
    let mut block = snd_ump_block_info_t::default();
    block.num_groups = 1;
    unsafe {
        assert_eq!(snd_seq_create_ump_endpoint(seq.0, &endpoint, 1), 0);
        assert_eq!(snd_seq_create_ump_block(seq.0, 31, &block), 0);
        for number in [32, 33, 99] {
            let refused = snd_seq_create_ump_block(seq.0, number, &block);
            assert_eq!(refused, -libc::EINVAL);
        }
    }
}

/// libasound leaves the ports of a block without a name without capabilities.
#[test]
fn a_block_without_a_name_has_usable_ports() {
    let Some(seq) = open_nonblock() else { return };
    if !speaks_ump(&seq) {
        return;
    }
    let mut endpoint = snd_ump_endpoint_info_t::default();
    endpoint.num_blocks = U32::new(1);
    endpoint.set_protocol_caps(UmpProtocol::MIDI2);
    endpoint.set_protocol(UmpProtocol::MIDI2);
    let mut block = snd_ump_block_info_t::default();
    block.num_groups = 1;
    block.direction = UMP_DIR_BIDIRECTION;
    let mut port = snd_seq_port_info_t::default();
    unsafe {
        assert_eq!(snd_seq_create_ump_endpoint(seq.0, &endpoint, 1), 0);
        assert_eq!(snd_seq_create_ump_block(seq.0, 0, &block), 0);
        assert_eq!(snd_seq_get_port_info(seq.0, 1, &mut port), 0);
    }
    assert!(
        port.capability
            .contains(PortCaps::DUPLEX | PortCaps::SUBS_WRITE)
    );
    assert_eq!(port.name.to_str(), Ok("Group 1"));
}

/// A program that copies a device's endpoint would name a card that its own endpoint does not have.
#[test]
fn an_endpoint_of_a_client_has_no_card() {
    let Some(seq) = open_nonblock() else { return };
    if !speaks_ump(&seq) {
        return;
    }
    let own = seq.client().into();
    let mut endpoint = snd_ump_endpoint_info_t::default();
    endpoint.card = I32::new(3);
    endpoint.name.set("endpoint");
    endpoint.num_blocks = U32::new(1);
    let mut block = snd_ump_block_info_t::default();
    block.card = I32::new(3);
    block.name.set("block");
    let mut got_endpoint = snd_ump_endpoint_info_t::default();
    let mut got_block = snd_ump_block_info_t::default();
    unsafe {
        let info = (&raw const endpoint).cast();
        assert_eq!(snd_seq_set_ump_endpoint_info(seq.0, info), 0);
        let info = (&raw const block).cast();
        assert_eq!(snd_seq_set_ump_block_info(seq.0, 0, info), 0);
        let info = (&raw mut got_endpoint).cast();
        assert_eq!(snd_seq_get_ump_endpoint_info(seq.0, own, info), 0);
        let info = (&raw mut got_block).cast();
        assert_eq!(snd_seq_get_ump_block_info(seq.0, own, 0, info), 0);
    }
    assert_eq!(got_endpoint.name, endpoint.name);
    assert_eq!(got_endpoint.card, I32::new(-1));
    assert_eq!(got_block.name, block.name);
    assert_eq!(got_block.card, I32::new(-1));
    // The program's own structs do not change.
    assert_eq!((endpoint.card, block.card), (I32::new(3), I32::new(3)));
}

/// An endpoint with one block, of MIDI 2.0.
fn endpoint() -> snd_ump_endpoint_info_t {
    let mut endpoint = snd_ump_endpoint_info_t::default();
    endpoint.num_blocks = U32::new(1);
    endpoint.set_protocol_caps(UmpProtocol::MIDI2);
    endpoint.set_protocol(UmpProtocol::MIDI2);
    endpoint
}

#[test]
fn a_failed_endpoint_leaves_no_ports() {
    let Some(seq) = open_nonblock() else { return };
    if !speaks_ump(&seq) {
        return;
    }
    let endpoint = endpoint();
    let mut port = snd_seq_port_info_t::default();
    let ports = || {
        let mut port = snd_seq_port_info_t::default();
        let mut there = |number| unsafe { snd_seq_get_port_info(seq.0, number, &mut port) };
        (0..5)
            .filter(|number| there(*number) == 0)
            .collect::<Vec<_>>()
    };
    unsafe {
        // The port number of group 2 is used already.
        snd_seq_port_info_set_port(&mut port, 2);
        snd_seq_port_info_set_port_specified(&mut port, 1);
        assert_eq!(snd_seq_create_port(seq.0, &mut port), 0);
        for _ in 0..2 {
            let failed = snd_seq_create_ump_endpoint(seq.0, &endpoint, 4);
            assert_eq!(failed, -libc::EBUSY);
            assert_eq!(ports(), [2]);
        }
        assert_eq!(snd_seq_delete_port(seq.0, 2), 0);
        assert_eq!(snd_seq_create_ump_endpoint(seq.0, &endpoint, 4), 0);
        assert_eq!(ports(), [0, 1, 2, 3, 4]);
    }
}

#[test]
fn a_block_exists_although_a_port_was_deleted() {
    let Some(seq) = open_nonblock() else { return };
    if !speaks_ump(&seq) {
        return;
    }
    let mut block = snd_ump_block_info_t::default();
    block.num_groups = 3;
    block.direction = UMP_DIR_BIDIRECTION;
    block.name.set("block");
    let mut port = snd_seq_port_info_t::default();
    unsafe {
        assert_eq!(snd_seq_create_ump_endpoint(seq.0, &endpoint(), 3), 0);
        assert_eq!(snd_seq_delete_port(seq.0, 2), 0);
        assert_eq!(snd_seq_create_ump_block(seq.0, 0, &block), 0);
        assert_eq!(snd_seq_create_ump_block(seq.0, 0, &block), -libc::EBUSY);
        for number in [1, 3] {
            assert_eq!(snd_seq_get_port_info(seq.0, number, &mut port), 0);
            let name = format!("Group {number} (block)");
            assert_eq!(port.name.to_str(), Ok(name.as_str()));
        }
    }
}
