//! The kernel's announcements of clients, ports and connections, and their times. These tests are
//! separate from the tests that make so many announcements that a listener has an overrun.

use alsa_seq::{
    Address, ClientOptions, ConnectOptions, ErrorKind, Event, EventData, Port, PortCaps,
    PortOptions, SequencerClient,
};

use crate::when_there_is_room;
use support::{PATIENCE, Receive, need_sequencer, next_event, numbered, unique};

fn client(name: &str) -> SequencerClient {
    let options = ClientOptions::new(unique(name)).input_pool(2000);
    let mut client = when_there_is_room(|| options.clone().open());
    client.set_source(0);
    client
}

/// Creates a port that receives the kernel's announcements.
fn ears(client: &SequencerClient) -> Port {
    let caps = PortCaps::WRITE | PortCaps::NO_EXPORT;
    let port = client
        .create_port(PortOptions::new("ears").caps(caps))
        .unwrap();
    port.connect_from(Address::ANNOUNCE).unwrap();
    port
}

/// Returns the content of a connection notice: whether the connection was made, and its two ends.
fn notice(event: &Event<'_>) -> Option<(bool, (Address, Address))> {
    match event.data() {
        EventData::PortSubscribed { sender, receiver } => Some((true, (sender, receiver))),
        EventData::PortUnsubscribed { sender, receiver } => Some((false, (sender, receiver))),
        _ => None,
    }
}

/// The kernel first notifies the sender, and then checks the receiver. So after the notice, the
/// connection may still be refused.
#[test]
fn a_refused_connection_may_be_announced_to_the_sender() {
    need_sequencer!();
    let mut sender = client("sender");
    let out = sender.create_port("out").unwrap();
    let receiver = client("receiver");
    let input = receiver.create_port("in").unwrap();
    let mut connector = client("connector");
    let taker = connector.create_port("taker").unwrap();
    let exclusive = ConnectOptions::new().exclusive(true);
    connector.connect(&taker, &input, exclusive).unwrap();
    let ears = ears(&connector);

    let plain = ConnectOptions::new();
    let error = connector.connect(&out, &input, plain).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Busy);
    let connection = (out.address(), input.address());
    assert_eq!(notice(&sender.receive()), Some((true, connection)));
    assert_eq!(notice(&sender.receive()), Some((false, connection)));

    // No other client receives a notice.
    let mark = (out.address(), taker.address());
    connector.connect(&out, &taker, plain).unwrap();
    loop {
        let event = connector.receive();
        let about = notice(&event).map(|(_, about)| about);
        assert_ne!(about, Some(connection));
        if about == Some(mark) && event.dest() == ears.address() {
            break;
        }
    }
}

/// The announcement comes after the notice. From the announcement on, the connection carries
/// events.
#[test]
fn after_the_announcement_events_reach_the_subscriber() {
    need_sequencer!();
    const ROUNDS: u32 = 200;
    let mut greeter = client("greeter");
    let out = greeter.create_port("out").unwrap();
    let ears = ears(&greeter);
    let mut guest = client("guest");
    let input = guest.create_port("in").unwrap();
    let connector = client("connector");
    let connection = (out.address(), input.address());
    std::thread::scope(|scope| {
        let (out, greeter) = (&out, &mut greeter);
        scope.spawn(move || {
            for number in 0..ROUNDS {
                let mut noticed = false;
                loop {
                    let event = greeter.receive();
                    if notice(&event) != Some((true, connection)) {
                        continue;
                    }
                    // Both events have the announcement port as their source.
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
            let plain = ConnectOptions::new();
            connector.connect(out, &input, plain).unwrap();
            assert_eq!(next_event(&mut guest).data(), numbered(number).data());
            connector.disconnect(out, &input).unwrap();
        }
    });
}

/// The kernel's announcements decode to the calls that caused them.
#[test]
fn announcements_decode_to_our_calls() {
    need_sequencer!();
    let mut observer = client("observer");
    let port = observer.create_port("announcements").unwrap();
    port.connect_from(Address::ANNOUNCE).unwrap();
    let other = client("actor");
    let id = other.id();
    let a = other.create_port("a").unwrap();
    let b = other.create_port("b").unwrap();
    let (sender, receiver) = (a.address(), b.address());
    a.connect_to(&b).unwrap();
    a.disconnect_to(&b).unwrap();
    let (a, b) = (a.keep(), b.keep());
    drop(other);

    let expected = [
        EventData::ClientStart(id),
        EventData::PortStart(a),
        EventData::PortStart(b),
        EventData::PortSubscribed { sender, receiver },
        EventData::PortUnsubscribed { sender, receiver },
        EventData::PortExit(a),
        EventData::PortExit(b),
        EventData::ClientExit(id),
    ];
    for expected in expected {
        // Other tests run at the same time.
        let is_ours = |data: &EventData<'_>| match *data {
            EventData::ClientStart(client) | EventData::ClientExit(client) => client == id,
            EventData::PortStart(port) | EventData::PortExit(port) => port.client == id,
            EventData::PortSubscribed { sender, .. }
            | EventData::PortUnsubscribed { sender, .. } => sender.client == id,
            _ => false,
        };
        let received = loop {
            let event = observer.event_input_timeout(PATIENCE).unwrap();
            assert_eq!(event.source(), Address::ANNOUNCE);
            if is_ours(&event.data()) {
                break event;
            }
        };
        assert_eq!(received.data(), expected);
    }
}
