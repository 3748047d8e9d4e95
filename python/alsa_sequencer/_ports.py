"""The methods of a client for clients, ports and connections."""

from __future__ import annotations

import errno
from typing import Any, Callable, List, Optional, Tuple, Union

from ._enums import ClientType, EventType, PortCaps, PortType, SubscriptionQueryType
from ._native import Control
from ._records import ClientInfo, SubscriptionQuery, SystemInfo
from .address import Address, AddressType
from .exceptions import ALSAError, ClosedError
from .port import (
    DEFAULT_PORT_TYPE, READ_PORT_PREFERRED_TYPES, RW_PORT, RW_PORT_PREFERRED_TYPES,
    WRITE_PORT_PREFERRED_TYPES, Port, PortInfo, get_port_info_sort_key,
)

_EXCLUSIVE, _TIMESTAMP, _TIME_REAL = 1, 2, 4


def _number(value: Any, attribute: str) -> Optional[int]:
    """The number of a queue or port. The value is the number, or the object that has it."""
    if value is None or isinstance(value, int):
        return value
    number: Optional[int] = getattr(value, attribute)
    if number is None:
        raise ClosedError("Already closed")
    return number


def _client_info(native: Tuple[Any, ...]) -> ClientInfo:
    number, name, filter, type_, card, pid, ports, lost, accepts = native
    uses_filter = bool(filter & 1 << 31)
    return ClientInfo(
        client_id=number,
        name=name,
        broadcast_filter=bool(filter & 1),
        error_bounce=bool(filter & 4),
        type=ClientType(type_),
        card_id=None if card < 0 else card,
        pid=None if pid < 0 else pid,
        num_ports=ports,
        event_lost=lost,
        event_filter={EventType(one) for one in accepts} if uses_filter else None,
    )


