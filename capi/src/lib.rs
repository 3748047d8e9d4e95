//! The sequencer half of libasound's binary interface.
//!
//! Programs that were compiled for libasound call these functions by their C names. They are linked
//! with the archive, or with the shared object that is made from it. Rust programs can use this
//! crate in place of libasound. The prototypes, layouts and return values are libasound's. Defects
//! of libasound are corrected; the list is below. C programs use the headers of their distribution.
//!
//! This crate uses only the kernel's structs and ioctls (`alsa-seq-kernel-abi`), not the client of
//! `alsa-seq`. That client's descriptor never blocks, and it never returns `EINTR`, but C programs
//! rely on both.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`types`] | the C types, most of them the kernel's structs |
//! | [`handle`] | `snd_seq_t`: the descriptor and the two buffers |
//! | [`open`], [`poll`] | opening, closing, blocking or not; the descriptor |
//! | [`input`], [`output`] | events, and the buffers they pass through |
//! | [`container`] | the eleven opaque structs and their accessors |
//! | [`control`] | all ioctls |
//! | [`ump`] | UMP endpoints and function blocks, packets |
//! | [`address`] | addresses in texts of users |
//! | [`midi_event`] | MIDI bytes to events and back |
//! | [`event_types`], [`bits`] | the table of event types, bits in arrays |
//! | [`error`] | error texts and handlers |
//! | [`timer`] | timers |
//! | [`global`] | functions of libasound as a whole |
//! | [`absent`] | functions that fail, for programs that import them |
//!
//! # Rules
//!
//! No header states these rules, but programs depend on each of them.
//!
//! **The descriptor's flag decides about blocking.** `read`, `write` and `poll` are called once,
//! and their error is the result, also `-EINTR`. A program may change the flag, and may wait for
//! the descriptor itself.
//!
//! **Cancellation.** C programs end a thread in `snd_seq_event_input` with `pthread_cancel`, which
//! unwinds the stack. This works for a Rust frame without a landing pad: no value with `Drop` is
//! alive in it, and nothing is caught. So the functions that reach `open`, `close`, `read`, `write`
//! or `poll` are declared `extern "C-unwind"`, own no value that is dropped, and put the handle
//! into a consistent state before the call. The calling convention is the same as for `extern "C"`,
//! but with `extern "C"`, each call of a Rust function would have a landing pad that aborts. All
//! system calls that can be cancelled are in `sys`, except for one `close`: if the file at the
//! device's path is not the device, its Rust owner closes it. A thread that is cancelled there may
//! end the program.
//!
//! **Threads.** No function takes a lock or delays another one. One thread may receive while
//! another one sends. Any number of threads may call the functions that are only an ioctl, and
//! [`snd_seq_event_output_direct`], except with more than 4 KiB of data. Only one thread at a time
//! may call the functions in [`input`], and the same is true of the functions in [`output`] that
//! use the buffer. (libasound has the same rules.) So all borrows of the handle are shared, and the
//! state of each direction is in a cell.
//!
//! **Real time.** Sending, draining and coding MIDI allocate nothing. Buffers are allocated when the
//! handle is opened and when a program sets their sizes; only [`snd_seq_event_output_direct`]
//! enlarges one, for an event that is larger than the output buffer.
//!
//! **Unloading.** The library has no threads, no `atexit` handlers, and no thread-local values with
//! destructors, so the shared object can be unloaded.
//!
//! **Null pointers.** Where libasound aborts with an assertion, the functions here return
//! `-EINVAL`, a null pointer or 0, depending on their type.
//!
//! # Differences from libasound
//!
//! The differences are from release 1.2.16.
//!
//! | libasound 1.2.16 | here |
//! |---|---|
//! | opens the names in its configuration | `default` and `hw`, without a configuration |
//! | aborts for null pointers, wrong directions and sizes | `-EINVAL` |
//! | a failed `snd_seq_open` may leave `*handle` unchanged | sets it to null |
//! | reports errors of opening with a file and a line of libasound | with `alsa-seq`, 0 |
//! | `snd_seq_client_info_get_ump_conversion` returns 1 in all cases | returns the bit |
//! | `snd_seq_query_subscribe_get_time_real` returns the bit of another flag | the right bit |
//! | `snd_seq_remove_events_get_tag` returns negative numbers for tags above 127 | 128 to 255 |
//! | `snd_seq_queue_info_set_locked` uses only the lowest bit | every number except 0 locks |
//! | event filters: writes beyond the filter for a type above 255 | does nothing |
//! | `…_ump_group_enabled`: groups above 16 have bits | have no bits |
//! | names: the bytes after the NUL are kept | are cleared |
//! | refuses an event that exactly fills the output buffer | accepts it |
//! | received data of length 0: `ext.ptr` is unchanged | points after the record |
//! | the `ext.ptr` of an extracted event is the program's own | points after the record |
//! | data of a null pointer: crashes | `-EINVAL` |
//! | after a change of the MIDI version, misinterprets events that were read before | returns them correctly |
//! | `snd_seq_query_named_queue`, a search for a client's name and functions for pools and UMP pass uninitialised bytes of the stack | pass zeros |
//! | accepts any file at `/dev/snd/seq` | checks that it is the sequencer, otherwise `-ENXIO` |
//! | UMP block -1 returns the beginning of the endpoint | `-EINVAL` |
//! | an endpoint with a stated number of more than 32 blocks: crashes | uses 32 |
//! | a UMP block without a name: the ports of its groups get no capabilities | they get capabilities |
//! | `snd_ump_msg_sysex_expand` writes beyond a small buffer | `-ENOSPC` |
//! | `snd_ump_msg_sysex_expand` cuts bytes of 8 bits to 7 bits | keeps 8 bits |
//! | a MIDI coder with a buffer of less than three bytes writes beyond the buffer | stores messages elsewhere |
//! | a MIDI coder with a buffer of 0 bytes: crashes | returns sysex in single bytes |
//! | a timer's parameters can be in braces, `hw:{CLASS 1}` | `-EINVAL` |
//! | a failed `snd_timer_open` leaves `*timer` unchanged | sets it to null |
//! | a timer's sound card can have a name | numbers only |
//! | looks for a timer's sound card: `-ENODEV` for card -1, `-ENOENT` for a missing card | -1 means no card, `-ENODEV` for a missing card |
//! | `snd_timer_read` aborts for a non-blocking handle | reads |
//! | `snd_seq_sync_output_queue` returns -1 after a signal | `-EINTR` |
//! | `snd_timer_async`, `snd_async_…` raise and handle signals | `-ENOSYS`, null |
//! | `snd_shm_area_…` create shared memory | null, `-ENOSYS` |
//! | `snd_dlopen` uses a fixed directory of plug-ins | uses `ALSA_PLUGIN_DIR`, or searches as `dlopen` does |
//! | sizes of pools above `INT_MAX` become negative | `INT_MAX` |
//! | on an error, `snd_ump_msg_sysex_expand` leaves `*filled` unchanged | sets it to 0 |
//! | `snd_lib_error_set_local`: the handler gets a format and values | gets the finished text |
//!
//! Other peculiarities are kept, because programs rely on them. In addresses, the beginning of a
//! name matches, and numbers are cut to a byte. `snd_seq_sync_output_queue` returns 1, and
//! `snd_seq_drain_output` returns 0 or an errno. Song positions have no class in
//! [`snd_seq_event_types`].
//!
//! # Unsafe
//!
//! C calls every function, so the caller must guarantee properties of every pointer. The guarantees
//! have names, which the `SAFETY` comments use:
//!
//! - *handle*: a handle is null, or `snd_seq_open` has returned it and it was not closed yet, also
//!   not by another thread during the call.
//! - *object*: a pointer to a container, event, address or other struct is null or
//!   points to one that is initialised (zeroed memory is), is aligned as in C, and that
//!   no other thread changes during the call. If the function writes to it, no other
//!   thread looks at it either.
//! - *string*: a `const char *` is null or points to bytes that end with a NUL.
//! - *result*: a pointer for a result is null or points to memory of the result's type.
//! - *data*: the pointer of a variable-length event points to as many bytes as its
//!   length says.
//! - *direction*: only one thread at a time is in a function of one direction. See above.
//!
//! Every function checks for null pointers, and never follows one.
#![allow(
    clippy::missing_safety_doc,
    reason = "the caller's guarantees are the same for all functions, and are listed above"
)]

#[cfg(not(target_os = "linux"))]
compile_error!("the ALSA sequencer is a part of Linux");

pub mod absent;
pub mod address;
pub mod bits;
pub mod container;
pub mod control;
pub mod error;
pub mod event_types;
pub mod global;
pub mod handle;
pub mod input;
pub mod midi_event;
pub mod open;
pub mod output;
pub mod poll;
mod sys;
mod text;
pub mod timer;
pub mod types;
pub mod ump;

pub use absent::*;
pub use address::*;
pub use bits::*;
pub use container::*;
pub use control::*;
pub use error::*;
pub use event_types::*;
pub use global::*;
pub use handle::snd_seq_t;
pub use input::*;
pub use midi_event::*;
pub use open::*;
pub use output::*;
pub use poll::*;
pub use timer::*;
pub use types::*;
pub use ump::*;
