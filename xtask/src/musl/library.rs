//! musl for a target, and the script that links programs with it. If Debian has the library, no C
//! compiler is needed: the linker is LLVM's, which links for every processor.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::target::{Library, Target};
use crate::debian::{Apt, Tool, provide};
use crate::steps::Gauge;
use crate::{cache, debian, mips, msrv, steps};

/// The package with the archive and the objects of the start.
const PACKAGE: &str = "musl-dev";

/// The files for linking a program.
const FILES: [&str; 4] = ["crt1.o", "crti.o", "crtn.o", "libc.a"];

/// The linker's script, and the environment variable with the program that links.
const SCRIPT: &str = "ld";
pub(super) const LLD: &str = "ALSA_SEQ_LLD";

/// The functions of an unwinder that Rust's library needs. With `panic = "abort"`, the library only
/// uses them to print a backtrace, and finds no callers: it ignores the result of the first
/// function, and would call the next ones for each caller. The last two are for unwinding itself;
/// POWER keeps a function that calls them.
const UNWINDER: &str = "\
_Unwind_Backtrace = getpid;
_Unwind_GetIP = getpid;
_Unwind_VRS_Get = getpid;
_Unwind_GetTextRelBase = getpid;
_Unwind_GetDataRelBase = getpid;
";

/// Returns its path in the directory of a target.
const UNWINDER_FILE: &str = "libunwind.a";

/// Returns the linker for a target. Fetches and prepares the linker if it is missing.
pub(super) fn linker(target: &Target) -> Result<PathBuf> {
    let all = cache::dir()?.join("musl");
    fs::create_dir_all(&all).with_context(|| format!("create {}", all.display()))?;
    let home = all.join(target.debian);
    let script = home.join(SCRIPT);
    let _lock = cache::lock(&all.join(format!("{}.lock", target.debian)), || {
        steps::note("musl is being fetched; waiting for it");
    })?;
    if script.is_file() {
        // An older version of this program may have made it.
        let unwinder = home.join(UNWINDER_FILE);
        if !fs::read_to_string(&unwinder).is_ok_and(|text| text == UNWINDER) {
            fs::write(&unwinder, UNWINDER)?;
        }
        return Ok(script);
    }
    let temp = cache::temp_dir(&all, &format!("tmp-{}-", target.debian))?;
    let files = match target.library {
        Library::Debian(directory) => {
            let apt = Apt::for_architecture(msrv::SUITE, target.debian, PACKAGE)?;
            apt.unpack(&[PACKAGE], temp.path())?;
            temp.path().join("usr/lib").join(directory)
        }
        Library::Mips(order) => compile(order, temp.path())?,
    };
    let new = temp.path().join("new");
    fs::create_dir(&new)?;
    for name in FILES {
        let file = files.join(name);
        fs::copy(&file, new.join(name)).with_context(|| format!("copy {}", file.display()))?;
    }
    fs::write(new.join(UNWINDER_FILE), UNWINDER)?;
    write_script(&new.join(SCRIPT), &home)?;
    // The directory is complete, or does not exist.
    fs::rename(&new, &home).with_context(|| format!("create {}", home.display()))?;
    Ok(script)
}

/// Compiles musl for MIPS without a floating point unit, in this directory. Returns the directory
/// of the libraries.
fn compile(order: &str, directory: &Path) -> Result<PathBuf> {
    provide("building musl", &[Tool::program("make", "make")])?;
    let compiler = mips::Compiler::obtain()?;
    let source = debian::source(msrv::SUITE, "musl")?;
    let build = directory.join("build");
    fs::create_dir(&build)?;
    let mut configure = Command::new(source.join("configure"));
    configure
        .args(["--target=mips-linux-musl", "--disable-shared"])
        .env("CC", format!("{}gcc {order} -msoft-float", mips::PREFIX))
        .env("CFLAGS", "-Os")
        .env("CROSS_COMPILE", mips::PREFIX);
    let mut make = Command::new("make");
    make.arg(format!("-j{}", std::thread::available_parallelism()?))
        .args(FILES.map(|name| format!("lib/{name}")))
        .env_remove("MAKEFLAGS")
        .env_remove("CARGO_MAKEFLAGS");
    for (title, command) in [
        ("configuring musl for MIPS", &mut configure),
        ("compiling musl for MIPS", &mut make),
    ] {
        command.current_dir(&build);
        compiler.add_to_path(command)?;
        steps::run(title, &Gauge::Time, command)?;
    }
    Ok(build.join("lib"))
}

/// The linker gets the paths, not rustc, because rustc's arguments become a part of the program.
fn write_script(path: &Path, home: &Path) -> Result<()> {
    let home = home.display();
    let text = format!(
        "#!/bin/sh\n\
         exec \"${LLD}\" -flavor gnu -L '{home}' '{home}/crt1.o' '{home}/crti.o' \"$@\" '{home}/crtn.o'\n"
    );
    fs::write(path, text).with_context(|| format!("write {}", path.display()))?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}
