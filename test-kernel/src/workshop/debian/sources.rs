//! The machine's own apt sources.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// An address that may serve Debian's archive, as apt's sources name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    uri: String,
    /// Options of the entry for trusting it, in one-line style.
    options: Vec<(String, String)>,
}

impl Mirror {
    /// Returns the line for a private `sources.list`.
    pub fn line(&self, kind: PackageKind, suite: &str) -> String {
        let options: Vec<String> = self
            .options
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let options = match options.len() {
            0 => String::new(),
            _ => format!("[{}] ", options.join(" ")),
        };
        let kind = kind.word();
        format!("{kind} {options}{} {suite} main\n", self.uri)
    }
}

/// The content of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackageKind {
    /// Packages to install.
    Binary,
    /// The sources of these packages.
    Source,
}

impl PackageKind {
    /// The first word of an entry.
    fn word(self) -> &'static str {
        match self {
            Self::Binary => "deb",
            Self::Source => "deb-src",
        }
    }
}

/// One entry of the sources, for one address.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    uri: String,
    suites: Vec<String>,
    components: Vec<String>,
    options: Vec<(String, String)>,
}

/// The options that are copied. The other options (architectures, languages) select what to read;
/// they do not affect trust.
const KEPT_OPTIONS: [&str; 4] = [
    "signed-by",
    "trusted",
    "check-valid-until",
    "allow-insecure",
];

/// The names of Debian's suites. Archives of third parties use these names, too. So a match means
/// "perhaps", and the order and an attempt decide.
const SUITES: [&str; 9] = [
    "oldoldstable",
    "oldstable",
    "stable",
    "testing",
    "unstable",
    "sid",
    "bullseye",
    "bookworm",
    "trixie",
];

/// Returns the addresses that may serve Debian's archive, the most likely first.
pub fn machine_mirrors() -> Result<Vec<Mirror>> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    if let Ok(entries) = fs::read_dir("/etc/apt/sources.list.d") {
        let mut more: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        more.sort();
        files.extend(more);
    }
    let mut entries = Vec::new();
    for file in &files {
        let Ok(text) = fs::read_to_string(file) else {
            continue;
        };
        match file.extension().and_then(|e| e.to_str()) {
            Some("sources") => entries.extend(parse_deb822(&text)),
            Some("list") => entries.extend(parse_lines(&text)),
            _ => {}
        }
    }
    let mirrors = rank(&entries, codename().as_deref());
    if mirrors.is_empty() {
        bail!(
            "no entry of /etc/apt/sources.list or /etc/apt/sources.list.d looks like Debian's archive \
             ({} entries read); give a kernel source with --source or a kernel with --kernel",
            entries.len()
        );
    }
    Ok(mirrors)
}

/// Returns the running system's codename.
fn codename() -> Option<String> {
    let text = fs::read_to_string(Path::new("/etc/os-release")).ok()?;
    text.lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .map(|name| name.trim_matches('"').to_owned())
}

fn rank(entries: &[Entry], codename: Option<&str>) -> Vec<Mirror> {
    let mut scored: Vec<(i32, Mirror)> = Vec::new();
    for entry in entries {
        let known =
            |suite: &String| SUITES.contains(&suite.as_str()) || Some(suite.as_str()) == codename;
        if !entry.components.iter().any(|c| c == "main") || !entry.suites.iter().any(known) {
            continue;
        }
        let path = entry.uri.trim_end_matches('/');
        let mut score = 0;
        // The archive's directory has this name on every mirror.
        score += i32::from(path.ends_with("/debian")) * 4;
        score += i32::from(
            entry
                .options
                .iter()
                .any(|(_, value)| value.contains("debian-archive")),
        ) * 2;
        // Only Debian's own entry has these.
        score += i32::from(entry.suites.iter().any(|s| s.ends_with("-updates")));
        score -= i32::from(path.contains("security")) * 8;
        let mirror = Mirror {
            uri: entry.uri.clone(),
            options: entry.options.clone(),
        };
        if !scored.iter().any(|(_, other)| *other == mirror) {
            scored.push((score, mirror));
        }
    }
    // The sort is stable, so equal entries keep the order of the files.
    scored.sort_by_key(|(score, _)| -score);
    scored.into_iter().map(|(_, mirror)| mirror).collect()
}

