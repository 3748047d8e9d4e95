//! `cargo xtask boards`: the static `aseq` for other processors, tried on real kernels of
//! theirs in QEMU.

mod kernel;
mod qemu;
mod suite;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::musl::{self, Builder, Contents, Target};
use crate::steps;
use qemu::Qemu;
use table::{BOARDS, Board};

/// What `cargo xtask boards` takes.
#[derive(Args)]
pub(crate) struct Options {
    /// Which boards; see `--list`
    #[arg(value_name = "NAME", required_unless_present_any = ["all", "list"])]
    names: Vec<String>,
    /// All boards
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// Print the boards
    #[arg(long)]
    list: bool,
    /// Run the library's own tests of the sequencer there instead
    #[arg(long)]
    suite: bool,
    /// Leave a module out of the image, to see what fails then
    #[arg(long, value_name = "MODULE", conflicts_with = "suite")]
    without: Option<String>,
}

/// Builds, boots, and prints a table.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    if options.list {
        for board in &BOARDS {
            println!("{:<16}{}", board.name, board.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let boards = chosen(options)?;
    let qemu = Qemu::obtain()?;
    if options.suite {
        return suite::run(&boards, &qemu);
    }
    let mut rows = Vec::new();
    let mut failed = Vec::new();
    for same in boards.chunk_by(|a, b| std::ptr::eq(a.target, b.target)) {
        let programs = match same.first().map(|board| Programs::build(board)) {
            Some(Err(error)) if error.is::<steps::Interrupted>() => return Err(error),
            built => built,
        };
        for board in same {
            let row = match &programs {
                Some(Ok(programs)) => programs.boot(board, &qemu, options.without.as_deref()),
                Some(Err(error)) => Err(anyhow::anyhow!("{error:#}")),
                None => continue,
            };
            match row {
                Ok(row) => rows.push(row),
                Err(error) if error.is::<steps::Interrupted>() => return Err(error),
                Err(error) => {
                    eprintln!("{}: FAILED: {error:#}", board.name);
                    failed.push(board.name);
                }
            }
        }
    }
    println!("board           kernel           full  minimal  seconds");
    for row in rows {
        println!("{row}");
    }
    if !failed.is_empty() {
        bail!("these boards failed: {}", failed.join(", "));
    }
    Ok(ExitCode::SUCCESS)
}

/// The boards that are named, in the table's order.
fn chosen(options: &Options) -> Result<Vec<&'static Board>> {
    let unknown = |name: &&String| !BOARDS.iter().any(|board| board.name == name.as_str());
    if let Some(name) = options.names.iter().find(unknown) {
        bail!("there is no board {name:?}: see cargo xtask boards --list");
    }
    let is_chosen =
        |board: &&Board| options.all || options.names.iter().any(|name| name == board.name);
    Ok(BOARDS.iter().filter(is_chosen).collect())
}

/// What the boards of these names are built for, each once. "all" names all boards.
pub(crate) fn targets(names: &[String]) -> Result<Vec<&'static Target>> {
    let boards = chosen(&Options {
        names: names
            .iter()
            .filter(|name| *name != "all")
            .cloned()
            .collect(),
        all: names.iter().any(|name| name == "all"),
        list: false,
        suite: false,
        without: None,
    })?;
    let mut targets: Vec<&'static Target> = boards.iter().map(|board| board.target).collect();
    targets.dedup_by(|a, b| a.triple == b.triple);
    Ok(targets)
}

/// What is built for one target.
struct Programs {
    full: PathBuf,
    minimal: PathBuf,
    init: PathBuf,
    size: u64,
    minimal_size: u64,
}

impl Programs {
    fn build(board: &Board) -> Result<Self> {
        let target = board.target;
        let builder = Builder::obtain(target)?;
        let minimal = builder.minimal()?;
        let full = builder.aseq(&[])?;
        let init = builder.init()?;
        Ok(Self {
            size: musl::check(&full, target, builder.allowed(target.limit))?,
            minimal_size: musl::check(&minimal, target, builder.allowed(target.minimal_limit))?,
            full,
            minimal,
            init,
        })
    }

    /// Boots both programs; returns the line of the table.
    fn boot(&self, board: &Board, qemu: &Qemu, without: Option<&str>) -> Result<String> {
        let mut files = board.kernel.obtain()?;
        if let Some(name) = without {
            let before = files.modules.len();
            let named = |module: &PathBuf| module.file_stem().is_some_and(|stem| stem == name);
            files.modules.retain(|module| !named(module));
            if files.modules.len() == before {
                bail!("the image has no module {name}");
            }
        }
        let mut seconds = None;
        for (form, program) in [("minimal", &self.minimal), ("full", &self.full)] {
            let contents = Contents {
                init: &self.init,
                modules: &files.modules,
                programs: &[("aseq", program)],
                arguments: &[],
            };
            let image = contents.write()?;
            let title = format!("{} on Linux {}, {form}", board.name, files.version);
            let mut machine = qemu.command(board.machine, &files.kernel, image.path());
            seconds = Some(
                musl::watch(&title, musl::BOOT, &mut machine)?
                    .took
                    .as_secs_f32(),
            );
        }
        Ok(format!(
            "{:<16}{:<15}{:>9}{:>9}{:>9.1}",
            board.name,
            files.version,
            self.size,
            self.minimal_size,
            seconds.context("nothing was booted")?
        ))
    }
}
