//! Output for other programs: JSON, and tables.

use alsa_seq::{
    ClientOptions, ConnectOptions, Event, EventData, EventType, MidiVersion, PortOptions,
};
use serde_json::{Value, json};

use crate::dump::dumping;
use crate::{complaint, printed};
use support::listener::Listener;
use support::{client, need_sequencer, numbered, samples, unique};

/// Every event is read back from its line with all its values.
#[test]
fn every_event_is_an_object() {
    need_sequencer!();
    let (dump, port) = dumping(&["--json"]);
    let mut client = client("sender");
    let out = client.create_port("out").unwrap();
    let mut last = 0.0;
    for data in samples::legacy() {
        if matches!(
            data,
            EventData::Note { .. }
                | EventData::None
                | EventData::KernelError { .. }
                | EventData::KernelQuote { .. }
        ) {
            continue;
        }
        let event = Event::new(data).from_port(&out).to(port).with_tag(77);
        client.event_output_direct(&event).unwrap();
        let line: Value = serde_json::from_str(&dump.stdout()).unwrap();
        let keys: Vec<&String> = line.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["event", "monotonic"]);
        let monotonic: f64 = line["monotonic"].as_str().unwrap().parse().unwrap();
        assert!(monotonic >= last, "{line}");
        last = monotonic;
        assert!(line["event"]["time"]["real"].is_string(), "{line}");
        assert!(line["event"]["queue"].is_number(), "{line}");
        let shown: Event<'_> = serde_json::from_value(line["event"].clone()).unwrap();
        assert_eq!(shown.data(), event.data());
        assert_eq!((shown.source(), shown.dest()), (out.address(), port));
        assert_eq!(shown.tag(), 77);
    }
}

#[test]
fn dump_shows_only_the_selected_events() {
    need_sequencer!();
    let mut client = client("sender");
    let out = client.create_port("out").unwrap();
    let also = client.create_port("also").unwrap();
    let from_also = also.address().to_string();
    let id = client.id().to_string();
    let name = client.info().unwrap().name().into_owned();
    let sent = [
        Event::note_on(0, 60, 100).unwrap().from_port(&out),
        Event::note_off(1, 60, 0).unwrap().from_port(&also),
        Event::control_change(2, 7, 9).unwrap().from_port(&out),
        Event::sysex(&[0xf0, 0xf7]).from_port(&also),
        numbered(0).from_port(&out),
    ];
    for (filter, wanted) in [
        (&[] as &[&str], vec![0, 1, 2, 3, 4]),
        (&["--type", "notes"], vec![0, 1]),
        (&["--type", "channel"], vec![0, 1, 2]),
        (&["-T", "note-on,sysex"], vec![0, 3]),
        (&["-T", "130"], vec![3]),
        (&["--type", "ump"], vec![]),
        (&["--channel", "1,3"], vec![0, 2]),
        (&["-c", "2-16"], vec![1, 2]),
        (&["-c", "1", "-c", "3-4"], vec![0, 2]),
        (&["-T", "6-7"], vec![0, 1]),
        (&["--source", &from_also], vec![1, 3]),
        (&["--source", &id], vec![0, 1, 2, 3, 4]),
        (&["--source", &from_also, "--type", "notes"], vec![1]),
        (&["-s", "14", "-s", "14:1"], vec![]),
        (&["-s", &format!("14,{from_also}")], vec![1, 3]),
        (&["-s", &name], vec![0, 1, 2, 3, 4]),
    ] {
        let (dump, port) = dumping(&[&["--json"], filter].concat());
        for event in &sent {
            client.event_output_direct(&event.clone().to(port)).unwrap();
        }
        // Events that are not selected would be between them or after them.
        let mut shown = Vec::new();
        while shown.len() < wanted.len() {
            let line: Value = serde_json::from_str(&dump.stdout()).unwrap();
            let event: Event<'_> = serde_json::from_value(line["event"].clone()).unwrap();
            shown.push(event);
        }
        dump.signal(nix::sys::signal::Signal::SIGINT);
        let rest: Vec<String> = dump.stdout.iter().collect();
        assert!(rest.is_empty(), "{rest:?}");
        let wanted: Vec<_> = wanted.iter().map(|index| sent[*index].data()).collect();
        let shown: Vec<_> = shown.iter().map(Event::data).collect();
        assert_eq!(shown, wanted, "{filter:?}");
    }
    for (wrong, what) in [
        (["--channel", "17"], "not a number from 1 to 16"),
        (["--channel", "0"], "not a number from 1 to 16"),
        (["--type", "noteon"], "no type of event"),
        (["--ump", "3"], "3 is not in 0..=2"),
    ] {
        let (code, said) = complaint(&[&["dump"], &wrong[..]].concat());
        assert!(code == 2 && said.contains(what), "{code}: {said}");
    }
    let (code, said) = complaint(&["dump", "--source", "nobody at all"]);
    assert!(code == 1 && said.contains("nobody at all"), "{said}");
}

