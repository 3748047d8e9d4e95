//! The ioctls on a real sequencer: does the kernel know each number, fill the
//! struct, and give the errors that the documentation names?
#![cfg(all(feature = "ioctl", target_os = "linux"))]
#![allow(
    clippy::unwrap_used,
    reason = "tests; clippy sees only the functions with the attribute as such"
)]

use alsa_seq_kernel_abi::consts::*;
use alsa_seq_kernel_abi::event::*;
use alsa_seq_kernel_abi::flags::*;
use alsa_seq_kernel_abi::info::*;
use alsa_seq_kernel_abi::ioctl::{Errno, NotSequencer, SeqFd};
use alsa_seq_kernel_abi::limits;
use alsa_seq_kernel_abi::ump::{UmpBlockInfo, UmpEndpointInfo};
use alsa_seq_kernel_abi::zerocopy::{FromBytes, IntoBytes};
use std::fs::{File, OpenOptions};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::net::UnixStream;
use std::{env, io};

/// A new client, or `None` with a visible note when there is no sequencer and
/// nobody insists.
fn open() -> Option<SeqFd> {
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NONBLOCK)
        .open("/dev/snd/seq");
    match opened {
        Ok(file) => Some(SeqFd::new(file.into()).unwrap()),
        Err(error) => {
            assert!(
                env::var("ALSA_SEQ_REQUIRE_KERNEL").as_deref() != Ok("1"),
                "no sequencer: {error}"
            );
            // Past the capture of a passing test's output.
            let note = format!("SKIPPED: no sequencer: {error}\n");
            let _ = io::Write::write_all(&mut io::stderr(), note.as_bytes());
            None
        }
    }
}

/// The caller's client number as the structs have it.
fn id(seq: &SeqFd) -> (i32, u8) {
    let id = seq.client_id().unwrap();
    (id, u8::try_from(id).unwrap())
}

/// A client number that nobody has: one of sound card 27.
const NOBODY: u8 = 126;

fn port(seq: &SeqFd, capability: PortCaps) -> Address {
    let (_, client) = id(seq);
    let mut info = PortInfo::zeroed();
    info.addr.client = client;
    info.capability = capability;
    seq.create_port(&mut info).unwrap();
    info.addr
}

#[test]
fn other_files_are_refused() {
    let wrong = |fd: OwnedFd| SeqFd::new(fd).unwrap_err() == NotSequencer::WrongFile;
    assert!(wrong(File::open("/dev/null").unwrap().into()));
    assert!(wrong(File::open("/").unwrap().into()));
    assert!(wrong(
        File::open(env::current_exe().unwrap()).unwrap().into()
    ));
    let (socket, _peer) = UnixStream::pair().unwrap();
    assert!(wrong(socket.into()));
    // The same driver's other nodes.
    if let Ok(timer) = File::open("/dev/snd/timer") {
        assert!(wrong(timer.into()));
    }
}

#[test]
fn errors_have_names_and_texts() {
    assert_eq!(format!("{:?}", Errno::EBUSY), "Errno(EBUSY)");
    assert_eq!(format!("{:?}", Errno::from_raw(4000)), "Errno(4000)");
    let text = Errno::EBUSY.to_string();
    assert!(text.contains(&libc::EBUSY.to_string()), "{text}");
    assert_eq!(
        io::Error::from(Errno::EBUSY).raw_os_error(),
        Some(libc::EBUSY)
    );
    assert_eq!(i32::from(Errno::EBUSY), Errno::EBUSY.raw());
}

#[test]
fn a_descriptor_is_lent_and_given_back() {
    let Some(seq) = open() else { return };
    let raw = seq.as_raw_fd();
    assert_eq!(seq.as_fd().as_raw_fd(), raw);
    let fd = OwnedFd::from(seq);
    assert_eq!(fd.as_raw_fd(), raw);
    SeqFd::new(fd).unwrap();

    // No ioctl goes through a descriptor that only names the node.
    let path = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_PATH)
        .open("/dev/snd/seq")
        .unwrap();
    let named = SeqFd::new(path.into()).unwrap();
    assert_eq!(named.client_id(), Err(Errno::EBADF));
}

