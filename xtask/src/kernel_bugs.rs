//! `cargo xtask kernel-bugs`: runs the reproductions of docs/kernel-bugs.md. Each has a separate
//! machine, because one of them makes it hang.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::kernel::{self, Wanted};
use crate::{own, steps, workspace};

/// The directory of the programs.
const DIRECTORY: &str = "docs/kernel-bugs";

/// Time limit of a program. It needs some seconds at most.
const SECONDS: &str = "120";

/// Compiles the programs and runs them. Fails if the kernel does not have one of the defects. Then
/// the document must be changed.
pub(crate) fn run(wanted: &Wanted) -> Result<ExitCode> {
    let root = workspace::root()?;
    let kernel = kernel::obtain(wanted, None, false)?;
    let to = root.join("target/kernel-bugs");
    std::fs::create_dir_all(&to).with_context(|| format!("make {}", to.display()))?;
    let mut gone = Vec::new();
    for source in sources(&root.join(DIRECTORY))? {
        let name = source.file_stem().unwrap_or_default().to_string_lossy();
        let program = to.join(&*name);
        compile(&source, &program)?;
        steps::note(&format!("{name}:"));
        let status = Command::new(own::file()?)
            .args(["run", "--timeout", SECONDS, "--kernel"])
            .arg(&kernel)
            .arg("--")
            .arg(&program)
            .status()
            .context("start a machine")?;
        match status.code() {
            Some(0) => {}
            Some(1) => gone.push(name.into_owned()),
            _ => bail!("{name} ends with {status}"),
        }
    }
    if !gone.is_empty() {
        bail!(
            "this kernel does not have these defects: {}",
            gone.join(", ")
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn sources(directory: &Path) -> Result<Vec<PathBuf>> {
    let files = std::fs::read_dir(directory);
    let mut all = Vec::new();
    for file in files.with_context(|| format!("read {}", directory.display()))? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "c") {
            all.push(path);
        }
    }
    if all.is_empty() {
        bail!("no programs are in {}", directory.display());
    }
    all.sort();
    Ok(all)
}

fn compile(source: &Path, program: &Path) -> Result<()> {
    let status = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()))
        .args([
            "-Wall",
            "-Wextra",
            "-Wno-missing-field-initializers",
            "-Werror",
            "-o",
        ])
        .args([program, source])
        .status()
        .context("start the C compiler")?;
    if !status.success() {
        bail!("{} does not compile", source.display());
    }
    Ok(())
}
