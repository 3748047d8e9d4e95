"""What the kernel has of clients, pools and connections."""

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
    """What the kernel has of a client.

    broadcast_filter: whether it accepts broadcasts. error_bounce: whether events that could
    not be delivered come back. card_id: the number of its card, if it is a driver's. pid:
    its process, if it is a program. num_ports: how many ports it has. event_lost: how many
    events it has lost. event_filter: the event types that it accepts; None for all.
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
    """The limits of the sequencer: how many queues, clients, ports of a client and channels
    of a port there can be; and how many clients and queues there are."""

    queues: int
    clients: int
    ports: int
    channels: int
    cur_clients: int
    cur_queues: int


@dataclass
class ClientPool:
    """The kernel's memory for the events of a client, in cells. An event takes one, and one
    more for each 28 bytes of data.

    output_pool, input_pool: how many there are for events that wait in queues, and for
    events that were not read. output_room: how many must be free before a sender that waits
    is woken. output_free, input_free: how many are free.
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

    root: the port that is asked about. type: whether it sends on the connection (READ) or
    receives (WRITE). index: which of its connections; num_subs: how many it has. addr: the
    other port. queue_id, time_update, time_real: whether and by which queue events get a
    time, and whether in seconds. exclusive: whether no other connection is allowed.
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
        """``exclusive``, as python-alsa-midi has spelled it."""
        return self.exclusive


@dataclass
class RemoveEvents:
    """Which events are removed: those that meet every condition of ``condition``. time: a
    RealTime, or ticks."""

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
