//! Removes events, first from the output buffer and then from the kernel.

use super::*;
use crate::event_types::has_channel;
use alsa_seq_kernel_abi::consts::EVENT_NOTEOFF;

/// Returns whether an event of the output buffer meets the conditions. They are the same as the
/// kernel's, so it does not matter where the event waits.
fn matches(event: &Event, conditions: &RemoveEvents) -> bool {
    let mode = conditions.remove_mode;
    let header = &event.header;
    if mode.contains(RemoveMode::DEST) && header.dest != conditions.dest {
        return false;
    }
    if mode.contains(RemoveMode::DEST_CHANNEL) {
        // The first byte of the data of notes and controllers.
        let [channel, ..] = event.data;
        if !has_channel(header.event_type) || channel != conditions.channel {
            return false;
        }
    }
    let reached = || {
        if mode.contains(RemoveMode::TIME_TICK) {
            header.time.tick() >= conditions.time.tick()
        } else {
            let key = |time: RealTime| (time.tv_sec.get(), time.tv_nsec.get());
            key(header.time.real()) >= key(conditions.time.real())
        }
    };
    if mode.contains(RemoveMode::TIME_AFTER) && !reached() {
        return false;
    }
    if mode.contains(RemoveMode::TIME_BEFORE) && reached() {
        return false;
    }
    if mode.contains(RemoveMode::EVENT_TYPE)
        && i32::from(header.event_type) != conditions.event_type
    {
        return false;
    }
    if mode.contains(RemoveMode::IGNORE_OFF) && header.event_type == EVENT_NOTEOFF {
        return false;
    }
    !mode.contains(RemoveMode::TAG_MATCH) || header.tag == conditions.tag
}

impl Output {
    /// Removes the matching events.
    fn remove(&mut self, conditions: &RemoveEvents) {
        let mut rest = Self {
            buffer: self.buffer,
            start: self.start,
            end: self.end,
        };
        let start = self.start;
        let mut kept = 0;
        while let Some((event, size)) = rest.first() {
            // SAFETY: the event lies in the buffer.
            let record = unsafe { event.read() };
            if !matches(&record, conditions) {
                let to = self.buffer.start.wrapping_add(start + kept);
                // SAFETY: both places lie in the buffer, the second not behind the first.
                unsafe { ptr::copy(event.cast::<u8>(), to, size.total()) };
                kept += size.total();
            }
            rest.start += size.total();
        }
        self.end = start + kept;
        if kept == 0 {
            self.clear();
        }
    }
}

/// Removes events that meet conditions: events in the output buffer and scheduled events of the
/// client in the kernel (`SND_SEQ_REMOVE_OUTPUT`), and all events that were not received yet
/// (`SND_SEQ_REMOVE_INPUT`). Returns 0 or a negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_remove_events(
    seq: *mut snd_seq_t,
    rmp: *mut snd_seq_remove_events_t,
) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    if rmp.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *object*.
    let conditions = unsafe { rmp.read() };
    let mode = conditions.remove_mode;
    if mode.contains(RemoveMode::INPUT) {
        // SAFETY: *direction*: no other thread looks into the cell.
        unsafe { (*seq.input.get()).clear() };
    }
    if mode.contains(RemoveMode::OUTPUT) {
        // SAFETY: *direction*: no other thread looks into the cell.
        let output = unsafe { &mut *seq.output.get() };
        if (RemoveMode::INPUT | RemoveMode::OUTPUT).contains(mode) {
            output.clear();
        } else {
            output.remove(&conditions);
        }
    }
    returned(seq.fd.remove_events(&conditions))
}

/// Drops the content of the output buffer. Returns 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_drop_output_buffer(seq: *mut snd_seq_t) -> c_int {
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *direction*.
    unsafe { (*seq.output.get()).clear() };
    0
}

/// Drops the content of the output buffer, and the events that the client has scheduled in the
/// kernel. Returns 0 or a negative errno.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_drop_output(seq: *mut snd_seq_t) -> c_int {
    // SAFETY: *handle*, *direction*.
    let dropped = unsafe { snd_seq_drop_output_buffer(seq) };
    if dropped < 0 {
        return dropped;
    }
    // SAFETY: *handle*.
    let Some(seq) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    let mut remove = RemoveEvents::zeroed();
    remove.remove_mode = RemoveMode::OUTPUT;
    returned(seq.fd.remove_events(&remove))
}
