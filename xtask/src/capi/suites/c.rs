//! The test of the MIDI coder in alsa-lib.

use std::process::Command;

use anyhow::Result;

use super::verdicts;
use super::work::{Run, Work, build};
use crate::debian;

/// The Debian suite of the sources. It is stable, so the sources do not change.
pub(super) const SUITE: &str = "trixie";

pub(super) fn midi_event(work: &Work) -> Result<Run> {
    let source = debian::source(SUITE, "alsa-lib")?.join("test/lsb");
    let directory = work.fresh("midi_event")?;
    let mut cc = Command::new("cc");
    cc.args(["-O2", "-o"])
        .arg(directory.join("midi_event"))
        .arg(source.join("midi_event.c"))
        .arg("-lasound");
    build("building midi_event", &mut cc)?;
    // The test does not print the checks that pass.
    let script = r#"grep -n 'TEST_CHECK(' "$1" && exec ./midi_event"#;
    let file = source.join("midi_event.c").into_os_string();
    Ok(Run::new(
        directory,
        ["sh".into(), "-c".into(), script.into(), "sh".into(), file],
        verdicts::checks,
    ))
}
