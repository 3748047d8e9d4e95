//! Packs kernels of the cache into archives, and unpacks them.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use super::manifest::Manifest;
use crate::workshop::debian::{Tool, provide};
use crate::workshop::steps::{self, Gauge};

/// The file with the checksums of all other files.
const SUMS: &str = "SHA256SUMS";

/// The file with the place of the source.
const OFFER: &str = "SOURCE.md";

/// The program that packs and unpacks.
const TOOLS: [Tool; 2] = [Tool::program("tar", "tar"), Tool::program("xz", "xz-utils")];

/// Packs a kernel of the cache, with all its files, into a new archive in a directory. Returns the
/// archive's path and its SHA-256.
///
/// # Errors
///
/// The kernel was not built here, or the archive cannot be written.
pub fn pack(kernel: &Path, into: &Path) -> Result<(PathBuf, String)> {
    provide("packing a kernel", &TOOLS)?;
    let dir = kernel.parent().context("a kernel without a directory")?;
    let manifest = Manifest::read(dir).context(
        "only a kernel that `test-kernel kernel build` or `get` has built can be packed",
    )?;
    if !dir.join(super::build::LICENCE_FILE).is_file() {
        bail!(
            "{} was not built here, so its source and options are not known; its licence (GPL-2.0) \
             requires to pass them on",
            kernel.display()
        );
    }
    let name = format!("test-kernel-{}-{}", manifest.name, manifest.hash);
    let temp = tempfile::tempdir_in(into)
        .with_context(|| format!("create a directory in {}", into.display()))?;
    let root = temp.path().join(&name);
    copy_all(dir, &root)?;
    fs::write(root.join(OFFER), offer(&manifest))?;
    let mut sums = String::new();
    for file in files(&root)? {
        let sum = sha256(&root.join(&file))?;
        sums.push_str(&format!("{sum}  {}\n", file.display()));
    }
    fs::write(root.join(SUMS), sums)?;
    let archive = temp.path().join("archive");
    steps::run(
        &format!("packing {name}"),
        &Gauge::Time,
        Command::new("tar")
            // Packing the same kernel twice gives the same archive.
            .args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner"])
            .args([
                "--mtime=@0",
                "--mode=u+rw,go=rX",
                "--xz",
                "--create",
                "--file",
            ])
            .arg(&archive)
            .arg("--directory")
            .arg(temp.path())
            .arg(&name),
    )?;
    let sum = sha256(&archive)?;
    let path = into.join(format!("{name}.tar.xz"));
    fs::rename(&archive, &path).with_context(|| format!("create {}", path.display()))?;
    Ok((path, sum))
}

/// Writes the file with the information that the kernel's licence requires from those who pass it
/// on.
fn offer(manifest: &Manifest) -> String {
    let Manifest {
        name,
        release,
        source,
        ..
    } = manifest;
    let suite = match &manifest.suite {
        Some(suite) => format!(" of Debian's suite {suite}"),
        None => String::new(),
    };
    let compiler = manifest
        .compiler
        .as_deref()
        .unwrap_or("an unknown compiler");
    format!(
        "# Source of this kernel\n\n\
         `linux` and the files in `modules/` are Linux {release}, User-Mode Linux for x86-64, \
         under the GNU General Public License, version 2 (`COPYING`).\n\n\
         - Source: {source}{suite}. Old versions are in Debian's archive of snapshots.\n\
         - Changes of the source: `recipe.patch`, for `patch -p1`.\n\
         - Options: `config`, to be copied to `.config`; `options.config` are those beyond \
         `tinyconfig`.\n\
         - Compiler: {compiler}.\n\n\
         To build it again, in the unpacked and patched source:\n\n\
         ```sh\ncp .../config .config\nmake ARCH=um olddefconfig\nmake ARCH=um linux modules\n```\n\n\
         Or, with this version of test-kernel: `test-kernel kernel build {name}`. Whoever passes \
         this archive on passes the source on with it, or the place that has it.\n"
    )
}

