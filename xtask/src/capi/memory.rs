//! `cargo xtask capi memory`: finds memory errors, errors of threads, and leaks.
//!
//! The compiler's sanitizers are compiled into our code and into C programs. The programs run in
//! the newest test kernel, because a sanitizer needs more address space than User-Mode Linux had
//! before it had page tables of four levels.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::{Builder, PACKAGE, PROFILE};
use crate::kernel::Wanted;
use crate::steps::{self, Gauge};
use crate::{peers, runner, test, workspace};

/// Time limit for all programs together.
const TIMEOUT: Duration = Duration::from_secs(1800);

/// The target machine.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The compilers' name of the sanitizer, and the name of its runtime.
const SANITIZERS: [(&str, &str); 2] = [("address", "asan"), ("thread", "tsan")];

/// Runs everything.
pub(super) fn run(builder: &Builder, kernel: Option<&Wanted>) -> Result<ExitCode> {
    let newest = Wanted::newest();
    let kernel = kernel.unwrap_or(&newest);
    let include = peers::newest()?.root.join("usr/include");
    let sources = builder.root.join("capi/tests/c");
    for program in ["threads", "load"] {
        builder.c_program(&include, program)?;
    }
    for (sanitizer, runtime) in SANITIZERS {
        let archive = archive(builder, sanitizer)?;
        let runtime = self::runtime(runtime)?;
        for program in ["threads", "timers", "faults"] {
            let object = builder.work.join(format!("{program}-{sanitizer}.o"));
            let source = sources.join(program).with_extension("c");
            let mut compile = cc(&include);
            compile.arg(format!("-fsanitize={sanitizer}"));
            compile.arg("-c").arg(source);
            link(&mut compile, &object)?;
            // The runtime comes with the compiler of our code.
            let mut cc = Command::new("cc");
            cc.args([&object, &archive, &runtime]);
            cc.args(["-rdynamic", "-lpthread", "-ldl", "-lm", "-lrt"]);
            link(&mut cc, &object.with_extension(""))?;
        }
    }
    let code = tests(builder, kernel)?;
    if code != ExitCode::SUCCESS {
        return Ok(code);
    }
    let command = [&sources.join("memory.sh"), &builder.home].map(OsString::from);
    runner::run(Some(kernel.clone()), Some(TIMEOUT), command.to_vec())
}

/// Runs the tests of `capi` with AddressSanitizer. (ThreadSanitizer does not understand how the
/// standard library's threads wait for each other.)
fn tests(builder: &Builder, kernel: &Wanted) -> Result<ExitCode> {
    let mut arguments: Vec<OsString> = ["--package", PACKAGE, "--tests", "--target", TARGET]
        .map(OsString::from)
        .to_vec();
    arguments.push("--target-dir".into());
    arguments.push(target(builder, "address").into());
    let environment = [
        ("RUSTC_BOOTSTRAP", "1".into()),
        ("RUSTFLAGS", flags("address").into()),
        ("ASAN_OPTIONS", "allocator_may_return_null=1".into()),
    ];
    test::run_with(kernel, &arguments, &environment)
}

/// Flags for rustc.
fn flags(sanitizer: &str) -> String {
    format!("-Zsanitizer={sanitizer} -Cunsafe-allow-abi-mismatch=sanitizer -Cdebuginfo=1")
}

fn target(builder: &Builder, sanitizer: &str) -> PathBuf {
    builder.target.join(format!("capi-{sanitizer}"))
}

/// Builds our code with a sanitizer, but not the core of the standard library.
fn archive(builder: &Builder, sanitizer: &str) -> Result<PathBuf> {
    let directory = target(builder, sanitizer);
    let mut cargo = workspace::cargo()?;
    cargo
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", flags(sanitizer))
        .args(["rustc", "--package", PACKAGE, "--lib"])
        .args(["--crate-type", "staticlib", "--profile", PROFILE])
        .args(["--target", TARGET, "--target-dir"])
        .arg(&directory);
    if !workspace::status(&mut cargo)?.success() {
        bail!("the build with -Zsanitizer={sanitizer} failed");
    }
    Ok(directory
        .join(TARGET)
        .join(PROFILE)
        .join("libalsa_seq_capi.a"))
}

/// Returns the path of a sanitizer's runtime, which comes with rustup's compilers.
fn runtime(name: &str) -> Result<PathBuf> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--print", "target-libdir"])
        .output()
        .context("run rustc")?;
    let directory = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let end = format!("_rt.{name}.a");
    let entries =
        fs::read_dir(&directory).with_context(|| format!("read {}", directory.display()))?;
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().ends_with(&end) {
            return Ok(entry.path());
        }
    }
    bail!(
        "{} has no …{end}: a compiler of rustup is needed",
        directory.display()
    )
}

/// Returns the C compiler with libasound's newest headers.
pub(super) fn cc(include: &Path) -> Command {
    let mut cc = Command::new("cc");
    cc.args(["-O1", "-g", "-Wall", "-Wextra", "-Werror", "-I"])
        .arg(include);
    cc
}

pub(super) fn link(cc: &mut Command, output: &Path) -> Result<()> {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    cc.arg("-o").arg(output);
    steps::run(&format!("compiling {name}"), &Gauge::Time, cc)?;
    Ok(())
}
