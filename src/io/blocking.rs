//! The steps, repeated until done or out of time.

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

/// What a reader does before it reads.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// Whether it does anything: one field to look at, for readers that nobody
    /// interrupts and for whom events are there.
    looks_first: bool,
    /// How many times more it expects to wait, as it had to before. Then it asks
    /// `poll` first, for a `read` in vain costs as much as one that delivers.
    waits: u8,
    interrupts: Interrupts,
}

impl Reader {
    /// What ends its waits.
    pub(crate) fn interrupts(&mut self) -> &mut Interrupts {
        // Events that come without end would keep it from ever waiting.
        self.looks_first = true;
        &mut self.interrupts
    }

    /// Returns whether there is time left to read.
    #[inline(never)]
    fn look(&mut self, control: &OpenClient, deadline: Deadline) -> Result<bool> {
        self.interrupts.check(deadline, Operation::EventInput)?;
        let expects_to_wait = self.waits > 0;
        self.waits = self.waits.saturating_sub(1);
        self.looks_first = self.waits > 0 || self.interrupts.get().is_some();
        if deadline.is_over() {
            // `read` alone says what is there.
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

/// Waits for at least one event, and reads all that are there. Returns whether
/// there were any in time.
#[inline]
pub(crate) fn read(
    control: &OpenClient,
    buffer: &mut EventBuffer,
    reader: &mut Reader,
    deadline: Deadline,
) -> Result<bool> {
    let mut in_time = true;
    if reader.looks_first {
        // It is read in any case: `poll` does not see an overrun of an input in
        // which nothing is unread.
        in_time = reader.look(control, deadline)?;
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

/// Sends the whole batch, waiting for room where that helps.
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

/// Sends the rest of a batch, of which so many events were sent before it had to
/// wait for so many cells.
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

/// Sleeps until the file is ready. Returns whether it was in time.
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
    let doorbell = PollFd::new(interrupter.doorbell(), PollFlags::POLLIN);
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
        // What is ready can wait for the next call.
        interrupter.silence();
    }
}

/// Sleeps for as long as `pause`.
///
/// # Errors
/// `Interrupted` if it was interrupted.
pub(crate) fn pause(pause: Duration, interrupts: &Interrupts) -> Result<()> {
    let Some(interrupter) = interrupts.get() else {
        // To the nanosecond.
        std::thread::sleep(pause);
        return Ok(());
    };
    let deadline = Deadline::after(pause);
    let doorbell = PollFd::new(interrupter.doorbell(), PollFlags::POLLIN);
    loop {
        interrupts.check(deadline, Operation::EventOutput)?;
        if !wait_for(deadline, |timeout| poll(&mut [doorbell.clone()], timeout))? {
            return Ok(());
        }
        interrupter.silence();
    }
}

/// Asks `poll` until something is ready. Returns whether it was in time.
fn wait_for(
    deadline: Deadline,
    mut poll: impl FnMut(PollTimeout) -> nix::Result<i32>,
) -> Result<bool> {
    loop {
        match poll(deadline.poll_timeout()) {
            Ok(0) if deadline.is_over() => return Ok(false),
            // `PollTimeout::MAX` may be less than what is left.
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(_) => return Ok(true),
            Err(error) => return Err(errno(Operation::Poll)(of_nix(error))),
        }
    }
}
