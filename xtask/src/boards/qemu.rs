//! QEMU, unpacked into the cache with all its dependencies. Nothing is installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::{debian, msrv, steps};

/// A machine type of QEMU, and the option that connects its first serial line with our standard
/// output.
#[derive(Debug)]
pub(super) struct Machine {
    /// The Debian package, which contains a family of processors.
    pub(super) package: &'static str,
    /// The end of the program's name.
    pub(super) program: &'static str,
    pub(super) arguments: &'static [&'static str],
    pub(super) console: &'static str,
}

impl Machine {
    /// Gets the package, if it is missing. Each package has a separate directory. A common
    /// directory would be replaced while machines of other runs use it.
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
    /// Returns the command that starts a machine with this kernel and image. The machine ends when
    /// this process ends, however that happens.
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
