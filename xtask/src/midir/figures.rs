//! `cargo xtask midir figures`: measures the size of a program that uses midir, and the speed with
//! which it starts and sends, on midir and on its replacements.
//!
//! `benches/midir/midir.rs` is built in each way. Then the programs run in turns in one test
//! kernel. docs/static-midir.md has the resulting ratios.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use super::write_package;
use crate::debian::{Tool, provide};
use crate::kernel::{self, Wanted};
use crate::musl::{self, X86_64};
use crate::peers::LIBASOUND;
use crate::steps::{self, Gauge};
use crate::{runner, workspace};

/// The argument that makes this binary measure.
pub(crate) const ROLE: &str = "midir-figures";

/// Number of starts of each program. In each of them, it measures this number of round trips.
const TURNS: usize = 61;
const ROUND_TRIPS: &str = "1000";

/// Size limit of a static program in bytes.
const LIMIT: u64 = 1_500_000;

/// The program that finds libasound for the build script of `alsa-sys`, and the one that counts
/// system calls.
const TOOLS: [Tool; 2] = [
    Tool::program("pkg-config", "pkg-config"),
    Tool::program("strace", "strace"),
];

/// The profile with which the workspace builds `aseq`.
const SMALL: &str = "[profile.release]\nopt-level = \"z\"\nlto = \"fat\"\n\
                     codegen-units = 1\npanic = \"abort\"\nstrip = \"symbols\"\n";

/// A way to build the program.
struct Way {
    name: &'static str,
    /// The name in the table.
    title: &'static str,
    /// The source, below `benches/midir`.
    source: &'static str,
    dependency: Dependency,
    linked: Linked,
}

#[derive(Clone, Copy)]
enum Dependency {
    /// The published midir.
    Midir,
    /// The published midir, with the stand-in in place of its `alsa-sys`.
    StandIn,
    /// `alsa-seq-midir` in place of midir.
    DropIn,
    /// `alsa-seq`.
    AlsaSeq,
}

#[derive(Clone, Copy, PartialEq)]
enum Linked {
    /// With glibc, in cargo's release profile, like `cargo build --release`.
    Dynamic,
    /// With glibc, in the profile of the static programs.
    DynamicSmall,
    /// With musl, in one file, like `aseq`.
    Static,
}

/// The others are compared with the first one.
const WAYS: [Way; 6] = [
    Way {
        name: "midir",
        title: "midir and libasound",
        source: "midir.rs",
        dependency: Dependency::Midir,
        linked: Linked::Dynamic,
    },
    Way {
        name: "midir-small",
        title: "the same, built to be small",
        source: "midir.rs",
        dependency: Dependency::Midir,
        linked: Linked::DynamicSmall,
    },
    Way {
        name: "drop-in-dynamic",
        title: "`alsa-seq-midir`, not static",
        source: "midir.rs",
        dependency: Dependency::DropIn,
        linked: Linked::Dynamic,
    },
    Way {
        name: "stand-in",
        title: "midir and the stand-in for `alsa-sys`, static",
        source: "midir.rs",
        dependency: Dependency::StandIn,
        linked: Linked::Static,
    },
    Way {
        name: "drop-in",
        title: "`alsa-seq-midir`, static",
        source: "midir.rs",
        dependency: Dependency::DropIn,
        linked: Linked::Static,
    },
    Way {
        name: "ported",
        title: "ported to `alsa-seq`, static",
        source: "ported.rs",
        dependency: Dependency::AlsaSeq,
        linked: Linked::Static,
    },
];

/// Builds the programs, prints their sizes and libraries, and measures them in a kernel.
pub(super) fn start(kernel: &Wanted, home: &Path) -> Result<ExitCode> {
    let tools = [&LIBASOUND[..], &TOOLS].concat();
    provide("measuring midir", &tools)?;
    let compiler = musl::compiler()?;
    let mut command: Vec<OsString> = vec![crate::own::file()?.into(), ROLE.into()];
    println!("| built with | bytes | needs |\n|---|---|---|");
    for way in WAYS {
        let program = build(&way, home, &compiler)?;
        let size = fs::metadata(&program)?.len();
        let needed = needed(&program)?;
        println!("| {} | {size} | {} |", way.title, needed.join(", "));
        if way.linked == Linked::Static {
            musl::check(&program, &X86_64, LIMIT)?;
        }
        command.push(program.into());
    }
    let kernel = Wanted::File(kernel::obtain(kernel, None, false)?);
    runner::run_measured(kernel, command)
}

