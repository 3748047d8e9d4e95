//! Receives events and follows changes in one event loop of `mio`. `mio` does not know this crate,
//! and needs only the file descriptors.
//!
//! ```sh
//! cargo run --example mio_loop
//! ```
//!
//! Prints received events, and changes of clients, ports and connections, until Ctrl+C.

use std::error::Error;
use std::os::fd::{AsFd, AsRawFd};

use alsa_seq::{ErrorKind, SequencerClient, TopologyMonitor};
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};

const EVENTS: Token = Token(0);
const CHANGES: Token = Token(1);

fn main() -> Result<(), Box<dyn Error>> {
    let mut client = SequencerClient::open("mio_loop")?;
    let port = client.create_port("port")?;
    let mut monitor = TopologyMonitor::open("mio_loop monitor")?;
    println!("listening at {}", port.address());

    let mut poll = Poll::new()?;
    for (fd, token) in [(client.as_fd(), EVENTS), (monitor.as_fd(), CHANGES)] {
        let fd = fd.as_raw_fd();
        poll.registry()
            .register(&mut SourceFd(&fd), token, Interest::READABLE)?;
    }
    let mut ready = Events::with_capacity(2);
    loop {
        match poll.poll(&mut ready, None) {
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            result => result?,
        }
        for ready in &ready {
            // mio reports only once that events are waiting, so the program has to read them all.
            // Otherwise the rest is not reported again.
            if ready.token() == EVENTS {
                show_events(&mut client)?;
            } else {
                while let Some(change) = monitor.try_next_change()? {
                    println!("{change:?}");
                }
            }
        }
    }
}

fn show_events(client: &mut SequencerClient) -> alsa_seq::Result<()> {
    loop {
        match client.try_event_input() {
            Ok(Some(event)) => println!("{event:?}"),
            Ok(None) => return Ok(()),
            // Some events were lost. More may be waiting.
            Err(error) if error.kind() == ErrorKind::Overrun => eprintln!("{error}"),
            Err(error) => return Err(error),
        }
    }
}
