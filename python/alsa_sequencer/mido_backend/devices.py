"""The list of ports, and the search for a port by its name."""

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
    """Returns the ports of other programs and of hardware, and this program's virtual ports.
    The most useful port is the first.

    Each port is a dict. ``name`` is "Client:Port 128:0". ``is_input`` tells whether messages
    can be received from it, ``is_output`` whether messages can be sent to it. ``address`` is
    "128:0". ``client`` and ``port`` are the two names. ``card`` is the number of its sound
    card, or None. If a client of this process is open, no other one is opened.

    ValueError for an API other than "LINUX_ALSA" or "seq". OSError if the sequencer
    cannot be opened; its text contains the reason.
    """
    check_api(api)
    return devices_of(any_client())


def devices_of(client: Client) -> List[Device]:
    """Returns the ports, as get_devices() does. This client asks the kernel."""
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
        # The client was closed meanwhile.
        return None


def _fits(device: Device, is_input: bool, is_output: bool) -> bool:
    return (device["is_input"] or not is_input) and (device["is_output"] or not is_output)


def search(devices: List[Device], name: str) -> Optional[Device]:
    """Finds a device by a name. The name is "Client:Port 128:0", the same without the numbers
    or with former numbers, an address, the name of the port, or the name of the client.
    Names are taken literally."""
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
    """Finds the device with this name and these directions; for None the first device of
    another program. If no device has the name, returns an UnknownName."""
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
    """A name that belongs to no port."""

    def __init__(self, name: str, devices: List[Device]) -> None:
        self.name = name
        self.names = [device["name"] for device in devices]

    def error(self) -> OSError:
        """Returns the error for the name."""
        return unknown_port(self.name, self.names)
