//! MIDI bytes to events, and back. The fuzz target `capi_midi` compares everything with libasound.

use alsa_seq_capi::*;
use alsa_seq_kernel_abi::consts::*;
use alsa_seq_kernel_abi::event::{Ctrl, Ext, I32, Note, U32, Usize};
use alsa_seq_kernel_abi::flags::EventFlags;
use core::ffi::{c_int, c_long};
use std::ptr;

/// A coder that is freed when it is dropped.
struct Coder(*mut snd_midi_event_t);

impl Coder {
    fn new(size: usize) -> Self {
        let mut dev = ptr::null_mut();
        assert_eq!(unsafe { snd_midi_event_new(size, &raw mut dev) }, 0);
        Self(dev)
    }

    /// A call of `encode`: the number of bytes that it has read, and the event with its data.
    fn encode(&self, bytes: &[u8]) -> (c_long, snd_seq_event_t, Vec<u8>) {
        let mut event = zeroed();
        let count = c_long::try_from(bytes.len()).unwrap();
        let taken = unsafe { snd_midi_event_encode(self.0, bytes.as_ptr(), count, &raw mut event) };
        let data = lent(&event);
        (taken, event, data)
    }

    fn encode_byte(&self, byte: c_int, event: &mut snd_seq_event_t) -> c_int {
        unsafe { snd_midi_event_encode_byte(self.0, byte, event) }
    }

    /// Returns the data of the system-exclusive events in a stream.
    fn pieces(&self, mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut pieces = Vec::new();
        while !bytes.is_empty() {
            let (taken, event, data) = self.encode(bytes);
            bytes = &bytes[usize::try_from(taken).unwrap()..];
            if event.header.event_type == EVENT_SYSEX {
                pieces.push(data);
            }
        }
        pieces
    }

    fn reset_decode(&self) {
        unsafe { snd_midi_event_reset_decode(self.0) };
    }

    /// Returns the bytes of an event. The buffer has room for this number.
    fn decode_into(&self, room: usize, event: &snd_seq_event_t) -> Result<Vec<u8>, c_long> {
        let mut bytes = [0xaa; 32];
        let count = c_long::try_from(room).unwrap();
        let length = unsafe { snd_midi_event_decode(self.0, bytes.as_mut_ptr(), count, event) };
        let written = usize::try_from(length).unwrap_or(0);
        assert!(bytes[written..].iter().all(|byte| *byte == 0xaa));
        match length {
            ..0 => Err(length),
            _ => Ok(bytes[..written].to_vec()),
        }
    }

    fn decode(&self, event: &snd_seq_event_t) -> Result<Vec<u8>, c_long> {
        self.decode_into(32, event)
    }
}

impl Drop for Coder {
    fn drop(&mut self) {
        unsafe { snd_midi_event_free(self.0) };
    }
}

fn zeroed() -> snd_seq_event_t {
    snd_seq_event_t::zeroed()
}

fn note(event_type: u8, channel: u8, note: u8, velocity: u8) -> snd_seq_event_t {
    let mut event = zeroed();
    event.header.event_type = event_type;
    event.set_payload(&Note {
        channel,
        note,
        velocity,
        ..Note::zeroed()
    });
    event
}

fn control(event_type: u8, channel: u8, param: u32, value: i32) -> snd_seq_event_t {
    let mut event = zeroed();
    event.header.event_type = event_type;
    event.set_payload(&Ctrl {
        channel,
        param: U32::new(param),
        value: I32::new(value),
        ..Ctrl::zeroed()
    });
    event
}

fn sysex(bytes: &[u8]) -> snd_seq_event_t {
    let mut event = zeroed();
    event.header.event_type = EVENT_SYSEX;
    event.header.flags = EventFlags::LENGTH_VARIABLE;
    event.set_payload(&Ext {
        len: U32::new(u32::try_from(bytes.len()).unwrap()),
        ptr: Usize::new(bytes.as_ptr().expose_provenance()),
    });
    event
}

/// Returns the data that a coder has made available to an event.
fn lent(event: &snd_seq_event_t) -> Vec<u8> {
    if event.header.event_type != EVENT_SYSEX {
        return Vec::new();
    }
    let ext: Ext = event.payload();
    let start = ptr::with_exposed_provenance::<u8>(ext.ptr.get());
    unsafe { std::slice::from_raw_parts(start, usize::try_from(ext.len.get()).unwrap()) }.to_vec()
}

