//! The chart: the time of each peer divided by ours, on a logarithmic scale.

use std::fmt::Write as _;

use crate::report::{OURS, Row};

const COLOURS: &[(&str, &str)] = &[
    ("bare", "#8c8c8c"),
    ("libasound", "#1f77b4"),
    ("alsa crate", "#17becf"),
    ("midir", "#2ca02c"),
    ("rtmidi", "#bcbd22"),
    ("python-alsa-midi", "#d62728"),
    ("aconnect -l", "#9467bd"),
    ("aplaymidi", "#9467bd"),
];
const LEFT: f64 = 150.0;
const WIDTH: f64 = 620.0;
const BAR: f64 = 11.0;
const GAP: f64 = 12.0;
const TOP: f64 = 64.0;
/// The ends of the scale.
const LEAST: f64 = 0.5;
const MOST: f64 = 500.0;

fn x(factor: f64) -> f64 {
    let share = (factor.clamp(LEAST, MOST) / LEAST).ln() / (MOST / LEAST).ln();
    LEFT + share * WIDTH
}

pub fn draw(rows: &[Row]) -> String {
    let rows: Vec<&Row> = rows
        .iter()
        .filter(|row| row.subject == OURS && row.metric == "time" && row.ratio.is_finite())
        .filter(|row| colour(&row.peer).is_some())
        .collect();
    let mut body = String::new();
    let mut y = TOP;
    let mut before = "";
    for row in &rows {
        if row.workload != before {
            y += if before.is_empty() { 0.0 } else { GAP };
            before = &row.workload;
            let _ = writeln!(
                body,
                r#"<text x="{}" y="{}" text-anchor="end">{before}</text>"#,
                LEFT - 8.0,
                y + BAR - 1.0
            );
        }
        let factor = 1.0 / row.ratio;
        let (from, to) = (x(1.0).min(x(factor)), x(1.0).max(x(factor)));
        let _ = writeln!(
            body,
            r#"<rect x="{from:.1}" y="{y}" width="{:.1}" height="{BAR}" fill="{}"><title>{}: {factor:.2}</title></rect><text x="{:.1}" y="{}" class="n">{factor:.2}</text>"#,
            (to - from).max(1.0),
            colour(&row.peer).unwrap_or("black"),
            row.peer,
            to + 4.0,
            y + BAR - 2.0,
        );
        y += BAR + 1.0;
    }
    let height = y + 20.0;
    let mut text = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{height}" viewBox="0 0 {0} {height}" font-family="sans-serif" font-size="11">
<style>.n{{font-size:9px;fill:#555}}</style>
<rect width="100%" height="100%" fill="white"/>
<text x="8" y="16" font-size="13">Time that others take, alsa-seq = 1 (longer bars are slower)</text>
"#,
        LEFT + WIDTH + 60.0
    );
    let present = |name: &str| rows.iter().any(|row| row.peer == name);
    let legend = COLOURS.iter().filter(|(name, _)| present(name));
    for (at, (name, colour)) in legend.enumerate() {
        let left = 8.0 + 98.0 * at as f64;
        let _ = writeln!(
            text,
            r#"<rect x="{left}" y="26" width="10" height="10" fill="{colour}"/><text x="{}" y="35">{name}</text>"#,
            left + 14.0
        );
    }
    for factor in [0.5, 1.0, 2.0, 5.0, 10.0, 50.0, 100.0, 500.0] {
        let _ = writeln!(
            text,
            r##"<line x1="{0:.1}" x2="{0:.1}" y1="{1}" y2="{2}" stroke="{3}"/><text x="{0:.1}" y="{4}" text-anchor="middle" class="n">{factor}</text>"##,
            x(factor),
            TOP - 6.0,
            height - 10.0,
            if factor == 1.0 { "#333" } else { "#ddd" },
            TOP - 10.0,
        );
    }
    text + &body + "</svg>\n"
}

fn colour(peer: &str) -> Option<&'static str> {
    COLOURS
        .iter()
        .find(|(name, _)| *name == peer)
        .map(|(_, colour)| *colour)
}
