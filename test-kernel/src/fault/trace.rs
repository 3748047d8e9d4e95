//! Runs a program under ptrace and lets a fault happen to it: `test-kernel fault`.
//!
//! The program is traced by its system calls until the fault has happened. It is armed when
//! it enters the call that opens the file, and while it makes processes the count pauses: a
//! failure within the memory management of User-Mode Linux ends the whole kernel.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use nix::errno::Errno;
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustix::process::{PidfdFlags, WaitOptions, WaitStatus, pidfd_open, pidfd_send_signal, wait};
use syscalls::Sysno;

use super::{call_off, left};
use crate::workshop::own;

/// The argument by which this binary is told to become the traced program.
pub(crate) const TRACED: &str = "guest-traced";

/// Waits for threads, too, which rustix has no name for.
const ALL: u32 = 0x4000_0000;

/// When a fault happens.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Which allocation or copy fails, counted from 1 at the opening; none if this is 0.
    pub(super) nth: u32,
    /// The file whose opening begins the count.
    pub(super) at_open: PathBuf,
    /// How long the program may run.
    pub(super) limit: Duration,
}

/// The call that a fault happened in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// Its name, and for an ioctl the request.
    pub(super) name: String,
    /// What it returned.
    pub(super) returned: i64,
}

/// What became of the fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The program did not open the file.
    NotArmed,
    /// It made fewer allocations and copies.
    NotReached,
    /// It happened between two calls.
    BetweenCalls,
    /// It happened in this call.
    In(Call),
    /// It happened in a call that did not return.
    InLast(String),
}

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Exited(i32),
    Signaled(i32),
    /// It ran for too long, and was killed.
    Hung,
}

/// `test-kernel guest-traced PROGRAM ARGUMENTS…`: becomes the program, which its parent traces
/// from its first instruction.
pub(crate) fn traced(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.collect();
    let Some((program, args)) = args.split_first() else {
        return ExitCode::FAILURE;
    };
    let error = match ptrace::traceme() {
        Ok(()) => Command::new(program).args(args).exec(),
        Err(e) => e.into(),
    };
    eprintln!(
        "test-kernel: cannot run {}: {error}",
        Path::new(program).display()
    );
    let missing = error.kind() == io::ErrorKind::NotFound;
    ExitCode::from(if missing { 127 } else { 126 })
}

/// Runs a program to its end, with standard streams as `streams` sets them.
pub(super) fn run(
    plan: &Plan,
    argv: &[OsString],
    streams: impl FnOnce(&mut Command) -> Result<()>,
) -> Result<(Fault, Ended)> {
    // The kernel tells us of each stop by SIGCHLD, and memory that it takes for the signal counts
    // as the program's. It takes none for one that is ignored, as this is unless we ask for it:
    // so `wait` waits here, and a thread watches the clock.
    let mut command = Command::new(own::file()?);
    command.arg(TRACED).args(argv);
    streams(&mut command)?;
    let child = command.spawn().context("start the program")?;
    let main = Pid::from_raw(i32::try_from(child.id())?);
    let watchdog = Watchdog::start(main, plan.limit)?;
    let mut tracer = Tracer {
        plan,
        main,
        tasks: HashSet::new(),
        inside: HashSet::new(),
        armed: None,
        fault: Fault::NotArmed,
        ended: None,
    };
    while tracer.ended.is_none() {
        match wait(WaitOptions::from_bits_retain(ALL)) {
            Ok(Some((pid, status))) => {
                tracer.handle(Pid::from_raw(pid.as_raw_nonzero().get()), status)?;
            }
            Ok(None) | Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e).context("wait for the program"),
        }
    }
    let hung = watchdog.stop();
    tracer.end_all()?;
    let ended = tracer.ended.filter(|_| !hung).unwrap_or(Ended::Hung);
    Ok((tracer.fault, ended))
}

/// Kills a program that hangs.
struct Watchdog {
    /// Dropping it calls the watchdog off.
    off: mpsc::Sender<()>,
    thread: JoinHandle<bool>,
}

