//! The library's own tests: `cargo xtask boards --suite`. Each test runs in a separate process,
//! which needs a `/proc`. Some tests need a directory for temporary files.

use std::fs;
use std::process::Command;

use nix::mount::{MsFlags, mount};

use crate::Failure;

pub(crate) fn run() -> Result<(), Failure> {
    for directory in ["/proc", "/tmp"] {
        fs::create_dir(directory)?;
    }
    mount(
        Some("proc"),
        "/proc",
        Some("proc"),
        MsFlags::empty(),
        None::<&str>,
    )?;
    let arguments = fs::read_to_string("/arguments")?;
    let status = Command::new("/tests")
        .args(arguments.lines())
        // A test that would be skipped fails, because the image has a sequencer.
        .env("ALSA_SEQ_REQUIRE_KERNEL", "1")
        .env("PROPTEST_RNG_SEED", "1")
        .status()?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("/tests: {status}").into()),
    }
}
