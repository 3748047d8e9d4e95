//! `cargo xtask book`: makes one book of the documents with mdBook, and checks its links.
//!
//! `docs/SUMMARY.md` lists the chapters. The source of the book has the same directories as the
//! repository, so the links between chapters do not change.

mod links;
mod source;

use std::fs;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::{tools, workspace};

/// Builds the book, and checks it.
pub(crate) fn run() -> Result<ExitCode> {
    let program = tools::obtain(
        "mdbook",
        "0.5.4",
        &["--no-default-features", "--features", "search", "--debug"],
    )?;
    let root = workspace::root()?;
    let directory = root.join("target/book");
    if directory.exists() {
        fs::remove_dir_all(&directory).context("remove the last book")?;
    }
    source::write(&root, &directory)?;
    let output = Command::new(program)
        .arg("build")
        .arg(&directory)
        .stdin(Stdio::null())
        .output()
        .context("start mdbook")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("mdbook failed: {}\n{said}", output.status);
    }
    if said.contains("WARN") || said.contains("ERROR") {
        bail!("mdbook warns:\n{said}");
    }
    let html = directory.join("book");
    let broken = links::broken(&html)?;
    if !broken.is_empty() {
        bail!(
            "these links of the book lead nowhere:\n{}",
            broken.join("\n")
        );
    }
    println!("{}", html.join("index.html").display());
    Ok(ExitCode::SUCCESS)
}
