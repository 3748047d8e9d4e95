//! Devices that are unplugged, and devices that are connected in a circle. These tests run only in
//! a test kernel, because on other machines the devices belong to a user.

use std::fs;

use alsa_seq::{
    Address, ClientId, ConnectOptions, ErrorKind, Event, EventData, PortFilter, SequencerClient,
    Subject, TopologyChange, TopologyMonitor,
};
use nix::errno::Errno;

use crate::{through_is_mine, when_there_is_room};
use support::{PATIENCE, in_test_kernel, need_sequencer, say_skipped, skip, unique};

const DRIVER: &str = "/sys/bus/platform/drivers/snd_virmidi";

fn all_ours() -> bool {
    let ours = in_test_kernel();
    if !ours {
        say_skipped("the devices of this machine are not the test's");
    }
    ours
}

fn client(name: &str) -> SequencerClient {
    let mut client = when_there_is_room(|| SequencerClient::open(unique(name)));
    client.set_source(0);
    client
}

/// Returns the ports of the card of virtual raw MIDI devices.
fn card(client: &SequencerClient) -> Vec<Address> {
    let ports = client.ports(PortFilter::new()).unwrap();
    ports
        .iter()
        .filter(|port| port.name().starts_with("VirMIDI"))
        .map(|port| port.address())
        .collect()
}

/// Waits for a change that `wanted` accepts.
fn until(monitor: &mut TopologyMonitor, wanted: impl Fn(&TopologyChange) -> bool) {
    loop {
        let change = monitor.next_change_timeout(PATIENCE).unwrap();
        if wanted(&change) {
            break;
        }
    }
}

#[test]
fn an_unplugged_card_ends_its_connections() {
    need_sequencer!();
    if !all_ours() {
        return;
    }
    let mut client = client("player");
    let Some(&device) = card(&client).first() else {
        skip("this kernel has no virtual raw MIDI card");
        return;
    };
    let port = client.create_port("port").unwrap();
    port.connect_to(device).unwrap();
    port.connect_from(device).unwrap();
    let note = Event::note_on(0, 60, 1).unwrap();
    client
        .event_output_direct(&note.clone().to(device))
        .unwrap();
    let mut monitor = when_there_is_room(|| TopologyMonitor::open(unique("monitor")));

    fs::write(format!("{DRIVER}/unbind"), "snd_virmidi.0").unwrap();
    let gone = |id: ClientId| move |change: &TopologyChange| matches!(change, TopologyChange::ClientRemoved(client) if client.id() == id);
    until(&mut monitor, gone(device.client));
    assert!(monitor.topology().client(device.client).is_none());
    // The kernel reports both connections as removed.
    let mut undone = 0;
    while undone < 2 {
        let notice = client.event_input_timeout(PATIENCE).unwrap();
        if let EventData::PortUnsubscribed { sender, receiver } = notice.data() {
            assert!([sender, receiver].contains(&device));
            undone += 1;
        }
    }
    assert_eq!(port.receivers().unwrap(), []);
    assert_eq!(port.senders().unwrap(), []);

    // Every call about the device reports that it does not exist.
    let plain = ConnectOptions::new();
    for (result, errno) in [
        (client.client_info(device.client).map(drop), Errno::ENOENT),
        (client.port_info(device).map(drop), Errno::ENXIO),
        (client.connect(&port, device, plain), Errno::EINVAL),
        (client.disconnect(&port, device), Errno::ENXIO),
        (
            client.event_output_direct(&note.clone().to(device)),
            Errno::ENOENT,
        ),
    ] {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        assert_eq!(error.raw_os_error(), Some(errno as i32), "{error}");
    }
    assert_eq!(card(&client), []);
    // Sends to subscribers, of which none is left.
    client
        .event_output_direct(&note.clone().from_port(&port))
        .unwrap();

    fs::write(format!("{DRIVER}/bind"), "snd_virmidi.0").unwrap();
    until(
        &mut monitor,
        |change| matches!(change, TopologyChange::PortAdded(port) if port.name().starts_with("VirMIDI")),
    );
    let back = card(&client)[0];
    port.connect_to(back).unwrap();
    client.event_output_direct(&note.from_port(&port)).unwrap();
}

/// Midi Through sends each event that it receives, and here it receives that event again.
#[test]
fn an_event_in_a_circle_is_refused() {
    need_sequencer!();
    let _mine = through_is_mine();
    if !all_ours() {
        return;
    }
    let mut client = client("looper");
    let through = Address::new(14, 0);
    if client.port_info(through).is_err() {
        skip("this kernel has no Midi Through");
        return;
    }
    client
        .connect(through, through, ConnectOptions::new())
        .unwrap();
    let note = Event::note_on(0, 60, 1).unwrap().to(through);
    let error = client.event_output_direct(&note).unwrap_err();
    client.disconnect(through, through).unwrap();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.raw_os_error(), Some(Errno::EMLINK as i32));
    assert_eq!(
        error.subject(),
        &Subject::Event {
            index: 0,
            dest: through
        }
    );
    assert_eq!(
        format!("{error:#}"),
        "send event 0 to 14:0: too many links (EMLINK); ports are connected in a circle"
    );
    client.event_output_direct(&note).unwrap();
}
