//! `cargo xtask kernel-options`: proves which kernel options `aseq` needs. For each required line
//! of `packaging/alsa-seq.config`, a kernel is built that lacks only this line.

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

/// Further options, which are needed to start a program.
const BASE: &str = include_str!("../kernel/uml-options.config");

/// Arguments of `cargo xtask kernel-options`.
#[derive(Args)]
pub(crate) struct Options {
    /// Options to leave out, such as CONFIG_SIGNALFD; default: each required option
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
    // The source stays, so the next run compiles only changed files.
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
        rows.push(passes("only the required options", &with(&fragment.must))?);
    }
    for (title, seen) in rows {
        println!("{title}: {seen}");
    }
    Ok(match failed {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    })
}

/// Returns the result on a kernel without an option, and whether it is the expected one: the test
/// fails, and `aseq` names a missing option.
fn without(tree: &Tree, programs: &Programs, all: &str, name: &str) -> Result<(String, bool)> {
    let options = all
        .lines()
        .filter(|line| !line.starts_with(&format!("{name}=")))
        .map(|line| format!("{line}\n"))
        .chain([format!("# {name} is not set\n")])
        .collect::<String>();
    // Options that depend on it are also removed, so not all other options are accepted.
    let config = tree.configure_loosely(&options)?;
    let there: BTreeSet<&str> = config
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    if there.contains(name) {
        return Ok((
            "another option selects it: the line is superfluous".into(),
            false,
        ));
    }
    match programs.boot(&tree.compile(&format!("a kernel without {name}"))?) {
        Outcome::Passed => Ok(("passed: the option is not required".into(), false)),
        Outcome::Failed(text) => {
            let reason = fragment::reason(&text);
            let named = fragment::named_by_aseq(&reason)
                .into_iter()
                .any(|option| !there.contains(option));
            Ok(match named {
                true => (reason, true),
                false => (
                    format!("the message names no missing option: {reason}"),
                    false,
                ),
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
    /// Returns the output.
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
