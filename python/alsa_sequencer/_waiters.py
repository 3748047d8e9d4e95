"""Coroutines that wait for a client's file."""

from __future__ import annotations

import asyncio
import math
import threading
from collections import deque
from typing import Any, Callable, Deque, Iterable, Optional, TypeVar

from .exceptions import ClosedError

T = TypeVar("T")


class Waiters:
    """The coroutines that wait for one direction of a file, in the order of their start.

    `step` returns a result, or None if it has to wait. A coroutine cannot be cancelled after
    the step, so cancelling loses no result.
    """

    def __init__(self, fileno: int, direction: str) -> None:
        self._fileno = fileno
        self._add = f"add_{direction}"
        self._remove = f"remove_{direction}"
        self._waiting: Deque[_Waiter] = deque()
        self.loop: Optional[asyncio.AbstractEventLoop] = None
        self._closed = False

    async def wait(
        self, step: Callable[[], Optional[T]], timeout: Optional[float] = None
    ) -> Optional[T]:
        """Returns the result of the step, or None when the time is over. StateError if the
        file is closed meanwhile."""
        if timeout is not None and math.isnan(timeout):
            raise ValueError("timeout must be a number of seconds, not NaN")
        self._check_open()
        if self.loop is not None and self.loop.is_closed():
            # A closed loop wakes no coroutine any more.
            self._waiting.clear()
        if not self._waiting:
            result = step()
            if result is not None or (timeout is not None and timeout <= 0):
                return result
        loop = asyncio.get_running_loop()
        waiter = self._enter(loop)
        expiry = None if timeout is None else loop.call_later(timeout, waiter.expire)
        try:
            while True:
                await waiter.woken()
                self._check_open()
                result = step()
                if result is not None or waiter.expired:
                    return result
                waiter.renew(loop)
        finally:
            if expiry is not None:
                expiry.cancel()
            self._leave(waiter, loop)

    def _check_open(self) -> None:
        if self._closed:
            raise ClosedError("Sequencer already closed")

    def _enter(self, loop: asyncio.AbstractEventLoop) -> _Waiter:
        if not self._waiting:
            self.loop = loop
            getattr(loop, self._add)(self._fileno, self._wake)
        elif self.loop is not loop:
            raise RuntimeError("another event loop waits for this client")
        waiter = _Waiter(loop)
        self._waiting.append(waiter)
        return waiter

    def _leave(self, waiter: _Waiter, loop: asyncio.AbstractEventLoop) -> None:
        if waiter in self._waiting:
            self._waiting.remove(waiter)
            if not self._waiting and not loop.is_closed():
                getattr(loop, self._remove)(self._fileno)
        # More events may have been read together with this one. They do not make the file
        # readable.
        self._wake()

    def _wake(self) -> None:
        if self._waiting:
            self._waiting[0].wake()

    def close(self) -> None:
        """Ends all coroutines with StateError. Call it in the thread of the loop."""
        self._closed = True
        if self._waiting and self.loop is not None:
            getattr(self.loop, self._remove)(self._fileno)
        for waiter in self._waiting:
            waiter.wake()
        self._waiting.clear()


def close_all(sides: Iterable[Waiters]) -> None:
    """Ends all coroutines with StateError. Any thread may do that. Close the file behind
    it."""
    sides = list(sides)

    def close() -> None:
        for side in sides:
            if side.loop is None or not side.loop.is_closed():
                side.close()

    try:
        here: Optional[asyncio.AbstractEventLoop] = asyncio.get_running_loop()
    except RuntimeError:
        here = None
    for loop in {side.loop for side in sides if side.loop is not None}:
        if loop is not here and loop.is_running():
            # The loop must not watch the file any more when it is closed.
            done = threading.Event()

            def close_there(done: threading.Event = done) -> None:
                close()
                done.set()

            try:
                loop.call_soon_threadsafe(close_there)
            except RuntimeError:
                # It has just been closed, and watches nothing any more.
                continue
            done.wait(1)
    close()


class _Waiter:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.expired = False
        self._future: asyncio.Future[Any] = loop.create_future()

    def renew(self, loop: asyncio.AbstractEventLoop) -> None:
        self._future = loop.create_future()

    async def woken(self) -> None:
        await self._future

    def wake(self) -> None:
        if not self._future.done():
            self._future.set_result(None)

    def expire(self) -> None:
        self.expired = True
        self.wake()
