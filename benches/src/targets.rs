//! The targets, and whether they were reached.

use std::fmt::Write as _;

use crate::report::{FACE, OURS, Row};

struct Target {
    what: &'static str,
    subject: &'static str,
    workloads: &'static [&'static str],
    peers: &'static [&'static str],
    metric: &'static str,
    /// The ratio must not be above this.
    most: f64,
    /// Whether an insignificant difference is sufficient: 1 is within the quartiles of the ratio,
    /// or above.
    even: bool,
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
        subject: OURS,
        workloads,
        peers,
        metric,
        most,
        even: false,
    }
}

const fn or_even(target: Target) -> Target {
    Target {
        even: true,
        ..target
    }
}

const fn of_face(target: Target) -> Target {
    Target {
        subject: FACE,
        ..target
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
        "no more bytes through the kernel than needed",
        &[""],
        &["bare"],
        "kernel bytes",
        1.0,
    ),
    or_even(target(
        "never slower than libasound",
        &[""],
        &["libasound"],
        "time",
        1.0,
    )),
    target(
        "half of libasound's instructions, both ways",
        &["exchange"],
        &["libasound"],
        "instructions",
        0.5,
    ),
    target(
        "half of libasound's instructions, each way",
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
    or_even(target(
        "play never slower than aplaymidi",
        &["play"],
        &["aplaymidi"],
        "time",
        1.0,
    )),
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
        &["batch", "roundtrip", "fanout", "queue", "sysex"],
        &["-"],
        "allocations",
        0.0,
    ),
    of_face(or_even(target(
        "the C face never slower than libasound",
        &[""],
        &["libasound", "aconnect -l", "aplaymidi"],
        "time",
        1.0,
    ))),
    of_face(or_even(target(
        "other libraries never slower on the C face",
        &[""],
        &["alsa crate", "midir", "rtmidi", "python-alsa-midi"],
        "time",
        1.0,
    ))),
    of_face(target(
        "the C face in 0.6 of libasound's instructions",
        &["send", "receive", "exchange", "bytes-"],
        &["libasound"],
        "instructions",
        0.6,
    )),
    of_face(target(
        "the C face makes no more calls for an event",
        &["roundtrip", "batch", "fanout", "queue", "sysex"],
        &["libasound"],
        "syscalls",
        1.0,
    )),
];

/// The result of bare system calls in place of ours, from the medians.
fn limit(row: &Row, rows: &[Row]) -> Option<f64> {
    let bare = rows.iter().find(|other| {
        (other.peer == "bare") && (other.workload == row.workload) && (other.metric == row.metric)
    })?;
    Some(bare.theirs / row.theirs)
}

pub fn verdicts(rows: &[Row]) -> String {
    let mut text = String::from("\n");
    for target in TARGETS {
        let _ = writeln!(text, "{:<47}{}", target.what, target.verdict(rows));
    }
    text
}

impl Target {
    fn concerns(&self, row: &Row) -> bool {
        row.subject == self.subject
            && row.metric == self.metric
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

    fn verdict(&self, rows: &[Row]) -> String {
        let mut measured = false;
        let (mut misses, mut even) = (Vec::new(), Vec::new());
        for row in rows.iter().filter(|row| self.concerns(row)) {
            measured = true;
            let value = Self::value(row);
            // Counts are slopes. Less than a thousandth of a call counts as none.
            if value.is_nan() || value <= self.most + 1e-3 {
                continue;
            }
            let text = match self.peers {
                [_] => format!("{} {value:.3}", row.workload),
                _ => format!("{} ({}) {value:.3}", row.workload, row.peer),
            };
            if self.even && row.spread[0] <= 1.0 {
                even.push(text);
                continue;
            }
            // Targets that no program can reach are reported, too.
            misses.push(match limit(row, rows) {
                Some(limit) if limit > self.most && row.peer != "bare" && row.subject == OURS => {
                    format!("{text} (the limit itself: {limit:.3})")
                }
                _ => text,
            });
        }
        let even = even.join(", ");
        match (measured, misses.is_empty(), even.is_empty()) {
            (false, ..) => "not measured".to_owned(),
            (true, true, true) => "met".to_owned(),
            (true, true, false) => format!("met (within the spread: {even})"),
            (true, false, true) => format!("NOT met: {}", misses.join(", ")),
            (true, false, false) => {
                format!("NOT met: {}; within the spread: {even}", misses.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(workload: &str, peer: &str, ours: f64, theirs: f64, ratios: &[f64]) -> Row {
        Row::new(workload, peer, "time", "ns")
            .values(ours, theirs)
            .ratios(ratios)
    }

    const PYTHON: Target = target("", &["batch"], &["python"], "time", 1.0 / 50.0);
    const LIBASOUND: Target = target("", &[""], &["libasound"], "time", 1.0);

    #[test]
    fn a_miss_tells_the_limit_if_that_misses_too() {
        let python = |workload| time(workload, "python", 64.0, 1000.0, &[0.064; 3]);
        let bare = |workload, ns| time(workload, "bare", 64.0, ns, &[1.03; 3]);
        let rows = [
            python("batch16"),
            bare("batch16", 62.0),
            python("batch256"),
            bare("batch256", 19.0),
            python("batch1000"),
        ];
        assert_eq!(
            PYTHON.verdict(&rows),
            "NOT met: batch16 0.064 (the limit itself: 0.062), batch256 0.064, batch1000 0.064"
        );
        // The limit is not compared with itself.
        let target = target("", &["batch"], &["bare"], "time", 1.0);
        assert_eq!(target.verdict(&rows[..2]), "NOT met: batch16 1.030");
    }

    #[test]
    fn the_c_face_has_targets_of_its_own() {
        let ours = time("queue", "libasound", 5.0, 10.0, &[0.5; 3]);
        let face = time("queue", "libasound", 11.0, 10.0, &[1.1; 3]).of(FACE);
        let rows = [ours, face];
        assert_eq!(LIBASOUND.verdict(&rows), "met");
        assert_eq!(of_face(LIBASOUND).verdict(&rows), "NOT met: queue 1.100");
        assert_eq!(of_face(LIBASOUND).verdict(&rows[..1]), "not measured");
    }

    #[test]
    fn no_difference_is_not_slower() {
        let even = time("sysex", "libasound", 10.0, 10.0, &[0.99, 1.004, 1.02]);
        let slower = time("queue", "libasound", 11.0, 10.0, &[1.05, 1.1, 1.15]);
        let faster = time("batch", "libasound", 5.0, 10.0, &[0.49, 0.5, 0.51]);
        let rows = [even, faster, slower];
        let target = or_even(LIBASOUND);
        assert_eq!(
            target.verdict(&rows[..2]),
            "met (within the spread: sysex 1.004)"
        );
        assert_eq!(
            target.verdict(&rows),
            "NOT met: queue 1.100; within the spread: sysex 1.004"
        );
        // Being faster requires a significant difference.
        assert_eq!(LIBASOUND.verdict(&rows[..1]), "NOT met: sysex 1.004");
        assert_eq!(target.verdict(&rows[1..2]), "met");
        assert_eq!(target.verdict(&[]), "not measured");
    }
}
