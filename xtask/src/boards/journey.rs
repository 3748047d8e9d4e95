//! `cargo xtask journey`: a box with `aseq` and rules for its connections boots, loses its power,
//! and boots again.
//!
//! `tests/embedded` simulates the keyboard, and reports each step. The power cut is the end of
//! QEMU: data that the box has not written to its disk is lost.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use nix::fcntl::OFlag;
use nix::unistd::pipe2;
use tempfile::NamedTempFile;

use super::table::{ARM64_MACHINE, JOURNEY_KERNEL};
use crate::debian::{Tool, provide};
use crate::musl::target::ARM64;
use crate::musl::{self, Builder, Contents};
use crate::{steps, workspace};

/// The command that the test types at the serial line when the box asks for it, and the lines that
/// its output must contain.
const PROMPT: &str = "journey: which command?";
const TYPED: &str = "aseq doctor\n";
const ANSWER: [&str; 3] = [
    "fine     /dev/snd/seq can be opened",
    "fine     3 connections carry events",
    "journey: exit status: 0",
];

/// Number of writes of the recorder before the power cut, and number of notes that are played after
/// the last of them.
const SAVES: usize = 3;
const SINCE: usize = 30;

/// Size of the disk.
const DISK: u64 = 32 << 20;

pub(crate) fn run() -> Result<ExitCode> {
    provide(
        "making a file system",
        &[Tool::program("mke2fs", "e2fsprogs")],
    )?;
    let builder = Builder::obtain(&ARM64)?;
    let aseq = builder.aseq()?;
    let init = builder.init()?;
    let files = JOURNEY_KERNEL.obtain()?;
    let qemu = ARM64_MACHINE.obtain()?;
    let rules = workspace::root()?.join("tests/embedded/journey.toml");
    let contents = Contents {
        init: &init,
        modules: &files.modules,
        programs: &[("aseq", &aseq), ("patch.toml", &rules)],
        arguments: &[],
    };
    let image = contents.write()?;
    let disk = disk()?;
    let machine = || {
        let mut machine = qemu.command(&ARM64_MACHINE, &files.kernel, image.path());
        machine
            .arg("-drive")
            .arg(format!(
                "if=none,id=disk,format=raw,file={}",
                disk.path().display()
            ))
            .args(["-device", "virtio-blk-device,drive=disk"]);
        machine
    };
    let first = first(&mut machine())?;
    let second = musl::watch("the box after the power cut", musl::BOOT, &mut machine())?;
    for line in first.iter().chain(&second.lines) {
        if let Some(figure) = line.strip_prefix("journey: connected: ") {
            println!("{figure}");
        }
    }
    println!("{}", recording(&first, &second.lines)?);
    Ok(ExitCode::SUCCESS)
}

/// Makes an empty file system.
fn disk() -> Result<NamedTempFile> {
    let disk = NamedTempFile::new().context("create a disk")?;
    disk.as_file().set_len(DISK)?;
    let mut make = Command::new("mke2fs");
    make.args(["-q", "-F", "-t", "ext4"]).arg(disk.path());
    steps::run("making a file system", &steps::Gauge::Time, &mut make)?;
    Ok(disk)
}

/// Runs the first boot of the box, until the power is cut. Returns the lines that the box has
/// printed.
fn first(machine: &mut Command) -> Result<Vec<String>> {
    let (from, to) = pipe2(OFlag::O_CLOEXEC)?;
    let keyboard = RefCell::new(File::from(to));
    let is_typed = Cell::new(false);
    let progress = RefCell::new(Progress::default());
    let is_last = |line: &str| {
        if line == PROMPT && !is_typed.replace(true) {
            // If the command fails, the lines do not arrive.
            let _ = keyboard.borrow_mut().write_all(TYPED.as_bytes());
        }
        let mut progress = progress.borrow_mut();
        progress.read(line);
        progress.is_enough() || line.starts_with("embedded: ")
    };
    let title = "the box until the power cut";
    let lines = steps::converse(title, musl::BOOT, from, machine, is_last)?;
    let all = || lines.join("\n  | ");
    if lines.iter().any(|line| line.starts_with("embedded: ")) {
        bail!("{title} failed:\n  | {}", all());
    }
    for answer in ANSWER {
        if !lines.iter().any(|line| line == answer) {
            bail!("no answer {answer:?} to {TYPED:?}:\n  | {}", all());
        }
    }
    Ok(lines)
}

