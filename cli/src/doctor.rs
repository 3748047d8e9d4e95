//! Finds out why the sequencer is missing, or why nothing is heard: findings, and
//! commands that help.

mod container;
mod machine;
mod node;
mod routing;

use alsa_seq::SequencerClient;

use machine::Machine;

const DEVICE: &str = "/dev/snd/seq";

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
#[cfg_attr(feature = "json", serde(rename_all = "lowercase"))]
pub(crate) enum Severity {
    /// Everything is fine.
    Fine,
    /// This may be intended.
    Note,
    /// It keeps MIDI from working.
    Problem,
}

/// A result of the examination.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize))]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    /// A stable identifier, for programs.
    pub(crate) code: &'static str,
    pub(crate) text: String,
    /// Commands or settings that help; each is an alternative.
    pub(crate) remedies: Vec<String>,
}

impl Finding {
    fn fine(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(Severity::Fine, code, text)
    }

    fn note(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, text)
    }

    fn problem(code: &'static str, text: impl Into<String>) -> Self {
        Self::new(Severity::Problem, code, text)
    }

    fn new(severity: Severity, code: &'static str, text: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            text: text.into(),
            remedies: Vec::new(),
        }
    }

    fn try_this(mut self, remedy: impl Into<String>) -> Self {
        self.remedies.push(remedy.into());
        self
    }

    fn try_these(mut self, remedies: impl IntoIterator<Item = String>) -> Self {
        self.remedies.extend(remedies);
        self
    }
}

/// Examines this machine, and the sequencer if it can be opened.
pub(crate) fn examine() -> Vec<Finding> {
    let machine = Machine::this();
    match SequencerClient::open("aseq doctor") {
        Ok(client) => {
            let text = format!("{DEVICE} can be opened");
            let mut findings = vec![Finding::fine("device", text)];
            findings.extend(routing::examine(&client, &machine));
            findings
        }
        Err(error) => vec![node::explain(&error, &machine)],
    }
}
