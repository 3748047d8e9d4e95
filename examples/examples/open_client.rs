//! Opens the sequencer, and says what to do when that fails.
//!
//! ```sh
//! cargo run --example open_client
//! cargo run --example open_client -- /dev/snd/no-such-device
//! ```

use std::process::ExitCode;

use alsa_seq::{ClientOptions, Direction, ErrorKind, SequencerClient};

fn main() -> ExitCode {
    let device = std::env::args().nth(1);
    match open(&device.unwrap_or("/dev/snd/seq".to_owned())).and_then(show) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // `{}` is one line with the operation and the errno; `{:#}` adds
            // what a person can do about it. A program looks at the kind.
            eprintln!("{error:#}");
            ExitCode::from(match error.kind() {
                ErrorKind::NotFound => 2,
                ErrorKind::PermissionDenied => 3,
                _ => 1,
            })
        }
    }
}

/// `SequencerClient::open(name)` does for most programs. These are the other
/// choices.
fn open(device: &str) -> alsa_seq::Result<SequencerClient> {
    ClientOptions::new("open_client")
        .device(device)
        .direction(Direction::Duplex)
        // Bytes that are collected before they are sent.
        .output_buffer_size(4096)
        // The kernel's memory for events that are scheduled, and for events
        // that were not read yet.
        .output_pool(1000)
        .input_pool(1000)
        .open()
}

fn show(client: SequencerClient) -> alsa_seq::Result<()> {
    let info = client.info()?;
    println!("client {} {:?}", info.id(), info.name());
    client.set_name("renamed")?;
    println!("now {:?}", client.info()?.name());
    let pool = client.pool()?;
    println!(
        "{} cells for output, {} for input",
        pool.output(),
        pool.input()
    );
    // Dropping the client closes it, too; this way errors are told.
    client.close()
}