/// Parses the deb822 style: stanzas of `Field: value`, continued on indented
/// lines.
fn parse_deb822(text: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut stanza: HashMap<String, String> = HashMap::new();
    let mut last = None;
    for line in text.lines().chain([""]) {
        if line.starts_with('#') {
            continue;
        }
        if line.trim().is_empty() {
            entries.extend(entries_of(&std::mem::take(&mut stanza)));
            last = None;
        } else if line.starts_with([' ', '\t']) {
            if let Some(value) = last.as_ref().and_then(|name| stanza.get_mut(name)) {
                value.push('\n');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            let name = name.trim().to_ascii_lowercase();
            stanza.insert(name.clone(), value.trim().to_owned());
            last = Some(name);
        }
    }
    entries
}

fn entries_of(stanza: &HashMap<String, String>) -> Vec<Entry> {
    let words = |name: &str| -> Vec<String> {
        stanza
            .get(name)
            .map(|value| value.split_whitespace().map(str::to_owned).collect())
            .unwrap_or_default()
    };
    let disabled = stanza
        .get("enabled")
        .is_some_and(|value| ["no", "false", "0"].contains(&value.to_ascii_lowercase().as_str()));
    if disabled || !words("types").iter().any(|t| t == "deb") {
        return Vec::new();
    }
    let mut options = Vec::new();
    for name in KEPT_OPTIONS {
        match stanza.get(name) {
            // The key can be written in this style. The one-line style cannot contain a key, so
            // only apt's default keyring is left.
            Some(value) if value.contains('\n') => {}
            Some(value) => options.push((
                name.to_owned(),
                value.split_whitespace().collect::<Vec<_>>().join(","),
            )),
            None => {}
        }
    }
    words("uris")
        .into_iter()
        .map(|uri| Entry {
            uri,
            suites: words("suites"),
            components: words("components"),
            options: options.clone(),
        })
        .collect()
}

/// Parses the one-line style: `deb [option=value …] URI suite component…`.
fn parse_lines(text: &str) -> Vec<Entry> {
    text.lines()
        .filter_map(|line| parse_line(line).ok())
        .collect()
}

fn parse_line(line: &str) -> Result<Entry> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let rest = line
        .strip_prefix("deb")
        .filter(|rest| rest.starts_with([' ', '\t', '[']))
        .context("not an entry for packages")?
        .trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']').context("options without an end")?,
        None => ("", rest),
    };
    let options = options
        .split_whitespace()
        .filter_map(|option| option.split_once('='))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .filter(|(name, _)| KEPT_OPTIONS.contains(&name.as_str()))
        .collect();
    let mut words = rest.split_whitespace().map(str::to_owned);
    Ok(Entry {
        uri: words.next().context("no address")?,
        suites: vec![words.next().context("no suite")?],
        components: words.collect(),
        options,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEB822: &str = "\
# a comment
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb deb-src
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
";

    #[test]
    fn the_archive_is_found_in_deb822_sources() {
        let mirrors = rank(&parse_deb822(DEB822), Some("bookworm"));
        assert_eq!(mirrors.len(), 1);
        assert_eq!(
            mirrors[0].line(PackageKind::Binary, "trixie"),
            "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] \
             http://mirror.example/debian trixie main\n"
        );
    }

    #[test]
    fn the_archive_is_found_in_one_line_sources() {
        let text = "\
deb-src http://mirror.example/debian bookworm main
#deb http://commented.example/debian bookworm main
deb http://third.example/apt bookworm main # another archive
deb [arch=amd64 signed-by=/a/key.gpg] http://mirror.example/debian/ bookworm main contrib
deb http://mirror.example/debian-security bookworm-security main
deb [ signed-by=/b.gpg ] http://vendor.example nodistro main
deb http://no-suite.example
deb [broken http://mirror.example/debian bookworm main
";
        let mirrors = rank(&parse_lines(text), Some("bookworm"));
        let lines: Vec<String> = mirrors
            .iter()
            .map(|m| m.line(PackageKind::Binary, "sid"))
            .collect();
        assert_eq!(
            lines,
            [
                "deb [signed-by=/a/key.gpg] http://mirror.example/debian/ sid main\n",
                "deb http://third.example/apt sid main\n",
            ]
        );
        assert_eq!(
            mirrors[1].line(PackageKind::Source, "sid"),
            "deb-src http://third.example/apt sid main\n"
        );
    }

    #[test]
    fn an_unknown_codename_of_this_machine_counts() {
        let text = "deb http://mirror.example/debian forky main\n";
        assert_eq!(rank(&parse_lines(text), Some("forky")).len(), 1);
        assert_eq!(rank(&parse_lines(text), Some("bookworm")).len(), 0);
    }

    #[test]
    fn fields_continue_on_indented_lines_and_keys_may_be_inline() {
        let text = "\
Types: deb
URIs: mirror+file:/etc/apt/mirrors/debian.list
Suites:
 bookworm
 bookworm-updates
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 -----END PGP PUBLIC KEY BLOCK-----
";
        let mirrors = rank(&parse_deb822(text), None);
        assert_eq!(
            mirrors[0].line(PackageKind::Binary, "sid"),
            "deb mirror+file:/etc/apt/mirrors/debian.list sid main\n"
        );
    }

    #[test]
    fn invalid_lines_are_ignored() {
        for text in [
            "", "\n\n", "debian\n", "deb\n", "Types\n", ": :\n", " x\n", "deb []\n",
        ] {
            assert_eq!(parse_lines(text), [], "{text:?}");
            assert_eq!(parse_deb822(text), [], "{text:?}");
        }
    }
}
