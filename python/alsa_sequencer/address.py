"""Addresses of ports."""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Tuple, Union

from .exceptions import ALSAError

if TYPE_CHECKING:
    from .port import Port, PortInfo

_TEXT = re.compile(r"([0-9]{1,3})(?:[:.]([0-9]{1,3}))?")


class _Pair(NamedTuple):
    client_id: int
    port_id: int


class Address(_Pair):
    """The address of a port: the number of a client and the number of a port. It is
    immutable, and equal to the tuple of the two numbers.

    It is made of two numbers (the second is 0 by default), of a text such as "128:1" or
    "128", of a pair of numbers, or of an object with ``client_id`` and perhaps ``port_id``,
    such as a port, its info or a client. ALSAError with -EINVAL for any other text: names
    are for :meth:`SequencerClient.parse_address`. ValueError for a tuple that is not a pair
    of numbers.

    >>> Address("128:1")
    Address(client_id=128, port_id=1)
    >>> str(Address(128, 1))
    '128:1'
    """

    __slots__ = ()

    def __new__(cls, client: Any, port: Any = 0) -> Address:
        pair: Tuple[int, int]
        if isinstance(client, str):
            pair = _parse(client)
        elif isinstance(client, tuple):
            if len(client) != 2:
                raise ValueError("an address is a pair of numbers")
            pair = (int(client[0] or 0), int(client[1] or 0))
        elif hasattr(client, "client_id"):
            number: Optional[int] = getattr(client, "port_id", port)
            pair = (client.client_id, 0 if number is None else number)
        else:
            pair = (int(client), int(port))
        return tuple.__new__(cls, pair)

    def __getnewargs__(self) -> Tuple[int, int]:
        return (self.client_id, self.port_id)

    def __repr__(self) -> str:
        return f"Address(client_id={self.client_id}, port_id={self.port_id})"

    def __str__(self) -> str:
        return f"{self.client_id}:{self.port_id}"


def _parse(text: str) -> Tuple[int, int]:
    """Reads the numbers of an address. The text must contain nothing else."""
    match = _TEXT.fullmatch(text.strip())
    if match:
        pair = (int(match[1]), int(match[2] or 0))
        if pair[0] <= 255 and pair[1] <= 255:
            return pair
    raise ALSAError(
        f"{text!r} is not an address of numbers, such as 128:0; "
        "a client's parse_address() takes names, too",
        -errno.EINVAL,
    )


AddressType = Union["Address", "Port", "PortInfo", Tuple[int, int]]

#: The address of an event that goes to all subscribers of its port.
ALL_SUBSCRIBERS = Address(254, 0)
#: The port that controls queues.
SYSTEM_TIMER = Address(0, 0)
#: The port that announces changes of clients, ports and connections.
SYSTEM_ANNOUNCE = Address(0, 1)

__all__ = ["ALL_SUBSCRIBERS", "SYSTEM_ANNOUNCE", "SYSTEM_TIMER", "Address", "AddressType"]
