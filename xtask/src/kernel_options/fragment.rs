//! `packaging/alsa-seq.config`, a fragment of a kernel's configuration.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// The two headings.
const MUST: &str = "## Must";
const SHOULD: &str = "## Should";

/// The beginning of the line in which the first process repeats the message of `aseq`.
const FIRST_PROCESS: &str = "embedded: ";

/// Returns the options, by name and value.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fragment {
    pub(super) must: Vec<(String, String)>,
    pub(super) should: Vec<(String, String)>,
}

impl Fragment {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("read {}", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let mut fragment = Self::default();
        let mut section = None;
        for line in text.lines().map(str::trim) {
            match line {
                MUST => section = Some(&mut fragment.must),
                SHOULD => section = Some(&mut fragment.should),
                "" => {}
                comment if comment.starts_with('#') => {}
                option => {
                    let Some((name, value)) = option
                        .split_once('=')
                        .filter(|(name, _)| name.starts_with("CONFIG_"))
                    else {
                        bail!("{option:?} is not an option");
                    };
                    section
                        .as_mut()
                        .with_context(|| format!("{name} has no heading"))?
                        .push((name.to_owned(), value.to_owned()));
                }
            }
        }
        if fragment.must.is_empty() {
            bail!("no option stands below {MUST:?}");
        }
        Ok(fragment)
    }
}

/// Returns the options in a message of `aseq`. Options in messages of the kernel do not count.
pub(super) fn named_by_aseq(reason: &str) -> Vec<&str> {
    match reason.starts_with(FIRST_PROCESS) {
        true => options_in(reason),
        false => Vec::new(),
    }
}

fn options_in(text: &str) -> Vec<&str> {
    text.match_indices("CONFIG_")
        .filter_map(|(at, _)| {
            let rest = text.get(at..)?;
            let end = rest
                .find(|c: char| !(c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'))
                .unwrap_or(rest.len());
            rest.get(..end)
        })
        .collect()
}

/// Returns the line in which the first process reports the reason, or the kernel's last line.
pub(super) fn reason(text: &str) -> String {
    let lines = || {
        text.lines()
            .map(|line| line.trim_start_matches("  | ").trim())
    };
    lines()
        .find(|line| line.starts_with(FIRST_PROCESS))
        .or_else(|| lines().find(|line| line.contains("panic")))
        .or_else(|| lines().next_back())
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_has_two_parts() {
        let text = "# About\n\n## Must\nCONFIG_A=y\n# why\nCONFIG_B=4\n## Should\nCONFIG_C=m\n";
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            Fragment::parse(text).unwrap(),
            Fragment {
                must: vec![pair("CONFIG_A", "y"), pair("CONFIG_B", "4")],
                should: vec![pair("CONFIG_C", "m")],
            }
        );
        assert!(Fragment::parse("CONFIG_A=y\n").is_err());
        assert!(Fragment::parse("## Must\nA=y\n").is_err());
        assert!(Fragment::parse("## Should\nCONFIG_A=y\n").is_err());
    }

    #[test]
    fn options_are_found_in_a_message() {
        let text = "embedded: FAILED: aseq: (the option CONFIG_SND_SEQUENCER), or CONFIG_A";
        assert_eq!(named_by_aseq(text), ["CONFIG_SND_SEQUENCER", "CONFIG_A"]);
    }

    #[test]
    fn options_that_the_kernel_names_do_not_count() {
        let text = "it failed:\n  | seq: no CONFIG_SND_SEQUENCER\n  | Kernel panic: CONFIG_A";
        assert_eq!(reason(text), "Kernel panic: CONFIG_A");
        assert_eq!(named_by_aseq(&reason(text)), [""; 0]);
        let text = format!("{text}\n  | embedded: FAILED: no node");
        assert_eq!(named_by_aseq(&reason(&text)), [""; 0]);
    }

    #[test]
    fn the_reason_is_in_the_first_process_message() {
        let text = "it failed:\n  | noise\n  | embedded: FAILED: no node";
        assert_eq!(reason(text), "embedded: FAILED: no node");
        assert_eq!(
            reason("it failed:\n  | Kernel panic - not syncing\n  | more"),
            "Kernel panic - not syncing"
        );
    }
}
