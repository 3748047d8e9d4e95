//! Tests of `aseq panic` with named ports. `tests/alone` tests it with all ports.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::time::Instant;

use alsa_seq::{ClientOptions, Event, EventData, MidiVersion, PortCaps, PortOptions};
use nix::errno::Errno;
use nix::sys::signal::Signal;

use crate::{complaint, output, printed};
use support::listener::Listener;
use support::{PATIENCE, client, need_sequencer, say_skipped, unique};

/// The state of a receiver's channels: controllers, bend and pressure.
#[derive(Default, Debug)]
pub(crate) struct Heard(BTreeMap<(u8, String), i32>);

impl Heard {
    pub(crate) fn hear(&mut self, event: &Event<'_>) {
        let (channel, what, value) = match event.data() {
            EventData::ControlChange {
                channel,
                controller,
                value,
            } => (channel, format!("controller {controller}"), value),
            EventData::PitchBend { channel, bend } => (channel, "bend".to_owned(), bend),
            EventData::ChannelPressure { channel, pressure } => {
                (channel, "pressure".to_owned(), pressure)
            }
            other => panic!("{other:?}"),
        };
        self.0.insert((channel, what), value);
    }

    pub(crate) fn is_silent(&self) -> bool {
        let at_rest = [64, 66, 67, 69, 1, 120, 121, 123].map(|n| format!("controller {n}"));
        let at_rest: Vec<_> = at_rest
            .into_iter()
            .chain(["bend".into(), "pressure".into()])
            .collect();
        (0..16).all(|channel| {
            at_rest
                .iter()
                .all(|what| self.0.get(&(channel, what.clone())) == Some(&0))
        })
    }
}

#[test]
fn every_channel_is_silenced() {
    need_sequencer!();
    let mut named = Listener::new();
    let mut other = Listener::new();
    let second = named.client.create_port(PortOptions::receiver("second"));
    let second = second.unwrap();
    // One of two ports.
    assert_eq!(printed(&["panic", &named.address()]), "");
    let mut heard = Heard::default();
    named.listen(|event| {
        assert_eq!(event.dest(), named_port(event));
        heard.hear(event);
    });
    assert!(heard.is_silent(), "{heard:?}");
    // A client with two ports, and another client. Pedals are released before all notes end.
    let both = format!("{},{}", named.client.id(), other.address());
    assert_eq!(printed(&["panic", &both]), "");
    let mut order = Vec::new();
    other.listen(|event| {
        if let EventData::ControlChange { controller, .. } = event.data() {
            order.push(controller);
        }
    });
    let place = |param| order.iter().position(|found| *found == param).unwrap();
    assert!(place(64).max(place(66)).max(place(69)) < place(123));
    let mut heard = [Heard::default(), Heard::default()];
    let mut gone = 0;
    while gone < 2 {
        let event = named.client.event_input_timeout(PATIENCE).unwrap();
        match event.data() {
            EventData::PortSubscribed { .. } => {}
            EventData::PortUnsubscribed { .. } => gone += 1,
            _ => heard[usize::from(event.dest() == second.address())].hear(&event),
        }
    }
    assert!(heard.iter().all(Heard::is_silent), "{heard:?}");
}

fn named_port(event: &Event<'_>) -> alsa_seq::Address {
    alsa_seq::Address::from((event.dest().client, alsa_seq::PortId::new(0)))
}

/// Receivers that do not read or accept no events are named. The others are still
/// silenced.
#[test]
fn unreachable_receivers_are_reported() {
    need_sequencer!();
    let mut heard = Listener::new();
    let mute = Listener::new();
    mute.client.set_input_pool(20).unwrap();
    let closed = client("closed");
    let closed = closed
        .create_port(PortOptions::new("closed").caps(PortCaps::READ))
        .unwrap();
    let all = [
        &mute.address(),
        &closed.address().to_string(),
        &heard.address(),
    ]
    .map(String::clone);
    let arguments: Vec<&str> = ["panic"]
        .into_iter()
        .chain(all.iter().map(String::as_str))
        .collect();
    let said = output(&arguments);
    let text = String::from_utf8(said.stderr).unwrap();
    assert_eq!(said.status.code(), Some(1), "{text}");
    assert!(text.contains("has stopped reading"), "{text}");
    assert!(
        text.contains(":closed) does not let others send to it"),
        "{text}"
    );
    assert!(
        text.ends_with("aseq: 2 of 3 ports did not get everything and may still sound\n"),
        "{text}"
    );
    let mut silent = Heard::default();
    heard.listen(|event| silent.hear(event));
    assert!(silent.is_silent(), "{silent:?}");
    let (status, text) = complaint(&["panic", "191:9"]);
    assert!(status == 1 && text.contains("191:9"), "{text}");
    let (status, _) = complaint(&["panic", "300"]);
    assert_eq!(status, 2);
}

