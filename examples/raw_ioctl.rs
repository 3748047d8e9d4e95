//! Calls the kernel's own interface directly.
//!
//! ```sh
//! cargo run --example raw_ioctl
//! ```

use std::os::fd::AsFd;

use alsa_seq::SequencerClient;
use alsa_seq::abi::info::ClientUmpInfo;
use alsa_seq::abi::ioctl::Errno;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = SequencerClient::open("raw_ioctl")?;

    // Every ioctl of the sequencer is a method of the open file.
    let version = client.fd().pversion()?;
    println!(
        "protocol {}.{}.{}",
        version >> 16,
        version >> 8 & 0xff,
        version & 0xff
    );
    // A client without UMP has no UMP info: the error is EBADFD. A kernel without UMP does not have
    // this ioctl.
    let answer = client
        .fd()
        .get_client_ump_info(&mut ClientUmpInfo::zeroed());
    println!("UMP: {}", answer != Err(Errno::ENOTTY));

    // Every info gives access to the kernel's struct.
    let info = client.info()?;
    println!("group filter {:#x}", info.raw().group_filter);

    // The file descriptor, for an event loop with `poll` or `epoll`. It is non-blocking.
    println!("descriptor {:?}", client.as_fd());
    Ok(())
}
