//! The steps of the blocking, the non-blocking and the async client. A step makes one
//! system call. Only this module interprets the errnos of `read` and `write`.
//!
//! The file is always non-blocking. A blocking `read` would hang the whole client if
//! another thread cleared the input during the call, and a blocking `write` sleeps longer
//! than necessary.

use std::sync::Arc;
use std::task::Poll;

use alsa_seq_kernel_abi::info::ClientPool;
use alsa_seq_kernel_abi::ioctl::{Errno, SeqFd};
use alsa_seq_kernel_abi::limits::CELL_SIZE;

use crate::address::ClientId;
use crate::control::OpenClient;
use crate::error::{Error, ErrorKind, Operation, Result, Subject, errno};
use crate::event::{Event, EventView};
use crate::wire::{EventBatch, Events, Framing, plain};

pub(crate) mod blocking;

/// Room for the largest record that the kernel can deliver: 55,972 bytes of data, padded
/// to 56,000, after a header of 32, to a client with the largest pool. If the buffer were
/// smaller, an event that does not fit would never be delivered, and would block all
/// following events.
const READ_SIZE: usize = 64 * 1024;

/// The events of one `read`, which can be used without a copy.
#[derive(Clone, Debug)]
pub struct EventBuffer {
    bytes: Vec<u8>,
    /// The start of the unread part.
    start: usize,
    end: usize,
    framing: Framing,
}

impl EventBuffer {
    /// An empty buffer of 64 KiB, which is enough for any event.
    pub fn new() -> Self {
        Self {
            bytes: vec![0; READ_SIZE],
            start: 0,
            end: 0,
            framing: Framing::Legacy,
        }
    }

    /// An empty buffer that allocates at the first read, for a client that may never
    /// receive.
    pub(crate) const fn unallocated() -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
            end: 0,
            framing: Framing::Legacy,
        }
    }

    /// The unread events. They stay unread.
    #[inline]
    pub fn events(&self) -> Events<'_> {
        let unread = self.bytes.get(self.start..self.end).unwrap_or(&[]);
        Events::new(unread, self.framing)
    }

    /// Returns whether all events were read.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    /// The size of the unread events in records of the kernel.
    pub(crate) const fn records(&self) -> usize {
        let unread = self.end.saturating_sub(self.start);
        unread.div_ceil(self.framing.unit())
    }

    /// Drops all events.
    pub fn clear(&mut self) {
        self.start = 0;
        self.end = 0;
    }

    /// Takes the first event out, if it is [`plain`]. It is small enough to be inlined
    /// into the caller's loop.
    #[inline(always)]
    pub(crate) fn take_plain(&mut self) -> Option<Event<'static>> {
        // With `Events`, this would take 43 instructions and not 38.
        let behind = self.start + self.framing.unit();
        if behind > self.end {
            return None;
        }
        let event = plain(self.bytes.get(self.start..behind)?)?;
        self.start = behind;
        Some(event.to_event().into_owned())
    }

    /// Takes the first event out; `None` if the buffer is empty.
    ///
    /// # Errors
    /// If the bytes are not valid. All bytes are then dropped, because the start of the
    /// next event is not known.
    pub fn take_first(&mut self) -> Option<Result<Event<'_>>> {
        let unread = self.bytes.get(self.start..self.end).unwrap_or(&[]);
        let mut events = Events::new(unread, self.framing);
        let first = events.next()?;
        match first {
            Ok(_) => self.start += events.offset(),
            Err(_) => self.start = self.end,
        }
        Some(first.map(EventView::to_event).map_err(Error::from))
    }
}

impl Default for EventBuffer {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads the events that have arrived into the buffer. The earlier contents of the buffer
/// are dropped.
///
/// Pending if no event has arrived; the buffer is then empty.
///
/// # Errors
/// `Overrun` if the kernel has dropped all unread events.
#[inline(always)]
pub(crate) fn read_step(
    fd: &SeqFd,
    framing: Framing,
    buffer: &mut EventBuffer,
) -> Poll<Result<()>> {
    buffer.clear();
    if buffer.bytes.is_empty() {
        buffer.bytes = vec![0; READ_SIZE];
    }
    match retry(|| fd.read(&mut buffer.bytes)) {
        Ok(length) => {
            buffer.end = length;
            buffer.framing = framing;
            Poll::Ready(Ok(()))
        }
        Err(Errno::EAGAIN) => Poll::Pending,
        Err(errno) => Poll::Ready(Err(Error::from_errno(Operation::EventInput, errno))),
    }
}

/// The result of sending a batch.
#[derive(Debug)]
pub(crate) enum Sent {
    /// Everything was sent.
    All,
    /// The next event is scheduled, and waits for free cells of the client's own pool.
    WaitsFor(Cells),
}

/// The number of cells of the client's own pool that must become free.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cells {
    /// The cells for the next event.
    pub(crate) least: i32,
    /// The cells for all remaining events.
    pub(crate) most: i32,
}

