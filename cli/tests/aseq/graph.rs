//! `aseq list`, `connect` and `disconnect`.

use alsa_seq::{PortOptions, Stamp};

use crate::support::{client, need_program, need_sequencer};
use crate::{complaint, output, printed};

#[test]
fn connections_come_and_go() {
    need_sequencer!();
    let (a, b) = (client("a"), client("b"));
    let out = a.create_port("out").unwrap();
    let input = b.create_port("the in").unwrap();
    let (sender, dest) = (out.address().to_string(), input.address().to_string());
    let name = b.info().unwrap().name().into_owned();

    assert_eq!(printed(&["connect", &sender, &dest]), "");
    assert_eq!(out.receivers().unwrap().len(), 1);
    let (status, text) = complaint(&["connect", &sender, &dest]);
    assert_eq!(status, 1);
    assert_eq!(
        text,
        format!(
            "aseq: subscribe {sender} to {dest}: device or resource busy (EBUSY); the ports are \
             already connected, or one is taken exclusively, or another program has opened the \
             device behind it\n"
        )
    );
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

#[test]
fn the_list_tells_what_is_connected_and_how() {
    need_sequencer!();
    let (a, b) = (client("a"), client("b"));
    let queue = a.create_queue("stamps").unwrap();
    let out = a
        .create_port(PortOptions::new("out").caps(PortOptions::READ))
        .unwrap();
    let input = b
        .create_port(PortOptions::new("in").caps(PortOptions::WRITE))
        .unwrap();
    let options = alsa_seq::SubscribeOptions::new().stamp_ticks(&queue);
    a.subscribe(&out, &input, options).unwrap();
    let stamp = a.subscription(&out, &input).unwrap().stamp;
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

/// Every client that `aconnect` lists, `aseq` lists too.
#[test]
fn aconnect_sees_the_same() {
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
        // Other tests' clients come and go.
        let steady = number.trim_start_matches("client ").parse::<u8>().unwrap() < 128;
        if steady || name == mine {
            let head = format!("{number}: {name} [");
            assert!(ours.contains(&head), "no {head} in:\n{ours}");
        }
    }
}

#[test]
fn wrong_arguments_are_told_apart_from_failures() {
    for arguments in [&["no-such-command"] as &[&str], &[], &["connect", "14:0"]] {
        let output = output(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
    assert!(printed(&["--help"]).contains("Exit status: 0"));
    assert!(printed(&["--version"]).starts_with("aseq 0."));
}

/// Manual pages and completions know every subcommand.
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
