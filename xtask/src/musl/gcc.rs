//! A C compiler for musl: the machine's own gcc with Debian's musl, prepared in the cache.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::debian::{Apt, Tool, provide};
use crate::{cache, msrv, steps};

const PACKAGES: [&str; 3] = ["musl-dev", "musl", "musl-tools"];

/// Debian's paths of musl's files.
const SPECS: &str = "usr/lib/x86_64-linux-musl/musl-gcc.specs";

/// The name of the compiler. Cargo recognises the kind of the linker from it.
const NAME: &str = "musl-gcc";

/// Returns the compiler. Fetches and prepares it if it is missing.
pub(crate) fn obtain() -> Result<PathBuf> {
    provide(
        "linking for musl",
        &[Tool::program("gcc", "gcc"), Tool::program("ar", "binutils")],
    )?;
    let cache = cache::dir()?;
    fs::create_dir_all(&cache).with_context(|| format!("create {}", cache.display()))?;
    let home = cache.join(NAME);
    let _lock = cache::lock(&cache.join("musl-gcc.lock"), || {
        steps::note("musl is being fetched; waiting for it");
    })?;
    let program = home.join(NAME);
    if program.is_file() {
        return Ok(program);
    }
    let temp = cache::temp_dir(&cache, "tmp-musl-gcc-")?;
    let new = temp.path().join("new");
    fs::create_dir(&new)?;
    Apt::for_suite(msrv::SUITE, PACKAGES[0])?.unpack(&PACKAGES, &new)?;
    let specs = fs::read_to_string(new.join(SPECS)).with_context(|| format!("read {SPECS}"))?;
    let specs = specs.replace("/usr/", &format!("{}/usr/", home.display()));
    fs::write(new.join("musl-gcc.specs"), specs)?;
    let script = format!(
        "#!/bin/sh\nexec gcc \"$@\" -specs '{}/musl-gcc.specs'\n",
        home.display()
    );
    fs::write(new.join(NAME), script)?;
    fs::set_permissions(new.join(NAME), fs::Permissions::from_mode(0o755))?;
    // The directory is complete, or does not exist.
    fs::rename(&new, &home).with_context(|| format!("create {}", home.display()))?;
    Ok(program)
}

/// Returns a command that links a static C program. The program contains only the functions that it
/// calls.
pub(crate) fn program(gcc: &Path, source: &Path, archive: &Path, program: &Path) -> Command {
    let mut cc = Command::new(gcc);
    cc.args(["-static", "-O2", "-s", "-Wl,--gc-sections", "-o"])
        .arg(program);
    cc.args([source, archive]);
    cc
}
