//! A new Debian in a directory, in which steps run as on a machine of a CI service. Steps share the
//! network and the kernel of this machine, but not its files.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, lchown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use nix::unistd::geteuid;
use tempfile::TempDir;

use super::github::{ENV_FILE, PATH_FILE};
use super::{Step, User, work};
use crate::debian::{self, Tool, provide};
use crate::steps::{self, Gauge};
use crate::{msrv, projects, workspace};

/// The state of a machine before the first step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Machine {
    /// A machine of GitHub: with compilers, and a user who may use sudo.
    Runner,
    /// A container of Debian's image: nothing else is installed, and root has few rights. Its
    /// `/dev/shm` is small, and mounted `noexec`.
    Container,
}

/// Packages of GitHub's machines that the set-up needs.
const ON_RUNNER: &str = "ca-certificates cargo curl gcc git libc6-dev passwd sudo xz-utils";

/// Makes a runner from a Debian.
const MAKE_RUNNER: &str = "\
apt-get update && apt-get install -y --no-install-recommends $ON_RUNNER
useradd --uid 1000 --create-home --shell /bin/bash runner
echo 'runner ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/runner";

/// The rights of a container's root in Docker.
const RIGHTS: &str = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,\
                      +net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap";

/// The user who is not root.
const OTHER: u32 = 1000;

/// Time limit of a step in seconds. It is longer than necessary, because machines may be busy.
const PATIENCE: &str = "3600";

/// Mounts the file systems for a step, and starts the step.
const ENTER: &str = r#"
root=$1; shift
bind() {
    mkdir -p "$root$2"
    mount --bind "$1" "$root$2"
}
bind "$1" /source; mount -o remount,bind,ro "$root/source"
bind "$2" /published; mount -o remount,bind,ro "$root/published"
bind "$3" /build
bind "$4" /project
shift 4
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 dev "$root/dev"
for name in null zero full random urandom tty; do
    : >"$root/dev/$name"
    mount --bind "/dev/$name" "$root/dev/$name"
done
ln -s /proc/self/fd "$root/dev/fd"
mkdir "$root/dev/shm"
mount -t tmpfs -o nosuid,nodev,noexec,size=64m shm "$root/dev/shm"
exec "$@"
"#;

/// The machine's certificates, inside, because its network may use its own certificate authorities.
const CERTIFICATES: (&str, &str) = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/certificates-of-the-network.crt",
);

/// The result of a step.
pub(super) struct Ended {
    pub(super) success: bool,
    pub(super) output: String,
}

/// A machine with a project.
pub(super) struct Room {
    machine: Machine,
    /// All files here are removed when the value is dropped.
    home: TempDir,
    source: PathBuf,
    published: PathBuf,
    /// Cargo's results, which later runs use again.
    build: PathBuf,
}

/// Fails if such a machine cannot be made.
pub(super) fn possible() -> Result<()> {
    if !geteuid().is_root() {
        bail!("this needs root, to start programs in a directory with a separate Debian");
    }
    provide(
        "making machines",
        &[
            Tool::program("unshare", "util-linux"),
            Tool::program("setpriv", "util-linux"),
            Tool::program("git", "git"),
        ],
    )
}

impl Room {
    pub(super) fn new(machine: Machine, project: &str, published: &Path) -> Result<Self> {
        let clean = debian::clean(msrv::SUITE)?;
        let work = work()?;
        let source = work.join("source");
        if source.exists() {
            fs::remove_dir_all(&source)?;
        }
        let root = workspace::root()?;
        projects::copy_files(&root, &source)?;
        let build = work.join(match machine {
            Machine::Runner => "build-runner",
            Machine::Container => "build-container",
        });
        fs::create_dir_all(&build).with_context(|| format!("create {}", build.display()))?;
        let home = tempfile::Builder::new()
            .prefix("room-")
            .tempdir_in(&work)
            .with_context(|| format!("create a directory in {}", work.display()))?;
        let room = Self {
            machine,
            home,
            source,
            published: published.to_owned(),
            build,
        };
        projects::copy_files(
            &root.join(projects::DIRECTORY).join(project),
            &room.project(),
        )?;
        room.furnish(&clean)?;
        Ok(room)
    }

    fn root(&self) -> PathBuf {
        self.home.path().join("root")
    }

    /// Returns the project's directory, outside.
    pub(super) fn project(&self) -> PathBuf {
        self.home.path().join("project")
    }

