//! The arguments of each command under each condition, and its expected end.

use std::fs::File;
use std::io::Write;
use std::net::TcpStream;
use std::path::PathBuf;
use std::rc::Rc;

use alsa_seq::{Event, EventData, Port, SequencerClient};
use aseq::song::Song;
use nix::sys::stat::Mode;
use tempfile::TempDir;

use crate::Condition;
use crate::heard::Receiver;
use crate::scene::{Expected, Scene, pipe};
use support::files;
use support::{PATIENCE, client};

/// The kind of a command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Recipe {
    /// It prints something, and ends.
    Prints(&'static [&'static str]),
    /// It prints problems, and ends.
    Examines,
    /// It changes connections, and ends.
    Does(fn() -> Scene),
    /// It silences receivers, and ends.
    Panics,
    /// It reads a file, prints its content, and ends.
    Reads,
    /// It prints the events that arrive.
    Shows(&'static [&'static str], Expected),
    /// It prints changes of clients, ports and connections.
    Watches,
    /// It prints the address of a page, and serves the page.
    Serves,
    /// It writes the undamaged part of a file to another file, and ends.
    Repairs,
    /// It plays files.
    Plays(&'static [&'static str]),
    /// It plays MIDI clips.
    PlaysClips,
    /// It records into a file.
    Records(Records),
    /// It sends events from its arguments, a file or standard input.
    Sends(Sends),
    /// It sends events over TCP.
    Net,
}

/// The options of a command that records.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Records {
    has_metronome: bool,
    has_tempo_map: bool,
    /// The option that makes it ask before it begins.
    asks: Option<&'static str>,
}

/// The options of a command that sends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sends {
    file: &'static str,
    /// Arguments that make a note sound for an hour.
    hour: &'static [&'static str],
    has_stdin: bool,
}

pub(crate) fn recipe(command: &str) -> Option<Recipe> {
    Some(match command {
        "list" => Recipe::Prints(&[]),
        "doctor" => Recipe::Examines,
        "graph" => Recipe::Prints(&[]),
        "graph --serve" => Recipe::Serves,
        "aconnect" => Recipe::Prints(&["-l"]),
        "connect" => Recipe::Does(connect),
        "disconnect" => Recipe::Does(disconnect),
        "panic" => Recipe::Panics,
        "patch" => Recipe::Does(patch),
        "info" => Recipe::Reads,
        "repair" => Recipe::Repairs,
        "dump" => Recipe::Shows(&[], Expected::Well),
        "watch" => Recipe::Watches,
        "aseqdump" => Recipe::Shows(&[], Expected::AsAseqdump),
        "play" => Recipe::Plays(&[]),
        "aplaymidi" => Recipe::Plays(&[]),
        "aplaymidi2" => Recipe::PlaysClips,
        "record" => Recipe::Records(Records {
            has_metronome: true,
            has_tempo_map: true,
            asks: None,
        }),
        "arecordmidi" => Recipe::Records(Records {
            has_metronome: true,
            has_tempo_map: false,
            asks: None,
        }),
        "arecordmidi2" => Recipe::Records(Records {
            has_metronome: false,
            has_tempo_map: false,
            asks: Some("-r"),
        }),
        "send" => Recipe::Sends(Sends {
            file: "--file",
            hour: &["note 1 60 100 3600s"],
            has_stdin: true,
        }),
        "aseqsend" => Recipe::Sends(Sends {
            file: "-s",
            hour: &["-i", "3600000", "903c64", "803c00"],
            has_stdin: false,
        }),
        "aseqnet" => Recipe::Net,
        _ => return None,
    })
}

impl Recipe {
    /// Returns the scene for this condition, or `None` if it does not concern the
    /// command.
    pub(crate) fn scene(self, condition: Condition) -> Option<Scene> {
        match self {
            Self::Prints(arguments) => prints(arguments, condition),
            // The problems, and the status, depend on the other cases.
            Self::Examines => match condition {
                Condition::StdinSilent | Condition::StderrStopped => None,
                condition => prints(&[], condition),
            },
            Self::Does(scene) => does(scene(), condition),
            Self::Panics => panics(condition),
            Self::Reads => reads(condition),
            Self::Repairs => repairs(condition),
            Self::Shows(arguments, expected) => shows(arguments, expected, condition),
            Self::Watches if condition == Condition::SourceGone => None,
            Self::Watches => shows(&[], Expected::Well, condition),
            Self::Serves => Self::Watches.scene(condition),
            Self::Plays(arguments) => plays(&chord(), arguments, condition),
            Self::PlaysClips => plays(&clip(), &[], condition),
            Self::Records(records) => records.scene(condition),
            Self::Sends(sends) => sends.scene(condition),
            Self::Net => net(condition),
        }
    }
}

