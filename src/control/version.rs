//! Which MIDI a client speaks.

use alsa_seq_kernel_abi::consts;

use crate::wire::Framing;

/// Which MIDI a client speaks.
///
/// The kernel converts between clients of different versions (unless
/// [`ClientControl::set_ump_conversion`](crate::ClientControl::set_ump_conversion) says otherwise), so everybody can be
/// connected to everybody. The [`ump`](crate::ump) module tells what is lost on
/// the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum MidiVersion {
    /// MIDI 1.0 in events of the sequencer's own: notes, controllers,
    /// system-exclusive bytes. Every kernel has it.
    #[default]
    #[doc(alias = "SND_SEQ_CLIENT_LEGACY_MIDI")]
    Legacy,
    /// Universal MIDI Packets, with MIDI 1.0 in them. Since Linux 6.5, if it is
    /// built with UMP.
    #[doc(alias = "SND_SEQ_CLIENT_UMP_MIDI_1_0")]
    Ump1,
    /// Universal MIDI Packets, with MIDI 2.0 in them: 16-bit velocities, 32-bit
    /// controllers, per-note controllers. Since Linux 6.5, if it is built with
    /// UMP.
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

    /// A number from the future counts as the newest version that is known.
    pub(crate) const fn from_number(number: u32) -> Self {
        match number {
            consts::CLIENT_LEGACY_MIDI => Self::Legacy,
            consts::CLIENT_UMP_MIDI_1_0 => Self::Ump1,
            _ => Self::Ump2,
        }
    }

    /// Whether such a client sends and receives Universal MIDI Packets.
    pub const fn is_ump(self) -> bool {
        !matches!(self, Self::Legacy)
    }

    /// How the kernel frames what such a client reads. This is the one place
    /// that knows.
    pub(super) const fn framing(self) -> Framing {
        if self.is_ump() {
            Framing::Ump
        } else {
            Framing::Legacy
        }
    }
}
