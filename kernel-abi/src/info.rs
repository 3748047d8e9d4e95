//! The structs that ioctls take.
//!
//! Plain C layout with padding and reserved bytes spelled out, as private fields:
//! kernels leave the reserved bytes as they get them, and a later kernel may give
//! them a meaning, which then is a field of its own. So start from `zeroed()` and
//! set fields. Every pattern of bytes is a valid value of every type here, so
//! nothing that a kernel writes can be invalid.

use crate::Name;
use crate::event::{Address, RealTime, Timestamp};
use crate::flags::{
    ClientFilter, PortCaps, PortFlags, PortType, QueueFlags, RemoveMode, SubscribeFlags,
};
use crate::layout::{default_zeroed, layout, zeroed};
use crate::ump::{UmpBlockInfo, UmpEndpointInfo};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The sequencer's limits and how much of them is in use.
#[doc(alias = "snd_seq_system_info")]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct SystemInfo {
    /// The largest number of queues.
    pub queues: i32,
    /// The largest number of clients, including the kernel's.
    pub clients: i32,
    /// The largest number of ports of a client.
    pub ports: i32,
    /// The largest number of channels of a port.
    pub channels: i32,
    /// The present number of clients.
    pub cur_clients: i32,
    /// The present number of queues.
    pub cur_queues: i32,
    /// Reserved, 0.
    reserved: [u8; 24],
}

/// The word size and the byte order of a client's program. It matters only to
/// [`LENGTH_VARUSR`](crate::flags::EventFlags::LENGTH_VARUSR).
#[doc(alias = "snd_seq_running_info")]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct RunningMode {
    /// Client number.
    pub client: u8,
    /// 1 on a big-endian machine. It must be the kernel's own.
    pub big_endian: u8,
    /// Bytes of a C `long`: 4 or 8.
    pub cpu_mode: u8,
    /// Reserved, 0.
    pad: u8,
    /// Reserved, 0.
    reserved: [u8; 12],
}

/// A client.
#[doc(alias = "snd_seq_client_info")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct ClientInfo {
    /// Client number, 0 to 191.
    pub client: i32,
    /// [`USER_CLIENT`](crate::consts::USER_CLIENT) or
    /// [`KERNEL_CLIENT`](crate::consts::KERNEL_CLIENT).
    #[doc(alias = "type")]
    pub client_type: i32,
    /// Name. `SET_CLIENT_INFO` leaves the old one when this is empty.
    pub name: Name<64>,
    /// The events that the client accepts.
    pub filter: ClientFilter,
    /// Not in use. `GET_CLIENT_INFO` leaves it as it was.
    pub multicast_filter: [u8; 8],
    /// The event types that the client accepts when
    /// [`ClientFilter::USE_EVENT`] is set. Use
    /// [`accepts_event`](Self::accepts_event): the order of the bits depends
    /// on the machine.
    pub event_filter: [u8; 32],
    /// Read only: number of ports.
    pub num_ports: i32,
    /// Number of events that were lost. Can be set, such as to 0.
    pub event_lost: i32,
    /// Read only: sound card of a kernel client, else -1.
    pub card: i32,
    /// Read only: the thread that opened a user client, as the reader's
    /// process namespace numbers it; 0 if it isn't visible there, -1 for a
    /// kernel client.
    pub pid: i32,
    /// [`CLIENT_LEGACY_MIDI`](crate::consts::CLIENT_LEGACY_MIDI) or one of the
    /// two versions of UMP. Since Linux 6.5; written only after
    /// `USER_PVERSION` said 1.0.3 or later.
    pub midi_version: u32,
    /// UMP groups to *block*: bit 0 for messages without a group and legacy
    /// events to a port without one, bits 1 to 16 for the groups. Since
    /// Linux 6.5.
    pub group_filter: u32,
    /// Reserved, 0.
    reserved: [u8; 48],
}

impl ClientInfo {
    /// Returns whether the bit of `event_type` is set in `event_filter`.
    ///
    /// The kernel counts the bits in its `long`s, so on a big-endian machine
    /// the byte isn't `event_type / 8`. A 32-bit program on a 64-bit
    /// big-endian kernel can't know; its words are taken as 32-bit ones here.
    #[must_use]
    pub fn accepts_event(&self, event_type: u8) -> bool {
        let (byte, mask) = filter_bit(event_type);
        self.event_filter
            .get(byte)
            .is_some_and(|byte| byte & mask != 0)
    }

