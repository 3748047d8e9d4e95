//! The errors of midir, with the kernel's reason in their texts.

use std::error::Error;
use std::fmt;

use crate::why;

/// The sequencer could not be opened.
///
/// The type has no room for a reason, so its text gives the reason of the last failure in the whole
/// process. [`ext::last_error`](crate::ext::last_error) returns the complete error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InitError;

impl Error for InitError {}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const TEXT: &str = "MIDI support could not be initialized";
        f.pad(why::init_reason().unwrap_or(TEXT))
    }
}

/// A port could not be described.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortInfoError {
    /// midir returns this on other systems. This crate does not.
    PortNumberOutOfRange,
    /// The port no longer exists.
    InvalidPort,
    /// The kernel did not return the name of the port. [`ext::last_error`](crate::ext::last_error)
    /// returns the reason.
    CannotRetrievePortName,
}

impl Error for PortInfoError {}

impl fmt::Display for PortInfoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::PortNumberOutOfRange => "the port number is out of range",
            Self::InvalidPort => INVALID_PORT,
            Self::CannotRetrievePortName => "the name of the port could not be read",
        })
    }
}

const INVALID_PORT: &str = "invalid port: it does not exist any more";

/// The kind of a [`ConnectError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectErrorKind {
    /// The port no longer exists.
    InvalidPort,
    /// Any other reason. The text contains the operation and the kernel's reason.
    Other(&'static str),
}

impl ConnectErrorKind {}

impl fmt::Display for ConnectErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::InvalidPort => INVALID_PORT,
            Self::Other(text) => text,
        })
    }
}

/// A connection could not be made. The error contains the object for the connection, which can be
/// used again.
pub struct ConnectError<T> {
    kind: ConnectErrorKind,
    inner: T,
}

impl<T> ConnectError<T> {
    /// Returns an error of this kind.
    pub fn new(kind: ConnectErrorKind, inner: T) -> ConnectError<T> {
        ConnectError { kind, inner }
    }

    /// Returns an error of the kind [`ConnectErrorKind::Other`].
    pub fn other(msg: &'static str, inner: T) -> ConnectError<T> {
        Self::new(ConnectErrorKind::Other(msg), inner)
    }

    /// Returns the kind.
    pub fn kind(&self) -> ConnectErrorKind {
        self.kind
    }

    /// Returns the object for the connection.
    pub fn into_inner(self) -> T {
        self.inner
    }
}

impl<T> fmt::Debug for ConnectError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.kind, f)
    }
}

impl<T> fmt::Display for ConnectError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.kind, f)
    }
}

impl<T> Error for ConnectError<T> {}

/// A message could not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendError {
    /// The bytes are not a MIDI message. Nothing was sent.
    InvalidData(&'static str),
    /// Any other reason. The text contains the operation and the kernel's reason.
    Other(&'static str),
}

impl Error for SendError {}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::InvalidData(text) | Self::Other(text)) = self;
        f.pad(text)
    }
}
