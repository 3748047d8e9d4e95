//! The kernel's descriptions of clients and of itself.

use std::borrow::Cow;
use std::fmt;

use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::flags::ClientFilter;
use alsa_seq_kernel_abi::info as abi;

use crate::address::ClientId;
use crate::control::{ClientControl, MidiVersion};
use crate::error::{Operation, Result, Subject, errno};

mod filter;

pub use filter::{EventFilter, GroupFilter};

/// Information about clients and the sequencer.
impl ClientControl {
    /// Returns the sequencer's limits, and the numbers of existing clients and queues.
    ///
    /// # Errors
    /// None are known.
    #[doc(alias = "snd_seq_system_info")]
    pub fn system_info(&self) -> Result<SystemInfo> {
        let mut info = abi::SystemInfo::zeroed();
        self.client(Operation::SystemInfo)?
            .fd()
            .system_info(&mut info)
            .map_err(errno(Operation::SystemInfo))?;
        Ok(SystemInfo::new(info))
    }

    /// Returns the kernel's description of a client.
    ///
    /// # Errors
    /// `NotFound` if the client does not exist (ENOENT).
    #[doc(alias = "snd_seq_get_any_client_info")]
    pub fn client_info(&self, client: impl Into<ClientId>) -> Result<ClientInfo> {
        let client = client.into();
        let mut info = abi::ClientInfo::zeroed();
        info.client = i32::from(client.number());
        self.client(Operation::ClientInfo)?
            .fd()
            .get_client_info(&mut info)
            .map_err(errno(Operation::ClientInfo))
            .map_err(|error| error.about(Subject::Client(client)))?;
        Ok(ClientInfo::new(info))
    }

    /// Returns the kernel's description of this client.
    ///
    /// # Errors
    /// None are known.
    #[doc(alias = "snd_seq_get_client_info")]
    pub fn info(&self) -> Result<ClientInfo> {
        self.client_info(self.id())
    }
}

/// The kind of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "snd_seq_client_type_t")]
pub enum ClientKind {
    /// A program.
    User,
    /// A driver, or the kernel itself.
    Kernel,
}

/// A client, as the kernel describes it.
#[derive(Clone, PartialEq, Eq)]
#[doc(alias = "snd_seq_client_info_t")]
pub struct ClientInfo(abi::ClientInfo);

impl ClientInfo {
    pub(crate) const fn new(raw: abi::ClientInfo) -> Self {
        Self(raw)
    }

    /// The client's number.
    pub fn id(&self) -> ClientId {
        // The kernel numbers clients from 0 to 191.
        ClientId::new(u8::try_from(self.0.client).unwrap_or(u8::MAX))
    }

