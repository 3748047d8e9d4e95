//! The control handle of a client, in threads that do not have its input or output half.

use std::sync::mpsc;
use std::thread;

use alsa_seq::{
    ClientControl, ConnectOptions, ErrorKind, Event, EventData, Operation, PortFilter, PortOptions,
    QueueOptions, Subject, Topology, TopologyMonitor,
};

use support::{
    PATIENCE, assert_accessors, client, need_sequencer, next_event, numbered, unique, until_closed,
};

const fn can_be_everywhere<T: Clone + Send + Sync + 'static>() {}
const _: () = can_be_everywhere::<ClientControl>();

#[test]
fn every_owner_of_the_file_has_the_client_id() {
    need_sequencer!();
    let client = client("owner");
    let id = client.id();
    assert_accessors!(client, id);
    let (output, input) = client.split();
    assert_accessors!(output, id);
    assert_accessors!(input, id);
    let monitor = TopologyMonitor::open(unique("owner")).unwrap();
    assert_ne!(monitor.id(), id);
    assert_accessors!(monitor, monitor.control().id());
}

/// One thread waits for events, one sends events without end, and the third creates ports, connects
/// them, and lists ports.
#[test]
fn a_third_thread_connects_while_both_halves_are_busy() {
    need_sequencer!();
    let mut client = client("busy");
    let home = client.create_port("home").unwrap();
    client.set_source(&home);
    let control = client.control();
    assert_eq!(control.id(), client.id());
    let (mut output, mut input) = client.split();
    assert_eq!(output.control().id(), control.id());
    assert_eq!(input.control().id(), control.id());
    let (stop, stopped) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(move || {
            // Each event arrives at every connected port.
            while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
                match output.event_output_patient(&numbered(7), PATIENCE) {
                    // A port that is being deleted refuses the event.
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    result => result.unwrap(),
                }
            }
            output.event_output(&Event::new(EventData::Reset)).unwrap();
            output.drain_output().unwrap();
        });
        scope.spawn(move || {
            loop {
                let event = next_event(&mut input);
                if event.data() == EventData::Reset {
                    break;
                }
                tell.send(event.dest()).unwrap();
            }
        });
        let guest = scope.spawn(move || {
            // The last event comes back over this connection.
            let options = ConnectOptions::new();
            control.connect(&home, &home, options).unwrap();
            for _ in 0..20 {
                let port = control.create_port("late").unwrap();
                port.connect_from(&home).unwrap();
                assert!(control.ports(PortFilter::new()).unwrap().len() >= 2);
                assert_eq!(control.ports_of(control.id()).count(), 2);
                assert!(told.iter().any(|dest| dest == port.address()));
            }
            drop(stop);
            // Counts the remaining events.
            told.iter().count()
        });
        guest.join().unwrap();
    });
}

#[test]
fn a_handle_does_not_keep_its_client_open() {
    need_sequencer!();
    let observer = client("observer");
    let client = client("gone");
    let id = client.id();
    let name = client.info().unwrap().name().into_owned();
    let control = client.control();
    let (output, input) = client.split();
    drop(output);
    assert!(control.info().is_ok());
    drop(input);
    until_closed(&observer, id, &name);

    // The values that the handle stores stay.
    assert_eq!(control.id(), id);
    let address = (id, 0.into());
    for error in [
        control.info().err(),
        control.client_info(id).err(),
        control.system_info().err(),
        control.pool().err(),
        control.set_name("x").err(),
        control.set_output_room(1).err(),
        control.create_port(PortOptions::new("x")).err(),
        control.port_info(address).err(),
        control.create_queue(QueueOptions::new()).err(),
        control.queue(0).err(),
        control.queue_info(0).err(),
        control.ports(PortFilter::new()).err(),
        control.clone().clients().next().unwrap().err(),
        control.ports_of(id).next().unwrap().err(),
        control
            .connect(address, address, ConnectOptions::new())
            .err(),
        control.connections_from(address).err(),
        Topology::snapshot(&control).err(),
    ] {
        let error = error.unwrap();
        assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
    }
    let error = control.pool().unwrap_err();
    assert_eq!(error.operation(), Operation::ClientPool);
    assert!(matches!(error.subject(), Subject::Client(client) if *client == id));
    // The error is the last item.
    assert_eq!(control.clients().count(), 1);
    assert_eq!(control.ports_of(id).count(), 1);
}
