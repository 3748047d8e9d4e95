//! Sending events.
//!
//! Events wait in the output buffer in the format of `write`: records of 28 bytes, or 32 with a UMP
//! packet, each followed by its data of variable length.
//!
//! Except for [`snd_seq_event_output_direct`] and [`snd_seq_event_length`], only one thread at a
//! time may call these functions (*direction*). Another thread may receive at the same time. They
//! allocate nothing, except that a direct event that is larger than the output buffer enlarges a
//! buffer.

use crate::handle::{Buffer, NOT_SHORT, Output, handle, returned, snd_seq_t};
use crate::open::SND_SEQ_OPEN_OUTPUT;
use crate::sys;
use crate::types::{snd_seq_event_t, snd_seq_remove_events_t, snd_seq_ump_event_t};
use alsa_seq_kernel_abi::consts::{CLIENT_SYSTEM, PORT_SYSTEM_TIMER, QUEUE_DIRECT};
use alsa_seq_kernel_abi::event::{Address, Event, Ext, QueueControl, RealTime, UmpEvent, Usize};
use alsa_seq_kernel_abi::flags::{EventFlags, RemoveMode};
use alsa_seq_kernel_abi::info::RemoveEvents;
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr;

mod remove;

pub use remove::*;

/// The largest event, including data, that is sent directly from a copy on the stack.
const ON_STACK: usize = 4096;

/// An event of a program, with its sizes.
#[derive(Clone, Copy)]
struct Measured {
    /// The record's size.
    record: usize,
    /// The size of the data after it.
    data: usize,
}

impl Measured {
    fn total(self) -> usize {
        self.record.saturating_add(self.data)
    }
}

/// Returns the sizes of an event.
///
/// # Safety
///
/// `event` is not null (*object*). For a UMP event, it may point to all 32 bytes.
unsafe fn measure(event: *const Event) -> Measured {
    // SAFETY: *object*.
    let flags = unsafe { (*event).header.flags };
    if flags.contains(EventFlags::UMP) {
        return Measured {
            record: UmpEvent::SIZE,
            data: 0,
        };
    }
    let data = match flags.length() {
        EventFlags::LENGTH_VARIABLE => {
            // SAFETY: *object*.
            let ext: Ext = unsafe { event.read() }.payload();
            usize::try_from(ext.len.get()).unwrap_or(usize::MAX)
        }
        _ => 0,
    };
    Measured {
        record: Event::SIZE,
        data,
    }
}

/// Clears the UMP flag in an event of a client without UMP, also in the caller's own event. The
/// flag has no meaning there, and the kernel would read a longer record.
///
/// # Safety
///
/// `event` is not null (*object*), and is written to.
unsafe fn without_stray_ump(seq: &snd_seq_t, event: *mut Event) {
    // SAFETY: *object*.
    let flags = unsafe { &mut (*event).header.flags };
    if flags.contains(EventFlags::UMP) && !seq.is_ump() {
        flags.remove(EventFlags::UMP);
    }
}

/// Copies an event with its data to `to`.
///
/// # Safety
///
/// `event` is not null (*object*, *data*), `size` is its size, and `to` has room for so
/// many bytes. The event and its data may be there already: a program may send an event that it
/// has extracted.
unsafe fn copy_to(event: *const Event, size: Measured, to: *mut u8) -> Result<(), c_int> {
    if size.record == UmpEvent::SIZE {
        // SAFETY: *object*: the flag says that there are 32 bytes. They are read first.
        let record = unsafe { event.cast::<UmpEvent>().read() };
        // SAFETY: there is room.
        unsafe { to.cast::<UmpEvent>().write(record) };
        return Ok(());
    }
    // The record is the last to be written, since the data may be in its place.
    // SAFETY: *object*.
    let record = unsafe { event.read() };
    if size.data != 0 {
        let ext: Ext = record.payload();
        let data = ptr::with_exposed_provenance::<u8>(ext.ptr.get());
        if data.is_null() {
            return Err(-libc::EINVAL);
        }
        // SAFETY: *data*, and there is room. The places may be the same.
        unsafe { ptr::copy(data, to.wrapping_add(Event::SIZE), size.data) };
    }
    // SAFETY: there is room.
    unsafe { to.cast::<Event>().write(record) };
    Ok(())
}

