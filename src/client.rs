//! The client: what opens the sequencer, and owns everything else.

use std::fmt;
use std::ops::Deref;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use alsa_seq_kernel_abi::Name;
use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::ioctl::{NotSequencer, SeqFd};
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;

use crate::address::ClientId;
use crate::error::{Error, ErrorKind, Operation, Result, Subject};
use crate::event::{Event, EventView};
use crate::interrupt::{Interrupter, Interrupts};
use crate::io::{EventBuffer, errno};

mod discovery;
mod info_types;
mod input;
mod limit;
pub(crate) mod lookup;
mod output;
pub(crate) mod paced;
mod protocol;
mod remove;
mod settings;
pub(crate) mod sysex_output;

pub use discovery::{Clients, ListPorts, Ports};
pub use info_types::{ClientInfo, ClientKind, SystemInfo};
pub use input::{EventInput, Incoming};
pub use output::EventOutput;
pub use protocol::{GroupFilter, MidiVersion};
pub use remove::RemoveEvents;
pub use settings::{ClientPool, EventFilter};
pub use sysex_output::{SysexPace, SysexProgress, SysexSender};

/// Which way events go, seen from this client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both ways.
    #[default]
    Duplex,
    /// The client only receives. It can make queues, but not start or stop them,
    /// for that is done by sending.
    Input,
    /// The client only sends. It may still have ports, but whoever sends to
    /// them gets an error.
    Output,
}

/// How to open the sequencer.
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
    /// A client of this name, for both directions, of MIDI 1.0, on
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

    /// Which way events go.
    pub fn direction(mut self, direction: Direction) -> Self {
        self.direction = direction;
        self
    }

    /// Which MIDI the client speaks. A UMP client sends and receives
    /// [`EventData::Ump`](crate::EventData::Ump) beside all other events. Since
    /// Linux 6.5.
    #[doc(alias = "snd_seq_set_client_midi_version")]
    #[doc(alias = "snd_seq_client_info_set_midi_version")]
    pub fn midi_version(mut self, version: MidiVersion) -> Self {
        self.midi_version = version;
        self
    }

    /// Another device node.
    pub fn device(mut self, path: impl Into<PathBuf>) -> Self {
        self.device = path.into();
        self
    }

    /// How many bytes of events [`EventOutput::event_output`] collects before
    /// it sends them.
    #[doc(alias = "snd_seq_set_output_buffer_size")]
    pub fn output_buffer_size(mut self, bytes: usize) -> Self {
        self.output_buffer_size = bytes;
        self
    }

    /// How many cells the kernel is to have for scheduled events of this
    /// client, 1 to 2000; 500 unless told otherwise. An event takes one, and
    /// one more for each 28 bytes of data.
    #[doc(alias = "snd_seq_set_client_pool_output")]
    pub fn output_pool(mut self, cells: usize) -> Self {
        self.output_pool = Some(cells);
        self
    }

    /// How many cells the kernel is to have for events that this client has
    /// not read yet, 1 to 2000; 200 unless told otherwise. When they are all
    /// taken, everything unread is lost. An event takes one, and one more for
    /// each 28 bytes of data; one that needs more than there are can never be
    /// received.
    #[doc(alias = "snd_seq_set_client_pool_input")]
    pub fn input_pool(mut self, cells: usize) -> Self {
        self.input_pool = Some(cells);
        self
    }

    /// Opens the sequencer.
    ///
    /// # Errors
    /// - `InvalidInput` if a pool is not 1 to 2000 cells, an input pool is asked
    ///   for in a client for output alone, the name is empty, has more than 63
    ///   bytes or a NUL, or the device is no sequencer;
    /// - `NotFound` if there is no device node (ENOENT, ENOTDIR) or no driver
    ///   (ENXIO, ENODEV);
    /// - `PermissionDenied` if the node's permissions forbid it (EACCES,
    ///   EPERM);
    /// - `LimitReached` if all 64 clients are in use, `OutOfMemory` if the kernel
    ///   has no memory (both ENOMEM; the former, too, where
    ///   `/proc/asound/seq/clients` cannot be read to tell);
    /// - `Unsupported` if it is to be a UMP client, and the kernel has no UMP
    ///   (ENOTTY).
    #[doc(alias = "snd_seq_open")]
    pub fn open(self) -> Result<SequencerClient> {
        let control = ClientControl::open(&self)?;
        Ok(SequencerClient {
            output: EventOutput::new(Arc::clone(&control), self.output_buffer_size),
            input: EventInput::new(control),
        })
    }
}

