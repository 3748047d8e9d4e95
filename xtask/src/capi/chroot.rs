//! Runs programs of a Debian in a directory, as if they were installed. Works only in the test
//! kernel, as its root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use nix::mount::{MsFlags, mount};

use super::place::Form;

/// The path of our forms, inside.
const HOME: &str = "/mnt";

/// A directory that [`crate::debian::root`] has made, with the files that programs expect.
pub(super) struct Chroot {
    root: PathBuf,
}

impl Chroot {
    /// Mounts the necessary file systems. `home` has our forms.
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
        // The package's installation script usually makes it.
        fs::write(root.join("etc/passwd"), "root:x:0:0:root:/tmp:/bin/sh\n")?;
        fs::write(root.join("etc/group"), "root:x:0:\n")?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    /// Returns a command that runs a program of the directory. The loader binds every name at the
    /// start.
    pub(super) fn command(&self, form: Form, words: &[&str]) -> Command {
        self.command_with(form, &["LD_BIND_NOW=1"], words)
    }

    /// Does the same as [`command`](Self::command), with these variables in the environment.
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
        // After the wrapper, because the variables are for the program, not for the wrapper's
        // shell.
        command.arg("/usr/bin/env").args(variables).args(words);
        command
    }

    /// Returns a file in the directory for temporary files.
    pub(super) fn tmp(&self, name: &str) -> PathBuf {
        self.root.join("tmp").join(name)
    }

    /// Removes the files of earlier programs, so each program starts with the same files.
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

    /// Returns the path of our shared object for the loader, inside.
    pub(super) fn ours(form: Form) -> Option<String> {
        let file = form.file(Path::new(HOME))?;
        file.to_str().map(str::to_owned)
    }
}
