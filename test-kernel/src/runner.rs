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

/// Exit codes of the runner itself. `timeout`, docker and shells use the same.
const TIMED_OUT: u8 = 124;
pub const FAILED: u8 = 125;
const CANNOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Default time limit of tests in seconds. A test that takes longer hangs.
const TEST_TIMEOUT: u64 = 1200;

/// Options of a run.
#[derive(Debug, Default)]
pub struct How {
    /// The kernel. Without it, the default kernel.
    pub kernel: Option<Wanted>,
    /// The time limit.
    pub timeout: Option<Duration>,
    /// Run as root of the machine, for every user. The program may mount there. On the host's
    /// files, it has only the user's rights.
    pub root: bool,
    /// The memory in MiB, in place of the default.
    pub memory_mib: Option<u64>,
    /// Additional options for the kernel's command line.
    pub options: Vec<String>,
    /// The state of the sequencer's node.
    pub node: Option<Node>,
    /// Run at the highest speed, or fail: for comparisons with other runs.
    pub measured: bool,
}

impl How {
    /// Returns whether the program needs a separate machine.
    fn needs_machine(&self) -> bool {
        self.root || self.memory_mib.is_some() || !self.options.is_empty() || self.node.is_some()
    }
}

/// Runs a program and ends this process in the same way.
///
/// # Errors
///
/// The kernel does not exist, and the host has no sequencer.
pub fn run_as(how: How, argv: Vec<OsString>) -> Result<ExitCode> {
    match choose(how.kernel.clone(), how.needs_machine())? {
        Place::Host => Ok(run_directly(&argv)),
        Place::Kernel(kernel) => Ok(run_in(&kernel, how, argv)),
        Place::Nowhere(why) => bail!("{why}"),
    }
}

/// Does the same as [`run_as`], on this kernel and with this time limit.
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

/// Does the same as [`run_as`], on this kernel and as a measurement.
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

/// Does the same as [`run`], as root of the machine.
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

/// Runs a program for cargo: the function of the command `runner`.
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
        // Many programs and tests work without a sequencer. The others report that it is missing.
        Place::Nowhere(why) => {
            eprintln!("test-kernel: {why}");
            Ok(run_directly(&argv))
        }
    }
}

/// Returns whether a program contains tests or benchmarks. The path that cargo or rustdoc gives it
/// shows that. Other programs of `cargo run` have no time limit.
fn is_test(argv: &[OsString]) -> bool {
    let program = argv.first().map(Path::new).unwrap_or(Path::new(""));
    let dir = program.parent().and_then(Path::file_name);
    dir.is_some_and(|dir| dir == "deps") || program.file_name().is_some_and(|f| f == "rust_out")
}

/// The place where a program runs.
enum Place {
    Host,
    Kernel(PathBuf),
    /// Without a sequencer, for this reason.
    Nowhere(String),
}

fn choose(named: Option<Wanted>, needs_machine: bool) -> Result<Place> {
    let wanted = match named {
        Some(wanted) => Some(wanted),
        None => Wanted::from_env()?,
    };
    match wanted {
        Some(Wanted::Host) if needs_machine => {
            bail!(
                "these options need a test kernel, and the selected kernel is the host's: name a \
                test kernel"
            )
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
                    "this machine has no sequencer (/dev/snd/seq: {e}), and no test kernel was \
                     built; run `test-kernel kernel get`"
                )),
            }),
        },
    }
}

/// Runs the program in the test kernel, and ends this process in the same way.
fn run_in(kernel: &Path, how: How, argv: Vec<OsString>) -> ExitCode {
    let result = run_inside(kernel, how, argv.clone());
    end(&argv, result)
}

/// Prints an error, and advice.
pub fn complain(error: &anyhow::Error) {
    eprintln!("test-kernel: {error:#}");
    if let Some(hint) = error.downcast_ref().and_then(Error::hint) {
        eprintln!("hint: {hint}");
    }
}

/// Ends this process in the same way as the program.
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

/// Replaces this process with the program. It uses the host's sequencer, or none.
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
    // The directories of the program, of its work, and of temporary files.
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

/// Collects everything that the program would inherit if it ran here.
fn inherit(argv: Vec<OsString>, stdio: Stdio<'_>) -> Result<Spawn> {
    if argv.is_empty() {
        bail!("no program given");
    }
    // The umask can only be read by setting it.
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
            // The setting of this process stays, because it has the right effect already.
            if let Some(termios) = &mut spawn.termios {
                termios.output &= !nix::sys::termios::OutputFlags::OPOST.bits();
            }
        }
    }
    Ok(spawn)
}

/// Chooses how to pass standard input on. If the guest can open the file itself, it stays a file. A
/// pipe would read data that the program never requests.
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

/// Ends this process with the signal that ended the program.
///
/// A shell raises the signal, because exec resets the signal handlers of Rust's runtime (SIGSEGV,
/// SIGPIPE), which this program cannot do without unsafe code. If this process was started with the
/// signal ignored, the signal does not end the shell. The shell then returns the usual exit status
/// for a program that a signal has ended.
pub fn die(signal: i32) -> ExitCode {
    // A core dump of the shell would be useless.
    let _ = setrlimit(Resource::RLIMIT_CORE, 1, 1);
    let _ = SigSet::empty().thread_set_mask();
    let error = Command::new("/bin/sh")
        .args(["-c", "kill -s \"$1\" $$; exit $((128 + $1))", "sh"])
        .arg(signal.to_string())
        .exec();
    eprintln!("test-kernel: signal {signal} ended the program ({error})");
    ExitCode::from(u8::try_from(128 + signal).unwrap_or(FAILED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_distinguished_from_other_programs() {
        let test = |program: &str| is_test(&[program.into(), "deps/x".into()]);
        assert!(test("/w/target/debug/deps/codec-0123456789abcdef"));
        assert!(test("/tmp/rustdoctestAbCdEf/rust_out"));
        assert!(!test("/w/target/debug/aseq"));
        assert!(!test("/w/target/debug/examples/receive"));
        assert!(!test("aseq"));
        assert!(!is_test(&[]));
    }
}
