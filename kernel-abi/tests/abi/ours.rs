//! The rows of this crate's own items, under their C names.
//!
//! The names are spelled out by hand: that is the claim being tested. What
//! stands behind them is asked of the compiler.

use crate::table::Rows;
use alsa_seq_kernel_abi::consts::*;
use alsa_seq_kernel_abi::event::*;
use alsa_seq_kernel_abi::flags::*;
use alsa_seq_kernel_abi::info::*;
use alsa_seq_kernel_abi::numbers::{self, Direction, Encoding, Request};
use alsa_seq_kernel_abi::ump::*;
use alsa_seq_kernel_abi::{Name, consts};
use std::mem::{align_of, offset_of, size_of};

/// The alignments that differ from C's on purpose, by the rows of the C types.
///
/// What `read` and `write` carry has 1, since `write` packs records without
/// regard to alignment. [`ClientUmpInfo`], which is packed in C, has 4.
pub(crate) const ALIGNMENTS: [(&str, usize); 13] = [
    ("struct snd_seq_real_time", 1),
    ("union snd_seq_timestamp", 1),
    ("struct snd_seq_queue_skew", 1),
    ("struct snd_seq_ev_note", 1),
    ("struct snd_seq_ev_ctrl", 1),
    ("struct snd_seq_ev_raw32", 1),
    ("struct snd_seq_ev_queue_control", 1),
    ("struct snd_seq_result", 1),
    ("union snd_seq_event_data", 1),
    ("struct snd_seq_event", 1),
    ("struct snd_seq_ump_event", 1),
    ("struct snd_seq_event_bounce", 1),
    ("struct snd_seq_client_ump_info", 4),
];

/// Returns C's name of a field's type, as far as the table contains it.
trait Shape {
    const SHAPE: &'static str;
}

macro_rules! shapes {
    ($($shape:literal: $($type:ty),*;)*) => {$($(
        impl Shape for $type {
            const SHAPE: &'static str = $shape;
        }
    )*)*};
}

shapes! {
    "unsigned": u8, u16, u32, U16, U32, EventFlags, ClientFilter, RemoveMode, PortCaps, PortType,
        PortFlags, QueueFlags, SubscribeFlags;
    "signed": i32, I32;
    "pointer": usize, Usize;
    "aggregate": Address, RealTime, Timestamp, Connect, QueueSkew, Event, TimerId, Note, Ctrl,
        Raw8, Raw32, Ext, QueueControl, EvResult, UmpNotify, Quote;
}

impl<const N: usize> Shape for [u8; N] {
    const SHAPE: &'static str = "unsigned array";
}

impl<const N: usize> Shape for [U32; N] {
    const SHAPE: &'static str = "unsigned array";
}

impl<const N: usize> Shape for [i32; N] {
    const SHAPE: &'static str = "signed array";
}

impl<const N: usize> Shape for Name<N> {
    const SHAPE: &'static str = "unsigned array";
}

/// Returns C's name of an ioctl's argument.
trait Argument {
    const TYPE: &'static str;
}

macro_rules! arguments {
    ($($type:ty: $name:literal;)*) => {$(
        impl Argument for $type {
            const TYPE: &'static str = $name;
        }
    )*};
}

arguments! {
    i32: "int";
    SystemInfo: "struct snd_seq_system_info";
    RunningMode: "struct snd_seq_running_info";
    ClientInfo: "struct snd_seq_client_info";
    ClientUmpInfo: "struct snd_seq_client_ump_info";
    ClientPool: "struct snd_seq_client_pool";
    RemoveEvents: "struct snd_seq_remove_events";
    PortInfo: "struct snd_seq_port_info";
    PortSubscribe: "struct snd_seq_port_subscribe";
    QuerySubs: "struct snd_seq_query_subs";
    QueueInfo: "struct snd_seq_queue_info";
    QueueStatus: "struct snd_seq_queue_status";
    QueueTempo: "struct snd_seq_queue_tempo";
    QueueTimer: "struct snd_seq_queue_timer";
    QueueClient: "struct snd_seq_queue_client";
}

fn insert(rows: &mut Rows, key: String, value: String) {
    assert_eq!(rows.insert(key.clone(), value), None, "{key} twice");
}

fn field<T, F: Shape>(rows: &mut Rows, key: String, at: usize, _: fn(&T) -> &F) {
    place(rows, key, at, size_of::<F>(), F::SHAPE);
}

fn place(rows: &mut Rows, key: String, at: usize, size: usize, shape: &str) {
    insert(rows, key, format!("at {at} size {size} {shape}"));
}

macro_rules! structs {
    ($rows:ident; $(
        $keyword:ident $tag:ident = $type:ident { $($($rust:ident).+ = $c:ident),* $(,)? }
    )*) => {$(
        insert(
            $rows,
            concat!(stringify!($keyword), " ", stringify!($tag)).into(),
            format!("size {} align {}", size_of::<$type>(), align_of::<$type>()),
        );
        $(field(
            $rows,
            concat!("field ", stringify!($tag), ".", stringify!($c)).into(),
            offset_of!($type, $($rust).+),
            |value: &$type| &value.$($rust).+,
        );)*
    )*};
}

/// The offset of what follows a field.
macro_rules! end_of {
    ($type:ident.$field:ident) => {
        offset_of!($type, $field) + size_of_field(|value: &$type| &value.$field)
    };
}

fn size_of_field<T, F>(_: fn(&T) -> &F) -> usize {
    size_of::<F>()
}

