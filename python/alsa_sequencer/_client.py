"""The client that waits, and what both clients have in common."""

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
    """In the child the clients are the parent's."""
    for client in list(_clients):
        client._abandon()
        client._handle = None
    _clients.clear()


os.register_at_fork(after_in_child=_after_fork)


class SequencerClientBase(PortCalls, QueueCalls, Client):
    """What SequencerClient and AsyncSequencerClient have in common. Its event_input()
    never waits.

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
        self._sequencer_name = sequencer_name
        self._init_queues(self._queue_control)
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

    def get_sequencer_name(self) -> str:
        """The name that the sequencer was opened by: "default"."""
        self._check_handle()
        return self._sequencer_name

    def get_sequencer_type(self) -> SequencerType:
        """HW: the kernel's sequencer. There is no other."""
        self._check_handle()
        return SequencerType.HW

    def event_input_pending(self, fetch_sequencer: bool = False) -> int:
        """How many events can be received without asking the kernel. If fetch_sequencer is
        true and there are none, the kernel is asked."""
        return self._input_pending(fetch_sequencer)

    def watch(self, name: str = "watch") -> TopologyWatch:
        """What changes among clients, ports and connections from now on: an object to
        iterate over, with ``for`` or ``async for``. It has a client of its own, of this
        name, and is closed by itself."""
        self._check_handle()
        return TopologyWatch(name)

    def event_input(  # type: ignore[override]
        self, prefer_bytes: bool = False
    ) -> Optional[Event]:
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
    event_input = Client.event_input

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


__all__ = ["SequencerClient", "SequencerClientBase"]
