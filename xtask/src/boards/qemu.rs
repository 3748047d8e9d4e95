//! QEMU, unpacked into the cache with all that it needs: nothing is installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::{debian, msrv, steps};

/// The part of QEMU that is a machine, and how its first serial line goes to our standard
/// output.
#[derive(Debug)]
pub(super) struct Machine {
    /// Debian's package, which is for a family of processors.
    pub(super) package: &'static str,
    /// The end of the program's name.
    pub(super) program: &'static str,
    pub(super) arguments: &'static [&'static str],
    pub(super) console: &'static str,
}

impl Machine {
    /// Gets its package, if it is not there yet. Each has a directory of its own: one that
    /// grew would be replaced under the machines of other runs.
    pub(super) fn obtain(&self) -> Result<Qemu> {
        Ok(Qemu {
            root: debian::root(self.package, msrv::SUITE, &[self.package])?,
        })
    }
}

/// An unpacked QEMU.
#[derive(Debug)]
pub(super) struct Qemu {
    root: PathBuf,
}

impl Qemu {
    /// What starts a machine with this kernel and image. It ends when we do, however that
    /// happens.
    pub(super) fn command(&self, machine: &Machine, kernel: &Path, image: &Path) -> Command {
        let usr = self.root.join("usr");
        let mut command = Command::new(usr.join("lib64/ld-linux-x86-64.so.2"));
        command
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
        steps::tied(&command)
    }
}
