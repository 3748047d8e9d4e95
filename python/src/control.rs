//! The calls of a client that neither send nor receive. They make the kernel's ioctls and
//! return tuples, which Python makes dataclasses of.

use std::sync::Arc;

use alsa_seq::abi::consts;
use alsa_seq::abi::event as abi;
use alsa_seq::abi::flags::{PortCaps, PortFlags, PortType, SubscribeFlags};
use alsa_seq::abi::info::{ClientInfo, ClientPool, PortInfo, PortSubscribe, QuerySubs, SystemInfo};
use alsa_seq::abi::ioctl::{Errno, SeqFd};
use alsa_seq::abi::limits::MAX_PORTS;
use alsa_seq::{Address, ClientId, Error, Operation, Subject};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::client::failed;
use crate::convert::{argument, byte, signed, unsigned};
use crate::error;
use crate::input::cut;
use crate::shared::{Shared, lock};

/// The ioctls of an open client.
#[pyclass(frozen, module = "alsa_sequencer._native")]
pub(crate) struct Control {
    pub(crate) shared: Arc<Shared>,
}

/// The tuple of a client's information.
type ClientTuple = (i32, String, u32, i32, i32, i32, i32, i32, Vec<u8>);

/// The tuple of a port's information.
type PortTuple = (u8, u8, String, u32, u32, [i32; 5], u32, u8);

/// The text of a name.
pub(crate) fn text<const N: usize>(name: &alsa_seq::abi::Name<N>) -> String {
    String::from_utf8_lossy(name.as_bytes_until_nul()).into_owned()
}

impl Control {
    pub(crate) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Makes an ioctl. The interpreter is released meanwhile.
    pub(crate) fn ioctl<T: Send>(
        &self,
        py: Python<'_>,
        operation: Operation,
        subject: Subject,
        call: impl FnOnce(&SeqFd) -> Result<T, Errno> + Send,
    ) -> PyResult<T> {
        let fd = self.shared.fd().map_err(|failure| failed(py, failure))?;
        py.detach(|| call(&fd))
            .map_err(error::of_ioctl(py, operation, subject))
    }

    /// Calls the library. The interpreter is released meanwhile.
    pub(crate) fn call<T: Send>(
        &self,
        py: Python<'_>,
        call: impl FnOnce(&Shared) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        if self.shared.is_closed() {
            return Err(error::closed(py));
        }
        py.detach(|| call(&self.shared))
            .map_err(|error| error::of(py, &error))
    }

    fn own(&self) -> i32 {
        i32::from(self.shared.id.number())
    }
}

fn client_tuple(info: &ClientInfo) -> ClientTuple {
    let accepts = (0..=u8::MAX).filter(|number| info.accepts_event(*number));
    (
        info.client,
        text(&info.name),
        info.filter.bits(),
        info.client_type,
        info.card,
        info.pid,
        info.num_ports,
        info.event_lost,
        accepts.collect(),
    )
}

fn port_tuple(info: &PortInfo) -> PortTuple {
    (
        info.addr.client,
        info.addr.port,
        text(&info.name),
        info.capability.bits(),
        info.port_type.bits(),
        [
            info.midi_channels,
            info.midi_voices,
            info.synth_voices,
            info.read_use,
            info.write_use,
        ],
        info.flags.bits(),
        info.time_queue,
    )
}

fn port_subject(client: u8, port: u8) -> Subject {
    Subject::Port(Address::new(client, port))
}

/// The highest number that a port can be given. The next ones are not addresses of ports.
const HIGHEST_PORT: u8 = consts::ADDRESS_UNKNOWN - 1;

/// Returns whether a client has as many ports as it can have.
fn is_full(fd: &SeqFd, client: u8) -> bool {
    let mut info = ClientInfo::zeroed();
    info.client = client.into();
    let ports = fd.get_client_info(&mut info).map(|()| info.num_ports);
    ports.is_ok_and(|ports| ports >= i32::from(MAX_PORTS))
}

