//! Receiving events.
//!
//! One `read` returns many records. They stay in the buffer: the program gets a pointer into the
//! buffer, with C's alignment. It may change the event, and may use it until the buffer is empty
//! and the next `read` is made. Records have 28 bytes, or 32 for a client of UMP. The data of a
//! variable-length event follows its record, padded to whole records.
//!
//! Only one thread at a time may call these functions (*direction*). Other threads may send at the
//! same time.

mod widen;

use crate::handle::{Buffer, Input, NOT_SHORT, handle, returned, snd_seq_t};
use crate::open::SND_SEQ_OPEN_INPUT;
use crate::sys;
use crate::types::{snd_seq_event_t, snd_seq_ump_event_t};
use alsa_seq_kernel_abi::event::{Event, Ext, UmpEvent, Usize};
use alsa_seq_kernel_abi::flags::{EventFlags, RemoveMode};
use alsa_seq_kernel_abi::info::RemoveEvents;
use core::ffi::c_int;
use core::ptr;

impl Input {
    /// Returns the size of a buffer for this number of events, in bytes.
    pub(crate) fn bytes(events: usize) -> Option<usize> {
        events.checked_mul(UmpEvent::SIZE)
    }

    /// Makes an empty buffer for this number of events.
    pub(crate) fn new(buffer: Buffer, events: usize) -> Self {
        Self {
            buffer,
            events,
            next: buffer.start.cast(),
            next_ump: buffer.start.cast(),
            end: buffer.start.cast(),
        }
    }

    /// Drops the records that were read but not returned yet.
    pub(crate) fn clear(&mut self) {
        self.next = self.end;
        self.next_ump = self.end.cast();
    }

    /// Returns whether all records were returned.
    fn is_empty(&self) -> bool {
        self.next >= self.end && self.next_ump >= self.end.cast()
    }

    /// Returns the number of records that were not returned yet.
    fn cells(&self) -> usize {
        let short = self.end.addr().saturating_sub(self.next.addr());
        let ump = self.end.addr().saturating_sub(self.next_ump.addr());
        // One of the two is 0.
        (short / Event::SIZE).wrapping_add(ump / UmpEvent::SIZE)
    }
}

/// Reads once into the empty buffer. Returns the number of records, or a negative errno.
///
/// # Safety
///
/// *direction*.
unsafe fn fill(seq: &snd_seq_t) -> c_int {
    let is_ump = seq.is_ump();
    let input = seq.input.get();
    // SAFETY: *direction*: no other thread looks into the cell, and this borrow ends here.
    let (buffer, events) = unsafe {
        let input = &mut *input;
        // The buffer stays empty if the thread is cancelled.
        input.clear();
        (input.buffer.start, input.events)
    };
    let cell = match is_ump {
        true => UmpEvent::SIZE,
        false => Event::SIZE,
    };
    // SAFETY: the buffer has room for as many records of 32 bytes. Without input that is none,
    // and the kernel refuses a handle for output only. What has been lent of
    // it is over with this call, as the documentation says.
    let read = unsafe { sys::read(seq.raw_fd(), buffer, events.wrapping_mul(cell)) };
    let Ok(length) = usize::try_from(read) else {
        return c_int::try_from(read).unwrap_or(-libc::EIO);
    };
    // The divisors are constants, so no division instruction is needed.
    let cells = match is_ump {
        true => length / UmpEvent::SIZE,
        false => length / Event::SIZE,
    };
    if cells == 0 {
        // The sequencer's `read` returns 0, the end of a file, only if the buffer is smaller than a
        // record.
        return -libc::EAGAIN;
    }
    // SAFETY: *direction*, as above.
    let input = unsafe { &mut *input };
    input.end = buffer.wrapping_add(cells.wrapping_mul(cell)).cast();
    input.clear();
    match is_ump {
        true => input.next_ump = buffer.cast(),
        false => input.next = buffer.cast(),
    }
    c_int::try_from(cells).unwrap_or(c_int::MAX)
}

