//! The measuring itself, beside the sequencer.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};

use super::plan::{WORKLOADS, Workload};
use super::report::{self, Figure};

/// A program that answers to the protocol of `benches/peers/protocol`.
struct Peer {
    name: &'static str,
    command: Vec<String>,
    running: Option<(Child, ChildStdin, BufReader<ChildStdout>)>,
}

impl Peer {
    fn new(name: &'static str, command: Vec<String>) -> Self {
        Self {
            name,
            command,
            running: None,
        }
    }

    fn command(&self) -> Command {
        let mut words = self.command.iter();
        let mut command = Command::new(words.next().map_or("", String::as_str));
        command.args(words);
        command
    }

    /// Nanoseconds for each of the events; `None` if it cannot do that.
    fn measure(&mut self, workload: &Workload, count: usize) -> Result<Option<f64>> {
        if self.running.is_none() {
            let mut child = self
                .command()
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .with_context(|| format!("start {}", self.name))?;
            let input = child.stdin.take().context("its input")?;
            let output = BufReader::new(child.stdout.take().context("its output")?);
            self.running = Some((child, input, output));
        }
        let Some((_, input, output)) = &mut self.running else {
            return Ok(None);
        };
        let mut answer = String::new();
        let asked = writeln!(input, "{} {} {count}", workload.word, workload.size);
        if asked.is_err() || output.read_line(&mut answer)? == 0 {
            // It failed at that, and can be started again for the next.
            self.running = None;
            return Ok(None);
        }
        let nanos: Option<f64> = answer.trim().parse().ok();
        Ok(nanos.map(|nanos| nanos / count as f64))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Some((mut child, input, _)) = self.running.take() {
            drop(input);
            let _ = child.wait();
        }
    }
}

fn peers(dir: &Path, root: &Path) -> (Vec<Peer>, Vec<&'static str>) {
    let program = |name: &str| dir.join(name).display().to_string();
    let script = root.join("benches/peers/python/alsa_midi_peer.py");
    let home = std::env::var_os("HOME")
        .map(PathBuf::from)
        .unwrap_or_default();
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or(home.join(".cache"), PathBuf::from);
    let python = cache
        .join("alsa-seq/python/bin/python3")
        .display()
        .to_string();
    let all = [
        ("bare system calls", vec![program("bench-bare")]),
        ("libasound", vec![program("libasound")]),
        ("alsa crate", vec![program("bench-alsa")]),
        ("midir", vec![program("bench-midir")]),
        (
            "python-alsa-midi",
            vec![python, script.display().to_string()],
        ),
    ];
    let (mut there, mut missing) = (Vec::new(), Vec::new());
    for (name, command) in all {
        if command.iter().all(|file| Path::new(file).exists()) {
            there.push(Peer::new(name, command));
        } else {
            missing.push(name);
        }
    }
    (there, missing)
}

