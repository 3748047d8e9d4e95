//! Tests programs that play and connect: the preload form must give the same results as libasound
//! alone.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::chroot::Chroot;
use super::debian_programs;
use super::place::{Ended, Form};
use super::programs::SONG;
use crate::kernel::Wanted;
use crate::runner;

/// The argument that makes this binary run them.
pub(crate) const ROLE: &str = "capi-work";

/// Time limit for all programs.
const TIMEOUT: Duration = Duration::from_secs(1200);

/// Time limit for each wait.
const PATIENCE: Duration = Duration::from_secs(60);

const SOUNDS: &str = "/usr/share/sounds/sf2/TimGM6mb.sf2";

/// Size of a WAV file's header in bytes.
const HEADER: usize = 44;

/// Runs all tests in a kernel.
pub(super) fn start(kernel: &Wanted, home: &Path) -> Result<ExitCode> {
    let root = debian_programs::root()?;
    let own = crate::own::file()?;
    let mut command: Vec<OsString> = vec![own.into(), ROLE.into()];
    command.extend([home, &root].map(OsString::from));
    runner::run_as_root(kernel, TIMEOUT, command)
}

/// The tests. Each returns the result that must be the same on libasound and on ours.
type Work = fn(&Desk<'_>) -> Result<String>;

const WORKS: [(&str, Work); 6] = [
    ("fluidsynth renders a song", fluidsynth),
    ("timidity renders a song", timidity),
    ("a2jmidid carries events through JACK", a2jmidid),
    ("aj-snapshot restores connections", aj_snapshot),
    ("qpwgraph has the sequencer open", qpwgraph),
    ("qjackctl has the sequencer open", qjackctl),
];

/// `xtask capi-work HOME ROOT`.
pub(crate) fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let mut next = || arguments.next().map(PathBuf::from);
    let home = next().context("an argument is missing")?;
    let root = next().context("an argument is missing")?;
    let chroot = Chroot::enter(&root, &home)?;
    for (name, work) in WORKS {
        let seen = |form| -> Result<String> {
            chroot.clean()?;
            fs::write(chroot.tmp("song.mid"), SONG)?;
            work(&Desk {
                chroot: &chroot,
                form,
            })
            .with_context(|| format!("{name} ({form:?})"))
        };
        let (theirs, ours) = (seen(Form::Real)?, seen(Form::Preload)?);
        if theirs != ours {
            bail!("{name}: the result is\n{theirs}\nand on ours\n{ours}");
        }
        println!("{name}, on libasound and with the preload form");
    }
    Ok(ExitCode::SUCCESS)
}

struct Desk<'a> {
    chroot: &'a Chroot,
    form: Form,
}

