//! Events to MIDI bytes.

use super::*;

/// The controllers for a parameter's number and its value, the high half first.
const NRPN: [u8; 2] = [99, 98];
const RPN: [u8; 2] = [101, 100];
const DATA_ENTRY: [u8; 2] = [6, 38];
/// Controllers below this one have a low half, in the controller with this distance above.
const HALVES: u32 = 32;

/// The low seven bits.
fn low(value: u32) -> u8 {
    let [byte, ..] = value.to_le_bytes();
    byte & 0x7f
}

/// The seven bits above the low seven.
fn high(value: u32) -> u8 {
    low(value >> 7)
}

/// The same bits.
fn bits(value: i32) -> u32 {
    u32::from_ne_bytes(value.to_ne_bytes())
}

/// A message of one status.
struct Message {
    status: u8,
    /// Returns the number of data bytes.
    length: usize,
    data: [u8; 2],
}

impl Message {
    const fn new(status: u8) -> Self {
        Self {
            status,
            length: 0,
            data: [0; 2],
        }
    }

    const fn one(status: u8, byte: u8) -> Self {
        Self {
            status,
            length: 1,
            data: [byte, 0],
        }
    }

    const fn two(status: u8, first: u8, last: u8) -> Self {
        Self {
            status,
            length: 2,
            data: [first, last],
        }
    }
}

impl snd_midi_event_t {
    /// Returns whether this status must be written, and makes it the running status.
    fn begins(&mut self, status: u8) -> bool {
        let begins = self.no_status || status >= FIRST_SYSTEM || self.running != status;
        self.running = status;
        begins
    }

    /// Writes a message.
    ///
    /// # Safety
    ///
    /// There is room for `room` bytes at `to`.
    #[inline]
    unsafe fn decode_message(&mut self, message: &Message, to: *mut u8, room: c_long) -> c_long {
        let mut writer = Writer::new(to, room);
        let begins = self.begins(message.status);
        if !writer.fits(message.length.wrapping_add(usize::from(begins))) {
            return -c_long::from(libc::ENOMEM);
        }
        if begins {
            // SAFETY: as promised by the caller, and it fits.
            unsafe { writer.put(message.status) };
        }
        let [first, last] = message.data;
        if message.length > 0 {
            // SAFETY: as above.
            unsafe { writer.put(first) };
        }
        if message.length > 1 {
            // SAFETY: as above.
            unsafe { writer.put(last) };
        }
        writer.written
    }

    /// Writes an event that is several control changes: controller and value.
    ///
    /// # Safety
    ///
    /// There is room for `room` bytes at `to`.
    unsafe fn decode_controls(
        &mut self,
        channel: u8,
        controls: &[[u8; 2]],
        to: *mut u8,
        room: c_long,
    ) -> c_long {
        let mut writer = Writer::new(to, room);
        let status = CONTROL | channel & 0x0f;
        let statuses = match self.running == status {
            _ if self.no_status => controls.len(),
            false => 1,
            true => 0,
        };
        if !writer.fits(controls.len().wrapping_mul(2).wrapping_add(statuses)) {
            return -c_long::from(libc::ENOMEM);
        }
        for control in controls {
            if self.begins(status) {
                // SAFETY: as promised by the caller, and it fits.
                unsafe { writer.put(status) };
            }
            for byte in control {
                // SAFETY: as above.
                unsafe { writer.put(*byte) };
            }
        }
        writer.written
    }

    /// Copies the bytes of a system-exclusive event.
    ///
    /// # Safety
    ///
    /// As [`decode`](Self::decode).
    #[inline(never)]
    unsafe fn decode_sysex(&mut self, ev: *const Event, to: *mut u8, room: c_long) -> c_long {
        // SAFETY: as promised by the caller.
        let event = unsafe { ev.read() };
        let ext: Ext = event.payload();
        let from = ptr::with_exposed_provenance::<u8>(ext.ptr.get());
        self.running = 0;
        let Ok(length) = usize::try_from(ext.len.get()) else {
            return -c_long::from(libc::ENOMEM);
        };
        let mut writer = Writer::new(to, room);
        if !writer.fits(length) {
            return -c_long::from(libc::ENOMEM);
        }
        if event.header.flags.length() == EventFlags::LENGTH_FIXED {
            return -c_long::from(libc::EINVAL);
        }
        if length != 0 {
            if from.is_null() {
                return -c_long::from(libc::EINVAL);
            }
            // SAFETY: *data*, and as promised by the caller. The two may be the same.
            unsafe { ptr::copy(from, writer.to, length) };
        }
        writer.written = c_long::try_from(length).unwrap_or(c_long::MAX);
        writer.written
    }

