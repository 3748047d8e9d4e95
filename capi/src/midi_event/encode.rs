//! MIDI bytes to events.

use super::*;
use alsa_seq_kernel_abi::event::U32;

/// No data byte.
const NONE: u8 = 0xff;

/// An incomplete message, to which data bytes are added.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    /// Its status. The status of a channel message stays after the message is complete. [`RESET`],
    /// which never has data, means that data bytes are dropped.
    status: u8,
    /// The first of two data bytes, or [`NONE`].
    first: u8,
}

/// The effect of a byte on the incomplete message.
enum Step {
    /// The message is still incomplete, or no message has begun.
    More,
    /// The message is complete. The first data byte is [`NONE`] if it has only one.
    Whole { status: u8, first: u8, last: u8 },
    /// The byte is not part of a channel message.
    Other,
}

impl Open {
    pub(super) const NOTHING: Self = Self::new(RESET);

    const fn new(status: u8) -> Self {
        Self {
            status,
            first: NONE,
        }
    }

    /// Handles a byte of a channel message.
    #[inline]
    fn step(&mut self, byte: u8) -> Step {
        if byte >= FIRST_SYSTEM {
            return Step::Other;
        }
        if byte >= FIRST_STATUS {
            *self = Self::new(byte);
            return Step::More;
        }
        if self.status >= FIRST_SYSTEM {
            return Step::Other;
        }
        self.data(byte)
    }

    /// Handles a data byte of a message.
    #[inline]
    fn data(&mut self, byte: u8) -> Step {
        let Self { status, first } = *self;
        let one = matches!(status, PROGRAM..PITCH_BEND | QUARTER_FRAME | SONG_SELECT);
        if first == NONE && !one {
            self.first = byte;
            return Step::More;
        }
        self.first = NONE;
        Step::Whole {
            status,
            first,
            last: byte,
        }
    }
}

/// Gives an event this type and a fixed length.
#[inline]
fn fix(event: &mut Event, event_type: u8) {
    event.header.event_type = event_type;
    event.header.flags = event.header.flags.with_length(EventFlags::LENGTH_FIXED);
}

/// Returns the 14 bits of two data bytes, the low one first.
fn fourteen(first: u8, last: u8) -> i32 {
    i32::from(first) | i32::from(last) << 7
}

/// Writes the data of a complete message to an event, and changes nothing else.
#[inline]
fn put_message(event: &mut Event, status: u8, first: u8, last: u8) {
    if status >= CONTROL {
        return put_control(event, status, first, last);
    }
    fix(
        event,
        match status {
            KEY_PRESSURE.. => EVENT_KEYPRESS,
            NOTE_ON.. => EVENT_NOTEON,
            _ => EVENT_NOTEOFF,
        },
    );
    let [to_channel, to_note, to_velocity, ..] = &mut event.data;
    *to_channel = status & 0x0f;
    *to_note = first;
    *to_velocity = last;
}

/// Does the work of [`put_message`] for messages that are not notes.
#[inline]
fn put_control(event: &mut Event, status: u8, first: u8, last: u8) {
    let mut data: Ctrl = event.payload();
    let kind = match status {
        FIRST_SYSTEM.. => status,
        _ => {
            data.channel = status & 0x0f;
            status & 0xf0
        }
    };
    let (event_type, value) = match kind {
        CONTROL => {
            data.param = U32::new(first.into());
            (EVENT_CONTROLLER, last.into())
        }
        PROGRAM => (EVENT_PGMCHANGE, last.into()),
        CHANNEL_PRESSURE => (EVENT_CHANPRESS, last.into()),
        PITCH_BEND => (
            EVENT_PITCHBEND,
            fourteen(first, last).wrapping_sub(BEND_MIDDLE),
        ),
        QUARTER_FRAME => (EVENT_QFRAME, last.into()),
        SONG_POSITION => (EVENT_SONGPOS, fourteen(first, last)),
        SONG_SELECT => (EVENT_SONGSEL, last.into()),
        // The other messages have no data.
        _ => return,
    };
    data.value.set(value);
    event.set_payload(&data);
    fix(event, event_type);
}