/// Sends events until the batch is empty, or the kernel has no room. Adds the number of
/// sent events to `sent`.
///
/// # Errors
/// If the kernel refuses an event. The event leaves the batch: a direct event may have
/// reached some of its receivers, which would get it twice if it were sent again. The
/// following events are still in the batch, and the next call continues with them.
#[inline(always)]
pub(crate) fn write_step(fd: &SeqFd, batch: &mut EventBatch, sent: &mut usize) -> Result<Sent> {
    while !batch.is_empty() {
        match retry(|| fd.write(batch.unsent())) {
            Ok(0) => {
                let message = "the kernel takes no event and gives no reason";
                batch.skip_first();
                return Err(Error::failed(Operation::EventOutput, message));
            }
            Ok(length) => {
                *sent += count(batch.unsent(), length);
                batch.advance(length);
            }
            Err(errno) => {
                let Some(Ok(first)) = batch.events().next() else {
                    batch.clear();
                    break;
                };
                if errno == Errno::EAGAIN && !first.is_direct() {
                    let all = batch.events().flatten().map(cells);
                    let count = |cells| i32::try_from(cells).unwrap_or(i32::MAX);
                    return Ok(Sent::WaitsFor(Cells {
                        least: count(cells(first)),
                        most: count(all.fold(0, usize::saturating_add)),
                    }));
                }
                let mut error = refused(first, *sent, errno);
                // The event is too large for a pool, or the kernel has no memory for the
                // client's own pool.
                if errno == Errno::ENOMEM && pool(fd).is_ok_and(|pool| pool.output_room == 0) {
                    error = error.with_kind(ErrorKind::OutOfMemory);
                }
                batch.skip_first();
                return Err(error);
            }
        }
    }
    Ok(Sent::All)
}

/// The number of events in the first `length` bytes. Only called if a write does not
/// accept everything, because the index of a refused event is then needed.
fn count(unsent: &[u8], length: usize) -> usize {
    if length >= unsent.len() {
        return 0;
    }
    let written = unsent.get(..length).unwrap_or(&[]);
    Events::new(written, Framing::Packed).count()
}

fn refused(event: EventView<'_>, index: usize, errno: Errno) -> Error {
    let dest = event.dest();
    Error::from_errno(Operation::EventOutput, errno).about(Subject::Event { index, dest })
}

/// The number of cells that this event takes in a pool: one for the record, and more for
/// the data.
pub(crate) fn cells(event: EventView<'_>) -> usize {
    1 + event.payload().len().div_ceil(CELL_SIZE)
}

/// The cells of the whole pool of the client, if some of them are in use.
pub(crate) fn cells_in_use(fd: &SeqFd) -> Result<Option<Cells>> {
    let pool = pool(fd)?;
    // The first event creates the pool; until then it has no free cells.
    let is_created = pool.output_room > 0;
    Ok(
        (is_created && pool.output_free < pool.output_pool).then_some(Cells {
            least: pool.output_pool,
            most: pool.output_pool,
        }),
    )
}

fn pool(fd: &SeqFd) -> Result<ClientPool> {
    let mut pool = ClientPool::zeroed();
    pool.client = fd.client_id().map_err(errno(Operation::ClientId))?;
    fd.get_client_pool(&mut pool)
        .map_err(errno(Operation::ClientPool))
        .map_err(|error| error.about(of(pool.client)))?;
    Ok(pool)
}

/// The number of cells of the client's own pool that must be free before `poll` reports
/// it as writable, during a wait. Dropping this restores the old value.
///
/// Without this, `poll` would report room long before a large event fits, and a loop of
/// `poll` and `write` would spin. A small event would wait until half of the pool is
/// free.
#[derive(Debug)]
pub(crate) struct AwaitedRoom {
    control: Arc<OpenClient>,
    /// The old value and the new value.
    changed: Option<(i32, i32)>,
}

impl AwaitedRoom {
    pub(crate) fn new(control: &Arc<OpenClient>, cells: Cells) -> Result<Self> {
        let _one_at_a_time = control.update();
        let former = pool(control.fd())?.output_room;
        // Waits for room for all remaining events, for fewer wake-ups, but for no more
        // than the former value.
        let awaited = former.min(cells.most).max(cells.least);
        let changed = (former != awaited).then_some((former, awaited));
        if changed.is_some() {
            set_room(control.fd(), awaited)?;
        }
        Ok(Self {
            control: Arc::clone(control),
            changed,
        })
    }
}

impl Drop for AwaitedRoom {
    fn drop(&mut self) {
        let Some((former, awaited)) = self.changed else {
            return;
        };
        let _one_at_a_time = self.control.update();
        let fd = self.control.fd();
        // If the program has set another value during the wait, that stays. After an
        // error, the client would only be woken at another time.
        if pool(fd).is_ok_and(|pool| pool.output_room == awaited) {
            let _ = set_room(fd, former);
        }
    }
}

fn set_room(fd: &SeqFd, room: i32) -> Result<()> {
    let mut pool = pool(fd)?;
    // The kernel does not change a pool for a size of 0.
    (pool.output_pool, pool.input_pool) = (0, 0);
    pool.output_room = room;
    let client = of(pool.client);
    fd.set_client_pool(&mut pool)
        .map_err(errno(Operation::SetClientPool))
        .map_err(|error| error.about(client))
}

fn of(client: i32) -> Subject {
    u8::try_from(client).map_or(Subject::None, |id| Subject::Client(ClientId::new(id)))
}

/// Repeats a call that a signal has interrupted.
#[inline(always)]
fn retry<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}
