//! `snd_seq_t`, and its state for each direction.

use crate::open::{SND_SEQ_OPEN_INPUT, SND_SEQ_OPEN_OUTPUT};
use crate::sys;
use alsa_seq_kernel_abi::consts::protocol_version;
use alsa_seq_kernel_abi::event::{Event, UmpEvent};
use alsa_seq_kernel_abi::flags::{ClientFilter, EventFlags};
use alsa_seq_kernel_abi::info::ClientInfo;
use alsa_seq_kernel_abi::ioctl::{Errno, SeqFd};
use alsa_seq_kernel_abi::ump::{UmpBlockInfo, UmpEndpointInfo};
use core::cell::UnsafeCell;
use core::ffi::{c_char, c_int};
use core::fmt;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};
use std::os::fd::{AsRawFd as _, IntoRawFd as _, OwnedFd};

/// The protocol of the first kernel that has UMP.
pub(crate) const WITH_UMP: c_int = protocol_version(1, 0, 3);
/// The protocol of the first kernel that has tempo bases.
pub(crate) const WITH_TEMPO_BASE: c_int = protocol_version(1, 0, 4);

/// Size of a new input buffer, in events of 28 or 32 bytes. A handle has buffers only for the
/// directions for which it was opened. The size of another buffer is 0.
const INPUT_EVENTS: usize = 500;
/// Size of a new output buffer in bytes.
const OUTPUT_BYTES: usize = 16384;

/// The flags of an event that is, or may be, larger than a record of 28 bytes. Most events have
/// none of them.
pub(crate) const NOT_SHORT: EventFlags = EventFlags::LENGTH_MASK.union(EventFlags::UMP);

/// An open sequencer.
///
/// All borrows are shared. The state of each direction is in a cell that only the functions of this
/// direction use.
#[allow(non_camel_case_types, reason = "a C name")]
pub struct snd_seq_t {
    /// The client.
    pub(crate) fd: SeqFd,
    /// The name with which it was opened, from `strdup`.
    pub(crate) name: *mut c_char,
    /// `SND_SEQ_OPEN_…`.
    pub(crate) streams: c_int,
    /// Number of the client.
    pub(crate) client: u8,
    /// The kernel's protocol.
    pub(crate) protocol: c_int,
    /// The client's MIDI version, as this library has set it.
    midi_version: AtomicU32,
    pub(crate) input: UnsafeCell<Input>,
    pub(crate) output: UnsafeCell<Output>,
    pub(crate) scratch: UnsafeCell<Buffer>,
    pub(crate) endpoint: UnsafeCell<Endpoint>,
}

impl fmt::Debug for snd_seq_t {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("snd_seq_t")
            .field("fd", &self.fd)
            .field("client", &self.client)
            .field("midi_version", &self.midi_version)
            .finish_non_exhaustive()
    }
}

/// The read records, and the position of the next one.
#[derive(Debug)]
pub(crate) struct Input {
    /// Room for `events` records of 32 bytes.
    pub(crate) buffer: Buffer,
    /// The number of records that a `read` requests.
    pub(crate) events: usize,
    /// The position of the first record that was not returned yet. `end` if none is left, or if
    /// records have 32 bytes.
    pub(crate) next: *mut Event,
    /// The same for records of 32 bytes.
    pub(crate) next_ump: *mut UmpEvent,
    /// The position after the last record.
    pub(crate) end: *mut Event,
}

/// The data that waits to be written.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) buffer: Buffer,
    /// Offset of the first waiting byte.
    pub(crate) start: usize,
    /// Offset after the last waiting byte. Both are 0 if no data waits.
    pub(crate) end: usize,
}

/// The objects that the two helper functions for UMP endpoints have created.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// The endpoint, if one was created.
    pub(crate) info: Option<UmpEndpointInfo>,
    pub(crate) groups: u32,
    pub(crate) blocks: [Option<UmpBlockInfo>; 32],
}

/// Memory from `calloc`. It is never freed automatically, because no value here has `Drop`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Buffer {
    pub(crate) start: *mut u8,
    pub(crate) size: usize,
}

impl Buffer {
    const NONE: Self = Self {
        start: ptr::null_mut(),
        size: 0,
    };

    /// Allocates zeroed memory of `size` bytes, aligned for any type.
    pub(crate) fn new(size: usize) -> Result<Self, c_int> {
        // SAFETY: `calloc` takes any numbers.
        let start = unsafe { libc::calloc(size.max(1), 1) }.cast::<u8>();
        if start.is_null() {
            return Err(-libc::ENOMEM);
        }
        Ok(Self { start, size })
    }

    /// Frees the memory.
    ///
    /// # Safety
    ///
    /// No copy of this buffer and no pointer into it is used afterwards.
    pub(crate) unsafe fn free(self) {
        // SAFETY: the memory is from `calloc`, and is freed once.
        unsafe { libc::free(self.start.cast()) };
    }
}

/// Returns the handle behind a C pointer.
///
/// # Safety
///
/// *handle*, for as long as the result is used.
pub(crate) unsafe fn handle<'a>(seq: *mut snd_seq_t) -> Option<&'a snd_seq_t> {
    // SAFETY: *handle*. It was made by `allocate`, and is only ever borrowed shared.
    unsafe { seq.as_ref() }
}

