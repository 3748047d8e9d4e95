//! Runs the commands with which the recipes for Buildroot, OpenEmbedded and Alpine install files,
//! in a directory with the files of a release.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{BUSYBOX, documents, work};
use crate::debian::{Tool, provide};
use crate::steps::{self, Gauge};
use crate::workspace;

/// The steps of Alpine's tools before they call `package`.
const ALPINE: &str = r#"
set -e
pkgdir=$1 tree=$2 packaging=$3
cd "$packaging/alpine/aseq"
srcdir=$PWD
. ./APKBUILD
cd "$tree"
package
"#;

/// The steps of Buildroot's make with the variables of a package.
const BUILDROOT: &str = r"
INSTALL := install
BR2_PACKAGE_BASH_COMPLETION := y
BR2_PACKAGE_ZSH := y
include $(PACKAGING)/buildroot/package/aseq/aseq.mk
ASEQ_PKGDIR := $(PACKAGING)/buildroot/package/aseq
$(TREE)/installed:
	$(ASEQ_INSTALL_INIT_SYSV)
	$(ASEQ_INSTALL_INIT_SYSTEMD)
	$(foreach hook,$(ASEQ_POST_INSTALL_TARGET_HOOKS),$($(hook))$(newline))
define newline


endef
";

/// The variables that bitbake sets before it runs the recipe's addition to `do_install`.
const OPENEMBEDDED: &str = r#"
set -e
D=$1 S=$2 UNPACKDIR=$3 BPN=aseq
datadir=/usr/share mandir=/usr/share/man sysconfdir=/etc
systemd_system_unitdir=/usr/lib/systemd/system
"#;

const BASH: (&str, &str) = (
    "completions/aseq.bash",
    "usr/share/bash-completion/completions/aseq",
);
const ZSH: (&str, &str) = ("completions/_aseq", "usr/share/zsh/site-functions/_aseq");
const FISH: (&str, &str) = (
    "completions/aseq.fish",
    "usr/share/fish/vendor_completions.d/aseq.fish",
);

/// Runs the commands of each recipe, and checks that the files are installed.
pub(super) fn check() -> Result<()> {
    provide(
        "running the recipes' commands",
        &[BUSYBOX, Tool::program("make", "make")],
    )?;
    let tree = release()?;
    let pages = pages(&tree)?;
    let packaging = workspace::root()?.join("packaging");

    let root = scratch("alpine-root")?;
    let mut alpine = Command::new("busybox");
    alpine.args(["ash", "-c", ALPINE, "ash"]);
    alpine.args([&root, &tree, &packaging]);
    steps::run("installing as Alpine does", &Gauge::Time, &mut alpine)?;
    has(
        &root,
        &tree,
        &[&[BASH, ZSH, FISH], &*borrow(&pages)].concat(),
    )?;

    let root = scratch("buildroot-root")?;
    let makefile = work()?.join("buildroot.mk");
    fs::write(&makefile, BUILDROOT)?;
    let assign = |name: &str, value: &Path| format!("{name}={}", value.display());
    let mut make = Command::new("make");
    make.env_remove("MAKEFLAGS")
        .arg("-f")
        .arg(&makefile)
        .arg(assign("PACKAGING", &packaging))
        .arg(assign("TREE", &tree))
        .arg(assign("TARGET_DIR", &root))
        .arg(tree.join("installed"));
    steps::run("installing as Buildroot does", &Gauge::Time, &mut make)?;
    has(&root, &tree, &[BASH, ZSH])?;

    let root = scratch("openembedded-root")?;
    let recipes = packaging.join("openembedded/recipes-multimedia/aseq");
    let recipe = recipes.join(format!("aseq_{}.bb", env!("CARGO_PKG_VERSION")));
    let recipe =
        fs::read_to_string(&recipe).with_context(|| format!("read {}", recipe.display()))?;
    let script = format!("{OPENEMBEDDED}{}", appended(&recipe)?);
    let mut install = Command::new("sh");
    install.args(["-c", &script, "sh"]);
    install.args([&root, &tree, &recipes.join("files")]);
    steps::run(
        "installing as OpenEmbedded does",
        &Gauge::Time,
        &mut install,
    )?;
    has(
        &root,
        &tree,
        &[&[BASH, ZSH, FISH], &*borrow(&pages)].concat(),
    )
}

