//! Reads files that describe this machine. Tests use another directory in place of `/`.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The maximum length of the files, except for `modules.dep`.
const MOST: u64 = 64 << 10;

/// `modules.dep` of a distribution's kernel has about 600 KB.
const MOST_MODULES: u64 = 8 << 20;

/// A machine, as its files describe it.
#[derive(Debug)]
pub(super) struct Machine {
    root: PathBuf,
    /// The environment of this process.
    environment: fn(&str) -> Option<String>,
}

/// The user and the groups of this process.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) user: u32,
    pub(super) groups: Vec<u32>,
}

/// A device node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) mode: u32,
    pub(super) group: u32,
}

/// Whether the running kernel has a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Module {
    /// It can be loaded.
    Loadable,
    /// It is part of the kernel.
    BuiltIn,
    /// The lists of modules do not contain it.
    Absent,
    /// The machine has no lists of modules for this kernel.
    Unknown,
}

impl Machine {
    pub(super) fn this() -> Self {
        Self {
            root: PathBuf::from("/"),
            environment: |name| std::env::var(name).ok(),
        }
    }

    #[cfg(test)]
    pub(super) fn at(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            environment: |_| None,
        }
    }

    #[cfg(test)]
    pub(super) fn with_environment(mut self, environment: fn(&str) -> Option<String>) -> Self {
        self.environment = environment;
        self
    }

    pub(super) fn variable(&self, name: &str) -> Option<String> {
        (self.environment)(name).filter(|value| !value.is_empty())
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    pub(super) fn exists(&self, path: &str) -> bool {
        self.path(path).symlink_metadata().is_ok()
    }

    /// The beginning of a file. Bytes that are not UTF-8 are replaced.
    pub(super) fn read(&self, path: &str) -> Option<String> {
        read_up_to(&self.path(path), MOST)
    }

    /// The names in a directory.
    pub(super) fn names_in(&self, path: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(path)).into_iter().flatten();
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.collect()
    }

    pub(super) fn node(&self, path: &str) -> Option<Node> {
        let found = self.path(path).metadata().ok()?;
        Some(Node {
            mode: found.mode() & 0o7777,
            group: found.gid(),
        })
    }

    /// The effective user and the groups of this process.
    pub(super) fn identity(&self) -> Option<Identity> {
        let status = self.read("/proc/self/status")?;
        let numbers = |key: &str| -> Option<Vec<u32>> {
            let line = status.lines().find_map(|line| line.strip_prefix(key))?;
            Some(
                line.split_whitespace()
                    .filter_map(|word| word.parse().ok())
                    .collect(),
            )
        };
        let mut groups = numbers("Groups:")?;
        groups.extend(numbers("Gid:")?.get(1));
        Some(Identity {
            user: *numbers("Uid:")?.get(1)?,
            groups,
        })
    }

    /// The name of a user.
    pub(super) fn user_name(&self, user: u32) -> Option<String> {
        let users = self.read("/etc/passwd")?;
        let named = users
            .lines()
            .find(|line| field(line, 2) == Some(&user.to_string()))?;
        field(named, 0).map(str::to_owned)
    }

    /// The name of a group, and its members.
    pub(super) fn group(&self, group: u32) -> Option<(String, Vec<String>)> {
        let groups = self.read("/etc/group")?;
        let line = groups
            .lines()
            .find(|line| field(line, 2) == Some(&group.to_string()))?;
        let members = field(line, 3).unwrap_or_default().split(',');
        Some((
            field(line, 0)?.to_owned(),
            members.map(str::to_owned).collect(),
        ))
    }

    /// Returns whether the running kernel has the module of this name, in modprobe's spelling.
    pub(super) fn module(&self, name: &str) -> Module {
        let Some(release) = self.read("/proc/sys/kernel/osrelease") else {
            return Module::Unknown;
        };
        let directory = format!("/lib/modules/{}", release.trim());
        let lists = |file: &str| {
            let text = read_up_to(&self.path(&format!("{directory}/{file}")), MOST_MODULES)?;
            // `kernel/sound/core/seq/snd-seq.ko.xz: …`
            let file = format!("/{name}.ko");
            let has = text.lines().any(|line| {
                let path = line.split(':').next().unwrap_or_default();
                path.rsplit_once(&file)
                    .is_some_and(|(_, end)| end.is_empty() || end.starts_with('.'))
            });
            Some(has)
        };
        match (lists("modules.dep"), lists("modules.builtin")) {
            (Some(true), _) => Module::Loadable,
            (_, Some(true)) => Module::BuiltIn,
            (None, None) => Module::Unknown,
            _ => Module::Absent,
        }
    }
}

fn read_up_to(path: &Path, most: u64) -> Option<String> {
    let mut bytes = Vec::new();
    File::open(path)
        .ok()?
        .take(most)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A field of a line of `/etc/passwd` or `/etc/group`.
fn field(line: &str, number: usize) -> Option<&str> {
    line.split(':').nth(number)
}