/// Messages of fixed length, and their events.
fn messages() -> Vec<(&'static [u8], snd_seq_event_t)> {
    vec![
        (&[0x81, 60, 64], note(EVENT_NOTEOFF, 1, 60, 64)),
        (&[0x9f, 127, 0], note(EVENT_NOTEON, 15, 127, 0)),
        (&[0xa0, 0, 127], note(EVENT_KEYPRESS, 0, 0, 127)),
        (&[0xb2, 7, 100], control(EVENT_CONTROLLER, 2, 7, 100)),
        (&[0xc3, 5], control(EVENT_PGMCHANGE, 3, 0, 5)),
        (&[0xd4, 6], control(EVENT_CHANPRESS, 4, 0, 6)),
        (&[0xe5, 0, 0], control(EVENT_PITCHBEND, 5, 0, -8192)),
        (&[0xe5, 0x7f, 0x7f], control(EVENT_PITCHBEND, 5, 0, 8191)),
        (&[0xf1, 0x35], control(EVENT_QFRAME, 0, 0, 0x35)),
        (&[0xf2, 1, 2], control(EVENT_SONGPOS, 0, 0, 257)),
        (&[0xf3, 9], control(EVENT_SONGSEL, 0, 0, 9)),
        (&[0xf6], control(EVENT_TUNE_REQUEST, 0, 0, 0)),
        (&[0xf8], control(EVENT_CLOCK, 0, 0, 0)),
        (&[0xfa], control(EVENT_START, 0, 0, 0)),
        (&[0xfb], control(EVENT_CONTINUE, 0, 0, 0)),
        (&[0xfc], control(EVENT_STOP, 0, 0, 0)),
        (&[0xfe], control(EVENT_SENSING, 0, 0, 0)),
        (&[0xff], control(EVENT_RESET, 0, 0, 0)),
    ]
}

#[test]
fn every_message_is_converted_to_an_event_and_back() {
    for (bytes, expected) in messages() {
        // The buffer is used only for system-exclusive messages.
        for size in [0, 1, 2, 64] {
            let coder = Coder::new(size);
            let (taken, event, _) = coder.encode(bytes);
            assert_eq!(taken, c_long::try_from(bytes.len()).unwrap());
            assert_eq!(event, expected, "{bytes:x?}");
            assert_eq!(coder.decode(&event), Ok(bytes.to_vec()));
            coder.reset_decode();
            let short = coder.decode_into(bytes.len() - 1, &event);
            assert_eq!(short, Err(-c_long::from(libc::ENOMEM)), "{bytes:x?}");
        }
    }
}

#[test]
fn only_the_data_of_the_message_is_written_to_an_event() {
    let full = || {
        let mut event = zeroed();
        event.data = [0x55; 12];
        event.header.event_type = EVENT_ECHO;
        event.header.flags = EventFlags::from_bits_retain(0xff);
        event.header.queue = 3;
        event.header.tag = 4;
        event.header.source.client = 5;
        event
    };
    let coder = Coder::new(16);
    let mut event = full();
    let mut expected = full();
    assert_eq!(coder.encode_byte(0x91, &mut event), 0);
    assert_eq!(coder.encode_byte(60, &mut event), 0);
    // No status was written so far. Only the low bits count.
    assert_eq!(event, expected);
    assert_eq!(coder.encode_byte(0x100 | 100, &mut event), 1);
    expected.header.event_type = EVENT_NOTEON;
    expected.header.flags = expected.header.flags.with_length(EventFlags::LENGTH_FIXED);
    expected.data[..3].copy_from_slice(&[1, 60, 100]);
    assert_eq!(event, expected);

    let mut event = full();
    coder.encode_byte(0xf6, &mut event);
    expected.header.event_type = EVENT_TUNE_REQUEST;
    expected.data = [0x55; 12];
    assert_eq!(event, expected);

    // `encode` sets the type to none. Without a complete message, it does not change.
    let mut event = full();
    let bytes = [0x91, 60];
    let taken = unsafe { snd_midi_event_encode(coder.0, bytes.as_ptr(), 2, &raw mut event) };
    let mut expected = full();
    expected.header.event_type = EVENT_NONE;
    assert_eq!((taken, event), (2, expected));
}

