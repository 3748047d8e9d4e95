//! Builds the programs of alsa-utils as single files: their newest source, unchanged, with musl and
//! our archive. Tries them in an image that contains nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::Builder;
use crate::kernel::{self, Wanted};
use crate::steps::{self, Gauge};
use crate::{debian, musl, peers};

/// The Debian suite with the newest version. [`peers::newest`] has its headers.
const SUITE: &str = "sid";

/// The programs. Each is one C file in this directory of the source.
const PROGRAMS: [(&str, &str); 8] = [
    ("aconnect", "aconnect"),
    ("aseqdump", "aseqdump"),
    ("aplaymidi", "aplaymidi"),
    ("arecordmidi", "aplaymidi"),
    ("aseqnet", "aseqnet"),
    ("aseqsend", "aseqsend"),
    ("aplaymidi2", "aplaymidi2"),
    ("arecordmidi2", "aplaymidi2"),
];

/// The programs of the image.
const TRIED: [&str; 3] = ["aconnect", "aseqdump", "aplaymidi"];

/// Limit of a program's size in bytes. Most of it is the C library and ours.
const LIMIT: u64 = 120_000;

/// Builds the static programs, boots some of them, and prints their sizes.
pub(super) fn check(kernel: &Wanted, builder: &Builder) -> Result<()> {
    let source = debian::source(SUITE, "alsa-utils")?;
    let headers = peers::newest()?.root.join("usr/include");
    let gcc = musl::gcc::obtain()?;
    let archive = builder.home.join("musl/libasound.a");
    let home = builder.home.join("alsa-utils");
    fs::create_dir_all(&home).with_context(|| format!("create {}", home.display()))?;
    // In this file, `configure` lists the available libraries. These programs need none of them,
    // and no translations.
    let config = builder.work.join("aconfig.h");
    fs::write(&config, "").with_context(|| format!("write {}", config.display()))?;
    let mut programs: Vec<(&str, PathBuf, u64)> = Vec::new();
    for (name, directory) in PROGRAMS {
        let file = source.join(format!("seq/{directory}/{name}.c"));
        let program = home.join(name);
        let mut cc = musl::gcc::program(&gcc, &file, &archive, &program);
        for include in [&builder.work, &source.join("include"), &headers] {
            cc.arg("-I").arg(include);
        }
        steps::run(&format!("building {name} for musl"), &Gauge::Time, &mut cc)?;
        let size = musl::check(&program, &musl::X86_64, LIMIT)?;
        programs.push((name, program, size));
    }
    let kernel = kernel::obtain(kernel, None, false)?;
    let musl = musl::Builder::obtain(&musl::X86_64)?;
    let init = musl.init()?;
    let tried: Vec<(&str, &Path)> = programs
        .iter()
        .filter(|(name, ..)| TRIED.contains(name))
        .map(|(name, program, _)| (*name, program.as_path()))
        .collect();
    if tried.len() != TRIED.len() {
        bail!("some programs were not built");
    }
    musl::boot(&kernel, &init, &tried)?;
    let aseq = musl.aseq()?;
    programs.push(("aseq", aseq.clone(), fs::metadata(&aseq)?.len()));
    for (_, program, size) in &programs {
        println!("{size:>7} bytes  {}", program.display());
    }
    Ok(())
}
