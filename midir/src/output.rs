//! Sending.

use std::sync::Arc;
use std::time::Instant;

use alsa_seq::ump::{Packet, Ump};
use alsa_seq::{
    Address, ClientControl, ErrorKind, Event, EventType, MidiVersion, Port, PortInfo, PortOptions,
    PortType,
};

use crate::errors::{ConnectError, ConnectErrorKind, InitError, SendError};
use crate::io::direction;
use crate::os::unix::VirtualOutput;
use crate::registry::{Process, shortened};
use crate::{listing, why};

mod cable;
mod client;
mod schedule;
mod stream;

use cable::Cable;
use client::OutputClient;
use stream::Stream;

direction! {
    /// A port to send to. [`MidiOutput::ports`] lists them.
    MidiOutputPort,
    /// Ports to send to.
    MidiOutputPorts,
    MidiOutput, PortOptions::RECEIVES
}

/// What it takes to send. [`MidiOutput::connect`] makes a connection of it, which gives it
/// back when it is closed.
pub struct MidiOutput {
    client: Arc<OutputClient>,
}

/// A connection on which the program sends. Dropping it closes it, as
/// [`close`](Self::close) does. In a child of a `fork`, dropping or closing a connection of the
/// parent's changes nothing for the parent.
pub struct MidiOutputConnection {
    pub(crate) open: Open,
}

impl MidiOutput {
    /// Opens the sequencer for a client of this name. Another `MidiOutput` of the same
    /// name in the same process uses the same client.
    ///
    /// # Errors
    /// If the sequencer cannot be opened; the error's text says why.
    pub fn new(client_name: &str) -> Result<Self, InitError> {
        Self::speaking(MidiVersion::Legacy, client_name).map_err(why::init)
    }

    /// The same for a client that speaks this version of MIDI.
    pub(crate) fn speaking(version: MidiVersion, client_name: &str) -> alsa_seq::Result<Self> {
        let client = OutputClient::named(version, client_name)?;
        Ok(Self { client })
    }

    /// Connects to a port. The connection has a port of its own in the sequencer, which is
    /// called `port_name`.
    ///
    /// # Errors
    /// [`ConnectErrorKind::InvalidPort`] if the port does not exist any more;
    /// [`ConnectErrorKind::Other`] if it cannot be connected, or `port_name` has a NUL.
    /// The error holds this object.
    pub fn connect(
        self,
        port: &MidiOutputPort,
        port_name: &str,
    ) -> Result<MidiOutputConnection, ConnectError<MidiOutput>> {
        let open = self.open(Some(port.address), port_name)?;
        Ok(MidiOutputConnection { open })
    }

    pub(crate) fn open(
        self,
        receiver: Option<Address>,
        port_name: &str,
    ) -> Result<Open, ConnectError<Self>> {
        self.begin(receiver, port_name)
            .map_err(|kind| ConnectError::new(kind, self))
    }

    /// Makes the port, and connects it.
    fn begin(&self, receiver: Option<Address>, port_name: &str) -> Result<Open, ConnectErrorKind> {
        if let Some(receiver) = receiver {
            let control = self.client.control();
            control.port_info(receiver).map_err(why::no_port)?;
        }
        if port_name.contains('\0') {
            let text = "port_name must not contain null bytes";
            return Err(why::without_errno(ConnectErrorKind::Other(text)));
        }
        let options = PortOptions::sender(shortened(port_name))
            .port_type(PortType::MIDI_GENERIC | PortType::APPLICATION)
            .midi_channels(16);
        let no_port = |error| why::connect("could not create the output port", error);
        let made = OutputClient::with_room(&self.client, &options).map_err(no_port)?;
        let no_room = ConnectErrorKind::Other("could not create the output port: none is free");
        let (client, port) = made.ok_or_else(|| why::without_errno(no_room))?;
        if let Some(receiver) = receiver {
            let no_connection = |error| why::connect("could not connect the output port", error);
            port.connect_to(receiver).map_err(no_connection)?;
        }
        Ok(Open {
            client,
            port: Some(port),
            stream: Stream::default(),
            cable: Cable::default(),
            last_due: None,
            maker: Process::current(),
        })
    }
}

impl VirtualOutput for MidiOutput {
    fn create_virtual(
        self,
        port_name: &str,
    ) -> Result<MidiOutputConnection, ConnectError<MidiOutput>> {
        let open = self.open(None, port_name)?;
        Ok(MidiOutputConnection { open })
    }
}

impl MidiOutputConnection {
    /// Closes the connection, and gives back what it was made of. Nothing is lost: what was
    /// sent has arrived or is in the driver's buffer, which is played to its end; and what
    /// is [scheduled](crate::ext::OutputExt::send_at) is waited for.
    pub fn close(self) -> MidiOutput {
        self.open.close()
    }

