//! Follows a program and tells each of its calls to the sequencer, with all the bytes
//! that pass. (`strace` does not show what an ioctl of the sequencer points to.)

use std::collections::{HashMap, HashSet};
use std::process::{Child, Command};
use std::sync::mpsc::{Sender, SyncSender, sync_channel};
use std::thread;

use anyhow::{Context as _, Result};
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::call::{Call, READ, WRITE, direction, size};
use super::memory::{Memory, process_of};
use super::traced::{Streams, Told};

/// Where all devices of ALSA are.
const DEVICES: &str = "/dev/snd/";

/// Starts a program that is traced. What it does is sent to `to`. The child that is
/// returned has its streams; the tracer alone waits for it.
pub(super) fn start(command: &Command, streams: Streams, to: Sender<Told>) -> Result<Child> {
    let mut stopped = stopped(command);
    stopped
        .stdin(streams.stdin)
        .stdout(streams.stdout)
        .stderr(streams.stderr);
    let (send, receive) = sync_channel(1);
    // Linux ties tracing and waiting to the thread that starts the program.
    thread::spawn(move || {
        if let Err(e) = follow(stopped, &send, &to) {
            let _ = to.send(Told::Ended(format!("the tracer failed: {e:#}")));
        }
    });
    receive.recv().context("the tracer has not started")?
}

/// The command behind a shell that stops itself, so that the tracer sees everything.
fn stopped(command: &Command) -> Command {
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", "kill -STOP $$; exec \"$@\"", "sh"])
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

fn follow(
    mut command: Command,
    started: &SyncSender<Result<Child>>,
    to: &Sender<Told>,
) -> Result<()> {
    let child = match command.spawn() {
        Ok(child) => child,
        Err(e) => {
            let _ = started.send(Err(e.into()));
            return Ok(());
        }
    };
    // The other ends of pipes are the program's alone.
    drop(command);
    let first = Pid::from_raw(i32::try_from(child.id())?);
    waitpid(first, Some(WaitPidFlag::WUNTRACED)).context("wait for the program to stop")?;
    ptrace::seize(
        first,
        Options::PTRACE_O_EXITKILL
            | Options::PTRACE_O_TRACESYSGOOD
            | Options::PTRACE_O_TRACECLONE
            | Options::PTRACE_O_TRACEFORK
            | Options::PTRACE_O_TRACEVFORK
            | Options::PTRACE_O_TRACEEXEC,
    )
    .context("trace the program")?;
    kill(first, Signal::SIGCONT)?;
    let _ = started.send(Ok(child));
    Tracer {
        first,
        to,
        inside: HashMap::new(),
        devices: HashMap::new(),
    }
    .run()
}

struct Tracer<'a> {
    first: Pid,
    to: &'a Sender<Told>,
    /// The call that each thread is in.
    inside: HashMap<Pid, Inside>,
    /// The descriptors of each process that are of devices.
    devices: HashMap<Pid, HashSet<u64>>,
}

/// A call that has begun.
#[derive(Clone, Copy)]
struct Inside {
    number: libc::c_long,
    arguments: [u64; 3],
    /// Whether it has been told.
    told: bool,
}