/// Gets a ready-made kernel from a directory, an archive, or an archive's URL, into a new directory
/// below `temp`. A URL needs the archive's SHA-256.
pub(super) fn fetch(from: &str, sum: Option<&str>, temp: &Path) -> Result<PathBuf> {
    let is_address = ["http://", "https://", "file://"]
        .iter()
        .any(|scheme| from.starts_with(scheme));
    let root = temp.join("ready");
    fs::create_dir(&root)?;
    let archive = if is_address {
        if sum.is_none() {
            bail!(
                "{from} needs the archive's checksum: give it with --sha256; `kernel pack` has \
                 printed it"
            );
        }
        let archive = temp.join("archive");
        provide("fetching a kernel", &[Tool::program("curl", "curl")])?;
        steps::run(
            "fetching the kernel",
            &Gauge::Time,
            Command::new("curl")
                .args([
                    "--fail",
                    "--location",
                    "--silent",
                    "--show-error",
                    "--output",
                ])
                .arg(&archive)
                .arg(from),
        )?;
        archive
    } else {
        PathBuf::from(from)
    };
    if archive.is_dir() {
        copy_all(&archive, &root)?;
    } else {
        if let Some(sum) = sum {
            let there = sha256(&archive)?;
            if !sum.eq_ignore_ascii_case(&there) {
                bail!("{from} has the checksum {there}, not {sum}");
            }
        }
        provide("unpacking a kernel", &TOOLS)?;
        steps::run(
            "unpacking the kernel",
            &Gauge::Time,
            Command::new("tar")
                .args([
                    "--extract",
                    "--xz",
                    "--strip-components=1",
                    "--no-same-owner",
                ])
                .arg("--file")
                .arg(&archive)
                .arg("--directory")
                .arg(&root),
        )?;
    }
    check_sums(&root).with_context(|| format!("use the kernel in {from}"))?;
    for extra in [SUMS, OFFER] {
        let _ = fs::remove_file(root.join(extra));
    }
    Ok(root)
}

/// Fails if a file does not match its checksum, or if the directory has additional files.
fn check_sums(root: &Path) -> Result<()> {
    let list = root.join(SUMS);
    let text = fs::read_to_string(&list).with_context(|| {
        format!("read {SUMS}, which `kernel pack` writes for each ready-made kernel")
    })?;
    let mut listed: Vec<(PathBuf, &str)> = Vec::new();
    for line in text.lines() {
        let (sum, file) = line
            .split_once("  ")
            .with_context(|| format!("read {line:?} in {SUMS}"))?;
        listed.push((file.into(), sum));
    }
    for file in files(root)? {
        if file == Path::new(SUMS) {
            continue;
        }
        match listed.iter().position(|(name, _)| *name == file) {
            None => bail!("{} is not in {SUMS}", file.display()),
            Some(index) => {
                let (_, sum) = listed.swap_remove(index);
                let there = sha256(&root.join(&file))?;
                if there != sum {
                    bail!("{} has the checksum {there}, not {sum}", file.display());
                }
            }
        }
    }
    match listed.first() {
        Some((file, _)) => bail!("{} is missing", file.display()),
        None => Ok(()),
    }
}

fn sha256(file: &Path) -> Result<String> {
    let mut from = fs::File::open(file).with_context(|| format!("open {}", file.display()))?;
    let mut digest = Sha256::new();
    let mut buf = vec![0; 64 * 1024];
    loop {
        match from
            .read(&mut buf)
            .with_context(|| format!("read {}", file.display()))?
        {
            0 => break,
            n => digest.update(buf.get(..n).unwrap_or_default()),
        }
    }
    Ok(digest
        .finalize()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect())
}

/// Returns the files below a directory, by their paths in it, in order.
fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut directories = vec![PathBuf::new()];
    while let Some(directory) = directories.pop() {
        let path = root.join(&directory);
        for entry in fs::read_dir(&path).with_context(|| format!("read {}", path.display()))? {
            let entry = entry?;
            let name = directory.join(entry.file_name());
            match entry.file_type()? {
                kind if kind.is_dir() => directories.push(name),
                kind if kind.is_file() => found.push(name),
                _ => bail!("{} is neither a file nor a directory", name.display()),
            }
        }
    }
    found.sort();
    Ok(found)
}

fn copy_all(from: &Path, to: &Path) -> Result<()> {
    for file in files(from)? {
        let target = to.join(&file);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).with_context(|| format!("create {}", parent.display()))?;
        }
        let source = from.join(&file);
        fs::copy(&source, &target).with_context(|| format!("copy {}", source.display()))?;
    }
    Ok(())
}
