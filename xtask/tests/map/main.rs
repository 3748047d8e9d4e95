//! Checks the tables of modules in docs/design.md: each module uses only modules in the rows above
//! its own.
//!
//! This includes unit tests: a module uses everything that its tests use. Only the root of a crate
//! (`lib.rs`, `main.rs`) is an exception, because it names all modules.
//!
//! A row `a/b` is a part of `a` with a separate place. The check does not see calls of methods,
//! because they need no path.

#![allow(clippy::indexing_slicing, clippy::expect_used, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

mod uses;

/// A crate's sources: paths below `src`, and the files' contents.
type Sources = BTreeMap<PathBuf, String>;

#[test]
fn the_library_follows_its_table() {
    check_crate("alsa-seq", "src");
}

#[test]
fn the_program_follows_its_table() {
    check_crate("aseq", "cli/src");
}

#[test]
fn the_test_kernel_follows_its_table() {
    check_crate("test-kernel", "test-kernel/src");
}

fn check_crate(name: &str, directory: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let design = fs::read_to_string(root.join("docs/design.md")).unwrap();
    let rows = rows(&design, &format!("## Inside `{name}`"));
    let mut sources = Sources::new();
    let directory = root.join(directory);
    read(&directory, &directory, &mut sources);
    let problems = problems(&rows, &sources);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

fn read(root: &Path, directory: &Path, sources: &mut Sources) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            sources.insert(path.strip_prefix(root).unwrap().to_owned(), text);
        }
    }
}

/// Returns the modules of the table below a heading.
fn rows(design: &str, heading: &str) -> Vec<String> {
    design
        .lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with("## "))
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(module, _)| module.to_owned())
        .collect()
}

/// Returns the errors in the table or in the sources.
fn problems(rows: &[String], sources: &Sources) -> Vec<String> {
    let mut problems = Vec::new();
    let modules: BTreeMap<_, _> = sources.keys().map(|file| (module(file), file)).collect();
    let listed: BTreeSet<_> = rows.iter().map(|row| path(row)).collect();
    if listed.len() < rows.len() {
        problems.push("the table has a module twice".to_owned());
    }
    for row in rows.iter().filter(|row| !modules.contains_key(&path(row))) {
        problems.push(format!("`{row}` is in the table, but does not exist"));
    }
    let root = sources.get(Path::new("lib.rs")).map_or("", String::as_str);
    let exports: BTreeMap<_, _> = uses::imports(root).into_iter().collect();
    let declared = uses::declared(root);
    for (module, file) in &modules {
        let Some(top) = module.first() else { continue };
        if !listed.contains(&[top.clone()][..]) {
            problems.push(format!("`{top}` is not in the table"));
            continue;
        }
        let own = place(rows, module);
        for used in uses::uses(&sources[*file], module) {
            let named = used.path.join("::");
            let at = format!("{}:{}: `{named}`", file.display(), used.line);
            // A name that the root imports leads to its module.
            let exported = exports.get(&used.path[0]);
            let other = place(rows, exported.unwrap_or(&used.path));
            match other {
                Some(_) if other <= own => {}
                Some(other) => {
                    let (own, other) = (&rows[own.unwrap()], &rows[other]);
                    problems.push(format!("{at}: `{other}` stands below `{own}` in the table"));
                }
                // Other names are of another crate, or without a row, which is reported only
                // once.
                None if exported.is_some() || declared.contains(&used.path[0]) => {}
                None => problems.push(format!("{at} is not in a module, but in the root")),
            }
        }
    }
    problems.sort();
    problems.dedup();
    problems
}

/// Returns the row with the longest common path.
fn place(rows: &[String], module: &[String]) -> Option<usize> {
    (0..rows.len())
        .filter(|row| module.starts_with(&path(&rows[*row])))
        .max_by_key(|row| rows[*row].len())
}

fn path(row: &str) -> Vec<String> {
    row.split('/').map(str::to_owned).collect()
}

/// Returns the module of a file. The root has no name.
fn module(file: &Path) -> Vec<String> {
    let mut names: Vec<_> = file
        .with_extension("")
        .iter()
        .map(|name| name.to_str().unwrap().to_owned())
        .collect();
    if names.last().is_some_and(|name| name == "mod") {
        names.pop();
    }
    match &names[..] {
        [only] if only == "lib" || only == "main" => Vec::new(),
        _ => names,
    }
}

mod planted {
    use super::*;

