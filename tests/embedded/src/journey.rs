//! The life of a device whose connections are in a file: `cargo xtask journey` boots it twice, and
//! cuts its power in between.
//!
//! The program that boots the device sends the commands for the first boot by the serial line, and
//! ends it. The second boot finds the files of the first on the disk.

mod fingers;
mod keys;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use alsa_seq::{Address, Topology, TopologyMonitor};
use nix::mount::{MsFlags, mount};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::{Failure, call, expect};
use fingers::Fingers;
use keys::Keys;

/// The rules, where the maker of the image has put them.
pub(crate) const RULES: &str = "/patch.toml";

const DISK: &str = "/disk";
const LEARNED: &str = "/disk/learned.toml";

/// The longest time to wait for an event that is certain to come, on a busy emulated machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// The number of notes that are played each time after the keyboard is plugged in.
const NOTES: usize = 10;

/// Runs one boot of the device.
pub(crate) fn run() -> Result<(), Failure> {
    directories()?;
    let cut_short = find(".recording.mid")?;
    let mut fingers = Fingers::new()?;
    let mut scene = Scene(TopologyMonitor::open("journey")?);
    if let Some(recording) = &cut_short {
        let notes = notes_in(recording)?;
        fingers.hear_again(recording, notes)?;
        println!("journey: {} has {notes} notes", recording.display());
    }
    let _keeper = start(&["patch", "keep", "--learn", LEARNED, RULES])?;
    let recorder = start(&["record", "--number", "/disk/take.mid"])?;
    scene.client("aseq record")?;
    scene.client("aseq patch")?;
    let mut keys = Keys::new()?;
    let when = match cut_short {
        None => "after the start",
        Some(_) => "after the power cut",
    };
    scene.plug(&mut keys, when)?;
    match cut_short {
        None => first(&mut scene, &mut keys, &mut fingers),
        Some(_) => second(&mut scene, &mut fingers, recorder),
    }
}

/// Runs the first boot, which ends when the power is cut.
fn first(scene: &mut Scene, keys: &mut Keys, fingers: &mut Fingers) -> Result<(), Failure> {
    let mut hands = scene.hands()?;
    fingers.play(&mut hands, NOTES)?;
    drop(hands);
    keys.unplug()?;
    scene.wait("the keyboard goes", |now| {
        keyboard(now).is_none().then_some(())
    })?;
    scene.plug(keys, "plugged in again")?;
    let mut hands = scene.hands()?;
    fingers.play(&mut hands, NOTES)?;

    // A user connects two ports by hand, and the device stores this connection.
    fingers.connect_by_hand()?;
    wait_for_file(Path::new(DISK), || {
        Ok(fs::read_to_string(LEARNED).is_ok_and(|rules| rules.contains(fingers::NAME)))
    })?;
    println!("journey: the connection by hand is in {LEARNED}");

    shell()?;

    let recording = find(".recording.mid")?.ok_or("there is no recording")?;
    std::thread::spawn(move || {
        if let Err(error) = tell_saved(&recording) {
            println!("embedded: FAILED: {error}");
        }
    });
    let begun = Instant::now();
    loop {
        fingers.play(&mut hands, 1)?;
        let (played, when) = (fingers.played(), begun.elapsed().as_millis());
        println!("journey: note {played} was played at {when} ms");
    }
}

/// Prints the number of notes on the disk whenever it changes.
fn tell_saved(recording: &Path) -> Result<(), Failure> {
    let mut told = 0;
    wait_for_file(recording, || {
        let notes = notes_in(recording)?;
        if notes != told {
            told = notes;
            println!("journey: {notes} notes are in the file");
        }
        Ok(false)
    })
}

/// Runs the second boot, which finds everything as it was.
fn second(scene: &mut Scene, fingers: &mut Fingers, recorder: Child) -> Result<(), Failure> {
    scene.wait("the connection by hand comes back", |now| {
        now.is_connected(fingers.sender(), fingers.receiver())
            .then_some(())
    })?;
    println!("journey: the connection by hand is there again");
    let mut hands = scene.hands()?;
    fingers.play(&mut hands, NOTES)?;
    end(recorder)?;
    let take = find("take-2.mid")?.ok_or("there is no second take")?;
    expect(
        &call("/aseq", &["info", &take.display().to_string()])?,
        "notes: 10,",
    )
}

/// The state of the sequencer, as the kernel announces it.
struct Scene(TopologyMonitor);

impl Scene {
    fn wait<T>(
        &mut self,
        what: &str,
        mut find: impl FnMut(&Topology) -> Option<T>,
    ) -> Result<T, Failure> {
        loop {
            if let Some(found) = find(self.0.topology()) {
                return Ok(found);
            }
            let change = self.0.next_change_timeout(PATIENCE);
            change.map_err(|error| format!("until {what}: {error}"))?;
        }
    }

