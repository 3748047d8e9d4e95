"""Queues, which keep events until they are due."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Optional, Tuple, Type, TypeVar, Union

from ._enums import EventType, QueueTimerType
from ._native import Queues
from .event import RealTime
from .exceptions import ALSAError, ClosedError, Error

if TYPE_CHECKING:
    from .client import SequencerClientBase

_Q = TypeVar("_Q", bound="Queue")


@dataclass(repr=False)
class QueueInfo:
    """The information of a queue. owner: the number of the client that owns the queue.
    locked: whether the owner alone may control it. flags: the kernel's flags, 0."""

    queue_id: int = 0
    name: str = ""
    owner: int = 0
    locked: bool = False
    flags: int = 0

    def __repr__(self) -> str:
        return f"<QueueInfo #{self.queue_id} {self.name!r}>"


@dataclass
class QueueStatus:
    """The position and the state of a queue. events: the number of events that wait in it.
    tick_time, real_time: its position in ticks and in seconds. status: 1 if it runs."""

    queue_id: int = 0
    events: int = 0
    tick_time: int = 0
    real_time: RealTime = field(default_factory=RealTime)
    status: int = 0

    @property
    def running(self) -> bool:
        """Whether the queue runs."""
        return bool(self.status & 1)


@dataclass
class QueueTempo:
    """The tempo of a queue. tempo: microseconds per quarter note. ppq: ticks per quarter
    note. skew, skew_base: the queue runs at skew / skew_base of its tempo; the base is
    0x10000."""

    tempo: int = 500000
    ppq: int = 96
    skew: Optional[int] = None
    skew_base: Optional[int] = None

    @property
    def bpm(self) -> float:
        """Quarter notes per minute."""
        return 60000000.0 / self.tempo


class TimerId(NamedTuple):
    """A timer of the kernel: class, slave class, card, device and subdevice."""

    dev_class: int
    dev_sclass: int
    card: int
    device: int
    subdevice: int


@dataclass
class QueueTimer:
    """The timer that drives a queue. type: the kind of timer; the kernel accepts ALSA alone.
    resolution: the resolution in nanoseconds; 0 means the timer's default."""

    id: TimerId = TimerId(0, 0, 0, 0, 0)
    queue_id: int = 0
    type: QueueTimerType = QueueTimerType.ALSA
    resolution: int = 0


