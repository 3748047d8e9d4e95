//! `cargo xtask projects`: runs the projects that show how to test a MIDI program, with the
//! commands on their page.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::debian::{self, Tool};
use crate::kernel::{self, Wanted};
use crate::{steps, workspace};

mod page;

use page::Section;

/// The directory of the projects and their page.
pub(crate) const DIRECTORY: &str = "test-kernel/projects";

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The projects, by the names of their directories; default: all
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// A mistake for each project's program. With it, the program transposes notes by a semitone less.
pub(crate) struct Break {
    pub(crate) project: &'static str,
    file: &'static str,
    right: &'static str,
    wrong: &'static str,
}

pub(crate) const BREAKS: [Break; 5] = [
    Break {
        project: "rust-alsa-seq",
        file: "src/main.rs",
        right: "transposed(12)",
        wrong: "transposed(11)",
    },
    Break {
        project: "rust-midir",
        file: "src/main.rs",
        right: "key + 12",
        wrong: "key + 11",
    },
    Break {
        project: "c-libasound",
        file: "octave.c",
        right: "note += 12",
        wrong: "note += 11",
    },
    Break {
        project: "python-mido",
        file: "octave.py",
        right: "message.note + 12",
        wrong: "message.note + 11",
    },
    Break {
        project: "node",
        file: "octave.js",
        right: "key + 12",
        wrong: "key + 11",
    },
];

/// The packages that the page installs.
const TOOLS: [Tool; 5] = [
    Tool::program("gcc", "gcc"),
    Tool::program("make", "make"),
    Tool::program("pkg-config", "pkg-config"),
    Tool {
        name: "alsa/asoundlib.h",
        package: "libasound2-dev",
        file: Some("/usr/include/alsa/asoundlib.h"),
    },
    Tool {
        name: "libasound.so.2",
        package: "libasound2",
        file: Some("/usr/lib/x86_64-linux-gnu/libasound.so.2"),
    },
];

/// The packages that the page expects to be installed.
const LANGUAGES: [Tool; 3] = [
    Tool::program("python3", "python3-venv"),
    Tool::program("node", "nodejs"),
    Tool::program("npm", "npm"),
];

/// The note that a faulty program sends. Each test must print it.
pub(crate) const WRONG_NOTE: &str = "71";

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let root = workspace::root()?;
    let source = root.join(DIRECTORY);
    let page = fs::read_to_string(source.join("README.md")).context("read the projects' page")?;
    let sections = page::sections(&page);
    let all: Vec<&str> = sections.iter().map(|section| section.project).collect();
    if let Some(name) = options.names.iter().find(|name| !all.contains(&&***name)) {
        bail!(
            "the project {name} does not exist; the projects are {}",
            all.join(", ")
        );
    }
    kernel::obtain(&Wanted::usual(), None, false)?;
    let place = Place::new(&root)?;
    for section in &sections {
        let project = section.project;
        if !options.names.is_empty() && !options.names.iter().any(|name| name == project) {
            continue;
        }
        place.check(section, &source)?;
        println!("{project}: its test passes, and it fails with a faulty program");
    }
    Ok(ExitCode::SUCCESS)
}

/// The directory of the projects' copies, and the environment of their commands.
struct Place {
    directory: PathBuf,
    path: OsString,
}

