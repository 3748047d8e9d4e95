"""mido's programs and its examples of ports, unchanged, on the back-end of this package.

``MIDO_SOURCE`` names the directory with the source of mido, ``MIDO_BACKEND`` the back-end.
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import mido
import pytest

from alsa_sequencer import (READ_PORT, WRITE_PORT, ControlChangeEvent, NoteOffEvent, NoteOnEvent,
                            SequencerClient)

EXAMPLES = Path(os.environ["MIDO_SOURCE"]) / "examples" / "ports"
PROGRAMS = Path(sys.executable).parent

started = set()


def start(program, *arguments):
    started.add(program.name)
    return subprocess.Popen([sys.executable, "-u", str(program), *arguments],
                            stdout=subprocess.PIPE, text=True)


def example(name, *arguments):
    return start(EXAMPLES / name, *arguments)


def output(program):
    text, _ = program.communicate(timeout=60)
    assert program.returncode == 0, text
    return text


def read_until(program, shown):
    lines = []
    while not (lines and re.search(shown, lines[-1])):
        lines.append(program.stdout.readline())
        assert lines[-1], f"{shown!r} is not in {lines}"
    return lines[-1]


def interrupt(program):
    program.send_signal(signal.SIGINT)
    return output(program)


class Peer:
    """A client with a port in each direction, as mido names them."""

    def __init__(self):
        self.client = SequencerClient("programs")
        self.sender = self.client.create_port("sender", READ_PORT)
        self.listener = self.client.create_port("listener", WRITE_PORT)

    def name(self, port):
        return f"programs:{port.get_info().name} {port.client_id}:{port.port_id}"

    def send(self, event):
        self.client.event_output(event, port=self.sender)
        self.client.drain_output()

    def receive(self, kind):
        while True:
            event = self.client.event_input(timeout=60)
            assert event is not None, f"no {kind.__name__}"
            if isinstance(event, kind):
                return event


@pytest.fixture
def peer():
    peer = Peer()
    yield peer
    peer.client.close()


@pytest.mark.parametrize("program", [PROGRAMS / "mido-ports", EXAMPLES / "list_ports.py"])
def test_list(peer, program):
    text = output(start(program))
    inputs, outputs = re.split("output ports:", text, flags=re.IGNORECASE)
    assert f"'{peer.name(peer.sender)}'" in inputs
    assert f"'{peer.name(peer.listener)}'" in outputs
    assert peer.name(peer.listener) not in inputs
    assert peer.name(peer.sender) not in outputs


def test_play(peer, tmp_path):
    song = mido.MidiFile()
    song.tracks.append(mido.MidiTrack([
        mido.Message("note_on", note=50, time=0), mido.Message("note_off", note=50, time=10)]))
    song.save(tmp_path / "song.mid")
    program = start(PROGRAMS / "mido-play", "-o", peer.name(peer.listener),
                    str(tmp_path / "song.mid"))
    assert peer.receive(NoteOnEvent).note == 50
    assert peer.receive(NoteOffEvent).note == 50
    assert "Playing" in output(program)


@pytest.mark.parametrize("name", ["receive.py", "input_filter.py", "nonblocking_receive.py"])
def test_receive(peer, name):
    program = example(name, peer.name(peer.sender))
    read_until(program, "Waiting|Doing")
    peer.send(NoteOnEvent(note=60))
    line = read_until(program, "Received")
    assert "note_on channel=0 note=60 velocity=127" in line
    interrupt(program)


def test_multi_receive(peer):
    program = example("multi_receive.py")
    read_until(program, "Waiting")
    peer.send(NoteOnEvent(note=61))
    assert "note_on channel=0 note=61" in read_until(program, "Received")
    interrupt(program)


def test_send(peer):
    program = example("send.py", peer.name(peer.listener))
    note = peer.receive(NoteOnEvent).note
    assert note in (60, 62, 64, 67, 69, 72)
    assert peer.receive(NoteOffEvent).note == note
    interrupt(program)
    # It sends all notes off when it ends.
    assert peer.receive(ControlChangeEvent).param == 123


def test_queue_port():
    assert output(example("queue_port.py")) == "None\nclock time=0\n"


def test_no_example_was_forgotten():
    """The last one: no example was forgotten."""
    assert {path.name for path in EXAMPLES.glob("*.py")} <= started
