//! Measures the time of each workload in each program, in turn.

use anyhow::{Error, Result, bail};

use crate::Options;
use crate::counts;
use crate::peer::{Peer, Peers, World};
use crate::report::{FACE, Row};
use crate::stats::median;
use crate::workload::{GROWTH, WORKLOADS, Workload, blocking};

/// The intended duration of a sample.
const SAMPLE_NS: f64 = 25e6;
/// The largest duration of all samples of one program. Slow programs get fewer samples.
const BUDGET_NS: f64 = 6e9;

/// A program with its workload, and the number of rounds.
struct Contender<'p> {
    name: &'static str,
    peer: &'p Peer,
    workload: &'static str,
    rounds: u64,
    samples: usize,
    values: Vec<f64>,
}

/// A workload, and the programs that do it.
struct Race<'p> {
    workload: &'static Workload,
    ours: Contender<'p>,
    /// Each with the same program on the C interface.
    others: Vec<(Contender<'p>, Option<Contender<'p>>)>,
}

pub fn measure(options: &Options, peers: &Peers) -> Result<(Vec<Row>, usize)> {
    let (mut rows, mut failures) = (Vec::new(), 0);
    let mut failed = |error| {
        eprintln!("  {error:#}");
        failures += 1;
    };
    let all: Vec<&[Workload]> = match options.growth {
        true => GROWTH.to_vec(),
        false => WORKLOADS.chunks(1).collect(),
    };
    for together in all {
        let mut races = Vec::new();
        for workload in together {
            if options.wants(workload.name) {
                eprintln!("  {} ...", workload.name);
                match Race::prepare(options, peers, workload, &mut failed) {
                    Ok(race) => races.push(race),
                    Err(error) => failed(error),
                }
            }
        }
        // In the order A B C A B C, so that changes of the machine affect all of them.
        for turn in 0..options.samples() {
            races.retain_mut(|race| {
                let done = race.turn(options, peers, turn);
                done.map_err(&mut failed).is_ok()
            });
        }
        for race in races {
            match race.rows(options, peers) {
                Ok(more) => rows.extend(more),
                Err(error) => failed(error),
            }
        }
    }
    Ok((rows, failures))
}

/// The clients and ports that a workload needs.
fn world(options: &Options, peers: &Peers, workload: &Workload) -> Result<Option<World>> {
    let world = match workload.world {
        Some(_) if options.quick => Some((4, 4)),
        world => world,
    };
    world
        .map(|(clients, ports)| peers.world(clients, ports))
        .transpose()
}

impl<'p> Race<'p> {
    fn prepare(
        options: &Options,
        peers: &'p Peers,
        workload: &'static Workload,
        failed: &mut impl FnMut(Error),
    ) -> Result<Self> {
        let _world = world(options, peers, workload)?;
        let Some((rounds, samples)) = calibrate(options, &peers.ours, workload.ours)? else {
            bail!("we cannot do {}", workload.ours);
        };
        let ours = contender("ours", &peers.ours, workload.ours, rounds, samples);
        let candidates: Vec<(&'static str, &Peer, &'static str)> = match blocking(workload) {
            Some(name) => vec![("ours, blocking", &peers.ours, name)],
            None => peers
                .others()
                .filter(|peer| !options.growth || peer.name == peers.bare.name)
                .map(|peer| (peer.name, peer, workload.theirs))
                .collect(),
        };
        let mut others = Vec::new();
        for (name, peer, theirs) in candidates {
            let mut enter = |peer| match calibrate(options, peer, theirs) {
                Ok(found) => {
                    found.map(|(rounds, samples)| contender(name, peer, theirs, rounds, samples))
                }
                Err(error) => {
                    failed(error);
                    None
                }
            };
            if let Some(other) = enter(peer) {
                let face = peers.face(peer).filter(|_| {
                    // If ours has two ways, the workload is the same.
                    !options.growth && workload.ours == theirs
                });
                others.push((other, face.and_then(enter)));
            }
        }
        Ok(Self {
            workload,
            ours,
            others,
        })
    }

    /// Takes one sample of each program.
    fn turn(&mut self, options: &Options, peers: &Peers, turn: usize) -> Result<()> {
        let _world = world(options, peers, self.workload)?;
        self.ours.sample()?;
        for (other, face) in &mut self.others {
            for contender in std::iter::once(other).chain(face) {
                if turn < contender.samples {
                    contender.sample()?;
                }
            }
        }
        Ok(())
    }

    fn rows(self, options: &Options, peers: &Peers) -> Result<Vec<Row>> {
        let of = |ours: &Contender, other: &Contender| {
            let paired = ours.values.iter().zip(&other.values);
            let ratios: Vec<f64> = paired.map(|(ours, theirs)| ours / theirs).collect();
            Row::new(self.workload.name, other.name, "time", self.workload.unit)
                .values(median(&ours.values), median(&other.values))
                .ratios(&ratios)
        };
        let mut rows = Vec::new();
        for (other, face) in &self.others {
            rows.push(of(&self.ours, other));
            rows.extend(face.iter().map(|face| of(face, other).of(FACE)));
        }
        if !options.growth {
            let _world = world(options, peers, self.workload)?;
            rows.extend(counts::allocations(peers, self.workload.ours)?);
        }
        Ok(rows)
    }
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

/// Returns the number of rounds of a sample, and the number of samples within the time.
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