fn connect() -> Scene {
    let (sender, receiver) = (client("sender"), Receiver::new(200));
    let port = sender.create_port("out").unwrap();
    let addresses = [port.address().to_string(), receiver.address()];
    let arguments = addresses.each_ref().map(String::as_str);
    let scene = Scene::new(Expected::Alone(0), &arguments);
    scene.keep((port, sender)).keep(receiver)
}

fn disconnect() -> Scene {
    let (sender, receiver) = (client("sender"), Receiver::new(200));
    let port = sender.create_port("out").unwrap();
    port.connect_to(receiver.port()).unwrap();
    let addresses = [port.address().to_string(), receiver.address()];
    let arguments = addresses.each_ref().map(String::as_str);
    let scene = Scene::new(Expected::Alone(0), &arguments);
    scene.keep((port, sender)).keep(receiver)
}

fn patch() -> Scene {
    let (sender, receiver) = (client("sender"), Receiver::new(200));
    let port = sender.create_port("out").unwrap();
    let name = |id| sender.client_info(id).unwrap().name().into_owned();
    let (from, to) = (name(sender.id()), name(receiver.port().address().client));
    let rule = format!("[[connect]]\nfrom = '{from}'\nto = '{to}'\n");
    let file = files::temporary(rule.as_bytes());
    let arguments = ["apply", file.path().to_str().unwrap()];
    let scene = Scene::new(Expected::Alone(0), &arguments);
    scene.keep((port, sender)).keep(receiver).keep(file)
}

fn panics(condition: Condition) -> Option<Scene> {
    let (pool, status) = match condition {
        Condition::ReceiverStopped => (4, 1),
        _ => (2000, 0),
    };
    let receiver = Receiver::new(pool);
    let scene = Scene::new(Expected::Alone(status), &[&receiver.address()]).keep(receiver);
    match condition {
        Condition::ReceiverStopped => Some(scene),
        _ => does(scene, condition),
    }
}

fn prints(arguments: &[&str], condition: Condition) -> Option<Scene> {
    let scene = |expected| Scene::new(expected, arguments);
    let words = ["no such thing", "no such thing"];
    Some(match condition {
        Condition::StdinSilent => scene(Expected::Alone(0)).stdin_silent(),
        Condition::StdoutStopped => scene(Expected::Killed).stdout_stopped(),
        Condition::TerminalStopped => scene(Expected::Killed).terminal_stopped(),
        Condition::DiskFull => scene(Expected::Alone(1)).stdout_full(),
        // `aconnect` gets names that do not exist, so that it writes an error. Clap
        // writes errors about arguments before anything else, and may block.
        Condition::StderrStopped if arguments.is_empty() => {
            scene(Expected::Alone(0)).stderr_stopped()
        }
        Condition::StderrStopped => Scene::new(Expected::Alone(1), &words).stderr_stopped(),
        _ => return None,
    })
}

fn does(scene: Scene, condition: Condition) -> Option<Scene> {
    Some(match condition {
        Condition::StdinSilent => scene.stdin_silent(),
        Condition::StdoutStopped => scene.stdout_stopped(),
        Condition::TerminalStopped => scene.terminal_stopped(),
        Condition::DiskFull => scene.stdout_full(),
        Condition::StderrStopped => scene.stderr_stopped(),
        _ => return None,
    })
}

