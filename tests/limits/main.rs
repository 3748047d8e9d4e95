//! Tests that use up all objects of the sequencer, and tests that must not be disturbed. They are
//! separate from the other tests, which run at the same time and need some of the objects.

mod announcements;
mod devices;
mod through;

use alsa_seq::{ErrorKind, QueueOptions, SequencerClient};

use support::{client, need_sequencer, unique};

/// Returns a lock for tests that send through *Midi Through*, or connect it to itself.
fn through_is_mine() -> std::sync::MutexGuard<'static, ()> {
    static THROUGH: std::sync::Mutex<()> = std::sync::Mutex::new(());
    THROUGH.lock().unwrap_or_else(|error| error.into_inner())
}

/// Collects the objects that `make` returns until it fails, and returns the error too.
fn until_none_is_left<T>(
    mut make: impl FnMut() -> alsa_seq::Result<T>,
) -> (Vec<T>, alsa_seq::Error) {
    let mut made = Vec::new();
    loop {
        match make() {
            Ok(one) => made.push(one),
            Err(error) => return (made, error),
        }
        assert!(made.len() < 1000, "there is no limit");
    }
}

/// These are one test, because separate tests would disturb each other.
#[test]
fn errors_at_the_kernels_limits_name_the_limit() {
    need_sequencer!();
    let owner = client("greedy");
    let before = owner.system_info().unwrap();

    let (queues, error) = until_none_is_left(|| owner.create_queue(QueueOptions::new()));
    assert_eq!(queues.len(), before.max_queues() - before.num_queues());
    assert_eq!(error.kind(), ErrorKind::LimitReached);
    assert_eq!(error.hint(), Some("all 32 queues are in use"));
    drop(queues);
    let _room_again = owner.create_queue(QueueOptions::new()).unwrap();

    let (clients, error) = until_none_is_left(|| SequencerClient::open(unique("one of many")));
    assert!(clients.len() <= 63, "64 clients, and one is the owner");
    assert_eq!(error.kind(), ErrorKind::LimitReached);
    assert_eq!(
        format!("{error:#}"),
        "open /dev/snd/seq: no more available (ENOMEM); all 64 clients are in use: close \
         programs that use the sequencer"
    );
    drop(clients);
    let _room_again = client("late");
}

/// Waits while another test uses all clients for a moment.
fn when_there_is_room<T>(open: impl Fn() -> alsa_seq::Result<T>) -> T {
    loop {
        match open() {
            Ok(client) => break client,
            Err(error) if error.kind() == ErrorKind::LimitReached => std::thread::yield_now(),
            Err(error) => panic!("{error:#}"),
        }
    }
}

/// A client that does not close is a leak that soon stops every other client.
#[test]
fn nothing_leaks() {
    need_sequencer!();
    for _ in 0..200 {
        let client = when_there_is_room(|| SequencerClient::open(unique("leaky")));
        let _port = client.create_port("port").unwrap();
        let (output, input) = client.split();
        drop(output);
        drop(input);
    }
}
