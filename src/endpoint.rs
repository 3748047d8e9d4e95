//! UMP endpoints: the descriptions of UMP clients, and clients that are endpoints.

use std::sync::{Mutex, MutexGuard, PoisonError};

use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::info as abi;
use alsa_seq_kernel_abi::ump::{UmpBlockInfo, UmpEndpointInfo};

use crate::address::{Address, ClientId, PortId};
use crate::control::ClientControl;
use crate::error::{Error, Operation, Result, Subject, errno, if_found};
use crate::port::{Port, PortOptions};
use crate::ump::Group;

mod info;
mod options;
mod ports;

pub use alsa_seq_kernel_abi::flags::UmpProtocol;
pub use info::{EndpointInfo, FunctionBlockInfo};
pub use options::{DeviceIdentity, EndpointOptions, FunctionBlockOptions};

/// The limit of the specification and of the kernel.
const MAX_BLOCKS: u8 = consts::UMP_MAX_BLOCKS;

/// Descriptions of endpoints.
impl ClientControl {
    /// Returns a UMP client's description of its endpoint. Drivers of MIDI 2.0 devices
    /// return the description of the device. Since Linux 6.5.
    ///
    /// # Errors
    /// - `NotFound` if the client does not exist (ENOENT), is not a UMP client (EBADFD),
    ///   or has no description (ENODEV);
    /// - `Unsupported` if the kernel has no UMP (ENOTTY).
    #[doc(alias = "snd_seq_get_ump_endpoint_info")]
    pub fn endpoint_info(&self, client: impl Into<ClientId>) -> Result<EndpointInfo> {
        let kind = consts::CLIENT_UMP_INFO_ENDPOINT;
        let answer = self.ump_info(client.into(), kind, Operation::EndpointInfo)?;
        Ok(EndpointInfo::new(answer.endpoint()))
    }

    /// Returns a UMP client's description of one of its function blocks, 0 to 31. Since
    /// Linux 6.5.
    ///
    /// # Errors
    /// - `NotFound` if the client does not exist (ENOENT), is not a UMP client (EBADFD),
    ///   or has no description of this block (ENODEV);
    /// - `InvalidInput` if the block is not 0 to 31 (EINVAL);
    /// - `Unsupported` if the kernel has no UMP (ENOTTY).
    #[doc(alias = "snd_seq_get_ump_block_info")]
    pub fn function_block(
        &self,
        client: impl Into<ClientId>,
        block: u8,
    ) -> Result<FunctionBlockInfo> {
        let kind = block_kind(block);
        let answer = self.ump_info(client.into(), kind, Operation::FunctionBlock)?;
        Ok(FunctionBlockInfo::new(block, answer.block()))
    }

    /// Returns all function blocks that a UMP client has described, in the order of their
    /// numbers. If the client is closed during the call, the remaining blocks are
    /// missing. Since Linux 6.5.
    ///
    /// # Errors
    /// The errors of [`ClientControl::endpoint_info`].
    pub fn function_blocks(&self, client: impl Into<ClientId>) -> Result<Vec<FunctionBlockInfo>> {
        let client = client.into();
        let count = self.endpoint_info(client)?.num_blocks();
        let mut blocks = Vec::new();
        for number in 0..count.min(MAX_BLOCKS) {
            // The client may have set the number of its blocks, but not described them
            // yet.
            blocks.extend(if_found(self.function_block(client, number))?);
        }
        Ok(blocks)
    }

