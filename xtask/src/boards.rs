//! `cargo xtask boards`: builds the static `aseq` for other processors, and tries it on kernels for
//! these processors in QEMU.

mod beside;
mod journey;
mod kernel;
mod qemu;
mod suite;
mod table;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;

use crate::musl::{self, Builder, Contents, Target};
use crate::{kernel as test_kernel, steps};
pub(crate) use journey::run as journey;

use beside::Beside;
use table::{BOARDS, Board, Place};

/// Arguments of `cargo xtask boards`.
#[derive(Args)]
pub(crate) struct Options {
    /// The boards; see `--list`
    #[arg(value_name = "NAME", required_unless_present_any = ["all", "list"])]
    names: Vec<String>,
    /// Use all boards
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// Print the boards
    #[arg(long)]
    list: bool,
    /// Run the library's own tests of the sequencer there instead
    #[arg(long)]
    suite: bool,
    /// Leave a module out of the image, to see what fails without it
    #[arg(long, value_name = "MODULE", conflicts_with = "suite")]
    without: Option<String>,
    /// Only get QEMU and the kernels
    #[arg(long, hide = true, conflicts_with_all = ["suite", "without"])]
    fetch_only: bool,
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
    if options.fetch_only {
        return beside::fetch(&boards);
    }
    if options.suite {
        return suite::run(&boards);
    }
    let beside = Beside::start(&boards)?;
    Builder::prepare(&targets_of(&boards))?;
    beside.finish()?;
    let mut rows = Vec::new();
    let mut failed = Vec::new();
    for same in boards.chunk_by(|a, b| a.target.triple == b.target.triple) {
        let programs = match same.first().map(|board| Programs::build(board)) {
            Some(Err(error)) if error.is::<steps::Interrupted>() => return Err(error),
            built => built,
        };
        for board in same {
            let row = match &programs {
                Some(Ok(programs)) => programs.boot(board, options.without.as_deref()),
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

/// Returns the named boards, in the order of the table.
fn chosen(options: &Options) -> Result<Vec<&'static Board>> {
    let unknown = |name: &&String| !BOARDS.iter().any(|board| board.name == name.as_str());
    if let Some(name) = options.names.iter().find(unknown) {
        bail!("the board {name:?} does not exist: see cargo xtask boards --list");
    }
    let is_chosen =
        |board: &&Board| options.all || options.names.iter().any(|name| name == board.name);
    Ok(BOARDS.iter().filter(is_chosen).collect())
}

/// Returns the targets of the boards with these names, each once. "all" names all boards.
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
        fetch_only: false,
    })?;
    Ok(targets_of(&boards))
}

/// Returns the targets of boards, each once. Boards with the same target follow each other.
fn targets_of(boards: &[&'static Board]) -> Vec<&'static Target> {
    let mut targets: Vec<&'static Target> = boards.iter().map(|board| board.target).collect();
    targets.dedup_by(|a, b| a.triple == b.triple);
    targets
}

/// The programs for one target.
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
        let full = builder.aseq()?;
        let init = builder.init()?;
        Ok(Self {
            size: musl::check(&full, target, builder.allowed(target.limit))?,
            minimal_size: musl::check(&minimal, target, builder.allowed(target.minimal_limit))?,
            full,
            minimal,
            init,
        })
    }

    /// Boots both programs. Returns the line of the table.
    fn boot(&self, board: &Board, without: Option<&str>) -> Result<String> {
        let (version, took) = match board.place {
            Place::Qemu(kernel, machine) => {
                let qemu = machine.obtain()?;
                let mut files = kernel.obtain()?;
                if let Some(name) = without {
                    files.leave_out(name)?;
                }
                let start = |image: &Path| Ok(qemu.command(machine, &files.kernel, image));
                let name = format!("{} on Linux {}", board.name, files.version);
                let took = self.boot_each(&name, &files.modules, start)?;
                (files.version, took)
            }
            Place::TestKernel => {
                if without.is_some() {
                    bail!("the test kernel has no modules");
                }
                let kernel = test_kernel::obtain(&musl::default_kernel(), None, false)?;
                let version = test_kernel::version_of(&kernel)?;
                let start = |image: &Path| musl::test_kernel(&kernel, image);
                let name = format!("{} on Linux {version}", board.name);
                (version, self.boot_each(&name, &[], start)?)
            }
        };
        Ok(format!(
            "{:<16}{:<15}{:>9}{:>9}{:>9.1}",
            board.name,
            version,
            self.size,
            self.minimal_size,
            took.as_secs_f32()
        ))
    }

    /// Boots first the small program and then the other one. Returns the time of the second boot.
    fn boot_each(
        &self,
        name: &str,
        modules: &[PathBuf],
        start: impl Fn(&Path) -> Result<Command>,
    ) -> Result<Duration> {
        let mut took = Duration::ZERO;
        for (form, program) in [("minimal", &self.minimal), ("full", &self.full)] {
            let contents = Contents {
                init: &self.init,
                modules,
                programs: &[("aseq", program)],
                arguments: &[],
            };
            let image = contents.write()?;
            let title = format!("{name}, {form}");
            took = musl::watch(&title, musl::BOOT, &mut start(image.path())?)?.took;
        }
        Ok(took)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn names(given: &[&str], all: bool) -> Result<Vec<&'static str>> {
        let options = Options {
            names: given.iter().map(|name| (*name).to_owned()).collect(),
            all,
            list: false,
            suite: false,
            without: None,
            fetch_only: false,
        };
        Ok(chosen(&options)?.iter().map(|board| board.name).collect())
    }

    #[test]
    fn boards_are_selected_by_name_in_the_order_of_the_table() {
        assert_eq!(
            names(&["s390x", "arm64"], false).unwrap(),
            ["arm64", "s390x"]
        );
        assert_eq!(names(&[], true).unwrap().len(), BOARDS.len());
        let error = names(&["arm64", "arm65"], false).unwrap_err();
        assert!(error.to_string().contains("arm65"), "{error}");
    }

    #[test]
    fn each_target_is_built_once() {
        let all = targets(&["all".to_owned()]).unwrap();
        let triples: BTreeSet<&str> = all.iter().map(|target| target.triple).collect();
        assert_eq!(triples.len(), all.len(), "boards of a target are apart");
        let two = ["armv7", "armv7-on-arm64"].map(str::to_owned);
        assert_eq!(targets(&two).unwrap().len(), 1);
    }

    #[test]
    fn the_documents_name_exactly_the_boards() {
        let text = include_str!("../../docs/testing.md");
        let (_, table) = text.split_once("\n| board | kernel |").unwrap();
        let (table, _) = table.split_once("\n\n").unwrap();
        let named: Vec<&str> = table
            .lines()
            .filter_map(|row| row.strip_prefix("| `")?.split('`').next())
            .collect();
        let all: Vec<&str> = BOARDS.iter().map(|board| board.name).collect();
        assert_eq!(named, all);
    }
}
