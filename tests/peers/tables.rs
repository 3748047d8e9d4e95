//! `docs/coming-from.md` contains every name of the other libraries.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::python::python;
use support::python_interpreter;
use support::{required, skip};

const TEXT: &str = include_str!("../../docs/coming-from.md");

/// Returns the words in backticks of one part of the document. Brackets and dots separate words.
fn words(heading: &str) -> BTreeSet<&'static str> {
    let part = TEXT
        .split("\n## ")
        .find(|part| part.starts_with(heading))
        .unwrap();
    let quoted = part.split('`').skip(1).step_by(2);
    quoted
        .flat_map(|text| text.split(|c: char| !(c.is_alphanumeric() || "_*".contains(c))))
        .filter(|word| !word.is_empty())
        .collect()
}

/// `snd_seq_*_free` matches the functions of all containers.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => {
            name.len() > start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
        None => pattern == name,
    }
}

/// Returns the functions and macros that a header declares.
fn declared(header: &str) -> BTreeSet<&str> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    header
        .match_indices('(')
        .map(|(at, _)| {
            let before = header[..at].trim_end_matches(' ');
            let start = before.rfind(|c| !is_name(c)).map_or(0, |at| at + 1);
            &before[start..]
        })
        .filter(|name| name.starts_with("snd_seq_") || name.starts_with("snd_midi_event_"))
        .collect()
}

#[test]
fn every_function_of_libasound_has_its_counterpart() {
    let directory = Path::new("/usr/include/alsa");
    if !directory.join("seq.h").is_file() {
        let message = "the headers of libasound are not installed (libasound2-dev)";
        assert!(!required(), "ALSA_SEQ_REQUIRE_KERNEL=1, and {message}");
        return skip(message);
    }
    let known = words("Coming from libasound");
    let mut missing = BTreeSet::new();
    let mut count = 0;
    for header in ["seq.h", "seqmid.h", "seq_event.h", "seq_midi_event.h"] {
        let header = std::fs::read_to_string(directory.join(header)).unwrap();
        for name in declared(&header) {
            count += 1;
            if !known.iter().any(|pattern| matches(pattern, name)) {
                missing.insert(name.to_owned());
            }
        }
    }
    assert!(count > 300, "only {count} functions found");
    assert!(missing.is_empty(), "not in the document: {missing:#?}");
}

/// Prints all public names: of the package, of its classes' methods and attributes, and of the
/// keyword arguments.
const PUBLIC_NAMES: &str = r#"
import dataclasses, inspect, alsa_midi
names = set(alsa_midi.__all__) - {"alsa", "ffi"}
for name in alsa_midi.__all__:
    thing = getattr(alsa_midi, name)
    if not inspect.isclass(thing):
        continue
    if dataclasses.is_dataclass(thing):
        names |= {field.name for field in dataclasses.fields(thing)}
    if name in {"SequencerClient", "AsyncSequencerClient", "Port", "Queue"}:
        for method, value in inspect.getmembers(thing, callable):
            if not method.startswith("_"):
                names.add(method)
                names |= set(inspect.signature(value).parameters)
    for base in thing.__mro__:
        names |= set(vars(base).get("__annotations__", {}))
names -= {"self", "args", "kwargs", "previous", "event", "info", "port", "query", "sender", "dest"}
names -= {"src", "pool", "size", "value", "usage", "timer", "client", "a_event"}
for name in sorted(names):
    if not name.startswith("_"):
        print(name)
"#;

#[test]
fn every_name_of_python_alsa_midi_has_its_counterpart() {
    if !python() {
        return;
    }
    let output = Command::new(python_interpreter())
        .args(["-c", PUBLIC_NAMES])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let names = String::from_utf8(output.stdout).unwrap();
    let known = words("Coming from python-alsa-midi");
    let missing: Vec<&str> = names.lines().filter(|name| !known.contains(name)).collect();
    assert!(names.lines().count() > 150, "{names}");
    assert!(missing.is_empty(), "not in the document: {missing:#?}");
}

/// rustdoc finds links to names that no longer exist in this library. This test finds names without
/// a link.
#[test]
fn every_link_is_defined_once() {
    let (text, definitions) = TEXT.split_once("\n\n[`").unwrap();
    let defined: Vec<&str> = definitions
        .split("\n[`")
        .map(|line| line.split_once('`').unwrap().0)
        .collect();
    for name in &defined {
        assert!(text.contains(&format!("[`{name}`]")), "{name} is not used");
    }
    for used in text.split("[`").skip(1) {
        let (name, behind) = used.split_once('`').unwrap();
        assert!(behind.starts_with(']'), "{name}");
        assert!(defined.contains(&name), "{name} is not defined");
    }
    assert!(defined.is_sorted());
}
