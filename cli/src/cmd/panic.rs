//! `aseq panic`: ends all notes and resets all channels.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _};
use std::thread::sleep;
use std::time::{Duration, Instant};

use alsa_seq::ump::Packet;
use alsa_seq::{
    Address, ClientControl, ClientId, ClientKind, ClientOptions, ConnectOptions, ErrorKind, Event,
    EventData, MidiVersion, Port, PortCaps, PortInfo, PortOptions, SequencerClient,
};

use crate::address::Place;
use crate::cable;
use crate::deliver::{Owner, PATIENCE, Pace, stopped_reading};
use crate::failure::Failure;
use crate::graph::{self, is_output, is_public};
use crate::people::complain;
use crate::refusal::{connect, described, explained};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Silence these ports (CLIENT:PORT), or all writable ports of these clients
    /// (CLIENT) [default: all ports that others may write to]
    #[arg(value_name = "PORT")]
    port: Vec<String>,
    /// The name of this client, as other programs see it
    #[arg(long, default_value = "aseq panic")]
    name: String,
}

/// The controllers that are sent to each channel. The pedals come first, because a
/// receiver may hold notes while a pedal is down.
const CONTROLLERS: [u8; 8] = [
    64,  // sustain
    66,  // sostenuto
    67,  // soft
    69,  // hold 2
    1,   // modulation
    123, // all notes off
    120, // all sound off
    121, // reset all controllers
];

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let client = SequencerClient::open(&*arguments.name)?;
    let addresses = addresses(&client, &arguments.port)?;
    let mut receivers = Vec::new();
    for address in &addresses {
        match Receiver::new(&client, *address, &addresses) {
            Ok(receiver) => receivers.push(receiver),
            // The port was removed after it was found. It has nothing to silence.
            Err(Failure::Sequencer(error)) if error.kind() == ErrorKind::NotFound => {}
            Err(failure) => return Err(failure),
        }
    }
    let has = |receivers: &[Receiver], ump| receivers.iter().any(|one| one.is_ump() == ump);
    let mut voices = Vec::new();
    if has(&receivers, true) {
        let options = ClientOptions::new(&*arguments.name).midi_version(MidiVersion::Ump2);
        voices.push(Voice::new(options.open()?, &mut receivers)?);
    }
    if has(&receivers, false) {
        voices.push(Voice::new(client, &mut receivers)?);
    }
    let mut notice = Notice::new(receivers.len());
    for message in Message::all() {
        for voice in &mut voices {
            for receiver in &mut receivers {
                voice.say(receiver, message);
                notice.say_if_due();
            }
        }
    }
    let failed = receivers
        .iter()
        .filter(|receiver| receiver.state == State::Failed);
    match failed.count() {
        0 => Ok(()),
        failed => Err(Failure::Other(format!(
            "{failed} of {} ports did not get everything and may still sound",
            receivers.len()
        ))),
    }
}

/// Tells a person at a terminal that the work goes on, if it takes long: with many ports, and
/// with ports that do not read.
struct Notice {
    began: Instant,
    ports: usize,
    is_wanted: bool,
}

impl Notice {
    /// A person waits so long without a doubt.
    const SILENCE: Duration = Duration::from_millis(500);

    fn new(ports: usize) -> Self {
        Self {
            began: Instant::now(),
            ports,
            is_wanted: io::stderr().is_terminal(),
        }
    }

    fn say_if_due(&mut self) {
        if self.is_wanted && self.began.elapsed() >= Self::SILENCE {
            self.is_wanted = false;
            let ports = self.ports;
            complain(&format_args!(
                "silencing {ports} ports; this takes some seconds"
            ));
        }
    }
}

/// The ports of the arguments, or all writable ports.
fn addresses(control: &ClientControl, texts: &[String]) -> Result<Vec<Address>, Failure> {
    let places = Place::parse_all(control, texts)?;
    let mut found: Vec<Address> = Vec::new();
    let mut add = |address| {
        if !found.contains(&address) {
            found.push(address);
        }
    };
    let is_offered = |port: &PortInfo| is_public(port) && is_output(port) && !port.is_inactive();
    if places.is_empty() {
        for client in graph::clients(control, is_offered)? {
            client
                .ports
                .iter()
                .for_each(|port| add(port.info.address()));
        }
    }
    for place in places {
        match place {
            Place::Port(port) => add(control.port_info(port)?.address()),
            Place::Client(client) => {
                control.client_info(client)?;
                for port in control.ports_of(client) {
                    let port = port?;
                    if port.caps().contains(PortCaps::WRITE) {
                        add(port.address());
                    }
                }
            }
        }
    }
    Ok(found)
}

/// A port to silence.
struct Receiver {
    address: Address,
    kind: ClientKind,
    owner: Owner,
    /// Whether it is hardware, which may be slow.
    has_cable: bool,
    /// The groups whose packets it receives. `None` if it receives MIDI 1.0, or a single
    /// group for which the kernel converts to packets.
    groups: Option<Vec<u8>>,
    /// The reason why no connection to it was possible.
    refusal: Option<String>,
    state: State,
}

/// Whether the messages reach a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It has received every message so far.
    Reached,
    /// A message did not reach it. No more are sent.
    Failed,
    /// It no longer exists. No more are sent, because another program may have its number
    /// now.
    Gone,
}

impl Receiver {
    fn new(control: &ClientControl, address: Address, all: &[Address]) -> Result<Self, Failure> {
        let client = control.client_info(address.client)?;
        let is_ump = client.midi_version() != MidiVersion::Legacy;
        let has_own_group = control.port_info(address)?.ump_group().is_some();
        Ok(Self {
            address,
            kind: client.kind(),
            owner: Owner::of(&client),
            has_cable: cable::leads_to(control, address)?,
            groups: if is_ump && !has_own_group {
                Some(groups(control, address, all)?)
            } else {
                None
            },
            refusal: None,
            state: State::Reached,
        })
    }

