//! The build systems' own checks, which are in their sources. None of them is in a registry, so the
//! user gives the directories.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{BUSYBOX, work};
use crate::debian::{Tool, provide};
use crate::files::{self, Links};
use crate::steps::{self, Gauge};
use crate::{python, workspace};

/// A small machine for which Buildroot offers the package.
const BUILDROOT: &str = "\
BR2_x86_64=y
BR2_TOOLCHAIN_BUILDROOT_MUSL=y
BR2_TOOLCHAIN_BUILDROOT_CXX=y
BR2_PACKAGE_ASEQ=y
BR2_PACKAGE_ASEQ_OLD_NAMES=y
";

/// The Python modules of `check-package`.
const CHECKS: &str = "flake8==7.5.0";
const MAGIC: &str = "python-magic==0.4.27";

/// Runs Buildroot's `check-package`, and checks that Buildroot's make accepts the package.
pub(super) fn buildroot(checkout: &Path) -> Result<()> {
    let checkout = fs::canonicalize(checkout)?;
    provide(
        "checking the package for Buildroot",
        &[Tool::program("shellcheck", "shellcheck")],
    )?;
    let tree = copy("buildroot")?;
    let mut lint = Command::new("sh");
    lint.args(["-c", "cd \"$1\" && shift && exec \"$@\"", "sh"])
        .arg(&tree)
        .arg(python::program_of(CHECKS, &[MAGIC], "python3")?)
        .arg(checkout.join("utils/check-package"))
        .arg("--br2-external");
    for file in files::below(&tree, Links::Follow)? {
        lint.arg(file);
    }
    steps::run("check-package", &Gauge::Time, &mut lint)?;

    let output = work()?.join("buildroot-output");
    fs::create_dir_all(&output)?;
    let wanted = output.join("wanted");
    fs::write(&wanted, BUILDROOT)?;
    let make = |target: &[&str]| {
        let mut make = Command::new("make");
        let assign = |name: &str, value: &Path| format!("{name}={}", value.display());
        make.current_dir(&checkout)
            .env_remove("MAKEFLAGS")
            .arg(assign("O", &output))
            .arg(assign("BR2_EXTERNAL", &tree))
            .arg(assign("BR2_DEFCONFIG", &wanted))
            .args(target);
        make
    };
    steps::run("make defconfig", &Gauge::Time, &mut make(&["defconfig"]))?;
    let config = fs::read_to_string(output.join(".config"))?;
    for line in BUILDROOT.lines() {
        if !config.lines().any(|there| there == line) {
            bail!("Buildroot does not accept {line}");
        }
    }
    let all = steps::run(
        "make printvars",
        &Gauge::Time,
        &mut make(&["-s", "printvars", "VARS=ASEQ_SRCDIR ASEQ_CARGO_ENV"]),
    )?;
    match all.contains("/cli\n") && all.contains("CARGO_PROFILE_RELEASE_LTO=fat") {
        true => Ok(()),
        false => bail!("Buildroot reads the package in another way: {all}"),
    }
}

/// Programs without which bitbake does not start. It also needs the locale en_US.UTF-8.
const BITBAKE: [Tool; 4] = [
    Tool::program("chrpath", "chrpath"),
    Tool::program("cpio", "cpio"),
    Tool::program("diffstat", "diffstat"),
    Tool::program("gawk", "gawk"),
];

/// Checks that bitbake can read the recipe.
pub(super) fn openembedded(checkout: &Path) -> Result<()> {
    let checkout = fs::canonicalize(checkout)?;
    provide("reading the recipe", &BITBAKE)?;
    let layer = copy("openembedded")?;
    let build = work()?.join("openembedded-build");
    // The layer's own configuration is sufficient to read one recipe.
    let script = r#"
        cd "$1" && . ./oe-init-build-env "$2" >/dev/null || exit
        grep -qF "$3" conf/bblayers.conf || echo "BBLAYERS += \"$3\"" >>conf/bblayers.conf
        exec bitbake -e -b "$3"/recipes-multimedia/aseq/aseq_*.bb"#;
    let text = steps::run(
        "bitbake -e",
        &Gauge::Time,
        Command::new("bash")
            .args(["-c", script, "bash"])
            .args([&checkout, &build, &layer]),
    )?;
    let manifest = text
        .lines()
        .find_map(|line| line.strip_prefix("CARGO_MANIFEST_PATH="))
        .context("bitbake prints no path of the manifest")?;
    match manifest.ends_with("/cli/Cargo.toml\"") {
        true => Ok(()),
        false => bail!("bitbake would build {manifest}"),
    }
}

/// Runs `abuild validate`. It asks apk whether the version is valid, but this machine has no apk.
pub(super) fn abuild(checkout: &Path) -> Result<()> {
    provide("checking the package for Alpine", &[BUSYBOX])?;
    let package = copy("alpine")?.join("aseq");
    let share = work()?.join("abuild");
    fs::create_dir_all(&share)?;
    for name in ["abuild", "functions.sh"] {
        let text = fs::read_to_string(checkout.join(format!("{name}.in")))?;
        let text = text
            .replace("@sharedir@", &share.display().to_string())
            .replace("@sysconfdir@", "/etc")
            .replace("@prefix@", "/usr")
            .replace("@VERSION@", "0");
        fs::write(share.join(name), text)?;
    }
    fs::copy(checkout.join("default.conf"), share.join("default.conf"))?;
    let mut validate = Command::new("busybox");
    validate
        .arg("ash")
        .arg(share.join("abuild"))
        .args(["-F", "-d", "validate"])
        .env("APK", "true")
        .env("CBUILD", "x86_64-alpine-linux-musl")
        .current_dir(package);
    let text = steps::run("abuild validate", &Gauge::Time, &mut validate)?;
    match text.contains("WARNING") || text.contains("ERROR") {
        true => bail!("abuild: {text}"),
        false => Ok(()),
    }
}

/// Copies a part of `packaging/`, in which links become files.
fn copy(name: &str) -> Result<std::path::PathBuf> {
    let to = work()?.join(name);
    if to.exists() {
        fs::remove_dir_all(&to)?;
    }
    let mut cp = Command::new("cp");
    cp.arg("-rL")
        .arg(workspace::root()?.join("packaging").join(name))
        .arg(&to);
    steps::run(&format!("copying packaging/{name}"), &Gauge::Time, &mut cp)?;
    Ok(to)
}