#[test]
fn versions_and_limits() {
    let Some(seq) = open() else { return };
    let version = seq.pversion().unwrap();
    assert_eq!(protocol_major(version), 1);
    assert!(version >= protocol_version(1, 0, 2), "{version:#x}");
    let announced = seq.user_pversion(VERSION);
    assert!(matches!(announced, Ok(()) | Err(Errno::ENOTTY)));

    let (own, client) = id(&seq);
    assert!(client >= limits::FIRST_USER_CLIENT);
    let mut info = SystemInfo::zeroed();
    seq.system_info(&mut info).unwrap();
    assert_eq!(info.queues, i32::from(limits::MAX_QUEUES));
    assert_eq!(info.clients, i32::from(limits::MAX_CLIENTS));
    assert_eq!(info.ports, i32::from(limits::MAX_PORTS));
    assert!(info.channels > 0);
    assert!(info.cur_clients >= 2, "this one and the system");
    assert!(own < info.clients);

    let mut mode = RunningMode::zeroed();
    mode.client = client;
    mode.big_endian = cfg!(target_endian = "big").into();
    mode.cpu_mode = u8::try_from(size_of::<usize>()).unwrap();
    seq.running_mode(&mut mode).unwrap();
    mode.big_endian ^= 1;
    assert_eq!(seq.running_mode(&mut mode), Err(Errno::EINVAL));
    mode.client = NOBODY;
    assert_eq!(seq.running_mode(&mut mode), Err(Errno::ENOENT));
}

#[test]
fn clients() {
    let Some(seq) = open() else { return };
    let (own, _) = id(&seq);
    let mut info = ClientInfo::zeroed();
    info.client = own;
    info.multicast_filter = [0xa5; 8];
    seq.get_client_info(&mut info).unwrap();
    assert_eq!(info.client, own);
    assert_eq!(info.client_type, USER_CLIENT);
    assert_eq!(info.card, -1);
    assert_eq!(info.multicast_filter, [0xa5; 8], "left as it was");
    assert_eq!(info.num_ports, 0);

    info.name.set("kernel-abi test");
    info.filter = ClientFilter::USE_EVENT | ClientFilter::BOUNCE;
    info.set_accepts_event(EVENT_ECHO, true);
    seq.set_client_info(&info).unwrap();
    let mut again = ClientInfo::zeroed();
    again.client = own;
    seq.get_client_info(&mut again).unwrap();
    assert_eq!(again.name.to_str(), Ok("kernel-abi test"));
    assert_eq!(again.filter, info.filter);
    assert_eq!(again.event_filter, info.event_filter);

    info.client_type = KERNEL_CLIENT;
    assert_eq!(seq.set_client_info(&info), Err(Errno::EINVAL));
    info.client = 0;
    assert_eq!(seq.set_client_info(&info), Err(Errno::EPERM));
    info.client = NOBODY.into();
    assert_eq!(seq.get_client_info(&mut info), Err(Errno::ENOENT));

    // Every client once, in order, this one among them.
    let mut numbers = Vec::new();
    let mut next = ClientInfo::zeroed();
    next.client = -1;
    let end = loop {
        match seq.query_next_client(&mut next) {
            Ok(()) => numbers.push(next.client),
            Err(error) => break error,
        }
    };
    assert_eq!(end, Errno::ENOENT);
    assert_eq!(numbers.first(), Some(&0));
    assert!(numbers.contains(&own));
    assert!(numbers.is_sorted());
}

