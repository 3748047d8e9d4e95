//! Programs that receive events.

use alsa_seq::ump::Packet;
use alsa_seq::{
    ClientOptions, ErrorKind, Event, EventData, MidiVersion, QueueOptions, RealTime, Time,
};
use support::{client, need_sequencer, next_event, unique};

use crate::common::{Running, await_connection, failure, lines, port_of, quiet_port, send};

#[test]
fn receive() {
    need_sequencer!();
    let mut client = client("source");
    let port = quiet_port(&client, "out");
    let address = port.address().to_string();
    let receiver = Running::start("receive", &[&address, "1"]);
    await_connection(&mut client);
    for event in [
        Event::note_on(1, 60, 100).unwrap(),
        Event::note_on(1, 60, 0).unwrap(),
        Event::note_off(1, 61, 5).unwrap(),
        Event::control_change(0, 7, 90).unwrap(),
        Event::sysex(&[0xf0, 1, 0xf7]),
        Event::new(EventData::Reset),
    ] {
        send(&mut client, event, &port);
    }
    drop(client);
    assert_eq!(
        receiver.rest(),
        [
            "key 60 down on channel 1",
            "key 60 up on channel 1",
            "key 61 up on channel 1",
            "controller 7 is 90",
            "3 bytes of sysex",
            "reset",
            "disconnected",
        ]
    );
}

#[test]
fn receive_batches() {
    need_sequencer!();
    let mut client = client("source");
    let port = quiet_port(&client, "out");
    let address = port.address().to_string();
    let receiver = Running::start("receive_batches", &[&address]);
    await_connection(&mut client);
    for _ in 0..1000 {
        let event = Event::note_on(1, 60, 100).unwrap().from_port(&port);
        client.event_output(&event).unwrap();
    }
    client.drain_output().unwrap();
    send(&mut client, Event::sysex(&[0; 1000]), &port);
    drop(client);
    assert_eq!(receiver.rest(), ["1001 events, 1000 bytes of sysex"]);
}

#[test]
fn dump_events() {
    need_sequencer!();
    let mut client = client("source");
    let port = quiet_port(&client, "out");
    let address = port.address().to_string();
    let mut dump = Running::start("dump_events", &["--port", &address]);
    let dest = await_connection(&mut client);
    assert_eq!(dump.line(), format!("listening at {dest}"));
    assert_eq!(dump.line(), "           Time Source  Event");

    send(&mut client, Event::note_on(1, 60, 100).unwrap(), &port);
    let note = "NoteOn { channel: 1, note: 60, velocity: 100 }";
    assert_eq!(dump.line(), format!("{:>15} {address:7} {note}", ""));
    let queue = client.create_queue(QueueOptions::new()).unwrap();
    queue.start().unwrap();
    let reset = Event::new(EventData::Reset).at(&queue, Time::Tick(3));
    send(&mut client, reset, &port);
    assert_eq!(dump.line(), format!("{:>15} {address:7} Reset", 3));
}

#[test]
fn dump_events_stamped_and_filtered() {
    need_sequencer!();
    let mut client = client("source");
    let port = quiet_port(&client, "out");
    let address = port.address().to_string();
    let arguments = ["-p", &address, "--real-time", "-f", "note-on", "-f", "130"];
    let mut dump = Running::start("dump_events", &arguments);
    await_connection(&mut client);
    for _ in 0..2 {
        dump.line();
    }

    let bend = Event::pitch_bend(0, 0).unwrap().from_port(&port);
    let error = client.event_output_direct(&bend).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    send(&mut client, Event::note_on(0, 1, 2).unwrap(), &port);
    send(&mut client, Event::sysex(&[0xf0, 0xf7]), &port);
    for expected in ["NoteOn {", "Sysex([240, 247])"] {
        let line = dump.line();
        let (time, event) = line.trim_start().split_once(' ').unwrap();
        let _: RealTime = time.parse().unwrap();
        assert!(time.contains('.'), "{line}");
        let event = event.trim_start().strip_prefix(&*address).unwrap();
        assert!(event.trim_start().starts_with(expected), "{line}");
    }
    let error = failure("dump_events", &["-f", "nonsense"]);
    assert!(error.contains("no event type"), "{error}");
}

#[test]
fn dump_bytes() {
    need_sequencer!();
    let mut client = client("source");
    let port = quiet_port(&client, "out");
    let address = port.address().to_string();
    let mut dump = Running::start("dump_bytes", &["-p", &address]);
    let dest = await_connection(&mut client);
    assert_eq!(dump.line(), format!("listening at {dest}"));
    assert_eq!(dump.line(), "           Time Source  Bytes");
    let mut all = Running::start(
        "dump_bytes",
        &["-p", &address, "--all-events", "--real-time"],
    );
    await_connection(&mut client);
    for _ in 0..2 {
        all.line();
    }

    send(&mut client, Event::new(EventData::Echo([0; 12])), &port);
    send(&mut client, Event::note_on(1, 60, 100).unwrap(), &port);
    send(&mut client, Event::sysex(&[0xf0, 0x7e, 0xf7]), &port);
    for bytes in ["91 3C 64", "F0 7E F7"] {
        assert_eq!(dump.line(), format!("{:>15} {address:7} {bytes}", ""));
    }
    for expected in ["Echo([0, ", "91 3C 64", "F0 7E F7"] {
        let line = all.line();
        let (time, rest) = line.trim_start().split_once(' ').unwrap();
        let _: RealTime = time.parse().unwrap();
        let event = rest.trim_start().strip_prefix(&*address).unwrap();
        assert!(event.trim_start().starts_with(expected), "{line}");
    }
}

