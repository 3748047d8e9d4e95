//! A client's own settings: its name, its filters, its pools.

use std::fmt;

use alsa_seq_kernel_abi::consts::USER_CLIENT;
use alsa_seq_kernel_abi::flags::ClientFilter;
use alsa_seq_kernel_abi::info as abi;
use alsa_seq_kernel_abi::limits::MAX_POOL;

use crate::address::ClientId;
use crate::control::{ClientControl, Direction, set_name};
use crate::error::{Error, Operation, Result, Subject, errno};
use crate::event::EventType;
use crate::info::{EventFilter, GroupFilter};

/// The kernel's memory for a client's events, in cells. An event takes one cell, and
/// another one for each 28 bytes of data.
#[derive(Clone, Copy, PartialEq, Eq)]
#[doc(alias = "snd_seq_client_pool_t")]
pub struct ClientPool(abi::ClientPool);

impl ClientPool {
    /// The number of cells for the client's scheduled events.
    pub fn output(&self) -> usize {
        count(self.0.output_pool)
    }

    /// The number of cells for events that the client has not read yet.
    pub fn input(&self) -> usize {
        count(self.0.input_pool)
    }

    /// The number of output cells that must be free before `poll` reports the client as
    /// writable; 0 before its first event.
    pub fn output_room(&self) -> usize {
        count(self.0.output_room)
    }

    /// The number of free output cells; 0 before the client's first event.
    pub fn output_free(&self) -> usize {
        count(self.0.output_free)
    }

    /// The number of free input cells.
    pub fn input_free(&self) -> usize {
        count(self.0.input_free)
    }
}

impl fmt::Debug for ClientPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientPool")
            .field("output", &self.output())
            .field("output_free", &self.output_free())
            .field("output_room", &self.output_room())
            .field("input", &self.input())
            .field("input_free", &self.input_free())
            .finish()
    }
}

fn count(cells: i32) -> usize {
    usize::try_from(cells).unwrap_or(0)
}

/// This client's own settings.
impl ClientControl {
    /// Renames this client.
    ///
    /// # Errors
    /// `InvalidInput` if the name is empty, has more than 63 bytes or a NUL.
    #[doc(alias = "snd_seq_set_client_name")]
    pub fn set_name(&self, name: &str) -> Result<()> {
        self.set_info(|info| set_client_name(info, name))
    }

    /// Accepts only events of these types; with [`EventFilter::ALL`], events of every
    /// type.
    ///
    /// ```no_run
    /// use alsa_seq::{EventFilter, EventType, SequencerClient};
    ///
    /// let client = SequencerClient::open("picky")?;
    /// client.set_event_filter([EventType::NOTE_ON, EventType::NOTE_OFF])?;
    /// client.set_event_filter(EventType::ECHO)?;
    /// client.set_event_filter(EventFilter::ALL.without(EventType::CLOCK))?;
    /// # Ok::<(), alsa_seq::Error>(())
    /// ```
    ///
    /// # Errors
    /// None are known.
    #[doc(alias = "snd_seq_set_client_event_filter")]
    #[doc(alias = "snd_seq_client_info_event_filter_add")]
    pub fn set_event_filter(&self, filter: impl Into<EventFilter>) -> Result<()> {
        let filter = filter.into();
        self.set_info(|info| {
            // Without the flag, the kernel accepts all types without a check.
            let is_set = filter != EventFilter::ALL;
            info.filter.set(ClientFilter::USE_EVENT, is_set);
            for number in 0..=u8::MAX {
                let accept = is_set && filter.accepts(EventType::new(number));
                info.set_accepts_event(number, accept);
            }
            Ok(())
        })
    }

    /// Sets whether the kernel returns scheduled events that it could not deliver. It
    /// returns them as [`EventData::Bounce`](crate::EventData::Bounce) to their source
    /// port, if that port can be written to.
    ///
    /// # Errors
    /// None are known.
    #[doc(alias = "snd_seq_client_info_set_error_bounce")]
    pub fn set_error_bounce(&self, on: bool) -> Result<()> {
        self.set_info(|info| {
            info.filter.set(ClientFilter::BOUNCE, on);
            Ok(())
        })
    }

