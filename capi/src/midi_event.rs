//! `snd_midi_event_t`: MIDI bytes to events, and events to MIDI bytes.
//!
//! It is a coder of its own, because C programs rely on the behaviour of libasound's: no
//! value is out of range (its upper bits are cut off), bytes outside of a message
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
use alsa_seq_kernel_abi::event::{Ctrl, Event, Ext, Usize};
use alsa_seq_kernel_abi::flags::EventFlags;
use core::ffi::{c_int, c_long, c_uchar};
use core::ptr;

mod decode;
mod encode;

use encode::Open;

/// Status of a system-exclusive message.
const SYSEX: u8 = 0xf0;
/// Status of the end of a system-exclusive message.
const SYSEX_END: u8 = 0xf7;
/// The lowest status of a message without a channel.
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

/// The middle of the 14 bits of a pitch bend. It is 0 in an event.
const BEND_MIDDLE: i32 = 0x2000;

/// A coder. Each direction has separate state.
///
/// Only one thread at a time may use it (*object*).
#[allow(non_camel_case_types, reason = "a C name")]
#[derive(Debug)]
pub struct snd_midi_event_t {
    /// The buffer for a system-exclusive message, or a piece of one.
    buffer: Buffer,
    /// The number of its bytes. Always below the buffer's size, or 0.
    used: usize,
    /// The incomplete message that becomes an event.
    open: Open,
    /// The last written status. 0 if it must be written again.
    running: u8,
    /// Whether each message is written with its status.
    no_status: bool,
}

/// Makes a coder with a buffer of `bufsize` bytes, and puts its address into `*rdev`, null on
/// failure.
///
/// The buffer is for system-exclusive messages that become events. A longer message arrives in
/// pieces of this size. A buffer of 0 bytes still holds one byte.
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
        open: Open::NOTHING,
        running: 0,
        no_status: false,
    };
    // SAFETY: the memory is large enough, and aligned for any type of C's.
    unsafe { dev.write(value) };
    // SAFETY: *result*.
    unsafe { rdev.write(dev) };
    0
}

/// Frees a coder and its buffer. Null is ignored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_midi_event_free(dev: *mut snd_midi_event_t) {
    // SAFETY: *object*, from `snd_midi_event_new`.
    if let Some(coder) = unsafe { dev.as_ref() } {
        // SAFETY: nothing uses it or its loans afterwards.
        unsafe { coder.buffer.free() };
    }
    // SAFETY: it is from `malloc` or null, and nobody uses it afterwards.
    unsafe { libc::free(dev.cast()) };
}

/// Changes the size of the buffer. If the size changes, an incomplete message is dropped, as by
/// [`snd_midi_event_reset_encode`].
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

/// Resets the state of both directions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_midi_event_init(dev: *mut snd_midi_event_t) {
    // SAFETY: *object*, and it is written to.
    if let Some(coder) = unsafe { dev.as_mut() } {
        coder.reset_encode();
        coder.running = 0;
    }
}

/// Drops an incomplete message and its running status: data bytes are dropped until the next
/// status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_midi_event_reset_encode(dev: *mut snd_midi_event_t) {
    // SAFETY: *object*, and it is written to.
    if let Some(coder) = unsafe { dev.as_mut() } {
        coder.reset_encode();
    }
}

/// Makes the next written message begin with its status.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_midi_event_reset_decode(dev: *mut snd_midi_event_t) {
    // SAFETY: *object*, and it is written to.
    if let Some(coder) = unsafe { dev.as_mut() } {
        coder.running = 0;
    }
}

/// Switches running status off or on for written messages: with `on` other than 0, each message has
/// its status. A new coder leaves out a status that equals the previous one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_midi_event_no_status(dev: *mut snd_midi_event_t, on: c_int) {
    // SAFETY: *object*, and it is written to.
    if let Some(coder) = unsafe { dev.as_mut() } {
        coder.no_status = on != 0;
    }
}

/// Makes an event of the next of `count` bytes at `buf`.
///
/// First sets the event's type to `SND_SEQ_EVENT_NONE`. Then reads bytes until an event is
/// complete. Writes only the type, the kind of length and the message's data. The data of a
/// system-exclusive event is in the coder, until the coder gets the next byte.
///
/// Returns the number of bytes that were read, or `-EINVAL` for null. The type shows whether an
/// event is complete.
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
    let count = match usize::try_from(count) {
        Ok(count @ 1..) => count,
        _ => return 0,
    };
    if buf.is_null() {
        return -c_long::from(libc::EINVAL);
    }
    // SAFETY: there are `count` bytes.
    let taken = unsafe { coder.encode(buf, count, event) };
    // At most `count`.
    c_long::try_from(taken).unwrap_or(c_long::MAX)
}

/// Reads one byte; see [`snd_midi_event_encode`]. Uses only the low eight bits of `c`.
///
/// Returns 1 if the event is complete, 0 if not, or `-EINVAL` for null.
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
    c_int::from(coder.encode_byte(byte, event))
}

/// Makes bytes of an event, and writes them to the `count` bytes at `buf`.
///
/// Leaves out the status of a channel message that equals the previous status, unless
/// [`snd_midi_event_no_status`] has switched that off. Cuts values to their bits in MIDI. A 14-bit
/// controller, NRPN or RPN becomes several control changes.
///
/// Returns the number of bytes; `-ENOENT` for an event that is not a MIDI message; `-ENOMEM` if
/// `buf` has no room for all bytes, or is null; `-EINVAL` for another null pointer, and for a
/// system-exclusive event whose flags state a fixed length.
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
    if ev.is_null() {
        return -c_long::from(libc::EINVAL);
    }
    let room = match buf.is_null() {
        true => 0,
        false => count,
    };
    // SAFETY: there is room for `count` bytes (*result*); *object*, *data*.
    unsafe { coder.decode(ev, buf, room) }
}
