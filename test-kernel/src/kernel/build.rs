//! Builds a User-Mode Linux kernel.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{Check, Flavour, Series, recipe};
use crate::workshop::debian::{self, Apt, Tool, provide};
use crate::workshop::steps::{self, Gauge};

/// What a kernel build runs.
pub const TOOLS: [Tool; 9] = [
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
    Tool::program("perl", "perl"),
    Tool::program("tar", "tar"),
    Tool::program("xz", "xz-utils"),
];

/// The suite whose archive has a series' source.
fn suite(series: Series) -> &'static str {
    match (series.major, series.minor) {
        (6, 1) => "bookworm",
        (6, 12) => "trixie",
        _ => "sid",
    }
}

/// Where a kernel's source comes from.
pub(super) enum Source<'a> {
    /// Debian's archive.
    Archive,
    /// A directory or an archive file of the caller's.
    Given(&'a Path),
}

/// A kernel that was built.
pub(super) struct Built {
    pub(super) flavour: Flavour,
    pub(super) kernel: PathBuf,
    /// The version of its source, and where that is from.
    pub(super) version: String,
}

/// Builds kernels of one series in `dir`, which share most of their objects.
pub(super) fn build(
    series: Series,
    flavours: &[Flavour],
    source: Source<'_>,
    dir: &Path,
    check: Check<'_>,
) -> Result<Vec<Built>> {
    let archived = matches!(source, Source::Archive);
    let tree = Tree::prepare(series, source, dir)?;
    if archived {
        check(&tree.dir)?;
    }
    let mut built = Vec::new();
    for &flavour in flavours {
        let named = match flavour.has_ump() || flavour.is_oldest() {
            true => tree.release.clone(),
            false => format!("{} without UMP", tree.release),
        };
        tree.configure(&recipe::config(flavour))?;
        let made = tree.compile(&named)?;
        let kernel = dir.join(format!("linux-{flavour}"));
        fs::copy(&made, &kernel).with_context(|| format!("copy {}", made.display()))?;
        // It must at least start.
        super::version_of(&kernel)?;
        built.push(Built {
            flavour,
            kernel,
            version: format!("{named} ({})", tree.from),
        });
    }
    Ok(built)
}

/// A kernel's source, changed as the recipe says.
#[derive(Debug)]
pub struct Tree {
    dir: PathBuf,
    release: String,
    /// Where it is from.
    from: String,
}

impl Tree {
    /// Makes one in `dir`.
    pub(super) fn prepare(series: Series, source: Source<'_>, dir: &Path) -> Result<Self> {
        if std::env::consts::ARCH != "x86_64" {
            bail!(
                "User-Mode Linux exists for x86 only, this is {}: use a machine with /dev/snd/seq",
                std::env::consts::ARCH
            );
        }
        if matches!(source, Source::Archive) && !debian::here() {
            bail!(
                "the kernel's source comes from Debian's archive, and this is not a Debian-like system; \
                 give a source tree or tarball with --source, or a finished kernel with --kernel"
            );
        }
        provide("building a kernel", &TOOLS)?;
        let tree = dir.join("tree");
        fs::create_dir(&tree).with_context(|| format!("create {}", tree.display()))?;
        let from = match source {
            Source::Archive => fetch(series, dir, &tree).context(
                "get the source (another can be given with --source, a finished kernel with --kernel)",
            )?,
            Source::Given(source) => {
                unpack(source, &tree)?;
                source.display().to_string()
            }
        };
        let release = release(&tree)?;
        let there: Series = release.parse()?;
        if there != series {
            bail!("the source is {release}, not {series}");
        }
        patch(&tree)?;
        Ok(Self {
            dir: tree,
            release,
            from,
        })
    }

    /// One in `dir` that is used again: the archive's source, as it was at the first time.
    pub(super) fn kept(series: Series, dir: &Path) -> Result<Self> {
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
            });
        }
        if dir.exists() {
            fs::remove_dir_all(dir).with_context(|| format!("remove {}", dir.display()))?;
        }
        fs::create_dir_all(dir).with_context(|| format!("create {}", dir.display()))?;
        let tree = Self::prepare(series, Source::Archive, dir)?;
        fs::write(&complete, format!("{recipe}{}\n", tree.from))?;
        Ok(tree)
    }

    /// Configures it with these options beyond `tinyconfig`, which all must take.
    pub fn configure(&self, options: &str) -> Result<()> {
        let config = self.configure_loosely(options)?;
        let absent = absent(options, &config);
        if !absent.is_empty() {
            bail!(
                "the source does not take these options: {}",
                absent.join(", ")
            );
        }
        Ok(())
    }

    /// The same with options that need not take. Returns the whole configuration.
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

    /// Compiles what has changed, and returns the kernel's file, which the next one
    /// replaces.
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
}

pub fn fetch(series: Series, dir: &Path, tree: &Path) -> Result<String> {
    let package = format!("linux-source-{series}");
    let version = Apt::for_suite(suite(series), &package)?.unpack(&[&package], dir)?;
    let tarball = dir.join(format!("usr/src/{package}.tar.xz"));
    unpack(&tarball, tree)?;
    // 150 MB that are of no more use.
    fs::remove_dir_all(dir.join("usr")).context("remove the packed source")?;
    Ok(format!("{package} {version}"))
}

/// Puts a source tree, or what an archive of one holds, into `tree`.
fn unpack(source: &Path, tree: &Path) -> Result<()> {
    let name = source.file_name().unwrap_or_default().to_string_lossy();
    if source.is_dir() {
        // A copy: the configuration and the objects are not the tree's own.
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

/// The version a source tree's Makefile names.
pub fn release(tree: &Path) -> Result<String> {
    let path = tree.join("Makefile");
    let text = fs::read_to_string(&path)
        .with_context(|| format!("read {}: is this a kernel source?", path.display()))?;
    let field = |name: &str| {
        text.lines()
            .take(20)
            .find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='))
            .map(str::trim)
            .with_context(|| format!("{} names no {name}", path.display()))
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
    // What a caller's make or cargo set for itself is not for this one.
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

/// Changes the source as the recipe says.
fn patch(tree: &Path) -> Result<()> {
    change(tree, recipe::SOUND, recipe::open_sound)?;
    change(tree, recipe::RATE, recipe::quicken)?;
    change(tree, recipe::REGISTERS, recipe::set_all_registers)?;
    change(tree, recipe::TRACER, recipe::tie_processes)?;
    change(tree, recipe::SIGNALS, recipe::keep_interrupts)
}

/// Changes a file of the source, where the change has something to do.
fn change(tree: &Path, file: &str, by: fn(&str) -> Option<String>) -> Result<()> {
    let path = tree.join(file);
    let before = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    if let Some(after) = by(&before) {
        fs::write(&path, after).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}

/// The options asked for that the configuration lacks.
pub fn absent(options: &str, config: &str) -> Vec<String> {
    let have: std::collections::HashSet<&str> = config.lines().map(str::trim).collect();
    let mut wanted = std::collections::BTreeMap::new();
    for line in options.lines().map(str::trim) {
        // A later line replaces an earlier one, as merge_config.sh has it.
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
    use super::*;

    #[test]
    fn options_that_did_not_take_are_named() {
        let options = "# About A\nCONFIG_A=y\nCONFIG_B=y\nCONFIG_N=12\n# CONFIG_B is not set\n";
        assert_eq!(
            absent(options, "CONFIG_A=y\nCONFIG_N=13\n"),
            ["CONFIG_N=12"]
        );
        assert_eq!(absent(options, "CONFIG_N=12\n"), ["CONFIG_A=y"]);
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