#[test]
fn event_filter_bits_are_the_kernels() {
    let Some(seq) = open() else { return };
    let (own, _) = id(&seq);
    let dest = port(&seq, PortCaps::WRITE);
    let mut info = ClientInfo::zeroed();
    info.client = own;
    seq.get_client_info(&mut info).unwrap();
    info.filter = ClientFilter::USE_EVENT;
    for accepted in [EVENT_NOTEON, EVENT_ECHO, EVENT_USR9] {
        info.event_filter = [0; 32];
        info.set_accepts_event(accepted, true);
        seq.set_client_info(&info).unwrap();
        let mut event = Event::zeroed();
        event.header.queue = QUEUE_DIRECT;
        event.header.dest = dest;
        for event_type in [EVENT_NOTEON, EVENT_NOTEOFF, EVENT_ECHO, EVENT_USR9] {
            event.header.event_type = event_type;
            let expected = if event_type == accepted {
                Ok(28)
            } else {
                Err(Errno::ENOENT)
            };
            assert_eq!(seq.write(event.as_bytes()), expected);
        }
    }
}

#[test]
fn ump_information() {
    let Some(seq) = open() else { return };
    let (own, _) = id(&seq);
    let mut ump = ClientUmpInfo::zeroed();
    ump.client = own;
    match seq.get_client_ump_info(&mut ump).unwrap_err() {
        Errno::EBADFD => {}
        Errno::ENOTTY => {
            println!("a kernel without UMP");
            return;
        }
        other => panic!("{other}"),
    }
    seq.user_pversion(VERSION).unwrap();
    let mut info = ClientInfo::zeroed();
    info.client = own;
    seq.get_client_info(&mut info).unwrap();
    info.midi_version = CLIENT_UMP_MIDI_2_0;
    seq.set_client_info(&info).unwrap();
    assert_eq!(seq.get_client_ump_info(&mut ump), Err(Errno::ENODEV));

    let mut endpoint = UmpEndpointInfo::zeroed();
    endpoint.set_protocol_caps(UmpProtocol::MIDI1 | UmpProtocol::MIDI2);
    endpoint.set_protocol(UmpProtocol::MIDI2);
    endpoint.num_blocks = 1.into();
    endpoint.manufacturer_id = 0x7d.into();
    endpoint.name.set("endpoint");
    endpoint.product_id.set("product");
    ump.set_endpoint(&endpoint);
    seq.set_client_ump_info(&ump).unwrap();
    let mut block = UmpBlockInfo::zeroed();
    block.direction = UMP_DIR_BIDIRECTION;
    block.active = 1;
    block.num_groups = 1;
    block.name.set("block");
    ump.info_type = CLIENT_UMP_INFO_BLOCK;
    ump.set_block(&block);
    seq.set_client_ump_info(&ump).unwrap();

    ump.info = [0; 512];
    seq.get_client_ump_info(&mut ump).unwrap();
    assert_eq!(ump.block(), block);
    ump.info_type = CLIENT_UMP_INFO_ENDPOINT;
    seq.get_client_ump_info(&mut ump).unwrap();
    assert_eq!(ump.endpoint(), endpoint);

    ump.info_type = i32::from(UMP_MAX_BLOCKS) + 1;
    assert_eq!(seq.get_client_ump_info(&mut ump), Err(Errno::EINVAL));
    ump.client = 0;
    assert_eq!(seq.set_client_ump_info(&ump), Err(Errno::EPERM));
    ump.info_type = CLIENT_UMP_INFO_ENDPOINT;
    ump.client = NOBODY.into();
    assert_eq!(seq.get_client_ump_info(&mut ump), Err(Errno::ENOENT));
}

