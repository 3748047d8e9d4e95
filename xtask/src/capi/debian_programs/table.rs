//! The table in `docs/libasound.md`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::super::objects::Usage;
use super::super::place::Form;
use super::list::{Program, Start};

const BEGIN: &str = "<!-- programs: written by `cargo xtask capi programs --bless` -->\n";
const END: &str = "<!-- end of programs -->\n";

/// Returns the rows as Markdown.
pub(super) fn table(rows: &[(&Program, String, Usage)]) -> String {
    let mut text =
        "| package | program or library | form | functions | tried |\n|---|---|---|---|---|\n"
            .to_owned();
    for (program, object, usage) in rows {
        let name = plain(object);
        let form = match (usage.form, usage.because.as_deref().map(plain)) {
            (Form::Preload, Some(because)) if because != name => {
                format!("`--preload`, for {because}")
            }
            (Form::Preload, _) => "`--preload`".to_owned(),
            _ => "`aseq-run`".to_owned(),
        };
        let mut tried = match program.start {
            Start::Loads => "loads",
            Start::Ends(_) => "starts",
            Start::Stays(_) => "starts, has its client",
        }
        .to_owned();
        if !program.more.is_empty() {
            let _ = write!(tried, ", {}", program.more);
        }
        let _ = writeln!(
            text,
            "| {} | {name} | {form} | {} + {} | {tried} |",
            program.package, usage.sequencer, usage.others
        );
    }
    text
}

/// Returns the name of a file without the part that changes with each release.
pub(super) fn plain(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.split_once(".so") {
        Some((start, _)) => format!("{}.so", start.split(".cpython").next().unwrap_or(start)),
        None => name.to_owned(),
    }
}

/// Returns the document before the table, and after it.
fn around(document: &str) -> Result<(&str, &str)> {
    let (before, rest) = document
        .split_once(BEGIN)
        .context("the document has no place for the table")?;
    let (_, behind) = rest.split_once(END).context("the table has no end")?;
    Ok((before, behind))
}

pub(super) fn write(file: &Path, table: &str) -> Result<()> {
    let document = fs::read_to_string(file)?;
    let (before, behind) = around(&document)?;
    fs::write(file, format!("{before}{BEGIN}\n{table}\n{END}{behind}"))
        .with_context(|| format!("write {}", file.display()))
}

/// Checks that the document contains this table.
pub(super) fn check(file: &Path, table: &str) -> Result<()> {
    let document = fs::read_to_string(file)?;
    if !document.contains(&format!("{BEGIN}\n{table}\n{END}")) {
        bail!(
            "the table in {} differs from\n{table}`cargo xtask capi programs --bless` writes it",
            file.display()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_versions() {
        assert_eq!(plain("usr/bin/a.b"), "a.b");
        assert_eq!(plain("usr/lib/libx.so.2.0.1"), "libx.so");
        assert_eq!(
            plain("m/alsaseq.cpython-314-x86_64-linux-gnu.so"),
            "alsaseq.so"
        );
    }

    #[test]
    fn the_table_is_found_between_its_marks() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let document = format!("before\n{BEGIN}old\n{END}behind\n");
        fs::write(file.path(), document).unwrap();
        assert!(check(file.path(), "| new |\n").is_err());
        write(file.path(), "| new |\n").unwrap();
        check(file.path(), "| new |\n").unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        assert_eq!(text, format!("before\n{BEGIN}\n| new |\n\n{END}behind\n"));
        fs::write(file.path(), "no table").unwrap();
        assert!(write(file.path(), "").is_err());
    }
}
