//! [`Interrupter`], which ends a wait from another thread.

use std::fmt;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::eventfd::{EfdFlags, EventFd};

use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Operation, Result, errno, of_nix};

/// Ends a wait of a client, from another thread or a signal handler.
///
/// [`EventInput::interrupter`], [`EventOutput::interrupter`],
/// [`SequencerClient::interrupter`] and [`TopologyMonitor::interrupter`] create one.
/// Clients without an interrupter have no cost.
///
/// [`interrupt`](Interrupter::interrupt) makes the current wait fail with
/// [`ErrorKind::Interrupted`], or the next wait if no call is waiting. It ends one wait:
/// the call after that waits again. Several interrupts before a wait count as one. The
/// client does not change. No event is sent twice. Only `close` and `sysex_output` lose
/// the events that they have not sent:
///
/// - A receiving call first returns the events that were already read. Events that are
///   still in the kernel stay there, for the next call.
/// - A sending call leaves the events that it has not sent in the output buffer.
/// - [`close`](crate::EventOutput::close) closes the client anyway. The events in the
///   output buffer are then lost.
/// - [`sysex_output`](crate::EventOutput::sysex_output) does not send the rest of its
///   message, so the receiver gets an incomplete message. A
///   [`SysexSender`](crate::SysexSender) can continue: its next step tries again.
/// - A call that does not wait, such as [`EventInput::try_event_input`] or a call with a
///   time-out of 0, leaves the interrupt to the next call that waits.
///
/// At the end of a [`thread::scope`](std::thread::scope), also after `?`, Rust waits for
/// the scope's threads. So interrupt the waiting threads before that; otherwise the
/// program hangs there.
///
/// The async client needs no interrupter: to end a wait, drop the future.
///
/// ```no_run
/// use std::thread;
///
/// use alsa_seq::{ErrorKind, SequencerClient};
///
/// let mut client = SequencerClient::open("reader")?;
/// let _port = client.create_port("in")?;
/// let interrupter = client.interrupter()?;
/// let reader = thread::spawn(move || loop {
///     match client.event_input() {
///         Ok(event) => println!("{event:?}"),
///         Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(client),
///         Err(error) => return Err(error),
///     }
/// });
/// interrupter.interrupt();
/// let client = reader.join().unwrap()?;
/// # drop(client);
/// # Ok::<(), alsa_seq::Error>(())
/// ```
///
/// [`EventInput::interrupter`]: crate::EventInput::interrupter
/// [`EventInput::try_event_input`]: crate::EventInput::try_event_input
/// [`EventOutput::interrupter`]: crate::EventOutput::interrupter
/// [`SequencerClient::interrupter`]: crate::SequencerClient::interrupter
/// [`TopologyMonitor::interrupter`]: crate::TopologyMonitor::interrupter
#[derive(Clone)]
pub struct Interrupter(Arc<Shared>);

struct Shared {
    /// Whether a wait must end. Only this flag decides.
    requested: AtomicBool,
    /// Wakes `poll`. It may wake it once more after the request was handled.
    doorbell: EventFd,
}

impl Interrupter {
    fn new() -> Result<Self> {
        let flags = EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK;
        let doorbell = EventFd::from_value_and_flags(0, flags)
            .map_err(of_nix)
            .map_err(errno(Operation::CreateInterrupter))?;
        Ok(Self(Arc::new(Shared {
            requested: AtomicBool::new(false),
            doorbell,
        })))
    }

    /// Ends the current wait, or the next one if no call is waiting.
    ///
    /// You may call it on any thread and in a signal handler: it sets a flag and makes
    /// one `write`, which does not wait.
    pub fn interrupt(&self) {
        self.0.requested.store(true, Ordering::SeqCst);
        // This fails only after 2^64 writes, and then the file is still readable.
        let _ = self.0.doorbell.write(1);
    }

    /// The event file descriptor, for `poll`.
    pub(crate) fn wake_fd(&self) -> BorrowedFd<'_> {
        self.0.doorbell.as_fd()
    }

    /// Clears the event file descriptor. Call this before checking the request, so that
    /// no request is missed.
    pub(crate) fn silence(&self) {
        // An error means that it was already clear.
        let _ = self.0.doorbell.read();
    }
}

impl fmt::Debug for Interrupter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Interrupter").finish()
    }
}

/// The interrupter of one half of a client, if it was created.
#[derive(Debug, Default)]
pub(crate) struct Interrupts(Option<Interrupter>);

impl Interrupts {
    /// Returns the interrupter. The first call creates it.
    pub(crate) fn interrupter(&mut self) -> Result<Interrupter> {
        let interrupter = match &self.0 {
            Some(interrupter) => interrupter.clone(),
            None => self.0.insert(Interrupter::new()?).clone(),
        };
        Ok(interrupter)
    }

    /// Uses the same interrupter as another half.
    pub(crate) fn share(&mut self, interrupter: Interrupter) {
        self.0 = Some(interrupter);
    }

    pub(crate) const fn get(&self) -> Option<&Interrupter> {
        self.0.as_ref()
    }

    /// Takes a request. If the deadline has passed, the call does not wait, so the
    /// request stays.
    ///
    /// # Errors
    /// `Interrupted` if there was a request.
    pub(crate) fn check(&self, deadline: Deadline, operation: Operation) -> Result<()> {
        let Some(interrupter) = &self.0 else {
            return Ok(());
        };
        let requested = &interrupter.0.requested;
        if requested.load(Ordering::SeqCst)
            && !deadline.is_over()
            && requested.swap(false, Ordering::SeqCst)
        {
            return Err(Error::new(operation, ErrorKind::Interrupted));
        }
        Ok(())
    }
}
