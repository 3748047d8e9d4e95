"""Plays a note to the program, and waits for the note it sends."""

import queue
import subprocess
import sys

import mido
import pytest


@pytest.fixture
def octave():
    """The program. It ends with the test."""
    with subprocess.Popen(
        [sys.executable, "octave.py"], stdout=subprocess.PIPE, text=True
    ) as program:
        # The program prints a line when its ports exist.
        assert program.stdout.readline() == "ready\n"
        yield
        program.terminate()


def named(names, text):
    """The one port that has the text in its name."""
    (name,) = (name for name in names if text in name)
    return name


def test_a_note_comes_back_an_octave_higher(octave):
    notes = queue.Queue()
    out = named(mido.get_input_names(), "Octave out")
    into = named(mido.get_output_names(), "Octave in")
    with mido.open_input(out, callback=notes.put), mido.open_output(into) as keyboard:
        keyboard.send(mido.Message("note_on", note=60, velocity=100))
        note = notes.get(timeout=10)
    assert note == mido.Message("note_on", note=72, velocity=100)
