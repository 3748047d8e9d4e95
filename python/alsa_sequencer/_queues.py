"""The calls of a client about queues, pools and buffers."""

from __future__ import annotations

import errno
from typing import Any, MutableMapping, Optional, Union
from weakref import WeakValueDictionary

from ._enums import EventType, RemoveCondition
from ._native import Control, Queues
from ._records import ClientPool, RemoveEvents
from .address import Address, AddressType
from .event import RealTime
from .exceptions import ALSAError, ClosedError
from .queue import Queue, QueueInfo, QueueStatus


class QueueCalls:
    """Queues, pools, buffers, and the removal of events."""

    client_id: int
    _queue_calls: Queues
    _queues: MutableMapping[int, Queue]
    _input_buffer_size: int

    def _init_queues(self, calls: Queues) -> None:
        self._queue_calls = calls
        self._queues = WeakValueDictionary()
        self._input_buffer_size = 14000

    def _check_handle(self) -> Control:
        raise NotImplementedError

    def _check_queues(self) -> Queues:
        """The calls about queues. StateError if the client is closed."""
        self._check_handle()
        return self._queue_calls

    def create_queue(
        self, name: Optional[str] = None, info: Optional[QueueInfo] = None
    ) -> Queue:
        """Creates a queue, which lives as long as the object that is returned. Without an
        info, others may not control it. ValueError if both a name and an info are given.
        ALSAError with -ENOMEM if all 32 queues are in use."""
        calls = self._check_queues()
        if info is not None:
            if name is not None:
                raise ValueError("'name' and 'info' cannot be both provided")
            number = calls.create(info.name, info.locked, info.flags)
        else:
            number = calls.create(name or "", True, 0)
        queue = Queue(self, number, _own=True)  # type: ignore[arg-type]
        self._queues[number] = queue
        return queue

    def get_queue(self, queue_id: int) -> Queue:
        """The queue of this number: the object that create_queue() has returned, or, for
        another client's queue, which this client then uses, one that all calls share.
        ALSAError with -EINVAL if there is none."""
        calls = self._check_queues()
        queue = self._queues.get(queue_id)
        if queue is not None and queue.client is not None and queue._own:
            return queue
        calls.set_used(queue_id, True)
        if queue is None or queue.client is None:
            queue = Queue(self, queue_id, _own=False)  # type: ignore[arg-type]
            self._queues[queue_id] = queue
        return queue

    def get_named_queue(self, name: str) -> Queue:
        """The queue of this name, as get_queue()."""
        return self.get_queue(self.query_named_queue(name))

    def query_named_queue(self, name: str) -> int:
        """The number of the queue of this name. ALSAError with -EINVAL if there is none."""
        return self._check_queues().find(name)

    def get_queue_info(self, queue_id: int) -> QueueInfo:
        """Name, owner and lock of a queue. ALSAError with -EINVAL if there is none."""
        return QueueInfo(*self._check_queues().info(queue_id))

    def set_queue_info(self, queue_id: int, info: QueueInfo) -> None:
        """Changes name and lock of a queue. ALSAError with -EPERM if another client has
        locked it, -EBUSY if it runs."""
        self._check_queues().set_info(queue_id, info.name, info.owner, info.locked)

    def get_queue_status(self, queue_id: int) -> QueueStatus:
        """Where a queue is. ALSAError with -EINVAL if there is none."""
        return QueueStatus(*self._check_queues().status(queue_id))

    def get_client_pool(self) -> ClientPool:
        """The kernel's memory for events of this client."""
        return ClientPool(*self._check_handle().client_pool())

    def set_client_pool(self, pool: ClientPool) -> None:
        """Changes sizes of the pools, in cells: 1 to 2000. What is 0 stays. A new input pool
        drops what was not read. ValueError for other sizes. ALSAError with -EBUSY while
        scheduled events wait."""
        handle = self._check_handle()
        handle.set_client_pool(pool.output_pool, pool.input_pool, pool.output_room)

    def set_client_pool_output(self, size: int) -> None:
        """Changes how many cells there are for events that wait in queues."""
        self._check_handle().set_client_pool(size, 0, 0)

    def set_client_pool_output_room(self, size: int) -> None:
        """Changes how many cells must be free before a sender that waits is woken."""
        self._check_handle().set_client_pool(0, 0, size)

    def set_client_pool_input(self, size: int) -> None:
        """Changes how many cells there are for events that were not read."""
        self._check_handle().set_client_pool(0, size, 0)

    def get_input_buffer_size(self) -> int:
        """The size that set_input_buffer_size() has set, in bytes."""
        self._check_handle()
        return self._input_buffer_size

    def set_input_buffer_size(self, size: int) -> None:
        """Remembers a size in bytes, and changes nothing: input has room for the largest
        event. ALSAError with -ENOMEM for a gibibyte and more, OverflowError for less
        than 0."""
        self._check_handle()
        if size < 0:
            raise OverflowError("a size is not negative")
        if size >= 1 << 30:
            raise ALSAError("there is no memory for this buffer", -errno.ENOMEM)
        self._input_buffer_size = size

    def remove_events(
        self,
        condition: Union[RemoveEvents, RemoveCondition, None] = None,
        queue: Union[Queue, int, None] = None,
        time: Union[RealTime, int, None] = None,
        dest: Optional[AddressType] = None,
        channel: Optional[int] = None,
        event_type: Optional[EventType] = None,
        tag: Optional[int] = None,
        before: bool = False,
        ignore_off: Optional[bool] = None,
    ) -> int:
        """Removes events of this client that meet every condition: with
        RemoveCondition.OUTPUT those in the output buffer and those that wait in queues, with
        INPUT all that were not received yet; with neither, nothing. Returns 0.

        queue and dest: events on this queue (0 if it is left out) that go to exactly this
        destination. time: events that are due then or later, or earlier if `before`; a
        RealTime, or ticks. channel: a MIDI channel. ignore_off: note-offs stay.

        TypeError if a RemoveEvents is given together with other arguments."""
        others = (queue, time, dest, channel, event_type, tag)
        calls = self._check_queues()
        if isinstance(condition, RemoveEvents):
            if any(one is not None for one in others):
                raise TypeError("a RemoveEvents has all conditions; give no other arguments")
            which = condition
        else:
            bits = RemoveCondition(condition or 0)
            if dest is not None:
                bits |= RemoveCondition.DEST
            if channel is not None:
                bits |= RemoveCondition.DEST_CHANNEL
            if time is not None:
                bits |= RemoveCondition.TIME_BEFORE if before else RemoveCondition.TIME_AFTER
                if isinstance(time, int):
                    bits |= RemoveCondition.TIME_TICK
            if event_type is not None:
                bits |= RemoveCondition.EVENT_TYPE
            if tag is not None:
                bits |= RemoveCondition.TAG_MATCH
            if ignore_off:
                bits |= RemoveCondition.IGNORE_OFF
            if isinstance(queue, Queue):
                if queue.queue_id is None:
                    raise ClosedError("Already closed")
                queue = queue.queue_id
            which = RemoveEvents(
                bits,
                queue or 0,
                RealTime() if time is None else time,
                Address(0, 0) if dest is None else dest,
                channel or 0,
                EventType.NONE if event_type is None else event_type,
                tag or 0,
            )
        calls.remove_events(
            int(which.condition),
            which.queue_id,
            which.time,
            Address(which.dest),
            which.channel,
            int(which.event_type),
            which.tag,
        )
        return 0