macro_rules! place_after {
    ($rows:ident, $tag:ident.$c:ident, $type:ident.$field:ident, $size:expr, $shape:expr) => {
        place(
            $rows,
            concat!("field ", stringify!($tag), ".", stringify!($c)).into(),
            end_of!($type.$field),
            $size,
            $shape,
        )
    };
}

macro_rules! reserved {
    ($rows:ident; $($tag:ident = $type:ident.$field:ident $(+ $skip:literal)?;)*) => {$(
        let at = end_of!($type.$field) $(+ $skip)?;
        place(
            $rows,
            concat!("field ", stringify!($tag), ".reserved").into(),
            at,
            size_of::<$type>() - at,
            "unsigned array",
        );
    )*};
}

/// Names are C's without a prefix; anything else is a slip in the lists below.
fn same_name(c: &str, rust: &str) {
    assert!(
        c == rust || c.ends_with(&format!("_{rust}")),
        "{c} isn't {rust}"
    );
}

macro_rules! constants {
    ($rows:ident; $($c:ident = $rust:ident),* $(,)?) => {$(
        same_name(stringify!($c), stringify!($rust));
        insert(
            $rows,
            concat!("const ", stringify!($c)).into(),
            i64::from(consts::$rust).to_string(),
        );
    )*};
}

macro_rules! masks {
    ($rows:ident; $($c:ident = $type:ident::$rust:ident),* $(,)?) => {$(
        same_name(stringify!($c), stringify!($rust));
        insert(
            $rows,
            concat!("const ", stringify!($c)).into(),
            $type::$rust.bits().to_string(),
        );
    )*};
}

macro_rules! ioctls {
    ($rows:ident, $numbers:ident; $($c:ident = $rust:ident),* $(,)?) => {$(
        same_name(stringify!($c), stringify!($rust));
        ioctl($rows, concat!("ioctl ", stringify!($c)).into(), numbers::$rust);
        $numbers.push((stringify!($c).into(), numbers::$rust.number()));
    )*};
}

fn ioctl<T: Argument>(rows: &mut Rows, key: String, request: Request<T>) {
    // Taken apart and packed as on x86.
    let native = Encoding::NATIVE;
    let number = request.number();
    let size = number >> 16 & ((1 << native.size_bits) - 1);
    let direction = number >> (16 + native.size_bits);
    let direction = match direction {
        _ if direction == native.read => Direction::Read,
        _ if direction == native.write => Direction::Write,
        _ => Direction::ReadWrite,
    };
    assert_eq!(direction, request.direction(), "{key}");
    let direction = match direction {
        Direction::None => 0,
        Direction::Read => 2,
        Direction::Write => 1,
        Direction::ReadWrite => 3,
    };
    let number = direction << 30 | size << 16 | number & 0xffff;
    insert(rows, key, format!("0x{number:08x} {}", T::TYPE));
}

fn typedef<T>(rows: &mut Rows, name: &str, sign: &str) {
    insert(
        rows,
        format!("type {name}"),
        format!("size {} align {} {sign}", size_of::<T>(), align_of::<T>()),
    );
}

/// All rows, and the raw ioctl numbers of this target.
pub(crate) fn rows() -> (Rows, Vec<(String, u32)>) {
    let (mut rows, mut numbers) = (Rows::new(), Vec::new());
    constants(&mut rows);
    functions(&mut rows);
    ioctls(&mut rows, &mut numbers);
    typedef::<u8>(&mut rows, "snd_seq_event_type_t", "unsigned");
    typedef::<u32>(&mut rows, "snd_seq_tick_time_t", "unsigned");
    typedef::<i32>(&mut rows, "snd_seq_client_type_t", "signed");
    records(&mut rows);
    payloads(&mut rows);
    infos(&mut rows);
    (rows, numbers)
}

fn functions(rows: &mut Rows) {
    let mut sample = |key: &str, value: i64| {
        insert(
            rows,
            format!("const SNDRV_PROTOCOL_{key}"),
            value.to_string(),
        );
    };
    sample("VERSION(1, 2, 3)", protocol_version(1, 2, 3).into());
    sample(
        "VERSION(258, 254, 255)",
        protocol_version(258, 254, 255).into(),
    );
    sample("MAJOR(0x12345678)", protocol_major(0x1234_5678).into());
    sample("MINOR(0x12345678)", protocol_minor(0x1234_5678).into());
    sample("MICRO(0x12345678)", protocol_micro(0x1234_5678).into());
    for (c, user) in [
        ("0x10203", 0x10203),
        ("0x10204", 0x10204),
        ("0x10303", 0x10303),
        ("0x20203", 0x20203),
    ] {
        sample(
            &format!("INCOMPATIBLE(0x10203, {c})"),
            protocol_incompatible(0x10203, user).into(),
        );
    }
}