    /// Resets [`ClientInfo::events_lost`](crate::ClientInfo::events_lost) of this client
    /// to 0.
    ///
    /// # Errors
    /// None are known.
    pub fn reset_events_lost(&self) -> Result<()> {
        self.set_info(|info| {
            info.event_lost = 0;
            Ok(())
        })
    }

    /// Sets the name and the MIDI version of a client that was just opened. It need not
    /// read the client's record first, because all other fields are still 0.
    pub(crate) fn introduce(&self, name: &str) -> Result<()> {
        let mut info = abi::ClientInfo::zeroed();
        info.client = i32::from(self.id().number());
        info.client_type = USER_CLIENT;
        info.midi_version = self.midi_version().number();
        set_client_name(&mut info, name)?;
        self.write_info(&info)
    }

    /// Checks that the kernel has accepted the MIDI version of a client that was just
    /// opened. Otherwise, this library would decode its records with the wrong size.
    pub(crate) fn check_midi_version(&self) -> Result<()> {
        let version = self.midi_version();
        if !version.is_ump() || self.info()?.midi_version() == version {
            return Ok(());
        }
        let message = "the kernel did not accept the MIDI version";
        Err(Error::failed(Operation::Open, message))
    }

    /// Reads this client's record, changes it, and writes it back.
    fn set_info(&self, change: impl FnOnce(&mut abi::ClientInfo) -> Result<()>) -> Result<()> {
        let open = self.client(Operation::SetClientInfo)?;
        let _one_at_a_time = open.update();
        let mut info = *self.info()?.raw();
        change(&mut info)?;
        self.write_info(&info)
    }

    fn write_info(&self, info: &abi::ClientInfo) -> Result<()> {
        self.client(Operation::SetClientInfo)?
            .fd()
            .set_client_info(info)
            .map_err(self.failed(Operation::SetClientInfo))
    }

    /// Returns the kernel's memory for this client's events.
    ///
    /// # Errors
    /// None are known.
    #[doc(alias = "snd_seq_get_client_pool")]
    pub fn pool(&self) -> Result<ClientPool> {
        self.client_pool(self.id())
    }

    /// Returns the kernel's memory for a client's events.
    ///
    /// # Errors
    /// `NotFound` if the client does not exist (ENOENT).
    pub fn client_pool(&self, client: impl Into<ClientId>) -> Result<ClientPool> {
        let client = client.into();
        let mut pool = abi::ClientPool::zeroed();
        pool.client = i32::from(client.number());
        self.client(Operation::ClientPool)?
            .fd()
            .get_client_pool(&mut pool)
            .map_err(errno(Operation::ClientPool))
            .map_err(|error| error.about(Subject::Client(client)))?;
        Ok(ClientPool(pool))
    }

    /// Sets the number of cells for scheduled events, 1 to 2000.
    ///
    /// # Errors
    /// `InvalidInput` if the number is out of range; `Busy` if events of this client wait
    /// in queues (EBUSY).
    #[doc(alias = "snd_seq_set_client_pool_output")]
    pub fn set_output_pool(&self, cells: usize) -> Result<()> {
        self.resize_pools(Some(cells), None)
    }

    /// Sets the number of cells for events that were not read yet, 1 to 2000. A change
    /// drops all unread events. So set it before you create the first port, or by
    /// [`ClientOptions::input_pool`].
    ///
    /// [`ClientOptions::input_pool`]: crate::ClientOptions::input_pool
    ///
    /// # Errors
    /// `InvalidInput` if the number is out of range, or if the client was opened for
    /// output only, and so receives nothing.
    #[doc(alias = "snd_seq_set_client_pool_input")]
    pub fn set_input_pool(&self, cells: usize) -> Result<()> {
        self.resize_pools(None, Some(cells))
    }