#[test]
fn ports() {
    let Some(seq) = open() else { return };
    let (_, client) = id(&seq);
    let mut info = PortInfo::zeroed();
    info.addr = Address::new(client, 7);
    info.name.set("seven");
    info.flags = PortFlags::GIVEN_PORT | PortFlags::TIMESTAMP;
    info.time_queue = 3;
    info.capability = PortCaps::READ | PortCaps::SUBS_READ;
    info.port_type = PortType::MIDI_GENERIC | PortType::APPLICATION;
    info.midi_channels = 16;
    seq.create_port(&mut info).unwrap();
    assert_eq!(info.addr, Address::new(client, 7));
    let other = port(&seq, PortCaps::WRITE);
    assert_eq!(other, Address::new(client, 0));

    let mut again = PortInfo::zeroed();
    again.addr = info.addr;
    seq.get_port_info(&mut again).unwrap();
    assert_eq!(again.name.to_str(), Ok("seven"));
    assert_eq!(again.capability, info.capability);
    assert_eq!(again.port_type, info.port_type);
    assert_eq!(again.midi_channels, 16);
    assert_eq!(again.flags, PortFlags::TIMESTAMP);
    assert_eq!(again.time_queue, 3);
    assert_eq!((again.read_use, again.write_use), (0, 0));

    again.set_ump_group(4);
    again.set_direction(PORT_DIR_OUTPUT);
    again.name.set("renamed");
    seq.set_port_info(&again).unwrap();
    let mut next = PortInfo::zeroed();
    next.addr = Address::new(client, 255);
    let mut seen = Vec::new();
    let end = loop {
        match seq.query_next_port(&mut next) {
            Ok(()) => seen.push((next.addr.port, next.name)),
            Err(error) => break error,
        }
    };
    assert_eq!(end, Errno::ENOENT);
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].0, 0);
    assert_eq!(seen[1].0, 7);
    assert_eq!(seen[1].1.to_str(), Ok("renamed"));

    seq.delete_port(&info).unwrap();
    assert_eq!(seq.delete_port(&info), Err(Errno::ENOENT));
    assert_eq!(seq.get_port_info(&mut info), Err(Errno::ENOENT));
    assert_eq!(seq.set_port_info(&info), Ok(()), "no port, no error");
    info.addr.client = NOBODY;
    assert_eq!(seq.get_port_info(&mut info), Err(Errno::ENXIO));
    assert_eq!(seq.query_next_port(&mut info), Err(Errno::ENXIO));
    assert_eq!(seq.create_port(&mut info), Err(Errno::EPERM));
    assert_eq!(seq.delete_port(&info), Err(Errno::EPERM));
    assert_eq!(seq.set_port_info(&info), Err(Errno::EPERM));
    info.addr.client = client;
    info.kernel = 1;
    assert_eq!(seq.create_port(&mut info), Err(Errno::EINVAL));
}

#[test]
fn subscriptions() {
    let (Some(seq), Some(peer)) = (open(), open()) else {
        return;
    };
    let sender = port(&seq, PortCaps::READ | PortCaps::SUBS_READ);
    let dest = port(&peer, PortCaps::WRITE | PortCaps::SUBS_WRITE);
    let closed = port(&peer, PortCaps::WRITE);
    let mut link = PortSubscribe::zeroed();
    link.sender = sender;
    link.dest = dest;
    link.flags = SubscribeFlags::TIMESTAMP | SubscribeFlags::TIME_REAL;
    link.queue = 9;
    seq.subscribe_port(&link).unwrap();
    assert_eq!(seq.subscribe_port(&link), Err(Errno::EBUSY));

    let mut found = PortSubscribe::zeroed();
    found.sender = sender;
    found.dest = dest;
    seq.get_subscription(&mut found).unwrap();
    assert_eq!((found.flags, found.queue), (link.flags, 9));

    for (root, query_type, other) in [
        (sender, QUERY_SUBS_READ, dest),
        (dest, QUERY_SUBS_WRITE, sender),
    ] {
        let mut query = QuerySubs::zeroed();
        query.root = root;
        query.query_type = query_type;
        seq.query_subs(&mut query).unwrap();
        assert_eq!(query.num_subs, 1);
        assert_eq!(query.addr, other);
        assert_eq!(query.queue, 9);
        assert_eq!(query.flags, link.flags);
        query.index = 1;
        assert_eq!(seq.query_subs(&mut query), Err(Errno::ENOENT));
        query.query_type = 2;
        assert_eq!(seq.query_subs(&mut query), Err(Errno::ENXIO));
        query.root = Address::new(NOBODY, 0);
        assert_eq!(seq.query_subs(&mut query), Err(Errno::ENXIO));
    }

    seq.unsubscribe_port(&link).unwrap();
    assert_eq!(seq.unsubscribe_port(&link), Err(Errno::ENOENT));
    assert_eq!(seq.get_subscription(&mut link), Err(Errno::ENOENT));
    link.dest = closed;
    assert_eq!(seq.subscribe_port(&link), Err(Errno::EPERM));
    link.dest = Address::new(NOBODY, 0);
    assert_eq!(seq.subscribe_port(&link), Err(Errno::EINVAL));
    assert_eq!(seq.unsubscribe_port(&link), Err(Errno::ENXIO));
    link.sender = Address::new(NOBODY, 0);
    assert_eq!(seq.get_subscription(&mut link), Err(Errno::EINVAL));
}

