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

/// The direction of events, seen from this client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both ways.
    #[default]
    Duplex,
    /// The client only receives. It can create queues, but not start or stop them,
    /// because that is done by sending events.
    Input,
    /// The client only sends. It may have ports, but other clients get an error if they
    /// send to them.
    Output,
}

/// The common accessors of the types that own the file, or a part of it. Types that do
/// not dereference to [`ClientControl`] also get `id`.
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
            /// A handle of the client, for everything except sending and receiving
            /// events. It can be used on any thread.
            pub fn control(&self) -> $crate::ClientControl {
                $crate::ClientControl::clone(&self.$($field).+)
            }

            /// The open file with the kernel's ioctls, for functions that this crate does
            /// not offer. The file is non-blocking and must stay so.
            pub fn fd(&self) -> &$crate::abi::ioctl::SeqFd {
                self.$($field).+.fd()
            }
        }

        /// The client's file, for your own poll loop. The file is non-blocking and must
        /// stay so.
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

/// An open client: the file, and the lock for its records. The client is open as long as
/// this exists.
#[derive(Debug)]
pub(crate) struct OpenClient {
    fd: SeqFd,
    /// Locked while a record is read, changed and written back, because the kernel only
    /// accepts whole records.
    update: Mutex<()>,
    control: ClientControl,
}

impl OpenClient {
    /// Opens the sequencer. The client has no name yet.
    pub(crate) fn open(
        device: &Path,
        direction: Direction,
        midi_version: MidiVersion,
    ) -> Result<Arc<Self>> {
        let fd = open_device(device, direction)?;
        // Reports to the kernel which fields and events this library knows. A kernel
        // before 6.5 has no such call, and does not need it.
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
        // This changes the size of the client's records, so it happens before other
        // clients can send to it.
        if midi_version.is_ump() {
            client.need_ump(Operation::Open)?;
        }
        Ok(client)
    }

    /// The open file and the kernel's ioctls.
    pub(crate) const fn fd(&self) -> &SeqFd {
        &self.fd
    }

    /// The framing of the records that this client reads.
    pub(crate) const fn framing(&self) -> Framing {
        self.control.midi_version.framing()
    }

    /// Locks the records of this client, so that other threads do not change them.
    pub(crate) fn update(&self) -> MutexGuard<'_, ()> {
        // The mutex protects no data, so a panic leaves nothing inconsistent.
        self.update.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for OpenClient {
    type Target = ClientControl;

    fn deref(&self) -> &ClientControl {
        &self.control
    }
}

/// A handle of a client. It does everything except sending and receiving events: it
/// creates ports and queues, connects ports, and lists clients.
///
/// [`SequencerClient`](crate::SequencerClient) dereferences to it, and its halves return
/// it by [`control`](crate::EventInput::control). It is `Clone`, `Send` and `Sync`. So
/// any thread can have its own handle, also while other threads wait in the halves of the
/// client: [`SequencerClient::control`](crate::SequencerClient::control).
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
/// The handle does not keep the client open. After the client was closed, every call that
/// needs the kernel fails with [`Closed`](ErrorKind::Closed). Every method takes `&self`;
/// the kernel executes concurrent calls one after the other.
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

    /// The direction of events.
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// The version of MIDI that was chosen when the client was opened.
    pub const fn midi_version(&self) -> MidiVersion {
        self.midi_version
    }

    /// Returns the open client, for one call.
    ///
    /// # Errors
    /// `Closed` if the client was closed.
    pub(crate) fn client(&self, operation: Operation) -> Result<Arc<OpenClient>> {
        self.client
            .upgrade()
            .ok_or_else(|| Error::new(operation, ErrorKind::Closed).about(Subject::Client(self.id)))
    }

    /// Fails with `Unsupported` on a kernel without UMP. Such a kernel would ignore some
    /// settings, and refuse others as invalid. Its version is not enough to find out,
    /// because UMP is a build option. So this makes an ioctl that changes nothing.
    pub(crate) fn need_ump(&self, operation: Operation) -> Result<()> {
        let mut own = abi::ClientUmpInfo::zeroed();
        own.client = i32::from(self.id.number());
        match self.client(operation)?.fd().get_client_ump_info(&mut own) {
            Err(error @ Errno::ENOTTY) => Err(self.failed(operation)(error)),
            // This may be an error (for a legacy client), but only a UMP kernel returns
            // it.
            _ => Ok(()),
        }
    }

    /// Turns the errno of an operation on this client into an error.
    pub(crate) fn failed(&self, operation: Operation) -> impl Fn(Errno) -> Error {
        let id = self.id;
        move |error| errno(operation)(error).about(Subject::Client(id))
    }
}

/// Stores a name of a client, port or queue. Refuses a long name, because the kernel
/// would cut it.
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
        // Another client may have been closed since the attempt.
        Errno::ENOMEM if limit::all_clients_in_use() == Some(false) => open(),
        errno => Err(errno),
    };
    let fd: OwnedFd = open().or_else(again).map_err(error)?;
    SeqFd::new(fd).map_err(|reason| match reason {
        NotSequencer::Os(errno) => error(errno),
        // The file is not the sequencer.
        _ => Error::invalid(Operation::Open, "not an ALSA sequencer")
            .about(Subject::Device(path.into())),
    })
}
