//! [`PortOptions`], the properties of a new port.

use alsa_seq_kernel_abi::flags::PortFlags;
use alsa_seq_kernel_abi::info as abi;

use super::{PortCaps, PortDirection, PortInfo, PortType};
use crate::address::{PortId, QueueId};
use crate::connection::Stamp;
use crate::control::set_name;
use crate::error::{Error, Operation, Result};
use crate::ump::Group;

/// The properties of a new port.
///
/// By default, the port sends and receives, every client may connect it, and its type is
/// a software port for MIDI. A name alone is enough for such a port:
/// `client.create_port("out")`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it only describes a port"]
pub struct PortOptions {
    pub(super) name: String,
    caps: PortCaps,
    port_type: PortType,
    pub(super) number: Option<PortId>,
    midi_channels: u16,
    midi_voices: u16,
    synth_voices: u16,
    stamp: Option<Stamp>,
    direction: Option<PortDirection>,
    ump_group: Option<Group>,
    ump_is_midi1: bool,
}

impl PortOptions {
    /// The capabilities of a port that sends. Capabilities are permissions for *other*
    /// clients: with [`PortCaps::READ`] they may receive from the port, and with
    /// [`PortCaps::SUBS_READ`] they may connect from it.
    pub const SENDS: PortCaps = PortCaps::READ.union(PortCaps::SUBS_READ);
    /// The capabilities of a port that receives. Capabilities are permissions for *other*
    /// clients: with [`PortCaps::WRITE`] they may send to the port, and with
    /// [`PortCaps::SUBS_WRITE`] they may connect to it.
    pub const RECEIVES: PortCaps = PortCaps::WRITE.union(PortCaps::SUBS_WRITE);
    /// The capabilities of a port that sends and receives.
    pub const BOTH: PortCaps = Self::SENDS.union(Self::RECEIVES);

    /// A port of this name that only sends. Other clients may connect from it, but not
    /// send to it.
    pub fn sender(name: impl Into<String>) -> Self {
        Self::new(name).caps(Self::SENDS)
    }

    /// A port of this name that only receives. Other clients may send and connect to it,
    /// but not receive from it.
    pub fn receiver(name: impl Into<String>) -> Self {
        Self::new(name).caps(Self::RECEIVES)
    }

