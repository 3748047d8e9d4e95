//! The same tests for every way to use a client: blocking, without waiting, and on each reactor.
//! One of the reactors is defined in this file.

use std::future::Future;
use std::io;
use std::ops::Deref;
use std::os::fd::AsFd;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use alsa_seq::ump::Packet;
use alsa_seq::{
    AsyncSequencerClient, ClientControl, ClientFile, ClientOptions, ErrorKind, Event, EventBuffer,
    EventData, MidiVersion, Reactor, Result, SequencerClient, Tempo, Time,
};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::{AsyncIo, Runtime, Tokio};
use support::{PATIENCE, numbered, open, unique};

/// The calls that all ways have. Blocking calls are finished when they return.
trait Verbs: Deref<Target = ClientControl> {
    async fn event_input(&mut self) -> Result<Event<'static>>;
    async fn event_input_batch(&mut self, buffer: &mut EventBuffer) -> Result<()>;
    async fn event_output(&mut self, event: &Event<'_>) -> Result<()>;
    async fn event_output_direct(&mut self, event: &Event<'_>) -> Result<()>;
    async fn drain_output(&mut self) -> Result<()>;
    async fn sync_output_queue(&mut self) -> Result<()>;
}

impl<R: Reactor> Verbs for AsyncSequencerClient<R> {
    async fn event_input(&mut self) -> Result<Event<'static>> {
        self.event_input().await
    }
    async fn event_input_batch(&mut self, buffer: &mut EventBuffer) -> Result<()> {
        self.event_input_batch(buffer).await
    }
    async fn event_output(&mut self, event: &Event<'_>) -> Result<()> {
        self.event_output(event).await
    }
    async fn event_output_direct(&mut self, event: &Event<'_>) -> Result<()> {
        self.event_output_direct(event).await
    }
    async fn drain_output(&mut self) -> Result<()> {
        self.drain_output().await
    }
    async fn sync_output_queue(&mut self) -> Result<()> {
        self.sync_output_queue().await
    }
}

impl Verbs for SequencerClient {
    async fn event_input(&mut self) -> Result<Event<'static>> {
        self.event_input_timeout(PATIENCE)
    }
    async fn event_input_batch(&mut self, buffer: &mut EventBuffer) -> Result<()> {
        self.event_input_batch(buffer)
    }
    async fn event_output(&mut self, event: &Event<'_>) -> Result<()> {
        self.event_output(event)
    }
    async fn event_output_direct(&mut self, event: &Event<'_>) -> Result<()> {
        self.event_output_direct(event)
    }
    async fn drain_output(&mut self) -> Result<()> {
        self.drain_output()
    }
    async fn sync_output_queue(&mut self) -> Result<()> {
        self.sync_output_queue_timeout(PATIENCE)
    }
}

/// A client whose calls never wait. The loops around the calls wait.
struct NeverWaits(SequencerClient);

impl Deref for NeverWaits {
    type Target = ClientControl;

    fn deref(&self) -> &ClientControl {
        &self.0
    }
}

impl NeverWaits {
    /// Repeats the call whenever the file is ready, until it succeeds or fails with an error other
    /// than a time-out.
    fn until_done(
        &mut self,
        flags: PollFlags,
        call: impl Fn(&mut SequencerClient) -> Result<()>,
    ) -> Result<()> {
        loop {
            match call(&mut self.0) {
                Err(error) if error.kind() == ErrorKind::TimedOut => ready(&self.0, flags),
                result => return result,
            }
        }
    }
}

fn ready(file: &impl AsFd, flags: PollFlags) {
    let mut fds = [PollFd::new(file.as_fd(), flags)];
    let ready = poll(&mut fds, PollTimeout::try_from(PATIENCE).unwrap()).unwrap();
    assert_eq!(ready, 1, "nothing happens");
}

