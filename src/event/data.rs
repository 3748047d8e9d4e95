//! The typed form of every event, and its translation from and to the
//! kernel's twelve data bytes. The two matches below are each other's mirror.

use alsa_seq_kernel_abi::event as abi;
use alsa_seq_kernel_abi::flags::EventFlags;
use alsa_seq_kernel_abi::limits;

use super::payload::{
    ChannelValue, Connection, Controller, Key, Note, QueueTime, QueueValue, Quote, RawData,
    ResultData, Skew, UmpBlock, UserNumber,
};
use super::{Bounce, EventType};
use crate::ump::Packet;
use crate::{Address, ClientId, QueueId, RealTime};

/// What an event means. Small data is held by value, data of variable length
/// is borrowed from where the event lies; it is the [`Event`](super::Event) that
/// can own it.
///
/// The enum will grow with the kernel: match with a `_` arm. Types that have
/// no variant yet come as [`EventData::Other`], with all their bytes.
// Owned data would have to be dropped, which costs more than all else that is done
// with most events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventData<'a> {
    /// Reserved for the system.
    System(ResultData),
    /// A return value from the system.
    Result(ResultData),
    /// A note with a length; it must be scheduled on a queue.
    Note(Note),
    /// A key goes down.
    NoteOn(Key),
    /// A key goes up.
    NoteOff(Key),
    /// Pressure on one key (polyphonic aftertouch).
    KeyPressure(Key),
    /// A controller changes.
    ControlChange(Controller),
    /// A channel gets another program.
    ProgramChange(ChannelValue),
    /// Pressure on a channel (aftertouch).
    ChannelPressure(ChannelValue),
    /// A channel's pitch is bent, -8192 to 8191.
    PitchBend(ChannelValue),
    /// A controller changes, with 14 bits.
    Control14Bit(Controller),
    /// A non-registered parameter changes.
    Nrpn(Controller),
    /// A registered parameter changes.
    Rpn(Controller),
    /// Song position, in MIDI beats (sixteenth notes), 0 to 16383.
    SongPosition(i32),
    /// Song number, 0 to 127.
    SongSelect(i32),
    /// MIDI time code quarter frame, 0 to 127.
    QuarterFrame(i32),
    /// Time signature of a MIDI file: its four bytes, the numerator on top.
    TimeSignature(i32),
    /// Key signature of a MIDI file: its two bytes.
    KeySignature(i32),
    /// MIDI start; to [`Address::TIMER`]: start this queue. The queue first
    /// drops every event that waits in it.
    Start(QueueId),
    /// MIDI continue; to the timer port: let this queue go on.
    Continue(QueueId),
    /// MIDI stop; to the timer port: stop this queue.
    Stop(QueueId),
    /// Set a queue's position in ticks.
    SetPositionTick(QueueValue<u32>),
    /// Set a queue's position in real time.
    SetPositionTime(QueueTime),
    /// Set a queue's tempo: microseconds per quarter note.
    Tempo(QueueValue<i32>),
    /// MIDI clock.
    Clock(QueueId),
    /// MIDI tick.
    Tick(QueueId),
    /// Set a queue's skew.
    QueueSkew(QueueValue<Skew>),
    /// A sync position.
    SyncPosition(QueueValue<u32>),
    /// Tune request.
    TuneRequest,
    /// Reset to power-on state.
    Reset,
    /// Active sensing.
    ActiveSensing,
    /// An event that means what its sender and receiver agreed on.
    Echo(RawData),
    /// Raw OSS event.
    Oss(RawData),
    /// A client has come.
    ClientStart(ClientId),
    /// A client has gone.
    ClientExit(ClientId),
    /// A client's info has changed.
    ClientChange(ClientId),
    /// A port has come.
    PortStart(Address),
    /// A port has gone, and its subscriptions with it.
    PortExit(Address),
    /// A port's info has changed.
    PortChange(Address),
    /// Two ports were connected.
    ///
    /// The kernel says so twice, both times from [`Address::ANNOUNCE`]. Each of
    /// the two ports is told itself, if it can be written to and another client
    /// connects it: *before* the connection carries events. What the port sends
    /// to its subscribers at once may go to nobody, without an error; and the
    /// connection may still be refused, and a `PortUnsubscribed` follow. The
    /// announcement comes when all is done, to the subscribers of
    /// [`Address::ANNOUNCE`]. [`Event::dest`](crate::Event::dest) tells the two
    /// apart. So who wants to greet a new subscriber waits for the announcement,
    /// with a port of its own, or uses a `TopologyMonitor`.
    PortSubscribed(Connection),
    /// Two ports were disconnected. The two are told themselves, as of
    /// [`PortSubscribed`](Self::PortSubscribed). It is not announced of ports that
    /// go away.
    PortUnsubscribed(Connection),
    /// A UMP endpoint's info has changed: see
    /// `ClientControl::endpoint_info`. Sent since Linux 6.14.
    UmpEndpointChange(ClientId),
    /// A UMP function block's info has changed: see
    /// `ClientControl::function_block`. Sent since Linux 6.14.
    UmpBlockChange(UmpBlock),
    /// For programs' own use: number 0 to 9, and data.
    User(UserNumber<10>, RawData),
    /// A queued event that could not be delivered, told by kernels that do not
    /// bounce (before 6.5).
    KernelError(Quote),
    /// An event inside of another, within the kernel.
    KernelQuote(Quote),
    /// A Universal MIDI Packet; [`Packet::decode`] tells what it means. Only
    /// UMP clients send and receive these. Since Linux 6.5.
    Ump(Packet),
    /// Says nothing. The kernel swallows it.
    None,
    /// System-exclusive bytes, of a whole message or of a part of one.
    SysEx(&'a [u8]),
    /// A queued event that could not be delivered comes back to a client that
    /// asked for that.
    Bounce(Bounce<'a>),
    /// For programs' own use: number 0 to 4, and data of any length.
    UserVar(UserNumber<5>, &'a [u8]),
    /// A type that has no variant here.
    Other {
        /// The type.
        event_type: EventType,
        /// The data of variable length, if it has any.
        payload: &'a [u8],
        /// The twelve data bytes. If there is a payload, the first four are its
        /// length, and [`Event::new`](crate::Event::new) puts them right.
        data: RawData,
    },
}

/// What the function gives that is not part of the caller's loop. A type of its own,
/// so that the compiler keeps what the loop itself decodes out of this one's memory.
struct Rest<'a>(EventData<'a>);

/// What an event's data becomes in the kernel's record.
pub(super) struct Encoded<'a> {
    pub(super) event_type: EventType,
    pub(super) flags: EventFlags,
    pub(super) data: RawData,
    /// The fourth word of a packet.
    pub(super) ump_word: Option<u32>,
    pub(super) payload: &'a [u8],
}

