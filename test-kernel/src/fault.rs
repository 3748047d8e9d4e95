//! Faults on command: the nth allocation or copy of a thread fails.
//!
//! For one thread, the kernel counts its allocations of memory and its copies from and to the
//! program, and makes one of them fail. Then a call fails with ENOMEM or EFAULT, or continues in
//! another way, or does its work and fails nevertheless. So you can try how a program handles each
//! possible failure.
//!
//! - `test-kernel fault` tests a whole program: the nth allocation or copy after the program opens
//!   a file fails. See `test-kernel fault --help`.
//! - Test code makes single calls fail with [`arm`]:
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
//! This works only in a test kernel, whose first process has selected the allocations that may
//! fail.

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

/// Makes the nth allocation or copy in the kernel fail for this thread, counted from 1 from now on.
/// Other threads, and processes that this thread starts, are not affected.
///
/// Calls of Rust's library between this and [`Armed::disarm`] also count: printing, and allocations
/// so large that the memory comes from the kernel. Page faults do not count. Do not start programs
/// in between, because a fault in that may end the test kernel.
///
/// # Errors
///
/// ENOENT: this kernel has no faults. EINVAL: `nth` is 0.
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

/// An armed fault, before or after it has happened. Dropping it disarms the fault.
#[derive(Debug)]
pub struct Armed {
    file: File,
    /// The file belongs to the thread that opened it.
    of_this_thread: PhantomData<*const ()>,
}

impl Armed {
    /// Disarms the fault, and returns whether it has happened.
    ///
    /// # Errors
    ///
    /// The kernel does not report it.
    pub fn disarm(self) -> io::Result<bool> {
        // The read is itself a copy. It fails if it is the nth.
        let hit = match remaining(&self.file) {
            Ok(count) => count == 0,
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

/// Returns the number of allocations and copies before the fault; 0 after it has happened.
fn remaining(file: &File) -> io::Result<u32> {
    let mut text = [0; 16];
    let n = file.read_at(&mut text, 0)?;
    let text = String::from_utf8_lossy(text.get(..n).unwrap_or_default());
    text.trim().parse().map_err(io::Error::other)
}

fn call_off(file: &File) -> io::Result<()> {
    match file.write_at(b"0", 0) {
        // So the fault has hit this read.
        Err(e) if e.raw_os_error() == Some(Errno::EFAULT as i32) => file.write_at(b"0", 0),
        other => other,
    }
    .map(drop)
}
