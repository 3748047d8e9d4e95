//! The list as JSON, as `docs/json.md` describes it.

use std::io::{self, Write};

use alsa_seq::{
    Address, Card, ClientInfo, ClientKind, PortCaps, PortInfo, PortType, Stamp, UsbDevice,
};
use serde::Serialize;

use super::{Cards, is_open, ump_version};
use crate::graph::{self, is_input, is_output};

#[derive(Serialize)]
struct List {
    clients: Vec<Client>,
    connections: Vec<Connection>,
}

#[derive(Serialize)]
pub(in crate::cmd) struct Client {
    client: u8,
    name: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<Box<Device>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<u32>,
    /// 0 for MIDI 1.0 bytes.
    ump: u32,
    events_lost: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    ports: Option<Vec<Port>>,
}

/// A sound card.
#[derive(Serialize)]
struct Device {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    driver: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    long_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usb: Option<Usb>,
}

#[derive(Serialize)]
struct Usb {
    /// Four hexadecimal digits, as in `lsusb`.
    vendor: String,
    product: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<String>,
}

#[derive(Serialize)]
pub(in crate::cmd) struct Port {
    address: Address,
    name: String,
    input: bool,
    output: bool,
    capabilities: Vec<String>,
    types: Vec<String>,
}

#[derive(Serialize)]
pub(in crate::cmd) struct Connection {
    sender: Address,
    receiver: Address,
    exclusive: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stamp: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<u8>,
}

pub(super) fn show(clients: &[graph::Client], out: &mut impl Write) -> io::Result<()> {
    let ports = clients.iter().flat_map(|client| &client.ports);
    // Both ports have the connection in their lists, but only one of them may be listed.
    let mut connections: Vec<&alsa_seq::Connection> = Vec::new();
    for found in ports.flat_map(|port| port.to.iter().chain(&port.from)) {
        if !connections.contains(&found) {
            connections.push(found);
        }
    }
    let mut cards = Cards::default();
    let of_client = |client| Client::with_ports(client, &mut cards);
    let list = List {
        clients: clients.iter().map(of_client).collect(),
        connections: connections.into_iter().map(Connection::of).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &list)?;
    writeln!(out)
}

impl Client {
    fn with_ports(client: &graph::Client, cards: &mut Cards) -> Self {
        let ports = client.ports.iter().map(|port| Port::of(&port.info));
        Self {
            ports: Some(ports.collect()),
            ..Self::with_device(&client.info, cards.of(&client.info))
        }
    }

    pub(in crate::cmd) fn with_device(info: &ClientInfo, card: Option<&Card>) -> Self {
        Self {
            device: card.map(Device::of).map(Box::new),
            ..Self::of(info)
        }
    }

    pub(in crate::cmd) fn of(info: &ClientInfo) -> Self {
        Self {
            client: info.id().number(),
            name: info.name().into_owned(),
            kind: match info.kind() {
                ClientKind::User => "user",
                ClientKind::Kernel => "kernel",
            },
            card: info.card(),
            device: None,
            pid: info.pid(),
            ump: ump_version(info).unwrap_or(0),
            events_lost: info.events_lost(),
            ports: None,
        }
    }
}

impl Device {
    fn of(card: &Card) -> Self {
        Self {
            id: card.id().to_owned(),
            driver: card.driver().map(str::to_owned),
            name: card.name().map(str::to_owned),
            long_name: card.long_name().map(str::to_owned),
            path: card
                .device()
                .map(|path| path.to_string_lossy().into_owned()),
            usb: card.usb().map(Usb::of),
        }
    }
}

impl Usb {
    fn of(usb: &UsbDevice) -> Self {
        Self {
            vendor: format!("{:04x}", usb.vendor()),
            product: format!("{:04x}", usb.product()),
            manufacturer: usb.manufacturer().map(str::to_owned),
            product_name: usb.product_name().map(str::to_owned),
            serial: usb.serial().map(str::to_owned),
            port: usb.port().map(str::to_owned),
        }
    }
}

impl Port {
    pub(in crate::cmd) fn of(info: &PortInfo) -> Self {
        Self {
            address: info.address(),
            name: info.name().into_owned(),
            input: is_open(info, is_input),
            output: is_open(info, is_output),
            capabilities: caps(info.caps()),
            types: types(info.port_type()),
        }
    }
}

impl Connection {
    pub(in crate::cmd) fn of(connection: &alsa_seq::Connection) -> Self {
        let (stamp, queue) = match connection.stamp {
            None => (None, None),
            Some(Stamp::Ticks(queue)) => (Some("tick"), Some(queue.number())),
            Some(Stamp::RealTime(queue)) => (Some("real"), Some(queue.number())),
        };
        Self {
            sender: connection.sender,
            receiver: connection.receiver,
            exclusive: connection.exclusive,
            stamp,
            queue,
        }
    }
}

/// The names of the bits that are set.
fn caps(caps: PortCaps) -> Vec<String> {
    names(caps.iter_names().map(|(name, _)| name))
}

fn types(types: PortType) -> Vec<String> {
    names(types.iter_names().map(|(name, _)| name))
}

/// Converts names to the form of other names in JSON: `SUBS_READ` becomes `subs-read`.
fn names(names: impl Iterator<Item = &'static str>) -> Vec<String> {
    names
        .map(|name| name.to_ascii_lowercase().replace('_', "-"))
        .collect()
}
