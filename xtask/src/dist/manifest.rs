//! The manifests of the release. Its workspace has one member, `aseq`. The libraries are not
//! members. So the lock file contains only the crates that `aseq` needs, and not all that the
//! libraries can use.

use anyhow::{Context as _, Result, bail};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

/// The directory of the library in the release. In the repository, it is the workspace's root.
pub(super) const LIBRARY: &str = "library";

/// The directory of the other library.
pub(super) const KERNEL_ABI: &str = "kernel-abi";

/// Parts that only tests need, and parts that name files outside of the release.
const UNUSED: [&str; 4] = ["dev-dependencies", "test", "bench", "badges"];

/// Makes the workspace's manifest from the repository's.
pub(super) fn workspace(text: &str) -> Result<String> {
    let from: DocumentMut = text.parse()?;
    let mut workspace = table(&from, "workspace")?.clone();
    workspace.remove("default-members");
    workspace.insert("members", value(Array::from_iter(["cli"])));
    workspace.insert("exclude", value(Array::from_iter([KERNEL_ABI, LIBRARY])));
    let library = workspace
        .get_mut("dependencies")
        .and_then(|all| all.get_mut("alsa-seq"))
        .context("the workspace has no alsa-seq")?;
    set(library, "path", LIBRARY)?;
    let mut document = DocumentMut::new();
    document.insert("workspace", Item::Table(workspace));
    let mut profiles = Table::new();
    profiles.set_implicit(true);
    let release = table_in(table(&from, "profile")?, "release")?;
    profiles.insert("release", Item::Table(release.clone()));
    document.insert("profile", Item::Table(profiles));
    Ok(document.to_string())
}

/// Makes the manifest of `aseq` from its own.
pub(super) fn member(text: &str) -> Result<String> {
    let mut document: DocumentMut = text.parse()?;
    for name in UNUSED {
        document.remove(name);
    }
    // The tests need a sequencer, and crates that are not in the lock file.
    let mut library = Table::new();
    library.insert("test", value(false));
    library.insert("doctest", value(false));
    document.insert("lib", Item::Table(library));
    let mut program = Table::new();
    program.insert("name", value("aseq"));
    program.insert("path", value("src/main.rs"));
    program.insert("test", value(false));
    let mut programs = toml_edit::ArrayOfTables::new();
    programs.push(program);
    document.insert("bin", Item::ArrayOfTables(programs));
    Ok(document.to_string())
}

/// Makes the manifest of a library from its own and the workspace's. The result inherits nothing.
pub(super) fn library(text: &str, workspace: &str) -> Result<String> {
    let all: DocumentMut = workspace.parse()?;
    let all = table(&all, "workspace")?;
    let text: DocumentMut = text.parse()?;
    let mut document = DocumentMut::new();
    for (name, item) in text.iter() {
        if UNUSED.contains(&name) || ["workspace", "profile"].contains(&name) {
            continue;
        }
        document.insert(name, item.clone());
    }
    let package = table_mut(&mut document, "package")?;
    let inherited = table_in(all, "package")?;
    for (name, item) in package.iter_mut() {
        if inherits(item) {
            *item = own(inherited, &name)?;
        }
    }
    if let Some(lints) = document.get_mut("lints").filter(|lints| inherits(lints)) {
        *lints = own(all, "lints")?;
    }
    let inherited = table_in(all, "dependencies")?;
    for (name, item) in table_mut(&mut document, "dependencies")?.iter_mut() {
        if inherits(item) {
            *item = dependency(item, &own(inherited, &name)?)?;
        }
    }
    Ok(document.to_string())
}

/// Joins a dependency with the workspace's.
fn dependency(own: &Item, inherited: &Item) -> Result<Item> {
    let own = own.as_table_like().context("a dependency is not a table")?;
    let mut merged = InlineTable::new();
    match inherited.as_table_like() {
        Some(table) => {
            for (name, item) in table.iter() {
                let item = item.as_value().context("a dependency contains a table")?;
                merged.insert(name, item.clone());
            }
        }
        None => {
            let version = inherited.as_value().context("a dependency is empty")?;
            merged.insert("version", version.clone());
        }
    }
    for (name, item) in own.iter().filter(|(name, _)| *name != "workspace") {
        let item = item.as_value().context("a dependency contains a table")?;
        let before = merged.get(name).and_then(Value::as_array);
        match (name, before, item.as_array()) {
            ("features", Some(before), Some(more)) => {
                let both: Array = before.iter().chain(more).cloned().collect();
                merged.insert(name, both.into());
            }
            _ => {
                merged.insert(name, item.clone());
            }
        }
    }
    if merged.contains_key("path") {
        // Relative to the other library.
        merged.insert("path", format!("../{KERNEL_ABI}").into());
    }
    merged.fmt();
    Ok(value(merged))
}

/// Returns whether it says `workspace = true`.
fn inherits(item: &Item) -> bool {
    let table = item.as_table_like();
    table.is_some_and(|table| table.get("workspace").and_then(Item::as_bool) == Some(true))
}

