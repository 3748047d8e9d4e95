//! Notifies systemd that the service is ready: see sd_notify(3).

use std::env;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Reports that the service is ready, if the environment requests it.
pub(super) fn ready() -> io::Result<()> {
    // An empty variable means the same as no variable.
    let name = env::var_os("NOTIFY_SOCKET").filter(|name| !name.is_empty());
    let Some(name) = name else {
        return Ok(());
    };
    let address = match name.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(&name)?,
    };
    UnixDatagram::unbound()?.send_to_addr(b"READY=1\n", &address)?;
    Ok(())
}
