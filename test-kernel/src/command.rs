//! The commands for programs inside the kernel.

pub(crate) mod cable;
pub(crate) mod fault;
pub(crate) mod usb;
