"""Events that were freed leave no memory behind.

``ALSA_SEQ_EVENTS`` is the number of events; a million takes minutes."""

from __future__ import annotations

import gc
import os
import resource
import sys
from pathlib import Path
from typing import Callable, List

import mido
import pytest

from alsa_sequencer import (
    ControlChangeEvent, Event, MidiBytesEvent, NoteOnEvent, SequencerClient, SysExEvent,
)
from alsa_sequencer.mido_backend import Input, Output

EVENTS = int(os.environ.get("ALSA_SEQ_EVENTS", "4000"))
#: The number of events that are sent before they are received.
BATCH = 50
# : The limit for the growth of the process in bytes: less than one byte for each of a million
# events.
GROWTH = 768 * 1024
#: The limit for additional blocks of memory in Python.
BLOCKS = 200


def resident() -> int:
    """The memory of this process in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def check(turn: Callable[[], None]) -> None:
    """Takes a turn for each batch of events. The first ones fill caches and buffers."""
    turns = EVENTS // BATCH
    for _ in range(max(turns // 10, 20)):
        turn()
    gc.collect()
    before, blocks = resident(), sys.getallocatedblocks()
    for _ in range(turns):
        turn()
    gc.collect()
    more_blocks, more = sys.getallocatedblocks() - blocks, resident() - before
    print(f"{turns * BATCH} events: {more} bytes and {more_blocks} blocks more")
    assert more_blocks < BLOCKS
    assert more < GROWTH


@pytest.mark.parametrize("prefer_bytes", [False, True])
def test_events_leave_no_memory_behind(client: SequencerClient, prefer_bytes: bool) -> None:
    port = client.create_port("p")

    def turn() -> None:
        for n in range(0, BATCH, 5):
            several: List[Event] = [
                NoteOnEvent(n, time=1.5), ControlChangeEvent(0, 7, n, tick=n),
                SysExEvent(b"\xf0" + bytes(n) + b"\xf7"), MidiBytesEvent([0xF0, n]),
                MidiBytesEvent([n, 0xF7]), MidiBytesEvent([0xC0, n]),
            ]
            for event in several:
                client.event_output(event, port=port, dest=port)
        client.drain_output()
        for _ in range(BATCH):
            event_in = client.event_input(prefer_bytes, timeout=10)
            assert event_in is not None
            event_in.source, event_in.time, event_in.tick, event_in.type  # noqa: B018

    check(turn)


def test_errors_leave_no_memory_behind(client: SequencerClient) -> None:
    def turn() -> None:
        for _ in range(BATCH):
            with pytest.raises(ValueError):
                client.event_output(MidiBytesEvent([0xF4]))

    check(turn)


def test_messages_leave_no_memory_behind() -> None:
    messages = [mido.Message("note_on", note=n) for n in range(BATCH - 1)]
    messages.append(mido.Message("sysex", data=[1] * 100))
    with Input("in", virtual=True) as input, Output(input.address) as output:

        def turn() -> None:
            for message in messages:
                output.send(message)
            for message in messages:
                assert input.receive(timeout=10) == message

        check(turn)
