//! Whole programs: the time from start to end, or the CPU time of a night's recording; the
//! memory and the size.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::Options;
use crate::peer::{Call, PROBE, Peers};
use crate::report::{FACE, OURS, Row};
use crate::stats::median;

/// The work of a program.
#[derive(Clone, Copy)]
enum Work {
    /// It runs to its end.
    Run,
    /// It records so many notes into a file, its last argument, until it is interrupted.
    Record(u32),
}

impl Work {
    /// The metric of the nanoseconds.
    fn time(self) -> &'static str {
        match self {
            Self::Run => "time",
            Self::Record(_) => "CPU time",
        }
    }

    /// Nanoseconds, and KiB of memory at the peak.
    fn measure(self, peers: &Peers, call: &Call) -> Result<(f64, f64)> {
        let Self::Record(events) = self else {
            return peers.spawn(call);
        };
        let figures = peers.record(call, events)?;
        let file = call.argv.last().context("a recording has a file")?;
        let size = std::fs::metadata(file)
            .with_context(|| format!("read {file}"))?
            .len();
        // With running status, a note takes three bytes.
        if size < u64::from(events) * 3 {
            bail!("{} recorded {size} bytes only", call.argv.join(" "));
        }
        Ok(figures)
    }
}

/// The notes of eight hours, seven a second.
const NIGHT: u32 = 200_000;

/// A program to compare with ours.
struct Pair {
    work: Work,
    subject: &'static str,
    workload: &'static str,
    /// The measured subject, if another program of ours could be meant.
    build: &'static str,
    ours: Call,
    peer: &'static str,
    theirs: Call,
}

pub fn measure(options: &Options, peers: &Peers) -> Result<(Vec<Row>, usize)> {
    let (mut rows, mut failures) = (Vec::new(), 0);
    let song = song()?;
    let recordings = tempfile::tempdir()?;
    for pair in pairs(options, peers, song.path(), recordings.path()) {
        if !options.wants(pair.workload) || !options.is_beside(pair.peer) {
            continue;
        }
        if which(&pair.theirs.argv[0]).is_none() {
            println!("missing: {}", pair.theirs.argv[0]);
            continue;
        }
        eprintln!("  {} beside {} ...", pair.workload, pair.peer);
        match measure_pair(options, peers, &pair) {
            Ok(more) => rows.extend(more),
            Err(error) => {
                eprintln!("  {error:#}");
                failures += 1;
            }
        }
    }
    Ok((rows, failures))
}

fn pairs(options: &Options, peers: &Peers, song: &Path, recordings: &Path) -> Vec<Pair> {
    let aseq = options.aseq.display().to_string();
    let song = song.display().to_string();
    let build = match options.dynamic {
        None => ", static",
        Some(_) => ", dynamic",
    };
    let mut pairs: Vec<Pair> = peers
        .others()
        .map(|peer| Pair {
            work: Work::Run,
            subject: OURS,
            workload: "first",
            build: "",
            ours: peers.ours.call("first", 1),
            peer: peer.name,
            theirs: peer.call("first", 1),
        })
        .collect();
    let list = Call::new("aconnect", &["-l"]);
    let play = Call::new("aplaymidi", &["-d", "0", "-p", "14:0", &song]);
    pairs.push(Pair {
        work: Work::Run,
        subject: OURS,
        workload: "list",
        build,
        ours: Call::new(&aseq, &["list"]),
        peer: "aconnect -l",
        theirs: list.clone(),
    });
    pairs.push(Pair {
        work: Work::Run,
        subject: OURS,
        workload: "play",
        build,
        ours: Call::new(
            &aseq,
            &["play", "--end-delay", "0", "--port", "14:0", &song],
        ),
        peer: "aplaymidi",
        theirs: play.clone(),
    });
    let night = Work::Record(if options.quick { 1000 } else { NIGHT });
    let file = |name| recordings.join(name).display().to_string();
    let record = |name| Call::new("arecordmidi", &["-p", PROBE, &file(name)]);
    pairs.push(Pair {
        work: night,
        subject: OURS,
        workload: "night",
        build,
        ours: Call::new(
            &aseq,
            &["record", "--force", "--port", PROBE, &file("aseq.mid")],
        ),
        peer: "arecordmidi",
        theirs: record("arecordmidi.mid"),
    });
    let Some(library) = &options.face else {
        return pairs;
    };
    let mut face = |work, workload, peer, ours, theirs| {
        pairs.push(Pair {
            work,
            subject: FACE,
            workload,
            build: "",
            ours,
            peer,
            theirs,
        });
    };
    for peer in peers.others() {
        if let Some(on) = peers.face(peer) {
            face(
                Work::Run,
                "first",
                peer.name,
                on.call("first", 1),
                peer.call("first", 1),
            );
        }
    }
    let programs = [
        (Work::Run, "list", "aconnect -l", list.clone(), list),
        (Work::Run, "play", "aplaymidi", play.clone(), play),
        (
            night,
            "night",
            "arecordmidi",
            record("face.mid"),
            record("libasound.mid"),
        ),
    ];
    for (work, workload, peer, ours, theirs) in programs {
        face(work, workload, peer, ours.on(library), theirs);
    }
    pairs
}

