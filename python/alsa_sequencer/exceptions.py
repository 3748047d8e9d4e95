"""Exceptions of this package."""

from __future__ import annotations


class Error(Exception):
    """The base class of all errors of this package."""


class StateError(Error):
    """The object was closed."""


class ClosedError(StateError, TypeError):
    """The client was closed. It is a TypeError as well, as programs for python-alsa-midi
    expect."""


class ALSAError(Error):
    """The kernel or this package has refused something.

    message says what was being done, to what, the errno, and what to do about it. errnum is
    the errno, negative: ``-errno.EBUSY``.
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
    """Events were lost on input: the input pool was full, and the kernel has dropped
    everything that was unread. The next call goes on with what came after."""


__all__ = ["ALSAError", "ClosedError", "Error", "OverrunError", "StateError"]
