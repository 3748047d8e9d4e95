"""Direct access to the kernel: numbers and sizes for ``fcntl.ioctl`` on a client's file.

>>> import fcntl, sys
>>> from alsa_sequencer import SequencerClient, raw
>>> client = SequencerClient("raw")
>>> number = bytearray(4)
>>> fcntl.ioctl(client.fileno(), raw.IOCTL_CLIENT_ID, number)
>>> int.from_bytes(number, sys.byteorder) == client.client_id
True

The file must stay non-blocking. ``event_input()`` does not return events that a program has
read from the file itself.
"""

from __future__ import annotations

from ._enums import EventType

#: The size in bytes of an event, and of an event in a client of Universal MIDI Packets.
EVENT_SIZE = 28
UMP_EVENT_SIZE = 32

#: The queue number of events that are sent at once.
QUEUE_DIRECT = 253
#: The client number of an event that goes to all subscribers of its port.
ADDRESS_SUBSCRIBERS = 254
#: The client number of all clients.
ADDRESS_BROADCAST = 255


def _ioctl(direction: int, number: int, size: int) -> int:
    """The number of an ioctl of the sequencer. The type of these ioctls is 'S'."""
    return direction << 30 | size << 16 | ord("S") << 8 | number


_READ, _WRITE, _BOTH = 2, 1, 3

IOCTL_PVERSION = _ioctl(_READ, 0x00, 4)
IOCTL_CLIENT_ID = _ioctl(_READ, 0x01, 4)
IOCTL_SYSTEM_INFO = _ioctl(_BOTH, 0x02, 48)
IOCTL_RUNNING_MODE = _ioctl(_BOTH, 0x03, 16)
IOCTL_GET_CLIENT_INFO = _ioctl(_BOTH, 0x10, 188)
IOCTL_SET_CLIENT_INFO = _ioctl(_WRITE, 0x11, 188)
IOCTL_SUBSCRIBE_PORT = _ioctl(_WRITE, 0x30, 80)
IOCTL_UNSUBSCRIBE_PORT = _ioctl(_WRITE, 0x31, 80)
IOCTL_CREATE_QUEUE = _ioctl(_BOTH, 0x32, 140)
IOCTL_DELETE_QUEUE = _ioctl(_WRITE, 0x33, 140)
IOCTL_GET_QUEUE_INFO = _ioctl(_BOTH, 0x34, 140)
IOCTL_SET_QUEUE_INFO = _ioctl(_BOTH, 0x35, 140)
IOCTL_GET_NAMED_QUEUE = _ioctl(_BOTH, 0x36, 140)
IOCTL_GET_QUEUE_STATUS = _ioctl(_BOTH, 0x40, 92)
IOCTL_GET_QUEUE_TEMPO = _ioctl(_BOTH, 0x41, 44)
IOCTL_SET_QUEUE_TEMPO = _ioctl(_WRITE, 0x42, 44)
IOCTL_GET_QUEUE_TIMER = _ioctl(_BOTH, 0x45, 96)
IOCTL_SET_QUEUE_TIMER = _ioctl(_WRITE, 0x46, 96)
IOCTL_GET_QUEUE_CLIENT = _ioctl(_BOTH, 0x49, 76)
IOCTL_SET_QUEUE_CLIENT = _ioctl(_WRITE, 0x4A, 76)
IOCTL_GET_CLIENT_POOL = _ioctl(_BOTH, 0x4B, 88)
IOCTL_SET_CLIENT_POOL = _ioctl(_WRITE, 0x4C, 88)
IOCTL_REMOVE_EVENTS = _ioctl(_WRITE, 0x4E, 64)
IOCTL_QUERY_SUBS = _ioctl(_BOTH, 0x4F, 88)
IOCTL_GET_SUBSCRIPTION = _ioctl(_BOTH, 0x50, 80)
IOCTL_QUERY_NEXT_CLIENT = _ioctl(_BOTH, 0x51, 188)

#: The kernel's names of event types, with their numbers: ``SND_SEQ_EVENT_NOTEON`` is 6.
EVENT_TYPES = {f"SND_SEQ_EVENT_{member.name}": int(member) for member in EventType}
