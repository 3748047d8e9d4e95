//! Starts a User-Mode Linux kernel as a child process.
//!
//! The kernel's standard input is one end of a socket pair, which is the serial line to the agent
//! inside. Its standard output and error are a pipe, which is the console. `test-kernel uml-exec`
//! starts the kernel, so that the kernel ends with this process. UML ends its own helper processes
//! in the same way. So no process outlives the runner, however the runner ends.

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

/// The argument with which this binary becomes the kernel.
pub(crate) const EXEC: &str = "uml-exec";

/// Options of a boot.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) kernel: PathBuf,
    /// The program for the roles around the kernel: see [`crate::role`].
    pub(crate) program: PathBuf,
    /// The CPU that the kernel runs on.
    pub(crate) cpu: Option<usize>,
    pub(crate) memory_mib: u64,
    /// The directory of UML's memory file.
    pub(crate) memory_dir: PathBuf,
    /// The mechanism with which the kernel catches its programs' system calls.
    pub(crate) seccomp: Seccomp,
    /// Additional options for the kernel.
    pub(crate) more: Vec<String>,
    /// Additional arguments for the guest's init.
    pub(crate) init_args: Vec<OsString>,
}

/// Whether to use seccomp. It is much faster than ptrace. Kernels since 6.16 have it; older ones
/// ignore the option.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Seccomp {
    /// If the kernel and the host support it.
    #[default]
    Auto,
    /// Always. Without support, the kernel does not start: for comparisons with other runs.
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
    /// Starts the kernel. Its agent reports on the line.
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

    /// Returns the kernel's exit status after its end.
    pub(crate) fn try_wait(&mut self) -> Result<Option<ExitStatus>> {
        if self.status.is_none() {
            let pid = rustix::process::Pid::from_child(&self.child);
            let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
            // Reads the status but does not reap the process, so its number cannot be reused.
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
        // The kernel leads a process group with all its processes, unless it was just started. It
        // may also have ended already.
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
        // UML's default root is a disk, and 6.1 would wait for it.
        "root=none".into(),
        "con=null".into(),
        "con0=null,fd:1".into(),
        "con1=fd:0".into(),
        "quiet".into(),
        // The kernel's measurement of its counting speed takes a third of the start. Only delays in
        // drivers use the result. With a fast machine's number, no delay is too short.
        "lpj=50000000".into(),
        match options.seccomp {
            Seccomp::Auto => "seccomp=auto".into(),
            Seccomp::On => "seccomp=on".into(),
        },
        // UML creates a directory for its management socket, and leaves it behind when it is
        // killed. With this path, it cannot create it.
        "uml_dir=/dev/null/".into(),
    ];
    // The number of USB sockets that the sound cards allow: a kernel has at most eight cards, two
    // of them are virtual, and each keyboard needs two.
    args.push("dummy_hcd.num=3".into());
    args.extend(options.more.iter().map(OsString::from));
    args.push(init_argument(&options.program)?);
    args.push("--".into());
    args.push(guest::INIT.into());
    args.extend(options.init_args.iter().cloned());
    Ok(args)
}

/// Returns `init=` for the kernel's command line, in which white space separates arguments.
fn init_argument(init: &Path) -> Result<OsString> {
    let bytes = init.as_os_str().as_bytes();
    if bytes.contains(&b'"') || bytes.iter().any(|b| *b < b' ') {
        bail!(
            "the path {} contains a quotation mark or a control character; move the program \
             to another path",
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
    // If the runner died before this call, the kernel would not be informed.
    if nix::unistd::getppid().to_string().as_bytes() != parent.as_bytes() {
        bail!("the runner has ended");
    }
    // The runner blocks the signals that it reads from a descriptor.
    SigSet::empty().thread_set_mask()?;
    // The kernel's threads switch at each system call. Across CPUs, a switch costs five times as
    // much. If the CPU cannot be set, the kernel runs without that.
    if let Some(cpu) = cpu.to_str().and_then(|cpu| cpu.parse().ok()) {
        let mut set = CpuSet::new();
        if set.set(cpu).is_ok() {
            let _ = sched_setaffinity(Pid::from_raw(0), &set);
        }
    }
    // After a panic, the process aborts. Its core dump of 256 MiB would be useless. The limit 1
    // also prevents dumps to a program.
    let _ = setrlimit(Resource::RLIMIT_CORE, 1, 1);
    let error = Command::new(kernel)
        // For a reboot, the kernel starts this name again. The name does not exist, so the reboot
        // becomes an end, which the runner reports.
        .arg0(OsStr::new("test kernel"))
        .args(rest)
        .exec();
    Err(error).with_context(|| format!("run the kernel {}", Path::new(kernel).display()))
}
