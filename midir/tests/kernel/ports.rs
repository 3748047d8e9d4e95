//! Finding ports.

use alsa_seq::{PortOptions, PortType, SequencerClient};
use alsa_seq_midir as midir;
use midir::ext::{InputExt as _, OutputExt as _, PortExt as _};
use midir::os::unix::VirtualOutput as _;
use midir::{MidiIO, MidiInput, MidiInputPort, MidiOutput, PortInfoError};

use support::midir::Listener;
use support::{need_sequencer, unique};

#[test]
fn ports_have_the_names_and_ids_of_midir() {
    need_sequencer!();
    let name = unique("names");
    let output = MidiOutput::new(&name)
        .unwrap()
        .create_virtual("the port")
        .unwrap();
    let input = MidiInput::new(&unique("looks")).unwrap();
    let address = output.address();
    let port = input.find_port_by_id(&address.to_string()).unwrap();
    assert_eq!(
        port.id(),
        format!("{}:{}", address.client.number(), address.port.number())
    );
    assert_eq!(
        input.port_name(&port).unwrap(),
        format!("{name}:the port {address}")
    );
    assert!(port == MidiInputPort::from_address(address));
    assert!(input.find_port_by_id("0:200").is_none());
    // The client stays open, so no other client gets its number.
    let _open = output.close();
    assert_eq!(
        input.port_name(&port).unwrap_err(),
        PortInfoError::InvalidPort
    );
    assert!(input.find_port_by_id(&port.id()).is_none());
}

fn ids(ports: &[MidiInputPort]) -> Vec<String> {
    ports.iter().map(MidiInputPort::id).collect()
}

#[test]
fn the_trait_and_the_type_give_the_same_results() {
    need_sequencer!();
    // Only ports of this test, because other tests create and remove ports.
    let client = SequencerClient::open(unique("three kinds")).unwrap();
    let kinds = [
        PortType::MIDI_GENERIC,
        PortType::SYNTH,
        PortType::APPLICATION,
    ];
    let listed: Vec<_> = kinds
        .into_iter()
        .map(|kind| {
            client
                .create_port(PortOptions::new("in").port_type(kind))
                .unwrap()
        })
        .collect();
    let hidden = [
        PortOptions::new("no midi").port_type(PortType::SOFTWARE),
        PortOptions::receiver("receives"),
    ];
    let _hidden = hidden.map(|options| client.create_port(options).unwrap());
    let input = MidiInput::new(&unique("looks")).unwrap();
    let own = |ports: Vec<MidiInputPort>| {
        let mut ports = ids(&ports);
        ports.retain(|id| id.starts_with(&format!("{}:", client.id().number())));
        ports
    };
    let expected: Vec<String> = listed
        .iter()
        .map(|port| port.address().to_string())
        .collect();
    assert_eq!(own(input.ports()), expected);
    assert_eq!(own(MidiIO::ports(&input)), expected);
    assert!(input.port_count() >= 3);
    assert!(MidiIO::port_count(&input) >= 3);
}

#[test]
fn an_input_and_an_output_of_a_port_have_one_address() {
    need_sequencer!();
    let client = SequencerClient::open(unique("both ways")).unwrap();
    let port = client.create_port("both").unwrap();
    let id = port.address().to_string();
    let from = MidiInput::new(&unique("looks")).unwrap();
    let from = from.find_port_by_id(&id).unwrap();
    let to = MidiOutput::new(&unique("looks")).unwrap();
    let to = to.find_port_by_id(&id).unwrap();
    assert_eq!(
        (from.address(), to.address()),
        (port.address(), port.address())
    );
}

#[test]
fn a_port_has_the_properties_of_midirs() {
    need_sequencer!();
    let listener = Listener::new();
    let control = listener.connection.control();
    let port = control.port_info(listener.address()).unwrap();
    assert_eq!(port.caps(), PortOptions::RECEIVES);
    assert_eq!(
        port.port_type(),
        PortType::MIDI_GENERIC | PortType::APPLICATION
    );
    assert_eq!(port.midi_channels(), 16);
}

#[test]
fn any_name_is_accepted() {
    need_sequencer!();
    for name in [String::new(), "ä".repeat(100), unique(&"x".repeat(100))] {
        let input = MidiInput::new(&name).unwrap();
        let listener = Listener::of(input);
        let control = listener.connection.control();
        let expected = match name.as_str() {
            "" => format!("Client-{}", control.id().number()),
            name => name
                .chars()
                .take(63 / name.chars().next().unwrap().len_utf8())
                .collect(),
        };
        assert_eq!(control.info().unwrap().name(), expected);
    }
}
