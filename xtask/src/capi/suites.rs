//! Runs the unmodified test suites of other projects in a test kernel. On libasound and on ours,
//! the same tests must pass.

mod bindings;
mod c;
mod perl;
mod portmidi;
mod python;
mod rtmidi;
mod rust;
mod verdicts;
mod work;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::debian::{Tool, provide};
use crate::kernel::{self, Wanted};
use crate::{peers, steps};
use verdicts::Verdicts;
use work::{Run, Side, Work};

/// Programs for building the suites, and programs of alsa-utils that some suites run.
const TOOLS: [Tool; 6] = [
    Tool::program("c++", "g++"),
    Tool::program("make", "make"),
    Tool::program("pkg-config", "pkg-config"),
    Tool::program("python3", "python3"),
    // Other machines may have only the interpreter.
    Tool::program("xsubpp", "perl"),
    Tool::program("aconnect", "alsa-utils"),
];

/// Limit of repeated runs of one side. On a busy machine, a test that waits for a fixed time
/// sometimes fails, also on libasound.
const AGAIN: usize = 3;

/// Number of differences that are shown.
const SHOWN: usize = 20;

/// Runs two programs at the same time.
const DUET: &str = include_str!("suites/duet.sh");

struct Suite {
    name: &'static str,
    /// Least number of passing tests on each kernel. With fewer, some tests were not run.
    least: usize,
    /// Gets and builds the suite.
    prepare: fn(&Work) -> Result<Run>,
}

const SUITES: [Suite; 9] = [
    Suite {
        name: "midi_event of alsa-lib",
        least: 133,
        prepare: c::midi_event,
    },
    Suite {
        name: "python-alsa-midi",
        least: 146,
        prepare: python::alsa_midi,
    },
    Suite {
        name: "python-alsa-midi, not compiled",
        least: 146,
        prepare: python::alsa_midi_plain,
    },
    Suite {
        name: "python-rtmidi",
        least: 38,
        prepare: python::rtmidi,
    },
    Suite {
        name: "MIDI::ALSA",
        // Four of its 57 tests depend on exact times.
        least: 53,
        prepare: perl::midi_alsa,
    },
    Suite {
        name: "alsa (Rust)",
        least: 9,
        prepare: rust::alsa,
    },
    Suite {
        name: "midir",
        least: 1,
        prepare: rust::midir,
    },
    Suite {
        name: "RtMidi",
        least: 140,
        prepare: rtmidi::all,
    },
    Suite {
        name: "PortMidi",
        least: 287,
        prepare: portmidi::all,
    },
];

/// Runs all suites whose names contain `part`. `home` has the forms. Cargo builds in `target`.
pub(super) fn run(home: &Path, target: &Path, kernel: &Wanted, part: &str) -> Result<ExitCode> {
    let suites: Vec<_> = SUITES.iter().filter(|s| s.name.contains(part)).collect();
    if suites.is_empty() {
        let names = SUITES.map(|suite| suite.name).join("\n  ");
        bail!("no suite has {part:?} in its name; the suites are\n  {names}");
    }
    provide(
        "running the suites of other projects",
        &[&TOOLS[..], &peers::LIBASOUND].concat(),
    )?;
    let kernel = kernel::obtain(kernel, None, false)?;
    let version = kernel::version_of(&kernel)?;
    let directory = home.join("link/suites");
    fs::create_dir_all(&directory).with_context(|| format!("create {}", directory.display()))?;
    let work = Work {
        home: home.to_owned(),
        target: target.join("suites"),
        directory,
        kernel,
    };
    let mut differences = 0;
    for suite in &suites {
        let begun = Instant::now();
        let run =
            (suite.prepare)(&work).with_context(|| format!("get the suite {}", suite.name))?;
        let same = compare(suite, &run, &work)?;
        differences += usize::from(!same);
        let seconds = begun.elapsed().as_secs();
        println!("  on {version}, in {seconds} s");
    }
    if differences > 0 {
        println!("{differences} of {} suites differ", suites.len());
        return Ok(ExitCode::FAILURE);
    }
    println!(
        "{} suites are the same on libasound and on ours, on {version}",
        suites.len()
    );
    Ok(ExitCode::SUCCESS)
}

