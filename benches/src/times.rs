//! How long each workload takes each program, in turn.

use anyhow::Result;

use crate::Options;
use crate::counts;
use crate::peer::{Peer, Peers};
use crate::report::Row;
use crate::stats::median;
use crate::workload::{GROWTH, WORKLOADS, Workload, blocking};

/// One sample is to take about so long.
const SAMPLE_NS: f64 = 25e6;
/// So long at most may all samples of one program take; slow programs get fewer.
const BUDGET_NS: f64 = 6e9;

/// A program, what it is told to do, and how often.
struct Contender<'p> {
    name: &'static str,
    peer: &'p Peer,
    workload: &'static str,
    rounds: u64,
    samples: usize,
    values: Vec<f64>,
}

pub fn measure(options: &Options, peers: &Peers) -> Result<(Vec<Row>, usize)> {
    let (mut rows, mut failures) = (Vec::new(), 0);
    let workloads = if options.growth { GROWTH } else { WORKLOADS };
    for workload in workloads {
        if !options.wants(workload.name) {
            continue;
        }
        eprintln!("  {} ...", workload.name);
        match one(options, peers, workload) {
            Ok((more, failed)) => {
                rows.extend(more);
                failures += failed;
            }
            Err(error) => {
                eprintln!("  {error:#}");
                failures += 1;
            }
        }
    }
    Ok((rows, failures))
}

fn one(options: &Options, peers: &Peers, workload: &Workload) -> Result<(Vec<Row>, usize)> {
    let _world = match (workload.world, options.quick) {
        (None, _) => None,
        (Some((clients, ports)), false) => Some(peers.world(clients, ports)?),
        (Some(_), true) => Some(peers.world(4, 4)?),
    };
    let Some((rounds, samples)) = calibrate(options, &peers.ours, workload.ours)? else {
        anyhow::bail!("we cannot do {}", workload.ours);
    };
    let mut ours = contender("ours", &peers.ours, workload.ours, rounds, samples);
    let candidates: Vec<(&'static str, &Peer, &'static str)> = match blocking(workload) {
        Some(name) => vec![("ours, blocking", &peers.ours, name)],
        None => peers
            .others()
            .filter(|peer| !options.growth || peer.name == peers.bare.name)
            .map(|peer| (peer.name, peer, workload.theirs))
            .collect(),
    };
    let (mut others, mut failures) = (Vec::new(), 0);
    for (name, peer, theirs) in candidates {
        match calibrate(options, peer, theirs) {
            Ok(Some((rounds, samples))) => {
                others.push(contender(name, peer, theirs, rounds, samples));
            }
            Ok(None) => {}
            Err(error) => {
                eprintln!("  {error:#}");
                failures += 1;
            }
        }
    }
    // A B C A B C, so that what changes on the machine changes for all.
    for turn in 0..options.samples() {
        ours.sample()?;
        for other in &mut others {
            if turn < other.samples {
                other.sample()?;
            }
        }
    }
    let mut rows: Vec<Row> = others
        .iter()
        .map(|other| {
            let paired = ours.values.iter().zip(&other.values);
            let ratios: Vec<f64> = paired.map(|(ours, theirs)| ours / theirs).collect();
            Row::new(workload.name, other.name, "time", workload.unit)
                .values(median(&ours.values), median(&other.values))
                .ratios(&ratios)
        })
        .collect();
    if !options.growth {
        rows.extend(counts::allocations(peers, workload.ours)?);
    }
    Ok((rows, failures))
}

fn contender<'p>(
    name: &'static str,
    peer: &'p Peer,
    workload: &'static str,
    rounds: u64,
    samples: usize,
) -> Contender<'p> {
    Contender {
        name,
        peer,
        workload,
        rounds,
        samples,
        values: Vec::new(),
    }
}

impl Contender<'_> {
    fn sample(&mut self) -> Result<()> {
        if let Some(sample) = self.peer.run(self.workload, self.rounds)? {
            self.values.push(sample.per_op());
        }
        Ok(())
    }
}

/// How many rounds make a sample, and how many samples can be afforded.
fn calibrate(options: &Options, peer: &Peer, workload: &str) -> Result<Option<(u64, usize)>> {
    let mut rounds = 1;
    loop {
        let Some(sample) = peer.run(workload, rounds)? else {
            return Ok(None);
        };
        let factor = SAMPLE_NS / sample.amount.max(1.0);
        if options.quick || factor < 2.0 || rounds > 1_000_000 {
            let samples = (BUDGET_NS / sample.amount) as usize;
            return Ok(Some((rounds, samples.max(3))));
        }
        rounds = (rounds as f64 * factor.min(50.0)).ceil() as u64;
    }
}