/// All ports of a client have one input pool. So only one of them is waited for, two seconds.
#[test]
fn a_client_that_does_not_read_is_waited_for_once() {
    need_sequencer!();
    let mute = client("mute");
    let new = |_| mute.create_port(PortOptions::receiver("in")).unwrap();
    let ports: Vec<_> = (0..100).map(new).collect();
    let begun = Instant::now();
    let (status, text) = complaint(&["panic", &mute.id().to_string()]);
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    assert_eq!(status, 1, "{text}");
    let failed = text.matches(" has stopped reading\n").count();
    assert_eq!(failed, ports.len(), "{text}");
}

/// A person at a terminal learns that the work goes on. A program that reads messages does not.
#[test]
fn a_terminal_shows_that_the_work_takes_long() {
    need_sequencer!();
    let (mute, other) = (Listener::new(), Listener::new());
    // The panic waits two seconds for room, and longer than it is silent.
    mute.client.set_input_pool(20).unwrap();
    let arguments = ["panic", &mute.address(), &other.address()];
    let terminal = nix::pty::openpty(None, None).unwrap();
    let mut panic = crate::aseq(&arguments);
    let status = panic.stderr(terminal.slave).status().unwrap();
    drop(panic);
    assert_eq!(status.code(), Some(1));
    let mut text = Vec::new();
    // At the end of its output, a terminal has an error.
    let end = File::from(terminal.master).read_to_end(&mut text);
    assert_eq!(end.unwrap_err().raw_os_error(), Some(Errno::EIO as i32));
    let text = String::from_utf8(text).unwrap();
    let said = "aseq: silencing 2 ports; this takes some seconds\r\n";
    assert_eq!(text.matches(said).count(), 1, "{text}");
    let (status, text) = complaint(&arguments);
    assert_eq!(status, 1);
    assert!(!text.contains("silencing"), "{text}");
}

/// A receiver that ends needs no silence. A new client with its number does not get it.
#[test]
fn receivers_removed_meanwhile_are_skipped() {
    need_sequencer!();
    let mut slow = Listener::new();
    // It delays the panic, because it has no room for all messages.
    slow.client.set_input_pool(20).unwrap();
    let (mut other, mut goes) = (Listener::new(), Listener::new());
    let addresses = [&slow, &goes, &other].map(Listener::address);
    let arguments: Vec<&str> = ["panic"]
        .into_iter()
        .chain(addresses.iter().map(String::as_str))
        .collect();
    let panic = crate::Running::start(&arguments);
    loop {
        let event = goes.client.event_input_timeout(PATIENCE).unwrap();
        if let EventData::ControlChange { .. } = event.data() {
            break;
        }
    }
    // It waits for `slow` only for two seconds.
    panic.signal(Signal::SIGSTOP);
    crate::silence::wait_for_stop(&panic);
    let number = goes.client.id();
    drop(goes);
    // The kernel gives the lowest free number, unless another test has got it.
    let others: Vec<_> = (0..4).map(|_| Listener::new()).collect();
    let stranger = others.into_iter().find(|other| other.client.id() == number);
    let (mut silent, mut heard) = (Heard::default(), Heard::default());
    // There is room again before it continues.
    while let Some(event) = slow.client.try_event_input().unwrap() {
        if !matches!(event.data(), EventData::PortSubscribed { .. }) {
            silent.hear(&event);
        }
    }
    panic.signal(Signal::SIGCONT);
    slow.listen(|event| silent.hear(event));
    other.listen(|event| heard.hear(event));
    assert_eq!(panic.end(), (0, vec![]));
    assert!(silent.is_silent() && heard.is_silent());
    if let Some(mut stranger) = stranger {
        // Asking the kernel and sending are two calls. If the receiver changes between them, the
        // new client gets this message, but no later one.
        let mut reached = 0;
        while stranger.client.try_event_input().unwrap().is_some() {
            reached += 1;
        }
        assert!(reached <= 1, "{reached} messages");
    }
}

/// An endpoint without ports for its groups gets packets of all groups.
#[test]
fn packets_silence_each_group() {
    need_sequencer!();
    let client = ClientOptions::new(unique("ump"))
        .midi_version(MidiVersion::Ump2)
        .input_pool(2000)
        .open();
    let Ok(mut client) = client else {
        say_skipped("this kernel has no UMP");
        return;
    };
    let port = client.create_port(PortOptions::receiver("in")).unwrap();
    let address = port.address().to_string();
    let panic = crate::Running::start(&["panic", &address]);
    let mut packets = Vec::new();
    loop {
        let event = client.event_input_timeout(PATIENCE).unwrap();
        match event.data() {
            EventData::Ump(packet) => packets.push(packet.to_string()),
            EventData::PortUnsubscribed { .. } => break,
            _ => {}
        }
    }
    assert_eq!(panic.end(), (0, vec![]));
    assert_eq!(packets.len(), 16 * 16 * 10);
    for expected in [
        "40b04000 00000000",
        "4fbf7b00 00000000",
        "47e30000 80000000",
        "4fdf0000 00000000",
    ] {
        assert!(
            packets.iter().any(|packet| packet == expected),
            "no {expected}"
        );
    }
}
