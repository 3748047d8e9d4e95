//! Describes a call to the sequencer, without the numbers that differ each time.

use std::fmt::Write as _;

use alsa_seq_kernel_abi::numbers;

use super::super::place::Form;
use super::bytes::{events, hex, masked};

/// A command of `fcntl`, `F_GETFL`.
const GET_FLAGS: u64 = 3;

/// Parts of an ioctl's number in the kernel: the call passes bytes to the kernel, and returns
/// bytes.
pub(super) const WRITE: u32 = 1;
pub(super) const READ: u32 = 2;

pub(super) fn direction(request: u32) -> u32 {
    request >> 30
}

pub(super) fn size(request: u32) -> u64 {
    ((request >> 16) & 0x3fff).into()
}

/// A call to the sequencer, with the program's arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Open(String, u64),
    Ioctl(u32, Vec<u8>),
    Read(u64),
    Write(Vec<u8>),
    /// For each descriptor, whether it is a device's, and the requested events; the time-out in
    /// milliseconds.
    Poll(Vec<(bool, i16)>, i64),
    /// Command and argument.
    Fcntl(u64, u64),
    Close,
    Statx,
    /// Another call, by its number.
    Other(i64),
}

impl Call {
    /// Returns whether the call opens a file in this directory.
    pub(super) fn opens(&self, directory: &str) -> bool {
        matches!(self, Self::Open(path, _) if path.starts_with(directory))
    }

    /// Returns whether a program waits in `poll` without a time limit.
    pub(super) fn polls(&self) -> bool {
        matches!(self, Self::Poll(_, timeout) if *timeout != 0)
    }

    /// Returns the call with its result, as a line.
    pub(super) fn line(&self, form: Form, result: i64, bytes: &[u8]) -> String {
        let passed = match self {
            Self::Open(path, flags) => format!("open {path} {flags:#o}"),
            Self::Ioctl(request, passed) => {
                format!(
                    "ioctl {}{}",
                    name(*request),
                    hex(&masked(form, *request, passed, true))
                )
            }
            Self::Read(size) => format!("read {size}"),
            Self::Write(passed) => format!("write{}\n", events(passed, false)),
            Self::Poll(polled, timeout) => {
                let mut text = format!("poll {timeout}");
                for (is_device, events) in polled {
                    let what = if *is_device { "device" } else { "other" };
                    let _ = write!(text, " {what}:{events:#x}");
                }
                text
            }
            // The request has no argument.
            Self::Fcntl(GET_FLAGS, _) => "fcntl F_GETFL".to_owned(),
            Self::Fcntl(command, argument) => format!("fcntl {command} {argument:#o}"),
            Self::Close => "close".to_owned(),
            Self::Statx => "statx".to_owned(),
            Self::Other(number) => format!("call {number}"),
        };
        let returned = match self {
            Self::Ioctl(request, _) => hex(&masked(form, *request, bytes, false)),
            Self::Read(_) => events(bytes, true),
            _ => hex(bytes),
        };
        format!("{passed} -> {result}{returned}")
    }
}

/// The requests, with their names in the kernel's header.
macro_rules! requests {
    ($($name:ident)*) => {
        &[$((numbers::$name.number(), stringify!($name))),*]
    };
}

const REQUESTS: &[(u32, &str)] = requests! {
    PVERSION CLIENT_ID SYSTEM_INFO RUNNING_MODE USER_PVERSION
    GET_CLIENT_INFO SET_CLIENT_INFO GET_CLIENT_UMP_INFO SET_CLIENT_UMP_INFO
    CREATE_PORT DELETE_PORT GET_PORT_INFO SET_PORT_INFO SUBSCRIBE_PORT UNSUBSCRIBE_PORT
    CREATE_QUEUE DELETE_QUEUE GET_QUEUE_INFO SET_QUEUE_INFO GET_NAMED_QUEUE
    GET_QUEUE_STATUS GET_QUEUE_TEMPO SET_QUEUE_TEMPO GET_QUEUE_TIMER SET_QUEUE_TIMER
    GET_QUEUE_CLIENT SET_QUEUE_CLIENT GET_CLIENT_POOL SET_CLIENT_POOL REMOVE_EVENTS
    QUERY_SUBS GET_SUBSCRIPTION QUERY_NEXT_CLIENT QUERY_NEXT_PORT
};

fn name(request: u32) -> String {
    REQUESTS
        .iter()
        .find(|(number, _)| *number == request)
        .map_or_else(|| format!("{request:#x}"), |(_, name)| (*name).to_owned())
}
