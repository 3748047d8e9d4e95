"""The base class of all ports: opening, closing, and the connection."""

from __future__ import annotations

import atexit
import errno
import logging
import os
import threading
from typing import Any, Callable, List, NoReturn, Optional
from weakref import WeakSet, ref

from .. import _native
from ..exceptions import ALSAError, StateError
from ..port import READ_PORT, RW_PORT, WRITE_PORT, Port, PortCaps
from . import clients
from .clients import Client, check_api, client_of
from .devices import Device, UnknownName, find
from .errors import as_os_error
from .hotplug import Listener, listen, unlisten

logger = logging.getLogger("alsa_sequencer.mido_backend")

_ports: WeakSet[PortBase] = WeakSet()


class PortBase:
    """A port of a client. Unless it is virtual, it is connected to another port.

    MIDO calls ``_open()`` and ``_close()``.
    """

    # The kernel and the native part have locks of their own. With MIDO's, close() would
    # wait for receive().
    _locking = False

    is_input = False
    is_output = False
    name: Optional[str]
    closed: bool

    _client: Client
    _port: Port
    _inbox: Optional[_native.Inbox] = None
    _outbox: Optional[_native.Outbox] = None
    _target: Optional[Device] = None
    _listener: Optional[Listener] = None

    def _open(
        self,
        virtual: bool = False,
        client_name: Optional[str] = None,
        api: Optional[str] = None,
        active_sensing: bool = False,
        on_disconnect: str = "ignore",
        autoreset: bool = False,
    ) -> None:
        check_api(api)
        if on_disconnect not in ("ignore", "close", "reconnect"):
            raise ValueError(
                "on_disconnect must be 'ignore', 'close' or 'reconnect', "
                f"not {on_disconnect!r}"
            )
        if virtual and self.name is None:
            raise OSError(errno.EINVAL, "virtual port must have a name")
        self._close_lock = threading.Lock()
        self._send_lock = threading.Lock()
        with clients.lock:
            self._client = client_of(client_name)
            try:
                self._target = self._find(virtual, client_name)
                own_name = self.name if self._target is None else self._target["client"]
                assert own_name is not None
                private = self._target is not None
                self._port = self._client.create_port(own_name, self._caps(), private)
            except BaseException:
                if self._client.idle:
                    self._client.close()
                raise
        try:
            self._begin(active_sensing, on_disconnect)
        except BaseException:
            self._end()
            raise
        _ports.add(self)

    def _find(self, virtual: bool, client_name: Optional[str]) -> Optional[Device]:
        """Finds the port to connect to. None for a virtual port."""
        if virtual:
            return None
        found = find(self._client, self.name, self.is_input, self.is_output)
        if not isinstance(found, UnknownName):
            return found
        if client_name is None:
            raise found.error()
        # The program names a client, and no port has the name: it wants a virtual port.
        return None

    def _caps(self) -> PortCaps:
        if self.is_input and self.is_output:
            return RW_PORT
        # An output receives its own marks. They show how many messages the kernel has
        # delivered.
        return WRITE_PORT if self.is_input else READ_PORT | PortCaps.WRITE

    def _begin(self, active_sensing: bool, on_disconnect: str) -> None:
        hub, number = self._client.hub, self._port.port_id
        if self.is_input:
            with as_os_error("opening"):
                self._inbox = hub.inbox(number, active_sensing, False)
        if self.is_output:
            self._outbox = hub.outbox(number)
        self._device_type = "AlsaSequencer"
        if self._target is None:
            self._device_type = "virtual AlsaSequencer"
            return
        self.name = self._target["name"]
        self._connect()
        if on_disconnect != "ignore":
            port = ref(self)

            def listener(devices: List[Device], is_gone: Callable[[str], bool]) -> None:
                this = port()
                if this is not None:
                    this._changed(devices, is_gone, on_disconnect)

            self._listener = listener
            listen(listener)

    def _connect(self) -> None:
        assert self._target is not None
        address = self._target["address"]
        with as_os_error("opening"):
            if self.is_output:
                self._port.connect_to(address)
            if self.is_input:
                self._port.connect_from(address)

    def _changed(
        self, devices: List[Device], is_gone: Callable[[str], bool], on_disconnect: str
    ) -> None:
        """Called when ports have come or gone."""
        target = self._target
        if target is None or self.closed:
            return
        there = any(one["name"] == target["name"] for one in devices)
        if there and not is_gone(target["address"]) and not self._lost:
            return
        if not self._lost:
            logger.warning("the port %s was removed", target["name"])
        self._lost = True
        if on_disconnect == "close":
            self.close()
            return
        for device in devices:
            if (device["client"], device["port"]) == (target["client"], target["port"]):
                self._target = device
                try:
                    self._connect()
                except OSError as error:
                    logger.warning("could not connect %s again: %s", device["name"], error)
                    continue
                self.name = device["name"]
                self._lost = False
                logger.info("the port %s is connected again", device["name"])
                return

    _lost = False

    def close(self) -> None:
        """Closes the port. Any thread may do that, and the port's own callback, too. Calls
        that wait end. Messages that were received already can still be taken. Scheduled
        messages are cancelled, and notes that would then sound for ever are ended. A second
        call does nothing."""
        super().close()  # type: ignore[misc]

    def now(self) -> float:
        """Returns the time of the client's queue in seconds. ``send(at=...)``, ``last_time``
        and ``timestamps="absolute"`` use this time. It begins when the client is opened."""
        return self._client.hub.now()

    @property
    def address(self) -> str:
        """The address of this port, such as "128:0"."""
        return f"{self._port.client_id}:{self._port.port_id}"

    def _close(self) -> None:
        with self._close_lock:
            if self.closed:
                return
            # It is set before waiting calls are woken, so that they see it.
            self.closed = True
        _ports.discard(self)
        self._end()

    def _end(self) -> None:
        if self._listener is not None:
            unlisten(self._listener)
        if self._inbox is not None:
            self._inbox.close()
        if self._outbox is not None:
            try:
                self._outbox.cancel()
            except (ALSAError, StateError) as error:
                logger.warning("could not cancel the messages of %s: %s", self.name, error)
            self._outbox.close()
        try:
            self._client.delete_port(self._port)
        except (ALSAError, StateError):
            # The kernel has deleted it already.
            pass

    def __reduce__(self) -> NoReturn:
        # The first of the two objects to go would close the port.
        raise TypeError("a port cannot be copied or pickled")

    def _abandon(self) -> None:
        """Gives up the port in the child of a fork: it belongs to the parent."""
        self.closed = True
        self._close_lock = threading.Lock()
        self._send_lock = threading.Lock()
        if self._inbox is not None:
            self._inbox._abandon()
        self._port.client = None

    def __del__(self) -> None:
        if not vars(self).get("closed", True):
            self.close()


def _after_fork() -> None:
    for port in list(_ports):
        port._abandon()
    _ports.clear()


def _at_exit() -> None:
    """Ends the scheduled notes. The kernel closes the ports. If they were closed here,
    threads that still receive would fail."""
    for port in list(_ports):
        if port._outbox is not None:
            if getattr(port, "autoreset", False):
                port.close()
                continue
            try:
                port._outbox.cancel()
            except (ALSAError, StateError):
                # The program has closed it meanwhile.
                pass


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)


def unused(arguments: Any) -> None:
    """Raises TypeError for unknown arguments of a port."""
    if arguments:
        names = ", ".join(sorted(arguments))
        raise TypeError(f"unknown arguments for a port: {names}")