/// Converts an ioctl's result for C.
pub(crate) fn returned(result: Result<(), Errno>) -> c_int {
    match result {
        Ok(()) => 0,
        Err(errno) => errno.raw().wrapping_neg(),
    }
}

impl snd_seq_t {
    /// Makes a handle for a descriptor after all checks of opening.
    ///
    /// # Errors
    ///
    /// `-ENOMEM`, and the descriptor.
    ///
    /// # Safety
    ///
    /// `name` is not null (*string*).
    #[inline(never)]
    pub(crate) unsafe fn allocate(
        fd: SeqFd,
        name: *const c_char,
        streams: c_int,
        client: u8,
        protocol: c_int,
    ) -> Result<*mut Self, (c_int, SeqFd)> {
        let input_events = match streams & SND_SEQ_OPEN_INPUT {
            0 => 0,
            _ => INPUT_EVENTS,
        };
        let output_bytes = match streams & SND_SEQ_OPEN_OUTPUT {
            0 => 0,
            _ => OUTPUT_BYTES,
        };
        let sizes = [
            Input::bytes(input_events).unwrap_or(usize::MAX),
            output_bytes,
            // An extracted event of the output buffer must fit.
            output_bytes,
        ];
        let buffers = sizes.map(|size| Buffer::new(size).unwrap_or(Buffer::NONE));
        // SAFETY: *string*.
        let name = unsafe { libc::strdup(name) };
        // SAFETY: `malloc` takes any number.
        let seq = unsafe { libc::malloc(size_of::<Self>()) }.cast::<Self>();
        let lacks = buffers.iter().any(|buffer| buffer.start.is_null());
        if lacks || name.is_null() || seq.is_null() {
            for buffer in buffers {
                // SAFETY: nobody has it yet, and null is nothing to free.
                unsafe { buffer.free() };
            }
            // SAFETY: as above.
            unsafe { libc::free(name.cast()) };
            // SAFETY: as above.
            unsafe { libc::free(seq.cast()) };
            return Err((-libc::ENOMEM, fd));
        }
        let [input, output, scratch] = buffers;
        let value = Self {
            fd,
            name,
            streams,
            client,
            protocol,
            midi_version: AtomicU32::new(0),
            input: UnsafeCell::new(Input::new(input, input_events)),
            output: UnsafeCell::new(Output {
                buffer: output,
                start: 0,
                end: 0,
            }),
            scratch: UnsafeCell::new(scratch),
            endpoint: UnsafeCell::new(Endpoint {
                info: None,
                groups: 0,
                blocks: [None; 32],
            }),
        };
        // SAFETY: the memory is large enough, and aligned for any type of C's.
        unsafe { seq.write(value) };
        Ok(seq)
    }

    /// Frees everything except the descriptor, which is returned.
    ///
    /// # Safety
    ///
    /// *handle*, and the handle and pointers that it has returned are not used afterwards.
    #[inline(never)]
    pub(crate) unsafe fn dissolve(seq: *mut Self) -> c_int {
        // SAFETY: it holds a value until now, and is closed once.
        let value = unsafe { seq.read() };
        // SAFETY: it is from `malloc`, and nobody uses it any more.
        unsafe { libc::free(seq.cast()) };
        let seq = value;
        // SAFETY: it is from `strdup`, and nobody uses it any more.
        unsafe { libc::free(seq.name.cast()) };
        for buffer in [
            seq.input.into_inner().buffer,
            seq.output.into_inner().buffer,
            seq.scratch.into_inner(),
        ] {
            // SAFETY: nobody uses the buffers any more.
            unsafe { buffer.free() };
        }
        OwnedFd::from(seq.fd).into_raw_fd()
    }

    /// The descriptor.
    pub(crate) fn raw_fd(&self) -> c_int {
        self.fd.as_raw_fd()
    }

    /// Returns whether the client uses UMP.
    pub(crate) fn is_ump(&self) -> bool {
        self.midi_version.load(Ordering::Relaxed) != 0
    }

    /// Size of the records that the kernel sends.
    pub(crate) fn cell_size(&self) -> usize {
        if self.is_ump() {
            UmpEvent::SIZE
        } else {
            Event::SIZE
        }
    }

    /// Sets the client's information in the kernel, and stores the MIDI version.
    ///
    /// # Errors
    ///
    /// `EINVAL` for UMP on a kernel without it, because such a kernel ignores the fields; or the
    /// kernel's.
    pub(crate) fn set_client_info(&self, info: &ClientInfo) -> Result<(), Errno> {
        let asks_for_ump = info.midi_version != 0
            || info.group_filter != 0
            || info.filter.contains(ClientFilter::NO_CONVERT);
        if asks_for_ump && self.protocol < WITH_UMP {
            return Err(Errno::EINVAL);
        }
        self.fd.set_client_info(info)?;
        self.midi_version
            .store(info.midi_version, Ordering::Relaxed);
        Ok(())
    }

    /// Waits until one of `events` or an error is ready. Returns `poll`'s result.
    pub(crate) fn poll(&self, events: i16, timeout: c_int) -> (c_int, i16) {
        sys::poll(self.raw_fd(), events, timeout)
    }
}
