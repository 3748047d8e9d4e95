//! MIDI 2.0: Universal MIDI Packets.

use std::time::Instant;

use alsa_seq::ump::Packet;
use alsa_seq::{Address, ClientControl, Event, MidiVersion};

use crate::{
    ConnectError, Ignore, MidiIO, MidiInput, MidiInputPort, MidiOutput, MidiOutputPort,
    PortInfoError, SendError, input, output,
};

/// Like [`MidiInput`], but for Universal MIDI Packets: 16-bit velocities, 32-bit controllers,
/// messages for single notes. It receives from the same ports. The kernel translates messages of
/// MIDI 1.0 senders to MIDI 2.0; the module [`ump`](alsa_seq::ump) explains the translation.
///
/// ```no_run
/// # use alsa_seq_midir as midir;
/// use midir::MidiIO as _;
/// use midir::ext::UmpInput;
/// use midir::ext::alsa_seq::ump::{Midi2, Ump};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let input = UmpInput::new("synthesizer")?;
/// let port = input.ports().into_iter().next().ok_or("there is no port")?;
/// let connection = input.connect(
///     &port,
///     "in",
///     |_micros, packet, ()| {
///         if let Ump::Midi2(_, _, Midi2::NoteOn { note, velocity, .. }) = packet.decode() {
///             println!("{} at {velocity}", note.get());
///         }
///     },
///     (),
/// )?;
/// # drop(connection);
/// # Ok(())
/// # }
/// ```
pub struct UmpInput {
    input: MidiInput,
}

impl UmpInput {
    /// Opens the sequencer for a client with this name that uses MIDI 2.0.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](alsa_seq::ErrorKind::Unsupported) if the kernel has no UMP,
    /// because it is older than Linux 6.5 or was built without it. Otherwise as
    /// [`ClientOptions::open`](alsa_seq::ClientOptions::open).
    pub fn new(client_name: &str) -> alsa_seq::Result<Self> {
        let input = MidiInput::speaking(MidiVersion::Ump2, client_name)?;
        Ok(Self { input })
    }

    /// Sets the messages that later connections leave out. By default, they leave out none.
    pub fn ignore(&mut self, flags: Ignore) {
        self.input.ignore(flags);
    }

    /// Receives from a port. The callback gets the packets one after the other, each with its time
    /// in microseconds since the connection was made. A message of several packets is not joined;
    /// [`ump::Reassembler`](alsa_seq::ump::Reassembler) joins them. Everything else is the same as
    /// in [`MidiInput::connect`].
    ///
    /// # Errors
    /// The errors of [`MidiInput::connect`].
    pub fn connect<F, T: Send>(
        self,
        port: &MidiInputPort,
        port_name: &str,
        callback: F,
        data: T,
    ) -> Result<UmpInputConnection<T>, ConnectError<Self>>
    where
        F: FnMut(u64, Packet, &mut T) + Send + 'static,
    {
        self.open(Some(port.address), port_name, callback, data)
    }

    /// Creates a port that other programs can connect to and send to.
    ///
    /// # Errors
    /// The errors of
    /// [`VirtualInput::create_virtual`](crate::os::unix::VirtualInput::create_virtual).
    pub fn create_virtual<F, T: Send>(
        self,
        port_name: &str,
        callback: F,
        data: T,
    ) -> Result<UmpInputConnection<T>, ConnectError<Self>>
    where
        F: FnMut(u64, Packet, &mut T) + Send + 'static,
    {
        self.open(None, port_name, callback, data)
    }

    fn open<F, T: Send>(
        self,
        sender: Option<Address>,
        port_name: &str,
        callback: F,
        data: T,
    ) -> Result<UmpInputConnection<T>, ConnectError<Self>>
    where
        F: FnMut(u64, Packet, &mut T) + Send + 'static,
    {
        match self.input.open_packets(sender, port_name, callback, data) {
            Ok(open) => Ok(UmpInputConnection { open }),
            Err(error) => {
                let (kind, input) = (error.kind(), error.into_inner());
                Err(ConnectError::new(kind, Self { input }))
            }
        }
    }
}

/// A connection on which the program receives packets. Dropping it, on any thread, closes it.
pub struct UmpInputConnection<T: 'static> {
    open: input::Open<T>,
}

impl<T> UmpInputConnection<T> {
    /// Returns the client of the connection's port. Other connections with the same client name use
    /// it, too.
    pub fn control(&self) -> ClientControl {
        self.open.control().clone()
    }

    /// Returns the connection's own port in the sequencer.
    pub fn address(&self) -> Address {
        self.open.address()
    }

    /// Returns how many times packets were lost because the callback was too slow. The number of
    /// lost packets is not known.
    pub fn gaps(&self) -> u64 {
        self.open.gaps()
    }

    /// Closes the connection, and returns the object that it was made from and the data. Before
    /// that, the callback is called for every packet that has arrived.
    ///
    /// # Panics
    /// In the cases of [`MidiInputConnection::close`](crate::MidiInputConnection::close).
    pub fn close(self) -> (UmpInput, T) {
        let (input, data) = self.open.close();
        (UmpInput { input }, data)
    }
}