class PortCalls:
    """The methods for clients, ports and connections."""

    client_id: int

    def _check_handle(self) -> Control:
        raise NotImplementedError

    def create_port(
        self,
        name: str,
        caps: PortCaps = RW_PORT,
        type: PortType = DEFAULT_PORT_TYPE,
        *,
        port_id: Optional[int] = None,
        midi_channels: Optional[int] = None,
        midi_voices: Optional[int] = None,
        synth_voices: Optional[int] = None,
        timestamping: Optional[bool] = None,
        timestamp_real: Optional[bool] = None,
        timestamp_queue: Any = None,
    ) -> Port:
        """Creates a port. The port exists as long as the returned object.

        name: the name, cut to 63 bytes. caps, type: the capabilities and the type. port_id:
        the number, 0 to 252; ALSAError with -EBUSY if it is taken. midi_channels,
        midi_voices, synth_voices: numbers that only inform others. timestamping: whether the
        kernel stamps received events with the time of timestamp_queue. timestamp_real:
        whether that time is in seconds; otherwise it is in ticks."""
        handle = self._check_handle()
        extra = {
            "midi_channels": midi_channels,
            "midi_voices": midi_voices,
            "synth_voices": synth_voices,
            "timestamping": timestamping,
            "timestamp_real": timestamp_real,
            "timestamp_queue": _number(timestamp_queue, "queue_id"),
        }
        given = {key: value for key, value in extra.items() if value is not None}
        if not given and port_id is None:
            given["midi_channels"] = 16
        number = handle.create_port(
            port_id, name=name, capability=int(caps), type=int(type), **given
        )
        return Port(self, number)  # type: ignore[arg-type]

    def get_system_info(self) -> SystemInfo:
        """Returns the limits of the sequencer, and the numbers of clients and queues."""
        return SystemInfo(*self._check_handle().system_info())

    def get_client_info(self, client_id: Optional[int] = None) -> ClientInfo:
        """Returns the information of a client, by default of this one. ALSAError with
        -ENOENT if no client has this number, ValueError if it is not 0 to 255."""
        number = self.client_id if client_id is None else client_id
        return _client_info(self._check_handle().client_info(number))

    def set_client_info(self, info: ClientInfo) -> None:
        """Changes the name, the filters and the accepted event types of this client. The
        client_id of the info is this client's number or 0."""
        accepts = None if info.event_filter is None else [int(one) for one in info.event_filter]
        self._check_handle().set_client_info(
            info.client_id, info.name, info.broadcast_filter, info.error_bounce, accepts or None
        )

    def set_client_event_filter(self, event_type: EventType) -> None:
        """Accepts events of this type, besides those of earlier calls. Before the first
        call, events of all types are accepted."""
        info = self.get_client_info()
        info.event_filter = (info.event_filter or set()) | {EventType(event_type)}
        self.set_client_info(info)

    def query_next_client(
        self, previous: Union[ClientInfo, int, None] = None
    ) -> Optional[ClientInfo]:
        """Returns the client with the next number, or the first client. Returns None after
        the last one."""
        if isinstance(previous, ClientInfo):
            previous = previous.client_id
        native = self._check_handle().next_client(-1 if previous is None else previous)
        return None if native is None else _client_info(native)

    def query_next_port(
        self, client_id: int, previous: Union[PortInfo, int, None] = None
    ) -> Optional[PortInfo]:
        """Returns the port of a client with the next number, or its first port. Returns None
        after the last one. ValueError if the previous port belongs to another client."""
        if isinstance(previous, PortInfo):
            if previous.client_id != client_id:
                raise ValueError("client_id mismatch")
            previous = previous.port_id
        native = self._check_handle().next_port(client_id, -1 if previous is None else previous)
        return None if native is None else PortInfo._from_native(native)

    def get_port_info(self, port: Union[int, AddressType]) -> PortInfo:
        """Returns the information of a port. A number means a port of this client, an
        address means any port. ALSAError if there is no such port."""
        address = Address(self.client_id, port) if isinstance(port, int) else Address(port)
        return PortInfo._from_native(self._check_handle().port_info(*address))

    def set_port_info(self, port: Union[int, Port], info: PortInfo) -> None:
        """Changes the name, the capabilities, the type, the numbers of voices and the time
        stamping of a port of this client."""
        number = _number(port, "port_id")
        assert number is not None
        self._check_handle().set_port_info(
            number,
            name=info.name,
            capability=int(info.capability),
            type=int(info.type),
            midi_channels=info.midi_channels,
            midi_voices=info.midi_voices,
            synth_voices=info.synth_voices,
            timestamping=info.timestamping,
            timestamp_real=info.timestamp_real,
            timestamp_queue=info.timestamp_queue_id,
        )

    def list_ports(
        self,
        *,
        input: Optional[bool] = None,
        output: Optional[bool] = None,
        type: PortType = PortType.MIDI_GENERIC,
        include_system: bool = False,
        include_midi_through: bool = True,
        include_no_export: bool = True,
        only_connectable: bool = True,
        sort: Union[bool, Callable[[PortInfo], Any]] = True,
    ) -> List[PortInfo]:
        """Returns the ports that meet all conditions, this client's ports included. The most
        useful port is the first.

        input: only ports to receive from. output: only ports to send to. type: only ports
        that have all of these types. only_connectable: only ports that other clients may
        connect. sort: False for the order of the addresses, or a key for ``sort()``."""
        handle = self._check_handle()
        found = []
        client = handle.next_client(-1)
        while client is not None:
            number, name = client[0], client[1]
            system = number == 0 and not include_system
            through = name == "Midi Through" and not include_midi_through
            if not system and not through:
                for info in _ports_of(handle, number):
                    if _fits(info, input, output, type, include_no_export, only_connectable):
                        info.client_name = name
                        found.append(info)
            client = handle.next_client(number)
        if callable(sort):
            found.sort(key=sort)
        elif sort:
            if input and not output:
                preferred = READ_PORT_PREFERRED_TYPES
            elif output and not input:
                preferred = WRITE_PORT_PREFERRED_TYPES
            else:
                preferred = RW_PORT_PREFERRED_TYPES
            found.sort(key=get_port_info_sort_key(preferred))
        return found

    def parse_address(self, text: str) -> Address:
        """Finds a port by numbers or names: "128:0", "FLUID Synth:0", "FLUID Synth". Returns
        its address. A name may be shortened, except that of this client. Ports of other
        clients are looked for first. ALSAError with -ENOENT if there is no such port,
        -EINVAL if the text fits several ports; the text of the error names them."""
        handle = self._check_handle()
        try:
            return Address(*handle.parse_address(text))
        except ALSAError as error:
            own = self._own_port(text) if error.errnum == -errno.ENOENT else None
            if own is None:
                raise
            return own

    def _own_port(self, text: str) -> Optional[Address]:
        """Finds a port of this client by its name."""
        handle = self._check_handle()
        name: str = handle.client_info(self.client_id)[1]
        if text != name and not text.startswith(f"{name}:"):
            return None
        port = text[len(name) + 1 :] if text != name else "0"
        for info in _ports_of(handle, self.client_id):
            if port in (str(info.port_id), info.name):
                return Address(self.client_id, info.port_id)
        return None

    def subscribe_port(
        self,
        sender: AddressType,
        dest: AddressType,
        *,
        queue: Any = None,
        exclusive: bool = False,
        time_update: bool = False,
        time_real: bool = False,
    ) -> None:
        """Connects two ports. ALSAError with -EBUSY if they are connected, -EINVAL if one of
        them does not exist, -EPERM if one of them does not allow it.

        time_update: whether events on the connection get the time of the queue. time_real:
        whether that time is in seconds; otherwise it is in ticks. exclusive: whether the
        ports then refuse other connections."""
        flags = _EXCLUSIVE * bool(exclusive) | _TIMESTAMP * bool(time_update)
        flags |= _TIME_REAL * bool(time_real)
        number = _number(queue, "queue_id") or 0
        self._check_handle().connect(Address(sender), Address(dest), number, flags)

    def unsubscribe_port(self, sender: AddressType, dest: AddressType) -> None:
        """Disconnects two ports. ALSAError with -ENOENT if they are not connected."""
        self._check_handle().disconnect(Address(sender), Address(dest))

    def query_port_subscribers(self, query: SubscriptionQuery) -> SubscriptionQuery:
        """Returns the connection of a port at the index. ALSAError with -ENOENT after the
        last one, -EINVAL if there is no such port."""
        native = self._check_handle().query_subs(query.root, int(query.type), query.index)
        count, addr, queue, flags = native
        return SubscriptionQuery(
            root=query.root,
            type=SubscriptionQueryType(query.type),
            index=query.index,
            num_subs=count,
            addr=Address(addr),
            queue_id=queue,
            exclusive=bool(flags & _EXCLUSIVE),
            time_update=bool(flags & _TIMESTAMP),
            time_real=bool(flags & _TIME_REAL),
        )

    def list_port_subscribers(
        self, port: AddressType, type: Optional[SubscriptionQueryType] = None
    ) -> List[SubscriptionQuery]:
        """Returns all connections of a port, or those of one direction. The list is empty if
        the port does not exist."""
        self._check_handle()
        kinds = list(SubscriptionQueryType) if type is None else [type]
        found = []
        for kind in kinds:
            query = SubscriptionQuery(root=Address(port), type=kind)
            while True:
                try:
                    answer = self.query_port_subscribers(query)
                except ALSAError:
                    break
                found.append(answer)
                query.index += 1
        return found


def _ports_of(handle: Control, client: int) -> List[PortInfo]:
    ports = []
    try:
        native = handle.next_port(client, -1)
        while native is not None:
            ports.append(PortInfo._from_native(native))
            native = handle.next_port(client, native[1])
    except ALSAError:
        # The client was closed meanwhile.
        pass
    return ports


def _fits(
    info: PortInfo,
    input: Optional[bool],
    output: Optional[bool],
    type: PortType,
    no_export: bool,
    connectable: bool,
) -> bool:
    caps = info.capability
    if info.type & type != type or (caps & PortCaps.NO_EXPORT and not no_export):
        return False
    read = PortCaps.READ | (PortCaps.SUBS_READ if connectable else PortCaps._NONE)
    write = PortCaps.WRITE | (PortCaps.SUBS_WRITE if connectable else PortCaps._NONE)
    reads, writes = caps & read == read, caps & write == write
    if input or output:
        return (reads or not input) and (writes or not output)
    return reads or writes