fn records(rows: &mut Rows) {
    structs! { rows;
        struct snd_seq_addr = Address { client = client, port = port }
        struct snd_seq_connect = Connect { sender = sender, dest = dest }
        struct snd_seq_real_time = RealTime { tv_sec = tv_sec, tv_nsec = tv_nsec }
        union snd_seq_timestamp = Timestamp {}
        struct snd_seq_event = Event {
            header.event_type = type, header.flags = flags, header.tag = tag,
            header.queue = queue, header.time = time, header.source = source,
            header.dest = dest,
        }
        struct snd_seq_ump_event = UmpEvent {
            header.event_type = type, header.flags = flags, header.tag = tag,
            header.queue = queue, header.time = time, header.source = source,
            header.dest = dest, ump = ump,
        }
        struct snd_seq_event_bounce = EventBounce { err = err, event = event }
    }
    // Unions, of which Rust has the bytes.
    let mut union = |key: &str, at: usize, size: usize, shape: &str| {
        place(rows, format!("field {key}"), at, size, shape);
    };
    let time = offset_of!(Timestamp, bytes);
    union("snd_seq_timestamp.tick", time, size_of::<U32>(), U32::SHAPE);
    union(
        "snd_seq_timestamp.time",
        time,
        size_of::<RealTime>(),
        RealTime::SHAPE,
    );
    let data = size_of_val(&Event::zeroed().data);
    union(
        "snd_seq_event.data",
        offset_of!(Event, data),
        data,
        "aggregate",
    );
    union(
        "snd_seq_ump_event.data",
        offset_of!(UmpEvent, ump),
        size_of_val(&UmpEvent::zeroed().to_event().data),
        "aggregate",
    );
    insert(
        rows,
        "union snd_seq_event_data".into(),
        format!("size {data} align {}", align_of::<[u8; 12]>()),
    );
    macro_rules! data {
        ($($c:ident: $type:ty),* $(,)?) => {$(
            place(
                rows,
                concat!("field snd_seq_event_data.", stringify!($c)).into(),
                0,
                payload_size::<$type>(),
                <$type>::SHAPE,
            );
        )*};
    }
    data! {
        note: Note, control: Ctrl, raw8: Raw8, raw32: Raw32, ext: Ext, queue: QueueControl,
        time: Timestamp, addr: Address, connect: Connect, result: EvResult,
        ump_notify: UmpNotify, quote: Quote,
    }
}

fn payload_size<P: Payload>() -> usize {
    size_of::<P>()
}

fn payloads(rows: &mut Rows) {
    structs! { rows;
        struct snd_seq_ev_note = Note {
            channel = channel, note = note, velocity = velocity, off_velocity = off_velocity,
            duration = duration,
        }
        struct snd_seq_ev_ctrl = Ctrl { channel = channel, param = param, value = value }
        struct snd_seq_ev_raw8 = Raw8 { d = d }
        struct snd_seq_ev_raw32 = Raw32 { d = d }
        struct snd_seq_ev_ext = Ext { len = len, ptr = ptr }
        struct snd_seq_result = EvResult { event = event, result = result }
        struct snd_seq_queue_skew = QueueSkew { value = value, base = base }
        struct snd_seq_ev_queue_control = QueueControl { queue = queue }
        struct snd_seq_ev_ump_notify = UmpNotify { client = client, block = block }
        struct snd_seq_ev_quote = Quote { origin = origin, value = value, event = event }
    }
    place_after!(
        rows,
        snd_seq_ev_queue_control.pad,
        QueueControl.queue,
        3,
        "unsigned array"
    );
    // Three fields of C, one array here.
    for (index, name) in ["unused1", "unused2", "unused3"].into_iter().enumerate() {
        let at = offset_of!(Ctrl, unused) + index;
        place(
            rows,
            format!("field snd_seq_ev_ctrl.{name}"),
            at,
            1,
            u8::SHAPE,
        );
    }
    // A union, of which Rust has the bytes and accessors.
    let control = QueueControl::zeroed();
    let at = offset_of!(QueueControl, param);
    let mut param = |member: &str, size: usize, shape: &str| {
        let key = format!("field snd_seq_ev_queue_control.param{member}");
        place(rows, key, at, size, shape);
    };
    param("", size_of_val(&control.param), "aggregate");
    param(".value", size_of_val(&control.value()), i32::SHAPE);
    param(".time", size_of_val(&control.time()), Timestamp::SHAPE);
    param(".position", size_of_val(&control.position()), u32::SHAPE);
    param(".skew", size_of_val(&control.skew()), QueueSkew::SHAPE);
    param(".d32", size_of_val(&control.d32()), "unsigned array");
    param(".d8", size_of_val(&control.param), "unsigned array");
}

