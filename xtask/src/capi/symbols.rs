//! The list of symbols, and the version script made from it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::elf::Export;

/// libasound's version nodes. Each is the parent of the next. Programs name them, so all must
/// exist, also empty ones.
pub(super) const NODES: [&str; 13] = [
    "ALSA_0.9",
    "ALSA_0.9.0rc4",
    "ALSA_0.9.0rc8",
    "ALSA_0.9.0",
    "ALSA_0.9.3",
    "ALSA_0.9.5",
    "ALSA_0.9.7",
    "ALSA_1.1.6",
    "ALSA_1.2.6",
    "ALSA_1.2.9",
    "ALSA_1.2.10",
    "ALSA_1.2.13",
    "ALSA_1.2.15",
];

/// The node that contains no old symbol.
const LAST: &str = "ALSA_1.2.15";

/// The only data symbol in the list.
pub(super) const TABLE: &str = "snd_seq_event_types";

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) name: String,
    pub(super) node: String,
    /// Whether programs that are linked today get another version of this name.
    pub(super) old: bool,
}

impl Symbol {
    /// Returns whether the symbol belongs to the sequencer or the MIDI coder. The preload form
    /// contains only these.
    pub(super) fn is_sequencer(&self) -> bool {
        is_sequencer(&self.name)
    }

    /// Returns the name that the shared object must export for the symbol.
    pub(super) fn export(&self) -> Export {
        let table = self.name == TABLE;
        Export {
            name: self.name.clone(),
            node: self.node.clone(),
            default: !self.old,
            kind: if table { "OBJECT" } else { "FUNC" }.to_owned(),
            size: table.then_some(1024),
        }
    }
}

/// Returns whether a name belongs to the sequencer or the MIDI coder.
pub(super) fn is_sequencer(name: &str) -> bool {
    name.starts_with("snd_seq_") || name.starts_with("snd_midi_event_")
}

/// Parses the list.
pub(super) fn read(path: &Path) -> Result<Vec<Symbol>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    parse(&text).with_context(|| format!("read {}", path.display()))
}

fn parse(text: &str) -> Result<Vec<Symbol>> {
    let mut symbols = Vec::new();
    let lines = text.lines().map(str::trim);
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (name, node, old) = match *words {
            [name, node] => (name, node, false),
            [name, node, "old"] => (name, node, true),
            _ => bail!("not NAME NODE [old]: {line}"),
        };
        if !NODES.contains(&node) {
            bail!("{name} is in the node {node}, which does not exist");
        }
        symbols.push(Symbol {
            name: name.to_owned(),
            node: node.to_owned(),
            old,
        });
    }
    let defaults: Vec<_> = symbols.iter().filter(|symbol| !symbol.old).collect();
    let names: BTreeSet<_> = defaults.iter().map(|symbol| &symbol.name).collect();
    if names.len() < defaults.len() {
        bail!("the list contains a name twice");
    }
    Ok(symbols)
}

/// Returns the linker's version script. The assembler sets the node of an old symbol, so the script
/// does not contain it.
pub(super) fn script(symbols: &[Symbol]) -> String {
    let mut script = String::new();
    let mut parent = "";
    for node in NODES {
        let _ = writeln!(script, "{node} {{");
        let here = symbols
            .iter()
            .filter(|symbol| symbol.node == node && !symbol.old);
        for (index, symbol) in here.enumerate() {
            if index == 0 {
                script += "  global:\n";
            }
            let _ = writeln!(script, "    {};", symbol.name);
        }
        // In the node of an old symbol, this would hide the symbol.
        if node == LAST {
            script += "  local: *;\n";
        }
        let _ = writeln!(script, "}} {parent};");
        parent = node;
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
# A comment.

snd_seq_event_types ALSA_0.9
snd_dlopen ALSA_0.9 old
snd_dlopen ALSA_1.1.6
";

    #[test]
    fn the_list_is_read() {
        let symbols = parse(LIST).unwrap();
        assert_eq!(symbols.len(), 3);
        assert!(symbols[0].is_sequencer() && !symbols[1].is_sequencer());
        assert_eq!(symbols[0].export().size, Some(1024));
        assert!(!symbols[1].export().default && symbols[2].export().default);
        for wrong in ["a", "a ALSA_9", "a ALSA_0.9 new", "a ALSA_0.9\na ALSA_0.9"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_script_has_every_node() {
        let script = script(&parse(LIST).unwrap());
        assert!(script.starts_with(
            "ALSA_0.9 {\n  global:\n    snd_seq_event_types;\n} ;\nALSA_0.9.0rc4 {\n} ALSA_0.9;\n"
        ));
        assert!(script.contains("ALSA_1.1.6 {\n  global:\n    snd_dlopen;\n} ALSA_0.9.7;\n"));
        assert!(script.ends_with("ALSA_1.2.15 {\n  local: *;\n} ALSA_1.2.13;\n"));
    }
}
