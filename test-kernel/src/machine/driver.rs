//! The thread that runs a machine: an event loop between the descriptors of its programs and the
//! line to the agent.

use std::collections::{BTreeMap, VecDeque};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use nix::fcntl::OFlag;
use nix::poll::{PollFlags, PollTimeout};
use nix::unistd::pipe2;

use super::child::{ExitStatus, Signal, Stage, State, Watched};
use super::{Boot, Booted};
use crate::error::Error;
use crate::fdio::{self, PollSet, Read, Written};
use crate::proto::{MAX_TO_GUEST, STREAM_WINDOW, Spawn, Stream, ToGuest, ToHost};
use crate::session::link::{Link, Unheard};
use crate::session::{HALT_TIMEOUT, REPORT_TIMEOUT};

/// Requests to the thread.
enum Order {
    Spawn {
        number: u8,
        spawn: Box<Spawn>,
        ends: Ends,
        state: Watched,
    },
    Signal {
        number: u8,
        signal: Signal,
        group: bool,
        /// After the program's end, another program may have this number.
        state: Arc<State>,
    },
    /// Report the machine's processes, after this text.
    Report(String, Sender<String>),
    Console(Sender<String>),
    /// Switch off when all programs have ended.
    ShutDown,
    /// Switch off at once.
    Kill,
}

/// The host's descriptors of a program's streams.
pub(super) struct Ends {
    pub(super) stdin: Option<OwnedFd>,
    pub(super) stdout: Option<OwnedFd>,
    pub(super) stderr: Option<OwnedFd>,
}

/// A handle of the thread.
#[derive(Debug)]
pub(crate) struct Driver {
    shared: Mutex<Shared>,
    /// A byte in this pipe wakes the thread.
    wake: OwnedFd,
    thread: Mutex<Option<JoinHandle<Result<(), Error>>>>,
}

#[derive(Debug)]
struct Shared {
    orders: Sender<Order>,
    /// The numbers of programs, and the programs.
    numbers: BTreeMap<u8, Arc<State>>,
}

impl Driver {
    /// Boots a machine and waits until it is ready.
    pub(super) fn start(boot: Boot, patience: Duration) -> Result<Self, Error> {
        let (orders, from_orders) = channel();
        let (up, when_up) = channel();
        let (woken, wake) = pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK).context("create a pipe")?;
        let thread = std::thread::Builder::new()
            .name("test-kernel".to_owned())
            // The kernel ends with the thread that has started it, so this thread starts it.
            .spawn(move || {
                let booted = super::start(&boot)?;
                let mut machine = Keeper::new(booted, from_orders, woken, up, patience);
                let end = machine.run();
                let report = match &end {
                    Err(Error::Crashed(report)) => Some(report.clone()),
                    _ => None,
                };
                machine.lose(report.as_deref());
                end
            })
            .context("start a thread")?;
        // The thread drops its end if it fails.
        let is_up = when_up.recv().is_ok();
        let driver = Self {
            shared: Mutex::new(Shared {
                orders,
                numbers: BTreeMap::new(),
            }),
            wake,
            thread: Mutex::new(Some(thread)),
        };
        if !is_up {
            driver.join()?;
            return Err(Error::Off);
        }
        Ok(driver)
    }

    fn order(&self, order: Order) -> Result<(), Error> {
        let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = shared.orders.send(order);
        drop(shared);
        if sent.is_err() {
            self.join()?;
            return Err(Error::Off);
        }
        // If the pipe is full, the thread will wake up anyway.
        let _ = nix::unistd::write(&self.wake, &[0]);
        Ok(())
    }

    pub(super) fn spawn(&self, spawn: Spawn, ends: Ends, state: &Arc<State>) -> Result<u8, Error> {
        let number = self
            .number(state)
            .context("256 programs are running already")?;
        self.order(Order::Spawn {
            number,
            spawn: Box::new(spawn),
            ends,
            state: Watched(Arc::clone(state)),
        })?;
        Ok(number)
    }

    /// Returns an unused number for a program.
    fn number(&self, state: &Arc<State>) -> Option<u8> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.numbers.retain(|_, state| state.is_running());
        let free = (0..=u8::MAX).find(|number| !shared.numbers.contains_key(number))?;
        shared.numbers.insert(free, Arc::clone(state));
        Some(free)
    }

    pub(super) fn signal(
        &self,
        number: u8,
        signal: Signal,
        group: bool,
        state: &Arc<State>,
    ) -> Result<(), Error> {
        self.order(Order::Signal {
            number,
            signal,
            group,
            state: Arc::clone(state),
        })
    }

    /// Returns a report of the machine's processes, after this text.
    pub(super) fn hung(&self, what: &str) -> String {
        let (to, from) = channel();
        let _ = self.order(Order::Report(what.to_owned(), to));
        from.recv().unwrap_or_else(|_| what.to_owned())
    }

    pub(super) fn console(&self) -> String {
        let (to, from) = channel();
        let _ = self.order(Order::Console(to));
        from.recv().unwrap_or_default()
    }

    pub(super) fn shut_down(&self) -> Result<(), Error> {
        let _ = self.order(Order::ShutDown);
        self.join()
    }

    /// Waits for the thread's end. The first call returns the reason.
    fn join(&self) -> Result<(), Error> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        match thread.take().map(JoinHandle::join) {
            Some(Ok(end)) => end,
            Some(Err(_)) => Err(Error::Off),
            None => Ok(()),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.order(Order::Kill);
        let _ = self.join();
    }
}

