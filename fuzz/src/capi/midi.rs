//! The ten functions `snd_midi_event_…`.

use std::ffi::{CString, c_int, c_long, c_uchar};
use std::ptr;
use std::sync::LazyLock;

use alsa_seq_capi::{snd_midi_event_t, snd_seq_event_t};

use super::symbol;
use support::invariants::input::Input;

macro_rules! functions {
    ($($name:ident: $symbol:ident fn($($argument:ty),*) $(-> $result:ty)?;)*) => {
        /// One library's functions.
        struct Functions {
            $($name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
        }

        static OURS: Functions = Functions {
            $($name: alsa_seq_capi::$symbol,)*
        };

        static THEIRS: LazyLock<Functions> = LazyLock::new(|| Functions {
            $($name: {
                let name = CString::new(stringify!($symbol)).unwrap();
                let address = symbol(&name).unwrap();
                // SAFETY: the function has this prototype, which `tests/prototypes.rs` of
                // `capi` has from the header.
                unsafe {
                    std::mem::transmute::<
                        *mut std::ffi::c_void,
                        unsafe extern "C" fn($($argument),*) $(-> $result)?,
                    >(address)
                }
            },)*
        });
    };
}

functions! {
    new: snd_midi_event_new fn(usize, *mut *mut snd_midi_event_t) -> c_int;
    free: snd_midi_event_free fn(*mut snd_midi_event_t);
    init: snd_midi_event_init fn(*mut snd_midi_event_t);
    reset_encode: snd_midi_event_reset_encode fn(*mut snd_midi_event_t);
    reset_decode: snd_midi_event_reset_decode fn(*mut snd_midi_event_t);
    no_status: snd_midi_event_no_status fn(*mut snd_midi_event_t, c_int);
    resize: snd_midi_event_resize_buffer fn(*mut snd_midi_event_t, usize) -> c_int;
    encode: snd_midi_event_encode fn(
        *mut snd_midi_event_t, *const c_uchar, c_long, *mut snd_seq_event_t
    ) -> c_long;
    encode_byte: snd_midi_event_encode_byte fn(
        *mut snd_midi_event_t, c_int, *mut snd_seq_event_t
    ) -> c_int;
    decode: snd_midi_event_decode fn(
        *mut snd_midi_event_t, *mut c_uchar, c_long, *const snd_seq_event_t
    ) -> c_long;
}

/// A size for which no `malloc` has memory.
const TOO_MUCH: usize = isize::MAX as usize;

/// The type of system-exclusive events.
const SYSEX: u8 = 130;
/// The bits of an event's flags for the place of its data, and the value for data behind a pointer.
const LENGTH: u8 = 3 << 2;
const VARIABLE: u8 = 1 << 2;

/// The types with MIDI bytes, and some types without.
const TYPES: [u8; 32] = [
    5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 20, 21, 22, 23, 30, 31, 32, 33, 36, 37, 40, 41, 42, 60,
    90, 130, 130, 131, 135, 254, 255,
];

/// An event with C's alignment.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(8))]
struct Event([u8; 28]);

impl Event {
    fn ext(&self) -> (usize, usize) {
        let length = u32::from_ne_bytes(self.0[16..20].try_into().unwrap());
        let pointer = self.0[20..][..size_of::<usize>()].try_into().unwrap();
        (length as usize, usize::from_ne_bytes(pointer))
    }

    fn set_ext(&mut self, length: usize, pointer: usize) {
        let length = u32::try_from(length).unwrap();
        self.0[16..20].copy_from_slice(&length.to_ne_bytes());
        self.0[20..][..size_of::<usize>()].copy_from_slice(&pointer.to_ne_bytes());
    }

    /// Copies the data that the event points to, and removes the pointer.
    fn take_data(&mut self) -> Vec<u8> {
        if self.0[0] != SYSEX || self.0[1] & LENGTH != VARIABLE {
            return Vec::new();
        }
        let (length, pointer) = self.ext();
        self.set_ext(length, 0);
        let pointer = ptr::with_exposed_provenance::<u8>(pointer);
        // SAFETY: the coder has just lent it.
        unsafe { std::slice::from_raw_parts(pointer, length) }.to_vec()
    }
}

/// A coder of one library, and its event.
struct Side {
    functions: &'static Functions,
    coder: *mut snd_midi_event_t,
    event: Event,
}

impl Side {
    fn new(functions: &'static Functions, size: usize, event: Event) -> Self {
        let mut coder = ptr::null_mut();
        // SAFETY: the result has a place.
        let returned = unsafe { (functions.new)(size, &raw mut coder) };
        assert_eq!(returned, 0);
        Self {
            functions,
            coder,
            event,
        }
    }

    /// Makes the call that the next bytes of the case describe. The result must be the same on both
    /// sides.
    fn step(&mut self, input: &mut Input<'_>) -> (c_long, Vec<u8>, Event) {
        let Self {
            functions,
            coder,
            event,
        } = self;
        let coder = *coder;
        let place = (&raw mut *event).cast::<snd_seq_event_t>();
        let mut data = Vec::new();
        let returned = match input.u8() % 16 {
            // Most bytes of a stream are data bytes.
            0..=4 => {
                let bytes = input.bytes(3);
                // SAFETY: there are as many bytes, and an event.
                let taken = unsafe {
                    (functions.encode)(
                        coder,
                        bytes.as_ptr(),
                        bytes.len().try_into().unwrap(),
                        place,
                    )
                };
                data = self.taken(taken != 0);
                taken
            }
            5 => {
                let count = input.u8();
                let bytes = input.bytes(count.into());
                // SAFETY: as above.
                let taken = unsafe {
                    (functions.encode)(
                        coder,
                        bytes.as_ptr(),
                        bytes.len().try_into().unwrap(),
                        place,
                    )
                };
                data = self.taken(taken != 0);
                taken
            }
            6 | 7 => {
                let byte = match input.u8() {
                    byte @ 0..250 => byte.into(),
                    // A larger number is cut to a byte.
                    byte => i32::from_ne_bytes(input.array()) | c_int::from(byte),
                };
                // SAFETY: there is an event.
                let whole = unsafe { (functions.encode_byte)(coder, byte, place) };
                data = self.taken(whole == 1);
                whole.into()
            }
            8..=11 => {
                let mut event = Event(input.array());
                if event.0[0] < 192 {
                    event.0[0] = TYPES[usize::from(event.0[0]) % TYPES.len()];
                }
                let mut room = c_long::from(input.u8() % 32) - 1;
                let length = input.u8() % 24;
                let bytes = input.bytes(length.into());
                if event.0[0] == SYSEX {
                    event.set_ext(bytes.len(), bytes.as_ptr().expose_provenance());
                    room += 8;
                }
                data = vec![0xaa; 48];
                let event = (&raw const event).cast();
                // SAFETY: there is more room, and the event's data is there.
                unsafe { (functions.decode)(coder, data.as_mut_ptr(), room, event) }
            }
            12 => {
                // A new event, so that unwritten fields differ.
                self.event = Event(input.array());
                0
            }
            13 => {
                // KNOWN DIFFERENCE: a buffer of 0 bytes does not crash here. libasound
                // writes up to three bytes into any, but `malloc` never gives fewer.
                let size = match input.u8() {
                    255 => TOO_MUCH,
                    size => usize::from(size / 4),
                };
                // SAFETY: nothing uses its loans any more.
                unsafe { (functions.resize)(coder, size) }.into()
            }
            14 => {
                // SAFETY: there is a coder.
                unsafe {
                    match input.u8() % 4 {
                        0 => (functions.init)(coder),
                        1 => (functions.reset_encode)(coder),
                        2 => (functions.reset_decode)(coder),
                        _ => (functions.no_status)(coder, c_int::from(input.u8() % 4) - 1),
                    }
                }
                0
            }
            _ => {
                let mut none = ptr::dangling_mut();
                // SAFETY: the result has a place.
                let failed = unsafe { (functions.new)(TOO_MUCH, &raw mut none) };
                assert!(none.is_null());
                failed.into()
            }
        };
        (returned, data, self.event)
    }

    fn taken(&mut self, whole: bool) -> Vec<u8> {
        match whole {
            true => self.event.take_data(),
            false => Vec::new(),
        }
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        // SAFETY: it is not used any more.
        unsafe { (self.functions.free)(self.coder) };
    }
}

/// The case: the size of a buffer, and calls.
pub fn check(case: &[u8]) {
    let mut input = Input::new(case);
    let size = 1 + usize::from(input.u8() / 4);
    let event = Event(input.array());
    let mut ours = Side::new(&OURS, size, event);
    let mut theirs = Side::new(&THEIRS, size, event);
    let mut rest = input.rest();
    while !rest.is_empty() {
        let mut input = Input::new(rest);
        let our = ours.step(&mut input);
        let after = input.rest();
        let their = theirs.step(&mut Input::new(rest));
        let step = &rest[..rest.len() - after.len()];
        assert_eq!(our, their, "step {step:x?}, buffer of {size}");
        rest = after;
    }
}
