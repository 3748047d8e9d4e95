"""The half of a port that sends."""

from __future__ import annotations

import math
import os
from typing import Any, Iterable, List, Optional, Tuple, Union

from mido import MidiFile  # type: ignore[import-untyped]
from mido.messages import Message  # type: ignore[import-untyped]

from .base import PortBase
from .errors import as_os_error

_SECOND = 1_000_000_000


def _nanos(seconds: float, argument: str) -> int:
    if not math.isfinite(seconds):
        raise ValueError(f"{argument} must be a number of seconds, not {seconds}")
    if seconds >= 1 << 32:
        raise ValueError(f"{argument} is too large: the kernel counts up to 2**32 seconds")
    return max(0, round(seconds * _SECOND))


class Sending(PortBase):
    """Sends messages. The base class of outputs and I/O ports."""

    is_output = True

    def send(self, msg: Any, at: Optional[float] = None, delay: Optional[float] = None) -> None:
        """Sends a message to all ports that this one is connected to.

        Without a time the message is sent at once. With a time the kernel keeps it until
        then. `at` is a time in seconds of now(), as received messages have it. `delay` is in
        seconds from now. A time in the past means at once. cancel() and close() cancel
        messages that the kernel still keeps.

        A long system-exclusive message is sent in pieces, as fast as its receivers take them.
        Hardware takes 3125 bytes a second. The call returns when all pieces are sent.

        TypeError if `msg` is not a Message. ValueError if the port is closed, or the time is
        not finite. OSError if the port is closed meanwhile, or the kernel refuses the
        message. Its errno is ENOMEM for a scheduled message of more than 56 kB, or if all
        queues of the system are in use.
        """
        if not isinstance(msg, Message):
            raise TypeError("argument to send() must be a Message")
        if self.closed:
            raise ValueError("send() called on closed port")
        assert self._outbox is not None
        data = bytes(msg.bytes())
        if at is None and delay is None:
            with as_os_error("send()", self):
                if not self._outbox.try_send(data):
                    # A message of another thread must not get into a long one.
                    with self._send_lock:
                        self._outbox.send(data)
            return
        if at is not None and delay is not None:
            raise ValueError("give either at or delay, not both")
        if at is None:
            assert delay is not None
            when = _nanos(self.now() + _nanos(delay, "delay") / _SECOND, "delay")
        else:
            when = _nanos(at, "at")
        with as_os_error("send()", self):
            self._outbox.schedule([(when, data)])

    def play(
        self,
        file: Union[MidiFile, str, os.PathLike[str], Iterable[Any]],
        wait: bool = True,
    ) -> None:
        """Plays a MIDI file: a ``mido.MidiFile``, the path of a file, or messages. The
        ``time`` of a message is the time since the message before, in seconds. Meta messages
        are not sent, but their times count.

        The kernel keeps the times, so Python cannot delay a note. The call returns when the
        last message is sent. With wait=False it returns when the kernel has the last message.
        The kernel keeps up to 2000 messages for all ports of a client.

        The call ends early if another thread calls cancel(). Ctrl-C and other exceptions
        cancel the remaining messages and end the sounding notes. OSError if the port is
        closed meanwhile.
        """
        if self.closed:
            raise ValueError("play() called on closed port")
        assert self._outbox is not None
        messages: Any = MidiFile(file) if isinstance(file, (str, os.PathLike)) else file
        moment = 0.0
        song: List[Tuple[int, bytes]] = []
        for message in messages:
            moment += message.time
            if isinstance(message, Message):
                song.append((_nanos(moment, "time"), bytes(message.bytes())))
        start = _nanos(self.now(), "now")
        try:
            with as_os_error("play()", self):
                done = self._outbox.schedule([(start + when, data) for when, data in song])
                if done and wait:
                    self._outbox.drain()
        except BaseException:
            if not self.closed:
                self.cancel()
            raise

    def drain(self, timeout: Optional[float] = None) -> bool:
        """Waits until all scheduled messages are sent, at most `timeout` seconds. Returns
        False if the time was over, or cancel() was called. OSError if the port is closed
        meanwhile. ValueError if the timeout is NaN."""
        if self.closed:
            return True
        assert self._outbox is not None
        with as_os_error("drain()", self):
            return self._outbox.drain(timeout)

    def cancel(self) -> None:
        """Cancels all scheduled messages that are not sent yet. Sends a note-off for each note
        that would otherwise not end. Any thread may call it."""
        assert self._outbox is not None
        if self.closed:
            return
        with as_os_error("cancel()", self):
            self._outbox.cancel()
