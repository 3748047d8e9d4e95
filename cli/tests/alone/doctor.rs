//! Tests of `aseq doctor` on faulty machines.

use std::collections::BTreeSet;
use std::time::Instant;

use alsa_seq::{
    Address, ClientOptions, ConnectOptions, ErrorKind, Event, Port, PortCaps, PortOptions,
    SequencerClient, Time,
};
use serde_json::Value;

use crate::{alone, aseq, run};
use support::{PATIENCE, client, kernel_has_ump, need_sequencer, numbered, say_skipped};
use test_kernel::usb::{self, Keyboard, Plugged};

/// Returns the findings. The exit status shows whether there is a problem.
fn findings(output: &std::process::Output) -> Vec<Value> {
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let findings = report["findings"].as_array().unwrap().clone();
    let is_problem = |finding: &&Value| finding["severity"] == "problem";
    let problems = findings.iter().filter(is_problem).count();
    assert_eq!(report["problems"], problems);
    assert_eq!(
        output.status.code(),
        Some(i32::from(problems > 0)),
        "{output:?}"
    );
    findings
}

fn examined() -> Vec<Value> {
    findings(&aseq(&["doctor", "--json"]))
}

fn codes(findings: &[Value]) -> BTreeSet<String> {
    let codes = findings
        .iter()
        .map(|finding| finding["code"].as_str().unwrap().to_owned());
    codes.collect()
}

/// Returns the text and the remedies of the finding of this kind.
fn said(findings: &[Value], code: &str) -> String {
    let found = findings.iter().find(|finding| finding["code"] == code);
    found
        .unwrap_or_else(|| panic!("no {code}: {findings:?}"))
        .to_string()
}

/// The keyboard `keys`. It is removed at the end, because other tests need a machine without one.
struct Plug(Plugged);

impl Plug {
    fn new(keyboard: Keyboard) -> Self {
        Self(keyboard.plug().unwrap())
    }
}

impl Drop for Plug {
    fn drop(&mut self) {
        usb::remove("keys").unwrap();
    }
}

#[test]
fn a_working_machine_has_no_problem() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let (keys, synth) = (client("keys"), client("synth"));
    let out = keys.create_port(PortOptions::sender("out")).unwrap();
    let input = synth.create_port(PortOptions::receiver("in")).unwrap();
    let before = examined();
    assert!(codes(&before).contains("not-connected"), "{before:?}");
    out.connect_to(&input).unwrap();
    // No other client may use a port for the kernel's announcements.
    let ears = PortOptions::new("announcements").caps(PortCaps::WRITE);
    let ears = keys.create_port(ears).unwrap();
    ears.connect_from(Address::ANNOUNCE).unwrap();
    let expected = ["connections", "device", "ports"].map(str::to_owned);
    assert_eq!(codes(&examined()), expected.into());
    let ports = said(&examined(), "ports");
    assert!(ports.contains("besides System and Midi Through"), "{ports}");
    let text = aseq(&["doctor"]);
    assert_eq!(
        (text.status.code(), text.stderr.as_slice()),
        (Some(0), &b""[..])
    );
    assert!(
        text.stdout
            .starts_with(b"fine     /dev/snd/seq can be opened\n"),
        "{text:?}"
    );
}

