//! [`Reactor`], the interface to an async runtime.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::control::OpenClient;
use crate::error::{Error, Operation, Result};

/// The open file of a client. A reactor watches this file.
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

/// The interface to an async runtime. A reactor finds out when a client can read or
/// write, and when a time has passed.
///
/// `poll_read` and `poll_write` call `step`, and repeat it whenever the file becomes
/// ready, until it does not fail with [`io::ErrorKind::WouldBlock`]. Then they return its
/// result. `poll_write` must call it *before* it waits for the first time: the file may
/// have no room for scheduled events, while a direct event can still be sent. For each of
/// the two functions, at most one call waits at a time.
///
/// If a program polls its futures itself, in its own loop and with a waker that does
/// nothing ([`Waker::noop`](std::task::Waker::noop)), its reactor need not watch the
/// file:
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
    /// Starts to watch the file, which is non-blocking.
    ///
    /// # Errors
    /// If the runtime cannot watch the file.
    fn register(file: ClientFile) -> io::Result<Self>;

    /// Makes a step that reads.
    fn poll_read<T>(
        &self,
        cx: &mut Context<'_>,
        step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>>;

    /// Makes a step that writes.
    fn poll_write<T>(
        &self,
        cx: &mut Context<'_>,
        step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>>;

    /// Waits until `time` has passed. Only
    /// [`event_output_patient`](super::AsyncEventOutput::event_output_patient) and long
    /// system-exclusive messages use it, for their pauses.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()> + Send;
}

/// Converts the result of a step to that of a reactor's step: `WouldBlock`, or done.
pub(super) fn wait_or_done<T>(step: Poll<T>) -> io::Result<T> {
    match step {
        Poll::Ready(done) => Ok(done),
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

/// Converts the result of a reactor to that of a call.
pub(super) fn done<T>(operation: Operation, result: io::Result<Result<T>>) -> Result<T> {
    result.unwrap_or_else(|error| Err(Error::from_reactor(operation, &error)))
}

/// Registers a client with a reactor.
pub(super) fn watch<R: Reactor>(control: &Arc<OpenClient>) -> Result<R> {
    let file = ClientFile(Arc::clone(control));
    R::register(file).map_err(|error| Error::from_reactor(Operation::Poll, &error))
}

/// Like [`std::future::poll_fn`], but always inlined into the awaiting function.
pub(super) struct Inlined<F>(pub(super) F);

impl<T, F: FnMut(&mut Context<'_>) -> Poll<T> + Unpin> Future for Inlined<F> {
    type Output = T;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        (self.get_mut().0)(cx)
    }
}
