//! The ioctl numbers, computed from the Rust types' sizes.
//!
//! A [`Request<T>`] is a number together with the type that the kernel reads
//! and writes for it. Only this crate can make one. So the module `ioctl` can make
//! only the requests below and in [`timer`](crate::timer).
//!
//! The kernel compares all 32 bits, size and direction included, and answers
//! `ENOTTY` to a number it doesn't know.

use crate::info::{
    ClientInfo, ClientPool, ClientUmpInfo, PortInfo, PortSubscribe, QuerySubs, QueueClient,
    QueueInfo, QueueStatus, QueueTempo, QueueTimer, RemoveEvents, RunningMode, SystemInfo,
};
use core::fmt;
use core::marker::PhantomData;

/// The direction of the data, from the program's point of view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// There is no argument.
    #[doc(alias = "_IO")]
    None,
    /// The kernel fills the argument.
    #[doc(alias = "_IOR")]
    Read,
    /// The kernel takes the argument.
    #[doc(alias = "_IOW")]
    Write,
    /// The kernel takes the argument and fills it.
    #[doc(alias = "_IOWR")]
    ReadWrite,
}

/// How an architecture packs an ioctl number, from its `asm/ioctl.h`.
///
/// The number is 8 bits, then the type 8 bits, then `size_bits` of size, then
/// the direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// Width of the size.
    pub size_bits: u32,
    /// Direction bits of a number without an argument.
    #[doc(alias = "_IOC_NONE")]
    pub none: u32,
    /// Direction bits of a number that is read.
    #[doc(alias = "_IOC_READ")]
    pub read: u32,
    /// Direction bits of a number that is written.
    #[doc(alias = "_IOC_WRITE")]
    pub write: u32,
}

impl Encoding {
    /// `asm-generic/ioctl.h`, which x86, Arm, RISC-V, LoongArch, S/390 and
    /// others use.
    pub const GENERIC: Self = Self {
        size_bits: 14,
        none: 0,
        read: 2,
        write: 1,
    };

    /// Alpha, MIPS, PowerPC and SPARC.
    ///
    /// SPARC's size reaches a bit further and into the direction of numbers
    /// without argument, which makes no difference to numbers with one.
    pub const THREE_DIRECTION_BITS: Self = Self {
        size_bits: 13,
        none: 1,
        read: 2,
        write: 4,
    };

    /// The one that the program is compiled for.
    pub const NATIVE: Self = if cfg!(any(
        target_arch = "mips",
        target_arch = "mips32r6",
        target_arch = "mips64",
        target_arch = "mips64r6",
        target_arch = "powerpc",
        target_arch = "powerpc64",
        target_arch = "sparc",
        target_arch = "sparc64",
    )) {
        Self::THREE_DIRECTION_BITS
    } else {
        Self::GENERIC
    };

    /// The number `nr` of the device type `device`, with an argument of `size`
    /// bytes. Of `size` only the low `size_bits` count.
    #[doc(alias = "_IOC")]
    #[must_use]
    pub const fn number(self, direction: Direction, device: u8, nr: u8, size: u32) -> u32 {
        let direction = match direction {
            Direction::None => self.none,
            Direction::Read => self.read,
            Direction::Write => self.write,
            Direction::ReadWrite => self.read | self.write,
        };
        direction << (16 + self.size_bits)
            | (size & ((1 << self.size_bits) - 1)) << 16
            | u32::from_be_bytes([0, 0, device, nr])
    }
}

#[cfg(all(
    target_os = "linux",
    not(any(
        target_arch = "aarch64",
        target_arch = "arm",
        target_arch = "loongarch64",
        target_arch = "mips",
        target_arch = "mips32r6",
        target_arch = "mips64",
        target_arch = "mips64r6",
        target_arch = "powerpc",
        target_arch = "powerpc64",
        target_arch = "riscv32",
        target_arch = "riscv64",
        target_arch = "s390x",
        target_arch = "sparc",
        target_arch = "sparc64",
        target_arch = "x86",
        target_arch = "x86_64",
    ))
))]
compile_error!(
    "nobody has looked at this architecture yet: how asm/ioctl.h packs numbers, and whether \
     32-bit integers are aligned to 4 bytes (they aren't on m68k)"
);