#[test]
fn stamp_input() {
    need_sequencer!();
    let mut client = client("source");
    let port = quiet_port(&client, "out");
    let address = port.address().to_string();
    let receiver = Running::start("stamp_input", &[&address]);
    await_connection(&mut client);
    await_connection(&mut client);
    send(&mut client, Event::new(EventData::Reset), &port);
    drop(client);
    let lines = receiver.rest();
    assert_eq!(lines.len(), 2, "{lines:?}");
    let mut times: Vec<&str> = lines
        .iter()
        .map(|line| line.trim_start().strip_suffix(" reset").unwrap())
        .collect();
    times.sort_by_key(|time| time.contains('.'));
    let _: u32 = times[0].parse().unwrap();
    let _: RealTime = times[1].parse().unwrap();
}

#[test]
fn filter_input() {
    need_sequencer!();
    let lines = lines("filter_input", &[]);
    assert!(lines[0].contains("(ENOENT)"), "{lines:?}");
    assert_eq!(lines[1..], ["received note-on", "received program-change"]);
}

#[test]
fn survive_overrun() {
    need_sequencer!();
    let lines = lines("survive_overrun", &[]);
    assert_eq!(lines[0], "the sender knows of 10 events that were refused");
    assert!(lines[1].contains("enlarge the input pool"), "{lines:?}");
    assert_eq!(lines[2], "next: Reset");
}

#[test]
fn two_threads() {
    need_sequencer!();
    assert_eq!(lines("two_threads", &[]), ["the keys add up to 4950"]);
}

#[test]
fn send_and_receive_sysex() {
    need_sequencer!();
    let mut client = client("source");
    let port = quiet_port(&client, "out");
    let address = port.address().to_string();
    let receiver = Running::start("receive_sysex", &[&address]);
    let dest = await_connection(&mut client).to_string();

    let message = [&[0xf0][..], &[0x55; 100_000], &[0xf7]].concat();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &message).unwrap();
    let mut sender = Running::start("send_sysex", &[&dest, file.path().to_str().unwrap()]);
    // Another message, in two pieces, amidst the pieces of that one.
    send(&mut client, Event::sysex(&[0xf0, 1]), &port);
    assert_eq!(sender.line(), "sent 100002 bytes");
    send(&mut client, Event::sysex(&[2, 0xf7]), &port);
    // It is disconnected now, but that was the sender, not the source.
    drop(sender);
    drop(client);
    let mut received = receiver.rest();
    received.sort_by_key(|line| line.starts_with(&address));
    assert_eq!(received.len(), 2, "{received:?}");
    assert!(received[0].ends_with(": 100002 bytes"), "{received:?}");
    assert_eq!(received[1], format!("{address}: 4 bytes"));
}

/// Runs twice: with a client of MIDI 2.0, and with one that does not support it.
#[test]
fn midi2_echo() {
    need_sequencer!();
    let options = ClientOptions::new(unique("player")).midi_version(MidiVersion::Ump2);
    let mut player = match options.open() {
        Err(error) => {
            // No UMP: too old, or built without.
            assert!(matches!(error.kind(), ErrorKind::Unsupported { .. }));
            let text = failure("midi2_echo", &[]);
            assert!(text.contains("needs Linux 6.5"), "{text}");
            return;
        }
        Ok(player) => player,
    };
    let mut echo = Running::start("midi2_echo", &["5"]);
    let port = port_of(&mut echo, "listening on ");
    assert_eq!(
        player.endpoint_info(port.client).unwrap().name(),
        "MIDI 2.0 echo"
    );
    let own = player.create_port("own").unwrap();
    player.set_source(&own);
    own.connect_from(port).unwrap();
    let mut old = client("old");
    let old_port = old.create_port("old").unwrap();
    old_port.connect_from(port).unwrap();

    let packet = |text: &str| -> Packet { text.parse().unwrap() };
    let mut exchange = |sent: &str, echoes: &[&str]| {
        let event = Event::ump(packet(sent)).to(port);
        player.event_output_direct(&event).unwrap();
        for echo in echoes {
            assert_eq!(
                next_event(&mut player).packet(),
                Some(packet(echo)),
                "{sent}"
            );
        }
    };
    exchange(
        "40953c03 c0001234",
        &[
            "40653c00 80444444",
            "40953c03 60001234",
            "40653c00 80888888",
            "40953c03 30001234",
            "40653c00 80cccccc",
            "40953c03 18001234",
        ],
    );
    exchange("40853c00 80000000", &["40853c00 80000000"; 3]);
    exchange(
        "40b50700 80000004",
        &[
            "40b50700 60000003",
            "40b50700 40000002",
            "40b50700 20000001",
        ],
    );
    let velocities: Vec<_> = (0..3)
        .map(|_| match next_event(&mut old).data() {
            EventData::NoteOn { velocity, .. } => velocity,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(velocities, [0x30, 0x18, 0x0c]);
}

/// Needs no sequencer.
#[test]
fn decode_offline() {
    let lines = lines("decode_offline", &[]);
    assert_eq!(lines[0], "62 bytes");
    assert!(lines[1].starts_with("note-on at 96: NoteOn {"), "{lines:?}");
    assert_eq!(
        lines[3],
        "the event at byte 28 needs 34 bytes, of which 33 are there"
    );
}
