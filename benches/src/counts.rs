//! Exact counts: system calls and their bytes, and in user space, instructions, the bytes that they
//! move, and allocations. A program does a workload a number of times, and then a larger number.
//! The difference does not include the start and the end.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::Options;
use crate::peer::{Call, Peer, Peers};
use crate::report::{FACE, Row};

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

/// The case that is sufficient to check that counting works.
const QUICK: &str = "batch16";

const FEW: u64 = 10;
const MANY: u64 = 30;
/// Counting allocations needs little time.
const OFTEN: u64 = 310;

/// The tools that count, and their counts.
struct Tool {
    metrics: &'static [&'static str],
    count: fn(&Call) -> Result<Vec<f64>>,
}

impl Tool {
    fn rows(&self, name: &str, peer: &str, ours: &[f64], theirs: &[f64]) -> Vec<Row> {
        let values = ours.iter().zip(theirs);
        let metrics = self.metrics.iter().zip(values);
        metrics
            .map(|(metric, (ours, theirs))| {
                Row::new(name, peer, metric, "per op").values(*ours, *theirs)
            })
            .collect()
    }
}

/// System calls, and the bytes that go through `read` and `write`.
const STRACE: Tool = Tool {
    metrics: &["syscalls", "kernel bytes"],
    count: strace,
};
const CALLGRIND: Tool = Tool {
    metrics: &["instructions"],
    count: callgrind,
};
/// The bytes of all loads and all stores.
const LACKEY: Tool = Tool {
    metrics: &["bytes loaded", "bytes stored"],
    count: lackey,
};

/// The counts in user space.
struct Case {
    name: &'static str,
    ours: &'static str,
    theirs: &'static str,
    /// Whether the cost of [`SEND`] was subtracted.
    receive: bool,
}

const SEND: &str = "send256";
const SEND_CASE: &str = "send";
const CASES: &[Case] = &[
    case(SEND_CASE, SEND, SEND, false),
    case("receive", "batch256", "batch256", true),
    case("receive-views", "batch256-views", "batch256", true),
    case("exchange", "batch256", "batch256", false),
    case("exchange-views", "batch256-views", "batch256", false),
    case("sysex16384", "sysex16384", "sysex16384", false),
    case("bytes-in", "bytes-in", "bytes-in", false),
    case("bytes-out", "bytes-out", "bytes-out", false),
];

const fn case(name: &'static str, ours: &'static str, theirs: &'static str, receive: bool) -> Case {
    Case {
        name,
        ours,
        theirs,
        receive,
    }
}

pub fn measure(options: &Options, peers: &Peers) -> Result<(Vec<Row>, usize)> {
    let (mut rows, mut failures) = (Vec::new(), 0);
    let mut note = |result: Result<Vec<Row>>| match result {
        Ok(more) => rows.extend(more),
        Err(error) => {
            eprintln!("  {error:#}");
            failures += 1;
        }
    };
    if is_installed("strace") {
        for &workload in SYSTEM_CALLS {
            if options.wants(workload) && (!options.quick || workload == QUICK) {
                eprintln!("  system calls of {workload} ...");
                note(system_calls(peers, workload));
            }
        }
    } else {
        println!("missing: strace");
    }
    if !is_installed("valgrind") {
        println!("missing: valgrind");
        return Ok((rows, failures));
    }
    for tool in [CALLGRIND, LACKEY] {
        if tool.metrics.iter().any(|metric| options.wants(metric)) {
            eprintln!("  {} ...", tool.metrics.join(", "));
            note(user_space(&tool, options, peers));
        }
    }
    Ok((rows, failures))
}

