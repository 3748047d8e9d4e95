//! Connections that cannot be made, undone, or told of.

use alsa_seq::{
    Address, Error, ErrorKind, Operation, PortCaps, PortId, PortOptions, Subject, SubscribeOptions,
};
use nix::errno::Errno;

use super::told;
use crate::support::{client, need_sequencer};

#[track_caller]
fn about(error: &Error, operation: Operation, sender: Address, dest: Address) {
    assert_eq!(error.operation(), operation);
    assert_eq!(error.subject(), &Subject::Connection { sender, dest });
}

#[test]
fn of_ports_that_are_not_there() {
    need_sequencer!();
    let client = client("owner");
    let port = client.create_port("port").unwrap();
    let here = port.address();
    for nobody in [
        Address::from((client.id(), PortId::new(99))),
        Address::new(190, 0),
    ] {
        for (sender, dest) in [(here, nobody), (nobody, here)] {
            let plain = SubscribeOptions::new();
            let error = client.subscribe(sender, dest, plain).unwrap_err();
            told(
                &error,
                ErrorKind::NotFound,
                Errno::EINVAL,
                &format!(
                    "subscribe {sender} to {dest}: not found (EINVAL); one of the two ports does \
                     not exist"
                ),
            );
            about(&error, Operation::Subscribe, sender, dest);
            let error = client.unsubscribe(sender, dest).unwrap_err();
            told(
                &error,
                ErrorKind::NotFound,
                Errno::ENXIO,
                &format!(
                    "unsubscribe {sender} to {dest}: no such device or address (ENXIO); one of \
                     the two ports does not exist"
                ),
            );
            about(&error, Operation::Unsubscribe, sender, dest);
        }
        let error = client.subscription(nobody, here).unwrap_err();
        told(
            &error,
            ErrorKind::NotFound,
            Errno::EINVAL,
            &format!("get subscription from {nobody} to {here}: not found (EINVAL)"),
        );
        about(&error, Operation::Subscription, nobody, here);
        let text = format!("query subscribers of {nobody}: no such device or address (ENXIO)");
        let error = client.subscriptions_from(nobody).unwrap_err();
        told(&error, ErrorKind::NotFound, Errno::ENXIO, &text);
        let error = client.subscriptions_to(nobody).unwrap_err();
        told(&error, ErrorKind::NotFound, Errno::ENXIO, &text);
        assert_eq!(error.subject(), &Subject::Port(nobody));
    }
}

#[test]
fn that_are_not_there() {
    need_sequencer!();
    let client = client("owner");
    let a = client.create_port("a").unwrap();
    let b = client.create_port("b").unwrap();
    let (from, to) = (a.address(), b.address());
    told(
        &client.subscription(from, to).unwrap_err(),
        ErrorKind::NotFound,
        Errno::ENOENT,
        &format!("get subscription from {from} to {to}: no such file or directory (ENOENT)"),
    );
    told(
        &a.disconnect_to(&b).unwrap_err(),
        ErrorKind::NotFound,
        Errno::ENOENT,
        &format!(
            "unsubscribe {from} to {to}: no such file or directory (ENOENT); the ports are not \
             connected"
        ),
    );
}

/// Both sides must allow it, unless they are one's own.
#[test]
fn that_are_not_allowed() {
    need_sequencer!();
    let owner = client("owner");
    let stranger = client("stranger");
    let port = |name: &str, caps: PortCaps| {
        owner
            .create_port(PortOptions::new(name).caps(caps))
            .unwrap()
            .keep()
    };
    let source = port("source", PortOptions::READ);
    let sink = port("sink", PortOptions::WRITE);
    let plain = SubscribeOptions::new();
    for (sender, dest) in [
        (source, port("deaf", PortCaps::WRITE)),
        (source, port("mute", PortOptions::READ)),
        (port("unread", PortCaps::READ), sink),
        (
            source,
            port("private", PortOptions::WRITE | PortCaps::NO_EXPORT),
        ),
    ] {
        let error = stranger.subscribe(sender, dest, plain).unwrap_err();
        told(
            &error,
            ErrorKind::PermissionDenied,
            Errno::EPERM,
            &format!(
                "subscribe {sender} to {dest}: operation not permitted (EPERM); one of the two \
                 ports does not allow this subscription"
            ),
        );
        about(&error, Operation::Subscribe, sender, dest);
        owner.subscribe(sender, dest, plain).unwrap();
        let error = stranger.unsubscribe(sender, dest).unwrap_err();
        told(
            &error,
            ErrorKind::PermissionDenied,
            Errno::EPERM,
            &format!(
                "unsubscribe {sender} to {dest}: operation not permitted (EPERM); one of the two \
                 ports does not allow this subscription to be changed"
            ),
        );
        about(&error, Operation::Unsubscribe, sender, dest);
        owner.unsubscribe(sender, dest).unwrap();
    }
}

#[test]
fn that_are_taken() {
    need_sequencer!();
    let client = client("owner");
    let ports: Vec<_> = (0..3)
        .map(|_| client.create_port("port").unwrap())
        .collect();
    let taken = |sender: usize, dest: usize| {
        let error = ports[sender].connect_to(&ports[dest]).unwrap_err();
        let (sender, dest) = (ports[sender].address(), ports[dest].address());
        told(
            &error,
            ErrorKind::Busy,
            Errno::EBUSY,
            &format!(
                "subscribe {sender} to {dest}: device or resource busy (EBUSY); the ports are \
                 already connected, or one is taken exclusively, or another program has opened \
                 the device behind it"
            ),
        );
        about(&error, Operation::Subscribe, sender, dest);
    };
    ports[0].connect_to(&ports[1]).unwrap();
    taken(0, 1);
    ports[0].disconnect_to(&ports[1]).unwrap();

    let exclusive = SubscribeOptions::new().exclusive();
    client.subscribe(&ports[0], &ports[1], exclusive).unwrap();
    taken(0, 1);
    taken(0, 2);
    taken(2, 1);
    ports[2].connect_to(&ports[0]).unwrap();
}
