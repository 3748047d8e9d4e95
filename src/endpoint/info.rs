//! The descriptions of endpoints and function blocks.

use std::borrow::Cow;
use std::fmt;

use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::flags::{UmpBlockFlags, UmpEndpointFlags, UmpProtocol};
use alsa_seq_kernel_abi::ump as abi;

use super::DeviceIdentity;
use crate::ump::{BlockDirection, Group, Midi1Port, UiHint, UmpVersion};

/// The description of a UMP endpoint by its client.
#[derive(Clone, PartialEq, Eq)]
#[doc(alias = "snd_ump_endpoint_info_t")]
pub struct EndpointInfo(abi::UmpEndpointInfo);

impl EndpointInfo {
    pub(super) const fn new(raw: abi::UmpEndpointInfo) -> Self {
        Self(raw)
    }

    /// Its name. Bytes that are not UTF-8 are replaced.
    pub fn name(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.0.name.as_bytes_until_nul())
    }

    /// An identifier of the device, such as its serial number; empty if it has none.
    pub fn product_id(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.0.product_id.as_bytes_until_nul())
    }

    /// The version of UMP that it supports.
    pub fn version(&self) -> UmpVersion {
        let [major, minor] = self.0.version.get().to_be_bytes();
        UmpVersion { major, minor }
    }

    /// The number of its function blocks, 0 to 32.
    pub fn num_blocks(&self) -> u8 {
        u8::try_from(self.0.num_blocks.get()).unwrap_or(u8::MAX)
    }

    /// Returns whether its function blocks never change.
    pub fn has_static_blocks(&self) -> bool {
        self.0.flags().contains(UmpEndpointFlags::STATIC_BLOCKS)
    }

    /// Its capabilities: MIDI 1.0, MIDI 2.0, sending and receiving jitter reduction time
    /// stamps.
    pub fn protocol_caps(&self) -> UmpProtocol {
        self.0.protocol_caps()
    }

    /// The protocol in use.
    pub fn protocol(&self) -> UmpProtocol {
        self.0.protocol()
    }

    /// The manufacturer and the model of the device; all 0 if they are not known.
    pub fn identity(&self) -> DeviceIdentity {
        DeviceIdentity {
            manufacturer: self.0.manufacturer_id.get(),
            family: self.0.family_id.get(),
            model: self.0.model_id.get(),
            software: self.0.sw_revision,
        }
    }

    /// The sound card and the device on it; `None` for a program.
    pub fn device(&self) -> Option<(u32, u32)> {
        let number = |number: i32| u32::try_from(number).ok();
        number(self.0.card.get()).zip(number(self.0.device.get()))
    }

    /// The kernel's struct, with all fields.
    pub const fn raw(&self) -> &abi::UmpEndpointInfo {
        &self.0
    }
}

impl fmt::Debug for EndpointInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("EndpointInfo");
        out.field("name", &self.name())
            .field("product_id", &self.product_id())
            .field("version", &self.version())
            .field("num_blocks", &self.num_blocks())
            .field("has_static_blocks", &self.has_static_blocks())
            .field("protocol_caps", &self.protocol_caps())
            .field("protocol", &self.protocol())
            .field("identity", &self.identity());
        if let Some(device) = self.device() {
            out.field("device", &device);
        }
        out.finish()
    }
}

/// The description of a function block of a UMP endpoint by its client. A function block
/// is a set of groups that belong together.
#[derive(Clone, PartialEq, Eq)]
#[doc(alias = "snd_ump_block_info_t")]
pub struct FunctionBlockInfo {
    number: u8,
    raw: abi::UmpBlockInfo,
}

impl FunctionBlockInfo {
    pub(super) const fn new(number: u8, raw: abi::UmpBlockInfo) -> Self {
        Self { number, raw }
    }

    /// Its number, 0 to 31.
    pub const fn number(&self) -> u8 {
        self.number
    }

    /// Its name. Bytes that are not UTF-8 are replaced.
    pub fn name(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.raw.name.as_bytes_until_nul())
    }

    /// Returns whether it is in use.
    pub const fn is_active(&self) -> bool {
        self.raw.active != 0
    }

    /// The direction of messages, seen from the endpoint: an input receives the messages
    /// of other clients. `None` for a value without meaning.
    ///
    /// This is the meaning in the specification, in libasound and in its programs. The
    /// kernel's hardware driver uses the opposite meaning for the `direction` of a
    /// group's port ([`PortInfo::direction`](crate::PortInfo::direction)), as if the
    /// block described the direction of the computer.
    pub const fn direction(&self) -> Option<BlockDirection> {
        match self.raw.direction {
            consts::UMP_DIR_INPUT => Some(BlockDirection::Input),
            consts::UMP_DIR_OUTPUT => Some(BlockDirection::Output),
            consts::UMP_DIR_BIDIRECTION => Some(BlockDirection::Bidirectional),
            _ => None,
        }
    }

    /// The first of its groups, if the number is valid.
    pub fn first_group(&self) -> Option<Group> {
        Group::new(self.raw.first_group).ok()
    }

    /// The declared number of its groups.
    pub const fn num_groups(&self) -> u8 {
        self.raw.num_groups
    }

    /// Returns whether a group belongs to it.
    pub const fn has_group(&self, group: Group) -> bool {
        let (first, group) = (self.raw.first_group, group.number());
        group >= first && group - first < self.raw.num_groups
    }

    /// Returns whether it is a MIDI 1.0 port.
    pub fn midi1(&self) -> Midi1Port {
        let flags = self.raw.flags();
        if flags.contains(UmpBlockFlags::IS_LOWSPEED) {
            Midi1Port::Slow
        } else if flags.contains(UmpBlockFlags::IS_MIDI1) {
            Midi1Port::Yes
        } else {
            Midi1Port::No
        }
    }

    /// A hint for user interfaces.
    pub const fn hint(&self) -> UiHint {
        match self.raw.ui_hint {
            consts::UMP_BLOCK_UI_HINT_RECEIVER => UiHint::Receiver,
            consts::UMP_BLOCK_UI_HINT_SENDER => UiHint::Sender,
            consts::UMP_BLOCK_UI_HINT_BOTH => UiHint::Both,
            _ => UiHint::Unknown,
        }
    }

    /// The version of MIDI-CI that it supports; 0 for none.
    pub const fn ci_version(&self) -> u8 {
        self.raw.midi_ci_version
    }

    /// The number of Sysex8 messages that it can receive at a time.
    pub const fn sysex8_streams(&self) -> u8 {
        self.raw.sysex8_streams
    }

    /// The kernel's struct, with all fields.
    pub const fn raw(&self) -> &abi::UmpBlockInfo {
        &self.raw
    }
}

impl fmt::Debug for FunctionBlockInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("FunctionBlockInfo");
        out.field("number", &self.number())
            .field("name", &self.name())
            .field("is_active", &self.is_active())
            .field("direction", &self.direction())
            .field("first_group", &self.first_group())
            .field("num_groups", &self.num_groups())
            .field("midi1", &self.midi1())
            .field("hint", &self.hint());
        if self.ci_version() != 0 {
            out.field("ci_version", &self.ci_version());
        }
        if self.sysex8_streams() != 0 {
            out.field("sysex8_streams", &self.sysex8_streams());
        }
        out.finish()
    }
}
