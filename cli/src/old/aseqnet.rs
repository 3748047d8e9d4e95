//! `aseqnet`: events over TCP.

use std::io::{self, ErrorKind as IoErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};

use alsa_seq::{Address, Event, EventData, Port, PortCaps, PortOptions, PortType, SequencerClient};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use nix::sys::signal::Signal;

use super::getopt::{Getopt, Options};
use super::{Call, errno_text, parse_address, usage};
use crate::arrivals::{self, Arrival};
use crate::failure::Failure;
use crate::people::{self, say};
use crate::signals::{Catch, Signals};

mod local;
#[doc(hidden)]
pub mod wire;

use local::Receivers;

const OPTIONS: Options = Options {
    short: "6p:s:d:n:vih",
    long: &[
        ("ipv6", '6'),
        ("port", 'p'),
        ("source", 's'),
        ("dest", 'd'),
        ("name", 'n'),
        ("verbose", 'v'),
        ("info", 'i'),
        ("help", 'h'),
    ],
};

const USAGE: &str = "\
aseqnet - MIDI over TCP, from one sequencer to another
Usage:
  aseqnet [options]         wait for others to connect
  aseqnet [options] HOST    connect to HOST
    -6,--ipv6               use IPv6
    -p,--port PORT          the TCP port, a number or a service (40002)
    -s,--source ADDRESS     send what comes from this sequencer port
    -d,--dest ADDRESS       send to this sequencer port what comes
    -n,--name NAME          the name of the client
    -v,--verbose            say what happens
    -i,--info               show notes, controllers and pitch bends
";

/// The maximum number of peers at a time.
const PEERS: usize = 10;
/// The maximum number of bytes that a peer may be behind with reading.
const BACKLOG: usize = 1 << 20;

struct Settings {
    verbose: bool,
    info: bool,
}

impl Settings {
    fn note(&self, message: &dyn std::fmt::Display) {
        if self.verbose {
            say(message);
        }
    }
}

pub(super) fn run(call: &Call) -> Result<(), Failure> {
    let mut settings = Settings {
        verbose: false,
        info: false,
    };
    let (mut is_v6, mut service) = (false, "40002".to_owned());
    let (mut source, mut dest, mut name) = (None, None, "Net Client".to_owned());
    let mut getopt = Getopt::new(&OPTIONS, &call.program, &call.arguments);
    for given in getopt.by_ref() {
        let (letter, value) = given.map_err(|message| usage(USAGE, &message))?;
        let value = value.to_string_lossy().into_owned();
        match letter {
            '6' => is_v6 = true,
            'p' => service = value,
            's' => source = Some(value),
            'd' => dest = Some(value),
            'n' => name = value,
            'v' => settings.verbose = true,
            'i' => settings.info = true,
            _ => return Err(usage(USAGE, "")),
        }
    }
    let host = getopt
        .operands()
        .first()
        .map(|host| host.to_string_lossy().into_owned());

    let signals = Signals::block_as_of_old(Catch::Music)?;
    let mut client = SequencerClient::open(name)
        .map_err(|error| Failure::Other(format!("snd_seq_open: {}", errno_text(&error))))?;
    let address = |text: Option<String>, role: &str| match text {
        None => Ok(None),
        Some(text) => parse_address(&client, &text)
            .map(Some)
            .map_err(|_| Failure::Other(format!("invalid {role} address {text}"))),
    };
    let (source, dest) = (address(source, "source")?, address(dest, "destination")?);
    let options = PortOptions::new("Network")
        .caps(PortOptions::BOTH | PortCaps::DUPLEX)
        .port_type(PortType::MIDI_GENERIC | PortType::APPLICATION);
    let port = client.create_port(options)?;
    client.set_source(&port);
    settings.note(&format_args!("sequencer opened: {}", port.address()));
    subscribe(&port, source, dest)?;
    let open = || open(host.as_deref(), &service, is_v6, &settings);
    let (listener, stream) = match host {
        // It may wait for another machine.
        Some(_) => signals.interruptible(open),
        None => open(),
    }?;
    let mut net = Net {
        settings,
        client,
        port,
        listener,
        peers: stream.into_iter().map(Peer::new).collect(),
        receivers: Receivers::default(),
        signals,
    };
    let result = net.receivers.update(&net.port).and_then(|()| net.run());
    net.receivers.report();
    net.receivers.fall_silent(&mut net.client);
    net.settings.note(&"closing files..");
    match result {
        // The original also ends with this status.
        Err(Failure::Signal(signal)) if signal.is(Signal::SIGINT) || signal.is(Signal::SIGTERM) => {
            Err(Failure::Said(String::new()))
        }
        result => result,
    }
}