/// Builds the program in one way. Returns its file.
fn build(way: &Way, home: &Path, compiler: &musl::Compiler) -> Result<PathBuf> {
    let root = workspace::root()?;
    let package = home.join("figures").join(way.name);
    let ours = |directory: &str| root.join(directory);
    let dependency = match way.dependency {
        Dependency::Midir | Dependency::StandIn => format!("midir = \"={}\"\n", super::VERSION),
        Dependency::DropIn => format!(
            "midir = {{ package = \"alsa-seq-midir\", path = {:?} }}\n",
            ours("midir")
        ),
        Dependency::AlsaSeq => format!("alsa-seq = {{ path = {root:?} }}\n"),
    };
    let patch = match way.dependency {
        Dependency::StandIn => format!(
            "[patch.crates-io]\nalsa-sys = {{ path = {:?} }}\n",
            ours("alsa-sys/0.6")
        ),
        _ => String::new(),
    };
    let source = root.join("benches/midir").join(way.source);
    let profile = match way.linked {
        Linked::Dynamic => "",
        Linked::DynamicSmall | Linked::Static => SMALL,
    };
    let manifest = format!(
        "[[bin]]\nname = {:?}\npath = {source:?}\n\n\
         [dependencies]\n{dependency}\n{patch}\n{profile}",
        way.name
    );
    write_package(&package, &manifest)?;
    let target = home.join("figures/target");
    let mut cargo = workspace::cargo()?;
    cargo
        .current_dir(&package)
        .args(["build", "--release", "--target-dir"])
        .arg(&target);
    let mut built = target.clone();
    if way.linked == Linked::Static {
        cargo
            .args(["--target", X86_64.triple])
            .arg("-Zbuild-std-features=optimize_for_size");
        compiler.configure(&[&X86_64], &["-C", "force-unwind-tables=no"], &mut cargo)?;
        built.push(X86_64.triple);
    }
    steps::run(&format!("building {}", way.name), &Gauge::Time, &mut cargo)?;
    Ok(built.join("release").join(way.name))
}

/// Returns the shared libraries that a program needs.
fn needed(program: &Path) -> Result<Vec<String>> {
    let output = Command::new("readelf")
        .arg("--dynamic")
        .arg(program)
        .output()
        .context("run readelf")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let libraries = text.lines().filter(|line| line.contains("(NEEDED)"));
    let names = libraries.filter_map(|line| line.split(['[', ']']).nth(1).map(str::to_owned));
    Ok(names.collect())
}

/// `xtask midir-figures PROGRAM…`, in the order of [`WAYS`]: measures the programs in turns.
pub(crate) fn run(programs: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let programs: Vec<PathBuf> = programs.map(PathBuf::from).collect();
    println!("\n{TURNS} turns\n");
    println!(
        "| built with | system calls | start | ratio | quartiles | round trip | ratio | quartiles |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut starts = vec![Vec::new(); programs.len()];
    let mut trips = vec![Vec::new(); programs.len()];
    // The first turn fills the caches.
    for turn in 0..=TURNS {
        for (index, program) in programs.iter().enumerate() {
            let figures = [started(program)?, round_trip(program)?];
            if turn > 0 {
                for (all, figure) in [&mut starts, &mut trips].into_iter().zip(figures) {
                    all.get_mut(index)
                        .context("the arguments have too many programs")?
                        .push(figure);
                }
            }
        }
    }
    for (index, (way, program)) in WAYS.iter().zip(&programs).enumerate() {
        let mut line = format!("| {} | {} |", way.title, system_calls(program)?);
        for (all, unit, scale) in [(&starts, "ms", 1e6), (&trips, "µs", 1e3)] {
            let (Some(theirs), Some(ours)) = (all.first(), all.get(index)) else {
                bail!("a program is missing");
            };
            let time = quantile(ours, 0.5) / scale;
            let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a / b).collect();
            let [low, middle, high] = [0.25, 0.5, 0.75].map(|share| quantile(&ratios, share));
            line += &format!(" {time:.2} {unit} | {middle:.2} | {low:.2} to {high:.2} |");
        }
        println!("{line}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the time in nanoseconds from a program's start until its connections are open.
fn started(program: &Path) -> Result<f64> {
    let begun = Instant::now();
    let mut child = Command::new(program)
        .arg("start")
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("start {}", program.display()))?;
    let output = child.stdout.take().context("no output")?;
    let mut line = String::new();
    BufReader::new(output).read_line(&mut line)?;
    let time = begun.elapsed();
    let status = child.wait()?;
    if !status.success() || !line.contains("two connections") {
        bail!("{} ends ({status}), and prints {line:?}", program.display());
    }
    nanoseconds(time.as_nanos())
}

/// Returns the number of system calls from a program's start to its end.
fn system_calls(program: &Path) -> Result<usize> {
    let trace = tempfile::NamedTempFile::new().context("create a file")?;
    let status = Command::new("strace")
        .args(["-f", "-qq", "-e", "signal=none", "-o"])
        .arg(trace.path())
        .arg(program)
        .arg("start")
        .stdout(Stdio::null())
        .status()
        .context("run strace")?;
    if !status.success() {
        bail!("strace ends ({status})");
    }
    let text = fs::read_to_string(trace.path()).context("read the trace")?;
    let is_call = |line: &&str| !line.contains(" resumed>") && !line.contains(" +++ ");
    Ok(text.lines().filter(is_call).count())
}

/// Returns the time of a round trip in nanoseconds.
fn round_trip(program: &Path) -> Result<f64> {
    let output = Command::new(program)
        .args(["roundtrip", ROUND_TRIPS])
        .output()
        .with_context(|| format!("start {}", program.display()))?;
    if !output.status.success() {
        bail!(
            "{} ends ({}), and prints {}",
            program.display(),
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    nanoseconds(String::from_utf8_lossy(&output.stdout).trim().parse()?)
}

fn nanoseconds(number: u128) -> Result<f64> {
    let number = u32::try_from(number).context("more than four seconds")?;
    Ok(number.into())
}

/// Returns the value below which this share of the values is.
fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    // Never above the number of turns.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss
    )]
    let index = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_and_median() {
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        let found = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| quantile(&values, share));
        assert!(
            found.iter().copied().eq([1.0, 2.0, 3.0, 4.0, 5.0]),
            "{found:?}"
        );
        assert!(quantile(&[], 0.5).is_nan());
    }
}
