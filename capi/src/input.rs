//! Receiving events.
//!
//! One `read` brings many records, which are handed out where they lie: the program gets
//! a pointer into the buffer, aligned as C wants it, may change the event, and may use it
//! until the buffer is empty and the next `read` is made. Records have 28 bytes, or 32 for
//! a client of UMP; the data of a variable-length event follows its record, padded to
//! whole records.
//!
//! All functions here are for one thread at a time (*direction*). Others may send
//! meanwhile.

use crate::handle::{Buffer, Input, handle, returned, snd_seq_t};
use crate::open::SND_SEQ_OPEN_INPUT;
use crate::sys;
use crate::types::{snd_seq_event_t, snd_seq_ump_event_t};
use alsa_seq_kernel_abi::event::{Event, Ext, UmpEvent, Usize};
use alsa_seq_kernel_abi::flags::{EventFlags, RemoveMode};
use alsa_seq_kernel_abi::info::RemoveEvents;
use core::ffi::c_int;
use core::ptr;

impl Input {
    /// Forgets what has been read and not handed out.
    pub(crate) fn clear(&mut self) {
        self.cells = 0;
        self.next = 0;
    }
}

/// Reads once, into the empty buffer. Returns how many records came, or a negative errno.
///
/// # Safety
///
/// *direction*.
unsafe fn fill(seq: &snd_seq_t) -> c_int {
    if seq.streams & SND_SEQ_OPEN_INPUT == 0 {
        return -libc::EINVAL;
    }
    let cell = seq.cell_size();
    let input = seq.input.get();
    // What a cancelled `read` leaves behind is an empty buffer.
    // SAFETY: *direction*: no other thread looks into the cell, and this borrow ends here.
    let (buffer, size) = unsafe {
        let input = &mut *input;
        input.clear();
        input.cell = cell;
        (input.buffer.start, input.events.saturating_mul(cell))
    };
    // SAFETY: the buffer has room for as many records of 32 bytes. What has been lent of
    // it is over with this call, as the documentation says.
    let read = unsafe { sys::read(seq.raw_fd(), buffer, size) };
    let Ok(length) = usize::try_from(read) else {
        return c_int::try_from(read).unwrap_or(-libc::EIO);
    };
    let cells = match cell {
        UmpEvent::SIZE => length / UmpEvent::SIZE,
        _ => length / Event::SIZE,
    };
    if cells == 0 {
        // The sequencer reads as the end of a file only into less than one record.
        return -libc::EAGAIN;
    }
    // SAFETY: *direction*, as above.
    unsafe { (*input).cells = cells };
    c_int::try_from(cells).unwrap_or(c_int::MAX)
}

/// Hands out the next event of the buffer, which is not empty.
///
/// # Safety
///
/// *direction*.
unsafe fn take(seq: &snd_seq_t) -> Result<*mut u8, c_int> {
    // SAFETY: *direction*: no other thread looks into the cell.
    let input = unsafe { &mut *seq.input.get() };
    // SAFETY: the records are those of the last `read`.
    unsafe { next(input, seq.is_ump()) }
}

/// [`take`] without the handle.
///
/// # Safety
///
/// At least one record is left, and all that are lie in the buffer.
#[inline]
unsafe fn next(input: &mut Input, is_ump: bool) -> Result<*mut u8, c_int> {
    let cell = input.cell;
    let event = input.buffer.start.wrapping_add(input.next);
    input.next = input.next.wrapping_add(cell);
    input.cells = input.cells.saturating_sub(1);
    let record = event.cast::<Event>();
    // SAFETY: a record was left, and it lies in the buffer, as promised by the caller.
    // Bytes are always a valid event.
    let flags = unsafe { &mut (*record).header.flags };
    if flags.contains(EventFlags::UMP) && !is_ump {
        // A client without UMP gets none; the bit would change how the event is sent on.
        flags.remove(EventFlags::UMP);
    }
    // The kernel writes data behind any record whose length is variable, a UMP event's
    // included.
    if flags.length() != EventFlags::LENGTH_VARIABLE {
        return Ok(event);
    }
    // SAFETY: as above.
    let mut ext: Ext = unsafe { record.read() }.payload();
    let length = usize::try_from(ext.len.get()).unwrap_or(usize::MAX);
    // By constants, so that it takes no division, and none by zero.
    let cells = match cell {
        UmpEvent::SIZE => length.div_ceil(UmpEvent::SIZE),
        _ => length.div_ceil(Event::SIZE),
    };
    if cells > input.cells {
        input.clear();
        return Err(-libc::EINVAL);
    }
    ext.ptr = Usize::new(event.wrapping_add(cell).expose_provenance());
    // SAFETY: as above.
    unsafe { (*record).set_payload(&ext) };
    input.cells -= cells;
    input.next = input.next.wrapping_add(cells.wrapping_mul(cell));
    Ok(event)
}

