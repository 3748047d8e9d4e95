//! What the typed events carry. Fields have the kernel's widths, because the
//! kernel does not check them: note 200 on channel 99 arrives as it was sent.
//! The `new` functions are for people, and check what MIDI allows.

use crate::value::{channel, check, data7};
use crate::{Address, ClientId, QueueId, RealTime, ValueError};

/// A note that a queue ends by itself.
///
/// It must be scheduled on a queue: the kernel sends a note-on at the event's
/// time and a note-off `duration` later, with `off_velocity`. It refuses to
/// deliver one directly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[doc(alias = "snd_seq_ev_note_t")]
pub struct Note {
    /// MIDI channel, 0 to 15.
    pub channel: u8,
    /// Key number, 0 to 127; 60 is middle C.
    pub note: u8,
    /// Note-on velocity, 0 to 127.
    pub velocity: u8,
    /// Velocity of the note-off, 0 to 127.
    pub off_velocity: u8,
    /// Length: in ticks when the event is scheduled in ticks, in
    /// *milliseconds* when it is scheduled in real time.
    pub duration: u32,
}

impl Note {
    /// A note with off-velocity 0.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or note or velocity is not 0 to 127.
    #[inline]
    pub fn new(
        channel_number: u8,
        note: u8,
        velocity: u8,
        duration: u32,
    ) -> Result<Self, ValueError> {
        let key = Key::new(channel_number, note, velocity)?;
        Ok(Self {
            channel: key.channel,
            note: key.note,
            velocity: key.velocity,
            off_velocity: 0,
            duration,
        })
    }
}

/// A key going down or up, or being pressed harder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Key {
    /// MIDI channel, 0 to 15.
    pub channel: u8,
    /// Key number, 0 to 127; 60 is middle C.
    pub note: u8,
    /// Velocity or pressure, 0 to 127. The kernel delivers a note-on with
    /// velocity 0 as it is.
    pub velocity: u8,
}

impl Key {
    /// Checked against MIDI's ranges.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or note or velocity is not 0 to 127.
    #[inline]
    pub fn new(channel_number: u8, note: u8, velocity: u8) -> Result<Self, ValueError> {
        Ok(Self {
            channel: channel(channel_number)?,
            note: data7("note", note)?,
            velocity: data7("velocity", velocity)?,
        })
    }
}

/// A numbered parameter of a channel: a controller, RPN or NRPN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[doc(alias = "snd_seq_ev_ctrl_t")]
pub struct Controller {
    /// MIDI channel, 0 to 15.
    pub channel: u8,
    /// Controller number 0 to 127, or RPN/NRPN number 0 to 16383.
    pub param: u32,
    /// 0 to 127, or 0 to 16383 for 14-bit kinds.
    pub value: i32,
}

impl Controller {
    /// A 7-bit controller change.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or number or value is not 0 to 127.
    #[inline]
    pub fn new(channel_number: u8, controller: u8, value: u8) -> Result<Self, ValueError> {
        Ok(Self {
            channel: channel(channel_number)?,
            param: u32::from(data7("controller", controller)?),
            value: i32::from(data7("value", value)?),
        })
    }

    /// A controller 0 to 31 with a 14-bit value, sent as a pair of controllers
    /// (MSB, and LSB 32 higher) where it meets MIDI bytes.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, the number not 0 to 31, or the value not
    /// 0 to 16383.
    #[inline]
    pub fn new_14bit(channel_number: u8, controller: u8, value: u16) -> Result<Self, ValueError> {
        Ok(Self {
            channel: channel(channel_number)?,
            param: u32::from(check("controller", controller, 0, 31)?),
            value: i32::from(check("value", value, 0, 0x3fff)?),
        })
    }

    /// A registered or non-registered parameter with a 14-bit value.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or number or value is not 0 to 16383.
    #[inline]
    pub fn new_parameter(
        channel_number: u8,
        parameter: u16,
        value: u16,
    ) -> Result<Self, ValueError> {
        Ok(Self {
            channel: channel(channel_number)?,
            param: u32::from(check("parameter", parameter, 0, 0x3fff)?),
            value: i32::from(check("value", value, 0, 0x3fff)?),
        })
    }
}

/// One value of a channel: program, pressure or pitch bend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ChannelValue {
    /// MIDI channel, 0 to 15.
    pub channel: u8,
    /// Program or pressure 0 to 127; pitch bend -8192 to 8191, 0 at rest.
    pub value: i32,
}

impl ChannelValue {
    /// A program number or a pressure.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or the value is not 0 to 127.
    #[inline]
    pub fn new(channel_number: u8, value: u8) -> Result<Self, ValueError> {
        Ok(Self {
            channel: channel(channel_number)?,
            value: i32::from(data7("value", value)?),
        })
    }

    /// A pitch bend.
    ///
    /// # Errors
    /// If the channel is not 0 to 15, or the bend is not -8192 to 8191.
    #[inline]
    pub fn new_bend(channel_number: u8, bend: i16) -> Result<Self, ValueError> {
        Ok(Self {
            channel: channel(channel_number)?,
            value: i32::from(check("pitch bend", bend, -8192, 8191)?),
        })
    }
}

/// A queue and a number that is meant for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "snd_seq_ev_queue_control_t")]
pub struct QueueValue<T> {
    /// The queue that is controlled; not the queue that the event is
    /// scheduled on.
    pub queue: QueueId,
    /// What for.
    pub value: T,
}

/// A queue's speed, apart from its tempo: it runs at `value / base`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "snd_seq_queue_skew_t")]
pub struct Skew {
    /// Numerator.
    pub value: u32,
    /// Denominator. The kernel accepts 0x10000 alone.
    pub base: u32,
}

/// The two integers of the system's own events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[doc(alias = "snd_seq_result_t")]
pub struct ResultData {
    /// The event type that this is about.
    pub event: i32,
    /// What came of it.
    pub result: i32,
}

/// A subscription, as announced: who sends to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "snd_seq_connect_t")]
pub struct Connection {
    /// The port that events come from.
    pub sender: Address,
    /// The port that receives them.
    pub dest: Address,
}

/// What an old kernel says of an event that it could not deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "snd_seq_ev_quote")]
pub struct Quote {
    /// The port that the event was meant for.
    pub origin: Address,
    /// Of a kernel error: the errno.
    pub value: u16,
}

/// A function block of a UMP client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias = "snd_seq_ev_ump_notify_t")]
pub struct UmpBlock {
    /// The client.
    pub client: ClientId,
    /// The number of the block, 0 to 31.
    pub block: u8,
}

/// Which of the `N` event types for programs' own use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserNumber<const N: u8>(pub(super) u8);

impl<const N: u8> UserNumber<N> {
    /// Number `number`, from 0.
    ///
    /// # Errors
    /// If there are only `N` of them.
    #[inline]
    pub fn new(number: u8) -> Result<Self, ValueError> {
        Ok(Self(check("user event", number, 0, i64::from(N) - 1)?))
    }

    /// The number.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// The twelve payload bytes of an event that has no meaning of its own.
pub type RawData = [u8; 12];

/// A queue and a position on its real-time clock.
pub type QueueTime = QueueValue<RealTime>;
