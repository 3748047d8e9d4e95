"""The client for asyncio."""

from __future__ import annotations

from types import TracebackType
from typing import Any, AsyncIterator, Optional, Type, TypeVar, Union

from ._client import SequencerClientBase
from ._enums import OpenMode
from ._waiters import Waiters, close_all
from .address import AddressType
from .event import Event
from .exceptions import ClosedError
from .port import Port
from .queue import Queue

_A = TypeVar("_A", bound="AsyncSequencerClient")


class AsyncSequencerClient(SequencerClientBase):
    """A client of the sequencer for asyncio. The methods that wait are coroutines. All
    others work as in SequencerClient.

    A coroutine can be cancelled at any time. That loses no event and doubles none. Any
    number of coroutines may wait. The one that began first gets the first event. All of
    them belong to one event loop.

    >>> async with AsyncSequencerClient("player") as client:
    ...     port = client.create_port("out")
    ...     async for event in client:
    ...         print(event)
    """

    _readers: Optional[Waiters] = None
    _writers: Optional[Waiters] = None

    def __init__(self, client_name: str, **kwargs: Any) -> None:
        if not kwargs.get("mode", OpenMode.NONBLOCK) & OpenMode.NONBLOCK:
            raise ValueError("NONBLOCK open mode must be used")
        super().__init__(client_name, **kwargs)
        self._readers = Waiters(self.fileno(), "reader")
        self._writers = Waiters(self.fileno(), "writer")

    async def __aenter__(self: _A) -> _A:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.aclose()

    def close(self) -> None:
        """Closes the client. Any thread may do that. Coroutines that wait end with
        StateError."""
        self._handle = None
        close_all(side for side in (self._readers, self._writers) if side is not None)
        super().close()

    async def aclose(self) -> None:
        """Closes the client, as close() does."""
        self.close()

    def _side(self, side: Optional[Waiters]) -> Waiters:
        self._check_handle()
        if side is None:
            raise ClosedError("Sequencer already closed")
        return side

    async def event_input(  # type: ignore[override]
        self, prefer_bytes: bool = False, timeout: Optional[float] = None
    ) -> Optional[Event]:
        """Waits for an event, at most `timeout` seconds. With 0 it does not wait, with None
        it waits for ever. Returns None if no event came in time. ValueError for NaN. See
        SequencerClient.event_input."""

        def step() -> Optional[Event]:
            self._check_handle()
            return self._try_event_input(prefer_bytes)

        return await self._side(self._readers).wait(step, timeout)

    async def event_output(  # type: ignore[override]
        self,
        event: Event,
        queue: Union[Queue, int, None] = None,
        port: Union[Port, int, None] = None,
        dest: Optional[AddressType] = None,
    ) -> int:
        """Puts an event into the output buffer. If the event has no room there, the buffer
        is sent first. If the coroutine is cancelled, the event is not in the buffer. See
        SequencerClient.event_output."""
        packed = self._pack(event, queue, port, dest)

        def step() -> Optional[int]:
            self._check_handle()
            return self._try_output(packed)

        return await self._side(self._writers).wait(step) or 0

    async def event_output_direct(  # type: ignore[override]
        self,
        event: Event,
        queue: Union[Queue, int, None] = None,
        port: Union[Port, int, None] = None,
        dest: Optional[AddressType] = None,
    ) -> int:
        """Sends an event at once, before those in the buffer. If the coroutine is cancelled,
        the event is not sent. Of several MIDI messages in one event, the first ones may have
        been sent."""
        packed = self._pack(event, queue, port, dest)
        sent = 0

        def step() -> Optional[bool]:
            nonlocal sent
            self._check_handle()
            sent = self._try_output_direct(packed, sent)
            return sent >= len(packed) or None

        await self._side(self._writers).wait(step)
        return self.event_output_pending()

    async def drain_output(self) -> int:  # type: ignore[override]
        """Sends all events of the output buffer. If the coroutine is cancelled, the unsent
        events stay there. Returns 0."""

        def step() -> Optional[bool]:
            self._check_handle()
            return self._try_drain() or None

        await self._side(self._writers).wait(step)
        return 0

    async def sync_output(self) -> None:
        """Sends all events of the output buffer, and waits until the kernel has delivered
        all scheduled events. (sync_output_queue() does the same, but blocks the event
        loop.)"""

        def step() -> Optional[bool]:
            self._check_handle()
            return self._try_sync() or None

        await self._side(self._writers).wait(step)

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Yields the events that arrive, until the client is closed."""
        while True:
            try:
                event = await self.event_input()
            except ClosedError:
                return
            if event is not None:
                yield event


__all__ = ["AsyncSequencerClient"]