impl Watchdog {
    fn start(pid: Pid, limit: Duration) -> Result<Self> {
        let pid =
            rustix::process::Pid::from_raw(pid.as_raw()).context("a process without number")?;
        let process = pidfd_open(pid, PidfdFlags::empty()).context("watch the program")?;
        let (off, calls) = mpsc::channel();
        let thread = thread::Builder::new()
            .spawn(move || {
                let late = calls.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout);
                late && pidfd_send_signal(process, rustix::process::Signal::KILL).is_ok()
            })
            .context("start a thread")?;
        Ok(Self { off, thread })
    }

    /// Whether it had to kill.
    fn stop(self) -> bool {
        drop(self.off);
        self.thread.join().unwrap_or(false)
    }
}

struct Armed {
    task: Pid,
    file: File,
    /// What is left while the count pauses.
    paused: Option<u32>,
    /// The call that it is in.
    call: Option<String>,
}

struct Tracer<'a> {
    plan: &'a Plan,
    main: Pid,
    /// All that have been seen.
    tasks: HashSet<Pid>,
    /// Those that are in a system call.
    inside: HashSet<Pid>,
    armed: Option<Armed>,
    fault: Fault,
    ended: Option<Ended>,
}

impl Tracer<'_> {
    fn handle(&mut self, pid: Pid, status: WaitStatus) -> Result<()> {
        if status.exited() || status.signaled() {
            self.gone(pid, status);
            return Ok(());
        }
        let signal = status.stopping_signal().unwrap_or_default();
        let event = status.as_raw() >> 16;
        if self.tasks.insert(pid) {
            // Its first stop is the tracer's doing.
            if pid == self.main {
                ptrace::setoptions(
                    pid,
                    ptrace::Options::PTRACE_O_TRACESYSGOOD
                        | ptrace::Options::PTRACE_O_EXITKILL
                        | ptrace::Options::PTRACE_O_TRACEEXEC
                        | ptrace::Options::PTRACE_O_TRACEEXIT
                        | ptrace::Options::PTRACE_O_TRACEFORK
                        | ptrace::Options::PTRACE_O_TRACEVFORK
                        | ptrace::Options::PTRACE_O_TRACECLONE,
                )
                .context("trace the program")?;
            }
            return self.resume(pid, None);
        }
        if signal == Signal::SIGTRAP as i32 | 0x80 {
            self.call(pid)?;
            return self.resume(pid, None);
        }
        self.look_at_count(pid);
        if event != 0 {
            return self.resume(pid, None);
        }
        // A stop of the whole process is no signal's delivery.
        let delivered = ptrace::getsiginfo(pid).is_ok();
        match Signal::try_from(signal) {
            Ok(signal) => self.resume(pid, delivered.then_some(signal)),
            Err(_) => {
                bail!("the program got the real-time signal {signal}, which tracing cannot pass on")
            }
        }
    }

    fn gone(&mut self, pid: Pid, status: WaitStatus) {
        self.tasks.remove(&pid);
        self.inside.remove(&pid);
        self.armed.take_if(|armed| armed.task == pid);
        if pid == self.main {
            self.ended = Some(match status.exit_status() {
                Some(code) => Ended::Exited(code),
                None => Ended::Signaled(status.terminating_signal().unwrap_or_default()),
            });
        }
    }

    /// A task stops for a signal, or because it ends: did the fault happen before?
    fn look_at_count(&mut self, pid: Pid) {
        let happened = self.armed.take_if(|armed| {
            armed.task == pid
                && armed.paused.is_none()
                && left(&armed.file).is_ok_and(|left| left == 0)
        });
        if let Some(armed) = happened {
            self.fault = armed.call.map_or(Fault::BetweenCalls, Fault::InLast);
        }
    }

    /// Whether system calls still matter.
    fn looks_on(&self) -> bool {
        matches!(self.fault, Fault::NotArmed) || self.armed.is_some()
    }

    fn resume(&self, pid: Pid, signal: Option<Signal>) -> Result<()> {
        let resumed = if self.looks_on() {
            ptrace::syscall(pid, signal)
        } else {
            ptrace::cont(pid, signal)
        };
        match resumed {
            // Killed meanwhile.
            Ok(()) | Err(Errno::ESRCH) => Ok(()),
            Err(e) => Err(e).context("go on with the program"),
        }
    }

    /// A task enters a system call, or leaves it.
    fn call(&mut self, pid: Pid) -> Result<()> {
        if !self.looks_on() {
            return Ok(());
        }
        let call = match registers(pid) {
            Err(Errno::ESRCH) => return Ok(()),
            call => call.context("look at the program's call")?,
        };
        let enters = self.inside.insert(pid);
        if !enters {
            self.inside.remove(&pid);
        }
        if self.armed.is_none() && enters {
            if self.plan.nth == 0 || !call.opens(pid, &self.plan.at_open) {
                return Ok(());
            }
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .open(format!("/proc/{pid}/fail-nth"))
                .context("let a fault happen")?;
            set(&file, self.plan.nth)?;
            self.fault = Fault::NotReached;
            self.armed = Some(Armed {
                task: pid,
                file,
                paused: None,
                call: Some(call.name()),
            });
            return Ok(());
        }
        let Some(armed) = self.armed.as_mut().filter(|armed| armed.task == pid) else {
            return Ok(());
        };
        if let Some(paused) = armed.paused.take() {
            set(&armed.file, paused)?;
            return Ok(());
        }
        let left = left(&armed.file)?;
        if left == 0 {
            self.fault = if enters {
                Fault::BetweenCalls
            } else {
                Fault::In(Call {
                    name: call.name(),
                    returned: call.returned,
                })
            };
            self.armed = None;
        } else if enters && call.makes_processes() {
            call_off(&armed.file)?;
            armed.paused = Some(left);
        } else {
            armed.call = enters.then(|| call.name());
        }
        Ok(())
    }

    /// Kills what is left, and waits until it is gone.
    fn end_all(&mut self) -> Result<()> {
        for pid in &self.tasks {
            let _ = kill(*pid, Signal::SIGKILL);
        }
        let options = WaitOptions::from_bits_retain(ALL);
        loop {
            match wait(options) {
                Ok(Some((pid, status))) => {
                    let pid = Pid::from_raw(pid.as_raw_nonzero().get());
                    if !(status.exited() || status.signaled()) {
                        // Born or stopped meanwhile.
                        let _ = kill(pid, Signal::SIGKILL);
                        let _ = ptrace::cont(pid, None);
                    }
                }
                Ok(None) => {}
                Err(rustix::io::Errno::CHILD) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(e) => return Err(e).context("wait for the program"),
            }
        }
    }
}