impl Verbs for NeverWaits {
    async fn event_input(&mut self) -> Result<Event<'static>> {
        loop {
            match self.0.try_event_input()? {
                Some(event) => return Ok(event),
                None => ready(&self.0, PollFlags::POLLIN),
            }
        }
    }
    async fn event_input_batch(&mut self, buffer: &mut EventBuffer) -> Result<()> {
        while self.0.event_input_pending()? == 0 {
            ready(&self.0, PollFlags::POLLIN);
        }
        self.0.event_input_batch(buffer)
    }
    async fn event_output(&mut self, event: &Event<'_>) -> Result<()> {
        loop {
            match self.0.event_output_buffer(event) {
                Err(error) if error.kind() == ErrorKind::BufferFull => self.drain_output().await?,
                result => return result,
            }
        }
    }
    async fn event_output_direct(&mut self, event: &Event<'_>) -> Result<()> {
        self.0.event_output_direct(event)
    }
    async fn drain_output(&mut self) -> Result<()> {
        self.until_done(PollFlags::POLLOUT, |client| {
            client.drain_output_timeout(Duration::ZERO)
        })
    }
    async fn sync_output_queue(&mut self) -> Result<()> {
        self.until_done(PollFlags::POLLOUT, |client| {
            client.sync_output_queue_timeout(Duration::ZERO)
        })
    }
}

/// A way to use a client.
trait Variant {
    type Client: Verbs;
    fn open(options: ClientOptions) -> Self::Client;
    fn run(test: impl Future<Output = ()>);
}

impl<R: Runtime> Variant for R {
    type Client = AsyncSequencerClient<R::Reactor>;

    fn open(options: ClientOptions) -> Self::Client {
        open(options).into_async().unwrap()
    }

    fn run(test: impl Future<Output = ()>) {
        R::block_on(test);
    }
}

struct Blocking;

impl Variant for Blocking {
    type Client = SequencerClient;

    fn open(options: ClientOptions) -> Self::Client {
        open(options)
    }

    fn run(test: impl Future<Output = ()>) {
        at_once(test);
    }
}

struct NonBlocking;

impl Variant for NonBlocking {
    type Client = NeverWaits;

    fn open(options: ClientOptions) -> Self::Client {
        NeverWaits(open(options))
    }

    fn run(test: impl Future<Output = ()>) {
        at_once(test);
    }
}

/// Runs a test whose calls block, and never return "pending".
fn at_once(test: impl Future<Output = ()>) {
    let mut cx = Context::from_waker(Waker::noop());
    assert!(pin!(test).poll(&mut cx).is_ready());
}

/// A runtime as a user could write one: it runs one task, and blocks where the task waits.
struct OwnReactor(ClientFile);

impl OwnReactor {
    fn until_done<T>(
        &self,
        flags: PollFlags,
        mut step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        loop {
            match step() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready(&self.0, flags),
                result => return Poll::Ready(result),
            }
        }
    }
}

impl Reactor for OwnReactor {
    fn register(file: ClientFile) -> io::Result<Self> {
        Ok(Self(file))
    }

    fn poll_read<T>(
        &self,
        _: &mut Context<'_>,
        step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        self.until_done(PollFlags::POLLIN, step)
    }

    fn poll_write<T>(
        &self,
        _: &mut Context<'_>,
        step: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        self.until_done(PollFlags::POLLOUT, step)
    }

    async fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

struct OwnRuntime;

impl Variant for OwnRuntime {
    type Client = AsyncSequencerClient<OwnReactor>;

    fn open(options: ClientOptions) -> Self::Client {
        open(options).into_async().unwrap()
    }

