//! An event loop without an async runtime: waits for the sequencer and for standard input at the
//! same time, with `poll`. A client is `AsFd`, so other event loops can use it in the same way. See
//! `mio_loop`.
//!
//! ```sh
//! cargo run --example poll_loop
//! ```
//!
//! Each line from standard input plays a note. End of input ends the program.

use std::error::Error;
use std::io::Read;
use std::os::fd::AsFd;

use alsa_seq::{Event, SequencerClient};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

fn main() -> Result<(), Box<dyn Error>> {
    let mut client = SequencerClient::open("poll_loop")?;
    let port = client.create_port("port")?;
    client.set_source(&port);
    println!("listening at {}", port.address());
    let mut keyboard = std::io::stdin();
    loop {
        let ready = |fd: &PollFd<'_>| fd.revents().is_some_and(|events| !events.is_empty());
        let mut fds = [
            PollFd::new(client.as_fd(), PollFlags::POLLIN),
            PollFd::new(keyboard.as_fd(), PollFlags::POLLIN),
        ];
        poll(&mut fds, PollTimeout::NONE)?;
        let [sequencer, typed] = fds.each_ref().map(ready);
        if sequencer {
            // Reads all waiting events, because one `poll` may report many.
            while let Some(event) = client.try_event_input()? {
                println!("{event:?}");
            }
        }
        if typed {
            let mut bytes = [0; 1024];
            let length = keyboard.read(&mut bytes)?;
            if length == 0 {
                return Ok(());
            }
            for _ in bytes.iter().take(length).filter(|byte| **byte == b'\n') {
                let note = Event::note_on(0, 60, 100)?;
                client.event_output(&note)?;
            }
            client.drain_output()?;
        }
    }
}
