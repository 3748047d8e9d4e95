//! More connections than the kernel has clients, queues or ports.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod process;

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use alsa_seq::{ErrorKind, QueueOptions, SequencerClient};
use alsa_seq_midir as midir;
use midir::ext::{InputExt as _, OutputExt as _, PortExt as _};
use midir::os::unix::{VirtualInput as _, VirtualOutput as _};
use midir::{MidiInput, MidiOutput, MidiOutputConnection, MidiOutputPort};

use support::midir::Listener;
use support::{PATIENCE, need_sequencer, unique};

/// These tests use up all objects of a kind, so they run one after the other.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn output_to(client: &str, listener: &Listener) -> MidiOutputConnection {
    let port = MidiOutputPort::from_address(listener.address());
    MidiOutput::new(client)
        .unwrap()
        .connect(&port, "out")
        .unwrap()
}

/// midir has a queue for each connection, and panics at the 33rd.
#[test]
fn forty_connections_have_time_stamps() {
    let _alone = alone();
    need_sequencer!();
    let names: Vec<String> = (0..40).map(|_| unique("many")).collect();
    let one = unique("one");
    for name_of in [&|_| one.clone() as String, &|index: usize| {
        names[index].clone()
    }] as [&dyn Fn(usize) -> String; 2]
    {
        let listeners: Vec<Listener> = (0..40)
            .map(|index| Listener::named(&name_of(index)))
            .collect();
        let outputs = unique("player");
        for listener in &listeners {
            let mut output = output_to(&outputs, listener);
            output.send(&[0x90, 60, 100]).unwrap();
            let (first, _) = listener.next_stamped();
            std::thread::sleep(Duration::from_millis(2));
            output.send(&[0x90, 60, 100]).unwrap();
            let (second, _) = listener.next_stamped();
            assert!(second > first, "{first}, {second}");
        }
    }
}

/// Other programs need some of the 32 queues.
#[test]
fn the_connections_of_a_name_share_a_queue() {
    let _alone = alone();
    need_sequencer!();
    let probe = SequencerClient::open(unique("probe")).unwrap();
    let queues = || probe.system_info().unwrap().num_queues();
    let before = queues();
    let name = unique("shared");
    let listeners: Vec<Listener> = (0..10).map(|_| Listener::named(&name)).collect();
    let expected = usize::from(!cfg!(feature = "avoid_timestamping"));
    assert_eq!(queues(), before + expected);
    // The queue is released with the last connection, although the client stays open.
    let closed: Vec<_> = listeners
        .into_iter()
        .map(|listener| listener.connection.close())
        .collect();
    assert_eq!(queues(), before);
    drop(closed);
}

/// Without a queue, the times are those of the program's clock.
#[test]
fn times_exist_without_a_queue() {
    let _alone = alone();
    need_sequencer!();
    let greedy = SequencerClient::open(unique("greedy")).unwrap();
    let mut queues = Vec::new();
    let error = loop {
        match greedy.create_queue(QueueOptions::new()) {
            Ok(queue) => queues.push(queue),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::LimitReached);
    let begun = Instant::now();
    let listener = Listener::new();
    let mut output = output_to(&unique("player"), &listener);
    let mut last = 0;
    for _ in 0..10 {
        std::thread::sleep(Duration::from_millis(2));
        output.send(&[0xf8]).unwrap();
        let (stamp, _) = listener.next_stamped();
        assert!(stamp >= last + 1000, "{last}, {stamp}");
        assert!(u128::from(stamp) <= begun.elapsed().as_micros());
        last = stamp;
    }
}

/// midir has a client for each connection, and the kernel has 64 clients.
#[test]
fn two_hundred_connections_are_open() {
    let _alone = alone();
    need_sequencer!();
    let (inputs, outputs) = (unique("inputs"), unique("outputs"));
    let mut pairs: Vec<(Listener, MidiOutputConnection)> = (0..100)
        .map(|_| {
            let listener = Listener::named(&inputs);
            let output = output_to(&outputs, &listener);
            (listener, output)
        })
        .collect();
    for (index, (_, output)) in pairs.iter_mut().enumerate() {
        output
            .send(&[0xb0, u8::try_from(index).unwrap(), 1])
            .unwrap();
    }
    for (index, (listener, _)) in pairs.iter().enumerate() {
        assert_eq!(listener.next(), [0xb0, u8::try_from(index).unwrap(), 1]);
    }
}

/// A client has 254 ports. After that, another client is opened.
#[test]
fn six_hundred_ports_are_in_several_clients_of_one_name() {
    let _alone = alone();
    need_sequencer!();
    let name = unique("ports");
    let inputs: Vec<_> = (0..300)
        .map(|_| {
            let input = MidiInput::new(&name).unwrap();
            input.create_virtual("in", |_, _, ()| {}, ()).unwrap()
        })
        .collect();
    let outputs: Vec<_> = (0..300)
        .map(|_| {
            MidiOutput::new(&name)
                .unwrap()
                .create_virtual("out")
                .unwrap()
        })
        .collect();
    let mut clients: Vec<_> = inputs.iter().map(|input| input.address().client).collect();
    clients.extend(outputs.iter().map(|output| output.address().client));
    clients.sort_unstable();
    clients.dedup();
    assert_eq!(clients.len(), 4);
    for client in clients {
        let info = inputs[0].control().client_info(client).unwrap();
        assert_eq!(info.name(), name);
    }
}

/// Returns the number of entries of a directory.
fn entries(directory: &str) -> usize {
    fs::read_dir(directory).unwrap().count()
}

/// Closed objects are released: clients, queues, files and threads.
#[test]
fn nothing_leaks() {
    let _alone = alone();
    need_sequencer!();
    let files = || entries("/proc/self/fd");
    let threads = || entries("/proc/self/task");
    let before = (files(), threads());
    for _ in 0..300 {
        let listener = Listener::new();
        let mut output = output_to(&unique("player"), &listener);
        output.send(&[0xf8]).unwrap();
        assert_eq!(listener.next(), [0xf8]);
    }
    assert_eq!(files(), before.0);
    // A joined thread is still listed for a moment, so a thread of another test may have been
    // counted before.
    let begun = Instant::now();
    while threads() > before.1 {
        assert!(begun.elapsed() < PATIENCE, "{} threads", threads());
        std::thread::yield_now();
    }
}