fn reads(condition: Condition) -> Option<Scene> {
    let song = song_file(&chord());
    let path = song.path().to_str().unwrap().to_owned();
    let scene = |expected| Scene::new(expected, &[&path]).keep(song);
    Some(match condition {
        Condition::StdinSilent => Scene::new(Expected::Killed, &["-"]).stdin_silent(),
        Condition::StdoutStopped => scene(Expected::Killed).stdout_stopped(),
        Condition::TerminalStopped => scene(Expected::Killed).terminal_stopped(),
        Condition::DiskFull => scene(Expected::Alone(1)).stdout_full(),
        Condition::StderrStopped => {
            Scene::new(Expected::Alone(1), &["/no/such/file"]).stderr_stopped()
        }
        Condition::FifoWithoutPartner => {
            let (directory, fifo) = fifo();
            Scene::new(Expected::Killed, &[&fifo]).keep(directory)
        }
        _ => return None,
    })
}

fn repairs(condition: Condition) -> Option<Scene> {
    let song = chord();
    let damaged = song_file(&song[..song.len() - 4]);
    let path = damaged.path().to_str().unwrap().to_owned();
    let directory = Rc::new(tempfile::tempdir().unwrap());
    let out = directory.path().join("whole.mid");
    let name = out.to_str().unwrap().to_owned();
    let of =
        |expected, arguments: &[&str]| Scene::new(expected, arguments).keep(Rc::clone(&directory));
    let repairs = || {
        let out = out.clone();
        of(Expected::Alone(0), &[&path, &name]).check(move || is_whole(&out))
    };
    Some(match condition {
        Condition::StdinSilent => of(Expected::Killed, &["-", &name]).stdin_silent(),
        Condition::StdoutStopped => repairs().keep(damaged).stdout_stopped(),
        Condition::StderrStopped => repairs().keep(damaged).stderr_stopped(),
        Condition::TerminalStopped => repairs().keep(damaged).terminal_stopped(),
        Condition::DiskFull => of(Expected::Alone(1), &[&path, "-"])
            .keep(damaged)
            .stdout_full(),
        Condition::FifoWithoutPartner => {
            let (fifos, fifo) = fifo();
            of(Expected::Killed, &[&fifo, &name]).keep(fifos)
        }
        _ => return None,
    })
}

fn shows(arguments: &[&str], expected: Expected, condition: Condition) -> Option<Scene> {
    let scene = |expected| Scene::new(expected, arguments);
    Some(match condition {
        Condition::StdinSilent => scene(expected).with_a_port().stdin_silent(),
        Condition::StdoutStopped => scene(Expected::Killed).stdout_stopped(),
        Condition::StderrStopped => scene(expected).with_a_port().stderr_stopped(),
        Condition::TerminalStopped => scene(Expected::Killed).terminal_stopped(),
        Condition::DiskFull => scene(Expected::Alone(1)).stdout_full(),
        Condition::SourceGone => {
            let source = Source::new();
            let more = ["-p", &source.address()];
            source.sends_and_ends(Scene::new(expected, &[arguments, &more].concat()))
        }
        _ => return None,
    })
}

/// A song that lasts an hour. It moves every controller, bend and pressure.
fn chord() -> Vec<u8> {
    let song = files::song(&[
        (0, &[0xb0, 1, 127]),
        (0, &[0xb0, 64, 127]),
        (0, &[0xb0, 66, 127]),
        (0, &[0xb0, 67, 127]),
        (0, &[0xb0, 69, 127]),
        (0, &[0xe0, 0, 96]),
        (0, &[0xd0, 127]),
        (0, &[0x90, 60, 100]),
        (0, &[0x91, 64, 100]),
        (0, &[0x90, 67, 100]),
        (0x0fff_ffff, &[0x80, 60, 0]),
    ]);
    std::fs::read(song.path()).unwrap()
}

/// The same as a MIDI clip.
fn clip() -> Vec<u8> {
    let words: &[u32] = &[
        0x0040_0000, // Time: 0.
        0x0030_0060, // 96 ticks of a quarter note.
        0x0040_0000,
        0xf020_0000, // The clip starts.
        0,
        0,
        0,
        0x0040_0000,
        0x20b0_407f,
        0x0040_0000,
        0x2090_3c64,
        0x0040_0000,
        0x2091_4064,
        0x0040_0000,
        0x2090_4364,
        0x004f_ffff, // A time that no test waits for.
        0x2080_3c00,
        0x0040_0000,
        0xf021_0000, // The clip ends.
        0,
        0,
        0,
    ];
    let words = words.iter().flat_map(|word| word.to_be_bytes());
    b"SMF2CLIP".iter().copied().chain(words).collect()
}

