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

/// An object that can send. [`MidiOutput::connect`] makes a connection of it. Closing the
/// connection returns it.
pub struct MidiOutput {
    client: Arc<OutputClient>,
}

/// A connection on which the program sends. Dropping it closes it in the same way as
/// [`close`](Self::close). In the child of a `fork`, dropping or closing a connection of the parent
/// does not affect the parent.
pub struct MidiOutputConnection {
    pub(crate) open: Open,
}

impl MidiOutput {
    /// Opens the sequencer for a client with this name. Another `MidiOutput` with the same name in
    /// the same process uses the same client.
    ///
    /// # Errors
    /// If the sequencer cannot be opened. The error's text contains the reason.
    pub fn new(client_name: &str) -> Result<Self, InitError> {
        Self::speaking(MidiVersion::Legacy, client_name).map_err(why::init)
    }

    /// Does the same as [`new`](Self::new), for a client that uses this version of MIDI.
    pub(crate) fn speaking(version: MidiVersion, client_name: &str) -> alsa_seq::Result<Self> {
        let client = OutputClient::named(version, client_name)?;
        Ok(Self { client })
    }

    /// Connects to a port. The connection has its own port in the sequencer, with the name
    /// `port_name`.
    ///
    /// # Errors
    /// [`ConnectErrorKind::InvalidPort`] if the port no longer exists; [`ConnectErrorKind::Other`]
    /// if it cannot be connected, or `port_name` contains a NUL. The error contains this object.
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

    /// Creates the port, and connects it.
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
    /// Closes the connection, and returns the object that it was made from. Nothing is lost: sent
    /// messages have arrived, or are in the driver's buffer, which is played to its end. The call
    /// waits for [scheduled](crate::ext::OutputExt::send_at) messages.
    pub fn close(self) -> MidiOutput {
        self.open.close()
    }

    /// Sends a message to all ports that the connection's port is connected to.
    ///
    /// `message` may also be several messages, each with its status byte. It may be a part of a
    /// system-exclusive message, if the next calls send the rest. A channel message at the
    /// beginning may have no status byte if the status is the previous message's. Other bytes after
    /// a message count as padding, and are not sent.
    ///
    /// This call blocks only for system-exclusive messages. It returns when the last piece was
    /// sent:
    ///
    /// - To hardware, they are sent at the speed of a MIDI cable:
    ///   [`OutputExt::set_sysex_rate`](crate::ext::OutputExt::set_sysex_rate). Messages with a
    ///   total of up to 2048 bytes do not wait for the cable.
    /// - To programs, they are sent in pieces of 4096 bytes. If a program has no room for the first
    ///   piece, that is an error at once. For each later piece, the call waits for room up to ten
    ///   seconds. It also waits if another call has sent the beginning of the message. *Midi
    ///   Through* gets the pieces at the speed of a cable.
    ///
    /// # Errors
    /// [`SendError::InvalidData`] if the bytes do not begin with a message. Nothing was sent, and
    /// the next message needs its status byte. [`SendError::Other`] if a receiver has no room or
    /// refuses the message. Other receivers may have got it, and this receiver may have got its
    /// beginning.
    pub fn send(&mut self, message: &[u8]) -> Result<(), SendError> {
        self.open.send(message)
    }
}

/// Returns the result of sending to all connected receivers. A receiver that is removed at this
/// moment is not an error, like a receiver that is removed before or after it. The kernel continues
/// with the other receivers.
fn delivered(sent: alsa_seq::Result<()>) -> alsa_seq::Result<()> {
    match sent {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        sent => sent,
    }
}

/// An open connection.
pub(crate) struct Open {
    client: Arc<OutputClient>,
    /// `None` after closing.
    port: Option<Port>,
    stream: Stream,
    cable: Cable,
    /// The time of the last scheduled message.
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
        // The usual case: one complete message.
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

    /// Ends the connection, and returns the object that it was made from.
    pub(crate) fn close(mut self) -> MidiOutput {
        self.end();
        MidiOutput {
            client: Arc::clone(&self.client),
        }
    }

    fn end(&mut self) {
        if !self.maker.is_current() {
            // The port belongs to the parent.
            self.port.take().map(Port::keep);
            return;
        }
        if let Some(last) = self.last_due.take() {
            self.client.wait_until_sent(last);
        }
        // The kernel waits until drivers have played their data.
        self.port = None;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.end();
    }
}

/// Returns the number of bytes of a system-exclusive message in an event.
fn sysex_bytes(event: &Event<'_>) -> usize {
    match event.packet().map(Packet::decode) {
        Some(Ump::Sysex7(_, part)) => part.bytes().len(),
        Some(_) => 0,
        None => event.payload().len(),
    }
}

/// Returns whether ports of this kind are listed, and can be sent to.
pub(crate) fn is_output(port: &PortInfo) -> bool {
    listing::is_listed(port, PortOptions::RECEIVES)
}
