//! `snd_midi_event_t`: MIDI bytes to events, and events to MIDI bytes.
//!
//! It is a coder of its own, because C programs rely on how libasound's behaves: no
//! value is out of range (what is too much is cut off), bytes outside of a message
//! are dropped, and a system-exclusive message that fills the buffer is handed out in
//! pieces. The events are those of the module `midi` in `alsa-seq` otherwise.
//!
//! In libasound's words, to *encode* is to make an event of bytes, and to *decode* is to
//! make bytes of an event.
//!
//! The data bytes of a message are kept beside the buffer, which holds system-exclusive
//! messages alone. So it can be as small as a program wants it. Nothing is allocated but
//! in [`snd_midi_event_new`] and [`snd_midi_event_resize_buffer`].

use crate::handle::Buffer;
use crate::types::snd_seq_event_t;
use alsa_seq_kernel_abi::consts::*;
use alsa_seq_kernel_abi::event::{Ctrl, Event, Ext, Note, U32, Usize};
use alsa_seq_kernel_abi::flags::EventFlags;
use core::ffi::{c_int, c_long, c_uchar};
use core::ptr;

/// Status of a system-exclusive message.
const SYSEX: u8 = 0xf0;
/// Status of what comes after a system-exclusive message.
const SYSEX_END: u8 = 0xf7;
/// The first real-time message.
const FIRST_REAL_TIME: u8 = 0xf8;
/// The lowest status of a message that is for no channel.
const FIRST_SYSTEM: u8 = 0xf0;
/// The lowest status.
const FIRST_STATUS: u8 = 0x80;

const NOTE_OFF: u8 = 0x80;
const NOTE_ON: u8 = 0x90;
const KEY_PRESSURE: u8 = 0xa0;
const CONTROL: u8 = 0xb0;
const PROGRAM: u8 = 0xc0;
const CHANNEL_PRESSURE: u8 = 0xd0;
const PITCH_BEND: u8 = 0xe0;
const QUARTER_FRAME: u8 = 0xf1;
const SONG_POSITION: u8 = 0xf2;
const SONG_SELECT: u8 = 0xf3;
const TUNE_REQUEST: u8 = 0xf6;
const CLOCK: u8 = 0xf8;
const START: u8 = 0xfa;
const CONTINUE: u8 = 0xfb;
const STOP: u8 = 0xfc;
const SENSING: u8 = 0xfe;
const RESET: u8 = 0xff;

/// The middle of a pitch bend's 14 bits, which is 0 in an event.
const BEND_MIDDLE: i32 = 0x2000;

/// The controllers that take a parameter's number and its value, the high half first.
const NRPN: [u8; 2] = [99, 98];
const RPN: [u8; 2] = [101, 100];
const DATA_ENTRY: [u8; 2] = [6, 38];
/// The controllers below have a low half, in the controller so much above.
const HALVES: u32 = 32;

/// A coder. Each direction has its own state.
///
/// It is for one thread at a time (*object*).
#[allow(non_camel_case_types, reason = "a C name")]
#[derive(Debug)]
pub struct snd_midi_event_t {
    /// A system-exclusive message, or a piece of it.
    buffer: Buffer,
    /// How many bytes of it there are. Always below the buffer's size, or 0.
    used: usize,
    /// What a data byte belongs to.
    open: Open,
    /// The status that has been written last. 0 if it must be written again.
    running: u8,
    /// Whether each message is written with its status.
    no_status: bool,
}

/// What a data byte belongs to.
#[derive(Clone, Copy, Debug)]
enum Open {
    /// To nothing: it is dropped.
    Nothing,
    /// To the system-exclusive message in the buffer.
    Sysex,
    /// To a message of this status, which has so many bytes of data.
    Message {
        status: u8,
        length: Length,
        first: Option<u8>,
    },
}

/// How many bytes of data a message has that has any.
#[derive(Clone, Copy, Debug)]
enum Length {
    One,
    Two,
}

/// Marks an event as one of this type and of fixed length.
fn fix(event: &mut Event, event_type: u8) {
    event.header.event_type = event_type;
    event.header.flags = event.header.flags.with_length(EventFlags::LENGTH_FIXED);
}

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

/// 14 bits of two data bytes, the low one first.
fn fourteen(first: u8, second: u8) -> i32 {
    i32::from(first) | i32::from(second) << 7
}