/// A program, as the event loop sees it.
struct Running {
    state: Watched,
    stdin: Option<OwnedFd>,
    /// The agent was informed of the end of the input.
    eof_sent: bool,
    credit: usize,
    outputs: [Sink; 2],
    end: Option<Stage>,
}

/// The destination of an output.
struct Sink {
    to: Option<OwnedFd>,
    queue: VecDeque<u8>,
}

impl Running {
    fn output(&mut self, stream: Stream) -> Option<&mut Sink> {
        let [stdout, stderr] = &mut self.outputs;
        match stream {
            Stream::Stdout => Some(stdout),
            Stream::Stderr => Some(stderr),
            Stream::Terminal => None,
        }
    }

    fn is_written(&self) -> bool {
        self.outputs.iter().all(|sink| sink.queue.is_empty())
    }
}

const STREAMS: [Stream; 2] = [Stream::Stdout, Stream::Stderr];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Line,
    Console,
    Orders,
    Stdin(u8),
    Out(u8, Stream),
}

struct Keeper {
    link: Link,
    _slot: crate::place::Slot,
    orders: Receiver<Order>,
    woken: OwnedFd,
    /// The caller that waits for the boot.
    up: Option<Sender<()>>,
    boot_deadline: Instant,
    patience: Duration,
    halting: bool,
    halt_deadline: Option<Instant>,
    programs: BTreeMap<u8, Running>,
    /// The caller that waits for a report, and its deadline.
    reports: Vec<(String, Sender<String>, Instant)>,
}

impl Keeper {
    fn new(
        booted: Booted,
        orders: Receiver<Order>,
        woken: OwnedFd,
        up: Sender<()>,
        patience: Duration,
    ) -> Self {
        Self {
            link: Link::new(booted.kernel),
            _slot: booted.slot,
            orders,
            woken,
            up: Some(up),
            boot_deadline: Instant::now() + patience,
            patience,
            halting: false,
            halt_deadline: None,
            programs: BTreeMap::new(),
            reports: Vec::new(),
        }
    }