fn subscribe(port: &Port, source: Option<Address>, dest: Option<Address>) -> Result<(), Failure> {
    let failed = |what: &str, error: alsa_seq::Error| {
        Failure::Other(format!("{what} subscription: {}", errno_text(&error)))
    };
    if let Some(source) = source {
        port.connect_from(source)
            .map_err(|error| failed("read", error))?;
    }
    if let Some(dest) = dest {
        port.connect_to(dest)
            .map_err(|error| failed("write", error))?;
    }
    Ok(())
}

/// Opens a socket for peers to connect to, or connects to a host.
fn open(
    host: Option<&str>,
    service: &str,
    is_v6: bool,
    settings: &Settings,
) -> Result<(Option<TcpListener>, Option<TcpStream>), Failure> {
    let failed = |what: &str, error: io::Error| {
        let why = error.raw_os_error().map_or_else(
            || error.to_string(),
            |errno| Errno::from_raw(errno).desc().to_owned(),
        );
        Failure::Other(format!("{what}: {why}"))
    };
    let unknown = || {
        let host = host.map(|host| format!(" {host}")).unwrap_or_default();
        Failure::Other(format!("can't get address{host}"))
    };
    let tcp_port = tcp_port(service).ok_or_else(unknown)?;
    let any = if is_v6 { "::" } else { "0.0.0.0" };
    let address = addresses(host.unwrap_or(any), tcp_port)
        .into_iter()
        .find(|address| address.is_ipv6() == is_v6)
        .ok_or_else(unknown)?;
    settings.note(&format_args!("connecting to: {}", address.ip()));
    if host.is_none() {
        let listener = TcpListener::bind(address).map_err(|error| failed("bind", error))?;
        listener
            .set_nonblocking(true)
            .map_err(|error| failed("listen", error))?;
        return Ok((Some(listener), None));
    }
    let stream = TcpStream::connect(address).map_err(|error| failed("connect", error))?;
    settings.note(&"ok.. connected");
    stream
        .set_nonblocking(true)
        .map_err(|error| failed("connect", error))?;
    // A note should not wait for the next one.
    let _ = stream.set_nodelay(true);
    Ok((None, Some(stream)))
}

/// Returns the addresses of a host, from its name or its number.
#[cfg(feature = "host-names")]
fn addresses(host: &str, port: u16) -> Vec<SocketAddr> {
    use std::net::ToSocketAddrs as _;
    let found = (host, port).to_socket_addrs();
    found.map_or_else(|_| Vec::new(), Iterator::collect)
}

/// Returns the address of a host, from its number. Code that looks up names would be a
/// tenth of a static program.
#[cfg(not(feature = "host-names"))]
fn addresses(host: &str, port: u16) -> Vec<SocketAddr> {
    let number = host.parse::<std::net::IpAddr>();
    number.map_or_else(|_| Vec::new(), |number| vec![(number, port).into()])
}

/// Reads a port number, or a name in the system's list of services.
fn tcp_port(service: &str) -> Option<u16> {
    if service.bytes().all(|byte| byte.is_ascii_digit()) {
        return service.parse().ok();
    }
    let services = std::fs::read_to_string("/etc/services").ok()?;
    services.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let name = words.next()?;
        let port = words.next()?.strip_suffix("/tcp")?;
        let is_it = name == service || words.any(|alias| alias == service);
        is_it.then(|| port.parse().ok()).flatten()
    })
}

/// A connected program on another machine.
struct Peer {
    stream: TcpStream,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
}