/// Sets the fields of a port from keyword arguments.
fn fill_port(info: &mut PortInfo, fields: &Bound<'_, PyDict>) -> PyResult<()> {
    for (name, value) in fields {
        let name: String = name.extract()?;
        match name.as_str() {
            "name" => {
                info.name.set(&value.extract::<String>()?);
            }
            "capability" => {
                info.capability = PortCaps::from_bits_retain(unsigned(&value, "capability")?);
            }
            "type" => info.port_type = PortType::from_bits_retain(unsigned(&value, "type")?),
            "midi_channels" => info.midi_channels = signed(&value, "midi_channels")?,
            "midi_voices" => info.midi_voices = signed(&value, "midi_voices")?,
            "synth_voices" => info.synth_voices = signed(&value, "synth_voices")?,
            "timestamping" => info.flags.set(PortFlags::TIMESTAMP, value.is_truthy()?),
            "timestamp_real" => info.flags.set(PortFlags::TIME_REAL, value.is_truthy()?),
            "timestamp_queue" => info.time_queue = byte(&value, "timestamp_queue")?,
            _ => {}
        }
    }
    Ok(())
}

#[pymethods]
impl Control {
    /// Creates a port and returns its number.
    #[pyo3(signature = (port_id, **fields))]
    fn create_port(
        &self,
        py: Python<'_>,
        port_id: Option<&Bound<'_, PyAny>>,
        fields: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<u8> {
        let mut info = PortInfo::zeroed();
        let id = self.shared.id.number();
        info.addr = abi::Address::new(id, 0);
        if let Some(fields) = fields {
            fill_port(&mut info, fields)?;
        }
        if let Some(port) = port_id {
            info.addr.port = byte(port, "port_id")?;
            info.flags.insert(PortFlags::GIVEN_PORT);
        }
        let given = port_id.is_some();
        let subject = match given {
            true => port_subject(id, info.addr.port),
            false => Subject::Client(ClientId::new(id)),
        };
        let made = self.ioctl(py, Operation::CreatePort, subject.clone(), |fd| {
            // Linux 6.1 creates a second port of the same number.
            let mut there = PortInfo::zeroed();
            there.addr = info.addr;
            if given && fd.get_port_info(&mut there).is_ok() {
                return Ok(Err((Errno::EBUSY, "the client has a port of this number")));
            }
            match fd.create_port(&mut info) {
                Ok(()) => Ok(Ok(info.addr.port)),
                Err(errno) if given && info.addr.port > HIGHEST_PORT => {
                    Ok(Err((errno, "a port has a number from 0 to 252")))
                }
                Err(errno) if is_full(fd, id) => Ok(Err((errno, "a client has at most 254 ports"))),
                Err(errno) => Err(errno),
            }
        })?;
        if let Ok(port) = made {
            lock(&self.shared.streams).forget(port);
        }
        made.map_err(|(errno, hint)| {
            let error = Error::of_ioctl(Operation::CreatePort, subject, errno);
            error::alsa_error(py, format!("{error}; {hint}"), errno)
        })
    }

    /// Deletes a port of this client.
    fn delete_port(&self, py: Python<'_>, port: u8) -> PyResult<()> {
        let mut info = PortInfo::zeroed();
        info.addr = abi::Address::new(self.shared.id.number(), port);
        let subject = port_subject(info.addr.client, port);
        self.ioctl(py, Operation::DeletePort, subject, |fd| {
            fd.delete_port(&info)
        })
    }

    fn port_info(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::client_id)] client: u8,
        #[pyo3(from_py_with = argument::port_id)] port: u8,
    ) -> PyResult<PortTuple> {
        let mut info = PortInfo::zeroed();
        info.addr = abi::Address::new(client, port);
        let subject = port_subject(client, port);
        self.ioctl(py, Operation::PortInfo, subject, |fd| {
            fd.get_port_info(&mut info)?;
            Ok(port_tuple(&info))
        })
    }

    /// Changes fields of a port of this client.
    #[pyo3(signature = (port, **fields))]
    fn set_port_info(
        &self,
        py: Python<'_>,
        port: u8,
        fields: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<()> {
        let mut info = PortInfo::zeroed();
        info.addr = abi::Address::new(self.shared.id.number(), port);
        let subject = port_subject(info.addr.client, port);
        self.ioctl(py, Operation::SetPortInfo, subject.clone(), |fd| {
            fd.get_port_info(&mut info)
        })?;
        if let Some(fields) = fields {
            fill_port(&mut info, fields)?;
        }
        self.ioctl(py, Operation::SetPortInfo, subject, |fd| {
            fd.set_port_info(&info)
        })
    }

    /// The port after this one, or the first port after -1. None if there is none.
    fn next_port(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::client_id)] client: u8,
        #[pyo3(from_py_with = argument::previous)] port: i32,
    ) -> PyResult<Option<PortTuple>> {
        let mut info = PortInfo::zeroed();
        info.addr = abi::Address::new(client, u8::try_from(port).unwrap_or(u8::MAX));
        let subject = Subject::Client(ClientId::new(client));
        self.ioctl(py, Operation::Ports, subject, |fd| {
            match fd.query_next_port(&mut info) {
                Ok(()) => Ok(Some(port_tuple(&info))),
                Err(Errno::ENOENT) => Ok(None),
                Err(errno) => Err(errno),
            }
        })
    }

    fn client_info(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::client_id)] client: u8,
    ) -> PyResult<ClientTuple> {
        let mut info = ClientInfo::zeroed();
        info.client = i32::from(client);
        let subject = Subject::Client(ClientId::new(client));
        self.ioctl(py, Operation::ClientInfo, subject, |fd| {
            fd.get_client_info(&mut info)?;
            Ok(client_tuple(&info))
        })
    }

    /// Changes the name, the filters, and the accepted event types. Without a list, all types
    /// are accepted.
    fn set_client_info(
        &self,
        py: Python<'_>,
        client: i32,
        name: &str,
        broadcast: bool,
        bounce: bool,
        accepts: Option<Vec<u8>>,
    ) -> PyResult<()> {
        use alsa_seq::abi::flags::ClientFilter;

        let name = cut(name);
        let mut info = ClientInfo::zeroed();
        info.client = self.own();
        self.ioctl(
            py,
            Operation::SetClientInfo,
            Subject::Client(self.shared.id),
            |fd| {
                fd.get_client_info(&mut info)?;
                if client != 0 {
                    info.client = client;
                }
                info.name.set(&name);
                info.filter.set(ClientFilter::BROADCAST, broadcast);
                info.filter.set(ClientFilter::BOUNCE, bounce);
                info.filter.set(ClientFilter::USE_EVENT, accepts.is_some());
                for number in 0..=u8::MAX {
                    let accepted = accepts.as_ref().is_some_and(|all| all.contains(&number));
                    info.set_accepts_event(number, accepted);
                }
                fd.set_client_info(&info)
            },
        )
    }

    /// The client after this one, or the first client after -1. None if there is none.
    fn next_client(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::previous)] client: i32,
    ) -> PyResult<Option<ClientTuple>> {
        let mut info = ClientInfo::zeroed();
        info.client = client;
        self.ioctl(py, Operation::Clients, Subject::None, |fd| {
            match fd.query_next_client(&mut info) {
                Ok(()) => Ok(Some(client_tuple(&info))),
                Err(Errno::ENOENT) => Ok(None),
                Err(errno) => Err(errno),
            }
        })
    }

    fn system_info(&self, py: Python<'_>) -> PyResult<[i32; 6]> {
        let mut info = SystemInfo::zeroed();
        self.ioctl(py, Operation::SystemInfo, Subject::None, |fd| {
            fd.system_info(&mut info)?;
            Ok([
                info.queues,
                info.clients,
                info.ports,
                info.channels,
                info.cur_clients,
                info.cur_queues,
            ])
        })
    }

    /// Connects two ports; `flags` are those of the kernel.
    fn connect(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::sender)] sender: (u8, u8),
        #[pyo3(from_py_with = argument::dest)] dest: (u8, u8),
        #[pyo3(from_py_with = argument::queue)] queue: u8,
        flags: u32,
    ) -> PyResult<()> {
        let (link, subject) = link(sender, dest, queue, flags);
        self.ioctl(py, Operation::Connect, subject, |fd| {
            fd.subscribe_port(&link)
        })
    }

    /// Disconnects two ports. The flags of the connection do not matter.
    fn disconnect(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::sender)] sender: (u8, u8),
        #[pyo3(from_py_with = argument::dest)] dest: (u8, u8),
    ) -> PyResult<()> {
        let (mut link, subject) = link(sender, dest, 0, 0);
        self.ioctl(py, Operation::Disconnect, subject, |fd| {
            match fd.unsubscribe_port(&link) {
                Err(Errno::ENOENT) => {}
                result => return result,
            }
            // The kernel finds a connection with time stamps only by its flags.
            fd.get_subscription(&mut link)?;
            fd.unsubscribe_port(&link)
        })
    }

    /// One connection of a port. ALSAError with -ENOENT after the last one.
    fn query_subs(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::root)] root: (u8, u8),
        direction: i32,
        index: i32,
    ) -> PyResult<(i32, (u8, u8), u8, u32)> {
        let mut query = QuerySubs::zeroed();
        query.root = abi::Address::new(root.0, root.1);
        query.query_type = direction;
        query.index = index;
        let subject = port_subject(root.0, root.1);
        self.ioctl(py, Operation::Connections, subject, |fd| {
            fd.query_subs(&mut query)?;
            let addr = (query.addr.client, query.addr.port);
            Ok((query.num_subs, addr, query.queue, query.flags.bits()))
        })
    }

    fn client_pool(&self, py: Python<'_>) -> PyResult<[i32; 6]> {
        let mut pool = ClientPool::zeroed();
        pool.client = self.own();
        self.ioctl(
            py,
            Operation::ClientPool,
            Subject::Client(self.shared.id),
            |fd| {
                fd.get_client_pool(&mut pool)?;
                Ok(pool_array(&pool))
            },
        )
    }

    /// Changes the pools. A size of 0 changes nothing.
    fn set_client_pool(
        &self,
        py: Python<'_>,
        #[pyo3(from_py_with = argument::output_pool)] output: i32,
        #[pyo3(from_py_with = argument::input_pool)] input: i32,
        #[pyo3(from_py_with = argument::output_room)] room: i32,
    ) -> PyResult<()> {
        let mut pool = ClientPool::zeroed();
        pool.client = self.own();
        self.ioctl(
            py,
            Operation::SetClientPool,
            Subject::Client(self.shared.id),
            |fd| {
                let mut output = output;
                if room != 0 && output == 0 {
                    // Without the size, the first event resets the room.
                    fd.get_client_pool(&mut pool)?;
                    output = pool.output_pool;
                    if room > output {
                        return Err(Errno::EINVAL);
                    }
                }
                pool.output_pool = output;
                pool.input_pool = input;
                pool.output_room = room;
                fd.set_client_pool(&mut pool)
            },
        )
    }

    /// Finds a port by a text of numbers or names.
    fn parse_address(&self, py: Python<'_>, text: &str) -> PyResult<(u8, u8)> {
        let address = self.call(py, |shared| shared.control.parse_address(text))?;
        Ok((address.client.number(), address.port.number()))
    }
}

fn pool_array(pool: &ClientPool) -> [i32; 6] {
    [
        pool.client,
        pool.output_pool,
        pool.input_pool,
        pool.output_room,
        pool.output_free,
        pool.input_free,
    ]
}

fn link(sender: (u8, u8), dest: (u8, u8), queue: u8, flags: u32) -> (PortSubscribe, Subject) {
    let mut link = PortSubscribe::zeroed();
    link.sender = abi::Address::new(sender.0, sender.1);
    link.dest = abi::Address::new(dest.0, dest.1);
    link.queue = queue;
    link.flags = SubscribeFlags::from_bits_retain(flags);
    let subject = Subject::Connection {
        sender: link.sender.into(),
        receiver: link.dest.into(),
    };
    (link, subject)
}