fn measure_pair(options: &Options, peers: &Peers, pair: &Pair) -> Result<Vec<Row>> {
    let (mut times, mut ratios, mut memories) = ([vec![], vec![]], vec![], [0.0, 0.0]);
    // The first run fills the caches.
    for turn in 0..=options.samples() {
        let mut taken = [0.0; 2];
        for (which, call) in [&pair.ours, &pair.theirs].into_iter().enumerate() {
            let (ns, kib) = pair.work.measure(peers, call)?;
            taken[which] = ns;
            memories[which] = kib;
        }
        if turn > 0 {
            times[0].push(taken[0] / 1e6);
            times[1].push(taken[1] / 1e6);
            ratios.push(taken[0] / taken[1]);
        }
    }
    let workload = format!("{}{}", pair.workload, pair.build);
    let row = |metric, unit| Row::new(&workload, pair.peer, metric, unit).of(pair.subject);
    let time = row(pair.work.time(), "ms")
        .values(median(&times[0]), median(&times[1]))
        .ratios(&ratios);
    let memory = row("memory", "KiB").values(memories[0], memories[1]);
    let size = row("size", "KiB").values(size(&pair.ours)?, size(&pair.theirs)?);
    Ok(vec![time, memory, size])
}

/// Returns a program's size with its libraries except for the C library, in KiB.
fn size(call: &Call) -> Result<f64> {
    let program = &call.argv[0];
    let path = which(program).with_context(|| format!("find {program}"))?;
    let mut bytes = std::fs::metadata(&path)?.len();
    let output = call.command("ldd").arg(&path).output().context("run ldd")?;
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let library = line
            .split_once("=> ")
            .and_then(|(_, rest)| rest.split(' ').next());
        if let Some(library) =
            library.filter(|name| name.contains("asound") || name.contains("rtmidi"))
        {
            bytes += std::fs::metadata(library)?.len();
        }
    }
    Ok((bytes / 1024) as f64)
}

fn which(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| path.is_file());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(program))
        .find(|file| file.is_file())
}

/// A song of no duration: a thousand notes at the same time.
fn song() -> Result<tempfile::NamedTempFile> {
    let mut track = Vec::new();
    for k in 0..1000_u32 {
        let key = (k % 128) as u8;
        track.extend([0, 0x90, key, 100, 0, 0x80, key, 0]);
    }
    track.extend([0, 0xff, 0x2f, 0]);
    let mut bytes = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk".to_vec();
    bytes.extend((track.len() as u32).to_be_bytes());
    bytes.extend(track);
    let file = tempfile::Builder::new().suffix(".mid").tempfile()?;
    std::fs::write(file.path(), bytes)?;
    Ok(file)
}
