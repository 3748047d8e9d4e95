//! Runs programs inside the test kernel for the runner.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFlags, PollTimeout};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::setsid;
use rustix::process::{WaitOptions, waitpid};

use super::program::{FeedTo, Program, set_window, start};
use super::report::{self, Stacks};
use crate::fdio::{self, PollSet, Read, Written};
use crate::proto::{
    ACK_EVERY, Decoder, Frame as _, MAX_TO_HOST, Malformed, STREAM_WINDOW, Spawn, Stream, ToGuest,
    ToHost, hello,
};

/// Talks to the runner until all programs have ended.
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
    line: Line,
    decoder: Decoder,
    signals: SignalFd,
    requests: BTreeMap<u8, Vec<u8>>,
    programs: BTreeMap<u8, Program>,
    /// Whether programs may have ended since the last look.
    just_started: bool,
    /// Whether the runner has announced that it will start no more programs.
    halting: bool,
    stacks: Stacks,
}

/// The line to the runner.
struct Line {
    file: File,
    /// Number of bytes that were read since the last acknowledgement.
    unacked: usize,
    to_host: VecDeque<u8>,
}

impl Line {
    fn send(&mut self, program: u8, frame: &ToHost) {
        let mut bytes = Vec::new();
        frame.encode(program, &mut bytes);
        self.to_host.extend(bytes);
    }