#[test]
fn queues() {
    let (Some(seq), Some(peer)) = (open(), open()) else {
        return;
    };
    let (own, _) = id(&seq);
    let mut info = QueueInfo::zeroed();
    let name = format!("kernel-abi {own}");
    info.name.set(&name);
    info.set_locked(true);
    seq.create_queue(&mut info).unwrap();
    assert_eq!(info.owner, own);
    let queue = info.queue;

    let mut again = QueueInfo::zeroed();
    again.queue = queue;
    seq.get_queue_info(&mut again).unwrap();
    assert_eq!(again.owner, own);
    assert!(again.locked());
    assert_eq!(again.name.to_str(), Ok(name.as_str()));
    let mut named = QueueInfo::zeroed();
    named.name.set(&name);
    peer.get_named_queue(&mut named).unwrap();
    assert_eq!(
        (named.queue, named.owner, named.locked()),
        (queue, own, true)
    );

    let mut status = QueueStatus::zeroed();
    status.queue = queue;
    seq.get_queue_status(&mut status).unwrap();
    assert_eq!((status.running, status.events, status.tick), (0, 0, 0));

    let mut tempo = QueueTempo::zeroed();
    tempo.queue = queue;
    seq.get_queue_tempo(&mut tempo).unwrap();
    assert_eq!((tempo.tempo, tempo.ppq), (500_000, 96));
    assert_eq!(tempo.skew_base, limits::SKEW_BASE);
    tempo.tempo = 250_000;
    tempo.ppq = 480;
    seq.set_queue_tempo(&tempo).unwrap();
    seq.get_queue_tempo(&mut tempo).unwrap();
    assert_eq!((tempo.tempo, tempo.ppq), (250_000, 480));
    assert_eq!(peer.set_queue_tempo(&tempo), Err(Errno::EPERM));
    tempo.ppq = 0;
    assert_eq!(seq.set_queue_tempo(&tempo), Err(Errno::EINVAL));

    let mut timer = QueueTimer::zeroed();
    timer.queue = queue;
    seq.get_queue_timer(&mut timer).unwrap();
    assert_eq!(timer.timer_type, TIMER_ALSA);
    assert_eq!(timer.id.dev_class, TIMER_CLASS_GLOBAL);
    timer.id = TimerId::zeroed();
    timer.id.dev_class = TIMER_CLASS_GLOBAL;
    timer.id.device = TIMER_GLOBAL_SYSTEM;
    timer.resolution = 100;
    seq.set_queue_timer(&timer).unwrap();
    let mut chosen = QueueTimer::zeroed();
    chosen.queue = queue;
    seq.get_queue_timer(&mut chosen).unwrap();
    assert_eq!(chosen.id.device, TIMER_GLOBAL_SYSTEM);
    assert_eq!(chosen.resolution, 100);
    timer.timer_type = TIMER_MIDI_CLOCK;
    assert_eq!(seq.set_queue_timer(&timer), Err(Errno::EINVAL));

    let mut user = QueueClient::zeroed();
    user.queue = queue;
    peer.get_queue_client(&mut user).unwrap();
    assert_eq!(user.used, 0);
    user.used = 1;
    peer.set_queue_client(&mut user).unwrap();
    user.used = -1;
    peer.set_queue_client(&mut user).unwrap();
    assert_eq!(user.used, 1, "the kernel answers a number that says write");
    user.used = 0;
    peer.set_queue_client(&mut user).unwrap();
    assert_eq!(user.used, 0);

    info.name.set("renamed");
    info.set_locked(false);
    seq.set_queue_info(&info).unwrap();
    seq.get_queue_info(&mut again).unwrap();
    assert_eq!(again.name.to_str(), Ok("renamed"));
    assert!(!again.locked());
    info.owner = 0;
    assert_eq!(seq.set_queue_info(&info), Err(Errno::EINVAL));

    assert_eq!(peer.delete_queue(&info), Err(Errno::EINVAL));
    seq.delete_queue(&info).unwrap();
    assert_eq!(seq.delete_queue(&info), Err(Errno::EINVAL));
    // The errors of setters and getters for a queue that doesn't exist.
    info.owner = own;
    assert_eq!(seq.get_queue_info(&mut info), Err(Errno::EINVAL));
    assert_eq!(seq.set_queue_info(&info), Err(Errno::EPERM));
    info.name.set("nobody's queue");
    assert_eq!(seq.get_named_queue(&mut info), Err(Errno::EINVAL));
    assert_eq!(seq.get_queue_status(&mut status), Err(Errno::EINVAL));
    tempo.ppq = 96;
    assert_eq!(seq.get_queue_tempo(&mut tempo), Err(Errno::EINVAL));
    assert_eq!(seq.set_queue_tempo(&tempo), Err(Errno::EPERM));
    assert_eq!(seq.get_queue_timer(&mut chosen), Err(Errno::EINVAL));
    assert_eq!(seq.set_queue_timer(&chosen), Err(Errno::EPERM));
    assert_eq!(seq.get_queue_client(&mut user), Err(Errno::EINVAL));
    assert_eq!(seq.set_queue_client(&mut user), Err(Errno::EINVAL));
}