/// Returns the next event of the buffer.
///
/// # Safety
///
/// The buffer contains at least one unread record.
unsafe fn take(input: &mut Input, is_ump: bool) -> Result<*mut Event, c_int> {
    let short = input.next != input.end;
    let event = match short {
        true => input.next,
        false => input.next_ump.cast(),
    };
    let go_on = |input: &mut Input, cells: usize| match short {
        true => input.next = input.next.wrapping_add(cells),
        false => input.next_ump = input.next_ump.wrapping_add(cells),
    };
    go_on(input, 1);
    // SAFETY: a record was left, and it lies in the buffer, as promised by the caller.
    // Bytes are always a valid event.
    let flags = unsafe { &mut (*event).header.flags };
    if flags.contains(EventFlags::UMP) && !is_ump {
        // A client without UMP gets no UMP events. If the program sent the event again, the bit
        // would change its meaning.
        flags.remove(EventFlags::UMP);
    }
    // The kernel writes data after every record with variable length, also after a UMP event.
    if flags.length() != EventFlags::LENGTH_VARIABLE {
        return Ok(event);
    }
    // SAFETY: as above.
    let mut ext: Ext = unsafe { event.read() }.payload();
    let length = usize::try_from(ext.len.get()).unwrap_or(usize::MAX);
    let (data, cells) = match short {
        true => (input.next.cast::<u8>(), length.div_ceil(Event::SIZE)),
        false => (input.next_ump.cast(), length.div_ceil(UmpEvent::SIZE)),
    };
    if cells > input.cells() {
        input.clear();
        return Err(-libc::EINVAL);
    }
    ext.ptr = Usize::new(data.expose_provenance());
    // SAFETY: as above.
    unsafe { (*event).set_payload(&ext) };
    go_on(input, cells);
    Ok(event)
}

/// Does the work of [`snd_seq_event_input`] in rare cases: the buffer is empty, its first event has
/// more than a record, or a pointer is null. It also works in all other cases.
///
/// # Safety
///
/// *handle*, *result*, *direction*.
#[cold]
#[inline(never)]
unsafe fn input_slowly(seq: *mut snd_seq_t, ev: *mut *mut snd_seq_event_t) -> c_int {
    if ev.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *result*.
    unsafe { ev.write(ptr::null_mut()) };
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *direction*.
    if unsafe { (*seq.input.get()).is_empty() } {
        // SAFETY: *direction*.
        let cells = unsafe { fill(seq) };
        if cells < 0 {
            return cells;
        }
    }
    // SAFETY: *direction*: no other thread looks into the cell.
    let input = unsafe { &mut *seq.input.get() };
    // SAFETY: there are records, those of the last `read`.
    match unsafe { take(input, seq.is_ump()) } {
        Ok(event) => {
            // SAFETY: *result*.
            unsafe { ev.write(event) };
            1
        }
        Err(error) => error,
    }
}

/// Receives an event and puts its address into `*ev`, null on failure.
///
/// The event may be changed. It and its data are the handle's, until the input buffer is
/// empty and this function or [`snd_seq_event_input_pending`] reads the next events.
///
/// Returns 1; `-EAGAIN` if there is none and the handle does not block; `-EINTR` after a
/// signal; `-ENOSPC` if events have been lost because the kernel's pool was full, after
/// which it goes on; `-EINVAL` for a cut-off event, with which the buffer is dropped;
/// `-EBADF` for a handle that only sends; or another negative errno of `read`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_seq_event_input(
    seq: *mut snd_seq_t,
    ev: *mut *mut snd_seq_event_t,
) -> c_int {
    // One comparison shows that neither pointer is null. Two other pointers without a common bit
    // only take the slow path.
    if seq.addr() & ev.addr() == 0 {
        // SAFETY: the same promises.
        return unsafe { input_slowly(seq, ev) };
    }
    // SAFETY: *handle*, and it is not null.
    let handle = unsafe { &*seq };
    // SAFETY: *direction*: no other thread looks into the cell.
    let input = unsafe { &mut *handle.input.get() };
    let event = input.next;
    // The end is stored in the handle. The program may overwrite the returned records, so the end
    // cannot be stored there.
    if event == input.end {
        // SAFETY: the same promises.
        return unsafe { input_slowly(seq, ev) };
    }
    // SAFETY: a record is there, because this is not the end.
    if unsafe { (*event).header.flags }.intersects(NOT_SHORT) {
        // SAFETY: the same promises.
        return unsafe { input_slowly(seq, ev) };
    }
    input.next = event.wrapping_add(1);
    // SAFETY: *result*.
    unsafe { ev.write(event) };
    1
}

