"""The ALSA sequencer, without libasound: the API of python-alsa-midi.

>>> from alsa_sequencer import NoteOnEvent, SequencerClient
>>> client = SequencerClient("example")
>>> port = client.create_port("out")
>>> client.event_output_direct(NoteOnEvent(60), port=port)
"""

from .address import ALL_SUBSCRIBERS, SYSTEM_ANNOUNCE, SYSTEM_TIMER, Address
from .client import (
    ClientInfo, ClientPool, ClientType, RemoveCondition, RemoveEvents, SequencerClient,
    SequencerType, SubscriptionQuery, SubscriptionQueryType, SystemInfo,
)
from .event import *  # noqa: F403
from .exceptions import ALSAError, Error, OverrunError, StateError
from .port import READ_PORT, RW_PORT, WRITE_PORT, Port, PortCaps, PortInfo, PortType
