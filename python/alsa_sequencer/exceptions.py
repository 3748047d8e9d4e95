"""The exceptions of this package."""

from __future__ import annotations


class Error(Exception):
    """The base class of all errors of this package."""


class StateError(Error):
    """The object was closed."""


class ClosedError(StateError, TypeError):
    """The client was closed. It is a TypeError, too, as programs for python-alsa-midi
    expect."""


class ALSAError(Error):
    """The kernel or this package has refused a call.

    message names the operation, its object, the errno and often a remedy. errnum is the
    negative errno, such as ``-errno.EBUSY``.
    """

    message: str
    errnum: int

    def __init__(self, message: str, errnum: int) -> None:
        super().__init__(message, errnum)
        self.message = message
        self.errnum = errnum

    def __str__(self) -> str:
        return self.message


class OverrunError(ALSAError):
    """Input events were lost. The input pool was full, and the kernel has dropped all unread
    events. The next call goes on with the events that came later."""


__all__ = ["ALSAError", "ClosedError", "Error", "OverrunError", "StateError"]
