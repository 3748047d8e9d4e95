//! Ports: settings that are refused, and calls that fail after the port is deleted.

use alsa_seq::{
    Address, Error, ErrorKind, Operation, Port, PortCaps, PortId, PortOptions, SequencerClient,
    Subject,
};
use nix::errno::Errno;

use super::{OURS, assert_error};
use support::{client, need_sequencer};

/// Calls every method that can fail. Returns each error with its operation.
fn every_call(port: &Port) -> Vec<(Operation, Error)> {
    use Operation as Op;

    let other = Address::new(14, 0);
    let failed = |call: alsa_seq::Result<()>| call.unwrap_err();
    vec![
        (Op::PortInfo, failed(port.info().map(drop))),
        (Op::SetPortInfo, failed(port.set_info("x"))),
        (Op::Connections, failed(port.receivers().map(drop))),
        (Op::Connections, failed(port.senders().map(drop))),
        (Op::Connect, failed(port.connect_to(other))),
        (Op::Connect, failed(port.connect_from(other))),
        (Op::Disconnect, failed(port.disconnect_to(other))),
        (Op::Disconnect, failed(port.disconnect_from(other))),
    ]
}

#[test]
fn ports_of_a_closed_client_are_closed() {
    need_sequencer!();
    let client = client("short-lived");
    let port = client.create_port("port").unwrap();
    drop(client);
    for (operation, error) in every_call(&port) {
        let text = format!("{operation} {}: client is closed", port.address());
        assert_error(&error, ErrorKind::Closed, OURS, &text);
        assert_eq!(error.operation(), operation);
        assert_eq!(error.subject(), &Subject::Port(port.address()));
    }
    let address = port.address();
    assert_error(
        &port.close().unwrap_err(),
        ErrorKind::Closed,
        OURS,
        &format!("delete port {address}: client is closed"),
    );
}

/// Deletes the port without its handle. Only the port's own client can do this.
fn delete(client: &SequencerClient, port: &Port) {
    let mut raw = alsa_seq::abi::info::PortInfo::zeroed();
    raw.addr = port.info().unwrap().raw().addr;
    client.fd().delete_port(&raw).unwrap();
}

#[test]
fn calls_on_deleted_ports_fail() {
    need_sequencer!();
    let client = client("owner");
    let port = client.create_port("port").unwrap();
    delete(&client, &port);
    for (operation, error) in every_call(&port) {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        let errno = match operation {
            Operation::Connect => Errno::EINVAL,
            Operation::Disconnect | Operation::Connections => Errno::ENXIO,
            _ => Errno::ENOENT,
        };
        assert_eq!(error.raw_os_error(), Some(errno as i32), "{error}");
    }
    let address = port.address();
    assert_error(
        &port.close().unwrap_err(),
        ErrorKind::NotFound,
        Errno::ENOENT,
        &format!("delete port {address}: no such file or directory (ENOENT)"),
    );
}

#[test]
fn ports_that_do_not_exist_are_not_found() {
    need_sequencer!();
    let client = client("asking");
    for (nobody, errno, says) in [
        (
            Address::from((client.id(), PortId::new(7))),
            Errno::ENOENT,
            "no such file or directory (ENOENT)",
        ),
        (
            Address::new(190, 0),
            Errno::ENXIO,
            "no such device or address (ENXIO)",
        ),
    ] {
        let error = client.port_info(nobody).unwrap_err();
        let text = format!("get port info {nobody}: {says}");
        assert_error(&error, ErrorKind::NotFound, errno, &text);
        assert_eq!(error.subject(), &Subject::Port(nobody));
    }
}

#[test]
fn wrong_port_options_are_refused() {
    need_sequencer!();
    let client = client("owner");
    let plain = || PortOptions::new("port");
    let long = "x".repeat(64);
    for (options, says) in [
        (
            plain().name(long),
            "a name has at most 63 bytes, and no NUL",
        ),
        (plain().number(253), "a port number is 0 to 252"),
    ] {
        assert_error(
            &client.create_port(options).unwrap_err(),
            ErrorKind::InvalidInput,
            OURS,
            &format!("create port: {says}"),
        );
    }
    let port = client.create_port(plain().number(3)).unwrap();
    for (options, says) in [
        (plain().name(""), "a name must not be empty"),
        (
            plain().name("a\0b"),
            "a name has at most 63 bytes, and no NUL",
        ),
    ] {
        assert_error(
            &port.set_info(options).unwrap_err(),
            ErrorKind::InvalidInput,
            OURS,
            &format!("set port info: {says}"),
        );
    }
    assert_eq!(port.info().unwrap().name(), "port");

    let error = client.create_port(plain().number(3)).unwrap_err();
    let address = port.address();
    let text = format!("create port {address}: busy; the port number is taken");
    assert_error(&error, ErrorKind::Busy, OURS, &text);
    assert_eq!(error.subject(), &Subject::Port(address));
}

#[test]
fn a_second_ump_endpoint_is_refused() {
    need_sequencer!();
    let client = client("endpoint");
    let endpoint = || {
        let caps = PortOptions::BOTH | PortCaps::UMP_ENDPOINT;
        client.create_port(PortOptions::new("endpoint").caps(caps))
    };
    let _first = endpoint().unwrap();
    match endpoint() {
        Err(error) => assert_error(
            &error,
            ErrorKind::Busy,
            Errno::EBUSY,
            "create port: device or resource busy (EBUSY); a client has one UMP endpoint port",
        ),
        Ok(_) => {
            // Linux 6.1 does not support endpoints.
            let mut ump = alsa_seq::abi::info::ClientUmpInfo::zeroed();
            ump.client = i32::from(client.id().number());
            let error = client.fd().get_client_ump_info(&mut ump).unwrap_err();
            assert_eq!(error.raw(), Errno::ENOTTY as i32);
        }
    }
}

#[test]
fn ports_beyond_the_limit_are_refused() {
    need_sequencer!();
    let client = client("greedy");
    let ports: Vec<_> = (0..254)
        .map(|_| client.create_port("one of many").unwrap())
        .collect();
    let error = client.create_port("one too many").unwrap_err();
    let errno = match error.raw_os_error() {
        // Linux 6.1 returns this errno.
        Some(12) => Errno::ENOMEM,
        _ => Errno::EINVAL,
    };
    assert_error(
        &error,
        ErrorKind::LimitReached,
        errno,
        &format!("create port: no more available ({errno:?}); a client has at most 254 ports"),
    );
    drop(ports);
    let _again = client.create_port("room again").unwrap();
}
