//! What the reassemblers of both kinds of MIDI say of a message.

/// Why a message did not become whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Its sender began another one.
    Restarted,
    /// This status byte is in it.
    Interrupted(u8),
    /// It is longer than the limit.
    TooLong,
    /// Too many others have messages under way.
    Displaced,
    /// [`Reassembler::remove`](crate::sysex::Reassembler::remove) was asked to.
    Removed,
}