#[test]
fn dump_receives_packets() {
    need_sequencer!();
    let sender = ClientOptions::new(unique("sender")).midi_version(MidiVersion::Ump2);
    let Ok(mut client) = sender.open() else {
        let (code, said) = complaint(&["dump", "--ump", "2"]);
        assert!(code == 1 && said.contains("needs Linux 6.5"), "{said}");
        return;
    };
    let out = client.create_port("out").unwrap();
    let packet: alsa_seq::ump::Packet = "40933c00 c0000000".parse().unwrap();
    let event = Event::ump(packet).from_port(&out);
    let (dump, port) = dumping(&["--json", "-u", "2", "-T", "ump", "-c", "4"]);
    client.event_output_direct(&event.clone().to(port)).unwrap();
    let line: Value = serde_json::from_str(&dump.stdout()).unwrap();
    assert_eq!(line["event"]["packet"], "40933c00 c0000000");
    let (dump, port) = dumping(&["-t", "none", "-u", "2"]);
    client.event_output_direct(&event.to(port)).unwrap();
    assert_eq!(
        dump.stdout(),
        "Source   Group    Event                  Ch  Data"
    );
    assert!(dump.stdout().ends_with(
        "Group  1, Note on                 4, note 60, velocity 0xc000, attr type = 0, data = 0x0"
    ));
}

#[test]
fn the_list_is_an_object_and_a_table() {
    need_sequencer!();
    let (a, b) = (client("a"), client("b"));
    let out = a.create_port(PortOptions::sender("out")).unwrap();
    let input = b.create_port(PortOptions::receiver("in")).unwrap();
    let queue = b.create_queue("queue").unwrap();
    let options = ConnectOptions::new()
        .exclusive(true)
        .stamp_real_time(&queue);
    a.connect(&out, &input, options).unwrap();
    let list: Value = serde_json::from_str(&printed(&["list", "--json"])).unwrap();
    let clients = list["clients"].as_array().unwrap();
    let client = clients
        .iter()
        .find(|client| client["client"] == a.id().number())
        .unwrap();
    let info = a.info().unwrap();
    assert_eq!(
        client,
        &json!({
            "client": a.id().number(),
            "name": info.name(),
            "kind": "user",
            "pid": info.pid(),
            "ump": 0,
            "events_lost": 0,
            "ports": [{
                "address": out.address().to_string(),
                "name": "out",
                "input": true,
                "output": false,
                "capabilities": ["read", "subs-read"],
                "types": ["midi-generic", "software"],
            }],
        })
    );
    let connection = json!({
        "sender": out.address().to_string(),
        "receiver": input.address().to_string(),
        "exclusive": true,
        "stamp": "real",
        "queue": queue.id().number(),
    });
    let connections = list["connections"].as_array().unwrap();
    assert_eq!(connections.iter().filter(|c| **c == connection).count(), 1);

    let table = printed(&["list", "--table", "--input"]);
    let lines: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.splitn(4, char::is_whitespace).collect())
        .collect();
    assert_eq!(lines[0][0], "PORT");
    let mine = format!(
        "{:<8} i-   {:<8} {}:out",
        out.address().to_string(),
        "-",
        info.name()
    );
    assert!(
        table.lines().any(|line| line == mine),
        "no {mine} in\n{table}"
    );
    let sends = format!(
        "{:<8} i-   {:<8} ",
        out.address().to_string(),
        input.address().to_string()
    );
    assert!(
        table.lines().any(|line| line.starts_with(&sends)),
        "no {sends} in\n{table}"
    );
}

