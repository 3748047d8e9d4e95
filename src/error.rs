//! [`Error`]: its kind, its operation, its subject, its cause, and a hint.

use std::fmt;
use std::io;
use std::path::Path;

use alsa_seq_kernel_abi::ioctl::Errno;

use crate::midi;
use crate::printable::Printable;
use crate::ump::{ParsePacketError, TruncatedPacket};
use crate::wire::{DecodeError, EncodeError};
use crate::{Address, ClientId, ParseAddressError, ParseTimeError, QueueId, ValueError};

mod candidate;
mod table;
#[cfg(test)]
mod tests;

pub use candidate::Candidate;

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Turns the errno of an operation into an error.
pub(crate) fn errno(operation: Operation) -> impl Fn(Errno) -> Error {
    move |errno| Error::from_errno(operation, errno)
}

/// Converts an errno of `nix`, which has a type of its own.
pub(crate) fn of_nix(errno: nix::errno::Errno) -> Errno {
    Errno::from_raw(errno as i32)
}

/// Converts to `nix`'s type, which has the name and the text of each errno.
fn named(errno: Errno) -> nix::errno::Errno {
    nix::errno::Errno::from_raw(errno.raw())
}

/// Converts [`ErrorKind::NotFound`] to `None`, for callers that expect objects to be missing.
pub(crate) fn if_found<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A failed call: the operation, its subject, and the kernel's answer.
///
/// After an error, the object can still be used. The failed call had no effect, or
/// exactly the effect that its documentation describes.
///
/// `{}` prints one line with the operation, its subject and the errno. `{:#}` adds a
/// hint for the user, if there is one:
///
/// ```text
/// open /dev/snd/seq: permission denied (EACCES)
/// open /dev/snd/seq: permission denied (EACCES); add the user to the 'audio' group
/// ```
///
/// `{:?}` prints the same as `{:#}`, because users see the `Debug` form of an error that
/// `main` returns or that `unwrap` panics with.
// In a box: each function that returns a `Result` reserves space for the error.
pub struct Error(Box<Parts>);

struct Parts {
    kind: ErrorKind,
    operation: Operation,
    subject: Subject,
    cause: Cause,
    /// Replaces the hint of the table.
    hint: Option<&'static str>,
}

#[derive(Clone, Debug)]
enum Cause {
    None,
    Message(&'static str),
    Errno(Errno),
    Value(ValueError),
    Decode(DecodeError),
    Encode(EncodeError),
    ToMidi(midi::EncodeError),
    FromMidi(midi::DecodeError),
    Packet(ParsePacketError),
    Packets(TruncatedPacket),
    Address(ParseAddressError),
    Time(ParseTimeError),
    Candidates(Box<[Candidate]>),
    DoesNotRead { receiver: ClientId, name: Box<str> },
}

/// The kind of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The time limit of the call has passed.
    TimedOut,
    /// An [`Interrupter`](crate::Interrupter) ended the wait. The client can still be
    /// used, and no event is lost. Two calls discard the events that they have not sent:
    /// `close`, which closes the client anyway, and `sysex_output`.
    Interrupted,
    /// Input events were lost: the client's input pool was full, and the kernel dropped
    /// all unread events. Reading continues with the events that arrive from now on. A
    /// larger input pool makes this less likely.
    Overrun,
    /// The client's own output buffer has no room.
    BufferFull,
    /// The receiver of a direct event has no room. The receiver did not get the event,
    /// and the library does not send it again.
    ReceiverFull,
    /// The event is larger than a whole pool, the sender's or the receiver's. It can
    /// never be delivered.
    TooLarge,
    /// The device, client, port, queue or connection does not exist.
    NotFound,
    /// A name fits several clients or ports. [`Error::candidates`] lists them.
    Ambiguous,
    /// The device node's permissions, a port's capabilities, or a queue's owner do not
    /// allow the operation.
    PermissionDenied,
    /// The object is in use, or the operation was already done.
    Busy,
    /// The kernel has no more of these: 64 clients, 254 ports on a client,
    /// 32 queues.
    LimitReached,
    /// The kernel has no memory left.
    OutOfMemory,
    /// The kernel does not have this feature.
    Unsupported {
        /// The kernels that have it, such as `"Linux 6.11 or newer"`.
        needs: &'static str,
    },
    /// An argument or an event is not valid.
    InvalidInput,
    /// The client that owns this object was closed.
    Closed,
    /// Another error; see [`Error::raw_os_error`].
    Other,
}

