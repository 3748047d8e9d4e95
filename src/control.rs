//! The handle of an open client: the file, the client's number, and the lock for
//! its records.

use std::ops::Deref;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use alsa_seq_kernel_abi::Name;
use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::info as abi;
use alsa_seq_kernel_abi::ioctl::{Errno, NotSequencer, SeqFd};
use nix::fcntl::{OFlag, open};
use nix::sys::stat::Mode;

use crate::address::ClientId;
use crate::error::{Error, ErrorKind, Operation, Result, Subject, errno, of_nix};
use crate::wire::Framing;

mod limit;
mod version;

pub use version::MidiVersion;

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

/// Gives a type that owns the file, or a part of it, the accessors that all of these
/// have. Those that do not dereference to [`ClientControl`] tell their number, too.
macro_rules! client_accessors {
    ($name:ident $(<$r:ident>)?, $($field:ident).+, with_id) => {
        $crate::control::client_accessors!($name $(<$r>)?, $($field).+);

        impl $(<$r>)? $name $(<$r>)? {
            /// The number of the client.
            pub fn id(&self) -> $crate::ClientId {
                self.$($field).+.id()
            }
        }
    };
    ($name:ident $(<$r:ident>)?, $($field:ident).+) => {
        impl $(<$r>)? $name $(<$r>)? {
            /// A handle of the client, for all but sending and receiving events. Any
            /// thread may have one.
            pub fn control(&self) -> $crate::ClientControl {
                $crate::ClientControl::clone(&self.$($field).+)
            }

            /// The open file and the kernel's ioctls, for what this crate has not
            /// thought of. The file is non-blocking and must stay so.
            pub fn fd(&self) -> &$crate::abi::ioctl::SeqFd {
                self.$($field).+.fd()
            }
        }

        /// The client's file, for a poll loop of the program's own. The file is
        /// non-blocking and must stay so.
        impl $(<$r>)? ::std::os::fd::AsFd for $name $(<$r>)? {
            fn as_fd(&self) -> ::std::os::fd::BorrowedFd<'_> {
                self.fd().as_fd()
            }
        }

        impl $(<$r>)? ::std::fmt::Debug for $name $(<$r>)? {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.id()).finish()
            }
        }
    };
}
pub(crate) use client_accessors;

/// An open client: the file, and the lock for its records. Whoever holds it keeps the
/// client open.
#[derive(Debug)]
pub(crate) struct OpenClient {
    fd: SeqFd,
    /// Held while a record is read, changed and written back, for the kernel
    /// only takes whole ones.
    update: Mutex<()>,
    control: ClientControl,
}

impl OpenClient {
    /// Opens the sequencer for a client that has no name yet.
    pub(crate) fn open(
        device: &Path,
        direction: Direction,
        midi_version: MidiVersion,
    ) -> Result<Arc<Self>> {
        let fd = open_device(device, direction)?;
        // Tells the kernel which fields and events we know. A kernel from
        // before 6.5 has no such call, and nothing to tell apart.
        match fd.user_pversion(consts::VERSION) {
            Err(Errno::ENOTTY) => {}
            result => result
                .map_err(errno(Operation::Open))
                .map_err(|error| error.about(Subject::Device(device.into())))?,
        }
        let number = fd.client_id().map_err(errno(Operation::ClientId))?;
        let id = u8::try_from(number)
            .map(ClientId::new)
            .map_err(|_| Error::new(Operation::ClientId, ErrorKind::Other))?;
        let client = Arc::new_cyclic(|this| Self {
            fd,
            update: Mutex::new(()),
            control: ClientControl {
                client: Weak::clone(this),
                id,
                direction,
                midi_version,
            },
        });
        // Before anybody can send to it: the size of its records changes.
        if midi_version.is_ump() {
            client.need_ump(Operation::Open)?;
        }
        Ok(client)
    }

    /// The open file and the kernel's ioctls.
    pub(crate) const fn fd(&self) -> &SeqFd {
        &self.fd
    }

