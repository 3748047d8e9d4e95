//! `aseqdump`.

use std::io::Read;
use std::process::{Child, Command, Stdio};

use alsa_seq::ump::Packet;
use alsa_seq::{
    Address, ClientControl, ClientOptions, ErrorKind, Event, EventData, MidiVersion,
    SequencerClient,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::compare::{Program, Said, Whose, alone, beside_others, interrupt};
use support::samples;
use support::{PATIENCE, client, need_sequencer};

/// A program that runs until a signal ends it.
pub(crate) struct Dump {
    child: Child,
    pub(crate) port: Address,
}

impl Dump {
    pub(crate) fn start(program: &Program, arguments: &[&str]) -> Self {
        Self::spawn(&mut program.command(arguments))
    }

    fn spawn(command: &mut Command) -> Self {
        // It prints its port on a line that may stay in its buffer until it ends.
        let mut watcher = client("watcher");
        let news = watcher.create_port("news").unwrap();
        news.connect_from(Address::ANNOUNCE).unwrap();
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let port = loop {
            let event = watcher.event_input_timeout(PATIENCE).unwrap();
            if let EventData::PortStart(port) = event.data() {
                let owner = watcher.client_info(port.client);
                if owner.is_ok_and(|owner| owner.pid() == Some(child.id())) {
                    break port;
                }
            }
        };
        Self { child, port }
    }

    /// Interrupts it when it has read everything, and returns its output. It reads nothing before
    /// it is ready for the interrupt.
    pub(crate) fn end(self, control: &ClientControl) -> Said {
        self.end_by(Signal::SIGINT, control)
    }

    fn end_by(mut self, signal: Signal, control: &ClientControl) -> Said {
        interrupt(&self.child, signal, control, self.port.client);
        let text = |pipe: &mut dyn Read| {
            let mut bytes = Vec::new();
            pipe.read_to_end(&mut bytes).unwrap();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Said {
            stdout: text(self.child.stdout.as_mut().unwrap()),
            stderr: text(self.child.stderr.as_mut().unwrap()),
            code: self.child.wait().unwrap().code(),
        }
    }
}

/// Returns the lines for these events, without the headings.
fn shown(
    program: &Program,
    arguments: &[&str],
    sender: &mut SequencerClient,
    events: &[Event<'static>],
) -> Vec<String> {
    let out = sender.create_port("out").unwrap();
    let dump = Dump::start(program, arguments);
    let (to, from) = (dump.port, out.address());
    for event in events {
        let event = event.clone().from_port(&out).to(to);
        // A full pool would lose all its events. The longest event needs a dozen cells.
        while sender.client_pool(to.client).unwrap().input_free() < 50 {
            std::thread::yield_now();
        }
        sender.event_output_direct(&event).unwrap();
    }
    let said = dump.end(sender);
    assert_eq!((said.code, &*said.stderr), (Some(0), ""), "{program:?}");
    let place = format!("Waiting for data at port {to}. Press Ctrl+C to end.");
    let mut lines = said.stdout.lines();
    assert_eq!(lines.next().unwrap(), place);
    // The columns, and every sender.
    let source = format!("{:>3}:{:<3}", from.client, from.port);
    lines.map(|line| line.replace(&source, "  S:0  ")).collect()
}

/// All events that a program can send to a port.
fn legacy() -> Vec<Event<'static>> {
    let mut events: Vec<Event<'_>> = samples::legacy()
        .into_iter()
        .filter(|data| {
            !matches!(
                data,
                EventData::Note { .. }
                    | EventData::None
                    | EventData::KernelError { .. }
                    | EventData::KernelQuote { .. }
            )
        })
        .map(Event::new)
        .collect();
    for (note, velocity) in [(0, 0), (60, 1), (60, 64), (127, 127)] {
        events.push(Event::note_on(9, note, velocity).unwrap());
        events.push(Event::note_off(9, note, velocity).unwrap());
        events.push(Event::key_pressure(9, note, velocity).unwrap());
    }
    for (number, value) in [(0, 0), (7, 99), (1000, 8192), (16383, 16383)] {
        let channel = 0;
        let (controller, parameter) = (number, number);
        events.extend(
            [
                EventData::ControlChange {
                    channel,
                    controller,
                    value,
                },
                EventData::Control14Bit {
                    channel,
                    controller,
                    value,
                },
                EventData::Nrpn {
                    channel,
                    parameter,
                    value,
                },
                EventData::Rpn {
                    channel,
                    parameter,
                    value,
                },
            ]
            .map(Event::new),
        );
    }
    for bend in [-8192, -8191, -1, 0, 1, 4096, 8191] {
        events.push(Event::pitch_bend(15, bend).unwrap());
    }
    for value in [0, 1, 63, 64, 65, 127] {
        events.push(Event::channel_pressure(1, value).unwrap());
        events.push(Event::program_change(1, value).unwrap());
    }
    events.push(Event::sysex(&[0xf0; 300]));
    events
}

#[test]
fn every_event_is_shown_the_same() {
    need_sequencer!();
    let _lock = alone();
    let mut sender = client("sender");
    let events = legacy();
    let ours = Program::ours("aseqdump");
    for theirs in Program::theirs("aseqdump") {
        for arguments in [
            &[] as &[&str],
            &["-R"],
            &["-N"],
            &["-P"],
            &["--percent-view", "-R"],
        ] {
            if theirs.whose == Whose::Installed && !arguments.is_empty() {
                // Newer than the machine's own version.
                continue;
            }
            let mut expected = shown(&theirs, arguments, &mut sender, &events);
            // A controller's number that does not exist. The original treats it as negative.
            for line in &mut expected {
                *line = line.replace("-2128394905", "2166572391");
                // A pressure below 0 in the same way.
                *line = line.replace("3408697700.79%", "-6400.00%");
            }
            let ours = shown(&ours, arguments, &mut sender, &events);
            assert_eq!(ours.len(), events.len() + 1);
            for (ours, expected) in ours.iter().zip(&expected) {
                assert_eq!(ours, expected, "{theirs:?} {arguments:?}");
            }
            assert_eq!(ours.len(), expected.len());
        }
    }
}

/// Packets of every kind, in hexadecimal.
const PACKETS: &str = include_str!("packets.txt");

#[test]
fn every_packet_is_shown_the_same() {
    need_sequencer!();
    let _lock = alone();
    let newest = Program::theirs("aseqdump");
    let Some(theirs) = newest.iter().find(|program| program.whose == Whose::Newest) else {
        return;
    };
    let sender = ClientOptions::new("sender")
        .midi_version(MidiVersion::Ump2)
        .open();
    let mut sender = match sender {
        Ok(sender) => sender,
        Err(error) => {
            // Asks the kernel, and does not guess from its version.
            assert!(
                matches!(error.kind(), ErrorKind::Unsupported { .. }),
                "{error}"
            );
            eprintln!("this kernel has no UMP: {error}");
            return;
        }
    };
    let words = PACKETS
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    let events: Vec<Event<'_>> = words
        .map(|words| Event::new(EventData::Ump(words.parse::<Packet>().unwrap())))
        .collect();
    let ours = Program::ours("aseqdump");
    for arguments in [
        &["-u2"] as &[&str],
        &["-u2", "-N"],
        &["-u2", "-P"],
        &["-u1"],
        &["-u", "1", "-N"],
        &["-u1", "-P"],
        &["-u2", "-r"],
        &["-u0"],
        &[],
    ] {
        let expected = shown(theirs, arguments, &mut sender, &events);
        let ours = shown(&ours, arguments, &mut sender, &events);
        for (ours, expected) in ours.iter().zip(&expected) {
            if !on_purpose(ours, expected) {
                assert_eq!(ours, expected, "{arguments:?}");
            }
        }
        assert_eq!(ours.len(), expected.len());
    }
}

/// The defects of the original, which `docs/old-names.md` lists.
fn on_purpose(ours: &str, theirs: &str) -> bool {
    // A truncated name.
    ours.replace("relative NRPN ", "relative NRP  ") == theirs
        // The name of another message.
        || theirs.replace("Product Id     FB Name", "FB Name") == ours
        // An upward bend, which the original counts from the lowest value.
        || is_bend(ours, theirs)
        // One byte too many, from beyond the end.
        || ours.contains("SysEx8") && theirs.starts_with(ours) && theirs.len() <= ours.len() + 3
}

fn is_bend(ours: &str, theirs: &str) -> bool {
    let parts = |line: &str| {
        let (text, value) = line.rsplit_once("value ")?;
        Some((text.to_owned(), value.parse::<f64>().ok()?))
    };
    let (Some((ours, value)), Some((theirs, other))) = (parts(ours), parts(theirs)) else {
        return false;
    };
    ours.contains("itchbend")
        && ours == theirs
        && value > 0.0
        && (value + 8192.0 - other).abs() < 0.001
}

#[test]
fn lists_and_errors_are_the_same() {
    need_sequencer!();
    let _lock = alone();
    let public = client("public");
    let out = public.create_port("out").unwrap();
    let ours = Program::ours("aseqdump");
    let address = out.address().to_string();
    for theirs in Program::theirs("aseqdump") {
        for arguments in [
            &["-l"] as &[&str],
            &["--list"],
            &["-p", &address, "-l"],
            &["-h"],
            &["-hz"],
            &["-z"],
            &["--po"],
            &["--port"],
            &["extra"],
            &["-p", "99:0"],
            &["-p", "nobody"],
            &["-p", ""],
            &["-p", "14:0,nobody"],
            &["-p", "14:0,"],
            &["--port=0:1,99:0"],
            &["-l", "extra"],
        ] {
            let expected = theirs.run(arguments).without_usage();
            let said = ours.run(arguments).without_usage();
            assert_eq!(said, expected, "{arguments:?} of {theirs:?}");
        }
        let version = theirs.run(&["-V"]);
        let ours = ours.run(&["-V"]);
        assert_eq!(ours.code, version.code);
        assert!(ours.stdout.starts_with("aseqdump version "), "{ours:?}");
        assert!(
            version.stdout.starts_with("aseqdump version "),
            "{version:?}"
        );
        if theirs.whose == Whose::Newest {
            let wrong = ["-u", "5"];
            assert_eq!(Program::ours("aseqdump").run(&wrong), theirs.run(&wrong));
        }
    }
}

/// A script starts a background program with Ctrl+C ignored, and then sends it anyway.
#[test]
fn signals_end_it_in_a_scripts_background() {
    need_sequencer!();
    let _lock = beside_others();
    let mut programs = Program::theirs("aseqdump");
    programs.push(Program::ours("aseqdump"));
    for program in programs {
        for signal in [Signal::SIGINT, Signal::SIGTERM] {
            let dump = Dump::spawn(&mut program.command_in_background(&[]));
            let mut sender = client("sender");
            let note = Event::note_on(0, 60, 100).unwrap().to(dump.port);
            sender.event_output_direct(&note).unwrap();
            let said = dump.end_by(signal, &sender);
            assert_eq!(said.code, Some(0), "{program:?} {signal}");
        }
    }
}

/// The original does not report lost events.
#[test]
fn lost_events_are_reported() {
    need_sequencer!();
    let _lock = beside_others();
    let dump = Dump::start(&Program::ours("aseqdump"), &[]);
    let mut sender = client("sender");
    let note = Event::note_on(0, 60, 100).unwrap().to(dump.port);
    let pid = Pid::from_raw(dump.child.id().try_into().unwrap());
    kill(pid, Signal::SIGSTOP).unwrap();
    // Until an event finds the pool full, which empties it.
    while sender.event_output_direct(&note).is_ok() {}
    kill(pid, Signal::SIGCONT).unwrap();
    sender.event_output_direct(&note).unwrap_or_else(|error| {
        assert_eq!(error.kind(), ErrorKind::ReceiverFull, "{error}");
    });
    let said = dump.end(&sender);
    assert_eq!(said.code, Some(0));
    assert!(
        said.stderr.contains("Overrun: events were lost\n"),
        "{said:?}"
    );
}

/// If it gets senders, it does not print its own port.
#[test]
fn it_connects_to_the_ports_it_is_given() {
    need_sequencer!();
    let _lock = beside_others();
    let mut sender = client("sender");
    let out = sender.create_port("out").unwrap();
    let address = out.address().to_string();
    let also = sender.create_port("also").unwrap();
    let both = format!("{address},{}", also.address());
    let mut programs = Program::theirs("aseqdump");
    programs.push(Program::ours("aseqdump"));
    for program in programs {
        let dump = Dump::start(&program, &["-p", &both]);
        // The connections are made one after the other.
        while also.receivers().unwrap().is_empty() {
            std::thread::yield_now();
        }
        assert_eq!(out.receivers().unwrap()[0].receiver, dump.port);
        let note = Event::note_on(0, 60, 100).unwrap();
        sender.event_output_direct(&note.from_port(&out)).unwrap();
        let said = dump.end(&sender);
        let lines: Vec<&str> = said.stdout.lines().collect();
        assert_eq!(lines[0], "Waiting for data. Press Ctrl+C to end.");
        assert!(
            lines
                .last()
                .unwrap()
                .ends_with("Note on                 0, note 60, velocity 100"),
            "{program:?}: {lines:?}"
        );
    }
}
