//! Builds a User-Mode Linux kernel.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use nix::fcntl::Flock;

use super::{Check, Description, Manifest, Series, modules, recipe};
use crate::workshop::cache;
use crate::workshop::debian::{self, Apt, Tool, provide};
use crate::workshop::steps::{self, Gauge};

/// The programs and files that a kernel build needs.
pub const TOOLS: [Tool; 10] = [
    Tool::program("make", "make"),
    Tool::program("gcc", "gcc"),
    Tool {
        name: "the C library's headers",
        package: "libc6-dev",
        file: Some("/usr/include/stdio.h"),
    },
    Tool::program("flex", "flex"),
    Tool::program("bison", "bison"),
    Tool::program("bc", "bc"),
    Tool::program("diff", "diffutils"),
    Tool::program("perl", "perl"),
    Tool::program("tar", "tar"),
    Tool::program("xz", "xz-utils"),
];

/// Where a kernel's source comes from.
pub(super) enum Source<'a> {
    /// Debian's archive.
    Archive,
    /// A directory or an archive file that the caller has given.
    Given(&'a Path),
}

/// A kernel that was built.
pub(super) struct Built {
    pub(super) description: Description,
    /// The directory with the kernel and the files that belong to it.
    pub(super) dir: PathBuf,
}

/// Name of the file beside a kernel with its whole configuration.
pub(super) const CONFIG_FILE: &str = "config";

/// Name of the file beside a kernel with the options of its description.
const OPTIONS_FILE: &str = "options.config";

/// Name of the file beside a kernel with its licence, and the licence's path in the source.
pub(super) const LICENCE_FILE: &str = "COPYING";
const LICENCE: &str = "LICENSES/preferred/GPL-2.0";

/// Name of the file beside a kernel with the changes of its source.
const PATCH_FILE: &str = "recipe.patch";

/// Builds kernels of one series in `dir`. They share most of their objects.
pub(super) fn build(
    kernels: &[Description],
    source: Source<'_>,
    dir: &Path,
    check: Check<'_>,
) -> Result<Vec<Built>> {
    let first = kernels.first().context("no kernel to build")?;
    let archived = matches!(source, Source::Archive);
    let tree = Tree::prepare(first, source, dir)?;
    if archived {
        check(&tree.dir)?;
    }
    let mut built = Vec::new();
    for description in kernels {
        let name = description.name();
        let config = tree.configure(description.config())?;
        let made = tree.compile(&format!("{} for {name}", tree.release))?;
        let dir = dir.join(format!("built-{name}"));
        fs::create_dir(&dir)?;
        let kernel = dir.join("linux");
        fs::copy(&made, &kernel).with_context(|| format!("copy {}", made.display()))?;
        // The kernel must at least start.
        super::version_of(&kernel)?;
        if !description.modules().is_empty() {
            modules::collect(description.modules(), &tree.modules()?, &dir)?;
        }
        fs::write(dir.join(CONFIG_FILE), config)?;
        fs::write(dir.join(OPTIONS_FILE), description.config())?;
        let licence = tree.dir.join(LICENCE);
        fs::copy(&licence, dir.join(LICENCE_FILE))
            .with_context(|| format!("copy {}", licence.display()))?;
        fs::write(dir.join(PATCH_FILE), &tree.changes)?;
        Manifest {
            name: name.to_owned(),
            hash: description.hash(),
            release: tree.release.clone(),
            source: tree.from.clone(),
            suite: archived.then(|| description.suite().to_owned()),
            compiler: compiler(),
        }
        .write(&dir)?;
        built.push(Built {
            description: description.clone(),
            dir,
        });
    }
    Ok(built)
}

/// Returns the compiler's version, which is the first line of its output.
fn compiler() -> Option<String> {
    let output = Command::new("gcc").arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().next().map(str::to_owned)
}

/// A kernel's source, changed by the recipe.
#[derive(Debug)]
pub struct Tree {
    dir: PathBuf,
    release: String,
    /// The origin of the source.
    from: String,
    /// The changes, for `patch -p1`.
    changes: Vec<u8>,
    /// The lock of a directory that is used again.
    _lock: Option<Flock<File>>,
}