impl Output {
    /// Drops the waiting data.
    pub(crate) fn clear(&mut self) {
        self.start = 0;
        self.end = 0;
    }

    /// Returns the number of waiting bytes.
    fn used(&self) -> usize {
        self.end.wrapping_sub(self.start)
    }

    /// Removes bytes from the front, because they were sent or dropped.
    fn advance(&mut self, bytes: usize) {
        self.start = self.start.saturating_add(bytes);
        if self.start >= self.end {
            self.clear();
        }
    }

    /// Returns the place for `length` more bytes. It may be before the waiting data.
    fn reserve(&mut self, length: usize) -> Result<*mut u8, c_int> {
        if length > self.buffer.size {
            return Err(-libc::EINVAL);
        }
        let used = self.used();
        if length > self.buffer.size.saturating_sub(used) {
            return Err(-libc::EAGAIN);
        }
        if length > self.buffer.size.saturating_sub(self.end) {
            // SAFETY: both ranges lie in the buffer, which is this `Output`'s own.
            unsafe {
                ptr::copy(
                    self.buffer.start.wrapping_add(self.start),
                    self.buffer.start,
                    used,
                );
            }
            self.start = 0;
            self.end = used;
        }
        Ok(self.buffer.start.wrapping_add(self.end))
    }

    /// Returns the first waiting event, and its size.
    fn first(&self) -> Option<(*const Event, Measured)> {
        if self.used() < Event::SIZE {
            return None;
        }
        let event = self.buffer.start.wrapping_add(self.start).cast::<Event>();
        // SAFETY: whole events are put into the buffer, and at least one is there.
        let size = unsafe { measure(event) };
        (size.total() <= self.used()).then_some((event.cast_const(), size))
    }
}

/// Converts a number of waiting bytes for C.
fn count(used: usize) -> c_int {
    c_int::try_from(used).unwrap_or(c_int::MAX)
}

/// Puts an event into the output buffer if it is short and there is room for it at the end
/// of the buffer, as nearly always. Returns how many bytes then wait.
///
/// # Safety
///
/// *direction*; `event` is not null (*object*).
#[inline]
unsafe fn put_short(seq: &snd_seq_t, event: *const Event) -> Option<c_int> {
    // Only the flags are looked at: the program may just have written the fields beside
    // them, one by one, for which a processor would have to wait.
    // SAFETY: *object*.
    if unsafe { (*event).header.flags }.intersects(NOT_SHORT) {
        return None;
    }
    // SAFETY: *direction*: no other thread looks into the cell.
    let output = unsafe { &mut *seq.output.get() };
    // An offset in the buffer is far from the largest number.
    let end = output.end.wrapping_add(Event::SIZE);
    if end > output.buffer.size {
        return None;
    }
    let place = output.buffer.start.wrapping_add(output.end);
    // SAFETY: *object*, and there is room for it. An event that a program has got from this
    // library lies in another buffer.
    unsafe { ptr::copy_nonoverlapping(event, place.cast::<Event>(), 1) };
    output.end = end;
    Some(count(output.used()))
}

/// Puts any event into the output buffer.
///
/// # Safety
///
/// *direction*; `event` is not null (*object*, *data*), and may be written to.
#[cold]
#[inline(never)]
unsafe fn put(seq: &snd_seq_t, event: *mut Event) -> c_int {
    // SAFETY: *object*.
    unsafe { without_stray_ump(seq, event) };
    // SAFETY: *direction*: no other thread looks into the cell.
    let output = unsafe { &mut *seq.output.get() };
    // SAFETY: *object*.
    let size = unsafe { measure(event) };
    let place = match output.reserve(size.total()) {
        Ok(place) => place,
        Err(error) => return error,
    };
    // SAFETY: *object*, *data*, and there is room for it.
    if let Err(error) = unsafe { copy_to(event, size, place) } {
        return error;
    }
    output.end = output.end.wrapping_add(size.total());
    count(output.used())
}

