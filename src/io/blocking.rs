//! The steps, repeated until done or out of time.

use std::os::fd::AsFd;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use alsa_seq_kernel_abi::ioctl::SeqFd;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{AwaitedRoom, EventBuffer, Sent, cells_in_use, read_step, write_step};
use crate::client::ClientControl;
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::wire::EventBatch;

/// When to give up waiting.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) const NEVER: Self = Self(None);

    /// A time so far away that it does not fit is never.
    pub(crate) fn after(timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout))
    }

    /// What `poll` is to be told: rounded up, so that the last fraction of a
    /// millisecond does not become a busy loop.
    fn poll_timeout(self) -> PollTimeout {
        let Some(deadline) = self.0 else {
            return PollTimeout::NONE;
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let millis = left.as_nanos().div_ceil(1_000_000);
        i32::try_from(millis)
            .ok()
            .and_then(|millis| PollTimeout::try_from(millis).ok())
            .unwrap_or(PollTimeout::MAX)
    }

    fn is_over(self) -> bool {
        self.0.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// What a reader expects: that events are there already, or that it has to wait
/// for them, as it had to before. Then it asks `poll` first, for a `read` in vain
/// costs as much as one that delivers.
#[derive(Debug, Default)]
pub(crate) struct Expectation {
    /// How many times more it expects to wait, before it tries.
    waits: u8,
}

/// Waits for at least one event, and reads all that are there. Returns whether
/// there were any in time.
#[inline]
pub(crate) fn read(
    control: &ClientControl,
    buffer: &mut EventBuffer,
    expectation: &mut Expectation,
    deadline: Deadline,
) -> Result<bool> {
    let mut in_time = true;
    if expectation.waits > 0 {
        expectation.waits -= 1;
        // It is read in any case: `poll` does not see an overrun of an input in
        // which nothing is unread.
        in_time = wait(control.fd(), PollFlags::POLLIN, deadline)?;
    }
    loop {
        match read_step(control, buffer) {
            Poll::Ready(result) => return result.map(|()| true),
            Poll::Pending => expectation.waits = 16,
        }
        if !in_time || !wait(control.fd(), PollFlags::POLLIN, deadline)? {
            return Ok(false);
        }
    }
}

/// Sends the whole batch, waiting for room where that helps.
pub(crate) fn write(
    control: &Arc<ClientControl>,
    batch: &mut EventBatch,
    deadline: Deadline,
) -> Result<()> {
    let fd = control.fd();
    let mut sent = 0;
    loop {
        match write_step(fd, batch, &mut sent)? {
            Sent::All => return Ok(()),
            Sent::WaitsFor(cells) => {
                let _room = AwaitedRoom::new(control, cells)?;
                wait_for_room(fd, deadline)?;
            }
        }
    }
}

/// Waits until the kernel has delivered every event of this client.
pub(crate) fn sync(control: &Arc<ClientControl>, deadline: Deadline) -> Result<()> {
    let fd = control.fd();
    while let Some(all) = cells_in_use(fd)? {
        let _room = AwaitedRoom::new(control, all)?;
        wait_for_room(fd, deadline)?;
    }
    Ok(())
}

fn wait_for_room(fd: &SeqFd, deadline: Deadline) -> Result<()> {
    if wait(fd, PollFlags::POLLOUT, deadline)? {
        Ok(())
    } else {
        Err(Error::new(Operation::EventOutput, ErrorKind::TimedOut))
    }
}

/// Sleeps until the file is ready. Returns whether it was in time.
fn wait(fd: &SeqFd, events: PollFlags, deadline: Deadline) -> Result<bool> {
    loop {
        let mut fds = [PollFd::new(fd.as_fd(), events)];
        match poll(&mut fds, deadline.poll_timeout()) {
            Ok(0) if deadline.is_over() => return Ok(false),
            // `PollTimeout::MAX` may be less than what is left.
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(_) => return Ok(true),
            Err(errno) => return Err(Error::from_errno(Operation::Poll, errno)),
        }
    }
}
