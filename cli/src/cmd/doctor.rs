//! `aseq doctor`: finds out why the sequencer is missing, or why nothing is heard.

use std::io::{self, BufWriter, Write};

use crate::doctor::{self, Finding, Severity};
use crate::failure::Failure;
use crate::people::printable;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Print a JSON object
    #[cfg(feature = "json")]
    #[arg(short, long)]
    json: bool,
}

pub(crate) fn run(
    #[cfg_attr(not(feature = "json"), expect(unused_variables))] arguments: &Arguments,
) -> Result<(), Failure> {
    let findings = doctor::examine();
    let mut out = BufWriter::new(io::stdout().lock());
    #[cfg(feature = "json")]
    let shown = if arguments.json {
        json(&findings, &mut out)
    } else {
        text(&findings, &mut out)
    };
    #[cfg(not(feature = "json"))]
    let shown = text(&findings, &mut out);
    shown.and_then(|()| out.flush()).map_err(Failure::Output)?;
    match problems(&findings) {
        0 => Ok(()),
        1 => Err(Failure::Other("1 problem was found".to_owned())),
        number => Err(Failure::Other(format!("{number} problems were found"))),
    }
}

fn problems(findings: &[Finding]) -> usize {
    let is_problem = |finding: &&Finding| finding.severity == Severity::Problem;
    findings.iter().filter(is_problem).count()
}

fn text(findings: &[Finding], out: &mut impl Write) -> io::Result<()> {
    for finding in findings {
        let severity = match finding.severity {
            Severity::Fine => "fine",
            Severity::Note => "note",
            Severity::Problem => "PROBLEM",
        };
        // The text contains names that other programs chose.
        writeln!(out, "{severity:<8} {}", printable(&finding.text))?;
        for remedy in &finding.remedies {
            writeln!(out, "         try: {}", printable(remedy))?;
        }
    }
    Ok(())
}

#[cfg(feature = "json")]
fn json(findings: &[Finding], out: &mut impl Write) -> io::Result<()> {
    #[derive(serde::Serialize)]
    struct Report<'f> {
        problems: usize,
        findings: &'f [Finding],
    }

    let problems = problems(findings);
    serde_json::to_writer_pretty(&mut *out, &Report { problems, findings })?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::{Finding, Severity, text};

    #[test]
    fn a_name_cannot_write_to_the_terminal() {
        let finding = Finding {
            severity: Severity::Problem,
            code: "code",
            text: "\u{1b}[2J".to_owned(),
            remedies: vec!["kill \u{7}".to_owned()],
        };
        let mut out = Vec::new();
        text(&[finding], &mut out).unwrap();
        let shown = String::from_utf8(out).unwrap();
        assert!(
            shown.chars().all(|c| !c.is_control() || c == '\n'),
            "{shown:?}"
        );
        assert!(shown.starts_with("PROBLEM "), "{shown}");
    }
}
