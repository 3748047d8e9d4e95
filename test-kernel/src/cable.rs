//! Reads a raw MIDI device as slowly as a MIDI cable carries bytes, or not at all: `test-kernel
//! cable`.

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

/// Speed of a MIDI 1.0 cable in bytes per second: 31,250 bits, and ten bits for a byte.
pub const RATE: u32 = 3125;

/// Time without bytes after the program's end. After this time, no more bytes are expected. Through
/// a USB cable, bytes arrive some milliseconds after they were written.
const QUIET: Duration = Duration::from_millis(200);

/// Size of a read in bytes: 5 ms of a cable.
const PIECE: usize = 16;

/// Arguments of `test-kernel cable`.
#[derive(Clone, Debug)]
pub struct Cable {
    /// The raw MIDI device, such as `/dev/snd/midiC0D0`.
    pub device: PathBuf,
    /// The speed in bytes per second; 0 for a receiver that reads nothing.
    pub rate: u32,
    /// The file for the bytes. Without it, they go to standard output.
    pub output: Option<PathBuf>,
    /// The number of bytes to carry; without it, all bytes.
    pub bytes: Option<usize>,
    /// A program to run while the cable is open. The cable is opened before the program starts. It
    /// ends when the program has ended and no more bytes arrive for some time, or when the program
    /// has ended and `bytes` bytes were carried. Without a program and without `bytes`, it stays
    /// open until a signal ends it.
    pub command: Vec<OsString>,
}

/// Carries bytes until the program or the cable ends.
///
/// # Errors
///
/// The device cannot be opened or read, or the output cannot be written.
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

/// Opens the device. From the first read, the device has a listening reader.
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
                // On a cable, the bytes arrive when the cable has carried all of them.
                thread::sleep(free.saturating_duration_since(Instant::now()));
                output.write_all(piece.get(..n).unwrap_or_default())?;
                output.flush()?;
                missing -= n;
            }
            Read::Empty if quiet && cable.bytes.is_none() => break,
            Read::Empty => {}
            // The device was removed.
            Read::End => break,
        }
    }
    Ok(())
}

/// The program that runs beside the cable, if one was given.
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

    /// Waits for bytes. Returns true if the program has ended and no bytes have arrived for a
    /// while.
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
        // Only the program's end can still wake this wait.
        fds.truncate(1);
        let quiet = PollTimeout::try_from(QUIET).unwrap_or(PollTimeout::MAX);
        Ok(wait(&mut fds, quiet)? == 0)
    }

    /// Waits for the program's end. Without a program, waits for ever.
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

    /// Ends with the program's status.
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
