//! Receiving.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use alsa_seq::{Address, ClientControl, Port, PortOptions, PortType};

use crate::errors::{ConnectError, ConnectErrorKind, InitError};
use crate::io::direction;
use crate::os::unix::VirtualInput;
use crate::registry::shortened;
use crate::{Ignore, listing, why};

mod client;
mod decode;
mod inboxes;
mod stamp;

use client::InputClient;
use decode::Decoder;
use stamp::Stamps;

direction! {
    /// A port to receive from. [`MidiInput::ports`] lists them.
    MidiInputPort,
    /// Ports to receive from.
    MidiInputPorts,
    MidiInput, PortOptions::SENDS
}

/// What it takes to receive. [`MidiInput::connect`] makes a connection of it, which gives
/// it back when it is closed.
pub struct MidiInput {
    ignore: Ignore,
    client: Arc<InputClient>,
}

/// A connection on which the program receives. Dropping it closes it.
///
/// It may be dropped on any thread, inside its own callback too. The callback is then not
/// called again.
pub struct MidiInputConnection<T: 'static> {
    open: Open<T>,
}

impl MidiInput {
    /// Opens the sequencer for a client of this name. Another `MidiInput` of the same name
    /// in the same process uses the same client.
    ///
    /// # Errors
    /// If the sequencer cannot be opened; the error's text says why.
    pub fn new(client_name: &str) -> Result<Self, InitError> {
        Ok(Self {
            ignore: Ignore::None,
            client: InputClient::named(client_name).map_err(why::init)?,
        })
    }

    /// Chooses which messages the connections leave out that are made from now on. Unless
    /// told otherwise they leave out none.
    pub fn ignore(&mut self, flags: Ignore) {
        self.ignore = flags;
    }

    /// Receives from a port.
    ///
    /// The connection has a port of its own in the sequencer, which is called `port_name`,
    /// and a thread of its own, which calls `callback` for each message, with
    ///
    /// - the time at which the message arrived, in microseconds since the connection was
    ///   made;
    /// - the bytes of one message, with its status byte. System-exclusive messages are
    ///   whole, whatever pieces they came in;
    /// - `data`, which [`MidiInputConnection::close`] gives back.
    ///
    /// # Errors
    /// [`ConnectErrorKind::InvalidPort`] if the port does not exist any more;
    /// [`ConnectErrorKind::Other`] if it cannot be connected, or `port_name` has a NUL.
    /// The error holds this object.
    pub fn connect<F, T: Send>(
        self,
        port: &MidiInputPort,
        port_name: &str,
        callback: F,
        data: T,
    ) -> Result<MidiInputConnection<T>, ConnectError<MidiInput>>
    where
        F: FnMut(u64, &[u8], &mut T) + Send + 'static,
    {
        self.open(Some(port.address), port_name, callback, data)
    }

    fn open<F, T: Send>(
        mut self,
        sender: Option<Address>,
        port_name: &str,
        callback: F,
        data: T,
    ) -> Result<MidiInputConnection<T>, ConnectError<Self>>
    where
        F: FnMut(u64, &[u8], &mut T) + Send + 'static,
    {
        let begun = self
            .begin(sender, port_name)
            .and_then(|begun| begun.spawn(self.ignore, callback, data));
        match begun {
            Ok(open) => Ok(MidiInputConnection { open }),
            Err(kind) => Err(ConnectError::new(kind, self)),
        }
    }

    /// Makes the port, and connects it.
    fn begin(
        &mut self,
        sender: Option<Address>,
        port_name: &str,
    ) -> Result<Begun, ConnectErrorKind> {
        if let Some(sender) = sender {
            let control = self.client.control();
            control.port_info(sender).map_err(why::no_port)?;
        }
        if port_name.contains('\0') {
            let text = "port_name must not contain null bytes";
            return Err(why::without_errno(ConnectErrorKind::Other(text)));
        }
        let no_port = |error| why::connect("could not create the input port", error);
        let seat = InputClient::with_room(&self.client).map_err(no_port)?;
        let no_seat = ConnectErrorKind::Other("could not create the input port: none is free");
        let seat = seat.ok_or_else(|| why::without_errno(no_seat))?;
        self.client = Arc::clone(seat.client());
        let client = seat.client();
        let stamps = Stamps::new(client);
        let mut options = PortOptions::receiver(shortened(port_name))
            .port_type(PortType::MIDI_GENERIC | PortType::APPLICATION)
            .number(seat.number())
            .midi_channels(16);
        if let Some(queue) = stamps.queue() {
            options = options.stamp_real_time(queue);
        }
        let port = client.control().create_port(options).map_err(no_port)?;
        if let Some(sender) = sender {
            let no_connection = |error| why::connect("could not connect the input port", error);
            port.connect_from(sender).map_err(no_connection)?;
        }
        Ok(Begun {
            port,
            name: port_name.into(),
            seat,
            stamps,
        })
    }
}

