//! UMP: endpoints, function blocks, and what a packet says of itself.
//!
//! The two containers are the kernel's structs, with accessors as those in
//! [`container`](crate::container). Programs hand them to
//! [`snd_seq_create_ump_endpoint`](crate::snd_seq_create_ump_endpoint) and the functions
//! beside it. The UMP devices of sound cards (`snd_ump_open`) are not here.

mod block_info;
mod endpoint_info;
mod message;

pub use block_info::*;
pub use endpoint_info::*;
pub use message::*;
