//! The reasons that the reassemblers of both kinds of MIDI give for an incomplete
//! message.

/// The reason why a message is incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Its sender began another message.
    Restarted,
    /// It contains this status byte.
    Interrupted(u8),
    /// It is longer than the limit.
    TooLong,
    /// Too many other senders have unfinished messages.
    Displaced,
    /// [`Reassembler::remove`](crate::sysex::Reassembler::remove) removed it.
    Removed,
}
