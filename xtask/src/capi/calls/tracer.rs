//! Traces a program, and reports each of its calls to the sequencer with all passed bytes.
//! (`strace` does not show the data of the sequencer's ioctls.)

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
use super::traced::{Message, Streams};

/// The directory of ALSA's devices.
const DEVICES: &str = "/dev/snd/";

/// Starts a traced program. Sends its calls to `to`. The returned child has its streams, but only
/// the tracer waits for it.
pub(super) fn start(command: &Command, streams: Streams, to: Sender<Message>) -> Result<Child> {
    let mut stopped = stopped(command);
    stopped
        .stdin(streams.stdin)
        .stdout(streams.stdout)
        .stderr(streams.stderr);
    let (send, receive) = sync_channel(1);
    // Linux connects tracing and waiting with the thread that starts the program.
    thread::spawn(move || {
        if let Err(e) = follow(stopped, &send, &to) {
            let _ = to.send(Message::Ended(format!("the tracer failed: {e:#}")));
        }
    });
    receive.recv().context("the tracer has not started")?
}

/// Returns the command, started by a shell that stops itself first. So the tracer sees all its
/// calls.
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
    to: &Sender<Message>,
) -> Result<()> {
    let child = match command.spawn() {
        Ok(child) => child,
        Err(e) => {
            let _ = started.send(Err(e.into()));
            return Ok(());
        }
    };
    // Only the program has the other ends of the pipes.
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
    to: &'a Sender<Message>,
    /// The current call of each thread.
    inside: HashMap<Pid, Inside>,
    /// The descriptors of each process that belong to devices.
    devices: HashMap<Pid, HashSet<u64>>,
}

/// A call that has begun.
#[derive(Clone, Copy)]
struct Inside {
    number: libc::c_long,
    arguments: [u64; 3],
    /// Whether the call was reported.
    was_reported: bool,
}

impl Tracer<'_> {
    fn run(mut self) -> Result<()> {
        // Only for children of this thread, because other threads have their own.
        let which = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        loop {
            let task = match waitpid(None, Some(which)).context("wait for the program")? {
                WaitStatus::Exited(task, status) if task == self.first => {
                    return self.send(Message::Ended(status.to_string()));
                }
                WaitStatus::Signaled(task, signal, _) if task == self.first => {
                    return self.send(Message::Ended(signal.to_string()));
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

    fn send(&self, message: Message) -> Result<()> {
        self.to.send(message).ok().context("nobody listens")
    }

    fn event(&mut self, task: Pid, event: i32) -> Result<()> {
        if event == libc::PTRACE_EVENT_EXEC {
            // This call closes all descriptors of ALSA.
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

    /// Handles a thread that begins a call or returns from one.
    fn stopped_at_call(&mut self, task: Pid) -> Result<()> {
        let registers = match ptrace::getregs(task) {
            Ok(registers) => registers,
            // The thread was killed in the meantime. The next wait reports that.
            Err(nix::errno::Errno::ESRCH) => return Ok(()),
            Err(e) => return Err(e).context("read registers"),
        };
        let process = process_of(task)?;
        if let Some(inside) = self.inside.remove(&task) {
            return match inside.was_reported {
                true => self.returned(process, inside, signed(registers.rax)),
                false => Ok(()),
            };
        }
        let mut inside = Inside {
            number: signed(registers.orig_rax),
            arguments: [registers.rdi, registers.rsi, registers.rdx],
            was_reported: false,
        };
        if let Some(call) = self.begun(process, inside)? {
            inside.was_reported = true;
            self.send(Message::Begun(call))?;
        }
        self.inside.insert(task, inside);
        Ok(())
    }

    /// Returns the call, if it uses a device.
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
                    // The number does not matter.
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
        self.send(Message::Returned(shown, bytes))
    }
}

/// Returns whether the first argument of a call is a descriptor. Lists the calls that a program may
/// make on a device.
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

/// A descriptor is an `int`, so the upper half of the register is undefined.
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
        // The thread was killed in the meantime. The next wait reports that.
        Ok(()) | Err(nix::errno::Errno::ESRCH) => Ok(()),
        Err(e) => Err(e).context("continue the program"),
    }
}