    /// Makes this client a UMP endpoint: publishes its description, and creates its
    /// ports. Since Linux 6.5.
    ///
    /// Port 0 is the endpoint itself: it receives and sends packets of any group. Port 1
    /// is group 0 (called "Group 1" in user interfaces), and so on. The kernel also
    /// delivers the events of a group's port to the receivers of the endpoint's port, and
    /// the other way round. A receiver that is connected with both gets every event
    /// twice.
    ///
    /// A client can only be one endpoint, and must not have any of these ports yet.
    ///
    /// # Errors
    /// - `InvalidInput` if the client was not opened as a UMP client, or the options
    ///   contradict each other; the client is then unchanged;
    /// - `Busy` if the client is an endpoint already, or one of the ports exists;
    /// - `Unsupported` if the kernel has no UMP.
    #[doc(alias = "snd_seq_create_ump_endpoint")]
    #[doc(alias = "snd_seq_create_ump_block")]
    #[doc(alias = "snd_seq_set_ump_endpoint_info")]
    pub fn create_endpoint(&self, options: impl Into<EndpointOptions>) -> Result<Endpoint> {
        self.need_ump(Operation::CreateEndpoint)?;
        let options = options.into();
        if !self.midi_version().is_ump() {
            let message = "only a UMP client can be an endpoint; open it with a `midi_version`";
            return Err(Error::invalid(Operation::CreateEndpoint, message));
        }
        let groups = options.number_of_groups()?;
        let info = options.to_abi(self.midi_version(), Operation::CreateEndpoint)?;
        let blocks = options
            .blocks
            .iter()
            .zip(0..)
            .map(|(block, number)| block.to_abi(number, groups, Operation::CreateEndpoint))
            .collect::<Result<Vec<_>>>()?;

        let endpoint = self.create_port(ports::of_endpoint())?;
        let groups = Group::all()
            .take(usize::from(groups))
            .map(|group| self.create_port(ports::of_group(group, &blocks)))
            .collect::<Result<Vec<_>>>()?;
        // The ports exist before the kernel announces the endpoint.
        self.set_endpoint(&info, Operation::CreateEndpoint)?;
        for block in &blocks {
            self.set_function_block(block, Operation::CreateEndpoint)?;
        }
        Ok(Endpoint {
            port: endpoint,
            groups,
            update: Mutex::new(()),
        })
    }

    fn ump_info(
        &self,
        client: ClientId,
        kind: i32,
        operation: Operation,
    ) -> Result<abi::ClientUmpInfo> {
        let mut info = abi::ClientUmpInfo::zeroed();
        info.client = i32::from(client.number());
        info.info_type = kind;
        self.client(operation)?
            .fd()
            .get_client_ump_info(&mut info)
            .map_err(errno(operation))
            .map_err(|error| error.about(Subject::Client(client)))?;
        Ok(info)
    }

    fn set_endpoint(&self, endpoint: &UmpEndpointInfo, operation: Operation) -> Result<()> {
        let mut info = abi::ClientUmpInfo::zeroed();
        info.info_type = consts::CLIENT_UMP_INFO_ENDPOINT;
        info.set_endpoint(endpoint);
        self.set_ump_info(info, operation)
    }

    fn set_function_block(&self, block: &UmpBlockInfo, operation: Operation) -> Result<()> {
        let mut info = abi::ClientUmpInfo::zeroed();
        info.info_type = block_kind(block.block_id);
        info.set_block(block);
        self.set_ump_info(info, operation)
    }

    fn set_ump_info(&self, mut info: abi::ClientUmpInfo, operation: Operation) -> Result<()> {
        info.client = i32::from(self.id().number());
        self.client(operation)?
            .fd()
            .set_client_ump_info(&info)
            .map_err(errno(operation))
            .map_err(|error| error.about(Subject::Client(self.id())))
    }
}

/// The kernel's number for the information of a function block. The kernel refuses
/// numbers that are too large.
fn block_kind(block: u8) -> i32 {
    consts::CLIENT_UMP_INFO_BLOCK + i32::from(block)
}

/// A client that is a UMP endpoint, with its ports: see
/// [`ClientControl::create_endpoint`].
///
/// Dropping it deletes the ports. The client's description stays until the client is
/// closed, because the kernel cannot remove it.
#[derive(Debug)]
#[must_use = "its ports are deleted when it is dropped"]
pub struct Endpoint {
    port: Port,
    groups: Vec<Port>,
    /// Locked while a record is read, changed and written back.
    update: Mutex<()>,
}

impl Endpoint {
    /// The port of the endpoint itself, for packets of any group.
    pub const fn port(&self) -> &Port {
        &self.port
    }

    /// The port of a group, if the endpoint has this group.
    pub fn group_port(&self, group: Group) -> Option<&Port> {
        self.groups.get(usize::from(group.number()))
    }

    /// The ports of the groups, beginning with group 0.
    pub fn group_ports(&self) -> &[Port] {
        &self.groups
    }

    /// Returns the client's description of the endpoint.
    ///
    /// # Errors
    /// `Closed` if the client was closed.
    pub fn info(&self) -> Result<EndpointInfo> {
        let control = self.port.control(Operation::EndpointInfo)?;
        control.endpoint_info(control.id())
    }

