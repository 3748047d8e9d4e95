//! QEMU, unpacked into the cache with all that it needs: nothing is installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::{debian, msrv};

/// Debian has one package for each family of processors.
const PACKAGES: [&str; 5] = [
    "qemu-system-arm",
    "qemu-system-ppc",
    "qemu-system-riscv",
    "qemu-system-s390x",
    "qemu-system-x86",
];

/// The part of QEMU that is a machine, and how its first serial line goes to our standard
/// output.
#[derive(Debug)]
pub(super) struct Machine {
    /// The end of the program's name.
    pub(super) program: &'static str,
    pub(super) arguments: &'static [&'static str],
    pub(super) console: &'static str,
}

/// An unpacked QEMU.
#[derive(Debug)]
pub(super) struct Qemu {
    root: PathBuf,
}

impl Qemu {
    /// Fetched, if it is not there yet.
    pub(super) fn obtain() -> Result<Self> {
        let root = debian::root("qemu", msrv::SUITE, &PACKAGES)?;
        Ok(Self { root })
    }

    /// What starts a machine with this kernel and image. It ends when we do, however that
    /// happens.
    pub(super) fn command(&self, machine: &Machine, kernel: &Path, image: &Path) -> Command {
        let usr = self.root.join("usr");
        let mut command = Command::new("setpriv");
        command
            .args(["--pdeathsig", "KILL", "--"])
            .arg(usr.join("lib64/ld-linux-x86-64.so.2"))
            .arg("--library-path")
            .arg(usr.join("lib/x86_64-linux-gnu"))
            .arg(usr.join(format!("bin/qemu-system-{}", machine.program)))
            .arg("-L")
            .arg(usr.join("share/qemu"))
            .arg("-L")
            .arg(usr.join("share/seabios"))
            .args(machine.arguments)
            .args(["-nodefaults", "-display", "none", "-monitor", "none"])
            .args(["-serial", "stdio", "-no-reboot"])
            .arg("-kernel")
            .arg(kernel)
            .arg("-initrd")
            .arg(image)
            .arg("-append")
            .arg(format!("console={} quiet panic=-1", machine.console));
        command
    }
}
