//! `aconnect`.

use alsa_seq::{ClientOptions, ConnectOptions, Port, PortCaps, PortOptions, SequencerClient};

use crate::compare::{Program, Whose, alone, beside_others};
use support::{client, need_sequencer, unique};

/// Clients and ports with all properties that a list can show.
struct Graph {
    a: SequencerClient,
    ports: Vec<Port>,
    _others: Vec<SequencerClient>,
}

impl Graph {
    fn new() -> Self {
        let a = ClientOptions::new(unique("a client's \"name\": \u{e9}"))
            .open()
            .unwrap();
        let b = client("b");
        let empty = client("no ports");
        let all = PortOptions::BOTH;
        let mut ports = Vec::new();
        for (client, name, caps) in [
            (&a, "out", PortOptions::SENDS),
            (&a, "in", PortOptions::RECEIVES),
            (&a, "both, with a name of some length", all),
            (&a, "", all),
            (&a, "secret", all | PortCaps::NO_EXPORT),
            (&a, "nothing", PortCaps::empty()),
            (&a, "no subscribers", PortCaps::READ | PortCaps::WRITE),
            (&a, "asleep", all | PortCaps::INACTIVE),
            (&b, "b's", all),
            (&b, "b's other", all),
        ] {
            ports.push(
                client
                    .create_port(PortOptions::new(name).caps(caps))
                    .unwrap(),
            );
        }
        let queue = a.create_queue("queue").unwrap();
        for (sender, dest, options) in [
            (9, 8, ConnectOptions::new()),
            (0, 9, ConnectOptions::new()),
            (0, 8, ConnectOptions::new()),
            (2, 3, ConnectOptions::new().exclusive(true)),
            (0, 1, ConnectOptions::new().stamp_real_time(&queue)),
            (9, 3, ConnectOptions::new()),
            (4, 1, ConnectOptions::new()),
            (8, 4, ConnectOptions::new()),
            (
                3,
                2,
                ConnectOptions::new()
                    .exclusive(true)
                    .stamp_real_time(&queue),
            ),
        ] {
            // A port with an exclusive connection refuses other ones.
            let _ = a.connect(&ports[sender], &ports[dest], options);
        }
        Self {
            a,
            ports,
            _others: vec![b, empty],
        }
    }

    fn disconnect(&self) {
        for port in &self.ports {
            for found in port.receivers().unwrap() {
                // If the two ports have several connections, the first call removes all of them.
                let _ = self.a.disconnect(found.sender, found.receiver);
            }
            assert_eq!(port.receivers().unwrap(), []);
        }
    }
}

#[test]
fn lists_are_the_same() {
    need_sequencer!();
    let _lock = alone();
    let graph = Graph::new();
    let ours = Program::ours("aconnect");
    let name = graph.a.info().unwrap().name().into_owned();
    for theirs in Program::theirs("aconnect") {
        for arguments in [
            &["-l"] as &[&str],
            &["-i"],
            &["-o"],
            &["-io"],
            &["-il"],
            &["-lo"],
            &["--list"],
            &["--input", "--output", "--list"],
            &["-la"],
            &["-ia"],
            &["-dl"],
            &["-l", "14:0", "14:0"],
        ] {
            let mut expected = theirs.run(arguments);
            if !arguments.iter().any(|argument| argument.contains('a')) {
                // The machine's own version may be too old to hide inactive ports. The newest
                // version leaves that to the kernel, and Linux 6.1 does not do it.
                let lines = expected.stdout.lines();
                let known = lines.filter(|line| !line.contains("'asleep "));
                expected.stdout = known.map(|line| format!("{line}\n")).collect();
            }
            if arguments.iter().any(|argument| argument.contains('a')) && expected.code != Some(0) {
                // Newer than the machine's own version.
                assert_eq!(theirs.whose, Whose::Installed);
                continue;
            }
            assert!(expected.stdout.contains(&name), "{expected:?}");
            assert_eq!(ours.run(arguments), expected, "{arguments:?} of {theirs:?}");
        }
    }
}

/// Runs the same commands, one after the other, from the same initial state.
fn history(program: &Program, graph: &Graph, commands: &[Vec<String>]) -> Vec<String> {
    let mut history = Vec::new();
    for command in commands {
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let said = program.run(&command).without_usage();
        let mut connections: Vec<String> = Vec::new();
        for port in &graph.ports {
            for found in port.receivers().unwrap() {
                connections.push(format!("{found:?}"));
            }
        }
        history.push(format!("{command:?}: {said:?}\n{}", connections.join("\n")));
    }
    graph.disconnect();
    history
}