/// Receives an event and puts its address into `*ev`, null on failure.
///
/// The event may be changed. It and its data are the handle's, until the input buffer is
/// empty and this function or [`snd_seq_event_input_pending`] reads the next events.
///
/// Returns 1; `-EAGAIN` if there is none and the handle does not block; `-EINTR` after a
/// signal; `-ENOSPC` if events have been lost because the kernel's pool was full, after
/// which it goes on; `-EINVAL` for a cut-off event, with which the buffer is dropped; or
/// another negative errno of `read`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn snd_seq_event_input(
    seq: *mut snd_seq_t,
    ev: *mut *mut snd_seq_event_t,
) -> c_int {
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
    if unsafe { (*seq.input.get()).cells } == 0 {
        // SAFETY: *direction*.
        let cells = unsafe { fill(seq) };
        if cells < 0 {
            return cells;
        }
    }
    // SAFETY: *direction*.
    match unsafe { take(seq) } {
        Ok(event) => {
            // SAFETY: *result*.
            unsafe { ev.write(event.cast()) };
            1
        }
        Err(error) => error,
    }
}

/// [`snd_seq_event_input`] for a client of UMP, whose events have 32 bytes. `-EBADFD` for
/// another one.
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
    if unsafe { handle(seq) }.is_some_and(|seq| !seq.is_ump()) {
        return -libc::EBADFD;
    }
    // SAFETY: the same promises. An event is handed out as a pointer to its record.
    unsafe { snd_seq_event_input(seq, ev.cast()) }
}

/// Returns how many records of 28 (32) bytes are in the input buffer. If there is none
/// and `fetch_sequencer` is not 0, reads what the kernel has, without waiting.
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
    let cells = unsafe { (*seq.input.get()).cells };
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

/// Frees nothing, and returns 0: events belong to whoever made them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_free_event(_ev: *mut snd_seq_event_t) -> c_int {
    0
}

/// Throws away what is in the input buffer. Returns 0.
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

/// Throws away what is in the input buffer and what the kernel has for the client.
/// Returns 0 or a negative errno.
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

/// Sets the size of the input buffer in bytes, rounded up to whole events, and throws away
/// all input. Returns 0; `-EINVAL` for less than one event, or without input; or `-ENOMEM`.
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
    let Some(bytes) = events.checked_mul(UmpEvent::SIZE) else {
        return -libc::ENOMEM;
    };
    let buffer = match Buffer::new(bytes) {
        Ok(buffer) => buffer,
        Err(error) => return error,
    };
    // SAFETY: *direction*: no other thread looks into the cell.
    let state = unsafe { &mut *handle.input.get() };
    state.events = events;
    let old = core::mem::replace(&mut state.buffer, buffer);
    // SAFETY: the input has been dropped, so nothing that was lent is used any more.
    unsafe { old.free() };
    0
}

#[cfg(test)]
mod tests {
    use super::*;
    use alsa_seq_kernel_abi::event::U32;

    /// An input buffer with a UMP event of variable length, its 40 bytes of data, and
    /// another UMP event, as the kernel would write them. It lets no program send such an
    /// event now.
    fn filled(cells: usize) -> Input {
        let buffer = Buffer::new(4 * UmpEvent::SIZE).unwrap();
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
        Input {
            buffer,
            events: 4,
            cell: UmpEvent::SIZE,
            cells,
            next: 0,
        }
    }

    fn flags(record: *mut u8) -> EventFlags {
        // SAFETY: it is one of the records in the buffer.
        unsafe { record.cast::<Event>().read() }.header.flags
    }

    #[test]
    fn an_event_of_variable_length_has_data_whatever_its_ump_flag_says() {
        for is_ump in [true, false] {
            let kept = if is_ump {
                EventFlags::UMP
            } else {
                EventFlags::empty()
            };
            let mut input = filled(4);
            let start = input.buffer.start;
            // SAFETY: there are four records.
            let first = unsafe { next(&mut input, is_ump) }.unwrap();
            assert_eq!(first, start);
            assert_eq!(flags(first), EventFlags::LENGTH_VARIABLE | kept);
            // SAFETY: the first record.
            let ext: Ext = unsafe { first.cast::<Event>().read() }.payload();
            assert_eq!(ext.len.get(), 40);
            assert_eq!(ext.ptr.get(), start.addr() + 32);
            assert_eq!((input.cells, input.next), (1, 96));
            // SAFETY: there is one record left.
            let second = unsafe { next(&mut input, is_ump) }.unwrap();
            assert_eq!(second, start.wrapping_add(96));
            assert_eq!(flags(second), kept);
            // SAFETY: the fourth record.
            let record = unsafe { second.cast::<UmpEvent>().read() };
            assert_eq!(record.ump[0].get(), 0x4090_3c00);
            assert_eq!(input.cells, 0);
            // SAFETY: nothing uses it any more.
            unsafe { input.buffer.free() };
        }
    }

    #[test]
    fn cut_off_data_of_a_ump_event_drops_the_buffer() {
        let mut input = filled(2);
        // SAFETY: there are two records.
        let error = unsafe { next(&mut input, true) };
        assert_eq!(error, Err(-libc::EINVAL));
        assert_eq!((input.cells, input.next), (0, 0));
        // SAFETY: nothing uses it any more.
        unsafe { input.buffer.free() };
    }
}