    /// Sets or clears the bit of `event_type` in `event_filter`.
    pub fn set_accepts_event(&mut self, event_type: u8, accept: bool) {
        let (byte, mask) = filter_bit(event_type);
        if let Some(byte) = self.event_filter.get_mut(byte) {
            if accept {
                *byte |= mask;
            } else {
                *byte &= !mask;
            }
        }
    }
}

/// Byte and mask of a bit in an array of the kernel's `long`s.
fn filter_bit(bit: u8) -> (usize, u8) {
    let byte = usize::from(bit / 8);
    let byte = if cfg!(target_endian = "big") {
        // The bytes of each word in reverse.
        byte ^ (size_of::<usize>() - 1)
    } else {
        byte
    };
    (byte, 1 << (bit % 8))
}

/// A client's event pools, in cells of 28 bytes of payload.
#[doc(alias = "snd_seq_client_pool")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct ClientPool {
    /// Client number.
    pub client: i32,
    /// Cells for events on their way out, 1 to 2000. Setting it to a value
    /// out of range changes nothing, also for the two below.
    pub output_pool: i32,
    /// Cells for events to be read, 1 to 2000.
    pub input_pool: i32,
    /// Free cells from which on `poll` says that the client is writable, and
    /// at which a sleeping `write` wakes up; 1 to `output_pool`. Any change of
    /// `output_pool` sets it to half.
    pub output_room: i32,
    /// Read only: free cells for output, 0 before the first `write`.
    pub output_free: i32,
    /// Read only: free cells for input.
    pub input_free: i32,
    /// Reserved, 0.
    reserved: [u8; 64],
}

/// The conditions for removing events.
#[doc(alias = "snd_seq_remove_events")]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct RemoveEvents {
    /// The events to remove, and the conditions that count.
    pub remove_mode: RemoveMode,
    /// For [`RemoveMode::TIME_BEFORE`] and [`RemoveMode::TIME_AFTER`].
    pub time: Timestamp,
    /// For [`RemoveMode::DEST`].
    pub queue: u8,
    /// For [`RemoveMode::DEST`].
    pub dest: Address,
    /// For [`RemoveMode::DEST_CHANNEL`].
    pub channel: u8,
    /// For [`RemoveMode::EVENT_TYPE`].
    #[doc(alias = "type")]
    pub event_type: i32,
    /// For [`RemoveMode::TAG_MATCH`].
    pub tag: u8,
    /// Padding.
    pad: [u8; 3],
    /// Reserved, 0.
    reserved: [i32; 10],
}

/// A port.
///
/// 168 bytes with 64-bit pointers, 164 with 32-bit ones.
///
/// # 32-bit programs on a 64-bit kernel
///
/// The kernel's 32-bit compatibility converts only the fields up to
/// `time_queue` and copies the rest in place, so there `direction` and
/// `ump_group` are really at the 64-bit struct's offsets, inside `reserved`.
/// A program can't tell which kernel it runs on. Hence set both with
/// [`set_direction`](Self::set_direction) and
/// [`set_ump_group`](Self::set_ump_group), which fill both places; and in a
/// 32-bit program don't trust either field of an answer, see
/// [`direction_copies`](Self::direction_copies).
#[doc(alias = "snd_seq_port_info")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct PortInfo {
    /// Client and port number.
    pub addr: Address,
    /// Name. `SET_PORT_INFO` leaves the old one when this is empty.
    pub name: Name<64>,
    /// Padding.
    pad: [u8; 2],
    /// The actions that other clients may do.
    pub capability: PortCaps,
    /// The kind of the port.
    #[doc(alias = "type")]
    pub port_type: PortType,
    /// Number of MIDI channels. Told to others only, like the next two.
    pub midi_channels: i32,
    /// Number of MIDI voices.
    pub midi_voices: i32,
    /// Number of synthesizer voices.
    pub synth_voices: i32,
    /// Read only: number of links to receivers.
    pub read_use: i32,
    /// Read only: number of links from senders.
    pub write_use: i32,
    /// A pointer that only the kernel may set. 0.
    pub kernel: usize,
    /// Flags for creating the port and for stamping events.
    pub flags: PortFlags,
    /// Queue whose time is used with [`PortFlags::TIMESTAMP`]. Answers leave
    /// it as it was without that flag.
    pub time_queue: u8,
    /// [`PORT_DIR_UNKNOWN`](crate::consts::PORT_DIR_UNKNOWN) or another of
    /// `PORT_DIR_…`. Since Linux 6.5; before, kernels leave it as it was.
    pub direction: u8,
    /// UMP group 1 to 16, 0 for none or for the endpoint. More counts as 0.
    /// Since Linux 6.5; before, kernels leave it as it was.
    pub ump_group: u8,
    /// Reserved, 0.
    reserved: [u8; 57],
}

