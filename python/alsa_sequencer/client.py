"""Clients. All work with the sequencer begins with one."""

from ._async_client import AsyncSequencerClient
from ._client import SequencerClient, SequencerClientBase
from ._enums import OpenMode, StreamOpenType
from ._records import (
    ClientInfo, ClientPool, ClientType, RemoveCondition, RemoveEvents, SequencerType,
    SubscriptionQuery, SubscriptionQueryType, SystemInfo,
)

__all__ = [
    "AsyncSequencerClient", "ClientInfo", "ClientPool", "ClientType", "OpenMode",
    "RemoveCondition", "RemoveEvents", "SequencerClient", "SequencerClientBase",
    "SequencerType", "StreamOpenType", "SubscriptionQuery", "SubscriptionQueryType",
    "SystemInfo",
]