fn infos(rows: &mut Rows) {
    structs! { rows;
        struct snd_seq_system_info = SystemInfo {
            queues = queues, clients = clients, ports = ports, channels = channels,
            cur_clients = cur_clients, cur_queues = cur_queues,
        }
        struct snd_seq_running_info = RunningMode {
            client = client, big_endian = big_endian, cpu_mode = cpu_mode,
        }
        struct snd_seq_client_info = ClientInfo {
            client = client, client_type = type, name = name, filter = filter,
            multicast_filter = multicast_filter, event_filter = event_filter,
            num_ports = num_ports, event_lost = event_lost, card = card, pid = pid,
            midi_version = midi_version, group_filter = group_filter,
        }
        struct snd_seq_client_pool = ClientPool {
            client = client, output_pool = output_pool, input_pool = input_pool,
            output_room = output_room, output_free = output_free, input_free = input_free,
        }
        struct snd_seq_remove_events = RemoveEvents {
            remove_mode = remove_mode, time = time, queue = queue, dest = dest,
            channel = channel, event_type = type, tag = tag,
        }
        struct snd_seq_port_info = PortInfo {
            addr = addr, name = name, capability = capability, port_type = type,
            midi_channels = midi_channels, midi_voices = midi_voices,
            synth_voices = synth_voices, read_use = read_use, write_use = write_use,
            kernel = kernel, flags = flags, time_queue = time_queue, direction = direction,
            ump_group = ump_group,
        }
        struct snd_seq_queue_info = QueueInfo {
            queue = queue, owner = owner, name = name, flags = flags,
        }
        struct snd_seq_queue_status = QueueStatus {
            queue = queue, events = events, tick = tick, time = time, running = running,
            flags = flags,
        }
        struct snd_seq_queue_tempo = QueueTempo {
            queue = queue, tempo = tempo, ppq = ppq, skew_value = skew_value,
            skew_base = skew_base, tempo_base = tempo_base,
        }
        struct snd_timer_id = TimerId {
            dev_class = dev_class, dev_sclass = dev_sclass, card = card, device = device,
            subdevice = subdevice,
        }
        struct snd_seq_queue_timer = QueueTimer {
            queue = queue, timer_type = type,
        }
        struct snd_seq_queue_client = QueueClient {
            queue = queue, client = client, used = used,
        }
        struct snd_seq_port_subscribe = PortSubscribe {
            sender = sender, dest = dest, voices = voices, flags = flags, queue = queue,
        }
        struct snd_seq_query_subs = QuerySubs {
            root = root, query_type = type, index = index, num_subs = num_subs, addr = addr,
            queue = queue, flags = flags,
        }
        struct snd_seq_client_ump_info = ClientUmpInfo {
            client = client, info_type = type, info = info,
        }
        struct snd_ump_endpoint_info = UmpEndpointInfo {
            card = card, device = device, flags_bits = flags,
            protocol_caps_bits = protocol_caps, protocol_bits = protocol,
            num_blocks = num_blocks, version = version, family_id = family_id,
            model_id = model_id, manufacturer_id = manufacturer_id,
            sw_revision = sw_revision, name = name,
            product_id = product_id,
        }
        struct snd_ump_block_info = UmpBlockInfo {
            card = card, device = device, block_id = block_id, direction = direction,
            active = active, first_group = first_group, num_groups = num_groups,
            midi_ci_version = midi_ci_version, sysex8_streams = sysex8_streams,
            ui_hint = ui_hint, flags_bits = flags, name = name,
        }
    }
    // Fields that only the crate knows: so many bytes after one that is public, or all
    // that follow it.
    let pad = "unsigned array";
    place_after!(
        rows,
        snd_seq_running_info.pad,
        RunningMode.cpu_mode,
        1,
        u8::SHAPE
    );
    place_after!(
        rows,
        snd_seq_port_subscribe.pad,
        PortSubscribe.queue,
        3,
        pad
    );
    place_after!(
        rows,
        snd_ump_endpoint_info.padding,
        UmpEndpointInfo.sw_revision,
        2,
        u16::SHAPE
    );
    reserved! { rows;
        snd_seq_system_info = SystemInfo.cur_queues;
        snd_seq_running_info = RunningMode.cpu_mode + 1;
        snd_seq_client_info = ClientInfo.group_filter;
        snd_seq_client_pool = ClientPool.input_free;
        snd_seq_port_info = PortInfo.ump_group;
        snd_seq_queue_info = QueueInfo.flags;
        snd_seq_queue_status = QueueStatus.flags;
        snd_seq_queue_tempo = QueueTempo.tempo_base;
        snd_seq_queue_timer = QueueTimer.resolution;
        snd_seq_queue_client = QueueClient.used;
        snd_seq_port_subscribe = PortSubscribe.queue + 3;
        snd_seq_query_subs = QuerySubs.flags;
        snd_ump_endpoint_info = UmpEndpointInfo.product_id;
        snd_ump_block_info = UmpBlockInfo.name;
    }
    let at = end_of!(RemoveEvents.tag) + 3;
    place(
        rows,
        "field snd_seq_remove_events.reserved".into(),
        at,
        size_of::<RemoveEvents>() - at,
        "signed array",
    );
    // A bit field, which has no offset.
    insert(
        rows,
        "field snd_seq_queue_info.locked".into(),
        format!(
            "at {} bits 0x{:02x}",
            offset_of!(QueueInfo, locked_byte),
            QueueInfo::LOCKED
        ),
    );
    // A union with one member, whose fields Rust has directly.
    let at = offset_of!(QueueTimer, id);
    let end = end_of!(QueueTimer.resolution);
    for key in ["u", "u.alsa"] {
        let key = format!("field snd_seq_queue_timer.{key}");
        place(rows, key, at, end - at, "aggregate");
    }
    field(
        rows,
        "field snd_seq_queue_timer.u.alsa.id".into(),
        at,
        |timer: &QueueTimer| &timer.id,
    );
    field(
        rows,
        "field snd_seq_queue_timer.u.alsa.resolution".into(),
        offset_of!(QueueTimer, resolution),
        |timer: &QueueTimer| &timer.resolution,
    );
}

