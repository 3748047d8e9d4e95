//! Repeats the steps until they are done or the deadline has passed.

use std::os::fd::AsFd;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use alsa_seq_kernel_abi::ioctl::SeqFd;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{AwaitedRoom, Cells, EventBuffer, Sent, cells_in_use, read_step, write_step};
use crate::control::OpenClient;
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Operation, Result, errno, of_nix};
use crate::interrupt::Interrupts;
use crate::wire::EventBatch;

/// The checks of a reader before it reads.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// Whether any check is necessary. This single field is fast to check for readers
    /// without an interrupter that need not wait.
    looks_first: bool,
    /// The number of further reads that are expected to wait, because earlier ones did.
    /// For these it calls `poll` first, because a `read` without an event costs as much
    /// as a successful one.
    waits: u8,
    interrupts: Interrupts,
}

impl Reader {
    /// The interrupter of its waits.
    pub(crate) fn interrupts(&mut self) -> &mut Interrupts {
        // If events arrive all the time, the reader never waits.
        self.looks_first = true;
        &mut self.interrupts
    }

    /// Makes the checks before a read. Returns false if the deadline has passed.
    #[inline(never)]
    fn check_before_read(&mut self, control: &OpenClient, deadline: Deadline) -> Result<bool> {
        self.interrupts.check(deadline, Operation::EventInput)?;
        let expects_to_wait = self.waits > 0;
        self.waits = self.waits.saturating_sub(1);
        self.looks_first = self.waits > 0 || self.interrupts.get().is_some();
        if deadline.is_over() {
            // Only `read` shows whether an event has arrived.
            return Ok(false);
        }
        if expects_to_wait {
            self.wait(control, deadline)
        } else {
            Ok(true)
        }
    }

    const fn expects_to_wait(&mut self) {
        (self.waits, self.looks_first) = (16, true);
    }

    fn wait(&self, control: &OpenClient, deadline: Deadline) -> Result<bool> {
        wait(control.fd(), PollFlags::POLLIN, deadline, &self.interrupts)
    }
}

/// Waits for at least one event, and reads all events that have arrived. Returns false if
/// none arrived before the deadline.
#[inline]
pub(crate) fn read(
    control: &OpenClient,
    buffer: &mut EventBuffer,
    reader: &mut Reader,
    deadline: Deadline,
) -> Result<bool> {
    let mut in_time = true;
    if reader.looks_first {
        // Always reads: `poll` does not see an overrun if no event is unread.
        in_time = reader.check_before_read(control, deadline)?;
    }
    match read_step(control.fd(), control.framing(), buffer) {
        Poll::Ready(result) => result.map(|()| true),
        Poll::Pending if in_time => read_later(control, buffer, reader, deadline),
        Poll::Pending => {
            reader.expects_to_wait();
            Ok(false)
        }
    }
}

/// Waits until there are events, and reads them.
#[inline(never)]
fn read_later(
    control: &OpenClient,
    buffer: &mut EventBuffer,
    reader: &mut Reader,
    deadline: Deadline,
) -> Result<bool> {
    loop {
        reader.expects_to_wait();
        if !reader.wait(control, deadline)? {
            return Ok(false);
        }
        if let Poll::Ready(result) = read_step(control.fd(), control.framing(), buffer) {
            return result.map(|()| true);
        }
    }
}

/// Sends the whole batch. Waits for room if the client's own pool is full.
#[inline(never)]
pub(crate) fn write(
    control: &Arc<OpenClient>,
    batch: &mut EventBatch,
    deadline: Deadline,
    interrupts: &Interrupts,
) -> Result<()> {
    let mut sent = 0;
    match write_step(control.fd(), batch, &mut sent)? {
        Sent::All => Ok(()),
        Sent::WaitsFor(cells) => write_rest(control, batch, (sent, cells), deadline, interrupts),
    }
}

