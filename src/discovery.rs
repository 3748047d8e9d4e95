//! Lists of clients and ports.

use alsa_seq_kernel_abi::info as abi;
use alsa_seq_kernel_abi::ioctl::Errno;

use crate::address::{Address, ClientId, PortId};
use crate::control::ClientControl;
use crate::error::{Operation, Result, errno};
use crate::info::ClientInfo;
use crate::port::{PortCaps, PortInfo, PortOptions, PortType};

/// A filter for the ports that [`ClientControl::ports`] lists.
///
/// By default, it selects all MIDI ports that can be connected, except for those of the
/// system client and those that are not in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "it only describes what to list"]
pub struct PortFilter {
    sends: bool,
    receives: bool,
    port_type: PortType,
    system: bool,
    midi_through: bool,
    no_export: bool,
    inactive: bool,
    own: bool,
    connectable: bool,
    sorted: bool,
}

impl Default for PortFilter {
    fn default() -> Self {
        Self::new()
    }
}

impl PortFilter {
    /// The default filter, with ports of both directions.
    pub const fn new() -> Self {
        Self {
            sends: false,
            receives: false,
            port_type: PortType::MIDI_GENERIC,
            system: false,
            midi_through: true,
            no_export: true,
            inactive: false,
            own: true,
            connectable: true,
            sorted: true,
        }
    }

    /// Sets whether to list only ports that send, which you can receive from. Together
    /// with [`receives`](Self::receives), only ports that do both are listed.
    pub const fn sends(mut self, yes: bool) -> Self {
        self.sends = yes;
        self
    }

    /// Sets whether to list only ports that receive, which you can send to.
    pub const fn receives(mut self, yes: bool) -> Self {
        self.receives = yes;
        self
    }

    /// Lists only ports with all these type bits. The default is
    /// [`PortType::MIDI_GENERIC`]. Without bits, ports of any type are listed.
    pub const fn port_type(mut self, bits: PortType) -> Self {
        self.port_type = bits;
        self
    }

    /// Sets whether to list the system client's ports. The default is false.
    pub const fn include_system(mut self, yes: bool) -> Self {
        self.system = yes;
        self
    }

    /// Sets whether to list the ports of the client "Midi Through". The default is true.
    pub const fn include_midi_through(mut self, yes: bool) -> Self {
        self.midi_through = yes;
        self
    }

    /// Sets whether to list ports that only their owner may connect. The default is true.
    pub const fn include_no_export(mut self, yes: bool) -> Self {
        self.no_export = yes;
        self
    }

    /// Sets whether to list ports of UMP groups that are not in use. The default is
    /// false. Before Linux 6.5, no such ports exist.
    pub const fn include_inactive(mut self, yes: bool) -> Self {
        self.inactive = yes;
        self
    }

    /// Sets whether to list the ports of this client itself. The default is true.
    pub const fn include_own(mut self, yes: bool) -> Self {
        self.own = yes;
        self
    }

    /// Sets whether to list only ports that allow connections. The default is true.
    pub const fn only_connectable(mut self, yes: bool) -> Self {
        self.connectable = yes;
        self
    }

    /// Sets whether to sort the ports by preference, with the best default first. The
    /// default is true. If the filter [`receives`](Self::receives), synthesizers come
    /// before other ports. Midi Through is always last. Ports of the same rank are sorted
    /// by address. If this is false, all ports are sorted by address.
    pub const fn sorted(mut self, yes: bool) -> Self {
        self.sorted = yes;
        self
    }

    fn accepts(self, port: &PortInfo) -> bool {
        let caps = port.caps();
        let (sends, receives) = if self.connectable {
            (
                caps.contains(PortOptions::SENDS),
                caps.contains(PortOptions::RECEIVES),
            )
        } else {
            (
                caps.contains(PortCaps::READ),
                caps.contains(PortCaps::WRITE),
            )
        };
        let direction = match (self.sends, self.receives) {
            (true, true) => sends && receives,
            (true, false) => sends,
            (false, true) => receives,
            (false, false) => sends || receives,
        };
        direction
            && port.port_type().contains(self.port_type)
            && (self.no_export || !caps.contains(PortCaps::NO_EXPORT))
            && (self.inactive || !port.is_inactive())
    }

    /// The sort key; a smaller rank is better.
    fn rank(self, port: &PortInfo) -> usize {
        const GENERIC: PortType = PortType::MIDI_GENERIC;
        const FOR_RECEIVERS: [PortType; 4] = [
            GENERIC
                .union(PortType::MIDI_GM)
                .union(PortType::SYNTHESIZER),
            GENERIC.union(PortType::SYNTHESIZER),
            GENERIC.union(PortType::MIDI_GM),
            GENERIC,
        ];
        let preferred: &[PortType] = if self.receives && !self.sends {
            &FOR_RECEIVERS
        } else {
            &[GENERIC]
        };
        preferred
            .iter()
            .position(|bits| port.port_type().contains(*bits))
            .unwrap_or(preferred.len())
    }
}