/// Changes what a whole message says in an event, and nothing else. `second` is 0 for a
/// message of one byte of data.
fn put_message(event: &mut Event, status: u8, first: u8, second: u8) {
    let channel = status & 0x0f;
    let kind = match status {
        FIRST_SYSTEM.. => status,
        _ => status & 0xf0,
    };
    match kind {
        NOTE_OFF | NOTE_ON | KEY_PRESSURE => {
            fix(
                event,
                match kind {
                    NOTE_OFF => EVENT_NOTEOFF,
                    NOTE_ON => EVENT_NOTEON,
                    _ => EVENT_KEYPRESS,
                },
            );
            let [to_channel, to_note, to_velocity, ..] = &mut event.data;
            *to_channel = channel;
            *to_note = first;
            *to_velocity = second;
            return;
        }
        _ => {}
    }
    let mut data: Ctrl = event.payload();
    if status < FIRST_SYSTEM {
        data.channel = channel;
    }
    let (event_type, value) = match kind {
        CONTROL => {
            data.param = U32::new(first.into());
            (EVENT_CONTROLLER, second.into())
        }
        PROGRAM => (EVENT_PGMCHANGE, first.into()),
        CHANNEL_PRESSURE => (EVENT_CHANPRESS, first.into()),
        PITCH_BEND => (
            EVENT_PITCHBEND,
            fourteen(first, second).wrapping_sub(BEND_MIDDLE),
        ),
        QUARTER_FRAME => (EVENT_QFRAME, first.into()),
        SONG_POSITION => (EVENT_SONGPOS, fourteen(first, second)),
        SONG_SELECT => (EVENT_SONGSEL, first.into()),
        // Nothing else has data.
        _ => return,
    };
    data.value.set(value);
    event.set_payload(&data);
    fix(event, event_type);
}

impl snd_midi_event_t {
    /// Takes a byte. Returns whether the event is whole with it.
    fn encode(&mut self, byte: u8, event: &mut Event) -> bool {
        match byte {
            FIRST_REAL_TIME.. => {
                let event_type = match byte {
                    CLOCK => EVENT_CLOCK,
                    START => EVENT_START,
                    CONTINUE => EVENT_CONTINUE,
                    STOP => EVENT_STOP,
                    SENSING => EVENT_SENSING,
                    RESET => EVENT_RESET,
                    // There is no such message.
                    _ => EVENT_NONE,
                };
                fix(event, event_type);
                event_type != EVENT_NONE
            }
            SYSEX => {
                self.open = Open::Sysex;
                self.used = 0;
                self.encode_sysex(byte, event)
            }
            SYSEX_END if matches!(self.open, Open::Sysex) => self.encode_sysex(byte, event),
            TUNE_REQUEST => {
                self.open = Open::Nothing;
                fix(event, EVENT_TUNE_REQUEST);
                true
            }
            FIRST_STATUS.. => {
                let length = match byte {
                    0xc0..=0xdf | QUARTER_FRAME | SONG_SELECT => Some(Length::One),
                    0x80..=0xef | SONG_POSITION => Some(Length::Two),
                    _ => None,
                };
                self.open = match length {
                    Some(length) => Open::Message {
                        status: byte,
                        length,
                        first: None,
                    },
                    None => Open::Nothing,
                };
                false
            }
            _ => self.encode_data(byte, event),
        }
    }

    fn encode_data(&mut self, byte: u8, event: &mut Event) -> bool {
        match &mut self.open {
            Open::Nothing => false,
            Open::Sysex => self.encode_sysex(byte, event),
            Open::Message {
                status,
                length,
                first,
            } => {
                let status = *status;
                match (*length, first.take()) {
                    (Length::One, _) => put_message(event, status, byte, 0),
                    (Length::Two, Some(first)) => put_message(event, status, first, byte),
                    (Length::Two, None) => {
                        *first = Some(byte);
                        return false;
                    }
                }
                // The status of a channel message goes on.
                if status >= FIRST_SYSTEM {
                    self.open = Open::Nothing;
                }
                true
            }
        }
    }

    /// Takes a byte of a system-exclusive message. With the last one, or when the buffer
    /// is full, it is lent to the event.
    fn encode_sysex(&mut self, byte: u8, event: &mut Event) -> bool {
        // SAFETY: `used` is below the buffer's size or 0, and there is room for one byte
        // in a buffer of any size. Who was lent it may not look at it any more.
        unsafe { self.buffer.start.wrapping_add(self.used).write(byte) };
        self.used = self.used.wrapping_add(1);
        let ends = byte == SYSEX_END;
        if !ends && self.used < self.buffer.size {
            return false;
        }
        event.header.event_type = EVENT_SYSEX;
        event.header.flags = event.header.flags.with_length(EventFlags::LENGTH_VARIABLE);
        event.set_payload(&Ext {
            len: U32::new(u32::try_from(self.used).unwrap_or(u32::MAX)),
            ptr: Usize::new(self.buffer.start.expose_provenance()),
        });
        self.used = 0;
        if ends {
            self.open = Open::Nothing;
        }
        true
    }

