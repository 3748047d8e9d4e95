//! The sequencer half of libasound's binary interface.
//!
//! Programs that were compiled for libasound call the functions here under their C
//! names: linked with the archive or the shared object that is made from it, or, in
//! Rust, with this crate in the place of libasound. The prototypes, layouts and return
//! values are libasound's; where it has a defect, it is corrected: the list is below. C
//! programs use the headers of their distribution.
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
//! | [`ump`] | UMP endpoints and function blocks, packets |
//! | [`address`] | addresses that people type |
//! | [`midi_event`] | MIDI bytes to events and back |
//! | [`event_types`], [`bits`] | the table of event types, bits in arrays |
//! | [`error`] | error texts and handlers |
//! | [`timer`] | timers |
//! | [`global`] | functions of libasound as a whole |
//! | [`absent`] | functions that fail, for programs that import them |
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
//! any Rust function would have a landing pad that aborts. The calls to the system that
//! can be cancelled are in `sys`, except for one `close`: a file at the device's path that
//! is not the device is closed by its owner in Rust. A thread that is cancelled there may
//! end the program.
//!
//! **Threads.** No function takes a lock, and none holds another up. One thread may
//! take input while a second one sends, and any number of threads may call what is
//! only an ioctl, and [`snd_seq_event_output_direct`], except with more than 4 KiB of data. The
//! functions in [`input`] are for one thread at a time, and so are those in [`output`]
//! that have to do with the buffer. (libasound's are the same.) So the handle is only
//! ever borrowed shared, with a cell for the state of each direction.
//!
//! **Real time.** Sending, draining and coding MIDI allocate nothing. Buffers are allocated when the
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
//! # Differences from libasound
//!
//! Of its releases, 1.2.16 is followed.
//!
//! | libasound 1.2.16 | here |
//! |---|---|
//! | opens what its configuration names | `default` and `hw`, and no configuration |
//! | aborts for null pointers, wrong directions and sizes | `-EINVAL` |
//! | a failed `snd_seq_open` may leave `*handle` as it was | null |
//! | errors of opening are told with a file and a line of libasound | with `alsa-seq`, 0 |
//! | `snd_seq_client_info_get_ump_conversion` is always 1 | is the bit's |
//! | `snd_seq_query_subscribe_get_time_real` is the bit of another flag | its own |
//! | `snd_seq_remove_events_get_tag` is negative above 127 | 128 to 255 |
//! | `snd_seq_queue_info_set_locked` takes the lowest bit | any number but 0 locks |
//! | event filters: a type above 255 is written beyond them | nothing happens |
//! | `…_ump_group_enabled`: groups beyond 16 are bits | no bits |
//! | names: the bytes behind the NUL stay | are cleared |
//! | an event that just fills the output buffer is refused | is taken |
//! | data of length 0 that is received: `ext.ptr` is left as it was | points behind the record |
//! | the `ext.ptr` of an extracted event is as the program has set it | points behind the record |
//! | data of a null pointer: crashes | `-EINVAL` |
//! | after a change of the MIDI version, what has been read is misread | stays readable |
//! | `snd_seq_query_named_queue`, a search for a client's name and functions for pools and UMP send what is on the stack | zeros |
//! | takes whatever file is at `/dev/snd/seq` | asks what it is, `-ENXIO` for another |
//! | UMP block -1 is the endpoint, cut off | `-EINVAL` |
//! | an endpoint that says that it has more than 32 blocks: crashes | it has 32 |
//! | a UMP block without a name: its groups' ports get no capabilities | they do |
//! | `snd_ump_msg_sysex_expand` writes beyond a small buffer | `-ENOSPC` |
//! | `snd_ump_msg_sysex_expand` cuts bytes of 8 bits to 7 | all 8 |
//! | a MIDI coder with a buffer of less than three bytes writes beyond it | keeps messages elsewhere |
//! | a MIDI coder with a buffer of no bytes: crashes | hands out single bytes of sysex |
//! | a timer's parameters can be in braces, `hw:{CLASS 1}` | `-EINVAL` |
//! | a failed `snd_timer_open` leaves `*timer` as it was | null |
//! | a timer's sound card can have a name | numbers only |
//! | a timer's sound card is looked for: -1 is `-ENODEV`, one that is not there `-ENOENT` | -1 is none, `-ENODEV` |
//! | `snd_timer_read` of a handle that does not block aborts | reads |
//! | `snd_seq_sync_output_queue` returns -1 after a signal | `-EINTR` |
//! | `snd_timer_async`, `snd_async_…` raise and handle signals | `-ENOSYS`, null |
//! | `snd_shm_area_…` keep shared memory | null, `-ENOSYS` |
//! | `snd_dlopen` has a directory of plug-ins | that of `ALSA_PLUGIN_DIR`, or as `dlopen` |
//! | sizes of pools above `INT_MAX` become negative | `INT_MAX` |
//! | `snd_ump_msg_sysex_expand` leaves `*filled` as it was on an error | 0 |
//! | `snd_lib_error_set_local`: the handler gets format and values | the finished text |
//!
//! What programs rely on has stayed: names are matched by their beginning and numbers cut
//! to a byte in addresses, `snd_seq_sync_output_queue` returns 1,
//! `snd_seq_drain_output` 0 or an errno, and song positions have no class in
//! [`snd_seq_event_types`].
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
