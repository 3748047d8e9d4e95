"""Checks of numbers and errors, with python-alsa-midi's names."""

from __future__ import annotations

import os
from typing import Any

from .exceptions import ALSAError


def _check_alsa_error(code: Any) -> None:
    """Raises ALSAError for a negative error number. TypeError if it is not an integer."""
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
    """Returns the value as an int from 0 to 15. ValueError if it is out of range."""
    return _ensure_range(value, 0x0F)


def _ensure_7bit(value: Any) -> int:
    """Returns the value as an int from 0 to 127. ValueError if it is out of range."""
    return _ensure_range(value, 0x7F)


__all__ = ["_check_alsa_error", "_ensure_4bit", "_ensure_7bit"]