#[test]
fn pools() {
    let Some(seq) = open() else { return };
    let (own, _) = id(&seq);
    let mut pool = ClientPool::zeroed();
    pool.client = own;
    seq.get_client_pool(&mut pool).unwrap();
    let default = |cells| i32::try_from(cells).unwrap();
    assert_eq!(pool.output_pool, default(limits::DEFAULT_OUTPUT_POOL));
    assert_eq!(pool.input_pool, default(limits::DEFAULT_INPUT_POOL));

    let mut wish = ClientPool::zeroed();
    wish.client = own;
    wish.output_pool = 100;
    wish.output_room = 30;
    wish.input_pool = default(limits::MAX_POOL) + 1;
    seq.set_client_pool(&mut wish).unwrap();
    // The kernel answers a number that says write.
    assert_eq!((wish.output_pool, wish.output_room), (100, 30));
    assert_eq!(wish.input_pool, default(limits::DEFAULT_INPUT_POOL));
    assert_eq!(wish.output_free, 100);
    pool.client = 0;
    assert_eq!(seq.set_client_pool(&mut pool), Err(Errno::EINVAL));
    pool.client = NOBODY.into();
    assert_eq!(seq.get_client_pool(&mut pool), Err(Errno::ENOENT));
}

#[test]
fn events_go_out_and_come_in() {
    let Some(seq) = open() else { return };
    let own = port(&seq, PortCaps::READ | PortCaps::WRITE);
    let mut buffer = [0xa5; 128];
    assert_eq!(seq.read(&mut buffer), Err(Errno::EAGAIN));

    let mut note = Event::zeroed();
    note.header.event_type = EVENT_NOTEON;
    note.header.queue = QUEUE_DIRECT;
    note.header.tag = 77;
    note.header.source = own;
    note.header.dest = own;
    note.set_payload(&Note {
        channel: 1,
        note: 60,
        velocity: 100,
        ..Note::zeroed()
    });
    let mut sysex = note;
    sysex.header.event_type = EVENT_SYSEX;
    sysex.header.flags = EventFlags::LENGTH_VARIABLE;
    sysex.set_payload(&Ext::new(3));
    // The second note stands at an odd offset.
    let written = [sysex.as_bytes(), &[0xf0, 0x7d, 0xf7], note.as_bytes()].concat();
    assert_eq!(written.len(), 28 + 3 + 28);
    assert_eq!(seq.write(&written), Ok(written.len()));

    assert_eq!(seq.read(&mut buffer[..27]), Ok(0), "shorter than a record");
    assert_eq!(seq.read(&mut buffer[..28]), Err(Errno::EAGAIN), "too short");
    assert_eq!(seq.read(&mut buffer), Ok(28 + 28 + 28));
    let (first, rest) = Event::read_from_prefix(&buffer).unwrap();
    assert_eq!(first.header, sysex.header);
    // 6.1 leaves a pointer of its own beside it.
    assert_eq!(first.payload::<Ext>().len.get(), 3);
    assert_eq!(rest[..3], [0xf0, 0x7d, 0xf7]);
    let (second, _) = Event::read_from_prefix(&rest[28..]).unwrap();
    assert_eq!(second.header, note.header);
    assert_eq!(second.payload::<Note>(), note.payload());

    assert_eq!(seq.write(&written[..27]), Err(Errno::EINVAL));
    assert_eq!(seq.write(&[]), Err(Errno::EINVAL));
    note.header.dest = Address::new(NOBODY, 0);
    assert_eq!(seq.write(note.as_bytes()), Err(Errno::ENOENT));

    // Removing the input.
    assert_eq!(seq.write(&written), Ok(written.len()));
    let mut remove = RemoveEvents::zeroed();
    remove.remove_mode = RemoveMode::INPUT;
    seq.remove_events(&remove).unwrap();
    assert_eq!(seq.read(&mut buffer), Err(Errno::EAGAIN));
}

