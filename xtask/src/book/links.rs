//! Finds broken links of the book.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::files::{self, Links};

/// Returns links to files that do not exist, or to headings that a page does not have. Links to the
/// network are not checked.
pub(super) fn broken(html: &Path) -> Result<Vec<String>> {
    let mut pages = BTreeMap::new();
    for path in pages_in(html)? {
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        pages.insert(path, text);
    }
    let mut broken = BTreeSet::new();
    for (page, text) in &pages {
        for link in attributes(text, "href").chain(attributes(text, "src")) {
            if link.contains(':') {
                continue;
            }
            let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() {
                page.clone()
            } else {
                normal(&page.with_file_name("").join(path))
            };
            let is_there = match pages.get(&target) {
                Some(text) => {
                    fragment.is_empty() || attributes(text, "id").any(|id| id == fragment)
                }
                None => target.is_file(),
            };
            if !is_there {
                let page = page.strip_prefix(html).unwrap_or(page);
                broken.insert(format!("{}: {link}", page.display()));
            }
        }
    }
    Ok(broken.into_iter().collect())
}

/// Returns all pages in a directory except for the page that contains all chapters, because its
/// links are those of the others.
fn pages_in(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut pages = files::below(directory, Links::Skip)?;
    pages.retain(|path| {
        path.extension().is_some_and(|e| e == "html")
            && !["print.html", "404.html"]
                .iter()
                .any(|name| path.ends_with(name))
    });
    Ok(pages)
}

/// Returns the values of an attribute of all elements.
fn attributes<'a>(html: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let start = format!(" {name}=\"");
    let mut rest = html;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&start)?;
        let (value, after) = after.split_once('"')?;
        rest = after;
        Some(value)
    })
}

/// Returns the path without `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_links_are_found() {
        let book = tempfile::tempdir().unwrap();
        let page = r#"<a href="b.html#here">, <a href="b.html#there">, <a href="c.html">
            <a id="here" href="https://example.org/"> <img src="d.svg">"#;
        fs::write(book.path().join("a.html"), page).unwrap();
        fs::write(book.path().join("b.html"), r#"<h1 id="here">"#).unwrap();
        assert_eq!(
            broken(book.path()).unwrap(),
            ["a.html: b.html#there", "a.html: c.html", "a.html: d.svg"]
        );
    }
}
