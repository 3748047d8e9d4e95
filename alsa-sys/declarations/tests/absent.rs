//! Checks that every declared function is defined: by the C interface, or as absent.

use std::collections::BTreeSet;

const DECLARATIONS: &str = include_str!("../src/generated.rs");
const ABSENT: &str = include_str!("../src/absent.rs");
const SYMBOLS: &str = include_str!("../../../capi/symbols.txt");

/// Returns the names at the beginning of the lines that have one.
fn names(
    text: &'static str,
    name: impl Fn(&'static str) -> Option<&'static str>,
) -> BTreeSet<&'static str> {
    text.lines().filter_map(name).collect()
}

#[test]
fn every_declared_function_is_defined_or_absent() {
    let declared = names(DECLARATIONS, |line| {
        let (name, _) = line.strip_prefix("    pub fn snd_")?.split_once('(')?;
        Some(name)
    });
    let here = names(SYMBOLS, |line| line.strip_prefix("snd_")?.split(' ').next());
    let absent = names(ABSENT, |line| line.strip_prefix("    snd_"));
    assert!(declared.len() > 1400, "{}", declared.len());
    let missing: BTreeSet<_> = declared.difference(&here).copied().collect();
    assert_eq!(missing, absent);
}
