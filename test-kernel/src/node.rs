//! The sequencer's node, `/dev/snd/seq`, as programs meet it on machines where something is
//! amiss.

use std::fmt;
use std::str::FromStr;

/// Where it is.
pub(crate) const PATH: &str = "/dev/snd/seq";

/// The numbers by which the kernel knows it.
pub(crate) const MAJOR: u64 = 116;
pub(crate) const MINOR: u64 = 1;

/// Precedes it in the arguments of the guest's init.
const ARGUMENT: &str = "node=";

/// Without these the kernel has no sequencer, though it was built with one: the sequencer
/// itself, and the drivers that would use it.
const DRIVER: &str = "initcall_blacklist=alsa_seq_init,alsa_seq_dummy_init,seq_midisynth_init,\
                      seq_midi_init,alsa_seq_midi_init,seq_ump_driver_init,alsa_card_virmidi_init";

/// What is amiss with the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// It has this mode. Root opens it whatever its mode is.
    Mode(u32),
    /// It is not there, as in a container: ENOENT.
    Missing,
    /// Nobody may open it, root included: EACCES.
    Denied,
    /// The kernel has no sequencer, so there is no node, and no `/proc/asound/seq`: ENOENT.
    NoDriver,
    /// The kernel has no sequencer, but there is a node, as where its module cannot be
    /// loaded: ENODEV.
    NoModule,
}

impl Node {
    /// The argument that tells the guest's init.
    pub(crate) fn argument(self) -> String {
        format!("{ARGUMENT}{self}")
    }

    pub(crate) fn of_argument(argument: &str) -> Option<Self> {
        argument.strip_prefix(ARGUMENT)?.parse().ok()
    }

    /// What the kernel has to be told.
    pub(crate) fn kernel_argument(self) -> Option<&'static str> {
        matches!(self, Self::NoDriver | Self::NoModule).then_some(DRIVER)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mode(mode) => write!(f, "{mode:04o}"),
            Self::Missing => f.write_str("missing"),
            Self::Denied => f.write_str("denied"),
            Self::NoDriver => f.write_str("no-driver"),
            Self::NoModule => f.write_str("no-module"),
        }
    }
}

impl FromStr for Node {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "missing" => Self::Missing,
            "denied" => Self::Denied,
            "no-driver" => Self::NoDriver,
            "no-module" => Self::NoModule,
            _ => match u32::from_str_radix(text, 8) {
                Ok(mode) if mode <= 0o777 => Self::Mode(mode),
                _ => {
                    return Err(
                        "neither `missing`, `denied`, `no-driver` nor `no-module`, nor a mode such as 0600"
                            .into(),
                    );
                }
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_read() {
        for node in [
            Node::Mode(0o600),
            Node::Mode(0),
            Node::Missing,
            Node::Denied,
            Node::NoDriver,
            Node::NoModule,
        ] {
            assert_eq!(Node::of_argument(&node.argument()), Some(node));
        }
        for text in ["", "1000", "8", "-1", "gone"] {
            text.parse::<Node>().unwrap_err();
        }
    }
}