/// A client of the sequencer: the way in to everything else.
///
/// It has three parts. Events go out through [`EventOutput`] and come in
/// through [`EventInput`], by `&mut self`; [`SequencerClient::split`] gives
/// the two to different threads. All else (ports, queues, subscriptions,
/// information) is [`ClientControl`], to which all three dereference; its
/// methods take `&self` and may be called from any thread.
///
/// Dropping the client (or both halves of it) closes it: the kernel removes
/// its ports and queues, and every event of it that still waits in a queue.
/// Events that are still in the output buffer are sent, as far as that is
/// possible without waiting; [`SequencerClient::close`] waits and reports.
///
/// After a `fork` without `exec`, parent and child share the client in the kernel,
/// and each has its own copy of what is in the process: a child that drops its
/// [`Port`](crate::Port)s and [`Queue`](crate::Queue)s deletes those of the parent,
/// and both send what was in the output buffer. So open the client after the fork,
/// or let the child end with `exec` or `_exit`, which drop nothing.
/// ([`Command`](std::process::Command) does: the file is closed on `exec`.)
pub struct SequencerClient {
    output: EventOutput,
    input: EventInput,
}

impl SequencerClient {
    /// Opens `/dev/snd/seq` for both directions. [`ClientOptions`] has more to
    /// choose from.
    ///
    /// # Errors
    /// As [`ClientOptions::open`].
    #[doc(alias = "snd_seq_open")]
    pub fn open(name: impl Into<String>) -> Result<Self> {
        ClientOptions::new(name).open()
    }

    /// The two directions apart, for two threads or tasks.
    ///
    /// An [`Interrupter`] that the client has is then the input's alone.
    pub fn split(mut self) -> (EventOutput, EventInput) {
        self.output.interrupts = Interrupts::default();
        (self.output, self.input)
    }

    /// What ends a wait of this client from another thread or a signal handler,
    /// whichever way the events go. The first call makes it, the others return
    /// the same.
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

    /// See [`EventOutput::event_output_pending`].
    #[doc(alias = "snd_seq_event_output_pending")]
    pub fn event_output_pending(&self) -> usize {
        self.output.event_output_pending()
    }

    /// Sends what is buffered, waiting if need be, and closes the client.
    ///
    /// # Errors
    /// As [`EventOutput::drain_output`]. The client is closed all the same, and
    /// what was not sent is lost.
    #[doc(alias = "snd_seq_close")]
    pub fn close(self) -> Result<()> {
        self.output.close()
    }

    /// As [`SequencerClient::close`], but waits no longer than `timeout`.
    ///
    /// # Errors
    /// The same, and `TimedOut`, as on a queue that stands still while this
    /// client's pool is full. The client is closed all the same.
    #[doc(alias = "snd_seq_close")]
    pub fn close_timeout(self, timeout: Duration) -> Result<()> {
        self.output.close_timeout(timeout)
    }
}

/// Calls a method of one of the halves. The halves are what documents them.
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
        fn drain_output(&mut self) -> Result<()>;
        fn drain_output_timeout(&mut self, timeout: Duration) -> Result<()>;
        fn sync_output_queue(&mut self, timeout: Duration) -> Result<()>;
        fn extract_output(&mut self) -> Option<Event<'static>>;
        fn drop_output_buffer(&mut self);
        fn drop_output(&mut self) -> Result<()>;
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
        &self.output
    }
}

impl fmt::Debug for SequencerClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SequencerClient").field(&self.id()).finish()
    }
}

/// All that a client can do but send and receive events: make ports and
/// queues, connect, look around.
///
/// It is reached through [`SequencerClient`], [`EventOutput`] and
/// [`EventInput`]. Every method takes `&self`; the kernel runs them one after
/// the other.
#[derive(Debug)]
pub struct ClientControl {
    fd: SeqFd,
    id: ClientId,
    direction: Direction,
    midi_version: MidiVersion,
    /// Held while a record is read, changed and written back, for the kernel
    /// only takes whole ones.
    update: Mutex<()>,
    /// For the ports and queues, which must not keep the client open.
    this: Weak<Self>,
}

