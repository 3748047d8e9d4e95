"""The ports that there are, and how they are found by name."""

from __future__ import annotations

import errno
import re
from typing import Any, Callable, Dict, List, Optional, Union

from ..exceptions import ALSAError
from ..port import PortCaps, PortType
from .clients import Client, any_client, check_api, private_addresses
from .errors import as_os_error, unknown_port

#: A port: name, is_input, is_output, address, client, port, card.
Device = Dict[str, Any]

_TYPES = PortType.MIDI_GENERIC | PortType.SYNTH | PortType.APPLICATION
_READ = PortCaps.READ | PortCaps.SUBS_READ
_WRITE = PortCaps.WRITE | PortCaps.SUBS_WRITE
_NUMBERS = re.compile(r" \d+:\d+$")


def get_devices(api: Optional[str] = None, **kwargs: Any) -> List[Device]:
    """The ports of other programs and of hardware, and this program's virtual ports, the
    most useful first.

    Each is a dict: ``name`` is "Client:Port 128:0"; ``is_input`` and ``is_output`` say
    whether messages can be received from it and sent to it; ``address`` is "128:0";
    ``client`` and ``port`` are the two names; ``card`` is the number of its sound card, or
    None. A client of this process that is open is used to ask for them, so that no second
    one is opened.

    ValueError for an API that is not "LINUX_ALSA" or "seq"; OSError if the sequencer cannot
    be opened, whose text says why.
    """
    check_api(api)
    return devices_of(any_client())


def devices_of(client: Client) -> List[Device]:
    """As get_devices(), asked by this client."""
    private = private_addresses()
    cards: Dict[int, Optional[int]] = {}
    devices = []
    with as_os_error("listing"):
        for info in client.client.list_ports(type=PortType.ANY, include_no_export=False):
            assert info.port_id is not None
            if not info.type & _TYPES or (info.client_id, info.port_id) in private:
                continue
            if info.client_id not in cards:
                cards[info.client_id] = _card(client, info.client_id)
            address = f"{info.client_id}:{info.port_id}"
            devices.append({
                "name": f"{info.client_name}:{info.name} {address}",
                "is_input": info.capability & _READ == _READ,
                "is_output": info.capability & _WRITE == _WRITE,
                "address": address,
                "client": info.client_name,
                "port": info.name,
                "card": cards[info.client_id],
            })
    return devices


def _card(client: Client, number: int) -> Optional[int]:
    try:
        return client.client.get_client_info(number).card_id
    except ALSAError:
        # It has gone meanwhile.
        return None


def _fits(device: Device, is_input: bool, is_output: bool) -> bool:
    return (device["is_input"] or not is_input) and (device["is_output"] or not is_output)


def search(devices: List[Device], name: str) -> Optional[Device]:
    """The device of a name: "Client:Port 128:0", the same without the numbers or with those
    that it had once, an address, the name of the port or of the client alone. Names are
    taken literally."""
    bare = _NUMBERS.sub("", name)
    forms: List[Callable[[Device], bool]] = [
        lambda device: bool(device["name"] == name),
        lambda device: bool(device["address"] == name),
        lambda device: f"{device['client']}:{device['port']}" == name,
        lambda device: bool(device["port"] == name),
        lambda device: bool(device["client"] == name),
        # Numbers change when a device is plugged in again.
        lambda device: f"{device['client']}:{device['port']}" == bare,
    ]
    for form in forms:
        for device in devices:
            if form(device):
                return device
    return None


def find(
    client: Client, name: Optional[str], is_input: bool, is_output: bool
) -> Union[Device, UnknownName]:
    """The device of this name that can be used so; for None the first one of another
    program. What would be raised if there is none."""
    devices = devices_of(client)
    fitting = [one for one in devices if _fits(one, is_input, is_output)]
    if name is not None:
        found = search(fitting, name)
        return UnknownName(name, fitting) if found is None else found
    own = f"{client.client.client_id}:"
    for device in fitting:
        if not device["address"].startswith(own):
            return device
    raise OSError(
        errno.ENODEV,
        "no ports available: connect a device, start a synthesizer, or open a virtual port",
    )


class UnknownName:
    """A name that no port has."""

    def __init__(self, name: str, devices: List[Device]) -> None:
        self.name = name
        self.names = [device["name"] for device in devices]

    def error(self) -> OSError:
        """The error for it."""
        return unknown_port(self.name, self.names)