    /// Forgets the message that has begun, and its status.
    fn reset_encode(&mut self) {
        self.open = Open::Nothing;
        self.used = 0;
    }

    /// Whether this status must be written. It is the running one from now on.
    fn begins(&mut self, status: u8) -> bool {
        let begins = self.no_status || status >= FIRST_SYSTEM || self.running != status;
        self.running = status;
        begins
    }

    /// Writes an event that is one message with `data` bytes behind its status.
    ///
    /// # Safety
    ///
    /// There is room for `room` bytes at `to`.
    unsafe fn decode_one(&mut self, status: u8, data: &[u8], to: *mut u8, room: c_long) -> c_long {
        let mut writer = Writer::new(to, room);
        let begins = self.begins(status);
        if !writer.fits(data.len().wrapping_add(usize::from(begins))) {
            return -c_long::from(libc::ENOMEM);
        }
        if begins {
            // SAFETY: as promised by the caller, and it fits.
            unsafe { writer.put(status) };
        }
        for byte in data {
            // SAFETY: as above.
            unsafe { writer.put(*byte) };
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
    /// There is room for `room` bytes at `to`, and the event's *data* is there.
    unsafe fn decode_sysex(&mut self, event: &Event, to: *mut u8, room: c_long) -> c_long {
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

    /// Writes an event's bytes. Returns how many there are, or a negative errno.
    ///
    /// # Safety
    ///
    /// There is room for `room` bytes at `to`, and the event's *data* is there.
    unsafe fn decode(&mut self, event: &Event, to: *mut u8, room: c_long) -> c_long {
        let note: Note = event.payload();
        let control: Ctrl = event.payload();
        let param = control.param.get();
        let value = bits(control.value.get());
        let channel = control.channel & 0x0f;
        let (status, data): (u8, [Option<u8>; 2]) = match event.header.event_type {
            EVENT_SYSEX => {
                // SAFETY: as promised by the caller.
                return unsafe { self.decode_sysex(event, to, room) };
            }
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
            EVENT_NONREGPARAM | EVENT_REGPARAM => {
                let [number_high, number_low] = match event.header.event_type {
                    EVENT_NONREGPARAM => NRPN,
                    _ => RPN,
                };
                let [value_high, value_low] = DATA_ENTRY;
                let controls = [
                    [number_high, high(param)],
                    [number_low, low(param)],
                    [value_high, high(value)],
                    [value_low, low(value)],
                ];
                // SAFETY: as promised by the caller.
                return unsafe { self.decode_controls(channel, &controls, to, room) };
            }
            EVENT_NOTEOFF => (NOTE_OFF | channel, of_note(note)),
            EVENT_NOTEON => (NOTE_ON | channel, of_note(note)),
            EVENT_KEYPRESS => (KEY_PRESSURE | channel, of_note(note)),
            EVENT_CONTROLLER => (CONTROL | channel, [Some(low(param)), Some(low(value))]),
            EVENT_PGMCHANGE => (PROGRAM | channel, [Some(low(value)), None]),
            EVENT_CHANPRESS => (CHANNEL_PRESSURE | channel, [Some(low(value)), None]),
            EVENT_PITCHBEND => {
                let value = value.wrapping_add(bits(BEND_MIDDLE));
                (PITCH_BEND | channel, [Some(low(value)), Some(high(value))])
            }
            EVENT_QFRAME => (QUARTER_FRAME, [Some(low(value)), None]),
            EVENT_SONGPOS => (SONG_POSITION, [Some(low(value)), Some(high(value))]),
            EVENT_SONGSEL => (SONG_SELECT, [Some(low(value)), None]),
            EVENT_TUNE_REQUEST => (TUNE_REQUEST, [None; 2]),
            EVENT_CLOCK => (CLOCK, [None; 2]),
            EVENT_START => (START, [None; 2]),
            EVENT_CONTINUE => (CONTINUE, [None; 2]),
            EVENT_STOP => (STOP, [None; 2]),
            EVENT_SENSING => (SENSING, [None; 2]),
            EVENT_RESET => (RESET, [None; 2]),
            _ => return -c_long::from(libc::ENOENT),
        };
        let two = data.map(Option::unwrap_or_default);
        let [one, _] = two;
        let data: &[u8] = match data {
            [Some(_), Some(_)] => &two,
            [Some(_), None] => &[one],
            _ => &[],
        };
        // SAFETY: as promised by the caller.
        unsafe { self.decode_one(status, data, to, room) }
    }
}

/// The data bytes of the note messages.
fn of_note(note: Note) -> [Option<u8>; 2] {
    [Some(note.note & 0x7f), Some(note.velocity & 0x7f)]
}

/// Bytes of a program, and how many have been written.
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

    /// Whether there is room for so many bytes.
    fn fits(&self, bytes: usize) -> bool {
        c_long::try_from(bytes).is_ok_and(|bytes| bytes <= self.room)
    }

    /// Writes one.
    ///
    /// # Safety
    ///
    /// There is room for it.
    unsafe fn put(&mut self, byte: u8) {
        // SAFETY: as promised by the caller.
        unsafe { self.to.write(byte) };
        self.to = self.to.wrapping_add(1);
        self.written = self.written.wrapping_add(1);
    }
}

/// Makes a coder with a buffer of `bufsize` bytes, and puts its address into `*rdev`, null
/// on failure.
///
/// The buffer is for system-exclusive messages on their way to events: one that is longer
/// comes in pieces of so many bytes. A buffer of 0 bytes holds one all the same.
///
/// Returns 0, `-ENOMEM`, or `-EINVAL` for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_midi_event_new(
    bufsize: usize,
    rdev: *mut *mut snd_midi_event_t,
) -> c_int {
    if rdev.is_null() {
        return -libc::EINVAL;
    }
    // SAFETY: *result*.
    unsafe { rdev.write(ptr::null_mut()) };
    let buffer = match Buffer::new(bufsize) {
        Ok(buffer) => buffer,
        Err(errno) => return errno,
    };
    // SAFETY: `malloc` takes any number.
    let dev = unsafe { libc::malloc(size_of::<snd_midi_event_t>()) }.cast::<snd_midi_event_t>();
    if dev.is_null() {
        // SAFETY: nobody has it yet.
        unsafe { buffer.free() };
        return -libc::ENOMEM;
    }
    let value = snd_midi_event_t {
        buffer,
        used: 0,
        open: Open::Nothing,
        running: 0,
        no_status: false,
    };
    // SAFETY: the memory is large enough, and aligned for any type of C's.
    unsafe { dev.write(value) };
    // SAFETY: *result*.
    unsafe { rdev.write(dev) };
    0
}

/// Frees a coder and its buffer. Null is nothing to free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_midi_event_free(dev: *mut snd_midi_event_t) {
    // SAFETY: *object*, from `snd_midi_event_new`.
    if let Some(coder) = unsafe { dev.as_ref() } {
        // SAFETY: nobody uses it afterwards, also not what it has lent.
        unsafe { coder.buffer.free() };
    }
    // SAFETY: it is from `malloc` or null, and nobody uses it afterwards.
    unsafe { libc::free(dev.cast()) };
}

