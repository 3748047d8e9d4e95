//! Receiving.

use std::mem;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use alsa_seq::{Address, ClientControl, MidiVersion, Port, PortId, PortOptions, PortType};

use crate::errors::{ConnectError, ConnectErrorKind, InitError};
use crate::io::direction;
use crate::os::unix::VirtualInput;
use crate::registry::{Process, shortened};
use crate::{Ignore, listing, why};

mod client;
mod decode;
mod inboxes;
mod packets;
mod stamp;

use client::InputClient;
use decode::Decoder;
use inboxes::Item;
use stamp::Stamps;

direction! {
    /// A port to receive from. [`MidiInput::ports`] lists them.
    MidiInputPort,
    /// Ports to receive from.
    MidiInputPorts,
    MidiInput, PortOptions::SENDS
}

/// An object that can receive. [`MidiInput::connect`] makes a connection of it. Closing the
/// connection returns it.
pub struct MidiInput {
    ignore: Ignore,
    client: Arc<InputClient>,
}

/// A connection on which the program receives. Dropping it closes it.
///
/// It may be dropped on any thread, also inside its own callback. Then the callback is not called
/// again. In the child of a `fork`, dropping a connection of the parent does not affect the parent.
pub struct MidiInputConnection<T: 'static> {
    pub(crate) open: Open<T>,
}

impl MidiInput {
    /// Opens the sequencer for a client with this name. Another `MidiInput` with the same name in
    /// the same process uses the same client.
    ///
    /// # Errors
    /// If the sequencer cannot be opened. The error's text contains the reason.
    pub fn new(client_name: &str) -> Result<Self, InitError> {
        Self::speaking(MidiVersion::Legacy, client_name).map_err(why::init)
    }

    /// Does the same as [`new`](Self::new), for a client that uses this version of MIDI.
    pub(crate) fn speaking(version: MidiVersion, client_name: &str) -> alsa_seq::Result<Self> {
        Ok(Self {
            ignore: Ignore::None,
            client: InputClient::named(version, client_name)?,
        })
    }

    /// Sets the messages that later connections leave out. By default, they leave out none.
    pub fn ignore(&mut self, flags: Ignore) {
        self.ignore = flags;
    }

    /// Receives from a port.
    ///
    /// The connection has its own port in the sequencer, with the name `port_name`. Its own thread
    /// calls `callback` for each message, with these arguments:
    ///
    /// - the time at which the message arrived, in microseconds since the connection was
    ///   made;
    /// - the bytes of one message, with its status byte. System-exclusive messages are complete,
    ///   even if they arrived in pieces;
    /// - `data`, which [`MidiInputConnection::close`] returns.
    ///
    /// # Errors
    /// [`ConnectErrorKind::InvalidPort`] if the port no longer exists; [`ConnectErrorKind::Other`]
    /// if it cannot be connected, or `port_name` contains a NUL. The error contains this object.
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
        self,
        sender: Option<Address>,
        port_name: &str,
        mut callback: F,
        data: T,
    ) -> Result<MidiInputConnection<T>, ConnectError<Self>>
    where
        F: FnMut(u64, &[u8], &mut T) + Send + 'static,
    {
        let mut decoder = Decoder::new(self.ignore);
        let receive = move |item: &Item, stamps: &Stamps, data: &mut T| {
            decoder.decode(item, stamps, |stamp, message| {
                callback(stamp, message, data);
            });
        };
        let open = self.begin_and_spawn(sender, port_name, receive, data)?;
        Ok(MidiInputConnection { open })
    }

    /// Creates the port and the thread, which calls `receive` for each item.
    fn begin_and_spawn<T: Send>(
        mut self,
        sender: Option<Address>,
        port_name: &str,
        receive: impl FnMut(&Item, &Stamps, &mut T) + Send + 'static,
        data: T,
    ) -> Result<Open<T>, ConnectError<Self>> {
        let begun = self
            .begin(sender, port_name)
            .and_then(|begun| begun.spawn(receive, data));
        match begun {
            Ok((running, gaps)) => Ok(Open {
                number: running.port.address().port,
                running: Some(running),
                made_of: self,
                gaps,
                maker: Process::current(),
            }),
            Err(kind) => Err(ConnectError::new(kind, self)),
        }
    }

    /// Creates the port, and connects it.
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

/// A connected port without a thread.
struct Begun {
    // The port must be deleted before another connection can get its number.
    port: Port,
    name: String,
    seat: client::Seat,
    stamps: Stamps,
}

