//! Programs that play and connect, with the preload form beside libasound as without it.

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

/// The argument by which this binary is told to run them.
pub(crate) const ROLE: &str = "capi-work";

/// How long all of it may take.
const TIMEOUT: Duration = Duration::from_secs(1200);

/// How long something may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

const SOUNDS: &str = "/usr/share/sounds/sf2/TimGM6mb.sf2";

/// A WAV file's samples are behind this many bytes.
const HEADER: usize = 44;

/// Runs all of it in a kernel.
pub(super) fn start(kernel: &Wanted, home: &Path) -> Result<ExitCode> {
    let root = debian_programs::root()?;
    let own = crate::own::file()?;
    let mut command: Vec<OsString> = vec![own.into(), ROLE.into()];
    command.extend([home, &root].map(OsString::from));
    runner::run_as_root(kernel, TIMEOUT, command)
}

/// What programs do; returns what must be the same on libasound and on ours.
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
            bail!("{name}: it shows\n{theirs}\nand on ours\n{ours}");
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
    /// Starts a program that stays, and waits until it has this client; returns the number.
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

    /// That our shared object, and none of ours on libasound, is in the program.
    fn is_ours(&self, program: &Ended) -> Result<()> {
        let maps = fs::read_to_string(format!("/proc/{}/maps", program.0.id()))?;
        let is = maps.contains(super::PRELOAD);
        if is != (self.form == Form::Preload) {
            bail!("what is loaded is wrong: {maps}");
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

    /// What the last program that stays has written.
    fn said(&self) -> String {
        ["out", "error"]
            .map(|name| fs::read(self.chroot.tmp(name)).unwrap_or_default())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .join("\n")
    }

    /// The end of that, for when it fails.
    fn end(&self) -> String {
        let said = self.said();
        let lines: Vec<&str> = said.lines().collect();
        let first = lines.len().saturating_sub(20);
        lines.get(first..).unwrap_or_default().join("\n")
    }

    /// Runs a program to its end, and returns what it writes.
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

    /// `aplaymidi` of libasound plays the song to a client.
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
        // Nothing tells of it.
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The events that it writes, in their order.
fn fluidsynth(desk: &Desk<'_>) -> Result<String> {
    let words = [
        // Each event is written when it comes.
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
        let said = desk.said();
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

/// The ports of its client; that there is a sound.
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

/// The ports that JACK has; that what goes in at one comes out of another.
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
            .with_context(|| format!("no port of {client} {way} in\n{all}"))
    };
    let (from, to) = (find("[20]", "(capture)")?, find("[21]", "(playback)")?);
    // What the kernel's client 21 gets is read there.
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

/// The file that it saves, and the connections that it makes of it.
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
        bail!("of\n{made}\ncome back\n{}", connections()?);
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

/// The client of a program with windows, for which there is no screen.
fn patchbay(desk: &Desk<'_>, words: &[&str]) -> Result<String> {
    // It is the only client of a program.
    let (program, number) = desk.with_client(words, "[User")?;
    let descriptors = fs::read_dir(format!("/proc/{}/fd", program.0.id()))?;
    let has = descriptors
        .flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|path| path.ends_with("snd/seq"));
    if !has {
        bail!("it has not opened the sequencer");
    }
    Ok(number.to_string())
}
