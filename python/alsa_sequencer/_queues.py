"""The methods of a client for queues, pools and buffers."""

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
    """The methods for queues, pools, buffers, and the removal of events."""

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
        """Returns the native methods for queues. StateError if the client is closed."""
        self._check_handle()
        return self._queue_calls

    def create_queue(
        self, name: Optional[str] = None, info: Optional[QueueInfo] = None
    ) -> Queue:
        """Creates a queue. The queue exists as long as the returned object. Without an info,
        other clients may not control it. ValueError if both a name and an info are given.
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
        """Returns the queue with this number. A queue of this client is the object that
        create_queue() has returned. A queue of another client is used by this client from
        then on; all calls return the same object. ALSAError with -EINVAL if there is no such
        queue."""
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
        """Returns the queue with this name, as get_queue() does."""
        return self.get_queue(self.query_named_queue(name))

    def query_named_queue(self, name: str) -> int:
        """Returns the number of the queue with this name. ALSAError with -EINVAL if there is
        no such queue."""
        return self._check_queues().find(name)

    def get_queue_info(self, queue_id: int) -> QueueInfo:
        """Returns the name, the owner and the lock of a queue. ALSAError with -EINVAL if
        there is no such queue."""
        return QueueInfo(*self._check_queues().info(queue_id))

    def set_queue_info(self, queue_id: int, info: QueueInfo) -> None:
        """Changes the name and the lock of a queue. ALSAError with -EPERM if another client
        has locked it, -EBUSY if it runs."""
        self._check_queues().set_info(queue_id, info.name, info.owner, info.locked)

    def get_queue_status(self, queue_id: int) -> QueueStatus:
        """Returns the position and the state of a queue. ALSAError with -EINVAL if there is
        no such queue."""
        return QueueStatus(*self._check_queues().status(queue_id))

    def get_client_pool(self) -> ClientPool:
        """Returns the sizes of this client's pools, the kernel's memory for its events."""
        return ClientPool(*self._check_handle().client_pool())

    def set_client_pool(self, pool: ClientPool) -> None:
        """Changes the sizes of the pools, in cells: 1 to 2000. A size of 0 changes nothing.
        Changing the input pool drops the unread events. ValueError for other sizes.
        ALSAError with -EBUSY while scheduled events wait."""
        handle = self._check_handle()
        handle.set_client_pool(pool.output_pool, pool.input_pool, pool.output_room)

    def set_client_pool_output(self, size: int) -> None:
        """Changes the size of the output pool, which holds the events that wait in queues,
        to 1 to 2000 cells."""
        self._check_handle().set_client_pool(size, 0, 0)

    def set_client_pool_output_room(self, size: int) -> None:
        """Changes the output room: a waiting sender is woken when so many cells are free.
        ALSAError with -EINVAL if it is larger than the output pool."""
        self._check_handle().set_client_pool(0, 0, size)

    def set_client_pool_input(self, size: int) -> None:
        """Changes the size of the input pool, which holds the unread events, to 1 to 2000
        cells."""
        self._check_handle().set_client_pool(0, size, 0)

    def get_input_buffer_size(self) -> int:
        """Returns the size in bytes that set_input_buffer_size() has set."""
        self._check_handle()
        return self._input_buffer_size

    def set_input_buffer_size(self, size: int) -> None:
        """Stores a size in bytes. It has no effect, because the input buffer has room for
        the largest event. ALSAError with -ENOMEM for a gibibyte and more, OverflowError for
        a negative size."""
        self._check_handle()
        if size < 0:
            raise OverflowError("the size of a buffer must not be negative")
        if size >= 1 << 30:
            raise ALSAError(
                "set buffer size: a buffer must be smaller than a gibibyte", -errno.ENOMEM
            )
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
        """Removes the events of this client that meet all conditions. Returns 0.

        With RemoveCondition.OUTPUT it removes events from the output buffer and from queues.
        With INPUT it removes all events that were not received yet. With neither it removes
        nothing.

        queue, dest: only events on this queue (by default queue 0) with exactly this
        destination. time: only events that are due then or later, or, with `before`, only
        earlier ones; a RealTime, or a number of ticks. channel: only events of this MIDI
        channel. ignore_off: whether note-offs stay.

        TypeError if a RemoveEvents is given together with other arguments."""
        others = (queue, time, dest, channel, event_type, tag)
        calls = self._check_queues()
        if isinstance(condition, RemoveEvents):
            if any(one is not None for one in others):
                raise TypeError("a RemoveEvents contains all conditions; give no other arguments")
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