/// Writes all waiting data. Returns 0 or a negative errno. On an error, the rest still waits.
///
/// # Safety
///
/// *direction*.
unsafe fn drain(seq: &snd_seq_t) -> c_int {
    let output = seq.output.get();
    loop {
        // SAFETY: *direction*: no other thread looks into the cell. No borrow is alive
        // while `write` waits.
        let (bytes, used) = unsafe {
            let output = &*output;
            let start = output.buffer.start.wrapping_add(output.start);
            (start, output.used())
        };
        if used == 0 {
            return 0;
        }
        // SAFETY: so many bytes wait in the buffer.
        let written = unsafe { sys::write(seq.raw_fd(), bytes.cast::<c_void>(), used) };
        match usize::try_from(written) {
            // SAFETY: *direction*.
            Ok(written @ 1..) => unsafe { (*output).advance(written) },
            // The call has written nothing without an error. This was never seen, and must not be
            // repeated for ever.
            Ok(0) => return -libc::EIO,
            Err(_) => return c_int::try_from(written).unwrap_or(-libc::EIO),
        }
    }
}

/// Puts any event into the output buffer. If the buffer has no room, drains it first.
///
/// # Safety
///
/// As [`put`].
#[cold]
#[inline(never)]
unsafe fn put_draining(seq: &snd_seq_t, event: *mut Event) -> c_int {
    // SAFETY: the same promises.
    let put_first = unsafe { put(seq, event) };
    if put_first != -libc::EAGAIN {
        return put_first;
    }
    // SAFETY: *direction*.
    let drained = unsafe { drain(seq) };
    if drained < 0 {
        return drained;
    }
    // SAFETY: the same promises.
    unsafe { put(seq, event) }
}

/// Sends an event at once, without the output buffer.
///
/// # Safety
///
/// `event` is not null (*object*, *data*); *direction* if it is larger than [`ON_STACK`].
unsafe fn send(seq: &snd_seq_t, event: *const Event) -> c_int {
    // SAFETY: *object*.
    let size = unsafe { measure(event) };
    let total = size.total();
    if size.data == 0 {
        // SAFETY: *object*: a record of this size.
        let written = unsafe { sys::write(seq.raw_fd(), event.cast::<c_void>(), total) };
        return c_int::try_from(written).unwrap_or(c_int::MAX);
    }
    if total <= ON_STACK {
        // SAFETY: the same promises.
        return unsafe { send_from_stack(seq, event, size) };
    }
    // SAFETY: *direction*: no other thread looks into the cell.
    let scratch = unsafe { &mut *seq.scratch.get() };
    if total > scratch.size {
        let larger = match Buffer::new(total) {
            Ok(larger) => larger,
            Err(error) => return error,
        };
        // The event's data may be in the smaller one, which is freed only when it is
        // copied.
        // SAFETY: *object*, *data*, and there is room for it.
        if let Err(error) = unsafe { copy_to(event, size, larger.start) } {
            // SAFETY: nobody else has it.
            unsafe { larger.free() };
            return error;
        }
        let old = core::mem::replace(scratch, larger);
        // SAFETY: a direct event ends all loans of it.
        unsafe { old.free() };
    } else {
        // SAFETY: *object*, *data*, and there is room for it.
        if let Err(error) = unsafe { copy_to(event, size, scratch.start) } {
            return error;
        }
    }
    let bytes = scratch.start.cast::<c_void>();
    // SAFETY: so many bytes have just been put there.
    let written = unsafe { sys::write(seq.raw_fd(), bytes, total) };
    c_int::try_from(written).unwrap_or(c_int::MAX)
}

