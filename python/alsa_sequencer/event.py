"""Events. Their classes are native. Each takes the keyword arguments of :class:`Event` after
its own."""

from __future__ import annotations

from typing import List, Type

from ._enums import EventFlags, EventType
from ._native import (
    ActiveSensingEvent, AddressEventBase, BounceEvent, ChannelPressureEvent, ClientChangeEvent,
    ClientExitEvent, ClientStartEvent, ClockEvent, ConnectEventBase, ContinueEvent,
    Control14BitChangeEvent, ControlChangeEvent, ControlChangeEventBase, EchoEvent, Event,
    ExternalDataEventBase, KeyPressureEvent, KeySignatureEvent, MidiBytesEvent,
    NonRegisteredParameterChangeEvent, NoteEvent, NoteEventBase, NoteOffEvent, NoteOnEvent,
    OSSEvent, ParamChangeEventBase, PitchBendEvent, PortChangeEvent, PortExitEvent,
    PortStartEvent, PortSubscribedEvent, PortUnsubscribedEvent, ProgramChangeEvent,
    QueueControlEventBase, QueueSkewEvent, RealTime, RegisteredParameterChangeEvent, ResetEvent,
    ResultEvent, ResultEventBase, SetQueuePositionTickEvent, SetQueuePositionTimeEvent,
    SetQueueTempoEvent, SongPositionPointerEvent, SongSelectEvent, StartEvent, StopEvent,
    SyncPositionChangedEvent, SysExEvent, SystemEvent, TickEvent, TimeSignatureEvent,
    TuneRequestEvent, UmpEvent, UserVar0Event, UserVar1Event, UserVar2Event, UserVar3Event,
    UserVar4Event,
)

#: The types of the events that are MIDI messages. ``prefer_bytes`` concerns these.
MIDI_BYTES_EVENTS = [
    EventType.NOTEOFF,
    EventType.NOTEON,
    EventType.KEYPRESS,
    EventType.CONTROLLER,
    EventType.PGMCHANGE,
    EventType.CHANPRESS,
    EventType.PITCHBEND,
    EventType.SYSEX,
    EventType.QFRAME,
    EventType.SONGPOS,
    EventType.SONGSEL,
    EventType.TUNE_REQUEST,
    EventType.CLOCK,
    EventType.START,
    EventType.CONTINUE,
    EventType.STOP,
    EventType.SENSING,
    EventType.RESET,
    EventType.CONTROL14,
    EventType.NONREGPARAM,
    EventType.REGPARAM,
]

_CLASSES: List[Type[Event]] = [
    SystemEvent, ResultEvent, NoteEvent, NoteOnEvent, NoteOffEvent, KeyPressureEvent,
    ControlChangeEvent, ProgramChangeEvent, ChannelPressureEvent, PitchBendEvent,
    Control14BitChangeEvent, NonRegisteredParameterChangeEvent, RegisteredParameterChangeEvent,
    SongPositionPointerEvent, SongSelectEvent, TimeSignatureEvent, KeySignatureEvent, StartEvent,
    ContinueEvent, StopEvent, SetQueuePositionTickEvent, SetQueuePositionTimeEvent,
    SetQueueTempoEvent, ClockEvent, TickEvent, QueueSkewEvent, SyncPositionChangedEvent,
    TuneRequestEvent, ResetEvent, ActiveSensingEvent, EchoEvent, OSSEvent, ClientStartEvent,
    ClientExitEvent, ClientChangeEvent, PortStartEvent, PortExitEvent, PortChangeEvent,
    PortSubscribedEvent, PortUnsubscribedEvent, SysExEvent, BounceEvent, UserVar0Event,
    UserVar1Event, UserVar2Event, UserVar3Event, UserVar4Event,
]

# Programs look up the class of a type here.
Event._specialized = {int(event.type): event for event in _CLASSES if event.type is not None}

__all__ = [
    "MIDI_BYTES_EVENTS", "Event", "EventFlags", "EventType", "MidiBytesEvent", "NoteEventBase",
    "RealTime", "UmpEvent",
    "AddressEventBase", "ConnectEventBase", "ControlChangeEventBase", "ExternalDataEventBase",
    "ParamChangeEventBase", "QueueControlEventBase", "ResultEventBase",
    "SystemEvent", "ResultEvent", "NoteEvent", "NoteOnEvent", "NoteOffEvent",
    "KeyPressureEvent", "ControlChangeEvent", "ProgramChangeEvent", "ChannelPressureEvent",
    "PitchBendEvent", "Control14BitChangeEvent", "NonRegisteredParameterChangeEvent",
    "RegisteredParameterChangeEvent", "SongPositionPointerEvent", "SongSelectEvent",
    "TimeSignatureEvent", "KeySignatureEvent", "StartEvent", "ContinueEvent", "StopEvent",
    "SetQueuePositionTickEvent", "SetQueuePositionTimeEvent", "SetQueueTempoEvent",
    "ClockEvent", "TickEvent", "QueueSkewEvent", "SyncPositionChangedEvent",
    "TuneRequestEvent", "ResetEvent", "ActiveSensingEvent", "EchoEvent", "OSSEvent",
    "ClientStartEvent", "ClientExitEvent", "ClientChangeEvent", "PortStartEvent",
    "PortExitEvent", "PortChangeEvent", "PortSubscribedEvent", "PortUnsubscribedEvent",
    "SysExEvent", "BounceEvent", "UserVar0Event", "UserVar1Event", "UserVar2Event",
    "UserVar3Event", "UserVar4Event",
]
