//! The ports that programs of midir can connect to.

use alsa_seq::{Address, ClientControl, PortCaps, PortInfo, PortType, Result};

use crate::errors::PortInfoError;
use crate::why;

/// The kinds of ports that midir lists: a port has one of these bits.
const KINDS: PortType = PortType::MIDI_GENERIC
    .union(PortType::SYNTH)
    .union(PortType::APPLICATION);

/// Returns whether midir lists the port among the ports that have all these capabilities.
pub(crate) fn is_listed(port: &PortInfo, caps: PortCaps) -> bool {
    port.port_type().intersects(KINDS) && port.caps().contains(caps) && !port.is_inactive()
}

/// Returns the addresses of the listed ports, in the kernel's order.
pub(crate) fn ports(control: &ClientControl, caps: PortCaps) -> Vec<Address> {
    // midir has no error for this. A client that ends in the meantime is not an error.
    let clients = control.clients().filter_map(Result::ok);
    let ports = clients.flat_map(|client| control.ports_of(client.id()).filter_map(Result::ok));
    ports
        .filter(|port| is_listed(port, caps))
        .map(|port| port.address())
        .collect()
}

/// Returns the name of a port, in midir's format.
pub(crate) fn port_name(control: &ClientControl, port: Address) -> Result<String, PortInfoError> {
    let info = control.port_info(port).map_err(why::port_info)?;
    let client = control.client_info(port.client).map_err(why::port_info)?;
    Ok(full_name(&client.name(), &info))
}

pub(crate) fn full_name(client: &str, port: &PortInfo) -> String {
    format!("{client}:{} {}", port.name(), port.address())
}
