//! Symbols of object files and shared objects, read with binutils.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// A symbol that a shared object exports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Export {
    pub(super) name: String,
    pub(super) node: String,
    /// Whether a program that is linked today gets this version.
    pub(super) default: bool,
    /// `FUNC`, `OBJECT`.
    pub(super) kind: String,
    /// The size, only for data, because programs copy it into themselves.
    pub(super) size: Option<u64>,
}

impl std::fmt::Display for Export {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = if self.default { "@@" } else { "@" };
        write!(f, "{}{at}{} {}", self.name, self.node, self.kind)?;
        match self.size {
            Some(size) => write!(f, " of {size} bytes"),
            None => Ok(()),
        }
    }
}

/// Returns everything that a shared object exports, except for its version nodes.
pub(super) fn exports(object: &Path) -> Result<BTreeSet<Export>> {
    let text = output(
        Command::new("readelf")
            .args(["--wide", "--dyn-syms"])
            .arg(object),
    )?;
    let exports = parse(&text);
    if exports.is_empty() {
        bail!("{} exports nothing", object.display());
    }
    Ok(exports)
}

/// `Num: Value Size Type Bind Vis Ndx Name`; sizes from 100,000 are in base 16.
fn parse(text: &str) -> BTreeSet<Export> {
    let mut exports = BTreeSet::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [number, _, size, kind, bind, _, section, symbol] = *words else {
            continue;
        };
        if number == "Num:" || matches!(section, "UND" | "ABS") || bind == "LOCAL" {
            continue;
        }
        let (name, rest) = symbol.split_once('@').unwrap_or((symbol, ""));
        let (node, default) = match rest.strip_prefix('@') {
            Some(node) => (node, true),
            None => (rest, false),
        };
        let size = match size.strip_prefix("0x") {
            Some(size) => u64::from_str_radix(size, 16).ok(),
            None => size.parse().ok(),
        };
        exports.insert(Export {
            name: name.to_owned(),
            node: node.to_owned(),
            default,
            kind: kind.to_owned(),
            size: size.filter(|_| kind == "OBJECT"),
        });
    }
    exports
}

/// Returns the names that a program or shared object uses from others, with their version nodes.
pub(super) fn imports(object: &Path) -> Result<BTreeSet<(String, String)>> {
    let text = output(
        Command::new("readelf")
            .args(["--wide", "--dyn-syms"])
            .arg(object),
    )?;
    Ok(parse_imports(&text))
}

/// The same columns, with the node's number after the name.
fn parse_imports(text: &str) -> BTreeSet<(String, String)> {
    let mut imports = BTreeSet::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [number, _, _, _, _, _, section, symbol, ..] = *words else {
            continue;
        };
        if number == "Num:" || (section != "UND" && !symbol.starts_with("snd_seq_event_types@")) {
            continue;
        }
        let (name, node) = symbol.split_once('@').unwrap_or((symbol, ""));
        imports.insert((name.to_owned(), node.trim_start_matches('@').to_owned()));
    }
    imports
}

/// Returns the name of a shared object, and its version nodes with their parents, as lines.
pub(super) fn identity(object: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let dynamic = output(
        Command::new("readelf")
            .args(["--wide", "--dynamic"])
            .arg(object),
    )?;
    for line in dynamic.lines() {
        if let Some((_, name)) = line.split_once("soname: [") {
            found.push(format!("soname {}", name.trim_end_matches(']')));
        }
    }
    let versions = output(
        Command::new("readelf")
            .args(["--wide", "--version-info"])
            .arg(object),
    )?;
    found.extend(nodes(&versions));
    Ok(found)
}

fn nodes(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .skip_while(|line| !line.starts_with("Version definition section"))
        .take_while(|line| !line.is_empty());
    let mut found: Vec<String> = Vec::new();
    for line in lines {
        if let Some((_, name)) = line.split_once("Name: ") {
            found.push(name.trim().to_owned());
        } else if let Some((_, parent)) = line.split_once("Parent 1: ") {
            if let Some(last) = found.last_mut() {
                *last = format!("{last} < {}", parent.trim());
            }
        }
    }
    found
}

