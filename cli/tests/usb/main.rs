//! USB keyboards that the test kernel plugs in and unplugs: how programs distinguish them, and what
//! waiting commands do then.

// Helpers outside of `#[test]` functions are tests as well.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod identity;
#[cfg(feature = "patch")]
mod patch;
mod unplugged;

use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use support::{in_test_kernel, say_skipped};
use test_kernel::usb;

/// Makes all sockets free, and makes other tests of this program wait. `None` on a machine's own
/// kernel, which has no sockets.
fn sockets() -> Option<MutexGuard<'static, ()>> {
    static LOCK: Mutex<()> = Mutex::new(());
    if !in_test_kernel() {
        say_skipped("this is not a test kernel");
        return None;
    }
    let lock = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    for made in usb::list().unwrap() {
        usb::remove(&made.name).unwrap();
    }
    Some(lock)
}

/// Returns the output of a successful call.
fn printed(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_aseq"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}
