//! python-alsa-midi, which is libasound in Python: `peer.py` is a client made
//! with it that does what these tests ask.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use alsa_seq::{
    Address, ClientId, ClientKind, ConnectOptions, Connection, EventData, EventFilter, EventType,
    Port, PortCaps, PortFilter, PortId, PortOptions, PortType, QueueId, QueueOptions, RealTime,
    SequencerClient, Stamp, Tempo, Time,
};
use alsa_seq::{Event, RemoveEvents};

use support::samples;
use support::{
    PATIENCE, client, need_sequencer, next_event, python_interpreter, required, skip, unique,
};

/// Whether python-alsa-midi is there. If not, says which test is skipped;
/// under `ALSA_SEQ_REQUIRE_KERNEL=1` the test fails.
pub(crate) fn python() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    let found = *FOUND.get_or_init(|| {
        Command::new(python_interpreter())
            .args(["-c", "import alsa_midi"])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    });
    if !found {
        let message = "python-alsa-midi is not installed: run tests/peers/setup.sh, or name a \
                       Python that has it in ALSA_SEQ_PYTHON";
        assert!(!required(), "ALSA_SEQ_REQUIRE_KERNEL=1, and {message}");
        skip(message);
    }
    found
}

macro_rules! need_python {
    () => {
        need_sequencer!();
        if !python() {
            return;
        }
    };
}

/// A client made with python-alsa-midi.
struct Peer {
    child: Child,
    /// `None` when it was told to end.
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    name: String,
    id: ClientId,
}

type Rows = Vec<Vec<String>>;

