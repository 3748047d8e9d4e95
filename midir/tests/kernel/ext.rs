//! Functions that midir does not have.

use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use alsa_seq::Address;
use alsa_seq_midir as midir;
use midir::ext::{OutputExt as _, PortChange, PortExt as _, PortWatch};
use midir::os::unix::VirtualOutput as _;
use midir::{MidiOutput, MidiOutputConnection, MidiOutputPort, SendError};

use support::midir::Listener;
use support::{PATIENCE, need_sequencer, unique};

fn output_to(client: &str, address: Address) -> MidiOutputConnection {
    let port = MidiOutputPort::from_address(address);
    MidiOutput::new(client)
        .unwrap()
        .connect(&port, "out")
        .unwrap()
}

#[test]
fn messages_are_sent_at_their_times_and_a_close_waits_for_them() {
    need_sequencer!();
    // If the machine is so busy that the messages are given to the kernel too late, the test tries
    // longer times.
    let mut beat = Duration::from_millis(100);
    while !messages_a_beat_apart_come_in_order(beat) {
        beat *= 4;
        assert!(beat < PATIENCE, "the machine has no time");
    }
}

/// Returns false if the test was too slow for these times.
fn messages_a_beat_apart_come_in_order(beat: Duration) -> bool {
    let listener = Listener::new();
    let mut output = output_to(&unique("later"), listener.address());
    let start = Instant::now();
    // Not in the order of their times.
    for note in [2, 1, 0] {
        let at = start + beat * u32::from(note);
        output.send_at(&[0x90, note, 1], at).unwrap();
    }
    if start.elapsed() >= beat {
        return false;
    }
    output.close();
    assert!(start.elapsed() >= 2 * beat);
    let received: Vec<_> = (0..3).map(|_| listener.next_stamped()).collect();
    let notes: Vec<u8> = received.iter().map(|(_, bytes)| bytes[1]).collect();
    assert_eq!(notes, [0, 1, 2]);
    // The listener's times begin before `start`, and no message is sent before its time. The two
    // queues and the clock are not read at exactly the same moment.
    let slack = Duration::from_millis(2);
    for (number, (stamp, _)) in (0..).zip(&received) {
        let due = (beat * number).saturating_sub(slack);
        assert!(Duration::from_micros(*stamp) >= due, "{received:?}");
    }
    true
}

/// A connection does not wait for messages that another connection of its client has scheduled.
#[test]
fn a_close_waits_only_for_its_own_messages() {
    need_sequencer!();
    let name = unique("two");
    let listener = Listener::new();
    let mut soon = output_to(&name, listener.address());
    let mut late = output_to(&name, listener.address());
    let hour = Instant::now() + Duration::from_secs(3600);
    late.send_at(&[0x90, 2, 1], hour).unwrap();
    soon.send_at(&[0x90, 1, 1], Instant::now() + Duration::from_millis(50))
        .unwrap();
    soon.close();
    assert_eq!(listener.next(), [0x90, 1, 1]);
    late.cancel().unwrap();
    late.close();
    assert!(listener.messages.try_recv().is_err());
}

#[test]
fn too_many_scheduled_messages_are_all_refused() {
    need_sequencer!();
    let listener = Listener::new();
    let mut output = output_to(&unique("much"), listener.address());
    let hour = Instant::now() + Duration::from_secs(3600);
    let mut sysex = vec![1; 20_000];
    sysex[0] = 0xf0;
    *sysex.last_mut().unwrap() = 0xf7;
    // On a separate thread, which waits for an hour if nothing is refused.
    let (tell, told) = channel();
    let message = sysex.clone();
    thread::spawn(move || {
        let free = |output: &MidiOutputConnection| output.control().pool().unwrap().output_free();
        let before = free(&output);
        output.send_at(&message, hour).unwrap();
        let one = before - free(&output);
        let error = loop {
            let left = free(&output);
            match output.send_at(&message, hour) {
                Ok(()) => assert!(left >= one),
                Err(error) => {
                    assert_eq!(free(&output), left, "nothing of it is scheduled");
                    assert!(left < one, "{one} cells of {left}");
                    break error;
                }
            }
        };
        tell.send((error, output)).unwrap();
    });
    let (error, mut output) = told.recv_timeout(PATIENCE).unwrap();
    assert!(
        matches!(error, SendError::Other(text) if text.contains("too much")),
        "{error}"
    );
    output.cancel().unwrap();
    output.set_sysex_rate(None);
    output.send_at(&sysex, Instant::now()).unwrap();
    output.close();
    assert_eq!(listener.next(), sysex);
}

/// The same as for `MidiInput::new`.
#[test]
fn a_watch_accepts_any_name() {
    need_sequencer!();
    for name in [String::new(), "x".repeat(64), "ä".repeat(40)] {
        drop(PortWatch::new(&name, |_| {}).unwrap());
    }
}

#[test]
fn new_and_removed_ports_are_reported() {
    need_sequencer!();
    let (sender, changes) = channel();
    let watch = PortWatch::new(&unique("watch"), move |change| {
        let _ = sender.send(change);
    })
    .unwrap();
    let name = unique("comes");
    let output = MidiOutput::new(&name)
        .unwrap()
        .create_virtual("out")
        .unwrap();
    let id = output.address().to_string();
    let next = || {
        // Ports of other tests are created and removed at the same time.
        let mut others = Vec::new();
        loop {
            let Ok(change) = changes.recv_timeout(PATIENCE) else {
                panic!("nothing of {name}, but {others:?}");
            };
            let (came, found) = match change {
                PortChange::InputAdded(_, found) => (true, found),
                PortChange::InputRemoved(_, found) => (false, found),
                _ => continue,
            };
            if found.starts_with(&name) {
                break (came, found);
            }
            others.push((came, found));
        }
    };
    assert_eq!(next(), (true, format!("{name}:out {id}")));
    // The client stays open, so no other client gets its number.
    let _open = output.close();
    assert_eq!(next(), (false, format!("{name}:out {id}")));
    drop(watch);
    // The callback was dropped, and with it the sender.
    while changes.recv().is_ok() {}
}
