//! Widens records of 28 bytes that are still in the buffer when the client becomes one of UMP.

use crate::handle::Input;
use alsa_seq_kernel_abi::event::{Event, Ext, UmpEvent};
use alsa_seq_kernel_abi::flags::EventFlags;
use core::ptr;

impl Input {
    /// Widens the unread records of 28 bytes to 32 bytes, so that a program may write to the whole
    /// [`UmpEvent`] that it gets. The buffer has room for them. Records that were already returned
    /// do not change.
    pub(super) fn widen(&mut self) {
        if self.next != self.end {
            self.widen_records();
        }
    }

    #[cold]
    #[inline(never)]
    fn widen_records(&mut self) {
        let length = self.end.addr().saturating_sub(self.next.addr());
        let room = self.events.wrapping_mul(UmpEvent::SIZE);
        let end = self.buffer.start.wrapping_add(room);
        // They go to the end of the buffer first, and come back from there one by one. At
        // most `events` records of 28 bytes lie in front of `self.end`, so the gap has 4
        // bytes or more for each record, and no record is written over before its turn.
        let mut from = end.wrapping_sub(length);
        // SAFETY: both places are in the buffer.
        unsafe { ptr::copy(self.next.cast::<u8>(), from, length) };
        let mut to = self.next.cast::<UmpEvent>();
        self.next_ump = to;
        let mut left = length / Event::SIZE;
        while left != 0 {
            // SAFETY: a record is left there. Bytes are always a valid event.
            let event = unsafe { from.cast::<Event>().read() };
            from = from.wrapping_add(Event::SIZE);
            left = left.wrapping_sub(1);
            // SAFETY: there is room for it, see above.
            unsafe { to.write(UmpEvent::zeroed()) };
            // SAFETY: as above.
            unsafe { to.cast::<Event>().write(event) };
            to = to.wrapping_add(1);
            if event.header.flags.length() != EventFlags::LENGTH_VARIABLE {
                continue;
            }
            let ext: Ext = event.payload();
            let length = usize::try_from(ext.len.get()).unwrap_or(usize::MAX);
            let cells = length.div_ceil(Event::SIZE);
            if cells > left {
                // The data is incomplete. Without any data, the record is still incomplete.
                break;
            }
            // SAFETY: the data fills so many records, and needs no more of 32 bytes.
            unsafe { ptr::copy(from, to.cast(), length) };
            from = from.wrapping_add(cells.wrapping_mul(Event::SIZE));
            left = left.wrapping_sub(cells);
            to = to.wrapping_add(length.div_ceil(UmpEvent::SIZE));
        }
        self.end = to.cast();
        self.next = self.end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handle::Buffer;
    use crate::input::take;

    /// Makes a full buffer of records of 28 bytes, the first of which was returned: a short event,
    /// an event with 30 bytes of data, and a short one, or only a part of these.
    fn filled(cells: usize) -> Input {
        let buffer = Buffer::new(Input::bytes(cells).unwrap()).unwrap();
        let mut input = Input::new(buffer, cells);
        let mut records = [Event::zeroed(); 6];
        for (tag, record) in (0..).zip(&mut records) {
            record.header.tag = tag;
        }
        records[2].header.flags = EventFlags::LENGTH_VARIABLE;
        records[2].set_payload(&Ext::new(30));
        for (index, record) in records.iter().take(cells).enumerate() {
            // SAFETY: there is room for so many.
            unsafe { input.next.wrapping_add(index).write(*record) };
        }
        input.end = input.next.wrapping_add(cells);
        input.next = input.next.wrapping_add(1);
        input.next_ump = input.end.cast();
        for (index, byte) in (3 * Event::SIZE..)
            .zip(1..=30)
            .take((cells - 3) * Event::SIZE)
        {
            // SAFETY: this is the data in the fourth and fifth record.
            unsafe { buffer.start.wrapping_add(index).write(byte) };
        }
        input
    }

    #[test]
    fn records_are_widened_to_32_bytes() {
        let mut input = filled(6);
        input.widen();
        // The first record, which was returned, and the second and third records, with 30 bytes.
        let start = input.buffer.start;
        let expected = [28, 60, 124].map(|at| start.wrapping_add(at));
        for (tag, expected) in [1, 2, 5].into_iter().zip(expected) {
            // SAFETY: there is one more record.
            let event = unsafe { take(&mut input, true) }.unwrap();
            assert_eq!(event.cast(), expected);
            // SAFETY: it lies in the buffer.
            let record = unsafe { event.cast::<UmpEvent>().read() };
            assert_eq!(record.header.tag, tag);
            if tag == 2 {
                for (at, byte) in (92..).zip(1..=30) {
                    // SAFETY: it lies in the buffer.
                    let read = unsafe { start.wrapping_add(at).read() };
                    assert_eq!(read, byte);
                }
            }
            // SAFETY: the record is lent.
            unsafe { event.cast::<[u8; 32]>().write([0xff; 32]) };
        }
        assert_eq!(input.cells(), 0);
        // SAFETY: nothing uses it any more.
        unsafe { input.buffer.free() };
    }

    #[test]
    fn incomplete_data_stays_incomplete() {
        let mut input = filled(4);
        input.widen();
        // SAFETY: there are two records.
        unsafe { take(&mut input, true) }.unwrap();
        // SAFETY: there is one more.
        let error = unsafe { take(&mut input, true) };
        assert_eq!(error, Err(-libc::EINVAL));
        // SAFETY: nothing uses it any more.
        unsafe { input.buffer.free() };
    }
}