impl ClientControl {
    fn open(options: &ClientOptions) -> Result<Arc<Self>> {
        let fd = open_device(&options.device, options.direction)?;
        // Tells the kernel which fields and events we know. A kernel from
        // before 6.5 has no such call, and nothing to tell apart.
        match fd.user_pversion(consts::VERSION) {
            Err(error) if error.raw() == Errno::ENOTTY as i32 => {}
            result => result.map_err(errno(Operation::Open))?,
        }
        let number = fd.client_id().map_err(errno(Operation::ClientId))?;
        let id = u8::try_from(number)
            .map(ClientId::new)
            .map_err(|_| Error::new(Operation::ClientId, ErrorKind::Other))?;
        let control = Arc::new_cyclic(|this| Self {
            fd,
            id,
            direction: options.direction,
            midi_version: options.midi_version,
            update: Mutex::new(()),
            this: this.clone(),
        });
        // Before anybody can send to it: the size of its records changes.
        if options.midi_version.is_ump() {
            control.need_ump(Operation::Open)?;
        }
        control.introduce(&options.name)?;
        control.check_midi_version()?;
        if options.output_pool.is_some() || options.input_pool.is_some() {
            control.resize_pools(options.output_pool, options.input_pool)?;
        }
        Ok(control)
    }

    /// This client's number.
    #[doc(alias = "snd_seq_client_id")]
    pub const fn id(&self) -> ClientId {
        self.id
    }

    /// Which way events go.
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// The open file and the kernel's ioctls, for what this crate has not
    /// thought of. The file is non-blocking and must stay so.
    pub const fn fd(&self) -> &SeqFd {
        &self.fd
    }

    /// Keeps other threads from changing a record of this client meanwhile.
    pub(crate) fn update(&self) -> MutexGuard<'_, ()> {
        // There is no data that a panic could have left half done.
        self.update.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For a port or queue that wants to know when its client is gone.
    pub(crate) fn downgrade(&self) -> Weak<Self> {
        Weak::clone(&self.this)
    }

    /// Turns the errno of an operation on this client into an error.
    fn failed(&self, operation: Operation) -> impl Fn(alsa_seq_kernel_abi::ioctl::Errno) -> Error {
        let id = self.id;
        move |error| errno(operation)(error).about(Subject::Client(id))
    }
}

/// The halves and the whole are as good as the control for a loop of one's own.
macro_rules! as_fd {
    ($($name:ty),*) => {$(
        impl AsFd for $name {
            fn as_fd(&self) -> BorrowedFd<'_> {
                (**self).as_fd()
            }
        }
    )*};
}

as_fd!(SequencerClient, EventInput, EventOutput);

impl AsFd for ClientControl {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Stores a name of a client, port or queue. The kernel would cut a long one.
pub(crate) fn set_name(field: &mut Name<64>, name: &str, operation: Operation) -> Result<()> {
    if field.set(name) == name.len() {
        Ok(())
    } else {
        Err(Error::invalid(
            operation,
            "a name has at most 63 bytes, and no NUL",
        ))
    }
}

fn open_device(path: &Path, direction: Direction) -> Result<SeqFd> {
    let error = |errno| {
        let error = Error::from_errno(Operation::Open, errno).about(Subject::Device(path.into()));
        if errno != Errno::ENOMEM {
            return error;
        }
        match limit::all_clients_in_use() {
            Some(true) => error,
            Some(false) => error.with_kind(ErrorKind::OutOfMemory),
            None => error.with_hint(
                "all 64 clients are in use, or the kernel has no memory: close programs that use \
                 the sequencer",
            ),
        }
    };
    let mode = match direction {
        Direction::Duplex => OFlag::O_RDWR,
        Direction::Input => OFlag::O_RDONLY,
        Direction::Output => OFlag::O_WRONLY,
    };
    let flags = mode | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    let again = |errno| match errno {
        // The last client may have gone in between.
        Errno::ENOMEM if limit::all_clients_in_use() == Some(false) => {
            open(path, flags, Mode::empty())
        }
        errno => Err(errno),
    };
    let opened = open(path, flags, Mode::empty()).or_else(again);
    let fd: OwnedFd = opened.map_err(error)?;
    SeqFd::new(fd).map_err(|reason| match reason {
        NotSequencer::Os(errno) => error(Errno::from_raw(errno.raw())),
        // Another kind of file.
        _ => Error::invalid(Operation::Open, "not an ALSA sequencer")
            .about(Subject::Device(path.into())),
    })
}
