//! What a port is told of its connections, and when they carry events.

use alsa_seq::{
    Address, Connection, ErrorKind, Event, EventData, Port, PortCaps, PortOptions, SequencerClient,
    SubscribeOptions,
};

use crate::support::{Receive, client, need_sequencer, next_event, numbered};

/// A port that hears what the kernel announces.
fn ears(client: &SequencerClient) -> Port {
    let caps = PortCaps::WRITE | PortCaps::NO_EXPORT;
    let port = client
        .create_port(PortOptions::new("ears").caps(caps))
        .unwrap();
    port.connect_from(Address::ANNOUNCE).unwrap();
    port
}

/// What an event says of a connection: whether it was made, and which.
fn notice(event: &Event<'_>) -> Option<(bool, Connection)> {
    match event.data() {
        EventData::PortSubscribed(link) => Some((true, link)),
        EventData::PortUnsubscribed(link) => Some((false, link)),
        _ => None,
    }
}

/// The kernel tells the sender first, and asks the receiver then. So a notice is
/// no promise.
#[test]
fn a_port_may_be_told_of_a_connection_that_is_refused() {
    need_sequencer!();
    let mut sender = client("sender");
    let out = sender.create_port("out").unwrap();
    let receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let mut connector = client("connector");
    let taker = connector.create_port("taker").unwrap();
    let exclusive = SubscribeOptions::new().exclusive();
    connector.subscribe(&taker, &input, exclusive).unwrap();
    let ears = ears(&connector);

    let plain = SubscribeOptions::new();
    let error = connector.subscribe(&out, &input, plain).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    let link = Connection {
        sender: out.address(),
        dest: input.address(),
    };
    assert_eq!(notice(&sender.receive()), Some((true, link)));
    assert_eq!(notice(&sender.receive()), Some((false, link)));

    // Nobody else is told.
    let mark = Connection {
        sender: out.address(),
        dest: taker.address(),
    };
    connector.subscribe(&out, &taker, plain).unwrap();
    loop {
        let event = connector.receive();
        let about = notice(&event).map(|(_, about)| about);
        assert_ne!(about, Some(link));
        if about == Some(mark) && event.dest() == ears.address() {
            break;
        }
    }
}

/// The announcement comes behind the notice, and when it is there the connection
/// carries events.
#[test]
fn who_waits_for_the_announcement_greets_every_subscriber() {
    need_sequencer!();
    const ROUNDS: u32 = 200;
    let mut greeter = client("greeter");
    let out = greeter.create_port("out").unwrap();
    let ears = ears(&greeter);
    let mut guest = client("guest");
    let input = guest.create_port("in").unwrap();
    let connector = client("connector");
    let link = Connection {
        sender: out.address(),
        dest: input.address(),
    };
    std::thread::scope(|scope| {
        let (out, greeter) = (&out, &mut greeter);
        scope.spawn(move || {
            for number in 0..ROUNDS {
                let mut noticed = false;
                loop {
                    let event = greeter.receive();
                    if notice(&event) != Some((true, link)) {
                        continue;
                    }
                    // Both say that they come from there.
                    assert_eq!(event.source(), Address::ANNOUNCE);
                    if event.dest() == ears.address() {
                        break;
                    }
                    assert_eq!(event.dest(), out.address());
                    noticed = true;
                }
                assert!(noticed, "the announcement came first");
                let greeting = numbered(number).from_port(out);
                greeter.event_output_direct(&greeting).unwrap();
            }
        });
        for number in 0..ROUNDS {
            let plain = SubscribeOptions::new();
            connector.subscribe(out, &input, plain).unwrap();
            assert_eq!(next_event(&mut guest).data(), numbered(number).data());
            connector.unsubscribe(out, &input).unwrap();
        }
    });
}
