//! The operations to try.

use std::time::Duration;

use std::any::Any;

use alsa_seq::ump::{Group, Packet};
use alsa_seq::{
    ClientOptions, ConnectOptions, Endpoint, EndpointOptions, ErrorKind, Event, EventBuffer,
    EventData, EventFilter, FunctionBlockOptions, GroupFilter, MidiVersion, Port, PortFilter,
    PortOptions, Queue, QueueOptions, RealTime, RemoveEvents, Result, SequencerClient, SysexPace,
    Tempo, Topology, TopologyMonitor,
};

use support::PATIENCE;

/// Two clients with a port each. The first client has a queue.
pub(crate) struct Fixture {
    pub(crate) client: SequencerClient,
    pub(crate) other: SequencerClient,
    pub(crate) queue: Option<Queue>,
    port: Option<Port>,
    other_port: Port,
    /// The object of an operation that ends it.
    pub(crate) third: Option<SequencerClient>,
    endpoint: Option<Endpoint>,
    monitor: Option<TopologyMonitor>,
}

/// The result of a successful call.
pub(crate) struct Done {
    pub(crate) says: String,
    /// The number of events that the call read.
    pub(crate) events: usize,
    /// Checks that the made object works. The object exists until the state has been read.
    pub(crate) works: Box<dyn FnOnce() -> Result<()>>,
}

pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) needs_ump: bool,
    /// The number of events that the first client is sent before the call.
    pub(crate) events: Option<usize>,
    pub(crate) prepare: fn() -> Fixture,
    pub(crate) run: fn(&mut Fixture) -> Result<Done>,
}

const SYSEX: usize = 1000;

/// The time of events on a queue that never runs.
const LATER: RealTime = match RealTime::new(1000, 0) {
    Ok(time) => time,
    Err(_) => RealTime::ZERO,
};

/// Returns the result of a call whose object may be dropped later.
fn done(made: impl Any) -> Result<Done> {
    made_if(made, |_| Ok(()))
}

/// Returns the result of a call whose object must work.
fn made_if<T: Any>(made: T, works: fn(&T) -> Result<()>) -> Result<Done> {
    Ok(Done {
        says: "done".to_owned(),
        events: 0,
        works: Box::new(move || works(&made)),
    })
}

fn read(events: usize) -> Result<Done> {
    Ok(Done {
        says: format!("{events} read"),
        events,
        works: Box::new(|| Ok(())),
    })
}

/// Treats a time-out as success, for a call that waits for nothing.
fn timed_out<T>(result: Result<T>) -> Result<Done> {
    match result {
        Err(error) if error.kind() == ErrorKind::TimedOut => done(()),
        Err(error) => Err(error),
        Ok(_) => panic!("there was nothing to wait for"),
    }
}

impl Fixture {
    fn new() -> Self {
        let mut client = ClientOptions::new("tried").open().unwrap();
        let mut other = ClientOptions::new("other").open().unwrap();
        let port = client.create_port("port").unwrap();
        let other_port = other.create_port("other port").unwrap();
        client.set_source(0);
        other.set_source(0);
        let queue = client
            .create_queue(QueueOptions::new().name("queue"))
            .unwrap();
        // The kernel makes the pool with the first event.
        client.event_output_direct(&note(0).to(&port)).unwrap();
        other.event_output_direct(&note(0).to(&port)).unwrap();
        let mut fixture = Self {
            client,
            other,
            queue: Some(queue),
            port: Some(port),
            other_port,
            third: None,
            endpoint: None,
            monitor: None,
        };
        assert_eq!(fixture.read_all(), 2);
        fixture
    }

    /// Prepares clients that have not sent an event.
    fn fresh() -> Self {
        let mut fixture = Self::new();
        drop(fixture.port.take());
        drop(fixture.queue.take());
        fixture.client = ClientOptions::new("tried").open().unwrap();
        fixture.client.set_source(0);
        fixture.port = Some(fixture.client.create_port("port").unwrap());
        fixture
    }

