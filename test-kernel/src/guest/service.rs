//! Services of the first process for programs that are not root: USB keyboards.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::thread;

use anyhow::{Context as _, Result};

use crate::usb;

/// Starts to listen for requests, before any program runs.
pub(super) fn start() -> Result<()> {
    let listener = SocketAddr::from_abstract_name(usb::SOCKET)
        .and_then(|address| UnixListener::bind_addr(&address))
        .context("listen for requests to plug in keyboards")?;
    thread::Builder::new()
        .spawn(move || {
            for stream in listener.incoming().flatten() {
                // Plugging in takes some time, and other programs may do it at the same time. If a
                // thread cannot be started for a request, the connection is closed, and the program
                // sees that.
                let _ = thread::Builder::new().spawn(move || usb::answer(stream));
            }
        })
        .context("start a thread")?;
    Ok(())
}
