//! Results, as a table and as JSON.

use std::fmt::Write as _;

use serde::{Serialize, Serializer};

use crate::stats::{median, quantile};

/// The compared subject, unless it is the C interface.
pub const OURS: &str = "ours";
/// A program on the C interface, which is compared with the same program on libasound.
pub const FACE: &str = "C face";

/// One comparison.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// [`OURS`] or [`FACE`].
    pub subject: &'static str,
    pub workload: String,
    pub peer: String,
    pub metric: &'static str,
    pub unit: &'static str,
    #[serde(serialize_with = "rounded")]
    pub ours: f64,
    #[serde(serialize_with = "rounded")]
    pub theirs: f64,
    /// Our value divided by theirs. For times, the median over pairs of samples that were taken one
    /// after the other.
    #[serde(serialize_with = "rounded")]
    pub ratio: f64,
    /// The quartiles of these ratios.
    #[serde(serialize_with = "both_rounded")]
    pub spread: [f64; 2],
}

fn round(value: f64) -> Option<f64> {
    // A value that is not a number becomes null in JSON.
    value.is_finite().then(|| (value * 1e4).round() / 1e4)
}

fn rounded<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    round(*value).serialize(serializer)
}

fn both_rounded<S: Serializer>(values: &[f64; 2], serializer: S) -> Result<S::Ok, S::Error> {
    values.map(round).serialize(serializer)
}

impl Row {
    pub fn new(workload: &str, peer: &str, metric: &'static str, unit: &'static str) -> Self {
        Self {
            subject: OURS,
            workload: workload.to_owned(),
            peer: peer.to_owned(),
            metric,
            unit,
            ours: f64::NAN,
            theirs: f64::NAN,
            ratio: f64::NAN,
            spread: [f64::NAN; 2],
        }
    }

    /// Sets another subject than [`OURS`].
    pub fn of(mut self, subject: &'static str) -> Self {
        self.subject = subject;
        self
    }

    /// Exact values. Their ratio is exact, too.
    pub fn values(mut self, ours: f64, theirs: f64) -> Self {
        (self.ours, self.theirs) = (ours, theirs);
        self.ratio = ours / theirs;
        self.spread = [self.ratio; 2];
        self
    }

    pub fn ratios(mut self, ratios: &[f64]) -> Self {
        self.ratio = median(ratios);
        self.spread = [quantile(ratios, 0.25), quantile(ratios, 0.75)];
        self
    }
}

/// Returns all rows as text. The rows of the C interface are in a separate table.
pub fn table(rows: &[Row]) -> String {
    let of = |subject| {
        let rows: Vec<_> = rows.iter().filter(|row| row.subject == subject).collect();
        lines(subject, &rows)
    };
    of(OURS) + &of(FACE)
}

fn lines(subject: &str, rows: &[&Row]) -> String {
    let mut text = String::new();
    if rows.is_empty() {
        return text;
    }
    let beside = match subject {
        FACE => "program on both",
        _ => "beside",
    };
    let theirs = match subject {
        FACE => "libasound",
        _ => "theirs",
    };
    let _ = writeln!(
        text,
        "\n{:<19}{beside:<18}{:<13}{subject:>12}{theirs:>13} {:<12}{:>7}  quartiles",
        "workload", "metric", "unit", "ratio"
    );
    let mut before = "";
    for row in rows {
        let name = if before == row.workload {
            ""
        } else {
            &row.workload
        };
        before = &row.workload;
        let _ = writeln!(
            text,
            "{name:<19}{:<18}{:<13}{:>12}{:>13} {:<12}{:>7}  {}",
            row.peer,
            row.metric,
            number(row.ours),
            number(row.theirs),
            row.unit,
            ratio(row.ratio),
            spread(row.spread),
        );
    }
    text
}

fn number(value: f64) -> String {
    match value {
        _ if !value.is_finite() => "-".to_owned(),
        _ if value >= 100.0 || value == value.trunc() => format!("{value:.0}"),
        _ => format!("{value:.2}"),
    }
}

fn ratio(value: f64) -> String {
    match value {
        _ if !value.is_finite() => "-".to_owned(),
        _ => format!("{value:.3}"),
    }
}

fn spread([low, high]: [f64; 2]) -> String {
    if !low.is_finite() || low == high {
        return String::new();
    }
    format!("{low:.3} to {high:.3}")
}

/// The machine and the versions of the measurements.
pub fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let command_line = read("/proc/cmdline");
    let uml = command_line
        .split_whitespace()
        .any(|word| word.starts_with("rootfstype=hostfs"));
    let release = read("/proc/sys/kernel/osrelease");
    let kind = if uml {
        " (User-Mode Linux, on one CPU)"
    } else {
        ""
    };
    format!("Linux {}{kind}", release.trim())
}
