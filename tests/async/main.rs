//! The async client: the same tests on every runtime.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::{PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use alsa_seq::{
    AsyncIoReactor, AsyncSequencerClient, ClientFile, ClientOptions, ErrorKind, Event, EventData,
    Operation, Reactor, SysexPace, Tempo, Time, TokioReactor, TopologyMonitor,
};
use futures_util::{SinkExt, StreamExt};

use support::{PATIENCE, assert_accessors, client, need_sequencer, numbered, open, unique};

/// The functions of a runtime that the tests need, apart from the reactor.
trait Runtime {
    type Reactor: Reactor;
    fn block_on<T>(future: impl Future<Output = T>) -> T;
}

struct Tokio;

impl Runtime for Tokio {
    type Reactor = TokioReactor;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(async { tokio::time::timeout(PATIENCE * 6, future).await.unwrap() })
    }
}

struct AsyncIo;

impl Runtime for AsyncIo {
    type Reactor = AsyncIoReactor;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        async_io::block_on(async {
            let mut late = pin!(async_io::Timer::after(PATIENCE * 6));
            let mut future = pin!(future);
            poll_fn(|cx| {
                assert!(late.as_mut().poll(cx).is_pending(), "the test hangs");
                future.as_mut().poll(cx)
            })
            .await
        })
    }
}

/// Most tests run at the same time. A few tests use all objects of the kernel, or measure the whole
/// process.
static TURN: RwLock<()> = RwLock::new(());

fn beside_others() -> impl Sized {
    TURN.read().unwrap_or_else(PoisonError::into_inner)
}

fn alone() -> impl Sized {
    TURN.write().unwrap_or_else(PoisonError::into_inner)
}

macro_rules! on_every_runtime {
    ($turn:ident: $($test:ident)*) => {
        mod on_tokio {
            $(#[test]
            fn $test() {
                support::need_sequencer!();
                let _turn = crate::$turn();
                <super::Tokio as super::Runtime>::block_on(super::$test::<super::Tokio>());
            })*
        }
        mod on_async_io {
            $(#[test]
            fn $test() {
                support::need_sequencer!();
                let _turn = crate::$turn();
                <super::AsyncIo as super::Runtime>::block_on(super::$test::<super::AsyncIo>());
            })*
        }
    };
}

mod alone;
mod common;
mod hot_plug;
mod pacing;

on_every_runtime! {
    beside_others:
    streams_and_sinks
    cancelling_loses_and_doubles_nothing
    a_cancelled_wait_stops_nothing
    an_event_that_waits_for_room_waits_to_the_end
    an_error_ends_the_stream
    a_stopped_queue_needs_a_time_out_of_the_caller
    halves_unite_and_go_back_to_blocking
    halves_of_two_clients_do_not_unite
    events_come_from_the_port_that_the_client_names
    every_owner_of_the_file_has_the_client_id
}

fn opened<R: Runtime>(name: &str) -> AsyncSequencerClient<R::Reactor> {
    client(name).into_async().unwrap()
}

/// Returns the next event that is not a notice of a connection.
async fn next_event<R: Reactor>(client: &mut AsyncSequencerClient<R>) -> Event<'static> {
    loop {
        let event = client.event_input().await.unwrap();
        if !(66..=67).contains(&event.event_type().number()) {
            return event;
        }
    }
}

async fn streams_and_sinks<R: Runtime>() {
    let sender = opened::<R>("sender");
    let receiver = opened::<R>("receiver");
    let input = receiver.create_port("in").unwrap();
    let (mut sink, _input) = sender.split();
    let (_output, stream) = receiver.split();
    for number in 0..150 {
        sink.feed(numbered(number).to(&input)).await.unwrap();
    }
    sink.flush().await.unwrap();
    let received: Vec<_> = stream.take(150).map(Result::unwrap).collect().await;
    let expected: Vec<_> = (0..150).map(numbered).collect();
    assert_eq!(data(&received), data(&expected));
}

/// Returns the data of the events, without their addresses.
fn data<'a>(events: &'a [Event<'_>]) -> Vec<EventData<'a>> {
    events.iter().map(Event::data).collect()
}

/// Polls a future up to `times` times, and drops it if it is not ready then.
async fn polled<T>(mut times: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if times == 0 => Poll::Ready(None),
        Poll::Pending => {
            times -= 1;
            Poll::Pending
        }
    })
    .await
}

