//! The functions of libasound that programs and libraries of Debian use, and whether our library
//! has them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::elf;
use super::place::Form;
use super::symbols::is_sequencer;
use crate::files::{self, Links};

/// The files below a directory of unpacked packages, as the loader finds them.
pub(super) struct Objects {
    root: PathBuf,
    /// Shared objects by their names.
    libraries: BTreeMap<String, PathBuf>,
    /// The exports of our `libasound.so.2`.
    exports: BTreeSet<(String, String)>,
    /// Known objects.
    known: BTreeMap<PathBuf, Known>,
}

#[derive(Clone)]
struct Known {
    imports: BTreeSet<(String, String)>,
    needed: BTreeSet<String>,
}

/// The functions of libasound that one object uses.
pub(super) struct Usage {
    /// The form of ours for this object.
    pub(super) form: Form,
    /// Names of the sequencer and the MIDI coder.
    pub(super) sequencer: usize,
    /// Other names.
    pub(super) others: usize,
    /// The library that needs more functions than our `libasound.so.2` has; perhaps the object
    /// itself.
    pub(super) because: Option<String>,
}

impl Objects {
    pub(super) fn read(root: &Path, library: &Path) -> Result<Self> {
        let exports = elf::exports(library)?
            .into_iter()
            .map(|export| (export.name, export.node))
            .collect();
        let mut libraries = BTreeMap::new();
        let lib = root.join("usr/lib");
        for path in files::below(&lib, Links::List)? {
            if let Some(name) = path.file_name().and_then(|name| name.to_str()) {
                if name.contains(".so") {
                    libraries.entry(name.to_owned()).or_insert(path);
                }
            }
        }
        Ok(Self {
            root: root.to_owned(),
            libraries,
            exports,
            known: BTreeMap::new(),
        })
    }

    /// Returns every object below the directory that uses the sequencer.
    pub(super) fn users(&self) -> Result<BTreeSet<String>> {
        let output = Command::new("grep")
            .args(["--recursive", "--files-with-matches", "--extended-regexp"])
            .args(["snd_seq_|snd_midi_event_", "usr"])
            .current_dir(&self.root)
            .output()
            .context("run grep")?;
        let mut users = BTreeSet::new();
        for inside in String::from_utf8_lossy(&output.stdout).lines() {
            let path = self.root.join(inside);
            if is_elf(&path)?
                && elf::imports(&path)?
                    .iter()
                    .any(|(name, _)| is_sequencer(name))
            {
                users.insert(inside.to_owned());
            }
        }
        Ok(users)
    }

    fn known(&mut self, path: &Path) -> Result<Known> {
        if let Some(known) = self.known.get(path) {
            return Ok(known.clone());
        }
        let known = Known {
            imports: elf::imports(path)?
                .into_iter()
                .filter(|(name, _)| name.starts_with("snd_") || name.starts_with("_snd_"))
                .collect(),
            needed: elf::needed(path)?,
        };
        self.known.insert(path.to_owned(), known.clone());
        Ok(known)
    }

    /// Returns the functions that an object uses, and the objects that it loads or opens.
    pub(super) fn usage(&mut self, inside: &str, opens: &[&str]) -> Result<Usage> {
        let first = self.root.join(inside);
        let own = self.known(&first)?.imports;
        if own.is_empty() {
            bail!("{inside} uses nothing of libasound");
        }
        let (sequencer, others): (Vec<_>, Vec<_>) =
            own.iter().partition(|(name, _)| is_sequencer(name));
        if let Some((name, node)) = sequencer.iter().find(|one| !self.exports.contains(**one)) {
            bail!("{inside} needs {name} of {node}, which ours does not have");
        }
        let mut because = None;
        let mut seen = BTreeSet::new();
        let mut next = vec![first];
        for name in opens {
            let library = self.libraries.get(*name);
            next.push(
                library
                    .with_context(|| format!("{name} does not exist"))?
                    .clone(),
            );
        }
        while let Some(path) = next.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            let known = self.known(&path)?;
            // A name without a node belongs to a library of this kind, not to libasound.
            let lacks = known
                .imports
                .iter()
                .any(|one| one.1.starts_with("ALSA_") && !self.exports.contains(one));
            if lacks && because.is_none() {
                let name = path.file_name().and_then(|name| name.to_str());
                because = Some(name.unwrap_or_default().to_owned());
            }
            for name in known.needed {
                if name == super::SONAME {
                    continue;
                }
                if let Some(path) = self.libraries.get(&name) {
                    next.push(path.clone());
                }
            }
        }
        Ok(Usage {
            form: match because {
                Some(_) => Form::Preload,
                None => Form::Library,
            },
            sequencer: sequencer.len(),
            others: others.len(),
            because,
        })
    }
}

fn is_elf(path: &Path) -> Result<bool> {
    use std::io::Read as _;
    let mut start = [0; 4];
    let mut file = fs::File::open(path).with_context(|| format!("open {}", path.display()))?;
    Ok(file.read(&mut start)? == 4 && start == *b"\x7fELF")
}
