//! Clients that do not exist, and settings that are out of range.

use alsa_seq::{
    Candidate, ClientId, ErrorKind, Operation, PortFilter, PortId, SequencerClient, Subject, Time,
    Topology,
};
use nix::errno::Errno;

use super::{OURS, assert_error};
use support::{client, need_sequencer, numbered, unique};

#[test]
fn a_client_that_does_not_exist() {
    need_sequencer!();
    let client = client("asking");
    // Two clients are open, and the kernel gives numbers from 128 up.
    let nobody = ClientId::new(190);
    let error = client.client_info(nobody).unwrap_err();
    let missing = "no such file or directory (ENOENT)";
    assert_error(
        &error,
        ErrorKind::NotFound,
        Errno::ENOENT,
        &format!("get client info 190: {missing}"),
    );
    assert_eq!(error.operation(), Operation::ClientInfo);
    assert_eq!(error.subject(), &Subject::Client(nobody));
    assert_error(
        &client.client_pool(nobody).unwrap_err(),
        ErrorKind::NotFound,
        Errno::ENOENT,
        &format!("get client pool 190: {missing}"),
    );
    assert_eq!(client.ports_of(nobody).count(), 0);
    assert!(client.clients().all(|other| other.is_ok()));
    client.ports(PortFilter::new()).unwrap();
}

#[test]
fn a_pool_in_use_keeps_its_size() {
    need_sequencer!();
    let mut client = client("owner");
    let port = client.create_port("in").unwrap();
    let queue = client.create_queue("queue").unwrap();
    let late = numbered(1).to(&port).at(&queue, Time::Tick(1000));
    client.event_output_direct(&late).unwrap();
    let error = client.set_output_pool(100).unwrap_err();
    let id = client.id();
    assert_error(
        &error,
        ErrorKind::Busy,
        Errno::EBUSY,
        &format!(
            "set client pool {id}: device or resource busy (EBUSY); the pool holds scheduled \
             events: wait for them, or remove them"
        ),
    );
    assert_eq!(error.subject(), &Subject::Client(id));
    assert_eq!(client.pool().unwrap().output(), 500);
    client.drop_output().unwrap();
    client.set_output_pool(100).unwrap();

    for cells in [0, 2001] {
        let text = "set client pool: a pool has 1 to 2000 cells";
        let error = client.set_output_pool(cells).unwrap_err();
        assert_error(&error, ErrorKind::InvalidInput, OURS, text);
        let error = client.set_input_pool(cells).unwrap_err();
        assert_error(&error, ErrorKind::InvalidInput, OURS, text);
    }
    for cells in [0, 101] {
        assert_error(
            &client.set_output_room(cells).unwrap_err(),
            ErrorKind::InvalidInput,
            OURS,
            "set client pool: the room is 1 to the size of the output pool",
        );
    }
}

#[test]
fn ambiguous_and_unknown_names_are_errors() {
    need_sequencer!();
    let asking = client("asking");
    let name = unique("twin");
    let mut twins = [0, 1].map(|_| SequencerClient::open(name.as_str()).unwrap());
    // The lower number may have become free later.
    twins.sort_by_key(|twin| twin.id());
    let ports: Vec<_> = twins
        .iter()
        .map(|twin| twin.create_port("port").unwrap())
        .collect();
    let [a, b] = [twins[0].id(), twins[1].id()];

    let error = asking.find_client(&name).unwrap_err();
    assert_error(
        &error,
        ErrorKind::Ambiguous,
        OURS,
        &format!(
            "find client {name:?}: ambiguous: {a} ({name}), {b} ({name}); several clients have \
             this name; use a number"
        ),
    );
    let found: Vec<_> = error.candidates().iter().map(Candidate::client).collect();
    assert_eq!(found, [a, b]);
    let error = asking.find_client("no such client").unwrap_err();
    assert_error(
        &error,
        ErrorKind::NotFound,
        OURS,
        "find client \"no such client\": not found; write the whole name; the case of letters \
         matters",
    );
    assert_eq!(error.subject(), &Subject::Name("no such client".into()));

    let text = format!("{name}:port");
    let error = asking.find_port(&text).unwrap_err();
    assert_error(
        &error,
        ErrorKind::Ambiguous,
        OURS,
        &format!(
            "find port {text:?}: ambiguous: {} ({text}), {} ({text}); use the numbers, or the \
             whole names in quotes: '\"client\":\"port\"'",
            ports[0].address(),
            ports[1].address(),
        ),
    );
    assert_error(
        &asking.find_port("no such client:0").unwrap_err(),
        ErrorKind::NotFound,
        OURS,
        "find port \"no such client:0\": not found; write CLIENT:PORT, with numbers or names; a \
         name may be shortened; the case of letters matters",
    );
    let error = asking.parse_address("128:300").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.operation(), Operation::FindPort);
    // `parse_address` accepts a number without a look at the kernel; `find_port` looks for the
    // port.
    let nobody = alsa_seq::Address::from((a, PortId::new(9)));
    assert_eq!(asking.parse_address(&nobody.to_string()).unwrap(), nobody);
    let error = asking.find_port(&nobody.to_string()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn a_graph_reports_unknown_and_ambiguous_names() {
    need_sequencer!();
    let asking = client("asking");
    let name = unique("twin");
    let _twins = [0, 1].map(|_| SequencerClient::open(name.as_str()).unwrap());
    let topology = Topology::snapshot(&asking).unwrap();
    for (text, kind) in [
        (&*name, ErrorKind::Ambiguous),
        ("nobody", ErrorKind::NotFound),
    ] {
        let error = topology.find_client(text).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(error.operation(), Operation::FindClient);
        assert_eq!(error.subject(), &Subject::Name(text.into()));
    }
    for (text, kind) in [
        ("nobody:0", ErrorKind::NotFound),
        ("190:0", ErrorKind::NotFound),
        ("128:300", ErrorKind::InvalidInput),
    ] {
        let error = topology.find_port(text).unwrap_err();
        assert_eq!(error.kind(), kind, "{text}");
        assert_eq!(error.operation(), Operation::FindPort);
        assert_eq!(error.subject(), &Subject::Name(text.into()));
    }
}
