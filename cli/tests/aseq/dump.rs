//! Tests of `aseq dump`, which prints a line for each event.

use alsa_seq::{Address, Event, EventData, QueueId};
use nix::sys::signal::Signal;

use crate::{Running, complaint, output};
use support::{PATIENCE, client, files, need_program, need_sequencer, numbered, samples};

/// Starts to dump, and returns the address that it prints.
pub(crate) fn dumping(arguments: &[&str]) -> (Running, Address) {
    let dump = Running::start(&[&["dump"], arguments].concat());
    let line = dump.stderr();
    let address = line
        .strip_prefix("Waiting for data at port ")
        .and_then(|rest| rest.strip_suffix(". Press Ctrl+C to end."))
        .unwrap_or_else(|| panic!("{line}"));
    (dump, address.parse().unwrap())
}

/// On a terminal, both are on the same screen.
#[test]
fn the_columns_are_named_before_the_message_as_the_guide_shows() {
    need_sequencer!();
    let run = std::process::Command::new("sh")
        .args([
            "-c",
            "exec \"$0\" dump -n 0 2>&1",
            env!("CARGO_BIN_EXE_aseq"),
        ])
        .output()
        .unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let [columns, message] = lines[..] else {
        panic!("{text}")
    };
    let message = message.split_inclusive("port ").next().unwrap();
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/see-events.md");
    let page = std::fs::read_to_string(page).unwrap();
    let shown = format!("{columns}\n{message}");
    assert!(page.contains(&shown), "{shown}");
}

#[test]
fn each_event_is_shown_with_its_type_and_values() {
    need_sequencer!();
    let (dump, port) = dumping(&["--time", "none"]);
    let mut client = client("sender");
    let out = client.create_port("out").unwrap();
    let events = [
        (
            Event::note_on(0, 60, 100).unwrap(),
            "Note on                 1, note 60, velocity 100",
        ),
        (
            Event::note_on(0, 60, 0).unwrap(),
            "Note on                 1, note 60, velocity 0",
        ),
        (
            Event::note_off(9, 60, 64).unwrap(),
            "Note off               10, note 60, velocity 64",
        ),
        (
            Event::key_pressure(1, 61, 5).unwrap(),
            "Key pressure            2, note 61, pressure 5",
        ),
        (
            Event::control_change(2, 7, 99).unwrap(),
            "Control change          3, controller 7, value 99",
        ),
        (
            Event::program_change(3, 40).unwrap(),
            "Program change          4, program 40",
        ),
        (
            Event::channel_pressure(4, 33).unwrap(),
            "Channel pressure        5, pressure 33",
        ),
        (
            Event::pitch_bend(15, -8192).unwrap(),
            "Pitch bend             16, bend -8192",
        ),
        (
            Event::sysex(&[0xf0, 0x7e, 0xf7]),
            "Sysex                      F0 7E F7",
        ),
        (
            Event::new(EventData::SongPosition { beats: 1234 }),
            "Song position              beats 1234",
        ),
        (Event::new(EventData::Start(QueueId::new(0))), "Start"),
        (Event::new(EventData::Clock(QueueId::new(0))), "Clock"),
        (
            numbered(0),
            "Echo                       00 00 00 00 00 00 00 00 00 00 00 00",
        ),
    ];
    for (event, _) in &events {
        let event = event.clone().from_port(&out).to(port);
        client.event_output_direct(&event).unwrap();
    }
    assert_eq!(dump.stdout(), "Source   Event                  Ch  Data");
    let (of, number) = (out.address().client, out.address().port);
    for (_, text) in &events {
        assert_eq!(dump.stdout(), format!("{of:>3}:{number:<3}  {text}"));
    }
    dump.signal(Signal::SIGINT);
    assert_eq!(dump.end(), (0, vec![]));
}

