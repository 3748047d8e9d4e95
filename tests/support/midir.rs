//! The common part of the tests of `alsa-seq-midir`.

use std::sync::mpsc::{Receiver, Sender, channel};

use alsa_seq::{Address, Port, SequencerClient};
use alsa_seq_midir as midir;
use midir::os::unix::VirtualInput as _;
use midir::{MidiInput, MidiInputConnection};

use crate::{PATIENCE, unique};

/// A message with its time.
pub type Stamped = (u64, Vec<u8>);

/// A virtual input whose messages arrive through a channel.
#[allow(
    missing_debug_implementations,
    reason = "midir's connections have none"
)]
pub struct Listener {
    /// The input.
    pub connection: MidiInputConnection<Sender<Stamped>>,
    /// Its messages.
    pub messages: Receiver<Stamped>,
}

impl Listener {
    /// Opens one with a client of this name.
    pub fn named(client: &str) -> Self {
        Self::of(MidiInput::new(client).unwrap())
    }

    /// Opens one with a client of a unique name.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self::named(&unique("listener"))
    }

    /// Opens one with this client.
    pub fn of(input: MidiInput) -> Self {
        let (sender, messages) = channel();
        let connection = input.create_virtual("in", forward, sender).unwrap();
        Self {
            connection,
            messages,
        }
    }

    /// The address of its port.
    pub fn address(&self) -> Address {
        midir::ext::InputExt::address(&self.connection)
    }

    /// Waits for the next message.
    pub fn next(&self) -> Vec<u8> {
        self.next_stamped().1
    }

    /// Waits for the next message and its time.
    pub fn next_stamped(&self) -> Stamped {
        self.messages.recv_timeout(PATIENCE).unwrap()
    }
}

/// The callback of an input that passes messages on.
pub fn forward(stamp: u64, message: &[u8], to: &mut Sender<Stamped>) {
    // At the end of the test, nothing receives.
    let _ = to.send((stamp, message.to_vec()));
}

/// A sender of events that midir cannot send.
pub fn raw_sender(to: Address) -> (SequencerClient, Port) {
    let mut client = SequencerClient::open(unique("raw")).unwrap();
    let port = client.create_port("out").unwrap();
    port.connect_to(to).unwrap();
    client.set_source(&port);
    (client, port)
}
