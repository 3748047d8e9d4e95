"""For programs that were written for python-alsa-midi."""

from __future__ import annotations

import importlib
import sys

_MODULES = (
    "address", "client", "event", "exceptions", "port", "queue", "util", "mido_backend",
)

_REPLACED = {
    "alsa": "the functions of libasound are not here: use the client's own methods, or "
    "fcntl.ioctl on client.fileno() with the numbers of alsa_sequencer.raw",
    "ffi": "there is no C interface: use Event.to_bytes() and Event.from_bytes() for records, "
    "and alsa_sequencer.raw for numbers and sizes",
}


def explain(name: str) -> str:
    """Why there is no such attribute, and what to use in its place."""
    if name in _REPLACED:
        return f"alsa_sequencer has no {name!r}: {_REPLACED[name]}"
    return f"module 'alsa_sequencer' has no attribute {name!r}"


def install_as_alsa_midi() -> None:
    """Lets ``import alsa_midi`` mean this package, in this process, for programs that cannot
    be changed. Call it before they are imported. ImportError if alsa_midi is imported
    already."""
    package = sys.modules["alsa_sequencer"]
    there = sys.modules.get("alsa_midi", package)
    if there is not package:
        raise ImportError("alsa_midi is imported already; call install_as_alsa_midi() first")
    sys.modules["alsa_midi"] = package
    for name in _MODULES:
        try:
            module = importlib.import_module(f"alsa_sequencer.{name}")
        except ImportError:
            # mido_backend wants mido.
            continue
        sys.modules[f"alsa_midi.{name}"] = module
