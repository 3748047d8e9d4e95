//! The run of one program in the test kernel, outside the kernel: an event loop between the
//! caller's descriptors and signals and the line to the agent.

mod console;
pub(crate) mod link;
pub(crate) mod signals;

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::poll::{PollFlags, PollTimeout};
use nix::sys::signal::{Signal, kill, raise};
use nix::sys::signalfd::SignalFd;
use nix::unistd::{Pid, Whence, lseek};

use link::{Link, Unheard};
use signals::SI_KERNEL;

use crate::error::Error;
use crate::fdio::{self, PollSet, Read, Written};
use crate::proto::{Input, MAX_TO_GUEST, Output, STREAM_WINDOW, Spawn, Stream, ToGuest, ToHost};
use crate::terminal::{self, Raw};
use crate::uml::Process;

/// Time limit for the kernel's start, until its agent reports.
pub(crate) const BOOT_TIMEOUT: Duration = Duration::from_secs(30);

/// Time limit for switching off after the program's end.
pub(crate) const HALT_TIMEOUT: Duration = Duration::from_secs(5);

/// Time limit for the report of a machine in which a program hangs.
pub(crate) const REPORT_TIMEOUT: Duration = Duration::from_secs(3);

/// If earlier keys stay unread for this time, another interrupt key ends the run. From a raw
/// terminal, nothing else can end a hung kernel.
const PATIENCE: Duration = Duration::from_secs(2);

/// The end of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Exited(i32),
    Signaled(i32),
    /// The program could not be started.
    NotStarted {
        errno: i32,
        what: String,
    },
}

/// The caller's descriptors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stdio<'fd> {
    pub(crate) stdin: BorrowedFd<'fd>,
    pub(crate) stdout: BorrowedFd<'fd>,
    pub(crate) stderr: BorrowedFd<'fd>,
}

