//! Tests the tables of `docs/patch.md`: each rule of another program has the same effect here.

use std::collections::BTreeMap;

use alsa_seq::{Port, PortOptions, PortType, SequencerClient};

use super::File;
use crate::printed;
use support::{need_sequencer, unique};

/// Returns the rules after each cell of the first column, as TOML.
fn documented(heading: &str) -> BTreeMap<String, String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/patch.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (_, section) = document.split_once(heading).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let mut rules: BTreeMap<String, String> = BTreeMap::new();
    let mut name = String::new();
    for line in section.lines().filter(|line| line.starts_with('|')) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [first, kind @ ("connect" | "forbid"), from, to] = cells.as_slice() else {
            continue;
        };
        if !first.is_empty() {
            name = first.trim_matches('`').to_owned();
        }
        let [from, to] = [from, to].map(|cell| cell.trim_matches('`'));
        let rule = format!("[[{kind}]]\nfrom = {from}\nto = {to}\n");
        rules.entry(name.clone()).or_default().push_str(&rule);
    }
    rules
}

/// Keyboards and synths with these texts in their names.
struct Studio {
    keys: String,
    synth: String,
    _clients: Vec<(SequencerClient, Vec<Port>)>,
}

impl Studio {
    fn new() -> Self {
        let (keys, synth) = (unique("keys"), unique("synth"));
        let make = |name: &str, kind: PortType, ports: [&str; 2]| {
            let client = SequencerClient::open(name).unwrap();
            let port = |port: &str| {
                let options = PortOptions::new(port).port_type(kind | PortType::MIDI_GENERIC);
                client.create_port(options).unwrap()
            };
            let ports = ports.iter().map(|name| port(name)).collect();
            (client, ports)
        };
        let hardware = PortType::HARDWARE;
        let program = PortType::APPLICATION;
        let clients = vec![
            make(&keys, hardware, ["bed", "pads"]),
            make(&format!("a {keys}"), hardware, ["bed", "pads 2"]),
            make(&synth, program, ["in", "in 2"]),
            make(&format!("{synth} pro"), program, ["in", "in 2"]),
            make(&format!("Midi Through {keys}"), program, ["in", "out"]),
        ];
        Self {
            keys,
            synth,
            _clients: clients,
        }
    }

    /// Returns the connections that the rules want, by names.
    fn wanted(&self, rules: &str) -> Vec<String> {
        let rules = rules
            .replace("keys", &self.keys)
            .replace("synth", &self.synth);
        let file = File::new(&rules);
        let shown = printed(&["patch", "check", file.as_str()]);
        let lines = shown.lines().filter_map(|line| line.strip_prefix("+ "));
        let mut pairs: Vec<String> = lines
            .filter_map(|line| {
                let (from, to) = line.split_once(" -> ")?;
                let [from, to] = [from, to].map(|end| {
                    let names = end.split_once(" (")?.1.strip_suffix(')')?;
                    // Other tests have ports, too.
                    let is_ours = names.contains(&self.keys) || names.contains(&self.synth);
                    is_ours.then(|| {
                        names
                            .replace(&self.keys, "keys")
                            .replace(&self.synth, "synth")
                    })
                });
                Some(format!("{} -> {}", from?, to?))
            })
            .collect();
        pairs.sort_unstable();
        pairs
    }
}

/// Returns all pairs of these, in order.
fn pairs(from: &[&str], to: &[&str]) -> Vec<String> {
    let from = from.iter();
    let mut pairs: Vec<String> = from
        .flat_map(|from| to.iter().map(move |to| format!("{from} -> {to}")))
        .collect();
    pairs.sort_unstable();
    pairs
}