fn song_file(bytes: &[u8]) -> tempfile::NamedTempFile {
    files::temporary(bytes)
}

fn plays(song: &[u8], more: &[&str], condition: Condition) -> Option<Scene> {
    let receiver = match condition {
        Condition::ReceiverStopped => Receiver::new(4),
        _ => Receiver::new(2000),
    };
    let address = receiver.address();
    let file = Rc::new(song_file(song));
    let path = file.path().to_str().unwrap().to_owned();
    let of = |expected, path: &str| Scene::new(expected, &[more, &["-p", &address, path]].concat());
    let heard = |receiver| {
        of(Expected::Killed, &path)
            .keep(Rc::clone(&file))
            .heard_by(receiver, 3)
    };
    Some(match condition {
        Condition::StdinSilent => of(Expected::Killed, "-").stdin_silent().keep(receiver),
        Condition::StdoutStopped => heard(receiver).stdout_stopped(),
        Condition::StderrStopped => heard(receiver).stderr_stopped(),
        Condition::TerminalStopped => heard(receiver).terminal_stopped(),
        Condition::DiskFull => heard(receiver).stdout_full(),
        Condition::FifoWithoutPartner => {
            let (directory, fifo) = fifo();
            of(Expected::Killed, &fifo).keep(directory).keep(receiver)
        }
        Condition::ReceiverStopped => of(Expected::Killed, &path).keep(file).keep(receiver),
        Condition::ReceiverGone => {
            let scene = heard(receiver).step(|scene| {
                scene.receiver = None;
                Ok(())
            });
            Scene {
                expected: Expected::Alone(1),
                ..scene
            }
        }
        // The program that writes the file ends before the end of the file.
        Condition::SourceGone => {
            let (reader, writer) = pipe();
            let mut writer = File::from(writer);
            writer.write_all(&song[..song.len() / 2]).unwrap();
            of(Expected::Alone(1), "-").stdin(reader).keep(receiver)
        }
    })
}

impl Records {
    fn scene(self, condition: Condition) -> Option<Scene> {
        let source = Source::new();
        let address = source.address();
        let directory = Rc::new(tempfile::tempdir().unwrap());
        let path = directory.path().join("take.mid");
        let name = path.to_str().unwrap().to_owned();
        let of = |expected, more: &[&str], name: &str| {
            Scene::new(expected, &[more, &["-p", &address, name]].concat())
        };
        let takes = |more: &[&str]| {
            let scene = of(Expected::Well, more, &name).keep(Rc::clone(&directory));
            let path = path.clone();
            scene.check(move || is_whole(&path))
        };
        Some(match condition {
            Condition::StdinSilent => match self.asks {
                Some(asks) => of(Expected::Killed, &[asks], &name).stdin_silent(),
                None => source.plays(takes(&[])).stdin_silent(),
            },
            Condition::StdoutStopped => source
                .plays(of(Expected::Fails(1), &[], "-"))
                .stdout_stopped(),
            Condition::StderrStopped => source.plays(takes(&[])).stderr_stopped(),
            Condition::TerminalStopped => source.plays(takes(&[])).terminal_stopped(),
            Condition::FifoWithoutPartner => {
                let (directory, fifo) = fifo();
                let scene = if self.has_tempo_map {
                    of(Expected::Killed, &["--tempo-map", &fifo], &name)
                } else {
                    of(Expected::Killed, &[], &fifo)
                };
                scene.keep(directory).keep(source)
            }
            Condition::DiskFull => {
                std::fs::write(&path, chord()).unwrap();
                let scene = of(Expected::Alone(1), &[], &name).disk_full();
                let scene = scene.keep(source).keep(Rc::clone(&directory));
                scene.check(move || match std::fs::read(&path) {
                    Ok(bytes) if bytes == chord() => Ok(()),
                    other => Err(format!("the old take is {other:?}")),
                })
            }
            Condition::ReceiverStopped | Condition::ReceiverGone if !self.has_metronome => {
                return None;
            }
            Condition::ReceiverStopped => {
                let receiver = Receiver::new(4);
                source.plays(takes(&["-m", &receiver.address()]).keep(receiver))
            }
            Condition::ReceiverGone => {
                let receiver = Receiver::new(2000);
                let scene = takes(&["-m", &receiver.address()]).heard_by(receiver, 1);
                source.plays(scene.step(|scene| {
                    scene.receiver = None;
                    Ok(())
                }))
            }
            Condition::SourceGone => source.sends_and_ends(takes(&[])),
        })
    }
}

