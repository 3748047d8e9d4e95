"""Events as objects."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import alsa_sequencer
from alsa_sequencer import (
    ALL_SUBSCRIBERS, Address, ALSAError, ControlChangeEvent, EchoEvent, Event, EventType,
    MidiBytesEvent, NoteEvent, NoteOnEvent, PortSubscribedEvent, RealTime, SetQueueTempoEvent,
    SysExEvent, UmpEvent,
)


def samples() -> list[Event]:
    return [
        NoteOnEvent(60, 3, 100, tag=7, queue_id=2, tick=96, relative=True, dest=(128, 1)),
        NoteEvent(60, duration=480, off_velocity=3, time=1.25),
        ControlChangeEvent(1, 7, 100, flags=16, source=(20, 0)),
        SysExEvent(bytes(range(100))),
        EchoEvent(raw_data=b"abc"),
        PortSubscribedEvent((1, 2), (3, 4)),
        SetQueueTempoEvent(bpm=90, control_queue=3),
        MidiBytesEvent([0x90, 60, 1]),
        UmpEvent([0x40903C00, 0xC0000000]),
        Event(EventType.USR1),
    ]


@pytest.mark.parametrize("event", samples(), ids=repr)
def test_copies_are_the_same(event: Event) -> None:
    event.extra = ["more"]  # type: ignore[attr-defined]
    for again in (copy.copy(event), copy.deepcopy(event), pickle.loads(pickle.dumps(event))):
        assert type(again) is type(event)
        assert repr(again) == repr(event)
        assert again.to_bytes() == event.to_bytes()
        assert again.extra == ["more"]
        assert (again.time, again.tick, again.queue_id) == (event.time, event.tick, event.queue_id)


@pytest.mark.parametrize(
    "event", [one for one in samples() if not isinstance(one, MidiBytesEvent)], ids=repr
)
def test_events_are_read_back_from_their_bytes(event: Event) -> None:
    again = Event.from_bytes(event.to_bytes())
    assert type(again) is type(event)
    assert again.to_bytes() == event.to_bytes()
    assert len(event.to_bytes()) == event.length()


def test_bad_bytes_are_refused() -> None:
    event = NoteOnEvent(60).to_bytes()
    for wrong in (b"", event[:27], event + event, event + b"\0"):
        with pytest.raises(ValueError):
            Event.from_bytes(wrong)


def test_arguments_override_the_event() -> None:
    event = NoteOnEvent(60, queue_id=1, dest=(9, 9))
    again = Event.from_bytes(event.to_bytes(queue=5, port=6, dest="7:8"))
    assert (again.queue_id, again.dest) == (5, Address(7, 8))
    assert again.source is not None and again.source.port_id == 6
    assert Event.from_bytes(NoteOnEvent(1).to_bytes()).dest == ALL_SUBSCRIBERS


def test_values_are_checked() -> None:
    for wrong in (
        lambda: NoteOnEvent(128),
        lambda: NoteOnEvent(60, 16),
        lambda: NoteOnEvent(60, tag=256),
        lambda: NoteOnEvent(60, time=1, tick=1),
        lambda: NoteOnEvent(60, time=-1),
        lambda: ControlChangeEvent(0, 7, 1 << 40),
        lambda: SetQueueTempoEvent(),
        lambda: Event(raw_data=bytes(13)),
        lambda: UmpEvent([0x40903C00]),
    ):
        with pytest.raises(ValueError):
            wrong()
    with pytest.raises(TypeError, match="'notes'"):
        NoteOnEvent(60, notes=3)  # type: ignore[call-arg]
    event = NoteOnEvent(60)
    with pytest.raises(ValueError, match="note must be 0 to 127"):
        event.note = 200
    assert event.note == 60


def test_subclasses() -> None:
    class Loud(NoteOnEvent):
        def __init__(self, key: int) -> None:
            super().__init__(key, velocity=127)
            self.name = "loud"

    event = Loud(60)
    assert (event.note, event.velocity, event.type) == (60, 127, EventType.NOTEON)
    assert repr(event) == "<Loud channel=0 note=60 velocity=127>"

    class Own(Event):
        type = EventType.USR3

    assert Event.from_bytes(Own().to_bytes()).type == EventType.USR3


def test_types() -> None:
    assert NoteOnEvent.type is EventType.NOTEON
    assert NoteOnEvent(1).type is EventType.NOTEON
    assert Event.type is None
    assert EventType(77).name == "UNKNOWN_77"
    event = Event(77)
    assert repr(event) == "<Event UNKNOWN_77>"
    event.type = EventType.NOTEON
    assert event.to_bytes()[0] == 6


def test_a_source_may_be_a_port() -> None:
    class Port:
        client_id, port_id = 5, 6

    assert NoteOnEvent(1, source=Port()).source == Address(5, 6)  # type: ignore[arg-type]
    assert NoteOnEvent(1, flags=None).flags == 0


def test_long_midi_bytes_are_shown_short() -> None:
    text = repr(MidiBytesEvent(bytes([0xF0, *[1] * 38, 0xF7])))
    assert text == "<MidiBytesEvent F0 01 .. <36 more> .. 01 F7>"


def test_times() -> None:
    assert {RealTime(1, 5): 1}[RealTime(1.000000005)] == 1
    assert RealTime(2) == 2 and RealTime(1) < 1.5 and RealTime(0)
    assert (RealTime(1) == None) is False  # noqa: E711
    assert RealTime(1, 2_000_000_001) == RealTime(3, 1)
    assert pickle.loads(pickle.dumps(RealTime(1, 2))) == RealTime(1, 2)
    for wrong in (-1, "x", 1 << 40, float("nan")):
        with pytest.raises(ValueError):
            RealTime(wrong)
    with pytest.raises(AttributeError):
        RealTime(1).seconds = 2  # type: ignore[misc]


@pytest.mark.parametrize("text", ["128:300", "128:x", "", "a", "1:2:3", "300", "-1:0", "1 :2"])
def test_addresses_are_not_guessed(text: str) -> None:
    with pytest.raises(ALSAError, match="parse_address"):
        Address(text)


def test_addresses() -> None:
    assert Address("128.1") == Address("128:1") == (128, 1)
    assert pickle.loads(pickle.dumps(Address(1, 2))) == Address(1, 2)
    assert type(copy.copy(Address(1, 2))) is Address


def test_the_error_for_a_missing_name_has_the_replacement() -> None:
    with pytest.raises(AttributeError, match="fcntl.ioctl"):
        alsa_sequencer.alsa
    with pytest.raises(AttributeError, match="to_bytes"):
        alsa_sequencer.ffi
    with pytest.raises(AttributeError, match="nothing"):
        alsa_sequencer.nothing


def test_every_public_name_exists() -> None:
    for name in alsa_sequencer.__all__:
        assert getattr(alsa_sequencer, name) is not None


def test_install() -> None:
    program = """
