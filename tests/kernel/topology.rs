//! Follows the graph while it changes. All tests run at the same time on one sequencer, so each
//! monitor sees the clients of the other tests. Each test compares only its own clients.

mod following;
mod overruns;
mod tracker;

use alsa_seq::abi::ioctl::Errno;
use alsa_seq::abi::{
    consts,
    info::ClientUmpInfo,
    ump::{UmpBlockInfo, UmpEndpointInfo},
};
use alsa_seq::{
    Address, ClientId, ClientInfo, PortInfo, SequencerClient, Topology, TopologyChange,
    TopologyMonitor,
};

use support::{PATIENCE, client, unique};

/// A monitor, and a client that existed before the monitor. The client's ports mark the monitor's
/// progress.
///
/// If another client's changes are announced before this client's new port, the monitor has them
/// when it has the port. The monitor already contains this client, so it does not find the port
/// early by chance.
struct Watch {
    monitor: TopologyMonitor,
    marker: SequencerClient,
}

impl Watch {
    fn new() -> Self {
        let marker = client("marker");
        let monitor = TopologyMonitor::open(unique("monitor")).unwrap();
        Self { monitor, marker }
    }

    fn topology(&self) -> &Topology {
        self.monitor.topology()
    }

    /// Returns all changes of these clients until now.
    fn changes_of(&mut self, clients: &[ClientId]) -> Vec<String> {
        let last = unique("mark");
        let _port = self.marker.create_port(last.as_str()).unwrap();
        let changes = changes_until(&mut self.monitor, &last);
        let own = changes.iter().filter(|change| is_about(change, clients));
        own.map(text).collect()
    }

    /// Returns the changes of these clients until one of them is removed. The removal can come some
    /// time after the client was closed: a program that another test starts has the client's file
    /// for a moment, and keeps it open.
    fn changes_until_gone(&mut self, clients: &[ClientId], gone: ClientId) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            let change = self.monitor.next_change_timeout(PATIENCE).unwrap();
            if is_about(&change, clients) {
                told.push(text(&change));
            }
            if matches!(change, TopologyChange::ClientRemoved(info) if info.id() == gone) {
                return told;
            }
        }
    }
}

fn is_about(change: &TopologyChange, clients: &[ClientId]) -> bool {
    let subjects = subjects(change);
    !subjects.is_empty() && subjects.iter().all(|id| clients.contains(id))
}

/// Returns the changes up to the one that adds a port of this name, with the other changes that
/// were found with it. The differences of two snapshots come in the order of the addresses.
fn changes_until(monitor: &mut TopologyMonitor, last: &str) -> Vec<TopologyChange> {
    let mut changes = Vec::new();
    let mut found = false;
    while !found {
        let change = monitor.next_change_timeout(PATIENCE).unwrap();
        // If so many changes happen that announcements are lost, the port may have replaced another
        // port that was deleted meanwhile.
        found = match &change {
            TopologyChange::PortAdded(port) => port.name() == last,
            TopologyChange::PortChanged { new, .. } => new.name() == last,
            _ => false,
        };
        changes.push(change);
    }
    while let Some(change) = monitor.try_next_change().unwrap() {
        changes.push(change);
    }
    changes
}

/// Returns the clients that the change concerns.
fn subjects(change: &TopologyChange) -> Vec<ClientId> {
    use TopologyChange as Change;

    match change {
        Change::ClientAdded(info) | Change::ClientRemoved(info) => vec![info.id()],
        Change::ClientChanged { old, new } => vec![old.id(), new.id()],
        Change::PortAdded(info) | Change::PortRemoved(info) => vec![info.address().client],
        Change::PortChanged { old, new } => vec![old.address().client, new.address().client],
        Change::Connected(connection) | Change::Disconnected(connection) => {
            vec![connection.sender.client, connection.receiver.client]
        }
        Change::EndpointChanged(id) => vec![*id],
        Change::FunctionBlockChanged { client, .. } => vec![*client],
        _ => Vec::new(),
    }
}

fn text(change: &TopologyChange) -> String {
    use TopologyChange as Change;

    match change {
        Change::ClientAdded(info) => format!("+ client {}", info.id()),
        Change::ClientRemoved(info) => format!("- client {}", info.name()),
        Change::ClientChanged { old, new } => format!("client {} > {}", old.name(), new.name()),
        Change::PortAdded(info) => format!("+ {}", info.name()),
        Change::PortRemoved(info) => format!("- {}", info.name()),
        Change::PortChanged { old, new } => format!("{} > {}", old.name(), new.name()),
        Change::Connected(connection) => {
            format!("+ {} > {}", connection.sender, connection.receiver)
        }
        Change::Disconnected(connection) => {
            format!("- {} > {}", connection.sender, connection.receiver)
        }
        other => format!("{other:?}"),
    }
}

/// Returns the graph's text for these clients.
fn part_of(topology: &Topology, clients: &[ClientId]) -> Vec<String> {
    let mine = |address: Address| clients.contains(&address.client);
    let client = |info: &ClientInfo| format!("{} {}", info.id(), info.name());
    let port = |info: &PortInfo| {
        let caps = info.caps();
        format!("{} {} {caps:?}", info.address(), info.name())
    };
    let own = topology
        .clients()
        .filter(|info| clients.contains(&info.id()));
    let ports = topology.ports().filter(|info| mine(info.address()));
    let connections = topology
        .connections()
        .filter(|connection| mine(connection.sender) && mine(connection.receiver))
        .map(|connection| format!("{connection:?}"));
    let mut connections: Vec<String> = connections.collect();
    connections.sort_unstable();
    own.map(client)
        .chain(ports.map(port))
        .chain(connections)
        .collect()
}

fn texts_of(changes: &[TopologyChange], clients: &[ClientId]) -> Vec<String> {
    let own = changes.iter().filter(|change| is_about(change, clients));
    own.map(text).collect()
}

/// Makes the client a UMP client with an endpoint and a block, if the kernel has UMP.
fn describe_ump(client: &SequencerClient) {
    let mut info = *client.info().unwrap().raw();
    let mut ump = ClientUmpInfo::zeroed();
    ump.client = info.client;
    let answer = client.fd().get_client_ump_info(&mut ump);
    if answer.unwrap_err() == Errno::ENOTTY {
        return;
    }
    info.midi_version = consts::CLIENT_UMP_MIDI_2_0;
    client.fd().set_client_info(&info).unwrap();
    let mut endpoint = UmpEndpointInfo::zeroed();
    endpoint.num_blocks = 1.into();
    ump.set_endpoint(&endpoint);
    client.fd().set_client_ump_info(&ump).unwrap();
    ump.info_type = consts::CLIENT_UMP_INFO_BLOCK;
    ump.set_block(&UmpBlockInfo::zeroed());
    client.fd().set_client_ump_info(&ump).unwrap();
}
