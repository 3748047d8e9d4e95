//! [`SequencerClient`], which opens the sequencer and has all other parts.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::address::PortId;
use crate::control::{ClientControl, Direction, MidiVersion, OpenClient, client_accessors};
use crate::error::Result;
use crate::event::{Event, EventView};
use crate::interrupt::{Interrupter, Interrupts};
use crate::io::EventBuffer;

mod input;
mod output;
pub(crate) mod paced;
mod remove;
mod reunite;
pub(crate) mod sysex_output;

pub use input::{EventInput, Incoming};
pub use output::EventOutput;
pub use remove::RemoveEvents;
pub use reunite::ReuniteError;
pub use sysex_output::{SysexPace, SysexProgress, SysexSender, SysexStep, SysexTransfer};

/// Options for opening the sequencer.
///
/// ```no_run
/// use alsa_seq::{ClientOptions, Direction};
///
/// let client = ClientOptions::new("player")
///     .direction(Direction::Output)
///     .open()?;
/// # Ok::<(), alsa_seq::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing happens before `open`"]
pub struct ClientOptions {
    name: String,
    direction: Direction,
    midi_version: MidiVersion,
    device: PathBuf,
    output_buffer_size: usize,
    output_pool: Option<usize>,
    input_pool: Option<usize>,
}

impl ClientOptions {
    /// Options for a client of this name, for both directions, of MIDI 1.0, on
    /// `/dev/snd/seq`, with an output buffer of 16 KiB.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            direction: Direction::Duplex,
            midi_version: MidiVersion::Legacy,
            device: PathBuf::from("/dev/snd/seq"),
            output_buffer_size: 16 * 1024,
            output_pool: None,
            input_pool: None,
        }
    }

    /// Sets the direction of events. The default is [`Direction::Duplex`].
    pub fn direction(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// Sets the version of MIDI. A UMP client sends and receives
    /// [`EventData::Ump`](crate::EventData::Ump) in addition to all other events. UMP
    /// needs Linux 6.5.
    #[doc(alias = "snd_seq_set_client_midi_version")]
    #[doc(alias = "snd_seq_client_info_set_midi_version")]
    pub fn midi_version(mut self, version: MidiVersion) -> Self {
        self.midi_version = version;
        self
    }

    /// Sets another device node.
    pub fn device(mut self, path: impl Into<PathBuf>) -> Self {
        self.device = path.into();
        self
    }

    /// Sets the size of the output buffer in bytes. [`EventOutput::event_output`]
    /// collects events in it before it sends them.
    /// [`EventOutput::set_output_buffer_size`] changes it later.
    #[doc(alias = "snd_seq_set_output_buffer_size")]
    pub fn output_buffer_size(mut self, bytes: usize) -> Self {
        self.output_buffer_size = bytes;
        self
    }

    /// Sets the number of cells that the kernel reserves for scheduled events of this
    /// client, 1 to 2000. The default is 500. An event takes one cell, and another one
    /// for each 28 bytes of data.
    #[doc(alias = "snd_seq_set_client_pool_output")]
    pub fn output_pool(mut self, cells: usize) -> Self {
        self.output_pool = Some(cells);
        self
    }

    /// Sets the number of cells that the kernel reserves for events that this client has
    /// not read yet, 1 to 2000. The default is 200. If an event finds no free cells, all
    /// unread events are lost. An event takes one cell, and another one for each 28 bytes
    /// of data. An event that needs more cells than the pool has can never be received.
    #[doc(alias = "snd_seq_set_client_pool_input")]
    pub fn input_pool(mut self, cells: usize) -> Self {
        self.input_pool = Some(cells);
        self
    }

    /// Opens the sequencer.
    ///
    /// # Errors
    /// - `InvalidInput` if a pool is not 1 to 2000 cells, an input pool is set for a
    ///   client for output only, the name is empty, has more than 63 bytes or a NUL, or
    ///   the device is not a sequencer;
    /// - `NotFound` if the device node does not exist (ENOENT, ENOTDIR) or has no driver
    ///   (ENXIO, ENODEV);
    /// - `PermissionDenied` if the node's permissions forbid it (EACCES, EPERM);
    /// - `LimitReached` if all 64 clients are in use; `OutOfMemory` if the kernel has no
    ///   memory. Both are ENOMEM. If `/proc/asound/seq/clients` cannot be read, the
    ///   library cannot distinguish them, and returns `LimitReached`;
    /// - `Unsupported` for a UMP client, if the kernel has no UMP (ENOTTY).
    #[doc(alias = "snd_seq_open")]
    pub fn open(self) -> Result<SequencerClient> {
        let control = OpenClient::open(&self.device, self.direction, self.midi_version)?;
        control.introduce(&self.name)?;
        control.check_midi_version()?;
        if self.output_pool.is_some() || self.input_pool.is_some() {
            control.resize_pools(self.output_pool, self.input_pool)?;
        }
        Ok(SequencerClient {
            output: EventOutput::new(Arc::clone(&control), self.output_buffer_size),
            input: EventInput::new(control),
        })
    }
}