/// An ioctl number and the type of its argument.
pub struct Request<T> {
    number: u32,
    direction: Direction,
    argument: PhantomData<fn(T) -> T>,
}

impl<T> Request<T> {
    /// A number of the sequencer's.
    const fn new(direction: Direction, nr: u8) -> Self {
        Self::of_device(b'S', direction, nr)
    }

    /// A number of the device type `device`.
    pub(crate) const fn of_device(device: u8, direction: Direction, nr: u8) -> Self {
        // The largest argument has 520 bytes, which both encodings hold.
        assert!(size_of::<T>() <= 520);
        #[allow(
            clippy::cast_possible_truncation,
            reason = "just asserted, at compile time"
        )]
        let size = size_of::<T>() as u32;
        Self {
            number: Encoding::NATIVE.number(direction, device, nr, size),
            direction,
            argument: PhantomData,
        }
    }

    /// The number to pass to `ioctl`, as the kernel's `unsigned int`.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.number
    }

    /// The direction that the number says.
    ///
    /// Two lie: after [`SET_QUEUE_CLIENT`] and [`SET_CLIENT_POOL`] the kernel
    /// fills the argument too. And where a 32-bit program runs on a 64-bit
    /// kernel, it rewrites every [`PortInfo`].
    #[must_use]
    pub const fn direction(self) -> Direction {
        self.direction
    }
}

impl<T> Clone for Request<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Request<T> {}

impl<T> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({:#010x})", self.number)
    }
}

const fn ior<T>(nr: u8) -> Request<T> {
    Request::new(Direction::Read, nr)
}

const fn iow<T>(nr: u8) -> Request<T> {
    Request::new(Direction::Write, nr)
}

const fn iowr<T>(nr: u8) -> Request<T> {
    Request::new(Direction::ReadWrite, nr)
}

/// The kernel's protocol version.
#[doc(alias = "SNDRV_SEQ_IOCTL_PVERSION")]
pub const PVERSION: Request<i32> = ior(0x00);
/// The caller's client number.
#[doc(alias = "SNDRV_SEQ_IOCTL_CLIENT_ID")]
pub const CLIENT_ID: Request<i32> = ior(0x01);
/// The sequencer's limits.
#[doc(alias = "SNDRV_SEQ_IOCTL_SYSTEM_INFO")]
pub const SYSTEM_INFO: Request<SystemInfo> = iowr(0x02);
/// Byte order and word size of a client.
#[doc(alias = "SNDRV_SEQ_IOCTL_RUNNING_MODE")]
pub const RUNNING_MODE: Request<RunningMode> = iowr(0x03);
/// Announce the program's protocol version. Since Linux 6.5.
#[doc(alias = "SNDRV_SEQ_IOCTL_USER_PVERSION")]
pub const USER_PVERSION: Request<i32> = iow(0x04);

/// A client.
#[doc(alias = "SNDRV_SEQ_IOCTL_GET_CLIENT_INFO")]
pub const GET_CLIENT_INFO: Request<ClientInfo> = iowr(0x10);
/// Change the caller's client.
#[doc(alias = "SNDRV_SEQ_IOCTL_SET_CLIENT_INFO")]
pub const SET_CLIENT_INFO: Request<ClientInfo> = iow(0x11);
/// UMP endpoint or block of a client. Since Linux 6.5.
#[doc(alias = "SNDRV_SEQ_IOCTL_GET_CLIENT_UMP_INFO")]
pub const GET_CLIENT_UMP_INFO: Request<ClientUmpInfo> = iowr(0x12);
/// Change the caller's UMP endpoint or block. Since Linux 6.5.
#[doc(alias = "SNDRV_SEQ_IOCTL_SET_CLIENT_UMP_INFO")]
pub const SET_CLIENT_UMP_INFO: Request<ClientUmpInfo> = iowr(0x13);