    fn problems_of(rows: &[&str], files: &[(&str, &str)]) -> Vec<String> {
        let rows: Vec<_> = rows.iter().map(|row| (*row).to_owned()).collect();
        let sources = files.iter();
        let sources = sources.map(|(path, text)| (path.into(), (*text).to_owned()));
        problems(&rows, &sources.collect())
    }

    const ROWS: [&str; 3] = ["low", "high", "high/top"];
    const ROOT: (&str, &str) = (
        "lib.rs",
        "pub use high::{Big, Bigger as Biggest}; pub use low::Small; pub use abi; mod high; mod low; mod elsewhere;",
    );

    /// Text that `low`, which may use nothing, must not contain.
    fn low(source: &str) -> Vec<String> {
        let high = [("high.rs", "pub mod top;"), ("high/top.rs", "")];
        problems_of(&ROWS, &[ROOT, high[0], high[1], ("low.rs", source)])
    }

    #[test]
    fn modules_of_lower_layers_may_be_used() {
        let files = [
            ROOT,
            (
                "high.rs",
                "use crate::low::Small; use crate::{abi, elsewhere::f, low}; mod part;",
            ),
            (
                "high/part.rs",
                "use super::{Big, super::low}; pub(in crate::high) fn f() {}",
            ),
            ("high/top.rs", "use crate::{Big, Small}; use super::part;"),
            (
                "low.rs",
                "//! Not `crate::high`.\n/* crate::high */ const A: &str = \"crate::high\";",
            ),
        ];
        assert_eq!(problems_of(&ROWS, &files), [""; 0]);
    }

    #[test]
    fn a_use_of_a_higher_layer_is_found_in_every_notation() {
        for source in [
            "use crate::high;",
            "use crate::high::Big;",
            "use crate::high::*;",
            "use crate::Big;",
            "use crate::Biggest as Small;",
            "use crate::{Small, high::{self}};",
            "use {core::fmt, crate::{low::A, high}};",
            "pub(crate) use super::high::Big;",
            "fn f() -> crate::Big { loop {} }",
            "fn f() { g(&[1 + crate::high::ONE]); }",
            "macro_rules! m { () => { $crate::high::g() } }",
            "mod part { use super::super::high; }",
            "#[cfg(test)] mod tests { use crate::high; }",
            "use std::{f, g}; fn f() { std::f::<Vec<u8>>(crate::high::g()); }",
            "use self::super::high;",
        ] {
            let problem = "low.rs:1: `high";
            let found = low(source);
            assert!(!found.is_empty(), "{source}");
            assert!(
                found[0].contains("`high` stands below `low`"),
                "{source}: {found:?}"
            );
            assert!(
                found[0].starts_with(problem) || found[0].contains("Big"),
                "{found:?}"
            );
        }
    }

    #[test]
    fn a_part_with_a_row_has_a_separate_place() {
        let files = [
            ROOT,
            ("low.rs", ""),
            (
                "high.rs",
                "mod top;\nfn f() { top::g(1); }\nuse self::top::h;\nuse std::top::i;",
            ),
            ("high/top.rs", "use super::j;"),
        ];
        let found = problems_of(&ROWS, &files);
        let below = "`high/top` stands below `high` in the table";
        assert_eq!(
            found,
            [
                format!("high.rs:2: `high::top::g`: {below}"),
                format!("high.rs:3: `high::top::h`: {below}"),
            ]
        );
    }

    #[test]
    fn items_of_the_root_are_above_all_modules() {
        assert_eq!(
            low("use crate::say;"),
            ["low.rs:1: `say` is not in a module, but in the root"]
        );
        assert_eq!(
            low("\nuse super::*;"),
            ["low.rs:2: `*` is not in a module, but in the root"]
        );
    }

    #[test]
    fn the_table_has_each_module_once() {
        let files = [ROOT, ("low.rs", ""), ("new.rs", ""), ("old/mod.rs", "")];
        let found = problems_of(&["low", "gone", "old", "low"], &files);
        assert_eq!(
            found,
            [
                "`gone` is in the table, but does not exist",
                "`new` is not in the table",
                "the table has a module twice",
            ]
        );
    }

    #[test]
    fn the_table_is_read_under_its_heading() {
        let design = "## A\n| `no` | x |\n## Inside `b`\ntext `c` |\n| module |\n|---|\n\
                      | `d` | x | y |\n| `d/e` | x |\n## F\n| `g` | x |\n";
        assert_eq!(rows(design, "## Inside `b`"), ["d", "d/e"]);
    }
}
