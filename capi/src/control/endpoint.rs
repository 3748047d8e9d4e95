//! The two helper functions that make a client a UMP endpoint with function blocks: MIDI version,
//! name, and a port for each group.
//!
//! They store their results in the handle, so only one thread at a time may call them
//! (*direction*).

use super::client::{snd_seq_set_client_midi_version, snd_seq_set_client_name};
use super::port::{
    snd_seq_create_port, snd_seq_delete_port, snd_seq_get_port_info, snd_seq_set_port_info,
};
use super::ump::{snd_seq_set_ump_block_info, snd_seq_set_ump_endpoint_info};
use crate::handle::{Endpoint, handle, snd_seq_t};
use crate::types::{snd_ump_block_info_t, snd_ump_endpoint_info_t};
use alsa_seq_kernel_abi::Name;
use alsa_seq_kernel_abi::consts::{
    CLIENT_UMP_MIDI_1_0, CLIENT_UMP_MIDI_2_0, UMP_DIR_BIDIRECTION, UMP_DIR_INPUT, UMP_DIR_OUTPUT,
};
use alsa_seq_kernel_abi::event::U16;
use alsa_seq_kernel_abi::flags::{PortCaps, PortFlags, PortType, UmpProtocol};
use alsa_seq_kernel_abi::info::PortInfo;
use alsa_seq_kernel_abi::ump::{UmpBlockInfo, UmpEndpointInfo};
use core::ffi::{c_int, c_uint};
use core::fmt::{self, Write as _};

/// Largest number of groups of a UMP endpoint.
const GROUPS: c_uint = 16;
/// The version of UMP if the program gives none: 1.1.
const UMP_VERSION: u16 = 0x0101;

/// The bytes of a name, for writing text. Text that does not fit is left out.
struct NameText<'a> {
    name: &'a mut Name<64>,
    used: usize,
}

impl NameText<'_> {
    fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            // The last byte stays the NUL.
            if let Some([place, _, ..]) = self.name.0.get_mut(self.used..) {
                *place = *byte;
                self.used += 1;
            }
        }
    }
}

impl fmt::Write for NameText<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

