//! The ports of an endpoint.

use alsa_seq_kernel_abi::ump::UmpBlockInfo;

use super::FunctionBlockInfo;
use crate::port::{PortCaps, PortDirection, PortOptions, PortType};
use crate::ump::{BlockDirection, Group, Midi1Port};

const PORT_TYPE: PortType = PortType::MIDI_GENERIC
    .union(PortType::MIDI_UMP)
    .union(PortType::SOFTWARE)
    .union(PortType::PORT);

fn caps(sends: bool, receives: bool) -> PortCaps {
    let mut caps = PortCaps::empty();
    caps.set(PortOptions::SENDS | PortCaps::SYNC_READ, sends);
    caps.set(PortOptions::RECEIVES | PortCaps::SYNC_WRITE, receives);
    caps.set(PortCaps::DUPLEX, sends && receives);
    caps
}

/// The port of the endpoint itself, with the name that drivers and libasound use.
pub(super) fn of_endpoint() -> PortOptions {
    PortOptions::new("MIDI 2.0")
        .number(0)
        .caps(caps(true, true) | PortCaps::UMP_ENDPOINT)
        .port_type(PORT_TYPE)
}

/// The properties of a group's port that follow from the function blocks.
pub(super) fn of_group(group: Group, blocks: &[UmpBlockInfo]) -> PortOptions {
    use BlockDirection::{Bidirectional, Input, Output};

    let (mut sends, mut receives, mut active, mut midi1) = (false, false, false, false);
    let mut names = String::new();
    let own = blocks
        .iter()
        .map(|raw| FunctionBlockInfo::new(raw.block_id, *raw))
        .filter(|block| block.has_group(group));
    for block in own {
        let direction = block.direction();
        sends |= matches!(direction, Some(Output | Bidirectional));
        receives |= matches!(direction, Some(Input | Bidirectional));
        active |= block.is_active();
        midi1 |= block.midi1() != Midi1Port::No;
        if !block.name().is_empty() {
            let separator = if names.is_empty() { "" } else { ", " };
            names.push_str(separator);
            names.push_str(&block.name());
        }
    }
    let mut caps = caps(sends, receives);
    caps.set(PortCaps::INACTIVE, !active);
    let number = group.number() + 1;
    let name = if names.is_empty() {
        format!("Group {number}")
    } else {
        format!("Group {number} ({names})")
    };
    let port = PortOptions::new(cut(name))
        .number(number)
        .caps(caps)
        .port_type(PORT_TYPE)
        .midi_channels(16)
        .ump_group(group)
        .ump_is_midi1(midi1);
    // The kernel would set the same direction, but the caller compares the options.
    match (sends, receives) {
        (true, true) => port.direction(PortDirection::Bidirectional),
        (true, false) => port.direction(PortDirection::Input),
        (false, true) => port.direction(PortDirection::Output),
        (false, false) => port,
    }
}

/// Cuts a name to the maximum length of a port's name.
fn cut(mut name: String) -> String {
    let end = (0..=63).rev().find(|end| name.is_char_boundary(*end));
    name.truncate(end.unwrap_or(0));
    name
}
