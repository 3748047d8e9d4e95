//! Runs one program inside the test kernel on the runner's behalf.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFlags, PollTimeout};
use nix::sys::signal::{SigSet, Signal, kill, killpg};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::{getpgrp, setsid};
use rustix::process::{WaitOptions, waitpid};

use super::program::{FeedTo, Program, set_window, start};
use crate::fdio::{self, PollSet, Read, Written};
use crate::proto::{
    ACK_EVERY, Decoder, Frame as _, HELLO, MAX_TO_HOST, Malformed, STREAM_WINDOW, Spawn, Stream,
    ToGuest, ToHost,
};

/// Talks to the runner until the program has ended.
pub(crate) fn agent() -> ExitCode {
    match Agent::new().and_then(|mut agent| agent.run()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("test-kernel: guest agent: {e:#}");
            ExitCode::FAILURE
        }
    }
}

struct Agent {
    line: File,
    decoder: Decoder,
    /// Bytes read off the line since the last acknowledgement.
    unacked: usize,
    to_host: VecDeque<u8>,
    signals: SignalFd,
    request: Vec<u8>,
    program: Option<Program>,
    /// Its end may have gone unnoticed.
    just_started: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Line,
    Signals,
    Stdin,
    Out(Stream),
}

impl Agent {
    fn new() -> Result<Self> {
        // A session of its own, whose terminal (if it gets one) is the
        // program's; the program shares its process group, as a program
        // started by cargo shares cargo's.
        setsid().context("start a session")?;
        let signals = {
            let mut set = SigSet::all();
            // These mean a fault of the agent itself.
            for fault in [
                Signal::SIGSEGV,
                Signal::SIGBUS,
                Signal::SIGILL,
                Signal::SIGFPE,
                Signal::SIGABRT,
            ] {
                set.remove(fault);
            }
            set.thread_block()?;
            SignalFd::with_flags(&set, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?
        };
        let line = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags((OFlag::O_NOCTTY | OFlag::O_NONBLOCK).bits())
            .open(super::LINE)
            .with_context(|| format!("open {}", super::LINE))?;
        let mut termios = tcgetattr(&line)?;
        cfmakeraw(&mut termios);
        tcsetattr(&line, SetArg::TCSANOW, &termios)?;
        let mut agent = Self {
            line,
            decoder: Decoder::default(),
            unacked: 0,
            to_host: VecDeque::new(),
            signals,
            request: Vec::new(),
            program: None,
            just_started: false,
        };
        agent.send(&ToHost::Hello(HELLO.to_vec()));
        Ok(agent)
    }

    fn send(&mut self, frame: &ToHost) {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        self.to_host.extend(bytes);
    }

    /// The event loop; returns when the program has ended and the runner
    /// knows.
    fn run(&mut self) -> Result<()> {
        let mut ended = false;
        loop {
            self.flush_line()?;
            if ended && self.to_host.is_empty() {
                // What is written may still be in the terminal's buffer.
                nix::sys::termios::tcdrain(&self.line)?;
                return Ok(());
            }
            for (source, what) in self.poll_set(ended).wait(PollTimeout::NONE)? {
                match source {
                    Source::Line => {
                        self.read_line()?;
                        if std::mem::take(&mut self.just_started) {
                            ended |= self.reap()?;
                        }
                    }
                    Source::Signals => ended |= self.reap()?,
                    Source::Stdin => self.feed_stdin(what)?,
                    Source::Out(stream) => {
                        self.read_output(stream)?;
                    }
                }
            }
        }
    }

    fn poll_set(&self, ended: bool) -> PollSet<'_, Source> {
        let mut set = PollSet::new();
        let mut line = PollFlags::POLLIN;
        line.set(PollFlags::POLLOUT, !self.to_host.is_empty());
        set.add(Source::Line, self.line.as_fd(), line);
        if ended {
            return set;
        }
        set.add(Source::Signals, self.signals.as_fd(), PollFlags::POLLIN);
        let Some(program) = &self.program else {
            return set;
        };
        if let Some(to) = program.stdin_to() {
            let mut flags = PollFlags::empty();
            flags.set(PollFlags::POLLOUT, !program.stdin.queue.is_empty());
            // A terminal's output side reports what happens to it.
            if matches!(program.stdin.to, FeedTo::Pipe(_)) || !flags.is_empty() {
                set.add(Source::Stdin, to, flags);
            }
        }
        // The queue bounds what waits for a slow line.
        if self.to_host.len() < STREAM_WINDOW {
            for stream in Stream::ALL {
                let output = program.output(stream);
                match program.output_from(stream) {
                    Some(from) if output.credit > 0 => {
                        set.add(Source::Out(stream), from, PollFlags::POLLIN);
                    }
                    _ => {}
                }
            }
        }
        set
    }

