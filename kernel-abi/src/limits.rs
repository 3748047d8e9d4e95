//! Numbers that the kernel keeps to itself.
//!
//! No header for programs has them, so no header can be compared with them;
//! `tests/abi/internal.txt` records where the kernel's source has them, and tests
//! compare them with that and with running kernels.

/// Major number of ALSA's device nodes.
pub const DEVICE_MAJOR: u32 = 116;
/// Minor number of the sequencer's device node.
pub const DEVICE_MINOR: u32 = 1;

/// Client numbers: 0 to 191.
pub const MAX_CLIENTS: u8 = 192;
/// First number of a client opened by a program. There are 64 of them.
pub const FIRST_USER_CLIENT: u8 = 128;
/// Ports of a client: 0 to 253.
pub const MAX_PORTS: u8 = 254;
/// Queues: 0 to 31.
pub const MAX_QUEUES: u8 = 32;

/// Payload bytes of a pool cell.
pub const CELL_SIZE: usize = 28;
/// Largest pool, in cells.
pub const MAX_POOL: usize = 2000;
/// Output pool of a new client, in cells.
pub const DEFAULT_OUTPUT_POOL: usize = 500;
/// Input pool of a new client, in cells.
pub const DEFAULT_INPUT_POOL: usize = 200;

/// The bits of [`Ext::len`](crate::event::Ext::len) that the kernel keeps for
/// itself.
#[doc(alias = "SNDRV_SEQ_EXT_MASK")]
pub const EXT_MASK: u32 = 0xc000_0000;
/// A bit of [`EXT_MASK`]: the pointer is into a program's memory.
#[doc(alias = "SNDRV_SEQ_EXT_USRPTR")]
pub const EXT_USRPTR: u32 = 0x8000_0000;
/// A bit of [`EXT_MASK`]: the pointer is to a chain of cells.
#[doc(alias = "SNDRV_SEQ_EXT_CHAINED")]
pub const EXT_CHAINED: u32 = 0x4000_0000;
/// The bits of [`Ext::len`](crate::event::Ext::len) that are the length.
pub const EXT_LEN_MASK: u32 = !EXT_MASK;

/// First and last event type of variable length.
pub const VARIABLE_EVENTS: core::ops::RangeInclusive<u8> = 130..=139;

/// The only base of a queue's skew.
pub const SKEW_BASE: u32 = 0x1_0000;