impl<'fd> Stdio<'fd> {
    /// The destination of the output of the program's terminal.
    fn terminal(self, spawn: &Spawn) -> BorrowedFd<'fd> {
        match (spawn.stdout, spawn.stderr) {
            (Output::Terminal, _) => self.stdout,
            (_, Output::Terminal) => self.stderr,
            // Standard streams of a terminal are usually open for reading and writing. The echo of
            // typed keys goes there.
            _ => self.stdin,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Line,
    Console,
    Signals,
    Stdin,
    Out(Stream),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Booting,
    Running,
    Halting,
}

struct OutputState {
    queue: VecDeque<u8>,
    open: bool,
}

/// The number of the only program.
const PROGRAM: u8 = 0;

pub(crate) struct Session<'a> {
    link: Link,
    signals: SignalFd,
    stdio: Stdio<'a>,
    spawn: &'a Spawn,
    raw: Raw<'a>,
    phase: Phase,
    deadline: Option<Instant>,
    run_timeout: Option<Duration>,
    stdin_open: bool,
    stdin_eof_sent: bool,
    stdin_credit: usize,
    outputs: [OutputState; 3],
    /// The program was stopped. This process stops, too, when it has written the program's output.
    stop_pending: bool,
    /// The time has elapsed, and the agent was asked for a report.
    report_asked: bool,
    end: Option<End>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        kernel: Process,
        signals: SignalFd,
        stdio: Stdio<'a>,
        spawn: &'a Spawn,
        run_timeout: Option<Duration>,
    ) -> Self {
        let mut link = Link::new(kernel);
        link.spawn(PROGRAM, spawn);
        link.halt();
        Self {
            link,
            signals,
            stdio,
            spawn,
            raw: Raw::new(stdio.stdin),
            phase: Phase::Booting,
            deadline: Some(Instant::now() + BOOT_TIMEOUT),
            run_timeout,
            stdin_open: !matches!(spawn.stdin, Input::File { .. }),
            stdin_eof_sent: false,
            stdin_credit: STREAM_WINDOW,
            outputs: Stream::ALL.map(|_| OutputState {
                queue: VecDeque::new(),
                open: true,
            }),
            stop_pending: false,
            report_asked: false,
            end: None,
        }
    }

    /// Runs the program to its end.
    pub(crate) fn run(mut self) -> Result<End> {
        loop {
            self.flush_line()?;
            if let Some(end) = self.finished()? {
                return Ok(end);
            }
            if self.stop_pending && self.all_written() {
                self.suspend()?;
            }
            let Some(timeout) = self.timeout()? else {
                continue;
            };
            let events = self.poll_set().wait(timeout)?;
            for (source, what) in events {
                match source {
                    Source::Line => self.read_line()?,
                    Source::Console => {
                        self.link.console.read(&self.link.kernel.console)?;
                    }
                    Source::Signals => self.read_signals()?,
                    Source::Stdin => self.read_stdin()?,
                    Source::Out(stream) => self.write_output(stream, what)?,
                }
            }
        }
    }

    /// Returns the result when the program has ended, its output was written and the kernel is off.
    fn finished(&mut self) -> Result<Option<End>> {
        if self.phase == Phase::Halting && self.all_written() {
            let down = self.link.kernel.try_wait()?.is_some();
            let late = self.deadline.is_some_and(|d| d <= Instant::now());
            if down || late {
                // The kernel may still do something, but the program has ended and its data is
                // synced.
                self.link.kernel.kill()?;
                self.raw.leave();
                return Ok(self.end.take());
            }
        }
        Ok(None)
    }

    fn all_written(&self) -> bool {
        self.outputs.iter().all(|o| o.queue.is_empty() || !o.open)
    }

    /// Returns the time until the deadline; none if the deadline has changed.
    fn timeout(&mut self) -> Result<Option<PollTimeout>> {
        let Some(deadline) = self.deadline else {
            return Ok(Some(PollTimeout::NONE));
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            match self.phase {
                Phase::Booting => {
                    return Err(self.crash(&format!(
                        "was not ready within {} s",
                        BOOT_TIMEOUT.as_secs()
                    )));
                }
                Phase::Running => {
                    let limit = self.run_timeout.unwrap_or_default();
                    if !std::mem::replace(&mut self.report_asked, true) {
                        self.send(&ToGuest::Report);
                        self.deadline = Some(Instant::now() + REPORT_TIMEOUT);
                        return Ok(None);
                    }
                    return Err(self.timed_out(limit, None));
                }
                Phase::Halting => {
                    // The kernel is not slow: it waits for the reader of the output.
                    self.deadline = None;
                    self.link.kernel.kill()?;
                    return Ok(None);
                }
            }
        }
        // Rounded up, because waking too early would make the loop spin.
        let millis = left.as_millis().saturating_add(1).min(60_000);
        Ok(Some(
            u16::try_from(millis).map_or(PollTimeout::MAX, PollTimeout::from),
        ))
    }

    fn program(&self) -> String {
        self.spawn
            .argv
            .first()
            .map(|p| Path::new(p).display().to_string())
            .unwrap_or_default()
    }

    fn poll_set(&self) -> PollSet<'_, Source> {
        let mut set = PollSet::new();
        let mut line = PollFlags::POLLIN;
        line.set(PollFlags::POLLOUT, self.link.wants_to_write());
        if self.phase != Phase::Halting {
            set.add(Source::Line, self.link.kernel.line.as_fd(), line);
        }
        if self.link.console.is_open() {
            set.add(
                Source::Console,
                self.link.kernel.console.as_fd(),
                PollFlags::POLLIN,
            );
        }
        set.add(Source::Signals, self.signals.as_fd(), PollFlags::POLLIN);
        if self.wants_stdin() {
            set.add(Source::Stdin, self.stdio.stdin, PollFlags::POLLIN);
        }
        for stream in Stream::ALL {
            let (Some(output), Some(fd)) = (self.outputs.get(stream.index()), self.sink(stream))
            else {
                continue;
            };
            if output.open {
                let mut flags = PollFlags::empty();
                flags.set(PollFlags::POLLOUT, !output.queue.is_empty());
                set.add(Source::Out(stream), fd, flags);
            }
        }
        set
    }

    /// Returns the destination of a stream's data; none for a stream that the program does not
    /// have.
    fn sink(&self, stream: Stream) -> Option<BorrowedFd<'a>> {
        match stream {
            Stream::Stdout => (self.spawn.stdout == Output::Pipe).then_some(self.stdio.stdout),
            Stream::Stderr => (self.spawn.stderr == Output::Pipe).then_some(self.stdio.stderr),
            Stream::Terminal => (self.spawn.stdin == Input::Terminal
                || self.spawn.stdout == Output::Terminal
                || self.spawn.stderr == Output::Terminal)
                .then(|| self.stdio.terminal(self.spawn)),
        }
    }

    fn wants_stdin(&self) -> bool {
        self.phase == Phase::Running
            && self.stdin_open
            && self.stdin_credit > 0
            && !self.link.is_asking()
            && self.stdin_room() > 0
            && (self.spawn.stdin != Input::Terminal || self.raw.is_raw())
    }

    /// Returns the number of input bytes that can be sent now.
    fn stdin_room(&self) -> usize {
        self.link.input_room().min(self.stdin_credit)
    }

    fn send(&mut self, frame: &ToGuest) {
        self.link.send(PROGRAM, frame);
    }

    fn flush_line(&mut self) -> Result<()> {
        if self.phase == Phase::Running && !self.link.flush()? {
            return Err(self.crash("died"));
        }
        Ok(())
    }

    fn read_line(&mut self) -> Result<()> {
        if !self.link.read()? {
            return Err(self.crash("died"));
        }
        loop {
            let frame = self.link.next();
            if self.phase == Phase::Booting && self.link.is_up() {
                self.phase = Phase::Running;
                self.deadline = self.run_timeout.map(|limit| Instant::now() + limit);
            }
            match frame {
                Ok(Some((PROGRAM, frame))) => self.handle(frame)?,
                Ok(Some(_)) => {
                    return Err(self.crash(
                        "sends a message about a program that was not \
                    started",
                    ));
                }
                Ok(None) => return Ok(()),
                Err(Unheard::Malformed(e)) => {
                    return Err(self.crash(&format!("does not use the agent's protocol ({e})")));
                }
                Err(Unheard::Version(theirs)) => {
                    self.raw.leave();
                    self.link.kernel.kill()?;
                    bail!(Error::Protocol { theirs });
                }
            }
        }
    }

    fn handle(&mut self, frame: ToHost) -> Result<()> {
        match frame {
            ToHost::Hello(_) | ToHost::Ack(_) => {}
            ToHost::StdinCredit(n) => self.stdin_credit += usize::try_from(n)?,
            ToHost::StdinClosed => self.close_stdin(),
            ToHost::Output(stream, bytes) => {
                if let Some(output) = self.outputs.get_mut(stream.index()) {
                    if output.open {
                        output.queue.extend(bytes);
                    }
                }
                self.write_output(stream, PollFlags::empty())?;
            }
            ToHost::Started => {
                if self.spawn.stdin == Input::Terminal {
                    self.raw.enter().context("set the terminal up")?;
                }
            }
            ToHost::Failed { errno, what } => self.end(End::NotStarted { errno, what }),
            ToHost::KeySignal(number) => self.key_signal(number)?,
            ToHost::Stopped(_) => self.stop_pending = true,
            ToHost::StdinOffset(offset) => {
                // Other processes that read the file after us share its offset.
                lseek(self.stdio.stdin, i64::try_from(offset)?, Whence::SeekSet)
                    .context("set the offset of standard input")?;
            }
            ToHost::Report(text) => {
                let limit = self.run_timeout.unwrap_or_default();
                return Err(self.timed_out(limit, Some(&text)));
            }
            ToHost::Exited(code) => self.end(End::Exited(code)),
            ToHost::Signaled(number) => self.end(End::Signaled(number)),
        }
        Ok(())
    }

    fn end(&mut self, end: End) {
        self.end = Some(end);
        self.phase = Phase::Halting;
        self.stdin_open = false;
        self.deadline = Some(Instant::now() + HALT_TIMEOUT);
    }

    fn read_stdin(&mut self) -> Result<()> {
        let mut buf = [0; MAX_TO_GUEST];
        let room = self.stdin_room();
        if room == 0 || !self.stdin_open {
            return Ok(());
        }
        match fdio::read(self.stdio.stdin, buf.get_mut(..room).unwrap_or_default()) {
            Ok(Read::Data(n)) => {
                let bytes = buf.get(..n).unwrap_or_default().to_vec();
                if self.raw.is_raw() && self.gives_up(&bytes) {
                    return Err(self.crash("does not answer"));
                }
                self.stdin_credit -= n;
                self.send(&ToGuest::Stdin(bytes));
            }
            Ok(Read::Empty) => {}
            Ok(Read::End) => self.stdin_eof(),
            Err(e) if e.raw_os_error() == Some(nix::errno::Errno::EISDIR as i32) => {
                self.stdin_eof();
            }
            Err(e) => return Err(e).context("read standard input"),
        }
        Ok(())
    }

    fn stdin_eof(&mut self) {
        self.stdin_open = false;
        if !std::mem::replace(&mut self.stdin_eof_sent, true) {
            self.send(&ToGuest::StdinEof);
        }
    }

    /// Handles an interrupt key while the kernel has not read earlier keys.
    fn gives_up(&self, keys: &[u8]) -> bool {
        const INTERRUPT: u8 = 3;
        keys.contains(&INTERRUPT)
            && self.stdin_credit < STREAM_WINDOW
            && self.link.last_word.elapsed() > PATIENCE
    }

    /// The program has closed its standard input. Closes ours, so the writer gets an error, unless
    /// other processes read it, too.
    fn close_stdin(&mut self) {
        self.stdin_open = false;
        if let Ok(null) = std::fs::File::open("/dev/null") {
            let _ = nix::unistd::dup2_stdin(null);
        }
    }

    fn write_output(&mut self, stream: Stream, what: PollFlags) -> Result<()> {
        // If poll reports a pipe as writable, this number of bytes can be written without blocking.
        const PIPE_BUF: usize = 4096;
        let Some(sink) = self.sink(stream) else {
            return Ok(());
        };
        let Some(output) = self.outputs.get_mut(stream.index()) else {
            return Ok(());
        };
        let mut closed =
            what.intersects(PollFlags::POLLERR | PollFlags::POLLHUP | PollFlags::POLLNVAL);
        if !closed && what.contains(PollFlags::POLLOUT) && !output.queue.is_empty() {
            match fdio::write_front(sink, &mut output.queue, PIPE_BUF)
                .with_context(|| format!("write the program's {stream:?}"))?
            {
                Written::Some(n) => {
                    let n = u32::try_from(n)?;
                    self.send(&ToGuest::Credit(stream, n));
                }
                Written::Full => {}
                Written::Closed => closed = true,
            }
        }
        if closed {
            if let Some(output) = self.outputs.get_mut(stream.index()) {
                output.open = false;
                output.queue.clear();
            }
            self.send(&ToGuest::Closed(stream));
        }
        Ok(())
    }

    fn read_signals(&mut self) -> Result<()> {
        while let Some(info) = self.signals.read_signal()? {
            let Ok(signal) = i32::try_from(info.ssi_signo)
                .map_err(|_| ())
                .and_then(|n| Signal::try_from(n).map_err(|_| ()))
            else {
                continue;
            };
            match signal {
                Signal::SIGCHLD => {
                    if self.phase != Phase::Halting && self.link.kernel.try_wait()?.is_some() {
                        // The line may still contain the agent's last messages.
                        self.read_line()?;
                        if self.phase != Phase::Halting {
                            return Err(self.crash("died"));
                        }
                    }
                }
                Signal::SIGWINCH => self.send_window(),
                // This is our signal, for the rest of the process group: see `key_signal`.
                _ if info.ssi_pid == std::process::id() => {}
                _ => {
                    if signal == Signal::SIGTERM && self.phase == Phase::Booting {
                        bail!("terminated while the kernel was starting");
                    }
                    // The shell that continues a job continues all its processes.
                    let group = info.ssi_code == SI_KERNEL || signal == Signal::SIGCONT;
                    self.send(&ToGuest::Signal {
                        number: signal as i32,
                        group,
                    });
                    match signal {
                        Signal::SIGTSTP => self.suspend()?,
                        Signal::SIGCONT => self.resume()?,
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }

    fn send_window(&mut self) {
        if self.sink(Stream::Terminal).is_some() {
            let window = terminal::window(self.stdio.terminal(self.spawn));
            self.send(&ToGuest::Window(window));
        }
    }

    /// Handles a key that has raised a signal in the program's group. On a common terminal, the key
    /// would also have signalled our group, which contains cargo and make.
    fn key_signal(&mut self, number: i32) -> Result<()> {
        let signal = Signal::try_from(number)?;
        if signal == Signal::SIGTSTP {
            self.raw.leave();
        }
        kill(Pid::from_raw(0), signal).context("signal our process group")?;
        if signal == Signal::SIGTSTP {
            self.suspend()?;
        }
        Ok(())
    }

    /// Stops this process until it is continued.
    fn suspend(&mut self) -> Result<()> {
        self.stop_pending = false;
        self.raw.leave();
        self.flush_line()?;
        let before = Instant::now();
        raise(Signal::SIGSTOP)?;
        // The time during the stop does not count for the program's limit.
        if let Some(deadline) = &mut self.deadline {
            *deadline += before.elapsed();
        }
        self.resume()
    }

    fn resume(&mut self) -> Result<()> {
        if self.spawn.stdin == Input::Terminal && self.phase == Phase::Running {
            self.raw.enter().context("set the terminal up")?;
            self.send_window();
        }
        Ok(())
    }

    /// Returns the error for a kernel that has failed, with the end of its console's output.
    fn crash(&mut self, what: &str) -> anyhow::Error {
        let doing = match self.phase {
            Phase::Booting => "booting".to_owned(),
            _ => format!("running {}", self.program()),
        };
        // Ends the kernel first. After that, all its output has arrived.
        let _ = self.link.kernel.kill();
        self.rescue_output();
        self.raw.leave();
        self.link.crash(what, &doing).into()
    }

    /// Writes the program's output from before the failure of the kernel, as far as it has arrived
    /// here and a reader accepts it.
    fn rescue_output(&mut self) {
        for (_, frame) in self.link.last_frames() {
            if let ToHost::Output(stream, bytes) = frame {
                if let Some(output) = self.outputs.get_mut(stream.index()) {
                    output.queue.extend(bytes);
                }
            }
        }
        for stream in Stream::ALL {
            let Some(sink) = self.sink(stream) else {
                continue;
            };
            loop {
                let open = |o: &&mut OutputState| o.open && !o.queue.is_empty();
                if self.outputs.get_mut(stream.index()).filter(open).is_none() {
                    break;
                }
                let mut set = PollSet::new();
                set.add((), sink, PollFlags::POLLOUT);
                let what = match set.wait(PollTimeout::from(1000_u16)) {
                    Ok(events) => events.first().map(|((), what)| *what),
                    Err(_) => None,
                };
                let Some(what) = what else {
                    break;
                };
                if self.write_output(stream, what).is_err() {
                    break;
                }
            }
        }
    }

    /// Returns the error for a program that hangs, with a report of the machine.
    fn timed_out(&mut self, limit: Duration, processes: Option<&str>) -> anyhow::Error {
        self.raw.leave();
        let what = format!(
            "{} ran for more than {} s and was ended (set TEST_KERNEL_TIMEOUT to another limit, or \
             to 0 for no limit)",
            self.program(),
            limit.as_secs_f32()
        );
        Error::TimedOut(self.link.hang(&what, processes)).into()
    }
}