impl Place {
    fn new(root: &Path) -> Result<Self> {
        let directory = root.join("target/projects");
        let programs = directory.join("bin");
        fs::create_dir_all(&programs).with_context(|| format!("create {}", programs.display()))?;
        fs::copy(
            workspace::build("test-kernel", &[])?,
            programs.join("test-kernel"),
        )
        .context("copy test-kernel")?;
        // The crates on the page are not published yet.
        let patches = format!(
            "[patch.crates-io]\n\
             alsa-seq.path = {:?}\n\
             alsa-seq-kernel-abi.path = {:?}\n",
            root,
            root.join("kernel-abi")
        );
        fs::create_dir_all(directory.join(".cargo")).context("create .cargo")?;
        fs::write(directory.join(".cargo/config.toml"), patches)
            .context("write .cargo/config.toml")?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path =
            std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&path)))?;
        Ok(Self { directory, path })
    }

    /// Tests a project unchanged, and with a mistake.
    fn check(&self, section: &Section<'_>, source: &Path) -> Result<()> {
        let project = section.project;
        debian::provide(project, &tools(section)?)?;
        let copy = self.directory.join(project);
        copy_files(&source.join(project), &copy)?;
        let (passed, output) = self.commands(section, &copy)?;
        if !passed {
            bail!("the test of {project} fails:\n{output}");
        }

        let change = BREAKS
            .iter()
            .find(|change| change.project == project)
            .with_context(|| format!("no mistake is known for {project}"))?;
        break_it(change, &copy)?;
        let (passed, output) = self.commands(section, &copy)?;
        if passed {
            bail!(
                "the test of {project} passes with {} in its program:\n{output}",
                change.wrong
            );
        }
        if !output.contains(WRONG_NOTE) {
            bail!("the test of {project} fails, but does not print note {WRONG_NOTE}:\n{output}");
        }
        Ok(())
    }

    /// Runs the commands of a section. Returns whether they succeed, and their output.
    fn commands(&self, section: &Section<'_>, directory: &Path) -> Result<(bool, String)> {
        let script = section.script();
        steps::note(&format!(
            "{}: {}",
            section.project,
            script.replace('\n', "; ")
        ));
        let output = workspace::unmarked("bash".as_ref())
            .args(["-ec", &format!("exec 2>&1\n{script}")])
            .current_dir(directory)
            .env("PATH", &self.path)
            .env_remove(kernel::VARIABLE)
            .stdin(Stdio::null())
            .output()
            .context("run bash")?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok((output.status.success(), said))
    }
}

/// Changes the copy of a project.
pub(crate) fn break_it(change: &Break, copy: &Path) -> Result<()> {
    let file = copy.join(change.file);
    let text = fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
    if text.matches(change.right).count() != 1 {
        bail!(
            "{} does not contain exactly once: {}",
            file.display(),
            change.right
        );
    }
    fs::write(&file, text.replace(change.right, change.wrong))?;
    Ok(())
}

/// Returns the packages that a section installs, with the files that show their installation.
fn tools(section: &Section<'_>) -> Result<Vec<Tool>> {
    let tool = |package: &str| {
        let tool = TOOLS.iter().find(|tool| tool.package == package);
        tool.copied()
            .with_context(|| format!("no file of the package {package} is known"))
    };
    let installed = section.packages().map(tool);
    installed.chain(LANGUAGES.map(Ok)).collect()
}

/// Copies the files under version control. Files in the copy that the commands have made stay.
pub(crate) fn copy_files(from: &Path, to: &Path) -> Result<()> {
    let listed = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(from)
        .output()
        .context("run git")?;
    let listed = String::from_utf8(listed.stdout).context("a file's name is not UTF-8")?;
    let names: Vec<&str> = listed.split_terminator('\0').collect();
    if names.is_empty() {
        bail!("git has no file in {}", from.display());
    }
    for name in names {
        let file = to.join(name);
        let directory = file.parent().context("a file without a directory")?;
        fs::create_dir_all(directory).with_context(|| format!("create {}", directory.display()))?;
        fs::copy(from.join(name), &file).with_context(|| format!("copy {name}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_project_is_on_the_page_and_can_be_broken() {
        let source = workspace::root().unwrap().join(DIRECTORY);
        let page = fs::read_to_string(source.join("README.md")).unwrap();
        let mut on_page: Vec<_> = page::sections(&page).iter().map(|s| s.project).collect();
        on_page.sort_unstable();
        let mut there: Vec<String> = fs::read_dir(&source)
            .unwrap()
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.file_type().unwrap().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        there.sort_unstable();
        assert_eq!(on_page, there);
        let mut broken = BREAKS.map(|change| change.project);
        broken.sort_unstable();
        assert_eq!(broken[..], on_page[..]);
        for change in BREAKS {
            let file = source.join(change.project).join(change.file);
            let text = fs::read_to_string(file).unwrap();
            assert_eq!(text.matches(change.right).count(), 1, "{}", change.project);
        }
        for section in page::sections(&page) {
            tools(&section).unwrap();
        }
    }
}
