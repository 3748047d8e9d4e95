//! UMP endpoints and function blocks, from `sound/asound.h`.
//!
//! Both are packed in C. [`ClientUmpInfo::info`](crate::info::ClientUmpInfo::info)
//! begins with one of them. Their integers are zerocopy's, so the alignment is 1.
//! Since Linux 6.5.

use crate::Name;
use crate::flags::{UmpBlockFlags, UmpEndpointFlags, UmpProtocol};
use crate::layout::{default_zeroed, layout, zeroed};
use zerocopy::native_endian::{I32, U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// A UMP endpoint.
#[doc(alias = "snd_ump_endpoint_info")]
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct UmpEndpointInfo {
    /// Sound card.
    pub card: I32,
    /// Device of the card.
    pub device: I32,
    /// Flags; see [`flags`](Self::flags).
    #[doc(alias = "flags")]
    pub flags_bits: U32,
    /// Protocols it has; see [`protocol_caps`](Self::protocol_caps).
    #[doc(alias = "protocol_caps")]
    pub protocol_caps_bits: U32,
    /// Protocol in use; see [`protocol`](Self::protocol).
    #[doc(alias = "protocol")]
    pub protocol_bits: U32,
    /// Number of function blocks, 0 to 32.
    pub num_blocks: U32,
    /// UMP version, major in the high byte, minor in the low one.
    pub version: U16,
    /// Device family.
    pub family_id: U16,
    /// Model within the family.
    pub model_id: U16,
    /// Manufacturer: the three bytes of its System Exclusive id.
    pub manufacturer_id: U32,
    /// Software revision.
    pub sw_revision: [u8; 4],
    /// Padding.
    padding: U16,
    /// Name of the endpoint.
    pub name: Name<128>,
    /// Product instance.
    pub product_id: Name<128>,
    /// Reserved, 0.
    reserved: [u8; 32],
}

impl UmpEndpointInfo {
    /// The flags.
    #[must_use]
    pub const fn flags(&self) -> UmpEndpointFlags {
        UmpEndpointFlags::from_bits_retain(self.flags_bits.get())
    }

    /// Sets the flags.
    pub const fn set_flags(&mut self, flags: UmpEndpointFlags) {
        self.flags_bits = U32::new(flags.bits());
    }

    /// The protocols that the endpoint has.
    #[must_use]
    pub const fn protocol_caps(&self) -> UmpProtocol {
        UmpProtocol::from_bits_retain(self.protocol_caps_bits.get())
    }

    /// Sets the protocols that the endpoint has.
    pub const fn set_protocol_caps(&mut self, caps: UmpProtocol) {
        self.protocol_caps_bits = U32::new(caps.bits());
    }

    /// The protocol in use.
    #[must_use]
    pub const fn protocol(&self) -> UmpProtocol {
        UmpProtocol::from_bits_retain(self.protocol_bits.get())
    }

    /// Sets the protocol in use.
    pub const fn set_protocol(&mut self, protocol: UmpProtocol) {
        self.protocol_bits = U32::new(protocol.bits());
    }
}

/// A UMP function block.
#[doc(alias = "snd_ump_block_info")]
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, KnownLayout, Immutable, Unaligned,
)]
#[repr(C)]
pub struct UmpBlockInfo {
    /// Sound card.
    pub card: I32,
    /// Device of the card.
    pub device: I32,
    /// Number of the block, 0 to 31.
    pub block_id: u8,
    /// [`UMP_DIR_INPUT`](crate::consts::UMP_DIR_INPUT) or another of
    /// `UMP_DIR_…`.
    pub direction: u8,
    /// 1 while it is active.
    pub active: u8,
    /// First group, counted from 0.
    pub first_group: u8,
    /// Number of groups.
    pub num_groups: u8,
    /// Version of MIDI-CI, 0 for none.
    pub midi_ci_version: u8,
    /// System Exclusive 8 streams at a time, at most.
    pub sysex8_streams: u8,
    /// [`UMP_BLOCK_UI_HINT_UNKNOWN`](crate::consts::UMP_BLOCK_UI_HINT_UNKNOWN)
    /// or another of `UMP_BLOCK_UI_HINT_…`.
    pub ui_hint: u8,
    /// Flags; see [`flags`](Self::flags).
    #[doc(alias = "flags")]
    pub flags_bits: U32,
    /// Name of the block.
    pub name: Name<128>,
    /// Reserved, 0.
    reserved: [u8; 32],
}

impl UmpBlockInfo {
    /// The flags.
    #[must_use]
    pub const fn flags(&self) -> UmpBlockFlags {
        UmpBlockFlags::from_bits_retain(self.flags_bits.get())
    }

    /// Sets the flags.
    pub const fn set_flags(&mut self, flags: UmpBlockFlags) {
        self.flags_bits = U32::new(flags.bits());
    }
}

zeroed! { UmpEndpointInfo, UmpBlockInfo }

default_zeroed! { UmpEndpointInfo, UmpBlockInfo }

layout! {
    UmpEndpointInfo: 328 => {
        card: 0, device: 4, flags_bits: 8, protocol_caps_bits: 12,
        protocol_bits: 16, num_blocks: 20, version: 24, family_id: 26,
        model_id: 28, manufacturer_id: 30, sw_revision: 34, padding: 38,
        name: 40, product_id: 168, reserved: 296,
    }
    UmpBlockInfo: 180 => {
        card: 0, device: 4, block_id: 8, direction: 9, active: 10,
        first_group: 11, num_groups: 12, midi_ci_version: 13,
        sysex8_streams: 14, ui_hint: 15, flags_bits: 16, name: 20,
        reserved: 148,
    }
}
