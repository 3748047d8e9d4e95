//! The work of each command, and a check that it was done.

use std::cell::RefCell;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use alsa_seq::{ClientOptions, Event, EventData, Port, PortOptions, SequencerClient};
use aseq::song::Song;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::run::Outcome;

/// A command with its arguments.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) arguments: Vec<String>,
    /// Before each run.
    pub(crate) begin: Box<dyn FnMut()>,
    /// A check after the run: whether the work is done. It fails if unwanted objects are left.
    pub(crate) end: Box<End>,
    /// Its files, which are removed at the end.
    _directory: Option<TempDir>,
}

type End = dyn FnMut(&Outcome) -> Result<bool, String>;

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

pub(crate) fn all() -> Vec<Work> {
    vec![
        list(),
        connect(),
        disconnect(),
        play(),
        send(),
        panic(),
        dump(),
        record(),
        prints("graph", &["graph"], "</svg>\n"),
        serve(),
        watch(),
        patch(),
        prints("aconnect", &["aconnect", "-l"], "Midi Through"),
        aplaymidi(),
    ]
}

fn list() -> Work {
    prints("list", &["list"], "Midi Through")
}

/// A command that prints this text when its work is done.
fn prints(name: &'static str, arguments: &[&str], text: &'static str) -> Work {
    Work {
        name,
        arguments: words(arguments),
        begin: Box::new(|| ()),
        end: Box::new(move |outcome| Ok(String::from_utf8_lossy(&outcome.stdout).contains(text))),
        _directory: None,
    }
}

/// Two ports of one client.
fn pair() -> (SequencerClient, Port, Port) {
    let client = SequencerClient::open("pair").unwrap();
    let sender = client.create_port("sender").unwrap();
    let receiver = client.create_port("receiver").unwrap();
    (client, sender, receiver)
}

fn are_connected((client, sender, receiver): &(SequencerClient, Port, Port)) -> bool {
    client.connection(sender, receiver).is_ok()
}

fn connect() -> Work {
    let pair = Rc::new(pair());
    let same = Rc::clone(&pair);
    let addresses = [&pair.1, &pair.2].map(|port| port.address().to_string());
    Work {
        name: "connect",
        arguments: words(&["connect", &addresses[0], &addresses[1]]),
        begin: Box::new(move || {
            if are_connected(&same) {
                same.1.disconnect_to(&same.2).unwrap();
            }
        }),
        end: Box::new(move |_| Ok(are_connected(&pair))),
        _directory: None,
    }
}

fn disconnect() -> Work {
    let pair = Rc::new(pair());
    let same = Rc::clone(&pair);
    let addresses = [&pair.1, &pair.2].map(|port| port.address().to_string());
    Work {
        name: "disconnect",
        arguments: words(&["disconnect", &addresses[0], &addresses[1]]),
        begin: Box::new(move || {
            if !are_connected(&same) {
                same.1.connect_to(&same.2).unwrap();
            }
        }),
        end: Box::new(move |_| Ok(!are_connected(&pair))),
        _directory: None,
    }
}

/// A client that reads after a run.
struct Listener {
    client: SequencerClient,
    port: Port,
}

impl Listener {
    fn new() -> Rc<RefCell<Self>> {
        let client = ClientOptions::new("listener")
            .input_pool(2000)
            .open()
            .unwrap();
        let port = client.create_port("in").unwrap();
        Rc::new(RefCell::new(Self { client, port }))
    }

    /// Returns the received events without the kernel's announcements.
    fn received(&mut self) -> Vec<EventData<'static>> {
        let mut heard = Vec::new();
        while let Some(event) = self.client.try_event_input().unwrap() {
            let event: &'static Event<'static> = Box::leak(Box::new(event));
            let notice = (60..=67).contains(&event.event_type().number());
            if !notice {
                heard.push(event.data());
            }
        }
        heard
    }
}

fn is_on(data: &EventData<'_>) -> bool {
    matches!(data, EventData::NoteOn { velocity, .. } if *velocity > 0)
}

/// Returns whether the event ends this note, or all notes.
fn is_off(data: &EventData<'_>) -> bool {
    match data {
        EventData::NoteOff { .. } => true,
        EventData::NoteOn { velocity, .. } => *velocity == 0,
        EventData::ControlChange { controller, .. } => matches!(controller, 120 | 123),
        _ => false,
    }
}

