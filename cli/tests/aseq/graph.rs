//! `aseq list`, `connect` and `disconnect`.

use alsa_seq::{ConnectOptions, Port, PortCaps, PortOptions, SequencerClient, Stamp};

use crate::{complaint, output, printed};
use support::{client, need_program, need_sequencer};

#[test]
fn wrong_arguments_lead_to_the_right_ones() {
    for (arguments, hint) in [
        (&["conect", "a", "b"][..], "aseq --help lists the commands"),
        (
            &["dump", "Grand Piano"],
            "-p \"Grand Piano\" receives from this port",
        ),
    ] {
        let (status, text) = complaint(arguments);
        assert_eq!(status, 2, "{text}");
        assert!(text.contains(&format!("tip: {hint}\n")), "{text}");
    }
    #[cfg(feature = "patch")]
    assert!(
        complaint(&["patch", "chek", "rules"])
            .1
            .contains("tip: aseq patch --help lists the commands\n")
    );
    #[cfg(not(feature = "doctor"))]
    assert!(complaint(&["doctor"]).1.contains("lacks `doctor`"));
    #[cfg(not(feature = "patch"))]
    assert!(!complaint(&["patch", "save"]).1.contains("panic"));
    let (_, text) = complaint(&["dump", "--no-such-option"]);
    assert!(!text.contains("receives from"), "{text}");
}

#[test]
fn connections_are_made_and_removed() {
    need_sequencer!();
    let (a, b) = (client("a"), client("b"));
    let out = a.create_port("out").unwrap();
    let input = b.create_port("the in").unwrap();
    let (sender, dest) = (out.address().to_string(), input.address().to_string());
    let name = b.info().unwrap().name().into_owned();

    assert_eq!(printed(&["connect", &sender, &dest]), "");
    assert_eq!(out.receivers().unwrap().len(), 1);
    // A repeated call is not a failure.
    let ends = format!(
        "{sender} ({}:out) is already connected to {dest} ({name}:the in)",
        a.info().unwrap().name()
    );
    let (status, text) = complaint(&["connect", &sender, &dest]);
    assert_eq!((status, text), (0, format!("aseq: {ends}\n")));
    assert_eq!(out.receivers().unwrap().len(), 1);
    // The kernel would accept this connection, and deliver each event twice.
    let queue = a.create_queue("stamps").unwrap();
    let (status, text) = complaint(&["connect", "--tick", &queue.id().to_string(), &sender, &dest]);
    assert_eq!(status, 1);
    let said = format!("aseq: {ends}, but in another way: [shared]; undo that first");
    assert!(text.starts_with(&said), "{text}");
    assert_eq!(out.receivers().unwrap().len(), 1);
    // By name, and by the name of the port.
    assert_eq!(printed(&["disconnect", &sender, &name]), "");
    assert_eq!(out.receivers().unwrap(), []);
    let full = format!("{name}:the in");
    assert_eq!(printed(&["connect", "-e", &sender, &full]), "");
    assert!(out.receivers().unwrap()[0].exclusive);
    assert_eq!(printed(&["disconnect", &sender, &full]), "");
    let (status, text) = complaint(&["disconnect", &sender, &dest]);
    assert_eq!(status, 1);
    assert!(text.contains("the ports are not connected"), "{text}");
}

/// Each command that reads names says where they are, and which name is nearly the same.
#[test]
fn an_unknown_name_leads_to_the_list_or_to_a_similar_name() {
    need_sequencer!();
    let a = client("Deep Qanun");
    let _input = a.create_port("The In").unwrap();
    let name = a.info().unwrap().name().into_owned();
    let tail = "? Write the beginning of a name, with its capital letters\n";
    let commands: &[&[&str]] = &[
        &["connect", "14:0"],
        &["disconnect", "--all"],
        &["list"],
        &["dump", "-p"],
        #[cfg(feature = "send")]
        &["send", "f8", "-p"],
        #[cfg(feature = "panic")]
        &["panic"],
    ];
    for command in commands {
        let ask = |text: &str| complaint(&[command, &[text][..]].concat());
        let (status, text) = ask("nobody has this name");
        assert_eq!(status, 1, "{text}");
        assert_eq!(
            text,
            "aseq: find port \"nobody has this name\": not found; aseq list shows the clients and \
             ports; a name may be shortened\n"
        );
        for (wrong, meant) in [
            (name.to_lowercase(), name.clone()),
            // The end of the name has the process and a number, which only this test has.
            (name.replace("Deep ", ""), name.clone()),
            (format!("{name}:the"), format!("{name}:The In")),
            (format!("{}:the in", a.id()), format!("{name}:The In")),
        ] {
            let (status, text) = ask(&wrong);
            let expected =
                format!("aseq: find port {wrong:?}: not found; did you mean {meant:?}{tail}");
            assert_eq!((status, text), (1, expected));
        }
    }
}