impl<'a> EventData<'a> {
    /// From a record: its first 28 bytes, the fourth word if it is a UMP
    /// event, and the data of variable length.
    #[inline(always)]
    pub(crate) fn decode(raw: &abi::Event, ump_word: Option<u32>, payload: &'a [u8]) -> Self {
        if let Some(last) = ump_word {
            return Self::Ump(packet(raw, last));
        }
        // By far the most events, and few enough to become part of the caller's
        // own `match`.
        match EventType::new(raw.header.event_type) {
            EventType::NOTE_ON => Self::NoteOn(key(raw)),
            EventType::NOTE_OFF => Self::NoteOff(key(raw)),
            EventType::KEY_PRESSURE => Self::KeyPressure(key(raw)),
            EventType::CONTROL_CHANGE => Self::ControlChange(controller(raw)),
            EventType::PROGRAM_CHANGE => Self::ProgramChange(channel_value(raw)),
            EventType::CHANNEL_PRESSURE => Self::ChannelPressure(channel_value(raw)),
            EventType::PITCH_BEND => Self::PitchBend(channel_value(raw)),
            EventType::CLOCK => Self::Clock(QueueId::new(raw.payload::<abi::QueueControl>().queue)),
            EventType::SYSEX => Self::SysEx(payload),
            // A copy, so that whoever holds an event need not have it in memory.
            event_type => Self::decode_rest(event_type, &{ raw.data }, payload).0,
        }
    }