impl Tree {
    /// Prepares a source in `dir`.
    pub(super) fn prepare(kernel: &Description, source: Source<'_>, dir: &Path) -> Result<Self> {
        let series = kernel.series().context("a source needs a series")?;
        if matches!(source, Source::Archive) && !debian::here() {
            bail!(
                "the kernel's source comes from Debian's archive, but this is not a Debian-like \
                 system; give a source tree or tarball with --source, or a finished kernel with \
                 --kernel"
            );
        }
        provide("building a kernel", &TOOLS)?;
        let tree = dir.join("tree");
        fs::create_dir(&tree).with_context(|| format!("create {}", tree.display()))?;
        let from = match source {
            Source::Archive => fetch(series, kernel.suite(), dir, &tree).context(
                "get the source (--source gives another one, --kernel gives a finished kernel)",
            )?,
            Source::Given(source) => {
                unpack(source, &tree)?;
                source.display().to_string()
            }
        };
        let release = release(&tree)?;
        kernel.check_version("the source", &release)?;
        let mut changes = patch(&tree)?;
        for (name, text) in kernel.patches() {
            apply(&tree, name, text)?;
            changes.extend_from_slice(text);
        }
        Ok(Self {
            dir: tree,
            release,
            from,
            changes,
            _lock: None,
        })
    }

    /// Prepares the source of Debian's archive in `dir`, and uses it again if it is there, with the
    /// version of the first time. Others wait for the source until this value is dropped.
    pub(super) fn reused(kernel: &Description, dir: &Path) -> Result<Self> {
        let lock = lock(dir)?;
        let complete = dir.join("complete");
        // A tree that another recipe has changed is not used.
        let recipe = format!("recipe {}\n", recipe::REVISION);
        let from = fs::read_to_string(&complete).unwrap_or_default();
        if let Some(from) = from.strip_prefix(&recipe) {
            let tree = dir.join("tree");
            return Ok(Self {
                release: release(&tree)?,
                dir: tree,
                from: from.trim().to_owned(),
                changes: Vec::new(),
                _lock: Some(lock),
            });
        }
        if dir.exists() {
            fs::remove_dir_all(dir).with_context(|| format!("remove {}", dir.display()))?;
        }
        fs::create_dir_all(dir).with_context(|| format!("create {}", dir.display()))?;
        let tree = Self::prepare(kernel, Source::Archive, dir)?;
        fs::write(&complete, format!("{recipe}{}\n", tree.from))?;
        Ok(Self {
            _lock: Some(lock),
            ..tree
        })
    }

    /// Configures the source with these options in addition to `tinyconfig`. Fails if the source
    /// does not accept one of them. Returns the whole configuration.
    pub fn configure(&self, options: &str) -> Result<String> {
        let config = self.configure_loosely(options)?;
        let absent = absent(options, &config);
        if !absent.is_empty() {
            bail!(
                "the source does not accept these options: {}",
                absent.join(", ")
            );
        }
        Ok(config)
    }

    /// Does the same as [`configure`](Self::configure), but the source may reject options. Returns the whole configuration.
    pub fn configure_loosely(&self, options: &str) -> Result<String> {
        fs::write(self.dir.join("test-kernel.config"), options)?;
        steps::run(
            "configuring",
            &Gauge::Time,
            Command::new("sh")
                .arg("-ec")
                .arg(
                    "make ARCH=um tinyconfig
                     scripts/kconfig/merge_config.sh -m .config test-kernel.config
                     make ARCH=um olddefconfig",
                )
                .current_dir(&self.dir)
                .env_remove("MAKEFLAGS"),
        )?;
        fs::read_to_string(self.dir.join(".config")).context("read the configuration")
    }

    /// Compiles the changed files, and returns the path of the kernel. The next build overwrites
    /// it.
    pub fn compile(&self, named: &str) -> Result<PathBuf> {
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        steps::run(
            &format!("compiling {named}"),
            &Gauge::Lines {
                prefix: "  CC ",
                unit: "files",
            },
            make(&self.dir).arg(format!("-j{jobs}")).arg("linux"),
        )?;
        Ok(self.dir.join("linux"))
    }

    /// Compiles the modules, and returns their directory.
    fn modules(&self) -> Result<PathBuf> {
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        let gauge = Gauge::Lines {
            prefix: "  CC ",
            unit: "files",
        };
        let mut make = make(&self.dir);
        steps::run(
            "compiling modules",
            &gauge,
            make.arg(format!("-j{jobs}")).arg("modules"),
        )?;
        Ok(self.dir.clone())
    }
}