#[test]
fn the_list_shows_connections_and_their_kinds() {
    need_sequencer!();
    let (a, b) = (client("a"), client("b"));
    let queue = a.create_queue("stamps").unwrap();
    let out = a.create_port(PortOptions::sender("out")).unwrap();
    let input = b.create_port(PortOptions::receiver("in")).unwrap();
    let options = ConnectOptions::new().stamp_ticks(&queue);
    a.connect(&out, &input, options).unwrap();
    let stamp = a.connection(&out, &input).unwrap().stamp;
    assert_eq!(stamp, Some(Stamp::Ticks(queue.id())));

    let list = printed(&["list"]);
    let head = format!(
        "client {}: {} [user, pid ",
        a.id(),
        a.info().unwrap().name()
    );
    let mut lines = list.lines().skip_while(|line| !line.starts_with(&head));
    assert!(lines.next().is_some(), "no {head} in:\n{list}");
    assert_eq!(
        lines.next().unwrap(),
        format!("  {:<7} i-  out", out.address().to_string())
    );
    let connection = lines.next().unwrap().trim_start();
    let expected = format!("-> {} ({}:in)", input.address(), b.info().unwrap().name());
    assert!(connection.starts_with(&expected), "{connection}");
    assert!(
        connection.contains("tick") && connection.contains(&queue.id().to_string()),
        "{connection}"
    );

    let inputs = printed(&["list", "--input"]);
    let outputs = printed(&["list", "--output"]);
    let (out, input) = (out.address().to_string(), input.address().to_string());
    let has = |list: &str, port: &str| {
        list.lines()
            .any(|line| line.starts_with(&format!("  {port:<7} ")))
    };
    assert!(has(&inputs, &out) && !has(&inputs, &input), "{inputs}");
    assert!(!has(&outputs, &out) && has(&outputs, &input), "{outputs}");
}

#[test]
fn a_list_of_names_and_numbers_contains_only_these() {
    need_sequencer!();
    let (a, b, empty) = (client("a"), client("b"), client("empty"));
    let out = a.create_port(PortOptions::sender("out")).unwrap();
    let other = a.create_port(PortOptions::sender("other")).unwrap();
    let input = b.create_port(PortOptions::receiver("in")).unwrap();
    let name = |client: &SequencerClient| client.info().unwrap().name().into_owned();
    // The clients and the addresses of the ports.
    let listed = |arguments: &[&str]| -> Vec<String> {
        let list = printed(&[&["list"], arguments].concat());
        let head = |line: &str| match line.strip_prefix("client ") {
            Some(client) => client.split(':').next().map(str::to_owned),
            None => line.split_whitespace().next().map(str::to_owned),
        };
        let lines = list.lines().filter(|line| !line.starts_with("     "));
        lines.filter_map(head).collect()
    };
    let [a_id, b_id, empty_id] = [&a, &b, &empty].map(|client| client.id().to_string());
    let [out, other, input] = [&out, &other, &input].map(|port| port.address().to_string());

    assert_eq!(listed(&[&name(&a)]), [a_id.as_str(), &out, &other]);
    assert_eq!(
        listed(&[&format!("{}:out", name(&a))]),
        [a_id.as_str(), &out]
    );
    // In the kernel's order.
    let several = format!("{input},{a_id}");
    assert_eq!(
        listed(&[&several, &out]),
        [a_id.as_str(), &out, &other, &b_id, &input]
    );
    assert_eq!(listed(&[&empty_id]), [empty_id.as_str()]);
    let outputs = listed(&["--output", &name(&a), &empty_id]);
    assert!(outputs.is_empty(), "{outputs:?}");

    for (absent, error) in [("191", "client info 191"), ("191:0", "port info 191:0")] {
        let (status, text) = complaint(&["list", absent]);
        assert_eq!(status, 1, "{text}");
        assert!(text.contains(error), "{text}");
        assert!(
            text.ends_with("; aseq list shows the clients and ports\n"),
            "{text}"
        );
    }
}