    /// A port of this name that sends and receives.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            caps: Self::BOTH,
            port_type: PortType::MIDI_GENERIC.union(PortType::SOFTWARE),
            number: None,
            midi_channels: 0,
            midi_voices: 0,
            synth_voices: 0,
            stamp: None,
            direction: None,
            ump_group: None,
            ump_is_midi1: false,
        }
    }

    /// Sets the name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the capabilities, which are permissions for other clients:
    /// [`PortOptions::SENDS`], [`PortOptions::RECEIVES`], [`PortOptions::BOTH`], or any
    /// bits.
    #[doc(alias = "snd_seq_port_info_set_capability")]
    pub fn caps(mut self, caps: PortCaps) -> Self {
        self.caps = caps;
        self
    }

    /// Sets the type, a description for other programs.
    #[doc(alias = "snd_seq_port_info_set_type")]
    pub fn port_type(mut self, bits: PortType) -> Self {
        self.port_type = bits;
        self
    }

    /// Sets the number, 0 to 252. By default, the kernel uses the lowest free number.
    #[doc(alias = "snd_seq_port_info_set_port_specified")]
    pub fn number(mut self, number: impl Into<PortId>) -> Self {
        self.number = Some(number.into());
        self
    }

    /// Sets the number of MIDI channels, as information for other programs.
    #[doc(alias = "snd_seq_port_info_set_midi_channels")]
    pub fn midi_channels(mut self, channels: u16) -> Self {
        self.midi_channels = channels;
        self
    }

    /// Sets the number of MIDI voices, as information for other programs.
    #[doc(alias = "snd_seq_port_info_set_midi_voices")]
    pub fn midi_voices(mut self, voices: u16) -> Self {
        self.midi_voices = voices;
        self
    }

    /// Sets the number of synthesizer voices, as information for other programs.
    #[doc(alias = "snd_seq_port_info_set_synth_voices")]
    pub fn synth_voices(mut self, voices: u16) -> Self {
        self.synth_voices = voices;
        self
    }

    /// Sets the direction of MIDI, as information for other programs. By default, the
    /// kernel derives it from the capabilities. Since Linux 6.5; ignored before.
    #[doc(alias = "snd_seq_port_info_set_direction")]
    pub fn direction(mut self, direction: PortDirection) -> Self {
        self.direction = Some(direction);
        self
    }

    /// Sets the UMP group of the port. The default is none. The events that a UMP client
    /// receives on this port are put into this group. Since Linux 6.5; ignored before.
    #[doc(alias = "snd_seq_port_info_set_ump_group")]
    pub fn ump_group(mut self, group: impl Into<Option<Group>>) -> Self {
        self.ump_group = group.into();
        self
    }

    /// Sets whether a UMP client receives MIDI 1.0 on this port, also if the client is of
    /// MIDI 2.0. Since Linux 6.11; ignored before.
    #[doc(alias = "snd_seq_port_info_set_ump_is_midi1")]
    pub fn ump_is_midi1(mut self, yes: bool) -> Self {
        self.ump_is_midi1 = yes;
        self
    }

    /// Stamps arriving events with the queue's ticks.
    #[doc(alias = "snd_seq_port_info_set_timestamping")]
    pub fn stamp_ticks(mut self, queue: impl Into<QueueId>) -> Self {
        self.stamp = Some(Stamp::Ticks(queue.into()));
        self
    }

    /// Stamps arriving events with the queue's real time. The queue must run. The time of
    /// a received event is then [`Time::Real`](crate::Time::Real).
    #[doc(alias = "snd_seq_port_info_set_timestamp_real")]
    pub fn stamp_real_time(mut self, queue: impl Into<QueueId>) -> Self {
        self.stamp = Some(Stamp::RealTime(queue.into()));
        self
    }

    pub(super) fn to_abi(&self, operation: Operation) -> Result<abi::PortInfo> {
        let mut raw = abi::PortInfo::zeroed();
        set_name(&mut raw.name, &self.name, operation)?;
        raw.capability = self.caps;
        raw.port_type = self.port_type;
        raw.midi_channels = i32::from(self.midi_channels);
        raw.midi_voices = i32::from(self.midi_voices);
        raw.synth_voices = i32::from(self.synth_voices);
        raw.set_direction(self.direction.map_or(0, PortDirection::to_abi));
        // The kernel counts groups from 1 here.
        raw.set_ump_group(self.ump_group.map_or(0, |group| group.number() + 1));
        raw.flags.set(PortFlags::IS_MIDI1, self.ump_is_midi1);
        if let Some(number) = self.number {
            // Linux 6.1 accepts larger numbers, but such ports cannot be used.
            if number.number() > 252 {
                return Err(Error::invalid(operation, "a port number is 0 to 252"));
            }
            raw.addr.port = number.number();
            raw.flags |= PortFlags::GIVEN_PORT;
        }
        match self.stamp {
            None => {}
            Some(Stamp::Ticks(queue)) => {
                raw.flags |= PortFlags::TIMESTAMP;
                raw.time_queue = queue.number();
            }
            Some(Stamp::RealTime(queue)) => {
                raw.flags |= PortFlags::TIMESTAMP | PortFlags::TIME_REAL;
                raw.time_queue = queue.number();
            }
        }
        Ok(raw)
    }
}

/// The options for a port with the same properties, or for changing some of them.
impl From<&PortInfo> for PortOptions {
    fn from(info: &PortInfo) -> Self {
        let small = |number: i32| u16::try_from(number).unwrap_or(0);
        Self {
            name: info.name().into_owned(),
            caps: info.caps(),
            port_type: info.port_type(),
            number: None,
            midi_channels: small(info.raw().midi_channels),
            midi_voices: small(info.raw().midi_voices),
            synth_voices: small(info.raw().synth_voices),
            stamp: info.stamp(),
            direction: info.direction(),
            ump_group: info.ump_group(),
            ump_is_midi1: info.ump_is_midi1(),
        }
    }
}

impl From<&str> for PortOptions {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for PortOptions {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}