/// What [`super::run`] started beside the sequencer.
pub(crate) fn run(args: Vec<String>) -> Result<ExitCode> {
    let [dir, root, quick, rounds, only, json, svg] = args.as_slice() else {
        bail!("bench-inside is for `cargo xtask bench`");
    };
    let (dir, root) = (Path::new(dir), Path::new(root));
    let quick = !quick.is_empty();
    let rounds = if quick { 2 } else { rounds.parse()? };
    let mut ours = Peer::new(
        "alsa-seq",
        vec![dir.join("bench-ours").display().to_string()],
    );
    let (mut peers, missing) = peers(dir, root);
    for name in &missing {
        println!("missing: {name}");
    }
    println!("missing: rtmidi (there is no program for it in benches/peers)");

    let mut figures = Vec::new();
    for workload in WORKLOADS.iter().filter(|w| w.name.contains(only.as_str())) {
        let least = workload.size.max(1) * if workload.word == "fanout" { 0 } else { 1 };
        let count = if quick {
            (workload.count / 20).max(least).max(64)
        } else {
            workload.count
        };
        let _scene = (workload.word == "enumerate")
            .then(|| scene(&ours, quick))
            .transpose()?;
        // Those that can do it.
        let mut able = Vec::new();
        for peer in &mut peers {
            // Python's share of the time would be all of it.
            let slow = peer.name.starts_with("python") || peer.name == "midir";
            let theirs_count = if slow {
                (count / 20).max(least).max(1)
            } else {
                count
            };
            let (mut mine, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..rounds {
                let (Some(a), Some(b)) = (
                    ours.measure(workload, count)?,
                    peer.measure(workload, theirs_count)?,
                ) else {
                    break;
                };
                mine.push(a);
                theirs.push(b);
            }
            if let Some(figure) = Figure::of(workload.name, peer.name, "time", "ns", &mine, &theirs)
            {
                println!("{figure}");
                figures.push(figure);
                able.push(&*peer);
            }
        }
        if workload.counted {
            count_both(workload, quick, &ours, &able, &mut figures)?;
        }
    }
    if only.is_empty() || "process list".contains(only.as_str()) {
        processes(dir, rounds, &mut figures)?;
    }
    if !json.is_empty() {
        std::fs::write(json, report::json(&figures)).with_context(|| format!("write {json}"))?;
    }
    if !svg.is_empty() {
        std::fs::write(svg, report::svg(&figures)).with_context(|| format!("write {svg}"))?;
    }
    println!("\n{}", report::table(&figures));
    Ok(ExitCode::SUCCESS)
}

/// Many clients with many ports, for as long as it lives.
fn scene(ours: &Peer, quick: bool) -> Result<Peer> {
    let mut scene = Peer::new("scene", ours.command.clone());
    let workload = Workload {
        name: "",
        word: "scene",
        size: if quick { 6 } else { 57 },
        count: 1,
        counted: false,
    };
    scene
        .measure(&workload, 1)?
        .context("fill the sequencer with clients")?;
    Ok(scene)
}

/// Instructions and system calls of each event: those of twice as many, less
/// those of once.
fn count_both(
    workload: &Workload,
    quick: bool,
    ours: &Peer,
    peers: &[&Peer],
    figures: &mut Vec<Figure>,
) -> Result<()> {
    let once = match workload.word {
        "open" => 20,
        "roundtrip" => 400,
        _ if quick => workload.size * 4,
        _ => workload.size * 40,
    };
    for (metric, count) in [
        (
            "instructions",
            instructions as fn(&Peer, &Workload, usize) -> Option<f64>,
        ),
        ("system calls", system_calls),
    ] {
        let each = |peer: &Peer| {
            let (a, b) = (
                count(peer, workload, once)?,
                count(peer, workload, 2 * once)?,
            );
            Some((b - a) / once as f64)
        };
        let Some(mine) = each(ours) else {
            println!("missing: {metric} (valgrind and strace count them)");
            continue;
        };
        for peer in peers
            .iter()
            .filter(|p| !p.name.starts_with("python") && p.name != "midir")
        {
            let Some(theirs) = each(peer) else {
                continue;
            };
            if let Some(figure) =
                Figure::of(workload.name, peer.name, metric, "", &[mine], &[theirs])
            {
                println!("{figure}");
                figures.push(figure);
            }
        }
    }
    Ok(())
}

fn once(mut command: Command, peer: &Peer, workload: &Workload, count: usize) -> Option<String> {
    let output = command
        .args(&peer.command)
        .args([
            workload.word,
            &workload.size.to_string(),
            &count.to_string(),
        ])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

fn instructions(peer: &Peer, workload: &Workload, count: usize) -> Option<f64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    let said = once(valgrind, peer, workload, count)?;
    let (_, rest) = said.split_once("Collected : ")?;
    rest.split_whitespace().next()?.parse().ok()
}

fn system_calls(peer: &Peer, workload: &Workload, count: usize) -> Option<f64> {
    let mut strace = Command::new("strace");
    // Only those of the sequencer: no clock, no memory.
    strace.args([
        "-f",
        "-c",
        "-e",
        "trace=open,openat,close,read,write,ioctl,poll,ppoll",
    ]);
    let said = once(strace, peer, workload, count)?;
    let total = said
        .lines()
        .find(|line| line.trim_end().ends_with(" total"))?;
    total.split_whitespace().nth(3)?.parse().ok()
}

/// Whole processes: time, peak memory, size of the program.
fn processes(dir: &Path, rounds: usize, figures: &mut Vec<Figure>) -> Result<()> {
    let rss = dir.join("rss");
    let run = |words: &[&str]| -> Option<(f64, f64)> {
        let output = Command::new(&rss).args(words).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (memory, nanos) = text.trim().split_once(' ')?;
        Some((memory.parse().ok()?, nanos.parse().ok()?))
    };
    let aseq = dir.join("aseq").display().to_string();
    let ours = dir.join("bench-ours").display().to_string();
    let theirs = dir.join("libasound").display().to_string();
    let pairs: [(&str, &str, Vec<&str>, Vec<&str>); 2] = [
        (
            "process: list",
            "aconnect -l",
            vec![&aseq, "list"],
            vec!["aconnect", "-l"],
        ),
        (
            "process: start, one event, end",
            "libasound",
            vec![&ours, "roundtrip", "1", "1"],
            vec![&theirs, "roundtrip", "1", "1"],
        ),
    ];
    for (name, peer, mine, other) in pairs {
        let mut samples = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..rounds {
            let (Some(a), Some(b)) = (run(&mine), run(&other)) else {
                println!("missing: {peer}");
                break;
            };
            for (list, value) in samples.iter_mut().zip([a.0, b.0, a.1, b.1]) {
                list.push(value);
            }
        }
        let [my_memory, their_memory, my_time, their_time] = &samples;
        let both = [
            Figure::of(name, peer, "time", "ns", my_time, their_time),
            Figure::of(name, peer, "peak memory", "KiB", my_memory, their_memory),
        ];
        for figure in both.into_iter().flatten() {
            println!("{figure}");
            figures.push(figure);
        }
    }
    Ok(())
}
