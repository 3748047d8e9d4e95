//! One system call at a time: the steps that the blocking, the non-blocking
//! and the asynchronous client share. What an errno of `read` or `write` means
//! is decided here and nowhere else.
//!
//! The file is always non-blocking. A blocking `read` would hang the whole
//! client if another thread emptied the input meanwhile, and a blocking
//! `write` sleeps for longer than it has to.

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

/// Room for the largest record that the kernel can deliver (55 972 bytes of
/// data, padded to 56 000, behind 32, to a client with the largest pool). With less, an event that does not
/// fit would never be delivered, and hold up all behind it.
const READ_SIZE: usize = 64 * 1024;

/// Events as one `read` delivered them, to be looked at where they lie.
#[derive(Clone, Debug)]
pub struct EventBuffer {
    bytes: Vec<u8>,
    /// The part that is still unread.
    start: usize,
    end: usize,
    framing: Framing,
}

impl EventBuffer {
    /// An empty buffer of 64 KiB, which is always enough.
    pub fn new() -> Self {
        Self {
            bytes: vec![0; READ_SIZE],
            start: 0,
            end: 0,
            framing: Framing::Legacy,
        }
    }

    /// One that gets its memory with the first read, for a client that may never
    /// receive.
    pub(crate) const fn unallocated() -> Self {
        Self {
            bytes: Vec::new(),
            start: 0,
            end: 0,
            framing: Framing::Legacy,
        }
    }

    /// The events that are still unread. They stay unread.
    #[inline]
    pub fn events(&self) -> Events<'_> {
        let unread = self.bytes.get(self.start..self.end).unwrap_or(&[]);
        Events::new(unread, self.framing)
    }

    /// Whether all events were read.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    /// How many records of the kernel's the unread events take.
    pub(crate) const fn records(&self) -> usize {
        let unread = self.end.saturating_sub(self.start);
        unread.div_ceil(self.framing.unit())
    }

    /// Forgets all events.
    pub fn clear(&mut self) {
        self.start = 0;
        self.end = 0;
    }

    /// Takes the first event out, if it is [`plain`]. Small enough to become part of the
    /// caller's loop.
    #[inline(always)]
    pub(crate) fn take_plain(&mut self) -> Option<Event<'static>> {
        // By way of `Events` it would take 43 instructions and not 38.
        let behind = self.start + self.framing.unit();
        if behind > self.end {
            return None;
        }
        let event = plain(self.bytes.get(self.start..behind)?)?;
        self.start = behind;
        Some(event.to_event().into_owned())
    }

    /// Takes the first event out; `None` if there is none.
    ///
    /// # Errors
    /// If the bytes are not what a kernel delivers. All of them are then
    /// forgotten, for nobody can tell where the next event begins.
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

/// Reads as many events as are there into the buffer, in place of those it
/// held.
///
/// Pending if there are none; the buffer is then empty.
///
/// # Errors
/// `Overrun` if the kernel dropped all that were there.
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

/// What became of a batch.
#[derive(Debug)]
pub(crate) enum Sent {
    /// Everything was sent.
    All,
    /// The next event is scheduled, and needs cells of the client's own pool to
    /// become free.
    WaitsFor(Cells),
}

/// How much of the client's own pool is to become free.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cells {
    /// What the next event needs.
    pub(crate) least: i32,
    /// What all that is to be sent needs.
    pub(crate) most: i32,
}

/// Sends events until the batch is empty, or the kernel has no room. Adds to
/// `sent` as many events as it sent before it had to stop.
///
/// # Errors
/// If an event is refused. It is then out of the batch, for it is finished: a
/// direct event may already have reached some of its receivers, and would
/// reach them twice if it were sent again. What stands behind it is still in
/// the batch, and the next call goes on with it.
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
                // Too large for a pool, or no memory for the client's own.
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

/// The number of events in the first `length` bytes. A write that takes all,
/// the normal case, need not be counted for the place of an error.
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

/// How many cells of a pool the kernel needs for this event: one for the record, and
/// more for the data.
pub(crate) fn cells(event: EventView<'_>) -> usize {
    1 + event.payload().len().div_ceil(CELL_SIZE)
}

/// All of the client's own pool, if some of it is in use.
pub(crate) fn cells_in_use(fd: &SeqFd) -> Result<Option<Cells>> {
    let pool = pool(fd)?;
    // The pool is made by the first event; until then nothing is free.
    let made = pool.output_room > 0;
    Ok(
        (made && pool.output_free < pool.output_pool).then_some(Cells {
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

/// How much of its own pool must be free before `poll` calls a client writable,
/// as long as somebody waits for that. The old value comes back when it is dropped.
///
/// Left alone, `poll` would report room long before a large event fits, and a
/// loop of `poll` and `write` would spin; and it would keep a small event waiting
/// until half the pool is free.
#[derive(Debug)]
pub(crate) struct AwaitedRoom {
    control: Arc<OpenClient>,
    /// What was there, and what is there now.
    changed: Option<(i32, i32)>,
}

impl AwaitedRoom {
    pub(crate) fn new(control: &Arc<OpenClient>, cells: Cells) -> Result<Self> {
        let _one_at_a_time = control.update();
        let former = pool(control.fd())?.output_room;
        // As many at once as there are to be sent, for fewer wake-ups, but not
        // more than would have been waited for anyway.
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
        // Whoever has set another one meanwhile wants that. An error would only
        // mean to be woken at another time.
        if pool(fd).is_ok_and(|pool| pool.output_room == awaited) {
            let _ = set_room(fd, former);
        }
    }
}

fn set_room(fd: &SeqFd, room: i32) -> Result<()> {
    let mut pool = pool(fd)?;
    // The kernel leaves alone what is 0.
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

/// A signal is no error.
#[inline(always)]
fn retry<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}
