//! [`Encoder`], which converts events to bytes.

use super::message::Short;
use super::writer::{Writer, data7, data14};
use super::{BEND_CENTER, Message, controller, status};
use crate::value::check;
use crate::{EventData, EventType, ValueError};

/// The reason why an event cannot be converted to bytes.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// MIDI 1.0 has no message for events of this type.
    #[error("events of type {0} are no MIDI 1.0 messages")]
    NotMidi(EventType),
    /// The event is a Universal MIDI Packet, which must be converted first.
    #[error("a Universal MIDI Packet is no MIDI 1.0 message")]
    Ump,
    /// A note with a duration, which only a queue can end; see [`Notes`].
    #[error("a note with a duration is no single MIDI message")]
    Duration,
    /// A value is too large for the message. Values are never masked.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// The buffer is too small; nothing was written to it.
    #[error("the event needs {needed} bytes, and there is room for {available}")]
    NoRoom {
        /// The size of the encoded event.
        needed: usize,
        /// The size of the buffer.
        available: usize,
    },
}

debug_as_display!(EncodeError);

/// The treatment of notes with a duration ([`EventData::Note`]).
///
/// MIDI bytes have only the two ends of a note. To wait between them, split the note
/// yourself: send a note-on now, and after its duration a note-off with its
/// `off_velocity`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Notes {
    /// Refuses them: [`EncodeError::Duration`].
    #[default]
    Refuse,
    /// Converts them to a note-on, directly followed by the note-off.
    OnAndOff,
}

/// Converts events to MIDI 1.0 bytes.
///
/// Use one encoder for each stream, because of running status: a channel message leaves
/// out its status byte if that is the same as the one before. Running status is off by
/// default. [The module](super) lists all cases.
///
/// ```
/// use alsa_seq::midi::Encoder;
/// use alsa_seq::EventData;
///
/// let mut encoder = Encoder::new();
/// // Pitch bend range (RPN 0): two semitones.
/// let range = EventData::rpn(0, 0, 2 << 7)?;
/// assert_eq!(
///     *encoder.encode(&range)?,
///     [0xb0, 101, 0, 0xb0, 100, 0, 0xb0, 6, 2, 0xb0, 38, 0],
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[doc(alias = "snd_midi_event_t")]
#[doc(alias = "snd_midi_event_decode")]
pub struct Encoder {
    /// The receiver's running status.
    running: Option<u8>,
    leave_out: bool,
    notes: Notes,
}

impl Encoder {
    /// Makes an encoder for the start of a stream. It does not use running status, and
    /// refuses notes with a duration.
    pub const fn new() -> Self {
        Self {
            running: None,
            leave_out: false,
            notes: Notes::Refuse,
        }
    }

    /// Sets whether to leave out status bytes that are the same as before.
    #[doc(alias = "snd_midi_event_no_status")]
    #[must_use]
    pub const fn with_running_status(mut self, on: bool) -> Self {
        self.leave_out = on;
        self
    }

    /// Sets the treatment of notes with a duration.
    #[must_use]
    pub const fn with_notes(mut self, notes: Notes) -> Self {
        self.notes = notes;
        self
    }

    /// Forgets the running status: the next status byte is always written, as for a
    /// receiver that was just plugged in.
    #[doc(alias = "snd_midi_event_reset_decode")]
    pub const fn reset(&mut self) {
        self.running = None;
    }