/// Create a port.
#[doc(alias = "SNDRV_SEQ_IOCTL_CREATE_PORT")]
pub const CREATE_PORT: Request<PortInfo> = iowr(0x20);
/// Delete a port.
#[doc(alias = "SNDRV_SEQ_IOCTL_DELETE_PORT")]
pub const DELETE_PORT: Request<PortInfo> = iow(0x21);
/// A port.
#[doc(alias = "SNDRV_SEQ_IOCTL_GET_PORT_INFO")]
pub const GET_PORT_INFO: Request<PortInfo> = iowr(0x22);
/// Change a port.
#[doc(alias = "SNDRV_SEQ_IOCTL_SET_PORT_INFO")]
pub const SET_PORT_INFO: Request<PortInfo> = iow(0x23);

/// Connect two ports.
#[doc(alias = "SNDRV_SEQ_IOCTL_SUBSCRIBE_PORT")]
pub const SUBSCRIBE_PORT: Request<PortSubscribe> = iow(0x30);
/// Disconnect two ports.
#[doc(alias = "SNDRV_SEQ_IOCTL_UNSUBSCRIBE_PORT")]
pub const UNSUBSCRIBE_PORT: Request<PortSubscribe> = iow(0x31);

/// Create a queue.
#[doc(alias = "SNDRV_SEQ_IOCTL_CREATE_QUEUE")]
pub const CREATE_QUEUE: Request<QueueInfo> = iowr(0x32);
/// Delete a queue.
#[doc(alias = "SNDRV_SEQ_IOCTL_DELETE_QUEUE")]
pub const DELETE_QUEUE: Request<QueueInfo> = iow(0x33);
/// A queue.
#[doc(alias = "SNDRV_SEQ_IOCTL_GET_QUEUE_INFO")]
pub const GET_QUEUE_INFO: Request<QueueInfo> = iowr(0x34);
/// Change a queue.
#[doc(alias = "SNDRV_SEQ_IOCTL_SET_QUEUE_INFO")]
pub const SET_QUEUE_INFO: Request<QueueInfo> = iowr(0x35);
/// A queue by its name.
#[doc(alias = "SNDRV_SEQ_IOCTL_GET_NAMED_QUEUE")]
pub const GET_NAMED_QUEUE: Request<QueueInfo> = iowr(0x36);
/// A queue's state.
#[doc(alias = "SNDRV_SEQ_IOCTL_GET_QUEUE_STATUS")]
pub const GET_QUEUE_STATUS: Request<QueueStatus> = iowr(0x40);
/// A queue's tempo.
#[doc(alias = "SNDRV_SEQ_IOCTL_GET_QUEUE_TEMPO")]
pub const GET_QUEUE_TEMPO: Request<QueueTempo> = iowr(0x41);
/// Change a queue's tempo.
#[doc(alias = "SNDRV_SEQ_IOCTL_SET_QUEUE_TEMPO")]
pub const SET_QUEUE_TEMPO: Request<QueueTempo> = iow(0x42);
/// A queue's timer.
#[doc(alias = "SNDRV_SEQ_IOCTL_GET_QUEUE_TIMER")]
pub const GET_QUEUE_TIMER: Request<QueueTimer> = iowr(0x45);
/// Change a queue's timer.
#[doc(alias = "SNDRV_SEQ_IOCTL_SET_QUEUE_TIMER")]
pub const SET_QUEUE_TIMER: Request<QueueTimer> = iow(0x46);
/// Whether the caller uses a queue.
#[doc(alias = "SNDRV_SEQ_IOCTL_GET_QUEUE_CLIENT")]
pub const GET_QUEUE_CLIENT: Request<QueueClient> = iowr(0x49);
/// Use a queue, or no longer. The kernel fills the argument too.
#[doc(alias = "SNDRV_SEQ_IOCTL_SET_QUEUE_CLIENT")]
pub const SET_QUEUE_CLIENT: Request<QueueClient> = iow(0x4a);
/// A client's pools.
#[doc(alias = "SNDRV_SEQ_IOCTL_GET_CLIENT_POOL")]
pub const GET_CLIENT_POOL: Request<ClientPool> = iowr(0x4b);
/// Change the caller's pools. The kernel fills the argument too.
#[doc(alias = "SNDRV_SEQ_IOCTL_SET_CLIENT_POOL")]
pub const SET_CLIENT_POOL: Request<ClientPool> = iow(0x4c);
/// Remove events.
#[doc(alias = "SNDRV_SEQ_IOCTL_REMOVE_EVENTS")]
pub const REMOVE_EVENTS: Request<RemoveEvents> = iow(0x4e);
/// One of a port's links.
#[doc(alias = "SNDRV_SEQ_IOCTL_QUERY_SUBS")]
pub const QUERY_SUBS: Request<QuerySubs> = iowr(0x4f);
/// The link between two ports.
#[doc(alias = "SNDRV_SEQ_IOCTL_GET_SUBSCRIPTION")]
pub const GET_SUBSCRIPTION: Request<PortSubscribe> = iowr(0x50);
/// The next client.
#[doc(alias = "SNDRV_SEQ_IOCTL_QUERY_NEXT_CLIENT")]
pub const QUERY_NEXT_CLIENT: Request<ClientInfo> = iowr(0x51);
/// The next port of a client.
#[doc(alias = "SNDRV_SEQ_IOCTL_QUERY_NEXT_PORT")]
pub const QUERY_NEXT_PORT: Request<PortInfo> = iowr(0x52);

