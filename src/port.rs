//! Ports: where events enter and leave a client.

use std::borrow::Cow;
use std::sync::{Arc, Weak};

use alsa_seq_kernel_abi::consts;
use alsa_seq_kernel_abi::flags::PortFlags;
pub use alsa_seq_kernel_abi::flags::{PortCaps, PortType};
use alsa_seq_kernel_abi::info as abi;

use crate::address::{Address, PortId, QueueId};
use crate::client::{ClientControl, set_name};
use crate::error::{Error, ErrorKind, Operation, Result, Subject};
use crate::io::errno;
use crate::subscription::{Stamp, SubscribeOptions, Subscription};

/// A port to be made.
///
/// Unless told otherwise it goes both ways, everybody may connect to it, and
/// it is a software port that speaks MIDI. A name alone stands for such a
/// port: `client.create_port("out")`.
#[derive(Clone, Debug)]
#[must_use = "it only describes a port"]
pub struct PortOptions {
    name: String,
    caps: PortCaps,
    port_type: PortType,
    number: Option<PortId>,
    midi_channels: u16,
    midi_voices: u16,
    synth_voices: u16,
    stamp: Option<Stamp>,
    direction: Option<PortDirection>,
    ump_group: u8,
}

impl PortOptions {
    /// A port that events can be received from.
    pub const READ: PortCaps = PortCaps::READ.union(PortCaps::SUBS_READ);
    /// A port that events can be sent to.
    pub const WRITE: PortCaps = PortCaps::WRITE.union(PortCaps::SUBS_WRITE);
    /// A port for both.
    pub const READ_WRITE: PortCaps = Self::READ.union(Self::WRITE);

    /// Another name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// A port of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            caps: Self::READ_WRITE,
            port_type: PortType::MIDI_GENERIC.union(PortType::SOFTWARE),
            number: None,
            midi_channels: 0,
            midi_voices: 0,
            synth_voices: 0,
            stamp: None,
            direction: None,
            ump_group: 0,
        }
    }

    /// What others may do with it: [`PortOptions::READ`],
    /// [`PortOptions::WRITE`], both, or any bits.
    #[doc(alias = "snd_seq_port_info_set_capability")]
    pub fn caps(mut self, caps: PortCaps) -> Self {
        self.caps = caps;
        self
    }

    /// What it is, for others to know.
    #[doc(alias = "snd_seq_port_info_set_type")]
    pub fn port_type(mut self, bits: PortType) -> Self {
        self.port_type = bits;
        self
    }

    /// Its number, 0 to 252. The kernel takes the lowest free one unless told
    /// otherwise.
    #[doc(alias = "snd_seq_port_info_set_port_specified")]
    pub fn number(mut self, number: impl Into<PortId>) -> Self {
        self.number = Some(number.into());
        self
    }

    /// How many MIDI channels it has, for others to know.
    #[doc(alias = "snd_seq_port_info_set_midi_channels")]
    pub fn midi_channels(mut self, channels: u16) -> Self {
        self.midi_channels = channels;
        self
    }

    /// How many MIDI voices it has, for others to know.
    #[doc(alias = "snd_seq_port_info_set_midi_voices")]
    pub fn midi_voices(mut self, voices: u16) -> Self {
        self.midi_voices = voices;
        self
    }

    /// How many synthesizer voices it has, for others to know.
    #[doc(alias = "snd_seq_port_info_set_synth_voices")]
    pub fn synth_voices(mut self, voices: u16) -> Self {
        self.synth_voices = voices;
        self
    }

    /// Which way MIDI goes, for others to know. The kernel takes it from the
    /// capabilities unless told otherwise. Since Linux 6.5; ignored before.
    #[doc(alias = "snd_seq_port_info_set_direction")]
    pub fn direction(mut self, direction: PortDirection) -> Self {
        self.direction = Some(direction);
        self
    }

    /// The UMP group of the port, 1 to 16; 0, the default, for none. Since
    /// Linux 6.5; ignored before.
    #[doc(alias = "snd_seq_port_info_set_ump_group")]
    pub fn ump_group(mut self, group: u8) -> Self {
        self.ump_group = group;
        self
    }

    /// Stamps what arrives with the queue's ticks.
    #[doc(alias = "snd_seq_port_info_set_timestamping")]
    pub fn stamp_ticks(mut self, queue: impl Into<QueueId>) -> Self {
        self.stamp = Some(Stamp::Ticks(queue.into()));
        self
    }

    /// Stamps what arrives with the queue's real time.
    #[doc(alias = "snd_seq_port_info_set_timestamp_real")]
    pub fn stamp_real_time(mut self, queue: impl Into<QueueId>) -> Self {
        self.stamp = Some(Stamp::RealTime(queue.into()));
        self
    }

    fn to_abi(&self, operation: Operation) -> Result<abi::PortInfo> {
        let mut raw = abi::PortInfo::zeroed();
        set_name(&mut raw.name, &self.name, operation)?;
        raw.capability = self.caps;
        raw.port_type = self.port_type;
        raw.midi_channels = i32::from(self.midi_channels);
        raw.midi_voices = i32::from(self.midi_voices);
        raw.synth_voices = i32::from(self.synth_voices);
        raw.set_direction(self.direction.map_or(0, PortDirection::to_abi));
        if self.ump_group > 16 {
            // The kernel would take it for 0.
            return Err(Error::invalid(
                operation,
                "a UMP group is 1 to 16, or 0 for none",
            ));
        }
        raw.set_ump_group(self.ump_group);
        if let Some(number) = self.number {
            // Linux 6.1 takes more, for ports that then cannot be used.
            if number.number() > 252 {
                return Err(Error::invalid(operation, "a port number is 0 to 252"));
            }
            raw.addr.port = number.number();
            raw.flags |= PortFlags::GIVEN_PORT;
        }
        match self.stamp {
            None => {}
            Some(Stamp::Ticks(queue)) => {
                raw.flags |= PortFlags::TIMESTAMP;
                raw.time_queue = queue.number();
            }
            Some(Stamp::RealTime(queue)) => {
                raw.flags |= PortFlags::TIMESTAMP | PortFlags::TIME_REAL;
                raw.time_queue = queue.number();
            }
        }
        Ok(raw)
    }
}