    /// Returns the bytes of an event: at most 12 bytes by value, or the bytes of a sysex
    /// event, borrowed. Sysex bytes are not checked.
    ///
    /// # Errors
    /// If the event is not a MIDI 1.0 message, or a value is out of range. The encoder is
    /// then unchanged.
    #[inline]
    pub fn encode<'e>(&mut self, data: &EventData<'e>) -> Result<Message<'e>, EncodeError> {
        let Some((bytes, len)) = self.short(data) else {
            return self.encode_any(*data);
        };
        let [status, first, second] = bytes;
        self.running = Some(status);
        let short = match len {
            2 => Short::of([first, second, 0], 2),
            _ => Short::of(bytes, 3),
        };
        Ok(short.into())
    }

    #[inline(never)]
    fn encode_any<'e>(&mut self, data: EventData<'e>) -> Result<Message<'e>, EncodeError> {
        let (message, running) = self.encode_after(data)?;
        self.running = running;
        Ok(message)
    }

    /// Writes the bytes of an event to the start of `buffer`, and returns their number.
    ///
    /// ```
    /// use alsa_seq::midi::{EncodeError, Encoder};
    /// use alsa_seq::EventData;
    ///
    /// let mut encoder = Encoder::new();
    /// let position = EventData::SongPosition { beats: 300 };
    /// let error = encoder.encode_into(&position, &mut [0; 2]);
    /// assert_eq!(error, Err(EncodeError::NoRoom { needed: 3, available: 2 }));
    /// let mut buffer = [0; 3];
    /// assert_eq!(encoder.encode_into(&position, &mut buffer), Ok(3));
    /// assert_eq!(buffer, [0xf2, 44, 2]);
    /// ```
    ///
    /// # Errors
    /// The errors of [`Encoder::encode`], and [`EncodeError::NoRoom`] if the buffer is
    /// too small. Buffer and encoder are then unchanged.
    #[inline]
    pub fn encode_into(
        &mut self,
        data: &EventData<'_>,
        buffer: &mut [u8],
    ) -> Result<usize, EncodeError> {
        if let Some((bytes, len)) = self.short(data) {
            let [status, first, second] = bytes;
            match (len, &mut *buffer) {
                (2, [one, two, ..]) => (*one, *two) = (first, second),
                (3, [one, two, three, ..]) => (*one, *two, *three) = (status, first, second),
                _ => {
                    let (needed, available) = (len, buffer.len());
                    return Err(EncodeError::NoRoom { needed, available });
                }
            }
            self.running = Some(status);
            return Ok(len);
        }
        let (message, running) = self.encode_after(*data)?;
        let (needed, available) = (message.len(), buffer.len());
        buffer
            .get_mut(..needed)
            .ok_or(EncodeError::NoRoom { needed, available })?
            .copy_from_slice(&message);
        self.running = running;
        Ok(needed)
    }

    /// The fast path for nearly all events, if every value is in range. Returns a status
    /// and two data bytes, and how many of the three to write: the last two or all. An
    /// event takes 45 instructions here, and 173 by `encode_after`.
    #[inline(always)]
    fn short(&self, data: &EventData<'_>) -> Option<([u8; 3], usize)> {
        let bytes = three_bytes(data)?;
        let [status, ..] = bytes;
        let held = self.leave_out && self.running == Some(status);
        Some((bytes, if held { 2 } else { 3 }))
    }

    /// Returns the number of bytes that the event would have now.
    ///
    /// # Errors
    /// The errors of [`Encoder::encode`].
    pub fn encoded_len(&self, data: &EventData<'_>) -> Result<usize, EncodeError> {
        Ok(self.encode_after(*data)?.0.len())
    }

    /// The event's bytes, and the receiver's running status after them.
    fn encode_after<'e>(
        &self,
        data: EventData<'e>,
    ) -> Result<(Message<'e>, Option<u8>), EncodeError> {
        use EventData as Data;

        let mut out = Writer {
            short: Short::default(),
            running: self.running,
            leave_out: self.leave_out,
        };
        match data {
            Data::NoteOff {
                channel,
                note,
                velocity,
            } => out.key(status::NOTE_OFF, channel, note, ("velocity", velocity))?,
            Data::NoteOn {
                channel,
                note,
                velocity,
            } => out.key(status::NOTE_ON, channel, note, ("velocity", velocity))?,
            Data::KeyPressure {
                channel,
                note,
                pressure,
            } => out.key(status::KEY_PRESSURE, channel, note, ("pressure", pressure))?,
            Data::Note {
                channel,
                note,
                velocity,
                off_velocity,
                duration: _,
            } => match self.notes {
                Notes::Refuse => return Err(EncodeError::Duration),
                Notes::OnAndOff => {
                    out.key(status::NOTE_ON, channel, note, ("velocity", velocity))?;
                    out.key(status::NOTE_OFF, channel, note, ("velocity", off_velocity))?;
                }
            },
            Data::Control14Bit {
                channel,
                controller,
                value,
            } if controller < 32 => {
                let msb = data7("controller", controller)?;
                let value = data14("value", value)?;
                out.controllers(channel, [(msb, value.msb), (msb | 32, value.lsb)])?;
            }
            Data::ControlChange {
                channel,
                controller,
                value,
            }
            | Data::Control14Bit {
                channel,
                controller,
                value,
            } => {
                let controller = data7("controller", controller)?;
                out.controllers(channel, [(controller, data7("value", value)?)])?;
            }
            Data::Rpn {
                channel,
                parameter,
                value,
            } => {
                let numbers = (controller::RPN_MSB, controller::RPN_LSB);
                out.parameter(numbers, channel, parameter, value)?;
            }
            Data::Nrpn {
                channel,
                parameter,
                value,
            } => {
                let numbers = (controller::NRPN_MSB, controller::NRPN_LSB);
                out.parameter(numbers, channel, parameter, value)?;
            }
            Data::ProgramChange { channel, program } => {
                let program = data7("program", program)?;
                out.channel(status::PROGRAM_CHANGE, channel, &[program])?;
            }
            Data::ChannelPressure { channel, pressure } => {
                let pressure = data7("pressure", pressure)?;
                out.channel(status::CHANNEL_PRESSURE, channel, &[pressure])?;
            }
            Data::PitchBend { channel, bend } => {
                let bend = check("pitch bend", bend, -8192, 8191)?;
                let wide = data14("pitch bend", bend + BEND_CENTER)?;
                out.channel(status::PITCH_BEND, channel, &[wide.lsb, wide.msb])?;
            }
            Data::QuarterFrame { value } => {
                out.common(status::QUARTER_FRAME, &[data7("quarter frame", value)?]);
            }
            Data::SongPosition { beats } => {
                let wide = data14("song position", beats)?;
                out.common(status::SONG_POSITION, &[wide.lsb, wide.msb]);
            }
            Data::SongSelect { song } => {
                out.common(status::SONG_SELECT, &[data7("song", song)?]);
            }
            Data::TuneRequest => out.common(status::TUNE_REQUEST, &[]),
            Data::Clock(_) => out.short.push(status::CLOCK),
            Data::Start(_) => out.short.push(status::START),
            Data::Continue(_) => out.short.push(status::CONTINUE),
            Data::Stop(_) => out.short.push(status::STOP),
            Data::ActiveSensing => out.short.push(status::ACTIVE_SENSING),
            Data::Reset => out.short.push(status::RESET),
            Data::Sysex(bytes) => {
                let running = if bytes.is_empty() { self.running } else { None };
                return Ok((Message::from(bytes), running));
            }
            Data::Ump(_) => return Err(EncodeError::Ump),
            other => return Err(EncodeError::NotMidi(other.event_type())),
        }
        Ok((out.short.into(), out.running))
    }
}

/// The bytes of the most frequent events, if every value is in range. The result is the
/// same as that of [`Encoder::encode`], with fewer steps.
#[inline(always)]
fn three_bytes(data: &EventData<'_>) -> Option<[u8; 3]> {
    let (kind, channel, first, second) = match *data {
        EventData::NoteOn {
            channel,
            note,
            velocity,
        } => (status::NOTE_ON, channel, note, velocity),
        EventData::NoteOff {
            channel,
            note,
            velocity,
        } => (status::NOTE_OFF, channel, note, velocity),
        EventData::ControlChange {
            channel,
            controller,
            value,
        } => (
            status::CONTROL_CHANGE,
            channel,
            u8::try_from(controller).ok()?,
            u8::try_from(value).ok()?,
        ),
        _ => return None,
    };
    let in_range = channel < 16 && (first | second) < 128;
    in_range.then_some([kind | channel, first, second])
}