    fn connected() -> Self {
        let fixture = Self::new();
        fixture.port().connect_to(&fixture.other_port).unwrap();
        fixture
    }

    fn scheduled() -> Self {
        let mut fixture = Self::new();
        let queue = fixture.queue.as_ref().unwrap().id();
        for n in 0..3 {
            let event = note(n).to(&fixture.other_port).at(queue, LATER);
            fixture.client.event_output(&event).unwrap();
        }
        fixture.client.drain_output().unwrap();
        fixture
    }

    /// Prepares a client whose own pool is full of waiting events.
    fn full() -> Self {
        let mut fixture = Self::new();
        fixture.client.set_output_pool(3).unwrap();
        let queue = fixture.queue().id();
        for n in 0..4 {
            let event = note(n).to(&fixture.other_port).at(queue, LATER);
            fixture.client.event_output_buffer(&event).unwrap();
        }
        fixture
    }

    fn running() -> Self {
        let fixture = Self::new();
        fixture.queue().start().unwrap();
        fixture
    }

    /// Adds a client for an operation that closes it.
    fn third() -> Self {
        let mut fixture = Self::new();
        let mut third = ClientOptions::new("third").open().unwrap();
        let _ = third.create_port("third port").unwrap().keep();
        third.set_source(0);
        let event = note(1).to(&fixture.other_port);
        third.event_output_direct(&event).unwrap();
        third.event_output_buffer(&event).unwrap();
        fixture.third = Some(third);
        fixture
    }

    fn monitored() -> Self {
        let mut fixture = Self::new();
        fixture.monitor = Some(TopologyMonitor::open("monitor").unwrap());
        let made = fixture.client.create_port("noticed").unwrap();
        let _ = made.keep();
        fixture
    }

    /// Adds a UMP client.
    fn speaker() -> Self {
        let mut fixture = Self::new();
        let options = ClientOptions::new("third").midi_version(MidiVersion::Ump2);
        fixture.third = Some(options.open().unwrap());
        fixture
    }

    /// Adds a UMP client that has an endpoint and reads.
    fn ump() -> Self {
        let mut fixture = Self::speaker();
        let made = fixture.third_client().create_endpoint(endpoint());
        let made = made.unwrap();
        fixture.third_client().set_source(made.port().id());
        fixture.endpoint = Some(made);
        fixture
            .port()
            .connect_to(fixture.endpoint().port())
            .unwrap();
        // Reads the notices of the client's own endpoint.
        fixture.read_all();
        fixture
    }

    fn ump_sent() -> Self {
        let mut fixture = Self::ump();
        let to = fixture.endpoint().port().address();
        for n in 0..3 {
            let event = note(n).to(to);
            fixture.client.event_output_direct(&event).unwrap();
        }
        fixture
    }

    fn endpoint(&self) -> &Endpoint {
        self.endpoint.as_ref().unwrap()
    }

    fn third_client(&mut self) -> &mut SequencerClient {
        self.third.as_mut().unwrap()
    }

    /// Prepares a client with events to read.
    fn sent(events: u8) -> Self {
        let mut fixture = Self::new();
        let to = fixture.port().address();
        for n in 0..events {
            fixture.other.event_output_direct(&note(n).to(to)).unwrap();
        }
        fixture
    }

    fn sent_1() -> Self {
        Self::sent(1)
    }

    fn sent_3() -> Self {
        Self::sent(3)
    }

    fn sent_sysex() -> Self {
        let mut fixture = Self::new();
        let to = fixture.port().address();
        fixture.other.event_output_direct(&sysex().to(to)).unwrap();
        fixture
    }

    fn buffered() -> Self {
        let mut fixture = Self::new();
        for n in 0..3 {
            let event = note(n).to(&fixture.other_port);
            fixture.client.event_output_buffer(&event).unwrap();
        }
        fixture
    }