    fn flush(&mut self) -> Result<()> {
        while !self.to_host.is_empty() {
            match fdio::write_front(&self.file, &mut self.to_host, usize::MAX)? {
                Written::Some(0) | Written::Full => break,
                Written::Some(_) => {}
                Written::Closed => bail!("the runner has ended"),
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Line,
    Signals,
    Stdin(u8),
    Out(u8, Stream),
}

impl Agent {
    fn new() -> Result<Self> {
        // The agent leads a separate session. If the session gets a terminal, the terminal is the
        // program's. The program shares the agent's process group, as a program that cargo starts
        // shares cargo's.
        setsid().context("start a session")?;
        let signals = {
            let mut set = SigSet::all();
            // These signals come from a defect of the agent itself.
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
            line: Line {
                file: line,
                unacked: 0,
                to_host: VecDeque::new(),
            },
            decoder: Decoder::default(),
            signals,
            requests: BTreeMap::new(),
            programs: BTreeMap::new(),
            just_started: false,
            halting: false,
            stacks: Stacks::open(),
        };
        agent.line.send(0, &ToHost::Hello(hello()));
        Ok(agent)
    }

    /// Runs the event loop. Returns when all programs have ended and the runner knows it.
    fn run(&mut self) -> Result<()> {
        loop {
            self.line.flush()?;
            if self.is_done() && self.line.to_host.is_empty() {
                // The last output may still be in the terminal's buffer.
                nix::sys::termios::tcdrain(&self.line.file)?;
                return Ok(());
            }
            for (source, what) in self.poll_set().wait(PollTimeout::NONE)? {
                match source {
                    Source::Line => {
                        self.read_line()?;
                        if std::mem::take(&mut self.just_started) {
                            self.reap()?;
                        }
                    }
                    Source::Signals => self.reap()?,
                    Source::Stdin(number) => self.feed_stdin(number, what)?,
                    Source::Out(number, stream) => {
                        self.read_output(number, stream)?;
                    }
                }
            }
            self.report_ends()?;
        }
    }

    fn is_done(&self) -> bool {
        self.halting && self.programs.is_empty() && self.requests.is_empty()
    }

    fn poll_set(&self) -> PollSet<'_, Source> {
        let mut set = PollSet::new();
        let mut line = PollFlags::POLLIN;
        line.set(PollFlags::POLLOUT, !self.line.to_host.is_empty());
        set.add(Source::Line, self.line.file.as_fd(), line);
        if self.is_done() {
            return set;
        }
        set.add(Source::Signals, self.signals.as_fd(), PollFlags::POLLIN);
        for (&number, program) in &self.programs {
            if let Some(to) = program.stdin_to() {
                let mut flags = PollFlags::empty();
                flags.set(PollFlags::POLLOUT, !program.stdin.queue.is_empty());
                // A terminal's output side also reports its errors and hang-ups.
                if matches!(program.stdin.to, FeedTo::Pipe(_)) || !flags.is_empty() {
                    set.add(Source::Stdin(number), to, flags);
                }
            }
            // The queue limits the data that waits for a slow line.
            if self.line.to_host.len() >= STREAM_WINDOW {
                continue;
            }
            for stream in Stream::ALL {
                let output = program.output(stream);
                match program.output_from(stream) {
                    Some(from) if output.credit > 0 => {
                        set.add(Source::Out(number, stream), from, PollFlags::POLLIN);
                    }
                    _ => {}
                }
            }
        }
        set
    }

    fn read_line(&mut self) -> Result<()> {
        let mut buf = [0; 4096];
        match fdio::read(&self.line.file, &mut buf)? {
            Read::Data(n) => {
                self.decoder.feed(buf.get(..n).unwrap_or_default());
                self.line.unacked += n;
            }
            Read::Empty => return Ok(()),
            Read::End => bail!("the runner has ended"),
        }
        if self.line.unacked >= ACK_EVERY {
            let n = u32::try_from(std::mem::take(&mut self.line.unacked))?;
            self.line.send(0, &ToHost::Ack(n));
        }
        while let Some((number, frame)) = self.decoder.next::<ToGuest>()? {
            self.handle(number, frame)?;
        }
        Ok(())
    }

    fn handle(&mut self, number: u8, frame: ToGuest) -> Result<()> {
        match (frame, self.programs.get_mut(&number)) {
            (ToGuest::Halt, _) => self.halting = true,
            (ToGuest::Report, _) => {
                self.stacks.show();
                let text = report::processes(MAX_TO_HOST);
                self.line.send(number, &ToHost::Report(text));
            }
            (ToGuest::SpawnPart(_) | ToGuest::SpawnEnd, Some(_)) => {
                bail!(Malformed("two programs have the same number"))
            }
            (ToGuest::SpawnPart(part), None) => {
                self.requests.entry(number).or_default().extend(part);
            }
            (ToGuest::SpawnEnd, None) => self.start(number)?,
            // The program has ended, or could not be started. The runner was not informed yet.
            (_, None) => {}
            (ToGuest::Stdin(bytes), Some(program)) => {
                if program.stdin_to().is_some() {
                    let key = program.key_signal(&bytes);
                    program.stdin.queue.extend(bytes);
                    if let Some(signal) = key {
                        self.line.send(number, &ToHost::KeySignal(signal));
                    }
                    self.feed_stdin(number, PollFlags::empty())?;
                } else {
                    // The program has closed its input, so the data is dropped. It is acknowledged,
                    // because the runner waits for the credit.
                    let n = u32::try_from(bytes.len())?;
                    self.line.send(number, &ToHost::StdinCredit(n));
                }
            }
            (ToGuest::StdinEof, Some(program)) => {
                program.stdin.eof = true;
                self.feed_stdin(number, PollFlags::empty())?;
            }
            (ToGuest::Credit(stream, n), Some(program)) => {
                program.output_mut(stream).credit += usize::try_from(n)?;
            }
            (ToGuest::Closed(stream), Some(program)) => {
                // The program's next write gets EPIPE and SIGPIPE.
                program.output_mut(stream).from = None;
            }
            (ToGuest::Signal { number, group }, Some(program)) => program.signal(number, group)?,
            (ToGuest::Window(size), Some(program)) => {
                if let Some(terminal) = &program.terminal {
                    set_window(&terminal.master, size)?;
                }
            }
        }
        Ok(())
    }

    fn start(&mut self, number: u8) -> Result<()> {
        let request = self.requests.remove(&number).unwrap_or_default();
        let spawn = Spawn::decode(&request)?;
        match start(&spawn) {
            Ok(program) => {
                self.programs.insert(number, program);
                self.just_started = true;
                self.line.send(number, &ToHost::Started);
            }
            Err(e) => {
                let errno = e
                    .downcast_ref::<io::Error>()
                    .and_then(io::Error::raw_os_error)
                    .or_else(|| e.downcast_ref::<Errno>().map(|e| *e as i32))
                    .unwrap_or(0);
                let what = format!("{e:#}");
                self.line.send(number, &ToHost::Failed { errno, what });
            }
        }
        Ok(())
    }

    /// Passes queued input to the program, as much as the program accepts at once.
    fn feed_stdin(&mut self, number: u8, what: PollFlags) -> Result<()> {
        let Some(program) = self.programs.get_mut(&number) else {
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
                // The terminal outside has hung up, so this one does, too.
                program.terminal = None;
            }
            program.stdin.to = FeedTo::Nothing;
        }
        if taken > 0 {
            let n = u32::try_from(taken)?;
            self.line.send(number, &ToHost::StdinCredit(n));
        }
        if closed {
            self.line.send(number, &ToHost::StdinClosed);
        }
        Ok(())
    }

    /// Reads once from an output. Returns false if it had no data.
    fn read_output(&mut self, number: u8, stream: Stream) -> Result<bool> {
        let Some(program) = self.programs.get_mut(&number) else {
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
                self.line.send(number, &ToHost::Output(stream, bytes));
                Ok(true)
            }
            Read::Empty => Ok(false),
            Read::End => {
                program.close(stream);
                Ok(false)
            }
        }
    }

