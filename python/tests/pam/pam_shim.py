"""The internal names of python-alsa-midi that its suite uses, on the kernel's own record.

A plugin of pytest, to be loaded after ``pam_alias``. The suite makes events in C's layout by
cffi and compares them field by field. Here that layout is the kernel's record of 28 bytes,
which :meth:`Event.to_bytes` and :meth:`Event.from_bytes` write and read, so these tests are
tests of the codec. The numbers come from the kernel's header.
"""

import re
import types
import weakref
from pathlib import Path

import alsa_midi
import cffi
from alsa_midi.client import SequencerClientBase
from alsa_midi.event import ExternalDataEventBase, MidiBytesEvent

HEADER = Path("/usr/include/sound/asequencer.h")

ffi = cffi.FFI()
ffi.cdef("""
    typedef struct { uint8_t client, port; } snd_seq_addr_t;
    typedef struct { uint32_t tv_sec, tv_nsec; } snd_seq_real_time_t;
    typedef union { uint32_t tick; snd_seq_real_time_t time; } snd_seq_timestamp_t;
    typedef struct { uint8_t d[12]; } snd_seq_ev_raw8_t;
    typedef struct {
        uint8_t type, flags, tag, queue;
        snd_seq_timestamp_t time;
        snd_seq_addr_t source, dest;
        union {
            struct { uint8_t channel, note, velocity, off_velocity; uint32_t duration; } note;
            struct { uint8_t channel, unused[3]; uint32_t param; int32_t value; } control;
            snd_seq_ev_raw8_t raw8;
            struct { uint32_t len; void *ptr; } ext;
            struct {
                uint8_t queue, unused[3];
                union {
                    int32_t value;
                    snd_seq_timestamp_t time;
                    uint32_t position;
                    struct { uint32_t value, base; } skew;
                } param;
            } queue;
            snd_seq_addr_t addr;
            struct { snd_seq_addr_t sender, dest; } connect;
            struct { int32_t event, result; } result;
        } data;
    } snd_seq_event_t;
""", packed=True)

RECORD = 28
assert ffi.sizeof("snd_seq_event_t") == RECORD


def numbers():
    """The constants of the kernel's header, under libasound's names."""
    found = {}
    pattern = r"^#define\s+SNDRV_(SEQ_\w+)\s+\(?(\d+)(?:\s*<<\s*(\d+))?\)?\s*(?:/\*.*)?$"
    for name, value, shift in re.findall(pattern, HEADER.read_text(), re.MULTILINE):
        found["SND_" + name] = int(value) << int(shift or 0)
    assert len(found) > 80, f"{HEADER} is not as it was"
    # libasound's alone.
    found["SND_SEQ_EVENT_SYNC_POS"] = 39
    return found


alsa = types.SimpleNamespace(**numbers())
VARIABLE = alsa.SND_SEQ_EVENT_LENGTH_VARIABLE
LENGTH_MASK = 3 << 2

#: The data behind the pointers in events, for as long as the events live.
kept = weakref.WeakKeyDictionary()


def to_alsa(self, alsa_event, **route):
    data = self.to_bytes(**route)
    ffi.buffer(alsa_event)[:] = data[:RECORD]
    if isinstance(self, ExternalDataEventBase):
        kept[alsa_event] = ffi.new("uint8_t[]", data[RECORD:])
        alsa_event.data.ext.ptr = kept[alsa_event]
    return alsa_event


def from_alsa(cls, alsa_event, **more):
    record = ffi.new("snd_seq_event_t *", alsa_event[0])
    data = b""
    if issubclass(cls, ExternalDataEventBase):
        data = bytes(ffi.buffer(record.data.ext.ptr, record.data.ext.len))
        record.flags |= VARIABLE
        record.data.ext.ptr = ffi.NULL
    event = cls._from_record(bytes(ffi.buffer(record)) + data)
    for name, value in more.items():
        setattr(event, name, value)
    return event


def prepare_event(self, event, *, remainder=None, **route):
    assert not isinstance(event, MidiBytesEvent), "MIDI bytes are parsed in Rust"
    return to_alsa(event, ffi.new("snd_seq_event_t *"), **route), None


alsa_midi.alsa, alsa_midi.ffi = alsa, ffi
for name, attribute in [("_to_alsa", to_alsa), ("_from_alsa", classmethod(from_alsa))]:
    setattr(alsa_midi.Event, name, attribute)
SequencerClientBase._prepare_event = prepare_event
SequencerClientBase._handle_p = property(
    lambda self: None if self.handle is None else [self.handle])
