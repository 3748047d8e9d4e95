//! Writes the bytes of a message, with checks of their values.

use super::message::Short;
use super::{controller, status};
use crate::ValueError;
use crate::value::check;

/// The bytes of one event so far.
pub(super) struct Writer {
    pub(super) short: Short,
    /// The receiver's running status.
    pub(super) running: Option<u8>,
    pub(super) leave_out: bool,
}

impl Writer {
    /// Writes a channel message whose data was already checked.
    pub(super) fn channel(&mut self, kind: u8, channel: u8, data: &[u8]) -> Result<(), ValueError> {
        let status = Some(kind | check("channel", channel, 0, 15)?);
        if !self.leave_out || self.running != status {
            status.into_iter().for_each(|byte| self.short.push(byte));
        }
        self.running = status;
        data.iter().for_each(|byte| self.short.push(*byte));
        Ok(())
    }

    pub(super) fn key(
        &mut self,
        kind: u8,
        channel: u8,
        note: u8,
        (what, value): (&'static str, u8),
    ) -> Result<(), ValueError> {
        let data = [data7("note", note)?, data7(what, value)?];
        self.channel(kind, channel, &data)
    }

    pub(super) fn controllers<const N: usize>(
        &mut self,
        channel: u8,
        pairs: [(u8, u8); N],
    ) -> Result<(), ValueError> {
        pairs.into_iter().try_for_each(|(controller, value)| {
            self.channel(status::CONTROL_CHANGE, channel, &[controller, value])
        })
    }

    /// Writes a parameter, with its number in these two controllers.
    pub(super) fn parameter(
        &mut self,
        (msb, lsb): (u8, u8),
        channel: u8,
        parameter: u32,
        value: i32,
    ) -> Result<(), ValueError> {
        let number = data14("parameter", parameter)?;
        let value = data14("value", value)?;
        self.controllers(
            channel,
            [
                (msb, number.msb),
                (lsb, number.lsb),
                (controller::DATA_MSB, value.msb),
                (controller::DATA_LSB, value.lsb),
            ],
        )
    }

    /// Writes a system common message, which ends running status.
    pub(super) fn common(&mut self, status: u8, data: &[u8]) {
        self.running = None;
        self.short.push(status);
        data.iter().for_each(|byte| self.short.push(*byte));
    }
}

/// A value of fourteen bits, as its two halves.
pub(super) struct Wide {
    pub(super) msb: u8,
    pub(super) lsb: u8,
}

pub(super) fn data7<T: Copy + Into<i64>>(what: &'static str, value: T) -> Result<u8, ValueError> {
    let value = value.into();
    match u8::try_from(value) {
        Ok(small) if small < 0x80 => Ok(small),
        _ => Err(ValueError::new(what, value, 0, 0x7f)),
    }
}

pub(super) fn data14<T: Copy + Into<i64>>(
    what: &'static str,
    value: T,
) -> Result<Wide, ValueError> {
    let value = check(what, value.into(), 0, 0x3fff)?;
    Ok(Wide {
        msb: data7(what, value >> 7)?,
        lsb: data7(what, value & 0x7f)?,
    })
}