/// What it takes to make a port like this one, or to change some of it.
impl From<&PortInfo> for PortOptions {
    fn from(info: &PortInfo) -> Self {
        let small = |number: i32| u16::try_from(number).unwrap_or(0);
        Self {
            name: info.name().into_owned(),
            caps: info.caps(),
            port_type: info.port_type(),
            number: None,
            midi_channels: small(info.raw.midi_channels),
            midi_voices: small(info.raw.midi_voices),
            synth_voices: small(info.raw.synth_voices),
            stamp: info.stamp(),
            direction: info.direction(),
            ump_group: info.ump_group().unwrap_or(0),
        }
    }
}

impl From<&str> for PortOptions {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for PortOptions {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

impl ClientControl {
    /// Makes a port.
    ///
    /// # Errors
    /// - `InvalidInput` if the name is too long or the number above 252;
    /// - `Busy` if the number is taken;
    /// - `LimitReached` if the client has 254 ports.
    #[doc(alias = "snd_seq_create_port")]
    #[doc(alias = "snd_seq_create_simple_port")]
    pub fn create_port(&self, options: impl Into<PortOptions>) -> Result<Port> {
        let options = options.into();
        let mut raw = options.to_abi(Operation::CreatePort)?;
        raw.addr.client = self.id().number();
        if let Some(number) = options.number {
            // Linux 6.1 makes a second port of the same number.
            let address = Address::from((self.id(), number));
            if self.port_info(address).is_ok() {
                return Err(Error::new(Operation::CreatePort, ErrorKind::Busy)
                    .about(Subject::Port(address)));
            }
        }
        if let Err(error) = self.fd().create_port(&mut raw) {
            let full = self
                .client_info(self.id())
                .is_ok_and(|info| info.num_ports() >= 254);
            let error = errno(Operation::CreatePort)(error);
            return Err(match full {
                true => error.with_kind(ErrorKind::LimitReached),
                false => error,
            });
        }
        Ok(Port {
            control: self.downgrade(),
            address: raw.addr.into(),
            keep: false,
        })
    }
}

/// A port of an open client.
///
/// It does not borrow the client, and may be used from any thread; when the
/// client is closed, its methods fail with
/// [`Closed`](ErrorKind::Closed). Dropping it deletes the port;
/// [`Port::keep`] leaves the port to the client.
#[derive(Debug)]
#[must_use = "a port is deleted when it is dropped"]
pub struct Port {
    control: Weak<ClientControl>,
    address: Address,
    keep: bool,
}

impl Port {
    /// The port's address.
    pub const fn address(&self) -> Address {
        self.address
    }

    /// The port's number.
    pub const fn id(&self) -> PortId {
        self.address.port
    }

    /// What the kernel knows of it.
    ///
    /// # Errors
    /// `Closed` if the client is.
    #[doc(alias = "snd_seq_get_port_info")]
    pub fn info(&self) -> Result<PortInfo> {
        self.control(Operation::PortInfo)?.port_info(self.address)
    }