impl<T: Send> VirtualInput<T> for MidiInput {
    fn create_virtual<F>(
        self,
        port_name: &str,
        callback: F,
        data: T,
    ) -> Result<MidiInputConnection<T>, ConnectError<Self>>
    where
        F: FnMut(u64, &[u8], &mut T) + Send + 'static,
    {
        self.open(None, port_name, callback, data)
    }
}

/// A port that is connected, and has no thread yet.
struct Begun {
    // Deleted before its number is free again.
    port: Port,
    name: String,
    seat: client::Seat,
    stamps: Stamps,
}

impl Begun {
    fn spawn<F, T>(
        self,
        ignore: Ignore,
        mut callback: F,
        mut data: T,
    ) -> Result<Open<T>, ConnectErrorKind>
    where
        F: FnMut(u64, &[u8], &mut T) + Send + 'static,
        T: Send + 'static,
    {
        let gaps = Arc::new(AtomicU64::new(0));
        let mut decoder = Decoder::new(ignore, self.stamps, Arc::clone(&gaps));
        let (client, number) = (Arc::clone(self.seat.client()), self.seat.number());
        let seat = self.seat;
        let receive = move || {
            while let Some(item) = seat.wait() {
                decoder.decode(&item, |stamp, message| callback(stamp, message, &mut data));
            }
            data
        };
        let thread = thread::Builder::new()
            .name(format!("midi in {}", self.name))
            .spawn(receive)
            .map_err(|_| {
                why::without_errno(ConnectErrorKind::Other(
                    "could not start the thread of the input",
                ))
            })?;
        Ok(Open {
            running: Some(Running {
                port: self.port,
                thread,
            }),
            client,
            number,
            ignore,
            gaps,
        })
    }
}

/// An open connection.
struct Open<T: 'static> {
    /// `None` when it is closed.
    running: Option<Running<T>>,
    client: Arc<InputClient>,
    number: u8,
    ignore: Ignore,
    gaps: Arc<AtomicU64>,
}

struct Running<T> {
    port: Port,
    thread: JoinHandle<T>,
}

impl<T> Open<T> {
    /// Ends it. The callback is called for all that arrived before; unless it is the
    /// callback that ends it, for then nobody can wait for that. So then there is no data.
    fn end(&mut self) -> Option<thread::Result<T>> {
        let running = self.running.take()?;
        let own = running.thread.thread().id() == thread::current().id();
        // Nothing arrives from now on.
        drop(running.port);
        self.client.finish(self.number, own);
        if own {
            return None;
        }
        let ended = running.thread.join();
        if ended.is_err() {
            self.client.finish_abandoned(self.number);
        }
        Some(ended)
    }
}

impl<T> Drop for Open<T> {
    fn drop(&mut self) {
        // If the callback has panicked, that was told on standard error.
        let _ = self.end();
    }
}

impl<T> MidiInputConnection<T> {
    /// Closes the connection, and gives back what it was made of. The callback is called
    /// for every message that has arrived, before this returns.
    ///
    /// # Panics
    /// If the callback has panicked: with the same panic. And inside the callback, which
    /// still has the data that this is to give back; there, drop the connection.
    pub fn close(mut self) -> (MidiInput, T) {
        let input = MidiInput {
            ignore: self.open.ignore,
            client: Arc::clone(&self.open.client),
        };
        match self.open.end() {
            Some(Ok(data)) => (input, data),
            Some(Err(panic)) => resume_unwind(panic),
            None => inside_callback(),
        }
    }

    pub(crate) fn control(&self) -> &ClientControl {
        self.open.client.control()
    }

    pub(crate) fn address(&self) -> Address {
        Address::from((self.control().id(), self.open.number.into()))
    }

    pub(crate) fn gaps(&self) -> u64 {
        self.open.gaps.load(Ordering::Relaxed)
    }
}

#[expect(clippy::panic, reason = "there is no data to return, and no error")]
fn inside_callback() -> ! {
    panic!("a MidiInputConnection cannot be closed inside its callback; drop it there")
}

/// Whether ports of this kind are listed, and can be received from.
pub(crate) fn is_input(port: &alsa_seq::PortInfo) -> bool {
    listing::is_listed(port, PortOptions::SENDS)
}