    /// Runs the event loop until the machine is off.
    fn run(&mut self) -> Result<(), Error> {
        loop {
            if !self.link.flush()? {
                return self.line_closed();
            }
            let now = Instant::now();
            if !self.link.is_up() && self.boot_deadline <= now {
                let seconds = self.patience.as_secs();
                return Err(self
                    .link
                    .crash(&format!("was not ready within {seconds} s"), "booting"));
            }
            self.report_late(now);
            if self.halting && self.programs.is_empty() {
                let deadline = *self.halt_deadline.get_or_insert(now + HALT_TIMEOUT);
                if deadline <= now {
                    // The kernel may still do something, but all programs have ended and their data
                    // is synced.
                    self.link.kernel.kill()?;
                    return Ok(());
                }
            }
            let events = self.poll_set().wait(self.timeout(now)).context("wait")?;
            for (source, what) in events {
                match source {
                    Source::Line => {
                        if !self.read_line()? {
                            return self.line_closed();
                        }
                    }
                    Source::Console => {
                        let link = &mut self.link;
                        link.console
                            .read(&link.kernel.console)
                            .context("read the console")?;
                    }
                    Source::Orders => {
                        if self.take_orders()? {
                            self.link.kernel.kill()?;
                            return Ok(());
                        }
                    }
                    Source::Stdin(number) => self.read_stdin(number)?,
                    Source::Out(number, stream) => self.write_output(number, stream, what)?,
                }
            }
            self.tell_ends();
        }
    }

    /// The other end of the line was closed.
    fn line_closed(&mut self) -> Result<(), Error> {
        if self.halting && self.programs.is_empty() {
            self.link.kernel.kill()?;
            return Ok(());
        }
        for (number, frame) in self.link.last_frames() {
            self.handle(number, frame)?;
        }
        let doing = match self.link.is_up() {
            true => "running programs",
            false => "booting",
        };
        Err(self.link.crash("died", doing))
    }

    /// Drops all programs, because the machine is off.
    fn lose(&mut self, report: Option<&str>) {
        for number in self.programs.keys().copied().collect::<Vec<_>>() {
            for stream in STREAMS {
                // Writes as much as possible without waiting.
                let _ = self.write_output(number, stream, PollFlags::POLLOUT);
            }
        }
        for (_, program) in std::mem::take(&mut self.programs) {
            let lost = Stage::Lost(report.map(str::to_owned));
            let Running { state, end, .. } = program;
            state.0.set(end.unwrap_or(lost));
        }
    }

    fn timeout(&self, now: Instant) -> PollTimeout {
        let mut deadlines: Vec<Instant> = self.reports.iter().map(|(.., until)| *until).collect();
        if !self.link.is_up() {
            deadlines.push(self.boot_deadline);
        }
        deadlines.extend(self.halt_deadline);
        let Some(next) = deadlines.into_iter().min() else {
            return PollTimeout::NONE;
        };
        // Rounded up, because waking too early would make the loop spin.
        let millis = next.saturating_duration_since(now).as_millis() + 1;
        u16::try_from(millis).map_or(PollTimeout::MAX, PollTimeout::from)
    }

