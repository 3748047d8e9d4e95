//! The declarations of `alsa-sys` 0.3 and 0.4, in which some constants have other types.

pub use super::*;

/// The name for the data of an event.
pub type snd_seq_event__bindgen_ty_1 = snd_seq_event_data_t;

macro_rules! constants {
    ($($name:ident: $type:ty;)*) => {
        $(pub const $name: $type = super::$name as $type;)*
    };
}

constants! {
    SND_PCM_ASYNC: i32;
    SND_PCM_NONBLOCK: i32;
    SND_SEQ_ADDRESS_BROADCAST: u8;
    SND_SEQ_ADDRESS_SUBSCRIBERS: u8;
    SND_SEQ_ADDRESS_UNKNOWN: u8;
    SND_SEQ_CLIENT_SYSTEM: u8;
    SND_SEQ_EVENT_LENGTH_FIXED: u8;
    SND_SEQ_EVENT_LENGTH_MASK: u8;
    SND_SEQ_EVENT_LENGTH_VARIABLE: u8;
    SND_SEQ_EVENT_LENGTH_VARUSR: u8;
    SND_SEQ_NONBLOCK: i32;
    SND_SEQ_OPEN_DUPLEX: i32;
    SND_SEQ_OPEN_INPUT: i32;
    SND_SEQ_OPEN_OUTPUT: i32;
    SND_SEQ_PORT_SYSTEM_ANNOUNCE: u8;
    SND_SEQ_PORT_SYSTEM_TIMER: u8;
    SND_SEQ_PRIORITY_HIGH: u8;
    SND_SEQ_QUEUE_DIRECT: u8;
    SND_SEQ_TIME_MODE_ABS: u8;
    SND_SEQ_TIME_MODE_MASK: u8;
    SND_SEQ_TIME_MODE_REL: u8;
    SND_SEQ_TIME_STAMP_MASK: u8;
    SND_SEQ_TIME_STAMP_REAL: u8;
    SND_SEQ_TIME_STAMP_TICK: u8;
}
