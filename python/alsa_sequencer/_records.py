"""The dataclasses for clients, pools and connections."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Optional, Set, Union

from ._enums import (
    ClientType, EventType, RemoveCondition, SequencerType, SubscriptionQueryType,
)
from .address import Address, AddressType
from .event import RealTime


@dataclass
class ClientInfo:
    """The information of a client.

    broadcast_filter: whether the client accepts broadcasts. error_bounce: whether
    undelivered events come back to it. card_id: the number of its sound card, for a
    driver's client. pid: the number of its process, for a program's client. num_ports: the
    number of its ports. event_lost: the number of events that it has lost. event_filter: the
    event types that it accepts; None for all types.
    """

    client_id: int
    name: str = ""
    broadcast_filter: bool = False
    error_bounce: bool = False
    type: Optional[ClientType] = None
    card_id: Optional[int] = None
    pid: Optional[int] = None
    num_ports: int = 0
    event_lost: int = 0
    event_filter: Optional[Set[EventType]] = None


@dataclass
class SystemInfo:
    """The limits of the sequencer. queues, clients: the largest numbers of queues and
    clients. ports: the largest number of ports of a client. channels: the largest number of
    channels of a port. cur_clients, cur_queues: the present numbers of clients and queues."""

    queues: int
    clients: int
    ports: int
    channels: int
    cur_clients: int
    cur_queues: int


@dataclass
class ClientPool:
    """The kernel's memory for the events of a client, in cells. An event takes one cell,
    and one more for each 28 bytes of data.

    output_pool: the number of cells for events that wait in queues. input_pool: the number
    of cells for unread events. output_room: the number of free cells at which a waiting
    sender is woken. output_free, input_free: the numbers of free cells.
    """

    client_id: int = 0
    output_pool: int = 0
    input_pool: int = 0
    output_room: int = 0
    output_free: int = 0
    input_free: int = 0


@dataclass
class SubscriptionQuery:
    """A connection of a port, and the question for it.

    root: the address of the port. type: READ if the port sends on the connection, WRITE if
    it receives. index: the index among the port's connections. num_subs: the number of the
    port's connections. addr: the address of the other port. time_update: whether events get
    the time of the queue queue_id. time_real: whether that time is in seconds. exclusive:
    whether other connections are refused.
    """

    root: Address = Address(0, 0)
    type: SubscriptionQueryType = SubscriptionQueryType.READ
    index: int = 0
    num_subs: int = 0
    addr: Address = Address(0, 0)
    queue_id: int = 0
    exclusive: bool = False
    time_update: bool = False
    time_real: bool = False

    def __post_init__(self) -> None:
        self.root = Address(self.root)
        self.addr = Address(self.addr)
        self.exclusive = bool(self.exclusive)
        self.time_update = bool(self.time_update)
        self.time_real = bool(self.time_real)

    @property
    def exlusive(self) -> bool:
        """The same as ``exclusive``, in python-alsa-midi's spelling."""
        return self.exclusive


@dataclass
class RemoveEvents:
    """The conditions for the removal of events. An event must meet all conditions of
    ``condition``. time: a RealTime, or a number of ticks."""

    condition: RemoveCondition = RemoveCondition(0)
    queue_id: int = 0
    time: Union[RealTime, int] = field(default_factory=RealTime)
    dest: AddressType = Address(0, 0)
    channel: int = 0
    event_type: EventType = EventType.NONE
    tag: int = 0


__all__ = [
    "ClientInfo", "ClientPool", "ClientType", "RemoveCondition", "RemoveEvents",
    "SequencerType", "SubscriptionQuery", "SubscriptionQueryType", "SystemInfo",
]
