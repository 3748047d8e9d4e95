//! Faults on command: the nth allocation or copy of a thread fails.
//!
//! The kernel counts, for one thread, the allocations of memory in the kernel and the copies
//! between it and the program, and lets one of them fail: a call then fails with ENOMEM or
//! EFAULT, or goes on in another way, or is done and fails nevertheless. So a program's
//! handling of every failure can be tried, one after the other.
//!
//! - A program is tried from outside by `test-kernel fault`, which lets a fault happen n
//!   allocations or copies after the program opens a file; see `test-kernel fault --help`.
//! - Test code tries single calls with [`arm`]:
//!
//! ```no_run
//! # fn main() -> std::io::Result<()> {
//! # fn call() -> Result<(), std::io::Error> { Ok(()) }
//! for nth in 1.. {
//!     let armed = test_kernel::fault::arm(nth)?;
//!     let result = call();
//!     if !armed.disarm()? {
//!         // The call has fewer allocations and copies than this.
//!         assert!(result.is_ok());
//!         break;
//!     }
//!     println!("{nth}: {result:?}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! It works in a test kernel alone, whose first process has told the kernel which
//! allocations may fail.

mod command;
mod trace;

use std::fs::{File, OpenOptions};
use std::io;
use std::marker::PhantomData;
use std::os::unix::fs::FileExt as _;

use nix::errno::Errno;

#[doc(hidden)]
pub use command::{Faulty, Which, run};
pub(crate) use trace::{TRACED, traced};

/// Lets a fault happen to this thread: its nth allocation or copy in the kernel from now on,
/// counted from 1, fails. Other threads, and processes that it starts, are not concerned.
///
/// What Rust's library does itself between this and [`Armed::disarm`] counts as well: page
/// faults do not, but printing, or allocating so much that memory comes from the kernel, do.
/// Do not start programs in between: a fault within that may end the test kernel.
///
/// # Errors
///
/// This kernel has no faults (ENOENT), or `nth` is 0 (EINVAL).
pub fn arm(nth: u32) -> io::Result<Armed> {
    if nth == 0 {
        return Err(Errno::EINVAL.into());
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/proc/thread-self/fail-nth")?;
    file.write_at(nth.to_string().as_bytes(), 0)?;
    Ok(Armed {
        file,
        of_this_thread: PhantomData,
    })
}

/// A fault that waits to happen, or has happened. Dropping it calls the fault off.
#[derive(Debug)]
pub struct Armed {
    file: File,
    /// The file is one of the thread that opened it.
    of_this_thread: PhantomData<*const ()>,
}

impl Armed {
    /// Calls the fault off, and tells whether it has happened.
    ///
    /// # Errors
    ///
    /// The kernel does not say.
    pub fn disarm(self) -> io::Result<bool> {
        // Reading is a copy itself, which fails if it is the next that should.
        let hit = match left(&self.file) {
            Ok(left) => left == 0,
            Err(e) if e.raw_os_error() == Some(Errno::EFAULT as i32) => false,
            Err(e) => return Err(e),
        };
        call_off(&self.file)?;
        Ok(hit)
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        let _ = call_off(&self.file);
    }
}

/// How many more allocations and copies there are until the fault; 0 once it has happened.
fn left(file: &File) -> io::Result<u32> {
    let mut text = [0; 16];
    let n = file.read_at(&mut text, 0)?;
    let text = String::from_utf8_lossy(text.get(..n).unwrap_or_default());
    text.trim().parse().map_err(io::Error::other)
}

fn call_off(file: &File) -> io::Result<()> {
    match file.write_at(b"0", 0) {
        // So it happened to this.
        Err(e) if e.raw_os_error() == Some(Errno::EFAULT as i32) => file.write_at(b"0", 0),
        other => other,
    }
    .map(drop)
}