#[test]
fn connections_and_errors_are_the_same() {
    need_sequencer!();
    let _lock = beside_others();
    let graph = Graph::new();
    graph.disconnect();
    let a = graph.a.id().to_string();
    let name = graph.a.info().unwrap().name().into_owned();
    let address = |index: usize| graph.ports[index].address().to_string();
    let (out, input, both) = (address(0), address(1), address(2));
    let commands: Vec<Vec<String>> = [
        // By number, in all notations; also by name, and shortened.
        vec![&*out, &input],
        vec![&out, &input],
        vec!["-d", &out, &input],
        vec!["-d", &out, &input],
        vec![&a, &both],
        vec!["--disconnect", &a, &both],
        vec![&out.replace(':', "."), &both],
        vec![&input, &out],
        vec![&format!("'{name}':0"), &both],
        vec!["-d", &format!("'{name}'"), &both],
        vec!["-e", &both, &input],
        vec![&out, &input],
        vec!["-d", "-e", &both, &input],
        vec!["-r", "3", &out, &input],
        vec!["-t5", &out, &both],
        vec!["--real=3", "--exclusive", &both, &both],
        vec![&out, &input, "something", "more"],
        vec!["-d", &out, &input],
        // Wrong arguments.
        vec![&out],
        vec![],
        vec!["-d"],
        vec!["-d", &out],
        vec!["nobody", &input],
        vec![&out, "nobody"],
        vec![&out, "nobody:0"],
        vec!["", &input],
        vec![":", &input],
        vec![&out, "99:0"],
        vec!["99:0", &input],
        vec![&out, &address(6)],
        vec!["-d", &out, "99:0"],
        vec!["-d", "99:0", &input],
        vec!["--nothing"],
        vec!["--r", "1"],
        vec!["-z"],
        vec!["-h"],
        vec!["-t"],
        vec!["--list=1"],
        vec![&out, &address(5)],
        vec!["0:1", "0:1"],
        vec!["--", &out, &both],
        vec![&out, "--", &both],
        vec![&both, "-e", &input],
        // All at the same time.
        vec!["-x", "and", "more"],
        vec![&out, &input],
        vec![&out, &both],
        vec!["--removeall"],
    ]
    .iter()
    .map(|command| command.iter().map(ToString::to_string).collect())
    .collect();
    let ours = history(&Program::ours("aconnect"), &graph, &commands);
    for theirs in Program::theirs("aconnect") {
        let theirs_said = history(&theirs, &graph, &commands);
        for (ours, expected) in ours.iter().zip(&theirs_said) {
            assert_eq!(ours, expected, "{theirs:?}");
        }
    }
}

/// The improvements of ours, which `docs/old-names.md` lists.
#[test]
fn differences_are_on_purpose() {
    need_sequencer!();
    let _lock = beside_others();
    let graph = Graph::new();
    let ours = Program::ours("aconnect");
    graph.disconnect();
    let address = |index: usize| graph.ports[index].address().to_string();
    let (input, both) = (address(1), address(2));

    // Ticks are shown as ticks.
    let queue = graph.a.create_queue("ticks").unwrap();
    let options = ConnectOptions::new().stamp_ticks(&queue);
    graph
        .a
        .connect(&graph.ports[2], &graph.ports[1], options)
        .unwrap();
    let stamp = format!("{input}[tick:{}]", queue.id());
    assert!(ours.run(&["-l"]).stdout.contains(&stamp));
    for theirs in Program::theirs("aconnect") {
        assert!(!theirs.run(&["-l"]).stdout.contains(&stamp), "{theirs:?}");
    }

    // Numbers are used as they are, and not cut to eight bits.
    for (arguments, message) in [
        (["-t", "x", &*both, &*input], "invalid queue x\n".to_owned()),
        (
            ["-r", "300", &both, &input],
            "invalid queue 300\n".to_owned(),
        ),
        (["-t", "-1", &both, &input], "invalid queue -1\n".to_owned()),
        (
            ["-e", "--", "256:0", &input],
            "invalid sender address 256:0\n".to_owned(),
        ),
        (
            ["-e", "--", &both, "14:256"],
            "invalid destination address 14:256\n".to_owned(),
        ),
        (
            ["-e", "--", &both, "14:x"],
            "invalid destination address 14:x\n".to_owned(),
        ),
    ] {
        let said = ours.run(&arguments);
        assert_eq!(
            (said.code, &said.stderr),
            (Some(1), &message),
            "{arguments:?}"
        );
    }

    // A name of two clients is ambiguous.
    let name = unique("twin");
    let _twins = [&name; 2].map(|name| {
        let client = ClientOptions::new(name).open().unwrap();
        let port = client.create_port(PortOptions::receiver("in")).unwrap();
        (client, port)
    });
    let said = ours.run(&[&both, &name]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.stderr
            .starts_with(&format!("invalid destination address {name} (")),
        "{said:?}"
    );
}