    /// Changes the port into what `options` describe; all of them count, but
    /// for the number. To change some of it, start from what it is:
    ///
    /// ```no_run
    /// # fn rename(port: &alsa_seq::Port) -> alsa_seq::Result<()> {
    /// use alsa_seq::PortOptions;
    ///
    /// port.set_info(PortOptions::from(&port.info()?).name("new name"))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Connections stay as they are, but what can no longer be written to
    /// refuses what comes over them.
    ///
    /// # Errors
    /// `InvalidInput` if the name is empty or too long; `NotFound` if somebody
    /// deleted the port.
    #[doc(alias = "snd_seq_set_port_info")]
    pub fn set_info(&self, options: PortOptions) -> Result<()> {
        let control = self.control(Operation::SetPortInfo)?;
        let mut raw = options.to_abi(Operation::SetPortInfo)?;
        if options.name.is_empty() {
            // The kernel would take it for "no change".
            let message = "a name must not be empty";
            return Err(Error::invalid(Operation::SetPortInfo, message));
        }
        raw.addr = self.address.to_abi();
        // The kernel says nothing of a port that does not exist.
        control.port_info(self.address)?;
        control
            .fd()
            .set_port_info(&raw)
            .map_err(errno(Operation::SetPortInfo))
            .map_err(|error| error.about(Subject::Port(self.address)))
    }

    /// Who receives from this port.
    ///
    /// # Errors
    /// `Closed` if the client is.
    #[doc(alias = "list_subscribers")]
    pub fn receivers(&self) -> Result<Vec<Subscription>> {
        self.control(Operation::QuerySubscribers)?
            .subscriptions_from(self)
            .collect()
    }

    /// Who sends to this port.
    ///
    /// # Errors
    /// `Closed` if the client is.
    #[doc(alias = "list_subscribers")]
    pub fn senders(&self) -> Result<Vec<Subscription>> {
        self.control(Operation::QuerySubscribers)?
            .subscriptions_to(self)
            .collect()
    }

    /// Connects to another port: what this one sends to its subscribers goes
    /// there.
    ///
    /// # Errors
    /// As [`ClientControl::subscribe`].
    #[doc(alias = "snd_seq_connect_to")]
    pub fn connect_to(&self, dest: impl Into<Address>) -> Result<()> {
        self.control(Operation::Subscribe)?
            .subscribe(self, dest, SubscribeOptions::new())
    }

    /// Connects from another port: what that one sends to its subscribers
    /// comes here.
    ///
    /// # Errors
    /// As [`ClientControl::subscribe`].
    #[doc(alias = "snd_seq_connect_from")]
    pub fn connect_from(&self, sender: impl Into<Address>) -> Result<()> {
        self.control(Operation::Subscribe)?
            .subscribe(sender, self, SubscribeOptions::new())
    }

    /// Undoes [`Port::connect_to`].
    ///
    /// # Errors
    /// As [`ClientControl::unsubscribe`].
    #[doc(alias = "snd_seq_disconnect_to")]
    pub fn disconnect_to(&self, dest: impl Into<Address>) -> Result<()> {
        self.control(Operation::Unsubscribe)?
            .unsubscribe(self, dest)
    }

    /// Undoes [`Port::connect_from`].
    ///
    /// # Errors
    /// As [`ClientControl::unsubscribe`].
    #[doc(alias = "snd_seq_disconnect_from")]
    pub fn disconnect_from(&self, sender: impl Into<Address>) -> Result<()> {
        self.control(Operation::Unsubscribe)?
            .unsubscribe(sender, self)
    }

    /// Deletes the port, as dropping it does, but tells of errors.
    ///
    /// # Errors
    /// `Closed` if the client is; the port is then gone already.
    #[doc(alias = "snd_seq_delete_port")]
    pub fn close(mut self) -> Result<()> {
        self.keep = true;
        self.delete()
    }

    /// Leaves the port to the client, and returns its address. It lives as
    /// long as the client does.
    pub fn keep(mut self) -> Address {
        self.keep = true;
        self.address
    }

    fn delete(&self) -> Result<()> {
        let mut raw = abi::PortInfo::zeroed();
        raw.addr = self.address.to_abi();
        self.control(Operation::DeletePort)?
            .fd()
            .delete_port(&raw)
            .map_err(errno(Operation::DeletePort))
            .map_err(|error| error.about(Subject::Port(self.address)))
    }

