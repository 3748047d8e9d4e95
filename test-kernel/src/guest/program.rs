//! A program inside the machine, and the agent's ends of its streams.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::pty::openpty;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, killpg};
use nix::sys::stat::{Mode, umask};
use nix::sys::termios::{
    ControlFlags, InputFlags, LocalFlags, OutputFlags, SetArg, SpecialCharacterIndices, Termios,
    tcgetattr, tcsetattr,
};
use nix::unistd::{Gid, Pid, Uid, getpgrp, pipe2, setgroups, setresgid, setresuid};

use crate::fdio;
use crate::proto::{Input, Output, STREAM_WINDOW, Spawn, Stream, ToHost, WindowSize};

/// A running program, and the agent's ends of its streams.
pub(super) struct Program {
    pub(super) pid: Pid,
    pub(super) stdin: Feed,
    pub(super) stdin_file: Option<File>,
    pub(super) terminal: Option<Terminal>,
    pub(super) outputs: [OutputPipe; 3],
    own_group: bool,
    /// The way in which it ended, until the runner was informed.
    pub(super) end: Option<ToHost>,
}

/// Input bytes for the program that are not written yet.
pub(super) struct Feed {
    pub(super) to: FeedTo,
    pub(super) queue: VecDeque<u8>,
    pub(super) eof: bool,
}

pub(super) enum FeedTo {
    Nothing,
    Pipe(OwnedFd),
    Terminal,
}

#[derive(Default)]
pub(super) struct OutputPipe {
    pub(super) from: Option<OwnedFd>,
    /// Number of bytes that the runner can accept.
    pub(super) credit: usize,
}

pub(super) struct Terminal {
    pub(super) master: OwnedFd,
    /// Keeps the terminal alive while the program has no open end of it.
    pub(super) slave: Option<OwnedFd>,
}

impl Program {
    pub(super) fn stdin_to(&self) -> Option<BorrowedFd<'_>> {
        match (&self.stdin.to, &self.terminal) {
            (FeedTo::Pipe(pipe), _) => Some(pipe.as_fd()),
            (FeedTo::Terminal, Some(terminal)) => Some(terminal.master.as_fd()),
            _ => None,
        }
    }

    pub(super) fn output(&self, stream: Stream) -> &OutputPipe {
        let [stdout, stderr, terminal] = &self.outputs;
        match stream {
            Stream::Stdout => stdout,
            Stream::Stderr => stderr,
            Stream::Terminal => terminal,
        }
    }

    pub(super) fn output_mut(&mut self, stream: Stream) -> &mut OutputPipe {
        let [stdout, stderr, terminal] = &mut self.outputs;
        match stream {
            Stream::Stdout => stdout,
            Stream::Stderr => stderr,
            Stream::Terminal => terminal,
        }
    }

    pub(super) fn output_from(&self, stream: Stream) -> Option<BorrowedFd<'_>> {
        match stream {
            Stream::Terminal => self.terminal.as_ref().map(|t| t.master.as_fd()),
            _ => self.output(stream).from.as_ref().map(AsFd::as_fd),
        }
    }

    /// Stops reading from an output.
    pub(super) fn close(&mut self, stream: Stream) {
        match stream {
            Stream::Terminal => self.terminal = None,
            _ => self.output_mut(stream).from = None,
        }
    }

    /// Sends a signal to the program, or to its process group.
    pub(super) fn signal(&self, number: i32, group: bool) -> Result<()> {
        // After the program's end, another process may have its number.
        if self.end.is_some() {
            return Ok(());
        }
        let signal = Signal::try_from(number)?;
        let sent = match (group, self.own_group) {
            (false, _) => kill(self.pid, signal),
            (true, true) => killpg(self.pid, signal),
            (true, false) => killpg(getpgrp(), signal),
        };
        match sent {
            // The process has just ended, or has another owner now.
            Ok(()) | Err(Errno::ESRCH | Errno::EPERM) => Ok(()),
            Err(e) => Err(e).context("pass a signal on"),
        }
    }

    /// Returns the signal that these keys will raise in the program's process group, if the
    /// runner's group corresponds to this group.
    pub(super) fn key_signal(&self, keys: &[u8]) -> Option<i32> {
        let terminal = self.terminal.as_ref()?;
        let termios = tcgetattr(&terminal.master).ok()?;
        if !termios.local_flags.contains(LocalFlags::ISIG)
            || nix::unistd::tcgetpgrp(&terminal.master).ok()? != getpgrp()
        {
            return None;
        }
        [
            (SpecialCharacterIndices::VINTR, Signal::SIGINT),
            (SpecialCharacterIndices::VQUIT, Signal::SIGQUIT),
            (SpecialCharacterIndices::VSUSP, Signal::SIGTSTP),
        ]
        .into_iter()
        .find_map(|(index, signal)| {
            let key = *termios.control_chars.get(index as usize)?;
            (key != 0 && keys.contains(&key)).then_some(signal as i32)
        })
    }
}

pub(super) fn set_window(terminal: &OwnedFd, size: WindowSize) -> Result<()> {
    rustix::termios::tcsetwinsize(
        terminal,
        rustix::termios::Winsize {
            ws_row: size.rows,
            ws_col: size.cols,
            ws_xpixel: size.x_pixels,
            ws_ypixel: size.y_pixels,
        },
    )
    .context("set the window size")
}