impl Desk<'_> {
    /// Starts a program that continues to run, and waits for its client. Returns the client's
    /// number.
    fn with_client(&self, words: &[&str], client: &str) -> Result<(Ended, u32)> {
        let program = self.stays(self.form, words)?;
        let number = wait_for(client, || {
            let clients = fs::read_to_string("/proc/asound/seq/clients")?;
            Ok(clients
                .lines()
                .filter(|line| line.starts_with("Client ") && line.contains(client))
                .find_map(|line| line.get(7..11)?.trim().parse::<u32>().ok()))
        })
        .with_context(|| self.end())?;
        self.is_ours(&program)?;
        Ok((program, number))
    }

    /// Checks that our shared object is in the program, and none of ours in a program on libasound.
    fn is_ours(&self, program: &Ended) -> Result<()> {
        let maps = fs::read_to_string(format!("/proc/{}/maps", program.0.id()))?;
        let is = maps.contains(super::PRELOAD);
        if is != (self.form == Form::Preload) {
            bail!("the loaded files are wrong: {maps}");
        }
        Ok(())
    }

    fn stays(&self, form: Form, words: &[&str]) -> Result<Ended> {
        let child = self
            .chroot
            .command(form, words)
            .stdin(Stdio::null())
            .stdout(File::create(self.chroot.tmp("out"))?)
            .stderr(File::create(self.chroot.tmp("error"))?)
            .spawn()
            .with_context(|| format!("start {words:?}"))?;
        Ok(Ended(child))
    }

    /// Returns the output of the last program that continues to run.
    fn output(&self) -> String {
        ["out", "error"]
            .map(|name| fs::read(self.chroot.tmp(name)).unwrap_or_default())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .join("\n")
    }

    /// Returns the end of this output, for errors.
    fn end(&self) -> String {
        let said = self.output();
        let lines: Vec<&str> = said.lines().collect();
        let first = lines.len().saturating_sub(20);
        lines.get(first..).unwrap_or_default().join("\n")
    }

    /// Runs a program to its end, and returns its output.
    fn runs(&self, form: Form, words: &[&str]) -> Result<String> {
        let output = self
            .chroot
            .command(form, words)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("start {words:?}"))?;
        if !output.status.success() {
            bail!(
                "{words:?}: {}\n{}",
                output.status,
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Plays the song to a client with `aplaymidi` on libasound.
    fn play(&self, client: u32) -> Result<()> {
        let port = format!("{client}:0");
        self.runs(Form::Real, &["aplaymidi", "-p", &port, "/tmp/song.mid"])?;
        Ok(())
    }

    /// Waits until a WAV file has a sample that is not 0.
    fn sounds(&self, name: &str) -> Result<()> {
        let file = self.chroot.tmp(name);
        wait_for("a sound", || {
            let bytes = fs::read(&file).unwrap_or_default();
            let samples = bytes.get(HEADER..).unwrap_or_default();
            Ok(samples.iter().any(|byte| *byte != 0).then_some(()))
        })
    }
}

fn wait_for<T>(what: &str, mut done: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(result) = done()? {
            return Ok(result);
        }
        if Instant::now() > end {
            bail!("{what} does not appear");
        }
        // The kernel does not announce it.
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Returns the events that the program prints, in order.
fn fluidsynth(desk: &Desk<'_>) -> Result<String> {
    let words = [
        // The program prints each event when it arrives.
        "stdbuf",
        "-oL",
        "fluidsynth",
        "-d",
        "-i",
        "-s",
        "-a",
        "file",
        "-m",
        "alsa_seq",
        "-o",
        "audio.file.name=/tmp/out.wav",
        "-o",
        "shell.port=9800",
        SOUNDS,
    ];
    let (_program, client) = desk.with_client(&words, "FLUID Synth")?;
    desk.play(client)?;
    let events = wait_for("the last event", || {
        let said = desk.output();
        let events: Vec<&str> = said
            .lines()
            .filter(|line| line.starts_with("event_"))
            .collect();
        Ok(events
            .iter()
            .any(|line| line.contains(" 99 ") || line.ends_with(" 99"))
            .then(|| events.join("\n")))
    })
    .with_context(|| desk.end())?;
    desk.sounds("out.wav")?;
    Ok(events)
}

/// Returns the ports of its client, and checks that it makes a sound.
fn timidity(desk: &Desk<'_>) -> Result<String> {
    fs::write(
        desk.chroot.tmp("timidity.cfg"),
        format!("soundfont {SOUNDS}\n"),
    )?;
    let words = [
        "timidity",
        "-c",
        "/tmp/timidity.cfg",
        "-iA",
        "-Ow",
        "-o",
        "/tmp/out.wav",
    ];
    let (program, client) = desk.with_client(&words, "TiMidity")?;
    let ports = fs::read_to_string("/proc/asound/seq/clients")?;
    desk.play(client)?;
    kill(
        Pid::from_raw(i32::try_from(program.0.id())?),
        Signal::SIGTERM,
    )?;
    desk.sounds("out.wav").with_context(|| desk.end())?;
    Ok(ports
        .lines()
        .filter(|line| line.contains("TiMidity"))
        .collect::<Vec<_>>()
        .join("\n"))
}

/// Returns the ports of JACK, and checks that an event that is sent to one port arrives at another.
fn a2jmidid(desk: &Desk<'_>) -> Result<String> {
    let words = ["jackd", "--no-realtime", "-d", "dummy"];
    let _server = desk.stays(Form::Real, &words)?;
    let ports = |with: &'static str| {
        wait_for(with, || {
            let ports = desk.runs(Form::Real, &["jack_lsp"]).unwrap_or_default();
            Ok(ports.contains(with).then_some(ports))
        })
        .with_context(|| desk.end())
    };
    ports("system:playback_1")?;
    let (_bridge, _) = desk.with_client(&["a2jmidid", "-e"], "a2jmidid")?;
    let all = ports("1-3 [23] (playback)")?;
    let find = |client: &str, way: &str| {
        all.lines()
            .find(|line| line.contains(client) && line.contains(way))
            .with_context(|| format!("no port of {client} {way} exists in\n{all}"))
    };
    let (from, to) = (find("[20]", "(capture)")?, find("[21]", "(playback)")?);
    // The events for the kernel's client 21 can be read there.
    let mut output = File::open("/dev/snd/midiC1D1").context("open the output")?;
    desk.runs(Form::Real, &["jack_connect", from, to])?;
    let mut input = OpenOptions::new().write(true).open("/dev/snd/midiC1D0")?;
    let note = [0x92, 60, 64];
    input.write_all(&note)?;
    let mut arrived = [0; 3];
    output.read_exact(&mut arrived)?;
    if arrived != note {
        bail!("{arrived:?} comes out");
    }
    let mut lines: Vec<&str> = all.lines().collect();
    lines.sort_unstable();
    Ok(lines.join("\n"))
}

/// Returns the file that the program saves, and the connections that it restores from the file.
fn aj_snapshot(desk: &Desk<'_>) -> Result<String> {
    let connections = || desk.runs(Form::Real, &["aconnect", "-l"]);
    let before = connections()?;
    for pair in [["20:0", "21:0"], ["20:0", "14:0"], ["14:0", "22:0"]] {
        desk.runs(Form::Real, &[&["aconnect"], &pair[..]].concat())?;
    }
    let made = connections()?;
    let save = |option: &str| desk.runs(desk.form, &["aj-snapshot", option, "/tmp/saved"]);
    save("-af")?;
    desk.runs(desk.form, &["aj-snapshot", "-ax"])?;
    if connections()? != before || made == before {
        bail!("connections stay");
    }
    save("-ar")?;
    if connections()? != made {
        bail!(
            "the connections\n{made}\nare restored as\n{}",
            connections()?
        );
    }
    desk.runs(desk.form, &["aj-snapshot", "-ax"])?;
    Ok(fs::read_to_string(desk.chroot.tmp("saved"))? + &made)
}

fn qpwgraph(desk: &Desk<'_>) -> Result<String> {
    patchbay(desk, &["qpwgraph"])
}

fn qjackctl(desk: &Desk<'_>) -> Result<String> {
    patchbay(desk, &["qjackctl"])
}

/// Returns the client of a program that has windows. It runs without a screen.
fn patchbay(desk: &Desk<'_>, words: &[&str]) -> Result<String> {
    // No other program has a client.
    let (program, number) = desk.with_client(words, "[User")?;
    let descriptors = fs::read_dir(format!("/proc/{}/fd", program.0.id()))?;
    let has = descriptors
        .flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|path| path.ends_with("snd/seq"));
    if !has {
        bail!("the program has not opened the sequencer");
    }
    Ok(number.to_string())
}
