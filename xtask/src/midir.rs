//! `cargo xtask midir`: checks that `alsa-seq-midir` has the API and the behaviour of the newest
//! midir, and that programs which use `alsa-sys` become static with the stand-ins for it.
//!
//! Cargo fetches midir as it is published. Its public API is compared with ours item by
//! item; its tests and examples are copied as they are into a package in which `midir` is
//! ours, and run in a test kernel.

mod child;
mod examples;
mod figures;
mod items;
mod programs;
mod stand_ins;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};

use crate::kernel::Wanted;
use crate::steps::{self, Gauge};
use crate::{api, musl, workspace};

pub(crate) use examples::{ROLE as EXAMPLES, run as examples};
pub(crate) use figures::{ROLE as FIGURES, run as figures};
pub(crate) use programs::{ROLE as PROGRAMS, run as programs};

/// The version of midir in the documents of `alsa-seq-midir`.
const VERSION: &str = "0.11.1";

/// The directory of cargo's results for midir.
const HOME: &str = "target/midir";

#[derive(Args)]
pub(crate) struct Options {
    /// The checks; default: the first four
    #[arg(value_name = "CHECK")]
    checks: Vec<Check>,
    /// The kernel for the programs: 6.1, 6.12, 6.12-no-ump, newest, or the path of a kernel
    #[arg(long, value_name = "KERNEL")]
    kernel: Option<Wanted>,
    /// With `programs`: build and run only those whose names contain this text
    #[arg(long, value_name = "NAME", default_value = "")]
    program: String,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Check {
    /// Compare the public items with midir's
    Api,
    /// Run midir's tests on alsa-seq-midir
    Tests,
    /// Run midir's examples on alsa-seq-midir
    Examples,
    /// Run the tests and examples of the newest midir, and the tests of the newest alsa, on
    /// the stand-in for alsa-sys
    StandIns,
    /// Do the same for older releases, on the older stand-ins; takes some minutes
    OlderReleases,
    /// Build published programs as static files on the stand-ins for alsa-sys, and let them send
    /// and receive; takes long
    Programs,
    /// Measure programs on midir and on its replacements; runs only if it is named
    Figures,
}

/// The default checks.
const USUAL: [Check; 4] = [Check::Api, Check::Tests, Check::Examples, Check::StandIns];

pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let home = workspace::root()?.join(HOME);
    let kernel = options.kernel.clone().unwrap_or_else(musl::default_kernel);
    if options.checks.contains(&Check::Figures) {
        return figures::start(&kernel, &home);
    }
    let checks = match &*options.checks {
        [] => &USUAL[..],
        checks => checks,
    };
    let is_wanted = |check| checks.contains(&check);
    if [Check::Api, Check::Tests, Check::Examples]
        .into_iter()
        .any(is_wanted)
    {
        let code = compare_with_newest(&home, &kernel, is_wanted)?;
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    if is_wanted(Check::StandIns) {
        let code = stand_ins::newest(&kernel, &home)?;
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    if is_wanted(Check::OlderReleases) {
        let code = stand_ins::older(&kernel, &home)?;
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    if is_wanted(Check::Programs) {
        return programs::start(&kernel, &home, &options.program);
    }
    Ok(ExitCode::SUCCESS)
}

/// The checks of `alsa-seq-midir`.
fn compare_with_newest(
    home: &Path,
    kernel: &Wanted,
    is_wanted: impl Fn(Check) -> bool,
) -> Result<ExitCode> {
    let midir = Published::newest(home)?;
    println!("midir {}", midir.version);
    if is_wanted(Check::Api) {
        compare(&midir)?;
    }
    if is_wanted(Check::Tests) || is_wanted(Check::Examples) {
        let programs = Programs::copy(&midir, home)?;
        if is_wanted(Check::Tests) {
            programs.test(kernel)?;
        }
        if is_wanted(Check::Examples) {
            let code = examples::start(kernel, &programs.build()?, examples::On::Ours)?;
            if code != ExitCode::SUCCESS {
                return Ok(code);
            }
        }
    }
    if midir.version != VERSION {
        bail!(
            "midir {} was released, and midir/README.md describes {VERSION}: read what has changed",
            midir.version
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The published midir.
struct Published {
    version: String,
    /// Its source, in cargo's cache.
    source: PathBuf,
    /// The package that depends on it.
    package: PathBuf,
}

impl Published {
    /// Makes cargo fetch the newest release.
    fn newest(home: &Path) -> Result<Self> {
        let package = home.join("published");
        write_package(&package, "[dependencies]\nmidir = \"*\"\n")?;
        write(&package.join("src/lib.rs"), "")?;
        // Without a lock file, cargo looks for the newest versions.
        let lock = package.join("Cargo.lock");
        if lock.exists() {
            fs::remove_file(&lock).with_context(|| format!("remove {}", lock.display()))?;
        }
        let mut cargo = workspace::cargo()?;
        cargo
            .args(["metadata", "--format-version", "1", "--manifest-path"])
            .arg(package.join("Cargo.toml"));
        let output = cargo.output().context("start cargo metadata")?;
        if !output.status.success() {
            bail!("{}", String::from_utf8_lossy(&output.stderr));
        }
        let metadata: serde_json::Value =
            serde_json::from_slice(&output.stdout).context("read cargo's metadata")?;
        let packages = metadata.get("packages").and_then(|all| all.as_array());
        let mut packages = packages.context("no packages")?.iter();
        let midir =
            packages.find(|package| package.get("name").is_some_and(|name| name == "midir"));
        let midir = midir.context("midir is not among the packages")?;
        let text = |field: &str| {
            let text = midir.get(field).and_then(|text| text.as_str());
            text.context("cargo does not describe midir")
        };
        let source = Path::new(text("manifest_path")?).parent();
        Ok(Self {
            version: text("version")?.into(),
            source: source.context("midir has no directory")?.into(),
            package,
        })
    }
}

/// Writes the manifest of a package that belongs to no workspace.
fn write_package(directory: &Path, rest: &str) -> Result<()> {
    let version = env!("CARGO_PKG_RUST_VERSION");
    let manifest = format!(
        "[package]\nname = \"programs\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\
         rust-version = \"{version}\"\n\n[workspace]\nresolver = \"3\"\n\n{rest}"
    );
    write(&directory.join("Cargo.toml"), &manifest)
}

/// Writes a file, unless it has this content already. Otherwise cargo would build everything again.
fn write(path: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let directory = path.parent().context("a file without a directory")?;
    fs::create_dir_all(directory).with_context(|| format!("create {}", directory.display()))?;
    fs::write(path, text).with_context(|| format!("write {}", path.display()))
}

/// Compares the public items of midir and alsa-seq-midir.
fn compare(midir: &Published) -> Result<()> {
    let root = workspace::root()?;
    let home = root.join(HOME);
    // Nothing is linked, so the build script of alsa-sys need not find libasound.
    let pkg_config = home.join("pkg-config");
    write(&pkg_config, "#!/bin/sh\necho 1.2.12\n")?;
    make_executable(&pkg_config)?;
    let mut cargo = workspace::cargo()?;
    cargo
        .args(["doc", "--package", "midir", "--manifest-path"])
        .arg(midir.package.join("Cargo.toml"))
        .env("PKG_CONFIG", pkg_config);
    let theirs = home.join("api");
    let _their_lock = api::run_rustdoc(&theirs, &mut cargo)?;
    let ours = root.join(crate::msrv::TARGET);
    let mut cargo = workspace::cargo()?;
    cargo.args(["doc", "--package", "alsa-seq-midir"]);
    let _our_lock = api::run_rustdoc(&ours, &mut cargo)?;
    let theirs = api::list(&theirs.join("doc/midir.json"))?;
    let ours = api::list(&ours.join("doc/alsa_seq_midir.json"))?;
    let differences = items::differences(&theirs, &ours);
    if !differences.is_empty() {
        bail!(
            "the public items of midir {} (-) and of ours (+) differ:\n{}",
            midir.version,
            differences.join("\n")
        );
    }
    println!("the public items are the same");
    Ok(())
}

fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("make {} executable", path.display()))
}

/// The package with midir's tests and examples, in which `midir` is alsa-seq-midir.
struct Programs {
    package: PathBuf,
    target: PathBuf,
}

impl Programs {
    fn copy(midir: &Published, home: &Path) -> Result<Self> {
        let package = home.join("programs");
        let ours = workspace::root()?.join("midir");
        let dependencies = format!(
            "[dependencies]\nmidir = {{ package = \"alsa-seq-midir\", path = {ours:?} }}\n\n\
             [dev-dependencies]\nenv_logger = \"0.11\"\n"
        );
        write_package(&package, &dependencies)?;
        write(&package.join("src/lib.rs"), "")?;
        for directory in ["tests", "examples"] {
            let to = package.join(directory);
            if to.exists() {
                fs::remove_dir_all(&to).with_context(|| format!("remove {}", to.display()))?;
            }
            fs::create_dir_all(&to).with_context(|| format!("create {}", to.display()))?;
            let from = midir.source.join(directory);
            for file in fs::read_dir(&from).with_context(|| format!("read {}", from.display()))? {
                let file = file?;
                fs::copy(file.path(), to.join(file.file_name()))
                    .with_context(|| format!("copy {}", file.path().display()))?;
            }
        }
        Ok(Self {
            package,
            target: home.join("build"),
        })
    }

    fn cargo(&self, command: &str) -> Result<Command> {
        let mut cargo = workspace::cargo()?;
        cargo
            .current_dir(&self.package)
            .arg(command)
            .arg("--target-dir")
            .arg(&self.target);
        Ok(cargo)
    }

    /// Runs the tests.
    fn test(&self, kernel: &Wanted) -> Result<()> {
        let mut cargo = self.cargo("test")?;
        cargo
            .args(["--test", "*"])
            .env(crate::kernel::VARIABLE, kernel.to_string());
        if !workspace::status(&mut cargo)?.success() {
            bail!("midir's tests fail on ours");
        }
        Ok(())
    }

    /// Builds the examples. Returns their directory.
    fn build(&self) -> Result<PathBuf> {
        let mut cargo = self.cargo("build")?;
        cargo.arg("--examples");
        steps::run(
            "building midir's examples on ours",
            &Gauge::Time,
            &mut cargo,
        )?;
        Ok(self.target.join("debug/examples"))
    }
}
