//! Opening, naming and closing a client, and every way in which opening fails.

use std::os::unix::fs::symlink;

use alsa_seq::{ClientKind, ClientOptions, Direction, ErrorKind, SequencerClient};

use support::{client, need_sequencer, next_event, numbered, unique, until_closed};

#[test]
fn a_client_has_its_name_while_it_lives() {
    need_sequencer!();
    let observer = client("observer");
    let name = unique("named");
    let client = SequencerClient::open(name.as_str()).unwrap();
    let id = client.id();

    let info = observer.client_info(id).unwrap();
    assert_eq!(info.name(), name);
    assert_eq!(info.id(), id);
    assert_eq!(info.kind(), ClientKind::User);
    assert_eq!(info.num_ports(), 0);
    assert_eq!(info.card(), None);
    assert!(info.pid().is_some());

    client.close().unwrap();
    // The kernel may already have given the number to another client.
    until_closed(&observer, id, &name);
}

#[test]
fn names_that_would_be_cut_are_refused() {
    need_sequencer!();
    let observer = client("observer");
    let longest = "x".repeat(63);
    let client = SequencerClient::open(longest.as_str()).unwrap();
    assert_eq!(observer.client_info(client.id()).unwrap().name(), longest);

    for bad in ["", "a\0b", &"x".repeat(64)] {
        let error = SequencerClient::open(bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bad:?}");
        let error = client.set_name(bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bad:?}");
    }
    assert_eq!(observer.client_info(client.id()).unwrap().name(), longest);

    client.set_name("grüße").unwrap();
    assert_eq!(observer.client_info(client.id()).unwrap().name(), "grüße");
}

#[test]
fn the_device_may_have_another_path() {
    need_sequencer!();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sequencer");
    symlink("/dev/snd/seq", &path).unwrap();
    ClientOptions::new(unique("linked"))
        .device(path)
        .open()
        .unwrap();
}

#[test]
fn directions_are_kept() {
    need_sequencer!();
    let mut input = ClientOptions::new(unique("in"))
        .direction(Direction::Input)
        .open()
        .unwrap();
    let event = alsa_seq::Event::note_on(0, 60, 100).unwrap();
    let error = input.event_output(&event).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.to_string(), "the client was opened for input alone");
    assert_eq!(input.event_output_pending(), 0);

    let mut output = ClientOptions::new(unique("out"))
        .direction(Direction::Output)
        .open()
        .unwrap();
    let error = output.try_event_input().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    // The client can still send.
    let port = output.create_port("out").unwrap();
    output.event_output(&event.from_port(&port)).unwrap();
    output.drain_output().unwrap();
}

#[test]
fn a_client_is_send_and_its_control_is_sync() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    send::<SequencerClient>();
    sync::<SequencerClient>();
    send::<alsa_seq::EventInput>();
    send::<alsa_seq::EventOutput>();
    sync::<alsa_seq::ClientControl>();
    send::<alsa_seq::Port>();
    sync::<alsa_seq::Port>();
    send::<alsa_seq::Queue>();
    sync::<alsa_seq::Queue>();
    send::<alsa_seq::Event<'static>>();
    send::<alsa_seq::Error>();
    sync::<alsa_seq::Error>();
}

#[test]
fn halves_unite_if_they_are_of_one_client() {
    need_sequencer!();
    let whole = client("halves");
    let port = whole.create_port("port").unwrap();
    let (mut output, input) = whole.split();
    let (other_output, other_input) = client("others").split();
    output.event_output(&numbered(1).to(&port)).unwrap();

    let error = output.reunite(other_input).unwrap_err();
    assert_eq!(error.to_string(), "the halves belong to different clients");
    let (output, other_input) = error.into_halves();
    other_output.reunite(other_input).unwrap();
    let (third, _) = client("third").split();
    let (_, fourth) = client("fourth").split();
    let error = alsa_seq::Error::from(third.reunite(fourth).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");

    let mut whole = output.reunite(input).unwrap();
    assert_eq!(whole.event_output_pending(), 28);
    whole.drain_output().unwrap();
    assert_eq!(next_event(&mut whole).data(), numbered(1).data());

    let (output, _input) = whole.split();
    let (_output, input) = client("third").split();
    let error = alsa_seq::Error::from(output.reunite(input).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}