/// A client of the sequencer. It gives access to everything else.
///
/// It has three parts. [`EventOutput`] sends events and [`EventInput`] receives them,
/// both by `&mut self`; [`SequencerClient::split`] separates them for two threads.
/// [`ClientControl`] does everything else (ports, queues, connections, information). The
/// client dereferences to it, and the halves return it by `control()`. Its methods take
/// `&self`, and any thread may call them.
///
/// Dropping the client (or both halves of it) closes it. The kernel then removes its
/// ports and queues, and all its events that still wait in a queue. Events in the output
/// buffer are sent, as far as that is possible without waiting;
/// [`SequencerClient::close`] waits and reports errors.
///
/// After a `fork` without `exec`, parent and child share the client in the kernel, but
/// each has its own copy of the memory. If the child drops its [`Port`](crate::Port)s and
/// [`Queue`](crate::Queue)s, that deletes those of the parent. Both processes send the
/// events in the output buffer. So open the client after the fork, or end the child by
/// `exec` or `_exit`, which drop nothing. ([`Command`](std::process::Command) uses
/// `exec`, and `exec` closes the file.)
pub struct SequencerClient {
    pub(crate) output: EventOutput,
    pub(crate) input: EventInput,
}

client_accessors!(SequencerClient, output.control);

impl SequencerClient {
    /// Opens `/dev/snd/seq` for both directions. [`ClientOptions`] has more options.
    ///
    /// # Errors
    /// The errors of [`ClientOptions::open`].
    #[doc(alias = "snd_seq_open")]
    pub fn open(name: impl Into<String>) -> Result<Self> {
        ClientOptions::new(name).open()
    }

    /// Separates the two directions, for two threads. [`EventOutput::reunite`] joins them
    /// again.
    ///
    /// If the client has an [`Interrupter`], it then ends only the waits of the input.
    pub fn split(mut self) -> (EventOutput, EventInput) {
        self.output.interrupts = Interrupts::default();
        (self.output, self.input)
    }

    /// Returns an object that ends a wait of this client from another thread or a signal
    /// handler, in both directions. The first call creates it; later calls return the
    /// same one.
    ///
    /// # Errors
    /// If the process has no more file descriptors (EMFILE, ENFILE).
    pub fn interrupter(&mut self) -> Result<Interrupter> {
        let interrupter = self.input.interrupter()?;
        self.output.interrupts.share(interrupter.clone());
        Ok(interrupter)
    }

    /// See [`EventOutput::sysex_sender`].
    ///
    /// # Errors
    /// The same.
    pub fn sysex_sender<'o, 'e>(
        &'o mut self,
        event: impl Into<EventView<'e>>,
        pace: SysexPace,
    ) -> Result<SysexSender<'o, 'e>> {
        self.output.sysex_sender(event, pace)
    }

    /// See [`EventOutput::set_source`].
    #[doc(alias = "snd_seq_ev_set_source")]
    pub fn set_source(&mut self, port: impl Into<PortId>) {
        self.output.set_source(port);
    }

    /// See [`EventOutput::source`].
    pub fn source(&self) -> Option<PortId> {
        self.output.source()
    }

    /// See [`EventOutput::output_buffer_size`].
    pub fn output_buffer_size(&self) -> usize {
        self.output.output_buffer_size()
    }

