//! A port to be made.

use alsa_seq_kernel_abi::flags::PortFlags;
use alsa_seq_kernel_abi::info as abi;

use super::{PortCaps, PortDirection, PortInfo, PortType};
use crate::address::{PortId, QueueId};
use crate::connection::Stamp;
use crate::control::set_name;
use crate::error::{Error, Operation, Result};
use crate::ump::Group;

/// A port to be made.
///
/// Unless told otherwise it sends and receives, everybody may connect to it, and
/// it is a software port that speaks MIDI. A name alone stands for such a
/// port: `client.create_port("out")`.
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
    /// The capabilities of a port that sends. They say what *others* may do:
    /// [`PortCaps::READ`], receive from the port, and [`PortCaps::SUBS_READ`], connect
    /// from it.
    pub const SENDS: PortCaps = PortCaps::READ.union(PortCaps::SUBS_READ);
    /// The capabilities of a port that receives. They say what *others* may do:
    /// [`PortCaps::WRITE`], send to the port, and [`PortCaps::SUBS_WRITE`], connect to
    /// it.
    pub const RECEIVES: PortCaps = PortCaps::WRITE.union(PortCaps::SUBS_WRITE);
    /// The capabilities of a port that sends and receives.
    pub const BOTH: PortCaps = Self::SENDS.union(Self::RECEIVES);

    /// A port of this name that only sends: others may connect from it, and not send
    /// to it.
    pub fn sender(name: impl Into<String>) -> Self {
        Self::new(name).caps(Self::SENDS)
    }

    /// A port of this name that only receives: others may send and connect to it, and
    /// not receive from it.
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

    /// Another name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What others may do with it: [`PortOptions::SENDS`],
    /// [`PortOptions::RECEIVES`], [`PortOptions::BOTH`], or any bits.
    #[doc(alias = "snd_seq_port_info_set_capability")]
    pub fn caps(mut self, caps: PortCaps) -> Self {
        self.caps = caps;
        self
    }

    /// What it is, for others to know.
    #[doc(alias = "snd_seq_port_info_set_type")]
    pub fn port_type(mut self, bits: PortType) -> Self {
        self.port_type = bits;
        self
    }

    /// Its number, 0 to 252. The kernel takes the lowest free one unless told
    /// otherwise.
    #[doc(alias = "snd_seq_port_info_set_port_specified")]
    pub fn number(mut self, number: impl Into<PortId>) -> Self {
        self.number = Some(number.into());
        self
    }

    /// How many MIDI channels it has, for others to know.
    #[doc(alias = "snd_seq_port_info_set_midi_channels")]
    pub fn midi_channels(mut self, channels: u16) -> Self {
        self.midi_channels = channels;
        self
    }

    /// How many MIDI voices it has, for others to know.
    #[doc(alias = "snd_seq_port_info_set_midi_voices")]
    pub fn midi_voices(mut self, voices: u16) -> Self {
        self.midi_voices = voices;
        self
    }

    /// How many synthesizer voices it has, for others to know.
    #[doc(alias = "snd_seq_port_info_set_synth_voices")]
    pub fn synth_voices(mut self, voices: u16) -> Self {
        self.synth_voices = voices;
        self
    }

    /// Which way MIDI goes, for others to know. The kernel takes it from the
    /// capabilities unless told otherwise. Since Linux 6.5; ignored before.
    #[doc(alias = "snd_seq_port_info_set_direction")]
    pub fn direction(mut self, direction: PortDirection) -> Self {
        self.direction = Some(direction);
        self
    }

    /// The UMP group of the port; none unless told otherwise. What a UMP client
    /// receives there is put into this group. Since Linux 6.5; ignored before.
    #[doc(alias = "snd_seq_port_info_set_ump_group")]
    pub fn ump_group(mut self, group: impl Into<Option<Group>>) -> Self {
        self.ump_group = group.into();
        self
    }

    /// Whether a UMP client receives MIDI 1.0 there, whatever it speaks. Since
    /// Linux 6.11; ignored before.
    #[doc(alias = "snd_seq_port_info_set_ump_is_midi1")]
    pub fn ump_is_midi1(mut self, yes: bool) -> Self {
        self.ump_is_midi1 = yes;
        self
    }

    /// Stamps what arrives with the queue's ticks.
    #[doc(alias = "snd_seq_port_info_set_timestamping")]
    pub fn stamp_ticks(mut self, queue: impl Into<QueueId>) -> Self {
        self.stamp = Some(Stamp::Ticks(queue.into()));
        self
    }

    /// Stamps what arrives with the queue's real time.
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
            // Linux 6.1 takes more, for ports that then cannot be used.
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

/// What it takes to make a port like this one, or to change some of it.
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