    /// The function blocks, in the order of their numbers.
    ///
    /// # Errors
    /// `Closed` if the client was closed.
    pub fn function_blocks(&self) -> Result<Vec<FunctionBlockInfo>> {
        let control = self.port.control(Operation::FunctionBlock)?;
        control.function_blocks(control.id())
    }

    /// Changes the description of the endpoint: its name, its identity and so on. The
    /// groups and function blocks in the options are ignored. Since Linux 6.14, the
    /// kernel announces the change ([`EventData::UmpEndpointChange`]).
    ///
    /// [`EventData::UmpEndpointChange`]: crate::EventData::UmpEndpointChange
    ///
    /// # Errors
    /// `InvalidInput` if a name is too long; `Closed` if the client was closed.
    #[doc(alias = "snd_seq_set_ump_endpoint_info")]
    pub fn set_info(&self, options: impl Into<EndpointOptions>) -> Result<()> {
        let options = options.into();
        let control = self.port.control(Operation::SetEndpointInfo)?;
        let mut info = options
            .to_abi(control.midi_version(), Operation::SetEndpointInfo)
            .map_err(|error| error.about(Subject::Client(control.id())))?;
        let _one_at_a_time = self.update();
        info.num_blocks.set(self.info()?.num_blocks().into());
        control.set_endpoint(&info, Operation::SetEndpointInfo)
    }

    /// Changes a function block, or adds the next one. The names, the directions and the
    /// active state of the ports of its groups change as well. A function block cannot be
    /// removed, but it can be made [inactive](FunctionBlockOptions::active). Since Linux
    /// 6.14, the kernel announces the change ([`EventData::UmpBlockChange`]).
    ///
    /// [`EventData::UmpBlockChange`]: crate::EventData::UmpBlockChange
    ///
    /// # Errors
    /// - `InvalidInput` if the number is neither that of a block nor the next one, the
    ///   name is too long, the endpoint does not have these groups, or it has declared
    ///   that its blocks never change;
    /// - `Closed` if the client was closed.
    #[doc(alias = "snd_seq_set_ump_block_info")]
    pub fn set_function_block(
        &self,
        number: u8,
        block: impl Into<FunctionBlockOptions>,
    ) -> Result<()> {
        const OPERATION: Operation = Operation::SetFunctionBlock;

        let block = block.into();
        let control = self.port.control(OPERATION)?;
        let about = |error: Error| error.about(Subject::Client(control.id()));
        let groups = u8::try_from(self.groups.len()).unwrap_or(u8::MAX);
        let raw = block.to_abi(number, groups, OPERATION).map_err(about)?;
        let _one_at_a_time = self.update();
        let info = self.info()?;
        if info.has_static_blocks() {
            let message = "the endpoint said that its function blocks never change";
            return Err(about(Error::invalid(OPERATION, message)));
        }
        if number > info.num_blocks() || number >= MAX_BLOCKS {
            let message = "there is no such function block, and it is not the next one, up to 31";
            return Err(about(Error::invalid(OPERATION, message)));
        }
        if number == info.num_blocks() {
            let mut info = *info.raw();
            info.num_blocks.set(u32::from(number) + 1);
            control.set_endpoint(&info, OPERATION)?;
        }
        control.set_function_block(&raw, OPERATION)?;
        let blocks: Vec<_> = self
            .function_blocks()?
            .iter()
            .map(|block| *block.raw())
            .collect();
        for (port, group) in self.groups.iter().zip(Group::all()) {
            let wanted = ports::of_group(group, &blocks);
            // Without a change, this makes no call, because the kernel would announce it.
            if PortOptions::from(&port.info()?).number(port) != wanted {
                port.set_info(wanted)?;
            }
        }
        Ok(())
    }

    /// Drops the handle without deleting the ports, and returns the endpoint's address.
    /// The ports then exist until the client is closed.
    pub fn keep(self) -> Address {
        for port in self.groups {
            port.keep();
        }
        self.port.keep()
    }

    fn update(&self) -> MutexGuard<'_, ()> {
        // The mutex protects no data, so a panic leaves nothing inconsistent.
        self.update.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<&Endpoint> for Address {
    fn from(endpoint: &Endpoint) -> Self {
        endpoint.port.address()
    }
}

impl From<&Endpoint> for PortId {
    fn from(endpoint: &Endpoint) -> Self {
        endpoint.port.id()
    }
}