#[test]
fn rules_of_midiminder() {
    need_sequencer!();
    let studio = Studio::new();
    let mut rules = documented("## Coming from midiminder");
    let through = "Midi Through keys:in";
    let (keys, synths) = (
        ["a keys:bed", "keys:bed", through],
        ["synth pro:in", "synth:in"],
    );
    let hardware = ["a keys:bed", "a keys:pads 2", "keys:bed", "keys:pads"];
    let synth_ports = ["synth pro:in", "synth pro:in 2", "synth:in", "synth:in 2"];
    let throughs = [through, "Midi Through keys:out"];
    let programs = [&synth_ports[..], &throughs].concat();
    let everything = [&hardware[..], &programs].concat();
    let mut to_synth = pairs(&everything, &synths);
    // Not with itself.
    to_synth.retain(|pair| {
        let client = |end: &str| end.split_once(':').unwrap().0.to_owned();
        let (from, to) = pair.split_once(" -> ").unwrap();
        client(from) != client(to)
    });
    let both = [pairs(&keys, &synths), pairs(&synths, &keys)].concat();
    let pads = ["a keys:pads 2", "keys:pads"];
    let second = [&pads[..], &["Midi Through keys:out"]].concat();
    let all = [&hardware[..], &throughs].concat();
    for (rule, wanted) in [
        ("keys --> synth", pairs(&keys, &synths)),
        ("synth <-- keys", pairs(&keys, &synths)),
        ("keys <-> synth", both.clone()),
        (
            "\"keys\" --> \"synth\"",
            pairs(&["keys:bed"], &["synth:in"]),
        ),
        ("keys:pad --> synth", pairs(&pads, &synths)),
        ("keys:\"pads\" --> synth", pairs(&["keys:pads"], &synths)),
        ("keys:1 --> synth", pairs(&second, &synths)),
        ("keys:* --> synth", pairs(&all, &synths)),
        ("* --> synth", to_synth),
        (".hw --> .app", pairs(&hardware, &programs)),
        (".app --> .hw", pairs(&programs, &hardware)),
    ] {
        let mut wanted = wanted;
        wanted.sort_unstable();
        let toml = rules.remove(rule).unwrap_or_else(|| panic!("no {rule}"));
        assert_eq!(studio.wanted(&toml), wanted, "{rule}\n{toml}");
    }
    // They prevent other connections.
    let connect = "[[connect]]\nfrom = '*keys*'\nto = '*synth*'\n\
                   [[connect]]\nfrom = '*synth*'\nto = '*keys*'\n";
    for (rule, wanted) in [
        ("keys -x-> synth", pairs(&synths, &keys)),
        ("keys <-x- synth", pairs(&keys, &synths)),
    ] {
        let toml = rules.remove(rule).unwrap_or_else(|| panic!("no {rule}"));
        assert_eq!(
            studio.wanted(&(connect.to_owned() + &toml)),
            wanted,
            "{rule}"
        );
        let except = toml + "except = { from = '*', to = '*' }\n";
        let mut both = both.clone();
        both.sort_unstable();
        assert_eq!(studio.wanted(&(connect.to_owned() + &except)), both);
    }
    assert!(rules.is_empty(), "not tried: {rules:?}");
}

#[test]
fn rules_for_amidiauto() {
    need_sequencer!();
    let studio = Studio::new();
    let rules = documented("## Coming from amidiauto");
    assert_eq!(rules.len(), 4);
    let rules: String = rules.into_values().collect();
    let (keys, synths) = (["a keys:bed", "keys:bed"], ["synth pro:in", "synth:in"]);
    let mut both = [pairs(&keys, &synths), pairs(&synths, &keys)].concat();
    both.sort_unstable();
    assert_eq!(studio.wanted(&rules), both);
}

/// The example at the document's beginning is valid.
#[test]
fn the_documents_example_is_read() {
    need_sequencer!();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/patch.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (_, example) = document.split_once("```toml\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let file = File::new(example);
    let shown = printed(&["patch", "check", file.as_str()]);
    assert!(shown.contains(":2: no port matches `from`"), "{shown}");
}
