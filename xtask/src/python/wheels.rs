//! The wheels, one for each processor and C library, and the source package.
//!
//! zig links them for old versions of glibc and for musl. If the compiler has no standard library
//! for a target, it is built from its source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::interpreter::{self, Interpreter};
use super::package::{maturin, only_file};
use super::venv::{self, Venv};
use super::{Session, musl, suite};
use crate::steps::{self, Gauge};
use crate::{capi, peers, workspace};

/// A wheel.
struct Target {
    triple: &'static str,
    /// pip's platform tag.
    platform: &'static str,
    /// The libraries that it may need: the C library, which has several files.
    libraries: &'static [&'static str],
}

const GLIBC: &str = "manylinux_2_17";
const MUSL: &str = "musllinux_1_2";

const TARGETS: [Target; 6] = [
    Target {
        triple: "x86_64-unknown-linux-gnu",
        platform: GLIBC,
        libraries: &[
            "libc.so.6",
            "libpthread.so.0",
            "libdl.so.2",
            "ld-linux-x86-64.so.2",
        ],
    },
    Target {
        triple: "aarch64-unknown-linux-gnu",
        platform: GLIBC,
        libraries: &[
            "libc.so.6",
            "libpthread.so.0",
            "libdl.so.2",
            "ld-linux-aarch64.so.1",
        ],
    },
    Target {
        triple: "armv7-unknown-linux-gnueabihf",
        platform: GLIBC,
        libraries: &[
            "libc.so.6",
            "libpthread.so.0",
            "libdl.so.2",
            "ld-linux-armhf.so.3",
        ],
    },
    Target {
        triple: "x86_64-unknown-linux-musl",
        platform: MUSL,
        libraries: &["libc.so"],
    },
    Target {
        triple: "aarch64-unknown-linux-musl",
        platform: MUSL,
        libraries: &["libc.so"],
    },
    Target {
        triple: "armv7-unknown-linux-musleabihf",
        platform: MUSL,
        libraries: &["libc.so"],
    },
];

/// The tools that check wheels.
const AUDIT: [&str; 2] = ["abi3audit==0.0.26", "auditwheel==6.8.2"];

/// The parts of the standard library that a Python module needs: PyO3 catches panics.
const STD: &str = "std,panic_unwind";

/// Time limit of the tests on one Python, in seconds.
const SECONDS: u32 = 600;

/// The wheels that run on this machine.
const OWN: &str = "x86_64-unknown-linux-gnu";
const OWN_MUSL: &str = "x86_64-unknown-linux-musl";

/// Builds and checks the wheels whose target contains `part`.
pub(super) fn run(session: &Session, part: &str) -> Result<()> {
    let tools = venv::tools()?;
    let audit = venv::with("audit", &interpreter::own()?, &AUDIT)?;
    let wheels = session.target.join("wheels");
    if wheels.exists() {
        fs::remove_dir_all(&wheels).with_context(|| format!("remove {}", wheels.display()))?;
    }
    let compiler = crate::musl::compiler()?;
    let mut built = BTreeMap::new();
    for target in TARGETS.iter().filter(|target| target.triple.contains(part)) {
        let out = wheels.join(target.triple);
        let mut maturin = maturin(session, &tools, &out)?;
        maturin
            .args(["--release", "--zig", "--target", target.triple])
            .args(["--compatibility", target.platform]);
        if target.triple != OWN {
            compiler.with_library(STD, &mut maturin);
        }
        let title = format!("building the wheel for {}", target.triple);
        steps::run(&title, &Gauge::Time, &mut maturin)?;
        let wheel = only_file(&out)?;
        target.check(&audit, &tools, &wheel)?;
        built.insert(target.triple, wheel);
    }
    if built.is_empty() {
        bail!("no target has {part:?} in its name");
    }
    peers::python()?;
    if let Some(wheel) = built.get(OWN) {
        for python in interpreter::all()? {
            install_and_test(session, &tools, &python, wheel)?;
        }
    }
    if let Some(wheel) = built.get(OWN_MUSL) {
        musl::test(session, wheel)?;
    }
    let source = sdist(session, &tools, &wheels)?;
    println!("{}", source.display());
    for wheel in built.values() {
        println!(
            "{:>8} bytes  {}",
            fs::metadata(wheel)?.len(),
            wheel.display()
        );
    }
    Ok(())
}

