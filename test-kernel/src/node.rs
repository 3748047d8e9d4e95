//! The sequencer's node, `/dev/snd/seq`, in the states that programs find on faulty machines.

use std::fmt;
use std::str::FromStr;

/// The node's path.
pub(crate) const PATH: &str = "/dev/snd/seq";

/// The device numbers of the node.
pub(crate) const MAJOR: u64 = 116;
pub(crate) const MINOR: u64 = 1;

/// Prefix of the state in the arguments of the guest's init.
const ARGUMENT: &str = "node=";

/// Initcalls that are disabled so that the kernel has no sequencer, although it was built with one:
/// the sequencer itself, and the drivers that use it.
const DRIVER: &str = "initcall_blacklist=alsa_seq_init,alsa_seq_dummy_init,seq_midisynth_init,\
                      seq_midi_init,alsa_seq_midi_init,seq_ump_driver_init,alsa_card_virmidi_init";

/// The state of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// The node has this mode. Root can open it with every mode.
    Mode(u32),
    /// The node does not exist, as in a container: ENOENT.
    Missing,
    /// No program may open the node, also not root: EACCES.
    Denied,
    /// The kernel has no sequencer, so the node and `/proc/asound/seq` do not exist: ENOENT.
    NoDriver,
    /// The kernel has no sequencer, but the node exists, as on a machine that cannot load the
    /// module: ENODEV.
    NoModule,
}

impl Node {
    /// Returns the argument for the guest's init.
    pub(crate) fn argument(self) -> String {
        format!("{ARGUMENT}{self}")
    }

    pub(crate) fn of_argument(argument: &str) -> Option<Self> {
        argument.strip_prefix(ARGUMENT)?.parse().ok()
    }

    /// Returns the arguments for the kernel's command line.
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
                        "use `missing`, `denied`, `no-driver`, `no-module`, or a mode such as 0600"
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
    fn a_states_text_is_parsed() {
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