/// A command that sends a note. The note must be complete, or be ended by a reset, or the command
/// must report that it may still sound.
fn note(name: &'static str, arguments: impl FnOnce(&str) -> Vec<String>) -> Work {
    let listener = Listener::new();
    let same = Rc::clone(&listener);
    let address = listener.borrow().port.address().to_string();
    Work {
        name,
        arguments: arguments(&address),
        begin: Box::new(move || drop(same.borrow_mut().received())),
        end: Box::new(move |outcome| {
            let heard = listener.borrow_mut().received();
            let on = heard.iter().filter(|data| is_on(data)).count();
            let off = heard.iter().any(is_off);
            if on > 1 {
                return Err("a note was sent twice".into());
            }
            // If the program ends in the middle, its end is not guaranteed.
            let ended = outcome.status == Some(1) || outcome.status == Some(0);
            if on == 1 && !off && ended && !outcome.stderr.contains("may still sound") {
                return Err("a note sounds for ever".into());
            }
            Ok(on == 1 && off)
        }),
        _directory: None,
    }
}

fn play() -> Work {
    playing("play", &["play", "--quiet", "--end-delay", "0"])
}

fn aplaymidi() -> Work {
    playing("aplaymidi", &["aplaymidi", "-d", "0"])
}

fn playing(name: &'static str, command: &[&str]) -> Work {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("note.mid");
    // A note of a twentieth of a second.
    let track = [
        &[0x00, 0x90, 60, 100][..],
        &[0x28, 0x80, 60, 64],
        &[0x00, 0xff, 0x2f, 0x00],
    ]
    .concat();
    let length = u32::try_from(track.len()).unwrap();
    let header = [0, 0, 0, 6, 0, 0, 0, 1, 0x01, 0x80];
    let song = [b"MThd", &header[..], b"MTrk", &length.to_be_bytes(), &track].concat();
    std::fs::write(&file, song).unwrap();
    let file = file.to_str().unwrap().to_owned();
    let play = note(name, |port| {
        words(&[command, &["-p", port, &file]].concat())
    });
    Work {
        _directory: Some(directory),
        ..play
    }
}

fn send() -> Work {
    note("send", |port| {
        words(&["send", "-p", port, "note", "1", "60", "100", "10ms"])
    })
}

fn panic() -> Work {
    let listener = Listener::new();
    let same = Rc::clone(&listener);
    let address = listener.borrow().port.address().to_string();
    Work {
        name: "panic",
        arguments: words(&["panic", &address]),
        begin: Box::new(move || drop(same.borrow_mut().received())),
        end: Box::new(move |_| {
            let heard = listener.borrow_mut().received();
            let silenced = heard.iter().filter(|data| {
                matches!(
                    data,
                    EventData::ControlChange {
                        controller: 123,
                        ..
                    }
                )
            });
            Ok(silenced.count() == 16)
        }),
        _directory: None,
    }
}

/// Sends a note every few milliseconds to the connected receivers.
struct Player {
    _background: Background,
    address: String,
}

impl Player {
    fn new() -> Rc<Self> {
        let mut client = SequencerClient::open("player").unwrap();
        let port = client.create_port(PortOptions::new("keys")).unwrap();
        let address = port.address().to_string();
        client.set_source(port.id());
        let background = Background::new(move || {
            let _port = &port;
            for velocity in [100, 0] {
                let event = Event::note_on(0, 60, velocity).unwrap();
                // It ignores receivers that were removed or are full.
                let _ = client.event_output_direct(&event.to_subscribers());
            }
            thread::sleep(Duration::from_millis(5));
        });
        Rc::new(Self {
            _background: background,
            address,
        })
    }
}

