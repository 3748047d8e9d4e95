//! Which MIDI a client speaks, and what the kernel converts for it.

use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::flags::ClientFilter;
use alsa_seq_kernel_abi::info as abi;
use nix::errno::Errno;

use crate::client::ClientControl;
use crate::error::{Error, Operation, Result, Subject};
use crate::io::errno;
use crate::ump::Group;
use crate::wire::Framing;

/// Which MIDI a client speaks.
///
/// The kernel converts between clients of different versions (unless
/// [`ClientControl::set_ump_conversion`] says otherwise), so everybody can be
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
    pub(super) const fn from_number(number: u32) -> Self {
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
    pub(crate) const fn framing(self) -> Framing {
        if self.is_ump() {
            Framing::Ump
        } else {
            Framing::Legacy
        }
    }
}

/// The UMP groups whose events a client receives. What it does not receive is
/// dropped without telling the sender.
///
/// Events that belong to no group are UMP packets of the types *utility* and
/// *stream*, and every event that is no UMP packet on its way to a port without
/// a group: so [`without_groupless`](Self::without_groupless) also keeps
/// announcements and echoes away.
///
/// ```
/// use alsa_seq::GroupFilter;
/// use alsa_seq::ump::Group;
///
/// let filter = GroupFilter::ALL.without(Group::new(3)?);
/// assert!(!filter.receives(Group::new(3)?));
/// assert!(filter.receives(Group::new(4)?) && filter.receives_groupless());
/// # Ok::<(), alsa_seq::ValueError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupFilter {
    /// As the kernel has it: a bit that is set keeps events away. Bit 0 is for
    /// those without a group.
    blocked: u32,
}

impl GroupFilter {
    /// Everything is received, as a client starts.
    pub const ALL: Self = Self { blocked: 0 };

    /// Nothing is received.
    pub const NOTHING: Self = Self { blocked: 0x1_ffff };

    const GROUPLESS: u32 = 1;

    pub(super) const fn of(info: &abi::ClientInfo) -> Self {
        Self {
            blocked: info.group_filter & Self::NOTHING.blocked,
        }
    }

    /// Events of this group are received, too.
    #[must_use]
    pub const fn with(self, group: Group) -> Self {
        Self {
            blocked: self.blocked & !bit(group),
        }
    }

    /// Events of this group are not received.
    ///
    /// The kernel did not know the last group, number 15, here until 2026, and
    /// lets its events pass.
    #[must_use]
    pub const fn without(self, group: Group) -> Self {
        Self {
            blocked: self.blocked | bit(group),
        }
    }

    /// Events without a group are received, too.
    #[must_use]
    pub const fn with_groupless(self) -> Self {
        Self {
            blocked: self.blocked & !Self::GROUPLESS,
        }
    }

    /// Events without a group are not received.
    #[must_use]
    pub const fn without_groupless(self) -> Self {
        Self {
            blocked: self.blocked | Self::GROUPLESS,
        }
    }

    /// Whether events of this group are received.
    pub const fn receives(self, group: Group) -> bool {
        self.blocked & bit(group) == 0
    }

    /// Whether events without a group are received.
    pub const fn receives_groupless(self) -> bool {
        self.blocked & Self::GROUPLESS == 0
    }
}

impl Default for GroupFilter {
    fn default() -> Self {
        Self::ALL
    }
}

const fn bit(group: Group) -> u32 {
    2 << group.get()
}

/// What the kernel does for this client with UMP.
impl ClientControl {
    /// Which MIDI this client speaks. That was decided when it was opened.
    pub const fn midi_version(&self) -> MidiVersion {
        self.midi_version
    }

    /// Whether the kernel converts what others send to the MIDI that this
    /// client speaks. It does, unless told otherwise. Without it a UMP client
    /// receives every event as it was sent, UMP or not, and a legacy client does
    /// not receive UMP events. Since Linux 6.5.
    ///
    /// # Errors
    /// `Unsupported` if the kernel has no UMP.
    #[doc(alias = "snd_seq_set_client_ump_conversion")]
    #[doc(alias = "snd_seq_client_info_set_ump_conversion")]
    pub fn set_ump_conversion(&self, on: bool) -> Result<()> {
        self.need_ump(Operation::SetClientInfo)?;
        self.set_info(|info| {
            info.filter.set(ClientFilter::NO_CONVERT, !on);
            Ok(())
        })
    }

    /// Receives events of these UMP groups alone. Since Linux 6.5.
    ///
    /// # Errors
    /// `Unsupported` if the kernel has no UMP.
    #[doc(alias = "snd_seq_client_info_set_ump_group_enabled")]
    #[doc(alias = "snd_seq_client_info_set_ump_groupless_enabled")]
    pub fn set_group_filter(&self, filter: GroupFilter) -> Result<()> {
        self.need_ump(Operation::SetClientInfo)?;
        self.set_info(|info| {
            info.group_filter = filter.blocked;
            Ok(())
        })
    }

    /// Fails with `Unsupported` on a kernel without UMP. Such a kernel would
    /// ignore some settings, and call others invalid; and its version does not
    /// tell, for UMP is a build option. It is asked, which changes nothing.
    pub(crate) fn need_ump(&self, operation: Operation) -> Result<()> {
        let mut own = abi::ClientUmpInfo::zeroed();
        own.client = i32::from(self.id.number());
        match self.fd.get_client_ump_info(&mut own) {
            Err(error) if error.raw() == Errno::ENOTTY as i32 => {
                Err(errno(operation)(error).about(Subject::Client(self.id)))
            }
            // It may be an error (of a legacy client), but a UMP kernel's.
            _ => Ok(()),
        }
    }

    /// Whether a client that was just opened speaks what it is to speak. If it
    /// did not, we would take records for what they are not.
    pub(super) fn check_midi_version(&self) -> Result<()> {
        let version = self.midi_version();
        if !version.is_ump() || self.info()?.midi_version() == version {
            return Ok(());
        }
        let message = "the kernel did not accept the MIDI version";
        Err(Error::failed(Operation::Open, message))
    }
}