    /// See [`EventOutput::event_output_pending`].
    #[doc(alias = "snd_seq_event_output_pending")]
    pub fn event_output_pending(&self) -> usize {
        self.output.event_output_pending()
    }

    /// Sends the events in the output buffer, and closes the client. It waits if
    /// necessary.
    ///
    /// # Errors
    /// The errors of [`EventOutput::drain_output`]. The client is closed anyway, and the
    /// events that were not sent are lost.
    #[doc(alias = "snd_seq_close")]
    pub fn close(self) -> Result<()> {
        self.output.close()
    }

    /// Like [`SequencerClient::close`], but waits no longer than `timeout`.
    ///
    /// # Errors
    /// The same, and `TimedOut`, for example if this client's pool is full and the queue
    /// is stopped. The client is closed anyway.
    #[doc(alias = "snd_seq_close")]
    pub fn close_timeout(self, timeout: Duration) -> Result<()> {
        self.output.close_timeout(timeout)
    }
}

/// Forwards to a method of one of the halves, which has the documentation.
macro_rules! forward {
    ($half:ident: $type:literal { $(
        $(#[doc(alias = $alias:literal)])*
        fn $name:ident $(<$life:lifetime>)? (&mut self $(, $arg:ident: $ty:ty)*) $(-> $ret:ty)?;
    )* }) => {
        impl SequencerClient {$(
            #[doc = concat!("See [`", $type, "::", stringify!($name), "`].")]
            ///
            /// # Errors
            /// The same, if it has any.
            $(#[doc(alias = $alias)])*
            #[inline]
            pub fn $name $(<$life>)? (&mut self $(, $arg: $ty)*) $(-> $ret)? {
                self.$half.$name($($arg),*)
            }
        )*}
    };
}

forward! {
    output: "EventOutput" {
        fn event_output<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<()>;
        fn event_output_buffer<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<()>;
        fn event_output_direct<'e>(&mut self, event: impl Into<EventView<'e>>) -> Result<()>;
        fn event_output_patient<'e>(&mut self, event: impl Into<EventView<'e>>, timeout: Duration) -> Result<()>;
        fn sysex_output<'e>(&mut self, event: impl Into<EventView<'e>>, pace: SysexPace) -> Result<()>;
        fn sysex_transfer<'e>(&mut self, event: impl Into<EventView<'e>>, pace: SysexPace) -> Result<SysexTransfer<'e>>;
        fn sysex_step(&mut self, transfer: &mut SysexTransfer<'_>) -> Result<Option<SysexProgress>>;
        fn try_sysex_step(&mut self, transfer: &mut SysexTransfer<'_>) -> Result<SysexStep>;
        fn drain_output(&mut self) -> Result<()>;
        fn drain_output_timeout(&mut self, timeout: Duration) -> Result<()>;
        fn sync_output_queue(&mut self) -> Result<()>;
        fn sync_output_queue_timeout(&mut self, timeout: Duration) -> Result<()>;
        fn extract_output(&mut self) -> Option<Event<'static>>;
        fn drop_output_buffer(&mut self);
        fn drop_output(&mut self) -> Result<()>;
        fn remove_output_buffer(&mut self, which: RemoveEvents);
        fn remove_output(&mut self, which: RemoveEvents) -> Result<()>;
        fn set_output_buffer_size(&mut self, bytes: usize);
    }
}

forward! {
    input: "EventInput" {
        fn event_input(&mut self) -> Result<Event<'static>>;
        fn event_input_timeout(&mut self, timeout: Duration) -> Result<Event<'static>>;
        fn try_event_input(&mut self) -> Result<Option<Event<'static>>>;
        fn event_input_batch(&mut self, buffer: &mut EventBuffer) -> Result<()>;
        fn event_input_pending(&mut self) -> Result<usize>;
        fn events(&mut self) -> Incoming<'_>;
        fn drop_input_buffer(&mut self);
        fn drop_input(&mut self) -> Result<()>;
    }
}

impl Deref for SequencerClient {
    type Target = ClientControl;

    fn deref(&self) -> &ClientControl {
        &self.output.control
    }
}
