"""Clients: the way in to everything else."""

from __future__ import annotations

import errno
import os
from types import TracebackType
from typing import Any, Iterator, Optional, Type, TypeVar, Union
from weakref import WeakSet

from ._enums import OpenMode, StreamOpenType
from ._native import Client, Control
from ._ports import PortCalls
from ._records import (
    ClientInfo, ClientPool, ClientType, RemoveCondition, RemoveEvents, SequencerType,
    SubscriptionQuery, SubscriptionQueryType, SystemInfo,
)
from .event import Event
from .exceptions import ALSAError, ClosedError

_C = TypeVar("_C", bound="SequencerClientBase")

_clients: WeakSet[SequencerClientBase] = WeakSet()


def _after_fork() -> None:
    """In the child the clients are the parent's."""
    for client in list(_clients):
        client._abandon()
        client._handle = None
    _clients.clear()


os.register_at_fork(after_in_child=_after_fork)


class SequencerClientBase(PortCalls, Client):
    """What SequencerClient and AsyncSequencerClient have in common. Its own methods that
    send and receive never wait.

    client_name: the name that others see, cut to 63 bytes. streams: which way events go, a
    StreamOpenType. mode: NONBLOCK; the file is non-blocking in any case. sequencer_name:
    "default" or "hw". midi_version: 0 for MIDI 1.0, 1 or 2 for a client of Universal MIDI
    Packets (UmpEvent), since Linux 6.5. device: another device node.

    ALSAError with -ENOENT if there is no sequencer, -EACCES if this user may not open it,
    -ENOMEM if all clients are in use; its text says what to do.

    client_id is the number of the client. handle does what is not sending and receiving,
    and is None when the client is closed. All threads may use a client at the same time.
    """

    client_id: int
    _handle: Optional[Control] = None

    def __init__(
        self,
        client_name: str,
        streams: int = StreamOpenType.DUPLEX,
        mode: int = OpenMode.NONBLOCK,
        sequencer_name: str = "default",
        *,
        midi_version: int = 0,
        device: str = "/dev/snd/seq",
    ) -> None:
        if sequencer_name not in ("default", "hw"):
            raise ALSAError(
                f"open sequencer {sequencer_name!r}: there are only 'default' and 'hw', "
                "which are the same",
                -errno.ENOENT,
            )
        self._open(client_name, int(streams), midi_version, device)
        self.client_id = self._id
        self._handle = self._control
        self._input_buffer_size = 14000
        self._sequencer_name = sequencer_name
        self._init_ports()
        _clients.add(self)

    @property
    def handle(self) -> Optional[Control]:
        """What does all but sending and receiving; None when the client is closed."""
        return self._handle

    def __enter__(self: _C) -> _C:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the client, its ports and queues. Any thread may do that: calls that wait
        end with StateError. Once more, it does nothing.

        What is still in the output buffer is sent, as far as that is possible without
        waiting; drain_output() before it sends everything."""
        self._handle = None
        self._close()

    def _check_handle(self) -> Control:
        if self._handle is None:
            raise ClosedError("Sequencer already closed")
        return self._handle

    def event_input(self, prefer_bytes: bool = False) -> Any:
        """The next event. ALSAError with -EAGAIN if there is none.

        prefer_bytes: a MIDI message comes as MidiBytesEvent."""
        event = self._try_event_input(prefer_bytes)
        if event is None:
            raise ALSAError("receive event: there is none", -errno.EAGAIN)
        return event


class SequencerClient(SequencerClientBase):
    """A client of the sequencer. Its methods wait where there is something to wait for;
    other threads run meanwhile, close() ends the wait, and so does a signal handler that
    raises, as Ctrl-C's does.

    >>> with SequencerClient("player") as client:
    ...     port = client.create_port("out")
    ...     for event in client:
    ...         print(event)

    The arguments are those of SequencerClientBase; ValueError for a mode without NONBLOCK.
    """

    def __init__(self, client_name: str, **kwargs: Any) -> None:
        if not kwargs.get("mode", OpenMode.NONBLOCK) & OpenMode.NONBLOCK:
            raise ValueError("NONBLOCK open mode must be used")
        super().__init__(client_name, **kwargs)

    # Native, so that no Python is run for an event.
    event_input = Client.event_input  # type: ignore[assignment]

    def __iter__(self) -> Iterator[Event]:
        """The events that come, until the client is closed. An overrun is an
        OverrunError, after which a new loop goes on."""
        while True:
            try:
                event = self.event_input()
            except ClosedError:
                return
            if event is not None:
                yield event


__all__ = [
    "ClientInfo", "ClientPool", "ClientType", "RemoveCondition", "RemoveEvents",
    "SequencerClient", "SequencerClientBase", "SequencerType", "SubscriptionQuery",
    "SubscriptionQueryType", "SystemInfo",
]