/// Does the work of [`send`] for an event that is not too large. It uses no data that threads
/// share.
///
/// # Safety
///
/// As [`send`]; `size` is the event's measured size, and at most [`ON_STACK`].
#[inline(never)]
unsafe fn send_from_stack(seq: &snd_seq_t, event: *const Event, size: Measured) -> c_int {
    let mut copy = MaybeUninit::<[u8; ON_STACK]>::uninit();
    let bytes = copy.as_mut_ptr().cast::<u8>();
    // SAFETY: *object*, *data*, and there is room for it.
    if let Err(error) = unsafe { copy_to(event, size, bytes) } {
        return error;
    }
    // SAFETY: so many bytes have just been put there.
    let written = unsafe { sys::write(seq.raw_fd(), bytes.cast::<c_void>(), size.total()) };
    c_int::try_from(written).unwrap_or(c_int::MAX)
}

/// Returns the size of an event in the output buffer: 28 bytes, or 32 with a UMP packet, and the
/// length of its data if that is variable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_event_length(ev: *mut snd_seq_event_t) -> isize {
    if ev.is_null() {
        // An errno always fits.
        return isize::try_from(-libc::EINVAL).unwrap_or(isize::MIN);
    }
    // SAFETY: *object*.
    let size = unsafe { measure(ev) };
    isize::try_from(size.total()).unwrap_or(isize::MAX)
}

/// Returns the handle that sends an event. `None` for null pointers.
///
/// # Safety
///
/// *handle*.
#[inline]
unsafe fn sender_of<'s>(seq: *mut snd_seq_t, ev: *mut snd_seq_event_t) -> Option<&'s snd_seq_t> {
    if ev.is_null() {
        return None;
    }
    // SAFETY: *handle*.
    unsafe { handle(seq) }
}

/// Puts an event into the output buffer. If the buffer has no room, drains it first.
///
/// Returns the number of bytes that wait in the buffer; `-EINVAL` for an event that is larger than
/// the buffer; or a negative errno of draining.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_seq_event_output(
    seq: *mut snd_seq_t,
    ev: *mut snd_seq_event_t,
) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { sender_of(seq, ev) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *object*, *direction*.
    match unsafe { put_short(seq, ev) } {
        Some(used) => used,
        // SAFETY: *object*, *data*, *direction*.
        None => unsafe { put_draining(seq, ev) },
    }
}

/// Puts an event into the output buffer.
///
/// Returns the number of bytes that wait in the buffer; `-EAGAIN` if the buffer has no room; or
/// `-EINVAL` for an event that is larger than the buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_event_output_buffer(
    seq: *mut snd_seq_t,
    ev: *mut snd_seq_event_t,
) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { sender_of(seq, ev) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *object*, *direction*.
    match unsafe { put_short(seq, ev) } {
        Some(used) => used,
        // SAFETY: *object*, *data*, *direction*.
        None => unsafe { put(seq, ev) },
    }
}

/// Sends an event at once, without the output buffer.
///
/// Any number of threads may do this at the same time, unless the event has more than 4 KiB of
/// data.
///
/// Returns the number of bytes that `write` has written (the whole event), or its negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_seq_event_output_direct(
    seq: *mut snd_seq_t,
    ev: *mut snd_seq_event_t,
) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { sender_of(seq, ev) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *object*.
    unsafe { without_stray_ump(seq, ev) };
    // SAFETY: *object*, *data*, *direction*.
    unsafe { send(seq, ev) }
}

/// Does the same as [`snd_seq_event_output`], for an event of 32 bytes. Returns
/// `-EBADFD` if the client has no UMP.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_seq_ump_event_output(
    seq: *mut snd_seq_t,
    ev: *mut snd_seq_ump_event_t,
) -> c_int {
    // SAFETY: *handle*.
    if unsafe { handle(seq) }.is_some_and(|seq| !seq.is_ump()) {
        return -libc::EBADFD;
    }
    // SAFETY: the same promises.
    unsafe { snd_seq_event_output(seq, ev.cast()) }
}