/// Sends `ALSA_SEQ_SOAK_EVENTS` events, or 20,000, and cancels futures wherever they wait.
async fn cancelling_loses_and_doubles_nothing<R: Runtime>() {
    const BATCH: u32 = 700;
    let events: u32 = std::env::var("ALSA_SEQ_SOAK_EVENTS").map_or(20_000, |n| n.parse().unwrap());
    let mut sender = opened::<R>("sender");
    let mut receiver: AsyncSequencerClient<R::Reactor> = ClientOptions::new(unique("receiver"))
        .input_pool(2000)
        .open()
        .unwrap()
        .into_async()
        .unwrap();
    let input = receiver.create_port("in").unwrap();
    let queue = sender.create_queue("song").unwrap();
    let tempo = Tempo::from_micros(1000).unwrap().with_ppq(10).unwrap();
    queue.set_tempo(tempo).unwrap();
    queue.start().unwrap();
    let mut cancelled = 0;
    let batches = events.div_ceil(BATCH);
    let mut batch = 0;
    // On a machine with other work, few futures may have to wait.
    while batch < batches || cancelled <= 10 {
        assert!(batch < batches * 20, "only {cancelled} futures waited");
        let numbers = batch * BATCH..(batch + 1) * BATCH;
        for number in numbers.clone() {
            // The events go through the queue, so that the pool fills up and sending waits.
            let event = numbered(number).to(&input).after(&queue, Time::Tick(20));
            let mut patience = 0;
            while polled(patience, sender.event_output(&event))
                .await
                .map(Result::unwrap)
                .is_none()
            {
                (cancelled, patience) = (cancelled + 1, patience + 1);
            }
        }
        let mut patience = 0;
        while polled(patience, sender.drain_output())
            .await
            .map(Result::unwrap)
            .is_none()
        {
            (cancelled, patience) = (cancelled + 1, patience + 1);
        }
        for number in numbers {
            let mut patience = 0;
            let event = loop {
                match polled(patience, next_event(&mut receiver)).await {
                    Some(event) => break event,
                    None => (cancelled, patience) = (cancelled + 1, patience + 1),
                }
            };
            assert_eq!(event.data(), numbered(number).data());
        }
        batch += 1;
    }
}

/// After a cancelled wait, events that need no room can still be sent.
async fn a_cancelled_wait_stops_nothing<R: Runtime>() {
    let mut sender = opened::<R>("sender");
    let mut receiver = opened::<R>("receiver");
    let input = receiver.create_port("in").unwrap();
    let queue = sender.create_queue("stands still").unwrap();
    let scheduled = |number| numbered(number).to(&input).at(&queue, Time::Tick(100_000));
    sender.event_output(&scheduled(0)).await.unwrap();
    assert!(polled(0, sender.sync_output_queue()).await.is_none());
    sender
        .event_output_direct(&numbered(1).to(&input))
        .await
        .unwrap();
    sender.drain_output().await.unwrap();
    sender.event_output_direct(&scheduled(2)).await.unwrap();

    // The pool is full, and note-offs are sent all the same.
    for number in 2..570 {
        sender.event_output(&scheduled(number)).await.unwrap();
    }
    assert!(polled(0, sender.drain_output()).await.is_none());
    sender
        .event_output_direct(&numbered(3).to(&input))
        .await
        .unwrap();
    for number in [1, 3] {
        assert_eq!(
            next_event(&mut receiver).await.data(),
            numbered(number).data()
        );
    }
    // The error's index is counted from the beginning of its own call.
    let nobody = (receiver.id(), alsa_seq::PortId::new(99));
    let error = sender
        .event_output_direct(&numbered(4).to(nobody))
        .await
        .unwrap_err();
    assert!(matches!(
        *error.subject(),
        alsa_seq::Subject::Event { index: 0, .. }
    ));
}

/// The call waits until the whole buffer is sent. It then adds its event once, even if the future
/// is polled again.
async fn an_event_that_waits_for_room_waits_to_the_end<R: Runtime>() {
    let sender: AsyncSequencerClient<R::Reactor> = open(
        ClientOptions::new(unique("sender"))
            .output_buffer_size(13 * 28)
            .output_pool(10),
    )
    .into_async()
    .unwrap();
    let queue = sender.create_queue("stands still").unwrap().keep();
    sender.set_output_room(10).unwrap();
    let control = sender.control();
    let (mut output, _input) = sender.split();
    let event = numbered(0).to(alsa_seq::Address::TIMER);
    let event = event.at(queue, Time::Tick(100_000));
    for _ in 0..13 {
        output.event_output(&event).await.unwrap();
    }
    {
        let mut waiting = pin!(output.event_output(&event));
        for _ in 0..3 {
            assert!(polled(0, waiting.as_mut()).await.is_none(), "3 wait");
        }
        control
            .remove_events(alsa_seq::RemoveEvents::new())
            .unwrap();
        waiting.as_mut().await.unwrap();
        assert_eq!(control.pool().unwrap().output_room(), 10, "as it was");
        assert!(polled(0, waiting).await.is_none(), "it is done");
    }
    assert_eq!(output.get_mut().event_output_pending(), 28);
    // A call that does not have to wait also adds its event once.
    {
        let mut short = pin!(output.event_output(&event));
        short.as_mut().await.unwrap();
        assert!(polled(0, short).await.is_none(), "it is done");
    }
    assert_eq!(output.get_mut().event_output_pending(), 2 * 28);
}

