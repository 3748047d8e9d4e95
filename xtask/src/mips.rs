//! A C compiler for MIPS of either byte order. It is unpacked, not installed, because Debian would
//! remove some of its packages when a compiler for another processor is installed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::files::{self, Links};
use crate::{debian, msrv};

/// Prefix of its programs' names.
pub(crate) const PREFIX: &str = "mips-linux-gnu-";

const PACKAGE: &str = "gcc-mips-linux-gnu";

/// The programs that gcc and makefiles start.
const PROGRAMS: [&str; 8] = [
    "ar", "as", "ld", "nm", "objcopy", "objdump", "ranlib", "strip",
];

/// The directory of its programs in the packages, and the subdirectory of the programs that gcc
/// starts. The latter have the names of the machine's own programs, so other commands must not find
/// them.
const SCRIPTS: &str = "programs";
const PARTS: &str = "parts";

/// The compiler.
#[derive(Debug)]
pub(crate) struct Compiler {
    /// The directory whose programs have names with the prefix.
    programs: PathBuf,
}

impl Compiler {
    /// Returns the compiler. Fetches and prepares it if it is missing.
    pub(crate) fn obtain() -> Result<Self> {
        let root = debian::root("gcc-mips", msrv::SUITE, &[PACKAGE])?;
        let programs = root.join(SCRIPTS);
        if !programs.is_dir() {
            let temp = tempfile::tempdir_in(&root)?;
            write_scripts(&root, temp.path())?;
            match fs::rename(temp.path(), &programs) {
                // Another task may have made it in the meantime.
                Err(error) if !programs.is_dir() => {
                    return Err(error).with_context(|| format!("create {}", programs.display()));
                }
                _ => {}
            }
        }
        Ok(Self { programs })
    }

    /// Makes a command find its programs by their names.
    pub(crate) fn add_to_path(&self, command: &mut Command) -> Result<()> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(self.programs.clone()).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(all)?);
        Ok(())
    }
}

/// The programs' C library is beside them, so its loader starts them. The loader does not start
/// child processes in this way, so gcc must start scripts, too.
fn write_scripts(root: &Path, scripts: &Path) -> Result<()> {
    let usr = root.join("usr");
    let binaries = usr.join("bin");
    let named = |name: &str| binaries.join(format!("{PREFIX}{name}"));
    let parts = files::below(&usr.join("libexec/gcc-cross"), Links::Skip)?;
    let part = |name: &str| {
        parts
            .iter()
            .find(|file| file.file_name().is_some_and(|found| found == name))
            .with_context(|| format!("{PACKAGE} has no {name}"))
    };
    for name in PROGRAMS {
        write(
            &scripts.join(format!("{PREFIX}{name}")),
            &usr,
            &named(name),
            "",
        )?;
    }
    let of_gcc = scripts.join(PARTS);
    fs::create_dir(&of_gcc)?;
    for name in ["as", "ld"] {
        write(&of_gcc.join(name), &usr, &named(name), "")?;
    }
    for name in ["cc1", "collect2"] {
        write(&of_gcc.join(name), &usr, part(name)?, "")?;
    }
    // The program looks for its own files beside the name with which it is started.
    let home = root.join(SCRIPTS).join(PARTS);
    let gcc = fs::canonicalize(named("gcc"))?;
    let parts = format!("'-B{}/'", home.display());
    write(&scripts.join(format!("{PREFIX}gcc")), &usr, &gcc, &parts)?;
    fs::set_permissions(scripts, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

fn write(script: &Path, usr: &Path, program: &Path, arguments: &str) -> Result<()> {
    let libraries = usr.join("lib/x86_64-linux-gnu");
    let text = format!(
        "#!/bin/sh\nexec '{0}/ld-linux-x86-64.so.2' --library-path '{0}' '{1}' {arguments} \"$@\"\n",
        libraries.display(),
        program.display()
    );
    fs::write(script, text).with_context(|| format!("write {}", script.display()))?;
    fs::set_permissions(script, fs::Permissions::from_mode(0o755))?;
    Ok(())
}