    /// Returns whether messages are sent as packets, one for each of its groups.
    const fn is_ump(&self) -> bool {
        self.groups.is_some()
    }
}

/// The groups of an endpoint that have no port of their own in `all`. The endpoint's
/// groups are those of its ports, or all 16 if no port belongs to a group.
fn groups(control: &ClientControl, address: Address, all: &[Address]) -> Result<Vec<u8>, Failure> {
    let mut groups = Vec::new();
    let mut has_ports = false;
    for port in control.ports_of(address.client) {
        let port = port?;
        if let Some(group) = port.ump_group() {
            has_ports = true;
            if !port.is_inactive() && !all.contains(&port.address()) {
                groups.push(group.number());
            }
        }
    }
    if !has_ports {
        groups.extend(0..16);
    }
    Ok(groups)
}

/// A client that sends to the receivers of one kind.
struct Voice {
    client: SequencerClient,
    port: Port,
    is_ump: bool,
    pace: Pace,
    /// The clients that have stopped reading. All ports of a client have one input pool, so none of
    /// its other ports is waited for.
    stopped: BTreeSet<ClientId>,
}

impl Voice {
    fn new(mut client: SequencerClient, receivers: &mut [Receiver]) -> Result<Self, Failure> {
        let options = PortOptions::new("output").caps(PortCaps::READ | PortCaps::SUBS_READ);
        let port = client.create_port(options)?;
        client.set_source(&port);
        let is_ump = client.midi_version().is_ump();
        for receiver in receivers.iter_mut().filter(|one| one.is_ump() == is_ump) {
            // Hardware plays only the events of connected ports. Other ports may accept
            // events although they refuse a connection.
            let (sender, options) = (port.address(), ConnectOptions::new());
            if let Err(error) = connect(&client, sender, receiver.address, options) {
                receiver.refusal = Some(explained(&client, error).to_string());
            }
        }
        Ok(Self {
            client,
            port,
            is_ump,
            pace: Pace::default(),
            stopped: BTreeSet::new(),
        })
    }

    /// Sends one message for a channel, unless the receiver has missed one before.
    fn say(&mut self, receiver: &mut Receiver, message: Message) {
        if receiver.is_ump() != self.is_ump || receiver.state != State::Reached {
            return;
        }
        let Err(failure) = self.send(receiver, message) else {
            return;
        };
        if !receiver.owner.has(&self.client, receiver.address) {
            receiver.state = State::Gone;
            return;
        }
        receiver.state = State::Failed;
        let name = described(&self.client, receiver.address);
        match (&receiver.refusal, failure) {
            (Some(refusal), _) => complain(&format_args!("{name}: {refusal}")),
            (None, Failure::Sequencer(error)) if error.kind() == ErrorKind::TimedOut => {
                self.stopped.insert(receiver.address.client);
                complain(&stopped_reading(receiver.address));
            }
            (None, failure) => complain(&format_args!("{name}: {failure}")),
        }
    }

    fn send(&mut self, receiver: &Receiver, message: Message) -> Result<(), Failure> {
        let dest = receiver.address;
        // The connection ends with the receiver, although another may have its number
        // later. If another program undid the connection, the receiver still gets the
        // message.
        if receiver.refusal.is_none() {
            if let Err(error) = self.client.connection(&self.port, dest) {
                if !receiver.owner.has(&self.client, receiver.address) {
                    return Err(error.into());
                }
            }
        }
        let events = match &receiver.groups {
            None => vec![message.event()],
            Some(groups) => groups.iter().map(|group| message.packet(*group)).collect(),
        };
        let patience = match self.stopped.contains(&dest.client) {
            true => Duration::ZERO,
            false => PATIENCE,
        };
        for event in events {
            let event = event.to(dest);
            if receiver.has_cable {
                sleep(self.pace.pause(&event));
            }
            match receiver.kind {
                ClientKind::Kernel => self.client.event_output_direct(&event)?,
                ClientKind::User => self.client.event_output_patient(&event, patience)?,
            }
        }
        Ok(())
    }
}

/// A message that silences or resets a channel.
#[derive(Clone, Copy, Debug)]
struct Message {
    channel: u8,
    rest: Rest,
}

#[derive(Clone, Copy, Debug)]
enum Rest {
    /// Sets the controller to 0.
    Controller(u8),
    Pressure,
    Bend,
}

impl Message {
    /// All messages for a receiver.
    fn all() -> impl Iterator<Item = Self> {
        let rests = CONTROLLERS.map(Rest::Controller);
        let rests = move || rests.into_iter().chain([Rest::Pressure, Rest::Bend]);
        (0..16).flat_map(move |channel| rests().map(move |rest| Self { channel, rest }))
    }

    fn event(self) -> Event<'static> {
        let channel = self.channel;
        Event::new(match self.rest {
            Rest::Controller(controller) => EventData::ControlChange {
                channel,
                controller: controller.into(),
                value: 0,
            },
            Rest::Pressure => EventData::ChannelPressure {
                channel,
                pressure: 0,
            },
            Rest::Bend => EventData::PitchBend { channel, bend: 0 },
        })
    }

    /// The message as a MIDI 2.0 packet.
    fn packet(self, group: u8) -> Event<'static> {
        let (status, index, value) = match self.rest {
            Rest::Controller(param) => (0xb0, param, 0),
            Rest::Pressure => (0xd0, 0, 0),
            Rest::Bend => (0xe0, 0, 0x8000_0000),
        };
        let first = u32::from_be_bytes([0x40 | group, status | self.channel, index, 0]);
        Event::ump(Packet::new([first, value, 0, 0]))
    }
}