    /// Sets the number of output cells that must be free before `poll` reports the client
    /// as writable, from 1 to the size of the output pool.
    ///
    /// A sending call that waits for more cells raises it during the wait.
    ///
    /// # Errors
    /// `InvalidInput` if it is out of range.
    #[doc(alias = "snd_seq_set_client_pool_output_room")]
    pub fn set_output_room(&self, cells: usize) -> Result<()> {
        let open = self.client(Operation::SetClientPool)?;
        let _one_at_a_time = open.update();
        // Also sets the size: otherwise, the kernel loses the room when it creates the
        // pool.
        let mut pool = self.pool()?.0;
        pool.input_pool = 0;
        pool.output_room = checked(cells, count(pool.output_pool))?;
        self.client(Operation::SetClientPool)?
            .fd()
            .set_client_pool(&mut pool)
            .map_err(self.failed(Operation::SetClientPool))
    }

    pub(crate) fn resize_pools(&self, output: Option<usize>, input: Option<usize>) -> Result<()> {
        if input.is_some() && self.direction() == Direction::Output {
            // The kernel would ignore the size.
            let message = "a client that was opened for output alone has no input pool";
            return Err(Error::invalid(Operation::SetClientPool, message));
        }
        let size = |cells: Option<usize>| cells.map_or(Ok(0), |cells| checked(cells, MAX_POOL));
        let mut pool = abi::ClientPool::zeroed();
        pool.client = i32::from(self.id().number());
        // The kernel does not change a pool for a size of 0.
        pool.output_pool = size(output)?;
        pool.input_pool = size(input)?;
        self.client(Operation::SetClientPool)?
            .fd()
            .set_client_pool(&mut pool)
            .map_err(self.failed(Operation::SetClientPool))
    }
}

/// Settings of this client for UMP.
impl ClientControl {
    /// Sets whether the kernel converts the events of other clients to this client's
    /// version of MIDI. The default is true. Without conversion, a UMP client receives
    /// every event as it was sent, UMP or not, and a legacy client does not receive UMP
    /// events. Since Linux 6.5.
    ///
    /// # Errors
    /// `Unsupported` if the kernel has no UMP.
    #[doc(alias = "snd_seq_set_client_ump_conversion")]
    #[doc(alias = "snd_seq_client_info_set_ump_conversion")]
    pub fn set_ump_conversion(&self, on: bool) -> Result<()> {
        self.need_ump(Operation::SetClientInfo)?;
        self.set_info(|info| {
            info.filter.set(ClientFilter::NO_CONVERT, !on);
            Ok(())
        })
    }

    /// Accepts only events of these UMP groups. Since Linux 6.5.
    ///
    /// # Errors
    /// `Unsupported` if the kernel has no UMP.
    #[doc(alias = "snd_seq_client_info_set_ump_group_enabled")]
    #[doc(alias = "snd_seq_client_info_set_ump_groupless_enabled")]
    pub fn set_group_filter(&self, filter: GroupFilter) -> Result<()> {
        self.need_ump(Operation::SetClientInfo)?;
        self.set_info(|info| {
            info.group_filter = filter.blocked();
            Ok(())
        })
    }
}

/// Checks a number of cells. The kernel would ignore a number that is out of range.
fn checked(cells: usize, most: usize) -> Result<i32> {
    let message = if most == MAX_POOL {
        "a pool has 1 to 2000 cells"
    } else {
        "the room is 1 to the size of the output pool"
    };
    i32::try_from(cells)
        .ok()
        .filter(|number| *number >= 1 && cells <= most)
        .ok_or_else(|| Error::invalid(Operation::SetClientPool, message))
}

fn set_client_name(info: &mut abi::ClientInfo, name: &str) -> Result<()> {
    if name.is_empty() {
        // The kernel would treat an empty name as "no change".
        let message = "a name must not be empty";
        return Err(Error::invalid(Operation::SetClientInfo, message));
    }
    set_name(&mut info.name, name, Operation::SetClientInfo)
}