/// Does the same as [`snd_seq_event_input`], for a client with UMP, whose events have 32 bytes.
/// Returns `-EBADFD` for a client without UMP.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_seq_ump_event_input(
    seq: *mut snd_seq_t,
    ev: *mut *mut snd_seq_ump_event_t,
) -> c_int {
    if ev.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *result*.
    unsafe { ev.write(ptr::null_mut()) };
    // SAFETY: *handle*.
    let Some(handle) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    if !handle.is_ump() {
        return -libc::EBADFD;
    }
    // SAFETY: *direction*: no other thread looks into the cell.
    unsafe { &mut *handle.input.get() }.widen();
    // SAFETY: the same promises. An event is handed out as a pointer to its record, which
    // has 32 bytes now.
    unsafe { snd_seq_event_input(seq, ev.cast()) }
}

/// Returns the number of records of 28 (32) bytes in the input buffer. If the buffer is empty and
/// `fetch_sequencer` is not 0, reads the events that the kernel has, without waiting.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_seq_event_input_pending(
    seq: *mut snd_seq_t,
    fetch_sequencer: c_int,
) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *direction*.
    let cells = unsafe { (*seq.input.get()).cells() };
    if cells != 0 || fetch_sequencer == 0 {
        return c_int::try_from(cells).unwrap_or(c_int::MAX);
    }
    let (polled, events) = seq.poll(libc::POLLIN, 0);
    if polled < 0 {
        return polled;
    }
    if events & libc::POLLIN == 0 {
        return 0;
    }
    // SAFETY: *direction*.
    unsafe { fill(seq) }
}

/// Frees nothing, and returns 0, because events belong to the caller that has created them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_free_event(_ev: *mut snd_seq_event_t) -> c_int {
    0
}

/// Drops the content of the input buffer. Returns 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_drop_input_buffer(seq: *mut snd_seq_t) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *direction*.
    unsafe { (*seq.input.get()).clear() };
    0
}

/// Drops the content of the input buffer, and the unread events in the kernel. Returns 0 or a
/// negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_drop_input(seq: *mut snd_seq_t) -> c_int {
    // SAFETY: *handle*, *direction*.
    let dropped = unsafe { snd_seq_drop_input_buffer(seq) };
    if dropped < 0 {
        return dropped;
    }
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    let mut remove = RemoveEvents::zeroed();
    remove.remove_mode = RemoveMode::INPUT;
    returned(seq.fd.remove_events(&remove))
}

/// Returns the size of the input buffer in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_get_input_buffer_size(seq: *mut snd_seq_t) -> usize {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return 0;
    };
    // SAFETY: *direction*.
    let events = unsafe { (*seq.input.get()).events };
    events.saturating_mul(seq.cell_size())
}