/// Takes the lock of a directory. The lock file is beside the directory.
fn lock(dir: &Path) -> Result<Flock<File>> {
    let parent = dir.parent().context("a source has no directory")?;
    fs::create_dir_all(parent).with_context(|| format!("create {}", parent.display()))?;
    cache::lock(&dir.with_extension("lock"), || {
        steps::note(&format!(
            "another task uses the source in {}; waiting for it",
            dir.display()
        ));
    })
}

/// Gets the source of a series from a suite of Debian's archive.
pub fn fetch(series: Series, suite: &str, dir: &Path, tree: &Path) -> Result<String> {
    let package = format!("linux-source-{series}");
    let version = Apt::for_suite(suite, &package)?.unpack(&[&package], dir)?;
    let tarball = dir.join(format!("usr/src/{package}.tar.xz"));
    unpack(&tarball, tree)?;
    // The packed source has 150 MB, and is no longer needed.
    fs::remove_dir_all(dir.join("usr")).context("remove the packed source")?;
    Ok(format!("{package} {version}"))
}

/// Puts a source tree, or the content of an archive, into `tree`.
fn unpack(source: &Path, tree: &Path) -> Result<()> {
    let name = source.file_name().unwrap_or_default().to_string_lossy();
    if source.is_dir() {
        // Copies the tree, so the caller's tree gets no configuration and no objects.
        let mut from = source.as_os_str().to_owned();
        from.push("/.");
        steps::run(
            &format!("copying {}", source.display()),
            &Gauge::Time,
            Command::new("cp").arg("-a").arg(from).arg(tree),
        )?;
        steps::run(
            "cleaning the copy",
            &Gauge::Time,
            make(tree).arg("mrproper"),
        )?;
    } else {
        steps::run(
            &format!("unpacking {name}"),
            &Gauge::Time,
            Command::new("tar")
                .arg("-xf")
                .arg(source)
                .arg("--strip-components=1")
                .arg("-C")
                .arg(tree),
        )?;
    }
    Ok(())
}

/// Returns the version in a source tree's Makefile.
pub fn release(tree: &Path) -> Result<String> {
    let path = tree.join("Makefile");
    let text = fs::read_to_string(&path).with_context(|| {
        format!(
            "read {}: is this directory a kernel source?",
            path.display()
        )
    })?;
    let field = |name: &str| {
        text.lines()
            .take(20)
            .find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='))
            .map(str::trim)
            .with_context(|| format!("{} does not contain {name}", path.display()))
    };
    Ok(format!(
        "{}.{}.{}",
        field("VERSION")?,
        field("PATCHLEVEL")?,
        field("SUBLEVEL")?
    ))
}

fn make(tree: &Path) -> Command {
    make_with(tree, &["ARCH=um"])
}

pub fn make_with(tree: &Path, arguments: &[&str]) -> Command {
    let mut make = Command::new("make");
    make.args(arguments).current_dir(tree);
    // Removes variables that a caller's make or cargo has set for itself.
    for name in [
        "MAKEFLAGS",
        "MFLAGS",
        "MAKELEVEL",
        "CARGO_MAKEFLAGS",
        "ARCH",
        "CROSS_COMPILE",
    ] {
        make.env_remove(name);
    }
    make.env("LC_ALL", "C.UTF-8");
    make
}

/// Changes the source by the recipe. Returns the changes, for `patch -p1`.
fn patch(tree: &Path) -> Result<Vec<u8>> {
    let mut changes = Vec::new();
    changes.extend(change(tree, recipe::SOUND, recipe::open_sound)?);
    changes.extend(change(tree, recipe::RATE, recipe::quicken)?);
    changes.extend(change(tree, recipe::REGISTERS, recipe::set_all_registers)?);
    changes.extend(change(tree, recipe::TRACER, recipe::tie_processes)?);
    changes.extend(change(tree, recipe::SIGNALS, recipe::keep_interrupts)?);
    Ok(changes)
}

