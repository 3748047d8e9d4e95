//! UMP: endpoints, function blocks, and the content of packets.
//!
//! The two containers are the kernel's structs, with accessors like those in
//! [`container`](crate::container). Programs pass them to
//! [`snd_seq_create_ump_endpoint`](crate::snd_seq_create_ump_endpoint) and similar functions. The
//! UMP devices of sound cards (`snd_ump_open`) are not here.

mod block_info;
mod endpoint_info;
mod message;

pub use block_info::*;
pub use endpoint_info::*;
pub use message::*;