impl Begun {
    fn spawn<T: Send + 'static>(
        self,
        mut receive: impl FnMut(&Item, &Stamps, &mut T) + Send + 'static,
        mut data: T,
    ) -> Result<(Running<T>, Arc<AtomicUsize>), ConnectErrorKind> {
        let gaps = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&gaps);
        // The thread gets its place after it has started. If it cannot start, the port must be
        // deleted before the place.
        let (give, take) = mpsc::sync_channel::<(client::Seat, Stamps)>(1);
        let run = move || {
            let Ok((seat, stamps)) = take.recv() else {
                return data;
            };
            while let Some(item) = seat.wait() {
                if matches!(item, Item::Gap) {
                    counter.fetch_add(1, Ordering::Relaxed);
                }
                receive(&item, &stamps, &mut data);
            }
            data
        };
        let thread = thread::Builder::new()
            .name(format!("midi in {}", self.name))
            .spawn(run)
            .map_err(|error| why::thread("could not start the thread of the input", &error))?;
        // The channel has room for one item, and the thread waits for it.
        let _ = give.send((self.seat, self.stamps));
        let port = self.port;
        Ok((Running { port, thread }, gaps))
    }
}

/// An open connection.
pub(crate) struct Open<T: 'static> {
    /// `None` after closing.
    running: Option<Running<T>>,
    /// Its client is the connection's.
    made_of: MidiInput,
    number: PortId,
    gaps: Arc<AtomicUsize>,
    maker: Process,
}

struct Running<T> {
    port: Port,
    thread: JoinHandle<T>,
}

impl<T> Open<T> {
    pub(crate) fn control(&self) -> &ClientControl {
        self.made_of.client.control()
    }

    pub(crate) fn address(&self) -> Address {
        Address::from((self.control().id(), self.number))
    }

    pub(crate) fn gaps(&self) -> u64 {
        u64::try_from(self.gaps.load(Ordering::Relaxed)).unwrap_or(u64::MAX)
    }

    /// Ends the connection, and returns the object that it was made from and the data.
    pub(crate) fn close(mut self) -> (MidiInput, T) {
        if !self.maker.is_current() {
            inside_child();
        }
        let made_of = MidiInput {
            ignore: self.made_of.ignore,
            client: Arc::clone(&self.made_of.client),
        };
        match self.end() {
            Some(Ok(data)) => (made_of, data),
            Some(Err(panic)) => resume_unwind(panic),
            None => inside_callback(),
        }
    }

    /// Ends the connection. Before that, the callback is called for all messages that have arrived.
    /// If the callback itself ends the connection, the call cannot wait for that, and there is no
    /// data to return.
    fn end(&mut self) -> Option<thread::Result<T>> {
        let running = self.running.take()?;
        if !self.maker.is_current() {
            // The port belongs to the parent, and the thread does not exist here.
            running.port.keep();
            mem::forget(running.thread);
            return None;
        }
        let own = running.thread.thread().id() == thread::current().id();
        // From now on, nothing arrives.
        drop(running.port);
        let (client, number) = (&self.made_of.client, self.number.number());
        client.finish(number, own);
        if own {
            return None;
        }
        let ended = running.thread.join();
        if ended.is_err() {
            client.finish_abandoned(number);
        }
        Some(ended)
    }
}

impl<T> Drop for Open<T> {
    fn drop(&mut self) {
        // If the callback has panicked, the panic was printed on standard error.
        let _ = self.end();
    }
}

impl<T> MidiInputConnection<T> {
    /// Closes the connection, and returns the object that it was made from and the data. Before
    /// that, the callback is called for every message that has arrived.
    ///
    /// # Panics
    /// - If the callback has panicked. The panic is the same.
    /// - Inside the callback, because the callback still uses the data that this call must return.
    ///   Drop the connection there.
    /// - For the same reason, in the child of a `fork`, if the parent has made the connection.
    pub fn close(self) -> (MidiInput, T) {
        self.open.close()
    }
}

#[expect(clippy::panic, reason = "there is no data to return, and no error")]
fn inside_callback() -> ! {
    panic!("a MidiInputConnection cannot be closed inside its callback; drop it there")
}

#[expect(clippy::panic, reason = "there is no data to return, and no error")]
fn inside_child() -> ! {
    panic!("a MidiInputConnection cannot be closed in a child of the process; drop it there")
}

/// Returns whether ports of this kind are listed, and can be received from.
pub(crate) fn is_input(port: &alsa_seq::PortInfo) -> bool {
    listing::is_listed(port, PortOptions::SENDS)
}
