//! Proves that a suite ran on the right library: in every process, the loader writes the library of
//! each name to a file (`LD_DEBUG=bindings`).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::work::Side;
use crate::capi::symbols;

/// A suite did not run on the right library.
#[derive(Debug)]
pub(super) struct Wrong(String);

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Wrong {}

/// Reads the loader's files in `directory`. On our side, every name of the sequencer that a library
/// provides must be bound to `ours`, on the other side no name. Returns the number of names.
pub(super) fn check(directory: &Path, ours: &Path, side: Side) -> Result<usize> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(directory)? {
        let file = entry?.path();
        let text = fs::read(&file).with_context(|| format!("read {}", file.display()))?;
        for line in String::from_utf8_lossy(&text).lines() {
            let Some((name, provider)) = binding(line) else {
                continue;
            };
            // A program can have a copy of a table.
            let is_library = provider.contains("libasound.so") || Path::new(provider) == ours;
            if !symbols::is_sequencer(name) || !is_library {
                continue;
            }
            if (Path::new(provider) == ours) != (side == Side::Ours) {
                return Err(Wrong(format!("on {side}, {name} is bound to {provider}")).into());
            }
            names.insert(name.to_owned());
        }
    }
    if names.is_empty() {
        return Err(Wrong(format!("on {side}, no name of the sequencer is bound")).into());
    }
    Ok(names.len())
}

/// Returns the name in a line, and the file that provides it.
fn binding(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once("binding file ")?;
    let (files, rest) = rest.split_once(": ")?;
    let (_, provider) = files.split_once("] to ")?;
    let (provider, _) = provider.rsplit_once(" [")?;
    let (_, name) = rest.split_once('`')?;
    let (name, _) = name.split_once('\'')?;
    Some((name, provider))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "/a b/libasound.so.2";
    const THEIRS: &str = "/lib/x86_64-linux-gnu/libasound.so.2";

    fn line(name: &str, provider: &str) -> String {
        format!(
            "        20:\tbinding file aplaymidi [0] to {provider} [0]: normal symbol `{name}' [ALSA_0.9]\n"
        )
    }

    fn checked(lines: &[String], side: Side) -> Result<usize> {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("of.1"), "").unwrap();
        fs::write(directory.path().join("of.2"), lines.concat()).unwrap();
        check(directory.path(), Path::new(OURS), side)
    }

    #[test]
    fn each_name_is_counted_once() {
        let lines = [
            line("snd_seq_open", OURS),
            line("snd_seq_open", OURS),
            line("snd_seq_event_types", "aplaymidi"),
            line("snd_midi_event_new", OURS),
            line("snd_pcm_open", THEIRS),
            line("malloc", "/lib/libc.so.6"),
            "no such line\n".to_owned(),
        ];
        assert_eq!(checked(&lines, Side::Ours).unwrap(), 2);
    }

    #[test]
    fn a_name_bound_to_another_library_is_an_error() {
        let lines = [line("snd_seq_open", OURS), line("snd_seq_close", THEIRS)];
        let error = checked(&lines, Side::Ours).unwrap_err();
        assert!(error.is::<Wrong>(), "{error}");
        assert!(checked(&lines, Side::Libasound).is_err());
        assert_eq!(checked(&lines[1..], Side::Libasound).unwrap(), 1);
    }

    #[test]
    fn nothing_bound_is_an_error() {
        assert!(checked(&[line("malloc", OURS)], Side::Ours).is_err());
        assert!(checked(&[line("malloc", OURS)], Side::Libasound).is_err());
    }
}
