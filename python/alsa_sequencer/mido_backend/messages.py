"""The conversion of MIDI bytes to MIDO's messages."""

from __future__ import annotations

from typing import Any, Dict, Union

from mido.messages import Message  # type: ignore[import-untyped]
from mido.messages.messages import SysexData  # type: ignore[import-untyped]

_TWO: Dict[int, Any] = {
    0x80: ("note_off", "note", "velocity"),
    0x90: ("note_on", "note", "velocity"),
    0xA0: ("polytouch", "note", "value"),
    0xB0: ("control_change", "control", "value"),
}
_ONE: Dict[int, Any] = {0xC0: ("program_change", "program"), 0xD0: ("aftertouch", "value")}


def message_of(data: bytes, time: Union[int, float]) -> Any:
    """Makes a message of bytes that are checked already. ValueError if MIDO has no message
    for them.

    The message is that of ``Message.from_bytes()``, in an eighth of the time."""
    status = data[0]
    kind = status & 0xF0
    if kind in _TWO:
        name, first, second = _TWO[kind]
        fields = {
            "type": name, "time": time, first: data[1], second: data[2], "channel": status & 15,
        }
    elif kind in _ONE:
        name, first = _ONE[kind]
        fields = {"type": name, "time": time, first: data[1], "channel": status & 15}
    elif kind == 0xE0:
        pitch = (data[1] | data[2] << 7) - 8192
        fields = {"type": "pitchwheel", "time": time, "channel": status & 15, "pitch": pitch}
    elif status == 0xF0:
        fields = {"type": "sysex", "time": time, "data": SysexData(data[1:-1])}
    else:
        return Message.from_bytes(data, time)
    message = Message.__new__(Message)
    vars(message).update(fields)
    return message
