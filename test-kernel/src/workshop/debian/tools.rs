//! Programs of the machine that this work needs.

use std::process::Command;

use anyhow::{Result, bail};

use super::{here, in_path};
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
            Some(file) => std::path::Path::new(file).exists(),
            None => in_path(self.name),
        }
    }
}

/// Makes sure that the tools are installed. Installs them if that is possible without a question.
/// Otherwise fails, and the message has the necessary command.
pub fn provide(purpose: &str, tools: &[Tool]) -> Result<()> {
    let missing: Vec<&Tool> = tools.iter().filter(|tool| !tool.present()).collect();
    if missing.is_empty() {
        return Ok(());
    }
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
            .arg("--quiet");
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