/// Does the same as [`snd_seq_event_output_buffer`], for an event of 32 bytes. Returns
/// `-EBADFD` if the client has no UMP.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_ump_event_output_buffer(
    seq: *mut snd_seq_t,
    ev: *mut snd_seq_ump_event_t,
) -> c_int {
    // SAFETY: *handle*.
    if unsafe { handle(seq) }.is_some_and(|seq| !seq.is_ump()) {
        return -libc::EBADFD;
    }
    // SAFETY: the same promises.
    unsafe { snd_seq_event_output_buffer(seq, ev.cast()) }
}

/// Does the same as [`snd_seq_event_output_direct`], for an event of 32 bytes. Returns
/// `-EBADFD` if the client has no UMP.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_seq_ump_event_output_direct(
    seq: *mut snd_seq_t,
    ev: *mut snd_seq_ump_event_t,
) -> c_int {
    // SAFETY: *handle*.
    if unsafe { handle(seq) }.is_some_and(|seq| !seq.is_ump()) {
        return -libc::EBADFD;
    }
    // SAFETY: the same promises.
    unsafe { snd_seq_event_output_direct(seq, ev.cast()) }
}

/// Sends the content of the output buffer.
///
/// Returns 0, or the negative errno of `write`. On an error, the refused event and the events after
/// it still wait. For a non-blocking handle, `-EAGAIN` means that the kernel's pool or a receiver's
/// pool is full.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_seq_drain_output(seq: *mut snd_seq_t) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *direction*.
    unsafe { drain(seq) }
}

/// Returns the number of bytes that wait in the output buffer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_event_output_pending(seq: *mut snd_seq_t) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *direction*.
    count(unsafe { (*seq.output.get()).used() })
}

/// Removes the first event from the output buffer, and puts its address into `*ev_res`, null on
/// failure. `ev_res` may be null. The event, and its data after it, belong to the handle. They are
/// valid until the next event is extracted or sent directly.
///
/// Returns 0, or `-ENOENT` if the buffer is empty.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_extract_output(
    seq: *mut snd_seq_t,
    ev_res: *mut *mut snd_seq_event_t,
) -> c_int {
    if !ev_res.is_null() {
        // SAFETY: *result*.
        unsafe { ev_res.write(ptr::null_mut()) };
    }
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *direction*: no other thread looks into the cell.
    let output = unsafe { &mut *seq.output.get() };
    let Some((event, size)) = output.first() else {
        return -libc::ENOENT;
    };
    if !ev_res.is_null() {
        // SAFETY: *direction*: no other thread looks into the cell.
        let scratch = unsafe { *seq.scratch.get() };
        // SAFETY: the event lies in the output buffer, and the scratch buffer is at least
        // as large as that.
        unsafe { ptr::copy_nonoverlapping(event.cast::<u8>(), scratch.start, size.total()) };
        let record = scratch.start.cast::<Event>();
        // SAFETY: the record has just been put there.
        let flags = unsafe { (*record).header.flags };
        let variable = flags.length() == EventFlags::LENGTH_VARIABLE;
        // A UMP packet has words in the place of the pointer, and no data.
        if variable && size.record == Event::SIZE {
            // SAFETY: as above.
            let mut ext: Ext = unsafe { record.read() }.payload();
            ext.ptr = Usize::new(scratch.start.wrapping_add(size.record).expose_provenance());
            // SAFETY: as above.
            unsafe { (*record).set_payload(&ext) };
        }
        // SAFETY: *result*.
        unsafe { ev_res.write(record) };
    }
    output.advance(size.total());
    0
}

/// Does the same as [`snd_seq_extract_output`], for events of 32 bytes. Returns `-EBADFD` if the
/// client has no UMP.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_ump_extract_output(
    seq: *mut snd_seq_t,
    ev_res: *mut *mut snd_seq_ump_event_t,
) -> c_int {
    // SAFETY: *handle*.
    if unsafe { handle(seq) }.is_some_and(|seq| !seq.is_ump()) {
        if !ev_res.is_null() {
            // SAFETY: *result*.
            unsafe { ev_res.write(ptr::null_mut()) };
        }
        return -libc::EBADFD;
    }
    // SAFETY: the same promises. There are 32 bytes in the scratch buffer.
    unsafe { snd_seq_extract_output(seq, ev_res.cast()) }
}

