//! Waiting for a state of the kernel.

use std::time::Instant;

use alsa_seq::{Address, ClientOptions, ErrorKind, Port, PortCaps, PortOptions, SequencerClient};

use crate::{PATIENCE, unique};

/// Receives all announcements of the kernel, to wait until the kernel has a certain state.
///
/// A `TopologyMonitor` is not enough for that: it does not report a connection that was removed
/// and made again before it asked the kernel.
#[derive(Debug)]
pub struct Announcements {
    /// The client.
    pub client: SequencerClient,
    _port: Port,
}

impl Announcements {
    /// Opens the client. It receives all later announcements.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let client = ClientOptions::new(unique("announcements"))
            .input_pool(2000)
            .open()
            .unwrap();
        // Other tests do not see the port.
        let caps = PortCaps::WRITE | PortCaps::NO_EXPORT;
        let port = client
            .create_port(PortOptions::new("in").caps(caps))
            .unwrap();
        port.connect_from(Address::ANNOUNCE).unwrap();
        Self {
            client,
            _port: port,
        }
    }

    /// Waits until the kernel's state satisfies the condition. Checks it after each announcement:
    /// the kernel announces a change after it has made it.
    pub fn until(&mut self, is_so: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !is_so() {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.client.event_input_timeout(left) {
                Ok(_) => {}
                // The lost announcements were before the next check.
                Err(error) if error.kind() == ErrorKind::Overrun => {}
                Err(error) => panic!("the kernel does not get into this state: {error:#}"),
            }
        }
    }
}
