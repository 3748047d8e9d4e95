//! Runs a program under ptrace and makes a fault happen in it: `test-kernel fault`.
//!
//! The tracer stops the program at its system calls until the fault has happened. It arms the fault
//! when the program enters the call that opens the file. While the program creates processes, the
//! count pauses, because a fault in the memory management of User-Mode Linux ends the whole kernel.

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

use super::{call_off, remaining};
use crate::workshop::own;

/// The argument with which this binary becomes the traced program.
pub(crate) const TRACED: &str = "guest-traced";

/// `__WALL`: waits for threads, too. rustix has no name for it.
const ALL: u32 = 0x4000_0000;

/// Conditions of a fault.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The number of the allocation or copy that fails, counted from 1 after the opening; 0 for no
    /// fault.
    pub(super) nth: u32,
    /// The count begins when this file is opened.
    pub(super) at_open: PathBuf,
    /// The time limit of the program.
    pub(super) limit: Duration,
}

/// The call in which a fault happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    /// The call's name, and for an ioctl the request.
    pub(super) name: String,
    /// The call's result.
    pub(super) returned: i64,
}

/// The outcome of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The program did not open the file.
    NotArmed,
    /// The program made fewer allocations and copies.
    NotReached,
    /// The fault happened between two calls.
    BetweenCalls,
    /// The fault happened in this call.
    In(Call),
    /// The fault happened in a call that did not return.
    InLast(String),
}

/// The end of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Exited(i32),
    Signaled(i32),
    /// The program ran for too long, and was killed.
    Hung,
}

/// `test-kernel guest-traced PROGRAM ARGUMENTS…`: becomes the program. Its parent traces it from
/// the first instruction.
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

/// Runs a program to its end. `streams` sets its standard streams.
pub(super) fn run(
    plan: &Plan,
    argv: &[OsString],
    streams: impl FnOnce(&mut Command) -> Result<()>,
) -> Result<(Fault, Ended)> {
    // The kernel reports each stop by SIGCHLD, and the memory for this signal would count as the
    // program's. The kernel allocates none for an ignored signal. SIGCHLD is ignored unless we
    // handle it, so `wait` waits here, and a separate thread watches the time.
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
    /// Dropping this ends the watchdog.
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

    /// Returns whether the watchdog has killed the program.
    fn stop(self) -> bool {
        drop(self.off);
        self.thread.join().unwrap_or(false)
    }
}

struct Armed {
    task: Pid,
    file: File,
    /// The rest of the count while it pauses.
    paused: Option<u32>,
    /// The call that the task is in.
    call: Option<String>,
}

struct Tracer<'a> {
    plan: &'a Plan,
    main: Pid,
    /// All tasks that have appeared.
    tasks: HashSet<Pid>,
    /// The tasks that are in a system call.
    inside: HashSet<Pid>,
    armed: Option<Armed>,
    fault: Fault,
    ended: Option<Ended>,
}

impl Tracer<'_> {
    fn handle(&mut self, pid: Pid, status: WaitStatus) -> Result<()> {
        if status.exited() || status.signaled() {
            self.remove_task(pid, status);
            return Ok(());
        }
        let signal = status.stopping_signal().unwrap_or_default();
        let event = status.as_raw() >> 16;
        if self.tasks.insert(pid) {
            // The first stop comes from the start of tracing.
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
        // A stop of the whole process does not deliver a signal.
        let delivered = ptrace::getsiginfo(pid).is_ok();
        match Signal::try_from(signal) {
            Ok(signal) => self.resume(pid, delivered.then_some(signal)),
            Err(_) => {
                bail!(
                    "the program got the real-time signal {signal}, and tracing cannot pass it on"
                )
            }
        }
    }

    fn remove_task(&mut self, pid: Pid, status: WaitStatus) {
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

    /// Called when a task stops for a signal, or because it ends. Checks whether the fault has
    /// happened before.
    fn look_at_count(&mut self, pid: Pid) {
        let happened = self.armed.take_if(|armed| {
            armed.task == pid
                && armed.paused.is_none()
                && remaining(&armed.file).is_ok_and(|count| count == 0)
        });
        if let Some(armed) = happened {
            self.fault = armed.call.map_or(Fault::BetweenCalls, Fault::InLast);
        }
    }

    /// Returns whether the tracer must still see system calls.
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
            // The task was killed in the meantime.
            Ok(()) | Err(Errno::ESRCH) => Ok(()),
            Err(e) => Err(e).context("continue the program"),
        }
    }

    /// Handles the entry to a system call, or the return from it.
    fn call(&mut self, pid: Pid) -> Result<()> {
        if !self.looks_on() {
            return Ok(());
        }
        let call = match registers(pid) {
            Err(Errno::ESRCH) => return Ok(()),
            call => call.context("read the program's call")?,
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
                .context("inject a fault")?;
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
        let count = remaining(&armed.file)?;
        if count == 0 {
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
            armed.paused = Some(count);
        } else {
            armed.call = enters.then(|| call.name());
        }
        Ok(())
    }

    /// Kills the remaining tasks, and waits for their ends.
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
                        // The task was created or stopped in the meantime.
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
        .context("inject a fault")?;
    Ok(())
}

/// A system call, at its entry or return.
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

/// Other processors have no test kernel.
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
