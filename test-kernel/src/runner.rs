//! Runs a program on a real sequencer: the machine's own, or one in the test
//! kernel.

use std::ffi::OsString;
use std::fs::File;
use std::io::{IsTerminal as _, Seek as _, stderr, stdin, stdout};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::SigSet;
use nix::sys::stat::{Mode, umask};

use crate::error::Error;
use crate::kernel::{self, Wanted};
use crate::machine::{self, Boot};
use crate::node::Node;
use crate::proto::{Input, Output, Spawn};
use crate::session::{self, End, Session, Stdio};
use crate::uml::Seccomp;
use crate::{guest, terminal};

/// Exit codes of the runner itself, as `timeout`, docker and shells use them.
const TIMED_OUT: u8 = 124;
pub const FAILED: u8 = 125;
const CANNOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Seconds tests may run before something must be wrong with them.
const TEST_TIMEOUT: u64 = 1200;

/// How a program is to run.
#[derive(Debug, Default)]
pub struct How {
    /// On this kernel, or on the usual one.
    pub kernel: Option<Wanted>,
    /// No longer than this.
    pub timeout: Option<Duration>,
    /// As the machine's root, whoever runs it. It may mount there; the files of the host are
    /// still the user's.
    pub root: bool,
    /// With so much memory, instead of the usual.
    pub memory_mib: Option<u64>,
    /// With these options on the kernel's command line in addition.
    pub options: Vec<String>,
    /// With the sequencer's node like this.
    pub node: Option<Node>,
    /// So fast as can be, or not at all: for comparisons with other runs.
    pub measured: bool,
}

impl How {
    /// Whether only a machine of its own will do.
    fn needs_machine(&self) -> bool {
        self.root || self.memory_mib.is_some() || !self.options.is_empty() || self.node.is_some()
    }
}

/// Runs a program and ends this process as it ended.
///
/// # Errors
///
/// There is no such kernel, and no sequencer either.
pub fn run_as(how: How, argv: Vec<OsString>) -> Result<ExitCode> {
    match choose(how.kernel.clone(), how.needs_machine())? {
        Place::Host => Ok(run_directly(&argv)),
        Place::Kernel(kernel) => Ok(run_in(&kernel, how, argv)),
        Place::Nowhere(why) => bail!("{why}"),
    }
}

/// The same on a kernel, for so long.
///
/// # Errors
///
/// As [`run_as`].
pub fn run(
    kernel: Option<Wanted>,
    timeout: Option<Duration>,
    argv: Vec<OsString>,
) -> Result<ExitCode> {
    let how = How {
        kernel,
        timeout,
        ..How::default()
    };
    run_as(how, argv)
}

/// The same for what is to be measured.
///
/// # Errors
///
/// As [`run_as`].
pub fn run_measured(kernel: Wanted, argv: Vec<OsString>) -> Result<ExitCode> {
    let how = How {
        kernel: Some(kernel),
        measured: true,
        ..How::default()
    };
    run_as(how, argv)
}

/// The same as the machine's root.
///
/// # Errors
///
/// As [`run_as`].
pub fn run_as_root(kernel: &Wanted, timeout: Duration, argv: Vec<OsString>) -> Result<ExitCode> {
    let how = How {
        kernel: Some(kernel.clone()),
        timeout: Some(timeout),
        root: true,
        ..How::default()
    };
    run_as(how, argv)
}

/// What cargo calls as its runner.
pub fn cargo_runner(argv: Vec<OsString>) -> Result<ExitCode> {
    let timeout = match std::env::var("TEST_KERNEL_TIMEOUT") {
        Ok(seconds) => seconds.parse().with_context(|| {
            format!("TEST_KERNEL_TIMEOUT={seconds:?} is not a number of seconds")
        })?,
        Err(_) if is_test(&argv) => TEST_TIMEOUT,
        Err(_) => 0,
    };
    let timeout = (timeout > 0).then(|| Duration::from_secs(timeout));
    let how = How {
        timeout,
        ..How::default()
    };
    match choose(None, false)? {
        Place::Host => Ok(run_directly(&argv)),
        Place::Kernel(kernel) => Ok(run_in(&kernel, how, argv)),
        // Much can be run and tested without one; what cannot says so.
        Place::Nowhere(why) => {
            eprintln!("test-kernel: {why}");
            Ok(run_directly(&argv))
        }
    }
}

/// Whether a program is one of tests or benchmarks, by where cargo or rustdoc
/// puts these. What `cargo run` starts runs as long as its user likes.
fn is_test(argv: &[OsString]) -> bool {
    let program = argv.first().map(Path::new).unwrap_or(Path::new(""));
    let dir = program.parent().and_then(Path::file_name);
    dir.is_some_and(|dir| dir == "deps") || program.file_name().is_some_and(|f| f == "rust_out")
}