class Queue:
    """A queue. :meth:`SequencerClient.create_queue` makes one. It is deleted, with the
    events in it, when the object is closed or no longer referenced.

    ``client`` and ``queue_id`` are None when the object is closed. An object of
    ``Queue(client, number)`` does not delete the queue.
    """

    client: Optional[SequencerClientBase]
    queue_id: int
    #: True: this client owns the queue. False: another client owns it, and this one uses it.
    #: None: the object leaves the queue alone.
    _own: Optional[bool]

    def __init__(
        self, client: SequencerClientBase, queue_id: int, *, _own: Optional[bool] = None
    ) -> None:
        self.client = client
        self.queue_id = queue_id
        self._own = _own

    def __enter__(self: _Q) -> _Q:
        return self

    def __reduce__(self) -> NoReturn:
        # The first of the two objects to go would delete the queue.
        raise TypeError("a Queue cannot be copied or pickled")

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __del__(self) -> None:
        try:
            self.close()
        except (AttributeError, Error):
            # The object is incomplete, or the kernel has deleted the queue already.
            pass

    def _calls(self) -> Queues:
        if self.client is None:
            raise ClosedError("Already closed")
        return self.client._check_queues()

    def _number(self) -> int:
        if self.client is None or self.queue_id is None:
            raise ClosedError("Already closed")
        return self.queue_id

    def close(self) -> None:
        """Deletes a queue of this client, with all events in it. A queue of another client
        is no longer used, unless there are events in it. A second call does nothing."""
        client, number, own = self.client, self.queue_id, self._own
        self.client, self._own = None, None
        self.queue_id = None  # type: ignore[assignment]
        if client is None or own is None or client.handle is None:
            return
        try:
            calls = client._check_queues()
            if own:
                calls.delete(number)
            else:
                calls.set_used(number, False)
        except ClosedError:
            # Another thread has closed the client meanwhile.
            pass
        except ALSAError:
            # The kernel ends the use of a queue when the client is closed.
            if own:
                raise

    def set_tempo(
        self,
        tempo: Union[int, QueueTempo, None] = None,
        ppq: Optional[int] = None,
        skew: Optional[int] = None,
        skew_base: Optional[int] = None,
        bpm: Optional[float] = None,
    ) -> None:
        """Sets the tempo. tempo: microseconds per quarter note, or a QueueTempo. bpm: quarter
        notes per minute. ppq: ticks per quarter note, by default 96. skew, skew_base: the
        queue runs at skew / skew_base of its tempo.

        ValueError unless exactly one of tempo and bpm is given, and for numbers out of
        range. ALSAError with -EINVAL for a tempo of 0, -EBUSY if ppq would change while the
        queue runs, -EPERM if another client has locked the queue."""
        calls, number = self._calls(), self._number()
        if (tempo is None) == (bpm is None):
            raise ValueError("Either tempo or bpm must be given")
        if isinstance(tempo, QueueTempo):
            ppq = tempo.ppq if ppq is None else ppq
            skew = tempo.skew if skew is None else skew
            skew_base = tempo.skew_base if skew_base is None else skew_base
            tempo = tempo.tempo
        elif tempo is None:
            assert bpm is not None
            if not 0 < bpm < math.inf:
                raise ValueError(f"bpm must be a number above 0, not {bpm}")
            tempo = int(60000000 // bpm)
        if skew and not skew_base:
            skew_base = 0x10000
        ticks = 96 if ppq is None else ppq
        calls.set_tempo(number, (tempo, ticks, skew or 0, skew_base or 0))

    def get_tempo(self) -> QueueTempo:
        """Returns the tempo."""
        return QueueTempo(*self._calls().tempo(self._number()))

    def control(self, event_type: EventType, value: int = 0) -> None:
        """Puts an event that controls the queue into the output buffer.
        :meth:`SequencerClient.drain_output` sends it. value: the tempo, or the position in
        ticks, for event types that have one."""
        self._calls().control_later(self._number(), int(event_type), value)

    def start(self) -> None:
        """Starts the queue from its beginning, at once. The kernel first drops the events
        that wait in it. ALSAError with -EPERM if another client has locked it."""
        self._calls().control_now(self._number(), EventType.START)

    def stop(self) -> None:
        """Stops the queue, at once."""
        self._calls().control_now(self._number(), EventType.STOP)

    def continue_(self) -> None:
        """Continues the queue from its position, at once."""
        self._calls().control_now(self._number(), EventType.CONTINUE)

    def get_info(self) -> QueueInfo:
        """Returns the name, the owner and the lock."""
        return QueueInfo(*self._calls().info(self._number()))

    def set_info(self, info: QueueInfo) -> None:
        """Changes the name and the lock. ALSAError with -EPERM if another client has locked
        the queue, -EBUSY if it runs, because the kernel would stop it."""
        calls = self._calls()
        calls.set_info(self._number(), info.name, info.owner, info.locked)

    def get_usage(self) -> bool:
        """Whether this client uses the queue."""
        return self._calls().is_used(self._number())

    def set_usage(self, usage: bool) -> None:
        """Starts or ends the use of the queue by this client. A client cannot schedule events
        on a queue that it does not use. ALSAError with -EBUSY if the use would end while
        there are events in the queue."""
        self._calls().set_used(self._number(), bool(usage))

    def get_status(self) -> QueueStatus:
        """Returns the position and the state of the queue."""
        return QueueStatus(*self._calls().status(self._number()))

    def get_timer(self) -> QueueTimer:
        """Returns the timer that drives the queue."""
        number, kind, id, resolution = self._calls().timer(self._number())
        return QueueTimer(TimerId(*id), number, QueueTimerType(kind), resolution)

    def set_timer(self, timer: QueueTimer) -> QueueTimer:
        """Sets the timer of the queue. A running queue goes on. ALSAError with -EINVAL for a
        type other than ALSA."""
        id: Tuple[int, ...] = tuple(timer.id)
        self._calls().set_timer(self._number(), int(timer.type), id, timer.resolution)
        return timer


__all__ = [
    "Queue", "QueueInfo", "QueueStatus", "QueueTempo", "QueueTimer", "QueueTimerType", "TimerId",
]