/// The box's messages about its recording.
#[derive(Debug, Default)]
struct Progress {
    /// The number of notes in the file after each write.
    saved: BTreeSet<usize>,
    /// The last played note, and the time in milliseconds.
    played: (usize, u64),
}

impl Progress {
    fn of(lines: &[String]) -> Self {
        let mut progress = Self::default();
        lines.iter().for_each(|line| progress.read(line));
        progress
    }

    /// Reads a line. The line may be one that was read before.
    fn read(&mut self, line: &str) {
        if let Some((note, when)) = played(line) {
            self.played = self.played.max((note, when));
        } else if let Some(notes) = saved(line) {
            self.saved.insert(notes);
        }
    }

    fn is_enough(&self) -> bool {
        let last = self.saved.last().copied().unwrap_or_default();
        self.saved.len() >= SAVES && self.played.0 >= last + SINCE
    }
}

/// `journey: note N was played at N ms`
fn played(line: &str) -> Option<(usize, u64)> {
    let (note, when) = line
        .strip_prefix("journey: note ")?
        .split_once(" was played at ")?;
    Some((note.parse().ok()?, when.strip_suffix(" ms")?.parse().ok()?))
}

/// `journey: N notes are in the file`
fn saved(line: &str) -> Option<usize> {
    let notes = line
        .strip_prefix("journey: ")?
        .strip_suffix(" notes are in the file")?;
    notes.parse().ok()
}

/// Checks how much of the recording was left after the power cut. The box itself has checked that
/// it contains the first notes, and no other ones.
fn recording(first: &[String], second: &[String]) -> Result<String> {
    let progress = Progress::of(first);
    let found = second.iter().find_map(|line| {
        let (_, notes) = line
            .strip_prefix("journey: /disk/take-1.recording.mid")?
            .split_once(" has ")?;
        notes.strip_suffix(" notes")?.parse::<usize>().ok()
    });
    let found = found.context("the box does not report the content of the recording")?;
    let (last, cut) = progress.played;
    // The last write was seen in the file, but it may not have reached the disk. The earlier ones
    // are on the disk, because the recorder writes again only after that.
    let certain = progress
        .saved
        .iter()
        .rev()
        .nth(1)
        .copied()
        .unwrap_or_default();
    if !(certain..=last + 1).contains(&found) {
        bail!(
            "the recording has {found} notes, after {certain} were on the disk and {last} played"
        );
    }
    let when = first.iter().find_map(|line| {
        let (note, when) = played(line)?;
        (note == found).then_some(when)
    });
    Ok(match when {
        Some(when) => format!(
            "the recording has {found} of {last} notes, and ends {} ms before the power",
            cut - when
        ),
        None => format!("the recording has {found} of {last} notes"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_recording_without_notes_that_were_on_the_disk_is_an_error() {
        let first = lines(
            "journey: note 21 was played at 5 ms\njourney: 21 notes are in the file\n\
             journey: note 40 was played at 400 ms\njourney: 40 notes are in the file\n\
             journey: note 70 was played at 900 ms",
        );
        let with = |notes: usize| {
            let second = format!("journey: /disk/take-1.recording.mid has {notes} notes");
            recording(&first, &lines(&second))
        };
        assert_eq!(
            with(40).unwrap(),
            "the recording has 40 of 70 notes, and ends 500 ms before the power"
        );
        assert!(with(21).is_ok() && with(71).is_ok());
        assert!(with(20).is_err() && with(72).is_err());
        assert!(recording(&first, &[]).is_err());
    }
}
