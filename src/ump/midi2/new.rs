//! Constructors, with range checks.

use super::{Attribute, Bank, Midi2};
use crate::ValueError;
use crate::ump::U7;

fn note_number(note: u8) -> Result<U7, ValueError> {
    U7::named("note", note)
}

fn parameter(bank: u8, index: u8) -> Result<(U7, U7), ValueError> {
    Ok((U7::named("bank", bank)?, U7::named("index", index)?))
}

impl Midi2 {
    /// A key goes up.
    ///
    /// # Errors
    /// If the note is not 0 to 127.
    pub fn note_off(note: u8, velocity: u16) -> Result<Self, ValueError> {
        Ok(Self::NoteOff {
            note: note_number(note)?,
            velocity,
            attribute: Attribute::NONE,
        })
    }

    /// A key goes down.
    ///
    /// # Errors
    /// If the note is not 0 to 127.
    pub fn note_on(note: u8, velocity: u16) -> Result<Self, ValueError> {
        Ok(Self::NoteOn {
            note: note_number(note)?,
            velocity,
            attribute: Attribute::NONE,
        })
    }

    /// Pressure on one key.
    ///
    /// # Errors
    /// If the note is not 0 to 127.
    pub fn poly_pressure(note: u8, pressure: u32) -> Result<Self, ValueError> {
        Ok(Self::PolyPressure {
            note: note_number(note)?,
            pressure,
        })
    }

    /// A controller of one key, defined by the specification.
    ///
    /// # Errors
    /// If the note is not 0 to 127.
    pub fn registered_per_note(note: u8, controller: u8, value: u32) -> Result<Self, ValueError> {
        Ok(Self::RegisteredPerNote {
            note: note_number(note)?,
            controller,
            value,
        })
    }

    /// A controller of one key, defined by the device.
    ///
    /// # Errors
    /// If the note is not 0 to 127.
    pub fn assignable_per_note(note: u8, controller: u8, value: u32) -> Result<Self, ValueError> {
        Ok(Self::AssignablePerNote {
            note: note_number(note)?,
            controller,
            value,
        })
    }

    /// Changes how the controllers of one key work.
    ///
    /// # Errors
    /// If the note is not 0 to 127.
    pub fn per_note_management(note: u8, detach: bool, reset: bool) -> Result<Self, ValueError> {
        Ok(Self::PerNoteManagement {
            note: note_number(note)?,
            detach,
            reset,
        })
    }

    /// Pitch bend of one key; `0x8000_0000` is no bend.
    ///
    /// # Errors
    /// If the note is not 0 to 127.
    pub fn per_note_pitch_bend(note: u8, bend: u32) -> Result<Self, ValueError> {
        Ok(Self::PerNotePitchBend {
            note: note_number(note)?,
            bend,
        })
    }

    /// A controller changes.
    ///
    /// # Errors
    /// If the number is not 0 to 127.
    pub fn control_change(controller: u8, value: u32) -> Result<Self, ValueError> {
        Ok(Self::ControlChange {
            controller: U7::named("controller", controller)?,
            value,
        })
    }

    /// A registered controller.
    ///
    /// # Errors
    /// If bank or index is not 0 to 127.
    pub fn rpn(bank: u8, index: u8, value: u32) -> Result<Self, ValueError> {
        let (bank, index) = parameter(bank, index)?;
        Ok(Self::Rpn { bank, index, value })
    }

    /// An assignable controller.
    ///
    /// # Errors
    /// If bank or index is not 0 to 127.
    pub fn nrpn(bank: u8, index: u8, value: u32) -> Result<Self, ValueError> {
        let (bank, index) = parameter(bank, index)?;
        Ok(Self::Nrpn { bank, index, value })
    }

    /// A relative change of a registered controller.
    ///
    /// # Errors
    /// If bank or index is not 0 to 127.
    pub fn relative_rpn(bank: u8, index: u8, change: i32) -> Result<Self, ValueError> {
        let (bank, index) = parameter(bank, index)?;
        Ok(Self::RelativeRpn {
            bank,
            index,
            change,
        })
    }

    /// A relative change of an assignable controller.
    ///
    /// # Errors
    /// If bank or index is not 0 to 127.
    pub fn relative_nrpn(bank: u8, index: u8, change: i32) -> Result<Self, ValueError> {
        let (bank, index) = parameter(bank, index)?;
        Ok(Self::RelativeNrpn {
            bank,
            index,
            change,
        })
    }

    /// The channel changes to another program.
    ///
    /// # Errors
    /// If the program is not 0 to 127.
    pub fn program_change(program: u8, bank: Option<Bank>) -> Result<Self, ValueError> {
        Ok(Self::ProgramChange {
            program: U7::named("program", program)?,
            bank,
        })
    }
}
