//! A kernel for big-endian MIPS, which no distribution has. It has UMP, and no modules.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context as _, Result, bail};

use test_kernel::kernel::{Series, build, recipe};

use super::numbers;
use crate::debian::provide;
use crate::mips;
use crate::steps::{self, Gauge};

/// Options in addition to `tinyconfig`.
const CONFIG: &str = include_str!("../../kernel/mips.config");

/// Arguments for the kernel's makefile.
const ARGUMENTS: [&str; 2] = ["ARCH=mips", "CROSS_COMPILE=mips-linux-gnu-"];

/// The name of the recipe. Kernels of another recipe are not used.
pub(crate) fn hash() -> String {
    recipe::hash_of(&[CONFIG.as_bytes()])
}

/// Builds the kernel in a directory. Returns its file and its version.
pub(crate) fn build(dir: &Path) -> Result<(PathBuf, String)> {
    provide("building a kernel", &build::TOOLS)?;
    let compiler = mips::Compiler::obtain()?;
    let tree = dir.join("tree");
    fs::create_dir(&tree).with_context(|| format!("create {}", tree.display()))?;
    build::fetch(Series::DEFAULT, "trixie", dir, &tree)?;
    numbers::check(&tree)?;
    configure(&compiler, &tree)?;
    let version = build::release(&tree)?;
    let mut make = build::make_with(&tree, &ARGUMENTS);
    make.arg(format!("-j{}", thread::available_parallelism()?))
        .arg("vmlinux");
    compiler.add_to_path(&mut make)?;
    steps::run(
        &format!("compiling {version} for MIPS"),
        &Gauge::Lines {
            prefix: "  CC ",
            unit: "files",
        },
        &mut make,
    )?;
    Ok((tree.join("vmlinux"), version))
}

fn configure(compiler: &mips::Compiler, tree: &Path) -> Result<()> {
    fs::write(tree.join("alsa-seq.config"), CONFIG)?;
    let mut shell = Command::new("sh");
    shell
        .arg("-ec")
        .arg(
            "make \"$@\" tinyconfig
             scripts/kconfig/merge_config.sh -m .config alsa-seq.config
             make \"$@\" olddefconfig",
        )
        .arg("sh")
        .args(ARGUMENTS)
        .current_dir(tree)
        .env_remove("MAKEFLAGS");
    compiler.add_to_path(&mut shell)?;
    steps::run("configuring", &Gauge::Time, &mut shell)?;
    let config = fs::read_to_string(tree.join(".config")).context("read the configuration")?;
    let absent = build::absent(CONFIG, &config);
    if !absent.is_empty() {
        bail!(
            "the source does not accept these options: {}",
            absent.join(", ")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_makefile_and_the_compiler_have_the_same_prefix() {
        let argument = format!("CROSS_COMPILE={}", mips::PREFIX);
        assert!(ARGUMENTS.contains(&&*argument), "{argument}");
    }
}