fn constants(rows: &mut Rows) {
    constants! { rows;
        SNDRV_SEQ_VERSION = VERSION,
        SNDRV_SEQ_EVENT_SYSTEM = EVENT_SYSTEM,
        SNDRV_SEQ_EVENT_RESULT = EVENT_RESULT,
        SNDRV_SEQ_EVENT_NOTE = EVENT_NOTE,
        SNDRV_SEQ_EVENT_NOTEON = EVENT_NOTEON,
        SNDRV_SEQ_EVENT_NOTEOFF = EVENT_NOTEOFF,
        SNDRV_SEQ_EVENT_KEYPRESS = EVENT_KEYPRESS,
        SNDRV_SEQ_EVENT_CONTROLLER = EVENT_CONTROLLER,
        SNDRV_SEQ_EVENT_PGMCHANGE = EVENT_PGMCHANGE,
        SNDRV_SEQ_EVENT_CHANPRESS = EVENT_CHANPRESS,
        SNDRV_SEQ_EVENT_PITCHBEND = EVENT_PITCHBEND,
        SNDRV_SEQ_EVENT_CONTROL14 = EVENT_CONTROL14,
        SNDRV_SEQ_EVENT_NONREGPARAM = EVENT_NONREGPARAM,
        SNDRV_SEQ_EVENT_REGPARAM = EVENT_REGPARAM,
        SNDRV_SEQ_EVENT_SONGPOS = EVENT_SONGPOS,
        SNDRV_SEQ_EVENT_SONGSEL = EVENT_SONGSEL,
        SNDRV_SEQ_EVENT_QFRAME = EVENT_QFRAME,
        SNDRV_SEQ_EVENT_TIMESIGN = EVENT_TIMESIGN,
        SNDRV_SEQ_EVENT_KEYSIGN = EVENT_KEYSIGN,
        SNDRV_SEQ_EVENT_START = EVENT_START,
        SNDRV_SEQ_EVENT_CONTINUE = EVENT_CONTINUE,
        SNDRV_SEQ_EVENT_STOP = EVENT_STOP,
        SNDRV_SEQ_EVENT_SETPOS_TICK = EVENT_SETPOS_TICK,
        SNDRV_SEQ_EVENT_SETPOS_TIME = EVENT_SETPOS_TIME,
        SNDRV_SEQ_EVENT_TEMPO = EVENT_TEMPO,
        SNDRV_SEQ_EVENT_CLOCK = EVENT_CLOCK,
        SNDRV_SEQ_EVENT_TICK = EVENT_TICK,
        SNDRV_SEQ_EVENT_QUEUE_SKEW = EVENT_QUEUE_SKEW,
        SNDRV_SEQ_EVENT_TUNE_REQUEST = EVENT_TUNE_REQUEST,
        SNDRV_SEQ_EVENT_RESET = EVENT_RESET,
        SNDRV_SEQ_EVENT_SENSING = EVENT_SENSING,
        SNDRV_SEQ_EVENT_ECHO = EVENT_ECHO,
        SNDRV_SEQ_EVENT_OSS = EVENT_OSS,
        SNDRV_SEQ_EVENT_CLIENT_START = EVENT_CLIENT_START,
        SNDRV_SEQ_EVENT_CLIENT_EXIT = EVENT_CLIENT_EXIT,
        SNDRV_SEQ_EVENT_CLIENT_CHANGE = EVENT_CLIENT_CHANGE,
        SNDRV_SEQ_EVENT_PORT_START = EVENT_PORT_START,
        SNDRV_SEQ_EVENT_PORT_EXIT = EVENT_PORT_EXIT,
        SNDRV_SEQ_EVENT_PORT_CHANGE = EVENT_PORT_CHANGE,
        SNDRV_SEQ_EVENT_PORT_SUBSCRIBED = EVENT_PORT_SUBSCRIBED,
        SNDRV_SEQ_EVENT_PORT_UNSUBSCRIBED = EVENT_PORT_UNSUBSCRIBED,
        SNDRV_SEQ_EVENT_UMP_EP_CHANGE = EVENT_UMP_EP_CHANGE,
        SNDRV_SEQ_EVENT_UMP_BLOCK_CHANGE = EVENT_UMP_BLOCK_CHANGE,
        SNDRV_SEQ_EVENT_USR0 = EVENT_USR0,
        SNDRV_SEQ_EVENT_USR1 = EVENT_USR1,
        SNDRV_SEQ_EVENT_USR2 = EVENT_USR2,
        SNDRV_SEQ_EVENT_USR3 = EVENT_USR3,
        SNDRV_SEQ_EVENT_USR4 = EVENT_USR4,
        SNDRV_SEQ_EVENT_USR5 = EVENT_USR5,
        SNDRV_SEQ_EVENT_USR6 = EVENT_USR6,
        SNDRV_SEQ_EVENT_USR7 = EVENT_USR7,
        SNDRV_SEQ_EVENT_USR8 = EVENT_USR8,
        SNDRV_SEQ_EVENT_USR9 = EVENT_USR9,
        SNDRV_SEQ_EVENT_SYSEX = EVENT_SYSEX,
        SNDRV_SEQ_EVENT_BOUNCE = EVENT_BOUNCE,
        SNDRV_SEQ_EVENT_USR_VAR0 = EVENT_USR_VAR0,
        SNDRV_SEQ_EVENT_USR_VAR1 = EVENT_USR_VAR1,
        SNDRV_SEQ_EVENT_USR_VAR2 = EVENT_USR_VAR2,
        SNDRV_SEQ_EVENT_USR_VAR3 = EVENT_USR_VAR3,
        SNDRV_SEQ_EVENT_USR_VAR4 = EVENT_USR_VAR4,
        SNDRV_SEQ_EVENT_KERNEL_ERROR = EVENT_KERNEL_ERROR,
        SNDRV_SEQ_EVENT_KERNEL_QUOTE = EVENT_KERNEL_QUOTE,
        SNDRV_SEQ_EVENT_NONE = EVENT_NONE,
        SNDRV_SEQ_ADDRESS_UNKNOWN = ADDRESS_UNKNOWN,
        SNDRV_SEQ_ADDRESS_SUBSCRIBERS = ADDRESS_SUBSCRIBERS,
        SNDRV_SEQ_ADDRESS_BROADCAST = ADDRESS_BROADCAST,
        SNDRV_SEQ_QUEUE_DIRECT = QUEUE_DIRECT,
        SNDRV_SEQ_CLIENT_SYSTEM = CLIENT_SYSTEM,
        SNDRV_SEQ_CLIENT_DUMMY = CLIENT_DUMMY,
        SNDRV_SEQ_CLIENT_OSS = CLIENT_OSS,
        SNDRV_SEQ_PORT_SYSTEM_TIMER = PORT_SYSTEM_TIMER,
        SNDRV_SEQ_PORT_SYSTEM_ANNOUNCE = PORT_SYSTEM_ANNOUNCE,
        NO_CLIENT = NO_CLIENT,
        USER_CLIENT = USER_CLIENT,
        KERNEL_CLIENT = KERNEL_CLIENT,
        SNDRV_SEQ_CLIENT_LEGACY_MIDI = CLIENT_LEGACY_MIDI,
        SNDRV_SEQ_CLIENT_UMP_MIDI_1_0 = CLIENT_UMP_MIDI_1_0,
        SNDRV_SEQ_CLIENT_UMP_MIDI_2_0 = CLIENT_UMP_MIDI_2_0,
        SNDRV_SEQ_PORT_DIR_UNKNOWN = PORT_DIR_UNKNOWN,
        SNDRV_SEQ_PORT_DIR_INPUT = PORT_DIR_INPUT,
        SNDRV_SEQ_PORT_DIR_OUTPUT = PORT_DIR_OUTPUT,
        SNDRV_SEQ_PORT_DIR_BIDIRECTION = PORT_DIR_BIDIRECTION,
        SNDRV_SEQ_TIMER_ALSA = TIMER_ALSA,
        SNDRV_SEQ_TIMER_MIDI_CLOCK = TIMER_MIDI_CLOCK,
        SNDRV_SEQ_TIMER_MIDI_TICK = TIMER_MIDI_TICK,
        SNDRV_SEQ_QUERY_SUBS_READ = QUERY_SUBS_READ,
        SNDRV_SEQ_QUERY_SUBS_WRITE = QUERY_SUBS_WRITE,
        SNDRV_SEQ_CLIENT_UMP_INFO_ENDPOINT = CLIENT_UMP_INFO_ENDPOINT,
        SNDRV_SEQ_CLIENT_UMP_INFO_BLOCK = CLIENT_UMP_INFO_BLOCK,
        SNDRV_UMP_DIR_INPUT = UMP_DIR_INPUT,
        SNDRV_UMP_DIR_OUTPUT = UMP_DIR_OUTPUT,
        SNDRV_UMP_DIR_BIDIRECTION = UMP_DIR_BIDIRECTION,
        SNDRV_UMP_BLOCK_UI_HINT_UNKNOWN = UMP_BLOCK_UI_HINT_UNKNOWN,
        SNDRV_UMP_BLOCK_UI_HINT_RECEIVER = UMP_BLOCK_UI_HINT_RECEIVER,
        SNDRV_UMP_BLOCK_UI_HINT_SENDER = UMP_BLOCK_UI_HINT_SENDER,
        SNDRV_UMP_BLOCK_UI_HINT_BOTH = UMP_BLOCK_UI_HINT_BOTH,
        SNDRV_UMP_MAX_GROUPS = UMP_MAX_GROUPS,
        SNDRV_UMP_MAX_BLOCKS = UMP_MAX_BLOCKS,
        SNDRV_TIMER_CLASS_NONE = TIMER_CLASS_NONE,
        SNDRV_TIMER_CLASS_SLAVE = TIMER_CLASS_SLAVE,
        SNDRV_TIMER_CLASS_GLOBAL = TIMER_CLASS_GLOBAL,
        SNDRV_TIMER_CLASS_CARD = TIMER_CLASS_CARD,
        SNDRV_TIMER_CLASS_PCM = TIMER_CLASS_PCM,
        SNDRV_TIMER_CLASS_LAST = TIMER_CLASS_LAST,
        SNDRV_TIMER_SCLASS_NONE = TIMER_SCLASS_NONE,
        SNDRV_TIMER_SCLASS_APPLICATION = TIMER_SCLASS_APPLICATION,
        SNDRV_TIMER_SCLASS_SEQUENCER = TIMER_SCLASS_SEQUENCER,
        SNDRV_TIMER_SCLASS_OSS_SEQUENCER = TIMER_SCLASS_OSS_SEQUENCER,
        SNDRV_TIMER_SCLASS_LAST = TIMER_SCLASS_LAST,
        SNDRV_TIMER_GLOBAL_SYSTEM = TIMER_GLOBAL_SYSTEM,
        SNDRV_TIMER_GLOBAL_RTC = TIMER_GLOBAL_RTC,
        SNDRV_TIMER_GLOBAL_HPET = TIMER_GLOBAL_HPET,
        SNDRV_TIMER_GLOBAL_HRTIMER = TIMER_GLOBAL_HRTIMER,
        SNDRV_TIMER_GLOBAL_UDRIVEN = TIMER_GLOBAL_UDRIVEN,
    }
    masks! { rows;
        SNDRV_SEQ_TIME_STAMP_REAL = EventFlags::TIME_STAMP_REAL,
        SNDRV_SEQ_TIME_MODE_REL = EventFlags::TIME_MODE_REL,
        SNDRV_SEQ_EVENT_LENGTH_VARIABLE = EventFlags::LENGTH_VARIABLE,
        SNDRV_SEQ_EVENT_LENGTH_VARUSR = EventFlags::LENGTH_VARUSR,
        SNDRV_SEQ_PRIORITY_HIGH = EventFlags::PRIORITY_HIGH,
        SNDRV_SEQ_EVENT_UMP = EventFlags::UMP,
        SNDRV_SEQ_FILTER_BROADCAST = ClientFilter::BROADCAST,
        SNDRV_SEQ_FILTER_MULTICAST = ClientFilter::MULTICAST,
        SNDRV_SEQ_FILTER_BOUNCE = ClientFilter::BOUNCE,
        SNDRV_SEQ_FILTER_NO_CONVERT = ClientFilter::NO_CONVERT,
        SNDRV_SEQ_FILTER_USE_EVENT = ClientFilter::USE_EVENT,
        SNDRV_SEQ_REMOVE_INPUT = RemoveMode::INPUT,
        SNDRV_SEQ_REMOVE_OUTPUT = RemoveMode::OUTPUT,
        SNDRV_SEQ_REMOVE_DEST = RemoveMode::DEST,
        SNDRV_SEQ_REMOVE_DEST_CHANNEL = RemoveMode::DEST_CHANNEL,
        SNDRV_SEQ_REMOVE_TIME_BEFORE = RemoveMode::TIME_BEFORE,
        SNDRV_SEQ_REMOVE_TIME_AFTER = RemoveMode::TIME_AFTER,
        SNDRV_SEQ_REMOVE_TIME_TICK = RemoveMode::TIME_TICK,
        SNDRV_SEQ_REMOVE_EVENT_TYPE = RemoveMode::EVENT_TYPE,
        SNDRV_SEQ_REMOVE_IGNORE_OFF = RemoveMode::IGNORE_OFF,
        SNDRV_SEQ_REMOVE_TAG_MATCH = RemoveMode::TAG_MATCH,
        SNDRV_SEQ_PORT_CAP_READ = PortCaps::READ,
        SNDRV_SEQ_PORT_CAP_WRITE = PortCaps::WRITE,
        SNDRV_SEQ_PORT_CAP_SYNC_READ = PortCaps::SYNC_READ,
        SNDRV_SEQ_PORT_CAP_SYNC_WRITE = PortCaps::SYNC_WRITE,
        SNDRV_SEQ_PORT_CAP_DUPLEX = PortCaps::DUPLEX,
        SNDRV_SEQ_PORT_CAP_SUBS_READ = PortCaps::SUBS_READ,
        SNDRV_SEQ_PORT_CAP_SUBS_WRITE = PortCaps::SUBS_WRITE,
        SNDRV_SEQ_PORT_CAP_NO_EXPORT = PortCaps::NO_EXPORT,
        SNDRV_SEQ_PORT_CAP_INACTIVE = PortCaps::INACTIVE,
        SNDRV_SEQ_PORT_CAP_UMP_ENDPOINT = PortCaps::UMP_ENDPOINT,
        SNDRV_SEQ_PORT_TYPE_SPECIFIC = PortType::SPECIFIC,
        SNDRV_SEQ_PORT_TYPE_MIDI_GENERIC = PortType::MIDI_GENERIC,
        SNDRV_SEQ_PORT_TYPE_MIDI_GM = PortType::MIDI_GM,
        SNDRV_SEQ_PORT_TYPE_MIDI_GS = PortType::MIDI_GS,
        SNDRV_SEQ_PORT_TYPE_MIDI_XG = PortType::MIDI_XG,
        SNDRV_SEQ_PORT_TYPE_MIDI_MT32 = PortType::MIDI_MT32,
        SNDRV_SEQ_PORT_TYPE_MIDI_GM2 = PortType::MIDI_GM2,
        SNDRV_SEQ_PORT_TYPE_MIDI_UMP = PortType::MIDI_UMP,
        SNDRV_SEQ_PORT_TYPE_SYNTH = PortType::SYNTH,
        SNDRV_SEQ_PORT_TYPE_DIRECT_SAMPLE = PortType::DIRECT_SAMPLE,
        SNDRV_SEQ_PORT_TYPE_SAMPLE = PortType::SAMPLE,
        SNDRV_SEQ_PORT_TYPE_HARDWARE = PortType::HARDWARE,
        SNDRV_SEQ_PORT_TYPE_SOFTWARE = PortType::SOFTWARE,
        SNDRV_SEQ_PORT_TYPE_SYNTHESIZER = PortType::SYNTHESIZER,
        SNDRV_SEQ_PORT_TYPE_PORT = PortType::PORT,
        SNDRV_SEQ_PORT_TYPE_APPLICATION = PortType::APPLICATION,
        SNDRV_SEQ_PORT_FLG_GIVEN_PORT = PortFlags::GIVEN_PORT,
        SNDRV_SEQ_PORT_FLG_TIMESTAMP = PortFlags::TIMESTAMP,
        SNDRV_SEQ_PORT_FLG_TIME_REAL = PortFlags::TIME_REAL,
        SNDRV_SEQ_PORT_FLG_IS_MIDI1 = PortFlags::IS_MIDI1,
        SNDRV_SEQ_QUEUE_FLG_SYNC = QueueFlags::SYNC,
        SNDRV_SEQ_PORT_SUBS_EXCLUSIVE = SubscribeFlags::EXCLUSIVE,
        SNDRV_SEQ_PORT_SUBS_TIMESTAMP = SubscribeFlags::TIMESTAMP,
        SNDRV_SEQ_PORT_SUBS_TIME_REAL = SubscribeFlags::TIME_REAL,
        SNDRV_UMP_EP_INFO_STATIC_BLOCKS = UmpEndpointFlags::STATIC_BLOCKS,
        SNDRV_UMP_EP_INFO_PROTO_MIDI1 = UmpProtocol::MIDI1,
        SNDRV_UMP_EP_INFO_PROTO_MIDI2 = UmpProtocol::MIDI2,
        SNDRV_UMP_EP_INFO_PROTO_JRTS_TX = UmpProtocol::JRTS_TX,
        SNDRV_UMP_EP_INFO_PROTO_JRTS_RX = UmpProtocol::JRTS_RX,
        SNDRV_UMP_BLOCK_IS_MIDI1 = UmpBlockFlags::IS_MIDI1,
        SNDRV_UMP_BLOCK_IS_LOWSPEED = UmpBlockFlags::IS_LOWSPEED,
        SNDRV_SEQ_TIME_STAMP_TICK = EventFlags::TIME_STAMP_TICK,
        SNDRV_SEQ_TIME_STAMP_MASK = EventFlags::TIME_STAMP_MASK,
        SNDRV_SEQ_TIME_MODE_ABS = EventFlags::TIME_MODE_ABS,
        SNDRV_SEQ_TIME_MODE_MASK = EventFlags::TIME_MODE_MASK,
        SNDRV_SEQ_EVENT_LENGTH_FIXED = EventFlags::LENGTH_FIXED,
        SNDRV_SEQ_EVENT_LENGTH_MASK = EventFlags::LENGTH_MASK,
        SNDRV_SEQ_PRIORITY_NORMAL = EventFlags::PRIORITY_NORMAL,
        SNDRV_SEQ_PRIORITY_MASK = EventFlags::PRIORITY_MASK,
        SNDRV_UMP_EP_INFO_PROTO_MIDI_MASK = UmpProtocol::MIDI_MASK,
        SNDRV_UMP_EP_INFO_PROTO_JRTS_MASK = UmpProtocol::JRTS_MASK,
    }
}