#[test]
fn only_common_messages_end_running_status_in_a_stream() {
    let coder = Coder::new(16);
    let types = |mut bytes: &[u8]| {
        let mut types = Vec::new();
        while !bytes.is_empty() {
            let (taken, event, _) = coder.encode(bytes);
            bytes = &bytes[usize::try_from(taken).unwrap()..];
            types.push(event.header.event_type);
        }
        types
    };
    assert_eq!(types(&[0x90, 1, 2, 3, 4]), [EVENT_NOTEON, EVENT_NOTEON]);
    // A clock comes at once.
    assert_eq!(types(&[5, 0xf8, 6]), [EVENT_CLOCK, EVENT_NOTEON]);
    assert_eq!(types(&[0xc0, 1, 2]), [EVENT_PGMCHANGE, EVENT_PGMCHANGE]);
    assert_eq!(types(&[0xf3, 1, 2, 3]), [EVENT_SONGSEL, EVENT_NONE]);
    // Bytes that are not messages: F4, F5, F9, FD, an F7 alone, and data after them.
    let nothing = [0x90, 1, 2, 0xf4, 1, 2, 0xf5, 1, 0xf9, 0xfd, 0xf7, 1, 2, 3];
    assert_eq!(types(&nothing), [EVENT_NOTEON, EVENT_NONE]);
    unsafe { snd_midi_event_reset_encode(coder.0) };
    assert_eq!(types(&[0x90, 1, 2]), [EVENT_NOTEON]);
    unsafe { snd_midi_event_reset_encode(coder.0) };
    assert_eq!(types(&[1, 2]), [EVENT_NONE]);
    assert_eq!(types(&[0x90, 1]), [EVENT_NONE]);
    unsafe { snd_midi_event_init(coder.0) };
    assert_eq!(types(&[2, 1, 2]), [EVENT_NONE]);
}

#[test]
fn running_status_is_written_unless_it_is_switched_off() {
    let coder = Coder::new(0);
    let on = note(EVENT_NOTEON, 1, 2, 3);
    assert_eq!(coder.decode(&on), Ok(vec![0x91, 2, 3]));
    assert_eq!(coder.decode(&on), Ok(vec![2, 3]));
    coder.reset_decode();
    assert_eq!(coder.decode(&on), Ok(vec![0x91, 2, 3]));
    unsafe { snd_midi_event_init(coder.0) };
    assert_eq!(coder.decode(&on), Ok(vec![0x91, 2, 3]));
    // A clock ends it, and so does a system-exclusive message.
    let clock = control(EVENT_CLOCK, 0, 0, 0);
    for other in [clock, sysex(&[0xf0, 1, 0xf7]), sysex(&[])] {
        coder.decode(&other).unwrap();
        assert_eq!(coder.decode(&on), Ok(vec![0x91, 2, 3]));
        assert_eq!(coder.decode(&on), Ok(vec![2, 3]));
    }
    // The status has changed although the buffer had no room.
    let off = note(EVENT_NOTEOFF, 1, 2, 3);
    let no_room = Err(-c_long::from(libc::ENOMEM));
    assert_eq!(coder.decode_into(2, &off), no_room);
    assert_eq!(coder.decode_into(2, &off), Ok(vec![2, 3]));

    unsafe { snd_midi_event_no_status(coder.0, 2) };
    assert_eq!(coder.decode(&off), Ok(vec![0x81, 2, 3]));
    assert_eq!(coder.decode(&off), Ok(vec![0x81, 2, 3]));
    unsafe { snd_midi_event_no_status(coder.0, 0) };
    assert_eq!(coder.decode(&off), Ok(vec![2, 3]));
}

