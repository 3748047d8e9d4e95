//! The source of the book: the chapters and their pictures.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::files::{self, Links};

/// The list of chapters, and mdBook's settings.
const SUMMARY: &str = "docs/SUMMARY.md";
const SETTINGS: &str = "docs/book.toml";

/// Writes the source into `directory`.
pub(super) fn write(root: &Path, directory: &Path) -> Result<()> {
    let summary = read(root, Path::new(SUMMARY))?;
    let chapters: BTreeSet<PathBuf> = links(&summary)
        .iter()
        .map(|link| place(Path::new(SUMMARY), link))
        .collect();
    check_complete(root, &chapters)?;
    let source = directory.join("src");
    // In the source, the list of chapters is at the top.
    put(
        &source.join("SUMMARY.md"),
        &relink(&summary, |link| {
            Some(place(Path::new(SUMMARY), link).display().to_string())
        }),
    )?;
    put(
        &directory.join("book.toml"),
        &read(root, Path::new(SETTINGS))?,
    )?;
    for chapter in &chapters {
        let text = plain(&read(root, chapter)?);
        let mut pictures = Vec::new();
        let text = relink(&text, |link| {
            let (path, _) = link.split_once('#').unwrap_or((link, ""));
            if path.contains("::") {
                return None;
            }
            if path.is_empty() || path.contains(':') {
                return Some(link.to_owned());
            }
            let place = place(chapter, path);
            let is_picture = matches!(extension(&place), "svg" | "png");
            if is_picture {
                pictures.push(place.clone());
            }
            // mdBook makes `index.html` of a `README.md`, but does not change links to it.
            (is_picture || chapters.contains(&place))
                .then(|| link.replacen("README.md", "index.md", 1))
        });
        put(&source.join(chapter), &text)?;
        for picture in pictures {
            let to = source.join(&picture);
            make_parent(&to)?;
            fs::copy(root.join(&picture), &to)
                .with_context(|| format!("{}: copy {}", chapter.display(), picture.display()))?;
        }
    }
    Ok(())
}

/// Checks that each document in `docs` is a chapter.
fn check_complete(root: &Path, chapters: &BTreeSet<PathBuf>) -> Result<()> {
    for name in files::names_below(&root.join("docs"), Links::Skip)? {
        let path = Path::new("docs").join(name);
        if extension(&path) == "md" && path != Path::new(SUMMARY) && !chapters.contains(&path) {
            bail!("{SUMMARY} does not list {}", path.display());
        }
    }
    Ok(())
}

/// Returns the text for the page. rustdoc has links to items (``[`Item`]``), which become plain
/// code here. It also hides lines of examples that begin with `# `.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut code = None;
    for line in text.lines() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            code = match code {
                None => Some(language.to_owned()),
                Some(_) => None,
            };
            if language.contains("no_run") {
                out.push_str("```rust\n");
                code = Some("rust".to_owned());
                continue;
            }
        } else if let Some(language) = &code {
            if language.starts_with("rust") && (line == "#" || line.starts_with("# ")) {
                continue;
            }
        } else if line.starts_with("[`") && line.contains("`]: ") {
            continue;
        } else {
            out.push_str(&items_to_code(line));
            out.push('\n');
            continue;
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// Replaces ``[`Item`]`` without a target with `` `Item` ``.
fn items_to_code(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("[`") {
        out.push_str(before);
        let Some((item, after)) = after.split_once("`]") else {
            out.push_str("[`");
            rest = after;
            continue;
        };
        if after.starts_with('(') || after.starts_with('[') {
            out.push_str("[`");
            out.push_str(item);
            out.push_str("`]");
        } else {
            out.push('`');
            out.push_str(item);
            out.push('`');
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Returns the targets of the links in a text: between "](" and ")".
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    relink(text, |link| {
        found.push(link.to_owned());
        None
    });
    found
}

/// Changes the targets of the links. A link without a new target becomes plain text.
fn relink(text: &str, mut target: impl FnMut(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("](") {
        let link = after
            .split_once(')')
            .filter(|(link, _)| !link.contains('\n'));
        let Some((link, after)) = link else {
            out.push_str(before);
            out.push_str("](");
            rest = after;
            continue;
        };
        if let Some(target) = target(link) {
            out.push_str(&format!("{before}]({target})"));
        } else if let Some((before, words)) = before.rsplit_once('[') {
            out.push_str(before);
            out.push_str(words);
        } else {
            out.push_str(before);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Returns the path in the repository that a link in a document leads to.
fn place(document: &Path, link: &str) -> PathBuf {
    let mut place = document.parent().map(Path::to_owned).unwrap_or_default();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => {
                place.pop();
            }
            Component::Normal(name) => place.push(name),
            _ => {}
        }
    }
    place
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(|e| e.to_str()).unwrap_or("")
}

fn read(root: &Path, path: &Path) -> Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("read {}", path.display()))
}

fn put(path: &Path, text: &str) -> Result<()> {
    make_parent(path)?;
    fs::write(path, text).with_context(|| format!("write {}", path.display()))
}

fn make_parent(path: &Path) -> Result<()> {
    let parent = path.parent().context("a file has a directory")?;
    fs::create_dir_all(parent).with_context(|| format!("create {}", parent.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_to_a_file_that_is_not_a_chapter_becomes_text() {
        let text = "See [one](a.md#x), [`two`](../src) and\n[three](b.md).";
        let keep = |link: &str| (link != "../src").then(|| link.to_owned());
        let expected = "See [one](a.md#x), `two` and\n[three](b.md).";
        assert_eq!(relink(text, keep), expected);
    }

    #[test]
    fn a_path_is_relative_to_the_repository() {
        let place = |link| place(Path::new("docs/guide/a.md"), link);
        assert_eq!(place("b.md"), Path::new("docs/guide/b.md"));
        assert_eq!(place("../../README.md"), Path::new("README.md"));
    }

    #[test]
    fn links_to_items_become_code() {
        let line = "A [`Port`] or [`Queue`](q.md), [text].";
        assert_eq!(items_to_code(line), "A `Port` or [`Queue`](q.md), [text].");
    }

    #[test]
    fn hidden_lines_of_examples_are_left_out() {
        let text = "```no_run\nuse a;\n# hidden\nb();\n```\n# Title\n";
        assert_eq!(plain(text), "```rust\nuse a;\nb();\n```\n# Title\n");
    }
}