/// The operation that failed with an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is named for its system call or ioctl")]
pub enum Operation {
    Open,
    Poll,
    EventInput,
    EventOutput,
    ClientId,
    ClientInfo,
    SetClientInfo,
    ClientPool,
    SetClientPool,
    SystemInfo,
    CreatePort,
    DeletePort,
    PortInfo,
    SetPortInfo,
    Connect,
    Disconnect,
    Connection,
    Connections,
    Clients,
    Ports,
    CreateQueue,
    DeleteQueue,
    QueueInfo,
    SetQueueInfo,
    FindQueue,
    QueueUsage,
    SetQueueUsage,
    QueueStatus,
    ControlQueue,
    QueueTempo,
    SetQueueTempo,
    QueueTimer,
    SetQueueTimer,
    RemoveEvents,
    CreateEndpoint,
    EndpointInfo,
    SetEndpointInfo,
    FunctionBlock,
    SetFunctionBlock,
    /// Making an [`Interrupter`](crate::Interrupter).
    CreateInterrupter,
    /// Finding a client by its name.
    FindClient,
    /// Finding a port by its name or address.
    FindPort,
    /// Reading the kernel's description of a sound card.
    ReadCard,
    /// Checking an argument, before any system call.
    Argument,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Poll => "wait for events",
            Self::EventInput => "receive events",
            Self::EventOutput => "send event",
            Self::ClientId => "get client number",
            Self::ClientInfo => "get client info",
            Self::SetClientInfo => "set client info",
            Self::ClientPool => "get client pool",
            Self::SetClientPool => "set client pool",
            Self::SystemInfo => "get system info",
            Self::CreatePort => "create port",
            Self::DeletePort => "delete port",
            Self::PortInfo => "get port info",
            Self::SetPortInfo => "set port info",
            Self::Connect => "connect",
            Self::Disconnect => "disconnect",
            Self::Connection => "get connection",
            Self::Connections => "list connections of",
            Self::Clients => "list clients",
            Self::Ports => "list ports",
            Self::CreateQueue => "create queue",
            Self::DeleteQueue => "delete queue",
            Self::QueueInfo => "get info of queue",
            Self::SetQueueInfo => "set info of queue",
            Self::FindQueue => "find queue",
            Self::QueueUsage => "get usage of queue",
            Self::SetQueueUsage => "use queue",
            Self::QueueStatus => "get status of queue",
            Self::ControlQueue => "control queue",
            Self::QueueTempo => "get tempo of queue",
            Self::SetQueueTempo => "set tempo of queue",
            Self::QueueTimer => "get timer of queue",
            Self::SetQueueTimer => "set timer of queue",
            Self::RemoveEvents => "remove events",
            Self::CreateEndpoint => "create UMP endpoint",
            Self::EndpointInfo => "get UMP endpoint of client",
            Self::SetEndpointInfo => "set UMP endpoint of client",
            Self::FunctionBlock => "get function block of client",
            Self::SetFunctionBlock => "set function block of client",
            Self::CreateInterrupter => "create interrupter",
            Self::FindClient => "find client",
            Self::FindPort => "find port",
            Self::ReadCard => "read the sound card",
            Self::Argument => "check argument",
        })
    }
}

/// The object of an [`Error`]'s operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// No object.
    None,
    /// A device node.
    Device(Box<Path>),
    /// A client.
    Client(ClientId),
    /// A port.
    Port(Address),
    /// A queue.
    Queue(QueueId),
    /// A name that was looked up.
    Name(Box<str>),
    /// A connection.
    Connection {
        /// The sending port.
        sender: Address,
        /// The receiving port.
        receiver: Address,
    },
    /// An event that was sent.
    Event {
        /// Its index among the events of the call, from 0.
        index: usize,
        /// Its destination.
        dest: Address,
    },
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Device(path) => {
                write!(f, " {}", Printable(&path.to_string_lossy()))
            }
            Self::Client(client) => write!(f, " {client}"),
            Self::Port(address) => write!(f, " {address}"),
            Self::Queue(queue) => write!(f, " {queue}"),
            Self::Name(name) => write!(f, " {name:?}"),
            Self::Connection { sender, receiver } => write!(f, " {sender} -> {receiver}"),
            Self::Event { index, dest } if *dest == Address::SUBSCRIBERS => {
                write!(f, " {index} to subscribers")
            }
            Self::Event { index, dest } => write!(f, " {index} to {dest}"),
        }
    }
}

impl Error {
    fn from_parts(kind: ErrorKind, operation: Operation, cause: Cause) -> Self {
        Self(Box::new(Parts {
            kind,
            operation,
            subject: Subject::None,
            cause,
            hint: None,
        }))
    }