import alsa_sequencer
alsa_sequencer.install_as_alsa_midi()
import alsa_midi
from alsa_midi.port import DEFAULT_PORT_TYPE
from alsa_midi import NoteOnEvent
import alsa_midi.event
assert alsa_midi.event.NoteOnEvent is alsa_sequencer.NoteOnEvent
alsa_sequencer.install_as_alsa_midi()
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    program = """
import sys, types, alsa_sequencer
sys.modules["alsa_midi"] = types.ModuleType("alsa_midi")
try:
    alsa_sequencer.install_as_alsa_midi()
except ImportError:
    sys.exit(0)
sys.exit(1)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def run_python(*arguments: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_program_for_python_alsa_midi_runs_unchanged(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("NAME = 'beside'\n")
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\n"
        "from beside import NAME\n"
        "import alsa_midi\n"
        "print(__name__, NAME, alsa_midi.__name__, sys.argv[1:])\n"
        "sys.exit(7)\n"
    )
    expected = "__main__ beside alsa_sequencer ['-m', '--help']\n"
    run = run_python("-m", "alsa_sequencer", program, "-m", "--help")
    assert (run.stdout, run.stderr, run.returncode) == (expected, "", 7)
    run = subprocess.run(
        [sys.executable, "-m", "alsa_sequencer", "-m", "program", "-m", "--help"],
        capture_output=True, text=True, cwd=tmp_path,
    )
    assert (run.stdout, run.stderr, run.returncode) == (expected, "", 7)


def test_a_program_that_is_missing_is_a_short_error() -> None:
    run = run_python("-m", "alsa_sequencer", "missing.py")
    assert (run.stderr, run.returncode) == ("alsa_sequencer: missing.py: no such file\n", 1)
    assert run_python("-m", "alsa_sequencer").stderr.startswith("Usage: ")
    assert run_python("-m", "alsa_sequencer", "--help").stdout.startswith("Usage: ")


@pytest.mark.parametrize("name", ["alsa", "ffi"])
def test_an_import_of_a_missing_name_names_the_replacement(name: str) -> None:
    run = run_python("-c", f"from alsa_sequencer import {name}")
    message = run.stderr.splitlines()[-1]
    assert message.startswith(f"ImportError: alsa_sequencer has no {name!r}: ")
    assert not hasattr(alsa_sequencer, name)