/// The place of `direction` for a 64-bit kernel in the struct of a 32-bit program: the index in
/// `reserved`. `ump_group` is next to it.
#[cfg(target_pointer_width = "32")]
const COMPAT_DIRECTION: usize = 109 - core::mem::offset_of!(PortInfo, reserved);

impl PortInfo {
    /// Sets `direction`, in a 32-bit program at both of its places.
    pub fn set_direction(&mut self, direction: u8) {
        self.direction = direction;
        #[cfg(target_pointer_width = "32")]
        if let Some(copy) = self.reserved.get_mut(COMPAT_DIRECTION) {
            *copy = direction;
        }
    }

    /// Sets `ump_group`, in a 32-bit program at both of its places.
    pub fn set_ump_group(&mut self, ump_group: u8) {
        self.ump_group = ump_group;
        #[cfg(target_pointer_width = "32")]
        if let Some(copy) = self.reserved.get_mut(COMPAT_DIRECTION + 1) {
            *copy = ump_group;
        }
    }

    /// `direction` at its two places: as a kernel of this program's width
    /// writes it, and as a 64-bit kernel writes it for a 32-bit program. They
    /// are the same place in a 64-bit program.
    ///
    /// A 32-bit program that started from `zeroed()` may take the one that
    /// isn't 0.
    #[must_use]
    pub fn direction_copies(&self) -> (u8, u8) {
        #[cfg(target_pointer_width = "32")]
        let copy = self.reserved.get(COMPAT_DIRECTION).copied().unwrap_or(0);
        #[cfg(not(target_pointer_width = "32"))]
        let copy = self.direction;
        (self.direction, copy)
    }

    /// `ump_group` at its two places; see
    /// [`direction_copies`](Self::direction_copies).
    #[must_use]
    pub fn ump_group_copies(&self) -> (u8, u8) {
        #[cfg(target_pointer_width = "32")]
        let copy = self
            .reserved
            .get(COMPAT_DIRECTION + 1)
            .copied()
            .unwrap_or(0);
        #[cfg(not(target_pointer_width = "32"))]
        let copy = self.ump_group;
        (self.ump_group, copy)
    }
}

/// A queue.
#[doc(alias = "snd_seq_queue_info")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct QueueInfo {
    /// Queue number, 0 to 31.
    pub queue: i32,
    /// Client that owns it.
    pub owner: i32,
    /// The byte that holds C's one-bit field `locked`; use
    /// [`locked`](Self::locked).
    #[doc(alias = "locked")]
    pub locked_byte: u8,
    /// Name. `SET_QUEUE_INFO` replaces it also by an empty one.
    pub name: Name<64>,
    /// Padding.
    pad: [u8; 3],
    /// Flags, taken at creation and never read back.
    pub flags: QueueFlags,
    /// Reserved, 0.
    reserved: [u8; 60],
}

impl QueueInfo {
    /// The bit of `locked_byte` that C compilers give to the field: the lowest
    /// on little-endian machines, the highest on big-endian ones.
    pub const LOCKED: u8 = if cfg!(target_endian = "big") {
        0x80
    } else {
        0x01
    };

    /// Returns whether only the owner may control the queue.
    #[must_use]
    pub const fn locked(&self) -> bool {
        self.locked_byte & Self::LOCKED != 0
    }

    /// Sets whether only the owner may control the queue.
    pub const fn set_locked(&mut self, locked: bool) {
        if locked {
            self.locked_byte |= Self::LOCKED;
        } else {
            self.locked_byte &= !Self::LOCKED;
        }
    }
}

/// A queue's state.
#[doc(alias = "snd_seq_queue_status")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct QueueStatus {
    /// Queue number.
    pub queue: i32,
    /// Number of events in it.
    pub events: i32,
    /// Position in ticks.
    pub tick: u32,
    /// Position in real time.
    pub time: RealTime,
    /// 1 while it runs.
    pub running: i32,
    /// Flags, 0.
    pub flags: i32,
    /// Reserved, 0.
    reserved: [u8; 64],
}

