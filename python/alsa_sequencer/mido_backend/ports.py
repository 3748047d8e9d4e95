"""The classes that MIDO opens."""

from __future__ import annotations

import threading
from typing import Any, Optional

from mido.ports import BaseInput, BaseIOPort, BaseOutput  # type: ignore[import-untyped]

from .base import unused
from .receiving import Callback, Receiving, check_timestamps
from .sending import Sending


class Input(Receiving, BaseInput):  # type: ignore[misc]
    """A port to receive from: ``mido.open_input()``.

    name: "Client:Port 128:0", the same without the numbers, the name of the port or of the
    client, or an address; None for the first port. virtual: whether to open a virtual port
    with this name, which others connect to. callback: a function for each message; it runs
    on a thread of the port. client_name: the name of the port's client, by default the
    program's name; ports of this process with the same client_name share the client. If it
    is given and no port has the name, the port is virtual. api: None, "LINUX_ALSA" or "seq".

    timestamps: the meaning of each message's ``time``. "delta": seconds since the message
    before. "absolute": seconds of now(). The kernel takes the time when the message arrives.
    None: it is 0, so that messages compare equal. active_sensing: whether these messages are
    received. on_disconnect: the action when the connected port disappears: "ignore", "close",
    or "reconnect" as soon as there is a port with the same name.

    UnknownPortError, an OSError, if there is no such port. OSError if the sequencer cannot
    be opened, or the kernel refuses the port or the connection. ValueError for an unknown
    API or choice. TypeError if the callback is not callable.
    """

    def __init__(
        self,
        name: Optional[str] = None,
        virtual: bool = False,
        callback: Optional[Callback] = None,
        client_name: Optional[str] = None,
        api: Optional[str] = None,
        timestamps: Optional[str] = None,
        active_sensing: bool = False,
        on_disconnect: str = "ignore",
        autoreset: bool = False,
        **kwargs: Any,
    ) -> None:
        unused(kwargs)
        self._timestamps = check_timestamps(timestamps)
        self._waiters = {}
        self._turn = threading.Condition()
        BaseInput.__init__(
            self,
            name,
            virtual=virtual,
            client_name=client_name,
            api=api,
            active_sensing=active_sensing,
            on_disconnect=on_disconnect,
        )
        if callback is not None:
            self.callback = callback


class Output(Sending, BaseOutput):  # type: ignore[misc]
    """A port to send to: ``mido.open_output()``.

    It sends to every port that it is connected to. At first that is the port of `name`.
    Other programs, such as aconnect and patch bays, may change its connections.

    name, virtual, client_name, api, on_disconnect, and the errors: as for :class:`Input`.
    autoreset: whether close() calls reset() first.
    """

    def __init__(
        self,
        name: Optional[str] = None,
        virtual: bool = False,
        autoreset: bool = False,
        client_name: Optional[str] = None,
        api: Optional[str] = None,
        on_disconnect: str = "ignore",
        callback: None = None,
        **kwargs: Any,
    ) -> None:
        unused(kwargs)
        BaseOutput.__init__(
            self,
            name,
            autoreset=autoreset,
            virtual=virtual,
            client_name=client_name,
            api=api,
            on_disconnect=on_disconnect,
        )


class IOPort(Receiving, Sending, BaseIOPort):  # type: ignore[misc]
    """A port for both directions: ``mido.open_ioport()``. It is one port of the sequencer.

    Its arguments are those of :class:`Input` and :class:`Output`.
    """

    def __init__(
        self,
        name: Optional[str] = None,
        virtual: bool = False,
        callback: Optional[Callback] = None,
        autoreset: bool = False,
        client_name: Optional[str] = None,
        api: Optional[str] = None,
        timestamps: Optional[str] = None,
        active_sensing: bool = False,
        on_disconnect: str = "ignore",
        **kwargs: Any,
    ) -> None:
        unused(kwargs)
        self._timestamps = check_timestamps(timestamps)
        self._waiters = {}
        self._turn = threading.Condition()
        BaseIOPort.__init__(
            self,
            name,
            virtual=virtual,
            client_name=client_name,
            api=api,
            active_sensing=active_sensing,
            on_disconnect=on_disconnect,
            autoreset=autoreset,
        )
        if callback is not None:
            self.callback = callback