    fn port(&self) -> &Port {
        self.port.as_ref().unwrap()
    }

    fn queue(&self) -> &Queue {
        self.queue.as_ref().unwrap()
    }

    /// Checks that all objects that still exist can be used.
    pub(crate) fn works(&mut self) -> Result<()> {
        self.client.info()?;
        self.other.info()?;
        self.other_port.info()?;
        self.client.drop_output()?;
        self.client.drop_input()?;
        if let Some(port) = &self.port {
            port.info()?;
            let event = note(9).to(port);
            self.client.event_output_direct(&event)?;
            let back = self.client.event_input_timeout(PATIENCE)?;
            assert_eq!(back.data(), event.data());
        }
        if let Some(queue) = &self.queue {
            queue.start()?;
            queue.stop()?;
        }
        if let Some(monitor) = &mut self.monitor {
            monitor.refresh()?;
        }
        Ok(())
    }

    /// Reads all events of the client that reads.
    pub(crate) fn read_all(&mut self) -> usize {
        let mut events = 0;
        let reader = self.third.as_mut().unwrap_or(&mut self.client);
        while reader.try_event_input().unwrap().is_some() {
            events += 1;
        }
        events
    }
}

fn note(n: u8) -> Event<'static> {
    Event::note_on(0, 60 + n, 100).unwrap()
}

fn sysex() -> Event<'static> {
    Event::sysex(vec![1; SYSEX])
}

const fn operation(
    name: &'static str,
    prepare: fn() -> Fixture,
    run: fn(&mut Fixture) -> Result<Done>,
) -> Operation {
    Operation {
        name,
        needs_ump: false,
        events: None,
        prepare,
        run,
    }
}

const fn input(
    name: &'static str,
    events: usize,
    prepare: fn() -> Fixture,
    run: fn(&mut Fixture) -> Result<Done>,
) -> Operation {
    Operation {
        events: Some(events),
        ..operation(name, prepare, run)
    }
}

const fn ump(
    name: &'static str,
    prepare: fn() -> Fixture,
    run: fn(&mut Fixture) -> Result<Done>,
) -> Operation {
    Operation {
        needs_ump: true,
        ..operation(name, prepare, run)
    }
}

fn endpoint() -> EndpointOptions {
    EndpointOptions::new("endpoint")
        .groups(2)
        .function_block(block())
}

fn block() -> FunctionBlockOptions {
    FunctionBlockOptions::new("block", group(0), 2)
}

fn group(number: u8) -> Group {
    Group::new(number).unwrap()
}