    fn poll_set(&self) -> PollSet<'_, Source> {
        let mut set = PollSet::new();
        let mut line = PollFlags::POLLIN;
        line.set(PollFlags::POLLOUT, self.link.wants_to_write());
        set.add(Source::Line, self.link.kernel.line.as_fd(), line);
        if self.link.console.is_open() {
            set.add(
                Source::Console,
                self.link.kernel.console.as_fd(),
                PollFlags::POLLIN,
            );
        }
        set.add(Source::Orders, self.woken.as_fd(), PollFlags::POLLIN);
        let may_read = !self.link.is_asking() && self.link.input_room() > 0;
        for (number, program) in &self.programs {
            if let (Some(stdin), true, true) = (&program.stdin, may_read, program.credit > 0) {
                set.add(Source::Stdin(*number), stdin.as_fd(), PollFlags::POLLIN);
            }
            for (stream, sink) in STREAMS.into_iter().zip(&program.outputs) {
                if let Some(to) = &sink.to {
                    let mut flags = PollFlags::empty();
                    flags.set(PollFlags::POLLOUT, !sink.queue.is_empty());
                    set.add(Source::Out(*number, stream), to.as_fd(), flags);
                }
            }
        }
        set
    }

    /// Handles frames from the agent. Returns false if the agent has ended.
    fn read_line(&mut self) -> Result<bool, Error> {
        if !self.link.read()? {
            return Ok(false);
        }
        loop {
            let frame = self.link.next();
            if self.link.is_up() {
                if let Some(up) = self.up.take() {
                    let _ = up.send(());
                }
            }
            match frame {
                Ok(Some((number, frame))) => self.handle(number, frame)?,
                Ok(None) => return Ok(true),
                Err(Unheard::Malformed(e)) => {
                    let what = format!("does not use the agent's protocol ({e})");
                    return Err(self.link.crash(&what, "talking to the agent"));
                }
                Err(Unheard::Version(theirs)) => {
                    self.link.kernel.kill()?;
                    return Err(Error::Protocol { theirs });
                }
            }
        }
    }

    fn handle(&mut self, number: u8, frame: ToHost) -> Result<(), Error> {
        if let ToHost::Report(text) = frame {
            for (what, to, _) in std::mem::take(&mut self.reports) {
                let _ = to.send(self.link.hang(&what, Some(&text)));
            }
            return Ok(());
        }
        let Some(program) = self.programs.get_mut(&number) else {
            return Ok(());
        };
        match frame {
            ToHost::Started => program.state.0.set(Stage::Running),
            ToHost::Failed { errno, what } => {
                program.end = Some(Stage::Failed {
                    errno,
                    reason: what,
                });
            }
            ToHost::StdinCredit(n) => {
                program.credit += usize::try_from(n).context("read a credit")?;
            }
            ToHost::StdinClosed => program.stdin = None,
            ToHost::Output(stream, bytes) => {
                let n = bytes.len();
                match program.output(stream) {
                    Some(sink) if sink.to.is_some() => sink.queue.extend(bytes),
                    // The caller no longer wants the output, but the program may continue.
                    _ => {
                        let n = u32::try_from(n).context("count bytes")?;
                        self.link.send(number, &ToGuest::Credit(stream, n));
                    }
                }
            }
            ToHost::Exited(code) => program.end = Some(Stage::Ended(ExitStatus::Exited(code))),
            ToHost::Signaled(signal) => {
                let status = ExitStatus::Signaled(Signal(signal));
                program.end = Some(Stage::Ended(status));
            }
            // A stopped program continues after a signal. The other frames are only for programs
            // with a terminal.
            _ => {}
        }
        Ok(())
    }

    /// Handles the requests. Returns true if one of them is to switch off at once.
    fn take_orders(&mut self) -> Result<bool, Error> {
        let mut bytes = [0; 64];
        while let Ok(Read::Data(_)) = fdio::read(&self.woken, &mut bytes) {}
        while let Ok(order) = self.orders.try_recv() {
            match order {
                Order::Spawn {
                    number,
                    spawn,
                    ends,
                    state,
                } => self.spawn(number, &spawn, ends, state),
                Order::Signal {
                    number,
                    signal,
                    group,
                    state,
                } => {
                    let program = self.programs.get(&number);
                    if program.is_some_and(|program| Arc::ptr_eq(&program.state.0, &state)) {
                        let frame = ToGuest::Signal {
                            number: signal.0,
                            group,
                        };
                        self.link.send(number, &frame);
                    }
                }
                Order::Report(what, to) => {
                    self.link.send(0, &ToGuest::Report);
                    self.reports
                        .push((what, to, Instant::now() + REPORT_TIMEOUT));
                }
                Order::Console(to) => {
                    let _ = to.send(self.link.report(""));
                }
                Order::ShutDown => {
                    self.halting = true;
                    self.link.halt();
                }
                Order::Kill => return Ok(true),
            }
        }
        Ok(false)
    }

    fn spawn(&mut self, number: u8, spawn: &Spawn, ends: Ends, state: Watched) {
        self.link.spawn(number, spawn);
        let sink = |to| Sink {
            to,
            queue: VecDeque::new(),
        };
        self.programs.insert(
            number,
            Running {
                state,
                stdin: ends.stdin,
                eof_sent: false,
                credit: STREAM_WINDOW,
                outputs: [sink(ends.stdout), sink(ends.stderr)],
                end: None,
            },
        );
    }

    fn report_late(&mut self, now: Instant) {
        let (late, waiting) = std::mem::take(&mut self.reports)
            .into_iter()
            .partition(|(.., until)| *until <= now);
        self.reports = waiting;
        for (what, to, _) in Vec::<(String, Sender<String>, Instant)>::from_iter(late) {
            let _ = to.send(self.link.hang(&what, None));
        }
    }

    fn read_stdin(&mut self, number: u8) -> Result<(), Error> {
        let room = self.link.input_room();
        let Some(program) = self.programs.get_mut(&number) else {
            return Ok(());
        };
        let Some(stdin) = &program.stdin else {
            return Ok(());
        };
        let mut buf = [0; MAX_TO_GUEST];
        let room = room.min(program.credit);
        if room == 0 {
            return Ok(());
        }
        match fdio::read(stdin, buf.get_mut(..room).unwrap_or_default()) {
            Ok(Read::Data(n)) => {
                program.credit -= n;
                let bytes = buf.get(..n).unwrap_or_default().to_vec();
                self.link.send(number, &ToGuest::Stdin(bytes));
            }
            Ok(Read::Empty) => {}
            // An unreadable input also counts as its end.
            Ok(Read::End) | Err(_) => program.stdin = None,
        }
        Ok(())
    }

    fn write_output(&mut self, number: u8, stream: Stream, what: PollFlags) -> Result<(), Error> {
        // If poll reports a pipe as writable, this number of bytes can be written without blocking.
        const PIPE_BUF: usize = 4096;
        let Some(sink) = self
            .programs
            .get_mut(&number)
            .and_then(|program| program.output(stream))
        else {
            return Ok(());
        };
        let Some(to) = &sink.to else {
            return Ok(());
        };
        let mut closed =
            what.intersects(PollFlags::POLLERR | PollFlags::POLLHUP | PollFlags::POLLNVAL);
        if !closed && what.contains(PollFlags::POLLOUT) && !sink.queue.is_empty() {
            match fdio::write_front(to, &mut sink.queue, PIPE_BUF) {
                Ok(Written::Some(n)) => {
                    let n = u32::try_from(n).context("count bytes")?;
                    self.link.send(number, &ToGuest::Credit(stream, n));
                    return Ok(());
                }
                Ok(Written::Full) => {}
                Ok(Written::Closed) | Err(_) => closed = true,
            }
        }
        if closed {
            sink.to = None;
            sink.queue.clear();
            self.link.send(number, &ToGuest::Closed(stream));
        }
        Ok(())
    }

    /// Removes programs that have ended and whose output was written. Informs the agent of inputs
    /// that have ended.
    fn tell_ends(&mut self) {
        let link = &mut self.link;
        for (number, program) in &mut self.programs {
            if program.stdin.is_none() && !program.eof_sent && !link.is_asking() {
                program.eof_sent = true;
                link.send(*number, &ToGuest::StdinEof);
            }
        }
        let ended: Vec<u8> = self
            .programs
            .iter()
            .filter(|(_, program)| program.end.is_some() && program.is_written())
            .map(|(number, _)| *number)
            .collect();
        for number in ended {
            if let Some(program) = self.programs.remove(&number) {
                let Running {
                    state,
                    outputs,
                    stdin,
                    end,
                    ..
                } = program;
                // First closes the ends of the pipes, for callers that read until the end of the
                // file.
                drop((outputs, stdin));
                if let Some(end) = end {
                    state.0.set(end);
                }
            }
        }
    }
}