/// A queue's tempo.
#[doc(alias = "snd_seq_queue_tempo")]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct QueueTempo {
    /// Queue number.
    pub queue: i32,
    /// Duration of a quarter note in units of `tempo_base`: microseconds by
    /// default. At least 1.
    pub tempo: u32,
    /// Ticks of a quarter note, at least 1.
    pub ppq: i32,
    /// Speed in units of 1 / `skew_base`.
    pub skew_value: u32,
    /// [`SKEW_BASE`](crate::limits::SKEW_BASE), or 0 to leave the skew.
    pub skew_base: u32,
    /// Nanoseconds of `tempo`'s unit: 10 or 1000, 0 for 1000. Since Linux 6.11
    /// (1.0.4), and only after `USER_PVERSION` said so; else 0.
    pub tempo_base: u16,
    /// Reserved, 0.
    reserved: [u8; 22],
}

/// The name of an ALSA timer.
#[doc(alias = "snd_timer_id")]
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, IntoBytes, KnownLayout, Immutable,
)]
#[repr(C)]
pub struct TimerId {
    /// Class, one of `TIMER_CLASS_…` in [`consts`](crate::consts).
    pub dev_class: i32,
    /// Slave class, one of `TIMER_SCLASS_…`.
    pub dev_sclass: i32,
    /// Sound card, -1 for none.
    pub card: i32,
    /// Device; of a global timer one of `TIMER_GLOBAL_…`.
    pub device: i32,
    /// Subdevice.
    pub subdevice: i32,
}

/// A queue's timer.
///
/// C has `id` and `resolution` in a union named `u`, in its one member `alsa`.
#[doc(alias = "snd_seq_queue_timer")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct QueueTimer {
    /// Queue number.
    pub queue: i32,
    /// [`TIMER_ALSA`](crate::consts::TIMER_ALSA).
    #[doc(alias = "type")]
    pub timer_type: i32,
    /// The timer. Kernels take any and then may run on another.
    pub id: TimerId,
    /// Frequency in Hz, brought into 10 to 6250; 0 for the default, 1000.
    pub resolution: u32,
    /// Reserved, 0.
    reserved: [u8; 64],
}

/// Whether a client uses a queue.
#[doc(alias = "snd_seq_queue_client")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct QueueClient {
    /// Queue number.
    pub queue: i32,
    /// Read only: the calling client.
    pub client: i32,
    /// 1 to use the queue, 0 not to; less than 0 changes nothing.
    pub used: i32,
    /// Reserved, 0.
    reserved: [u8; 64],
}

/// A link between two ports.
#[doc(alias = "snd_seq_port_subscribe")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct PortSubscribe {
    /// The port that sends.
    pub sender: Address,
    /// The port that receives.
    pub dest: Address,
    /// Number of voices. Not in use.
    pub voices: u32,
    /// Flags of the link.
    pub flags: SubscribeFlags,
    /// Queue whose time is used with [`SubscribeFlags::TIMESTAMP`].
    pub queue: u8,
    /// Reserved, 0.
    pad: [u8; 3],
    /// Reserved, 0.
    reserved: [u8; 64],
}

/// One of a port's links, by its index.
#[doc(alias = "snd_seq_query_subs")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct QuerySubs {
    /// The port to ask about.
    pub root: Address,
    /// Padding.
    pad: [u8; 2],
    /// [`QUERY_SUBS_READ`](crate::consts::QUERY_SUBS_READ) or
    /// [`QUERY_SUBS_WRITE`](crate::consts::QUERY_SUBS_WRITE).
    #[doc(alias = "type")]
    pub query_type: i32,
    /// Index from 0. Indexes move when links come and go.
    pub index: i32,
    /// Read only: number of links, with a successful answer only.
    pub num_subs: i32,
    /// Read only: the port at the other end.
    pub addr: Address,
    /// Read only: the link's queue.
    pub queue: u8,
    /// Padding.
    pad2: u8,
    /// Read only: the link's flags.
    pub flags: SubscribeFlags,
    /// Reserved, 0.
    reserved: [u8; 64],
}

/// A client's UMP endpoint or one of its function blocks. Since Linux 6.5.
#[doc(alias = "snd_seq_client_ump_info")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable)]
#[repr(C)]
pub struct ClientUmpInfo {
    /// Client number.
    pub client: i32,
    /// [`CLIENT_UMP_INFO_ENDPOINT`](crate::consts::CLIENT_UMP_INFO_ENDPOINT),
    /// or [`CLIENT_UMP_INFO_BLOCK`](crate::consts::CLIENT_UMP_INFO_BLOCK) plus
    /// the block's number, up to 32.
    #[doc(alias = "type")]
    pub info_type: i32,
    /// A [`UmpEndpointInfo`] or a [`UmpBlockInfo`]; the kernel moves only as
    /// many bytes.
    pub info: [u8; 512],
}

