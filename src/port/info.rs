//! [`PortInfo`], the kernel's description of a port.

use std::borrow::Cow;
use std::fmt;

use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::flags::PortFlags;
use alsa_seq_kernel_abi::info as abi;

use super::{PortCaps, PortType};
use crate::address::{Address, QueueId};
use crate::connection::Stamp;
use crate::ump::Group;

/// The direction of MIDI through a port, seen from the device behind the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PortDirection {
    /// MIDI goes from the port to its receivers.
    #[doc(alias = "SNDRV_SEQ_PORT_DIR_INPUT")]
    Input,
    /// MIDI goes from the senders to the port.
    #[doc(alias = "SNDRV_SEQ_PORT_DIR_OUTPUT")]
    Output,
    /// MIDI goes in both directions.
    #[doc(alias = "SNDRV_SEQ_PORT_DIR_BIDIRECTION")]
    Bidirectional,
}

impl PortDirection {
    pub(super) const fn to_abi(self) -> u8 {
        match self {
            Self::Input => consts::PORT_DIR_INPUT,
            Self::Output => consts::PORT_DIR_OUTPUT,
            Self::Bidirectional => consts::PORT_DIR_BIDIRECTION,
        }
    }

    const fn from_abi(direction: u8) -> Option<Self> {
        match direction {
            consts::PORT_DIR_INPUT => Some(Self::Input),
            consts::PORT_DIR_OUTPUT => Some(Self::Output),
            consts::PORT_DIR_BIDIRECTION => Some(Self::Bidirectional),
            _ => None,
        }
    }
}

/// A port of any client, as the kernel describes it.
#[derive(Clone, PartialEq, Eq)]
#[doc(alias = "snd_seq_port_info_t")]
pub struct PortInfo {
    raw: abi::PortInfo,
    client_name: Option<String>,
}

impl PortInfo {
    pub(crate) const fn new(raw: abi::PortInfo) -> Self {
        Self {
            raw,
            client_name: None,
        }
    }

    pub(crate) fn with_client_name(mut self, name: &str) -> Self {
        self.client_name = Some(name.to_owned());
        self
    }

    /// The port's address.
    pub fn address(&self) -> Address {
        self.raw.addr.into()
    }

    /// The port's name. Bytes that are not UTF-8 are replaced.
    pub fn name(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.raw.name.as_bytes_until_nul())
    }

    /// The name of the port's client, if it is known. It is known for ports of
    /// [`ClientControl::ports`](crate::ClientControl::ports), for ports found by name,
    /// and for ports of a [`Topology`](crate::Topology) or its changes.
    pub fn client_name(&self) -> Option<&str> {
        self.client_name.as_deref()
    }

    /// The capabilities: the actions that other clients may take with the port.
    pub const fn caps(&self) -> PortCaps {
        self.raw.capability
    }

    /// The type, a description for other programs.
    pub const fn port_type(&self) -> PortType {
        self.raw.port_type
    }

    /// The number of MIDI channels that the port's owner has declared.
    pub fn midi_channels(&self) -> usize {
        usize::try_from(self.raw.midi_channels).unwrap_or(0)
    }

    /// The number of MIDI voices that the port's owner has declared.
    pub fn midi_voices(&self) -> usize {
        usize::try_from(self.raw.midi_voices).unwrap_or(0)
    }

    /// The number of synthesizer voices that the port's owner has declared.
    pub fn synth_voices(&self) -> usize {
        usize::try_from(self.raw.synth_voices).unwrap_or(0)
    }

    /// The clock that stamps arriving events, if any.
    pub fn stamp(&self) -> Option<Stamp> {
        let queue = QueueId::new(self.raw.time_queue);
        if !self.raw.flags.contains(PortFlags::TIMESTAMP) {
            None
        } else if self.raw.flags.contains(PortFlags::TIME_REAL) {
            Some(Stamp::RealTime(queue))
        } else {
            Some(Stamp::Ticks(queue))
        }
    }

    /// The direction of MIDI. `None` before Linux 6.5.
    pub fn direction(&self) -> Option<PortDirection> {
        let (direction, copy) = self.raw.direction_copies();
        PortDirection::from_abi(direction.max(copy))
    }

    /// The UMP group, if the port has one. `None` before Linux 6.5.
    #[doc(alias = "snd_seq_port_info_get_ump_group")]
    pub fn ump_group(&self) -> Option<Group> {
        let (group, copy) = self.raw.ump_group_copies();
        // The kernel counts groups from 1 here.
        let number = group.max(copy).checked_sub(1)?;
        Group::new(number).ok()
    }

    /// Returns whether a UMP client receives MIDI 1.0 on this port, also if the client is of MIDI
    /// 2.0. Always false before Linux 6.11.
    #[doc(alias = "snd_seq_port_info_get_ump_is_midi1")]
    pub const fn ump_is_midi1(&self) -> bool {
        self.raw.flags.contains(PortFlags::IS_MIDI1)
    }

    /// Returns whether this is the port of its client's UMP endpoint, which sends and receives
    /// packets of any group. Always false before Linux 6.5.
    #[doc(alias = "SNDRV_SEQ_PORT_CAP_UMP_ENDPOINT")]
    pub const fn is_ump_endpoint(&self) -> bool {
        self.raw.capability.contains(PortCaps::UMP_ENDPOINT)
    }

    /// Returns whether its UMP group is not in use. Always false before Linux 6.5.
    #[doc(alias = "SNDRV_SEQ_PORT_CAP_INACTIVE")]
    pub const fn is_inactive(&self) -> bool {
        self.raw.capability.contains(PortCaps::INACTIVE)
    }

    /// The number of ports that receive from it.
    #[doc(alias = "snd_seq_port_info_get_read_use")]
    pub fn num_receivers(&self) -> usize {
        usize::try_from(self.raw.read_use).unwrap_or(0)
    }

    /// The number of ports that send to it.
    #[doc(alias = "snd_seq_port_info_get_write_use")]
    pub fn num_senders(&self) -> usize {
        usize::try_from(self.raw.write_use).unwrap_or(0)
    }

    /// The kernel's struct, with all fields.
    pub const fn raw(&self) -> &abi::PortInfo {
        &self.raw
    }
}

impl fmt::Debug for PortInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("PortInfo");
        out.field("address", &self.address())
            .field("name", &self.name());
        if let Some(client_name) = self.client_name() {
            out.field("client_name", &client_name);
        }
        if !self.caps().is_empty() {
            out.field("caps", &self.caps());
        }
        if !self.port_type().is_empty() {
            out.field("port_type", &self.port_type());
        }
        if let Some(direction) = self.direction() {
            out.field("direction", &direction);
        }
        if let Some(ump_group) = self.ump_group() {
            out.field("ump_group", &ump_group);
        }
        if self.midi_channels() != 0 {
            out.field("midi_channels", &self.midi_channels());
        }
        if self.midi_voices() != 0 {
            out.field("midi_voices", &self.midi_voices());
        }
        if self.synth_voices() != 0 {
            out.field("synth_voices", &self.synth_voices());
        }
        if let Some(stamp) = self.stamp() {
            out.field("stamp", &stamp);
        }
        if self.num_receivers() != 0 {
            out.field("num_receivers", &self.num_receivers());
        }
        if self.num_senders() != 0 {
            out.field("num_senders", &self.num_senders());
        }
        out.finish()
    }
}

impl From<&PortInfo> for Address {
    fn from(port: &PortInfo) -> Self {
        port.address()
    }
}