#[cfg(test)]
mod tests {
    use super::{Direction, Encoding};

    /// The C compiler's values of the macros of each architecture's `asm/ioctl.h`, those of Linux
    /// 7.2, for `_IOR('S', 0x00, int)`, `_IOW('S', 0x04, int)`, `_IOWR('S', 0x02, char[48])`,
    /// `_IOW('S', 0x11, char[188])`, `_IOWR('S', 0x12, char[520])`, `_IOW('S', 0x21, char[168])`,
    /// `_IOWR('S', 0x20, char[168])` and `_IOWR('S', 0x20, char[164])`.
    #[test]
    fn numbers_are_packed_as_in_c() {
        let questions = [
            (Direction::Read, 0x00, 4),
            (Direction::Write, 0x04, 4),
            (Direction::ReadWrite, 0x02, 48),
            (Direction::Write, 0x11, 188),
            (Direction::ReadWrite, 0x12, 520),
            (Direction::Write, 0x21, 168),
            (Direction::ReadWrite, 0x20, 168),
            (Direction::ReadWrite, 0x20, 164),
        ];
        let answers = [
            // arc, arm, arm64, loongarch, riscv, s390, sh, x86
            (
                Encoding::GENERIC,
                [
                    0x8004_5300,
                    0x4004_5304,
                    0xc030_5302,
                    0x40bc_5311,
                    0xc208_5312,
                    0x40a8_5321,
                    0xc0a8_5320,
                    0xc0a4_5320,
                ],
            ),
            // alpha, mips, powerpc, sparc
            (
                Encoding::THREE_DIRECTION_BITS,
                [
                    0x4004_5300,
                    0x8004_5304,
                    0xc030_5302,
                    0x80bc_5311,
                    0xc208_5312,
                    0x80a8_5321,
                    0xc0a8_5320,
                    0xc0a4_5320,
                ],
            ),
        ];
        for (encoding, numbers) in answers {
            for ((direction, nr, size), number) in questions.into_iter().zip(numbers) {
                assert_eq!(encoding.number(direction, b'S', nr, size), number);
            }
        }
        // More size than there are bits doesn't spill into the direction.
        let none = Encoding::GENERIC.number(Direction::Read, 0, 0, 1 << 14);
        assert_eq!(none, 0x8000_0000);
        let none = Encoding::THREE_DIRECTION_BITS.number(Direction::Read, 0, 0, 1 << 13);
        assert_eq!(none, 0x4000_0000);
    }
}