fn ioctls(rows: &mut Rows, numbers: &mut Vec<(String, u32)>) {
    ioctls! { rows, numbers;
        SNDRV_SEQ_IOCTL_PVERSION = PVERSION,
        SNDRV_SEQ_IOCTL_CLIENT_ID = CLIENT_ID,
        SNDRV_SEQ_IOCTL_SYSTEM_INFO = SYSTEM_INFO,
        SNDRV_SEQ_IOCTL_RUNNING_MODE = RUNNING_MODE,
        SNDRV_SEQ_IOCTL_USER_PVERSION = USER_PVERSION,
        SNDRV_SEQ_IOCTL_GET_CLIENT_INFO = GET_CLIENT_INFO,
        SNDRV_SEQ_IOCTL_SET_CLIENT_INFO = SET_CLIENT_INFO,
        SNDRV_SEQ_IOCTL_GET_CLIENT_UMP_INFO = GET_CLIENT_UMP_INFO,
        SNDRV_SEQ_IOCTL_SET_CLIENT_UMP_INFO = SET_CLIENT_UMP_INFO,
        SNDRV_SEQ_IOCTL_CREATE_PORT = CREATE_PORT,
        SNDRV_SEQ_IOCTL_DELETE_PORT = DELETE_PORT,
        SNDRV_SEQ_IOCTL_GET_PORT_INFO = GET_PORT_INFO,
        SNDRV_SEQ_IOCTL_SET_PORT_INFO = SET_PORT_INFO,
        SNDRV_SEQ_IOCTL_SUBSCRIBE_PORT = SUBSCRIBE_PORT,
        SNDRV_SEQ_IOCTL_UNSUBSCRIBE_PORT = UNSUBSCRIBE_PORT,
        SNDRV_SEQ_IOCTL_CREATE_QUEUE = CREATE_QUEUE,
        SNDRV_SEQ_IOCTL_DELETE_QUEUE = DELETE_QUEUE,
        SNDRV_SEQ_IOCTL_GET_QUEUE_INFO = GET_QUEUE_INFO,
        SNDRV_SEQ_IOCTL_SET_QUEUE_INFO = SET_QUEUE_INFO,
        SNDRV_SEQ_IOCTL_GET_NAMED_QUEUE = GET_NAMED_QUEUE,
        SNDRV_SEQ_IOCTL_GET_QUEUE_STATUS = GET_QUEUE_STATUS,
        SNDRV_SEQ_IOCTL_GET_QUEUE_TEMPO = GET_QUEUE_TEMPO,
        SNDRV_SEQ_IOCTL_SET_QUEUE_TEMPO = SET_QUEUE_TEMPO,
        SNDRV_SEQ_IOCTL_GET_QUEUE_TIMER = GET_QUEUE_TIMER,
        SNDRV_SEQ_IOCTL_SET_QUEUE_TIMER = SET_QUEUE_TIMER,
        SNDRV_SEQ_IOCTL_GET_QUEUE_CLIENT = GET_QUEUE_CLIENT,
        SNDRV_SEQ_IOCTL_SET_QUEUE_CLIENT = SET_QUEUE_CLIENT,
        SNDRV_SEQ_IOCTL_GET_CLIENT_POOL = GET_CLIENT_POOL,
        SNDRV_SEQ_IOCTL_SET_CLIENT_POOL = SET_CLIENT_POOL,
        SNDRV_SEQ_IOCTL_REMOVE_EVENTS = REMOVE_EVENTS,
        SNDRV_SEQ_IOCTL_QUERY_SUBS = QUERY_SUBS,
        SNDRV_SEQ_IOCTL_GET_SUBSCRIPTION = GET_SUBSCRIPTION,
        SNDRV_SEQ_IOCTL_QUERY_NEXT_CLIENT = QUERY_NEXT_CLIENT,
        SNDRV_SEQ_IOCTL_QUERY_NEXT_PORT = QUERY_NEXT_PORT,
    }
}
