//! Debian in a directory: programs run there as if it were installed. In the test kernel
//! alone, as its root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use nix::mount::{MsFlags, mount};

use super::place::Form;

/// Where our forms are, inside.
const HOME: &str = "/mnt";

/// A directory that [`crate::debian::root`] has made, with what programs expect.
pub(super) struct Chroot {
    root: PathBuf,
}

impl Chroot {
    /// Mounts what it needs. `home` has our forms.
    pub(super) fn enter(root: &Path, home: &Path) -> Result<Self> {
        for (from, to) in [
            (Path::new("/proc"), "proc"),
            (Path::new("/sys"), "sys"),
            (Path::new("/dev"), "dev"),
            (home, "mnt"),
        ] {
            let to = root.join(to);
            fs::create_dir_all(&to)?;
            mount(
                Some(from),
                &to,
                None::<&str>,
                MsFlags::MS_BIND | MsFlags::MS_REC,
                None::<&str>,
            )
            .with_context(|| format!("mount {}", to.display()))?;
        }
        for to in ["tmp", "run"] {
            let to = root.join(to);
            fs::create_dir_all(&to)?;
            mount(
                Some("tmpfs"),
                &to,
                Some("tmpfs"),
                MsFlags::empty(),
                None::<&str>,
            )
            .with_context(|| format!("mount {}", to.display()))?;
        }
        // The package that has it makes it when it is installed.
        fs::write(root.join("etc/passwd"), "root:x:0:0:root:/tmp:/bin/sh\n")?;
        fs::write(root.join("etc/group"), "root:x:0:\n")?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    /// A program of the directory, with every name bound as it starts.
    pub(super) fn command(&self, form: Form, words: &[&str]) -> Command {
        self.command_with(form, &["LD_BIND_NOW=1"], words)
    }

    /// The same with these variables.
    pub(super) fn command_with(&self, form: Form, variables: &[&str], words: &[&str]) -> Command {
        let mut command = Command::new("/usr/sbin/chroot");
        command.arg(&self.root).args([
            "/usr/bin/env",
            "-i",
            "PATH=/usr/sbin:/usr/bin:/usr/games",
            "HOME=/tmp",
            "XDG_RUNTIME_DIR=/tmp",
            "LC_ALL=C.UTF-8",
            "QT_QPA_PLATFORM=offscreen",
            "SDL_VIDEODRIVER=dummy",
            "SDL_AUDIODRIVER=dummy",
            "NO_AT_BRIDGE=1",
            "JACK_NO_START_SERVER=1",
        ]);
        match form {
            Form::Real => {}
            Form::Library => {
                command.arg(format!("{HOME}/aseq-run"));
            }
            Form::Preload => {
                command.arg(format!("{HOME}/aseq-run")).arg("--preload");
            }
        }
        // Behind the wrapper: they are the program's, not its shell's.
        command.arg("/usr/bin/env").args(variables).args(words);
        command
    }

    /// A file of the directory for temporary files.
    pub(super) fn tmp(&self, name: &str) -> PathBuf {
        self.root.join("tmp").join(name)
    }

    /// Removes what programs have left, so that the next finds what the first has found.
    pub(super) fn clean(&self) -> Result<()> {
        let directory = self.root.join("tmp");
        for entry in fs::read_dir(&directory)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// How the loader calls our shared object there.
    pub(super) fn ours(form: Form) -> Option<String> {
        let file = form.file(Path::new(HOME))?;
        file.to_str().map(str::to_owned)
    }
}
