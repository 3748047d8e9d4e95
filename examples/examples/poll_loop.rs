//! An event loop of one's own, without an async runtime: waits for the
//! sequencer and for standard input at once, with `poll`. A client is `AsFd`, so
//! others watch it the same way: `mio_loop` shows one.
//!
//! ```sh
//! cargo run --example poll_loop
//! ```
//!
//! Each line that is typed plays a note. End of input ends the program.

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
            // Takes all that is there: one `poll` may stand for many events.
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
