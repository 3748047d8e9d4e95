//! musl for a target, and what links a program with it. Neither takes a C compiler: the
//! library is Debian's, and the linker is LLVM's, which links for every processor.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::target::Target;
use crate::debian::Apt;
use crate::{cache, msrv, steps};

/// The package that has the archive and the objects of the start.
const PACKAGE: &str = "musl-dev";

/// The linker's script, and the environment variable that says which program links.
const SCRIPT: &str = "ld";
pub(super) const LLD: &str = "ALSA_SEQ_LLD";

/// What Rust's library asks of an unwinder. With `panic = "abort"` it does so only to
/// print a backtrace, and it finds none: the result of the first is not looked at, and
/// the others are for the callers that it would find.
const UNWINDER: &str = "\
_Unwind_Backtrace = getpid;
_Unwind_GetIP = getpid;
_Unwind_VRS_Get = getpid;
";

/// The linker for a target: fetched and put together if it is not there yet.
pub(super) fn linker(target: &Target) -> Result<PathBuf> {
    let all = cache::dir()?.join("musl");
    fs::create_dir_all(&all).with_context(|| format!("create {}", all.display()))?;
    let home = all.join(target.debian);
    let script = home.join(SCRIPT);
    let _lock = cache::lock(&all.join(format!("{}.lock", target.debian)), || {
        steps::note("musl is being fetched; waiting for it");
    })?;
    if script.is_file() {
        return Ok(script);
    }
    let temp = cache::temp_dir(&all, &format!("tmp-{}-", target.debian))?;
    let apt = Apt::for_architecture(msrv::SUITE, target.debian, PACKAGE)?;
    apt.unpack(&[PACKAGE], temp.path())?;

    let files = temp.path().join("usr/lib").join(target.directory);
    let new = temp.path().join("new");
    fs::create_dir(&new)?;
    for name in ["crt1.o", "crti.o", "crtn.o", "libc.a"] {
        let file = files.join(name);
        fs::copy(&file, new.join(name)).with_context(|| format!("copy {}", file.display()))?;
    }
    fs::write(new.join("libunwind.a"), UNWINDER)?;
    write_script(&new.join(SCRIPT), &home)?;
    // Whole, or not at all.
    fs::rename(&new, &home).with_context(|| format!("create {}", home.display()))?;
    Ok(script)
}

/// The linker has the paths, not rustc: what rustc gets becomes part of the program.
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
