//! MIDI::ALSA for the machine's Perl.

use std::process::Command;

use anyhow::Result;

use super::c::SUITE;
use super::verdicts;
use super::work::{Run, Work, build};
use crate::debian;

pub(super) fn midi_alsa(work: &Work) -> Result<Run> {
    let source = debian::source(SUITE, "libmidi-alsa-perl")?;
    let directory = work.copy(&source, "MIDI-ALSA")?;
    for words in [&["perl", "Makefile.PL"][..], &["make"]] {
        let (program, arguments) = words.split_first().unwrap_or((&"", &[]));
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&directory);
        build(&format!("MIDI::ALSA: {}", words.join(" ")), &mut command)?;
    }
    Ok(Run::new(
        directory,
        // The test writes to a raw MIDI device, and immediately checks whether the event has
        // arrived. The kernel's worker that delivers the event runs first if the test has the
        // lowest priority.
        ["chrt", "--idle", "0", "perl", "-Mblib", "test.pl"],
        verdicts::tap,
    ))
}