    /// The types that [`EventData::decode`] leaves.
    #[cold]
    fn decode_rest(event_type: EventType, data: &RawData, payload: &'a [u8]) -> Rest<'a> {
        let data = *data;
        let mut raw = abi::Event::zeroed();
        raw.data = data;
        let control = || raw.payload::<abi::QueueControl>();
        let queue = || QueueId::new(control().queue);
        let result = || {
            let result: abi::EvResult = raw.payload();
            ResultData {
                event: result.event.get(),
                result: result.result.get(),
            }
        };
        let address = || Address::from(raw.payload::<abi::Address>());
        let quote = || {
            let quote: abi::Quote = raw.payload();
            Quote {
                origin: quote.origin.into(),
                value: quote.value.get(),
            }
        };
        let connection = || {
            let connect: abi::Connect = raw.payload();
            Connection {
                sender: connect.sender.into(),
                dest: connect.dest.into(),
            }
        };

        Rest(match event_type {
            EventType::SYSTEM => Self::System(result()),
            EventType::RESULT => Self::Result(result()),
            EventType::NOTE => {
                let note: abi::Note = raw.payload();
                Self::Note(Note {
                    channel: note.channel,
                    note: note.note,
                    velocity: note.velocity,
                    off_velocity: note.off_velocity,
                    duration: note.duration.get(),
                })
            }
            EventType::CONTROL_14BIT => Self::Control14Bit(controller(&raw)),
            EventType::NRPN => Self::Nrpn(controller(&raw)),
            EventType::RPN => Self::Rpn(controller(&raw)),
            EventType::SONG_POSITION => Self::SongPosition(controller(&raw).value),
            EventType::SONG_SELECT => Self::SongSelect(controller(&raw).value),
            EventType::QUARTER_FRAME => Self::QuarterFrame(controller(&raw).value),
            EventType::TIME_SIGNATURE => Self::TimeSignature(controller(&raw).value),
            EventType::KEY_SIGNATURE => Self::KeySignature(controller(&raw).value),
            EventType::START => Self::Start(queue()),
            EventType::CONTINUE => Self::Continue(queue()),
            EventType::STOP => Self::Stop(queue()),
            EventType::SET_POSITION_TICK => Self::SetPositionTick(QueueValue {
                queue: queue(),
                value: control().time().tick(),
            }),
            EventType::SET_POSITION_TIME => {
                let time = control().time().real();
                Self::SetPositionTime(QueueValue {
                    queue: queue(),
                    value: RealTime::from_wire(time.tv_sec.get(), time.tv_nsec.get()),
                })
            }
            EventType::TEMPO => Self::Tempo(QueueValue {
                queue: queue(),
                value: control().value(),
            }),
            EventType::TICK => Self::Tick(queue()),
            EventType::QUEUE_SKEW => {
                let skew = control().skew();
                Self::QueueSkew(QueueValue {
                    queue: queue(),
                    value: Skew {
                        value: skew.value.get(),
                        base: skew.base.get(),
                    },
                })
            }
            EventType::SYNC_POSITION => Self::SyncPosition(QueueValue {
                queue: queue(),
                value: control().position(),
            }),
            EventType::TUNE_REQUEST => Self::TuneRequest,
            EventType::RESET => Self::Reset,
            EventType::ACTIVE_SENSING => Self::ActiveSensing,
            EventType::ECHO => Self::Echo(data),
            EventType::OSS => Self::Oss(data),
            EventType::CLIENT_START => Self::ClientStart(address().client),
            EventType::CLIENT_EXIT => Self::ClientExit(address().client),
            EventType::CLIENT_CHANGE => Self::ClientChange(address().client),
            EventType::PORT_START => Self::PortStart(address()),
            EventType::PORT_EXIT => Self::PortExit(address()),
            EventType::PORT_CHANGE => Self::PortChange(address()),
            EventType::PORT_SUBSCRIBED => Self::PortSubscribed(connection()),
            EventType::PORT_UNSUBSCRIBED => Self::PortUnsubscribed(connection()),
            EventType::UMP_ENDPOINT_CHANGE => Self::UmpEndpointChange(address().client),
            EventType::UMP_BLOCK_CHANGE => {
                let notice: abi::UmpNotify = raw.payload();
                Self::UmpBlockChange(UmpBlock {
                    client: notice.client.into(),
                    block: notice.block,
                })
            }
            user if (EventType::USER0..=EventType::USER9).contains(&user) => {
                Self::User(UserNumber(user.number() - EventType::USER0.number()), data)
            }
            EventType::BOUNCE => Self::Bounce(Bounce::new(payload)),
            user if (EventType::USER_VAR0..=EventType::USER_VAR4).contains(&user) => {
                let number = UserNumber(user.number() - EventType::USER_VAR0.number());
                Self::UserVar(number, payload)
            }
            EventType::KERNEL_ERROR => Self::KernelError(quote()),
            EventType::KERNEL_QUOTE => Self::KernelQuote(quote()),
            EventType::NONE => Self::None,
            event_type => Self::Other {
                event_type,
                data,
                payload,
            },
        })
    }

    /// The type of the event that carries this data. Of a UMP event it is
    /// [`EventType::SYSTEM`], and says nothing.
    #[inline]
    pub fn event_type(&self) -> EventType {
        match self {
            Self::System(_) | Self::Ump(_) => EventType::SYSTEM,
            Self::Result(_) => EventType::RESULT,
            Self::Note(_) => EventType::NOTE,
            Self::NoteOn(_) => EventType::NOTE_ON,
            Self::NoteOff(_) => EventType::NOTE_OFF,
            Self::KeyPressure(_) => EventType::KEY_PRESSURE,
            Self::ControlChange(_) => EventType::CONTROL_CHANGE,
            Self::ProgramChange(_) => EventType::PROGRAM_CHANGE,
            Self::ChannelPressure(_) => EventType::CHANNEL_PRESSURE,
            Self::PitchBend(_) => EventType::PITCH_BEND,
            Self::Control14Bit(_) => EventType::CONTROL_14BIT,
            Self::Nrpn(_) => EventType::NRPN,
            Self::Rpn(_) => EventType::RPN,
            Self::SongPosition(_) => EventType::SONG_POSITION,
            Self::SongSelect(_) => EventType::SONG_SELECT,
            Self::QuarterFrame(_) => EventType::QUARTER_FRAME,
            Self::TimeSignature(_) => EventType::TIME_SIGNATURE,
            Self::KeySignature(_) => EventType::KEY_SIGNATURE,
            Self::Start(_) => EventType::START,
            Self::Continue(_) => EventType::CONTINUE,
            Self::Stop(_) => EventType::STOP,
            Self::SetPositionTick(_) => EventType::SET_POSITION_TICK,
            Self::SetPositionTime(_) => EventType::SET_POSITION_TIME,
            Self::Tempo(_) => EventType::TEMPO,
            Self::Clock(_) => EventType::CLOCK,
            Self::Tick(_) => EventType::TICK,
            Self::QueueSkew(_) => EventType::QUEUE_SKEW,
            Self::SyncPosition(_) => EventType::SYNC_POSITION,
            Self::TuneRequest => EventType::TUNE_REQUEST,
            Self::Reset => EventType::RESET,
            Self::ActiveSensing => EventType::ACTIVE_SENSING,
            Self::Echo(_) => EventType::ECHO,
            Self::Oss(_) => EventType::OSS,
            Self::ClientStart(_) => EventType::CLIENT_START,
            Self::ClientExit(_) => EventType::CLIENT_EXIT,
            Self::ClientChange(_) => EventType::CLIENT_CHANGE,
            Self::PortStart(_) => EventType::PORT_START,
            Self::PortExit(_) => EventType::PORT_EXIT,
            Self::PortChange(_) => EventType::PORT_CHANGE,
            Self::PortSubscribed(_) => EventType::PORT_SUBSCRIBED,
            Self::PortUnsubscribed(_) => EventType::PORT_UNSUBSCRIBED,
            Self::UmpEndpointChange(_) => EventType::UMP_ENDPOINT_CHANGE,
            Self::UmpBlockChange(_) => EventType::UMP_BLOCK_CHANGE,
            Self::User(user, _) => EventType::new(EventType::USER0.number() + user.number()),
            Self::SysEx(_) => EventType::SYSEX,
            Self::Bounce(_) => EventType::BOUNCE,
            Self::UserVar(user, _) => EventType::new(EventType::USER_VAR0.number() + user.number()),
            Self::KernelError(_) => EventType::KERNEL_ERROR,
            Self::KernelQuote(_) => EventType::KERNEL_QUOTE,
            Self::None => EventType::NONE,
            Self::Other { event_type, .. } => *event_type,
        }
    }

    #[inline(always)]
    pub(super) fn encode(self) -> Encoded<'a> {
        let event_type = self.event_type();
        let key = |key: Key| {
            words(&abi::Note {
                channel: key.channel,
                note: key.note,
                velocity: key.velocity,
                ..abi::Note::default()
            })
        };
        let ctrl = |channel: u8, param: u32, value: i32| {
            words(&abi::Ctrl {
                channel,
                unused: [0; 3],
                param: param.into(),
                value: value.into(),
            })
        };
        let queue = |queue: QueueId| abi::QueueControl::new(queue.number());
        let address = |address: Address| words(&address.to_abi());
        let client = |client: ClientId| words(&abi::Address::new(client.number(), 0));
        let connection = |connection: Connection| {
            words(&abi::Connect {
                sender: connection.sender.to_abi(),
                dest: connection.dest.to_abi(),
            })
        };

        let mut payload = &[][..];
        let mut ump_word = None;
        let mut is_variable = event_type.is_variable();
        let data = match self {
            Self::System(result) | Self::Result(result) => words(&abi::EvResult {
                event: result.event.into(),
                result: result.result.into(),
            }),
            Self::Note(note) => words(&abi::Note {
                channel: note.channel,
                note: note.note,
                velocity: note.velocity,
                off_velocity: note.off_velocity,
                duration: note.duration.into(),
            }),
            Self::NoteOn(k) | Self::NoteOff(k) | Self::KeyPressure(k) => key(k),
            Self::ControlChange(c) | Self::Control14Bit(c) | Self::Nrpn(c) | Self::Rpn(c) => {
                ctrl(c.channel, c.param, c.value)
            }
            Self::ProgramChange(c) | Self::ChannelPressure(c) | Self::PitchBend(c) => {
                ctrl(c.channel, 0, c.value)
            }
            Self::SongPosition(value)
            | Self::SongSelect(value)
            | Self::QuarterFrame(value)
            | Self::TimeSignature(value)
            | Self::KeySignature(value) => ctrl(0, 0, value),
            Self::Start(q) | Self::Continue(q) | Self::Stop(q) | Self::Clock(q) | Self::Tick(q) => {
                words(&queue(q))
            }
            Self::SetPositionTick(q) => {
                words(&queue(q.queue).with_time(abi::Timestamp::from_tick(q.value)))
            }
            Self::SetPositionTime(q) => {
                let time = abi::RealTime::new(q.value.secs(), q.value.subsec_nanos());
                words(&queue(q.queue).with_time(abi::Timestamp::from_real(time)))
            }
            Self::Tempo(q) => words(&queue(q.queue).with_value(q.value)),
            Self::QueueSkew(q) => words(&queue(q.queue).with_skew(abi::QueueSkew {
                value: q.value.value.into(),
                base: q.value.base.into(),
            })),
            Self::SyncPosition(q) => words(&queue(q.queue).with_position(q.value)),
            Self::TuneRequest | Self::Reset | Self::ActiveSensing | Self::None => [0; 12],
            Self::Echo(data) | Self::Oss(data) | Self::User(_, data) => data,
            Self::ClientStart(c)
            | Self::ClientExit(c)
            | Self::ClientChange(c)
            | Self::UmpEndpointChange(c) => client(c),
            Self::PortStart(a) | Self::PortExit(a) | Self::PortChange(a) => address(a),
            Self::PortSubscribed(c) | Self::PortUnsubscribed(c) => connection(c),
            Self::UmpBlockChange(block) => words(&abi::UmpNotify {
                client: block.client.number(),
                block: block.block,
            }),
            Self::SysEx(bytes) | Self::UserVar(_, bytes) => {
                payload = bytes;
                [0; 12]
            }
            Self::Bounce(bounce) => {
                payload = bounce.as_bytes();
                [0; 12]
            }
            Self::KernelError(quote) | Self::KernelQuote(quote) => words(&abi::Quote {
                origin: quote.origin.to_abi(),
                value: quote.value.into(),
                ..abi::Quote::zeroed()
            }),
            Self::Ump(packet) => {
                let [first, second, third, last] = packet.to_array();
                ump_word = Some(last);
                words(&abi::Raw32 {
                    d: [first.into(), second.into(), third.into()],
                })
            }
            Self::Other {
                data,
                payload: bytes,
                ..
            } => {
                payload = bytes;
                // Data bytes that are no length were in a record of fixed length,
                // whatever the type says.
                is_variable &= length(&data) == 0;
                data
            }
        };
        let mut flags = EventFlags::empty();
        if ump_word.is_some() {
            flags |= EventFlags::UMP;
        } else if is_variable || !payload.is_empty() {
            flags |= EventFlags::LENGTH_VARIABLE;
        }
        Encoded {
            event_type,
            flags,
            data,
            ump_word,
            payload,
        }
    }
}