/// Sends the rest of a batch, after `sent` events were sent and the batch had to wait for
/// cells.
#[inline(never)]
fn write_rest(
    control: &Arc<OpenClient>,
    batch: &mut EventBatch,
    (mut sent, mut awaited): (usize, Cells),
    deadline: Deadline,
    interrupts: &Interrupts,
) -> Result<()> {
    let fd = control.fd();
    loop {
        let room = AwaitedRoom::new(control, awaited)?;
        wait_for_room(fd, deadline, interrupts)?;
        drop(room);
        match write_step(fd, batch, &mut sent)? {
            Sent::All => return Ok(()),
            Sent::WaitsFor(cells) => awaited = cells,
        }
    }
}

/// Waits until the kernel has delivered every event of this client.
pub(crate) fn sync(
    control: &Arc<OpenClient>,
    deadline: Deadline,
    interrupts: &Interrupts,
) -> Result<()> {
    let fd = control.fd();
    while let Some(all) = cells_in_use(fd)? {
        let _room = AwaitedRoom::new(control, all)?;
        wait_for_room(fd, deadline, interrupts)?;
    }
    Ok(())
}

fn wait_for_room(fd: &SeqFd, deadline: Deadline, interrupts: &Interrupts) -> Result<()> {
    if wait(fd, PollFlags::POLLOUT, deadline, interrupts)? {
        Ok(())
    } else {
        Err(Error::new(Operation::EventOutput, ErrorKind::TimedOut))
    }
}

/// Sleeps until the file is ready. Returns false if the deadline has passed.
fn wait(
    fd: &SeqFd,
    events: PollFlags,
    deadline: Deadline,
    interrupts: &Interrupts,
) -> Result<bool> {
    let operation = if events == PollFlags::POLLIN {
        Operation::EventInput
    } else {
        Operation::EventOutput
    };
    let file = PollFd::new(fd.as_fd(), events);
    let Some(interrupter) = interrupts.get() else {
        return wait_for(deadline, |timeout| poll(&mut [file.clone()], timeout));
    };
    let doorbell = PollFd::new(interrupter.wake_fd(), PollFlags::POLLIN);
    loop {
        interrupts.check(deadline, operation)?;
        let mut rang = false;
        let in_time = wait_for(deadline, |timeout| {
            let mut files = [file.clone(), doorbell.clone()];
            let ready = poll(&mut files, timeout);
            let [_, doorbell] = files;
            rang = doorbell.any() == Some(true);
            ready
        })?;
        if !rang {
            return Ok(in_time);
        }
        // The next call handles a file that is ready.
        interrupter.silence();
    }
}

/// Sleeps for `pause`.
///
/// # Errors
/// `Interrupted` if it was interrupted.
pub(crate) fn pause(pause: Duration, interrupts: &Interrupts) -> Result<()> {
    let Some(interrupter) = interrupts.get() else {
        // `sleep` is exact to the nanosecond.
        std::thread::sleep(pause);
        return Ok(());
    };
    let deadline = Deadline::after(pause);
    let doorbell = PollFd::new(interrupter.wake_fd(), PollFlags::POLLIN);
    loop {
        interrupts.check(deadline, Operation::EventOutput)?;
        if !wait_for(deadline, |timeout| poll(&mut [doorbell.clone()], timeout))? {
            return Ok(());
        }
        interrupter.silence();
    }
}

/// Calls `poll` until a file is ready. Returns false if the deadline has passed.
fn wait_for(
    deadline: Deadline,
    mut poll: impl FnMut(PollTimeout) -> nix::Result<i32>,
) -> Result<bool> {
    loop {
        match poll(deadline.poll_timeout()) {
            Ok(0) if deadline.is_over() => return Ok(false),
            // `PollTimeout::MAX` may be less than the remaining time.
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(_) => return Ok(true),
            Err(error) => return Err(errno(Operation::Poll)(of_nix(error))),
        }
    }
}
