//! The version of MIDI of a client.

use alsa_seq_kernel_abi::consts;

use crate::wire::Framing;

/// The version of MIDI of a client.
///
/// The kernel converts events between clients of different versions (unless
/// [`ClientControl::set_ump_conversion`](crate::ClientControl::set_ump_conversion) turns
/// that off). So clients of all versions can be connected. The [`ump`](crate::ump) module
/// lists the information that a conversion loses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MidiVersion {
    /// MIDI 1.0 in the sequencer's own events: notes, controllers, system-exclusive
    /// bytes. Every kernel supports it.
    #[default]
    #[doc(alias = "SND_SEQ_CLIENT_LEGACY_MIDI")]
    Legacy,
    /// Universal MIDI Packets with MIDI 1.0 in them. Since Linux 6.5, if it is built with
    /// UMP.
    #[doc(alias = "SND_SEQ_CLIENT_UMP_MIDI_1_0")]
    Ump1,
    /// Universal MIDI Packets with MIDI 2.0 in them: 16-bit velocities, 32-bit
    /// controllers, per-note controllers. Since Linux 6.5, if it is built with UMP.
    #[doc(alias = "SND_SEQ_CLIENT_UMP_MIDI_2_0")]
    Ump2,
}

impl MidiVersion {
    /// The kernel's number: 0, 1 or 2.
    pub const fn number(self) -> u32 {
        match self {
            Self::Legacy => consts::CLIENT_LEGACY_MIDI,
            Self::Ump1 => consts::CLIENT_UMP_MIDI_1_0,
            Self::Ump2 => consts::CLIENT_UMP_MIDI_2_0,
        }
    }

    /// A larger number of a future kernel counts as the newest known version.
    pub(crate) const fn from_number(number: u32) -> Self {
        match number {
            consts::CLIENT_LEGACY_MIDI => Self::Legacy,
            consts::CLIENT_UMP_MIDI_1_0 => Self::Ump1,
            _ => Self::Ump2,
        }
    }

    /// Returns whether clients of this version use Universal MIDI Packets.
    pub const fn is_ump(self) -> bool {
        !matches!(self, Self::Legacy)
    }

    /// The framing of the records that such a client reads. No other code chooses it.
    pub(super) const fn framing(self) -> Framing {
        if self.is_ump() {
            Framing::Ump
        } else {
            Framing::Legacy
        }
    }
}
