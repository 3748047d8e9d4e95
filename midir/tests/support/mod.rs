//! Helpers of the tests.

#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use alsa_seq::{Address, Port, SequencerClient, abi};
use alsa_seq_midir as midir;
use midir::os::unix::VirtualInput as _;
use midir::{MidiInput, MidiInputConnection};

/// Time limit for events that certainly happen. A test that reaches it has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A name that no other test and no other run uses.
pub(crate) fn unique(name: &str) -> String {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("{name}-{}-{number}", std::process::id())
}

/// Returns from a test without a sequencer, and prints a note. With `ALSA_SEQ_REQUIRE_KERNEL=1`,
/// the test fails.
macro_rules! need_sequencer {
    () => {
        if !$crate::support::sequencer() {
            return;
        }
    };
}
pub(crate) use need_sequencer;

pub(crate) fn sequencer() -> bool {
    use alsa_seq::ErrorKind::{NotFound, PermissionDenied};

    let Err(error) = SequencerClient::open(unique("probe")) else {
        return true;
    };
    assert!(
        matches!(error.kind(), NotFound | PermissionDenied),
        "{error:#}"
    );
    require(&format!("a sequencer: {error:#}"));
    false
}

/// Prints that the test is skipped because something is missing. With `ALSA_SEQ_REQUIRE_KERNEL=1`,
/// the test fails.
pub(crate) fn require(what: &str) {
    let required = std::env::var_os("ALSA_SEQ_REQUIRE_KERNEL").is_some_and(|value| value == "1");
    assert!(
        !required,
        "ALSA_SEQ_REQUIRE_KERNEL=1, but this is missing: {what}"
    );
    let test = std::thread::current();
    let test = test.name().unwrap_or("a test");
    let text = format!("SKIPPED {test}: this is missing: {what}\n");
    // Not `eprintln!`, because the test harness would hide it.
    std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes()).unwrap();
}

/// Returns whether the kernel has UMP, without the library's own check.
pub(crate) fn kernel_has_ump() -> bool {
    let client = SequencerClient::open(unique("probe")).unwrap();
    let mut own = abi::info::ClientUmpInfo::zeroed();
    own.client = i32::from(client.id().number());
    let errno = client.fd().get_client_ump_info(&mut own).unwrap_err();
    errno.raw() != nix::errno::Errno::ENOTTY as i32
}

/// A message with its time.
pub(crate) type Stamped = (u64, Vec<u8>);

/// A virtual input whose messages arrive through a channel.
pub(crate) struct Listener {
    pub(crate) connection: MidiInputConnection<Sender<Stamped>>,
    pub(crate) messages: Receiver<Stamped>,
}

impl Listener {
    /// Opens one with a client of this name.
    pub(crate) fn named(client: &str) -> Self {
        Self::of(MidiInput::new(client).unwrap())
    }

    pub(crate) fn new() -> Self {
        Self::named(&unique("listener"))
    }

    pub(crate) fn of(input: MidiInput) -> Self {
        let (sender, messages) = channel();
        let connection = input.create_virtual("in", forward, sender).unwrap();
        Self {
            connection,
            messages,
        }
    }

    pub(crate) fn address(&self) -> Address {
        midir::ext::InputExt::address(&self.connection)
    }

    /// Waits for the next message.
    pub(crate) fn next(&self) -> Vec<u8> {
        self.next_stamped().1
    }

    pub(crate) fn next_stamped(&self) -> Stamped {
        self.messages.recv_timeout(PATIENCE).unwrap()
    }
}

pub(crate) fn forward(stamp: u64, message: &[u8], to: &mut Sender<Stamped>) {
    // At the end of the test, nothing receives.
    let _ = to.send((stamp, message.to_vec()));
}

/// A sender of events that midir cannot send.
pub(crate) fn raw_sender(to: Address) -> (SequencerClient, Port) {
    let mut client = SequencerClient::open(unique("raw")).unwrap();
    let port = client.create_port("out").unwrap();
    port.connect_to(to).unwrap();
    client.set_source(&port);
    (client, port)
}
