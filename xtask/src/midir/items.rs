//! Public items, one a line, of two libraries.

use std::collections::BTreeSet;

/// Returns the items that only midir has, with `-`, and those that only ours has, with `+`.
pub(super) fn differences(theirs: &str, ours: &str) -> Vec<String> {
    let theirs: BTreeSet<&str> = theirs.lines().collect();
    let renamed = ours.replace("alsa_seq_midir", "midir");
    // The items that midir does not have are in this module.
    let ours: BTreeSet<&str> = renamed.lines().filter(|line| !is_extension(line)).collect();
    let missing = theirs
        .difference(&ours)
        .filter(|line| !may_be_missing(line));
    let more = ours.difference(&theirs);
    let missing = missing.map(|line| format!("- {line}"));
    missing
        .chain(more.map(|line| format!("+ {line}")))
        .collect()
}

fn is_extension(line: &str) -> bool {
    line.contains("midir::ext::") || line.ends_with(" midir::ext")
}

/// Returns whether the item may be missing: a type may be `Send` or `Sync` if midir's is not.
fn may_be_missing(line: &str) -> bool {
    line.starts_with("impl !") || line.starts_with("impl<T> !")
}

#[cfg(test)]
mod tests {
    use super::differences;

    #[test]
    fn missing_and_additional_items_are_differences() {
        let theirs = "pub mod midir\n\
                      pub struct midir::MidiInput\n\
                      impl !core::marker::Sync for midir::MidiInput\n\
                      pub fn midir::MidiInput::new(name: &str)\n";
        let ours = "pub mod alsa_seq_midir\n\
                    pub mod alsa_seq_midir::ext\n\
                    pub struct alsa_seq_midir::MidiInput\n\
                    pub fn alsa_seq_midir::MidiInput::new(name: &str)\n";
        assert!(differences(theirs, ours).is_empty());
        let other = ours.replace("new(name: &str)", "new(name: String)");
        assert_eq!(
            differences(theirs, &other),
            [
                "- pub fn midir::MidiInput::new(name: &str)",
                "+ pub fn midir::MidiInput::new(name: String)",
            ]
        );
        let less = format!("{ours}impl !core::marker::Send for alsa_seq_midir::MidiInput\n");
        assert_eq!(
            differences(theirs, &less),
            ["+ impl !core::marker::Send for midir::MidiInput"]
        );
    }
}