/// The message names the port that refuses, and whether the two ports are in the wrong order.
#[test]
fn a_refused_connection_names_the_port_that_refuses() {
    need_sequencer!();
    let (a, b) = (client("a"), client("b"));
    let port = |client: &SequencerClient, name: &str, caps| {
        client
            .create_port(PortOptions::new(name).caps(caps))
            .unwrap()
    };
    let out = port(&a, "out", PortOptions::SENDS);
    let input = port(&b, "in", PortOptions::RECEIVES);
    let private = port(&b, "own", PortOptions::RECEIVES | PortCaps::NO_EXPORT);
    let closed = port(&b, "closed", PortCaps::WRITE);
    let described = |port: &Port| {
        let client = if port.address().client == a.id() {
            &a
        } else {
            &b
        };
        let info = client.port_info(port).unwrap();
        let name = client.info().unwrap().name().into_owned();
        format!("{} ({name}:{})", port.address(), info.name())
    };
    let said = |sender: &Port, dest: &Port| {
        let ends = [sender, dest].map(|port| port.address().to_string());
        let (status, text) = complaint(&["connect", &ends[0], &ends[1]]);
        assert_eq!(status, 1, "{text}");
        text
    };
    let eperm = |sender: &Port, dest: &Port| {
        let (sender, dest) = (sender.address(), dest.address());
        format!("aseq: connect {sender} -> {dest}: operation not permitted (EPERM); port ")
    };
    assert_eq!(
        said(&input, &out),
        format!(
            "{}{} does not let others receive from it; did you mean the other way round: aseq \
             connect {} {}\n",
            eperm(&input, &out),
            described(&input),
            out.address(),
            input.address()
        )
    );
    assert_eq!(
        said(&out, &closed),
        format!(
            "{}{} does not let others send to it\n",
            eperm(&out, &closed),
            described(&closed)
        )
    );
    assert_eq!(
        said(&out, &private),
        format!(
            "{}{} is private to its program\n",
            eperm(&out, &private),
            described(&private)
        )
    );
    // A port in use: the message names the port that uses it.
    let other = port(&a, "other", PortOptions::SENDS);
    let exclusive = ConnectOptions::new().exclusive(true);
    a.connect(&out, &input, exclusive).unwrap();
    let text = said(&other, &input);
    let reason = format!(
        "; port {} is taken exclusively by {}\n",
        input.address(),
        described(&out)
    );
    assert!(text.ends_with(&reason), "{text}");
    // A missing port: the message names it.
    let (status, text) = complaint(&["connect", "191:9", &input.address().to_string()]);
    assert_eq!(status, 1);
    assert!(
        text.ends_with("; there is no port 191:9; aseq list shows the clients and ports\n"),
        "{text}"
    );
    let ends = [&input, &out].map(|port| port.address().to_string());
    let (status, text) = complaint(&["disconnect", &ends[0], &ends[1]]);
    assert_eq!(status, 1);
    let reason = format!(
        "the other way round: aseq disconnect {} {}\n",
        ends[1], ends[0]
    );
    assert!(text.ends_with(&reason), "{text}");
}

/// Removes the connections of all ports of a client, in both directions, also exclusive ones.
#[test]
fn disconnect_all_removes_the_connections_of_a_client() {
    need_sequencer!();
    let (synth, keys) = (client("synth"), client("keys"));
    let name = synth.info().unwrap().name().into_owned();
    let inputs = [0, 1, 2].map(|number| {
        let caps = PortOptions::BOTH;
        let port = PortOptions::new(format!("in {number}")).caps(caps);
        synth.create_port(port).unwrap()
    });
    let outs = [0, 1].map(|number| keys.create_port(format!("out {number}")).unwrap());
    let queue = keys.create_queue("stamps").unwrap();
    let connect_all = || {
        let plain = ConnectOptions::new;
        keys.connect(&outs[0], &inputs[1], plain()).unwrap();
        keys.connect(&outs[0], &inputs[2], plain()).unwrap();
        keys.connect(&inputs[2], &outs[1], plain()).unwrap();
        keys.connect(&outs[1], &inputs[0], plain().exclusive(true))
            .unwrap();
        // Twice, in two ways.
        let stamped = plain().stamp_ticks(&queue);
        keys.connect(&outs[0], &inputs[2], stamped).unwrap();
        keys.connect(&outs[0], &outs[1], plain()).unwrap();
    };
    let count = || {
        outs.iter()
            .map(|out| out.receivers().unwrap().len())
            .sum::<usize>()
    };
    connect_all();
    let shown = printed(&["disconnect", "--all", "--dry-run", &name]);
    assert_eq!(shown.lines().count(), 4, "{shown}");
    assert!(
        shown.contains(&format!("{} (", outs[1].address())) && shown.contains(" [exclusive]"),
        "{shown}"
    );
    assert_eq!(count(), 5);
    assert_eq!(printed(&["disconnect", "--all", &name]), "");
    // The connection of other clients stays.
    assert_eq!(count(), 1);
    assert_eq!(inputs[2].receivers().unwrap(), []);
    keys.disconnect(&outs[0], &outs[1]).unwrap();

    connect_all();
    // Only one of its ports.
    let one = inputs[2].address().to_string();
    assert_eq!(printed(&["disconnect", "-a", &one]), "");
    assert_eq!(count(), 3);
    // The client again, by its number.
    assert_eq!(printed(&["disconnect", "-a", &synth.id().to_string()]), "");
    assert_eq!(count(), 1);
}