    /// An error that the kernel returned.
    #[cold]
    pub(crate) fn from_errno(operation: Operation, errno: Errno) -> Self {
        Self::from_parts(
            table::kind(operation, errno),
            operation,
            Cause::Errno(errno),
        )
    }

    /// An error of this library without an errno, such as a time-out.
    #[cold]
    pub(crate) fn new(operation: Operation, kind: ErrorKind) -> Self {
        Self::from_parts(kind, operation, Cause::None)
    }

    /// An argument is invalid; `message` gives the reason.
    #[cold]
    pub(crate) fn invalid(operation: Operation, message: &'static str) -> Self {
        Self::from_parts(ErrorKind::InvalidInput, operation, Cause::Message(message))
    }

    /// An error of an async runtime.
    #[cfg(feature = "async")]
    pub(crate) fn from_reactor(operation: Operation, error: &io::Error) -> Self {
        match error.raw_os_error() {
            Some(errno) => Self::from_errno(operation, Errno::from_raw(errno)),
            None => Self::failed(operation, "the async runtime does not watch the client"),
        }
    }

    /// The kernel reported success, but the result is wrong.
    pub(crate) fn failed(operation: Operation, message: &'static str) -> Self {
        Self::invalid(operation, message).with_kind(ErrorKind::Other)
    }

    /// A name fits all these candidates.
    pub(crate) fn ambiguous(operation: Operation, candidates: Vec<Candidate>) -> Self {
        let cause = Cause::Candidates(candidates.into_boxed_slice());
        Self::from_parts(ErrorKind::Ambiguous, operation, cause)
    }

    /// A receiver made no room in time.
    #[cold]
    pub(crate) fn does_not_read(receiver: ClientId, name: String) -> Self {
        let name = name.into_boxed_str();
        let cause = Cause::DoesNotRead { receiver, name };
        Self::from_parts(ErrorKind::TimedOut, Operation::EventOutput, cause)
    }

    pub(crate) fn about(mut self, subject: Subject) -> Self {
        self.0.subject = subject;
        self
    }

    /// Replaces the kind, where an errno's meaning depends on more than the operation.
    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Replaces the hint, where it depends on more than the table contains.
    pub(crate) fn with_hint(mut self, hint: &'static str) -> Self {
        self.0.hint = Some(hint);
        self
    }

    /// Makes the error of an ioctl that the program itself called through
    /// [`abi`](crate::abi). It has the kind, the text and the hint that this crate's own
    /// error would have.
    ///
    /// ```
    /// use alsa_seq::abi::ioctl::Errno;
    /// use alsa_seq::{Error, ErrorKind, Operation, QueueId, Subject};
    ///
    /// let queue = Subject::Queue(QueueId::new(3));
    /// let error = Error::of_ioctl(Operation::QueueStatus, queue, Errno::EINVAL);
    /// assert_eq!(error.kind(), ErrorKind::NotFound);
    /// ```
    pub fn of_ioctl(operation: Operation, subject: Subject, errno: Errno) -> Self {
        Self::from_errno(operation, errno).about(subject)
    }

    /// The kind of the error.
    pub const fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation that failed.
    pub const fn operation(&self) -> Operation {
        self.0.operation
    }

    /// The object of the operation.
    pub const fn subject(&self) -> &Subject {
        &self.0.subject
    }

    /// The errno, if the kernel returned the error.
    pub const fn raw_os_error(&self) -> Option<i32> {
        match self.0.cause {
            Cause::Errno(errno) => Some(errno.raw()),
            _ => None,
        }
    }

    /// The client that did not read its events, if the error is
    /// [`TimedOut`](ErrorKind::TimedOut) for that reason.
    pub const fn receiver(&self) -> Option<ClientId> {
        match self.0.cause {
            Cause::DoesNotRead { receiver, .. } => Some(receiver),
            _ => None,
        }
    }

    /// The clients or ports that the name fits, if the error is
    /// [`Ambiguous`](ErrorKind::Ambiguous).
    pub fn candidates(&self) -> &[Candidate] {
        match &self.0.cause {
            Cause::Candidates(candidates) => candidates,
            _ => &[],
        }
    }