async fn an_error_ends_the_stream<R: Runtime>() {
    let client = ClientOptions::new(unique("deaf"))
        .direction(alsa_seq::Direction::Output)
        .open()
        .unwrap();
    let client = client.into_async::<R::Reactor>().unwrap();
    let (_output, input) = client.split();
    let items: Vec<_> = input.take(10).collect().await;
    assert_eq!(items.len(), 1);
    assert!(items.first().is_some_and(Result::is_err));
}

async fn a_stopped_queue_needs_a_time_out_of_the_caller<R: Runtime>() {
    let mut sender = opened::<R>("sender");
    let queue = sender.create_queue("queue").unwrap();
    let event = numbered(0).to(alsa_seq::Address::TIMER);
    let event = event.at(&queue, Time::Tick(100_000));
    sender.event_output(&event).await.unwrap();
    assert!(polled(0, sender.sync_output_queue()).await.is_none());
    sender.remove_events(alsa_seq::RemoveEvents::new()).unwrap();
    sender.sync_output_queue().await.unwrap();
}

/// Each half is in a separate task, on a separate thread.
#[test]
fn the_halves_are_two_tasks() {
    need_sequencer!();
    let _turn = beside_others();
    const EVENTS: u32 = 1900;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = open(ClientOptions::new(unique("both")).input_pool(2000));
        let port = client.create_port("loop").unwrap().keep();
        let (mut output, mut input) = client.into_tokio().unwrap().split();
        let sender = tokio::spawn(async move {
            for number in 0..EVENTS {
                output
                    .event_output(&numbered(number).to(port))
                    .await
                    .unwrap();
            }
            output.drain_output().await.unwrap();
        });
        let receiver = tokio::spawn(async move {
            for number in 0..EVENTS {
                let event = input.event_input().await.unwrap();
                assert_eq!(event.data(), numbered(number).data());
            }
        });
        sender.await.unwrap();
        receiver.await.unwrap();
    });
}

/// A time-out around a future is an ordinary way to cancel it.
#[test]
fn a_time_out_cancels_a_future() {
    need_sequencer!();
    let _turn = beside_others();
    Tokio::block_on(async {
        let mut client = client("patient").into_tokio().unwrap();
        let port = client.create_port("in").unwrap();
        let wait = tokio::time::timeout(Duration::from_millis(20), client.event_input());
        assert!(wait.await.is_err());
        client
            .event_output_direct(&numbered(1).to(&port))
            .await
            .unwrap();
        let wait = tokio::time::timeout(PATIENCE, client.event_input());
        assert_eq!(wait.await.unwrap().unwrap().data(), numbered(1).data());
    });
}

async fn halves_unite_and_go_back_to_blocking<R: Runtime>() {
    let mut client = opened::<R>("halves");
    let port = client.create_port("port").unwrap();
    for number in 0..2 {
        let event = numbered(number).to(&port);
        client.event_output_direct(&event).await.unwrap();
    }
    // One more event is read, and one is in the output buffer.
    assert_eq!(next_event(&mut client).await.data(), numbered(0).data());
    let event = numbered(2).to(&port);
    client.event_output(&event).await.unwrap();

    let (output, input) = client.split();
    let mut client = output.reunite(input).unwrap().into_blocking();
    assert_eq!(client.event_output_pending(), 28);
    let event = client.event_input_timeout(PATIENCE).unwrap();
    assert_eq!(event.data(), numbered(1).data());
    client.drain_output().unwrap();

    // The client can become asynchronous again.
    let mut client = client.into_async::<R::Reactor>().unwrap();
    assert_eq!(next_event(&mut client).await.data(), numbered(2).data());
    let (output, input) = client.split();
    let (output, input) = (output.into_blocking(), input.into_blocking());
    output.reunite(input).unwrap().close().unwrap();
    assert!(
        port.info()
            .is_err_and(|error| error.kind() == ErrorKind::Closed)
    );
}

/// On a runtime with threads, a task may continue in another thread.
#[test]
fn waiting_futures_are_send() {
    fn send<T: Send>(_: T) {}
    #[allow(dead_code, reason = "it need only compile")]
    fn on_any_reactor<R: Reactor>(mut client: AsyncSequencerClient<R>, event: &Event<'_>) {
        send(client.event_output_patient(event, PATIENCE));
        send(client.sysex_output(event, SysexPace::new()));
        send(client.event_input());
    }
}