/// Runs a suite on both, and prints the results. Returns whether they are the same.
fn compare(suite: &Suite, run: &Run, work: &Work) -> Result<bool> {
    let mut theirs = Tries::first(suite, run, work, Side::Libasound)?;
    let mut ours = Tries::first(suite, run, work, Side::Ours)?;
    for _ in 0..AGAIN {
        let missing = ours.lacks(&theirs);
        if !missing.is_empty() {
            ours.again(suite, run, work, &missing)?;
        }
        let missing = theirs.lacks(&ours);
        if !missing.is_empty() {
            theirs.again(suite, run, work, &missing)?;
        }
        if ours.lacks(&theirs).is_empty() && theirs.lacks(&ours).is_empty() {
            break;
        }
    }
    let what = match run.is_output {
        true => "lines of output",
        false => "passed tests",
    };
    println!(
        "{}: {what}, {} on libasound and {} on ours",
        suite.name,
        theirs.verdicts.passed.len(),
        ours.verdicts.passed.len()
    );
    println!("  bound to ours: {} names of the sequencer", ours.bound);
    for tries in [&theirs, &ours] {
        let side = tries.side;
        if run.is_output && tries.runs > 1 {
            println!(
                "  {side}: {} runs, whose output was not the same",
                tries.runs
            );
            continue;
        }
        for (name, count) in &tries.late {
            println!("  {side}: passed in run {count}, not before: {name}");
        }
    }
    let mut same = true;
    for (tries, other) in [(&ours, &theirs), (&theirs, &ours)] {
        let missing = tries.lacks(other);
        same &= missing.is_empty();
        for name in missing.iter().take(SHOWN) {
            println!("  only on {}: {name}", other.side);
        }
        if missing.len() > SHOWN {
            println!("  and {} more", missing.len() - SHOWN);
        }
    }
    for (name, why) in &theirs.verdicts.others {
        if same && !theirs.verdicts.passed.contains(name) {
            println!("  passes on neither: {name} ({why})");
        }
    }
    if theirs.verdicts.passed.len() < suite.least {
        bail!(
            "{}: only {} tests pass on libasound; there were {}",
            suite.name,
            theirs.verdicts.passed.len(),
            suite.least
        );
    }
    Ok(same)
}

/// All runs of one side.
struct Tries {
    side: Side,
    verdicts: Verdicts,
    /// The number of bound names of the sequencer.
    bound: usize,
    runs: usize,
    /// Tests that did not pass at first, and the number of the first run in which they passed.
    late: Vec<(String, usize)>,
}

impl Tries {
    fn first(suite: &Suite, run: &Run, work: &Work, side: Side) -> Result<Self> {
        let mut tries = Self {
            side,
            verdicts: Verdicts::default(),
            bound: 0,
            runs: 0,
            late: Vec::new(),
        };
        tries.verdicts = tries.run(suite, run, work)?;
        Ok(tries)
    }

    /// Returns the tests that pass only on the other side.
    fn lacks(&self, other: &Self) -> BTreeSet<String> {
        let missing = other.verdicts.passed.difference(&self.verdicts.passed);
        missing.cloned().collect()
    }

    fn run(&mut self, suite: &Suite, run: &Run, work: &Work) -> Result<Verdicts> {
        self.runs += 1;
        let title = format!("{} on {}, run {}", suite.name, self.side, self.runs);
        match work.run(run, self.side, &title) {
            Ok((verdicts, bound)) => {
                self.bound = self.bound.max(bound);
                Ok(verdicts)
            }
            Err(e) if e.is::<steps::Interrupted>() || e.is::<bindings::Wrong>() => Err(e),
            // It sometimes hangs, also on libasound.
            Err(e) => {
                println!("{title} failed: {e:#}");
                Ok(Verdicts::default())
            }
        }
    }

    fn again(
        &mut self,
        suite: &Suite,
        run: &Run,
        work: &Work,
        missing: &BTreeSet<String>,
    ) -> Result<()> {
        for name in missing.iter().take(SHOWN) {
            steps::note(&format!("not on {}: {name}", self.side));
        }
        let more = self.run(suite, run, work)?;
        for name in missing.intersection(&more.passed) {
            self.late.push((name.clone(), self.runs));
        }
        if run.is_output {
            self.verdicts = more;
        } else {
            self.verdicts.passed.extend(more.passed);
        }
        Ok(())
    }
}
