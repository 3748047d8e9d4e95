//! The properties of new endpoints and function blocks.

use alsa_seq_kernel_abi::flags::{UmpBlockFlags, UmpEndpointFlags, UmpProtocol};
use alsa_seq_kernel_abi::{Name, ump as abi};

use super::{EndpointInfo, FunctionBlockInfo};
use crate::control::MidiVersion;
use crate::error::{Error, Operation, Result};
use crate::ump::{BlockDirection, Group, Midi1Port, UiHint, UmpVersion};

/// The manufacturer and the model of a device, as in MIDI 1.0's identity reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeviceIdentity {
    /// The manufacturer's system-exclusive number: its three bytes, with the first one in
    /// the highest bits. If it is a single byte, that comes first, followed by zeros.
    pub manufacturer: u32,
    /// The family of devices.
    pub family: u16,
    /// The model within the family.
    pub model: u16,
    /// The version of its software.
    pub software: [u8; 4],
}

/// The properties of a new UMP endpoint.
///
/// By default, it uses the protocol of its client, and has as many groups as its function
/// blocks need, but at least one.
///
/// ```no_run
/// use alsa_seq::ump::{BlockDirection, Group};
/// use alsa_seq::{ClientOptions, EndpointOptions, FunctionBlockOptions, MidiVersion};
///
/// let client = ClientOptions::new("synth").midi_version(MidiVersion::Ump2).open()?;
/// let keys = FunctionBlockOptions::new("Keys", Group::new(0)?, 1);
/// let drums = FunctionBlockOptions::new("Drums", Group::new(1)?, 1)
///     .direction(BlockDirection::Input);
/// let endpoint = client.create_endpoint(
///     EndpointOptions::new("Synth").function_block(keys).function_block(drums),
/// )?;
/// # Ok::<(), alsa_seq::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it only describes an endpoint"]
pub struct EndpointOptions {
    name: String,
    product_id: String,
    version: UmpVersion,
    protocol_caps: Option<UmpProtocol>,
    protocol: Option<UmpProtocol>,
    identity: DeviceIdentity,
    static_blocks: bool,
    groups: Option<u8>,
    pub(super) blocks: Vec<FunctionBlockOptions>,
}

impl EndpointOptions {
    /// An endpoint of this name, up to 127 bytes.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            product_id: String::new(),
            version: UmpVersion::V1_1,
            protocol_caps: None,
            protocol: None,
            identity: DeviceIdentity::default(),
            static_blocks: false,
            groups: None,
            blocks: Vec::new(),
        }
    }

    /// Sets the name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets an identifier of the device, such as a serial number, up to 127 bytes.
    pub fn product_id(mut self, id: impl Into<String>) -> Self {
        self.product_id = id.into();
        self
    }

    /// Sets the version of UMP that it supports. The default is 1.1.
    pub const fn version(mut self, version: UmpVersion) -> Self {
        self.version = version;
        self
    }

    /// Sets its capabilities. The default is the protocol of its client.
    pub const fn protocol_caps(mut self, caps: UmpProtocol) -> Self {
        self.protocol_caps = Some(caps);
        self
    }

    /// Sets the protocol in use, which must be one of its capabilities. The default is
    /// the protocol of its client.
    pub const fn protocol(mut self, protocol: UmpProtocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// Sets the manufacturer and the model.
    pub const fn identity(mut self, identity: DeviceIdentity) -> Self {
        self.identity = identity;
        self
    }

    /// Declares that the function blocks never change.
    pub const fn static_blocks(mut self, yes: bool) -> Self {
        self.static_blocks = yes;
        self
    }

    /// Sets the number of groups, 1 to 16. Each group gets a port.
    pub const fn groups(mut self, groups: u8) -> Self {
        self.groups = Some(groups);
        self
    }

    /// Adds a function block. The blocks are numbered in this order.
    pub fn function_block(mut self, block: FunctionBlockOptions) -> Self {
        self.blocks.push(block);
        self
    }

    pub(super) fn number_of_groups(&self) -> Result<u8> {
        let needed = self
            .blocks
            .iter()
            .map(|block| block.first_group.number().saturating_add(block.groups));
        let groups = self.groups.or(needed.max()).unwrap_or(1);
        if (1..=16).contains(&groups) {
            return Ok(groups);
        }
        let message = "an endpoint has 1 to 16 groups";
        Err(Error::invalid(Operation::CreateEndpoint, message))
    }

    pub(super) fn to_abi(
        &self,
        version: MidiVersion,
        operation: Operation,
    ) -> Result<abi::UmpEndpointInfo> {
        let own = match version {
            MidiVersion::Ump2 => UmpProtocol::MIDI2,
            _ => UmpProtocol::MIDI1,
        };
        let protocol = self.protocol.unwrap_or(own);
        let caps = self.protocol_caps.unwrap_or(protocol);
        if protocol.is_empty() || !caps.contains(protocol) {
            let message = "the protocol in use must be one of those that the endpoint has";
            return Err(Error::invalid(operation, message));
        }
        let Ok(blocks @ 0..=32) = u32::try_from(self.blocks.len()) else {
            let message = "an endpoint has at most 32 function blocks";
            return Err(Error::invalid(operation, message));
        };
        let mut raw = abi::UmpEndpointInfo::zeroed();
        // The kernel uses this value for clients without a card.
        raw.card.set(-1);
        raw.device.set(-1);
        set(&mut raw.name, &self.name, operation)?;
        set(&mut raw.product_id, &self.product_id, operation)?;
        let UmpVersion { major, minor } = self.version;
        raw.version.set(u16::from_be_bytes([major, minor]));
        raw.set_protocol(protocol);
        raw.set_protocol_caps(caps);
        raw.set_flags(match self.static_blocks {
            true => UmpEndpointFlags::STATIC_BLOCKS,
            false => UmpEndpointFlags::empty(),
        });
        raw.num_blocks.set(blocks);
        raw.manufacturer_id.set(self.identity.manufacturer);
        raw.family_id.set(self.identity.family);
        raw.model_id.set(self.identity.model);
        raw.sw_revision = self.identity.software;
        Ok(raw)
    }
}