fn set(file: &File, nth: u32) -> Result<()> {
    file.write_at(nth.to_string().as_bytes(), 0)
        .context("let a fault happen")?;
    Ok(())
}

/// A system call, at its begin or end.
struct Registers {
    number: u64,
    arguments: [u64; 2],
    returned: i64,
}

#[cfg(target_arch = "x86_64")]
fn registers(pid: Pid) -> nix::Result<Registers> {
    let registers = ptrace::getregs(pid)?;
    Ok(Registers {
        number: registers.orig_rax,
        arguments: [registers.rdi, registers.rsi],
        returned: i64::from_ne_bytes(registers.rax.to_ne_bytes()),
    })
}

/// There are no test kernels for others.
#[cfg(not(target_arch = "x86_64"))]
fn registers(_: Pid) -> nix::Result<Registers> {
    Err(Errno::ENOSYS)
}

impl Registers {
    fn sysno(&self) -> Option<Sysno> {
        Sysno::new(usize::try_from(self.number).ok()?)
    }

    fn name(&self) -> String {
        match self.sysno() {
            Some(Sysno::ioctl) => format!("ioctl {:#010x}", self.arguments[1]),
            Some(sysno) => sysno.name().to_owned(),
            None => format!("system call {}", self.number),
        }
    }

    fn opens(&self, pid: Pid, wanted: &Path) -> bool {
        let address = match self.sysno() {
            Some(Sysno::open) => self.arguments[0],
            Some(Sysno::openat | Sysno::openat2) => self.arguments[1],
            _ => return false,
        };
        let wanted = wanted.as_os_str().as_bytes();
        let mut path = vec![0; wanted.len() + 1];
        let read = File::open(format!("/proc/{pid}/mem"))
            .and_then(|memory| memory.read_exact_at(&mut path, address));
        read.is_ok() && path.split_last() == Some((&0, wanted))
    }

    fn makes_processes(&self) -> bool {
        matches!(
            self.sysno(),
            Some(
                Sysno::execve
                    | Sysno::execveat
                    | Sysno::fork
                    | Sysno::vfork
                    | Sysno::clone
                    | Sysno::clone3
            )
        )
    }
}