/// A thread that repeats an action until this is dropped.
struct Background {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    fn new(mut turn: impl FnMut() + Send + 'static) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let until = Arc::clone(&over);
        let thread = thread::spawn(move || {
            while !until.load(Ordering::Relaxed) {
                turn();
            }
        });
        Self {
            over,
            thread: Some(thread),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn dump() -> Work {
    let player = Player::new();
    Work {
        name: "dump",
        arguments: words(&["dump", "--events", "2", "-p", &player.address]),
        begin: Box::new(|| ()),
        end: Box::new(move |outcome| {
            let _playing = &player;
            let text = String::from_utf8_lossy(&outcome.stdout);
            Ok(text.matches("Note").count() >= 2)
        }),
        _directory: None,
    }
}

fn watch() -> Work {
    let client = SequencerClient::open("busy").unwrap();
    let busy = Background::new(move || {
        let port = client.create_port("comes and goes").unwrap();
        // An object that was removed before the check does not count as a change.
        thread::sleep(Duration::from_millis(20));
        drop(port);
        thread::sleep(Duration::from_millis(5));
    });
    let watch = prints(
        "watch",
        &["watch", "--no-snapshot", "--changes", "2"],
        " port ",
    );
    let mut end = watch.end;
    Work {
        end: Box::new(move |outcome| {
            let _busy = &busy;
            end(outcome)
        }),
        ..watch
    }
}

/// Serves the page to a browser, which ends it by a signal when it has seen a picture.
fn serve() -> Work {
    // This port is free.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    drop(listener);
    let arguments = words(&["graph", "--serve", &port]);
    let host = format!("127.0.0.1:{port}");
    let line = format!("http://{host}/\n");
    // The numbers of the last run that has begun, and of the last run that was seen. A run may end
    // by its fault just after it was seen, and then the next one begins.
    let (begun, seen) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (of_browser, same) = (arguments.clone(), Arc::clone(&begun));
    let (begins, shown) = (Arc::clone(&begun), Arc::clone(&seen));
    let browser = Background::new(move || {
        let number = begins.load(Ordering::Relaxed);
        let server = match number == shown.load(Ordering::Relaxed) {
            true => None,
            false => running(&of_browser),
        };
        // As a browser does, it asks again if the connection ends early.
        let Some(server) = server.filter(|_| browse(&host).is_ok()) else {
            thread::sleep(Duration::from_millis(5));
            return;
        };
        shown.store(number, Ordering::Relaxed);
        // The fault may have ended it meanwhile.
        let _ = kill(server, Signal::SIGTERM);
    });
    Work {
        name: "serve",
        arguments,
        begin: Box::new(move || {
            same.fetch_add(1, Ordering::Relaxed);
        }),
        end: Box::new(move |outcome| {
            let _browsing = &browser;
            let is_seen = seen.load(Ordering::Relaxed) == begun.load(Ordering::Relaxed);
            Ok(is_seen && outcome.stdout == line.as_bytes())
        }),
        _directory: None,
    }
}

/// Gets the page and the first picture. Fails if there is no server, or it ends a connection
/// before that.
fn browse(host: &str) -> io::Result<()> {
    for (path, end) in [("/", "</script>\n"), ("/events", "</svg>")] {
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")?;
        let mut answer = String::new();
        let mut piece = [0; 4096];
        while !answer.contains(end) {
            let read = stream.read(&mut piece)?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            answer.push_str(&String::from_utf8_lossy(&piece[..read]));
        }
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
    Ok(())
}

/// The process of `aseq` that has these arguments.
fn running(arguments: &[String]) -> Option<Pid> {
    let program = [env!("CARGO_BIN_EXE_aseq").to_owned()];
    let words = program.iter().chain(arguments);
    let wanted: String = words.map(|word| format!("{word}\0")).collect();
    let processes = std::fs::read_dir("/proc").unwrap();
    let mut processes = processes.filter_map(|entry| {
        let entry = entry.unwrap();
        let number = entry.file_name().to_str()?.parse().ok()?;
        let command = std::fs::read(entry.path().join("cmdline")).ok()?;
        (command == wanted.as_bytes()).then(|| Pid::from_raw(number))
    });
    processes.next()
}

/// Connects two ports by a rule.
fn patch() -> Work {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rules.toml");
    let rule = "[[connect]]\nfrom = \"pair:sender\"\nto = \"pair:receiver\"\n";
    std::fs::write(&file, rule).unwrap();
    Work {
        name: "patch",
        arguments: words(&["patch", "apply", file.to_str().unwrap()]),
        _directory: Some(directory),
        ..connect()
    }
}

fn record() -> Work {
    let player = Player::new();
    let kept = tempfile::tempdir().unwrap();
    let directory = kept.path().to_owned();
    let take = directory.join("take.mid");
    let arguments = ["record", "--events", "2", "-p", &player.address];
    let arguments = [&arguments[..], &[take.to_str().unwrap()]].concat();
    let same = directory.clone();
    Work {
        name: "record",
        arguments: words(&arguments),
        begin: Box::new(move || {
            for file in files(&same) {
                std::fs::remove_file(file).unwrap();
            }
        }),
        end: Box::new(move |outcome| {
            let _playing = &player;
            for file in files(&directory) {
                let bytes = std::fs::read(&file).unwrap();
                let what = file.file_name().unwrap().to_string_lossy().into_owned();
                // The kernel creates a file and fails to open it. The next recording uses this
                // file.
                let fault = outcome.fault.as_deref().unwrap_or_default();
                if bytes.is_empty() && what == "take.recording.mid" && fault == "openat = ENOMEM" {
                    continue;
                }
                Song::read(&bytes).map_err(|error| format!("{what} is not whole: {error}"))?;
                if outcome.status == Some(0) && file != take {
                    return Err(format!("{what} is left behind"));
                }
            }
            Ok(take.exists())
        }),
        _directory: Some(kept),
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(directory).unwrap();
    all.map(|entry| entry.unwrap().path()).collect()
}