/// Returns the workspace's value of a name.
fn own(table: &Table, name: &str) -> Result<Item> {
    match table.get(name) {
        Some(item) => Ok(item.clone()),
        None => bail!("the workspace has no {name}"),
    }
}

fn set(item: &mut Item, name: &str, text: &str) -> Result<()> {
    let table: &mut dyn TableLike = item.as_table_like_mut().context("it is not a table")?;
    table.insert(name, value(text));
    Ok(())
}

fn table<'a>(document: &'a DocumentMut, name: &str) -> Result<&'a Table> {
    table_in(document.as_table(), name)
}

fn table_in<'a>(table: &'a Table, name: &str) -> Result<&'a Table> {
    let found = table.get(name).and_then(Item::as_table);
    found.with_context(|| format!("[{name}] is missing"))
}

fn table_mut<'a>(document: &'a mut DocumentMut, name: &str) -> Result<&'a mut Table> {
    let found = document.get_mut(name).and_then(Item::as_table_mut);
    found.with_context(|| format!("[{name}] is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = r#"
[workspace]
members = ["cli", "xtask"]
default-members = ["cli"]
exclude = ["python"]
resolver = "3"

[workspace.package]
version = "1.2.3"
license = "MIT"

[workspace.dependencies]
alsa-seq = { path = ".", version = "1.2.3" }
alsa-seq-kernel-abi = { path = "kernel-abi", version = "1.2.3", default-features = false }
nix = { version = "0.31", features = ["fs"] }

[workspace.lints.rust]
unsafe_code = "forbid"

[profile.release]
lto = "fat"

[profile.capi]
inherits = "release"

[package]
name = "alsa-seq"
version.workspace = true
license.workspace = true

[lints]
workspace = true

[features]
std = ["dep:nix"]

[dependencies]
alsa-seq-kernel-abi.workspace = true
nix = { workspace = true, optional = true, features = ["poll"] }
other = "1"

[dev-dependencies]
tempfile = "3"

[[test]]
name = "kernel"
"#;

    fn parsed(text: &str) -> DocumentMut {
        text.parse().unwrap()
    }

    #[test]
    fn the_workspace_has_one_member() {
        let text = workspace(ROOT).unwrap();
        let found = parsed(&text);
        let members = found["workspace"]["members"].as_array().unwrap();
        assert_eq!(members.len(), 1);
        assert_eq!(members.get(0).unwrap().as_str(), Some("cli"));
        let library = &found["workspace"]["dependencies"]["alsa-seq"];
        assert_eq!(library["path"].as_str(), Some("library"));
        assert_eq!(found["profile"]["release"]["lto"].as_str(), Some("fat"));
        for gone in ["package", "features", "dependencies", "test"] {
            assert!(found.get(gone).is_none(), "{gone}");
        }
        assert!(!text.contains("capi") && !text.contains("xtask") && !text.contains("python"));
    }

    #[test]
    fn a_library_inherits_nothing() {
        let text = library(ROOT, ROOT).unwrap();
        assert!(!text.contains("workspace"), "{text}");
        let found = parsed(&text);
        assert_eq!(found["package"]["version"].as_str(), Some("1.2.3"));
        assert_eq!(
            found["lints"]["rust"]["unsafe_code"].as_str(),
            Some("forbid")
        );
        let dependencies = &found["dependencies"];
        let abi = &dependencies["alsa-seq-kernel-abi"];
        assert_eq!(abi["path"].as_str(), Some("../kernel-abi"));
        assert_eq!(abi["default-features"].as_bool(), Some(false));
        let nix = &dependencies["nix"];
        assert_eq!(nix["version"].as_str(), Some("0.31"));
        assert_eq!(nix["optional"].as_bool(), Some(true));
        let features = nix["features"].as_array().unwrap();
        let features: Vec<_> = features.iter().filter_map(Value::as_str).collect();
        assert_eq!(features, ["fs", "poll"]);
        assert_eq!(dependencies["other"].as_str(), Some("1"));
        for gone in ["dev-dependencies", "test", "profile"] {
            assert!(found.get(gone).is_none(), "{gone}");
        }
    }

    #[test]
    fn a_missing_value_of_the_workspace_is_an_error() {
        let text = "[package]\nname = \"a\"\nhomepage.workspace = true\n[dependencies]\n";
        let error = library(text, ROOT).unwrap_err();
        assert_eq!(error.to_string(), "the workspace has no homepage");
    }

    #[test]
    fn the_program_has_no_tests() {
        let text = "[package]\nname = \"aseq\"\n[dev-dependencies]\nproptest = \"1\"\n";
        let found = parsed(&member(text).unwrap());
        assert!(found.get("dev-dependencies").is_none());
        assert_eq!(found["lib"]["test"].as_bool(), Some(false));
        let programs = found["bin"].as_array_of_tables().unwrap();
        assert_eq!(programs.get(0).unwrap()["test"].as_bool(), Some(false));
    }
}
