//! The sequencer half of libasound's binary interface.
//!
//! Programs that were compiled for libasound call the functions here under their C
//! names: linked with the archive or the shared object that is made from it, or, in
//! Rust, with this crate in the place of libasound. The prototypes, layouts and return
//! values are libasound's; where it has a defect, ours is in the list of
//! `docs/libasound.md`. C programs use the headers of their distribution.
//!
//! Below it are the kernel's structs and ioctls alone (`alsa-seq-kernel-abi`), not the
//! client of `alsa-seq`: that one never blocks and never hands out `EINTR`, and C
//! programs rely on both.
//!
//! # Where things are
//!
//! | module | contents |
//! |---|---|
//! | [`types`] | the C types, most of them the kernel's structs |
//! | [`handle`] | `snd_seq_t`: the descriptor and the two buffers |
//! | [`open`], [`poll`] | opening, closing, blocking or not; the descriptor |
//! | [`input`], [`output`] | events, and the buffers they pass through |
//! | [`container`] | the eleven opaque structs and their accessors |
//! | [`control`] | everything that is an ioctl |
//! | [`address`] | addresses that people type |
//! | [`event_types`], [`bits`] | the table of event types, bits in arrays |
//! | [`error`] | error texts and handlers |
//! | [`global`] | functions of libasound as a whole |
//!
//! # Rules
//!
//! No header states these, and programs depend on each of them.
//!
//! **Blocking is the descriptor's flag.** `read`, `write` and `poll` are called once,
//! and their error is the result, `-EINTR` included. A program may change the flag and
//! wait for the descriptor by itself.
//!
//! **Cancellation.** C programs end a thread in `snd_seq_event_input` by
//! `pthread_cancel`, which unwinds the stack by force. A Rust frame lets that pass if
//! it has no landing pad: no value with `Drop` is alive in it and nothing is caught. So
//! the functions that reach `open`, `close`, `read`, `write` or `poll` are declared
//! `extern "C-unwind"`, own nothing that is dropped, and leave the handle in order
//! before they call. The calling convention is that of `extern "C"`, in which a call of
//! any Rust function would have a landing pad that aborts. All calls to the system that
//! can be cancelled are in `sys`.
//!
//! **Threads.** No function takes a lock, and none holds another up. One thread may
//! take input while a second one sends, and any number of threads may call what is
//! only an ioctl, and [`snd_seq_event_output_direct`] with events of fixed length. The
//! functions in [`input`] are for one thread at a time, and so are those in [`output`]
//! that have to do with the buffer. (libasound's are the same.) So the handle is only
//! ever borrowed shared, with a cell for the state of each direction.
//!
//! **Real time.** Sending and draining allocate nothing. Buffers are allocated when the
//! handle is opened and when a program sets their sizes; only
//! [`snd_seq_event_output_direct`] grows one, for an event that is larger than the
//! output buffer.
//!
//! **Unloading.** There are no threads, no `atexit`, and no thread-local values that
//! have to be dropped, so the shared object can be unloaded.
//!
//! **Null pointers.** Where libasound aborts by an assertion, functions return
//! `-EINVAL`, a null pointer or 0, whatever their type has.
//!
//! # Unsafe
//!
//! Every function is called by C, so every pointer is a promise of the caller. These
//! are the promises, and each `SAFETY` comment names the one that it rests on:
//!
//! - *handle*: a handle is null or came from `snd_seq_open` and is not closed yet, also
//!   not by another thread during the call.
//! - *object*: a pointer to a container, event, address or other struct is null or
//!   points to one that is initialised (zeroed memory is), is aligned as in C, and that
//!   no other thread changes during the call. If the function writes to it, no other
//!   thread looks at it either.
//! - *string*: a `const char *` is null or points to bytes that end with a NUL.
//! - *result*: a pointer for a result is null or points to memory of the result's type.
//! - *data*: the pointer of a variable-length event points to as many bytes as its
//!   length says.
//! - *direction*: of the functions of one direction, one thread at a time is in one.
//!   See above.
//!
//! Null pointers are looked for and never followed.
#![allow(
    clippy::missing_safety_doc,
    reason = "what a caller promises is the same everywhere, and stands above"
)]

#[cfg(not(target_os = "linux"))]
compile_error!("the ALSA sequencer is a part of Linux");

pub mod address;
pub mod bits;
pub mod container;
pub mod control;
pub mod error;
pub mod event_types;
pub mod global;
pub mod handle;
pub mod input;
pub mod open;
pub mod output;
pub mod poll;
mod sys;
mod text;
pub mod types;

pub use address::*;
pub use bits::*;
pub use container::*;
pub use control::*;
pub use error::*;
pub use event_types::*;
pub use global::*;
pub use handle::snd_seq_t;
pub use input::*;
pub use open::*;
pub use output::*;
pub use poll::*;
pub use types::*;
