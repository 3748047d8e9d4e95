//! The limit: system calls on buffers that were prepared, and nothing else.

use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;

use alsa_seq_kernel_abi::consts::{self, EVENT_NOTEON, EVENT_SYSEX, QUEUE_DIRECT};
use alsa_seq_kernel_abi::event::{Address, Event, Ext, Note};
use alsa_seq_kernel_abi::flags::{EventFlags, PortCaps, PortType};
use alsa_seq_kernel_abi::info::{ClientInfo, ClientPool, PortInfo, PortSubscribe};
use alsa_seq_kernel_abi::ioctl::SeqFd;
use alsa_seq_kernel_abi::zerocopy::IntoBytes as _;
use bench_protocol::{Run, serve};

fn main() {
    serve(|workload, size| match workload {
        "open" => Some(Box::new(|count| {
            for _ in 0..count {
                client();
            }
        })),
        "roundtrip" => Some(batches(1)),
        "batch" => Some(batches(size)),
        "fanout" => Some(fan_out(size)),
        "sysex" => Some(sysex(size)),
        _ => None,
    });
}

fn client() -> (SeqFd, u8) {
    let file = std::fs::File::options()
        .read(true)
        .write(true)
        .custom_flags(libc::O_NONBLOCK)
        .open("/dev/snd/seq")
        .expect("open");
    let fd = SeqFd::new(OwnedFd::from(file)).expect("a sequencer");
    let _ = fd.user_pversion(consts::VERSION);
    let id = u8::try_from(fd.client_id().expect("id")).expect("id");
    let mut info = ClientInfo::zeroed();
    info.client = i32::from(id);
    fd.get_client_info(&mut info).expect("info");
    info.name.set("bare");
    fd.set_client_info(&info).expect("name");
    (fd, id)
}

fn receiver() -> (SeqFd, Address) {
    let (fd, id) = client();
    let mut pool = ClientPool::zeroed();
    pool.client = i32::from(id);
    pool.input_pool = 2000;
    fd.set_client_pool(&mut pool).expect("pool");
    let mut port = PortInfo::zeroed();
    port.addr = Address::new(id, 0);
    port.capability = PortCaps::WRITE | PortCaps::SUBS_WRITE;
    port.port_type = PortType::APPLICATION;
    port.name.set("in");
    fd.create_port(&mut port).expect("port");
    (fd, port.addr)
}

fn note(dest: Address) -> Event {
    let mut event = Event::zeroed();
    event.header.event_type = EVENT_NOTEON;
    event.header.queue = QUEUE_DIRECT;
    event.header.dest = dest;
    event.set_payload(&Note {
        note: 60,
        velocity: 100,
        ..Note::zeroed()
    });
    event
}

fn batches(size: usize) -> Run {
    let (sender, _) = client();
    let (receiver, dest) = receiver();
    let bytes = note(dest).as_bytes().repeat(size);
    let mut buffer = vec![0; 64 * 1024];
    Box::new(move |count| {
        for _ in 0..count / size {
            assert_eq!(sender.write(&bytes), Ok(bytes.len()));
            let mut left = bytes.len();
            while left > 0 {
                left -= receiver.read(&mut buffer).expect("read");
            }
        }
    })
}

fn fan_out(subscribers: usize) -> Run {
    const SIZE: usize = 64;
    let (sender, own) = client();
    let mut port = PortInfo::zeroed();
    port.addr = Address::new(own, 0);
    port.capability = PortCaps::READ | PortCaps::SUBS_READ;
    port.name.set("out");
    sender.create_port(&mut port).expect("port");
    let mut buffer = vec![0; 64 * 1024];
    let receivers: Vec<SeqFd> = (0..subscribers)
        .map(|_| {
            let (fd, dest) = receiver();
            let mut connect = PortSubscribe::zeroed();
            (connect.sender, connect.dest) = (port.addr, dest);
            sender.subscribe_port(&connect).expect("connect");
            let _ = fd.read(&mut buffer);
            fd
        })
        .collect();
    let mut event = note(Address::new(consts::ADDRESS_SUBSCRIBERS, 253));
    event.header.source = port.addr;
    let bytes = event.as_bytes().repeat(SIZE);
    Box::new(move |count| {
        for _ in 0..count / SIZE {
            assert_eq!(sender.write(&bytes), Ok(bytes.len()));
            for fd in &receivers {
                assert_eq!(fd.read(&mut buffer), Ok(bytes.len()));
            }
        }
    })
}

fn sysex(size: usize) -> Run {
    let (sender, id) = client();
    let (receiver, dest) = receiver();
    let mut pool = ClientPool::zeroed();
    pool.client = i32::from(id);
    pool.output_pool = 2000;
    sender.set_client_pool(&mut pool).expect("pool");
    let mut event = note(dest);
    event.header.event_type = EVENT_SYSEX;
    event.header.flags = EventFlags::LENGTH_VARIABLE;
    let mut ext = Ext::zeroed();
    ext.len.set(u32::try_from(size).expect("size"));
    event.set_payload(&ext);
    let mut bytes = event.as_bytes().to_vec();
    bytes.resize(28 + size, 0x55);
    let mut buffer = vec![0; 64 * 1024];
    Box::new(move |count| {
        for _ in 0..count {
            assert_eq!(sender.write(&bytes), Ok(bytes.len()));
            receiver.read(&mut buffer).expect("read");
        }
    })
}
