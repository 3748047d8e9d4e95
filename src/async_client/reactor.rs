//! What an async runtime has to provide.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::control::OpenClient;
use crate::error::{Error, Operation, Result};

/// The open file of a client, for a reactor to watch.
#[derive(Clone, Debug)]
pub struct ClientFile(Arc<OpenClient>);

impl AsFd for ClientFile {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.fd().as_fd()
    }
}

impl AsRawFd for ClientFile {
    fn as_raw_fd(&self) -> RawFd {
        self.0.fd().as_fd().as_raw_fd()
    }
}

/// Tells when a client can read or write, and when time has passed. What an async
/// runtime has to provide.
///
/// `poll_read` and `poll_write` take `step`, and take it again whenever the file has become ready,
/// until it does not fail with [`io::ErrorKind::WouldBlock`]; then they return
/// what it returned. `poll_write` must take it *before* it waits for the first
/// time: the file may be busy for scheduled events, and a direct one still goes.
/// Of each of the two at most one call waits at a time.
///
/// A reactor that watches nothing is for a program that polls its futures by itself, in a
/// loop of its own, with a waker that does nothing ([`Waker::noop`](std::task::Waker::noop)):
///
/// ```no_run
/// use std::future::poll_fn;
/// use std::io;
/// use std::task::{Context, Poll, Waker};
/// use std::time::{Duration, Instant};
///
/// use alsa_seq::{ClientFile, Reactor, SequencerClient};
///
/// struct Nothing;
///
/// fn once<T>(step: io::Result<T>) -> Poll<io::Result<T>> {
///     match step {
///         Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
///         result => Poll::Ready(result),
///     }
/// }
///
/// impl Reactor for Nothing {
///     fn register(_: ClientFile) -> io::Result<Self> {
///         Ok(Self)
///     }
///
///     fn poll_read<T>(
///         &self,
///         _: &mut Context<'_>,
///         mut step: impl FnMut() -> io::Result<T>,
///     ) -> Poll<io::Result<T>> {
///         once(step())
///     }
///
///     fn poll_write<T>(
///         &self,
///         _: &mut Context<'_>,
///         mut step: impl FnMut() -> io::Result<T>,
///     ) -> Poll<io::Result<T>> {
///         once(step())
///     }
///
///     async fn sleep(&self, time: Duration) {
///         let begin = Instant::now();
///         let over = |_: &mut Context<'_>| match begin.elapsed() < time {
///             true => Poll::Pending,
///             false => Poll::Ready(()),
///         };
///         poll_fn(over).await;
///     }
/// }
///
/// let client = SequencerClient::open("steps")?.into_async::<Nothing>()?;
/// let (_output, mut input) = client.split();
/// let mut context = Context::from_waker(Waker::noop());
/// // In the program's loop:
/// if let Poll::Ready(event) = input.poll_event(&mut context) {
///     println!("{:?}", event?);
/// }
/// # Ok::<(), alsa_seq::Error>(())
/// ```
pub trait Reactor: Sized + Send + Sync + 'static {
    /// Starts to watch the file. It is non-blocking.
    ///
    /// # Errors
    /// If the runtime cannot.
    fn register(file: ClientFile) -> io::Result<Self>;

    /// Takes a step that reads.
    fn poll_read<T>(
        &self,
        cx: &mut Context<'_>,
        step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>>;

    /// Takes a step that writes.
    fn poll_write<T>(
        &self,
        cx: &mut Context<'_>,
        step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>>;

    /// Is done when `time` has passed: the pauses of
    /// [`event_output_patient`](super::AsyncEventOutput::event_output_patient) and of long
    /// system-exclusive messages. Nothing else calls it.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send;
}

/// What our steps return, as a reactor wants to see it: to wait, or done.
pub(super) fn wait_or_done<T>(step: Poll<T>) -> io::Result<T> {
    match step {
        Poll::Ready(done) => Ok(done),
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

/// What the reactor returns, as our callers want to see it.
pub(super) fn done<T>(operation: Operation, result: io::Result<Result<T>>) -> Result<T> {
    result.unwrap_or_else(|error| Err(Error::from_reactor(operation, &error)))
}

/// Has a reactor watch a client.
pub(super) fn watch<R: Reactor>(control: &Arc<OpenClient>) -> Result<R> {
    let file = ClientFile(Arc::clone(control));
    R::register(file).map_err(|error| Error::from_reactor(Operation::Poll, &error))
}

/// As [`std::future::poll_fn`], but always a part of who awaits it.
pub(super) struct Inlined<F>(pub(super) F);

impl<T, F: FnMut(&mut Context<'_>) -> Poll<T> + Unpin> Future for Inlined<F> {
    type Output = T;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        (self.get_mut().0)(cx)
    }
}
