"""The clients of the ports. A process has one client for each client name."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any, Dict, List, Optional, Set, Tuple

from .._native import Hub
from ..client import SequencerClient
from ..port import Port, PortCaps, PortType
from .errors import as_os_error

_TYPE = PortType.MIDI_GENERIC | PortType.APPLICATION

#: Held while clients and their ports come and go.
lock = threading.RLock()
_clients: Dict[str, "Client"] = {}


def check_api(api: Optional[str]) -> None:
    """Raises ValueError for the name of an API that this back-end does not have."""
    if api not in (None, "LINUX_ALSA", "seq"):
        raise ValueError(f"unknown API {api}: this back-end has only LINUX_ALSA")


def get_api_names() -> List[str]:
    """Returns the names of the APIs. This back-end has only the ALSA sequencer."""
    return ["LINUX_ALSA"]


def program_name() -> str:
    """Returns the name of the program, the default name of a client."""
    name = os.path.basename(sys.argv[0] if sys.argv else "")
    name = os.path.splitext(name)[0]
    return name if name not in ("", "-c", "-m") else "python"


class Client:
    """An open client. It is closed with its last port."""

    def __init__(self, name: str) -> None:
        with as_os_error("opening"):
            self.client = SequencerClient(name)
        self.name = name
        self._hub: Optional[Hub] = None
        self._users: Set[int] = set()
        #: The numbers of the ports that were made for a connection to another port.
        self.private: Set[int] = set()

    @property
    def hub(self) -> Hub:
        """The native part, which reads, sends and knows the time. The first port makes it."""
        if self._hub is None:
            self._hub = Hub(self.client)
        return self._hub

    def create_port(self, name: str, caps: PortCaps, private: bool) -> Port:
        """Creates a port. Its events get the time of the client's queue."""
        with lock, as_os_error("opening"):
            queue = self.hub.queue_id
            stamps: Dict[str, Any] = {}
            if queue is not None:
                stamps = {"timestamping": True, "timestamp_real": True, "timestamp_queue": queue}
            port = self.client.create_port(name, caps, _TYPE, midi_channels=16, **stamps)
            self._users.add(port.port_id)
            if private:
                self.private.add(port.port_id)
            return port

    def delete_port(self, port: Port) -> None:
        """Deletes a port. Closes the client if that was its last port."""
        with lock:
            self._users.discard(port.port_id)
            self.private.discard(port.port_id)
            try:
                port.close()
            finally:
                if self._hub is not None:
                    self._hub.forget(port.port_id)
                if not self._users:
                    self.close()

    def close(self) -> None:
        """Closes the client."""
        if _clients.get(self.name) is self:
            del _clients[self.name]
        self.client.close()

    @property
    def idle(self) -> bool:
        """Whether the client has no ports."""
        return not self._users


def client_of(name: Optional[str]) -> Client:
    """Returns the client with this name, by default the program's. Opens it if need be."""
    name = program_name() if name is None else name
    with lock:
        if name not in _clients:
            client = Client(name)
            for other in list(_clients.values()):
                if other.idle:
                    other.close()
            _clients[name] = client
        return _clients[name]


def any_client() -> Client:
    """Returns any open client, for questions to the kernel. If none is open, opens the
    program's client."""
    with lock:
        for client in _clients.values():
            return client
        return client_of(None)


def private_addresses() -> Set[Tuple[int, int]]:
    """Returns the ports of this process that were made for a connection."""
    with lock:
        return {
            (client.client.client_id, port)
            for client in _clients.values()
            for port in client.private
        }


def after_fork() -> None:
    """Gives up the clients in the child of a fork: they belong to the parent."""
    global lock
    lock = threading.RLock()
    _clients.clear()


os.register_at_fork(after_in_child=after_fork)
