//! The port that an event comes from.

use alsa_seq::{Address, ErrorKind, Event, EventOutput, Port, SequencerClient, SysexPace, Tempo};

use support::{PATIENCE, need_sequencer, next_event, unique};

/// A client that has not set its source port. Each of its two ports is connected to a receiver.
struct Fork {
    client: SequencerClient,
    ports: [Port; 2],
    receivers: [SequencerClient; 2],
    _theirs: [Port; 2],
}

impl Fork {
    fn new() -> Self {
        let open = |name| SequencerClient::open(unique(name)).unwrap();
        let client = open("fork");
        let ports = ["left", "right"].map(|name| client.create_port(name).unwrap());
        let receivers = ["left", "right"].map(open);
        let theirs = [0, 1].map(|side: usize| {
            let port = receivers[side].create_port("in").unwrap();
            ports[side].connect_to(&port).unwrap();
            port
        });
        Self {
            client,
            ports,
            receivers,
            _theirs: theirs,
        }
    }

    /// Returns the source of the event at each of the two receivers, or `None` if no event arrived.
    fn arrived(&mut self) -> [Option<Address>; 2] {
        [0, 1].map(|side: usize| {
            loop {
                match self.receivers[side].try_event_input().unwrap() {
                    Some(event) if (66..=67).contains(&event.event_type().number()) => {}
                    event => return event.map(|event| event.source()),
                }
            }
        })
    }
}

fn note() -> Event<'static> {
    Event::note_on(0, 60, 100).unwrap()
}

/// Returns all ways to send an event.
fn ways() -> [fn(&mut EventOutput, &Event<'_>) -> alsa_seq::Result<()>; 4] {
    [
        |output, event| {
            output.event_output(event)?;
            output.drain_output()
        },
        |output, event| {
            output.event_output_buffer(event)?;
            output.drain_output()
        },
        |output, event| output.event_output_direct(event),
        |output, event| output.event_output_patient(event, PATIENCE),
    ]
}

#[test]
fn an_event_without_a_source_is_refused_by_every_call() {
    need_sequencer!();
    let mut fork = Fork::new();
    assert_eq!(fork.client.source(), None);
    let (mut output, _input) = fork.client.split();
    // A received event does not come from a port of this client either.
    let stranger = note().from_port(&fork.receivers[0].create_port("stranger").unwrap());
    let mut refused = Vec::new();
    for event in [note(), stranger] {
        for send in ways() {
            refused.push(send(&mut output, &event));
        }
    }
    let sysex = Event::sysex(&[0xf0, 1, 0xf7][..]);
    refused.push(output.sysex_output(&sysex, SysexPace::new()));
    refused.push(output.sysex_sender(&sysex, SysexPace::new()).map(drop));
    for result in refused {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = error.to_string();
        assert!(
            text.contains("set_source") && text.contains("from_port"),
            "{text}"
        );
    }
    assert_eq!(output.event_output_pending(), 0);
    fork.client = SequencerClient::open(unique("again")).unwrap();
    assert_eq!(fork.arrived(), [None, None]);
}

#[test]
fn events_come_from_the_port_that_the_client_names() {
    need_sequencer!();
    let mut fork = Fork::new();
    let [left, right] = fork.ports.each_ref().map(Port::address);
    let stranger = note().from_port(Address::new(0, 1));
    let (mut output, _input) = fork.client.split();
    output.set_source(&fork.ports[1]);
    assert_eq!(output.source(), Some(fork.ports[1].id()));
    fork.client = SequencerClient::open(unique("again")).unwrap();
    for send in ways() {
        for event in [note(), stranger.clone()] {
            send(&mut output, &event).unwrap();
            assert_eq!(fork.arrived(), [None, Some(right)]);
        }
        // The event's own port has precedence.
        send(&mut output, &note().from_port(left)).unwrap();
        assert_eq!(fork.arrived(), [Some(left), None]);
    }
    let sysex = Event::sysex(&[0xf0, 1, 0xf7][..]);
    output.sysex_output(&sysex, SysexPace::new()).unwrap();
    assert_eq!(fork.arrived(), [None, Some(right)]);
    output
        .sysex_output(&sysex.from_port(left), SysexPace::new())
        .unwrap();
    assert_eq!(fork.arrived(), [Some(left), None]);
    // The events in the buffer keep their port.
    output.event_output(&note()).unwrap();
    output.set_source(left.port);
    output.event_output(&note()).unwrap();
    output.drain_output().unwrap();
    assert_eq!(fork.arrived(), [Some(left), Some(right)]);
}

#[test]
fn received_events_are_sent_from_the_bound_port() {
    need_sequencer!();
    let mut fork = Fork::new();
    let [left, right] = fork.ports.each_ref().map(Port::address);
    let mut player = SequencerClient::open(unique("player")).unwrap();
    let keys = player.create_port("keys").unwrap();
    player.set_source(&keys);
    fork.client.set_source(&fork.ports[1]);
    // Sends to both ports of the router. Each event leaves only by `right`.
    for port in [left, right] {
        player.event_output_direct(&note().to(port)).unwrap();
        let event = next_event(&mut fork.client);
        assert_eq!(event.source(), keys.address());
        let event = event.to_subscribers().direct();
        fork.client.event_output_direct(&event).unwrap();
        assert_eq!(fork.arrived(), [None, Some(right)]);
    }
}

#[test]
fn events_for_the_system_client_need_no_port() {
    need_sequencer!();
    let mut client = SequencerClient::open(unique("no port")).unwrap();
    let queue = client.create_queue("queue").unwrap();
    let tempo = |bpm| Tempo::from_bpm(bpm).unwrap();
    client
        .event_output(&Event::queue_tempo(&queue, tempo(60.0)))
        .unwrap();
    client.drain_output().unwrap();
    assert_eq!(queue.tempo().unwrap().micros_per_quarter(), 1_000_000);
    client
        .event_output_direct(&Event::queue_tempo(&queue, tempo(30.0)))
        .unwrap();
    assert_eq!(queue.tempo().unwrap().micros_per_quarter(), 2_000_000);
    // This queue number means subscribers, whatever the destination is.
    let to_subscribers = Event::queue_start(&queue).at(254, alsa_seq::Time::Tick(0));
    let error = client.event_output_direct(&to_subscribers).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains("set_source"), "{error}");
}
