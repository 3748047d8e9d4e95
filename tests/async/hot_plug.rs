//! The stream of the changes of the graph.

use alsa_seq::{AsyncTopologyMonitor, TopologyChange, TopologyMonitor};
use futures_util::StreamExt;

use crate::{AsyncIo, Runtime, Tokio, polled};
use support::{client, unique};

on_every_runtime! {
    beside_others:
    a_monitor_streams_the_changes
    a_cancelled_wait_loses_no_change
}

fn monitor<R: Runtime>() -> AsyncTopologyMonitor<R::Reactor> {
    let monitor = TopologyMonitor::open(unique("monitor")).unwrap();
    monitor.into_async().unwrap()
}

async fn a_monitor_streams_the_changes<R: Runtime>() {
    let before = client("before");
    let out = before.create_port("out").unwrap();
    let mut monitor = monitor::<R>();
    assert!(monitor.topology().port(&out).is_some());

    // The objects are made on another thread, while nothing else wakes this thread.
    let from = out.address();
    let made = std::thread::spawn(move || {
        let after = client("after");
        let input = after.create_port("in").unwrap();
        input.connect_from(from).unwrap();
        (after, input)
    });
    let dest = loop {
        if let TopologyChange::Connected(connection) = monitor.next().await.unwrap().unwrap() {
            if connection.sender == from {
                break connection.receiver;
            }
        }
    };
    let (after, input) = made.join().unwrap();
    assert_eq!(input.address(), dest);
    assert!(monitor.topology().is_connected(from, dest));
    drop(after);
    loop {
        if let TopologyChange::PortRemoved(port) = monitor.next().await.unwrap().unwrap() {
            if port.address() == dest {
                break;
            }
        }
    }
    assert!(!monitor.topology().is_connected(from, dest));
}

async fn a_cancelled_wait_loses_no_change<R: Runtime>() {
    let mut monitor = monitor::<R>();
    let other = client("other");
    for round in 0..200 {
        let port = other.create_port("port").unwrap();
        let is_this = |change: &TopologyChange| match change {
            TopologyChange::PortAdded(added) => added.address() == port.address(),
            _ => false,
        };
        let mut patience = round % 3;
        loop {
            match polled(patience, monitor.next_change())
                .await
                .map(Result::unwrap)
            {
                Some(change) if is_this(&change) => break,
                Some(_) => {}
                None => patience += 1,
            }
        }
    }
}
