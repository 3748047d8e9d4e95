//! `cargo xtask bench`: alsa-seq beside its peers. This builds everything;
//! `benches/` measures.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use clap::Args;

use crate::debian::{Tool, provide};
use crate::kernel::{self, Wanted};
use crate::peers::{self, LIBASOUND, warn_only};
use crate::steps::{self, Gauge};
use crate::{capi, musl, runner, workspace};

#[derive(Args)]
pub(crate) struct Options {
    /// 6.1, 6.12, newest, or the path of a kernel
    #[arg(
        long,
        value_name = "KERNEL",
        default_value = "newest",
        conflicts_with = "host"
    )]
    kernel: Wanted,
    /// Use this machine's own sequencer
    #[arg(long)]
    host: bool,
    /// Run every workload once, only to test the programs; the numbers mean little
    #[arg(long)]
    quick: bool,
    /// Measure only how the cost grows with events, subscribers, clients and ports, beside bare
    /// system calls
    #[arg(long)]
    growth: bool,
    /// The number of times that each program measures each workload
    #[arg(long, value_name = "N")]
    samples: Option<u32>,
    /// Only workloads whose name contains this text
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// Only compare with programs whose name contains this text
    #[arg(long, value_name = "TEXT")]
    beside: Vec<String>,
    /// Write the results as JSON to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the chart to this file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// The compilers for the peers, and the program that counts instructions.
const TOOLS: [Tool; 5] = [
    Tool::program("c++", "g++"),
    Tool {
        name: "RtMidi's headers",
        package: "librtmidi-dev",
        file: Some("/usr/include/rtmidi/RtMidi.h"),
    },
    Tool::program("aconnect", "alsa-utils"),
    Tool::program("strace", "strace"),
    Tool::program("valgrind", "valgrind"),
];

/// A program in C or C++, and its libraries.
const PROGRAMS: [(&str, &str, &[&str]); 4] = [
    ("cc", "bare.c", &["-lpthread"]),
    ("cc", "harness.c", &[]),
    ("cc", "libasound.c", &["-lasound", "-lpthread"]),
    ("c++", "rtmidi.cpp", &["-lrtmidi"]),
];

pub(crate) fn run(options: Options) -> Result<ExitCode> {
    let place = match (options.host, &options.kernel) {
        (true, _) => {
            kernel::host_sequencer()
                .context("open /dev/snd/seq to read and write")
                .context("measure on this machine (without --host, a test kernel is used)")?;
            Wanted::Host
        }
        (false, wanted) => Wanted::File(kernel::obtain(wanted, None, false)?),
    };
    // The measuring program names the missing ones.
    warn_only(provide("measuring", &[&TOOLS[..], &LIBASOUND].concat()))?;
    warn_only(peers::python())?;

    let root = workspace::root()?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let target = std::path::absolute(target)?.join("bench");
    let sources = root.join("benches/peers");
    let programs = target.join("programs");
    std::fs::create_dir_all(&programs).with_context(|| format!("create {}", programs.display()))?;

    let cargo = |manifest: &Path, package: &str| -> Result<()> {
        steps::run(
            &format!("building {package}"),
            &Gauge::Time,
            workspace::cargo()?
                .args([
                    "build",
                    "--release",
                    "--package",
                    package,
                    "--manifest-path",
                ])
                .arg(manifest)
                .arg("--target-dir")
                .arg(&target),
        )?;
        Ok(())
    };
    let release = target.join("release");
    let (aseq, dynamic) = match musl::Builder::obtain(&musl::X86_64) {
        Ok(builder) => (builder.aseq()?, None),
        Err(error) if error.is::<steps::Interrupted>() => return Err(error),
        Err(error) => {
            cargo(&root.join("Cargo.toml"), "aseq")?;
            (release.join("aseq"), Some(format!("{error:#}")))
        }
    };
    let face = match capi::library() {
        Ok(library) => Ok(library),
        Err(error) if error.is::<steps::Interrupted>() => return Err(error),
        Err(error) => Err(format!("{error:#}")),
    };
    let benches = root.join("benches/Cargo.toml");
    cargo(&benches, "alsa-seq-bench")?;
    warn_only(cargo(&benches, "alsa-seq-bench-peers"))?;
    for (compiler, source, libraries) in PROGRAMS {
        warn_only(compile(
            compiler,
            &sources.join(source),
            libraries,
            &programs,
        ))?;
    }

    let mut argv = vec![
        release.join("alsa-seq-bench").into_os_string(),
        "--programs".into(),
        programs.into(),
        "--scripts".into(),
        sources.into(),
        "--aseq".into(),
        aseq.into(),
    ];
    if let Some(reason) = dynamic {
        argv.extend(["--dynamic".into(), reason.into()]);
    }
    argv.extend(match face {
        Ok(library) => ["--face".into(), library.into()],
        Err(reason) => ["--faceless".into(), reason.into()],
    });
    if let Some(python) = peers::python_program()? {
        argv.extend(["--python".into(), python.into()]);
    }
    if options.quick {
        argv.push("--quick".into());
    }
    if options.growth {
        argv.push("--growth".into());
    }
    if let Some(samples) = options.samples {
        argv.extend(["--samples".into(), samples.to_string().into()]);
    }
    for only in options.only {
        argv.extend(["--only".into(), only.into()]);
    }
    for beside in options.beside {
        argv.extend(["--beside".into(), beside.into()]);
    }
    for (option, file) in [("--json", options.json), ("--svg", options.svg)] {
        if let Some(file) = file {
            argv.extend([option.into(), std::path::absolute(file)?.into()]);
        }
    }
    runner::run_measured(place, argv)
}

/// Builds a program. Removes an old one first, so an old program is never measured.
fn compile(compiler: &str, source: &Path, libraries: &[&str], to: &Path) -> Result<()> {
    let name = source.file_stem().context("the source has no file name")?;
    let program = to.join(name);
    let _ = std::fs::remove_file(&program);
    steps::run(
        &format!("building {}", name.to_string_lossy()),
        &Gauge::Time,
        Command::new(compiler)
            .args(["-O2", "-Wall", "-Wextra", "-o"])
            .arg(&program)
            .arg(source)
            .args(libraries),
    )?;
    Ok(())
}