impl Sends {
    fn scene(self, condition: Condition) -> Option<Scene> {
        let receiver = match condition {
            Condition::ReceiverStopped => Receiver::new(4),
            _ => Receiver::new(2000),
        };
        let address = receiver.address();
        let of =
            |expected, words: &[&str]| Scene::new(expected, &[&["-p", &address], words].concat());
        let hour = |receiver| of(Expected::Killed, self.hour).heard_by(receiver, 1);
        Some(match condition {
            Condition::StdinSilent if self.has_stdin => {
                let (reader, writer) = pipe();
                let mut writer = File::from(writer);
                writer.write_all(b"note-on 1 60 100\n").unwrap();
                let scene = of(Expected::Killed, &["-"]).stdin(reader).keep(writer);
                scene.heard_by(receiver, 1)
            }
            Condition::StdinSilent => hour(receiver).stdin_silent(),
            Condition::StdoutStopped => hour(receiver).stdout_stopped(),
            Condition::StderrStopped => hour(receiver).stderr_stopped(),
            Condition::TerminalStopped => hour(receiver).terminal_stopped(),
            Condition::DiskFull => hour(receiver).stdout_full(),
            Condition::FifoWithoutPartner => {
                let (directory, fifo) = fifo();
                let scene = of(Expected::Killed, &[self.file, &fifo]);
                scene.keep(directory).keep(receiver)
            }
            Condition::ReceiverStopped => {
                let bytes = [0xf0].into_iter().chain([1; 100_000]).chain([0xf7]);
                let file = song_file(&bytes.collect::<Vec<u8>>());
                let path = file.path().to_str().unwrap().to_owned();
                of(Expected::Killed, &[self.file, &path])
                    .keep(file)
                    .waits_for(receiver)
            }
            Condition::ReceiverGone if self.has_stdin => {
                let (reader, writer) = pipe();
                let mut writer = File::from(writer);
                writer.write_all(b"note-on 1 60 100\n").unwrap();
                let scene = of(Expected::Alone(1), &["-"]).stdin(reader);
                scene.heard_by(receiver, 1).step(move |scene| {
                    scene.receiver = None;
                    writer.write_all(b"note-off 1 60 100\n").unwrap();
                    Ok(())
                })
            }
            // More messages than it sends before the receiver is removed.
            Condition::ReceiverGone => {
                let messages = ["903c64"; 1000];
                let words = [&["-i", "50"][..], &messages].concat();
                of(Expected::Alone(1), &words)
                    .heard_by(receiver, 1)
                    .step(|scene| {
                        scene.receiver = None;
                        Ok(())
                    })
            }
            Condition::SourceGone => return None,
        })
    }
}

/// A server that gets a note over TCP, and a receiver of this note. `then` gets the TCP
/// connection.
pub(crate) fn net_plays(
    expected: Expected,
    mut receiver: Receiver,
    then: impl FnOnce(&mut Scene, TcpStream) -> Result<(), String> + 'static,
) -> Scene {
    let tcp = tcp_port();
    let scene = Scene::new(expected, &["-p", &tcp]).with_a_port();
    scene.step(move |scene| {
        let mut stream = connected(&tcp)?;
        receiver.connect_from(scene.pid)?;
        send_note(&mut stream);
        receiver.hear_notes(1)?;
        scene.receiver = Some(receiver);
        scene.is_heard = true;
        then(scene, stream)
    })
}

fn send_note(stream: &mut TcpStream) {
    let note = Event::note_on(0, 60, 100).unwrap();
    let mut bytes = Vec::new();
    aseq::old::aseqnet::wire::put(&note, &mut bytes);
    stream.write_all(&bytes).unwrap();
}

