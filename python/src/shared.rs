//! An open client, which all threads share. It has the two halves, each behind a lock that
//! is held for one step only, and the bells that wake waiting threads.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use alsa_seq::abi::ioctl::SeqFd;
use alsa_seq::wire::{Events, Framing};
use alsa_seq::{
    AsyncEventInput, AsyncEventOutput, ClientControl, ClientFile, ClientId, ClientOptions, Error,
    Event, Reactor,
};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use nix::sys::eventfd::{EfdFlags, EventFd};

use crate::signals;
use crate::stream::Streams;

/// A reactor that watches no files. It takes each step once. This module does the waiting.
pub(crate) struct Steps;

fn once<T>(step: io::Result<T>) -> Poll<io::Result<T>> {
    match step {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        result => Poll::Ready(result),
    }
}

impl Reactor for Steps {
    fn register(_: ClientFile) -> io::Result<Self> {
        Ok(Self)
    }

    fn poll_read<T>(
        &self,
        _: &mut Context<'_>,
        mut step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        once(step())
    }

    fn poll_write<T>(
        &self,
        _: &mut Context<'_>,
        mut step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        once(step())
    }

    async fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// The reason why a step has no result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The client is closed.
    Closed,
    /// The library's error.
    Error(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// The result of waiting for a step.
pub(crate) enum Outcome<T> {
    Done(T),
    TimedOut,
    /// A signal has come. Python handles it, and the wait goes on.
    Signal,
}

pub(crate) type Step<T> = Result<Poll<T>, Failure>;

/// The threads that wait in one direction.
struct Waits {
    /// Each ring wakes one of them.
    bell: EventFd,
    waiting: Mutex<Waiting>,
    /// The last waiting thread has ended, and a call awaits that.
    none_left: Condvar,
}

#[derive(Default)]
struct Waiting {
    threads: usize,
    /// Whether a call waits until there are none.
    end_is_awaited: bool,
}

impl Waits {
    fn new() -> nix::Result<Self> {
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_SEMAPHORE;
        Ok(Self {
            bell: EventFd::from_flags(flags)?,
            waiting: Mutex::default(),
            none_left: Condvar::new(),
        })
    }

    fn ring(&self, times: u64) {
        // It fails only if the number of rings overflows.
        let _ = self.bell.write(times);
    }

    /// Wakes one thread, if more than `own` threads wait.
    fn wake_next(&self, own: usize) {
        if lock(&self.waiting).threads > own {
            self.ring(1);
        }
    }

    /// Waits until no thread waits, for at most this time.
    fn wait_for_end(&self, time: Duration) {
        let mut waiting = lock(&self.waiting);
        waiting.end_is_awaited = true;
        let is_any = |waiting: &mut Waiting| waiting.threads > 0;
        drop(self.none_left.wait_timeout_while(waiting, time, is_any));
    }
}

/// A waiting thread.
struct Waiter<'w>(&'w Waits);

impl<'w> Waiter<'w> {
    fn new(waits: &'w Waits) -> Self {
        lock(&waits.waiting).threads += 1;
        Self(waits)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut waiting = lock(&self.0.waiting);
        waiting.threads -= 1;
        // It is a system call even if no thread awaits it.
        if waiting.end_is_awaited {
            self.0.none_left.notify_all();
        }
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// More rings than there can be threads.
const EVERYBODY: u64 = 1 << 32;

/// An open client.
pub(crate) struct Shared {
    pub(crate) id: ClientId,
    /// The library's calls by the number of the client.
    pub(crate) control: ClientControl,
    /// A descriptor of the same client, for ioctls and `poll`.
    fd: Mutex<Option<Arc<SeqFd>>>,
    input: Mutex<Option<AsyncEventInput<Steps>>>,
    output: Mutex<Option<AsyncEventOutput<Steps>>>,
    /// Finds messages in the bytes of `MidiBytesEvent`.
    pub(crate) streams: Mutex<Streams>,
    reads: Waits,
    writes: Waits,
    closed: AtomicBool,
}

impl Shared {
    pub(crate) fn open(options: ClientOptions) -> Result<Self, Failure> {
        let client = options.open()?;
        let (id, control) = (client.id(), client.control());
        let (output, mut input) = client.into_async::<Steps>()?.split();
        let errno = |errno: Errno| {
            let errno = alsa_seq::abi::ioctl::Errno::from_raw(errno as i32);
            let subject = alsa_seq::Subject::Client(id);
            Error::of_ioctl(alsa_seq::Operation::Open, subject, errno)
        };
        let io = |error: io::Error| errno(Errno::from_raw(error.raw_os_error().unwrap_or(0)));
        let fd = input.get_mut().as_fd().try_clone_to_owned().map_err(io)?;
        let fd = SeqFd::new(fd).map_err(|_| errno(Errno::EBADF))?;
        let waits = || Waits::new().map_err(errno);
        Ok(Self {
            id,
            control,
            fd: Mutex::new(Some(Arc::new(fd))),
            input: Mutex::new(Some(input)),
            output: Mutex::new(Some(output)),
            streams: Mutex::default(),
            reads: waits()?,
            writes: waits()?,
            closed: AtomicBool::new(false),
        })
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Fails if the client is closed. It comes before each lock: in the child of a fork, a lock
    /// may be held by a thread that does not exist there.
    fn check_open(&self) -> Result<(), Failure> {
        match self.is_closed() {
            true => Err(Failure::Closed),
            false => Ok(()),
        }
    }

    /// The descriptor for ioctls.
    pub(crate) fn fd(&self) -> Result<Arc<SeqFd>, Failure> {
        self.check_open()?;
        lock(&self.fd)
            .as_ref()
            .map(Arc::clone)
            .ok_or(Failure::Closed)
    }

    /// The number of the descriptor.
    pub(crate) fn fileno(&self) -> Result<i32, Failure> {
        Ok(self.fd()?.as_raw_fd())
    }

    /// Closes the client, and wakes all waiting threads. Returns when they no longer wait.
    pub(crate) fn close(&self) {
        if self.closed.swap(true, Ordering::AcqRel) {
            return;
        }
        self.reads.ring(EVERYBODY);
        self.writes.ring(EVERYBODY);
        drop(lock(&self.input).take());
        drop(lock(&self.output).take());
        drop(lock(&self.fd).take());
        for waits in [&self.reads, &self.writes] {
            waits.wait_for_end(Duration::from_secs(1));
        }
    }

    /// Gives up the client in the child of a fork. It belongs to the parent. So the buffer is
    /// not sent. A thread of the parent may have held a lock, so no lock is waited for.
    pub(crate) fn abandon(&self) {
        self.closed.store(true, Ordering::Release);
        if let Ok(mut output) = self.output.try_lock() {
            if let Some(output) = output.as_mut() {
                output.get_mut().drop_output_buffer();
            }
            drop(output.take());
        }
        if let Ok(mut input) = self.input.try_lock() {
            drop(input.take());
        }
        if let Ok(mut fd) = self.fd.try_lock() {
            drop(fd.take());
        }
    }

    /// Works on the input.
    pub(crate) fn with_input<T>(
        &self,
        work: impl FnOnce(&mut AsyncEventInput<Steps>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        self.check_open()?;
        let mut input = lock(&self.input);
        work(input.as_mut().ok_or(Failure::Closed)?).map_err(Failure::Error)
    }

    /// Works on the output.
    pub(crate) fn with_output<T>(
        &self,
        work: impl FnOnce(&mut AsyncEventOutput<Steps>) -> Result<T, Error>,
    ) -> Result<T, Failure> {
        self.check_open()?;
        let mut output = lock(&self.output);
        work(output.as_mut().ok_or(Failure::Closed)?).map_err(Failure::Error)
    }

    /// The next event, if there is one. If other threads wait, one of them is woken: more
    /// events may have been read together with this one, and these do not make the file
    /// readable.
    pub(crate) fn next(&self) -> Step<Event<'static>> {
        let next = self.read()?;
        if next.is_ready() {
            self.reads.wake_next(0);
        }
        Ok(next)
    }

    /// A step of [`wait`](Self::wait) for the next event, after `next` has found none. The
    /// first time, it only looks at events that another thread has read in between.
    pub(crate) fn next_after_attempt() -> impl FnMut(&Self) -> Step<Event<'static>> {
        let mut is_first = true;
        move |shared| {
            let is_first = std::mem::replace(&mut is_first, false);
            if is_first
                && shared.with_input(|input| Ok(input.get_mut().event_input_buffered()))? == 0
            {
                return Ok(Poll::Pending);
            }
            shared.read()
        }
    }

    fn read(&self) -> Step<Event<'static>> {
        let mut context = Context::from_waker(Waker::noop());
        self.with_input(|input| match input.poll_event(&mut context) {
            Poll::Ready(event) => event.map(Poll::Ready),
            Poll::Pending => Ok(Poll::Pending),
        })
    }

    /// Sends events of the buffer, as far as there is room.
    pub(crate) fn drain(&self) -> Step<()> {
        let mut context = Context::from_waker(Waker::noop());
        self.with_output(|output| match output.poll_drain(&mut context) {
            Poll::Ready(result) => result.map(Poll::Ready),
            Poll::Pending => Ok(Poll::Pending),
        })
    }

    /// Sends events of the buffer, and checks whether all scheduled events are delivered.
    pub(crate) fn sync(&self) -> Step<()> {
        let mut context = Context::from_waker(Waker::noop());
        self.with_output(
            |output| match pin!(output.sync_output_queue()).poll(&mut context) {
                Poll::Ready(result) => result.map(Poll::Ready),
                Poll::Pending => Ok(Poll::Pending),
            },
        )
    }

    /// Takes a step of output once. If it is done, wakes another thread, which may have waited
    /// for the events that are now sent.
    pub(crate) fn try_output(&self, step: impl FnOnce(&Self) -> Step<()>) -> Step<()> {
        let done = step(self)?;
        if done.is_ready() {
            self.writes.wake_next(0);
        }
        Ok(done)
    }

    /// Puts all events into the buffer if there is room, otherwise none. Returns the number
    /// of bytes in the buffer. Events that are larger than the buffer have room when it is
    /// empty.
    pub(crate) fn put(&self, events: &[u8]) -> Step<usize> {
        self.with_output(|output| {
            let output = output.get_mut();
            let (limit, pending) = (output.output_buffer_size(), output.event_output_pending());
            let needed = pending.saturating_add(events.len());
            if needed > limit && pending > 0 {
                return Ok(Poll::Pending);
            }
            if needed > limit {
                output.set_output_buffer_size(needed);
            }
            let mut result = Ok(());
            for event in Events::new(events, Framing::Packed) {
                result = event
                    .map_err(Error::from)
                    .and_then(|event| output.event_output(event));
                if result.is_err() {
                    break;
                }
            }
            if needed > limit {
                output.set_output_buffer_size(limit);
            }
            result.map(|()| Poll::Ready(output.event_output_pending()))
        })
    }

    /// Sends events at once, before those in the buffer. It begins at the offset `sent`, and
    /// adds the number of sent bytes to it.
    pub(crate) fn send(&self, events: &[u8], sent: &mut usize) -> Step<usize> {
        let mut context = Context::from_waker(Waker::noop());
        self.with_output(|output| {
            let unsent = events.get(*sent..).unwrap_or_default();
            let mut left = Events::new(unsent, Framing::Packed);
            let begin = *sent;
            while let Some(event) = left.next() {
                let result = {
                    let sending = pin!(output.event_output_direct(event?));
                    sending.poll(&mut context)
                };
                match result {
                    // A refused event is not sent again.
                    Poll::Ready(result) => *sent = begin + result.map(|()| left.offset())?,
                    Poll::Pending => return Ok(Poll::Pending),
                }
            }
            Ok(Poll::Ready(output.get_mut().event_output_pending()))
        })
    }

    /// Takes `step` until it is done, and waits in between, without the interpreter. Then
    /// another waiting thread is woken, because the step may have a result for it as well.
    pub(crate) fn wait<T>(
        &self,
        flags: PollFlags,
        deadline: Option<Instant>,
        mut step: impl FnMut(&Self) -> Step<T>,
    ) -> Result<Outcome<T>, Failure> {
        let waits = match flags {
            PollFlags::POLLIN => &self.reads,
            _ => &self.writes,
        };
        // The thread is counted before the step. So another thread that reads several events wakes
        // it.
        let waiter = Waiter::new(waits);
        let result = loop {
            match step(self) {
                Ok(Poll::Ready(done)) => {
                    waits.wake_next(1);
                    break Ok(Outcome::Done(done));
                }
                Ok(Poll::Pending) => {}
                Err(failure) => break Err(failure),
            }
            match self.sleep(waits, flags, deadline) {
                Ok(None) => {}
                Ok(Some(outcome)) => break Ok(outcome),
                Err(failure) => break Err(failure),
            }
        };
        drop(waiter);
        result
    }

    /// Sleeps until the next step may have a result.
    fn sleep<T>(
        &self,
        waits: &Waits,
        flags: PollFlags,
        deadline: Option<Instant>,
    ) -> Result<Option<Outcome<T>>, Failure> {
        let Some(timeout) = signals::left(deadline) else {
            return Ok(Some(Outcome::TimedOut));
        };
        let fd = self.fd()?;
        let mut files = [
            PollFd::new(fd.as_fd(), flags),
            PollFd::new(waits.bell.as_fd(), PollFlags::POLLIN),
        ];
        match signals::wait(&mut files, timeout) {
            Err(Errno::EINTR) => return Ok(Some(Outcome::Signal)),
            Err(errno) => {
                let errno = alsa_seq::abi::ioctl::Errno::from_raw(errno as i32);
                let subject = alsa_seq::Subject::Client(self.id);
                return Err(Error::of_ioctl(alsa_seq::Operation::Poll, subject, errno).into());
            }
            Ok(_) => {}
        }
        if self.is_closed() {
            return Err(Failure::Closed);
        }
        let [_, bell] = files;
        if bell.any() == Some(true) {
            // Another thread may have read it first.
            let _ = waits.bell.read();
        }
        Ok(None)
    }
}