/// Like [`MidiOutput`], but for Universal MIDI Packets. It sends to the same ports. For a MIDI 1.0
/// receiver, the kernel translates packets, and leaves out those that MIDI 1.0 does not have.
///
/// ```no_run
/// # use alsa_seq_midir as midir;
/// use midir::MidiIO as _;
/// use midir::ext::UmpOutput;
/// use midir::ext::alsa_seq::ump::{Channel, Group, Midi2, Ump};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let output = UmpOutput::new("player")?;
/// let port = output.ports().into_iter().next().ok_or("there is no port")?;
/// let mut connection = output.connect(&port, "out")?;
/// let (group, channel) = (Group::new(0)?, Channel::new(0)?);
/// connection.send(Ump::Midi2(group, channel, Midi2::note_on(60, 0xc000)?))?;
/// # Ok(())
/// # }
/// ```
pub struct UmpOutput {
    output: MidiOutput,
}

impl UmpOutput {
    /// Opens the sequencer for a client with this name that uses MIDI 2.0.
    ///
    /// # Errors
    /// The errors of [`UmpInput::new`].
    pub fn new(client_name: &str) -> alsa_seq::Result<Self> {
        let output = MidiOutput::speaking(MidiVersion::Ump2, client_name)?;
        Ok(Self { output })
    }

    /// Connects to a port.
    ///
    /// # Errors
    /// The errors of [`MidiOutput::connect`].
    pub fn connect(
        self,
        port: &MidiOutputPort,
        port_name: &str,
    ) -> Result<UmpOutputConnection, ConnectError<Self>> {
        self.open(Some(port.address), port_name)
    }

    /// Creates a port that other programs can connect to. All of them receive each packet.
    ///
    /// # Errors
    /// The errors of
    /// [`VirtualOutput::create_virtual`](crate::os::unix::VirtualOutput::create_virtual).
    pub fn create_virtual(
        self,
        port_name: &str,
    ) -> Result<UmpOutputConnection, ConnectError<Self>> {
        self.open(None, port_name)
    }

    fn open(
        self,
        receiver: Option<Address>,
        port_name: &str,
    ) -> Result<UmpOutputConnection, ConnectError<Self>> {
        match self.output.open(receiver, port_name) {
            Ok(open) => Ok(UmpOutputConnection { open }),
            Err(error) => {
                let (kind, output) = (error.kind(), error.into_inner());
                Err(ConnectError::new(kind, Self { output }))
            }
        }
    }
}

/// A connection on which the program sends packets. Dropping it closes it in the same way as
/// [`close`](Self::close).
pub struct UmpOutputConnection {
    open: output::Open,
}

impl UmpOutputConnection {
    /// Sends a packet to all ports that the connection's port is connected to.
    /// [`Sysex7::split`](alsa_seq::ump::Sysex7::split) makes the packets of a long message.
    ///
    /// This call blocks only for system-exclusive packets to hardware, which are sent at the speed
    /// of a MIDI cable: [`set_sysex_rate`](Self::set_sysex_rate). Messages with a total of up to
    /// 2048 bytes do not wait for the cable.
    ///
    /// # Errors
    /// [`SendError::Other`] if a receiver has no room or refuses the packet. Other receivers may
    /// have got it.
    pub fn send(&mut self, packet: impl Into<Packet>) -> Result<(), SendError> {
        self.open.send_packet(packet.into())
    }

    /// Makes the kernel send a packet at a time. If the time is in the past, the packet is sent at
    /// once. Closing or dropping the connection waits for it. The kernel keeps at most 2000
    /// scheduled packets for all connections with a client name.
    ///
    /// # Errors
    /// [`SendError::Other`] if too much is scheduled, or the kernel has no free queue.
    pub fn send_at(&mut self, packet: impl Into<Packet>, at: Instant) -> Result<(), SendError> {
        self.open.schedule(&[Event::ump(packet)], at)
    }

    /// Cancels the scheduled packets of this connection that the kernel has not sent yet.
    ///
    /// # Errors
    /// None are known.
    pub fn cancel(&mut self) -> Result<(), SendError> {
        self.open.cancel()
    }

    /// Like [`OutputExt::set_sysex_rate`](super::OutputExt::set_sysex_rate), for packets of
    /// 7-bit bytes.
    pub fn set_sysex_rate(&mut self, bytes_per_second: Option<u32>) {
        self.open.set_sysex_rate(bytes_per_second);
    }

    /// Returns the client of the connection's port. Other connections with the same client name use
    /// it, too.
    pub fn control(&self) -> ClientControl {
        self.open.control().clone()
    }

    /// Returns the connection's own port in the sequencer.
    pub fn address(&self) -> Address {
        self.open.address()
    }

    /// Closes the connection, and returns the object that it was made from. Waits for the scheduled
    /// packets, so nothing is lost.
    pub fn close(self) -> UmpOutput {
        let output = self.open.close();
        UmpOutput { output }
    }
}

/// Both list ports in the same way as their counterparts in midir.
macro_rules! lists_ports {
    ($object:ident, $field:ident, $port:ident) => {
        impl MidiIO for $object {
            type Port = $port;

            fn ports(&self) -> Vec<$port> {
                self.$field.ports()
            }

            fn port_count(&self) -> usize {
                self.$field.port_count()
            }

            fn port_name(&self, port: &$port) -> Result<String, PortInfoError> {
                self.$field.port_name(port)
            }
        }
    };
}

lists_ports!(UmpInput, input, MidiInputPort);
lists_ports!(UmpOutput, output, MidiOutputPort);
