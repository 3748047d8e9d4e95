//! An image that contains only some programs, and a first process that tests them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::NamedTempFile;

use super::cpio::Archive;
use crate::steps;

/// Usually some seconds are enough, but machines may be busy.
pub(crate) const BOOT: Duration = Duration::from_secs(600);

/// The beginning of the first process's last line, and the line of a success.
const END: &str = "embedded: ";
const PASSED: &str = "embedded: passed";

/// The content of an image.
pub(crate) struct Contents<'a> {
    /// The first process.
    pub(crate) init: &'a Path,
    /// Modules of the kernel. The first process loads them in this order.
    pub(crate) modules: &'a [std::path::PathBuf],
    /// The other programs, with their names.
    pub(crate) programs: &'a [(&'a str, &'a Path)],
    /// The arguments of the library's tests, if these are the programs.
    pub(crate) arguments: &'a [&'a str],
}

/// The output of a machine until its first process reported success.
#[derive(Debug)]
pub(crate) struct Passed {
    pub(crate) lines: Vec<String>,
    pub(crate) took: Duration,
}

impl Contents<'_> {
    /// Writes the image to a file, which is removed when the value is dropped.
    pub(crate) fn write(&self) -> Result<NamedTempFile> {
        let read = |path: &Path| fs::read(path).with_context(|| format!("read {}", path.display()));
        let mut archive = Archive::default();
        archive.directory("dev");
        archive.directory("dev/snd");
        archive.device("dev/console", 5, 1);
        archive.device("dev/null", 1, 3);
        archive.device("dev/snd/seq", 116, 1);
        archive.program("init", &read(self.init)?);
        for (name, program) in self.programs {
            archive.program(name, &read(program)?);
        }
        if !self.arguments.is_empty() {
            archive.device("dev/zero", 1, 5);
            archive.program("arguments", self.arguments.join("\n").as_bytes());
        }
        if !self.modules.is_empty() {
            archive.directory("modules");
        }
        for (index, module) in self.modules.iter().enumerate() {
            let name = module.file_name().unwrap_or_default().to_string_lossy();
            archive.program(&format!("modules/{index:02}-{name}"), &read(module)?);
        }
        let image = NamedTempFile::new_in(test_kernel::place::memory()?.dir)?;
        fs::write(image.path(), archive.finish())
            .with_context(|| format!("write {}", image.path().display()))?;
        Ok(image)
    }
}

/// Boots programs in the test kernel. Fails unless the first process reports success.
pub(crate) fn boot(kernel: &Path, init: &Path, programs: &[(&str, &Path)]) -> Result<()> {
    boot_image(
        kernel,
        &Contents {
            init,
            modules: &[],
            programs,
            arguments: &[],
        },
    )
}

/// Boots an image in a test kernel. Fails unless its first process reports success.
pub(crate) fn boot_image(kernel: &Path, contents: &Contents<'_>) -> Result<()> {
    let image = contents.write()?;
    let mut machine = test_kernel(kernel, image.path())?;
    watch(
        "booting an image that contains nothing else",
        BOOT,
        &mut machine,
    )?;
    Ok(())
}

/// Returns the command that starts the test kernel with this image. The kernel ends when this
/// process ends, however that happens.
pub(crate) fn test_kernel(kernel: &Path, image: &Path) -> Result<Command> {
    let mut initrd = std::ffi::OsString::from("initrd=");
    initrd.push(image);
    let mut machine = Command::new(kernel);
    machine
        .args(["mem=64M", "rdinit=/init", "root=none", "quiet"])
        .arg(initrd)
        .args([
            "con=null",
            "con0=null,fd:1",
            "seccomp=auto",
            "uml_dir=/dev/null/",
        ]);
    let mut machine = steps::tied(&machine);
    machine
        .env_clear()
        .env("TMPDIR", &test_kernel::place::memory()?.dir);
    Ok(machine)
}

/// Starts a machine. Fails unless the first process of its image reports success.
pub(crate) fn watch(title: &str, patience: Duration, machine: &mut Command) -> Result<Passed> {
    let begun = Instant::now();
    let lines = steps::run_until(title, patience, machine, |line| line.starts_with(END))?;
    let took = begun.elapsed();
    if lines.last().is_none_or(|line| line != PASSED) {
        bail!("{title} failed:\n  | {}", lines.join("\n  | "));
    }
    steps::note(&format!("{title}: passed, {:.1} s", took.as_secs_f32()));
    Ok(Passed { lines, took })
}