    fn furnish(&self, clean: &Path) -> Result<()> {
        let root = self.root();
        fs::create_dir(&root)?;
        // Other users than root must be able to enter.
        for directory in [self.home.path(), &root] {
            fs::set_permissions(directory, fs::Permissions::from_mode(0o755))?;
        }
        let mut tar = Command::new("tar");
        tar.arg("--extract").arg("--file").arg(clean);
        tar.arg("--directory").arg(&root);
        steps::run("unpacking a clean Debian", &Gauge::Time, &mut tar)?;
        // The existing file may be a link.
        let _ = fs::remove_file(root.join("etc/resolv.conf"));
        fs::copy("/etc/resolv.conf", root.join("etc/resolv.conf")).context("find the network")?;
        let (outside, inside) = CERTIFICATES;
        if Path::new(outside).exists() {
            fs::copy(outside, root.join(inside.trim_start_matches('/')))?;
        }
        for (_, file) in [PATH_FILE, ENV_FILE] {
            let file = root.join(file.trim_start_matches('/'));
            fs::write(&file, "")?;
            lchown(&file, Some(OTHER), Some(OTHER))?;
        }
        give(&self.project(), OTHER)?;
        if self.machine == Machine::Runner {
            lchown(&self.build, Some(OTHER), Some(OTHER))?;
            let make = Step {
                shell: ["sh", "-ec"].map(str::to_owned).to_vec(),
                script: MAKE_RUNNER.replace("$ON_RUNNER", ON_RUNNER),
                env: Default::default(),
                directory: None,
                user: User::Root,
            };
            super::must_pass(&self.run(&make)?, &make)?;
        }
        Ok(())
    }

    /// Runs a step to its end.
    pub(super) fn run(&self, step: &Step) -> Result<Ended> {
        steps::note(&format!("{} ...", step.title()));
        let root = self.root();
        let mut command = Command::new("timeout");
        command
            .args(["--kill-after", "10", PATIENCE])
            .args(["unshare", "--mount", "--pid", "--fork", "--kill-child"])
            .args(["--propagation", "private", "--", "sh", "-ec", ENTER, "sh"])
            .args([&root, &self.source, &self.published, &self.build])
            .arg(self.project());
        if self.machine == Machine::Container {
            command.args(["setpriv", "--inh-caps", "-all", "--bounding-set", RIGHTS]);
        }
        command.arg("chroot");
        if step.user == User::Other {
            command.args([&format!("--userspec={OTHER}:{OTHER}"), "--groups="]);
        }
        command.arg(&root).args(["env", "-i"]).arg(format!(
            "--chdir={}",
            step.directory.as_deref().unwrap_or("/project")
        ));
        for (name, value) in self.environment(step)? {
            command.arg(format!("{name}={value}"));
        }
        command.args(&step.shell).arg(&step.script);
        let output = steps::tied(&command)
            .stdin(Stdio::null())
            .output()
            .context("start a step")?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        Ok(Ended {
            success: output.status.success(),
            output: text,
        })
    }

    /// Returns the variables of a step.
    fn environment(&self, step: &Step) -> Result<Vec<(String, String)>> {
        let home = match (step.user, self.machine) {
            (User::Root, _) => "/root",
            (User::Other, Machine::Runner) => "/home/runner",
            // Containers do not have this user.
            (User::Other, Machine::Container) => "/",
        };
        let root = self.root();
        let written = |file: &str| {
            let file = root.join(file.trim_start_matches('/'));
            fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))
        };
        let mut path = String::new();
        for line in written(PATH_FILE.1)?.lines() {
            path.push_str(&format!("{line}:"));
        }
        path.push_str("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        let (_, certificates) = CERTIFICATES;
        let mut all = vec![
            ("PATH".to_owned(), path),
            ("HOME".to_owned(), home.to_owned()),
        ];
        for (name, value) in [
            ("CI", "true"),
            ("DEBIAN_FRONTEND", "noninteractive"),
            ("CARGO_TARGET_DIR", "/build"),
            ("CARGO_HTTP_CAINFO", certificates),
            ("CURL_CA_BUNDLE", certificates),
        ] {
            all.push((name.to_owned(), value.to_owned()));
        }
        for line in written(ENV_FILE.1)?.lines() {
            let (name, value) = line
                .split_once('=')
                .with_context(|| format!("{line:?} is not a variable"))?;
            all.push((name.to_owned(), value.to_owned()));
        }
        all.extend(step.env.clone());
        Ok(all)
    }
}

/// Makes a user the owner of a directory and all its files.
fn give(directory: &Path, user: u32) -> Result<()> {
    lchown(directory, Some(user), Some(user))?;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => give(&entry.path(), user)?,
            false => lchown(entry.path(), Some(user), Some(user))?,
        }
    }
    Ok(())
}