/// Connects to a server that may not listen yet.
fn connected(port: &str) -> Result<TcpStream, String> {
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        match TcpStream::connect(format!("127.0.0.1:{port}")) {
            Ok(stream) => return Ok(stream),
            Err(error) if std::time::Instant::now() > deadline => return Err(error.to_string()),
            Err(_) => std::thread::yield_now(),
        }
    }
}

/// A server. It has no TCP connection unless the condition is about a receiver or a
/// source.
fn net(condition: Condition) -> Option<Scene> {
    let expected = Expected::AsAseqnet;
    let scene = || Scene::new(expected, &["-i", "-v", "-p", &tcp_port()]).with_a_port();
    Some(match condition {
        Condition::StdinSilent => scene().stdin_silent(),
        Condition::StdoutStopped => scene().stdout_stopped(),
        Condition::StderrStopped => scene().stderr_stopped(),
        Condition::TerminalStopped => scene().terminal_stopped(),
        Condition::DiskFull => scene().stdout_full(),
        Condition::ReceiverStopped => {
            net_plays(expected, Receiver::new(4), |scene, mut stream| {
                (0..100).for_each(|_| send_note(&mut stream));
                // The receiver still exists, but no longer reads.
                let receiver = scene.receiver.take();
                scene.kept.push(Box::new((stream, receiver)));
                Ok(())
            })
        }
        Condition::ReceiverGone => net_plays(expected, Receiver::new(2000), |scene, mut stream| {
            scene.receiver = None;
            send_note(&mut stream);
            scene.kept.push(Box::new(stream));
            Ok(())
        }),
        // The server ends when its last TCP connection is closed.
        Condition::SourceGone => net_plays(Expected::Alone(0), Receiver::new(2000), |_, stream| {
            drop(stream);
            Ok(())
        }),
        Condition::FifoWithoutPartner => return None,
    })
}

/// Returns a free TCP port.
fn tcp_port() -> String {
    // The test kernel starts without a loopback interface.
    let _ = std::process::Command::new("ip")
        .args(["link", "set", "lo", "up"])
        .status();
    let listener = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

/// Makes a FIFO in a temporary directory.
fn fifo() -> (TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fifo");
    nix::unistd::mkfifo(&path, Mode::S_IRWXU).unwrap();
    let name = path.to_str().unwrap().to_owned();
    (directory, name)
}

/// A client that plays a note as soon as a receiver connects.
struct Source {
    port: Port,
    client: SequencerClient,
}

impl Source {
    fn new() -> Self {
        let client = client("source");
        let port = client.create_port("out").unwrap();
        Self { port, client }
    }

    fn address(&self) -> String {
        self.port.address().to_string()
    }

    /// Lets it play before the signal.
    fn plays(self, scene: Scene) -> Scene {
        scene.step(move |scene| {
            let source = self.play()?;
            scene.kept.push(Box::new(source));
            Ok(())
        })
    }

    /// Lets it play and end.
    fn sends_and_ends(self, scene: Scene) -> Scene {
        scene.step(move |_| self.play().map(drop))
    }

    fn play(mut self) -> Result<Self, String> {
        let receiver = loop {
            let event = self.client.event_input_timeout(PATIENCE);
            let event = event.map_err(|error| format!("nobody connects: {error}"))?;
            if let EventData::PortSubscribed { receiver, .. } = event.data() {
                break receiver;
            }
        };
        // The kernel announces the connection before it carries events. It carries events when the
        // receiver's list contains it.
        let started = std::time::Instant::now();
        while self
            .client
            .connections_to(receiver)
            .is_ok_and(|list| list.iter().all(|one| one.sender != self.port.address()))
        {
            if started.elapsed() > PATIENCE {
                return Err("the connection never carries events".to_owned());
            }
            std::thread::yield_now();
        }
        for event in [Event::note_on(0, 60, 100), Event::note_off(0, 60, 0)] {
            let event = event.unwrap().from_port(&self.port).to_subscribers();
            self.client.event_output_direct(&event).unwrap();
        }
        Ok(self)
    }
}

/// Checks that the file is a song with events.
fn is_whole(path: &PathBuf) -> Result<(), String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let song = Song::read(&bytes).map_err(|error| format!("the take: {error}"))?;
    if song.items().any(|_| true) {
        Ok(())
    } else {
        Err("the take is empty".to_owned())
    }
}
