"""The kernel's constants, as enumerations."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class EventType(IntEnum):
    """The type of an event. A number that has no name here becomes ``UNKNOWN_n``."""

    SYSTEM = 0
    RESULT = 1
    NOTE = 5
    NOTEON = 6
    NOTEOFF = 7
    KEYPRESS = 8
    CONTROLLER = 10
    PGMCHANGE = 11
    CHANPRESS = 12
    PITCHBEND = 13
    CONTROL14 = 14
    NONREGPARAM = 15
    REGPARAM = 16
    SONGPOS = 20
    SONGSEL = 21
    QFRAME = 22
    TIMESIGN = 23
    KEYSIGN = 24
    START = 30
    CONTINUE = 31
    STOP = 32
    SETPOS_TICK = 33
    SETPOS_TIME = 34
    TEMPO = 35
    CLOCK = 36
    TICK = 37
    QUEUE_SKEW = 38
    SYNC_POS = 39
    TUNE_REQUEST = 40
    RESET = 41
    SENSING = 42
    ECHO = 50
    OSS = 51
    CLIENT_START = 60
    CLIENT_EXIT = 61
    CLIENT_CHANGE = 62
    PORT_START = 63
    PORT_EXIT = 64
    PORT_CHANGE = 65
    PORT_SUBSCRIBED = 66
    PORT_UNSUBSCRIBED = 67
    USR0 = 90
    USR1 = 91
    USR2 = 92
    USR3 = 93
    USR4 = 94
    USR5 = 95
    USR6 = 96
    USR7 = 97
    USR8 = 98
    USR9 = 99
    SYSEX = 130
    BOUNCE = 131
    USR_VAR0 = 135
    USR_VAR1 = 136
    USR_VAR2 = 137
    USR_VAR3 = 138
    USR_VAR4 = 139
    NONE = 255

    @classmethod
    def _missing_(cls, value: object) -> EventType:
        if not isinstance(value, int):
            raise ValueError(f"{value!r} is not an event type")
        member = int.__new__(cls, value)
        member._value_ = value
        member._name_ = f"UNKNOWN_{value}"
        return member


class EventFlags(IntFlag):
    """The form of an event's time, the form of its length, and its priority."""

    TIME_STAMP_TICK = 0
    TIME_STAMP_REAL = 1
    TIME_STAMP_MASK = 1
    TIME_MODE_ABS = 0
    TIME_MODE_REL = 2
    TIME_MODE_MASK = 2
    EVENT_LENGTH_FIXED = 0
    EVENT_LENGTH_VARIABLE = 4
    EVENT_LENGTH_VARUSR = 8
    EVENT_LENGTH_MASK = 12
    PRIORITY_NORMAL = 0
    PRIORITY_HIGH = 16
    PRIORITY_MASK = 16


class PortCaps(IntFlag):
    """The capabilities of a port. They are named by the actions of other clients."""

    _NONE = 0
    READ = 1
    WRITE = 2
    SYNC_READ = 4
    SYNC_WRITE = 8
    DUPLEX = 16
    SUBS_READ = 32
    SUBS_WRITE = 64
    NO_EXPORT = 128


class PortType(IntFlag):
    """The type of a port: the kind of device or program that it belongs to."""

    ANY = 0
    SPECIFIC = 1
    MIDI_GENERIC = 2
    MIDI_GM = 4
    MIDI_GS = 8
    MIDI_XG = 16
    MIDI_MT32 = 32
    MIDI_GM2 = 64
    SYNTH = 1 << 10
    DIRECT_SAMPLE = 1 << 11
    SAMPLE = 1 << 12
    HARDWARE = 1 << 16
    SOFTWARE = 1 << 17
    SYNTHESIZER = 1 << 18
    PORT = 1 << 19
    APPLICATION = 1 << 20


class StreamOpenType(IntFlag):
    """The direction of a client's events."""

    OUTPUT = 1
    INPUT = 2
    DUPLEX = 3


class OpenMode(IntFlag):
    """The mode of opening. The file is non-blocking in any case."""

    NONBLOCK = 1


class ClientType(IntEnum):
    """The owner of a client: a program (USER) or a driver (KERNEL)."""

    _UNSET = 0
    USER = 1
    KERNEL = 2


class SequencerType(IntEnum):
    """libasound's kinds of sequencer. This package knows HW alone, the kernel's."""

    _UNSET = 0
    HW = 0
    SHM = 1
    INET = 2


class SubscriptionQueryType(IntEnum):
    """The direction of a port's connections. READ: the port sends, and others read from it.
    WRITE: the port receives."""

    READ = 0
    WRITE = 1


class RemoveCondition(IntFlag):
    """The conditions for the removal of events. An event must meet all of them."""

    INPUT = 1
    OUTPUT = 2
    DEST = 4
    DEST_CHANNEL = 8
    TIME_BEFORE = 16
    TIME_AFTER = 32
    TIME_TICK = 64
    EVENT_TYPE = 128
    IGNORE_OFF = 256
    TAG_MATCH = 512


class QueueTimerType(IntEnum):
    """The kind of timer that drives a queue. The kernel accepts ALSA alone."""

    ALSA = 0
    MIDI_CLOCK = 1
    MIDI_TICK = 2
