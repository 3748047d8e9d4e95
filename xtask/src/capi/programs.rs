//! Runs programs of alsa-utils on libasound and on ours, in a test kernel. Both must print the
//! same.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::place::{Ended, Form, Own, Place, Unpacked};
use crate::kernel::Wanted;
use crate::{peers, runner};

/// The argument that makes this binary run them.
pub(crate) const ROLE: &str = "capi-programs";

/// Time limit for all programs.
const TIMEOUT: Duration = Duration::from_secs(300);

/// Time limit until a program is connected.
const PATIENCE: Duration = Duration::from_secs(30);

/// The commands. None of them writes to its standard error.
const LISTS: [&[&str]; 7] = [
    &["aconnect", "-l"],
    &["aconnect", "-i", "-l"],
    &["aconnect", "-o", "-l"],
    &["aplaymidi", "-l"],
    &["arecordmidi", "-l"],
    &["aseqdump", "-l"],
    &["aseqsend", "-l"],
];

/// Programs that only have to start, because they need a network or UMP.
const STARTS: [&[&str]; 3] = [
    &["aplaymidi2", "-h"],
    &["arecordmidi2", "-h"],
    &["aseqnet", "-h"],
];

/// C programs of `capi/tests/c`, with an argument: they print timers, share a handle between
/// threads, and cancel waiting threads.
const OURS: [(&str, &str); 3] = [("timers", ""), ("threads", "4000"), ("cancel", "")];

/// A song of 100 ms: it has the events that `aplaymidi` sends in several ways, and a program change
/// at the end that occurs nowhere else.
pub(crate) const SONG: &[u8] = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x39\
    \0\xff\x51\x03\0\xc3\x50\
    \0\xb0\x07\x64\0\xe0\0\x40\0\xd0\x11\
    \0\x90\x3c\x40\x30\x80\x3c\x40\
    \0\x91\x40\x50\x30\x91\x40\0\
    \0\xa2\x30\x22\
    \0\xf0\x05\x7e\x7f\x09\x01\xf7\
    \0\xb3\x40\x7f\
    \x30\xc0\x63\
    \x10\xff\x2f\0";

/// The line of the last event.
const LAST: &str = "program 99";

/// Runs the comparison in a kernel.
pub(super) fn start(
    kernel: &Wanted,
    newest: &peers::Newest,
    home: &Path,
    linked: &[PathBuf],
) -> Result<ExitCode> {
    let own = crate::own::file()?;
    let mut command: Vec<OsString> = vec![own.into(), ROLE.into()];
    command.push(home.into());
    command.extend(Unpacked::alsa_utils(newest).arguments());
    command.extend(linked.iter().map(OsString::from));
    runner::run(Some(kernel.clone()), Some(TIMEOUT), command)
}

/// `xtask capi-programs HOME ROOT LOADER LIBRARIES PROGRAM…`.
pub(crate) fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let home = arguments.next().map(PathBuf::from);
    let home = home.context("an argument is missing")?;
    let newest = Unpacked::parse(&mut arguments)?;
    let places: [(&str, &dyn Place); 2] = [("newest", &newest), ("own", &Own)];
    for (name, place) in places {
        let missing = missing(place);
        if name == "newest" && !missing.is_empty() {
            bail!("the newest alsa-utils have no {}", missing.join(", "));
        }
        if !place.has("aconnect") {
            println!("alsa-utils of this machine are not installed");
            continue;
        }
        if !missing.is_empty() {
            println!("this machine has no {}", missing.join(", "));
        }
        let mut runs = 0;
        for form in [Form::Library, Form::Preload] {
            for (words, silent) in LISTS
                .map(|words| (words, true))
                .into_iter()
                .chain(STARTS.map(|words| (words, false)))
            {
                if place.has(words.first().unwrap_or(&"")) {
                    compare(place, &home, form, words, silent)?;
                    runs += 1;
                }
            }
            for (program, argument) in OURS {
                let program = home.join("link").join(program);
                let program = program.to_str().context("the path is not UTF-8")?;
                compare(place, &home, form, &[program, argument], true)?;
                runs += 1;
            }
            let theirs = dump(place, &home, Form::Real)?;
            let ours = dump(place, &home, form)?;
            if theirs != ours {
                bail!("aseqdump prints\n{theirs}\nand on ours\n{ours}");
            }
            runs += 1;
        }
        println!("programs ({name}): {runs} runs are the same on libasound and on ours");
    }
    let linked: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    for program in &linked {
        let said = output_of(&mut Command::new(program))?;
        if !said.contains("Midi Through") || !said.ends_with("status 0\n") {
            bail!("{} says\n{said}", program.display());
        }
    }
    println!("{} programs linked with the archives work", linked.len());
    Ok(ExitCode::SUCCESS)
}

