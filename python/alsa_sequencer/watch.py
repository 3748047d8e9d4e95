"""Hot-plug: changes of the clients, ports and connections of the sequencer."""

from __future__ import annotations

import os
from types import TracebackType
from typing import AsyncIterator, Iterator, NamedTuple, Optional, Tuple, Type
from weakref import WeakSet

from . import _native
from ._waiters import Waiters, close_all
from .address import Address
from .exceptions import ClosedError


class TopologyChange(NamedTuple):
    """A change. kind: "client_added", "client_changed", "client_removed", "port_added",
    "port_changed", "port_removed", "connected", "disconnected", "endpoint_changed",
    "function_block_changed" or "resynchronized" (announcements were lost, and the changes
    that follow are the differences).

    client_id: the number of the client, for changes of clients and ports. port: the address
    of the port, for changes of ports. sender, dest: the addresses of the two ports, for
    connections. block: the number of the function block. name: the name of the client or
    port."""

    kind: str
    client_id: Optional[int] = None
    port: Optional[Address] = None
    sender: Optional[Address] = None
    dest: Optional[Address] = None
    block: Optional[int] = None
    name: str = ""


def _change(native: Tuple[str, bytes, str]) -> TopologyChange:
    kind, numbers, name = native
    if kind in ("connected", "disconnected"):
        sender, dest = Address(numbers[0], numbers[1]), Address(numbers[2], numbers[3])
        return TopologyChange(kind, sender=sender, dest=dest)
    if kind.startswith("port_"):
        port = Address(numbers[0], numbers[1])
        return TopologyChange(kind, port.client_id, port, name=name)
    if kind == "function_block_changed":
        return TopologyChange(kind, numbers[0], block=numbers[1])
    return TopologyChange(kind, numbers[0] if numbers else None, name=name)


class TopologyWatch:
    """Follows the clients, ports and connections of the sequencer. It has a client of its
    own. It yields each later change once.

    Iterate over it with ``for`` or ``async for``, or call :meth:`next`. close() ends a
    wait. After a fork it belongs to the parent, and is closed in the child."""

    def __init__(self, name: str = "watch") -> None:
        self._native = _native.Watch(name)
        self._readers = Waiters(self._native.fileno(), "reader")
        _watches.add(self)

    @property
    def client_id(self) -> int:
        """The number of its own client."""
        return self._native.client_id

    def fileno(self) -> int:
        """The number of the open file. The file is readable when there may be a change."""
        return self._native.fileno()

    def next(self, timeout: Optional[float] = None) -> Optional[TopologyChange]:
        """Waits for a change, at most `timeout` seconds. With 0 it does not wait, with None
        it waits for ever. Returns None if no change came in time. StateError if the watch is
        closed. ValueError for NaN."""
        native = self._native.next(timeout)
        return None if native is None else _change(native)

    def __iter__(self) -> Iterator[TopologyChange]:
        while True:
            try:
                change = self.next()
            except ClosedError:
                return
            if change is not None:
                yield change

    async def __aiter__(self) -> AsyncIterator[TopologyChange]:
        while True:
            try:
                native = await self._readers.wait(self._native.try_next)
            except ClosedError:
                return
            if native is not None:
                yield _change(native)

    def close(self) -> None:
        """Closes the watch and its client. Any thread may do that. It ends the waits of
        threads and coroutines."""
        close_all([self._readers])
        self._native.close()

    def __enter__(self) -> TopologyWatch:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()


_watches: WeakSet[TopologyWatch] = WeakSet()


def _after_fork() -> None:
    """Gives up the watches in the child of a fork: they belong to the parent."""
    for watch in list(_watches):
        watch._native._abandon()
    _watches.clear()


os.register_at_fork(after_in_child=_after_fork)

__all__ = ["TopologyChange", "TopologyWatch"]
