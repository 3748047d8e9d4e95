//! Builds the programs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::{Program, Source};
use crate::steps::{self, Gauge};
use crate::{musl, published, workspace};

/// The client that each program is connected with.
const DEVICE: &str = "tests/midi_programs/device";

pub(super) struct Builder {
    root: PathBuf,
    /// The directory for all builds.
    home: PathBuf,
    /// The C compiler, for crates that contain C.
    gcc: PathBuf,
    /// The compiler, if rustup has no target for musl.
    compiler: Option<musl::Compiler>,
}

impl Builder {
    pub(super) fn new(home: &Path) -> Result<Self> {
        let compiler = match musl::obtain_target(musl::X86_64.triple)? {
            true => None,
            false => Some(musl::compiler()?),
        };
        Ok(Self {
            root: workspace::root()?,
            home: home.join("programs"),
            gcc: musl::gcc::obtain()?,
            compiler,
        })
    }

    /// The directory of the finished programs.
    pub(super) fn finished(&self) -> PathBuf {
        self.home.join("finished")
    }

    /// Builds the client, with the library of this repository.
    pub(super) fn device(&self) -> Result<PathBuf> {
        let target = self.home.join("device");
        let mut cargo = workspace::cargo()?;
        cargo
            .args(["build", "--manifest-path"])
            .arg(self.root.join(DEVICE).join("Cargo.toml"))
            .arg("--target-dir")
            .arg(&target);
        steps::run(
            "building the programs' counterpart",
            &Gauge::Time,
            &mut cargo,
        )?;
        Ok(target.join("debug/device"))
    }

    /// Builds a program, and returns its file.
    pub(super) fn program(&self, program: &Program) -> Result<PathBuf> {
        let directory = self.patched(program)?;
        if !program.update.is_empty() {
            let mut cargo = workspace::cargo()?;
            cargo
                .current_dir(&directory)
                .arg("update")
                .args(program.update);
            steps::run("updating its Cargo.lock", &Gauge::Time, &mut cargo)?;
        }
        let target = self.home.join("build");
        let mut cargo = workspace::cargo()?;
        cargo
            .current_dir(&directory)
            .args(["build", "--release", "--target", musl::X86_64.triple])
            .arg("--target-dir")
            .arg(&target)
            .args(program.arguments)
            .env("CC_x86_64_unknown_linux_musl", &self.gcc);
        if let Some(compiler) = &self.compiler {
            compiler.configure(&[&musl::X86_64], &[], &mut cargo)?;
            cargo.env("CARGO_PROFILE_RELEASE_PANIC", "abort");
        }
        let title = format!("building {} {}", program.name, program.version);
        steps::run(&title, &Gauge::Time, &mut cargo)?;
        let built = target
            .join(musl::X86_64.triple)
            .join("release")
            .join(program.file);
        let finished = self.finished().join(program.name);
        fs::create_dir_all(self.finished())?;
        fs::copy(&built, &finished).with_context(|| format!("copy {}", built.display()))?;
        Ok(finished)
    }

    /// Copies the program's source, and appends a patch to its `Cargo.toml`.
    fn patched(&self, program: &Program) -> Result<PathBuf> {
        let source = match program.source {
            Source::Registry => published::source(program.name, program.version)?,
            Source::Ours(directory) => self.root.join(directory),
        };
        let directory = self.home.join("source").join(program.name);
        let stand_in = self.root.join("alsa-sys").join(program.stand_in);
        let patch = format!("\n[patch.crates-io]\nalsa-sys = {{ path = {stand_in:?} }}\n");
        published::copy(&source, &directory, &patch)?;
        Ok(directory)
    }
}