    /// Checks the states of the programs.
    fn reap(&mut self) -> Result<()> {
        while self.signals.read_signal()?.is_some() {}
        let numbers: Vec<u8> = self.programs.keys().copied().collect();
        for number in numbers {
            self.look_after(number)?;
        }
        Ok(())
    }

    fn look_after(&mut self, number: u8) -> Result<()> {
        let Some(program) = self.programs.get_mut(&number) else {
            return Ok(());
        };
        if program.end.is_some() {
            return Ok(());
        }
        let pid = rustix::process::Pid::from_raw(program.pid.as_raw());
        let flags = WaitOptions::NOHANG | WaitOptions::UNTRACED;
        let Some((_, status)) = waitpid(pid, flags).context("wait for the program")? else {
            return Ok(());
        };
        if let Some(code) = status.exit_status() {
            program.end = Some(ToHost::Exited(code));
        } else if let Some(signal) = status.terminating_signal() {
            program.end = Some(ToHost::Signaled(signal));
        } else if let Some(signal) = status.stopping_signal() {
            // The runner will stop, too. So the output before the stop is sent first.
            for stream in Stream::ALL {
                while self.read_output(number, stream)? {}
            }
            self.line.send(number, &ToHost::Stopped(signal));
            return Ok(());
        }
        if let Some(file) = &mut program.stdin_file {
            let offset = file.stream_position()?;
            self.line.send(number, &ToHost::StdinOffset(offset));
        }
        if let Some(terminal) = &mut program.terminal {
            terminal.slave = None;
        }
        Ok(())
    }

    /// Reports the ends of programs whose whole output was sent. Does not wait for other processes
    /// that have inherited the output.
    fn report_ends(&mut self) -> Result<()> {
        let ended = |(number, program): (&u8, &Program)| program.end.is_some().then_some(*number);
        let numbers: Vec<u8> = self.programs.iter().filter_map(ended).collect();
        for number in numbers {
            let mut complete = true;
            for stream in Stream::ALL {
                while self.read_output(number, stream)? {}
                // If the runner is slow, it will read later, or it closes the stream.
                complete &= self.programs.get(&number).is_none_or(|program| {
                    program.output_from(stream).is_none() || program.output(stream).credit > 0
                });
            }
            if !complete {
                continue;
            }
            if let Some(end) = self
                .programs
                .remove(&number)
                .and_then(|program| program.end)
            {
                // The program's data must be in its files before the runner reports the end.
                nix::unistd::sync();
                self.line.send(number, &end);
            }
        }
        Ok(())
    }
}