impl Target {
    /// Checks that a wheel is for all Pythons, and needs only the C library.
    fn check(&self, audit: &Venv, tools: &Venv, wheel: &Path) -> Result<()> {
        let name = wheel.file_name().unwrap_or_default().to_string_lossy();
        let cpu = self.triple.split('-').next().unwrap_or_default();
        let cpu = if cpu == "armv7" { "armv7l" } else { cpu };
        let platform = format!("{}_{cpu}.whl", self.platform);
        if !name.contains("-cp39-abi3-") || !name.ends_with(&platform) {
            bail!("{name} is not a wheel cp39-abi3 for {platform}");
        }
        let mut abi3 = Command::new(audit.program("abi3audit"));
        abi3.args(["--strict", "--assume-minimum-abi3", "3.9"])
            .arg(wheel);
        steps::run(
            "looking for symbols outside of the stable ABI",
            &Gauge::Time,
            &mut abi3,
        )?;

        let site = wheel.with_extension("unpacked");
        let mut unzip = Command::new(tools.program("python3"));
        unzip
            .args(["-m", "zipfile", "--extract"])
            .args([wheel, &site]);
        steps::run("unpacking the wheel", &Gauge::Time, &mut unzip)?;
        let object = site.join("alsa_sequencer/_native.abi3.so");
        let needed = capi::needed_libraries(&object)?;
        let allowed: BTreeSet<String> = self.libraries.iter().map(|&name| name.into()).collect();
        let more: Vec<_> = needed.difference(&allowed).cloned().collect();
        if !more.is_empty() || needed.is_empty() {
            bail!("{name} needs {}", more.join(", "));
        }
        fs::remove_dir_all(&site)?;
        // auditwheel does not distinguish musl's library from the machine's.
        if self.platform == GLIBC {
            let mut show = Command::new(audit.program("auditwheel"));
            show.arg("show").arg(wheel);
            let text = steps::run(
                "looking for symbols that old versions of glibc do not have",
                &Gauge::Time,
                &mut show,
            )?;
            let text: Vec<&str> = text.split_whitespace().collect();
            let says = format!("platform tag: \"{GLIBC}_{cpu}\"");
            if !text.join(" ").contains(&says) {
                bail!(
                    "auditwheel does not print {says:?} for {name}:\n{}",
                    text.join(" ")
                );
            }
        }
        println!("{name} needs {}", Vec::from_iter(needed).join(", "));
        Ok(())
    }
}

/// Installs a wheel with pip in an environment that contains only the test packages, and runs the
/// tests.
fn install_and_test(
    session: &Session,
    tools: &Venv,
    python: &Interpreter,
    wheel: &Path,
) -> Result<()> {
    let clean = session.target.join("clean");
    if clean.exists() {
        fs::remove_dir_all(&clean).with_context(|| format!("remove {}", clean.display()))?;
    }
    let mut make = Command::new(&python.program);
    make.args(["-I", "-m", "venv", "--without-pip"]).arg(&clean);
    let title = format!("making an environment for Python {}", python.version);
    steps::run(&title, &Gauge::Time, &mut make)?;
    let mut pip = Command::new(tools.program("python3"));
    pip.args(["-m", "pip", "--python"])
        .arg(clean.join("bin/python3"))
        .args([
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-index",
        ])
        .arg(wheel);
    steps::run("installing the wheel", &Gauge::Time, &mut pip)?;
    let packages = suite::venv(python)?;
    let mut command = session.in_kernel(SECONDS)?;
    command
        .env("PYTHONPATH", packages.site()?)
        .arg(clean.join("bin/python3"))
        .args(["-m", "pytest", "-p", "no:cacheprovider"]);
    suite::tests(session, &python.version, command)
}

/// Builds the source package, and builds a wheel from it as pip does for a user.
fn sdist(session: &Session, tools: &Venv, wheels: &Path) -> Result<PathBuf> {
    let source = source_package(session, tools, &wheels.join("source"))?;
    let built = wheels.join("from-source");
    let mut pip = Command::new(tools.program("python3"));
    pip.args([
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--disable-pip-version-check",
    ])
    .args(["--no-deps", "--wheel-dir"])
    .args([&built, &source])
    .env("CARGO_TARGET_DIR", session.target.join("build"));
    steps::run("building a wheel from it", &Gauge::Time, &mut pip)?;
    let wheel = only_file(&built)?;
    let name = wheel.file_name().unwrap_or_default().to_string_lossy();
    if !name.contains("-cp39-abi3-") {
        bail!("{name} is not a wheel cp39-abi3");
    }
    Ok(source)
}

/// Limit of builds of the source package. Half of them are good.
const ATTEMPTS: u32 = 20;

/// Builds the source package. The workspace and the crate in its root have one manifest. maturin
/// 1.16 packs it twice under one name, in a random order: the original, and a version without the
/// tests, which are not in the package. The later one counts, and cargo accepts only the second
/// one.
fn source_package(session: &Session, tools: &Venv, out: &Path) -> Result<PathBuf> {
    let manifest = workspace::root()?.join("Cargo.toml");
    let manifest =
        fs::read_to_string(&manifest).with_context(|| format!("read {}", manifest.display()))?;
    for _ in 0..ATTEMPTS {
        if out.exists() {
            fs::remove_dir_all(out).with_context(|| format!("remove {}", out.display()))?;
        }
        let mut maturin = Command::new(tools.program("maturin"));
        maturin
            .current_dir(&session.source)
            .args(["sdist", "--out"])
            .arg(out);
        steps::run("building the source package", &Gauge::Time, &mut maturin)?;
        let source = only_file(out)?;
        let name = source.file_name().unwrap_or_default().to_string_lossy();
        let top = name.strip_suffix(".tar.gz").unwrap_or(&name);
        let mut tar = Command::new("tar");
        tar.arg("--extract").arg("--to-stdout").arg("--file");
        tar.arg(&source).arg(format!("{top}/Cargo.toml"));
        let packed = steps::run("reading its manifest", &Gauge::Time, &mut tar)?;
        if packed.trim() != manifest.trim() {
            return Ok(source);
        }
    }
    bail!("maturin has packed the workspace's manifest, with tests that are not in the package")
}