    /// A hint for the user: what to do about the error.
    pub fn hint(&self) -> Option<&'static str> {
        let errno = match self.0.cause {
            Cause::Errno(errno) => Some(errno),
            _ => None,
        };
        let hint = self.0.hint;
        hint.or_else(|| table::hint(self.0.operation, self.0.kind, errno))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.operation != Operation::Argument {
            write!(f, "{}{}: ", self.0.operation, self.0.subject)?;
        }
        match &self.0.cause {
            // The errno's own text would mislead.
            Cause::Errno(errno) if table::has_inexact_text(self.0.kind, *errno) => {
                write!(f, "{} ({:?})", self.0.kind, named(*errno))?;
            }
            // "permission denied (EACCES)": lower case, and searchable.
            Cause::Errno(errno) => {
                let errno = named(*errno);
                let mut text = errno.desc().chars();
                let first = text.next().map(|c| c.to_ascii_lowercase());
                write!(f, "{}{} ({errno:?})", first.unwrap_or(' '), text.as_str())?;
            }
            Cause::Value(error) => write!(f, "{error}")?,
            Cause::Decode(error) => write!(f, "{error}")?,
            Cause::Address(error) => write!(f, "{error}")?,
            Cause::Time(error) => write!(f, "{error}")?,
            Cause::Encode(error) => write!(f, "{error}")?,
            Cause::ToMidi(error) => write!(f, "{error}")?,
            Cause::FromMidi(error) => write!(f, "{error}")?,
            Cause::Packet(error) => write!(f, "{error}")?,
            Cause::Packets(error) => write!(f, "{error}")?,
            Cause::Message(message) => f.write_str(message)?,
            Cause::Candidates(candidates) => {
                write!(f, "{}", self.0.kind)?;
                for (index, candidate) in candidates.iter().enumerate() {
                    let separator = if index == 0 { ": " } else { ", " };
                    write!(f, "{separator}{candidate}")?;
                }
            }
            Cause::DoesNotRead { receiver, name } => {
                write!(
                    f,
                    "{}: client {receiver} {name:?} does not read",
                    self.0.kind
                )?;
            }
            Cause::None => write!(f, "{}", self.0.kind)?,
        }
        match self.hint() {
            Some(hint) if f.alternate() => write!(f, "; {hint}"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TimedOut => "timed out",
            Self::Interrupted => "interrupted",
            Self::Overrun => "events were lost",
            Self::BufferFull => "output buffer is full",
            Self::ReceiverFull => "receiver is full",
            Self::TooLarge => "event is too large",
            Self::NotFound => "not found",
            Self::Ambiguous => "ambiguous",
            Self::PermissionDenied => "permission denied",
            Self::Busy => "busy",
            Self::LimitReached => "no more available",
            Self::OutOfMemory => "out of memory",
            Self::Unsupported { needs } => {
                return write!(f, "not supported by this kernel (needs {needs})");
            }
            Self::InvalidInput => "invalid input",
            Self::Closed => "client is closed",
            Self::Other => "failed",
        })
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.cause {
            Cause::None | Cause::Message(_) | Cause::Candidates(_) | Cause::DoesNotRead { .. } => {
                None
            }
            Cause::Encode(error) => Some(error),
            Cause::ToMidi(error) => Some(error),
            Cause::FromMidi(error) => Some(error),
            Cause::Packet(error) => Some(error),
            Cause::Packets(error) => Some(error),
            Cause::Errno(error) => Some(error),
            Cause::Value(error) => Some(error),
            Cause::Decode(error) => Some(error),
            Cause::Address(error) => Some(error),
            Cause::Time(error) => Some(error),
        }
    }
}

macro_rules! from_argument {
    ($($error:ty => $cause:ident),*) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::from_parts(
                    ErrorKind::InvalidInput,
                    Operation::Argument,
                    Cause::$cause(error),
                )
            }
        }
    )*};
}

from_argument! {
    EncodeError => Encode,
    midi::EncodeError => ToMidi,
    midi::DecodeError => FromMidi,
    ParsePacketError => Packet,
    TruncatedPacket => Packets,
    ValueError => Value,
    ParseAddressError => Address,
    ParseTimeError => Time
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::from_parts(
            ErrorKind::Other,
            Operation::EventInput,
            Cause::Decode(error),
        )
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::TimedOut => io::ErrorKind::TimedOut,
            ErrorKind::Interrupted => io::ErrorKind::Interrupted,
            ErrorKind::NotFound => io::ErrorKind::NotFound,
            ErrorKind::PermissionDenied => io::ErrorKind::PermissionDenied,
            ErrorKind::OutOfMemory => io::ErrorKind::OutOfMemory,
            ErrorKind::Unsupported { .. } => io::ErrorKind::Unsupported,
            ErrorKind::InvalidInput | ErrorKind::Ambiguous => io::ErrorKind::InvalidInput,
            ErrorKind::Busy => io::ErrorKind::ResourceBusy,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}
