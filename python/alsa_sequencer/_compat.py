"""Support for programs that were written for python-alsa-midi."""

from __future__ import annotations

import importlib
import sys

_MODULES = (
    "address", "client", "event", "exceptions", "port", "queue", "util", "mido_backend",
)

_REPLACED = {
    "alsa": "this package does not contain libasound's functions: use the client's methods, or "
    "fcntl.ioctl on client.fileno() with the numbers of alsa_sequencer.raw",
    "ffi": "this package has no C interface: use Event.to_bytes() and Event.from_bytes() for "
    "records, and alsa_sequencer.raw for numbers and sizes",
}


def explain(name: str) -> str:
    """The text of the error for a missing attribute. It names the replacement."""
    if name in _REPLACED:
        return f"alsa_sequencer has no {name!r}: {_REPLACED[name]}"
    return f"module 'alsa_sequencer' has no attribute {name!r}"


def install_as_alsa_midi() -> None:
    """Makes ``import alsa_midi`` import this package in this process, for modules that cannot
    be changed. Call it before they are imported. ImportError if alsa_midi is imported already.

    ``python -m alsa_sequencer PROGRAM`` does this for a whole program.
    """
    package = sys.modules["alsa_sequencer"]
    there = sys.modules.get("alsa_midi", package)
    if there is not package:
        raise ImportError("alsa_midi is imported already; call install_as_alsa_midi() first")
    sys.modules["alsa_midi"] = package
    for name in _MODULES:
        try:
            module = importlib.import_module(f"alsa_sequencer.{name}")
        except ImportError:
            # mido_backend needs mido.
            continue
        sys.modules[f"alsa_midi.{name}"] = module
