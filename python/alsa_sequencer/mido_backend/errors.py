"""Errors in MIDO's form: OSError with an errno, and a text that names a remedy."""

from __future__ import annotations

import difflib
import errno
from contextlib import contextmanager
from typing import Iterator, List, Optional, Protocol

from ..exceptions import ALSAError, StateError


class UnknownPortError(OSError):
    """There is no port with this name. The text lists the most similar names."""


def unknown_port(name: str, names: List[str]) -> UnknownPortError:
    """Returns the error for a name that belongs to no port."""
    # Each name without its number, and the name of its client.
    parts = {part: whole for whole in reversed(names)
             for part in (whole, whole.rsplit(" ", 1)[0], whole.split(":", 1)[0])}
    lower = {part.lower(): whole for part, whole in parts.items()}
    near = difflib.get_close_matches(name.lower(), lower, n=9, cutoff=0.5)
    nearest = list(dict.fromkeys(lower[part] for part in near)) or names
    more = len(nearest) - 3
    if nearest:
        hint = "there is " + ", ".join(repr(one) for one in nearest[:3])
        if more > 0:
            hint += f", and {more} more"
    else:
        hint = "there are no ports; virtual=True opens a port that others can connect to"
    return UnknownPortError(errno.ENOENT, f"unknown port {name!r}: {hint}")


class HasClosed(Protocol):
    """A port of MIDO's."""

    closed: bool


@contextmanager
def as_os_error(doing: str, port: Optional[HasClosed] = None) -> Iterator[None]:
    """Turns the errors of the package into OSError. `doing` names the call in the text. If
    another thread closes `port` meanwhile, the kernel can refuse an event because the port
    does not exist any more. The error is then that the port is closed."""
    try:
        yield
    except StateError:
        raise OSError(errno.EBADF, f"port closed during {doing}") from None
    except ALSAError as error:
        if port is not None and port.closed:
            raise OSError(errno.EBADF, f"port closed during {doing}") from error
        raise OSError(-error.errnum, error.message) from error