/// The files of the release that recipes install.
fn release() -> Result<PathBuf> {
    let tree = scratch("release")?;
    let made = documents()?;
    copy(&made.join("man1"), &tree.join("man"))?;
    copy(&made.join("completions"), &tree.join("completions"))?;
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        fs::copy(workspace::root()?.join(licence), tree.join(licence))?;
    }
    // The content of these files does not matter.
    fs::write(tree.join("LICENCES.txt"), "licences\n")?;
    fs::create_dir_all(tree.join("target/release"))?;
    fs::write(tree.join("target/release/aseq"), "a program\n")?;
    Ok(tree)
}

/// Returns each manual page of the release, and its installed path.
fn pages(tree: &Path) -> Result<Vec<(String, String)>> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(tree.join("man"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        pages.push((format!("man/{name}"), format!("usr/share/man/man1/{name}")));
    }
    match pages.is_empty() {
        true => bail!("the release has no manual pages"),
        false => Ok(pages),
    }
}

fn borrow(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(a, b)| (&**a, &**b)).collect()
}

/// Returns the body of `do_install:append`. All conditions of bitbake are true.
fn appended(recipe: &str) -> Result<String> {
    let (_, behind) = recipe
        .split_once("do_install:append() {\n")
        .context("the recipe adds nothing to do_install")?;
    let (body, _) = behind.split_once("\n}\n").context("it has no end")?;
    let mut script = String::new();
    let mut rest = body;
    while let Some((before, condition)) = rest.split_once("${@") {
        script.push_str(before);
        script.push_str("true");
        rest = condition
            .split_once('}')
            .context("a condition without end")?
            .1;
    }
    script.push_str(rest);
    Ok(script)
}

/// Fails unless these files of the release are installed with the same content.
fn has(root: &Path, tree: &Path, files: &[(&str, &str)]) -> Result<()> {
    for (from, to) in files {
        let installed = root.join(to);
        let there = fs::read(&installed)
            .with_context(|| format!("{} is not installed", installed.display()))?;
        if there != fs::read(tree.join(from))? {
            bail!("{} is not {from}", installed.display());
        }
    }
    Ok(())
}

/// An empty directory.
fn scratch(name: &str) -> Result<PathBuf> {
    let directory = work()?.join("recipes").join(name);
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory)?;
    Ok(directory)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        fs::copy(&path, to.join(path.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_of_bitbake_are_true() {
        let recipe = "X = \"1\"\n\ndo_install:append() {\n    if ${@f('a', d)}; then\n        \
                      b ${D}\n    fi\n}\n\nY = \"2\"\n";
        let body = "    if true; then\n        b ${D}\n    fi";
        assert_eq!(appended(recipe).unwrap(), body);
        assert!(appended("X = \"1\"\n").is_err());
    }

    #[test]
    fn a_missing_file_is_an_error() {
        let temp = tempfile::tempdir().unwrap();
        let (root, tree) = (temp.path().join("root"), temp.path().join("tree"));
        for directory in [&root, &tree] {
            fs::create_dir(directory).unwrap();
        }
        fs::write(tree.join("a"), "text").unwrap();
        assert!(has(&root, &tree, &[("a", "b")]).is_err());
        fs::write(root.join("b"), "other").unwrap();
        assert!(has(&root, &tree, &[("a", "b")]).is_err());
        fs::write(root.join("b"), "text").unwrap();
        has(&root, &tree, &[("a", "b")]).unwrap();
    }
}
