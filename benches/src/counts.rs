//! What can be counted exactly: system calls, and instructions outside of the
//! kernel. A program does a workload so and so often, and then more often; the
//! difference has no start and no end in it.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::Options;
use crate::peer::{Peer, Peers, Sample};
use crate::report::Row;

const SYSTEM_CALLS: &[&str] = &[
    "open",
    "roundtrip",
    "batch16",
    "batch256",
    "batch1000",
    "fanout8",
    "queue256",
    "sysex16384",
];

/// The one that is enough to see that counting works.
const QUICK: &str = "batch16";

/// Sending alone, then sending and receiving.
const SEND: &str = "send256";
const INSTRUCTIONS: &[(&str, &str)] = &[("batch256", "batch256"), ("batch256-views", "batch256")];
const FEW: u64 = 10;
const MANY: u64 = 30;
/// Counting allocations costs little.
const OFTEN: u64 = 310;

pub fn measure(options: &Options, peers: &Peers) -> Result<(Vec<Row>, usize)> {
    let (mut rows, mut failures) = (Vec::new(), 0);
    let mut note = |result: Result<Vec<Row>>| match result {
        Ok(more) => rows.extend(more),
        Err(error) => {
            eprintln!("  {error:#}");
            failures += 1;
        }
    };
    if found("strace") {
        for &workload in SYSTEM_CALLS {
            if options.wants(workload) && (!options.quick || workload == QUICK) {
                eprintln!("  system calls of {workload} ...");
                note(system_calls(peers, workload));
            }
        }
    } else {
        println!("missing: strace");
    }
    if options.wants("instructions") {
        if found("valgrind") {
            eprintln!("  instructions ...");
            note(instructions(options, peers));
        } else {
            println!("missing: valgrind");
        }
    }
    Ok((rows, failures))
}

fn found(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The allocations of an operation of ours, by one thread and after the start.
/// `None` if other threads do it.
pub fn allocations(peers: &Peers, workload: &str) -> Result<Option<Row>> {
    let run = |rounds| peers.allocations.run(workload, rounds);
    let (Some(few), Some(many)) = (run(FEW)?, run(OFTEN)?) else {
        return Ok(None);
    };
    let count = (many.amount - few.amount) / (many.ops - few.ops);
    let row = Row::new(workload, "-", "allocations", "per op");
    Ok(Some(row.values(count, 0.0)))
}

/// How many more for each more operation.
fn slope(
    peer: &Peer,
    workload: &str,
    count: impl Fn(&[String]) -> Result<f64>,
) -> Result<Option<f64>> {
    let ops = |rounds| -> Result<Option<f64>> {
        let sample: Option<Sample> = peer.run(workload, rounds)?;
        Ok(sample.map(|sample| sample.ops))
    };
    let (Some(few_ops), Some(many_ops)) = (ops(FEW)?, ops(MANY)?) else {
        return Ok(None);
    };
    let few = count(&peer.argv(workload, FEW))?;
    let many = count(&peer.argv(workload, MANY))?;
    Ok(Some((many - few) / (many_ops - few_ops)))
}

fn system_calls(peers: &Peers, workload: &str) -> Result<Vec<Row>> {
    let ours = slope(&peers.ours, workload, strace)?.context("we have no such workload")?;
    let mut rows = Vec::new();
    for peer in peers.others() {
        if let Some(theirs) = slope(peer, workload, strace)? {
            let row = Row::new(workload, peer.name, "syscalls", "per op");
            rows.push(row.values(ours, theirs));
        }
    }
    Ok(rows)
}

/// The number of system calls of a program.
fn strace(argv: &[String]) -> Result<f64> {
    let file = tempfile::NamedTempFile::new()?;
    let output = Command::new("strace")
        .args(["-f", "-c", "-o"])
        .arg(file.path())
        .args(argv)
        .stdin(Stdio::null())
        .output()
        .context("run strace")?;
    if !output.status.success() {
        bail!("strace {}: {}", argv.join(" "), output.status);
    }
    let text = std::fs::read_to_string(file.path())?;
    // 100.00    0.000000           0        64        12 total
    let total = text
        .lines()
        .find(|line| line.trim_end().ends_with(" total"));
    let calls = total.and_then(|line| line.split_whitespace().nth(3));
    let calls = calls.context("strace gives no total")?;
    Ok(calls.parse()?)
}

fn instructions(options: &Options, peers: &Peers) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let ours_send = slope(&peers.ours, SEND, callgrind)?.context("we have no such workload")?;
    let names: &[&str] = match options.quick {
        true => &["libasound"],
        false => &["libasound", "alsa crate"],
    };
    for name in names {
        let Some(peer) = peers.get(name) else {
            continue;
        };
        let Some(theirs_send) = slope(peer, SEND, callgrind)? else {
            continue;
        };
        let row = Row::new("send", name, "instructions", "per event");
        rows.push(row.values(ours_send, theirs_send));
        for (workload, theirs) in INSTRUCTIONS {
            let ours = slope(&peers.ours, workload, callgrind)?;
            let theirs = slope(peer, theirs, callgrind)?;
            if let Some((ours, theirs)) = ours.zip(theirs) {
                let label = workload.replace("batch256", "receive");
                let row = Row::new(&label, name, "instructions", "per event");
                rows.push(row.values(ours - ours_send, theirs - theirs_send));
            }
        }
    }
    rows.sort_by(|a, b| a.workload.cmp(&b.workload).reverse());
    Ok(rows)
}

/// The instructions of a program.
fn callgrind(argv: &[String]) -> Result<f64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .args(argv)
        .stdin(Stdio::null())
        .output()
        .context("run valgrind")?;
    if !output.status.success() {
        bail!("valgrind {}: {}", argv.join(" "), output.status);
    }
    let text = String::from_utf8_lossy(&output.stderr);
    // ==1== Collected : 123456
    let collected = text
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let (_, count) = collected.context("valgrind does not say how many")?;
    Ok(count.trim().parse()?)
}
