//! The same program as `async_io`, on tokio: shows events as they come, and
//! plays a note each second, until Ctrl+C.
//!
//! ```sh
//! cargo run --example async_tokio
//! ```

use std::time::Duration;

use alsa_seq::{Event, SequencerClient};
use tokio::time::{MissedTickBehavior, interval};

#[tokio::main(flavor = "current_thread")]
async fn main() -> alsa_seq::Result<()> {
    let mut client = SequencerClient::open("async_tokio")?.into_tokio()?;
    let port = client.create_port("port")?;
    client.set_source(&port);
    println!("listening at {}", port.address());
    let mut seconds = interval(Duration::from_secs(1));
    seconds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        // Continues with the one that is ready first. The other is dropped, and nothing is lost.
        tokio::select! {
            event = client.event_input() => println!("{:?}", event?),
            _ = seconds.tick() => {
                let note = Event::note_on(0, 60, 100)?;
                client.event_output(&note).await?;
                client.drain_output().await?;
            }
        }
    }
}
