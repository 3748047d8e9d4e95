//! Every error that the documentation names: its kind, its errno, its subject, and its hint.

mod clients;
mod connections;
mod input;
mod open;
mod output;
mod ports;
mod queues;

use alsa_seq::{Error, ErrorKind};
use nix::errno::Errno;

/// The library refuses the call, not the kernel. So the error has no errno.
const OURS: Errno = Errno::UnknownErrno;

/// Compares an error with the expected one. `text` is the whole message, with the operation, the
/// subject and the hint.
#[track_caller]
fn assert_error(error: &Error, kind: ErrorKind, errno: Errno, text: &str) {
    assert_eq!(format!("{error:#}"), text);
    assert_eq!(error.kind(), kind, "{text}");
    let number = (errno != OURS).then_some(errno as i32);
    assert_eq!(error.raw_os_error(), number, "{text}");
}
