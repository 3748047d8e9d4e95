//! Constructors of event data that check MIDI's ranges, and types that several events
//! share.

use super::EventData;
use crate::ValueError;
use crate::value::{channel, check, data7};

/// The number of one of `N` event types for private use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserNumber<const N: u8>(pub(super) u8);

impl<const N: u8> UserNumber<N> {
    /// Makes number `number`, from 0.
    ///
    /// # Errors
    /// If `number` is not less than `N`.
    #[inline]
    pub fn new(number: u8) -> Result<Self, ValueError> {
        Ok(Self(check("user event", number, 0, i64::from(N) - 1)?))
    }

    /// The number.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// The twelve data bytes of an event without a defined meaning.
pub type RawData = [u8; 12];

/// Constructors of channel messages, with checks of MIDI's ranges. The functions of the
/// same names of [`Event`](crate::Event) make whole events.
impl EventData<'_> {
    /// A key goes down.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or note or velocity is not 0 to 127.
    #[inline]
    pub fn note_on(channel_number: u8, note: u8, velocity: u8) -> Result<Self, ValueError> {
        Ok(Self::NoteOn {
            channel: channel(channel_number)?,
            note: data7("note", note)?,
            velocity: data7("velocity", velocity)?,
        })
    }

    /// A key goes up.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or note or velocity is not 0 to 127.
    #[inline]
    pub fn note_off(channel_number: u8, note: u8, velocity: u8) -> Result<Self, ValueError> {
        Ok(Self::NoteOff {
            channel: channel(channel_number)?,
            note: data7("note", note)?,
            velocity: data7("velocity", velocity)?,
        })
    }

    /// Pressure on one key.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or note or pressure is not 0 to 127.
    #[inline]
    pub fn key_pressure(channel_number: u8, note: u8, pressure: u8) -> Result<Self, ValueError> {
        Ok(Self::KeyPressure {
            channel: channel(channel_number)?,
            note: data7("note", note)?,
            pressure: data7("pressure", pressure)?,
        })
    }

    /// A controller changes.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or number or value is not 0 to 127.
    #[inline]
    pub fn control_change(
        channel_number: u8,
        controller: u8,
        value: u8,
    ) -> Result<Self, ValueError> {
        Ok(Self::ControlChange {
            channel: channel(channel_number)?,
            controller: data7("controller", controller)?.into(),
            value: data7("value", value)?.into(),
        })
    }

    /// A controller 0 to 31 with a 14-bit value. In MIDI bytes it is a pair of
    /// controllers: the MSB, and the LSB with a number 32 higher.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, the number not 0 to 31, or the value not
    /// 0 to 16383.
    #[inline]
    pub fn control_14bit(
        channel_number: u8,
        controller: u8,
        value: u16,
    ) -> Result<Self, ValueError> {
        Ok(Self::Control14Bit {
            channel: channel(channel_number)?,
            controller: check("controller", controller, 0, 31)?.into(),
            value: check("value", value, 0, 0x3fff)?.into(),
        })
    }

    /// A registered parameter with a 14-bit value.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or number or value is not 0 to 16383.
    #[inline]
    pub fn rpn(channel_number: u8, parameter: u16, value: u16) -> Result<Self, ValueError> {
        Ok(Self::Rpn {
            channel: channel(channel_number)?,
            parameter: check("parameter", parameter, 0, 0x3fff)?.into(),
            value: check("value", value, 0, 0x3fff)?.into(),
        })
    }

    /// A non-registered parameter with a 14-bit value.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or number or value is not 0 to 16383.
    #[inline]
    pub fn nrpn(channel_number: u8, parameter: u16, value: u16) -> Result<Self, ValueError> {
        Ok(Self::Nrpn {
            channel: channel(channel_number)?,
            parameter: check("parameter", parameter, 0, 0x3fff)?.into(),
            value: check("value", value, 0, 0x3fff)?.into(),
        })
    }

    /// A channel changes to another program.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or the program is not 0 to 127.
    #[inline]
    pub fn program_change(channel_number: u8, program: u8) -> Result<Self, ValueError> {
        Ok(Self::ProgramChange {
            channel: channel(channel_number)?,
            program: data7("program", program)?.into(),
        })
    }

    /// Pressure on a channel.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or the pressure is not 0 to 127.
    #[inline]
    pub fn channel_pressure(channel_number: u8, pressure: u8) -> Result<Self, ValueError> {
        Ok(Self::ChannelPressure {
            channel: channel(channel_number)?,
            pressure: data7("pressure", pressure)?.into(),
        })
    }

    /// Pitch bend of a channel: -8192 to 8191; 0 is no bend.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or the bend is out of range.
    #[inline]
    pub fn pitch_bend(channel_number: u8, bend: i16) -> Result<Self, ValueError> {
        Ok(Self::PitchBend {
            channel: channel(channel_number)?,
            bend: check("pitch bend", bend, -8192, 8191)?.into(),
        })
    }
}
