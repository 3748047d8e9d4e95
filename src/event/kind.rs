//! Event types.

use core::fmt;

use alsa_seq_kernel_abi::consts as abi;
use alsa_seq_kernel_abi::limits::VARIABLE_EVENTS;

/// The type of an event: a number that the kernel does not limit to those it
/// knows. Constants name the known ones.
///
/// ```
/// use alsa_seq::EventType;
///
/// assert_eq!(EventType::NOTE_ON.name(), Some("note-on"));
/// assert_eq!(EventType::new(77).name(), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[doc(alias = "snd_seq_event_type_t")]
#[doc(alias = "snd_seq_event_type")]
#[repr(transparent)]
pub struct EventType(u8);

macro_rules! types {
    ($($(#[doc = $doc:literal])+ $name:ident = $value:expr, $text:literal, $alias:literal;)*) => {
        impl EventType {
            $(
                $(#[doc = $doc])+
                #[doc(alias = $alias)]
                pub const $name: Self = Self($value);
            )*

            /// All types that have a name, in numeric order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The type's name: lower-case words, joined by hyphens.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

types! {
    /// Reserved for the system.
    SYSTEM = abi::EVENT_SYSTEM, "system", "SND_SEQ_EVENT_SYSTEM";
    /// A return value from the system.
    RESULT = abi::EVENT_RESULT, "result", "SND_SEQ_EVENT_RESULT";
    /// A note with a length, for a queue.
    NOTE = abi::EVENT_NOTE, "note", "SND_SEQ_EVENT_NOTE";
    /// A key goes down.
    NOTE_ON = abi::EVENT_NOTEON, "note-on", "SND_SEQ_EVENT_NOTEON";
    /// A key goes up.
    NOTE_OFF = abi::EVENT_NOTEOFF, "note-off", "SND_SEQ_EVENT_NOTEOFF";
    /// Pressure on one key (polyphonic aftertouch).
    KEY_PRESSURE = abi::EVENT_KEYPRESS, "key-pressure", "SND_SEQ_EVENT_KEYPRESS";
    /// A controller changes.
    CONTROL_CHANGE = abi::EVENT_CONTROLLER, "control-change", "SND_SEQ_EVENT_CONTROLLER";
    /// A channel gets another program.
    PROGRAM_CHANGE = abi::EVENT_PGMCHANGE, "program-change", "SND_SEQ_EVENT_PGMCHANGE";
    /// Pressure on a channel (aftertouch).
    CHANNEL_PRESSURE = abi::EVENT_CHANPRESS, "channel-pressure", "SND_SEQ_EVENT_CHANPRESS";
    /// A channel's pitch is bent.
    PITCH_BEND = abi::EVENT_PITCHBEND, "pitch-bend", "SND_SEQ_EVENT_PITCHBEND";
    /// A controller changes, with 14 bits.
    CONTROL_14BIT = abi::EVENT_CONTROL14, "control-14bit", "SND_SEQ_EVENT_CONTROL14";
    /// A non-registered parameter (NRPN) changes.
    NRPN = abi::EVENT_NONREGPARAM, "nrpn", "SND_SEQ_EVENT_NONREGPARAM";
    /// A registered parameter (RPN) changes.
    RPN = abi::EVENT_REGPARAM, "rpn", "SND_SEQ_EVENT_REGPARAM";
    /// Song position pointer.
    SONG_POSITION = abi::EVENT_SONGPOS, "song-position", "SND_SEQ_EVENT_SONGPOS";
    /// Song select.
    SONG_SELECT = abi::EVENT_SONGSEL, "song-select", "SND_SEQ_EVENT_SONGSEL";
    /// MIDI time code, one quarter frame.
    QUARTER_FRAME = abi::EVENT_QFRAME, "quarter-frame", "SND_SEQ_EVENT_QFRAME";
    /// Time signature of a MIDI file.
    TIME_SIGNATURE = abi::EVENT_TIMESIGN, "time-signature", "SND_SEQ_EVENT_TIMESIGN";
    /// Key signature of a MIDI file.
    KEY_SIGNATURE = abi::EVENT_KEYSIGN, "key-signature", "SND_SEQ_EVENT_KEYSIGN";
    /// MIDI start; to [`Address::TIMER`](crate::Address::TIMER): start a queue.
    START = abi::EVENT_START, "start", "SND_SEQ_EVENT_START";
    /// MIDI continue; to the timer port: let a queue go on.
    CONTINUE = abi::EVENT_CONTINUE, "continue", "SND_SEQ_EVENT_CONTINUE";
    /// MIDI stop; to the timer port: stop a queue.
    STOP = abi::EVENT_STOP, "stop", "SND_SEQ_EVENT_STOP";
    /// Set a queue's position in ticks.
    SET_POSITION_TICK = abi::EVENT_SETPOS_TICK, "set-position-tick", "SND_SEQ_EVENT_SETPOS_TICK";
    /// Set a queue's position in real time.
    SET_POSITION_TIME = abi::EVENT_SETPOS_TIME, "set-position-time", "SND_SEQ_EVENT_SETPOS_TIME";
    /// Set a queue's tempo.
    TEMPO = abi::EVENT_TEMPO, "tempo", "SND_SEQ_EVENT_TEMPO";
    /// MIDI clock, 24 to the quarter note.
    CLOCK = abi::EVENT_CLOCK, "clock", "SND_SEQ_EVENT_CLOCK";
    /// MIDI tick.
    TICK = abi::EVENT_TICK, "tick", "SND_SEQ_EVENT_TICK";
    /// Set a queue's skew.
    QUEUE_SKEW = abi::EVENT_QUEUE_SKEW, "queue-skew", "SND_SEQ_EVENT_QUEUE_SKEW";
    /// A sync position. The kernel passes it on like any other.
    SYNC_POSITION = 39, "sync-position", "SND_SEQ_EVENT_SYNC_POS";
    /// Tune request.
    TUNE_REQUEST = abi::EVENT_TUNE_REQUEST, "tune-request", "SND_SEQ_EVENT_TUNE_REQUEST";
    /// Reset to power-on state.
    RESET = abi::EVENT_RESET, "reset", "SND_SEQ_EVENT_RESET";
    /// Active sensing.
    ACTIVE_SENSING = abi::EVENT_SENSING, "active-sensing", "SND_SEQ_EVENT_SENSING";
    /// An event that comes back as it was sent, to whomever it was sent.
    ECHO = abi::EVENT_ECHO, "echo", "SND_SEQ_EVENT_ECHO";
    /// Raw OSS event.
    OSS = abi::EVENT_OSS, "oss", "SND_SEQ_EVENT_OSS";
    /// A client has come.
    CLIENT_START = abi::EVENT_CLIENT_START, "client-start", "SND_SEQ_EVENT_CLIENT_START";
    /// A client has gone.
    CLIENT_EXIT = abi::EVENT_CLIENT_EXIT, "client-exit", "SND_SEQ_EVENT_CLIENT_EXIT";
    /// A client's info has changed. Sent since Linux 6.14, and by 6.6 and 6.12
    /// since 2026.
    CLIENT_CHANGE = abi::EVENT_CLIENT_CHANGE, "client-change", "SND_SEQ_EVENT_CLIENT_CHANGE";
    /// A port has come.
    PORT_START = abi::EVENT_PORT_START, "port-start", "SND_SEQ_EVENT_PORT_START";
    /// A port has gone, and its subscriptions with it.
    PORT_EXIT = abi::EVENT_PORT_EXIT, "port-exit", "SND_SEQ_EVENT_PORT_EXIT";
    /// A port's info has changed. Sent since Linux 6.14, and by 6.6 and 6.12
    /// since 2026.
    PORT_CHANGE = abi::EVENT_PORT_CHANGE, "port-change", "SND_SEQ_EVENT_PORT_CHANGE";
    /// Two ports were connected.
    PORT_SUBSCRIBED = abi::EVENT_PORT_SUBSCRIBED, "port-subscribed", "SND_SEQ_EVENT_PORT_SUBSCRIBED";
    /// Two ports were disconnected.
    PORT_UNSUBSCRIBED = abi::EVENT_PORT_UNSUBSCRIBED, "port-unsubscribed", "SND_SEQ_EVENT_PORT_UNSUBSCRIBED";
    /// A UMP endpoint's info has changed. Sent since Linux 6.14.
    UMP_ENDPOINT_CHANGE = abi::EVENT_UMP_EP_CHANGE, "ump-endpoint-change", "SND_SEQ_EVENT_UMP_EP_CHANGE";
    /// A UMP function block's info has changed. Sent since Linux 6.14.
    UMP_BLOCK_CHANGE = abi::EVENT_UMP_BLOCK_CHANGE, "ump-block-change", "SND_SEQ_EVENT_UMP_BLOCK_CHANGE";
    /// For programs' own use.
    USER0 = abi::EVENT_USR0, "user0", "SND_SEQ_EVENT_USR0";
    /// For programs' own use.
    USER1 = abi::EVENT_USR1, "user1", "SND_SEQ_EVENT_USR1";
    /// For programs' own use.
    USER2 = abi::EVENT_USR2, "user2", "SND_SEQ_EVENT_USR2";
    /// For programs' own use.
    USER3 = abi::EVENT_USR3, "user3", "SND_SEQ_EVENT_USR3";
    /// For programs' own use.
    USER4 = abi::EVENT_USR4, "user4", "SND_SEQ_EVENT_USR4";
    /// For programs' own use.
    USER5 = abi::EVENT_USR5, "user5", "SND_SEQ_EVENT_USR5";
    /// For programs' own use.
    USER6 = abi::EVENT_USR6, "user6", "SND_SEQ_EVENT_USR6";
    /// For programs' own use.
    USER7 = abi::EVENT_USR7, "user7", "SND_SEQ_EVENT_USR7";
    /// For programs' own use.
    USER8 = abi::EVENT_USR8, "user8", "SND_SEQ_EVENT_USR8";
    /// For programs' own use.
    USER9 = abi::EVENT_USR9, "user9", "SND_SEQ_EVENT_USR9";
    /// System-exclusive bytes, of a whole message or of a part.
    SYSEX = abi::EVENT_SYSEX, "sysex", "SND_SEQ_EVENT_SYSEX";
    /// A queued event that could not be delivered comes back.
    BOUNCE = abi::EVENT_BOUNCE, "bounce", "SND_SEQ_EVENT_BOUNCE";
    /// For programs' own use, with data of any length.
    USER_VAR0 = abi::EVENT_USR_VAR0, "user-var0", "SND_SEQ_EVENT_USR_VAR0";
    /// For programs' own use, with data of any length.
    USER_VAR1 = abi::EVENT_USR_VAR1, "user-var1", "SND_SEQ_EVENT_USR_VAR1";
    /// For programs' own use, with data of any length.
    USER_VAR2 = abi::EVENT_USR_VAR2, "user-var2", "SND_SEQ_EVENT_USR_VAR2";
    /// For programs' own use, with data of any length.
    USER_VAR3 = abi::EVENT_USR_VAR3, "user-var3", "SND_SEQ_EVENT_USR_VAR3";
    /// For programs' own use, with data of any length.
    USER_VAR4 = abi::EVENT_USR_VAR4, "user-var4", "SND_SEQ_EVENT_USR_VAR4";
    /// A queued event that could not be delivered, told by kernels that do not
    /// bounce (before 6.5). Programs cannot send it.
    KERNEL_ERROR = abi::EVENT_KERNEL_ERROR, "kernel-error", "SND_SEQ_EVENT_KERNEL_ERROR";
    /// An event inside of another, within the kernel.
    KERNEL_QUOTE = abi::EVENT_KERNEL_QUOTE, "kernel-quote", "SNDRV_SEQ_EVENT_KERNEL_QUOTE";
    /// Says nothing. The kernel swallows it.
    NONE = abi::EVENT_NONE, "none", "SND_SEQ_EVENT_NONE";
}

impl EventType {
    /// Wraps the kernel's number.
    pub const fn new(number: u8) -> Self {
        Self(number)
    }

    /// The type of this name.
    ///
    /// ```
    /// use alsa_seq::EventType;
    ///
    /// assert_eq!(EventType::from_name("note-on"), Some(EventType::NOTE_ON));
    /// assert_eq!(EventType::from_name("note"), Some(EventType::NOTE));
    /// assert_eq!(EventType::from_name("Note on"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|t| t.name() == Some(name))
    }

    /// The kernel's number.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// Whether events of this type carry data of any length.
    #[doc(alias = "sndrv_seq_ev_is_variable_type")]
    pub const fn is_variable(self) -> bool {
        self.0 >= *VARIABLE_EVENTS.start() && self.0 <= *VARIABLE_EVENTS.end()
    }

    /// Whether events of this type announce a change of clients, ports, connections or
    /// UMP endpoints. The kernel sends them from [`Address::ANNOUNCE`]; others can send
    /// events of these types, too.
    ///
    /// [`Address::ANNOUNCE`]: crate::Address::ANNOUNCE
    pub const fn is_announcement(self) -> bool {
        Self::CLIENT_START.0 <= self.0 && self.0 <= Self::UMP_BLOCK_CHANGE.0
    }
}

impl From<u8> for EventType {
    fn from(number: u8) -> Self {
        Self(number)
    }
}

/// The name, or `type-77`.
impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "type-{}", self.0),
        }
    }
}

/// `EventType(note-on)`, or `EventType(type-77)`.
impl fmt::Debug for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventType({self})")
    }
}