impl Tracer<'_> {
    fn run(mut self) -> Result<()> {
        // Of this thread's children alone: other threads have theirs.
        let which = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        loop {
            let task = match waitpid(None, Some(which)).context("wait for the program")? {
                WaitStatus::Exited(task, status) if task == self.first => {
                    return self.tell(Told::Ended(status.to_string()));
                }
                WaitStatus::Signaled(task, signal, _) if task == self.first => {
                    return self.tell(Told::Ended(signal.to_string()));
                }
                WaitStatus::Stopped(task, signal) => {
                    resume(task, Some(signal))?;
                    continue;
                }
                WaitStatus::PtraceSyscall(task) => {
                    self.stopped_at_call(task)?;
                    task
                }
                WaitStatus::PtraceEvent(task, _, event) => {
                    self.event(task, event)?;
                    task
                }
                _ => continue,
            };
            resume(task, None)?;
        }
    }

    fn tell(&self, told: Told) -> Result<()> {
        self.to.send(told).ok().context("nobody listens")
    }

    fn event(&mut self, task: Pid, event: i32) -> Result<()> {
        if event == libc::PTRACE_EVENT_EXEC {
            // All of ALSA's are closed by that.
            self.devices.remove(&process_of(task)?);
        }
        if event == libc::PTRACE_EVENT_FORK || event == libc::PTRACE_EVENT_VFORK {
            let new = Pid::from_raw(i32::try_from(ptrace::getevent(task)?)?);
            if let Some(devices) = self.devices.get(&process_of(task)?).cloned() {
                self.devices.insert(new, devices);
            }
        }
        Ok(())
    }

    /// A thread begins a call or returns from one.
    fn stopped_at_call(&mut self, task: Pid) -> Result<()> {
        let registers = match ptrace::getregs(task) {
            Ok(registers) => registers,
            // It was killed meanwhile; the next wait tells.
            Err(nix::errno::Errno::ESRCH) => return Ok(()),
            Err(e) => return Err(e).context("read registers"),
        };
        let process = process_of(task)?;
        if let Some(inside) = self.inside.remove(&task) {
            return match inside.told {
                true => self.returned(process, inside, signed(registers.rax)),
                false => Ok(()),
            };
        }
        let mut inside = Inside {
            number: signed(registers.orig_rax),
            arguments: [registers.rdi, registers.rsi, registers.rdx],
            told: false,
        };
        if let Some(call) = self.begun(process, inside)? {
            inside.told = true;
            self.tell(Told::Begun(call))?;
        }
        self.inside.insert(task, inside);
        Ok(())
    }

    /// What a call is, if it has to do with a device.
    fn begun(&self, process: Pid, inside: Inside) -> Result<Option<Call>> {
        let [first, second, third] = inside.arguments;
        let devices = self.devices.get(&process);
        let is_device = |fd: u64| devices.is_some_and(|all| all.contains(&low(fd)));
        let memory = Memory(process);
        match inside.number {
            libc::SYS_openat => {
                let path = memory.text(second)?;
                let call = Call::Open(path, third);
                return Ok(Some(call).filter(|call| call.opens(DEVICES)));
            }
            libc::SYS_open => {
                let path = memory.text(first)?;
                let call = Call::Open(path, second);
                return Ok(Some(call).filter(|call| call.opens(DEVICES)));
            }
            libc::SYS_poll | libc::SYS_ppoll => {
                let Some(polled) = memory.polled(first, second)? else {
                    return Ok(None);
                };
                let timeout = match inside.number {
                    libc::SYS_poll => i64::from(signed_int(third)),
                    _ => memory.milliseconds(third)?,
                };
                let any = polled.iter().any(|one| is_device(one.fd));
                let all = polled.iter().map(|one| (is_device(one.fd), one.events));
                return Ok(any.then(|| Call::Poll(all.collect(), timeout)));
            }
            number if !takes_descriptor(number) || !is_device(first) => return Ok(None),
            _ => {}
        }
        Ok(Some(match inside.number {
            libc::SYS_ioctl => {
                let request = u32::try_from(low(second))?;
                let passed = match direction(request) & WRITE {
                    0 => Vec::new(),
                    _ => memory.bytes(third, size(request))?,
                };
                Call::Ioctl(request, passed)
            }
            libc::SYS_read => Call::Read(third),
            libc::SYS_write => Call::Write(memory.bytes(second, third)?),
            libc::SYS_fcntl => Call::Fcntl(second, third),
            libc::SYS_close => Call::Close,
            libc::SYS_statx => Call::Statx,
            other => Call::Other(other),
        }))
    }

    fn returned(&mut self, process: Pid, inside: Inside, result: i64) -> Result<()> {
        let [first, second, third] = inside.arguments;
        let memory = Memory(process);
        let mut shown = result;
        let mut bytes = Vec::new();
        match inside.number {
            libc::SYS_openat | libc::SYS_open => {
                if let Ok(fd) = u64::try_from(result) {
                    self.devices.entry(process).or_default().insert(fd);
                    // Which number it has is no matter.
                    shown = 0;
                }
            }
            libc::SYS_ioctl if result >= 0 => {
                let request = u32::try_from(low(second))?;
                if direction(request) & READ != 0 {
                    bytes = memory.bytes(third, size(request))?;
                }
            }
            libc::SYS_read => {
                if let Ok(length) = u64::try_from(result) {
                    bytes = memory.bytes(second, length)?;
                }
            }
            libc::SYS_poll | libc::SYS_ppoll => {
                for one in memory.polled(first, second)?.unwrap_or_default() {
                    bytes.extend(one.found.to_ne_bytes());
                }
            }
            libc::SYS_close => {
                if let Some(devices) = self.devices.get_mut(&process) {
                    devices.remove(&low(first));
                }
            }
            _ => {}
        }
        self.tell(Told::Returned(shown, bytes))
    }
}

/// Whether the first argument of a call is a descriptor: of those that a program might
/// use with a device.
fn takes_descriptor(call: libc::c_long) -> bool {
    matches!(
        call,
        libc::SYS_read
            | libc::SYS_write
            | libc::SYS_close
            | libc::SYS_fstat
            | libc::SYS_ioctl
            | libc::SYS_pread64
            | libc::SYS_pwrite64
            | libc::SYS_readv
            | libc::SYS_writev
            | libc::SYS_mmap
            | libc::SYS_dup
            | libc::SYS_dup2
            | libc::SYS_dup3
            | libc::SYS_fcntl
            | libc::SYS_newfstatat
            | libc::SYS_statx
    )
}

/// A descriptor is an `int`, of which the upper half of the register says nothing.
fn low(register: u64) -> u64 {
    register & 0xffff_ffff
}

fn signed(register: u64) -> i64 {
    i64::from_ne_bytes(register.to_ne_bytes())
}

fn signed_int(register: u64) -> i32 {
    let [a, b, c, d, ..] = register.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

fn resume(task: Pid, signal: Option<Signal>) -> Result<()> {
    match ptrace::syscall(task, signal) {
        // It was killed meanwhile; the next wait tells.
        Ok(()) | Err(nix::errno::Errno::ESRCH) => Ok(()),
        Err(e) => Err(e).context("let the program go on"),
    }
}
