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
        raise ValueError(f"{argument} is too far ahead: the kernel counts 2**32 seconds")
    return max(0, round(seconds * _SECOND))


class Sending(PortBase):
    """Sends messages. An output and an I/O port are this."""

    is_output = True

    def send(self, msg: Any, at: Optional[float] = None, delay: Optional[float] = None) -> None:
        """Sends a message to all ports that this one is connected to.

        It goes at once, or at a time that the kernel keeps: `at` in seconds of now(), which
        are those of received messages, or `delay` in seconds from now. What is in the past
        goes at once. cancel() and close() take back what has not gone yet.

        A long system-exclusive message goes whole, in pieces, as fast as its receivers take
        them; to hardware that is 3125 bytes a second. The call returns when all is sent.

        TypeError if it is no Message. ValueError if the port is closed, or the time is not
        finite. OSError if the port is closed meanwhile, or the kernel refuses it; ENOMEM
        for a scheduled message of more than 56 kB, or if no queue is left in the system.
        """
        if not isinstance(msg, Message):
            raise TypeError("argument to send() must be a Message")
        if self.closed:
            raise ValueError("send() called on closed port")
        assert self._outbox is not None
        data = bytes(msg.bytes())
        if at is None and delay is None:
            with self._send_lock, as_os_error("send()"):
                self._outbox.send(data)
            return
        if at is not None and delay is not None:
            raise ValueError("at and delay cannot be given both")
        if at is None:
            assert delay is not None
            when = _nanos(self.now() + _nanos(delay, "delay") / _SECOND, "delay")
        else:
            when = _nanos(at, "at")
        with as_os_error("send()"):
            self._outbox.schedule([(when, data)])

    def play(
        self,
        file: Union[MidiFile, str, os.PathLike[str], Iterable[Any]],
        wait: bool = True,
    ) -> None:
        """Plays a MIDI file: a ``mido.MidiFile``, the path of one, or messages whose ``time``
        is the time since the one before, in seconds. Meta messages only take their time.

        The kernel keeps the times, so nothing that Python does can delay a note. Returns
        when the last message has gone out; with wait=False when the kernel has the last one,
        which keeps up to 2000 for all ports of a client.

        It ends early if cancel() is called by another thread. Ctrl-C, and every other
        exception, takes back what is left and ends the notes that sound. OSError if the port
        is closed meanwhile.
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
            with as_os_error("play()"):
                done = self._outbox.schedule([(start + when, data) for when, data in song])
                if done and wait:
                    self._outbox.drain()
        except BaseException:
            if not self.closed:
                self.cancel()
            raise

    def drain(self, timeout: Optional[float] = None) -> bool:
        """Waits until everything that is scheduled has gone out, at most `timeout` seconds.
        False if the time was over, or cancel() was called. OSError if the port is closed
        meanwhile."""
        if self.closed:
            return True
        assert self._outbox is not None
        with as_os_error("drain()"):
            return self._outbox.drain(timeout)

    def cancel(self) -> None:
        """Takes back everything that is scheduled and has not gone out yet, and sends a note
        off for each note that would not end now. Any thread may call it."""
        assert self._outbox is not None
        if self.closed:
            return
        with as_os_error("cancel()"):
            self._outbox.cancel()
