//! What the first process does for programs, because only root may: USB keyboards.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::thread;

use anyhow::{Context as _, Result};

use crate::usb;

/// Listens from now on, before any program runs.
pub(super) fn start() -> Result<()> {
    let listener = SocketAddr::from_abstract_name(usb::SOCKET)
        .and_then(|address| UnixListener::bind_addr(&address))
        .context("listen to programs that plug keyboards in")?;
    thread::Builder::new()
        .spawn(move || {
            for stream in listener.incoming().flatten() {
                // Plugging in takes its time, and others may do it meanwhile. Who finds no
                // thread for a request is told by the end of the connection.
                let _ = thread::Builder::new().spawn(move || usb::answer(stream));
            }
        })
        .context("start a thread")?;
    Ok(())
}
