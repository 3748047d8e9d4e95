//! The table behind the macros `snd_seq_ev_is_…` of the C header.
//!
//! Programs copy it into themselves (a copy relocation), so it is an array of 256 integers and
//! nothing else. The class of a type is a bit of the low 24. The top 8 bits subdivide some classes.
//! A type without an entry is "reserved".

use alsa_seq_kernel_abi::consts::*;
use core::ffi::c_uint;

/// The classes, named as in the C enumeration `SND_SEQ_EVFLG_…`.
mod class {
    use core::ffi::c_uint;

    pub(super) const RESULT: c_uint = 1 << 0;
    pub(super) const NOTE: c_uint = 1 << 1;
    pub(super) const CONTROL: c_uint = 1 << 2;
    pub(super) const QUEUE: c_uint = 1 << 3;
    pub(super) const SYSTEM: c_uint = 1 << 4;
    pub(super) const MESSAGE: c_uint = 1 << 5;
    pub(super) const CONNECTION: c_uint = 1 << 6;
    pub(super) const USERS: c_uint = 1 << 8;
    pub(super) const NONE: c_uint = 1 << 11;
    pub(super) const RAW: c_uint = 1 << 12;
    pub(super) const FIXED: c_uint = 1 << 13;
    pub(super) const VARIABLE: c_uint = 1 << 14;

    /// A note with a duration.
    pub(super) const NOTE_TWOARG: c_uint = 1 << 24;
    pub(super) const QUEUE_TICK: c_uint = 1 << 24;
    pub(super) const QUEUE_TIME: c_uint = 2 << 24;
    pub(super) const QUEUE_VALUE: c_uint = 3 << 24;
}

/// Type 39, which the kernel no longer has: the position of a synchronised queue.
const EVENT_SYNC_POS: u8 = 39;

const fn of_type(event_type: u8) -> c_uint {
    use class::*;
    match event_type {
        EVENT_SYSTEM | EVENT_RESULT => FIXED | RESULT,
        EVENT_NOTE => FIXED | NOTE | NOTE_TWOARG,
        EVENT_NOTEON | EVENT_NOTEOFF | EVENT_KEYPRESS => FIXED | NOTE,
        EVENT_CONTROLLER..=EVENT_REGPARAM => FIXED | CONTROL,
        EVENT_START | EVENT_CONTINUE | EVENT_STOP => FIXED | QUEUE,
        EVENT_SETPOS_TICK => FIXED | QUEUE | QUEUE_TICK,
        EVENT_SETPOS_TIME => FIXED | QUEUE | QUEUE_TIME,
        EVENT_TEMPO | EVENT_CLOCK | EVENT_TICK | EVENT_QUEUE_SKEW | EVENT_SYNC_POS => {
            FIXED | QUEUE | QUEUE_VALUE
        }
        EVENT_TUNE_REQUEST | EVENT_RESET | EVENT_SENSING | EVENT_NONE => FIXED | NONE,
        EVENT_ECHO | EVENT_OSS => FIXED | RAW | SYSTEM,
        EVENT_CLIENT_START..=EVENT_PORT_CHANGE => FIXED | MESSAGE,
        EVENT_PORT_SUBSCRIBED | EVENT_PORT_UNSUBSCRIBED => FIXED | CONNECTION,
        EVENT_USR0..=EVENT_USR9 => FIXED | RAW | USERS,
        EVENT_SYSEX | EVENT_BOUNCE => VARIABLE,
        EVENT_USR_VAR0..=EVENT_USR_VAR4 => VARIABLE | USERS,
        // Song positions, signatures and UMP notices have no class in libasound either.
        _ => 0,
    }
}

/// Returns whether events of a type are for a MIDI channel.
pub(crate) const fn has_channel(event_type: u8) -> bool {
    of_type(event_type) & (class::NOTE | class::CONTROL) != 0
}

/// The class of each event type.
#[allow(non_upper_case_globals, reason = "a C name")]
#[unsafe(no_mangle)]
pub static snd_seq_event_types: [c_uint; 256] = {
    let mut table = [0; 256];
    let mut event_type = u8::MAX;
    // An index of `u8` is always inside.
    let mut rest: &mut [c_uint] = &mut table;
    while let Some((last, before)) = rest.split_last_mut() {
        *last = of_type(event_type);
        event_type = event_type.wrapping_sub(1);
        rest = before;
    }
    table
};
