//! Finds out why nothing is heard although the sequencer can be opened.

use std::collections::{BTreeMap, BTreeSet};

use alsa_seq::abi::limits::FIRST_USER_CLIENT;
use alsa_seq::{
    Address, ClientControl, ClientId, ClientKind, PortCaps, PortInfo, PortType, Topology,
};

use super::Finding;
use super::machine::Machine;
use crate::failure::Failure;
use crate::graph::{is_input, is_output, is_public};

/// The maximum number of clients of programs.
const MOST_CLIENTS: usize = 64;

/// If fewer clients than this are free, that is reported.
const FEW_CLIENTS: usize = 8;

/// The kernel's client that forwards its events (*Midi Through*).
const THROUGH: ClientId = ClientId::new(14);

/// Examines the clients, ports, connections and queues.
pub(super) fn examine(control: &ClientControl, machine: &Machine) -> Vec<Finding> {
    let mut findings = Vec::new();
    let found = Topology::snapshot(control)
        .map_err(Failure::from)
        .and_then(|topology| {
            let graph = Graph::new(control, topology);
            graph.clients(&mut findings);
            graph.hardware(machine, &mut findings);
            graph.ports(&mut findings);
            graph.connections(&mut findings);
            graph.queues(&mut findings)
        });
    if let Err(failure) = found {
        findings.push(Finding::problem("sequencer", failure.to_string()));
    }
    findings
}

/// The ends of connections that are possible.
enum Ends {
    /// Two clients can be connected.
    Both,
    /// Ports send, but none of another client receives. This is the first port that sends.
    Sender(Address),
    /// No port sends. This is the first that receives.
    Receiver(Address),
    None,
}

struct Graph<'c> {
    control: &'c ClientControl,
    topology: Topology,
    /// The ports that send to another client. The topology finds the connections of one sender only
    /// in the list of all.
    senders: BTreeSet<Address>,
    /// For each client, the other clients to which it sends.
    fed: BTreeMap<ClientId, BTreeSet<ClientId>>,
}

impl<'c> Graph<'c> {
    fn new(control: &'c ClientControl, topology: Topology) -> Self {
        let mut senders = BTreeSet::new();
        let mut fed: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for connection in topology.connections() {
            let (sender, receiver) = (connection.sender, connection.receiver.client);
            if sender.client != receiver {
                senders.insert(sender);
                fed.entry(sender.client).or_default().insert(receiver);
            }
        }
        Self {
            control,
            topology,
            senders,
            fed,
        }
    }
}