#[test]
fn a_14_bit_controller_or_parameter_becomes_several_controllers() {
    let coder = Coder::new(0);
    let volume = control(EVENT_CONTROL14, 3, 7, 0x1234);
    let single = control(EVENT_CONTROL14, 3, 40, 0x1234);
    let nrpn = control(EVENT_NONREGPARAM, 3, 0x85, 0x102);
    let rpn = control(EVENT_REGPARAM, 3, 2, 0x3fff);
    let no_room = Err(-c_long::from(libc::ENOMEM));
    assert_eq!(coder.decode_into(4, &volume), no_room);
    assert_eq!(coder.decode(&volume), Ok(vec![0xb3, 7, 0x24, 39, 0x34]));
    assert_eq!(coder.decode_into(3, &volume), no_room);
    assert_eq!(coder.decode_into(4, &volume), Ok(vec![7, 0x24, 39, 0x34]));
    assert_eq!(coder.decode_into(2, &single), Ok(vec![40, 0x34]));
    let bytes = [99, 1, 98, 5, 6, 2, 38, 2];
    assert_eq!(coder.decode_into(8, &nrpn), Ok(bytes.to_vec()));
    assert_eq!(coder.decode_into(7, &nrpn), no_room);
    let bytes = [101, 0, 100, 2, 6, 127, 38, 127];
    assert_eq!(coder.decode(&rpn), Ok(bytes.to_vec()));

    unsafe { snd_midi_event_no_status(coder.0, 1) };
    let bytes = [0xb3, 101, 0, 0xb3, 100, 2, 0xb3, 6, 127, 0xb3, 38, 127];
    assert_eq!(coder.decode(&rpn), Ok(bytes.to_vec()));
    assert_eq!(coder.decode_into(11, &rpn), no_room);
    assert_eq!(coder.decode(&single), Ok(vec![0xb3, 40, 0x34]));
    let bytes = [0xb3, 7, 0x24, 0xb3, 39, 0x34];
    assert_eq!(coder.decode(&volume), Ok(bytes.to_vec()));
}

#[test]
fn sysex_arrives_complete_or_in_pieces_of_the_buffers_size() {
    let message: &[u8] = &[0xf0, 1, 2, 3, 4, 0xf7];
    assert_eq!(Coder::new(6).pieces(message), [message]);
    assert_eq!(Coder::new(7).pieces(message), [message]);
    let five: [&[u8]; 2] = [&message[..5], &message[5..]];
    assert_eq!(Coder::new(5).pieces(message), five);
    let two: [&[u8]; 3] = [&message[..2], &message[2..4], &message[4..]];
    assert_eq!(Coder::new(2).pieces(message), two);
    for size in [0, 1] {
        let single: Vec<_> = message.chunks(1).collect();
        assert_eq!(Coder::new(size).pieces(message), single);
    }
    let coder = Coder::new(64);
    // A clock inside it comes first. Another status ends it without an event.
    let (taken, event, _) = coder.encode(&[0xf0, 1, 0xf8]);
    assert_eq!((taken, event.header.event_type), (3, EVENT_CLOCK));
    let (taken, event, data) = coder.encode(&[2, 0xf7, 0xf6]);
    assert_eq!((taken, event.header.event_type), (2, EVENT_SYSEX));
    assert_eq!(event.header.flags, EventFlags::LENGTH_VARIABLE);
    assert_eq!(data, [0xf0, 1, 2, 0xf7]);
    let (taken, event, _) = coder.encode(&[0xf0, 1, 0x90, 1, 2, 0xf7]);
    assert_eq!((taken, event.header.event_type), (5, EVENT_NOTEON));
}

#[test]
fn a_resized_buffer_drops_an_incomplete_message() {
    let coder = Coder::new(3);
    let resize = |size| unsafe { snd_midi_event_resize_buffer(coder.0, size) };
    assert!(coder.pieces(&[0xf0, 1]).is_empty());
    // The same size is no change.
    assert_eq!(resize(3), 0);
    assert_eq!(coder.pieces(&[2]), [[0xf0, 1, 2]]);
    assert_eq!(resize(4), 0);
    assert!(coder.pieces(&[3, 0xf7]).is_empty());
    assert_eq!(coder.pieces(&[0xf0, 1, 2, 3]), [[0xf0, 1, 2, 3]]);
    coder.pieces(&[4]);
    // Without memory, it stays as it is.
    assert_eq!(resize(usize::MAX / 2), -libc::ENOMEM);
    assert_eq!(coder.pieces(&[5, 0xf7]), [[4, 5, 0xf7]]);
    assert_eq!(resize(0), 0);
    assert_eq!(coder.pieces(&[0xf0, 1]), [[0xf0], [1]]);
}