    fn run(test: impl Future<Output = ()>) {
        at_once(test);
    }
}

macro_rules! in_every_way {
    ($($variant:ident as $module:ident),*: $tests:tt) => {
        $(in_this_way!($variant as $module: $tests);)*
    };
}

macro_rules! in_this_way {
    ($variant:ident as $module:ident: { $($test:ident)* }) => {
        mod $module {
            $(#[test]
            fn $test() {
                support::need_sequencer!();
                let _turn = crate::beside_others();
                <super::$variant as super::Variant>::run(super::$test::<super::$variant>());
            })*
        }
    };
}

in_every_way! {
    Blocking as blocking, NonBlocking as non_blocking, Tokio as tokio, AsyncIo as async_io,
    OwnRuntime as own_runtime:
    {
        events_go_round
        packets_and_other_events_go_round
        a_full_pool_makes_the_sender_wait
        a_full_receiver_is_reported_at_once
        batches_come_whole
        sync_waits_until_all_events_are_delivered
        a_hundred_ports_share_a_client
    }
}

/// Returns the next event that is not a notice of a connection.
async fn next_event(client: &mut impl Verbs) -> Event<'static> {
    loop {
        let event = client.event_input().await.unwrap();
        if !(66..=67).contains(&event.event_type().number()) {
            return event;
        }
    }
}

async fn events_go_round<V: Variant>() {
    let mut a = V::open(ClientOptions::new(unique("a")));
    let mut b = V::open(ClientOptions::new(unique("b")));
    let (from, to) = (a.create_port("a").unwrap(), b.create_port("b").unwrap());
    for number in 0..100 {
        let event = numbered(number);
        a.event_output(&event.clone().to(&to)).await.unwrap();
        a.drain_output().await.unwrap();
        let there = next_event(&mut b).await;
        assert_eq!(there.data(), event.data());
        b.event_output_direct(&there.to(&from)).await.unwrap();
        assert_eq!(next_event(&mut a).await.data(), event.data());
    }
}

/// A UMP client's records have another size.
async fn packets_and_other_events_go_round<V: Variant>() {
    let options = |name| ClientOptions::new(unique(name)).midi_version(MidiVersion::Ump2);
    if let Err(error) = options("probe").open() {
        // The kernel is too old for UMP, or was built without it.
        assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }));
        return;
    }
    let mut a = V::open(options("a"));
    let mut b = V::open(options("b"));
    let (from, to) = (a.create_port("a").unwrap(), b.create_port("b").unwrap());
    let packet: Packet = "40603c00 80000001".parse().unwrap();
    for number in 0..100 {
        let sent = [
            Event::ump(packet),
            numbered(number),
            Event::ump(packet),
            Event::new(EventData::Reset),
        ];
        for event in &sent {
            a.event_output(&event.clone().to(&to)).await.unwrap();
        }
        a.drain_output().await.unwrap();
        // The kernel converts the last event to a packet.
        let reset: Packet = "10ff0000".parse().unwrap();
        let expected = [Some(packet), None, Some(packet), Some(reset)];
        for (event, expected) in sent.iter().zip(expected) {
            let there = next_event(&mut b).await;
            assert_eq!(there.packet(), expected);
            if expected.is_none() {
                assert_eq!(there.data(), event.data());
            }
            b.event_output_direct(&there.to(&from)).await.unwrap();
            assert_eq!(next_event(&mut a).await.packet(), expected);
        }
    }
}

async fn a_full_pool_makes_the_sender_wait<V: Variant>() {
    // All events, with the large one at the end, fit the receiver's pool, even if it reads late.
    const EVENTS: u32 = 1500;
    let mut sender = V::open(ClientOptions::new(unique("sender")));
    let mut receiver = V::open(ClientOptions::new(unique("receiver")).input_pool(2000));
    let input = receiver.create_port("in").unwrap();
    let queue = sender.create_queue("song").unwrap();
    let tempo = Tempo::from_micros(5000).unwrap().with_ppq(10).unwrap();
    queue.set_tempo(tempo).unwrap();
    queue.start().unwrap();
    for number in 0..EVENTS {
        let event = numbered(number).to(&input);
        let event = event.at(&queue, Time::Tick(number / 10));
        sender.event_output(&event).await.unwrap();
    }
    // This event needs more room than `poll` waits for.
    let large = [7; 28 * 400];
    let event = Event::sysex(&large).to(&input);
    let last = Time::Tick(EVENTS / 10 + 100);
    sender.event_output(&event.at(&queue, last)).await.unwrap();
    sender.drain_output().await.unwrap();
    let room = sender.pool().unwrap().output_room();
    assert_eq!(room, 250, "the wake-up threshold is as it was");
    for number in 0..EVENTS {
        let event = next_event(&mut receiver).await;
        assert_eq!(event.data(), numbered(number).data());
    }
    assert_eq!(next_event(&mut receiver).await.payload(), large);
}

