"""The half of a port that receives."""

from __future__ import annotations

import asyncio
import errno
import logging
import threading
from typing import Any, AsyncIterator, Callable, Deque, Dict, Iterator, List, Optional, Tuple, Union

from .base import PortBase
from .messages import message_of

logger = logging.getLogger("alsa_sequencer.mido_backend")

#: A function that is called with each message.
Callback = Callable[[Any], Any]


def check_timestamps(timestamps: Optional[str]) -> Optional[str]:
    """Raises ValueError for an unknown kind of time stamp."""
    if timestamps not in (None, "delta", "absolute"):
        raise ValueError(f"timestamps must be None, 'delta' or 'absolute', not {timestamps!r}")
    return timestamps


class Receiving(PortBase):
    """Receives messages. The base class of inputs and I/O ports."""

    is_input = True

    #: The time of the last message, in seconds of now(). None before the first message.
    last_time: Optional[float] = None
    #: The number of exceptions that the callback has raised.
    callback_errors = 0

    _callback: Optional[Callback] = None
    # It is held while the callback changes, and between the steps of the thread that calls it.
    _turn: threading.Condition
    _dispatching = False
    # Whether that thread takes a message, or waits for one.
    _taking = False
    _timestamps: Optional[str] = None
    _messages: Deque[Any]
    _waiters: Dict[Any, List[asyncio.Future[None]]]

    @property
    def overruns(self) -> int:
        """The number of losses of messages. Messages are lost if the program does not take
        them. Each loss is logged, too. Later messages arrive as usual."""
        assert self._inbox is not None
        return self._inbox.overruns

    @property
    def unknown_events(self) -> int:
        """The number of events that MIDO has no message for, such as MIDI with values above
        127. They are left out."""
        assert self._inbox is not None
        return self._inbox.unknown

    def fileno(self) -> int:
        """Returns a descriptor for select, poll, and the loops of GTK and Qt. It is readable
        while there is a message, or when the port is closed."""
        assert self._inbox is not None
        return self._inbox.fileno()

    @property
    def callback(self) -> Optional[Callback]:
        """The function that is called with each message, on a thread of the port. With None,
        receive() and poll() return the messages. It can be changed at any time. The new one
        gets the messages that were not taken yet. If it raises an exception, the exception
        is logged and counted in ``callback_errors``, and the next message follows. TypeError
        if it is not callable."""
        return self._callback

    @callback.setter
    def callback(self, callback: Optional[Callback]) -> None:
        assert self._inbox is not None
        if callback is not None and not callable(callback):
            raise TypeError(f"a callback must be callable, not {type(callback).__name__}")
        with self._turn:
            self._callback = callback
            if callback is None:
                if self._taking:
                    # A message that the thread takes meanwhile is kept for receive().
                    self._inbox.nudge()
                    self._turn.wait_for(lambda: not self._taking)
                    self._inbox.calm()
            elif not self._dispatching and not self.closed:
                self._dispatching = True
                threading.Thread(
                    target=self._dispatch, name=f"midi callback {self.name}", daemon=True
                ).start()

    def _dispatch(self) -> None:
        """Calls the callback until it is removed or the port is closed."""
        assert self._inbox is not None
        while True:
            with self._turn:
                if self._callback is None:
                    self._dispatching = False
                    return
                self._taking = True
            message = None
            over = False
            try:
                if self._messages:
                    message = self._messages.popleft()
                else:
                    item = self._inbox.get(None)
                    message = None if item is None else self._message(item)
                    over = item is None and self._inbox.closed
            finally:
                with self._turn:
                    self._taking = False
                    callback = self._callback
                    if callback is None and message is not None:
                        self._messages.appendleft(message)
                    if over:
                        self._dispatching = False
                    self._turn.notify_all()
            if over:
                return
            if message is not None and callback is not None:
                self._call(callback, message)

    def _call(self, callback: Callback, message: Any) -> None:
        try:
            callback(message)
        except BaseException:
            self.callback_errors += 1
            logger.exception("the callback of %s has failed for %s", self.name, message)

    def _message(self, item: Tuple[bytes, int, int]) -> Any:
        """Makes a message of an item of the inbox. None if MIDO has no message for it."""
        data, nanos, lost = item
        if lost:
            logger.warning(
                "%s has lost messages: they arrive faster than the program takes them", self.name
            )
        now = nanos / 1e9
        time: Union[int, float] = 0
        if self._timestamps == "absolute":
            time = now
        elif self._timestamps == "delta":
            time = 0.0 if self.last_time is None else now - self.last_time
        self.last_time = now
        try:
            return message_of(data, time)
        except ValueError:
            logger.warning("%s: MIDO has no message for the bytes %s", self.name, data.hex(" "))
            return None

    def receive(self, block: bool = True, timeout: Optional[float] = None) -> Any:
        """Returns the next message.

        It waits for a message, at most `timeout` seconds if that is given. If `block` is
        False, it does not wait. It returns None if no message came in time. The wait takes no
        processor time. Other threads run meanwhile. Ctrl-C ends the wait.

        ValueError if the port was closed before and no message is left, if the port has a
        callback, or if the timeout is NaN. OSError if a thread closes the port meanwhile.
        """
        was_closed = self.closed
        assert self._inbox is not None
        wait = timeout if block else 0.0
        while True:
            if self._callback is not None:
                raise ValueError("a callback is set for this port")
            if self._messages:
                try:
                    return self._messages.popleft()
                except IndexError:
                    # Another thread has taken it.
                    pass
            item = self._inbox.get(wait)
            if item is not None:
                message = self._message(item)
                if message is not None:
                    return message
            elif not block:
                return None
            elif self._inbox.closed:
                if was_closed:
                    raise ValueError("receive() called on closed port")
                raise OSError(errno.EBADF, "port closed during receive()")
            elif timeout is not None:
                return None

    def poll(self) -> Any:
        """Returns the next message, or None if there is none. Same as receive(block=False)."""
        return self.receive(block=False)

    def __iter__(self) -> Iterator[Any]:
        """Yields the messages that arrive, until the port is closed."""
        while True:
            try:
                message = self.receive()
            except (OSError, ValueError):
                if self.closed and self._callback is None:
                    return
                raise
            yield message

    def __aiter__(self) -> AsyncIterator[Any]:
        """Yields the messages that arrive, until the port is closed, for ``async for``."""
        return self

    async def __anext__(self) -> Any:
        assert self._inbox is not None
        while True:
            message = self.receive(block=False)
            if message is not None:
                return message
            if self._inbox.closed:
                raise StopAsyncIteration
            await self._readable()

    async def _readable(self) -> None:
        """Waits until there may be a message."""
        loop = asyncio.get_running_loop()
        waiters = self._waiters.setdefault(loop, [])
        waiter: asyncio.Future[None] = loop.create_future()
        waiters.append(waiter)
        if len(waiters) == 1:
            loop.add_reader(self.fileno(), self._wake, loop)
        try:
            await waiter
        finally:
            if waiter in waiters:
                waiters.remove(waiter)
                if not waiters:
                    loop.remove_reader(self.fileno())

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_reader(self.fileno())
        waiters = self._waiters.pop(loop, [])
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
        waiters.clear()