pub(crate) const OPERATIONS: &[Operation] = &[
    operation("ClientOptions::open", Fixture::new, |_| {
        made_if(SequencerClient::open("opened")?, |made| {
            made.info().map(drop)
        })
    }),
    operation("ClientOptions::open, with pools", Fixture::new, |_| {
        let options = ClientOptions::new("opened").output_pool(100);
        made_if(options.input_pool(300).open()?, |made| {
            made.info().map(drop)
        })
    }),
    operation("close", Fixture::third, |f| {
        done(f.third.take().unwrap().close_timeout(PATIENCE)?)
    }),
    operation("interrupter", Fixture::new, |f| {
        done(f.client.interrupter()?)
    }),
    operation("system_info", Fixture::new, |f| {
        done(f.client.system_info()?)
    }),
    operation("info", Fixture::new, |f| done(f.client.info()?)),
    operation("client_info", Fixture::new, |f| {
        done(f.client.client_info(f.other.id())?)
    }),
    operation("clients", Fixture::new, |f| {
        done(f.client.clients().collect::<Result<Vec<_>>>()?)
    }),
    operation("find_client", Fixture::new, |f| {
        done(f.client.find_client("other")?)
    }),
    operation("ports", Fixture::new, |f| {
        done(f.client.ports(PortFilter::new())?)
    }),
    operation("ports_of", Fixture::new, |f| {
        done(
            f.client
                .ports_of(f.other.id())
                .collect::<Result<Vec<_>>>()?,
        )
    }),
    operation("find_port", Fixture::new, |f| {
        done(f.client.find_port("other:other port")?)
    }),
    operation("set_name", Fixture::new, |f| {
        done(f.client.set_name("new")?)
    }),
    operation("set_event_filter", Fixture::new, |f| {
        done(f.client.set_event_filter(EventFilter::ALL)?)
    }),
    operation("set_error_bounce", Fixture::new, |f| {
        done(f.client.set_error_bounce(true)?)
    }),
    operation("reset_events_lost", Fixture::new, |f| {
        done(f.client.reset_events_lost()?)
    }),
    operation("pool", Fixture::new, |f| done(f.client.pool()?)),
    operation("client_pool", Fixture::new, |f| {
        done(f.client.client_pool(f.other.id())?)
    }),
    operation("set_output_pool", Fixture::new, |f| {
        done(f.client.set_output_pool(100)?)
    }),
    operation("set_input_pool", Fixture::new, |f| {
        done(f.client.set_input_pool(300)?)
    }),
    operation("set_output_room", Fixture::new, |f| {
        done(f.client.set_output_room(10)?)
    }),
    operation("create_port", Fixture::new, |f| {
        made_if(f.client.create_port("new")?, |made| made.info().map(drop))
    }),
    operation("create_port, with its number", Fixture::new, |f| {
        let options = PortOptions::new("new").number(7);
        made_if(f.client.create_port(options)?, |made| made.info().map(drop))
    }),
    operation("port_info", Fixture::new, |f| {
        done(f.client.port_info(&f.other_port)?)
    }),
    operation("Port::set_info", Fixture::new, |f| {
        done(f.port().set_info(PortOptions::new("new"))?)
    }),
    operation("Port::close", Fixture::new, |f| {
        done(f.port.take().unwrap().close()?)
    }),
    operation("connect", Fixture::new, |f| {
        done(f.port().connect_to(&f.other_port)?)
    }),
    operation("connect, exclusively", Fixture::new, |f| {
        let options = ConnectOptions::new().exclusive(true);
        done(f.client.connect(f.port(), &f.other_port, options)?)
    }),
    operation("connection", Fixture::connected, |f| {
        done(f.client.connection(f.port(), &f.other_port)?)
    }),
    operation("connections_from", Fixture::connected, |f| {
        done(f.port().receivers()?)
    }),
    operation("connections_to", Fixture::connected, |f| {
        done(f.other_port.senders()?)
    }),
    operation("disconnect", Fixture::connected, |f| {
        done(f.port().disconnect_to(&f.other_port)?)
    }),
    operation("create_queue", Fixture::new, |f| {
        made_if(f.client.create_queue("new")?, Queue::start)
    }),
    operation("queues", Fixture::new, |f| done(f.client.queues()?)),
    operation("find_queue", Fixture::new, |f| {
        done(f.client.find_queue("queue")?)
    }),
    operation("queue", Fixture::new, |f| {
        done(f.other.queue(f.queue().id())?)
    }),
    operation("queue, and leave it", Fixture::new, |f| {
        done(f.other.queue(f.queue().id())?.leave()?)
    }),
    operation("Queue::info", Fixture::new, |f| done(f.queue().info()?)),
    operation("Queue::set_info", Fixture::new, |f| {
        done(f.queue().set_info(QueueOptions::new().name("new"))?)
    }),
    operation("Queue::status", Fixture::new, |f| done(f.queue().status()?)),
    operation("Queue::clock", Fixture::running, |f| {
        done(f.queue().clock()?)
    }),
    operation("Queue::tempo", Fixture::new, |f| done(f.queue().tempo()?)),
    operation("Queue::set_tempo", Fixture::new, |f| {
        done(f.queue().set_tempo(Tempo::from_micros(400_000).unwrap())?)
    }),
    operation("Queue::set_quarter", Fixture::new, |f| {
        match f.queue().set_quarter(Duration::from_micros(400)) {
            Err(error) if matches!(error.kind(), ErrorKind::Unsupported { .. }) => done(()),
            result => done(result?),
        }
    }),
    operation("Queue::set_skew", Fixture::new, |f| {
        done(f.queue().set_skew(0x8000)?)
    }),
    operation("Queue::timer", Fixture::new, |f| done(f.queue().timer()?)),
    operation("Queue::set_timer", Fixture::new, |f| {
        let timer = f.queue().timer()?;
        done(f.queue().set_timer(timer)?)
    }),
    operation("Queue::set_timer, while it runs", Fixture::running, |f| {
        let timer = f.queue().timer()?;
        done(f.queue().set_timer(timer)?)
    }),
    operation("Queue::start", Fixture::new, |f| done(f.queue().start()?)),
    operation("Queue::continue_", Fixture::new, |f| {
        done(f.queue().continue_()?)
    }),
    operation("Queue::stop", Fixture::running, |f| done(f.queue().stop()?)),
    operation("Queue::set_position_tick", Fixture::new, |f| {
        done(f.queue().set_position_tick(96)?)
    }),
    operation("Queue::close", Fixture::new, |f| {
        done(f.queue.take().unwrap().close()?)
    }),
    operation("remove_events", Fixture::scheduled, |f| {
        done(f.client.remove_events(RemoveEvents::new())?)
    }),
    operation("remove_output", Fixture::scheduled, |f| {
        done(f.client.remove_output(RemoveEvents::new())?)
    }),
    operation("drop_output", Fixture::scheduled, |f| {
        done(f.client.drop_output()?)
    }),
    operation("drop_input", Fixture::sent_3, |f| {
        done(f.client.drop_input()?)
    }),
    operation("event_output_direct, the first", Fixture::fresh, |f| {
        let event = note(0).to(&f.other_port);
        done(f.client.event_output_direct(&event)?)
    }),
    operation("event_output_direct", Fixture::new, |f| {
        let event = note(0).to(&f.other_port);
        done(f.client.event_output_direct(&event)?)
    }),
    operation(
        "event_output_direct, to subscribers",
        Fixture::connected,
        |f| done(f.client.event_output_direct(&note(0).to_subscribers())?),
    ),
    operation("event_output_direct, scheduled", Fixture::new, |f| {
        let queue = f.queue().id();
        let event = note(0).to(&f.other_port).at(queue, LATER);
        done(f.client.event_output_direct(&event)?)
    }),
    operation("event_output_direct, 1000 bytes", Fixture::new, |f| {
        let event = sysex().to(&f.other_port);
        done(f.client.event_output_direct(&event)?)
    }),
    operation("event_output_patient", Fixture::new, |f| {
        let event = note(0).to(&f.other_port);
        done(f.client.event_output_patient(&event, PATIENCE)?)
    }),
    operation("sysex_output, 1000 bytes", Fixture::new, |f| {
        let event = sysex().to(&f.other_port);
        let pace = SysexPace::new().bytes_per_second(None);
        done(f.client.sysex_output(&event, pace)?)
    }),
    operation("drain_output, 3 events", Fixture::buffered, |f| {
        done(f.client.drain_output()?)
    }),
    operation(
        "drain_output, 3 events, and again",
        Fixture::buffered,
        |f| {
            let first = f.client.drain_output();
            match first {
                // After this error, no event is left to send.
                Err(error) if f.client.event_output_pending() == 0 => Err(error),
                _ => done(f.client.drain_output()?),
            }
        },
    ),
    operation("drain_output_timeout, to a full pool", Fixture::full, |f| {
        timed_out(f.client.drain_output_timeout(Duration::from_millis(1)))
    }),
    operation("sync_output_queue", Fixture::new, |f| {
        done(f.client.sync_output_queue()?)
    }),
    operation(
        "sync_output_queue_timeout, of events that wait",
        Fixture::scheduled,
        |f| timed_out(f.client.sync_output_queue_timeout(Duration::from_millis(1))),
    ),
    input("event_input, 1 event", 1, Fixture::sent_1, |f| {
        f.client.event_input()?;
        read(1)
    }),
    input("event_input, 3 events", 3, Fixture::sent_3, |f| {
        f.client.event_input()?;
        read(1)
    }),
    input("event_input_timeout, 1 event", 1, Fixture::sent_1, |f| {
        f.client.event_input_timeout(PATIENCE)?;
        read(1)
    }),
    operation("event_input_timeout, nothing", Fixture::new, |f| {
        timed_out(f.client.event_input_timeout(Duration::from_millis(1)))
    }),
    input("try_event_input, 1000 bytes", 1, Fixture::sent_sysex, |f| {
        let event = f.client.try_event_input()?;
        if let Some(event) = &event {
            assert!(matches!(event.data(), EventData::Sysex(data) if data.len() == SYSEX));
        }
        read(usize::from(event.is_some()))
    }),
    input("event_input_batch, 3 events", 3, Fixture::sent_3, |f| {
        let mut batch = EventBuffer::new();
        f.client.event_input_batch(&mut batch)?;
        read(batch.events().count())
    }),
    input("event_input_pending, 3 events", 3, Fixture::sent_3, |f| {
        f.client.event_input_pending()?;
        read(0)
    }),
    operation("Topology::snapshot", Fixture::connected, |f| {
        done(Topology::snapshot(&f.client)?)
    }),
    operation("TopologyMonitor::open", Fixture::new, |_| {
        done(TopologyMonitor::open("monitor")?)
    }),
    operation("TopologyMonitor::next_change", Fixture::monitored, |f| {
        done(f.monitor.as_mut().unwrap().next_change()?)
    }),
    ump("ClientOptions::open, UMP", Fixture::new, |_| {
        let options = ClientOptions::new("opened").midi_version(MidiVersion::Ump2);
        done(options.open()?)
    }),
    ump("info of a UMP client", Fixture::ump, |f| {
        done(f.third_client().info()?)
    }),
    ump("create_endpoint", Fixture::speaker, |f| {
        done(f.third_client().create_endpoint(endpoint())?)
    }),
    ump("endpoint_info", Fixture::ump, |f| {
        done(f.endpoint().info()?)
    }),
    ump("Endpoint::set_info", Fixture::ump, |f| {
        done(f.endpoint().set_info(endpoint().name("new"))?)
    }),
    ump("function_blocks", Fixture::ump, |f| {
        done(f.endpoint().function_blocks()?)
    }),
    ump("Endpoint::set_function_block", Fixture::ump, |f| {
        done(f.endpoint().set_function_block(0, block().name("new"))?)
    }),
    ump("set_group_filter", Fixture::ump, |f| {
        let filter = GroupFilter::ALL.without(group(1));
        done(f.third_client().set_group_filter(filter)?)
    }),
    ump("set_ump_conversion", Fixture::ump, |f| {
        done(f.client.set_ump_conversion(false)?)
    }),
    ump("event_output_direct, UMP", Fixture::ump, |f| {
        let event = Event::ump(packet()).to(&f.other_port);
        done(f.third_client().event_output_direct(&event)?)
    }),
    Operation {
        needs_ump: true,
        ..input(
            "event_input_batch, 3 UMP events",
            3,
            Fixture::ump_sent,
            |f| {
                let mut batch = EventBuffer::new();
                f.third_client().event_input_batch(&mut batch)?;
                read(batch.events().count())
            },
        )
    },
];

fn packet() -> Packet {
    Packet::new([0x2090_3c40, 0, 0, 0])
}