/// Where a program runs.
enum Place {
    Host,
    Kernel(PathBuf),
    /// There is no sequencer, for this reason.
    Nowhere(String),
}

fn choose(named: Option<Wanted>, needs_machine: bool) -> Result<Place> {
    let wanted = match named {
        Some(wanted) => Some(wanted),
        None => Wanted::from_env()?,
    };
    match wanted {
        Some(Wanted::Host) if needs_machine => {
            bail!("the host is not a machine to set up: name a test kernel")
        }
        Some(Wanted::Host) => Ok(Place::Host),
        Some(wanted) => match kernel::find(&wanted)? {
            Some(kernel) => Ok(Place::Kernel(kernel)),
            None => bail!(Error::NoKernel {
                name: wanted.to_string()
            }),
        },
        None if needs_machine => match kernel::find_any()? {
            Some(kernel) => Ok(Place::Kernel(kernel)),
            None => bail!(Error::NoKernel {
                name: kernel::DEFAULT.to_owned()
            }),
        },
        None => match kernel::host_sequencer() {
            Ok(()) => Ok(Place::Host),
            Err(e) => Ok(match kernel::find_any()? {
                Some(kernel) => Place::Kernel(kernel),
                None => Place::Nowhere(format!(
                    "no sequencer here (/dev/snd/seq: {e}) and no test kernel; `test-kernel kernel get` builds one"
                )),
            }),
        },
    }
}

/// Runs the program in the test kernel and ends this process as it ended.
fn run_in(kernel: &Path, how: How, argv: Vec<OsString>) -> ExitCode {
    let result = run_inside(kernel, how, argv.clone());
    end(&argv, result)
}

/// Says what went wrong, and what to do about it.
pub fn complain(error: &anyhow::Error) {
    eprintln!("test-kernel: {error:#}");
    if let Some(hint) = error.downcast_ref().and_then(Error::hint) {
        eprintln!("hint: {hint}");
    }
}

/// Ends this process as the program ended.
fn end(argv: &[OsString], result: Result<End>) -> ExitCode {
    let program = argv.first().cloned().unwrap_or_default();
    match result {
        Ok(End::Exited(code)) => ExitCode::from(u8::try_from(code & 0xff).unwrap_or(FAILED)),
        Ok(End::Signaled(number)) => die(number),
        Ok(End::NotStarted { errno, what }) => {
            eprintln!(
                "test-kernel: cannot run {}: {what}",
                Path::new(&program).display()
            );
            let missing = errno == nix::errno::Errno::ENOENT as i32;
            ExitCode::from(if missing { NOT_FOUND } else { CANNOT_RUN })
        }
        Err(e) => {
            complain(&e);
            ExitCode::from(match e.downcast_ref() {
                Some(Error::TimedOut(_)) => TIMED_OUT,
                _ => FAILED,
            })
        }
    }
}

/// Replaces this process by the program: there is a sequencer to use, or none
/// at all.
fn run_directly(argv: &[OsString]) -> ExitCode {
    let Some((program, args)) = argv.split_first() else {
        eprintln!("test-kernel: no program given");
        return ExitCode::from(FAILED);
    };
    let error = Command::new(program).args(args).exec();
    eprintln!(
        "test-kernel: cannot run {}: {error}",
        Path::new(program).display()
    );
    ExitCode::from(match error.kind() {
        std::io::ErrorKind::NotFound => NOT_FOUND,
        _ => CANNOT_RUN,
    })
}

fn run_inside(kernel: &Path, how: How, argv: Vec<OsString>) -> Result<End> {
    let signals = session::signals::block()?;
    let stdin = stdin();
    let stdout = stdout();
    let stderr = stderr();
    let stdio = Stdio {
        stdin: stdin.as_fd(),
        stdout: stdout.as_fd(),
        stderr: stderr.as_fd(),
    };
    let mut spawn = inherit(argv, stdio)?;
    if how.root {
        (spawn.uid, spawn.gid, spawn.groups) = (0, 0, Vec::new());
    }
    // Where the program lies, works and keeps temporary files.
    let cwd = PathBuf::from(&spawn.cwd);
    let program = spawn.argv.first().map(|program| cwd.join(program));
    let mut places = vec![cwd, std::env::temp_dir()];
    places.extend(program);
    let booted = machine::start(&Boot {
        kernel: kernel.to_owned(),
        memory_mib: how.memory_mib,
        seccomp: match how.measured {
            true => Seccomp::On,
            false => Seccomp::Auto,
        },
        options: how.options,
        node: how.node,
        places,
        program: None,
    })?;
    let _slot = booted.slot;
    Session::new(booted.kernel, signals, stdio, &spawn, how.timeout).run()
}