/// Returns the programs of the lists that are missing.
fn missing(place: &dyn Place) -> Vec<&'static str> {
    let mut names: Vec<&str> = LISTS
        .iter()
        .copied()
        .chain(STARTS.iter().copied())
        .filter_map(|words| words.first().copied())
        .filter(|program| !place.has(program))
        .collect();
    // The lists contain some programs several times in sequence.
    names.dedup();
    names
}

fn compare(place: &dyn Place, home: &Path, form: Form, words: &[&str], silent: bool) -> Result<()> {
    let (program, arguments) = words.split_first().context("no program")?;
    // Checks that our library is used at all.
    let loaded = output_of(&mut place.loads(home, form, program))?;
    let file = form
        .file(home)
        .context("the program uses no name of ours")?;
    if !loaded.contains(&*file.to_string_lossy()) {
        bail!("{program} does not load {}:\n{loaded}", file.display());
    }
    let run = |form| output_of(place.command(home, form, program).args(arguments));
    let (theirs, ours) = (run(Form::Real)?, run(form)?);
    if theirs != ours {
        bail!("{words:?} prints\n{theirs}\nand on ours ({form:?})\n{ours}");
    }
    if silent && !ours.contains("\nstandard error:\nstatus 0\n") {
        bail!("{words:?} prints an error:\n{ours}");
    }
    Ok(())
}

/// Returns the output of a program. The loader binds every name at the start.
fn output_of(command: &mut Command) -> Result<String> {
    let output = command
        .env("LD_BIND_NOW", "1")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("start {command:?}"))?;
    let status = output
        .status
        .code()
        .map_or_else(|| output.status.to_string(), |code| code.to_string());
    Ok(format!(
        "{}\nstandard error:\n{}status {status}\n",
        without_pids(&String::from_utf8_lossy(&output.stdout)),
        without_pids(&String::from_utf8_lossy(&output.stderr)),
    ))
}

/// Removes the process number, which differs in each run.
fn without_pids(text: &str) -> String {
    let mut parts = text.split("pid=");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result += "pid=";
        result += part.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    result
}

/// Returns the output of `aseqdump` for a song that `aplaymidi` plays.
fn dump(place: &dyn Place, home: &Path, form: Form) -> Result<String> {
    let directory = tempfile::tempdir().context("create a directory")?;
    let song = directory.path().join("song.mid");
    fs::write(&song, SONG)?;
    let mut command = place.command(home, form, "aseqdump");
    command
        .args(["-p", "14:0"])
        .env("LD_BIND_NOW", "1")
        .stdout(Stdio::piped());
    let mut dump = Ended(command.spawn().context("start aseqdump")?);
    wait_for_connection(&mut dump.0)?;
    let mut play = place.command(home, form, "aplaymidi");
    let played = output_of(play.args(["-p", "14:0"]).arg(OsStr::new(&song)))?;
    if played != "\nstandard error:\nstatus 0\n" {
        bail!("aplaymidi prints\n{played}");
    }
    let output = dump.0.stdout.take().context("no output")?;
    let mut shown = String::new();
    for line in BufReader::new(output).lines() {
        let line = line?;
        shown += &line;
        shown += "\n";
        if line.contains(LAST) {
            return Ok(shown);
        }
    }
    bail!("aseqdump has ended, after printing\n{shown}")
}

fn wait_for_connection(child: &mut Child) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while !fs::read_to_string("/proc/asound/seq/clients")?.contains("Connected From: 14:0") {
        if let Some(status) = child.try_wait()? {
            bail!("aseqdump ended ({status})");
        }
        if Instant::now() > end {
            bail!("aseqdump does not connect");
        }
        // The kernel does not announce it; the file shows it.
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_songs_header_has_the_right_length() {
        let track = &SONG[22..];
        assert_eq!(usize::from(SONG[21]), track.len());
        assert!(track.ends_with(b"\xc0\x63\x10\xff\x2f\0"));
    }

    #[test]
    fn process_numbers_are_left_out() {
        assert_eq!(without_pids("a [pid=12] b pid=3"), "a [pid=] b pid=");
        assert_eq!(without_pids("a"), "a");
    }
}