/// The first machine of a newcomer: a keyboard, which also receives, and nothing that sounds.
#[test]
fn a_missing_synthesizer_or_keyboard_is_found() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let keys = client("keys");
    let out = keys.create_port(PortOptions::new("out")).unwrap();
    let address = out.address();
    let found = examined();
    let text = said(&found, "no-synthesizer");
    for part in [
        format!("{address} (keys"),
        "no synthesizer is running".to_owned(),
        format!("aseq connect {address} "),
        format!("aseq dump -p {address}"),
    ] {
        assert!(text.contains(&part), "{part}: {text}");
    }
    assert!(!codes(&found).contains("not-connected"), "{found:?}");
    // Midi Through makes no sound.
    out.connect_to(Address::new(14, 0)).unwrap();
    said(&examined(), "no-synthesizer");
    // Neither does the keyboard itself.
    out.connect_to(&out).unwrap();
    said(&examined(), "no-synthesizer");
    out.disconnect_to(&out).unwrap();
    // A program that only looks has a private port.
    let look = client("look");
    let options = PortOptions::new("in").caps(PortCaps::WRITE | PortCaps::NO_EXPORT);
    let private = look.create_port(options).unwrap();
    private.connect_from(&out).unwrap();
    assert!(!codes(&examined()).contains("no-synthesizer"));
    drop((private, look));

    let synth = client("synth");
    let input = synth.create_port(PortOptions::receiver("in")).unwrap();
    out.disconnect_to(Address::new(14, 0)).unwrap();
    let both = codes(&examined());
    assert!(both.contains("not-connected"), "{both:?}");
    drop((out, keys));
    let text = said(&examined(), "no-sender");
    let play = format!("aseq send -p {} note", input.address());
    assert!(text.contains(&play), "{text}");
}

/// A synthesizer is running, and no connection leads from the keyboard to it.
#[test]
fn a_keyboard_that_does_not_reach_the_synthesizer_is_found() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let plug = Plug::new(Keyboard::new("keys").title("Keys"));
    let plugged = &plug.0;
    let client_of = |number: u32| Address::new(u8::try_from(number).unwrap(), 0);
    // The test kernel shows both ends of the USB cable as hardware.
    let [keys, far_end] = [plugged.client, plugged.device_client].map(client_of);
    let through = Address::new(14, 0);
    let synth = client("synth");
    let input = synth.create_port(PortOptions::receiver("in")).unwrap();
    let input = input.address();
    let name = synth.info().unwrap().name().into_owned();
    let control = client("control");
    let connect = |ends: [Address; 2]| {
        control
            .connect(ends[0], ends[1], ConnectOptions::new())
            .unwrap();
    };
    let silent = format!("{keys} (Keys:Keys MIDI 1) sends to no other port");
    let unheard = format!(
        "client {} {name} gets events from no other port",
        synth.id()
    );
    let itself = "is connected to itself";
    for (connections, texts) in [
        // To other hardware.
        (vec![[keys, far_end]], vec![&*unheard]),
        (vec![[keys, keys]], vec![&silent, &unheard, itself]),
        (vec![[through, input]], vec![&silent]),
        (vec![[through, through]], vec![&silent, &unheard, itself]),
        (vec![[through, through], [keys, input]], vec![itself]),
        (vec![[keys, input]], vec![]),
    ] {
        connections.iter().copied().for_each(connect);
        let mut found = examined();
        for ends in &connections {
            control.disconnect(ends[0], ends[1]).unwrap();
        }
        found.retain(|finding| {
            let text = finding["text"].as_str().unwrap();
            finding["severity"] == "note" && !text.starts_with(&format!("{far_end} "))
        });
        assert_eq!(found.len(), texts.len(), "{connections:?}: {found:?}");
        for text in texts {
            assert!(
                found
                    .iter()
                    .any(|note| note["text"].as_str().unwrap().contains(text)),
                "{connections:?}: {text}: {found:?}"
            );
        }
        let [sender, receiver] = connections[0];
        for note in &found {
            let remedy = note["remedies"][0].as_str().unwrap();
            match note["code"].as_str().unwrap() {
                "sends-nowhere" => assert_eq!(remedy, format!("aseq connect {keys} {input}")),
                "gets-nothing" => assert!(remedy.ends_with(&format!(" {input}")), "{remedy}"),
                "loop" => assert_eq!(remedy, format!("aseq disconnect {sender} {receiver}")),
                _ => panic!("{note}"),
            }
        }
    }
}

