//! Every error that the documentation names: its kind, its errno, what it is
//! about, and what it says there is to do.

mod clients;
mod connections;
mod input;
mod open;
mod output;
mod ports;
mod queues;

use alsa_seq::{Error, ErrorKind};
use nix::errno::Errno;

/// No errno: the library refuses, not the kernel.
const OURS: Errno = Errno::UnknownErrno;

/// Compares an error with what it is to be: `text` is all that it says, with
/// the operation, the subject and the hint.
#[track_caller]
fn told(error: &Error, kind: ErrorKind, errno: Errno, text: &str) {
    assert_eq!(format!("{error:#}"), text);
    assert_eq!(error.kind(), kind, "{text}");
    let number = (errno != OURS).then_some(errno as i32);
    assert_eq!(error.raw_os_error(), number, "{text}");
}
