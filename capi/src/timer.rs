//! Timers, `/dev/snd/timer`: a handle for one timer, a handle for queries of all timers, and their
//! containers, which are the kernel's structs.
//!
//! Every function of a handle is a system call. So the rules of the crate apply without additions:
//! any number of threads may use one handle.

mod containers;
mod handle;
mod name;
mod query;

pub use containers::*;
pub use handle::*;
pub use query::*;
