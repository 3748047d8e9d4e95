//! Kernels for other architectures: Debian's kernels, and one that is built here. The cache stores
//! the file of a kernel and the modules of the sequencer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::debian::{Apt, Tool, provide};
use crate::files::{self, Links};
use crate::kernel::mips;
use crate::{cache, steps};

/// The modules, in the order in which they need each other.
const MODULES: [&str; 7] = [
    "soundcore",
    "snd",
    "snd-timer",
    "snd-seq-device",
    "snd-seq",
    "snd-hrtimer",
    "snd-seq-dummy",
];

/// Additional modules for a keyboard and a disk, without the modules that these depend on. The
/// kernel is both ends of the keyboard's USB cable.
const KEYBOARD_AND_DISK: [&str; 7] = [
    "snd-seq-midi",
    "snd-usb-audio",
    "usb_f_midi",
    "dummy_hcd",
    "virtio_blk",
    // ext4 needs it, but names only its function.
    "crc32c_generic",
    "ext4",
];

/// The paths of the kernel in a package.
const BOOT: &str = "boot";

/// The names of the files in the cache.
const KERNEL: &str = "kernel";
const VERSION: &str = "version";
const ORDER: &str = "order";

/// The origin of a kernel.
#[derive(Debug)]
pub(super) enum Kernel {
    /// A package of Debian.
    Debian(Package),
    /// A kernel for big-endian MIPS that is built here, with the sequencer and UMP built in.
    Mips,
}

/// A Debian kernel.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) suite: &'static str,
    pub(super) architecture: &'static str,
    /// The end of the package's name, after the version.
    pub(super) flavour: &'static str,
    pub(super) modules: Modules,
}

/// The modules of a package that are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Modules {
    /// The modules of the sequencer.
    Sequencer,
    /// Also the modules of a USB keyboard, and of a disk on this bus.
    KeyboardAndDisk(&'static str),
}

/// A kernel in the cache.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) version: String,
    pub(super) kernel: PathBuf,
    pub(super) modules: Vec<PathBuf>,
}

impl Kernel {
    /// Returns the kernel's files. Downloads or builds them if they are missing.
    pub(super) fn obtain(&self) -> Result<Files> {
        let all = cache::dir()?.join("boards");
        fs::create_dir_all(&all).with_context(|| format!("create {}", all.display()))?;
        let name = match self {
            Self::Debian(package) => package.name(),
            Self::Mips => format!("mips-{}", mips::hash()),
        };
        let home = all.join(&name);
        let _lock = cache::lock(&all.join(format!("{name}.lock")), || {
            steps::note("another task gets the kernel; waiting for it");
        })?;
        if !home.is_dir() {
            let temp = cache::temp_dir(&all, &format!("tmp-{name}-"))?;
            let new = temp.path().join("new");
            match self {
                Self::Debian(package) => package.fetch(temp.path(), &new)?,
                Self::Mips => {
                    let (kernel, version) = mips::build(temp.path())?;
                    fs::create_dir(&new)?;
                    fs::rename(kernel, new.join(KERNEL))?;
                    fs::write(new.join(VERSION), version)?;
                }
            }
            // The directory is complete, or does not exist.
            fs::rename(&new, &home).with_context(|| format!("create {}", home.display()))?;
        }
        let version = home.join(VERSION);
        let modules = match self {
            Self::Debian(package) => package.modules(&home)?,
            Self::Mips => Vec::new(),
        };
        Ok(Files {
            version: fs::read_to_string(&version)
                .with_context(|| format!("read {}", version.display()))?,
            kernel: home.join(KERNEL),
            modules: modules
                .iter()
                .map(|name| home.join(format!("{name}.ko")))
                .collect(),
        })
    }
}

impl Package {
    fn name(&self) -> String {
        let name = format!("{}-{}-{}", self.suite, self.architecture, self.flavour);
        match self.modules {
            Modules::Sequencer => name,
            Modules::KeyboardAndDisk(_) => name + "-keyboard-and-disk",
        }
    }

    /// Returns the names of the modules in the cache, in the order of loading.
    fn modules(&self, home: &Path) -> Result<Vec<String>> {
        if self.modules == Modules::Sequencer {
            return Ok(MODULES.map(str::to_owned).into());
        }
        let order = home.join(ORDER);
        let order =
            fs::read_to_string(&order).with_context(|| format!("read {}", order.display()))?;
        Ok(order.lines().map(str::to_owned).collect())
    }

    /// Makes the directory `new`, with the help of another directory.
    fn fetch(&self, temp: &Path, new: &Path) -> Result<()> {
        provide("unpacking modules", &[Tool::program("xz", "xz-utils")])?;
        let apt = Apt::for_architecture(self.suite, self.architecture, "linux-image-")?;
        let names = apt.names("linux-image-")?;
        let mut failure = None;
        // A mirror's list may name a package that has not arrived on the mirror yet.
        for (version, package) in self.newest_first(&names) {
            let package_files = temp.join("package");
            fs::create_dir(&package_files)?;
            match apt.unpack(&[package], &package_files) {
                Ok(_) => return self.keep(&package_files, version, new),
                Err(error) if error.is::<steps::Interrupted>() => return Err(error),
                Err(error) => {
                    steps::note(&format!(
                        "{package} cannot be downloaded; trying an older one"
                    ));
                    failure = Some(error);
                }
            }
            fs::remove_dir_all(&package_files)?;
        }
        let failure = failure.unwrap_or_else(|| anyhow::anyhow!("no package has this name"));
        Err(failure.context(format!(
            "fetch {}'s kernel {} for {}",
            self.suite, self.flavour, self.architecture
        )))
    }

