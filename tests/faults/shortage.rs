//! Every kernel allocation of this thread fails, for a while.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt as _;

/// The settings of the faults of the two allocators. Only root may write them. The second does not
/// fail for single pages, because those are for the program's own memory.
const ALLOCATORS: [&str; 2] = ["failslab", "fail_page_alloc"];

/// The faults end when this value is dropped.
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
