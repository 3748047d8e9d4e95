//! Connections that cannot be made, removed, or queried.

use alsa_seq::{
    Address, ConnectOptions, Error, ErrorKind, Operation, PortCaps, PortId, PortOptions, Subject,
};
use nix::errno::Errno;

use super::assert_error;
use support::{client, need_sequencer};

#[track_caller]
fn about(error: &Error, operation: Operation, sender: Address, receiver: Address) {
    assert_eq!(error.operation(), operation);
    assert_eq!(error.subject(), &Subject::Connection { sender, receiver });
}

#[test]
fn ports_that_do_not_exist_cannot_be_connected() {
    need_sequencer!();
    let client = client("owner");
    let port = client.create_port("port").unwrap();
    let here = port.address();
    for nobody in [
        Address::from((client.id(), PortId::new(99))),
        Address::new(190, 0),
    ] {
        for (sender, receiver) in [(here, nobody), (nobody, here)] {
            let plain = ConnectOptions::new();
            let error = client.connect(sender, receiver, plain).unwrap_err();
            assert_error(
                &error,
                ErrorKind::NotFound,
                Errno::EINVAL,
                &format!(
                    "connect {sender} -> {receiver}: not found (EINVAL); one of the two ports does \
                     not exist"
                ),
            );
            about(&error, Operation::Connect, sender, receiver);
            let error = client.disconnect(sender, receiver).unwrap_err();
            assert_error(
                &error,
                ErrorKind::NotFound,
                Errno::ENXIO,
                &format!(
                    "disconnect {sender} -> {receiver}: no such device or address (ENXIO); one of \
                     the two ports does not exist"
                ),
            );
            about(&error, Operation::Disconnect, sender, receiver);
        }
        let error = client.connection(nobody, here).unwrap_err();
        assert_error(
            &error,
            ErrorKind::NotFound,
            Errno::EINVAL,
            &format!("get connection {nobody} -> {here}: not found (EINVAL)"),
        );
        about(&error, Operation::Connection, nobody, here);
        let text = format!("list connections of {nobody}: no such device or address (ENXIO)");
        let error = client.connections_from(nobody).unwrap_err();
        assert_error(&error, ErrorKind::NotFound, Errno::ENXIO, &text);
        let error = client.connections_to(nobody).unwrap_err();
        assert_error(&error, ErrorKind::NotFound, Errno::ENXIO, &text);
        assert_eq!(error.subject(), &Subject::Port(nobody));
    }
}

#[test]
fn connections_that_do_not_exist_are_not_found() {
    need_sequencer!();
    let client = client("owner");
    let a = client.create_port("a").unwrap();
    let b = client.create_port("b").unwrap();
    let (from, to) = (a.address(), b.address());
    assert_error(
        &client.connection(from, to).unwrap_err(),
        ErrorKind::NotFound,
        Errno::ENOENT,
        &format!("get connection {from} -> {to}: no such file or directory (ENOENT)"),
    );
    assert_error(
        &a.disconnect_to(&b).unwrap_err(),
        ErrorKind::NotFound,
        Errno::ENOENT,
        &format!(
            "disconnect {from} -> {to}: no such file or directory (ENOENT); the ports are not \
             connected"
        ),
    );
}

/// Each port must allow the connection, unless it belongs to the client that connects.
#[test]
fn connections_without_permission_are_refused() {
    need_sequencer!();
    let owner = client("owner");
    let stranger = client("stranger");
    let port = |name: &str, caps: PortCaps| {
        owner
            .create_port(PortOptions::new(name).caps(caps))
            .unwrap()
            .keep()
    };
    let source = port("source", PortOptions::SENDS);
    let sink = port("sink", PortOptions::RECEIVES);
    let plain = ConnectOptions::new();
    for (sender, receiver) in [
        (source, port("deaf", PortCaps::WRITE)),
        (source, port("mute", PortOptions::SENDS)),
        (port("unread", PortCaps::READ), sink),
        (
            source,
            port("private", PortOptions::RECEIVES | PortCaps::NO_EXPORT),
        ),
    ] {
        let error = stranger.connect(sender, receiver, plain).unwrap_err();
        assert_error(
            &error,
            ErrorKind::PermissionDenied,
            Errno::EPERM,
            &format!(
                "connect {sender} -> {receiver}: operation not permitted (EPERM); one of the two \
                 ports does not allow this connection"
            ),
        );
        about(&error, Operation::Connect, sender, receiver);
        owner.connect(sender, receiver, plain).unwrap();
        let error = stranger.disconnect(sender, receiver).unwrap_err();
        assert_error(
            &error,
            ErrorKind::PermissionDenied,
            Errno::EPERM,
            &format!(
                "disconnect {sender} -> {receiver}: operation not permitted (EPERM); one of the two \
                 ports does not allow this connection to be changed"
            ),
        );
        about(&error, Operation::Disconnect, sender, receiver);
        owner.disconnect(sender, receiver).unwrap();
    }
}

#[test]
fn connected_and_exclusive_ports_are_busy() {
    need_sequencer!();
    let client = client("owner");
    let ports: Vec<_> = (0..3)
        .map(|_| client.create_port("port").unwrap())
        .collect();
    let taken = |sender: usize, receiver: usize| {
        let error = ports[sender].connect_to(&ports[receiver]).unwrap_err();
        let (sender, receiver) = (ports[sender].address(), ports[receiver].address());
        assert_error(
            &error,
            ErrorKind::Busy,
            Errno::EBUSY,
            &format!(
                "connect {sender} -> {receiver}: device or resource busy (EBUSY); the ports are \
                 already connected, or one has an exclusive connection, or another program has \
                 opened its device"
            ),
        );
        about(&error, Operation::Connect, sender, receiver);
    };
    ports[0].connect_to(&ports[1]).unwrap();
    taken(0, 1);
    ports[0].disconnect_to(&ports[1]).unwrap();

    let exclusive = ConnectOptions::new().exclusive(true);
    client.connect(&ports[0], &ports[1], exclusive).unwrap();
    taken(0, 1);
    taken(0, 2);
    taken(2, 1);
    ports[2].connect_to(&ports[0]).unwrap();
}
