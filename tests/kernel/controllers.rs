//! A MIDI cable delivers single controllers, and the assembler joins them.

use std::fs::OpenOptions;
use std::io::Write;

use alsa_seq::controllers::Assembler;
use alsa_seq::midi::Encoder;
use alsa_seq::{Address, Event, EventData, PortId, SequencerClient};

use support::{client, in_test_kernel, need_sequencer, next_event, say_skipped, skip};

/// Returns a virtual cable, and the file of its other end.
fn cable(client: &SequencerClient) -> Option<(Address, String)> {
    client.clients().find_map(|found| {
        let found = found.unwrap();
        let name = found.name().into_owned();
        let (card, device) = name.strip_prefix("Virtual Raw MIDI ")?.split_once('-')?;
        let port = Address::from((found.id(), PortId::new(0)));
        Some((port, format!("/dev/snd/midiC{card}D{device}")))
    })
}

#[test]
fn parameters_come_from_a_cable() {
    need_sequencer!();
    if !in_test_kernel() {
        say_skipped("the devices of this machine are not the test's");
        return;
    }
    let mut client = client("parameters");
    let Some((device, path)) = cable(&client) else {
        skip("this kernel has no virtual raw MIDI card");
        return;
    };
    let port = client.create_port("port").unwrap();
    port.connect_from(device).unwrap();
    let mut end = OpenOptions::new().write(true).open(path).unwrap();

    let sent = [
        EventData::nrpn(5, 3 << 7 | 4, 0x1234).unwrap(),
        EventData::rpn(5, 0, 2 << 7).unwrap(),
        EventData::control_14bit(5, 1, 0x2345).unwrap(),
        EventData::TuneRequest,
    ];
    let mut encoder = Encoder::new().with_running_status(true);
    for data in sent {
        end.write_all(&encoder.encode(&data).unwrap()).unwrap();
    }

    let mut assembler = Assembler::new();
    let mut joined = Vec::new();
    let mut singles = 0;
    while joined.len() < sent.len() {
        let event = next_event(&mut client);
        singles += 1;
        joined.extend(assembler.push(&event).map(Event::into_owned));
    }
    assert_eq!(singles, 4 + 4 + 2 + 1);
    let joined: Vec<_> = joined.iter().map(Event::data).collect();
    assert_eq!(joined, sent);
}
