//! MIDI 2.0: Universal MIDI Packets.

use std::time::Instant;

use alsa_seq::ump::Packet;
use alsa_seq::{Address, ClientControl, Event, MidiVersion};

use crate::{
    ConnectError, Ignore, MidiIO, MidiInput, MidiInputPort, MidiOutput, MidiOutputPort,
    PortInfoError, SendError, input, output,
};

/// As [`MidiInput`], for Universal MIDI Packets: 16-bit velocities, 32-bit controllers,
/// messages of single notes. It receives from the same ports. What comes from a sender of
/// MIDI 1.0, the kernel translates to MIDI 2.0; the module
/// [`ump`](alsa_seq::ump) tells how.
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
    /// Opens the sequencer for a client of this name that speaks MIDI 2.0.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`](alsa_seq::ErrorKind::Unsupported) if the kernel has no
    /// UMP, because it is older than Linux 6.5 or was built without it. Otherwise as
    /// [`ClientOptions::open`](alsa_seq::ClientOptions::open).
    pub fn new(client_name: &str) -> alsa_seq::Result<Self> {
        let input = MidiInput::speaking(MidiVersion::Ump2, client_name)?;
        Ok(Self { input })
    }

    /// Chooses which messages the connections leave out that are made from now on. Unless
    /// told otherwise they leave out none.
    pub fn ignore(&mut self, flags: Ignore) {
        self.input.ignore(flags);
    }

    /// Receives from a port. The callback gets one packet after the other, each with its
    /// time in microseconds since the connection was made. A message of several packets is
    /// not joined: [`ump::Reassembler`](alsa_seq::ump::Reassembler) does that. All else is
    /// as with [`MidiInput::connect`].
    ///
    /// # Errors
    /// As [`MidiInput::connect`].
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

    /// Makes a port that other programs can connect to and send to.
    ///
    /// # Errors
    /// As [`VirtualInput::create_virtual`](crate::os::unix::VirtualInput::create_virtual).
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

/// A connection on which the program receives packets. Dropping it closes it, on any thread.
pub struct UmpInputConnection<T: 'static> {
    open: input::Open<T>,
}

impl<T> UmpInputConnection<T> {
    /// The client that the connection's port belongs to. Other connections of the same
    /// client name use it, too.
    pub fn control(&self) -> ClientControl {
        self.open.control().clone()
    }

    /// The connection's own port in the sequencer.
    pub fn address(&self) -> Address {
        self.open.address()
    }

    /// How often packets were lost before the callback got them, because it did not keep
    /// up. How many they were is not known.
    pub fn gaps(&self) -> u64 {
        self.open.gaps()
    }

    /// Closes the connection, and gives back what it was made of. The callback is called
    /// for every packet that has arrived, before this returns.
    ///
    /// # Panics
    /// As [`MidiInputConnection::close`](crate::MidiInputConnection::close).
    pub fn close(self) -> (UmpInput, T) {
        let (input, data) = self.open.close();
        (UmpInput { input }, data)
    }
}

/// As [`MidiOutput`], for Universal MIDI Packets. It sends to the same ports; for a receiver
/// of MIDI 1.0 the kernel translates, and leaves out what MIDI 1.0 cannot say.
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
    /// Opens the sequencer for a client of this name that speaks MIDI 2.0.
    ///
    /// # Errors
    /// As [`UmpInput::new`].
    pub fn new(client_name: &str) -> alsa_seq::Result<Self> {
        let output = MidiOutput::speaking(MidiVersion::Ump2, client_name)?;
        Ok(Self { output })
    }

    /// Connects to a port.
    ///
    /// # Errors
    /// As [`MidiOutput::connect`].
    pub fn connect(
        self,
        port: &MidiOutputPort,
        port_name: &str,
    ) -> Result<UmpOutputConnection, ConnectError<Self>> {
        self.open(Some(port.address), port_name)
    }

    /// Makes a port that other programs can connect to. They all receive each packet.
    ///
    /// # Errors
    /// As [`VirtualOutput::create_virtual`](crate::os::unix::VirtualOutput::create_virtual).
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

/// A connection on which the program sends packets. Dropping it closes it, as
/// [`close`](Self::close) does.
pub struct UmpOutputConnection {
    open: output::Open,
}

impl UmpOutputConnection {
    /// Sends a packet to whatever the connection's port is connected to.
    /// [`Sysex7::split`](alsa_seq::ump::Sysex7::split) makes the packets of a long message.
    ///
    /// This blocks only for system-exclusive packets to hardware, which go at the speed of a
    /// MIDI cable: [`set_sysex_rate`](Self::set_sysex_rate). Messages of together 2048 bytes
    /// need not wait for the cable.
    ///
    /// # Errors
    /// [`SendError::Other`] if a receiver has no room or refuses it; others may have the
    /// packet.
    pub fn send(&mut self, packet: impl Into<Packet>) -> Result<(), SendError> {
        self.open.send_packet(packet.into())
    }

    /// Has the kernel send a packet at a time; at once if that is over. Closing or dropping
    /// the connection waits for it. The kernel keeps 2000 scheduled packets for all
    /// connections of a client name.
    ///
    /// # Errors
    /// [`SendError::Other`] if too much is scheduled, or the kernel has no queue for it.
    pub fn send_at(&mut self, packet: impl Into<Packet>, at: Instant) -> Result<(), SendError> {
        self.open.schedule(&[Event::ump(packet)], at)
    }

    /// Forgets what this connection has scheduled and the kernel has not sent.
    ///
    /// # Errors
    /// None are known.
    pub fn cancel(&mut self) -> Result<(), SendError> {
        self.open.cancel()
    }

    /// As [`OutputExt::set_sysex_rate`](super::OutputExt::set_sysex_rate), for packets of
    /// 7-bit bytes.
    pub fn set_sysex_rate(&mut self, bytes_per_second: Option<u32>) {
        self.open.set_sysex_rate(bytes_per_second);
    }

    /// The client that the connection's port belongs to. Other connections of the same
    /// client name use it, too.
    pub fn control(&self) -> ClientControl {
        self.open.control().clone()
    }

    /// The connection's own port in the sequencer.
    pub fn address(&self) -> Address {
        self.open.address()
    }

    /// Closes the connection, and gives back what it was made of. Nothing is lost: what is
    /// scheduled is waited for.
    pub fn close(self) -> UmpOutput {
        let output = self.open.close();
        UmpOutput { output }
    }
}

/// Both look for ports as their counterparts in midir do.
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