    /// Writes an event's bytes. Returns their number, or a negative errno.
    ///
    /// # Safety
    ///
    /// The buffer `to` has room for `room` bytes, and the event is valid (*object*) with its
    /// *data*. The two may be at the same address.
    pub(super) unsafe fn decode(&mut self, ev: *const Event, to: *mut u8, room: c_long) -> c_long {
        // It is read before anything is written. Functions that are called get the pointer:
        // so nothing is copied that no message has.
        // SAFETY: as promised by the caller.
        let event = unsafe { ev.read() };
        let control: Ctrl = event.payload();
        let param = control.param.get();
        let value = bits(control.value.get());
        let channel = control.channel & 0x0f;
        let [_, note, velocity, ..] = event.data;
        let of_note = |status| Message::two(status | channel, note & 0x7f, velocity & 0x7f);
        let message = match event.header.event_type {
            EVENT_NOTEOFF => of_note(NOTE_OFF),
            EVENT_NOTEON => of_note(NOTE_ON),
            EVENT_KEYPRESS => of_note(KEY_PRESSURE),
            EVENT_CONTROLLER => Message::two(CONTROL | channel, low(param), low(value)),
            EVENT_PGMCHANGE => Message::one(PROGRAM | channel, low(value)),
            EVENT_CHANPRESS => Message::one(CHANNEL_PRESSURE | channel, low(value)),
            EVENT_PITCHBEND => {
                let value = value.wrapping_add(bits(BEND_MIDDLE));
                Message::two(PITCH_BEND | channel, low(value), high(value))
            }
            EVENT_QFRAME => Message::one(QUARTER_FRAME, low(value)),
            EVENT_SONGPOS => Message::two(SONG_POSITION, low(value), high(value)),
            EVENT_SONGSEL => Message::one(SONG_SELECT, low(value)),
            EVENT_TUNE_REQUEST => Message::new(TUNE_REQUEST),
            EVENT_CLOCK => Message::new(CLOCK),
            EVENT_START => Message::new(START),
            EVENT_CONTINUE => Message::new(CONTINUE),
            EVENT_STOP => Message::new(STOP),
            EVENT_SENSING => Message::new(SENSING),
            EVENT_RESET => Message::new(RESET),
            EVENT_SYSEX => {
                // SAFETY: as promised by the caller.
                return unsafe { self.decode_sysex(ev, to, room) };
            }
            // SAFETY: as promised by the caller.
            _ => return unsafe { self.decode_parameter(ev, to, room) },
        };
        // SAFETY: as promised by the caller.
        unsafe { self.decode_message(&message, to, room) }
    }

    /// Writes an event that is several control changes.
    ///
    /// # Safety
    ///
    /// As [`decode`](Self::decode).
    #[inline(never)]
    unsafe fn decode_parameter(&mut self, ev: *const Event, to: *mut u8, room: c_long) -> c_long {
        // SAFETY: as promised by the caller.
        let event = unsafe { ev.read() };
        let control: Ctrl = event.payload();
        let param = control.param.get();
        let value = bits(control.value.get());
        let channel = control.channel & 0x0f;
        let [number_high, number_low] = match event.header.event_type {
            EVENT_CONTROL14 => {
                let pair = [
                    [low(param), high(value)],
                    [low(param.wrapping_add(HALVES)), low(value)],
                ];
                let single = [[low(param), low(value)]];
                let controls: &[[u8; 2]] = match param {
                    0..HALVES => &pair,
                    _ => &single,
                };
                // SAFETY: as promised by the caller.
                return unsafe { self.decode_controls(channel, controls, to, room) };
            }
            EVENT_NONREGPARAM => NRPN,
            EVENT_REGPARAM => RPN,
            _ => return -c_long::from(libc::ENOENT),
        };
        let [value_high, value_low] = DATA_ENTRY;
        let controls = [
            [number_high, high(param)],
            [number_low, low(param)],
            [value_high, high(value)],
            [value_low, low(value)],
        ];
        // SAFETY: as promised by the caller.
        unsafe { self.decode_controls(channel, &controls, to, room) }
    }
}

/// A program's buffer, and the number of written bytes.
struct Writer {
    to: *mut u8,
    room: c_long,
    written: c_long,
}

impl Writer {
    fn new(to: *mut u8, room: c_long) -> Self {
        Self {
            to,
            room,
            written: 0,
        }
    }

    /// Returns whether the buffer has room for this number of bytes.
    fn fits(&self, bytes: usize) -> bool {
        c_long::try_from(bytes).is_ok_and(|bytes| bytes <= self.room)
    }

    /// Writes a byte.
    ///
    /// # Safety
    ///
    /// The buffer has room for it.
    unsafe fn put(&mut self, byte: u8) {
        // SAFETY: as promised by the caller.
        unsafe { self.to.write(byte) };
        self.to = self.to.wrapping_add(1);
        self.written = self.written.wrapping_add(1);
    }
}
