"""python-alsa-midi's examples, unchanged, on this package.

``ALSA_MIDI_SOURCE`` names the directory with the source of python-alsa-midi.
"""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from alsa_sequencer import (READ_PORT, WRITE_PORT, Address, NoteOffEvent, NoteOnEvent,
                            SequencerClient)

EXAMPLES = Path(os.environ["ALSA_MIDI_SOURCE"]) / "examples"

#: The notes of the lick, as they sound.
LICK = [62, 64, 65, 67, 64, 60, 62]

started = set()


def start(name, *arguments):
    started.add(name)
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "alsa_sequencer", str(EXAMPLES / name), *map(str, arguments)],
        stdout=subprocess.PIPE, text=True)


def output(name, *arguments):
    program = start(name, *arguments)
    text, _ = program.communicate(timeout=60)
    assert program.returncode == 0
    return text


@pytest.fixture
def client():
    client = SequencerClient("examples")
    yield client
    client.close()


def test_connect(client):
    sender = client.create_port("sender", READ_PORT)
    dest = client.create_port("dest", WRITE_PORT)

    def connections():
        return [Address(subscription.addr) for subscription in sender.list_subscribers()]

    pair = [f"{port.client_id}:{port.port_id}" for port in (sender, dest)]
    assert connections() == []
    output("connect.py", *pair)
    assert connections() == [Address(dest)]
    output("connect.py", "--disconnect", *pair)
    assert connections() == []


@pytest.mark.parametrize("name, options, shown", [
    ("dump_events.py", [], r"<NoteOnEvent channel=0 note=60 velocity=127>"),
    ("dump_events.py", ["--real-time"], r"\d\.\d+ +\d+:\d+ +<NoteOnEvent channel=0 note=60"),
    ("dump_bytes.py", [], r"90 3C 7F"),
])
def test_dump(client, name, options, shown):
    port = client.create_port("sender", READ_PORT)
    program = start(name, *options)
    address = re.search(r"port (\d+:\d+)", program.stdout.readline()).group(1)
    assert "Source" in program.stdout.readline()
    client.event_output(NoteOnEvent(note=60), port=port, dest=Address(address))
    client.drain_output()
    line = program.stdout.readline()
    assert re.search(shown, line), line
    program.send_signal(signal.SIGINT)
    rest, _ = program.communicate(timeout=60)
    assert (program.returncode, rest) == (0, "")


def test_list_clients(client):
    text = output("list_clients.py")
    assert "Client 0: 'System'" in text
    assert f"Client {client.client_id}: 'examples'" in text
    assert f"pid              : {os.getpid()}" in text


@pytest.mark.parametrize("options", [[], ["-v"], ["--output", "--no-midi-through", "--system"]])
def test_list_ports(client, options):
    port = client.create_port("a port", WRITE_PORT)
    text = output("list_ports.py", *options)
    assert f"{port.client_id}:{port.port_id} 'examples' 'a port'" in text
    assert ("Midi Through" in text) == ("--no-midi-through" not in options)
    assert ("write subs." in text) == ("-v" in options)


def test_list_ports_full(client):
    port = client.create_port("a port", WRITE_PORT)
    text = output("list_ports_full.py", "-v")
    assert f"Client {client.client_id} 'examples':" in text
    assert f"  {port.client_id}:{port.port_id} a port\n" in text
    assert "0:1 Announce" in text


@pytest.mark.parametrize("name", ["play_the_lick.py", "play_the_lick_bytes.py"])
def test_play(client, name):
    port = client.create_port("listener", WRITE_PORT)
    program = start(name, "--bpm", 1200, "-p", f"{port.client_id}:{port.port_id}")
    notes = []
    while len(notes) < 2 * len(LICK):
        event = client.event_input(timeout=60)
        assert event is not None, f"nothing after {notes}"
        if isinstance(event, (NoteOnEvent, NoteOffEvent)):
            notes.append(event)
    assert [event.note for event in notes if isinstance(event, NoteOnEvent)] == LICK
    assert [event.note for event in notes if isinstance(event, NoteOffEvent)] == LICK
    text, _ = program.communicate(timeout=60)
    assert (program.returncode, text) == (0, "")


def test_no_example_was_forgotten():
    """The last one: no example was forgotten."""
    assert started == {path.name for path in EXAMPLES.glob("*.py")}