impl Peer {
    fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            incoming: Vec::new(),
            outgoing: Vec::new(),
        }
    }

    fn events(&self) -> PollFlags {
        let mut events = PollFlags::POLLIN;
        events.set(PollFlags::POLLOUT, !self.outgoing.is_empty());
        events
    }

    /// Reads the available bytes. Returns false at the end.
    fn receive(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.incoming
                    .extend_from_slice(buffer.get(..count).unwrap_or_default());
                Ok(true)
            }
            Err(error) if is_for_later(&error) => Ok(true),
            Err(error) => Err(error),
        }
    }

    fn send(&mut self) -> io::Result<()> {
        while !self.outgoing.is_empty() {
            match self.stream.write(&self.outgoing) {
                Ok(0) => return Err(IoErrorKind::WriteZero.into()),
                Ok(count) => drop(self.outgoing.drain(..count)),
                Err(error) if is_for_later(&error) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn is_for_later(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        IoErrorKind::WouldBlock | IoErrorKind::Interrupted
    )
}

struct Net {
    settings: Settings,
    client: SequencerClient,
    port: Port,
    /// The listening socket, if peers connect to this program.
    listener: Option<TcpListener>,
    peers: Vec<Peer>,
    receivers: Receivers,
    signals: Signals,
}

impl Net {
    /// Runs until the last peer has disconnected.
    fn run(&mut self) -> Result<(), Failure> {
        loop {
            let mut fds = vec![PollFd::new(self.client.as_fd(), PollFlags::POLLIN)];
            for peer in &self.peers {
                fds.push(PollFd::new(peer.stream.as_fd(), peer.events()));
            }
            if let Some(listener) = &self.listener {
                fds.push(PollFd::new(listener.as_fd(), PollFlags::POLLIN));
            }
            let woken = self.signals.wait_all(&mut fds, None)?;
            let ready: Vec<bool> = fds
                .iter()
                .map(|fd| fd.revents().is_some_and(|events| !events.is_empty()))
                .collect();
            if let Some(signal) = woken.signal {
                return Err(Failure::Signal(signal));
            }
            if woken.stop {
                self.receivers.fall_silent(&mut self.client);
                self.signals.stop()?;
            }
            self.read_sequencer()?;
            let had_peers = !self.peers.is_empty();
            self.read_peers(ready.get(1..).unwrap_or_default())?;
            if had_peers && self.peers.is_empty() {
                return Ok(());
            }
            self.accept();
        }
    }

    fn accept(&mut self) {
        let Some(listener) = &self.listener else {
            return;
        };
        while let Ok((stream, from)) = listener.accept() {
            if self.peers.len() >= PEERS {
                say(&format_args!("{from} refused: {PEERS} are connected"));
            } else if stream.set_nonblocking(true).is_ok() {
                let _ = stream.set_nodelay(true);
                self.settings
                    .note(&format_args!("accepted[{}]", stream.as_raw_fd()));
                self.peers.push(Peer::new(stream));
            }
        }
    }

    fn read_sequencer(&mut self) -> Result<(), Failure> {
        while let Some(arrival) = arrivals::next(&mut self.client)? {
            let event = match arrival {
                Arrival::Event(event) => event,
                Arrival::Overrun(_) => {
                    say(&"Overrun: events were lost");
                    self.receivers.update(&self.port)?;
                    continue;
                }
            };
            // These events of the kernel are about this machine only.
            if (60..=79).contains(&event.event_type().number()) {
                self.receivers.update(&self.port)?;
                continue;
            }
            self.show(&event);
            for peer in &mut self.peers {
                wire::put(&event, &mut peer.outgoing);
            }
        }
        // A peer that has disconnected is noticed when it is read.
        for peer in &mut self.peers {
            let _ = peer.send();
        }
        Ok(())
    }

    fn read_peers(&mut self, ready: &[bool]) -> Result<(), Failure> {
        let mut peers = std::mem::take(&mut self.peers);
        let mut staying = Vec::new();
        for (index, mut peer) in peers.drain(..).enumerate() {
            let mut stays = peer.outgoing.len() <= BACKLOG;
            if !stays {
                say(&"disconnected a peer that does not read");
            }
            if ready.get(index) == Some(&true) {
                stays &= matches!(peer.receive(), Ok(true)) && peer.send().is_ok();
            }
            stays &= self.read_peer(&mut peer)?;
            if stays {
                staying.push(peer);
            } else {
                self.settings.note(&"disconnected");
            }
        }
        self.peers = staying;
        Ok(())
    }

    /// Forwards the events of a peer. Returns false if its bytes are invalid.
    fn read_peer(&mut self, peer: &mut Peer) -> Result<bool, Failure> {
        loop {
            match wire::take(&mut peer.incoming) {
                Ok(None) => return Ok(true),
                Ok(Some(event)) => self.deliver(&event)?,
                Err(error) => {
                    let from = peer.stream.peer_addr();
                    let from = from.map_or_else(|_| String::new(), |from| format!(" from {from}"));
                    say(&format_args!("not understood{from}: {error}"));
                    return Ok(false);
                }
            }
        }
    }

    fn deliver(&mut self, event: &Event<'_>) -> Result<(), Failure> {
        self.show(event);
        self.receivers.send(event, &mut self.client, &self.signals)
    }

    fn show(&self, event: &Event<'_>) {
        if !self.settings.info {
            return;
        }
        let (channel, text) = match event.data() {
            EventData::NoteOn { channel, note, .. } => {
                (channel, format!("Note On event : {note:>5}"))
            }
            EventData::NoteOff { channel, note, .. } => {
                (channel, format!("Note Off event: {note:>5}"))
            }
            EventData::ControlChange { channel, value, .. } => {
                (channel, format!("Control event : {value:>5}"))
            }
            EventData::PitchBend { channel, bend } => {
                (channel, format!("Pitchbender   : {bend:>5}"))
            }
            _ => return,
        };
        people::show(format!("Channel {channel:>2}: {text}\n"));
    }
}