/// Changes the size of the buffer. With another size than before, a message that has begun
/// is forgotten, as by [`snd_midi_event_reset_encode`].
///
/// Returns 0, `-ENOMEM` without a change, or `-EINVAL` for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_midi_event_resize_buffer(
    dev: *mut snd_midi_event_t,
    bufsize: usize,
) -> c_int {
    // SAFETY: *object*, and it is written to.
    let Some(coder) = (unsafe { dev.as_mut() }) else {
        return -libc::EINVAL;
    };
    if bufsize == coder.buffer.size {
        return 0;
    }
    let buffer = match Buffer::new(bufsize) {
        Ok(buffer) => buffer,
        Err(errno) => return errno,
    };
    // SAFETY: nobody uses it afterwards, as the documentation of the lent pointer says.
    unsafe { coder.buffer.free() };
    coder.buffer = buffer;
    coder.reset_encode();
    0
}

/// Forgets the state of both directions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_midi_event_init(dev: *mut snd_midi_event_t) {
    // SAFETY: *object*, and it is written to.
    if let Some(coder) = unsafe { dev.as_mut() } {
        coder.reset_encode();
        coder.running = 0;
    }
}

/// Forgets a message that has begun and its running status: data bytes are dropped until a
/// status comes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_midi_event_reset_encode(dev: *mut snd_midi_event_t) {
    // SAFETY: *object*, and it is written to.
    if let Some(coder) = unsafe { dev.as_mut() } {
        coder.reset_encode();
    }
}