/// What the program would inherit if it ran here.
fn inherit(argv: Vec<OsString>, stdio: Stdio<'_>) -> Result<Spawn> {
    if argv.is_empty() {
        bail!("no program given");
    }
    // There is no reading it without setting it.
    let mask = umask(Mode::empty());
    umask(mask);
    let stdin = input(stdio.stdin)?;
    let output = |fd: BorrowedFd<'_>| {
        if fd.is_terminal() {
            Output::Terminal
        } else {
            Output::Pipe
        }
    };
    let mut stderr = output(stdio.stderr);
    let stdout = output(stdio.stdout);
    if stdout == Output::Pipe && stderr == Output::Pipe && same_file(stdio.stdout, stdio.stderr)? {
        stderr = Output::SameAsStdout;
    }
    let mut spawn = Spawn {
        argv,
        env: std::env::vars_os().collect(),
        cwd: std::env::current_dir()
            .context("find the working directory")?
            .into_os_string(),
        umask: mask.bits(),
        uid: nix::unistd::geteuid().as_raw(),
        gid: nix::unistd::getegid().as_raw(),
        groups: nix::unistd::getgroups()
            .context("read our groups")?
            .into_iter()
            .map(nix::unistd::Gid::as_raw)
            .collect(),
        stdin,
        stdout,
        stderr,
        window: crate::proto::WindowSize::default(),
        termios: None,
        hostname: nix::unistd::gethostname().unwrap_or_default(),
        own_group: false,
    };
    let terminals = [
        (spawn.stdin == Input::Terminal).then_some(stdio.stdin),
        (stdout == Output::Terminal).then_some(stdio.stdout),
        (stderr == Output::Terminal).then_some(stdio.stderr),
    ];
    if let Some(fd) = terminals.into_iter().flatten().next() {
        spawn.window = terminal::window(fd);
        spawn.termios = terminal::settings(fd);
        if spawn.stdin != Input::Terminal {
            // Ours stays as it is and does this already.
            if let Some(termios) = &mut spawn.termios {
                termios.output &= !nix::sys::termios::OutputFlags::OPOST.bits();
            }
        }
    }
    Ok(spawn)
}

/// How standard input is passed on. A file that the guest can open itself
/// stays a file; a pipe would read ahead what the program never asks for.
fn input(fd: BorrowedFd<'_>) -> Result<Input> {
    if fd.is_terminal() {
        return Ok(Input::Terminal);
    }
    let mut file = File::from(fd.try_clone_to_owned().context("look at standard input")?);
    let meta = file.metadata().context("look at standard input")?;
    let path = std::fs::read_link("/proc/self/fd/0").unwrap_or_default();
    let visible = std::fs::metadata(&path)
        .is_ok_and(|there| there.dev() == meta.dev() && there.ino() == meta.ino());
    let null = meta.file_type().is_char_device() && path == Path::new("/dev/null");
    if null || (meta.is_file() && visible && !guest::hides(&path)) {
        let offset = if null { 0 } else { file.stream_position()? };
        return Ok(Input::File {
            path: path.as_os_str().as_bytes().to_vec(),
            offset,
        });
    }
    Ok(Input::Pipe)
}

fn same_file(a: BorrowedFd<'_>, b: BorrowedFd<'_>) -> Result<bool> {
    let a = nix::sys::stat::fstat(a).context("look at standard output")?;
    let b = nix::sys::stat::fstat(b).context("look at standard error")?;
    Ok((a.st_dev, a.st_ino) == (b.st_dev, b.st_ino))
}

/// Ends this process by the signal that ended the program.
///
/// A shell does it: exec resets the handlers that Rust's runtime installs
/// (SIGSEGV, SIGPIPE), which this program cannot without unsafe code. A signal
/// that we were started to ignore does not end the shell; it then exits as shells
/// do for a program that a signal has ended.
pub fn die(signal: i32) -> ExitCode {
    // The core, if there should be one, is not ours to dump.
    let _ = setrlimit(Resource::RLIMIT_CORE, 1, 1);
    let _ = SigSet::empty().thread_set_mask();
    let error = Command::new("/bin/sh")
        .args(["-c", "kill -s \"$1\" $$; exit $((128 + $1))", "sh"])
        .arg(signal.to_string())
        .exec();
    eprintln!("test-kernel: the program was ended by signal {signal} ({error})");
    ExitCode::from(u8::try_from(128 + signal).unwrap_or(FAILED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_told_from_other_programs() {
        let test = |program: &str| is_test(&[program.into(), "deps/x".into()]);
        assert!(test("/w/target/debug/deps/codec-0123456789abcdef"));
        assert!(test("/tmp/rustdoctestAbCdEf/rust_out"));
        assert!(!test("/w/target/debug/aseq"));
        assert!(!test("/w/target/debug/examples/receive"));
        assert!(!test("aseq"));
        assert!(!is_test(&[]));
    }
}
