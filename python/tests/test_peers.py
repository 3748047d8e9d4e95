"""Events of every type between this package and python-alsa-midi, both ways.

python-alsa-midi runs in a process of its own. ``tests/peers/peer.py`` is a client made with
it, and says which fields it receives.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple, Type

import pytest

from alsa_sequencer import (
    Address, EchoEvent, Event, EventType, NoteEvent, NoteOffEvent, NoteOnEvent, OSSEvent, Port,
    PortCaps, PortType, RealTime, SequencerClient, SysExEvent,
)
from alsa_sequencer.event import (
    AddressEventBase, ConnectEventBase, ControlChangeEventBase, ExternalDataEventBase,
    NoteEventBase, ParamChangeEventBase, QueueControlEventBase, QueueSkewEvent, ResultEventBase,
    SetQueuePositionTickEvent, SetQueuePositionTimeEvent, SetQueueTempoEvent,
    SyncPositionChangedEvent,
)

SCRIPT = Path(__file__).parents[2] / "tests/peers/peer.py"
#: The kernel has these types, and python-alsa-midi has no class for them.
WITHOUT_CLASS = [EventType.QFRAME] + [EventType(90 + n) for n in range(10)]
#: The queue of an event that is sent directly.
DIRECT = 253


class Peer:
    """A client made with python-alsa-midi."""

    def __init__(self) -> None:
        python = os.environ.get("ALSA_SEQ_PYTHON")
        assert python, "name a Python that has python-alsa-midi in ALSA_SEQ_PYTHON"
        environment = {**os.environ}
        environment.pop("PYTHONPATH", None)
        self.process = subprocess.Popen(
            [python, str(SCRIPT), "peer"], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        self.client_id = int(self._line())

    def _line(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, "peer.py has ended"
        return line.rstrip("\n")

    def ask(self, *request: Any) -> List[List[str]]:
        assert self.process.stdin
        self.process.stdin.write("\t".join(map(str, request)) + "\n")
        self.process.stdin.flush()
        rows = []
        while True:
            line = self._line()
            assert not line.startswith("!"), (request, line)
            if line == ".":
                return rows
            rows.append(line.split("\t"))

    def port(self, name: str) -> Address:
        caps = PortCaps.READ | PortCaps.WRITE
        [[text]] = self.ask("port", name, int(caps), int(PortType.APPLICATION))
        return Address(text[1:])


@pytest.fixture(scope="module")
def peer() -> Iterator[Peer]:
    peer = Peer()
    with peer.process:
        yield peer
        # It closes its client when its input ends.


def values_of(event: Type[Event]) -> Dict[str, Any]:
    """The fields of a class with values that no other field and no other class has."""
    n = int(event.type)  # type: ignore[arg-type]
    if issubclass(event, (EchoEvent, OSSEvent)):
        return {"raw_data": bytes(range(n, n + 12))}
    if issubclass(event, ResultEventBase):
        return {"event": -1_000_000_000 - n, "result": 2_000_000_000 + n}
    if issubclass(event, NoteEventBase):
        return {"note": 100 + n, "channel": n, "velocity": 80 + n}
    if issubclass(event, ControlChangeEventBase):
        return {"channel": n % 16, "param": 0xF000_0000 + n, "value": -1_000_000 - n}
    if issubclass(event, ParamChangeEventBase):
        return {"channel": 15 - n % 16, "value": -2_000_000 - n}
    if issubclass(event, AddressEventBase):
        return {"addr": Address(100 + n, 200 - n)}
    if issubclass(event, ConnectEventBase):
        return {"connect_sender": Address(n, n + 1), "connect_dest": Address(n + 2, n + 3)}
    if issubclass(event, ExternalDataEventBase):
        return {"data": bytes([0xF0, *(n % 100 + i for i in range(n - 100)), 0xF7])}
    if issubclass(event, QueueControlEventBase):
        special: Dict[Type[Event], Dict[str, Any]] = {
            SetQueuePositionTickEvent: {"position": 0xE000_0000 + n},
            SetQueuePositionTimeEvent: {"position": RealTime(3_000_000_000, 900_000_000 + n)},
            SetQueueTempoEvent: {"midi_tempo": 500_000 + n},
            QueueSkewEvent: {"value": 0xD000_0000 + n, "base": 0x10000 + n},
            SyncPositionChangedEvent: {"position": 0xC000_0000 + n},
        }
        return {"control_queue": 100 + n, **special.get(event, {})}
    return {}


def samples() -> Iterator[Tuple[str, Type[Event], Dict[str, Any]]]:
    """The name over there, the class here, and the values of its fields."""
    for event in Event._specialized.values():
        if event is not NoteEvent:
            yield event.__name__, event, values_of(event)
    for event_type in WITHOUT_CLASS:
        data = bytes(range(int(event_type), int(event_type) + 12))
        yield "Event", Event, {"type": event_type, "raw_data": data}


def common(n: int) -> Dict[str, Any]:
    """What every event has."""
    stamp = {"tick": 0xB000_0000 + n} if n % 2 else {"time": RealTime(4_000_000_000 + n, n)}
    return {"tag": 200 - n, "relative": n % 3 == 0, **stamp}


def text_of(value: Any) -> str:
    """A value as peer.py writes it."""
    if value is None:
        return "-"
    if isinstance(value, bytes):
        return "x" + value.hex()
    if isinstance(value, Address):
        return f"@{value.client_id}:{value.port_id}"
    if isinstance(value, RealTime):
        return f"t{value.seconds}.{value.nanoseconds:09}"
    return str(int(value))


def texts_of(values: Dict[str, Any]) -> List[str]:
    return [f"{key}={text_of(values[key])}" for key in sorted(values)]


def ports(client: SequencerClient, peer: Peer) -> Tuple[Port, Address]:
    return client.create_port("port", type=PortType.APPLICATION), peer.port("port")


def test_every_event_type_is_sent() -> None:
    numbers = {int(v["type"] if cls is Event else cls.type) for _, cls, v in samples()}
    # A note is sent by a queue; the kernel keeps an event of the type NONE to itself.
    numbers |= {int(EventType.NOTE), int(EventType.NONE)}
    assert numbers == {int(event_type) for event_type in EventType}


def test_python_alsa_midi_receives_every_event(client: SequencerClient, peer: Peer) -> None:
    port, dest = ports(client, peer)
    for n, (name, cls, values) in enumerate(samples()):
        head = common(n)
        client.event_output_direct(cls(**values, **head), port=port, dest=dest)
        [data, rest] = peer.ask("receive")
        assert data == [name, *texts_of(values)]
        head.update(queue_id=DIRECT, source=Address(port), dest=dest)
        head.setdefault("tick", None)
        head.setdefault("time", None)
        assert sorted(rest) == texts_of(head), name


def test_every_event_of_python_alsa_midi_arrives(client: SequencerClient, peer: Peer) -> None:
    port, source = ports(client, peer)
    for n, (name, cls, values) in enumerate(samples()):
        head = {**common(n), "source": source, "dest": Address(port)}
        peer.ask("send", name, *texts_of({**values, **head}))
        event = client.event_input(timeout=10)
        assert type(event) is cls
        head.update(queue_id=DIRECT)
        head.setdefault("tick", None)
        head.setdefault("time", None)
        for key, value in {**values, **head}.items():
            assert getattr(event, key) == value, (name, key)


def test_pending_input_is_counted_as_python_alsa_midi_counts_it(
    client: SequencerClient, peer: Peer
) -> None:
    port, dest = ports(client, peer)
    counts = []
    for length in (1, 28, 29, 57):
        sysex = SysExEvent(bytes(length))
        for to in (port, dest):
            client.event_output_direct(sysex, port=port, dest=to)
            client.event_output_direct(NoteOnEvent(1), port=port, dest=to)
        [[theirs]] = peer.ask("pending")
        assert client.event_input_pending(True) == int(theirs)
        counts.append(int(theirs))
        for left in (1, 0):
            client.event_input()
            peer.ask("receive")
            [[theirs]] = peer.ask("pending")
            assert client.event_input_pending() == int(theirs) == left
    assert counts == [3, 3, 4, 5]


NOTE = {"note": 61, "channel": 9, "velocity": 90, "duration": 5, "off_velocity": 33}


def test_python_alsa_midi_receives_a_note(client: SequencerClient, peer: Peer) -> None:
    port, dest = ports(client, peer)
    queue = client.create_queue()
    queue.start()
    client.event_output(NoteEvent(**NOTE, tick=7), queue=queue, port=port, dest=dest)
    client.drain_output()
    on, rest = peer.ask("receive")
    assert on == ["NoteOnEvent", "channel=9", "note=61", "velocity=90"]
    assert {"tick=7", f"queue_id={queue.queue_id}"} <= set(rest)
    off, rest = peer.ask("receive")
    assert off == ["NoteOffEvent", "channel=9", "note=61", "velocity=33"]
    assert "tick=12" in rest


def test_a_note_of_python_alsa_midi_arrives(client: SequencerClient, peer: Peer) -> None:
    port, source = ports(client, peer)
    [[queue]] = peer.ask("queue", "theirs", 0)
    # A queue that starts drops what its starter has on it.
    peer.ask("start", queue)
    head = {"source": source, "dest": Address(port), "queue_id": int(queue), "tick": 7}
    peer.ask("send", "NoteEvent", *texts_of({**NOTE, **head}))
    on, off = client.event_input(timeout=10), client.event_input(timeout=10)
    assert isinstance(on, NoteOnEvent) and isinstance(off, NoteOffEvent)
    assert (on.note, on.channel, on.velocity, on.tick) == (61, 9, 90, 7)
    assert (off.note, off.channel, off.velocity, off.tick) == (61, 9, 33, 12)
    assert on.queue_id == off.queue_id == int(queue)
