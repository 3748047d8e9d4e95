//! UMP endpoints: what a client of MIDI 2.0 says of itself, and a client that is
//! one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::info as abi;
use alsa_seq_kernel_abi::ump::{UmpBlockInfo, UmpEndpointInfo};

use crate::address::{Address, ClientId, PortId};
use crate::control::ClientControl;
use crate::error::{Error, Operation, Result, Subject, errno, found};
use crate::port::{Port, PortOptions};
use crate::ump::Group;

mod info;
mod options;
mod ports;

pub use alsa_seq_kernel_abi::flags::UmpProtocol;
pub use info::{EndpointInfo, FunctionBlockInfo};
pub use options::{DeviceIdentity, EndpointOptions, FunctionBlockOptions};

/// The specification's limit, and the kernel's.
const MAX_BLOCKS: u8 = consts::UMP_MAX_BLOCKS;

/// What clients say of their endpoints.
impl ClientControl {
    /// What a UMP client says of its endpoint. Drivers of MIDI 2.0 devices say
    /// what the device does. Since Linux 6.5.
    ///
    /// # Errors
    /// - `NotFound` if there is no such client (ENOENT), it is no UMP client
    ///   (EBADFD), or it says nothing (ENODEV);
    /// - `Unsupported` if the kernel has no UMP (ENOTTY).
    #[doc(alias = "snd_seq_get_ump_endpoint_info")]
    pub fn endpoint_info(&self, client: impl Into<ClientId>) -> Result<EndpointInfo> {
        let kind = consts::CLIENT_UMP_INFO_ENDPOINT;
        let answer = self.ump_info(client.into(), kind, Operation::EndpointInfo)?;
        Ok(EndpointInfo::new(answer.endpoint()))
    }

    /// What a UMP client says of one of its function blocks, 0 to 31. Since
    /// Linux 6.5.
    ///
    /// # Errors
    /// - `NotFound` if there is no such client (ENOENT), it is no UMP client
    ///   (EBADFD), or says nothing of this block (ENODEV);
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

    /// All function blocks that a UMP client says something of, in the order of
    /// their numbers. A client that goes away meanwhile has no more. Since Linux
    /// 6.5.
    ///
    /// # Errors
    /// As [`ClientControl::endpoint_info`].
    pub fn function_blocks(&self, client: impl Into<ClientId>) -> Result<Vec<FunctionBlockInfo>> {
        let client = client.into();
        let count = self.endpoint_info(client)?.num_blocks();
        let mut blocks = Vec::new();
        for number in 0..count.min(MAX_BLOCKS) {
            // It may have told their number, and not yet what they are.
            blocks.extend(found(self.function_block(client, number))?);
        }
        Ok(blocks)
    }

    /// Makes this client a UMP endpoint: tells others what it is, and makes its
    /// ports. Since Linux 6.5.
    ///
    /// Port 0 is the endpoint itself: what arrives there may be of any group, and
    /// so may what is sent from it. Port 1 is group 0 (which people call "Group
    /// 1"), and so on. The kernel passes what is sent from a group's port to
    /// those who are connected with the endpoint's port too, and the other way
    /// round; who is connected with both gets everything twice.
    ///
    /// A client can be one endpoint, and must have none of these ports yet.
    ///
    /// # Errors
    /// - `InvalidInput` if the client was not opened as a UMP client, or the
    ///   options do not fit together; nothing is then changed;
    /// - `Busy` if it is an endpoint already, or one of the ports exists;
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
        // The ports are there when others are told of the endpoint.
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

/// The kernel's number for the information of a function block. It knows which
/// are too large.
fn block_kind(block: u8) -> i32 {
    consts::CLIENT_UMP_INFO_BLOCK + i32::from(block)
}

/// A client that is a UMP endpoint, with its ports: see
/// [`ClientControl::create_endpoint`].
///
/// Dropping it deletes the ports. What the client said of itself stays, for the
/// kernel cannot forget it, until the client is closed.
#[derive(Debug)]
#[must_use = "its ports are deleted when it is dropped"]
pub struct Endpoint {
    port: Port,
    groups: Vec<Port>,
    /// Held while something is read, changed and written back.
    update: Mutex<()>,
}

impl Endpoint {
    /// The port of the endpoint itself, for packets of any group.
    pub const fn port(&self) -> &Port {
        &self.port
    }

    /// The port of a group, if the endpoint has it.
    pub fn group_port(&self, group: Group) -> Option<&Port> {
        self.groups.get(usize::from(group.number()))
    }

    /// The ports of the groups, beginning with group 0.
    pub fn group_ports(&self) -> &[Port] {
        &self.groups
    }

    /// What the client says of the endpoint.
    ///
    /// # Errors
    /// `Closed` if the client is.
    pub fn info(&self) -> Result<EndpointInfo> {
        let control = self.port.control(Operation::EndpointInfo)?;
        control.endpoint_info(control.id())
    }

    /// The function blocks, in the order of their numbers.
    ///
    /// # Errors
    /// `Closed` if the client is.
    pub fn function_blocks(&self) -> Result<Vec<FunctionBlockInfo>> {
        let control = self.port.control(Operation::FunctionBlock)?;
        control.function_blocks(control.id())
    }

    /// Says something else of the endpoint: its name, its identity and so on.
    /// Its groups and function blocks stay as they are, whatever the options
    /// say. Others are told ([`EventData::UmpEndpointChange`]) since Linux 6.14.
    ///
    /// [`EventData::UmpEndpointChange`]: crate::EventData::UmpEndpointChange
    ///
    /// # Errors
    /// `InvalidInput` if a name is too long; `Closed` if the client is.
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

    /// Changes a function block, or adds the next one; the ports of its groups
    /// change their names, directions and whether they are active. A function
    /// block cannot be taken away, only be made
    /// [inactive](FunctionBlockOptions::active). Others are told
    /// ([`EventData::UmpBlockChange`]) since Linux 6.14.
    ///
    /// [`EventData::UmpBlockChange`]: crate::EventData::UmpBlockChange
    ///
    /// # Errors
    /// - `InvalidInput` if the number is neither that of a block nor the next
    ///   one, the name is too long, the endpoint has not these groups, or it
    ///   said that its blocks never change;
    /// - `Closed` if the client is.
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
            // Others are not told of what is as it was.
            if PortOptions::from(&port.info()?).number(port) != wanted {
                port.set_info(wanted)?;
            }
        }
        Ok(())
    }

    /// Leaves the ports to the client, and returns the endpoint's address. They
    /// live as long as the client does.
    pub fn keep(self) -> Address {
        for port in self.groups {
            port.keep();
        }
        self.port.keep()
    }

    fn update(&self) -> MutexGuard<'_, ()> {
        // There is no data that a panic could have left half done.
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