/// Makes the next message that is written begin with its status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_midi_event_reset_decode(dev: *mut snd_midi_event_t) {
    // SAFETY: *object*, and it is written to.
    if let Some(coder) = unsafe { dev.as_mut() } {
        coder.running = 0;
    }
}

/// Says whether messages are written without running status: with `on` other than 0, each
/// has its status. A new coder leaves out the status that is the same as before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_midi_event_no_status(dev: *mut snd_midi_event_t, on: c_int) {
    // SAFETY: *object*, and it is written to.
    if let Some(coder) = unsafe { dev.as_mut() } {
        coder.no_status = on != 0;
    }
}

/// Makes an event of the next of `count` bytes at `buf`.
///
/// Sets the event's type to `SND_SEQ_EVENT_NONE` first, and takes bytes until an event is
/// whole. Only the type, the kind of length and the message's data are written. The data
/// of a system-exclusive event is lent: it stays until the coder gets the next byte.
///
/// Returns how many bytes have been taken, or `-EINVAL` for null. The type tells whether
/// there is an event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_midi_event_encode(
    dev: *mut snd_midi_event_t,
    buf: *const c_uchar,
    count: c_long,
    ev: *mut snd_seq_event_t,
) -> c_long {
    // SAFETY: *object*, and it is written to.
    let Some(coder) = (unsafe { dev.as_mut() }) else {
        return -c_long::from(libc::EINVAL);
    };
    // SAFETY: *object*, and it is written to.
    let Some(event) = (unsafe { ev.as_mut() }) else {
        return -c_long::from(libc::EINVAL);
    };
    event.header.event_type = EVENT_NONE;
    if buf.is_null() && count > 0 {
        return -c_long::from(libc::EINVAL);
    }
    let mut next = buf;
    let mut taken = 0;
    while taken < count {
        // SAFETY: there are `count` bytes, and fewer have been taken.
        let byte = unsafe { next.read() };
        next = next.wrapping_add(1);
        taken = taken.wrapping_add(1);
        if coder.encode(byte, event) {
            break;
        }
    }
    taken
}

/// Takes one byte; see [`snd_midi_event_encode`]. Only the low eight bits of `c` count.
///
/// Returns 1 if the event is whole, 0 if not, or `-EINVAL` for null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_midi_event_encode_byte(
    dev: *mut snd_midi_event_t,
    c: c_int,
    ev: *mut snd_seq_event_t,
) -> c_int {
    // SAFETY: *object*, and it is written to.
    let Some(coder) = (unsafe { dev.as_mut() }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *object*, and it is written to.
    let Some(event) = (unsafe { ev.as_mut() }) else {
        return -libc::EINVAL;
    };
    let [byte, ..] = c.to_le_bytes();
    c_int::from(coder.encode(byte, event))
}

/// Makes bytes of an event, and writes them to the `count` bytes at `buf`.
///
/// The status of a channel message is left out if it is the one before's, unless
/// [`snd_midi_event_no_status`] says otherwise. Values are cut to the bits that they have
/// in MIDI. 14-bit controllers, NRPN and RPN become several control changes.
///
/// Returns how many bytes there are; `-ENOENT` for an event that is not a MIDI message;
/// `-ENOMEM` if there is not room for all bytes, as nowhere if `buf` is null; `-EINVAL`
/// for another null pointer, and for a system-exclusive event whose flags say that its
/// length is fixed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_midi_event_decode(
    dev: *mut snd_midi_event_t,
    buf: *mut c_uchar,
    count: c_long,
    ev: *const snd_seq_event_t,
) -> c_long {
    // SAFETY: *object*, and it is written to.
    let Some(coder) = (unsafe { dev.as_mut() }) else {
        return -c_long::from(libc::EINVAL);
    };
    // SAFETY: *object*. It is read first, so its bytes may be where the result goes.
    let Some(event) = (unsafe { ev.as_ref() }).copied() else {
        return -c_long::from(libc::EINVAL);
    };
    let room = match buf.is_null() {
        true => 0,
        false => count,
    };
    // SAFETY: there is room for `count` bytes (*result*), and *data*.
    unsafe { coder.decode(&event, buf, room) }
}