/// Returns the size of the output buffer in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_get_output_buffer_size(seq: *mut snd_seq_t) -> usize {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return 0;
    };
    // SAFETY: *direction*.
    unsafe { (*seq.output.get()).buffer.size }
}

/// Sets the size of the output buffer in bytes, and drops all output, as [`snd_seq_drop_output`]
/// does. Returns 0; `-EINVAL` for less than one event, or for a handle without output; or
/// `-ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_set_output_buffer_size(seq: *mut snd_seq_t, size: usize) -> c_int {
    // SAFETY: *handle*.
    let Some(handle) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    if size < Event::SIZE || handle.streams & SND_SEQ_OPEN_OUTPUT == 0 {
        return -libc::EINVAL;
    }
    // SAFETY: *handle*, *direction*.
    unsafe { snd_seq_drop_output(seq) };
    // SAFETY: *direction*: no other thread looks into the cell.
    let output = unsafe { &mut *handle.output.get() };
    if size == output.buffer.size {
        return 0;
    }
    let buffer = match Buffer::new(size) {
        Ok(buffer) => buffer,
        Err(error) => return error,
    };
    // What is extracted must fit.
    // SAFETY: *direction*: no other thread looks into the cell.
    let scratch = unsafe { &mut *handle.scratch.get() };
    if size > scratch.size {
        match Buffer::new(size) {
            Ok(larger) => {
                let old = core::mem::replace(scratch, larger);
                // SAFETY: output ends all loans of it.
                unsafe { old.free() };
            }
            Err(error) => {
                // SAFETY: nobody else has it.
                unsafe { buffer.free() };
                return error;
            }
        }
    }
    let old = core::mem::replace(&mut output.buffer, buffer);
    // SAFETY: nothing of it is lent, and nothing waits in it.
    unsafe { old.free() };
    0
}

/// Makes `ev` an event that controls queue `q`, and puts it into the output buffer, which must be
/// drained. `type` is one of `SND_SEQ_EVENT_START`, `…STOP`, `…TEMPO` and so on, and `value` is a
/// tempo or a position. If `ev` is null, makes an event that acts at once.
///
/// Returns the result of [`snd_seq_event_output`].
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_seq_control_queue(
    seq: *mut snd_seq_t,
    q: c_int,
    event_type: c_int,
    value: c_int,
    ev: *mut snd_seq_event_t,
) -> c_int {
    let [event_type, ..] = event_type.to_le_bytes();
    let [queue, ..] = q.to_le_bytes();
    let mut own = UmpEvent::zeroed();
    let event = if ev.is_null() {
        own.header.queue = QUEUE_DIRECT;
        (&raw mut own).cast()
    } else {
        ev
    };
    // SAFETY: *object*, and it is written to; or this function's own.
    let mut record: Event = unsafe { event.read() };
    record.header.event_type = event_type;
    record.header.dest = Address::new(CLIENT_SYSTEM, PORT_SYSTEM_TIMER);
    let mut control: QueueControl = record.payload();
    control.queue = queue;
    let [a, b, c, d] = value.to_ne_bytes();
    for (to, from) in control.param.iter_mut().zip([a, b, c, d]) {
        *to = from;
    }
    record.set_payload(&control);
    // SAFETY: as above.
    unsafe { event.write(record) };
    // SAFETY: *handle*, *direction*.
    unsafe { snd_seq_event_output(seq, event) }
}

/// Makes a zeroed event and returns its address, or null without memory.
///
/// The event is from `calloc`, so C's `free` frees it.
/// [`snd_seq_free_event`](crate::snd_seq_free_event) frees nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_create_event() -> *mut snd_seq_event_t {
    // With room for a UMP packet.
    // SAFETY: `calloc` takes any numbers.
    unsafe { libc::calloc(1, UmpEvent::SIZE) }.cast()
}
