//! Opens the sequencer, and explains the error if that fails.
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
            // `{}` prints one line with the operation and the errno. `{:#}` adds advice for the
            // user. A program examines the kind.
            eprintln!("{error:#}");
            ExitCode::from(match error.kind() {
                ErrorKind::NotFound => 2,
                ErrorKind::PermissionDenied => 3,
                _ => 1,
            })
        }
    }
}

/// `SequencerClient::open(name)` is enough for most programs. These are the other options.
fn open(device: &str) -> alsa_seq::Result<SequencerClient> {
    ClientOptions::new("open_client")
        .device(device)
        .direction(Direction::Duplex)
        // The size of the buffer that collects events before they are sent, in bytes.
        .output_buffer_size(4096)
        // The sizes of the kernel's memory for scheduled events, and for events that this client
        // has not read.
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
    // The client is also closed when it is dropped, but only `close` returns errors.
    client.close()
}
