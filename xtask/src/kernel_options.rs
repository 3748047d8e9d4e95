//! `cargo xtask kernel-options`: which options a kernel needs for `aseq`. Each line of
//! `packaging/alsa-seq.config` that must be there is proved by a kernel that lacks it alone.

mod fragment;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use crate::kernel::{self, Tree};
use crate::musl::{self, Builder, Contents, X86_64};
use crate::workspace;
use fragment::Fragment;

/// What the kernel has besides, to start one program.
const BASE: &str = include_str!("../kernel/uml-options.config");

/// What `cargo xtask kernel-options` takes.
#[derive(Args)]
pub(crate) struct Options {
    /// Options to leave out, such as CONFIG_SIGNALFD; each that must be there, if none is
    /// named
    #[arg(value_name = "OPTION")]
    without: Vec<String>,
}

/// Builds, boots, and prints a table.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let root = workspace::root()?;
    let fragment = Fragment::read(&root.join("packaging/alsa-seq.config"))?;
    let left_out = match options.without.as_slice() {
        [] => fragment.must.iter().map(|(name, _)| name.clone()).collect(),
        named => named.to_vec(),
    };
    // It stays, so that the next run compiles what has changed.
    let tree = kernel::tree(&root.join("target/kernel-options"))?;
    let builder = Builder::obtain(&X86_64)?;
    let programs = Programs {
        aseq: builder.aseq()?,
        init: builder.init()?,
    };

    let with = |lines: &[(String, String)]| {
        let lines = lines
            .iter()
            .map(|(name, value)| format!("{name}={value}\n"));
        format!("{BASE}\n{}", lines.collect::<String>())
    };
    let passes = |title: &str, options: &str| {
        tree.configure(options)?;
        match programs.boot(&tree.compile(&format!("a kernel with {title}"))?) {
            Outcome::Passed => Ok((format!("with {title}"), "passed".to_owned())),
            Outcome::Failed(text) => bail!("a kernel with {title} fails:\n{text}"),
        }
    };
    let all = with(&[&*fragment.must, &*fragment.should].concat());
    let mut rows = vec![passes("all lines", &all)?];
    let mut failed = false;
    for name in left_out {
        let (row, good) = without(&tree, &programs, &all, &name)?;
        rows.push((format!("without {name}"), row));
        failed |= !good;
    }
    // Last, because most of the kernel is compiled again.
    if options.without.is_empty() {
        rows.push(passes(
            "the lines that must be there alone",
            &with(&fragment.must),
        )?);
    }
    for (title, seen) in rows {
        println!("{title}: {seen}");
    }
    Ok(match failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// What is seen on a kernel that lacks an option, and whether it is what should be: it
/// fails, and `aseq` names an option that is missing.
fn without(tree: &Tree, programs: &Programs, all: &str, name: &str) -> Result<(String, bool)> {
    let options = all
        .lines()
        .filter(|line| !line.starts_with(&format!("{name}=")))
        .map(|line| format!("{line}\n"))
        .chain([format!("# {name} is not set\n")])
        .collect::<String>();
    // What depends on it goes with it, so not all of the others take.
    let config = tree.configure_loosely(&options)?;
    let there: BTreeSet<&str> = config
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    if there.contains(name) {
        return Ok((
            "another option brings it: the line is superfluous".into(),
            false,
        ));
    }
    match programs.boot(&tree.compile(&format!("a kernel without {name}"))?) {
        Outcome::Passed => Ok(("passed: it need not be there".into(), false)),
        Outcome::Failed(text) => {
            let reason = fragment::reason(&text);
            let named = fragment::named_by_aseq(&reason)
                .into_iter()
                .any(|option| !there.contains(option));
            Ok(match named {
                true => (reason, true),
                false => (format!("no missing option is named: {reason}"), false),
            })
        }
    }
}

/// The programs of the image.
struct Programs {
    aseq: std::path::PathBuf,
    init: std::path::PathBuf,
}

enum Outcome {
    Passed,
    /// What was printed.
    Failed(String),
}

impl Programs {
    fn boot(&self, kernel: &Path) -> Outcome {
        let contents = Contents {
            init: &self.init,
            modules: &[],
            programs: &[("aseq", &self.aseq)],
            arguments: &["commands"],
        };
        match musl::boot_image(kernel, &contents) {
            Ok(()) => Outcome::Passed,
            Err(error) => Outcome::Failed(format!("{error:#}")),
        }
    }
}