/// No note advises to connect the end of a chain of programs with its beginning.
#[test]
fn no_loop_is_advised() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let clients = ["first", "second", "third"].map(client);
    let new = |client: &SequencerClient| client.create_port(PortOptions::new("port")).unwrap();
    let kept = clients.each_ref().map(new);
    let ports = kept.each_ref().map(Port::address);
    let through = Address::new(14, 0);
    let connect = |sender, receiver| {
        let options = ConnectOptions::new();
        clients[0].connect(sender, receiver, options).unwrap();
    };
    connect(ports[0], through);
    connect(through, ports[1]);
    connect(ports[1], ports[2]);
    let found = examined();
    assert!(!codes(&found).contains("gets-nothing"), "{found:?}");
    let keys = client("keys");
    let keys = keys.create_port(PortOptions::sender("out")).unwrap();
    let text = said(&examined(), "gets-nothing");
    let remedy = format!("aseq connect {} {}\"", keys.address(), ports[0]);
    assert!(text.contains(&remedy), "{text}");
}

/// Port 0 of a MIDI 2.0 keyboard sends the events of all its other ports, too.
#[test]
fn the_ports_of_a_midi_2_keyboard_are_reported_once() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    if !kernel_has_ump() {
        say_skipped("the kernel has no UMP");
        return;
    }
    let keyboard = Keyboard::new("keys").title("Keys").ports(2).midi2(true);
    let plugged = Plug::new(keyboard);
    let keys = u8::try_from(plugged.0.client).unwrap();
    let synth = client("synth");
    let input = synth.create_port(PortOptions::receiver("in")).unwrap();
    let silent = || {
        let mut found = examined();
        found.retain(|finding| {
            let text = finding["text"].as_str().unwrap();
            finding["code"] == "sends-nowhere" && text.starts_with(&format!("{keys}:"))
        });
        found.len()
    };
    input.connect_from(Address::new(14, 0)).unwrap();
    assert_eq!(silent(), 1);
    for port in [0, 2] {
        let port = Address::new(keys, port);
        input.connect_from(port).unwrap();
        assert_eq!(silent(), 0, "{port}");
        input.disconnect_from(port).unwrap();
    }
}

#[test]
fn each_problem_is_found() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let mut keys = client("keys");
    let out = keys.create_port(PortOptions::sender("out")).unwrap();
    let through = Address::new(14, 0);

    // It does not read.
    let deaf = ClientOptions::new("deaf").input_pool(1).open().unwrap();
    let ear = deaf.create_port(PortOptions::receiver("in")).unwrap();
    out.connect_to(&ear).unwrap();
    let note = Event::note_on(0, 60, 100).unwrap().from_port(&out);
    while keys.event_output_direct(&note.clone().to(&ear)).is_ok() {}
    // Its queue does not run.
    let queue = keys.create_queue("still").unwrap();
    let later = numbered(1)
        .to(&ear)
        .from_port(&out)
        .at(&queue, Time::Tick(1));
    keys.event_output_direct(&later).unwrap();
    // It sends to Midi Through, which is connected to nothing.
    out.connect_to(through).unwrap();
    // Two programs that are connected only to each other.
    let pair = client("pair");
    let alone_out = pair.create_port(PortOptions::sender("alone")).unwrap();
    let alone_in = keys.create_port(PortOptions::receiver("alone")).unwrap();
    keys.connect(&alone_out, &alone_in, ConnectOptions::new().exclusive(true))
        .unwrap();
    // A program to which no other program may connect.
    let _closed = pair
        .create_port(PortOptions::new("closed").caps(PortCaps::WRITE))
        .unwrap();

    let found = examined();
    for (code, texts) in [
        (
            "receiver-full",
            vec![format!("client {} deaf", deaf.id()), "kill ".to_owned()],
        ),
        (
            "queue-stopped",
            vec![format!("1 events wait in queue {} (still)", queue.id())],
        ),
        ("leads-nowhere", vec!["aseq connect 14 RECEIVER".to_owned()]),
        (
            "exclusive",
            vec![format!(
                "aseq disconnect {} {}",
                alone_out.address(),
                alone_in.address()
            )],
        ),
        (
            "port-closed",
            vec![":closed) lets no other program".to_owned()],
        ),
    ] {
        let said = said(&found, code);
        // The clients' names end with the process number and another number.
        for text in texts {
            assert!(said.contains(&text), "{code}: {said}");
        }
    }
    drop(queue);
    out.disconnect_to(through).unwrap();
    let codes = codes(&examined());
    assert!(
        !codes.contains("queue-stopped") && !codes.contains("leads-nowhere"),
        "{codes:?}"
    );
}