#[test]
fn sysex_events_are_copied_and_need_the_flag_for_data() {
    let coder = Coder::new(0);
    let bytes = [0xf0, 1, 2, 0xf7];
    let mut event = sysex(&bytes);
    assert_eq!(coder.decode_into(4, &event), Ok(bytes.to_vec()));
    assert_eq!(
        coder.decode_into(3, &event),
        Err(-c_long::from(libc::ENOMEM))
    );
    // A piece is also copied, and so is an event without data.
    assert_eq!(coder.decode(&sysex(&bytes[1..3])), Ok(vec![1, 2]));
    assert_eq!(coder.decode_into(0, &sysex(&[])), Ok(vec![]));
    event.header.flags = EventFlags::LENGTH_FIXED;
    assert_eq!(coder.decode(&event), Err(-c_long::from(libc::EINVAL)));
    let mut event = sysex(&bytes);
    event.set_payload(&Ext::new(4));
    assert_eq!(coder.decode(&event), Err(-c_long::from(libc::EINVAL)));
}

#[test]
fn other_events_are_refused_and_values_are_cut() {
    let coder = Coder::new(0);
    let midi: Vec<u8> = messages()
        .iter()
        .map(|(_, event)| event.header.event_type)
        .chain([
            EVENT_CONTROL14,
            EVENT_NONREGPARAM,
            EVENT_REGPARAM,
            EVENT_SYSEX,
        ])
        .collect();
    for event_type in 0..=u8::MAX {
        let mut event = zeroed();
        event.header.event_type = event_type;
        event.header.flags = EventFlags::LENGTH_VARIABLE;
        let refused = coder.decode(&event) == Err(-c_long::from(libc::ENOENT));
        assert_eq!(refused, !midi.contains(&event_type), "{event_type}");
    }
    let event = note(EVENT_NOTEON, 0xff, 0xff, 0x80);
    assert_eq!(coder.decode(&event), Ok(vec![0x9f, 0x7f, 0]));
    let event = control(EVENT_CONTROLLER, 0x10, 0x1_0087, -1);
    assert_eq!(coder.decode(&event), Ok(vec![0xb0, 7, 0x7f]));
    let event = control(EVENT_PITCHBEND, 0, 0, i32::MAX);
    assert_eq!(coder.decode(&event), Ok(vec![0xe0, 0x7f, 0x3f]));
}

#[test]
fn null_is_refused() {
    let mut event = zeroed();
    let mut bytes = [0x90_u8, 1, 2];
    let null = ptr::null_mut();
    unsafe {
        assert_eq!(snd_midi_event_new(1, ptr::null_mut()), -libc::EINVAL);
        let mut dev = ptr::dangling_mut();
        let too_much = usize::MAX / 2;
        assert_eq!(snd_midi_event_new(too_much, &raw mut dev), -libc::ENOMEM);
        assert!(dev.is_null());
        snd_midi_event_free(null);
        snd_midi_event_init(null);
        snd_midi_event_reset_encode(null);
        snd_midi_event_reset_decode(null);
        snd_midi_event_no_status(null, 1);
        assert_eq!(snd_midi_event_resize_buffer(null, 1), -libc::EINVAL);
        let invalid = -c_long::from(libc::EINVAL);
        let start = bytes.as_mut_ptr();
        let encoded = snd_midi_event_encode(null, start, 3, &raw mut event);
        assert_eq!(encoded, invalid);
        let byte = snd_midi_event_encode_byte(null, 0x90, &raw mut event);
        assert_eq!(byte, -libc::EINVAL);
        let decoded = snd_midi_event_decode(null, start, 3, &raw const event);
        assert_eq!(decoded, invalid);
        let coder = Coder::new(1);
        let encoded = snd_midi_event_encode(coder.0, start, 3, ptr::null_mut());
        assert_eq!(encoded, invalid);
        let encoded = snd_midi_event_encode(coder.0, ptr::null(), 3, &raw mut event);
        assert_eq!(encoded, invalid);
        // A count of 0 bytes is allowed with every pointer.
        let encoded = snd_midi_event_encode(coder.0, ptr::null(), 0, &raw mut event);
        assert_eq!(encoded, 0);
        let byte = snd_midi_event_encode_byte(coder.0, 0x90, ptr::null_mut());
        assert_eq!(byte, -libc::EINVAL);
        let decoded = snd_midi_event_decode(coder.0, start, 3, ptr::null());
        assert_eq!(decoded, invalid);
        let event = note(EVENT_NOTEON, 0, 1, 2);
        let decoded = snd_midi_event_decode(coder.0, null.cast(), 3, &raw const event);
        assert_eq!(decoded, -c_long::from(libc::ENOMEM));
    }
}