    fn flush_line(&mut self) -> Result<()> {
        while !self.to_host.is_empty() {
            match fdio::write_front(&self.line, &mut self.to_host, usize::MAX)? {
                Written::Some(0) | Written::Full => break,
                Written::Some(_) => {}
                Written::Closed => bail!("the runner is gone"),
            }
        }
        Ok(())
    }

    fn read_line(&mut self) -> Result<()> {
        let mut buf = [0; 4096];
        match fdio::read(&self.line, &mut buf)? {
            Read::Data(n) => {
                self.decoder.feed(buf.get(..n).unwrap_or_default());
                self.unacked += n;
            }
            Read::Empty => return Ok(()),
            Read::End => bail!("the runner is gone"),
        }
        if self.unacked >= ACK_EVERY {
            let n = u32::try_from(std::mem::take(&mut self.unacked))?;
            self.send(&ToHost::Ack(n));
        }
        while let Some(frame) = self.decoder.next::<ToGuest>()? {
            self.handle(frame)?;
        }
        Ok(())
    }

    fn handle(&mut self, frame: ToGuest) -> Result<()> {
        match (frame, &mut self.program) {
            (ToGuest::SpawnPart(part), None) => self.request.extend(part),
            (ToGuest::SpawnEnd, None) => self.start()?,
            (ToGuest::SpawnPart(_) | ToGuest::SpawnEnd, Some(_)) => {
                bail!(Malformed("a second program"))
            }
            // The program could not be started; the runner does not know yet.
            (_, None) => {}
            (ToGuest::Stdin(bytes), Some(program)) => {
                if program.stdin_to().is_some() {
                    let key = program.key_signal(&bytes);
                    program.stdin.queue.extend(bytes);
                    if let Some(signal) = key {
                        self.send(&ToHost::KeySignal(signal));
                    }
                    self.feed_stdin(PollFlags::empty())?;
                } else {
                    // Nobody takes it: let the runner read on, as writing to
                    // nobody would.
                    let n = u32::try_from(bytes.len())?;
                    self.send(&ToHost::StdinCredit(n));
                }
            }
            (ToGuest::StdinEof, Some(program)) => {
                program.stdin.eof = true;
                self.feed_stdin(PollFlags::empty())?;
            }
            (ToGuest::Credit(stream, n), Some(program)) => {
                program.output_mut(stream).credit += usize::try_from(n)?;
            }
            (ToGuest::Closed(stream), Some(program)) => {
                // The program's next write gets EPIPE, and SIGPIPE.
                program.output_mut(stream).from = None;
            }
            (ToGuest::Signal { number, group }, Some(program)) => {
                let signal = Signal::try_from(number)?;
                let sent = if group {
                    killpg(getpgrp(), signal)
                } else {
                    kill(program.pid, signal)
                };
                match sent {
                    // Just gone, or no longer ours to signal.
                    Ok(()) | Err(Errno::ESRCH | Errno::EPERM) => {}
                    Err(e) => return Err(e).context("pass a signal on"),
                }
            }
            (ToGuest::Window(size), Some(program)) => {
                if let Some(terminal) = &program.terminal {
                    set_window(&terminal.master, size)?;
                }
            }
        }
        Ok(())
    }

    fn start(&mut self) -> Result<()> {
        let spawn = Spawn::decode(&std::mem::take(&mut self.request))?;
        match start(&spawn) {
            Ok(program) => {
                self.program = Some(program);
                self.just_started = true;
                self.send(&ToHost::Started);
            }
            Err(e) => {
                let errno = e
                    .downcast_ref::<io::Error>()
                    .and_then(io::Error::raw_os_error)
                    .or_else(|| e.downcast_ref::<Errno>().map(|e| *e as i32))
                    .unwrap_or(0);
                let what = format!("{e:#}");
                self.send(&ToHost::Failed { errno, what });
            }
        }
        Ok(())
    }