/// Applies a patch of the description to the source.
fn apply(tree: &Path, name: &str, text: &[u8]) -> Result<()> {
    provide(
        "changing a kernel's source",
        &[Tool::program("patch", "patch")],
    )?;
    let file = tree.join("test-kernel.patch");
    fs::write(&file, text)?;
    steps::run(
        &format!("applying {name}"),
        &Gauge::Time,
        Command::new("patch")
            .args(["--strip=1", "--forward", "--batch", "--input"])
            .arg(&file)
            .current_dir(tree),
    )?;
    Ok(())
}

/// Changes a file of the source, if the change applies to it. Returns the difference.
fn change(tree: &Path, file: &str, by: fn(&str) -> Option<String>) -> Result<Vec<u8>> {
    let path = tree.join(file);
    let before = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let Some(after) = by(&before) else {
        return Ok(Vec::new());
    };
    let old = tree.join("test-kernel.before");
    fs::write(&old, before)?;
    fs::write(&path, after).with_context(|| format!("write {}", path.display()))?;
    // Its status is 1 if the files differ.
    let difference = Command::new("diff")
        .arg("--unified")
        .args([
            "--label",
            &format!("a/{file}"),
            "--label",
            &format!("b/{file}"),
        ])
        .args([&old, &path])
        .output()
        .context("run diff")?;
    fs::remove_file(&old)?;
    match difference.status.code() {
        Some(0 | 1) => Ok(difference.stdout),
        _ => bail!(
            "diff failed: {}",
            String::from_utf8_lossy(&difference.stderr).trim()
        ),
    }
}

/// Returns the requested options that the configuration does not have.
pub fn absent(options: &str, config: &str) -> Vec<String> {
    let have: std::collections::HashSet<&str> = config.lines().map(str::trim).collect();
    let mut wanted = std::collections::BTreeMap::new();
    for line in options.lines().map(str::trim) {
        // A later line replaces an earlier one, as in merge_config.sh.
        let name = line
            .strip_prefix("# ")
            .and_then(|line| line.strip_suffix(" is not set"))
            .or_else(|| line.split_once('=').map(|(name, _)| name));
        match name {
            Some(name) if name.starts_with("CONFIG_") => {
                wanted.insert(name, line);
            }
            _ => {}
        }
    }
    wanted
        .into_values()
        .filter(|line| line.starts_with("CONFIG_") && !have.contains(line))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use nix::fcntl::FlockArg;

    use super::*;

    #[test]
    fn rejected_options_are_named() {
        let options = "# About A\nCONFIG_A=y\nCONFIG_B=y\nCONFIG_N=12\n# CONFIG_B is not set\n";
        assert_eq!(
            absent(options, "CONFIG_A=y\nCONFIG_N=13\n"),
            ["CONFIG_N=12"]
        );
        assert_eq!(absent(options, "CONFIG_N=12\n"), ["CONFIG_A=y"]);
    }

    #[test]
    fn only_one_task_uses_a_source_at_a_time() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("source");
        fs::create_dir_all(dir.join("tree")).unwrap();
        let makefile = "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\n";
        fs::write(dir.join("tree/Makefile"), makefile).unwrap();
        let complete = format!("recipe {}\nan archive\n", recipe::REVISION);
        fs::write(dir.join("complete"), complete).unwrap();
        let kernel = Description::named("6.12").unwrap();
        let tree = Tree::reused(&kernel, &dir).unwrap();
        assert_eq!(tree.release, "6.12.117");
        // A second open file stands for another process, because locks belong to open files.
        let lock_file = || File::open(temp.path().join("source.lock")).unwrap();
        let try_lock = || Flock::lock(lock_file(), FlockArg::LockExclusiveNonblock);
        assert!(try_lock().is_err());
        drop(tree);
        assert!(try_lock().is_ok());
    }

    #[test]
    fn the_version_is_read_from_the_makefile() {
        let dir = tempfile::tempdir().unwrap();
        assert!(release(dir.path()).is_err());
        let makefile = dir.path().join("Makefile");
        fs::write(
            &makefile,
            "# SPDX\nVERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\nEXTRAVERSION =\nNAME = Baby\n",
        )
        .unwrap();
        assert_eq!(release(dir.path()).unwrap(), "6.12.117");
        fs::write(&makefile, "all:\n").unwrap();
        assert!(release(dir.path()).is_err());
    }
}
