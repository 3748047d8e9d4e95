//! The ports for recording and for the metronome.

use alsa_seq::ump::Group;
use alsa_seq::{
    Address, Endpoint, EndpointOptions, FunctionBlockOptions, Port, PortCaps, PortOptions,
    PortType, Queue, SequencerClient,
};

use super::{Metronome, Options, other};
use crate::failure::Failure;
use crate::tempo::TimeSignature;

/// The ports at which events arrive.
pub(super) enum Ports {
    /// Port N receives the events for the file's port N.
    Each(Vec<Port>),
    /// An endpoint: packets contain their groups.
    Groups(Endpoint),
}

impl Ports {
    /// Creates a port for each of a song's ports.
    pub(super) fn of_song(
        client: &SequencerClient,
        queue: &Queue,
        number: u8,
        name: &str,
    ) -> alsa_seq::Result<Self> {
        let port = |number| {
            let port = PortOptions::receiver(format!("{name} port {number}"))
                .port_type(PortType::MIDI_GENERIC | PortType::APPLICATION)
                .stamp_ticks(queue);
            client.create_port(port)
        };
        (0..number)
            .map(port)
            .collect::<Result<_, _>>()
            .map(Self::Each)
    }

    /// Creates an endpoint with a group for each source, or with all groups if other
    /// programs connect.
    pub(super) fn of_clip(
        client: &SequencerClient,
        queue: &Queue,
        number: u8,
    ) -> Result<Self, Failure> {
        let mut endpoint = EndpointOptions::new(client.info()?.name());
        let groups = if number == 0 { 16 } else { number };
        if groups > 16 {
            return Err(other("a clip has 16 groups"));
        }
        for group in Group::all().take(groups.into()) {
            let name = format!("Group {}", group.number() + 1);
            endpoint = endpoint.function_block(FunctionBlockOptions::new(name, group, 1));
        }
        let endpoint = client.create_endpoint(endpoint)?;
        for port in endpoint.group_ports().iter().chain([endpoint.port()]) {
            port.set_info(PortOptions::from(&port.info()?).stamp_ticks(queue))?;
        }
        Ok(Self::Groups(endpoint))
    }

    pub(super) fn all(&self) -> &[Port] {
        match self {
            Self::Each(ports) => ports,
            Self::Groups(endpoint) => endpoint.group_ports(),
        }
    }

    /// The number of this port, or `None` for another program's port.
    pub(super) fn number(&self, address: Address) -> Option<u8> {
        if let Self::Groups(endpoint) = self {
            if endpoint.port().address() == address {
                return Some(0);
            }
        }
        let number = self.all().iter().position(|port| port.address() == address);
        number.and_then(|number| u8::try_from(number).ok())
    }
}

pub(super) fn make_metronome(
    client: &mut SequencerClient,
    options: &Options,
) -> Result<(Metronome, Port), Failure> {
    // Only the kernel writes to it.
    let caps = PortCaps::READ | PortCaps::WRITE;
    let port = client.create_port(PortOptions::new("metronome").caps(caps))?;
    client.set_source(&port);
    let signature = options.time_signature;
    let signature = signature.unwrap_or(TimeSignature { beats: 4, unit: 2 });
    let metronome = Metronome::new(signature, options.division, options.bpm)?;
    Ok((metronome, port))
}

/// Creates the port for the kernel's announcements.
pub(super) fn make_watch(client: &SequencerClient) -> alsa_seq::Result<Port> {
    let port = client.create_port(PortOptions::new("announcements").caps(PortCaps::WRITE))?;
    port.connect_from(Address::ANNOUNCE)?;
    Ok(port)
}