/// Takes the caller's identity and starts the program.
pub(super) fn start(spawn: &Spawn) -> Result<Program> {
    let (program, args) = spawn.argv.split_first().context("no program given")?;
    if !spawn.hostname.is_empty() {
        let _ = nix::unistd::sethostname(&spawn.hostname);
    }
    // If this is not the first program, the agent has taken the identity already.
    if spawn.uid != nix::unistd::geteuid().as_raw() {
        let groups: Vec<Gid> = spawn.groups.iter().copied().map(Gid::from_raw).collect();
        setgroups(&groups).context("take the caller's groups")?;
        let gid = Gid::from_raw(spawn.gid);
        setresgid(gid, gid, gid).context("take the caller's group")?;
        let uid = Uid::from_raw(spawn.uid);
        setresuid(uid, uid, uid).context("take the caller's user")?;
    }
    umask(Mode::from_bits_retain(spawn.umask));
    let outputs = [spawn.stdout, spawn.stderr];
    let terminal = (spawn.stdin == Input::Terminal || outputs.contains(&Output::Terminal))
        .then(|| open_terminal(spawn))
        .transpose()
        .context("open a terminal")?;
    let slave = || -> Result<Stdio> {
        let slave = terminal
            .as_ref()
            .and_then(|t| t.slave.as_ref())
            .context("no terminal")?;
        Ok(slave.try_clone()?.into())
    };
    let mut command = Command::new(program);
    command.args(args).arg0(program).env_clear();
    command.envs(spawn.env.iter().map(|(k, v)| (k, v)));
    command.current_dir(&spawn.cwd);
    if spawn.own_group {
        command.process_group(0);
    }

    let mut feed = Feed {
        to: FeedTo::Nothing,
        queue: VecDeque::new(),
        eof: false,
    };
    let mut stdin_file = None;
    command.stdin(match &spawn.stdin {
        Input::Terminal => {
            feed.to = FeedTo::Terminal;
            slave()?
        }
        Input::Pipe => {
            let (read, write) = pipe2(OFlag::O_CLOEXEC)?;
            fdio::set_nonblocking(&write)?;
            feed.to = FeedTo::Pipe(write);
            read.into()
        }
        Input::File { path, offset } => {
            let path = PathBuf::from(OsString::from_vec(path.clone()));
            let mut file = File::open(&path).with_context(|| format!("open {}", path.display()))?;
            if file.metadata()?.is_file() {
                file.seek(SeekFrom::Start(*offset))?;
                stdin_file = Some(file.try_clone()?);
            }
            file.into()
        }
    });
    let mut pipes: [OutputPipe; 3] = Default::default();
    for pipe in &mut pipes {
        pipe.credit = STREAM_WINDOW;
    }
    let [out, err, _] = &mut pipes;
    let mut shared = None;
    for (is_err, kind, pipe) in [(false, spawn.stdout, out), (true, spawn.stderr, err)] {
        let end: Stdio = match kind {
            Output::Terminal => slave()?,
            Output::SameAsStdout => match shared.take() {
                Some(end) => OwnedFd::into(end),
                None => slave()?,
            },
            Output::Pipe => {
                let (read, write) = pipe2(OFlag::O_CLOEXEC)?;
                fdio::set_nonblocking(&read)?;
                pipe.from = Some(read);
                shared = Some(write.try_clone()?);
                write.into()
            }
        };
        if is_err {
            command.stderr(end);
        } else {
            command.stdout(end);
        }
    }
    drop(shared);
    // The program must not inherit the agent's blocked signals. In between, only the end of the
    // program can signal the agent, and `start` checks for that.
    let blocked = SigSet::empty().thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
    let child = command.spawn();
    blocked.thread_set_mask()?;
    // Without context, because the error itself has the errno.
    let child = child?;
    Ok(Program {
        pid: Pid::from_raw(i32::try_from(child.id())?),
        stdin: feed,
        stdin_file,
        terminal,
        outputs: pipes,
        own_group: spawn.own_group,
        end: None,
    })
}

fn open_terminal(spawn: &Spawn) -> Result<Terminal> {
    let pty = openpty(None, None)?;
    // The program must not inherit it.
    fcntl(&pty.master, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    set_window(&pty.master, spawn.window)?;
    if let Some(wanted) = &spawn.termios {
        let mut termios: Termios = tcgetattr(&pty.slave)?;
        termios.input_flags = InputFlags::from_bits_retain(wanted.input);
        termios.output_flags = OutputFlags::from_bits_retain(wanted.output);
        termios.control_flags = ControlFlags::from_bits_retain(wanted.control);
        termios.local_flags = LocalFlags::from_bits_retain(wanted.local);
        for (ours, theirs) in termios.control_chars.iter_mut().zip(&wanted.chars) {
            *ours = *theirs;
        }
        tcsetattr(&pty.slave, SetArg::TCSANOW, &termios)?;
    }
    // The first terminal that a session leader opens controls the session.
    let path = nix::unistd::ttyname(&pty.slave)?;
    let slave: OwnedFd = OpenOptions::new().read(true).write(true).open(path)?.into();
    // Only the agent's end. The program uses the other one.
    fdio::set_nonblocking(&pty.master)?;
    Ok(Terminal {
        master: pty.master,
        slave: Some(slave),
    })
}