/// The numbers of `limits` about events of variable length, as `write` has them.
#[test]
fn the_length_of_events_is_what_limits_say() {
    let Some(seq) = open() else { return };
    let dest = port(&seq, PortCaps::WRITE);
    let write = |event_type: u8, flags: EventFlags, len: u32| {
        let mut event = Event::zeroed();
        event.header.event_type = event_type;
        event.header.flags = flags;
        event.header.queue = QUEUE_DIRECT;
        event.header.dest = dest;
        event.set_payload(&Ext::new(len));
        seq.write(&[event.as_bytes(), &[0; 4]].concat())
    };
    let drain = || {
        let mut buffer = [0; 4096];
        while seq.read(&mut buffer).is_ok() {}
    };
    for event_type in 0..=u8::MAX {
        let may_vary = limits::VARIABLE_EVENTS.contains(&event_type);
        let variable = write(event_type, EventFlags::LENGTH_VARIABLE, 4);
        assert_eq!(variable == Err(Errno::EINVAL), !may_vary, "{event_type}");
        let fixed = write(event_type, EventFlags::empty(), 4);
        if may_vary {
            assert_eq!(fixed, Err(Errno::EINVAL), "{event_type}");
        }
        drain();
    }
    // Of the length, exactly these bits are the kernel's own.
    for bit in 0..32 {
        let sent = write(130, EventFlags::LENGTH_VARIABLE, 4 | 1 << bit);
        let ignored = limits::EXT_MASK & 1 << bit != 0;
        assert_eq!(sent == Ok(32), ignored || bit == 2, "bit {bit}: {sent:?}");
        drain();
    }
}
