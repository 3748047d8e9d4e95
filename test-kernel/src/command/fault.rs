//! `test-kernel fault`.

use std::ffi::OsString;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use test_kernel::fault::{self, Faulty, Which};

#[derive(Args)]
pub(crate) struct Fault {
    /// Make the allocation or copy with this number fail, counted from 1
    #[arg(long, value_name = "NUMBER", required_unless_present = "sweep")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    nth: Option<u32>,
    /// Make each of these fail in a separate run, until the program makes fewer allocations and
    /// copies. Print a table
    #[arg(long, value_name = "FROM..TO", value_parser = range, conflicts_with = "nth")]
    sweep: Option<RangeInclusive<u32>>,
    /// Begin to count when the program opens this file
    #[arg(long, value_name = "PATH", default_value = "/dev/snd/seq")]
    at_open: PathBuf,
    /// Kill a run that takes longer than this
    #[arg(long, value_name = "SECONDS", default_value = "10")]
    limit: u64,
    /// The program and its arguments
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

fn range(text: &str) -> Result<RangeInclusive<u32>, String> {
    let parsed = text
        .split_once("..")
        .and_then(|(from, to)| Some(from.parse().ok()?..=to.parse().ok()?));
    match parsed {
        Some(range) if *range.start() > 0 && !range.is_empty() => Ok(range),
        _ => Err("not two numbers such as 1..100".into()),
    }
}

impl Fault {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let which = match (self.nth, self.sweep) {
            (_, Some(range)) => Which::Each(range),
            (nth, None) => Which::Nth(nth.unwrap_or(1)),
        };
        fault::run(&Faulty {
            which,
            at_open: self.at_open,
            limit: Duration::from_secs(self.limit),
            command: self.command,
        })
    }
}
