//! Where it must get, and whether it did.

use std::fmt::Write as _;

use crate::report::Row;

struct Target {
    what: &'static str,
    workloads: &'static [&'static str],
    peers: &'static [&'static str],
    metric: &'static str,
    /// The ratio may not be above this.
    most: f64,
}

const fn target(
    what: &'static str,
    workloads: &'static [&'static str],
    peers: &'static [&'static str],
    metric: &'static str,
    most: f64,
) -> Target {
    Target {
        what,
        workloads,
        peers,
        metric,
        most,
    }
}

const TARGETS: &[Target] = &[
    target(
        "batched throughput within 3 % of the limit",
        &["batch"],
        &["bare"],
        "time",
        1.03,
    ),
    target(
        "round trip within 3 % of the limit",
        &["roundtrip"],
        &["bare"],
        "time",
        1.03,
    ),
    target(
        "open within 10 % of the limit",
        &["open"],
        &["bare"],
        "time",
        1.10,
    ),
    target(
        "no more system calls than needed",
        &[""],
        &["bare"],
        "syscalls",
        1.0,
    ),
    target(
        "never slower than libasound",
        &[""],
        &["libasound"],
        "time",
        1.0,
    ),
    target(
        "half of libasound's instructions",
        &["send", "receive"],
        &["libasound"],
        "instructions",
        0.5,
    ),
    target(
        "open 1.5 times faster than libasound",
        &["open"],
        &["libasound"],
        "time",
        1.0 / 1.5,
    ),
    target(
        "list 3 times faster than aconnect",
        &["list"],
        &["aconnect -l"],
        "time",
        1.0 / 3.0,
    ),
    target(
        "list in half of aconnect's memory",
        &["list"],
        &["aconnect -l"],
        "memory",
        0.5,
    ),
    target(
        "faster than midir and the alsa crate",
        &[""],
        &["midir", "alsa crate"],
        "time",
        1.0,
    ),
    target(
        "50 times python-alsa-midi, batched",
        &["batch"],
        &["python-alsa-midi"],
        "time",
        1.0 / 50.0,
    ),
    target(
        "awaiting each event within 1.2 of blocking",
        &["batch256-"],
        &["ours, blocking"],
        "time",
        1.2,
    ),
    target(
        "no allocation per event",
        &["batch", "roundtrip", "fanout", "queue"],
        &["-"],
        "allocations",
        0.0,
    ),
];

impl Target {
    fn concerns(&self, row: &Row) -> bool {
        row.metric == self.metric
            && self.peers.contains(&row.peer.as_str())
            && self
                .workloads
                .iter()
                .any(|start| row.workload.starts_with(start))
    }

    fn value(row: &Row) -> f64 {
        match row.metric {
            "allocations" => row.ours,
            _ => row.ratio,
        }
    }
}

pub fn verdicts(rows: &[Row]) -> String {
    let mut text = String::from("\n");
    for target in TARGETS {
        let all: Vec<&Row> = rows.iter().filter(|row| target.concerns(row)).collect();
        // Counts are slopes; what is less than a thousandth of a call is none.
        let misses: Vec<String> = all
            .iter()
            .filter(|row| Target::value(row) > target.most + 1e-3)
            .map(|row| format!("{} {:.3}", row.workload, Target::value(row)))
            .collect();
        let verdict = match (all.is_empty(), misses.is_empty()) {
            (true, _) => "not measured".to_owned(),
            (false, true) => "met".to_owned(),
            (false, false) => format!("NOT met: {}", misses.join(", ")),
        };
        let _ = writeln!(text, "{:<46}{verdict}", target.what);
    }
    text
}
