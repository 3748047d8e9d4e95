//! Runs alsa-seq and its peers in turn, and compares them. `cargo xtask bench` builds everything
//! and starts this program with a sequencer. docs/performance.md describes the measurements.

mod chart;
mod counts;
mod peer;
mod processes;
mod report;
mod stats;
mod targets;
mod times;
mod workload;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;

use peer::Peers;
use report::Row;

/// Measure alsa-seq and its peers.
#[derive(Debug, Parser)]
struct Options {
    /// The programs in C and C++
    #[arg(long)]
    programs: PathBuf,
    /// A Python that has python-alsa-midi
    #[arg(long)]
    python: Option<PathBuf>,
    /// The directory with python_alsa_midi.py
    #[arg(long)]
    scripts: PathBuf,
    /// The command line tool
    #[arg(long)]
    aseq: PathBuf,
    /// The reason why that is not the static build, which is the released one
    #[arg(long, value_name = "REASON")]
    dynamic: Option<String>,
    /// The directory with the C interface. Programs run on it in place of libasound
    #[arg(long)]
    face: Option<PathBuf>,
    /// The reason why it is missing
    #[arg(long, value_name = "REASON", conflicts_with = "face")]
    faceless: Option<String>,
    /// Run everything once, only to check that it works
    #[arg(long)]
    quick: bool,
    /// Measure only how the cost grows with events, subscribers, clients and ports
    #[arg(long)]
    growth: bool,
    /// The number of measurements of each workload in each program
    #[arg(long, default_value_t = 15)]
    samples: usize,
    /// Only workloads whose name contains this text
    #[arg(long)]
    only: Vec<String>,
    /// Only compare with programs whose name contains this text
    #[arg(long)]
    beside: Vec<String>,
    /// Write the results as JSON to this file
    #[arg(long)]
    json: Option<PathBuf>,
    /// Write the chart to this file
    #[arg(long)]
    svg: Option<PathBuf>,
}

impl Options {
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| name.contains(only.as_str()))
    }

    fn is_beside(&self, name: &str) -> bool {
        self.beside.is_empty()
            || self
                .beside
                .iter()
                .any(|beside| name.contains(beside.as_str()))
    }

    fn samples(&self) -> usize {
        if self.quick { 1 } else { self.samples.max(2) }
    }
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failures) => {
            eprintln!("{failures} measurements failed");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The number of measurements that failed.
fn run(options: &Options) -> Result<usize> {
    let peers = Peers::find(options)?;
    println!("{}", report::machine());
    for missing in peers.missing() {
        println!("missing: {missing}");
    }
    if let Some(reason) = &options.dynamic {
        println!("missing: static build of aseq ({reason}); the dynamic one is measured");
    }
    if let Some(reason) = &options.faceless {
        println!("missing: the C face ({reason})");
    }
    let mut rows: Vec<Row> = Vec::new();
    let mut failures = 0;
    let parts = [times::measure, processes::measure, counts::measure];
    let parts = if options.growth { &parts[..1] } else { &parts };
    for part in parts {
        let (more, failed) = part(options, &peers)?;
        print!("{}", report::table(&more));
        rows.extend(more);
        failures += failed;
    }
    if !options.quick && !options.growth {
        print!("{}", targets::verdicts(&rows));
    }
    if let Some(path) = &options.json {
        let text = serde_json::to_string_pretty(&rows)?;
        std::fs::write(path, text + "\n").with_context(|| format!("write {}", path.display()))?;
    }
    if let Some(path) = &options.svg {
        std::fs::write(path, chart::draw(&rows))
            .with_context(|| format!("write {}", path.display()))?;
    }
    Ok(failures)
}