impl ClientUmpInfo {
    /// `info` as an endpoint. `info_type` is not checked.
    #[must_use]
    pub fn endpoint(&self) -> UmpEndpointInfo {
        prefix(&self.info)
    }

    /// Puts an endpoint at the start of `info`.
    pub fn set_endpoint(&mut self, endpoint: &UmpEndpointInfo) {
        set_prefix(&mut self.info, endpoint);
    }

    /// `info` as a function block. `info_type` is not checked.
    #[must_use]
    pub fn block(&self) -> UmpBlockInfo {
        prefix(&self.info)
    }

    /// Puts a function block at the start of `info`.
    pub fn set_block(&mut self, block: &UmpBlockInfo) {
        set_prefix(&mut self.info, block);
    }
}

fn prefix<T: FromBytes + IntoBytes>(info: &[u8; 512]) -> T {
    let mut value = T::new_zeroed();
    for (to, from) in value.as_mut_bytes().iter_mut().zip(info) {
        *to = *from;
    }
    value
}

fn set_prefix<T: IntoBytes + Immutable>(info: &mut [u8; 512], value: &T) {
    for (to, from) in info.iter_mut().zip(value.as_bytes()) {
        *to = *from;
    }
}

zeroed! {
    SystemInfo, RunningMode, ClientInfo, ClientPool, RemoveEvents, PortInfo,
    QueueInfo, QueueStatus, QueueTempo, TimerId, QueueTimer, QueueClient,
    PortSubscribe, QuerySubs, ClientUmpInfo,
}

default_zeroed! {
    ClientInfo, ClientPool, PortInfo, QueueInfo, QueueStatus, QueueTimer,
    QueueClient, PortSubscribe, QuerySubs, ClientUmpInfo,
}

layout! {
    SystemInfo: 48 => {
        queues: 0, clients: 4, ports: 8, channels: 12, cur_clients: 16,
        cur_queues: 20, reserved: 24,
    }
    RunningMode: 16 => { client: 0, big_endian: 1, cpu_mode: 2, pad: 3, reserved: 4 }
    ClientInfo: 188 => {
        client: 0, client_type: 4, name: 8, filter: 72, multicast_filter: 76,
        event_filter: 84, num_ports: 116, event_lost: 120, card: 124, pid: 128,
        midi_version: 132, group_filter: 136, reserved: 140,
    }
    ClientPool: 88 => {
        client: 0, output_pool: 4, input_pool: 8, output_room: 12,
        output_free: 16, input_free: 20, reserved: 24,
    }
    RemoveEvents: 64 => {
        remove_mode: 0, time: 4, queue: 12, dest: 13, channel: 15,
        event_type: 16, tag: 20, pad: 21, reserved: 24,
    }
    // The offsets after the pointer depend on its width.
    PortInfo: 160 + size_of::<usize>() => {
        addr: 0, name: 2, pad: 66, capability: 68, port_type: 72,
        midi_channels: 76, midi_voices: 80, synth_voices: 84, read_use: 88,
        write_use: 92, kernel: 96, flags: 96 + size_of::<usize>(),
        time_queue: 100 + size_of::<usize>(),
        direction: 101 + size_of::<usize>(),
        ump_group: 102 + size_of::<usize>(),
        reserved: 103 + size_of::<usize>(),
    }
    QueueInfo: 140 => {
        queue: 0, owner: 4, locked_byte: 8, name: 9, pad: 73, flags: 76,
        reserved: 80,
    }
    QueueStatus: 92 => {
        queue: 0, events: 4, tick: 8, time: 12, running: 20, flags: 24,
        reserved: 28,
    }
    QueueTempo: 44 => {
        queue: 0, tempo: 4, ppq: 8, skew_value: 12, skew_base: 16,
        tempo_base: 20, reserved: 22,
    }
    TimerId: 20 => { dev_class: 0, dev_sclass: 4, card: 8, device: 12, subdevice: 16 }
    QueueTimer: 96 => { queue: 0, timer_type: 4, id: 8, resolution: 28, reserved: 32 }
    QueueClient: 76 => { queue: 0, client: 4, used: 8, reserved: 12 }
    PortSubscribe: 80 => {
        sender: 0, dest: 2, voices: 4, flags: 8, queue: 12, pad: 13, reserved: 16,
    }
    QuerySubs: 88 => {
        root: 0, pad: 2, query_type: 4, index: 8, num_subs: 12, addr: 16,
        queue: 18, pad2: 19, flags: 20, reserved: 24,
    }
    ClientUmpInfo: 520 => { client: 0, info_type: 4, info: 8 }
}