fn is_installed(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Returns the allocations of one of our operations, by one thread and after the start. `None` if
/// other threads do the work.
pub fn allocations(peers: &Peers, workload: &str) -> Result<Option<Row>> {
    let run = |rounds| peers.allocations.run(workload, rounds);
    let (Some(few), Some(many)) = (run(FEW)?, run(OFTEN)?) else {
        return Ok(None);
    };
    let count = (many.amount - few.amount) / (many.ops - few.ops);
    let row = Row::new(workload, "-", "allocations", "per op");
    Ok(Some(row.values(count, 0.0)))
}

/// Returns the increase of each metric for each further operation.
fn slope(tool: &Tool, peer: &Peer, workload: &str) -> Result<Option<Vec<f64>>> {
    let run = |rounds| peer.run(workload, rounds);
    let (Some(few), Some(many)) = (run(FEW)?, run(MANY)?) else {
        return Ok(None);
    };
    let ops = many.ops - few.ops;
    let few = (tool.count)(&peer.call(workload, FEW))?;
    let many = (tool.count)(&peer.call(workload, MANY))?;
    let both = many.iter().zip(&few);
    Ok(Some(both.map(|(many, few)| (many - few) / ops).collect()))
}

fn system_calls(peers: &Peers, workload: &str) -> Result<Vec<Row>> {
    let ours = slope(&STRACE, &peers.ours, workload)?.context("we have no such workload")?;
    let mut rows = Vec::new();
    for peer in peers.others() {
        let Some(theirs) = slope(&STRACE, peer, workload)? else {
            continue;
        };
        rows.extend(STRACE.rows(workload, peer.name, &ours, &theirs));
        if let Some(face) = peers.face(peer) {
            if let Some(ours) = slope(&STRACE, face, workload)? {
                rows.extend(of_face(STRACE.rows(workload, peer.name, &ours, &theirs)));
            }
        }
    }
    Ok(rows)
}

fn of_face(rows: Vec<Row>) -> impl Iterator<Item = Row> {
    rows.into_iter().map(|row| row.of(FACE))
}

fn user_space(tool: &Tool, options: &Options, peers: &Peers) -> Result<Vec<Row>> {
    let names: &[&str] = match options.quick {
        true => &["libasound"],
        false => &["bare", "libasound", "alsa crate"],
    };
    let mut known: BTreeMap<_, Option<Vec<f64>>> = BTreeMap::new();
    let mut of = |peer: &Peer, workload: &'static str, receive: bool| -> Result<_> {
        let mut count = |workload| -> Result<_> {
            let found = match known.entry((peer.name, peer.is_face(), workload)) {
                Entry::Occupied(found) => found.into_mut(),
                Entry::Vacant(place) => place.insert(slope(tool, peer, workload)?),
            };
            Ok(found.clone())
        };
        if !receive {
            return count(workload);
        }
        let (all, send) = (count(workload)?, count(SEND)?);
        Ok(all.zip(send).map(|(all, send)| {
            let both = all.iter().zip(send);
            both.map(|(all, send)| all - send).collect()
        }))
    };
    let mut rows = Vec::new();
    for case in CASES {
        let ours = of(&peers.ours, case.ours, case.receive)?;
        let ours = ours.context("we have no such workload")?;
        for peer in names.iter().filter_map(|name| peers.get(name)) {
            let Some(theirs) = of(peer, case.theirs, case.receive)? else {
                continue;
            };
            rows.extend(tool.rows(case.name, peer.name, &ours, &theirs));
            // One case of one tool is sufficient to check that it works.
            let enough =
                options.quick && (case.name != SEND_CASE || tool.metrics != CALLGRIND.metrics);
            // If ours has two ways, their counts are equal.
            let once = case.ours == case.theirs;
            if let Some(face) = peers.face(peer).filter(|_| once && !enough) {
                if let Some(ours) = of(face, case.theirs, case.receive)? {
                    rows.extend(of_face(tool.rows(case.name, peer.name, &ours, &theirs)));
                }
            }
        }
    }
    Ok(rows)
}

/// The output of strace for a program.
fn strace(call: &Call) -> Result<Vec<f64>> {
    let argv = &call.argv;
    let file = tempfile::NamedTempFile::new()?;
    let output = call
        .command("strace")
        .args(["-f", "-s", "0", "-o"])
        .arg(file.path())
        .args(argv)
        .stdin(Stdio::null())
        .output()
        .context("run strace")?;
    if !output.status.success() {
        bail!("strace {}: {}", argv.join(" "), output.status);
    }
    let (calls, bytes) = traced(&std::fs::read_to_string(file.path())?);
    if calls == 0 {
        bail!("strace {}: no system call", argv.join(" "));
    }
    Ok(vec![calls as f64, bytes as f64])
}

