//! The event types, in numeric order. [`EventType`](super::EventType),
//! [`EventData`](super::EventData), JSON and the fuzzer's events are made from this
//! table.
//!
//! A row begins with the constant's name, the kernel's number, the type's name and
//! libasound's name. Then come the variant, the shape of its payload (see
//! [`shape`](super::shape)), `often` if the type is one of the few that are decoded
//! first, and the fields. The types for private use share two variants, which are not in
//! the table.
//!
//! A field's name is its key in JSON, and its type is as wide as in the kernel's record.

macro_rules! event_types {
    ($then:ident) => {
        $then! {
            SYSTEM = abi::EVENT_SYSTEM, "system", "SND_SEQ_EVENT_SYSTEM" [
                /// Reserved for the system.
                System: EventResult {
                    /// The type of the event that this is a result of.
                    event: i32,
                    /// The outcome.
                    result: i32,
                }
            ];
            RESULT = abi::EVENT_RESULT, "result", "SND_SEQ_EVENT_RESULT" [
                /// A return value from the system.
                Result: EventResult {
                    /// The type of the event that this is a result of.
                    event: i32,
                    /// The outcome.
                    result: i32,
                }
            ];
            NOTE = abi::EVENT_NOTE, "note", "SND_SEQ_EVENT_NOTE" [
                /// A note with a length. A queue sends its note-off.
                ///
                /// It must be scheduled on a queue. The kernel sends a note-on at the
                /// event's time, and a note-off with `off_velocity` after `duration`. It
                /// refuses a direct note.
                Note: Note {
                    /// MIDI channel, 0 to 15.
                    channel: u8,
                    /// Key number, 0 to 127; 60 is middle C.
                    note: u8,
                    /// Note-on velocity, 0 to 127.
                    velocity: u8,
                    /// Velocity of the note-off, 0 to 127.
                    off_velocity: u8,
                    /// Length: in ticks when the event is scheduled in ticks, in *milliseconds*
                    /// when it is scheduled in real time.
                    duration: u32,
                }
            ];
            NOTE_ON = abi::EVENT_NOTEON, "note-on", "SND_SEQ_EVENT_NOTEON" [
                /// A key goes down. In MIDI, velocity 0 ends the note, like a
                /// `NoteOff`. The kernel does not change velocity 0.
                NoteOn: Key often {
                    /// MIDI channel, 0 to 15.
                    channel: u8,
                    /// Key number, 0 to 127; 60 is middle C.
                    note: u8,
                    /// Velocity, 0 to 127.
                    velocity: u8,
                }
            ];
            NOTE_OFF = abi::EVENT_NOTEOFF, "note-off", "SND_SEQ_EVENT_NOTEOFF" [
                /// A key goes up.
                NoteOff: Key often {
                    /// MIDI channel, 0 to 15.
                    channel: u8,
                    /// Key number, 0 to 127; 60 is middle C.
                    note: u8,
                    /// Release velocity, 0 to 127.
                    velocity: u8,
                }
            ];
            KEY_PRESSURE = abi::EVENT_KEYPRESS, "key-pressure", "SND_SEQ_EVENT_KEYPRESS" [
                /// Pressure on one key (polyphonic aftertouch).
                KeyPressure: Key often {
                    /// MIDI channel, 0 to 15.
                    channel: u8,
                    /// Key number, 0 to 127; 60 is middle C.
                    note: u8,
                    /// Pressure, 0 to 127.
                    pressure: u8,
                }
            ];
            CONTROL_CHANGE = abi::EVENT_CONTROLLER, "control-change", "SND_SEQ_EVENT_CONTROLLER" [
                /// A controller changes.
                ControlChange: Control often {
                    /// MIDI channel, 0 to 15.
                    channel: u8,
                    /// Controller number, 0 to 127.
                    controller: u32,
                    /// Its value, 0 to 127.
                    value: i32,
                }
            ];
            PROGRAM_CHANGE = abi::EVENT_PGMCHANGE, "program-change", "SND_SEQ_EVENT_PGMCHANGE" [
                /// A channel changes to another program.
                ProgramChange: Channel often {
                    /// MIDI channel, 0 to 15.
                    channel: u8,
                    /// Program number, 0 to 127.
                    program: i32,
                }
            ];
            CHANNEL_PRESSURE = abi::EVENT_CHANPRESS, "channel-pressure", "SND_SEQ_EVENT_CHANPRESS" [
                /// Pressure on a channel (aftertouch).
                ChannelPressure: Channel often {
                    /// MIDI channel, 0 to 15.
                    channel: u8,
                    /// Pressure, 0 to 127.
                    pressure: i32,
                }
            ];
            PITCH_BEND = abi::EVENT_PITCHBEND, "pitch-bend", "SND_SEQ_EVENT_PITCHBEND" [
                /// Pitch bend of a channel.
                PitchBend: Channel often {
                    /// MIDI channel, 0 to 15.
                    channel: u8,
                    /// The bend, -8192 to 8191; 0 is no bend.
                    bend: i32,
                }
            ];
            CONTROL_14BIT = abi::EVENT_CONTROL14, "control-14bit", "SND_SEQ_EVENT_CONTROL14" [
                /// A controller changes, with 14 bits. Not all receivers understand this
                /// event: see [`controllers`](crate::controllers#which-form-to-send).
                Control14Bit: Control {
                    /// MIDI channel, 0 to 15.
                    channel: u8,
                    /// Controller number, 0 to 31. A number from 32 has a value of 7 bits.
                    controller: u32,
                    /// Its value, 0 to 16383.
                    value: i32,
                }
            ];
            NRPN = abi::EVENT_NONREGPARAM, "nrpn", "SND_SEQ_EVENT_NONREGPARAM" [
                /// A non-registered parameter (NRPN) changes. Not all receivers
                /// understand this event: see
                /// [`controllers`](crate::controllers#which-form-to-send).
                Nrpn: Control {
                    /// MIDI channel, 0 to 15.
                    channel: u8,
                    /// Parameter number, 0 to 16383.
                    parameter: u32,
                    /// Its value, 0 to 16383.
                    value: i32,
                }
            ];
            RPN = abi::EVENT_REGPARAM, "rpn", "SND_SEQ_EVENT_REGPARAM" [
                /// A registered parameter (RPN) changes. Not all receivers understand
                /// this event: see
                /// [`controllers`](crate::controllers#which-form-to-send).
                Rpn: Control {
                    /// MIDI channel, 0 to 15.
                    channel: u8,
                    /// Parameter number, 0 to 16383.
                    parameter: u32,
                    /// Its value, 0 to 16383.
                    value: i32,
                }
            ];
            SONG_POSITION = abi::EVENT_SONGPOS, "song-position", "SND_SEQ_EVENT_SONGPOS" [
                /// MIDI song position pointer.
                SongPosition: Value {
                    /// The position in MIDI beats (sixteenth notes), 0 to 16383.
                    beats: i32,
                }
            ];
            SONG_SELECT = abi::EVENT_SONGSEL, "song-select", "SND_SEQ_EVENT_SONGSEL" [
                /// MIDI song select.
                SongSelect: Value {
                    /// Song number, 0 to 127.
                    song: i32,
                }
            ];
            QUARTER_FRAME = abi::EVENT_QFRAME, "quarter-frame", "SND_SEQ_EVENT_QFRAME" [
                /// MIDI time code, one quarter frame.
                QuarterFrame: Value {
                    /// The data byte, 0 to 127: the number of a part of the time, and its
                    /// value.
                    value: i32,
                }
            ];
            TIME_SIGNATURE = abi::EVENT_TIMESIGN, "time-signature", "SND_SEQ_EVENT_TIMESIGN" [
                /// Time signature of a MIDI file: its four bytes.
                TimeSignature: TimeSignature {
                    /// Beats in a bar.
                    numerator: u8,
                    /// The length of a beat: the denominator is 2 to this power.
                    denominator_power: u8,
                    /// MIDI clocks in a click of the metronome.
                    clocks_per_click: u8,
                    /// 32nd notes in 24 MIDI clocks, usually 8.
                    thirty_seconds_per_quarter: u8,
                }
            ];
            KEY_SIGNATURE = abi::EVENT_KEYSIGN, "key-signature", "SND_SEQ_EVENT_KEYSIGN" [
                /// Key signature of a MIDI file: its two bytes. The record has two more
                /// bytes, without a meaning.
                KeySignature: KeySignature {
                    /// The number of sharps, or of flats as a negative number: -7 to 7.
                    sharps: i8,
                    /// 0 for a major key, 1 for a minor one.
                    mode: u8,
                }
            ];
            START = abi::EVENT_START, "start", "SND_SEQ_EVENT_START" [
                /// MIDI start. If it is sent to
                /// [`Address::TIMER`](crate::Address::TIMER), it starts this queue, which
                /// first drops all events that wait in it.
                Start: Queue(queue: QueueId)
            ];
            CONTINUE = abi::EVENT_CONTINUE, "continue", "SND_SEQ_EVENT_CONTINUE" [
                /// MIDI continue. If it is sent to the timer port, it continues this
                /// queue.
                Continue: Queue(queue: QueueId)
            ];
            STOP = abi::EVENT_STOP, "stop", "SND_SEQ_EVENT_STOP" [
                /// MIDI stop. If it is sent to the timer port, it stops this queue.
                Stop: Queue(queue: QueueId)
            ];
            SET_POSITION_TICK = abi::EVENT_SETPOS_TICK, "set-position-tick", "SND_SEQ_EVENT_SETPOS_TICK" [
                /// Sets a queue's position in ticks.
                SetPositionTick: QueueTick {
                    /// The queue to control, not the queue on which the event is
                    /// scheduled.
                    queue: QueueId,
                    /// The position.
                    tick: u32,
                }
            ];
            SET_POSITION_TIME = abi::EVENT_SETPOS_TIME, "set-position-time", "SND_SEQ_EVENT_SETPOS_TIME" [
                /// Sets a queue's position in real time.
                SetPositionTime: QueueTime {
                    /// The queue to control, not the queue on which the event is
                    /// scheduled.
                    queue: QueueId,
                    /// The position.
                    time: RealTime,
                }
            ];
            TEMPO = abi::EVENT_TEMPO, "tempo", "SND_SEQ_EVENT_TEMPO" [
                /// Sets a queue's tempo.
                Tempo: QueueValue {
                    /// The queue to control, not the queue on which the event is
                    /// scheduled.
                    queue: QueueId,
                    /// Microseconds per quarter note.
                    micros_per_quarter: i32,
                }
            ];
            CLOCK = abi::EVENT_CLOCK, "clock", "SND_SEQ_EVENT_CLOCK" [
                /// MIDI clock, 24 to the quarter note.
                Clock: Queue often(queue: QueueId)
            ];
            TICK = abi::EVENT_TICK, "tick", "SND_SEQ_EVENT_TICK" [
                /// MIDI tick.
                Tick: Queue(queue: QueueId)
            ];
            QUEUE_SKEW = abi::EVENT_QUEUE_SKEW, "queue-skew", "SND_SEQ_EVENT_QUEUE_SKEW" [
                /// Sets a queue's skew: it runs at `value / base` of its tempo.
                QueueSkew: QueueSkew {
                    /// The queue to control, not the queue on which the event is
                    /// scheduled.
                    queue: QueueId,
                    /// Numerator.
                    value: u32,
                    /// Denominator. The kernel accepts only 0x10000.
                    base: u32,
                }
            ];
            SYNC_POSITION = 39, "sync-position", "SND_SEQ_EVENT_SYNC_POS" [
                /// A sync position. The kernel delivers it like any other event.
                SyncPosition: QueuePosition {
                    /// The queue to control, not the queue on which the event is
                    /// scheduled.
                    queue: QueueId,
                    /// The position.
                    position: u32,
                }
            ];
            TUNE_REQUEST = abi::EVENT_TUNE_REQUEST, "tune-request", "SND_SEQ_EVENT_TUNE_REQUEST" [
                /// Tune request.
                TuneRequest: Nothing
            ];
            RESET = abi::EVENT_RESET, "reset", "SND_SEQ_EVENT_RESET" [
                /// Reset to power-on state.
                Reset: Nothing
            ];
            ACTIVE_SENSING = abi::EVENT_SENSING, "active-sensing", "SND_SEQ_EVENT_SENSING" [
                /// Active sensing.
                ActiveSensing: Nothing
            ];
            ECHO = abi::EVENT_ECHO, "echo", "SND_SEQ_EVENT_ECHO" [
                /// An event whose meaning its sender and receiver have agreed on.
                Echo: Raw(data: RawData)
            ];
            OSS = abi::EVENT_OSS, "oss", "SND_SEQ_EVENT_OSS" [
                /// Raw OSS event.
                Oss: Raw(data: RawData)
            ];
            CLIENT_START = abi::EVENT_CLIENT_START, "client-start", "SND_SEQ_EVENT_CLIENT_START" [
                /// A client was created.
                ClientStart: Client(client: ClientId)
            ];
            CLIENT_EXIT = abi::EVENT_CLIENT_EXIT, "client-exit", "SND_SEQ_EVENT_CLIENT_EXIT" [
                /// A client was closed.
                ClientExit: Client(client: ClientId)
            ];
            CLIENT_CHANGE = abi::EVENT_CLIENT_CHANGE, "client-change", "SND_SEQ_EVENT_CLIENT_CHANGE" [
                /// A client's info has changed. Sent since Linux 6.14, and by 6.6 and 6.12
                /// since 2026.
                ClientChange: Client(client: ClientId)
            ];
            PORT_START = abi::EVENT_PORT_START, "port-start", "SND_SEQ_EVENT_PORT_START" [
                /// A port was created.
                PortStart: Port(address: Address)
            ];
            PORT_EXIT = abi::EVENT_PORT_EXIT, "port-exit", "SND_SEQ_EVENT_PORT_EXIT" [
                /// A port was deleted, together with its connections.
                PortExit: Port(address: Address)
            ];
            PORT_CHANGE = abi::EVENT_PORT_CHANGE, "port-change", "SND_SEQ_EVENT_PORT_CHANGE" [
                /// A port's info has changed. Sent since Linux 6.14, and by 6.6 and 6.12
                /// since 2026.
                PortChange: Port(address: Address)
            ];
            PORT_SUBSCRIBED = abi::EVENT_PORT_SUBSCRIBED, "port-subscribed", "SND_SEQ_EVENT_PORT_SUBSCRIBED" [
                /// Two ports were connected.
                ///
                /// The kernel sends this event in two cases, in both from
                /// [`Address::ANNOUNCE`](crate::Address::ANNOUNCE).
                /// [`Event::dest`](crate::Event::dest) distinguishes them.
                ///
                /// - To each of the two ports, if the port can be written to and another
                ///   client makes the connection. This comes *before* the connection
                ///   carries events. If the port then sends to its subscribers at once,
                ///   the new subscriber may not get the event, and no error reports that.
                ///   The kernel may still refuse the connection. It then sends a
                ///   `PortUnsubscribed`.
                /// - To the subscribers of
                ///   [`Address::ANNOUNCE`](crate::Address::ANNOUNCE), when the connection
                ///   is complete. To send an event to each new subscriber, wait for this
                ///   announcement on a separate port, or use a `TopologyMonitor`.
                PortSubscribed: Connection {
                    /// The sending port.
                    sender: Address,
                    /// The receiving port.
                    receiver: Address,
                }
            ];
            PORT_UNSUBSCRIBED = abi::EVENT_PORT_UNSUBSCRIBED, "port-unsubscribed", "SND_SEQ_EVENT_PORT_UNSUBSCRIBED" [
                /// Two ports were disconnected. The kernel also notifies the two ports,
                /// as for [`PortSubscribed`](crate::EventData::PortSubscribed). It does
                /// not announce the connections of a deleted port.
                PortUnsubscribed: Connection {
                    /// The sending port.
                    sender: Address,
                    /// The receiving port.
                    receiver: Address,
                }
            ];
            UMP_ENDPOINT_CHANGE = abi::EVENT_UMP_EP_CHANGE, "ump-endpoint-change", "SND_SEQ_EVENT_UMP_EP_CHANGE" [
                /// A UMP endpoint's info has changed: see `ClientControl::endpoint_info`. Sent since
                /// Linux 6.14.
                UmpEndpointChange: Client(client: ClientId)
            ];
            UMP_BLOCK_CHANGE = abi::EVENT_UMP_BLOCK_CHANGE, "ump-block-change", "SND_SEQ_EVENT_UMP_BLOCK_CHANGE" [
                /// A UMP function block's info has changed: see `ClientControl::function_block`.
                /// Sent since Linux 6.14.
                UmpBlockChange: UmpBlock {
                    /// The client.
                    client: ClientId,
                    /// The number of the block, 0 to 31.
                    block: u8,
                }
            ];
            USER0 = abi::EVENT_USR0, "user0", "SND_SEQ_EVENT_USR0" [
                "For programs' own use: [`EventData::User`](crate::EventData::User)."
            ];
            USER1 = abi::EVENT_USR1, "user1", "SND_SEQ_EVENT_USR1" [
                "For programs' own use: [`EventData::User`](crate::EventData::User)."
            ];
            USER2 = abi::EVENT_USR2, "user2", "SND_SEQ_EVENT_USR2" [
                "For programs' own use: [`EventData::User`](crate::EventData::User)."
            ];
            USER3 = abi::EVENT_USR3, "user3", "SND_SEQ_EVENT_USR3" [
                "For programs' own use: [`EventData::User`](crate::EventData::User)."
            ];
            USER4 = abi::EVENT_USR4, "user4", "SND_SEQ_EVENT_USR4" [
                "For programs' own use: [`EventData::User`](crate::EventData::User)."
            ];
            USER5 = abi::EVENT_USR5, "user5", "SND_SEQ_EVENT_USR5" [
                "For programs' own use: [`EventData::User`](crate::EventData::User)."
            ];
            USER6 = abi::EVENT_USR6, "user6", "SND_SEQ_EVENT_USR6" [
                "For programs' own use: [`EventData::User`](crate::EventData::User)."
            ];
            USER7 = abi::EVENT_USR7, "user7", "SND_SEQ_EVENT_USR7" [
                "For programs' own use: [`EventData::User`](crate::EventData::User)."
            ];
            USER8 = abi::EVENT_USR8, "user8", "SND_SEQ_EVENT_USR8" [
                "For programs' own use: [`EventData::User`](crate::EventData::User)."
            ];
            USER9 = abi::EVENT_USR9, "user9", "SND_SEQ_EVENT_USR9" [
                "For programs' own use: [`EventData::User`](crate::EventData::User)."
            ];
            SYSEX = abi::EVENT_SYSEX, "sysex", "SND_SEQ_EVENT_SYSEX" [
                /// System-exclusive bytes, of a whole message or of a part of one.
                Sysex: Bytes often(data: &'a [u8])
            ];
            BOUNCE = abi::EVENT_BOUNCE, "bounce", "SND_SEQ_EVENT_BOUNCE" [
                /// A queued event that could not be delivered. The kernel returns it, if
                /// the client has asked for that.
                Bounce: Bounced(data: Bounce<'a>)
            ];
            USER_VAR0 = abi::EVENT_USR_VAR0, "user-var0", "SND_SEQ_EVENT_USR_VAR0" [
                "For programs' own use, with data of any length: [`EventData::UserVar`](crate::EventData::UserVar)."
            ];
            USER_VAR1 = abi::EVENT_USR_VAR1, "user-var1", "SND_SEQ_EVENT_USR_VAR1" [
                "For programs' own use, with data of any length: [`EventData::UserVar`](crate::EventData::UserVar)."
            ];
            USER_VAR2 = abi::EVENT_USR_VAR2, "user-var2", "SND_SEQ_EVENT_USR_VAR2" [
                "For programs' own use, with data of any length: [`EventData::UserVar`](crate::EventData::UserVar)."
            ];
            USER_VAR3 = abi::EVENT_USR_VAR3, "user-var3", "SND_SEQ_EVENT_USR_VAR3" [
                "For programs' own use, with data of any length: [`EventData::UserVar`](crate::EventData::UserVar)."
            ];
            USER_VAR4 = abi::EVENT_USR_VAR4, "user-var4", "SND_SEQ_EVENT_USR_VAR4" [
                "For programs' own use, with data of any length: [`EventData::UserVar`](crate::EventData::UserVar)."
            ];
            KERNEL_ERROR = abi::EVENT_KERNEL_ERROR, "kernel-error", "SND_SEQ_EVENT_KERNEL_ERROR" [
                /// A queued event that could not be delivered, in the form of kernels
                /// that do not return events (before 6.5). Programs cannot send it.
                KernelError: Quote {
                    /// The destination of the event.
                    origin: Address,
                    /// For a kernel error, the errno.
                    value: u16,
                }
            ];
            KERNEL_QUOTE = abi::EVENT_KERNEL_QUOTE, "kernel-quote", "SNDRV_SEQ_EVENT_KERNEL_QUOTE" [
                /// An event inside another event, only within the kernel.
                KernelQuote: Quote {
                    /// The destination of the event.
                    origin: Address,
                    /// For a kernel error, the errno.
                    value: u16,
                }
            ];
            NONE = abi::EVENT_NONE, "none", "SND_SEQ_EVENT_NONE" [
                /// An event without a meaning. The kernel drops it.
                None: Nothing
            ];
        }
    };
}

pub(crate) use event_types;