    /// How the kernel frames what this client reads.
    pub(crate) const fn framing(&self) -> Framing {
        self.control.midi_version.framing()
    }

    /// Keeps other threads from changing a record of this client meanwhile.
    pub(crate) fn update(&self) -> MutexGuard<'_, ()> {
        // There is no data that a panic could have left half done.
        self.update.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for OpenClient {
    type Target = ClientControl;

    fn deref(&self) -> &ClientControl {
        &self.control
    }
}

/// A handle of a client, for all that it can do but send and receive events: make
/// ports and queues, connect, look around.
///
/// [`SequencerClient`](crate::SequencerClient) dereferences to it; its halves have
/// [`control`](crate::EventInput::control). As it is `Clone`, `Send` and `Sync`, any
/// thread can have one of its own, whoever has the halves of the client and waits there:
/// [`SequencerClient::control`](crate::SequencerClient::control).
///
/// ```no_run
/// use std::thread;
///
/// use alsa_seq::{PortFilter, SequencerClient};
///
/// let client = SequencerClient::open("router")?;
/// let control = client.control();
/// let (output, input) = client.split();
/// // While two other threads send and receive:
/// thread::spawn(move || -> alsa_seq::Result<()> {
///     for port in control.ports(PortFilter::new().receives(true))? {
///         println!("{} {}", port.address(), port.name());
///     }
///     Ok(())
/// });
/// # drop((output, input));
/// # Ok::<(), alsa_seq::Error>(())
/// ```
///
/// It does not keep the client open. When the client is closed, every call that asks
/// the kernel fails with [`Closed`](ErrorKind::Closed). Every method takes `&self`; the
/// kernel runs them one after the other.
#[derive(Clone, Debug)]
pub struct ClientControl {
    client: Weak<OpenClient>,
    id: ClientId,
    direction: Direction,
    midi_version: MidiVersion,
}

impl ClientControl {
    /// This client's number.
    #[doc(alias = "snd_seq_client_id")]
    pub const fn id(&self) -> ClientId {
        self.id
    }

    /// Which way events go.
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// Which MIDI this client speaks. That was decided when it was opened.
    pub const fn midi_version(&self) -> MidiVersion {
        self.midi_version
    }

    /// The open client, for one call.
    ///
    /// # Errors
    /// `Closed` if it is.
    pub(crate) fn client(&self, operation: Operation) -> Result<Arc<OpenClient>> {
        self.client
            .upgrade()
            .ok_or_else(|| Error::new(operation, ErrorKind::Closed).about(Subject::Client(self.id)))
    }

    /// Fails with `Unsupported` on a kernel without UMP. Such a kernel would
    /// ignore some settings, and call others invalid; and its version does not
    /// tell, for UMP is a build option. It is asked, which changes nothing.
    pub(crate) fn need_ump(&self, operation: Operation) -> Result<()> {
        let mut own = abi::ClientUmpInfo::zeroed();
        own.client = i32::from(self.id.number());
        match self.client(operation)?.fd().get_client_ump_info(&mut own) {
            Err(error @ Errno::ENOTTY) => Err(self.failed(operation)(error)),
            // It may be an error (of a legacy client), but a UMP kernel's.
            _ => Ok(()),
        }
    }

    /// Turns the errno of an operation on this client into an error.
    pub(crate) fn failed(&self, operation: Operation) -> impl Fn(Errno) -> Error {
        let id = self.id;
        move |error| errno(operation)(error).about(Subject::Client(id))
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
    let open = || open(path, flags, Mode::empty()).map_err(of_nix);
    let again = |errno| match errno {
        // The last client may have gone in between.
        Errno::ENOMEM if limit::all_clients_in_use() == Some(false) => open(),
        errno => Err(errno),
    };
    let fd: OwnedFd = open().or_else(again).map_err(error)?;
    SeqFd::new(fd).map_err(|reason| match reason {
        NotSequencer::Os(errno) => error(errno),
        // Another kind of file.
        _ => Error::invalid(Operation::Open, "not an ALSA sequencer")
            .about(Subject::Device(path.into())),
    })
}