/// Sets the size of the input buffer in bytes, rounded up to whole events, and drops all input.
/// Returns 0; `-EINVAL` for less than one event, or for a handle without input; or `-ENOMEM`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_set_input_buffer_size(seq: *mut snd_seq_t, size: usize) -> c_int {
    // SAFETY: *handle*.
    let Some(handle) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    let cell = handle.cell_size();
    if size < cell || handle.streams & SND_SEQ_OPEN_INPUT == 0 {
        return -libc::EINVAL;
    }
    // SAFETY: *handle*, *direction*.
    unsafe { snd_seq_drop_input(seq) };
    let events = size.div_ceil(cell);
    // SAFETY: *direction*.
    if events == unsafe { (*handle.input.get()).events } {
        return 0;
    }
    let Some(bytes) = Input::bytes(events) else {
        return -libc::ENOMEM;
    };
    let buffer = match Buffer::new(bytes) {
        Ok(buffer) => buffer,
        Err(error) => return error,
    };
    // SAFETY: *direction*: no other thread looks into the cell.
    let state = unsafe { &mut *handle.input.get() };
    let old = core::mem::replace(state, Input::new(buffer, events));
    // SAFETY: the input has been dropped, so nothing that was lent is used any more.
    unsafe { old.buffer.free() };
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use alsa_seq_kernel_abi::event::U32;

    /// An input buffer with a UMP event of variable length, its 40 bytes of data, and another UMP
    /// event, as the kernel would write them. At present, the kernel does not accept such an event
    /// from programs.
    fn filled(cells: usize) -> Input {
        let buffer = Buffer::new(Input::bytes(4).unwrap()).unwrap();
        let mut first = UmpEvent::zeroed();
        first.header.flags = EventFlags::UMP | EventFlags::LENGTH_VARIABLE;
        first.ump[0] = U32::new(40);
        let mut second = UmpEvent::zeroed();
        second.header.flags = EventFlags::UMP;
        second.ump[0] = U32::new(0x4090_3c00);
        let records = buffer.start.cast::<UmpEvent>();
        // SAFETY: there is room for four records.
        unsafe { records.write(first) };
        for (index, byte) in (32..72).zip(1..) {
            // SAFETY: the data takes 40 bytes of the second and third record.
            unsafe { buffer.start.wrapping_add(index).write(byte) };
        }
        // SAFETY: the fourth record.
        unsafe { records.wrapping_add(3).write(second) };
        let mut input = Input::new(buffer, 4);
        input.end = records.wrapping_add(cells).cast();
        input.clear();
        input.next_ump = records;
        input
    }

    fn flags(record: *mut Event) -> EventFlags {
        // SAFETY: it is one of the records in the buffer.
        unsafe { record.read() }.header.flags
    }

    #[test]
    fn an_event_of_variable_length_has_data_with_and_without_the_ump_flag() {
        for is_ump in [true, false] {
            let kept = if is_ump {
                EventFlags::UMP
            } else {
                EventFlags::empty()
            };
            let mut input = filled(4);
            let start = input.buffer.start;
            // SAFETY: there are four records.
            let first = unsafe { take(&mut input, is_ump) }.unwrap();
            assert_eq!(first, start.cast());
            assert_eq!(flags(first), EventFlags::LENGTH_VARIABLE | kept);
            // SAFETY: the first record.
            let ext: Ext = unsafe { first.read() }.payload();
            assert_eq!(ext.len.get(), 40);
            assert_eq!(ext.ptr.get(), start.addr() + 32);
            assert_eq!(input.cells(), 1);
            // SAFETY: there is one record left.
            let second = unsafe { take(&mut input, is_ump) }.unwrap();
            assert_eq!(second, start.wrapping_add(96).cast());
            assert_eq!(flags(second), kept);
            // SAFETY: the fourth record.
            let record = unsafe { second.cast::<UmpEvent>().read() };
            assert_eq!(record.ump[0].get(), 0x4090_3c00);
            assert_eq!(input.cells(), 0);
            // SAFETY: nothing uses it any more.
            unsafe { input.buffer.free() };
        }
    }

    #[test]
    fn incomplete_data_of_a_ump_event_drops_the_buffer() {
        let mut input = filled(2);
        // SAFETY: there are two records.
        let error = unsafe { take(&mut input, true) };
        assert_eq!(error, Err(-libc::EINVAL));
        assert_eq!(input.cells(), 0);
        // SAFETY: nothing uses it any more.
        unsafe { input.buffer.free() };
    }
}