/// Lists of clients and ports.
impl ClientControl {
    /// All clients, in the order of their numbers.
    ///
    /// An error is returned as the last item.
    #[doc(alias = "snd_seq_query_next_client")]
    pub fn clients(&self) -> Clients {
        Clients {
            control: self.clone(),
            // The kernel returns the next number above this one.
            last: -1,
            done: false,
        }
    }

    /// Iterates over all ports of a client, in the order of their numbers. A client that
    /// does not exist, or is closed during the iteration, has no (more) ports.
    ///
    /// An error is returned as the last item.
    #[doc(alias = "snd_seq_query_next_port")]
    pub fn ports_of(&self, client: impl Into<ClientId>) -> Ports {
        Ports {
            control: self.clone(),
            client: client.into(),
            // The kernel returns the next number above this one. The number has eight
            // bits and wraps.
            last: PortId::new(u8::MAX),
            done: false,
        }
    }

    /// Returns the ports of all clients that `which` selects, with the names of their
    /// clients. By default, this includes this client's own ports
    /// ([`PortFilter::include_own`]), and the first port is a good default to connect to.
    ///
    /// # Errors
    /// None are known. A client that is closed during the call is left out.
    pub fn ports(&self, which: PortFilter) -> Result<Vec<PortInfo>> {
        let mut found = Vec::new();
        for client in self.clients() {
            let client = client?;
            let name = client.name();
            let through = name == "Midi Through";
            if (client.id() == ClientId::SYSTEM && !which.system)
                || (client.id() == self.id() && !which.own)
                || (through && !which.midi_through)
            {
                continue;
            }
            for port in self.ports_of(client.id()) {
                let port = port?;
                if which.accepts(&port) {
                    found.push((through, port.with_client_name(&name)));
                }
            }
        }
        if which.sorted {
            found.sort_by_key(|(through, port)| (*through, which.rank(port), port.address()));
        }
        Ok(found.into_iter().map(|(_, port)| port).collect())
    }
}

/// The iterator of [`ClientControl::clients`]. It has a handle of this client.
#[derive(Debug)]
pub struct Clients {
    control: ClientControl,
    last: i32,
    done: bool,
}

impl Iterator for Clients {
    type Item = Result<ClientInfo>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let mut info = abi::ClientInfo::zeroed();
        info.client = self.last;
        let client = match self.control.client(Operation::Clients) {
            Ok(client) => client,
            Err(error) => {
                self.done = true;
                return Some(Err(error));
            }
        };
        let answer = client.fd().query_next_client(&mut info);
        self.last = info.client;
        item(answer, &[Errno::ENOENT], Operation::Clients, &mut self.done)
            .map(|found| found.map(|()| ClientInfo::new(info)))
    }
}

/// The iterator of [`ClientControl::ports_of`]. It has a handle of this client.
#[derive(Debug)]
pub struct Ports {
    control: ClientControl,
    client: ClientId,
    last: PortId,
    done: bool,
}

impl Iterator for Ports {
    type Item = Result<PortInfo>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let mut info = abi::PortInfo::zeroed();
        info.addr = Address::from((self.client, self.last)).to_abi();
        // Since 6.5, this also requests inactive ports. The answer overwrites it.
        info.capability = PortCaps::INACTIVE;
        let client = match self.control.client(Operation::Ports) {
            Ok(client) => client,
            Err(error) => {
                self.done = true;
                return Some(Err(error));
            }
        };
        let answer = client.fd().query_next_port(&mut info);
        let found = PortId::new(info.addr.port);
        // Linux 6.1 allows a port 255. After it, the numbers would start again.
        let first = self.last == PortId::new(u8::MAX);
        if answer.is_ok() && !first && found <= self.last {
            self.done = true;
            return None;
        }
        self.done = found == PortId::new(u8::MAX);
        self.last = found;
        // ENXIO: the client was closed, with its ports.
        let end = [Errno::ENOENT, Errno::ENXIO];
        item(answer, &end, Operation::Ports, &mut self.done)
            .map(|found| found.map(|()| PortInfo::new(info)))
    }
}

/// Converts an answer to an iterator's item. An error is the last item, because the
/// iterator cannot continue after it.
fn item(
    answer: Result<(), Errno>,
    end: &[Errno],
    operation: Operation,
    done: &mut bool,
) -> Option<Result<()>> {
    let error = match answer {
        Ok(()) => return Some(Ok(())),
        Err(error) => error,
    };
    *done = true;
    if end.contains(&error) {
        None
    } else {
        Some(Err(errno(operation)(error)))
    }
}