async fn a_full_receiver_is_reported_at_once<V: Variant>() {
    let mut sender = V::open(ClientOptions::new(unique("sender")));
    let mut receiver = V::open(ClientOptions::new(unique("receiver")));
    let input = receiver.create_port("in").unwrap();
    let mut number = 0;
    let error = loop {
        match sender
            .event_output_direct(&numbered(number).to(&input))
            .await
        {
            Ok(()) => number += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::ReceiverFull);
    let error = receiver.event_input().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overrun);
    let event = numbered(7).to(&input);
    sender.event_output_direct(&event).await.unwrap();
    assert_eq!(next_event(&mut receiver).await.data(), event.data());
}

async fn batches_come_whole<V: Variant>() {
    let mut sender = V::open(ClientOptions::new(unique("sender")));
    let mut receiver = V::open(ClientOptions::new(unique("receiver")));
    let input = receiver.create_port("in").unwrap();
    for number in 0..100 {
        let event = numbered(number).to(&input);
        sender.event_output(&event).await.unwrap();
    }
    sender.drain_output().await.unwrap();
    let first = receiver.event_input().await.unwrap();
    assert_eq!(first.data(), numbered(0).data());
    let mut buffer = EventBuffer::new();
    receiver.event_input_batch(&mut buffer).await.unwrap();
    let numbers: Vec<_> = buffer.events().map(|view| view.unwrap().data()).collect();
    let expected: Vec<_> = (1..100).map(numbered).collect();
    assert_eq!(numbers, super::data(&expected));
}

async fn sync_waits_until_all_events_are_delivered<V: Variant>() {
    let mut sender = V::open(ClientOptions::new(unique("sender")));
    let mut receiver = V::open(ClientOptions::new(unique("receiver")));
    let input = receiver.create_port("in").unwrap();
    sender.sync_output_queue().await.unwrap();
    let queue = sender.create_queue("queue").unwrap();
    let tempo = Tempo::from_micros(10_000).unwrap().with_ppq(100).unwrap();
    queue.set_tempo(tempo).unwrap();
    queue.start().unwrap();
    for tick in [100, 200, 300] {
        let event = numbered(tick).to(&input).at(&queue, Time::Tick(tick));
        sender.event_output(&event).await.unwrap();
    }
    sender.sync_output_queue().await.unwrap();
    let mut buffer = EventBuffer::new();
    receiver.event_input_batch(&mut buffer).await.unwrap();
    assert_eq!(buffer.events().count(), 3);
}

async fn a_hundred_ports_share_a_client<V: Variant>() {
    let mut sender = V::open(ClientOptions::new(unique("sender")));
    let mut receiver = V::open(ClientOptions::new(unique("receiver")).input_pool(2000));
    let pairs: Vec<_> = (0..100)
        .map(|_| {
            let out = sender.create_port("out").unwrap();
            let input = receiver.create_port("in").unwrap();
            out.connect_to(&input).unwrap();
            (out, input)
        })
        .collect();
    for (number, (out, _)) in (0..).zip(&pairs) {
        let event = numbered(number).from_port(out);
        sender.event_output(&event).await.unwrap();
    }
    sender.drain_output().await.unwrap();
    for (number, (out, input)) in (0..).zip(&pairs) {
        let event = next_event(&mut receiver).await;
        assert_eq!(event.data(), numbered(number).data());
        assert_eq!(
            (event.source(), event.dest()),
            (out.address(), input.address())
        );
    }
}
