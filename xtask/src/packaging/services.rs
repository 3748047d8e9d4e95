//! The init scripts, units and rules.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{aseq, in_kernel, silent, work};
use crate::debian::{Tool, provide, root};
use crate::steps::{self, Gauge};
use crate::workspace;

const TOOLS: [Tool; 4] = [
    Tool::program("shellcheck", "shellcheck"),
    super::BUSYBOX,
    Tool::program("systemd-analyze", "systemd"),
    Tool::program("unshare", "util-linux"),
];

/// The scripts, and options of `shellcheck` for features of their systems.
const SCRIPTS: [(&str, &[&str]); 3] = [
    ("busybox/S50aseq", &[]),
    // `local`, and variables that the system reads.
    ("openrc/aseq.initd", &["-s", "dash", "-e", "SC3043,SC2034"]),
    (
        "openwrt/aseq/files/aseq.init",
        &["-s", "dash", "-e", "SC3043,SC2034"],
    ),
];

/// Limit of the score of `systemd-analyze security`, of 100.
const EXPOSURE: &str = "10";

pub(super) fn check() -> Result<()> {
    provide("checking init scripts", &TOOLS)?;
    let packaging = workspace::root()?.join("packaging");
    for (script, options) in SCRIPTS {
        let file = packaging.join(script);
        silent(
            &format!("sh -n {script}"),
            Command::new("busybox").args(["sh", "-n"]).arg(&file),
        )?;
        silent(
            &format!("shellcheck {script}"),
            Command::new("shellcheck").args(options).arg(&file),
        )?;
    }
    steps::run(
        "openwrt/aseq/files/aseq.init",
        &Gauge::Time,
        Command::new("busybox")
            .arg("sh")
            .arg(workspace::root()?.join("xtask/packaging/procd.sh"))
            .arg(packaging.join("openwrt/aseq/files/aseq.init")),
    )?;
    let aseq = aseq()?;
    units(&packaging.join("systemd"), &aseq)?;
    udev(&packaging.join("udev"))?;
    let busybox = Path::new("/bin/busybox");
    in_kernel("mdev.sh", &[busybox, &packaging.join("busybox/mdev.conf")])?;
    let script = packaging.join("busybox/S50aseq");
    in_kernel("busybox.sh", &[busybox, &script, &aseq])
}

/// The name of a file in `/etc/aseq`. `systemctl` accepts it as it is. In paths, systemd replaces a
/// `/` with a `-`.
const INSTANCE: &str = "my-keys";

/// Copies the units, changes the path of their program to the real one, and makes files for them.
fn units(from: &Path, aseq: &Path) -> Result<()> {
    let to = work()?.join("systemd");
    if to.exists() {
        fs::remove_dir_all(&to)?;
    }
    for part in ["connect", "record"] {
        let directory = to.join("etc").join(part);
        fs::create_dir_all(&directory)?;
        fs::write(directory.join(INSTANCE), "")?;
    }
    fs::create_dir_all(to.join("etc/patch"))?;
    for entry in fs::read_dir(from)? {
        let file = entry?.path();
        let text = fs::read_to_string(&file)?;
        let name = file.file_name().context("no name")?.to_string_lossy();
        let instance = to.join(name.replace('@', &format!("@{INSTANCE}")));
        let text = text
            .replace("/usr/bin/aseq", &aseq.display().to_string())
            .replace("/etc/aseq", &to.join("etc").display().to_string());
        fs::write(&instance, &text)?;
        finds_its_file(&to, &instance, &text)?;
        silent(
            &format!("systemd-analyze verify {name}"),
            Command::new("systemd-analyze")
                .args(["verify", "--man=no"])
                .arg(&instance),
        )?;
        let text = steps::run(
            &format!("systemd-analyze security {name}"),
            &Gauge::Time,
            Command::new("systemd-analyze")
                .args(["security", "--no-pager", "--offline=yes"])
                .arg(format!("--threshold={EXPOSURE}"))
                .arg(&instance),
        )?;
        let level = text.lines().find(|line| line.contains("Overall exposure"));
        println!("{name}: {}", level.unwrap_or_default().trim());
    }
    Ok(())
}

/// Checks that systemd finds the file of an instance, or the directory, and that the unit reads the
/// file whose existence it checks. An empty part of the path stands for systemd's own units.
fn finds_its_file(units: &Path, instance: &Path, text: &str) -> Result<()> {
    let name = instance.file_name().context("no name")?.to_string_lossy();
    steps::run(
        &format!("systemd-analyze condition {name}"),
        &Gauge::Time,
        Command::new("systemd-analyze")
            .arg("condition")
            .arg(format!("--unit={name}"))
            .env("SYSTEMD_UNIT_PATH", format!("{}:", units.display())),
    )?;
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key));
    let condition = value("ConditionPathExists=");
    let is_read = |path: &str| {
        let is_argument = |line: &str| line.split(' ').any(|word| word == path);
        value("EnvironmentFile=") == Some(path) || value("ExecStart=").is_some_and(is_argument)
    };
    match condition.is_some_and(is_read) {
        true => Ok(()),
        false => bail!("{name} reads another file than {condition:?}"),
    }
}

/// Uses the newest `udevadm` of Debian stable, because older ones than 254 cannot check rules.
fn udev(from: &Path) -> Result<()> {
    let root: PathBuf = root("udev", "trixie", &["udev"])?;
    let rules = fs::read_dir(from)?.collect::<Result<Vec<_>, _>>()?;
    for entry in rules {
        let name = entry.file_name().to_string_lossy().into_owned();
        let library = root.join("usr/lib/x86_64-linux-gnu");
        let libraries = format!("{0}:{0}/systemd", library.display());
        let text = steps::run(
            &format!("udevadm verify {name}"),
            &Gauge::Time,
            Command::new(root.join("usr/lib64/ld-linux-x86-64.so.2"))
                .args(["--library-path", &libraries])
                .arg(root.join("usr/bin/udevadm"))
                .args(["verify", "--resolve-names=never"])
                .arg(entry.path()),
        )?;
        println!(
            "{name}: {}",
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        );
    }
    Ok(())
}
