//! `cargo xtask setups`: runs the steps of the set-ups for continuous integration of other
//! projects. Each set-up runs in a new Debian, with a project that tests a MIDI program.

mod docker;
mod github;
mod gitlab;
mod room;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use sha2::Sha256;

use crate::kernel::{self, Wanted};
use crate::projects::{self, BREAKS, WRONG_NOTE};
use crate::{steps, sum, workspace};
use room::{Ended, Room};

/// The directory of the set-ups.
const DIRECTORY: &str = "test-kernel/ci";

/// The command that gets the kernel, in each set-up.
const GET: &str = "test-kernel kernel get";

/// A checksum that matches no file, as in the examples.
const WRONG_SUM: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Arguments of `cargo xtask setups`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The set-ups; default: all
    #[arg(value_name = "NAME")]
    names: Vec<Name>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// The action and its workflow
    Github,
    /// The job for GitLab
    Gitlab,
    /// The Dockerfile
    Docker,
}

/// One step of a set-up.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    /// The command that starts the script. The script is its last argument.
    shell: Vec<String>,
    script: String,
    env: BTreeMap<String, String>,
    /// The directory, if it is not the project's.
    directory: Option<String>,
    user: User,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum User {
    Root,
    /// A user without rights, except for sudo if it is installed.
    Other,
}

impl Step {
    /// The step's name in the output.
    fn title(&self) -> &str {
        self.script.lines().next().unwrap_or_default()
    }
}

/// A set-up as it runs here.
struct Setup {
    /// A project of `test-kernel/projects`.
    project: &'static str,
    /// The state of the machine before the first step.
    machine: room::Machine,
    steps: Vec<Step>,
}

/// The files that a user has published, and their checksums.
struct Published {
    /// A directory, which is `/published` in each root.
    directory: PathBuf,
    /// The file's name in it, and the checksum.
    kernel: (String, String),
    program: (String, String),
}

impl Published {
    fn make() -> Result<Self> {
        let kernel = kernel::obtain(&Wanted::usual(), None, false)?;
        let directory = work()?.join("published");
        fs::create_dir_all(&directory)
            .with_context(|| format!("create {}", directory.display()))?;
        let (archive, sum) = kernel::pack(&kernel, &directory)?;
        let name = archive.file_name().context("an archive without a name")?;
        let program = directory.join("test-kernel");
        fs::copy(workspace::build("test-kernel", &["--release"])?, &program)
            .with_context(|| format!("create {}", program.display()))?;
        Ok(Self {
            kernel: (name.to_string_lossy().into_owned(), sum),
            program: ("test-kernel".into(), sum::of_file::<Sha256>(&program)?),
            directory,
        })
    }

    fn url((name, _): &(String, String)) -> String {
        format!("file:///published/{name}")
    }
}

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    room::possible()?;
    let names = match options.names.as_slice() {
        [] => Name::value_variants(),
        names => names,
    };
    let published = Published::make()?;
    let directory = workspace::root()?.join(DIRECTORY);
    for name in names {
        let begun = Instant::now();
        let setup = match name {
            Name::Github => github::read(&directory.join("github"), &published)?,
            Name::Gitlab => gitlab::read(&directory.join("gitlab"), &published)?,
            Name::Docker => docker::read(&directory.join("docker"), &published)?,
        };
        let word = name.to_possible_value();
        let word = word.as_ref().map_or("", |value| value.get_name());
        check(&setup, &published).with_context(|| format!("the set-up {word}"))?;
        println!(
            "{word}: the test of {} passes; with a wrong checksum or a broken program, it fails; \
             {} s",
            setup.project,
            begun.elapsed().as_secs()
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the steps, and then the last one with a faulty program. The first request for the kernel
/// has a wrong checksum.
fn check(setup: &Setup, published: &Published) -> Result<()> {
    let room = Room::new(setup.machine, setup.project, &published.directory)?;
    let mut asked = false;
    for step in &setup.steps {
        if step.script.contains(GET) {
            let (_, sum) = &published.kernel;
            let wrong = with_sum(step, sum)?;
            must_fail(&room.run(&wrong)?, &wrong, &format!("not {WRONG_SUM}"))?;
            asked = true;
        }
        must_pass(&room.run(step)?, step)?;
    }
    if !asked {
        bail!("no step contains {GET:?}");
    }
    let last = setup.steps.last().context("the set-up has no steps")?;
    let change = BREAKS
        .iter()
        .find(|change| change.project == setup.project)
        .with_context(|| format!("no mistake is known for {}", setup.project))?;
    projects::break_it(change, &room.project())?;
    must_fail(&room.run(last)?, last, WRONG_NOTE)
}

/// Returns the same step with a wrong checksum.
fn with_sum(step: &Step, sum: &str) -> Result<Step> {
    let mut wrong = step.clone();
    for value in wrong.env.values_mut() {
        *value = value.replace(sum, WRONG_SUM);
    }
    match wrong == *step {
        true => bail!(
            "no variable of {:?} has the kernel's checksum",
            step.title()
        ),
        false => Ok(wrong),
    }
}

fn must_pass(ended: &Ended, step: &Step) -> Result<()> {
    match ended.success {
        true => Ok(()),
        false => bail!("{:?} fails:\n{}", step.title(), ended.output),
    }
}

fn must_fail(ended: &Ended, step: &Step, reason: &str) -> Result<()> {
    let title = step.title();
    if ended.success {
        bail!("{title:?} succeeds, but must fail:\n{}", ended.output);
    }
    if !ended.output.contains(reason) {
        bail!("{title:?} fails without {reason:?}:\n{}", ended.output);
    }
    steps::note(&format!("{title}: fails, as expected: {reason}"));
    Ok(())
}

/// The directory for the results.
fn work() -> Result<PathBuf> {
    Ok(workspace::root()?.join("target/setups"))
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each set-up gets its kernel by checksum, and has a project with a known mistake.
    #[test]
    fn each_set_up_can_be_read() {
        let directory = workspace::root().unwrap().join(DIRECTORY);
        let published = Published {
            directory: PathBuf::new(),
            kernel: ("kernel.tar.xz".into(), "1234".into()),
            program: ("test-kernel".into(), "5678".into()),
        };
        for setup in [
            github::read(&directory.join("github"), &published).unwrap(),
            gitlab::read(&directory.join("gitlab"), &published).unwrap(),
            docker::read(&directory.join("docker"), &published).unwrap(),
        ] {
            let get = |step: &&Step| step.script.contains(GET);
            let step = setup.steps.iter().find(get).unwrap();
            let wrong = with_sum(step, "1234").unwrap();
            assert!(wrong.env.values().any(|value| value == WRONG_SUM));
            assert!(with_sum(step, "5555").is_err());
            assert!(BREAKS.iter().any(|change| change.project == setup.project));
        }
    }
}
