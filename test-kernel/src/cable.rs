//! What a raw MIDI device gets, read as slowly as a MIDI cable carries it, or not at all:
//! `test-kernel cable`.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::Pid;
use rustix::process::{PidfdFlags, pidfd_open};

use crate::fdio::{self, Read};
use crate::runner;

/// How many bytes a second a cable of MIDI 1.0 carries: 31,250 bits, ten for a byte.
pub const RATE: u32 = 3125;

/// How long nothing may come, after the program's end, until nothing is taken to be on its way.
/// Through a USB cable, bytes come some milliseconds after they were written.
const QUIET: Duration = Duration::from_millis(200);

/// Bytes at a time: 5 ms of a cable.
const PIECE: usize = 16;

/// What `test-kernel cable` is to do.
#[derive(Clone, Debug)]
pub struct Cable {
    /// The raw MIDI device, such as `/dev/snd/midiC0D0`.
    pub device: PathBuf,
    /// How many bytes a second it carries; 0 for a receiver that reads nothing.
    pub rate: u32,
    /// Where the bytes go; to standard output without this.
    pub output: Option<PathBuf>,
    /// How many bytes to carry; without this, as many as come.
    pub bytes: Option<usize>,
    /// A program to run beside it: the cable is there when it starts. It ends some time after
    /// the program, when no more bytes come, or when the program has ended and `bytes` are
    /// through. Without a program or `bytes` it stays until a signal ends it.
    pub command: Vec<OsString>,
}

/// Carries bytes until the program, or this, ends.
///
/// # Errors
///
/// The device cannot be opened or read, or the output not written.
pub fn run(cable: &Cable) -> Result<ExitCode> {
    let device = open(&cable.device).with_context(|| format!("open {}", cable.device.display()))?;
    let mut output: Box<dyn Write> = match &cable.output {
        Some(path) => {
            Box::new(File::create(path).with_context(|| format!("create {}", path.display()))?)
        }
        None => Box::new(io::stdout()),
    };
    let mut program = Program::start(&cable.command)?;
    if cable.rate == 0 {
        program.wait()?;
    } else {
        carry(&device, cable, &mut output, &program)
            .with_context(|| format!("carry the bytes of {}", cable.device.display()))?;
    }
    program.end()
}

/// Opens the device for a reader that is there at once: it listens from the first read.
fn open(path: &PathBuf) -> io::Result<File> {
    let device = OpenOptions::new()
        .read(true)
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(path)?;
    fdio::read(&device, &mut [0; 0])?;
    Ok(device)
}

fn carry(device: &File, cable: &Cable, output: &mut dyn Write, program: &Program) -> Result<()> {
    let mut free = Instant::now();
    let mut missing = cable.bytes.unwrap_or(usize::MAX);
    let mut piece = [0; PIECE];
    while missing > 0 {
        let quiet = program.wait_or(device)?;
        let room = missing.min(PIECE);
        match fdio::read(device, piece.get_mut(..room).unwrap_or_default())? {
            Read::Data(n) => {
                let length = u32::try_from(n)?;
                free = free.max(Instant::now()) + Duration::from_secs(1) * length / cable.rate;
                // The bytes arrive when the cable is through with them.
                thread::sleep(free.saturating_duration_since(Instant::now()));
                output.write_all(piece.get(..n).unwrap_or_default())?;
                output.flush()?;
                missing -= n;
            }
            Read::Empty if quiet && cable.bytes.is_none() => break,
            Read::Empty => {}
            // The device is gone.
            Read::End => break,
        }
    }
    Ok(())
}

/// The program beside the cable, if there is one.
struct Program(Option<(Child, OwnedFd)>);

impl Program {
    fn start(command: &[OsString]) -> Result<Self> {
        let Some((program, args)) = command.split_first() else {
            return Ok(Self(None));
        };
        let child = Command::new(program)
            .args(args)
            .spawn()
            .with_context(|| format!("run {}", PathBuf::from(program).display()))?;
        let pid = Pid::from_raw(i32::try_from(child.id())?);
        let pid =
            rustix::process::Pid::from_raw(pid.as_raw()).context("a process without number")?;
        let watch = pidfd_open(pid, PidfdFlags::empty()).context("watch the program")?;
        Ok(Self(Some((child, watch))))
    }

    /// Waits for bytes; true if the program has ended and none have come for a while.
    fn wait_or(&self, device: &File) -> Result<bool> {
        let mut fds = vec![PollFd::new(device.as_fd(), PollFlags::POLLIN)];
        if let Some((_, watch)) = &self.0 {
            fds.push(PollFd::new(watch.as_fd(), PollFlags::POLLIN));
        }
        let wait = |fds: &mut [PollFd<'_>], timeout| match poll(fds, timeout) {
            Ok(n) => Ok(n),
            Err(Errno::EINTR) => Ok(1),
            Err(e) => Err(e).context("wait for bytes"),
        };
        wait(&mut fds, PollTimeout::NONE)?;
        if fds.len() == 1 || fds.first().and_then(PollFd::any).unwrap_or(false) {
            return Ok(false);
        }
        // Only its end is left to be told of.
        fds.truncate(1);
        let quiet = PollTimeout::try_from(QUIET).unwrap_or(PollTimeout::MAX);
        Ok(wait(&mut fds, quiet)? == 0)
    }

    /// Waits for the program's end, or for ever.
    fn wait(&mut self) -> Result<()> {
        match &mut self.0 {
            Some((child, _)) => {
                child.wait()?;
                Ok(())
            }
            None => loop {
                thread::park();
            },
        }
    }

    /// Ends as the program has.
    fn end(self) -> Result<ExitCode> {
        use std::os::unix::process::ExitStatusExt as _;
        let Some((mut child, _)) = self.0 else {
            return Ok(ExitCode::SUCCESS);
        };
        let status = child.wait()?;
        Ok(match status.signal() {
            Some(signal) => runner::die(signal),
            None => ExitCode::from(
                status
                    .code()
                    .and_then(|c| u8::try_from(c).ok())
                    .unwrap_or(1),
            ),
        })
    }
}
