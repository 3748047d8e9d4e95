"""The client whose calls wait, and the base class of both clients."""

from __future__ import annotations

import errno
import os
from types import TracebackType
from typing import Any, Iterator, Optional, Type, TypeVar, Union
from weakref import WeakSet

from ._enums import OpenMode, StreamOpenType
from ._native import Client, Control
from ._ports import PortCalls
from ._queues import QueueCalls
from ._records import SequencerType
from .event import Event
from .exceptions import ALSAError, ClosedError
from .watch import TopologyWatch

_C = TypeVar("_C", bound="SequencerClientBase")

_clients: WeakSet[SequencerClientBase] = WeakSet()


def _after_fork() -> None:
    """Gives up the clients in the child of a fork: they belong to the parent."""
    for client in list(_clients):
        client._abandon()
        client._handle = None
    _clients.clear()


os.register_at_fork(after_in_child=_after_fork)


class SequencerClientBase(PortCalls, QueueCalls, Client):
    """The base class of SequencerClient and AsyncSequencerClient. Its event_input() never
    waits.

    client_name: the name that other programs see, cut to 63 bytes. streams: the direction of
    the events, a StreamOpenType. mode: NONBLOCK; the file is non-blocking in any case.
    sequencer_name: "default" or "hw". midi_version: 0 for MIDI 1.0, 1 or 2 for a client of
    Universal MIDI Packets (UmpEvent), since Linux 6.5. device: the path of another device
    node.

    ALSAError with -ENOENT if there is no sequencer, -EACCES if this user may not open it,
    -ENOMEM if all clients are in use. The text of the error contains advice.

    client_id is the number of the client. handle makes all calls except those that send and
    receive. It is None when the client is closed. All threads may use a client at the same
    time.
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
        self._sequencer_name = sequencer_name
        self._init_queues(self._queue_control)
        _clients.add(self)

    @property
    def handle(self) -> Optional[Control]:
        """Makes all calls except those that send and receive. None when the client is
        closed."""
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
        """Closes the client, its ports and queues. Any thread may do that. Calls that wait
        end with StateError. A second call does nothing.

        The events in the output buffer are sent, as far as that is possible without
        waiting. To be sure that all are sent, call drain_output() before."""
        self._handle = None
        self._close()

    def _check_handle(self) -> Control:
        if self._handle is None:
            raise ClosedError("Sequencer already closed")
        return self._handle

    def get_sequencer_name(self) -> str:
        """Returns the name with which the sequencer was opened: "default"."""
        self._check_handle()
        return self._sequencer_name

    def get_sequencer_type(self) -> SequencerType:
        """Returns HW, the kernel's sequencer. There is no other."""
        self._check_handle()
        return SequencerType.HW

    def event_input_pending(self, fetch_sequencer: bool = False) -> int:
        """The number of records that can be received without asking the kernel. An event
        takes one of 28 bytes, or of 32 if the client is one of MIDI 2.0, and its data take as
        many more as they need. If no record is buffered and fetch_sequencer is true, the
        kernel is asked."""
        return self._input_pending(fetch_sequencer)

    def watch(self, name: str = "watch") -> TopologyWatch:
        """Follows the changes of clients, ports and connections from now on. Returns an
        object to iterate over, with ``for`` or ``async for``. The object has a client of its
        own with this name. It must be closed separately."""
        self._check_handle()
        return TopologyWatch(name)

    def event_input(  # type: ignore[override]
        self, prefer_bytes: bool = False
    ) -> Optional[Event]:
        """Returns the next event. ALSAError with -EAGAIN if there is none.

        prefer_bytes: whether a MIDI message becomes a MidiBytesEvent."""
        event = self._try_event_input(prefer_bytes)
        if event is None:
            raise ALSAError("receive event: there is none", -errno.EAGAIN)
        return event


class SequencerClient(SequencerClientBase):
    """A client of the sequencer. Its methods wait if necessary. Other threads continue to run.
    close() ends a wait, and so does a signal handler that raises an exception, such as the
    handler of Ctrl-C.

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

    # The native method runs no Python for an event.
    event_input = Client.event_input

    def __iter__(self) -> Iterator[Event]:
        """Yields the events that arrive, until the client is closed. An overrun raises an
        OverrunError. A new loop then goes on."""
        while True:
            try:
                event = self.event_input()
            except ClosedError:
                return
            if event is not None:
                yield event


__all__ = ["SequencerClient", "SequencerClientBase"]