    fn control(&self, operation: Operation) -> Result<Arc<ClientControl>> {
        self.control.upgrade().ok_or_else(|| {
            Error::new(operation, ErrorKind::Closed).about(Subject::Port(self.address))
        })
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        if !self.keep {
            // It may be gone already, with its client.
            let _ = self.delete();
        }
    }
}

impl From<&Port> for Address {
    fn from(port: &Port) -> Self {
        port.address
    }
}

impl From<&Port> for PortId {
    fn from(port: &Port) -> Self {
        port.address.port
    }
}

/// Which way MIDI goes through a port, seen from the device behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PortDirection {
    /// From the port to its subscribers.
    #[doc(alias = "SNDRV_SEQ_PORT_DIR_INPUT")]
    Input,
    /// From its senders to the port.
    #[doc(alias = "SNDRV_SEQ_PORT_DIR_OUTPUT")]
    Output,
    /// Both ways.
    #[doc(alias = "SNDRV_SEQ_PORT_DIR_BIDIRECTION")]
    Bidirectional,
}

impl PortDirection {
    const fn to_abi(self) -> u8 {
        match self {
            Self::Input => consts::PORT_DIR_INPUT,
            Self::Output => consts::PORT_DIR_OUTPUT,
            Self::Bidirectional => consts::PORT_DIR_BIDIRECTION,
        }
    }

    const fn from_abi(direction: u8) -> Option<Self> {
        match direction {
            consts::PORT_DIR_INPUT => Some(Self::Input),
            consts::PORT_DIR_OUTPUT => Some(Self::Output),
            consts::PORT_DIR_BIDIRECTION => Some(Self::Bidirectional),
            _ => None,
        }
    }
}

/// A port of any client, as the kernel describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "snd_seq_port_info_t")]
pub struct PortInfo {
    raw: abi::PortInfo,
    client_name: Option<String>,
}

impl PortInfo {
    pub(crate) const fn new(raw: abi::PortInfo) -> Self {
        Self {
            raw,
            client_name: None,
        }
    }

    pub(crate) fn with_client_name(mut self, name: &str) -> Self {
        self.client_name = Some(name.to_owned());
        self
    }

    /// The port's address.
    pub fn address(&self) -> Address {
        self.raw.addr.into()
    }

    /// The port's name. Bytes that are not UTF-8 are replaced.
    pub fn name(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.raw.name.as_bytes_until_nul())
    }

    /// The name of the port's client, if the port was listed by
    /// [`ClientControl::list_ports`].
    pub fn client_name(&self) -> Option<&str> {
        self.client_name.as_deref()
    }

    /// What others may do with it.
    pub const fn caps(&self) -> PortCaps {
        self.raw.capability
    }

    /// What it is.
    pub const fn port_type(&self) -> PortType {
        self.raw.port_type
    }

    /// How many MIDI channels it has, as it says.
    pub fn midi_channels(&self) -> usize {
        usize::try_from(self.raw.midi_channels).unwrap_or(0)
    }

    /// How many MIDI voices it has, as it says.
    pub fn midi_voices(&self) -> usize {
        usize::try_from(self.raw.midi_voices).unwrap_or(0)
    }

    /// How many synthesizer voices it has, as it says.
    pub fn synth_voices(&self) -> usize {
        usize::try_from(self.raw.synth_voices).unwrap_or(0)
    }

    /// Which clock stamps what arrives, if any does.
    pub fn stamp(&self) -> Option<Stamp> {
        let queue = QueueId::new(self.raw.time_queue);
        if !self.raw.flags.contains(PortFlags::TIMESTAMP) {
            None
        } else if self.raw.flags.contains(PortFlags::TIME_REAL) {
            Some(Stamp::RealTime(queue))
        } else {
            Some(Stamp::Ticks(queue))
        }
    }

    /// Which way MIDI goes. `None` before Linux 6.5.
    pub fn direction(&self) -> Option<PortDirection> {
        let (direction, copy) = self.raw.direction_copies();
        PortDirection::from_abi(direction.max(copy))
    }

    /// The UMP group, 1 to 16. `None` before Linux 6.5.
    pub fn ump_group(&self) -> Option<u8> {
        let (group, copy) = self.raw.ump_group_copies();
        (1..=16)
            .contains(&group.max(copy))
            .then_some(group.max(copy))
    }

    /// How many ports receive from it.
    pub fn read_use(&self) -> usize {
        usize::try_from(self.raw.read_use).unwrap_or(0)
    }

    /// How many ports send to it.
    pub fn write_use(&self) -> usize {
        usize::try_from(self.raw.write_use).unwrap_or(0)
    }

    /// All of it, as the kernel's struct.
    pub const fn raw(&self) -> &abi::PortInfo {
        &self.raw
    }
}

impl From<&PortInfo> for Address {
    fn from(port: &PortInfo) -> Self {
        port.address()
    }
}
