//! Programs of the machine that this work needs.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::{here, in_path};
use crate::workshop::cache;
use crate::workshop::steps::{self, Gauge};

/// A program or file, and the Debian package that contains it.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    pub name: &'static str,
    pub package: &'static str,
    /// A file that shows whether the package is installed, if a program's name cannot show that.
    pub file: Option<&'static str>,
}

impl Tool {
    /// A program found in the PATH.
    pub const fn program(name: &'static str, package: &'static str) -> Self {
        Self {
            name,
            package,
            file: None,
        }
    }

    fn present(&self) -> bool {
        match self.file {
            Some(file) => Path::new(file).exists(),
            None => in_path(self.name),
        }
    }
}

/// Makes sure that the tools are installed. Installs them if that is possible without a question.
/// Otherwise fails, and the message has the necessary command.
pub fn provide(purpose: &str, tools: &[Tool]) -> Result<()> {
    let missing = || -> Vec<&Tool> { tools.iter().filter(|tool| !tool.present()).collect() };
    if missing().is_empty() {
        return Ok(());
    }
    if !here() || !nix::unistd::geteuid().is_root() {
        return install(purpose, &missing());
    }
    one_at_a_time(Path::new("/run/test-kernel-install.lock"), || {
        // Another task may have installed them meanwhile.
        match missing() {
            missing if missing.is_empty() => Ok(()),
            missing => install(purpose, &missing),
        }
    })
}

/// Calls `install` when no other task installs. apt does not wait: it fails at once.
fn one_at_a_time(lock: &Path, install: impl FnOnce() -> Result<()>) -> Result<()> {
    let _lock = cache::lock(lock, || {
        steps::note("another task installs packages; waiting for it");
    })?;
    install()
}

/// Installs the packages of these tools, or fails with the command that does it.
fn install(purpose: &str, missing: &[&Tool]) -> Result<()> {
    let names = |get: fn(&Tool) -> &'static str| {
        let mut names: Vec<&str> = missing.iter().map(|tool| get(tool)).collect();
        names.dedup();
        names
    };
    let programs = names(|tool| tool.name).join(", ");
    let packages = names(|tool| tool.package);
    if !here() {
        bail!("{purpose} needs {programs}; install them with your system's package manager");
    }
    if !nix::unistd::geteuid().is_root() {
        bail!(
            "{purpose} needs {programs}; install them with\n\n    sudo apt-get install --no-install-recommends {}\n",
            packages.join(" ")
        );
    }
    let apt = || {
        let mut command = Command::new("apt-get");
        command
            .env("DEBIAN_FRONTEND", "noninteractive")
            // The machine itself may be installing something.
            .args(["--quiet", "-o", "DPkg::Lock::Timeout=600"]);
        command
    };
    let title = format!("installing {}", packages.join(" "));
    let install = || {
        steps::run(
            &title,
            &Gauge::Time,
            apt()
                .args(["install", "--yes", "--no-install-recommends"])
                .args(&packages),
        )
    };
    // New machines have no package lists. Old machines have outdated ones.
    match install() {
        Err(e) if e.is::<steps::Interrupted>() => return Err(e),
        Err(_) => {
            steps::run(
                "reading the machine's package lists",
                &Gauge::Time,
                apt().arg("update"),
            )?;
            install()?;
        }
        Ok(_) => {}
    }
    if let Some(tool) = missing.iter().find(|tool| !tool.present()) {
        bail!(
            "{purpose} needs {}, which the package {} does not contain",
            tool.name,
            tool.package
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::thread;
    use std::time::Duration;

    use anyhow::Context as _;

    use super::*;

    /// Several tasks of a new machine need packages at the same time.
    #[test]
    fn two_tasks_do_not_install_at_the_same_time() {
        let directory = tempfile::tempdir().unwrap();
        let lock = directory.path().join("lock");
        let dpkg = Mutex::new(());
        let install = || {
            // As apt, it fails at once if another one has the lock.
            let _dpkg = dpkg.try_lock().ok().context("could not get lock")?;
            thread::sleep(Duration::from_millis(20));
            Ok(())
        };
        thread::scope(|scope| {
            let tasks = [(); 3].map(|()| scope.spawn(|| one_at_a_time(&lock, install)));
            for task in tasks {
                task.join().unwrap().unwrap();
            }
        });
    }
}