/// The time does not grow with the square of the number of ports.
#[test]
fn many_ports_are_examined_soon() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let clients: Vec<_> = (0..55).map(|_| client("large")).collect();
    let new = |client: &SequencerClient| client.create_port(PortOptions::new("port")).unwrap();
    let ports: Vec<Vec<_>> = clients
        .iter()
        .map(|client| (0..150).map(|_| new(client)).collect())
        .collect();
    ports[0][0].connect_to(&ports[1][0]).unwrap();
    let begun = Instant::now();
    let found = examined();
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    let unconnected = found.iter().filter(|one| one["code"] == "gets-nothing");
    assert_eq!(unconnected.count(), clients.len() - 1);
}

#[test]
fn a_full_table_of_clients_is_reported() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let mut leak = Vec::new();
    let error = loop {
        match SequencerClient::open("leak") {
            Ok(client) => leak.push(client),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::LimitReached);
    let full = examined();
    let said_then = said(&full, "clients-full");
    assert!(
        said_then.contains(&format!("leak ({})", leak.len())),
        "{said_then}"
    );
    leak.truncate(leak.len() - 1);
    let few = examined();
    assert!(codes(&few).contains("clients-few"), "{few:?}");
}

/// Other errors of the device do not name the test kernel.
#[test]
fn without_a_node_the_message_names_the_test_kernel() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let program = env!("CARGO_BIN_EXE_aseq");
    let list = |then: &str| {
        let script = format!("mount -t tmpfs tmpfs /dev/snd; {then}; exec {program} list");
        let output = run(&["unshare", "--mount", "sh", "-c", &script]);
        let (status, text) = crate::said(&output);
        assert_eq!(status, Some(1), "{text}");
        text.to_owned()
    };
    let text = list("true");
    assert!(
        text.ends_with("container, or use a test kernel: test-kernel run -- aseq\n"),
        "{text}"
    );
    // This number has no driver.
    let text = list("mknod /dev/snd/seq c 116 99");
    assert!(!text.contains("test-kernel"), "{text}");
}

/// A container has a separate file system, like this one.
#[test]
fn a_missing_or_forbidden_node_is_explained() {
    need_sequencer!();
    let Some(_lock) = alone() else { return };
    let program = env!("CARGO_BIN_EXE_aseq");
    let elsewhere = |then: &str| {
        let script = format!(
            "set -e; mount -t tmpfs tmpfs /dev/snd; {then}; exec $as_whom {program} doctor --json"
        );
        findings(&run(&["unshare", "--mount", "sh", "-c", &script]))
    };
    let found = elsewhere("as_whom=");
    let text = said(&found, "no-node");
    assert!(text.contains("the kernel has a sequencer"), "{text}");

    let node = "mknod -m 660 /dev/snd/seq c 116 1; chown root:audio /dev/snd/seq";
    let nobody = "as_whom='setpriv --reuid=65534 --regid=65534 --clear-groups'";
    let text = said(&elsewhere(&format!("{node}; {nobody}")), "group");
    assert!(text.contains("has group audio and mode 660"), "{text}");
    said(
        &elsewhere(&format!("{node}; chmod 600 /dev/snd/seq; {nobody}")),
        "mode",
    );

    // A member of the group can open it.
    let audio = "as_whom='setpriv --reuid=65534 --regid=65534 --groups=audio'";
    said(&elsewhere(&format!("{node}; {audio}")), "device");
}