    /// Sends a message to whatever the connection's port is connected to.
    ///
    /// `message` may also be several messages, each with its status byte, or a part of a
    /// system-exclusive message, of which the next calls send the rest. A channel message
    /// at the beginning may leave out its status byte if it is that of the one before.
    /// Other bytes behind a message are taken for padding and not sent.
    ///
    /// This blocks only for system-exclusive messages, and returns when the last piece is
    /// sent:
    ///
    /// - To hardware they go at the speed of a MIDI cable:
    ///   [`OutputExt::set_sysex_rate`](crate::ext::OutputExt::set_sysex_rate). Messages of
    ///   together 2048 bytes need not wait for the cable.
    /// - To programs they go in pieces of 4096 bytes. If a program has no room for the first
    ///   piece, that is an error at once. For the others this waits up to ten seconds
    ///   each, and so it does for a message of which another call has sent the beginning.
    ///   *Midi Through* gets the pieces at the speed of a cable.
    ///
    /// # Errors
    /// [`SendError::InvalidData`] if the bytes do not begin with a message; nothing was sent
    /// then, and the next message needs its status byte.
    /// [`SendError::Other`] if a receiver has no room or refuses it; others may have the
    /// message, and the receiver may have its beginning.
    pub fn send(&mut self, message: &[u8]) -> Result<(), SendError> {
        self.open.send(message)
    }
}

/// The result of sending to whoever is connected. A receiver that goes away at that moment is
/// no error, as it is none before and afterwards; the kernel goes on to the others.
fn delivered(sent: alsa_seq::Result<()>) -> alsa_seq::Result<()> {
    match sent {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        sent => sent,
    }
}

/// An open connection.
pub(crate) struct Open {
    client: Arc<OutputClient>,
    /// `None` when it is closed.
    port: Option<Port>,
    stream: Stream,
    cable: Cable,
    /// When the last scheduled message is due.
    last_due: Option<Instant>,
    maker: Process,
}

impl Open {
    pub(crate) fn control(&self) -> &ClientControl {
        self.client.control()
    }

    pub(crate) fn address(&self) -> Address {
        self.port.as_ref().map_or(Address::UNKNOWN, Port::address)
    }

    pub(crate) fn set_sysex_rate(&mut self, rate: Option<u32>) {
        self.cable.set_rate(rate);
    }

    fn send(&mut self, message: &[u8]) -> Result<(), SendError> {
        // The usual case: one whole message.
        if let Ok(event) = Event::from_midi(message) {
            self.stream.sent_whole(message);
            return self.put(event);
        }
        for event in self.stream.events(message).map_err(why::without_errno)? {
            self.put(event)?;
        }
        Ok(())
    }

    fn put(&mut self, event: Event<'_>) -> Result<(), SendError> {
        let event = event.from_port(self.address());
        let sent = if event.event_type() == EventType::SYSEX {
            self.cable.send(&self.client, &event)
        } else {
            self.client.output().event_output_direct(&event)
        };
        delivered(sent).map_err(|error| why::send("could not send the message", error))
    }

    pub(crate) fn send_packet(&mut self, packet: Packet) -> Result<(), SendError> {
        let event = Event::ump(packet).from_port(self.address());
        let bytes = sysex_bytes(&event);
        let sent = if bytes > 0 {
            self.cable.send_packet(&self.client, &event, bytes)
        } else {
            self.client.output().event_output_direct(&event)
        };
        delivered(sent).map_err(|error| why::send("could not send the packet", error))
    }

    pub(crate) fn send_at(&mut self, message: &[u8], at: Instant) -> Result<(), SendError> {
        let events = match Event::from_midi(message) {
            Ok(event) => vec![event],
            Err(_) => Stream::default()
                .events(message)
                .map_err(why::without_errno)?,
        };
        self.schedule(&events, at)
    }

    pub(crate) fn schedule(&mut self, events: &[Event<'_>], at: Instant) -> Result<(), SendError> {
        let address = self.address();
        let due = self.client.schedule(address, events, &self.cable, at)?;
        self.last_due = self.last_due.max(Some(due));
        Ok(())
    }

    pub(crate) fn cancel(&mut self) -> Result<(), SendError> {
        self.last_due = None;
        let cancelled = self.client.cancel(self.address());
        cancelled.map_err(|error| why::send("could not cancel what is scheduled", error))
    }

    /// Ends it, and gives back what it was made of.
    pub(crate) fn close(mut self) -> MidiOutput {
        self.end();
        MidiOutput {
            client: Arc::clone(&self.client),
        }
    }

    fn end(&mut self) {
        if !self.maker.is_current() {
            // The port is the parent's.
            self.port.take().map(Port::keep);
            return;
        }
        if let Some(last) = self.last_due.take() {
            self.client.wait_until_sent(last);
        }
        // The kernel waits for drivers to play what they have.
        self.port = None;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.end();
    }
}

/// How many bytes of a system-exclusive message are in an event.
fn sysex_bytes(event: &Event<'_>) -> usize {
    match event.packet().map(Packet::decode) {
        Some(Ump::Sysex7(_, part)) => part.bytes().len(),
        Some(_) => 0,
        None => event.payload().len(),
    }
}

/// Whether ports of this kind are listed, and can be sent to.
pub(crate) fn is_output(port: &PortInfo) -> bool {
    listing::is_listed(port, PortOptions::RECEIVES)
}
