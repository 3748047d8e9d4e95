//! Helpers of the tests.

use std::ffi::OsStr;
use std::io::Read as _;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Longer than all operations of the tests, also on a slow machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// Returns whether a kernel is in the cache. Ends the test if a kernel is required and missing.
pub(crate) fn kernel() -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    let there = *THERE.get_or_init(|| {
        let status = runner(["true"])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        status.success()
    });
    if !there {
        let required = std::env::var_os("TEST_KERNEL_REQUIRED").is_some_and(|v| v == "1");
        assert!(
            !required,
            "no test kernel: `test-kernel kernel get` builds one"
        );
        eprintln!("skipped: no test kernel; `test-kernel kernel get` builds one");
    }
    there
}

/// Runs `test-kernel runner -- ARGV` on a test kernel, also if the machine has a device.
pub(crate) fn runner<S: AsRef<OsStr>>(argv: impl IntoIterator<Item = S>) -> Command {
    // The tests may be running in a script's background, where signals are ignored. Processes that
    // are started there inherit that.
    let mut command = Command::new("env");
    command
        .args(["--default-signal", env!("CARGO_BIN_EXE_test-kernel")])
        .args(["runner", "--"])
        .args(argv);
    match std::env::var_os("TEST_KERNEL") {
        Some(kernel) if kernel != "host" && !kernel.is_empty() => {}
        _ => {
            command.env("TEST_KERNEL", "6.12");
        }
    }
    command
}

/// Runs a shell script in the kernel.
pub(crate) fn script(text: &str) -> Command {
    runner(["sh", "-c", text])
}

/// Runs a command to its end, with empty standard input.
pub(crate) fn output(command: &mut Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

/// Returns the signal that ended a process.
pub(crate) fn signal(status: ExitStatus) -> Option<i32> {
    status.signal()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A running runner. Dropping it kills it.
pub(crate) struct Running {
    pub(crate) child: Child,
    seen: Vec<u8>,
}

impl Running {
    /// Starts the command with pipes for all three streams.
    pub(crate) fn start(command: &mut Command) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self {
            child: command.spawn().unwrap(),
            seen: Vec::new(),
        }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().unwrap())
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).unwrap();
    }

    /// Waits until standard output contains this text.
    pub(crate) fn wait_for(&mut self, wanted: &str) {
        let stdout = self.child.stdout.as_mut().unwrap();
        if let Err(why) = read_until(stdout, &mut self.seen, wanted) {
            let mut stderr = String::new();
            let _ = self.child.kill();
            let _ = self
                .child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut stderr);
            panic!("{why} before {wanted:?}: {}\n{stderr}", text(&self.seen));
        }
    }

    /// Waits for the end. Returns the status, the whole standard output, and standard error.
    pub(crate) fn finish(mut self) -> (ExitStatus, String, String) {
        drop(self.child.stdin.take());
        let mut stdout = std::mem::take(&mut self.seen);
        let mut stderr = Vec::new();
        if let Some(mut pipe) = self.child.stdout.take() {
            pipe.read_to_end(&mut stdout).unwrap();
        }
        if let Some(mut pipe) = self.child.stderr.take() {
            pipe.read_to_end(&mut stderr).unwrap();
        }
        let status = self.child.wait().unwrap();
        (status, text(&stdout), text(&stderr))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads into `seen` until it contains `wanted`.
pub(crate) fn read_until(
    from: &mut (impl std::io::Read + AsFd),
    seen: &mut Vec<u8>,
    wanted: &str,
) -> Result<(), String> {
    let end = Instant::now() + DEADLINE;
    let mut buf = [0; 4096];
    while !text(seen).contains(wanted) {
        if !readable(&*from, end) {
            return Err("time is up".into());
        }
        match from.read(&mut buf) {
            Ok(0) => return Err("end of output".into()),
            Ok(n) => seen.extend_from_slice(&buf[..n]),
            Err(e) => return Err(e.to_string()),
        }
    }
    Ok(())
}

/// Waits for readable data. Returns false if the time has elapsed.
pub(crate) fn readable(fd: impl AsFd, end: Instant) -> bool {
    let left = end.saturating_duration_since(Instant::now());
    let left = PollTimeout::try_from(left).unwrap();
    let mut fds = [PollFd::new(fd.as_fd(), PollFlags::POLLIN)];
    poll(&mut fds, left).unwrap() > 0
}