/// Makes the own client a UMP endpoint with ports for groups 1 to `num_groups`. Sets the MIDI
/// version of the protocol in `info`, and the name. Sets the endpoint in the kernel. Creates
/// port 0 for the whole endpoint, and a port for each group. Programs can use these ports only
/// after a block was created.
///
/// Returns 0; `-EBUSY` if an endpoint exists already; `-EINVAL` if the number of groups is not 1 to
/// 16, or the protocol is not one of those in `info`; or a negative errno. On failure, the created
/// ports are deleted, but the version, the name and the endpoint may have been set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_create_ump_endpoint(
    seq: *mut snd_seq_t,
    info: *const snd_ump_endpoint_info_t,
    num_groups: c_uint,
) -> c_int {
    // SAFETY: *handle*.
    let Some(own) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *object*.
    let Some(info) = (unsafe { info.as_ref() }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *direction*: no other thread looks into the cell.
    let state: &mut Endpoint = unsafe { &mut *own.endpoint.get() };
    if state.info.is_some() {
        return -libc::EBUSY;
    }
    if !(1..=GROUPS).contains(&num_groups) {
        return -libc::EINVAL;
    }
    if !info.protocol().intersects(info.protocol_caps()) {
        return -libc::EINVAL;
    }
    let version = if info.protocol().contains(UmpProtocol::MIDI2) {
        CLIENT_UMP_MIDI_2_0
    } else if info.protocol().contains(UmpProtocol::MIDI1) {
        CLIENT_UMP_MIDI_1_0
    } else {
        return -libc::EINVAL;
    };
    let mut endpoint = *info;
    if endpoint.version.get() == 0 {
        endpoint.version = U16::new(UMP_VERSION);
    }
    // SAFETY: *handle*; the pointers lead to this function's own values.
    let told = unsafe { tell(seq, version, &endpoint, num_groups) };
    if told < 0 {
        return told;
    }
    state.info = Some(endpoint);
    state.groups = num_groups;
    0
}

/// The steps that call the kernel.
///
/// # Safety
///
/// *handle*.
unsafe fn tell(
    seq: *mut snd_seq_t,
    version: u32,
    endpoint: &UmpEndpointInfo,
    groups: c_uint,
) -> c_int {
    let version = c_int::try_from(version).unwrap_or(0);
    // SAFETY: *handle*.
    let mut told = unsafe { snd_seq_set_client_midi_version(seq, version) };
    // The name as a C string: it has the kernel's length, and ends with a NUL.
    let mut name = endpoint.name;
    let [.., last] = &mut name.0;
    *last = 0;
    if told >= 0 && !name.as_bytes_until_nul().is_empty() {
        // SAFETY: *handle*; the name has just been ended.
        told = unsafe { snd_seq_set_client_name(seq, name.0.as_ptr().cast()) };
    }
    if told >= 0 {
        // SAFETY: *handle*; the struct is borrowed.
        told = unsafe { snd_seq_set_ump_endpoint_info(seq, (&raw const *endpoint).cast()) };
    }
    if told < 0 {
        return told;
    }
    for group in 0..=groups {
        let mut port = PortInfo::zeroed();
        let number = u8::try_from(group).unwrap_or(0);
        port.addr.port = number;
        port.port_type =
            PortType::MIDI_GENERIC | PortType::MIDI_UMP | PortType::APPLICATION | PortType::PORT;
        port.flags = PortFlags::GIVEN_PORT;
        let mut text = NameText {
            name: &mut port.name,
            used: 0,
        };
        if group == 0 {
            text.push(b"MIDI 2.0");
            port.capability = usable(UMP_DIR_BIDIRECTION) | PortCaps::UMP_ENDPOINT;
        } else {
            let _ = write!(text, "Group {number}");
            port.set_ump_group(number);
        }
        // SAFETY: *handle*; the struct is this function's own.
        told = unsafe { snd_seq_create_port(seq, &raw mut port) };
        if told < 0 {
            // This call has created the ports before this one.
            for made in 0..number {
                // SAFETY: *handle*.
                unsafe { snd_seq_delete_port(seq, made.into()) };
            }
            return told;
        }
    }
    0
}

/// Returns the capabilities of a port whose block has this direction.
fn usable(direction: u8) -> PortCaps {
    let to = PortCaps::WRITE | PortCaps::SYNC_WRITE | PortCaps::SUBS_WRITE;
    let from = PortCaps::READ | PortCaps::SYNC_READ | PortCaps::SUBS_READ;
    match direction {
        UMP_DIR_INPUT => to,
        UMP_DIR_OUTPUT => from,
        UMP_DIR_BIDIRECTION => to | from | PortCaps::DUPLEX,
        _ => PortCaps::empty(),
    }
}

/// Adds function block `blkid`, from 0, to the endpoint of the own client. Sets the block in the
/// kernel, and allows using the ports of its groups in its direction. Their names contain the names
/// of their blocks in brackets.
///
/// Returns 0; `-EINVAL` without an endpoint, or for a number of a block or of groups that the
/// endpoint does not have; `-EBUSY` if the block exists already; or the kernel's negative errno. If
/// a port cannot be changed, that is not a failure, because the block exists.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snd_seq_create_ump_block(
    seq: *mut snd_seq_t,
    blkid: c_int,
    info: *const snd_ump_block_info_t,
) -> c_int {
    // SAFETY: *handle*.
    let Some(own) = (unsafe { handle(seq) }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *object*.
    let Some(info) = (unsafe { info.as_ref() }) else {
        return -libc::EINVAL;
    };
    // SAFETY: *direction*: no other thread looks into the cell.
    let state: &mut Endpoint = unsafe { &mut *own.endpoint.get() };
    let (Some(endpoint), Ok(number)) = (&state.info, u32::try_from(blkid)) else {
        return -libc::EINVAL;
    };
    let end = u32::from(info.first_group) + u32::from(info.num_groups);
    if number >= endpoint.num_blocks.get()
        || u32::from(info.first_group) >= state.groups
        || end > state.groups
    {
        return -libc::EINVAL;
    }
    let place = usize::try_from(number)
        .ok()
        .and_then(|number| state.blocks.get_mut(number));
    let Some(place) = place else {
        return -libc::EINVAL;
    };
    if place.is_some() {
        return -libc::EBUSY;
    }
    let mut block = *info;
    block.active = 1;
    if block.midi_ci_version == 0 {
        block.midi_ci_version = 1;
    }
    // SAFETY: *handle*; the struct is this function's own.
    let told = unsafe { snd_seq_set_ump_block_info(seq, blkid, (&raw const block).cast()) };
    if told < 0 {
        return told;
    }
    *place = Some(block);
    // SAFETY: *handle*.
    unsafe { update_ports(seq, state) };
    0
}

/// Sets the names and capabilities of the ports of all groups that a block has. Leaves out ports
/// that the program has deleted.
///
/// # Safety
///
/// *handle*.
unsafe fn update_ports(seq: *mut snd_seq_t, state: &Endpoint) {
    for group in 0..u8::try_from(state.groups).unwrap_or(0) {
        let of_group = |block: &&UmpBlockInfo| {
            block.first_group <= group && group - block.first_group < block.num_groups
        };
        let mut name = Name::zeroed();
        let mut text = NameText {
            name: &mut name,
            used: 0,
        };
        let number = group.wrapping_add(1);
        let _ = write!(text, "Group {number}");
        let mut capability = None;
        let mut open = false;
        for block in state.blocks.iter().flatten().filter(of_group) {
            let all = capability.unwrap_or(PortCaps::empty()) | usable(block.direction);
            capability = Some(all);
            let of_block = block.name.as_bytes_until_nul();
            if !of_block.is_empty() {
                text.push(if open { b", " } else { b" (" });
                text.push(of_block);
                open = true;
            }
        }
        if open {
            text.push(b")");
        }
        let Some(capability) = capability else {
            continue;
        };
        let mut port = PortInfo::zeroed();
        // SAFETY: *handle*; the struct is this function's own.
        let got = unsafe { snd_seq_get_port_info(seq, number.into(), &raw mut port) };
        if got >= 0 && (port.name != name || port.capability != capability) {
            port.name = name;
            port.capability = capability;
            // SAFETY: as above.
            unsafe { snd_seq_set_port_info(seq, number.into(), &raw mut port) };
        }
    }
}
