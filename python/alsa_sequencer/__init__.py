"""The ALSA sequencer without libasound, with the API of python-alsa-midi.

>>> from alsa_sequencer import NoteOnEvent, SequencerClient
>>> client = SequencerClient("example")
>>> port = client.create_port("out")
>>> client.event_output_direct(NoteOnEvent(60), port=port)
"""

from typing import Any

from ._compat import explain, install_as_alsa_midi
from .address import ALL_SUBSCRIBERS, SYSTEM_ANNOUNCE, SYSTEM_TIMER, Address
from .client import (
    AsyncSequencerClient, ClientInfo, ClientPool, ClientType, RemoveCondition, RemoveEvents,
    SequencerClient, SequencerType, SubscriptionQuery, SubscriptionQueryType, SystemInfo,
)
from .event import (
    EventFlags, EventType, ActiveSensingEvent, BounceEvent, ChannelPressureEvent,
    ClientChangeEvent, ClientExitEvent, ClientStartEvent, ClockEvent, ContinueEvent,
    Control14BitChangeEvent, ControlChangeEvent, EchoEvent, Event, KeyPressureEvent,
    KeySignatureEvent, MidiBytesEvent, NonRegisteredParameterChangeEvent, NoteEvent,
    NoteOffEvent, NoteOnEvent, OSSEvent, PitchBendEvent, PortChangeEvent, PortExitEvent,
    PortStartEvent, PortSubscribedEvent, PortUnsubscribedEvent, ProgramChangeEvent,
    QueueSkewEvent, RealTime, RegisteredParameterChangeEvent, ResetEvent, ResultEvent,
    SetQueuePositionTickEvent, SetQueuePositionTimeEvent, SetQueueTempoEvent,
    SongPositionPointerEvent, SongSelectEvent, StartEvent, StopEvent, SyncPositionChangedEvent,
    SysExEvent, SystemEvent, TickEvent, TimeSignatureEvent, TuneRequestEvent, UmpEvent,
    UserVar0Event, UserVar1Event, UserVar2Event, UserVar3Event, UserVar4Event,
)
from .exceptions import ALSAError, Error, OverrunError, StateError
from .port import READ_PORT, RW_PORT, WRITE_PORT, Port, PortCaps, PortInfo, PortType
from .queue import Queue, QueueInfo, QueueStatus, QueueTempo, QueueTimer, QueueTimerType
from .watch import TopologyChange, TopologyWatch

__all__ = [
    "ALL_SUBSCRIBERS", "ALSAError", "ActiveSensingEvent", "Address", "AsyncSequencerClient",
    "BounceEvent", "ChannelPressureEvent", "ClientChangeEvent", "ClientExitEvent",
    "ClientInfo", "ClientPool", "ClientStartEvent", "ClientType", "ClockEvent",
    "ContinueEvent", "Control14BitChangeEvent", "ControlChangeEvent", "EchoEvent", "Error",
    "Event", "EventFlags", "EventType", "KeyPressureEvent", "KeySignatureEvent",
    "MidiBytesEvent", "NonRegisteredParameterChangeEvent", "NoteEvent", "NoteOffEvent",
    "NoteOnEvent", "OSSEvent", "OverrunError", "PitchBendEvent", "Port", "PortCaps",
    "PortChangeEvent", "PortExitEvent", "PortInfo", "PortStartEvent", "PortSubscribedEvent",
    "PortType", "PortUnsubscribedEvent", "ProgramChangeEvent", "Queue", "QueueInfo",
    "QueueSkewEvent", "QueueStatus", "QueueTempo", "QueueTimer", "QueueTimerType", "READ_PORT",
    "RW_PORT", "RealTime", "RegisteredParameterChangeEvent", "RemoveCondition", "RemoveEvents",
    "ResetEvent", "ResultEvent", "SYSTEM_ANNOUNCE", "SYSTEM_TIMER", "SequencerClient",
    "SequencerType", "SetQueuePositionTickEvent", "SetQueuePositionTimeEvent",
    "SetQueueTempoEvent", "SongPositionPointerEvent", "SongSelectEvent", "StartEvent",
    "StateError", "StopEvent", "SubscriptionQuery", "SubscriptionQueryType",
    "SyncPositionChangedEvent", "SysExEvent", "SystemEvent", "SystemInfo", "TickEvent",
    "TimeSignatureEvent", "TopologyChange", "TopologyWatch", "TuneRequestEvent", "UmpEvent",
    "UserVar0Event", "UserVar1Event", "UserVar2Event", "UserVar3Event", "UserVar4Event",
    "WRITE_PORT", "install_as_alsa_midi",
]


def __getattr__(name: str) -> Any:
    raise AttributeError(explain(name))
