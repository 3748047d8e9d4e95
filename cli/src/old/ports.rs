//! Ports in options, and messages with the C library's texts.

use std::io;

use alsa_seq::{Address, ClientControl, ErrorKind};
use nix::errno::Errno;

use super::parse_address;
use crate::failure::Failure;

/// Reads the ports of an option, separated by commas.
pub(super) fn parse(control: &ClientControl, text: &str) -> Result<Vec<Address>, Failure> {
    text.split(',')
        .map(|text| parse_one(control, text))
        .collect()
}

/// Reads the port of an option.
pub(super) fn parse_one(control: &ClientControl, text: &str) -> Result<Address, Failure> {
    parse_address(control, text).map_err(|error| failed(&format!("Invalid port {text}"), &error))
}

/// Makes a failure with the C library's text for the errno.
pub(super) fn failed(what: &str, error: &alsa_seq::Error) -> Failure {
    let errno = error.raw_os_error().map(Errno::from_raw);
    let errno = errno.or(match error.kind() {
        ErrorKind::NotFound => Some(Errno::ENOENT),
        ErrorKind::InvalidInput => Some(Errno::EINVAL),
        _ => None,
    });
    Failure::Other(match errno {
        Some(errno) => format!("{what} - {}", errno.desc()),
        None => format!("{what} - {error:#}"),
    })
}

/// The same for a file.
pub(super) fn file_failed(what: &str, error: &io::Error) -> Failure {
    Failure::Other(match error.raw_os_error() {
        Some(errno) => format!("{what} - {}", Errno::from_raw(errno).desc()),
        None => format!("{what} - {error}"),
    })
}

/// The message of these programs if the sequencer cannot be opened.
pub(super) fn cannot_open(error: &alsa_seq::Error) -> Failure {
    failed("Cannot open sequencer", error)
}