/// Connections that only their owners may remove are reported, and the others are removed.
#[test]
fn disconnect_all_names_connections_that_it_cannot_remove() {
    need_sequencer!();
    let (a, b) = (client("a"), client("b"));
    let out = a.create_port("out").unwrap();
    let input = b.create_port(PortOptions::receiver("in")).unwrap();
    let closed = b
        .create_port(PortOptions::new("closed").caps(PortCaps::WRITE))
        .unwrap();
    out.connect_to(&input).unwrap();
    b.connect(&out, &closed, ConnectOptions::new()).unwrap();
    let name = a.info().unwrap().name().into_owned();
    let expected = format!(
        "{} ({name}:out) -> {closed} ({other}:closed): port {closed} ({other}:closed) does not \
         let others send to it\n",
        out.address(),
        closed = closed.address(),
        other = b.info().unwrap().name(),
    );
    let dry = output(&["disconnect", "--all", "--dry-run", &name]);
    assert_eq!(dry.status.code(), Some(1));
    let said = String::from_utf8(dry.stderr).unwrap();
    assert_eq!(said, format!("aseq: would not be undone: {expected}"));
    assert_eq!(out.receivers().unwrap().len(), 2);
    let (status, text) = complaint(&["disconnect", "--all", &name]);
    assert_eq!(
        (status, text),
        (1, format!("aseq: is not undone: {expected}"))
    );
    let left = out.receivers().unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].receiver, closed.address());
}

/// `aseq` lists every client that `aconnect` lists.
#[test]
fn aconnect_shows_the_same_connections() {
    need_sequencer!();
    need_program!("aconnect");
    let a = client("seen");
    let _port = a.create_port("port").unwrap();
    let theirs = std::process::Command::new("aconnect")
        .arg("-l")
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let theirs = String::from_utf8(theirs.stdout).unwrap();
    let ours = printed(&["list"]);
    let mine = a.info().unwrap().name().into_owned();
    for line in theirs.lines().filter(|line| line.starts_with("client ")) {
        let (number, rest) = line.split_once(": '").unwrap();
        let (name, _) = rest.split_once('\'').unwrap();
        // Other tests open and close clients.
        let steady = number.trim_start_matches("client ").parse::<u8>().unwrap() < 128;
        if steady || name == mine {
            let head = format!("{number}: {name} [");
            assert!(ours.contains(&head), "no {head} in:\n{ours}");
        }
    }
}

#[test]
fn wrong_arguments_have_another_status_than_failures() {
    for arguments in [&["no-such-command"] as &[&str], &[], &["connect", "14:0"]] {
        let output = output(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
    assert!(printed(&["--help"]).contains("Exit status: 0"));
    assert!(printed(&["--version"]).starts_with("aseq 0."));
}

/// Manual pages and completions contain every subcommand.
#[cfg(feature = "docs")]
#[test]
fn docs_are_written() {
    let directory = tempfile::tempdir().unwrap();
    assert_eq!(printed(&["docs", directory.path().to_str().unwrap()]), "");
    let read = |name: &str| std::fs::read_to_string(directory.path().join(name)).unwrap();
    let help = printed(&["--help"]);
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let names: Vec<&str> = commands
        .lines()
        .map_while(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty() && *name != "help")
        .collect();
    assert!(names.len() >= 5 && !names.contains(&"docs"), "{names:?}");
    for name in names {
        let page = read(&format!("man1/aseq-{name}.1"));
        assert!(page.contains(&format!("aseq\\-{name} \\- ")), "{page}");
        for shell in ["aseq.bash", "_aseq", "aseq.fish", "aseq.elv"] {
            assert!(
                read(&format!("completions/{shell}")).contains(name),
                "{shell}"
            );
        }
    }
    assert!(read("man1/aseq.1").contains("Exit status: 0"));
}
