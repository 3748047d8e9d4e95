//! Many threads that send, receive, open and close at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use alsa_seq_midir as midir;
use midir::ext::{
    PortChange, PortExt as _, PortWatch, UmpInput, UmpInputConnection, UmpOutput,
    UmpOutputConnection,
};
use midir::os::unix::VirtualInput as _;
use midir::{
    MidiInput, MidiInputConnection, MidiInputPort, MidiOutput, MidiOutputConnection, MidiOutputPort,
};

use support::midir::Listener;
use support::{PATIENCE, need_sequencer, unique};

const SENDERS: u8 = 6;
const RECEIVERS: usize = 3;
/// The number of messages of each sender. Their numbers have 14 bits.
const MESSAGES: u16 = 3000;
/// A sender waits until half of this number of messages has arrived. The connections of a client
/// share 2000 cells, and further messages would be lost.
const WINDOW: u16 = 100;
const ROUNDS: u16 = 40;

/// Makes a message of this sender with a number.
fn message(sender: u8, number: u16) -> [u8; 3] {
    let [high, low] = (number << 1).to_be_bytes();
    [0xe0 | sender, low >> 1, high]
}

fn output_to(client: &str, address: alsa_seq::Address) -> MidiOutputConnection {
    let port = MidiOutputPort::from_address(address);
    let output = MidiOutput::new(client).unwrap();
    output.connect(&port, "out").unwrap()
}

/// The state of a receiver.
struct Arrivals {
    /// The next expected number of each sender.
    next: [u16; SENDERS as usize],
    /// Allows a sender to send more.
    more: Vec<Sender<()>>,
    wrong: Vec<Vec<u8>>,
}

impl Arrivals {
    fn arrive(&mut self, bytes: &[u8]) {
        let sender = usize::from(bytes[0] & 0x0f);
        let next = &mut self.next[sender];
        if bytes != message(bytes[0] & 0x0f, *next) {
            self.wrong.push(bytes.to_vec());
        }
        *next += 1;
        if *next % (WINDOW / 2) == 0 {
            // At the end, nothing waits for this.
            let _ = self.more[sender].send(());
        }
    }
}

fn send_all(sender: u8, mut output: MidiOutputConnection, more: &Receiver<()>) {
    for number in 0..MESSAGES {
        if number >= WINDOW && number % (WINDOW / 2) == 0 {
            more.recv_timeout(PATIENCE).unwrap();
        }
        output.send(&message(sender, number)).unwrap();
    }
}

/// Opens a connection, sends to it, and closes it.
fn come_and_go(sender: u8, inputs: &str, outputs: &str) {
    for round in 0..ROUNDS {
        let listener = Listener::named(inputs);
        let mut output = output_to(outputs, listener.address());
        for number in 0..30 {
            output.send(&message(sender, round * 100 + number)).unwrap();
        }
        drop(listener.connection);
        let received = listener.messages.iter().map(|(_, bytes)| bytes);
        let expected = (0..30).map(|number| message(sender, round * 100 + number));
        assert!(received.eq(expected.map(|bytes| bytes.to_vec())));
    }
}

/// Closes a connection while another thread sends to it.
fn close_under_way(sender: u8, inputs: &str, outputs: &str) {
    for _ in 0..ROUNDS {
        let listener = Listener::named(inputs);
        let mut output = output_to(outputs, listener.address());
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let sending = thread::spawn(move || {
            for number in 0..200 {
                output.send(&message(sender, number)).unwrap();
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        let mut received = vec![listener.next()];
        drop(listener.connection);
        stop.store(true, Ordering::Relaxed);
        received.extend(listener.messages.iter().map(|(_, bytes)| bytes));
        sending.join().unwrap();
        let expected = (0..200).map(|number| message(sender, number).to_vec());
        assert!(
            received
                .into_iter()
                .zip(expected)
                .all(|(found, bytes)| found == bytes)
        );
    }
}

/// Runs the function on a thread. Sends a message on the channel at the end. A thread that panics
/// only drops its sender.
fn start(done: &Sender<()>, work: impl FnOnce() + Send + 'static) {
    let done = done.clone();
    thread::spawn(move || {
        work();
        let _ = done.send(());
    });
}

#[test]
fn every_type_may_go_to_another_thread() {
    fn goes<T: Send + Sync>() {}
    goes::<(MidiInput, MidiInputConnection<u8>, MidiInputPort)>();
    goes::<(MidiOutput, MidiOutputConnection, MidiOutputPort)>();
    goes::<(UmpInput, UmpInputConnection<u8>, UmpOutput)>();
    goes::<(UmpOutputConnection, PortWatch, PortChange)>();
    goes::<(midir::ConnectError<MidiInput>, midir::SendError)>();
}

#[test]
fn nothing_is_lost_or_repeated_when_many_threads_work() {
    need_sequencer!();
    let (inputs, outputs) = (unique("inputs"), unique("outputs"));
    let (more, waits): (Vec<_>, Vec<_>) = (0..SENDERS).map(|_| channel()).unzip();
    let receivers: Vec<_> = (0..RECEIVERS)
        .map(|_| {
            let arrivals = Arrivals {
                next: [0; SENDERS as usize],
                more: more.clone(),
                wrong: Vec::new(),
            };
            let arrive = |_: u64, bytes: &[u8], arrivals: &mut Arrivals| arrivals.arrive(bytes);
            let input = MidiInput::new(&inputs).unwrap();
            input.create_virtual("in", arrive, arrivals).unwrap()
        })
        .collect();
    let (done, over) = channel();
    for (sender, wait) in (0..).zip(waits) {
        let receiver = &receivers[usize::from(sender) % RECEIVERS];
        let output = output_to(&outputs, midir::ext::InputExt::address(receiver));
        start(&done, move || send_all(sender, output, &wait));
    }
    let first = SENDERS;
    for sender in first..first + 3 {
        let (inputs, outputs) = (inputs.clone(), outputs.clone());
        start(&done, move || come_and_go(sender, &inputs, &outputs));
    }
    for sender in first + 3..first + 5 {
        let (inputs, outputs) = (inputs.clone(), outputs.clone());
        start(&done, move || close_under_way(sender, &inputs, &outputs));
    }
    drop(done);
    for _ in 0..SENDERS + 5 {
        over.recv_timeout(PATIENCE).unwrap();
    }
    for (index, receiver) in receivers.into_iter().enumerate() {
        let (_, arrivals) = receiver.close();
        assert!(arrivals.wrong.is_empty(), "{:x?}", arrivals.wrong);
        for (sender, count) in arrivals.next.into_iter().enumerate() {
            let expected = if sender % RECEIVERS == index {
                MESSAGES
            } else {
                0
            };
            assert_eq!(count, expected, "of {sender}");
        }
    }
}