    /// Returns the first port of this client.
    fn client(&mut self, name: &str) -> Result<Address, Failure> {
        self.wait(name, |now| first_port(now, name))
    }

    /// Returns the raw MIDI device of the keyboard's own side. Bytes that are written to it are the
    /// keyboard's output.
    fn hands(&mut self) -> Result<File, Failure> {
        let card = self.wait(keys::GADGET, |now| {
            let mut clients = now.clients();
            clients.find(|client| client.name() == keys::GADGET)?.card()
        })?;
        Ok(File::create(format!("/dev/snd/midiC{card}D0"))?)
    }

    /// Plugs the keyboard in, and waits for its connections.
    fn plug(&mut self, keys: &mut Keys, when: &str) -> Result<(), Failure> {
        let begun = Instant::now();
        keys.plug()?;
        let port = self.wait("the keyboard comes", keyboard)?;
        let there = begun.elapsed();
        let receivers = [fingers::SYNTH, "aseq record"];
        self.wait("the keyboard is connected", |now| {
            let mut receivers = receivers.iter().map(|name| first_port(now, name));
            receivers
                .all(|receiver| receiver.is_some_and(|to| now.is_connected(port, to)))
                .then_some(())
        })?;
        let connected = begun.elapsed() - there;
        println!(
            "journey: connected: {when}, the keyboard appears {} ms after the plug, and its \
             connections {} ms later",
            there.as_millis(),
            connected.as_millis()
        );
        Ok(())
    }
}

fn keyboard(now: &Topology) -> Option<Address> {
    first_port(now, keys::TITLE)
}

fn first_port(now: &Topology, name: &str) -> Option<Address> {
    let client = now.clients().find(|client| client.name() == name)?;
    now.ports_of(client.id()).next().map(|port| port.address())
}

/// Mounts the file systems that `aseq` reads, the disk, and the rules, which are read-only.
fn directories() -> Result<(), Failure> {
    let none = None::<&str>;
    for (kind, on) in [
        ("proc", "/proc"),
        ("sysfs", "/sys"),
        ("devtmpfs", "/dev"),
        ("configfs", "/sys/kernel/config"),
    ] {
        fs::create_dir_all(on)?;
        mount(Some(kind), on, Some(kind), MsFlags::empty(), none)
            .map_err(|error| format!("mount {on}: {error}"))?;
    }
    fs::create_dir_all(DISK)?;
    mount(Some("/dev/vda"), DISK, Some("ext4"), MsFlags::empty(), none)
        .map_err(|error| format!("mount {DISK}: {error}"))?;
    let bound = MsFlags::MS_BIND;
    mount(Some(RULES), RULES, none, bound, none)?;
    let read_only = bound | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
    mount(none, RULES, none, read_only, none)?;
    match fs::write(RULES, "") {
        Err(error) if error.kind() == std::io::ErrorKind::ReadOnlyFilesystem => Ok(()),
        other => Err(format!("{RULES} can be written to: {other:?}").into()),
    }
}

/// Returns the file on the disk whose name has this end.
fn find(end: &str) -> Result<Option<PathBuf>, Failure> {
    for entry in fs::read_dir(DISK)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(end) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Returns the number of notes in a song.
fn notes_in(song: &Path) -> Result<usize, Failure> {
    let output = Command::new("/aseq").arg("info").arg(song).output()?;
    let text = String::from_utf8(output.stdout)?;
    let notes = text.split_once("notes: ").and_then(|(_, rest)| {
        let (number, _) = rest.split_once(',')?;
        number.parse().ok()
    });
    notes.ok_or_else(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        format!("no notes in {}: {said}{text}", song.display()).into()
    })
}

/// Waits for changes of a file or a directory until `is_so` returns true.
fn wait_for_file(
    path: &Path,
    mut is_so: impl FnMut() -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let inotify = Inotify::init(InitFlags::empty())?;
    let changes = AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_MOVED_TO;
    inotify.add_watch(path, changes)?;
    while !is_so()? {
        inotify.read_events()?;
    }
    Ok(())
}

/// Runs a command that comes by the serial line.
fn shell() -> Result<(), Failure> {
    println!("journey: which command?");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let program = words.next().ok_or("no command came")?;
    let status = Command::new(format!("/{program}")).args(words).status()?;
    println!("journey: {status}");
    Ok(())
}

fn start(arguments: &[&str]) -> Result<Child, Failure> {
    println!("# /aseq {}", arguments.join(" "));
    Ok(Command::new("/aseq").args(arguments).spawn()?)
}

/// Ends a program as a service manager does.
fn end(mut program: Child) -> Result<(), Failure> {
    let pid = Pid::from_raw(i32::try_from(program.id())?);
    kill(pid, Signal::SIGTERM)?;
    match program.wait()? {
        status if status.success() => Ok(()),
        status => Err(format!("it ends with {status}").into()),
    }
}
