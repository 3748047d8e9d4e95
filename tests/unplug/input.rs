//! Waits for events of the keyboard.

use alsa_seq::{Address, Event, EventData, Port, SequencerClient, TopologyChange, TopologyMonitor};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::Keys;
use support::{client, need_sequencer};

/// Returns a client that is connected to the keyboard, and receives nothing before it is unplugged.
fn listener(keys: &Keys) -> (SequencerClient, Port) {
    let listener = client("listener");
    let port = listener.create_port("in").unwrap();
    port.connect_from(keys.port()).unwrap();
    (listener, port)
}

fn assert_is_the_end(event: &Event<'_>, keys: Address, port: &Port) {
    let (sender, receiver) = (keys, port.address());
    assert_eq!(
        event.data(),
        EventData::PortUnsubscribed { sender, receiver }
    );
}

/// Checks that the client still receives events of others.
fn assert_still_hears(listener: &mut SequencerClient, port: &Port) {
    let note = Event::note_on(0, 60, 100).unwrap();
    let mut other = client("other");
    let _out = other.create_port("out").unwrap();
    other.event_output_direct(&note.to(port)).unwrap();
    let event = listener.event_input_timeout(crate::PATIENCE).unwrap();
    assert!(matches!(event.data(), EventData::NoteOn { note: 60, .. }));
}

#[test]
fn event_input_reports_the_removal_and_continues() {
    need_sequencer!();
    let Some(keys) = Keys::plug() else { return };
    let (mut listener, port) = listener(&keys);
    let (event, mut listener) = keys.unplug_during(move || (listener.event_input(), listener));
    assert_is_the_end(&event.unwrap(), keys.port(), &port);
    assert_still_hears(&mut listener, &port);
}

#[test]
fn poll_wakes() {
    need_sequencer!();
    let Some(keys) = Keys::plug() else { return };
    let (mut listener, port) = listener(&keys);
    let (ready, event, mut listener) = keys.unplug_during(move || {
        let ready = poll(
            &mut [PollFd::new(
                std::os::fd::AsFd::as_fd(&listener),
                PollFlags::POLLIN,
            )],
            PollTimeout::NONE,
        );
        (ready, listener.try_event_input(), listener)
    });
    assert_eq!(ready, Ok(1));
    assert_is_the_end(&event.unwrap().unwrap(), keys.port(), &port);
    assert_still_hears(&mut listener, &port);
}

#[test]
fn tokio_and_async_io_report_the_removal_and_continue() {
    need_sequencer!();
    for is_tokio in [true, false] {
        let Some(keys) = Keys::plug() else { return };
        let (listener, port) = listener(&keys);
        let (event, mut listener) = keys.unplug_during(move || {
            if is_tokio {
                let runtime = tokio::runtime::Builder::new_current_thread();
                let runtime = { runtime }.enable_all().build().unwrap();
                runtime.block_on(async {
                    let mut listener = listener.into_tokio().unwrap();
                    (listener.event_input().await, listener.into_blocking())
                })
            } else {
                async_io::block_on(async {
                    let mut listener = listener.into_async_io().unwrap();
                    (listener.event_input().await, listener.into_blocking())
                })
            }
        });
        assert_is_the_end(&event.unwrap(), keys.port(), &port);
        assert_still_hears(&mut listener, &port);
    }
}

#[test]
fn a_monitor_reports_the_removal() {
    need_sequencer!();
    let Some(keys) = Keys::plug() else { return };
    let mut monitor = TopologyMonitor::open("monitor").unwrap();
    let gone = keys.port();
    let (change, monitor) = keys.unplug_during(move || {
        // Other clients of this kernel also appear and disappear.
        loop {
            match monitor.next_change() {
                Ok(TopologyChange::ClientRemoved(client)) if client.id() == gone.client => {
                    return (Ok(()), monitor);
                }
                Ok(_) => {}
                Err(error) => return (Err(error), monitor),
            }
        }
    });
    change.unwrap();
    assert!(monitor.topology().port(keys.port()).is_none());
}
