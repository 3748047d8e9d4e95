//! `cargo xtask front-page`: runs the README's lines that install each part, as a reader would run
//! them, in a new clone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::steps::{self, Gauge};
use crate::workspace;

/// The heading above these lines in the README.
const HEADING: &str = "\n## Install\n";

/// A program that uses midir.
const MIDIR: &str = "fn main() -> Result<(), midir::InitError> {
    midir::MidiInput::new(\"mine\").map(drop)
}
";

/// Runs all lines.
pub(crate) fn run() -> Result<ExitCode> {
    let place = tempfile::tempdir().context("make a directory")?;
    let reader = Reader {
        clone: place.path().join("alsa-seq"),
        own: place.path().join("own"),
        root: place.path().join("root"),
    };
    reader.prepare()?;
    let readme = fs::read_to_string(reader.clone.join("README.md")).context("read the README")?;
    for line in lines(&readme)? {
        let (line, _) = line.split_once(" #").unwrap_or((line, ""));
        reader.follow(line.trim_end(), &readme)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the lines of the block with this heading.
fn lines(readme: &str) -> Result<impl Iterator<Item = &str>> {
    let (_, text) = readme.split_once(HEADING).context("find the heading")?;
    let (_, block) = text.split_once("```sh\n").context("find the lines")?;
    let (block, _) = block.split_once("```").context("find their end")?;
    Ok(block.lines())
}

/// Returns the program in the README.
fn program(readme: &str) -> Result<&str> {
    let (_, text) = readme
        .split_once("```rust,no_run\n")
        .context("find the program")?;
    let (program, _) = text.split_once("```").context("find its end")?;
    Ok(program)
}

/// A reader's directories.
struct Reader {
    clone: PathBuf,
    /// The reader's program.
    own: PathBuf,
    /// The directory into which cargo installs programs.
    root: PathBuf,
}

impl Reader {
    fn prepare(&self) -> Result<()> {
        let mut clone = Command::new("git");
        clone.args(["clone", "--quiet"]).arg(workspace::root()?);
        step("cloning the repository", clone.arg(&self.clone))?;
        let mut new = Command::new("cargo");
        new.args(["new", "--quiet", "--vcs", "none"]).arg(&self.own);
        step("making a package", &mut new)
    }

    /// Runs a line, and checks its result.
    fn follow(&self, line: &str, readme: &str) -> Result<()> {
        let is_for_program = line.starts_with("cargo add ");
        let directory = if is_for_program {
            &self.own
        } else {
            &self.clone
        };
        self.shell(directory, line)?;
        if line.starts_with("cargo install ") {
            return self.shell(&self.clone, "\"$CARGO_INSTALL_ROOT/bin/aseq\" graph --help");
        }
        if line.contains("pip install ") {
            return self.shell(&self.clone, "venv/bin/python3 -c 'import alsa_sequencer'");
        }
        if line == "cargo xtask capi" {
            return Ok(());
        }
        if !is_for_program {
            bail!("this line is unknown, so its result cannot be checked: {line}");
        }
        let program = if line.contains("alsa-seq-midir") {
            MIDIR
        } else {
            program(readme)?
        };
        fs::write(self.own.join("src/main.rs"), program).context("write a program")?;
        self.shell(&self.own, "cargo build --quiet")
    }

    fn shell(&self, directory: &Path, line: &str) -> Result<()> {
        let mut shell = workspace::unmarked("sh".as_ref());
        shell
            .args(["-ec", line])
            .current_dir(directory)
            .env("CARGO_INSTALL_ROOT", &self.root);
        step(line, &mut shell)
    }
}

fn step(title: &str, command: &mut Command) -> Result<()> {
    steps::run(title, &Gauge::Time, command).map(drop)
}