async fn every_owner_of_the_file_has_the_client_id<R: Runtime>() {
    let client = opened::<R>("owner");
    let id = client.id();
    assert_accessors!(client, id);
    let (output, input) = client.split();
    assert_accessors!(output, id);
    assert_accessors!(input, id);
    let monitor = TopologyMonitor::open(unique("owner")).unwrap();
    let id = monitor.id();
    let monitor = monitor.into_async::<R::Reactor>().unwrap();
    assert_accessors!(monitor, id);
}

async fn halves_of_two_clients_do_not_unite<R: Runtime>() {
    let (output, mut own) = opened::<R>("one").split();
    let (other, input) = opened::<R>("other").split();
    let error = output.reunite(input).unwrap_err();
    assert_eq!(error.to_string(), "the halves belong to different clients");
    let (mut output, input) = error.into_halves();
    let port = own.control().create_port("port").unwrap();
    let event = numbered(1).to(&port);
    output.event_output_direct(&event).await.unwrap();
    assert_eq!(own.event_input().await.unwrap().data(), event.data());
    assert_eq!(output.reunite(own).unwrap().id(), port.address().client);
    other.reunite(input).unwrap();
}

/// A runtime that never watches a file, like a process without a free file descriptor.
#[derive(Debug)]
struct Unwilling;

impl Reactor for Unwilling {
    fn register(_: ClientFile) -> io::Result<Self> {
        Err(io::Error::from_raw_os_error(24))
    }

    fn poll_read<T>(
        &self,
        _: &mut Context<'_>,
        mut step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        Poll::Ready(step())
    }

    fn poll_write<T>(
        &self,
        _: &mut Context<'_>,
        mut step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        Poll::Ready(step())
    }

    async fn sleep(&self, _: Duration) {}
}

#[test]
fn a_runtime_that_does_not_watch_is_an_error() {
    need_sequencer!();
    let _turn = beside_others();
    let error = client("unwatched").into_async::<Unwilling>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other);
    assert_eq!(error.operation(), Operation::Poll);
    assert_eq!(error.raw_os_error(), Some(24));
    assert_eq!(
        format!("{error:#}"),
        "wait for events: too many open files (EMFILE)"
    );

    // A client outlives its runtime.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut client = runtime.block_on(async { client("orphan").into_tokio().unwrap() });
    drop(runtime);
    let error = Tokio::block_on(client.event_input()).unwrap_err();
    assert_eq!(
        format!("{error:#}"),
        "receive events: the async runtime does not watch the client"
    );
    assert_eq!(error.kind(), ErrorKind::Other);
    // A call that need not wait still works.
    let port = client.create_port("port").unwrap();
    let event = numbered(1).to(&port);
    Tokio::block_on(client.event_output_direct(&event)).unwrap();
    let (mut output, mut input) = client.split();
    assert_eq!(output.get_mut().event_output_pending(), 0);
    let received = input.get_mut().try_event_input().unwrap().unwrap();
    assert_eq!(received.data(), event.data());
}

async fn events_come_from_the_port_that_the_client_names<R: Runtime>() {
    let client = ClientOptions::new(unique("sender")).open().unwrap();
    let ports = ["left", "right"].map(|name| client.create_port(name).unwrap());
    let client: AsyncSequencerClient<R::Reactor> = client.into_async().unwrap();
    let mut receiver = opened::<R>("receiver");
    let to = receiver.create_port("in").unwrap();
    for port in &ports {
        port.connect_to(&to).unwrap();
    }
    let (mut output, _input) = client.split();

    let sysex = Event::sysex(&[0xf0, 0xf7]);
    let pace = SysexPace::new();
    for result in [
        output.event_output(&numbered(0)).await,
        output.event_output_direct(&numbered(0)).await,
        output.event_output_patient(&numbered(0), PATIENCE).await,
        output.sysex_output(&sysex, pace).await,
        output.send(numbered(0)).await,
    ] {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("set_source"), "{error}");
    }
    output.drain_output().await.unwrap();

    output.set_source(&ports[1]);
    assert_eq!(output.source(), Some(ports[1].id()));
    output.event_output(&numbered(0)).await.unwrap();
    output.drain_output().await.unwrap();
    output.event_output_direct(&numbered(1)).await.unwrap();
    output
        .event_output_patient(&numbered(2), PATIENCE)
        .await
        .unwrap();
    output.send(numbered(3)).await.unwrap();
    output.sysex_output(&sysex, pace).await.unwrap();
    for data in (0..4).map(numbered).chain([sysex]) {
        let event = next_event(&mut receiver).await;
        assert_eq!(event.data(), data.data());
        assert_eq!(event.source(), ports[1].address());
    }
    // The event's own port has precedence.
    output.send(numbered(4).from_port(&ports[0])).await.unwrap();
    let event = next_event(&mut receiver).await;
    assert_eq!(event.source(), ports[0].address());
}
