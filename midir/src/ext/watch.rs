//! Hot-plug.

use std::collections::BTreeMap;
use std::mem;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use alsa_seq::{Address, ErrorKind, Interrupter, PortInfo, TopologyChange, TopologyMonitor};

use crate::input::is_input;
use crate::listing::full_name;
use crate::output::is_output;
use crate::registry::{self, Process};
use crate::{InitError, MidiInputPort, MidiOutputPort, why};

/// The pause after an error, before the ports are read again.
const RETRY: Duration = Duration::from_millis(100);

/// A new or removed port, with its name in the format of
/// [`MidiIO::port_name`](crate::MidiIO::port_name).
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum PortChange {
    /// A new port to receive from.
    InputAdded(MidiInputPort, String),
    /// A removed port to receive from.
    InputRemoved(MidiInputPort, String),
    /// A new port to send to.
    OutputAdded(MidiOutputPort, String),
    /// A removed port to send to.
    OutputRemoved(MidiOutputPort, String),
}

/// Reports new and removed ports, until it is dropped.
///
/// ```no_run
/// # use alsa_seq_midir as midir;
/// use midir::ext::{PortChange, PortWatch};
///
/// let watch = PortWatch::new("hot-plug", |change| match change {
///     PortChange::InputAdded(port, name) => println!("+ {name} ({})", port.id()),
///     PortChange::InputRemoved(port, name) => println!("- {name} ({})", port.id()),
///     _ => {}
/// })?;
/// # drop(watch);
/// # Ok::<(), midir::InitError>(())
/// ```
pub struct PortWatch {
    interrupter: Interrupter,
    /// Without it, the thread ends after an error and does not read the ports again.
    open: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    maker: Process,
}

impl PortWatch {
    /// Opens a client with this name, and calls `callback` on a separate thread: first for each
    /// existing port, and then for each change. This includes ports of this program, as in the
    /// lists.
    ///
    /// # Errors
    /// If the sequencer cannot be opened, or the thread cannot start. The error's text contains the
    /// reason.
    pub fn new(
        client_name: &str,
        mut callback: impl FnMut(PortChange) + Send + 'static,
    ) -> Result<Self, InitError> {
        let mut monitor =
            TopologyMonitor::open(registry::accepted_part(client_name)).map_err(why::init)?;
        if client_name.is_empty() {
            registry::name_unnamed(&monitor.control()).map_err(why::init)?;
        }
        let interrupter = monitor.interrupter().map_err(why::init)?;
        let (open, closed) = mpsc::channel();
        let watch = move || {
            let mut known = Known::default();
            let topology = monitor.topology();
            let there: Vec<PortInfo> = topology.ports().cloned().collect();
            for port in there {
                known.set(&port, &monitor, &mut callback);
            }
            loop {
                match monitor.next_change() {
                    Ok(
                        TopologyChange::PortAdded(port)
                        | TopologyChange::PortChanged { new: port, .. },
                    ) => known.set(&port, &monitor, &mut callback),
                    Ok(TopologyChange::PortRemoved(port)) => {
                        known.remove(port.address(), &mut callback);
                    }
                    Ok(_) => {}
                    // `drop` has interrupted the wait.
                    Err(error) if error.kind() == ErrorKind::Interrupted => break,
                    // The next call takes a new snapshot. A permanent error must not keep the
                    // processor busy.
                    Err(_) => match closed.recv_timeout(RETRY) {
                        Err(RecvTimeoutError::Timeout) => {}
                        _ => break,
                    },
                }
            }
        };
        let thread = thread::Builder::new()
            .name("midi ports".into())
            .spawn(watch)
            .map_err(|error| why::init_thread(&error))?;
        Ok(Self {
            interrupter,
            open: Some(open),
            thread: Some(thread),
            maker: Process::current(),
        })
    }
}

impl Drop for PortWatch {
    fn drop(&mut self) {
        if !self.maker.is_current() {
            // Only the parent has the thread, which continues there.
            mem::forget((self.open.take(), self.thread.take()));
            return;
        }
        self.open = None;
        self.interrupter.interrupt();
        if let Some(thread) = self.thread.take() {
            // If this is called inside the callback, the thread ends when the callback returns.
            if thread.thread().id() != thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

/// Returns the port's name. Asks the kernel again, because the snapshot may contain the client from
/// before it was named, and the port from after that.
fn name_of(port: &PortInfo, monitor: &TopologyMonitor) -> String {
    let id = port.address().client;
    let client = match monitor.control().client_info(id) {
        Ok(client) => Some(client.name().into_owned()),
        // The port was removed, which the next change reports.
        Err(_) => {
            let client = monitor.topology().client(id);
            client.map(|client| client.name().into_owned())
        }
    };
    full_name(&client.unwrap_or_default(), port)
}

/// The reported ports: the name of each, and whether it is an input and an output.
#[derive(Default)]
struct Known(BTreeMap<Address, (String, bool, bool)>);

impl Known {
    fn set(
        &mut self,
        port: &PortInfo,
        monitor: &TopologyMonitor,
        callback: &mut impl FnMut(PortChange),
    ) {
        let address = port.address();
        let (input, output) = (is_input(port), is_output(port));
        let old = self.0.get(&address);
        if old
            .is_some_and(|(_, was_input, was_output)| (*was_input, *was_output) == (input, output))
        {
            return;
        }
        self.remove(address, callback);
        let name = name_of(port, monitor);
        if input {
            callback(PortChange::InputAdded(
                MidiInputPort { address },
                name.clone(),
            ));
        }
        if output {
            callback(PortChange::OutputAdded(
                MidiOutputPort { address },
                name.clone(),
            ));
        }
        self.0.insert(address, (name, input, output));
    }

    fn remove(&mut self, address: Address, callback: &mut impl FnMut(PortChange)) {
        let Some((name, input, output)) = self.0.remove(&address) else {
            return;
        };
        if input {
            callback(PortChange::InputRemoved(
                MidiInputPort { address },
                name.clone(),
            ));
        }
        if output {
            callback(PortChange::OutputRemoved(MidiOutputPort { address }, name));
        }
    }
}
