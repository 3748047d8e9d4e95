"""Ports."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Any, Callable, List, NoReturn, Optional, Tuple, TypeVar

from ._enums import PortCaps, PortType
from .address import AddressType
from .exceptions import ClosedError, Error

if TYPE_CHECKING:
    from types import TracebackType

    from .client import SequencerClientBase, SubscriptionQuery, SubscriptionQueryType

_P = TypeVar("_P", bound="Port")

#: Other clients may read from the port and connect to it.
READ_PORT = PortCaps.READ | PortCaps.SUBS_READ
#: Other clients may write to the port and connect to it.
WRITE_PORT = PortCaps.WRITE | PortCaps.SUBS_WRITE
#: Both.
RW_PORT = READ_PORT | WRITE_PORT

READ_PORT_PREFERRED_TYPES = [PortType.MIDI_GENERIC]
RW_PORT_PREFERRED_TYPES = READ_PORT_PREFERRED_TYPES
WRITE_PORT_PREFERRED_TYPES = [
    PortType.MIDI_GENERIC | PortType.MIDI_GM | PortType.SYNTHESIZER,
    PortType.MIDI_GENERIC | PortType.SYNTHESIZER,
    PortType.MIDI_GENERIC | PortType.MIDI_GM,
    PortType.MIDI_GENERIC,
]
#: The type of a program's port.
DEFAULT_PORT_TYPE = PortType.MIDI_GENERIC | PortType.SOFTWARE


class Port:
    """A port of a client. It is deleted when the object is closed or no longer referenced.

    :meth:`SequencerClient.create_port` makes one. ``client`` is None when it is closed.
    """

    client: Optional[SequencerClientBase]
    client_id: int
    port_id: int

    def __init__(self, client: SequencerClientBase, port_id: int) -> None:
        self.client_id = client.client_id
        self.port_id = port_id
        self.client = client

    def __enter__(self: _P) -> _P:
        return self

    def __reduce__(self) -> NoReturn:
        # The first of the two objects to go would delete the port.
        raise TypeError("a Port cannot be copied or pickled")

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __del__(self) -> None:
        try:
            self.close()
        except (AttributeError, Error):
            # The object is incomplete, or the kernel has deleted the port already.
            pass

    def _open_client(self) -> SequencerClientBase:
        if self.client is None:
            raise ClosedError("Already closed")
        return self.client

    def close(self) -> None:
        """Deletes the port and all its connections. A second call does nothing."""
        client, self.client = self.client, None
        handle = None if client is None else client.handle
        if handle is None:
            return
        try:
            handle.delete_port(self.port_id)
        except ClosedError:
            # Another thread has closed the client meanwhile.
            pass

    def connect_to(self, dest: AddressType) -> None:
        """Connects this port to another one. The other port then receives the events that
        this one sends. ALSAError with -EBUSY if they are connected, -EINVAL if there is no
        such port, -EPERM if it does not allow the connection."""
        self._open_client().subscribe_port(self, dest)

    def disconnect_to(self, dest: AddressType) -> None:
        """Disconnects this port from a port that receives its events. ALSAError with -ENOENT
        if they are not connected."""
        self._open_client().unsubscribe_port(self, dest)

    def connect_from(self, src: AddressType) -> None:
        """Connects another port to this one. This port then receives the events that the
        other one sends. The errors are those of :meth:`connect_to`."""
        self._open_client().subscribe_port(src, self)

    def disconnect_from(self, src: AddressType) -> None:
        """Disconnects this port from a port that sends to it. ALSAError with -ENOENT if they
        are not connected."""
        self._open_client().unsubscribe_port(src, self)

    def get_info(self) -> PortInfo:
        """Returns the information of the port."""
        return self._open_client().get_port_info(self)

    def set_info(self, info: PortInfo) -> None:
        """Changes the name, the capabilities, the type, the numbers of voices and the time
        stamping of the port."""
        self._open_client().set_port_info(self, info)

    def list_subscribers(
        self, type: Optional[SubscriptionQueryType] = None
    ) -> List[SubscriptionQuery]:
        """Returns the connections of the port: those on which it sends (READ), those on which
        it receives (WRITE), or both."""
        return self._open_client().list_port_subscribers(self, type)


@dataclass(repr=False)
class PortInfo:
    """The information of a port.

    midi_channels, midi_voices, synth_voices: numbers that only inform others. read_use,
    write_use: the numbers of connections on which the port sends and receives.
    timestamping: whether the kernel stamps received events with the time of the queue
    timestamp_queue_id. timestamp_real: whether that time is in seconds; otherwise it is in
    ticks. client_name: the name of the client; list_ports() sets it.
    """

    client_id: int = 0
    port_id: Optional[int] = None
    name: str = ""
    capability: PortCaps = PortCaps._NONE
    type: PortType = PortType.ANY
    midi_channels: int = 0
    midi_voices: int = 0
    synth_voices: int = 0
    read_use: int = 0
    write_use: int = 0
    port_specified: InitVar[Optional[bool]] = None
    timestamping: bool = False
    timestamp_real: bool = False
    timestamp_queue_id: int = 0

    client_name: Optional[str] = field(init=False, default=None)

    def __post_init__(self, port_specified: Optional[bool] = None) -> None:
        if port_specified is not None and not port_specified:
            self.port_id = None

    def __repr__(self) -> str:
        client = "" if self.client_name is None else f" @ {self.client_name!r}"
        return f"<PortInfo {self.client_id}:{self.port_id} {self.name!r}{client}>"

    @classmethod
    def _from_native(cls, native: Tuple[Any, ...]) -> PortInfo:
        client, port, name, caps, type_, numbers, flags, queue = native
        channels, midi_voices, synth_voices, read_use, write_use = numbers
        return cls(
            client_id=client,
            port_id=port,
            name=name,
            capability=PortCaps(caps),
            type=PortType(type_),
            midi_channels=channels,
            midi_voices=midi_voices,
            synth_voices=synth_voices,
            read_use=read_use,
            write_use=write_use,
            timestamping=bool(flags & 2),
            timestamp_real=bool(flags & 4),
            timestamp_queue_id=queue,
        )


def get_port_info_sort_key(
    preferred_types: List[PortType] = [],
) -> Callable[[PortInfo], Any]:
    """Returns a key that sorts ports, the most useful first. A port's rank is the first of
    these types that it has. Ports of "Midi Through" come last."""

    def key(info: PortInfo) -> Any:
        matching = (i for i, type in enumerate(preferred_types) if info.type & type == type)
        preference = next(matching, len(preferred_types))
        return (info.client_name == "Midi Through", preference, info.client_id, info.port_id)

    return key


__all__ = [
    "DEFAULT_PORT_TYPE", "Port", "PortCaps", "PortInfo", "PortType", "READ_PORT",
    "READ_PORT_PREFERRED_TYPES", "RW_PORT", "RW_PORT_PREFERRED_TYPES", "WRITE_PORT",
    "WRITE_PORT_PREFERRED_TYPES", "get_port_info_sort_key",
]