/// The length that the data bytes of an event of variable length tell.
#[inline]
pub(super) fn length(data: &RawData) -> u32 {
    let mut event = abi::Event::zeroed();
    event.data = *data;
    event.payload::<abi::Ext>().len.get() & limits::EXT_LEN_MASK
}

#[inline]
fn key(raw: &abi::Event) -> Key {
    let note: abi::Note = raw.payload();
    Key {
        channel: note.channel,
        note: note.note,
        velocity: note.velocity,
    }
}

#[inline]
fn controller(raw: &abi::Event) -> Controller {
    let ctrl: abi::Ctrl = raw.payload();
    Controller {
        channel: ctrl.channel,
        param: ctrl.param.get(),
        value: ctrl.value.get(),
    }
}

#[inline]
fn channel_value(raw: &abi::Event) -> ChannelValue {
    let Controller { channel, value, .. } = controller(raw);
    ChannelValue { channel, value }
}

/// The packet of a UMP record: three words in the data bytes, one behind.
#[inline]
pub(super) fn packet(raw: &abi::Event, last_word: u32) -> Packet {
    let [first, second, third] = raw.payload::<abi::Raw32>().d;
    Packet::new([first.get(), second.get(), third.get(), last_word])
}

#[inline]
fn words<P: abi::Payload>(payload: &P) -> RawData {
    let mut event = abi::Event::zeroed();
    event.set_payload(payload);
    event.data
}