#[test]
fn connections_with_time_stamps_are_made_and_removed() {
    need_sequencer!();
    let (a, b) = (client("a"), client("b"));
    let out = a.create_port(PortOptions::sender("out")).unwrap();
    let input = b.create_port(PortOptions::new("in")).unwrap();
    let queue = b.create_queue("queue").unwrap();
    let number = queue.id().to_string();
    let (from, to) = (out.address().to_string(), input.address().to_string());
    for (option, stamp) in [
        ("--tick", alsa_seq::Stamp::Ticks(queue.id())),
        ("--real", alsa_seq::Stamp::RealTime(queue.id())),
    ] {
        printed(&["connect", option, &number, &from, &to]);
        assert_eq!(a.connection(&out, &input).unwrap().stamp, Some(stamp));
        printed(&["disconnect", "--all", &from]);
        assert!(a.connection(&out, &input).is_err());
    }
    printed(&["connect", &from, &to]);
    printed(&["connect", &to, &to]);
    printed(&["disconnect", "-a", &to]);
    assert_eq!(input.senders().unwrap(), []);
    drop(queue);
    let (code, said) = complaint(&["connect", "--tick", "200", &from, &to]);
    assert!(code == 1 && said.contains("queue 200"), "{said}");
    for wrong in [
        &["disconnect"] as &[&str],
        &["disconnect", &from],
        &["disconnect", "--all", &from, &to],
        &["connect", "--tick", "1", "--real", "1", &from, &to],
    ] {
        assert_eq!(complaint(wrong).0, 2, "{wrong:?}");
    }
    let (code, said) = complaint(&["disconnect", "--all", "191:7"]);
    assert!(code == 1 && said.contains("191:7"), "{said}");
}

/// A failed write is an error, except to a pipe that the reader has closed. The
/// music continues.
#[test]
fn a_player_reports_a_full_standard_output() {
    need_sequencer!();
    let song = support::files::song(&[(0, &[0x90, 60, 100]), (1, &[0x80, 60, 0])]);
    for (redirection, expected, said) in [
        (
            ">/dev/full",
            1,
            "aseq: standard output: No space left on device",
        ),
        ("| :", 0, ""),
    ] {
        let mut listener = Listener::new();
        let script =
            format!("{{ \"$0\" play --json -d 0 -p \"$1\" \"$2\"; echo $? >&2; }} {redirection}");
        let output = std::process::Command::new("sh")
            .args([
                "-c",
                &script,
                env!("CARGO_BIN_EXE_aseq"),
                &listener.address(),
            ])
            .arg(song.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        let (message, status) = text
            .trim_end()
            .rsplit_once('\n')
            .unwrap_or(("", text.trim_end()));
        assert_eq!(status, expected.to_string(), "{redirection}: {text}");
        assert!(
            message.starts_with(said) && message.is_empty() == said.is_empty(),
            "{text}"
        );
        let mut notes = 0;
        listener.listen(|event| {
            let kind = event.event_type();
            notes += usize::from([EventType::NOTE_ON, EventType::NOTE_OFF].contains(&kind));
        });
        assert!(notes >= 2, "{redirection}: {notes}");
    }
}
