"""Reports new and removed ports."""

from __future__ import annotations

import atexit
import logging
import os
import threading
from types import TracebackType
from typing import Any, Callable, Dict, List, Optional, Set, Type
from weakref import WeakSet

from ..address import SYSTEM_ANNOUNCE
from ..port import PortCaps
from . import clients
from .clients import Client, any_client
from .devices import Device, devices_of
from .errors import as_os_error

logger = logging.getLogger("alsa_sequencer.mido_backend")

_CLIENT_EXIT, _PORT_EXIT = 61, 64

#: It gets the present devices, and a function that tells whether an address was removed.
Listener = Callable[[List[Device], Callable[[str], bool]], None]


#: The threads of the monitors.
_threads: WeakSet[threading.Thread] = WeakSet()


class _Monitor:
    """A thread that waits for announcements of the kernel while there are listeners."""

    current: Optional["_Monitor"] = None

    def __init__(self) -> None:
        self.client: Client = any_client()
        self.listeners: List[Listener] = []
        self.port = self.client.create_port(
            "hotplug", PortCaps.WRITE | PortCaps.NO_EXPORT, private=True
        )
        self.inbox = self.client.hub.inbox(self.port.port_id, False, True)
        with as_os_error("opening"):
            self.port.connect_from(SYSTEM_ANNOUNCE)
        thread = threading.Thread(target=self._run, name="midi hotplug", daemon=True)
        _threads.add(thread)
        thread.start()

    def _run(self) -> None:
        while True:
            item = self.inbox.get(None)
            if item is None:
                return
            gone: Set[str] = set()
            while item is not None:
                kind, client, port = item[0][:3]
                if kind == _CLIENT_EXIT:
                    gone.add(f"{client}:")
                elif kind == _PORT_EXIT:
                    gone.add(f"{client}:{port}")
                item = self.inbox.get(0)
            try:
                devices = devices_of(self.client)
            except OSError:
                return
            self._tell(devices, gone)

    def _tell(self, devices: List[Device], gone: Set[str]) -> None:
        def is_gone(address: str) -> bool:
            return address in gone or address.split(":")[0] + ":" in gone

        for listener in list(self.listeners):
            try:
                listener(devices, is_gone)
            except Exception:
                logger.exception("the callback for new and removed ports has failed")

    def close(self) -> None:
        self.inbox.close()
        self.client.delete_port(self.port)


def listen(listener: Listener) -> List[Device]:
    """Calls the listener after each change from now on. Returns the present devices."""
    with clients.lock:
        if _Monitor.current is None:
            _Monitor.current = _Monitor()
        _Monitor.current.listeners.append(listener)
        return devices_of(_Monitor.current.client)


def unlisten(listener: Listener) -> None:
    """Stops the calls of a listener."""
    with clients.lock:
        monitor = _Monitor.current
        if monitor is not None and listener in monitor.listeners:
            monitor.listeners.remove(listener)
            if not monitor.listeners:
                _Monitor.current = None
                monitor.close()


class Watch:
    """Calls a callback for new and removed ports, until it is closed. :func:`watch` makes
    one. It is a context manager, too."""

    def __init__(self, callback: Callable[[str, Device], Any]) -> None:
        self._callback = callback
        self._lock = threading.Lock()
        self._known: Dict[Any, Device] = {}
        with self._lock:
            self._known = _by_name(listen(self._changed))

    def _changed(self, devices: List[Device], is_gone: Callable[[str], bool]) -> None:
        with self._lock:
            known, now = self._known, _by_name(devices)
            self._known = now
        for key, device in known.items():
            if key not in now or is_gone(device["address"]):
                self._call("removed", device)
        for key, device in now.items():
            if key not in known or is_gone(device["address"]):
                self._call("added", device)

    def _call(self, kind: str, device: Device) -> None:
        try:
            self._callback(kind, device)
        except Exception:
            logger.exception("the callback of watch() has failed for %s", device["name"])

    def close(self) -> None:
        """Ends the calls. A second call of close() does nothing."""
        unlisten(self._changed)

    def __enter__(self) -> Watch:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()


def _by_name(devices: List[Device]) -> Dict[Any, Device]:
    return {device["name"]: device for device in devices}


def watch(callback: Callable[[str, Device], Any]) -> Watch:
    """Calls ``callback("added", device)`` and ``callback("removed", device)`` when ports come
    and go. The calls are made on a separate thread. A device is a dict of get_devices().

    The thread sleeps while nothing changes. OSError if the sequencer cannot be opened.
    """
    return Watch(callback)


def _after_fork() -> None:
    _Monitor.current = None
    _threads.clear()


def _at_exit() -> None:
    """Ends the monitor's thread. A thread that comes back from a wait while the interpreter is
    ending can crash the process."""
    with clients.lock:
        monitor, _Monitor.current = _Monitor.current, None
        if monitor is not None:
            monitor.close()
    for thread in list(_threads):
        # A callback that never returns must not keep the program.
        thread.join(5)


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