    /// Copies the needed files of an unpacked package.
    fn keep(&self, package: &Path, version: &str, new: &Path) -> Result<()> {
        fs::create_dir(new)?;
        let kernel = files::below(&package.join(BOOT), Links::Skip)?
            .into_iter()
            .find(|file| file_name(file).starts_with("vmlinu"))
            .context("the package has no kernel")?;
        fs::rename(kernel, new.join(KERNEL))?;
        let all = files::below(package, Links::Skip)?;
        let mut order = Vec::new();
        for name in MODULES {
            add(name, &all, new, &mut order)?;
        }
        if let Modules::KeyboardAndDisk(bus) = self.modules {
            for name in std::iter::once(bus).chain(KEYBOARD_AND_DISK) {
                add(name, &all, new, &mut order)?;
            }
        }
        fs::write(new.join(ORDER), order.join("\n"))?;
        fs::write(new.join(VERSION), version)?;
        Ok(())
    }

    /// Returns the versions and the names of the packages of this flavour.
    fn newest_first<'a>(&self, names: &'a [String]) -> Vec<(&'a str, &'a str)> {
        let mut found: Vec<(Vec<u32>, &str, &str)> = names
            .iter()
            .filter_map(|name| {
                let version = name.strip_prefix("linux-image-")?;
                let version = version.strip_suffix(self.flavour)?.strip_suffix('-')?;
                Some((numbers(version)?, version, name.as_str()))
            })
            .collect();
        found.sort();
        found
            .into_iter()
            .rev()
            .map(|(_, version, name)| (version, name))
            .collect()
    }
}

impl Files {
    /// Leaves a module out.
    pub(super) fn leave_out(&mut self, name: &str) -> Result<()> {
        let before = self.modules.len();
        self.modules
            .retain(|module| module.file_stem().is_none_or(|stem| stem != name));
        if self.modules.len() == before {
            bail!("the image has no module {name}");
        }
        Ok(())
    }
}

/// Returns the numbers of a version such as `6.12.117+deb13` or `6.1.0-47`. Returns none for
/// `6.1.0-47-rt`, which is another flavour.
fn numbers(version: &str) -> Option<Vec<u32>> {
    let version = version.replace("+deb", ".");
    version
        .split(['.', '-'])
        .map(|part| part.parse().ok())
        .collect()
}

/// Uncompresses a module and its dependencies into a directory, unless they are there already.
/// Appends their names to `order`, dependencies first.
fn add(name: &str, all: &[PathBuf], new: &Path, order: &mut Vec<String>) -> Result<()> {
    // Names of files contain either character; the dependencies in modules always use the
    // underscore.
    let is_it = |stem: &str| stem.replace('-', "_") == name.replace('-', "_");
    if order.iter().any(|there| is_it(there)) {
        return Ok(());
    }
    let found = all.iter().find_map(|file| {
        let name = file_name(file);
        let (stem, _) = name.split_once(".ko")?;
        is_it(stem).then(|| (file, stem.to_owned()))
    });
    let (module, stem) = found.with_context(|| format!("the package has no module {name}"))?;
    let to = new.join(format!("{stem}.ko"));
    uncompress(module, &to)?;
    for needed in needs(&fs::read(&to)?) {
        add(&needed, all, new, order)?;
    }
    order.push(stem);
    Ok(())
}

/// Returns the modules that a module depends on.
fn needs(module: &[u8]) -> Vec<String> {
    const KEY: &[u8] = b"\0depends=";
    let Some(at) = module.windows(KEY.len()).position(|bytes| bytes == KEY) else {
        return Vec::new();
    };
    let rest = module.get(at + KEY.len()..).unwrap_or_default();
    let text = rest.split(|byte| *byte == 0).next().unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    let names = text.split(',').filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

fn uncompress(module: &Path, to: &Path) -> Result<()> {
    if module
        .extension()
        .is_some_and(|extension| extension == "ko")
    {
        fs::rename(module, to)?;
        return Ok(());
    }
    let output = Command::new("xz")
        .args(["--decompress", "--stdout"])
        .arg(module)
        .output()
        .context("run xz")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("unpack {}: {said}", module.display());
    }
    fs::write(to, output.stdout).with_context(|| format!("write {}", to.display()))
}

fn file_name(path: &Path) -> std::borrow::Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_a_flavour_comes_first() {
        let names = [
            "linux-image-6.12.9+deb13-arm64",
            "linux-image-6.12.117+deb13-arm64-unsigned",
            "linux-image-6.12.117+deb13-arm64",
            "linux-image-6.12.117+deb13-cloud-arm64",
            "linux-image-6.12.117+deb13-arm64-16k",
            "linux-image-arm64",
        ]
        .map(str::to_owned);
        let kernel = Package {
            suite: "trixie",
            architecture: "arm64",
            flavour: "arm64",
            modules: Modules::Sequencer,
        };
        assert_eq!(
            kernel.newest_first(&names),
            [
                ("6.12.117+deb13", "linux-image-6.12.117+deb13-arm64"),
                ("6.12.9+deb13", "linux-image-6.12.9+deb13-arm64"),
            ]
        );
    }

    #[test]
    fn a_modules_dependencies_are_read() {
        let module = b"\x7fELF\0license=GPL\0depends=snd,snd-seq\0name=x\0";
        assert_eq!(needs(module), ["snd", "snd-seq"]);
        assert!(needs(b"\0depends=\0").is_empty());
        assert!(needs(b"\0").is_empty());
    }

    #[test]
    fn other_flavours_have_no_numbers() {
        assert_eq!(numbers("6.1.0-47"), Some(vec![6, 1, 0, 47]));
        assert_eq!(numbers("6.1.0-47-rt"), None);
    }
}
