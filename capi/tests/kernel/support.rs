//! Handles that are closed automatically, and events.

use alsa_seq_capi::*;
use alsa_seq_kernel_abi::consts::{EVENT_NOTEON, EVENT_SYSEX, QUEUE_DIRECT};
use alsa_seq_kernel_abi::event::{Address, Ext, Usize};
use alsa_seq_kernel_abi::flags::{EventFlags, PortCaps, PortType};
use core::ffi::{CStr, c_int};
use std::io::Write as _;
use std::ptr;

/// A handle, closed when it is dropped.
pub(crate) struct Seq(pub(crate) *mut snd_seq_t);

// Used as in C programs: see the crate's rules.
unsafe impl Send for Seq {}
unsafe impl Sync for Seq {}

impl Drop for Seq {
    fn drop(&mut self) {
        assert_eq!(unsafe { snd_seq_close(self.0) }, 0);
    }
}

/// Returns a new client. Without a sequencer, returns `None` and prints a note, unless the tests
/// require a sequencer.
pub(crate) fn open_as(streams: c_int, mode: c_int) -> Option<Seq> {
    let mut seq = ptr::null_mut();
    let opened = unsafe { snd_seq_open(&mut seq, c"default".as_ptr(), streams, mode) };
    if opened == 0 {
        assert!(!seq.is_null());
        return Some(Seq(seq));
    }
    assert!(seq.is_null());
    assert!(
        std::env::var("ALSA_SEQ_REQUIRE_KERNEL").as_deref() != Ok("1"),
        "no sequencer: {opened}"
    );
    // Written past the test harness, which hides the output of passing tests.
    let _ = writeln!(std::io::stderr(), "SKIPPED: no sequencer: {opened}");
    None
}

/// Returns a blocking client for both directions.
pub(crate) fn open() -> Option<Seq> {
    open_as(SND_SEQ_OPEN_DUPLEX, 0)
}

/// Returns a non-blocking client for both directions.
pub(crate) fn open_nonblock() -> Option<Seq> {
    open_as(SND_SEQ_OPEN_DUPLEX, SND_SEQ_NONBLOCK)
}

impl Seq {
    /// Returns the handle, for closures of threads, which capture single fields.
    pub(crate) fn raw(&self) -> *mut snd_seq_t {
        self.0
    }

    /// Returns the client's number.
    pub(crate) fn client(&self) -> u8 {
        u8::try_from(unsafe { snd_seq_client_id(self.0) }).unwrap()
    }

    /// Returns a port that every client may read, write and connect.
    pub(crate) fn port(&self, name: &CStr) -> u8 {
        let caps = PortCaps::READ | PortCaps::WRITE | PortCaps::SUBS_READ | PortCaps::SUBS_WRITE;
        let kind = PortType::MIDI_GENERIC.bits();
        let port = unsafe { snd_seq_create_simple_port(self.0, name.as_ptr(), caps.bits(), kind) };
        u8::try_from(port).unwrap()
    }

    /// Returns its number, and a port.
    pub(crate) fn address(&self, name: &CStr) -> Address {
        Address::new(self.client(), self.port(name))
    }

    /// Receives an event, which must exist or arrive. Returns a copy, and its data.
    pub(crate) fn receive(&self) -> (snd_seq_event_t, Vec<u8>) {
        let mut event = ptr::null_mut();
        assert_eq!(unsafe { snd_seq_event_input(self.0, &mut event) }, 1);
        let event = unsafe { event.read() };
        let data = data_of(&event).to_vec();
        (event, data)
    }

    /// Expects no event. Returns the error.
    pub(crate) fn receive_error(&self) -> c_int {
        let mut event = ptr::dangling_mut();
        let error = unsafe { snd_seq_event_input(self.0, &mut event) };
        assert!(error < 0, "{error}");
        assert!(event.is_null());
        error
    }
}

/// Returns the data of a variable-length event.
pub(crate) fn data_of(event: &snd_seq_event_t) -> &[u8] {
    if event.header.flags.length() != EventFlags::LENGTH_VARIABLE {
        return &[];
    }
    let ext: Ext = event.payload();
    let data = ptr::with_exposed_provenance::<u8>(ext.ptr.get());
    unsafe { std::slice::from_raw_parts(data, ext.len.get() as usize) }
}

/// Makes a direct note-on from a port to a port, or with 254 to its subscribers.
pub(crate) fn note(source: u8, dest: Address, key: u8) -> snd_seq_event_t {
    let mut event = snd_seq_event_t::zeroed();
    event.header.event_type = EVENT_NOTEON;
    event.header.queue = QUEUE_DIRECT;
    event.header.source.port = source;
    event.header.dest = dest;
    event.header.tag = key;
    event.data = [0, key, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    event
}

/// Makes a direct sysex event with data.
pub(crate) fn sysex(source: u8, dest: Address, data: &[u8]) -> snd_seq_event_t {
    let mut event = note(source, dest, 0);
    event.header.event_type = EVENT_SYSEX;
    event.header.flags = EventFlags::LENGTH_VARIABLE;
    let mut ext = Ext::new(u32::try_from(data.len()).unwrap());
    ext.ptr = Usize::new(data.as_ptr().expose_provenance());
    event.set_payload(&ext);
    event
}

/// The subscribers of an event's source.
pub(crate) const SUBSCRIBERS: Address = Address::new(254, 253);
