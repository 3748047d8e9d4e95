//! Starts a User-Mode Linux kernel as a child process.
//!
//! The kernel's standard input is one end of a socket pair, the serial line
//! to the agent inside; its standard output and error are one pipe, the
//! console. It is started through `test-kernel uml-exec`, which ties its life to
//! ours: UML ties its own helper processes to itself in the same way, so
//! nothing outlives the runner, however that ends.

use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};

use anyhow::{Context as _, Result, bail};
use nix::fcntl::OFlag;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigSet, Signal, killpg};
use nix::unistd::{Pid, pipe2};

use rustix::process::{WaitId, WaitIdOptions, waitid};

use crate::{fdio, guest};

/// The argument by which this binary is told to become the kernel.
pub(crate) const EXEC: &str = "uml-exec";

/// How to boot.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) kernel: PathBuf,
    /// What plays the parts around the kernel: see [`crate::role`].
    pub(crate) program: PathBuf,
    /// The one CPU to run on.
    pub(crate) cpu: Option<usize>,
    pub(crate) memory_mib: u64,
    /// Where UML keeps its memory file.
    pub(crate) memory_dir: PathBuf,
    /// How the kernel gets hold of its programs' system calls.
    pub(crate) seccomp: Seccomp,
    /// More options for the kernel.
    pub(crate) more: Vec<String>,
    /// More arguments for the guest's init.
    pub(crate) init_args: Vec<OsString>,
}

/// Seccomp is much faster than ptrace. The kernel has it since 6.16; older ones
/// ignore the word.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Seccomp {
    /// Where the kernel and the host can.
    #[default]
    Auto,
    /// Or the kernel does not start: for comparisons with other runs.
    On,
}

/// A booting or running kernel. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    status: Option<ExitStatus>,
    pub(crate) line: UnixStream,
    pub(crate) console: OwnedFd,
}

impl Process {
    /// Starts the kernel; the agent in it reports on the line.
    pub(crate) fn start(options: &Options) -> Result<Self> {
        let program = &options.program;
        let (line, guest_line) = UnixStream::pair().context("create the line to the kernel")?;
        line.set_nonblocking(true)?;
        let (console, guest_console) =
            pipe2(OFlag::O_CLOEXEC).context("create the console's pipe")?;
        fdio::set_nonblocking(&console)?;
        let mut command = Command::new(program);
        command
            .arg0("test-kernel uml-exec")
            .arg(EXEC)
            .arg(std::process::id().to_string())
            .arg(options.cpu.map_or("-".to_owned(), |cpu| cpu.to_string()))
            .arg(&options.kernel)
            .args(arguments(options)?)
            .env_clear()
            .env("TMPDIR", &options.memory_dir)
            .current_dir("/")
            .stdin(OwnedFd::from(guest_line))
            .stdout(guest_console.try_clone()?)
            .stderr(guest_console);
        let child = command
            .spawn()
            .with_context(|| format!("start {}", program.display()))?;
        Ok(Self {
            child,
            status: None,
            line,
            console,
        })
    }

    /// The kernel's exit status, once it is gone.
    pub(crate) fn try_wait(&mut self) -> Result<Option<ExitStatus>> {
        if self.status.is_none() {
            let pid = rustix::process::Pid::from_child(&self.child);
            let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            // Looked at, but not yet taken away: its number is still its own.
            if waitid(WaitId::Pid(pid), look)
                .context("look at the test kernel")?
                .is_some()
            {
                self.kill()?;
            }
        }
        Ok(self.status)
    }

    /// Ends the kernel at once.
    pub(crate) fn kill(&mut self) -> Result<ExitStatus> {
        if let Some(status) = self.status {
            return Ok(status);
        }
        // It leads a group of all its processes, unless it has not come that
        // far; it may also be gone already.
        if let Ok(pid) = i32::try_from(self.child.id()) {
            let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
        }
        let _ = self.child.kill();
        let status = self.child.wait().context("wait for the test kernel")?;
        self.status = Some(status);
        Ok(status)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

fn arguments(options: &Options) -> Result<Vec<OsString>> {
    let mut args: Vec<OsString> = vec![
        format!("mem={}M", options.memory_mib).into(),
        "rootfstype=hostfs".into(),
        "rootflags=/".into(),
        "rw".into(),
        // UML's own default is a disk; 6.1 then waits for it.
        "root=none".into(),
        "con=null".into(),
        "con0=null,fd:1".into(),
        "con1=fd:0".into(),
        "quiet".into(),
        // Measuring how fast it can count takes a third of the start. Only
        // delays in drivers use it; a fast machine's number makes none of them
        // too short.
        "lpj=50000000".into(),
        match options.seccomp {
            Seccomp::Auto => "seccomp=auto".into(),
            Seccomp::On => "seccomp=on".into(),
        },
        // UML makes a directory for its management socket and leaves it
        // there when it is killed; here it cannot be made.
        "uml_dir=/dev/null/".into(),
    ];
    // As many USB sockets as there are sound cards for: a keyboard has two, and a kernel
    // eight, of which two are virtual ones.
    args.push("dummy_hcd.num=3".into());
    args.extend(options.more.iter().map(OsString::from));
    args.push(init_argument(&options.program)?);
    args.push("--".into());
    args.push(guest::INIT.into());
    args.extend(options.init_args.iter().cloned());
    Ok(args)
}

/// `init=` for the kernel's command line, which splits at white space.
fn init_argument(init: &Path) -> Result<OsString> {
    let bytes = init.as_os_str().as_bytes();
    if bytes.contains(&b'"') || bytes.iter().any(|b| *b < b' ') {
        bail!(
            "{} cannot be named on a kernel's command line; move it to a plainer path",
            init.display()
        );
    }
    let quote = if bytes.contains(&b' ') { "\"" } else { "" };
    let mut argument = OsString::from("init=");
    argument.push(quote);
    argument.push(init);
    argument.push(quote);
    Ok(argument)
}

/// `test-kernel uml-exec PARENT CPU KERNEL ARGUMENTS…`: becomes the kernel.
pub(crate) fn exec(args: impl Iterator<Item = OsString>) -> Result<std::convert::Infallible> {
    let args: Vec<OsString> = args.collect();
    let [parent, cpu, kernel, rest @ ..] = args.as_slice() else {
        bail!("uml-exec is for this program's own use");
    };
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).context("tie the kernel to the runner")?;
    // Had the runner died before that, nobody would tell us.
    if nix::unistd::getppid().to_string().as_bytes() != parent.as_bytes() {
        bail!("the runner is gone");
    }
    // The runner blocks what it reads from a descriptor.
    SigSet::empty().thread_set_mask()?;
    // Its threads hand over at each system call; across CPUs that costs five
    // times as much. A CPU that cannot be had is not worth failing for.
    if let Some(cpu) = cpu.to_str().and_then(|cpu| cpu.parse().ok()) {
        let mut set = CpuSet::new();
        if set.set(cpu).is_ok() {
            let _ = sched_setaffinity(Pid::from_raw(0), &set);
        }
    }
    // A panic aborts the process; its 256 MiB core would tell nothing. The
    // limit 1 stops even a core that would go to a program.
    let _ = setrlimit(Resource::RLIMIT_CORE, 1, 1);
    let error = Command::new(kernel)
        // A reboot inside runs this name again: one that does not exist makes
        // it an end, which the runner reports.
        .arg0(OsStr::new("test kernel"))
        .args(rest)
        .exec();
    Err(error).with_context(|| format!("run the kernel {}", Path::new(kernel).display()))
}
