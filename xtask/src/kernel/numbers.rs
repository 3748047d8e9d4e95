//! Compares the kernel's own numbers with the record in `alsa-seq-kernel-abi`, when a kernel is
//! built and its source is present.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

const RECORD: &str = include_str!("../../../kernel-abi/tests/abi/internal.txt");

/// Fails if a recorded number differs in the source.
pub(super) fn check(tree: &Path) -> Result<()> {
    for line in RECORD.lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let (Some(place), Some(name), Some(recorded)) = (words.next(), words.next(), words.next())
        else {
            bail!("the record of the kernel's numbers has the line {line:?}");
        };
        // The line is for one version.
        let file = place.split(':').next().unwrap_or(place);
        let path = tree.join(file);
        let source =
            fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        match defined(&source, name) {
            Some(there) if there == recorded => {}
            there => bail!(
                "{name} is {} in {file} of this kernel, and {recorded} in \
                 kernel-abi/tests/abi/internal.txt",
                there.unwrap_or("missing")
            ),
        }
    }
    Ok(())
}

/// Returns the first word of a macro's text.
fn defined<'a>(source: &'a str, name: &str) -> Option<&'a str> {
    source.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some("#define") && words.next() == Some(name)).then(|| words.next())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_number_is_noticed() {
        let tree = tempfile::tempdir().unwrap();
        assert!(check(tree.path()).is_err());
        let write = |change: (&str, &str)| {
            let lines = RECORD.lines().filter(|line| !line.starts_with('#'));
            let mut files = std::collections::BTreeMap::<_, String>::new();
            for line in lines {
                let words: Vec<&str> = line.split_whitespace().collect();
                let file = words[0].split(':').next().unwrap();
                let value = if words[1] == change.0 {
                    change.1
                } else {
                    words[2]
                };
                let text = format!("#define {}\t{value}\t/* about it */\n", words[1]);
                files.entry(file).or_default().push_str(&text);
            }
            for (file, text) in files {
                let path = tree.path().join(file);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
        };
        write(("", ""));
        check(tree.path()).unwrap();
        write(("SNDRV_SEQ_EXT_CHAINED", "0x20000000"));
        let error = check(tree.path()).unwrap_err().to_string();
        assert!(
            error.contains("SNDRV_SEQ_EXT_CHAINED is 0x20000000"),
            "{error}"
        );
    }
}