/// Each event that the kernel passes on has a line with every number, even if MIDI does not allow
/// the number.
#[test]
fn every_kind_of_event_has_its_line() {
    need_sequencer!();
    let (dump, port) = dumping(&["--time", "none"]);
    let mut client = client("sender");
    let out = client.create_port("out").unwrap();
    assert_eq!(dump.stdout(), "Source   Event                  Ch  Data");
    let source = format!("{:>3}:{:<3}  ", out.address().client, out.address().port);
    let mut shown = Vec::new();
    for data in samples::legacy() {
        // These events do not arrive: a queue turns a note into two events, and the last two are
        // the kernel's own.
        if matches!(
            data,
            EventData::Note { .. }
                | EventData::None
                | EventData::KernelError { .. }
                | EventData::KernelQuote { .. }
        ) {
            continue;
        }
        let event = Event::new(data).from_port(&out).to(port);
        client.event_output_direct(&event).unwrap();
        let line = dump.stdout();
        shown.push(line.strip_prefix(&source).unwrap().to_owned());
    }
    let mut expected: Vec<String> = [
        "System                     event -2, result -2147483648",
        "Result                     event -2, result -2147483648",
        "Note on                130, note 242, velocity 67",
        "Note off               130, note 242, velocity 67",
        "Key pressure           130, note 242, pressure 67",
        "Control change         146, controller 2166572391, value -305419896",
        "Program change         16, program -8192",
        "Channel pressure       16, pressure -8192",
        "Pitch bend             16, bend -8192",
        "Control 14bit          146, controller 2166572391, value -305419896",
        "NRPN                   146, parameter 2166572391, value -305419896",
        "RPN                    146, parameter 2166572391, value -305419896",
        "Song position              beats 16383",
        "Song select                song -1",
        "Quarter frame              value 127",
        "Time signature             numerator 4, denominator power 2, clocks per click 24, thirty seconds per quarter 8",
        "Key signature              sharps -3, mode 0",
        "Start",
        "Continue",
        "Stop",
        "Set position tick          queue 31, tick 4294967295",
        "Set position time          queue 31, time 4294967295.999999999",
        "Tempo                      queue 31, micros per quarter 500000",
        "Clock",
        "Tick",
        "Queue skew                 queue 31, value 2147558213, base 65536",
        "Sync position              queue 31, position 2452903544",
        "Tune request",
        "Reset",
        "Active sensing",
        "Echo                       01 02 03 04 05 06 07 08 09 0A 0B FF",
        "OSS                        01 02 03 04 05 06 07 08 09 0A 0B FF",
        "Client start               client 191",
        "Client exit                client 191",
        "Client change              client 191",
        "Port start                 address 128:253",
        "Port exit                  address 128:253",
        "Port change                address 128:253",
        "Port subscribed            sender 1:2, receiver 3:4",
        "Port unsubscribed          sender 1:2, receiver 3:4",
        "UMP endpoint change        client 191",
        "UMP block change           client 191, block 31",
        "Sysex                      F0 01 02 F7",
        "Sysex",
        "Bounce                     note-on to 254:253",
        "Type 77                    01 02 03 04 05 06 07 08 09 0A 0B FF",
    ]
    .map(str::to_owned)
    .into();
    expected.extend(
        (0..10)
            .map(|n| format!("User{n}                      01 02 03 04 05 06 07 08 09 0A 0B FF")),
    );
    expected.extend((0..5).map(|n| {
        let bytes = vec![format!("0{n}"); 27 + n];
        format!("User var{n}                  {}", bytes.join(" "))
    }));
    assert_eq!(shown, expected);
}

#[test]
fn a_count_ends_dump_and_times_are_shown() {
    need_sequencer!();
    for (clock, digits) in [("real", "."), ("tick", "")] {
        let mut client = client("sender");
        let out = client.create_port("out").unwrap();
        let from = out.address().to_string();
        let (dump, _) = dumping(&["-p", &from, "--time", clock, "--events", "2"]);
        for _ in 0..3 {
            let event = Event::note_on(0, 60, 100).unwrap().from_port(&out);
            client.event_output_direct(&event).unwrap();
        }
        assert!(dump.stdout().contains("Source"));
        let mut last = 0.0;
        // The client that makes the connection gets no event about it.
        for _ in 0..2 {
            let line = dump.stdout();
            let time = line.split_whitespace().next().unwrap();
            assert!(time.contains(digits), "{line}");
            let time: f64 = time.parse().unwrap();
            assert!(time >= last, "{line}");
            last = time;
        }
        assert_eq!(dump.end().0, 0);
    }
}

/// aseqdump does not report lost events.
#[test]
fn an_overrun_is_shown() {
    need_sequencer!();
    let (dump, port) = dumping(&["--time", "none"]);
    let mut client = client("sender");
    assert!(dump.stdout().starts_with("Source"));
    dump.signal(Signal::SIGSTOP);
    let mut sent = 0;
    // A stopped program does not read. The pool has 2000 cells.
    while client.event_output_direct(&numbered(sent).to(port)).is_ok() {
        sent += 1;
        assert!(sent < 100_000, "it goes on reading");
    }
    dump.signal(Signal::SIGCONT);
    loop {
        if dump.stdout().contains("events were lost here") {
            break;
        }
    }
    client
        .event_output_direct(&Event::new(EventData::Reset).to(port))
        .unwrap();
    while !dump.stdout().ends_with("Reset") {}
}

#[test]
fn events_of_aplaymidi_are_shown() {
    need_sequencer!();
    need_program!("aplaymidi");
    let (dump, port) = dumping(&["--time", "none"]);
    let song = files::data_dir().join("every-message.mid");
    let status = std::process::Command::new("aplaymidi")
        .args(["-d", "0", "-p", &port.to_string()])
        .arg(song)
        .status()
        .unwrap();
    assert!(status.success());
    let shown: Vec<String> = std::iter::from_fn(|| Some(dump.stdout()))
        .take_while(|line| !line.contains("Port unsubscribed"))
        .collect();
    let has = |text: &str| shown.iter().any(|line| line.ends_with(text));
    assert!(
        has("program 5") && has("note 64, velocity 12"),
        "{shown:#?}"
    );
}

#[test]
fn dump_ends_quietly_when_its_reader_ends() {
    need_sequencer!();
    let mut child = crate::aseq(&["dump", "--time", "none"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = crate::lines(child.stderr.take().unwrap());
    stderr.recv_timeout(PATIENCE).unwrap();
    // No event arrives, so it has nothing to write.
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(stderr.iter().next(), None);
}

#[test]
fn a_missing_source_is_an_error() {
    need_sequencer!();
    let (status, text) = complaint(&["dump", "-p", "191:0"]);
    assert_eq!(status, 1);
    assert!(text.starts_with("aseq: "), "{text}");
}

#[test]
fn a_port_may_be_named_twice() {
    need_sequencer!();
    for ports in [&["-p", "14,Midi Through"][..], &["-p", "14:0", "-p", "14"]] {
        let output = output(&[&["dump", "-n", "0"], ports].concat());
        assert!(output.status.success(), "{output:?}");
    }
}
