//! The public functions of the library in its documentation, and whether a text mentions them.
//!
//! A function is `midi::Encoder::new`; the methods of a trait are `midi::Encoder: Debug`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

/// Least number of public functions. With fewer, the documentation has another format.
const FEWEST: usize = 500;

/// Returns the functions on the pages in `directory`.
pub(super) fn functions(directory: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    collect(directory, "", &mut found)?;
    if found.len() < FEWEST {
        let count = found.len();
        bail!(
            "{} lists only {count} public functions",
            directory.display()
        );
    }
    Ok(found)
}

fn collect(directory: &Path, module: &str, found: &mut BTreeSet<String>) -> Result<()> {
    let entries =
        fs::read_dir(directory).with_context(|| format!("read {}", directory.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            collect(&path, &format!("{module}{name}::"), found)?;
            continue;
        }
        let Some((kind, name)) = name
            .strip_suffix(".html")
            .and_then(|name| name.split_once('.'))
        else {
            continue;
        };
        let page = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        // The page of a private module leads to the public one.
        if page.contains("http-equiv=\"refresh\"") {
            continue;
        }
        match kind {
            "fn" => {
                found.insert(format!("{module}{name}"));
            }
            "struct" | "enum" | "union" => of_type(&page, module, name, found),
            _ => {}
        }
    }
    Ok(())
}

/// Returns the items on the page of a type.
fn of_type(page: &str, module: &str, name: &str, found: &mut BTreeSet<String>) {
    let before = |page: &'_ str, id: &str| -> usize {
        page.find(&format!("id=\"{id}")).unwrap_or(page.len())
    };
    // Every type has these, so they are not specific to this library.
    let end = before(page, "synthetic-impl").min(before(page, "blanket-impl"));
    let page = page.get(..end).unwrap_or_default();
    let (own, traits) = page.split_at(before(page, "trait-impl"));
    // These belong to the type that it dereferences to.
    let own = own.get(..before(own, "deref-methods")).unwrap_or_default();

    for section in own.split("<section id=\"method.").skip(1) {
        let method = section.split('"').next().unwrap_or_default();
        let method = method.split('-').next().unwrap_or_default();
        found.insert(format!("{module}{name}::{method}"));
    }
    for section in traits.split("<section id=\"impl-").skip(1) {
        // A trait without methods does not matter.
        if !section.contains("<section id=\"method.") {
            continue;
        }
        let id = decoded(section.split('"').next().unwrap_or_default());
        let Some((what, of)) = id.split_once("-for-") else {
            continue;
        };
        let base = of.split(['<', '-']).next().unwrap_or_default();
        let what = without_lifetimes(what);
        if base == name {
            found.insert(format!("{module}{name}: {what}"));
        } else if !base.starts_with(char::is_uppercase) || base == "Duration" {
            found.insert(format!("{base}: {what}"));
        }
        // Our other types have separate pages.
    }
}

/// Returns the functions that a text does not mention.
pub(super) fn missing(wanted: &BTreeSet<String>, text: &str) -> Vec<String> {
    let code = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//") && !line.starts_with("use "));
    let code = without_lifetimes(&code.collect::<Vec<_>>().join("\n"));
    let mut mentioned = BTreeSet::new();
    // The type of an array contains a `;`.
    let code = code.replace("{\n", ";\n").replace("}\n", ";\n");
    for line in code.split(";\n") {
        let line = line.trim();
        if let Some(list) = line.strip_prefix("implements!(") {
            let Some((of, traits)) = list.trim_end_matches(')').split_once(": ") else {
                continue;
            };
            let of = of.split('<').next().unwrap_or_default();
            for what in top_level(traits) {
                mentioned.insert(format!("{of}: {what}"));
            }
        } else {
            let path = line.strip_prefix("reach(").unwrap_or(line);
            mentioned.insert(path_of(path));
        }
    }
    let missing = wanted.iter().filter(|name| !mentioned.contains(*name));
    missing.cloned().collect()
}

/// Returns the path at the beginning of a text, without generic arguments: `a::B::<C>::d` is
/// `a::B::d`.
fn path_of(text: &str) -> String {
    let mut path = String::new();
    let mut depth = 0_u32;
    for char in text.chars() {
        match char {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            ':' | '_' => path.push(char),
            _ if char.is_alphanumeric() => path.push(char),
            _ => break,
        }
    }
    path.replace("::::", "::")
}

/// Returns the parts between commas that are outside of brackets.
fn top_level(list: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_i32;
    for char in list
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
    {
        match char {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth -= 1,
            _ => {}
        }
        if char == ',' && depth == 0 {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(char);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// Removes `'a` and other lifetimes.
fn without_lifetimes(text: &str) -> String {
    let mut pieces = text.split('\'');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let behind = piece.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_');
        plain.push_str(behind.trim_start());
    }
    plain.replace("<>", "")
}

/// Decodes a URL as a browser does: `%3C` is `<`, and `+` is a space.
fn decoded(id: &str) -> String {
    let mut pieces = id.split('%');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let code = piece
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(code) => {
                text.push(code.into());
                text.push_str(piece.get(2..).unwrap_or_default());
            }
            None => text.push_str(piece),
        }
    }
    text.replace('+', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Output of rustdoc.
    const PAGE: &str = r#"
        <section id="impl-Bytes%3C'a%3E" class="impl">
        <section id="method.new" class="method">
        <h2 id="deref-methods-%5Bu8%5D">
        <section id="method.len" class="method">
        <h2 id="trait-implementations">
        <section id="impl-Copy-for-Bytes%3C'_%3E" class="impl">
        <section id="impl-From%3C(A%3C'a%3E,+B)%3E-for-Bytes%3C'a%3E" class="impl">
        <section id="method.from" class="method trait-impl">
        <section id="impl-From%3CBytes%3C'a%3E%3E-for-u8" class="impl">
        <section id="method.from-1" class="method trait-impl">
        <h2 id="synthetic-implementations">
        <section id="impl-Send-for-Bytes%3C'_%3E" class="impl">
        <section id="method.odd" class="method trait-impl">"#;

    fn of_page() -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        of_type(PAGE, "midi::", "Bytes", &mut found);
        found
    }

    #[test]
    fn only_own_items_of_a_page_are_listed() {
        let listed = [
            "midi::Bytes: From<(A, B)>",
            "midi::Bytes::new",
            "u8: From<Bytes>",
        ];
        assert_eq!(of_page(), listed.map(str::to_owned).into());
    }

    #[test]
    fn unmentioned_functions_are_missing() {
        let all = "
            use alsa_seq::midi::Bytes;
            fn reach_all() {
                reach(midi::Bytes::<&'static [u8]>::new as fn(_) -> _);
                implements!(midi::Bytes<'static>: Clone, From<(A<'static>, B)>);
                implements!(u8: From<Bytes<'static>>);
            }";
        assert_eq!(missing(&of_page(), all), [""; 0]);
        for (part, name) in [
            ("reach(midi", "midi::Bytes::new"),
            ("From<(", "midi::Bytes: From<(A, B)>"),
            ("implements!(u8", "u8: From<Bytes>"),
        ] {
            let text = all.replace(part, "other(");
            assert_eq!(missing(&of_page(), &text), [name], "without {part}");
        }
        let text = all.replace("reach(midi", "// reach(midi");
        assert_eq!(missing(&of_page(), &text), ["midi::Bytes::new"]);
    }
}
