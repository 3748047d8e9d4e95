//! Ending a wait from outside.

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
/// [`SequencerClient::interrupter`] and [`TopologyMonitor::interrupter`] make
/// one. It is made when it is asked for: a client without one pays nothing.
///
/// [`interrupt`](Interrupter::interrupt) makes the wait that is going on, or
/// else the next one, fail with [`ErrorKind::Interrupted`]. It ends one wait:
/// the call after that waits again. Several interrupts before a wait count as
/// one. The client stays as it was. No event is sent twice, and only `close` and
/// `sysex_output` lose what they have not sent:
///
/// - A receiving call first hands out the events that were read already. Those
///   that are still in the kernel stay there, for the next call.
/// - A sending call leaves in the output buffer what it has not sent.
/// - [`close`](crate::EventOutput::close) closes the client all the same. What is in the
///   output buffer then is lost.
/// - [`sysex_output`](crate::EventOutput::sysex_output) does not send the rest of its
///   message, and the receiver has the beginning of one. A
///   [`SysexSender`](crate::SysexSender) can go on: its next step tries again.
/// - A call that does not wait, such as [`EventInput::try_event_input`] or one
///   with a time-out of 0, leaves the interrupt to the next call that does.
///
/// Leaving a [`thread::scope`](std::thread::scope) early, by `?` too, first waits for its
/// threads. So interrupt those that wait before, or the program hangs there.
///
/// The async client needs none of this: to end a wait there, drop the future.
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
    /// Whether a wait is to end. This alone decides.
    requested: AtomicBool,
    /// Wakes `poll`. It may ring once more after the request was seen.
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

    /// Ends the wait that is going on, or else the next one.
    ///
    /// It may be called from any thread and from a signal handler: it sets a
    /// flag and makes one `write`, which does not wait.
    pub fn interrupt(&self) {
        self.0.requested.store(true, Ordering::SeqCst);
        // It fails only if it has rung 2^64 times, and then it still rings.
        let _ = self.0.doorbell.write(1);
    }

    /// The doorbell, for `poll`.
    pub(crate) fn doorbell(&self) -> BorrowedFd<'_> {
        self.0.doorbell.as_fd()
    }

    /// Makes the doorbell ready to ring again. To be called before the request
    /// is looked at, so that none is missed.
    pub(crate) fn silence(&self) {
        // An error means that it does not ring.
        let _ = self.0.doorbell.read();
    }
}

impl fmt::Debug for Interrupter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Interrupter").finish()
    }
}

/// The interrupter of one half of a client, if there is one.
#[derive(Debug, Default)]
pub(crate) struct Interrupts(Option<Interrupter>);

impl Interrupts {
    /// The interrupter, which is made if there is none.
    pub(crate) fn interrupter(&mut self) -> Result<Interrupter> {
        let interrupter = match &self.0 {
            Some(interrupter) => interrupter.clone(),
            None => self.0.insert(Interrupter::new()?).clone(),
        };
        Ok(interrupter)
    }

    /// Obeys the same interrupter as another half.
    pub(crate) fn share(&mut self, interrupter: Interrupter) {
        self.0 = Some(interrupter);
    }

    pub(crate) const fn get(&self) -> Option<&Interrupter> {
        self.0.as_ref()
    }

    /// Takes a request, unless the call is out of time, and so does not wait.
    ///
    /// # Errors
    /// `Interrupted` if there was one.
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
