"""The clients that ports are on: one for each client name in a process."""

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
    """ValueError for the name of an API that this back-end does not have."""
    if api not in (None, "LINUX_ALSA", "seq"):
        raise ValueError(f"unknown API {api}: this back-end has LINUX_ALSA alone")


def get_api_names() -> List[str]:
    """The names that ``api`` may have: this back-end has the ALSA sequencer alone."""
    return ["LINUX_ALSA"]


def program_name() -> str:
    """The name of the program, which a client has unless it is given one."""
    name = os.path.basename(sys.argv[0] if sys.argv else "")
    name = os.path.splitext(name)[0]
    return name if name not in ("", "-c", "-m") else "python"


class Client:
    """An open client, which is closed with the last of its ports."""

    def __init__(self, name: str) -> None:
        with as_os_error("opening"):
            self.client = SequencerClient(name)
        self.name = name
        self._hub: Optional[Hub] = None
        self._users: Set[int] = set()
        #: The numbers of the ports that were made to be connected to one port of another.
        self.private: Set[int] = set()

    @property
    def hub(self) -> Hub:
        """What reads, sends and knows the time; it begins with the first port."""
        if self._hub is None:
            self._hub = Hub(self.client)
        return self._hub

    def create_port(self, name: str, caps: PortCaps, private: bool) -> Port:
        """Creates a port whose events have the time of the client's queue."""
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
        """Deletes a port, and closes the client if it was the last."""
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
        """Whether it has no port."""
        return not self._users


def client_of(name: Optional[str]) -> Client:
    """The client of this name, or of the program. It is opened if it is not open yet."""
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
    """A client that is open, to ask the kernel by. The program's if none is."""
    with lock:
        for client in _clients.values():
            return client
        return client_of(None)


def private_addresses() -> Set[Tuple[int, int]]:
    """The ports of this process that belong to a connection."""
    with lock:
        return {
            (client.client.client_id, port)
            for client in _clients.values()
            for port in client.private
        }


def after_fork() -> None:
    """In the child the clients are the parent's."""
    global lock
    lock = threading.RLock()
    _clients.clear()


os.register_at_fork(after_in_child=after_fork)
