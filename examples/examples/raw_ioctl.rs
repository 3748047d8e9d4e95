//! Goes past the library to the kernel's own interface.
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
    // A client that asked for no UMP has no UMP info: EBADFD. A kernel without
    // UMP does not even know the call.
    let answer = client
        .fd()
        .get_client_ump_info(&mut ClientUmpInfo::zeroed());
    println!("UMP: {}", answer != Err(Errno::ENOTTY));

    // Every info has the kernel's struct.
    let info = client.info()?;
    println!("group filter {:#x}", info.raw().group_filter);

    // The file descriptor, for a loop of one's own around `poll` or `epoll`.
    // It is non-blocking.
    println!("descriptor {:?}", client.as_fd());
    Ok(())
}