/// Returns the libraries that a shared object needs.
pub(crate) fn needed(object: &Path) -> Result<BTreeSet<String>> {
    let text = output(
        Command::new("readelf")
            .args(["--wide", "--dynamic"])
            .arg(object),
    )?;
    Ok(text
        .lines()
        .filter_map(|line| line.split_once("(NEEDED)")?.1.split_once('['))
        .map(|(_, name)| name.trim_end_matches(']').to_owned())
        .collect())
}

/// Returns the names that an object file defines for others.
pub(super) fn defined(object: &Path) -> Result<BTreeSet<String>> {
    names(object, "--defined-only")
}

/// Returns the names that an object file uses from others.
pub(super) fn undefined(object: &Path) -> Result<BTreeSet<String>> {
    names(object, "--undefined-only")
}

fn names(object: &Path, which: &str) -> Result<BTreeSet<String>> {
    let text = output(
        Command::new("nm")
            .args(["--extern-only", "--format=posix", which])
            .arg(object),
    )?;
    Ok(text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(name, _)| name.to_owned())
        .collect())
}

fn output(command: &mut Command) -> Result<String> {
    let output = command
        .env("LC_ALL", "C")
        .output()
        .with_context(|| format!("run {command:?}"))?;
    if !output.status.success() {
        bail!(
            "{command:?} failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_are_read() {
        let text = "
Symbol table '.dynsym' contains 5 entries:
   Num:    Value          Size Type    Bind   Vis      Ndx Name
     0: 0000000000000000     0 NOTYPE  LOCAL  DEFAULT  UND 
     1: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND free@GLIBC_2.2.5 (15)
    39: 0000000000000000     0 OBJECT  GLOBAL DEFAULT  ABS ALSA_0.9
   101: 00000000000105c4  1024 OBJECT  GLOBAL DEFAULT   15 snd_seq_event_types@@ALSA_0.9
   102: 00000000000105c4    33 FUNC    GLOBAL DEFAULT   14 snd_dlopen@ALSA_0.9
   103: 00000000000105c4    33 FUNC    GLOBAL DEFAULT   14 stray
";
        let lines: Vec<_> = parse(text).iter().map(Export::to_string).collect();
        assert_eq!(
            lines,
            [
                "snd_dlopen@ALSA_0.9 FUNC",
                "snd_seq_event_types@@ALSA_0.9 OBJECT of 1024 bytes",
                "stray@ FUNC",
            ]
        );
    }

    #[test]
    fn imports_are_read() {
        let text = "
   Num:    Value          Size Type    Bind   Vis      Ndx Name
     1: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND snd_seq_open@ALSA_0.9 (3)
     2: 0000000000000000     0 FUNC    WEAK   DEFAULT  UND _ITM_deregisterTMCloneTable
    39: 0000000000004040  1024 OBJECT  GLOBAL DEFAULT   26 snd_seq_event_types@ALSA_0.9 (3)
   101: 00000000000105c4    33 FUNC    GLOBAL DEFAULT   14 main
";
        let found = parse_imports(text);
        let names: Vec<String> = found
            .iter()
            .map(|(name, node)| format!("{name} {node}"))
            .collect();
        assert_eq!(
            names,
            [
                "_ITM_deregisterTMCloneTable ",
                "snd_seq_event_types ALSA_0.9",
                "snd_seq_open ALSA_0.9",
            ]
        );
    }

    #[test]
    fn nodes_have_their_parents() {
        let text = "
Version definition section '.gnu.version_d' contains 2 entries:
  000000: Rev: 1  Flags: BASE  Index: 1  Cnt: 1  Name: libasound.so.2
  0x001c: Rev: 1  Flags: none  Index: 2  Cnt: 1  Name: ALSA_0.9
  0x0038: Rev: 1  Flags: WEAK  Index: 3  Cnt: 2  Name: ALSA_0.9.0rc4
  0x0054: Parent 1: ALSA_0.9

Version needs section '.gnu.version_r' contains 3 entries:
  0x0010:   Name: GLIBC_2.3  Flags: none  Version: 25
";
        assert_eq!(
            nodes(text),
            ["libasound.so.2", "ALSA_0.9", "ALSA_0.9.0rc4 < ALSA_0.9"]
        );
    }
}
