//! The same program as `async_tokio`, on async-io: shows events as they come,
//! and plays a note each second, until Ctrl+C.
//!
//! ```sh
//! cargo run --example async_io
//! ```

use std::time::Duration;

use alsa_seq::{Event, SequencerClient};
use async_io::{Timer, block_on};
use futures_util::future::{Either, select};
use futures_util::{SinkExt, StreamExt};

fn main() -> alsa_seq::Result<()> {
    block_on(async {
        let mut client = SequencerClient::open("async_io")?.into_async_io()?;
        let port = client.create_port("port")?;
        client.set_source(&port);
        println!("listening at {}", port.address());
        // Received events are a stream, and events to send go into a sink.
        let (mut output, mut input) = client.split();
        let mut seconds = Timer::interval(Duration::from_secs(1));
        loop {
            match select(input.next(), seconds.next()).await {
                Either::Left((Some(event), _)) => println!("{:?}", event?),
                Either::Right((Some(_), _)) => {
                    let note = Event::note_on(0, 60, 100)?;
                    output.send(note).await?;
                }
                // The client is closed, or the timer has ended.
                Either::Left((None, _)) | Either::Right((None, _)) => return Ok(()),
            }
        }
    })
}
