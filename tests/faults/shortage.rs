//! Every allocation of this thread in the kernel fails, for a while.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt as _;

/// What the faults of the two allocators are set by. Root alone may. Single pages are left
/// alone by the second: those are for the program's own memory.
const ALLOCATORS: [&str; 2] = ["failslab", "fail_page_alloc"];

/// Ends with this.
pub(crate) struct Shortage(File);

fn set(allocator: &str, name: &str, value: &str) -> std::io::Result<()> {
    fs::write(format!("/sys/kernel/debug/{allocator}/{name}"), value)
}

impl Shortage {
    pub(crate) fn begin() -> std::io::Result<Self> {
        for allocator in ALLOCATORS {
            set(allocator, "task-filter", "Y")?;
            set(allocator, "times", "-1")?;
            set(allocator, "probability", "100")?;
        }
        let file = OpenOptions::new()
            .write(true)
            .open("/proc/thread-self/make-it-fail")?;
        file.write_at(b"1", 0)?;
        Ok(Self(file))
    }
}

impl Drop for Shortage {
    fn drop(&mut self) {
        self.0.write_at(b"0", 0).unwrap();
        for allocator in ALLOCATORS {
            set(allocator, "probability", "0").unwrap();
        }
    }
}