/// Counts the system calls in strace's output, and the bytes of reads and writes, without the
/// result that the program writes.
fn traced(text: &str) -> (u64, u64) {
    const MOVE: &[&str] = &["read", "write", "readv", "writev", "pread64", "pwrite64"];
    let (mut calls, mut bytes) = (0, 0);
    for line in text.lines() {
        let (_, line) = line.split_once(' ').unwrap_or_default();
        let line = line.trim_start();
        // If another thread did something during a call, the call has two lines.
        let name = match line.strip_prefix("<... ") {
            Some(rest) => rest.split(' ').next(),
            None => line.split_once('(').map(|(name, _)| name),
        };
        let Some(name) = name.filter(|_| !line.starts_with(['+', '-'])) else {
            continue;
        };
        calls += u64::from(!line.starts_with('<'));
        if line.starts_with("write(1,") {
            continue;
        }
        let result = line.rsplit_once(" = ").map_or("", |(_, result)| result);
        if MOVE.contains(&name) {
            // A failed call has a negative result.
            bytes += result.parse().unwrap_or(0);
        }
    }
    (calls, bytes)
}

fn valgrind(options: &[&str], call: &Call) -> Result<String> {
    let argv = &call.argv;
    let output = call
        .by("valgrind", options)
        .stdin(Stdio::null())
        .output()
        .context("run valgrind")?;
    if !output.status.success() {
        bail!("valgrind {}: {}", argv.join(" "), output.status);
    }
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

fn callgrind(call: &Call) -> Result<Vec<f64>> {
    let options = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];
    let text = valgrind(&options, call)?;
    // ==1== Collected : 123456
    let collected = text
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let (_, count) = collected.context("valgrind does not say how many")?;
    Ok(vec![count.trim().parse()?])
}

fn lackey(call: &Call) -> Result<Vec<f64>> {
    let text = valgrind(&["--tool=lackey", "--detailed-counts=yes"], call)?;
    moved(&text).context("the output of valgrind has no counts of loads and stores")
}

/// Sums up the loaded and stored bytes from a table of the numbers of loads and stores of each
/// type: `==1==    I64        15,516        9,977      131,799`.
fn moved(text: &str) -> Option<Vec<f64>> {
    let (mut loaded, mut stored) = (0.0, 0.0);
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let &[_, kind, loads, stores, _] = words.as_slice() else {
            continue;
        };
        let Some(bits) = kind.strip_prefix(['I', 'F', 'V', 'D']) else {
            continue;
        };
        let Ok(bits) = bits.parse::<f64>() else {
            continue;
        };
        let number = |word: &str| word.replace(',', "").parse::<f64>().ok();
        loaded += number(loads)? * bits / 8.0;
        stored += number(stores)? * bits / 8.0;
    }
    (stored > 0.0).then(|| vec![loaded, stored])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strace_writes() {
        let text = "\
7  execve(\"./ours\", [\"./ours\", \"batch256\", \"1\"], 0x7ffd /* 9 vars */) = 0
7  read(3, \"\"..., 65536) = 560
7  read(3, 0x7ffd, 65536) = -1 EAGAIN (Resource temporarily unavailable)
7  write(4, \"\"..., 28 <unfinished ...>
8  --- SIGUSR1 {si_signo=SIGUSR1} ---
8  ioctl(3, SNDRV_SEQ_IOCTL_CLIENT_ID, 0x7ffd) = 0
7  <... write resumed>) = 28
7  write(1, \"\"..., 9) = 9
7  exit_group(0) = ?
7  +++ exited with 0 +++
";
        assert_eq!(traced(text), (7, 588));
    }

    #[test]
    fn what_lackey_writes() {
        let text = "\
==9== Counted 0 calls to main()
==9==    Type        Loads       Stores       AluOps
==9==    -------------------------------------------
==9==    I1              0            0       56,056
==9==    I8          8,750            3       28,621
==9==    I64             2        1,000      131,799
==9==    V256            1            0            3
";
        assert_eq!(moved(text), Some(vec![8798.0, 8003.0]));
        assert_eq!(moved("valgrind: no such tool"), None);
    }
}
