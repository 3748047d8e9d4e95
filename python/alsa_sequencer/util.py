"""Checks of numbers and errors, as python-alsa-midi has them."""

from __future__ import annotations

import os
from typing import Any

from .exceptions import ALSAError


def _check_alsa_error(code: Any) -> None:
    """Raises ALSAError for a negative error number. TypeError if it is no integer."""
    if not isinstance(code, int):
        raise TypeError("an error number must be an int")
    if code < 0:
        raise ALSAError(os.strerror(-code), code)


def _ensure_range(value: Any, maximum: int) -> int:
    number = int(value)
    if not 0 <= number <= maximum:
        raise ValueError(f"a number must be 0 to {maximum}, not {number}")
    return number


def _ensure_4bit(value: Any) -> int:
    """The value as an int of 0 to 15, or ValueError."""
    return _ensure_range(value, 0x0F)


def _ensure_7bit(value: Any) -> int:
    """The value as an int of 0 to 127, or ValueError."""
    return _ensure_range(value, 0x7F)


__all__ = ["_check_alsa_error", "_ensure_4bit", "_ensure_7bit"]