impl Peer {
    fn start(name: &str) -> Self {
        let name = unique(name);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/peer.py");
        let mut child = Command::new(python_interpreter())
            .args([script, &name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        answers.read_line(&mut line).unwrap();
        Self {
            requests: child.stdin.take(),
            child,
            answers,
            name,
            id: ClientId::new(line.trim().parse().unwrap()),
        }
    }

    /// Asks for something, and returns the answer or the exception.
    fn ask(&mut self, request: &[&dyn Display]) -> Result<Rows, String> {
        let request: Vec<String> = request.iter().map(ToString::to_string).collect();
        let requests = self.requests.as_mut().unwrap();
        writeln!(requests, "{}", request.join("\t")).unwrap();
        let mut rows = Rows::new();
        loop {
            let mut line = String::new();
            let length = self.answers.read_line(&mut line).unwrap();
            assert!(length > 0, "peer.py has ended");
            let line = line.trim_end_matches('\n');
            if line == "." {
                return Ok(rows);
            }
            if let Some(exception) = line.strip_prefix("!\t") {
                return Err(exception.to_owned());
            }
            rows.push(line.split('\t').map(str::to_owned).collect());
        }
    }

    /// Makes a port, and returns its address.
    fn port(&mut self, name: &str, caps: PortCaps) -> Address {
        let bits = PortType::APPLICATION.bits();
        let answer = ask!(self, "port", name, caps.bits(), bits);
        address(&answer[0][0])
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It closes its client when its input ends.
        self.requests = None;
        if std::thread::panicking() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

macro_rules! ask {
    ($peer:expr, $($part:expr),+) => {
        $peer.ask(&[$(&$part),+]).unwrap()
    };
}
use ask;

/// How `peer.py` writes an address.
fn at(address: impl Into<Address>) -> String {
    format!("@{}", address.into())
}

fn address(text: &str) -> Address {
    text.strip_prefix('@').unwrap().parse().unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold("x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// A row of an answer, with names.
fn named(names: &str, row: &[String]) -> BTreeMap<String, String> {
    let names: Vec<_> = names.split(' ').map(str::to_owned).collect();
    assert_eq!(names.len(), row.len(), "{row:?}");
    names.into_iter().zip(row.iter().cloned()).collect()
}

macro_rules! assert_fields {
    ($fields:expr, $($name:ident: $value:expr),+ $(,)?) => {
        let fields = $fields;
        $(assert_eq!(
            fields[stringify!($name)],
            $value.to_string(),
            concat!("field ", stringify!($name))
        );)+
    };
}

const CLIENT: &str = "client_id name type num_ports event_lost card_id pid broadcast_filter";
const PORT: &str = "name capability type midi_channels midi_voices synth_voices read_use \
                    write_use timestamping timestamp_real timestamp_queue_id";

/// A port that is in nobody's list of MIDI ports.
fn quiet(name: &str) -> PortOptions {
    PortOptions::new(name).port_type(PortType::APPLICATION)
}

#[test]
fn it_sees_our_client_as_it_is() {
    need_python!();
    let client = client("ours");
    let _port = client.create_port(quiet("port")).unwrap();
    client.set_error_bounce(true).unwrap();
    let filter = EventFilter::from_iter([EventType::NOTE_ON, EventType::SYSEX]);
    client.set_event_filter(filter).unwrap();
    let info = client.info().unwrap();
    let mut peer = Peer::start("peer");

    let row = &ask!(peer, "info", client.id())[0];
    assert_fields!(
        named(CLIENT, row),
        client_id: client.id(),
        name: info.name(),
        type: 1,
        num_ports: 1,
        event_lost: 0,
        card_id: "-",
        pid: info.pid().unwrap(),
        broadcast_filter: 0,
    );
    let types = &ask!(peer, "filter", client.id())[0];
    assert_eq!(*types, ["6", "130"]);
    client.set_event_filter(EventFilter::ALL).unwrap();
    assert_eq!(ask!(peer, "filter", client.id())[0], ["-"]);

    let clients = ask!(peer, "clients");
    assert!(clients.contains(&vec![client.id().to_string(), info.name().into_owned()]));
    let id = client.id();
    drop(client);
    let error = peer.ask(&[&"info", &id]).unwrap_err();
    assert!(error.starts_with("ALSAError"), "{error}");
}

#[test]
fn we_see_its_client_as_it_is() {
    need_python!();
    let client = client("ours");
    let mut peer = Peer::start("peer");
    peer.port("port", PortOptions::SENDS);
    ask!(peer, "set_filter", 6, 7, 130);
    let info = client.client_info(peer.id).unwrap();
    assert_eq!(info.name(), peer.name);
    assert_eq!(info.kind(), ClientKind::User);
    assert_eq!(info.num_ports(), 1);
    assert_eq!(info.pid(), Some(peer.child.id()));
    let filter = info.event_filter();
    let types: Vec<u8> = filter.types().map(EventType::number).collect();
    assert_eq!(types, [6, 7, 130]);
    assert!(client.clients().any(|found| found.unwrap() == info));

    let row = &ask!(peer, "pool")[0];
    let pool = client.client_pool(peer.id).unwrap();
    assert_fields!(
        named("output_pool input_pool output_room output_free input_free", row),
        output_pool: pool.output(),
        input_pool: pool.input(),
        output_room: pool.output_room(),
        output_free: pool.output_free(),
        input_free: pool.input_free(),
    );
    let system = client.system_info().unwrap();
    let row = &ask!(peer, "system")[0];
    assert_fields!(
        named("queues clients ports channels", row),
        queues: system.max_queues(),
        clients: system.max_clients(),
        ports: system.max_ports(),
    );
}

#[test]
fn it_sees_our_ports_as_they_are() {
    need_python!();
    let client = client("ours");
    let queue = client.create_queue(QueueOptions::new()).unwrap();
    let mut peer = Peer::start("peer");
    let options = quiet("a port, with a long name")
        .caps(PortOptions::BOTH | PortCaps::NO_EXPORT)
        .number(17)
        .midi_channels(16)
        .midi_voices(32)
        .synth_voices(64);
    let port = client
        .create_port(options.clone().stamp_real_time(&queue))
        .unwrap();
    assert_eq!(
        ask!(peer, "query_ports", client.id()),
        [[at(&port), "a port, with a long name".to_owned()]]
    );
    let row = &ask!(peer, "port_info", at(&port))[0];
    assert_fields!(
        named(PORT, row),
        name: "a port, with a long name",
        capability: (PortOptions::BOTH | PortCaps::NO_EXPORT).bits(),
        type: PortType::APPLICATION.bits(),
        midi_channels: 16,
        midi_voices: 32,
        synth_voices: 64,
        read_use: 0,
        write_use: 0,
        timestamping: 1,
        timestamp_real: 1,
        timestamp_queue_id: queue.id(),
    );

    port.set_info(options.name("renamed").stamp_ticks(&queue))
        .unwrap();
    port.connect_to(&port).unwrap();
    let row = &ask!(peer, "port_info", at(&port))[0];
    assert_fields!(
        named(PORT, row),
        name: "renamed",
        read_use: 1,
        write_use: 1,
        timestamping: 1,
        timestamp_real: 0,
    );
    let gone = at(&port);
    drop(port);
    assert!(peer.ask(&[&"port_info", &gone]).is_err());
}

#[test]
fn we_see_its_ports_as_they_are() {
    need_python!();
    let client = client("ours");
    let queue = client.create_queue(QueueOptions::new()).unwrap();
    let mut peer = Peer::start("peer");
    let row = &ask!(peer, "full_port", "full", 17, 16, 32, 64, 1, queue.id())[0];
    let full = address(&row[0]);
    assert_eq!(full, Address::from((peer.id, PortId::new(17))));
    let info = client.port_info(full).unwrap();
    assert_eq!(info.name(), "full");
    assert_eq!(info.caps(), PortOptions::BOTH);
    assert_eq!(
        info.port_type(),
        PortType::MIDI_GENERIC | PortType::SOFTWARE
    );
    assert_eq!(info.midi_channels(), 16);
    assert_eq!((info.midi_voices(), info.synth_voices()), (32, 64));
    assert_eq!(info.stamp(), Some(Stamp::RealTime(queue.id())));

    let plain = peer.port("plain", PortOptions::SENDS);
    let ports: Vec<_> = client.ports_of(peer.id).map(Result::unwrap).collect();
    let found: Vec<_> = ports
        .iter()
        .map(|port| (port.address(), port.name()))
        .collect();
    assert_eq!(found, [(plain, "plain".into()), (full, "full".into())]);
    ask!(peer, "close_port", 17);
    assert_eq!(client.ports_of(peer.id).count(), 1);
}

/// The same ports, in the same order, for every way to ask.
#[test]
fn ports_are_listed_alike() {
    need_python!();
    let mut peer = Peer::start("peer");
    let clients = [
        client("a"),
        SequencerClient::open("Midi Through").unwrap(),
        client("b"),
    ];
    let generic = PortType::MIDI_GENERIC;
    let types = [
        generic,
        PortType::empty(),
        generic | PortType::MIDI_GM,
        generic | PortType::SYNTHESIZER,
        generic | PortType::SYNTHESIZER | PortType::MIDI_GM,
        PortType::APPLICATION,
        generic | PortType::HARDWARE,
    ];
    let caps = [
        PortOptions::BOTH,
        PortOptions::SENDS,
        PortOptions::RECEIVES | PortCaps::READ,
        PortOptions::RECEIVES | PortCaps::NO_EXPORT,
        PortCaps::WRITE,
        PortCaps::READ | PortCaps::SUBS_WRITE,
        PortCaps::empty(),
    ];
    let mut ports: Vec<Port> = Vec::new();
    for client in &clients {
        let every_type = types.map(|port_type| (PortOptions::BOTH, port_type));
        let every_caps = caps.map(|caps| (caps, generic | PortType::SYNTHESIZER));
        for (number, (caps, port_type)) in every_type.into_iter().chain(every_caps).enumerate() {
            let options = PortOptions::new(format!("port {number}"));
            let options = options.caps(caps).port_type(port_type);
            ports.push(client.create_port(options).unwrap());
        }
    }
    // Other tests make ports at the same time.
    let known = |port: Address| {
        let kernel = port.client < ClientId::new(128);
        kernel || clients.iter().any(|client| client.id() == port.client)
    };
    for way in 0..1 << 7 {
        let yes = |bit: u8| way & 1 << bit != 0;
        for port_type in [generic, PortType::empty()] {
            let which = PortFilter::new()
                .sends(yes(0))
                .receives(yes(1))
                .port_type(port_type)
                .include_system(yes(2))
                .include_midi_through(yes(3))
                .include_no_export(yes(4))
                .only_connectable(yes(5))
                .sorted(yes(6));
            let (input, output, through) = (u8::from(yes(0)), u8::from(yes(1)), u8::from(yes(3)));
            let (system, export) = (u8::from(yes(2)), u8::from(yes(4)));
            let (connectable, sorted) = (u8::from(yes(5)), u8::from(yes(6)));
            let bits = port_type.bits();
            let theirs: Vec<(Address, String, String)> = ask!(
                peer,
                "list_ports",
                input,
                output,
                bits,
                system,
                through,
                export,
                connectable,
                sorted
            )
            .into_iter()
            .map(|row| (address(&row[0]), row[1].clone(), row[2].clone()))
            .filter(|(port, _, _)| known(*port))
            .collect();
            let ours: Vec<(Address, String, String)> = clients[0]
                .ports(which)
                .unwrap()
                .iter()
                .filter(|port| known(port.address()))
                .map(|port| {
                    let client = port.client_name().unwrap().to_owned();
                    (port.address(), client, port.name().into_owned())
                })
                .collect();
            assert_eq!(ours, theirs, "{which:?}");
        }
    }
}

#[test]
fn queues_are_seen_alike() {
    need_python!();
    let client = client("ours");
    let mut peer = Peer::start("peer");

    let name = unique("our queue");
    let ours = client
        .create_queue(QueueOptions::new().name(&*name))
        .unwrap();
    let tempo = Tempo::from_micros(400_000).unwrap().with_ppq(480).unwrap();
    ours.set_tempo(tempo).unwrap();
    ours.set_skew(0x18000).unwrap();
    ours.set_position_tick(1234).unwrap();
    ours.set_position_time(RealTime::new(5, 6).unwrap())
        .unwrap();
    let row = &ask!(peer, "queue_info", ours.id())[0];
    assert_fields!(
        named("name owner locked", row),
        name: name,
        owner: client.id(),
        locked: 1,
    );
    assert_eq!(ask!(peer, "queue_named", name), [[ours.id().to_string()]]);
    let row = &ask!(peer, "queue_status", ours.id())[0];
    assert_fields!(
        named("events tick_time real_time running", row),
        events: 0,
        tick_time: 1234,
        real_time: "t5.000000006",
        running: 0,
    );
    ask!(peer, "use_queue", ours.id());
    let row = &ask!(peer, "tempo", ours.id())[0];
    assert_fields!(
        named("tempo ppq skew skew_base", row),
        tempo: 400_000,
        ppq: 480,
        skew: 0x18000,
        skew_base: 0x10000,
    );
    let timer = ours.timer().unwrap();
    let row = &ask!(peer, "timer", ours.id())[0];
    let names = "class sclass card device subdevice type resolution";
    assert_fields!(
        named(names, row),
        class: timer.class,
        card: timer.card,
        device: timer.device,
        subdevice: timer.subdevice,
        resolution: timer.resolution,
    );
    let error = peer
        .ask(&[&"set_tempo", &ours.id(), &500_000, &96])
        .unwrap_err();
    assert!(error.contains("not permitted"), "locked: {error}");

    let name = unique("their queue");
    let id: u8 = ask!(peer, "queue", name, 0)[0][0].parse().unwrap();
    ask!(peer, "set_tempo", id, 300_000, 240);
    let info = client.find_queue(&name).unwrap();
    assert_eq!((info.id(), info.owner()), (QueueId::new(id), peer.id));
    assert!(!info.is_locked());
    assert!(client.queues().unwrap().contains(&info));
    let theirs = client.queue(id).unwrap();
    let tempo = theirs.tempo().unwrap();
    assert_eq!((tempo.micros_per_quarter(), tempo.ppq()), (300_000, 240));
    ask!(peer, "start", id);
    assert!(theirs.status().unwrap().is_running());
    // It is not locked.
    theirs.stop().unwrap();
    let row = &ask!(peer, "queue_status", id)[0];
    assert_eq!(row[3], "0");
}

#[test]
fn connections_are_seen_alike() {
    need_python!();
    let mut client = client("ours");
    let queue = client.create_queue(QueueOptions::new()).unwrap();
    let out = client.create_port(quiet("out")).unwrap();
    let mut peer = Peer::start("peer");
    let input = peer.port("in", PortOptions::RECEIVES);
    let mut link = Connection::new(out.address(), input);
    let (sender, receiver) = (out.address(), input);

    // What we connect, it is told, and it sees.
    let options = ConnectOptions::new()
        .exclusive(true)
        .stamp_real_time(queue.id());
    client.connect(&out, input, options).unwrap();
    let told = ask!(peer, "receive");
    assert_eq!(
        told[0],
        pam(&EventData::PortSubscribed { sender, receiver })
    );
    let names = "type addr queue_id exclusive time_update time_real";
    let rows = ask!(peer, "subscribers", at(input));
    assert_eq!(rows.len(), 1);
    assert_fields!(
        named(names, &rows[0]),
        type: 1,
        addr: at(&out),
        queue_id: queue.id(),
        exclusive: 1,
        time_update: 1,
        time_real: 1,
    );
    out.disconnect_to(input).unwrap();
    let told = ask!(peer, "receive");
    assert_eq!(
        told[0],
        pam(&EventData::PortUnsubscribed { sender, receiver })
    );
    assert!(ask!(peer, "subscribers", at(input)).is_empty());

    // What it connects, we are told, and we see.
    for (update, real, stamp) in [
        (0, 0, None),
        (1, 0, Some(Stamp::Ticks(queue.id()))),
        (1, 1, Some(Stamp::RealTime(queue.id()))),
    ] {
        ask!(
            peer,
            "connect",
            at(&out),
            at(input),
            0,
            update,
            real,
            queue.id()
        );
        assert_eq!(
            notice(&mut client).data(),
            EventData::PortSubscribed { sender, receiver }
        );
        link.stamp = stamp;
        assert_eq!(out.receivers().unwrap(), [link]);
        // Ours undoes it however it was made; theirs only undoes plain ones.
        if stamp.is_none() {
            ask!(peer, "disconnect", at(&out), at(input));
            assert_eq!(
                notice(&mut client).data(),
                EventData::PortUnsubscribed { sender, receiver }
            );
        } else {
            out.disconnect_to(input).unwrap();
        }
        assert_eq!(out.receivers().unwrap(), []);
    }
    ask!(peer, "connect", at(&out), at(input), 1, 0, 0, 0);
    assert!(client.connection(&out, input).unwrap().exclusive);
}

fn notice(client: &mut SequencerClient) -> Event<'static> {
    client.event_input_timeout(PATIENCE).unwrap()
}

/// An event as `peer.py` writes it: the class of python-alsa-midi, and its
/// fields in alphabetic order.
fn pam(data: &EventData<'_>) -> Vec<String> {
    use EventData as Data;

    let raw = || hex(&Event::new(*data).raw().data);
    let mut fields: Vec<(&str, String)> = Vec::new();
    let mut set = |name, value: &dyn Display| fields.push((name, value.to_string()));
    let class = match data {
        Data::System { event, result } | Data::Result { event, result } => {
            set("event", event);
            set("result", result);
            match data {
                Data::System { .. } => "SystemEvent",
                _ => "ResultEvent",
            }
        }
        Data::Note {
            channel,
            note,
            velocity,
            off_velocity,
            duration,
        } => {
            set("channel", channel);
            set("note", note);
            set("velocity", velocity);
            set("off_velocity", off_velocity);
            set("duration", duration);
            "NoteEvent"
        }
        Data::NoteOn {
            channel,
            note,
            velocity: value,
        }
        | Data::NoteOff {
            channel,
            note,
            velocity: value,
        }
        | Data::KeyPressure {
            channel,
            note,
            pressure: value,
        } => {
            set("channel", channel);
            set("note", note);
            set("velocity", value);
            match data {
                Data::NoteOn { .. } => "NoteOnEvent",
                Data::NoteOff { .. } => "NoteOffEvent",
                _ => "KeyPressureEvent",
            }
        }
        Data::ControlChange {
            channel,
            controller: param,
            value,
        }
        | Data::Control14Bit {
            channel,
            controller: param,
            value,
        }
        | Data::Nrpn {
            channel,
            parameter: param,
            value,
        }
        | Data::Rpn {
            channel,
            parameter: param,
            value,
        } => {
            set("channel", channel);
            set("param", param);
            set("value", value);
            match data {
                Data::ControlChange { .. } => "ControlChangeEvent",
                Data::Control14Bit { .. } => "Control14BitChangeEvent",
                Data::Nrpn { .. } => "NonRegisteredParameterChangeEvent",
                _ => "RegisteredParameterChangeEvent",
            }
        }
        Data::ProgramChange {
            channel,
            program: value,
        }
        | Data::ChannelPressure {
            channel,
            pressure: value,
        }
        | Data::PitchBend {
            channel,
            bend: value,
        } => {
            set("channel", channel);
            set("value", value);
            match data {
                Data::ProgramChange { .. } => "ProgramChangeEvent",
                Data::ChannelPressure { .. } => "ChannelPressureEvent",
                _ => "PitchBendEvent",
            }
        }
        Data::SongPosition { beats: value } | Data::SongSelect { song: value } => {
            set("channel", &0);
            set("value", value);
            match data {
                Data::SongPosition { .. } => "SongPositionPointerEvent",
                _ => "SongSelectEvent",
            }
        }
        Data::TimeSignature { .. } | Data::KeySignature { .. } => {
            set("channel", &0);
            set("value", &support::rows::signature(data));
            match data {
                Data::TimeSignature { .. } => "TimeSignatureEvent",
                _ => "KeySignatureEvent",
            }
        }
        Data::Start(queue)
        | Data::Continue(queue)
        | Data::Stop(queue)
        | Data::Clock(queue)
        | Data::Tick(queue) => {
            set("control_queue", queue);
            match data {
                Data::Start(_) => "StartEvent",
                Data::Continue(_) => "ContinueEvent",
                Data::Stop(_) => "StopEvent",
                Data::Clock(_) => "ClockEvent",
                _ => "TickEvent",
            }
        }
        Data::SetPositionTick { queue, tick } => {
            set("control_queue", queue);
            set("position", tick);
            "SetQueuePositionTickEvent"
        }
        Data::SetPositionTime { queue, time } => {
            set("control_queue", queue);
            set("position", &format_args!("t{time}"));
            "SetQueuePositionTimeEvent"
        }
        Data::Tempo {
            queue,
            micros_per_quarter,
        } => {
            set("control_queue", queue);
            set("midi_tempo", micros_per_quarter);
            "SetQueueTempoEvent"
        }
        Data::QueueSkew { queue, value, base } => {
            set("control_queue", queue);
            set("value", value);
            set("base", base);
            "QueueSkewEvent"
        }
        Data::SyncPosition { queue, position } => {
            set("control_queue", queue);
            set("position", position);
            "SyncPositionChangedEvent"
        }
        Data::TuneRequest => "TuneRequestEvent",
        Data::Reset => "ResetEvent",
        Data::ActiveSensing => "ActiveSensingEvent",
        Data::Echo(_) | Data::Oss(_) => {
            set("raw_data", &raw());
            match data {
                Data::Echo(_) => "EchoEvent",
                _ => "OSSEvent",
            }
        }
        Data::ClientStart(client) | Data::ClientExit(client) | Data::ClientChange(client) => {
            set("addr", &at(Address::from((*client, PortId::new(0)))));
            match data {
                Data::ClientStart(_) => "ClientStartEvent",
                Data::ClientExit(_) => "ClientExitEvent",
                _ => "ClientChangeEvent",
            }
        }
        Data::PortStart(port) | Data::PortExit(port) | Data::PortChange(port) => {
            set("addr", &at(*port));
            match data {
                Data::PortStart(_) => "PortStartEvent",
                Data::PortExit(_) => "PortExitEvent",
                _ => "PortChangeEvent",
            }
        }
        Data::PortSubscribed { sender, receiver } | Data::PortUnsubscribed { sender, receiver } => {
            set("connect_sender", &at(*sender));
            set("connect_dest", &at(*receiver));
            match data {
                Data::PortSubscribed { .. } => "PortSubscribedEvent",
                _ => "PortUnsubscribedEvent",
            }
        }
        Data::Sysex(bytes) => {
            set("data", &hex(bytes));
            "SysExEvent"
        }
        Data::Bounce(bounce) => {
            set("data", &hex(bounce.as_bytes()));
            "BounceEvent"
        }
        Data::UserVar { number, data } => {
            set("data", &hex(data));
            let classes = [
                "UserVar0Event",
                "UserVar1Event",
                "UserVar2Event",
                "UserVar3Event",
                "UserVar4Event",
            ];
            classes[usize::from(number.number())]
        }
        // The rest has no class of its own there.
        _ => {
            set("raw_data", &raw());
            set("type", &data.event_type().number());
            "Event"
        }
    };
    fields.sort();
    let fields = fields
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"));
    std::iter::once(class.to_owned()).chain(fields).collect()
}

/// One event of every type that can be sent directly. Keys are what MIDI
/// allows: with others, receiving fails over there.
fn events() -> Vec<EventData<'static>> {
    let mut all = samples::legacy();
    for data in &mut all {
        let is_key = matches!(
            data,
            EventData::NoteOn { .. } | EventData::NoteOff { .. } | EventData::KeyPressure { .. }
        );
        if is_key {
            *data = data.with_channel(1).unwrap().with_note(0x72).unwrap();
        }
    }
    all.retain(samples::passes);
    all
}

#[test]
fn it_receives_every_event_of_ours() {
    need_python!();
    let mut client = client("ours");
    let out = client.create_port(quiet("out")).unwrap();
    let mut peer = Peer::start("peer");
    let input = peer.port("in", PortOptions::RECEIVES);
    for (tag, data) in (0..).zip(events()) {
        let expected = pam(&data);
        let event = Event::new(data).from_port(&out).to(input).with_tag(tag);
        let answer = client.event_output_direct(&event);
        assert!(answer.is_ok(), "{event:?}: {answer:?}");
        let received = ask!(peer, "receive");
        assert_eq!(received[0], expected);
        let tag = format!("tag={tag}");
        let (source, dest) = (
            format!("source={}", at(&out)),
            format!("dest={}", at(input)),
        );
        assert_eq!(
            received[1][..4],
            [tag, "queue_id=253".to_owned(), source, dest]
        );
    }
}

#[test]
fn we_receive_every_event_of_its() {
    need_python!();
    let mut client = client("ours");
    let input = client.create_port(quiet("in")).unwrap();
    let mut peer = Peer::start("peer");
    let out = peer.port("out", PortOptions::SENDS);
    for (tag, data) in (0_u8..).zip(events()) {
        let mut request = vec!["send".to_owned()];
        request.extend(pam(&data));
        request.push(format!("tag={tag}"));
        request.push(format!("source={}", at(out)));
        request.push(format!("dest={}", at(&input)));
        let request: Vec<&dyn Display> = request.iter().map(|field| field as _).collect();
        peer.ask(&request).unwrap();
        let received = client.event_input_timeout(PATIENCE).unwrap();
        assert_eq!(received.data(), data);
        assert_eq!(received.tag(), tag);
        assert_eq!((received.source(), received.dest()), (out, input.address()));
        assert!(received.is_direct());
    }
}

/// Events of both on queues of both.
#[test]
fn queues_are_shared() {
    need_python!();
    let mut client = client("ours");
    let port = client.create_port(quiet("port")).unwrap();
    let queue = client.create_queue(QueueOptions::new()).unwrap();
    let mut peer = Peer::start("peer");
    let theirs = peer.port("port", PortOptions::BOTH);
    let their_queue: u8 = ask!(peer, "queue", unique("theirs"), 1)[0][0]
        .parse()
        .unwrap();
    ask!(peer, "use_queue", queue.id());
    let use_of_theirs = client.queue(their_queue).unwrap();
    ask!(peer, "start", their_queue);
    queue.start().unwrap();

    let time = RealTime::new(0, 1_000_000).unwrap();
    for (on, when) in [
        (queue.id(), Time::Tick(2)),
        (queue.id(), Time::Real(time)),
        (use_of_theirs.id(), Time::Tick(2)),
        (use_of_theirs.id(), Time::Real(time)),
    ] {
        let note = Event::note(3, 60, 100, 4).unwrap().from_port(&port);
        client.event_output(&note.to(theirs).at(on, when)).unwrap();
        client.drain_output().unwrap();
        let expected = match when {
            Time::Tick(tick) => ["time=-".to_owned(), format!("tick={tick}")],
            Time::Real(time) => [format!("time=t{time}"), "tick=-".to_owned()],
        };
        let received = ask!(peer, "receive");
        assert_eq!(
            received[0],
            pam(&Event::note_on(3, 60, 100).unwrap().data())
        );
        assert_eq!(received[1][1], format!("queue_id={on}"));
        assert_eq!(received[1][4..6], expected);
        let received = ask!(peer, "receive");
        assert_eq!(received[0], pam(&Event::note_off(3, 60, 0).unwrap().data()));

        let (unit, value) = match when {
            Time::Tick(tick) => ("tick", tick.to_string()),
            Time::Real(time) => ("time", format!("t{time}")),
        };
        let mut request = vec!["send".to_owned()];
        request.extend(pam(&NOTE));
        request.push(format!("queue_id={on}"));
        request.push(format!("{unit}={value}"));
        request.push(format!("source={}", at(theirs)));
        request.push(format!("dest={}", at(&port)));
        let request: Vec<&dyn Display> = request.iter().map(|field| field as _).collect();
        peer.ask(&request).unwrap();
        let received = next_event(&mut client);
        assert_eq!(received.event_type(), EventType::NOTE_ON);
        assert_eq!((received.queue(), received.time()), (on, when));
        let received = next_event(&mut client);
        assert_eq!(received.data(), Event::note_off(5, 61, 7).unwrap().data());
    }
}

const NOTE: EventData<'static> = EventData::Note {
    channel: 5,
    note: 61,
    velocity: 101,
    off_velocity: 7,
    duration: 3,
};

/// A relative time there is a relative time here, and a tag is a tag.
#[test]
fn it_schedules_relatively_and_removes_by_tag() {
    need_python!();
    let mut client = client("ours");
    let port = client.create_port(quiet("port")).unwrap();
    let mut peer = Peer::start("peer");
    let queue: u8 = ask!(peer, "queue", unique("theirs"), 1)[0][0]
        .parse()
        .unwrap();
    let dest = format!("dest={}", at(&port));
    let on = format!("queue_id={queue}");
    for tag in ["tag=1", "tag=2"] {
        ask!(
            peer,
            "send",
            "ResetEvent",
            tag,
            on,
            "tick=10",
            dest,
            "relative=1"
        );
    }
    ask!(peer, "remove_tagged", 1);
    let status = &ask!(peer, "queue_status", queue)[0];
    assert_eq!(status[0], "1", "one event is left");
    let own = client.queue(queue).unwrap();
    let ours = |tag| Event::new(EventData::TuneRequest).to(&port).with_tag(tag);
    for tag in [1, 2] {
        let event = ours(tag).after(&own, Time::Tick(10));
        client.event_output(&event).unwrap();
    }
    client.drain_output().unwrap();
    client.remove_events(RemoveEvents::new().tag(1)).unwrap();
    assert_eq!(own.status().unwrap().num_events(), 2);
    // A start would drop them.
    ask!(peer, "go_on", queue);
    for expected in [EventData::Reset, EventData::TuneRequest] {
        let event = next_event(&mut client);
        assert_eq!((event.data(), event.tag()), (expected, 2));
        assert_eq!(event.time(), Time::Tick(10));
    }
}