impl snd_midi_event_t {
    /// Reads bytes until an event is complete. Returns their number.
    ///
    /// # Safety
    ///
    /// `count` bytes can be read.
    #[inline]
    pub(super) unsafe fn encode(
        &mut self,
        bytes: *const u8,
        count: usize,
        event: &mut Event,
    ) -> usize {
        let mut open = self.open;
        for taken in 0..count {
            // SAFETY: there are `count` bytes.
            let byte = unsafe { bytes.wrapping_add(taken).read() };
            match open.step(byte) {
                Step::More => {}
                Step::Whole {
                    status,
                    first,
                    last,
                } => {
                    self.open = open;
                    put_message(event, status, first, last);
                    return taken.wrapping_add(1);
                }
                Step::Other => {
                    self.open = open;
                    // SAFETY: there are `count` bytes.
                    return unsafe { self.encode_any(bytes, taken, count, event) };
                }
            }
        }
        self.open = open;
        count
    }

    /// Continues [`encode`](Self::encode). It is a separate function, because a function that calls
    /// others must save more registers.
    ///
    /// # Safety
    ///
    /// `count` bytes can be read.
    #[inline(never)]
    unsafe fn encode_any(
        &mut self,
        bytes: *const u8,
        mut taken: usize,
        count: usize,
        event: &mut Event,
    ) -> usize {
        while taken < count {
            // SAFETY: there are `count` bytes.
            let byte = unsafe { bytes.wrapping_add(taken).read() };
            taken = taken.wrapping_add(1);
            if self.encode_byte(byte, event) {
                break;
            }
        }
        taken
    }

    /// Handles a byte. Returns whether it completes the event.
    pub(super) fn encode_byte(&mut self, byte: u8, event: &mut Event) -> bool {
        let step = match self.open.step(byte) {
            Step::Other if byte >= FIRST_SYSTEM => return self.encode_system(byte, event),
            Step::Other => match self.open.status {
                SYSEX => return self.encode_sysex(byte, event),
                QUARTER_FRAME..=SONG_SELECT => self.open.data(byte),
                _ => Step::More,
            },
            step => step,
        };
        let Step::Whole {
            status,
            first,
            last,
        } = step
        else {
            return false;
        };
        if status >= FIRST_SYSTEM {
            self.open = Open::NOTHING;
        }
        put_message(event, status, first, last);
        true
    }

    /// Handles a status without a channel.
    fn encode_system(&mut self, byte: u8, event: &mut Event) -> bool {
        let event_type = match byte {
            SYSEX => {
                self.open = Open::new(SYSEX);
                self.used = 0;
                return self.encode_sysex(byte, event);
            }
            SYSEX_END if self.open.status == SYSEX => return self.encode_sysex(byte, event),
            QUARTER_FRAME..=SONG_SELECT => {
                self.open = Open::new(byte);
                return false;
            }
            TUNE_REQUEST => {
                self.open = Open::NOTHING;
                EVENT_TUNE_REQUEST
            }
            CLOCK => EVENT_CLOCK,
            START => EVENT_START,
            CONTINUE => EVENT_CONTINUE,
            STOP => EVENT_STOP,
            SENSING => EVENT_SENSING,
            RESET => EVENT_RESET,
            // These messages do not exist.
            0xf9 | 0xfd => EVENT_NONE,
            _ => {
                self.open = Open::NOTHING;
                return false;
            }
        };
        fix(event, event_type);
        event_type != EVENT_NONE
    }

    /// Handles a byte of a system-exclusive message. With the last byte, or when the buffer is
    /// full, the event gets a pointer to the buffer.
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
            self.open = Open::NOTHING;
        }
        true
    }

    /// Drops the incomplete message and its status.
    pub(super) fn reset_encode(&mut self) {
        self.open = Open::NOTHING;
        self.used = 0;
    }
}
