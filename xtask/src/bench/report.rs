//! Figures, and how they are shown.

use std::fmt;

/// One comparison.
#[derive(Clone, Debug, serde::Serialize)]
pub(super) struct Figure {
    workload: &'static str,
    peer: &'static str,
    metric: &'static str,
    unit: &'static str,
    ours: f64,
    theirs: f64,
    /// Ours divided by theirs: below 1 is better.
    ratio: f64,
    /// The lower and the upper quartile of the ratio.
    spread: (f64, f64),
}

impl Figure {
    /// Medians of samples that were taken in turns.
    pub(super) fn of(
        workload: &'static str,
        peer: &'static str,
        metric: &'static str,
        unit: &'static str,
        ours: &[f64],
        theirs: &[f64],
    ) -> Option<Self> {
        // What neither does has no ratio.
        let ratios: Vec<f64> = ours
            .iter()
            .zip(theirs)
            .map(|(a, b)| a / b)
            .filter(|ratio| ratio.is_finite())
            .collect();
        Some(Self {
            workload,
            peer,
            metric,
            unit,
            ours: quantile(ours, 2)?,
            theirs: quantile(theirs, 2)?,
            ratio: quantile(&ratios, 2)?,
            spread: (quantile(&ratios, 1)?, quantile(&ratios, 3)?),
        })
    }
}

/// The value below which `quarters` of the samples lie.
fn quantile(samples: &[f64], quarters: usize) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
        .get((sorted.len().checked_sub(1)? * quarters + 2) / 4)
        .copied()
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<34} {:<18} {:<13} {:>12.3} {:>12.3} {:<4} {:>6.3}  ({:.3} to {:.3})",
            self.workload,
            self.peer,
            self.metric,
            self.ours,
            self.theirs,
            self.unit,
            self.ratio,
            self.spread.0,
            self.spread.1
        )
    }
}

pub(super) fn table(figures: &[Figure]) -> String {
    let mut text = format!(
        "{:<34} {:<18} {:<13} {:>12} {:>12} {:<4} {:>6}  (quartiles)\n",
        "workload", "peer", "each", "ours", "theirs", "", "ratio"
    );
    for figure in figures {
        text += &format!("{figure}\n");
    }
    text
}

pub(super) fn json(figures: &[Figure]) -> String {
    serde_json::to_string_pretty(figures).unwrap_or_default()
}

/// Bars of the time ratios: what is left of the line is faster than the peer.
pub(super) fn svg(figures: &[Figure]) -> String {
    const ROW: usize = 18;
    const LABEL: f64 = 380.0;
    const ONE: f64 = 200.0;
    let times: Vec<&Figure> = figures.iter().filter(|f| f.metric == "time").collect();
    let height = ROW * times.len() + 40;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"800\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"800\" height=\"{height}\" fill=\"white\"/>\n\
         <text x=\"{LABEL}\" y=\"16\">time of alsa-seq divided by the peer's; shorter is better</text>\n"
    );
    for (row, figure) in times.iter().enumerate() {
        let y = 30 + row * ROW;
        let width = (figure.ratio * ONE).min(400.0);
        let color = if figure.ratio <= 1.0 {
            "#3a7d44"
        } else {
            "#b5651d"
        };
        svg += &format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{} / {}</text>\
             <rect x=\"{LABEL}\" y=\"{y}\" width=\"{width:.1}\" height=\"12\" fill=\"{color}\"/>\
             <text x=\"{:.1}\" y=\"{}\">{:.2}</text>\n",
            LABEL - 6.0,
            y + 11,
            figure.workload,
            figure.peer,
            LABEL + width + 4.0,
            y + 11,
            figure.ratio
        );
    }
    let x = LABEL + ONE;
    svg += &format!(
        "<line x1=\"{x}\" x2=\"{x}\" y1=\"24\" y2=\"{height}\" stroke=\"black\"/>\n</svg>\n"
    );
    svg
}