    /// The client's name. Bytes that are not UTF-8 are replaced.
    pub fn name(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.0.name.as_bytes_until_nul())
    }

    /// The kind of the client.
    #[doc(alias = "snd_seq_client_info_get_type")]
    pub const fn kind(&self) -> ClientKind {
        if self.0.client_type == consts::KERNEL_CLIENT {
            ClientKind::Kernel
        } else {
            ClientKind::User
        }
    }

    /// The number of its ports.
    pub fn num_ports(&self) -> usize {
        usize::try_from(self.0.num_ports).unwrap_or(0)
    }

    /// The number of the client's own scheduled events that were lost in this way: the
    /// kernel could not deliver the event, tried to return it to the client
    /// ([`ClientControl::set_error_bounce`]), and the client had no room for it.
    ///
    /// The kernel counts no other losses. It does not count the events of other clients
    /// that it could not deliver to this client. For those, the receiver gets
    /// [`ErrorKind::Overrun`], and the sender of a direct event
    /// [`ErrorKind::ReceiverFull`].
    ///
    /// [`ClientControl::set_error_bounce`]: crate::ClientControl::set_error_bounce
    /// [`ErrorKind::Overrun`]: crate::ErrorKind::Overrun
    /// [`ErrorKind::ReceiverFull`]: crate::ErrorKind::ReceiverFull
    pub fn events_lost(&self) -> usize {
        usize::try_from(self.0.event_lost).unwrap_or(0)
    }

    /// The number of a hardware client's sound card; [`Card::read`](crate::Card::read)
    /// returns more about it. `None` for programs, and for the kernel's own clients.
    pub fn card(&self) -> Option<u32> {
        u32::try_from(self.0.card).ok()
    }

    /// The id of the *thread* that opened the client, if the client is a program and
    /// visible in this process namespace.
    pub fn pid(&self) -> Option<u32> {
        u32::try_from(self.0.pid).ok().filter(|pid| *pid != 0)
    }

    /// The types of events that the client accepts.
    #[doc(alias = "snd_seq_client_info_get_event_filter")]
    pub fn event_filter(&self) -> EventFilter {
        if self.0.filter.contains(ClientFilter::USE_EVENT) {
            EventFilter::of(&self.0)
        } else {
            EventFilter::ALL
        }
    }

    /// Returns whether the kernel returns the client's scheduled events that it could not deliver.
    #[doc(alias = "snd_seq_client_info_get_error_bounce")]
    pub const fn error_bounce(&self) -> bool {
        self.0.filter.contains(ClientFilter::BOUNCE)
    }

    /// The version of MIDI of the client. Always `Legacy` before Linux 6.5. A version
    /// that this library does not know counts as the newest known one.
    #[doc(alias = "snd_seq_client_info_get_midi_version")]
    pub const fn midi_version(&self) -> MidiVersion {
        MidiVersion::from_number(self.0.midi_version)
    }

    /// Returns whether the kernel converts the events of other clients to this client's version of
    /// MIDI. Always true before Linux 6.5.
    #[doc(alias = "snd_seq_client_info_get_ump_conversion")]
    pub const fn ump_conversion(&self) -> bool {
        !self.0.filter.contains(ClientFilter::NO_CONVERT)
    }

    /// The UMP groups whose events the client accepts. All groups before Linux 6.5.
    #[doc(alias = "snd_seq_client_info_get_ump_group_enabled")]
    #[doc(alias = "snd_seq_client_info_get_ump_groupless_enabled")]
    pub const fn group_filter(&self) -> GroupFilter {
        GroupFilter::of(&self.0)
    }

    /// The kernel's struct, with all fields.
    pub const fn raw(&self) -> &abi::ClientInfo {
        &self.0
    }
}

/// The number of the client.
impl From<&ClientInfo> for ClientId {
    fn from(info: &ClientInfo) -> Self {
        info.id()
    }
}

impl fmt::Debug for ClientInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("ClientInfo");
        out.field("id", &self.id())
            .field("name", &self.name())
            .field("kind", &self.kind())
            .field("num_ports", &self.num_ports());
        if let Some(card) = self.card() {
            out.field("card", &card);
        }
        if let Some(pid) = self.pid() {
            out.field("pid", &pid);
        }
        if self.midi_version().is_ump() {
            out.field("midi_version", &self.midi_version());
        }
        if self.events_lost() != 0 {
            out.field("events_lost", &self.events_lost());
        }
        if self.error_bounce() {
            out.field("error_bounce", &self.error_bounce());
        }
        if self.event_filter() != EventFilter::ALL {
            out.field("event_filter", &self.event_filter());
        }
        if self.group_filter() != GroupFilter::ALL {
            out.field("group_filter", &self.group_filter());
        }
        out.finish()
    }
}

/// The sequencer's limits, and the numbers of existing clients and queues.
#[derive(Clone, Copy, PartialEq, Eq)]
#[doc(alias = "snd_seq_system_info_t")]
pub struct SystemInfo(abi::SystemInfo);

impl SystemInfo {
    const fn new(raw: abi::SystemInfo) -> Self {
        Self(raw)
    }

    /// The maximum number of queues.
    pub fn max_queues(&self) -> usize {
        usize::try_from(self.0.queues).unwrap_or(0)
    }

    /// The maximum number of clients.
    pub fn max_clients(&self) -> usize {
        usize::try_from(self.0.clients).unwrap_or(0)
    }

    /// The maximum number of ports of a client.
    pub fn max_ports(&self) -> usize {
        usize::try_from(self.0.ports).unwrap_or(0)
    }

    /// The number of clients.
    pub fn num_clients(&self) -> usize {
        usize::try_from(self.0.cur_clients).unwrap_or(0)
    }

    /// The number of queues.
    pub fn num_queues(&self) -> usize {
        usize::try_from(self.0.cur_queues).unwrap_or(0)
    }
}

impl fmt::Debug for SystemInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemInfo")
            .field("num_clients", &self.num_clients())
            .field("max_clients", &self.max_clients())
            .field("num_queues", &self.num_queues())
            .field("max_queues", &self.max_queues())
            .field("max_ports", &self.max_ports())
            .finish()
    }
}