impl From<&str> for EndpointOptions {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

/// The options for the same description, or for changing some of it. They do not contain
/// the function blocks.
impl From<&EndpointInfo> for EndpointOptions {
    fn from(info: &EndpointInfo) -> Self {
        Self {
            name: info.name().into_owned(),
            product_id: info.product_id().into_owned(),
            version: info.version(),
            protocol_caps: Some(info.protocol_caps()),
            protocol: Some(info.protocol()),
            identity: info.identity(),
            static_blocks: info.has_static_blocks(),
            groups: None,
            blocks: Vec::new(),
        }
    }
}

/// The properties of a new function block.
///
/// By default, it is active, has both directions, and is not a MIDI 1.0 port.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "it only describes a function block"]
pub struct FunctionBlockOptions {
    name: String,
    first_group: Group,
    groups: u8,
    active: bool,
    direction: BlockDirection,
    midi1: Midi1Port,
    hint: UiHint,
    ci_version: u8,
    sysex8_streams: u8,
}

impl FunctionBlockOptions {
    /// A block of this name, up to 127 bytes, with `groups` groups, beginning with
    /// `first_group`.
    pub fn new(name: impl Into<String>, first_group: Group, groups: u8) -> Self {
        Self {
            name: name.into(),
            first_group,
            groups,
            active: true,
            direction: BlockDirection::Bidirectional,
            midi1: Midi1Port::No,
            hint: UiHint::Unknown,
            ci_version: 0,
            sysex8_streams: 0,
        }
    }

    /// Sets the name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets whether it is in use. The ports of groups without an active block are
    /// [`INACTIVE`](crate::PortCaps::INACTIVE).
    pub const fn active(mut self, yes: bool) -> Self {
        self.active = yes;
        self
    }

    /// Sets the direction of messages, seen from the endpoint: see
    /// [`FunctionBlockInfo::direction`]. The ports of an input can be written to, and
    /// those of an output can be read from.
    pub const fn direction(mut self, direction: BlockDirection) -> Self {
        self.direction = direction;
        self
    }

    /// Sets whether it is a MIDI 1.0 port. The kernel then sends MIDI 1.0 to the ports of
    /// its groups, also if the client is of MIDI 2.0.
    pub const fn midi1(mut self, midi1: Midi1Port) -> Self {
        self.midi1 = midi1;
        self
    }

    /// Sets a hint for user interfaces.
    pub const fn hint(mut self, hint: UiHint) -> Self {
        self.hint = hint;
        self
    }

    /// Sets the version of MIDI-CI that it supports; 0, the default, for none.
    pub const fn ci_version(mut self, version: u8) -> Self {
        self.ci_version = version;
        self
    }

    /// Sets the number of Sysex8 messages that it can receive at a time.
    pub const fn sysex8_streams(mut self, streams: u8) -> Self {
        self.sysex8_streams = streams;
        self
    }

    /// `endpoint_groups` is the number of the endpoint's groups.
    pub(super) fn to_abi(
        &self,
        number: u8,
        endpoint_groups: u8,
        operation: Operation,
    ) -> Result<abi::UmpBlockInfo> {
        let end = self.first_group.number().checked_add(self.groups);
        if self.groups == 0 || end.is_none_or(|end| end > endpoint_groups) {
            let message = "a function block has at least one group, and no more than its endpoint";
            return Err(Error::invalid(operation, message));
        }
        let mut raw = abi::UmpBlockInfo::zeroed();
        raw.card.set(-1);
        raw.device.set(-1);
        set(&mut raw.name, &self.name, operation)?;
        raw.block_id = number;
        raw.active = u8::from(self.active);
        raw.direction = self.direction.bits();
        raw.first_group = self.first_group.number();
        raw.num_groups = self.groups;
        raw.midi_ci_version = self.ci_version;
        raw.sysex8_streams = self.sysex8_streams;
        raw.ui_hint = self.hint.bits();
        raw.set_flags(match self.midi1 {
            Midi1Port::No => UmpBlockFlags::empty(),
            Midi1Port::Yes => UmpBlockFlags::IS_MIDI1,
            Midi1Port::Slow => UmpBlockFlags::IS_MIDI1 | UmpBlockFlags::IS_LOWSPEED,
        });
        Ok(raw)
    }
}

/// The options for a block with the same properties, or for changing some of them. Values
/// without a meaning become the defaults.
impl From<&FunctionBlockInfo> for FunctionBlockOptions {
    fn from(info: &FunctionBlockInfo) -> Self {
        Self {
            name: info.name().into_owned(),
            first_group: info.first_group().unwrap_or_default(),
            groups: info.num_groups(),
            active: info.is_active(),
            direction: info.direction().unwrap_or(BlockDirection::Bidirectional),
            midi1: info.midi1(),
            hint: info.hint(),
            ci_version: info.ci_version(),
            sysex8_streams: info.sysex8_streams(),
        }
    }
}

/// Refuses a name that is too long, because the kernel would cut it.
fn set(field: &mut Name<128>, name: &str, operation: Operation) -> Result<()> {
    if field.set(name) == name.len() {
        return Ok(());
    }
    let message = "a name of an endpoint or function block has at most 127 bytes, and no NUL";
    Err(Error::invalid(operation, message))
}
