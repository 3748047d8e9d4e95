//! The kernel's messages about added and removed devices.

use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
};

/// The group of the kernel's own messages. Another group has udev's.
const KERNEL: u32 = 1;

/// All changes of devices since this was created.
pub(super) struct Uevents(OwnedFd);

impl Uevents {
    pub(super) fn new() -> Result<Self> {
        let socket = socket(
            AddressFamily::Netlink,
            SockType::Datagram,
            SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
            SockProtocol::NetlinkKObjectUEvent,
        )
        .context("listen to changes of devices")?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, KERNEL))
            .context("listen to changes of devices")?;
        Ok(Self(socket))
    }

    /// Checks after each change whether the function returns a value. Returns none if the time has
    /// elapsed.
    pub(super) fn wait_for<T>(
        &self,
        patience: Duration,
        mut look: impl FnMut() -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let end = Instant::now() + patience;
        loop {
            if let Some(found) = look()? {
                return Ok(Some(found));
            }
            let left = end.saturating_duration_since(Instant::now());
            let left = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
            let mut fds = [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)];
            match poll(&mut fds, left) {
                Ok(0) => return look(),
                Ok(_) => self.skip()?,
                Err(Errno::EINTR) => {}
                Err(e) => return Err(e).context("wait for a device"),
            }
        }
    }

    /// Reads the waiting messages and ignores their content, because sysfs has the state.
    fn skip(&self) -> Result<()> {
        let mut message = [0; 4096];
        loop {
            match recv(self.0.as_raw_fd(), &mut message, MsgFlags::empty()) {
                // ENOBUFS: some messages were lost, so the state may also have changed.
                Ok(_) | Err(Errno::EINTR | Errno::ENOBUFS) => {}
                Err(Errno::EAGAIN) => return Ok(()),
                Err(e) => return Err(e).context("read a change of devices"),
            }
        }
    }
}
