//! `cargo xtask setups`: the set-ups for others' continuous integration. Their steps run
//! here, each set-up in a new Debian, with a project that tests a MIDI program.

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

/// Where the set-ups are.
const DIRECTORY: &str = "test-kernel/ci";

/// What gets the kernel, in each set-up.
const GET: &str = "test-kernel kernel get";

/// A checksum that nothing has, as in the examples.
const WRONG_SUM: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What `cargo xtask setups` takes.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The set-ups; unless named, all of them
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

/// One thing that a set-up has a machine do.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    /// What starts the script, which is its last argument.
    shell: Vec<String>,
    script: String,
    env: BTreeMap<String, String>,
    /// Where, if not in the project.
    directory: Option<String>,
    user: User,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum User {
    Root,
    /// Who has no rights, but for sudo where that is.
    Other,
}

impl Step {
    /// What is printed of it.
    fn title(&self) -> &str {
        self.script.lines().next().unwrap_or_default()
    }
}

/// A set-up as it is run here.
struct Setup {
    /// One of `test-kernel/projects`.
    project: &'static str,
    /// What the machine has before the first step.
    machine: room::Machine,
    steps: Vec<Step>,
}

/// Where the things are that a user has published, and their checksums.
struct Published {
    /// A directory, which is `/published` in each root.
    directory: PathBuf,
    /// The name in it, and the checksum.
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
            "{word}: the test of {} passes; with a wrong checksum there is no kernel, and with a \
             broken program no success; {} s",
            setup.project,
            begun.elapsed().as_secs()
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the steps, and then the last one with a broken program. The kernel is first asked for
/// with a wrong checksum.
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
        bail!("no step has {GET:?}");
    }
    let last = setup.steps.last().context("there are no steps")?;
    let change = BREAKS
        .iter()
        .find(|change| change.project == setup.project)
        .with_context(|| format!("nothing says how {} is broken", setup.project))?;
    projects::break_it(change, &room.project())?;
    must_fail(&room.run(last)?, last, WRONG_NOTE)
}

/// The same step with a checksum that is wrong.
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
        bail!("{title:?} succeeds, and should not:\n{}", ended.output);
    }
    if !ended.output.contains(reason) {
        bail!("{title:?} fails without {reason:?}:\n{}", ended.output);
    }
    steps::note(&format!("{title}: fails, as it should: {reason}"));
    Ok(())
}

/// Where what is made is.
fn work() -> Result<PathBuf> {
    Ok(workspace::root()?.join("target/setups"))
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("read {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The set-ups as they are, each with its kernel by checksum and a project that can be
    /// broken.
    #[test]
    fn each_set_up_is_understood() {
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
