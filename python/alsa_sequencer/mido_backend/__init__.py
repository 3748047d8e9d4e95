"""The back-end for MIDO, on the ALSA sequencer.

Choose it with ``MIDO_BACKEND=alsa_sequencer.mido_backend`` in the environment, or with
``mido.set_backend("alsa_sequencer.mido_backend")``. Programs for MIDO run on it unchanged.
:class:`Input`, :class:`Output` and :class:`IOPort` describe its additions to MIDO's own
interface. ``mido.open_input()``, ``open_output()`` and ``open_ioport()`` pass their keyword
arguments on.
"""

from __future__ import annotations

from .clients import get_api_names
from .devices import get_devices
from .errors import UnknownPortError
from .hotplug import Watch, watch
from .ports import Input, IOPort, Output

__all__ = [
    "IOPort", "Input", "Output", "UnknownPortError", "Watch", "get_api_names", "get_devices",
    "watch",
]