impl Graph<'_> {
    /// Checks for too many clients, for clients that do not read, and for lost events.
    fn clients(&self, findings: &mut Vec<Finding>) {
        let programs = self
            .topology
            .clients()
            .filter(|client| client.kind() == ClientKind::User);
        let programs: Vec<_> = programs
            .filter(|client| client.id() != self.control.id())
            .collect();
        let left = MOST_CLIENTS.saturating_sub(programs.len() + 1);
        if left < FEW_CLIENTS {
            let text = format!("programs have {} of {MOST_CLIENTS} clients", programs.len());
            findings.push(
                Finding::note("clients-few", text)
                    .try_this("close programs that use the sequencer"),
            );
        }
        for client in programs {
            let name = format!("{} {}", client.id(), client.name());
            // A client that was just closed has no pool.
            let Ok(pool) = self.control.client_pool(client.id()) else {
                continue;
            };
            let receives = self
                .topology
                .ports_of(client.id())
                .any(|port| self.has_senders(port));
            if receives && pool.input() > 0 && pool.input_free() == 0 {
                let text = format!(
                    "client {name} does not read its events, and its input pool is full: what is \
                     sent to it is lost"
                );
                findings
                    .push(Finding::problem("receiver-full", text).try_these(restart(client.pid())));
            }
            if client.events_lost() > 0 {
                let text = format!("client {name} has lost {} events", client.events_lost());
                findings.push(Finding::note("events-lost", text));
            }
        }
    }

    /// Returns whether the port is only for the kernel's announcements, and so for nobody else.
    fn hears_announcements(&self, port: &PortInfo) -> bool {
        let is_system = |found: alsa_seq::Connection| found.sender.client == ClientId::SYSTEM;
        self.has_senders(port) && self.topology.connections_to(port).all(is_system)
    }

    fn has_senders(&self, port: &PortInfo) -> bool {
        self.topology.connections_to(port).next().is_some()
    }

    /// Checks for cards with MIDI devices that have no client.
    fn hardware(&self, machine: &Machine, findings: &mut Vec<Finding>) {
        let mut cards: Vec<u32> = machine
            .names_in("/proc/asound")
            .iter()
            .filter_map(|name| name.strip_prefix("card")?.parse().ok())
            .collect();
        cards.sort_unstable();
        for card in cards {
            let names = machine.names_in(&format!("/proc/asound/card{card}"));
            let number = |name: &str| {
                name.strip_prefix("midi")
                    .is_some_and(|end| end.parse::<u8>().is_ok())
            };
            let has_midi = names.iter().any(|name| number(name));
            let has_client = self
                .topology
                .clients()
                .any(|client| client.card() == Some(card));
            if has_midi && !has_client {
                let id = machine
                    .read(&format!("/proc/asound/card{card}/id"))
                    .unwrap_or_default();
                let text = format!(
                    "card {card} ({}) has a MIDI device, but the sequencer does not know it",
                    id.trim()
                );
                findings.push(
                    Finding::problem("card-without-client", text)
                        .try_this("sudo modprobe snd-seq-midi (CONFIG_SND_SEQ_MIDI)"),
                );
            }
        }
    }

    /// Checks the ports that other programs may use.
    fn ports(&self, findings: &mut Vec<Finding>) {
        let is_elsewhere = |port: &&PortInfo| {
            let client = port.address().client;
            client != ClientId::SYSTEM && client != THROUGH && client != self.control.id()
        };
        let ports: Vec<_> = self.topology.ports().filter(is_elsewhere).collect();
        let usable = |port: &&&PortInfo| is_public(port) && (is_input(port) || is_output(port));
        let number = ports.iter().filter(usable).count();
        if number == 0 {
            findings.push(
                Finding::note("no-ports", "no device and no program has a port to connect")
                    .try_this("plug in a keyboard, or start a synthesizer"),
            );
        } else {
            let ports = if number == 1 { "port" } else { "ports" };
            // `aseq list` also shows the kernel's own ports.
            let own = match self.topology.client(THROUGH) {
                Some(_) => "System and Midi Through",
                None => "System",
            };
            let text = format!("{number} {ports} can be connected, besides {own} (aseq list)");
            findings.push(Finding::fine("ports", text));
        }
        for port in ports {
            let is_closed = |all: PortCaps, subscribe: PortCaps| {
                port.caps().contains(all) && !port.caps().contains(subscribe)
            };
            let is_program = port.address().client.number() >= FIRST_USER_CLIENT;
            if !is_program || !is_public(port) || is_input(port) || is_output(port) {
                continue;
            }
            if self.hears_announcements(port) {
                continue;
            }
            if is_closed(PortCaps::WRITE, PortCaps::SUBS_WRITE)
                || is_closed(PortCaps::READ, PortCaps::SUBS_READ)
            {
                let name = self.name(port.address());
                let text = format!("port {name} lets no other program connect it");
                findings.push(Finding::note("port-closed", text));
            }
        }
    }

    /// Checks for connections that are missing, that end at *Midi Through* or at their own
    /// sender, or that are exclusive.
    fn connections(&self, findings: &mut Vec<Finding>) {
        let own = self.control.id();
        let is_music = |connection: &alsa_seq::Connection| {
            let ends = [connection.sender.client, connection.receiver.client];
            !ends.contains(&own) && connection.sender.client != ClientId::SYSTEM
        };
        let connections: Vec<_> = self.topology.connections().filter(is_music).collect();
        let number = connections.len();
        if number > 0 {
            let text = match number {
                1 => "1 connection carries events".to_owned(),
                _ => format!("{number} connections carry events"),
            };
            findings.push(Finding::fine("connections", text));
        }
        for connection in &connections {
            let (sender, receiver) = (connection.sender, connection.receiver);
            let leads_on =
                |next: &alsa_seq::Connection| next.sender == receiver && next.receiver != receiver;
            if sender == receiver {
                let text = format!(
                    "{} is connected to itself: its events come back to it, and may repeat",
                    self.name(sender)
                );
                findings.push(
                    Finding::note("loop", text)
                        .try_this(format!("aseq disconnect {sender} {receiver}")),
                );
            } else if receiver.client == THROUGH && !connections.iter().any(leads_on) {
                let (sender, receiver) = (self.name(sender), self.name(receiver));
                let text =
                    format!("{sender} sends to {receiver}, which is connected to no other port");
                findings.push(
                    Finding::note("leads-nowhere", text)
                        .try_this(format!("aseq connect {THROUGH} RECEIVER")),
                );
            }
            if connection.exclusive {
                let (sender, receiver) = (self.name(sender), self.name(receiver));
                let text = format!("{sender} and {receiver} are connected exclusively");
                findings.push(Finding::note("exclusive", text).try_this(format!(
                    "aseq disconnect {} {}",
                    connection.sender, connection.receiver
                )));
            }
        }
        let leads_on = |connection: &&alsa_seq::Connection| {
            connection.receiver.client != THROUGH && connection.sender != connection.receiver
        };
        match (self.open_ends(), connections.iter().find(leads_on)) {
            (Ends::Sender(sender), None) => findings.push(self.no_synthesizer(sender)),
            (Ends::Receiver(receiver), None) => {
                let text = format!(
                    "{} can receive notes, but no keyboard and no other program sends any",
                    self.name(receiver)
                );
                findings.push(
                    Finding::note("no-sender", text)
                        .try_this("plug in a keyboard, and then aseq doctor again")
                        .try_this(format!("aseq send -p {receiver} note 1 60 100 500ms")),
                );
            }
            _ if number == 0 && self.has_something_to_connect() => findings.push(
                Finding::problem("not-connected", "nothing is connected: no port gets events")
                    .try_this("aseq connect SENDER RECEIVER, with the names of aseq list"),
            ),
            _ => self.unconnected(findings),
        }
    }

    /// Checks for hardware that sends to no other client, and for programs that get events from no
    /// other client.
    fn unconnected(&self, findings: &mut Vec<Finding>) {
        let is_real = |port: &&PortInfo| !self.is_virtual(port);
        let senders: Vec<_> = self.ports_to_connect(is_input).filter(is_real).collect();
        let receivers: Vec<_> = self
            .ports_to_connect(is_output)
            .filter(|port| !self.is_of_kernel(port))
            .collect();
        for sender in senders.iter().filter(|port| self.is_of_kernel(port)) {
            if self.is_heard(sender, &senders) {
                continue;
            }
            let receiver = receivers.iter().min_by_key(|port| self.receives(port));
            let Some(receiver) = receiver else { break };
            let sender = sender.address();
            let text = format!("{} sends to no other port", self.name(sender));
            findings.push(
                Finding::note("sends-nowhere", text)
                    .try_this(format!("aseq connect {sender} {}", receiver.address())),
            );
        }
        for client in self.topology.clients() {
            let is_own = |port: &PortInfo| port.address().client == client.id();
            let own: Vec<_> = receivers.iter().filter(|port| is_own(port)).collect();
            let Some(first) = own.first() else { continue };
            if own.iter().any(|port| self.receives(port)) {
                continue;
            }
            // A connection from these would make a loop.
            let reached = self.reached_from(client.id());
            let others = senders
                .iter()
                .filter(|port| !reached.contains(&port.address().client));
            // A keyboard is the likeliest sender.
            let sender = others.min_by_key(|port| (!self.is_of_kernel(port), self.sends(port)));
            let Some(sender) = sender else { continue };
            let text = format!(
                "client {} {} gets events from no other port",
                client.id(),
                client.name()
            );
            findings.push(Finding::note("gets-nothing", text).try_this(format!(
                "aseq connect {} {}",
                sender.address(),
                first.address()
            )));
        }
    }

    /// Returns whether the events of a device's port reach another client. Port 0 of a MIDI 2.0
    /// device sends the events of all groups, and each other port those of one group. So any of
    /// them is enough, and only the first is reported.
    fn is_heard(&self, port: &PortInfo, senders: &[&PortInfo]) -> bool {
        let client = port.address().client;
        let info = self.topology.client(client);
        if !info.is_some_and(|client| client.midi_version().is_ump()) {
            return self.sends(port);
        }
        let mut own = senders
            .iter()
            .filter(|port| port.address().client == client);
        let is_first = own.clone().next().map(|port| port.address()) == Some(port.address());
        !is_first || own.any(|port| self.sends(port))
    }

    /// Returns the client and the programs that may forward its events.
    fn reached_from(&self, client: ClientId) -> BTreeSet<ClientId> {
        let mut reached = BTreeSet::from([client]);
        let mut next = vec![client];
        while let Some(receivers) = next.pop().map(|sender| self.fed.get(&sender)) {
            for receiver in receivers.into_iter().flatten() {
                let info = self.topology.client(*receiver);
                let is_hardware = info.is_some_and(|info| info.card().is_some());
                // A keyboard does not send on the events that it receives.
                if !is_hardware && reached.insert(*receiver) {
                    next.push(*receiver);
                }
            }
        }
        reached
    }

    /// Returns whether the port sends to another client.
    fn sends(&self, port: &PortInfo) -> bool {
        self.senders.contains(&port.address())
    }

    /// Returns whether the port receives from another client.
    fn receives(&self, port: &PortInfo) -> bool {
        let own = port.address().client;
        let mut found = self.topology.connections_to(port.address());
        found.any(|connection| connection.sender.client != own)
    }

    /// Returns whether the port belongs to a device or to the kernel itself.
    fn is_of_kernel(&self, port: &PortInfo) -> bool {
        let client = self.topology.client(port.address().client);
        client.is_some_and(|client| client.kind() == ClientKind::Kernel)
    }

    /// The problem of a person who has a keyboard, and nothing that makes sound of its notes.
    fn no_synthesizer(&self, sender: Address) -> Finding {
        let text = format!(
            "{} can send notes, but no synthesizer is running that turns them into sound",
            self.name(sender)
        );
        Finding::problem("no-synthesizer", text)
            .try_this(format!(
                "fluidsynth -a alsa -m alsa_seq FILE.sf2, or another synthesizer; then, in a second \
                 terminal: aseq connect {sender} \"FLUID Synth\""
            ))
            .try_this(format!(
                "aseq dump -p {sender}, to see that the notes arrive"
            ))
    }

    /// Returns which ends of a connection exist, but for ports that the kernel itself has made.
    fn open_ends(&self) -> Ends {
        let is_real = |port: &&PortInfo| !self.is_virtual(port);
        let sender = self.ports_to_connect(is_input).find(is_real);
        let receiver = self.ports_to_connect(is_output).find(is_real);
        let pair = self
            .ports_to_connect(is_input)
            .filter(is_real)
            .any(|sender| {
                let mut receivers = self.ports_to_connect(is_output).filter(is_real);
                receivers.any(|receiver| is_pair(sender, receiver))
            });
        match (sender, receiver) {
            _ if pair => Ends::Both,
            (Some(sender), _) => Ends::Sender(sender.address()),
            (None, Some(receiver)) => Ends::Receiver(receiver.address()),
            (None, None) => Ends::None,
        }
    }

    /// The ports of devices and programs that are open in one direction.
    fn ports_to_connect(&self, is_open: fn(&PortInfo) -> bool) -> impl Iterator<Item = &PortInfo> {
        self.topology.ports().filter(move |port| {
            let client = port.address().client;
            let is_meant =
                client != ClientId::SYSTEM && client != THROUGH && client != self.control.id();
            is_meant && is_public(port) && is_open(port)
        })
    }

    /// Returns whether two clients, devices or programs, have a sending and a receiving port.
    fn has_something_to_connect(&self) -> bool {
        self.ports_to_connect(is_input).any(|sender| {
            let mut receivers = self.ports_to_connect(is_output);
            receivers.any(|receiver| is_pair(sender, receiver))
        })
    }

    /// Whether the kernel itself has made the port, for no device: Midi Through, and virtual
    /// raw MIDI ports.
    fn is_virtual(&self, port: &PortInfo) -> bool {
        port.port_type().contains(PortType::SOFTWARE) && self.is_of_kernel(port)
    }

    /// Checks for stopped queues with events in them.
    fn queues(&self, findings: &mut Vec<Finding>) -> Result<(), Failure> {
        for queue in self.control.queues()? {
            // A queue that was just deleted has no status.
            let Ok(status) = self.control.queue_status(queue.id()) else {
                continue;
            };
            if status.is_running() || status.num_events() == 0 {
                continue;
            }
            let owner = self.topology.client(queue.owner());
            let owner = owner.map_or_else(String::new, |client| client.name().into_owned());
            let text = format!(
                "{} events wait in queue {} ({}) of client {} {}, which is stopped",
                status.num_events(),
                queue.id(),
                queue.name(),
                queue.owner(),
                owner
            );
            findings.push(
                Finding::problem("queue-stopped", text)
                    .try_this("start the program's playback, or end the program"),
            );
        }
        Ok(())
    }

    /// `20:0 (client:port)`
    fn name(&self, port: Address) -> String {
        let names = self.topology.port(port).map(|info| {
            let client = self.topology.client(port.client);
            let client = client.map_or_else(String::new, |client| client.name().into_owned());
            format!(" ({client}:{})", info.name())
        });
        format!("{port}{}", names.unwrap_or_default())
    }
}

/// Whether two ports belong to two clients.
fn is_pair(sender: &PortInfo, receiver: &PortInfo) -> bool {
    sender.address().client != receiver.address().client
}

/// The remedy for a program that does not read.
fn restart(process: Option<u32>) -> Option<String> {
    // The kernel reports the thread that opened the client.
    process.map(|process| format!("start the program again: kill {process}"))
}