    /// Passes queued input on, as much as the program takes at once.
    fn feed_stdin(&mut self, what: PollFlags) -> Result<()> {
        let Some(program) = &mut self.program else {
            return Ok(());
        };
        let mut taken = 0;
        let mut closed =
            what.contains(PollFlags::POLLERR) && matches!(program.stdin.to, FeedTo::Pipe(_));
        while !closed && !program.stdin.queue.is_empty() {
            let to = match (&program.stdin.to, &program.terminal) {
                (FeedTo::Pipe(pipe), _) => pipe.as_fd(),
                (FeedTo::Terminal, Some(terminal)) => terminal.master.as_fd(),
                _ => break,
            };
            match fdio::write_front(to, &mut program.stdin.queue, usize::MAX)? {
                Written::Some(n) => taken += n,
                Written::Full => break,
                Written::Closed => closed = true,
            }
        }
        if closed {
            taken += program.stdin.queue.len();
            program.stdin.queue.clear();
            program.stdin.to = FeedTo::Nothing;
        } else if program.stdin.eof && program.stdin.queue.is_empty() {
            if matches!(program.stdin.to, FeedTo::Terminal) {
                // The terminal outside hung up: so does this one.
                program.terminal = None;
            }
            program.stdin.to = FeedTo::Nothing;
        }
        if taken > 0 {
            let n = u32::try_from(taken)?;
            self.send(&ToHost::StdinCredit(n));
        }
        if closed {
            self.send(&ToHost::StdinClosed);
        }
        Ok(())
    }

    /// Reads once from an output; false if there was nothing.
    fn read_output(&mut self, stream: Stream) -> Result<bool> {
        let Some(program) = &mut self.program else {
            return Ok(false);
        };
        let mut buf = [0; MAX_TO_HOST - 1];
        let room = program.output(stream).credit.min(buf.len());
        let Some(from) = program.output_from(stream) else {
            return Ok(false);
        };
        if room == 0 {
            return Ok(false);
        }
        match fdio::read(from, buf.get_mut(..room).unwrap_or_default())? {
            Read::Data(n) => {
                program.output_mut(stream).credit -= n;
                let bytes = buf.get(..n).unwrap_or_default().to_vec();
                self.send(&ToHost::Output(stream, bytes));
                Ok(true)
            }
            Read::Empty => Ok(false),
            Read::End => {
                if stream == Stream::Terminal {
                    program.terminal = None;
                } else {
                    program.output_mut(stream).from = None;
                }
                Ok(false)
            }
        }
    }

    /// Looks after the program's state; true once its end has been reported.
    fn reap(&mut self) -> Result<bool> {
        while self.signals.read_signal()?.is_some() {}
        let Some(program) = &self.program else {
            return Ok(false);
        };
        let pid = rustix::process::Pid::from_raw(program.pid.as_raw());
        let flags = WaitOptions::NOHANG | WaitOptions::UNTRACED;
        let Some((_, status)) = waitpid(pid, flags).context("wait for the program")? else {
            return Ok(false);
        };
        let end = if let Some(code) = status.exit_status() {
            ToHost::Exited(code)
        } else if let Some(signal) = status.terminating_signal() {
            ToHost::Signaled(signal)
        } else {
            if let Some(signal) = status.stopping_signal() {
                // The runner stops as well: what was written before goes out
                // before.
                for stream in Stream::ALL {
                    while self.read_output(stream)? {}
                }
                self.send(&ToHost::Stopped(signal));
            }
            return Ok(false);
        };
        self.drain()?;
        // What it wrote to files must be in them when the runner says so.
        nix::unistd::sync();
        self.send(&end);
        Ok(true)
    }

    /// After the program's end: everything it wrote goes out, but nobody who
    /// inherited its output is waited for.
    fn drain(&mut self) -> Result<()> {
        if let Some(program) = &mut self.program {
            if let Some(file) = &mut program.stdin_file {
                let offset = file.stream_position()?;
                self.send(&ToHost::StdinOffset(offset));
            }
        }
        if let Some(terminal) = self.program.as_mut().and_then(|p| p.terminal.as_mut()) {
            terminal.slave = None;
        }
        for stream in Stream::ALL {
            loop {
                let Some(program) = &self.program else {
                    return Ok(());
                };
                if program.output_from(stream).is_none() {
                    break;
                }
                if program.output(stream).credit == 0 {
                    // Wait for the runner; it may close the stream instead.
                    self.flush_line()?;
                    let mut set = PollSet::new();
                    let mut flags = PollFlags::POLLIN;
                    flags.set(PollFlags::POLLOUT, !self.to_host.is_empty());
                    set.add((), self.line.as_fd(), flags);
                    for ((), what) in set.wait(PollTimeout::NONE)? {
                        if what.contains(PollFlags::POLLIN) {
                            self.read_line()?;
                        }
                    }
                    continue;
                }
                if !self.read_output(stream)? {
                    break;
                }
            }
        }
        Ok(())
    }
}
