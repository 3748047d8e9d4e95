//! Timers, `/dev/snd/timer`: a handle for one of them, a handle to ask for all, and
//! their containers, which are the kernel's structs.
//!
//! Everything that a handle does is a system call, so the rules of the crate hold with
//! nothing to add: any number of threads may use one handle.

mod containers;
mod handle;
mod name;
mod query;

pub use containers::*;
pub use handle::*;
pub use query::*;
