//! Changes of the clients, ports and connections of the sequencer.

use std::os::fd::AsFd;
use std::os::fd::AsRawFd;
use std::sync::Mutex;

use alsa_seq::{ClientOptions, Connection, TopologyChange, TopologyMonitor};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout};
use nix::sys::eventfd::{EfdFlags, EventFd};
use pyo3::prelude::*;

use crate::client::{check_timeout, deadline};
use crate::error;
use crate::input::cut;
use crate::shared::lock;
use crate::signals;

/// A monitor of the sequencer. Use `client.watch()`.
#[pyclass(frozen, module = "alsa_sequencer._native")]
pub(crate) struct Watch {
    monitor: Mutex<Option<TopologyMonitor>>,
    /// It rings once, when the monitor is closed.
    bell: EventFd,
}

/// A change: its kind, the numbers of its object, and the object's name.
type Change = (&'static str, Vec<u8>, String);

fn ports(connection: Connection) -> Vec<u8> {
    let (sender, receiver) = (connection.sender, connection.receiver);
    vec![
        sender.client.number(),
        sender.port.number(),
        receiver.client.number(),
        receiver.port.number(),
    ]
}

fn change(change: &TopologyChange) -> Change {
    use TopologyChange as Is;

    let client = |kind, info: &alsa_seq::ClientInfo| {
        (kind, vec![info.id().number()], info.name().to_string())
    };
    let port = |kind, info: &alsa_seq::PortInfo| {
        let address = info.address();
        let numbers = vec![address.client.number(), address.port.number()];
        (kind, numbers, info.name().to_string())
    };
    match change {
        Is::ClientAdded(info) => client("client_added", info),
        Is::ClientChanged { new, .. } => client("client_changed", new),
        Is::ClientRemoved(info) => client("client_removed", info),
        Is::PortAdded(info) => port("port_added", info),
        Is::PortChanged { new, .. } => port("port_changed", new),
        Is::PortRemoved(info) => port("port_removed", info),
        Is::Connected(connection) => ("connected", ports(*connection), String::new()),
        Is::Disconnected(connection) => ("disconnected", ports(*connection), String::new()),
        Is::EndpointChanged(client) => ("endpoint_changed", vec![client.number()], String::new()),
        Is::FunctionBlockChanged { client, block } => (
            "function_block_changed",
            vec![client.number(), *block],
            String::new(),
        ),
        Is::Resynchronized => ("resynchronized", Vec::new(), String::new()),
        _ => ("changed", Vec::new(), String::new()),
    }
}

#[pymethods]
impl Watch {
    #[new]
    fn new(py: Python<'_>, name: &str) -> PyResult<Self> {
        let name = cut(name);
        let monitor = py
            .detach(|| TopologyMonitor::with_options(ClientOptions::new(name)))
            .map_err(|error| error::of(py, &error))?;
        let bell = EventFd::from_flags(EfdFlags::EFD_CLOEXEC | EfdFlags::EFD_NONBLOCK)
            .map_err(std::io::Error::from)?;
        Ok(Self {
            monitor: Mutex::new(Some(monitor)),
            bell,
        })
    }

    /// The number of the open file.
    fn fileno(&self, py: Python<'_>) -> PyResult<i32> {
        let monitor = lock(&self.monitor);
        let monitor = monitor.as_ref().ok_or_else(|| error::closed(py))?;
        Ok(monitor.as_fd().as_raw_fd())
    }

    /// The number of the monitor's client.
    #[getter]
    fn client_id(&self, py: Python<'_>) -> PyResult<u8> {
        let monitor = lock(&self.monitor);
        let monitor = monitor.as_ref().ok_or_else(|| error::closed(py))?;
        Ok(monitor.id().number())
    }

    /// The next change, or None if there is none.
    fn try_next(&self, py: Python<'_>) -> PyResult<Option<Change>> {
        let next = py.detach(|| {
            let mut monitor = lock(&self.monitor);
            monitor.as_mut().map(TopologyMonitor::try_next_change)
        });
        match next {
            None => Err(error::closed(py)),
            Some(Ok(next)) => Ok(next.as_ref().map(change)),
            Some(Err(error)) => Err(error::of(py, &error)),
        }
    }

    /// Waits for a change. None means for ever.
    fn next(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Option<Change>> {
        let deadline = deadline(check_timeout(timeout)?);
        loop {
            if let Some(change) = self.try_next(py)? {
                return Ok(Some(change));
            }
            let Some(left) = signals::left(deadline) else {
                return Ok(None);
            };
            match py.detach(|| self.sleep(left)) {
                Ok(()) | Err(Errno::EINTR) => signals::check(py)?,
                Err(errno) => return Err(std::io::Error::from(errno).into()),
            }
        }
    }

    /// Closes the monitor, and ends a wait.
    fn close(&self, py: Python<'_>) {
        let _ = self.bell.write(1);
        py.detach(|| drop(lock(&self.monitor).take()));
    }

    /// Gives up the monitor in the child of a fork. It belongs to the parent.
    fn _abandon(&self) {
        let _ = self.bell.write(1);
        // A thread of the parent may hold the lock.
        let monitor = self
            .monitor
            .try_lock()
            .ok()
            .and_then(|mut held| held.take());
        if let Some(monitor) = monitor {
            let file = monitor.as_fd().as_raw_fd();
            // Dropping it would delete the parent's port.
            std::mem::forget(monitor);
            let _ = nix::unistd::close(file);
        }
    }
}

impl Watch {
    fn sleep(&self, timeout: PollTimeout) -> nix::Result<()> {
        // This is a duplicate, so close() cannot give its number to another file meanwhile.
        let file = {
            let monitor = lock(&self.monitor);
            let Some(monitor) = monitor.as_ref() else {
                return Ok(());
            };
            monitor
                .as_fd()
                .try_clone_to_owned()
                .map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?
        };
        let mut files = [
            PollFd::new(file.as_fd(), PollFlags::POLLIN),
            PollFd::new(self.bell.as_fd(), PollFlags::POLLIN),
        ];
        signals::wait(&mut files, timeout).map(drop)
    }
}
