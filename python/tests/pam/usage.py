"""Every snippet of python-alsa-midi's guide, unchanged, on this package.

The snippets of the guide follow each other: what one makes is used by the next. Three never
end; each of these is fed with events and ended from what it prints. ``ALSA_MIDI_SOURCE`` names
the directory with the source of python-alsa-midi.
"""

import asyncio
import builtins
import os
import re
import textwrap
import threading
from pathlib import Path

import pytest

import alsa_sequencer
from alsa_sequencer import READ_PORT, NoteOnEvent, SequencerClient

GUIDE = Path(os.environ["ALSA_MIDI_SOURCE"]) / "docs" / "usage.rst"


def snippets():
    """The literal blocks of the guide, each with the heading above it."""
    heading, block, found = "", None, []
    lines = GUIDE.read_text().splitlines()
    for number, line in enumerate(lines):
        if re.fullmatch(r"[-=]+", line):
            heading = lines[number - 1]
        if block is not None:
            if not line or line.startswith(" "):
                block.append(line)
                continue
            found.append((heading, "\n".join(block)))
            block = None
        if line.endswith("::"):
            block = []
    return [(heading, source(text)) for heading, text in found]


def source(text):
    text = textwrap.dedent(text.strip("\n"))
    # The first line of one block is indented by a space too much.
    return text[1:] if text.startswith(" ") else text


class Enough(Exception):
    """Raised in a snippet that never ends, when it has shown its output."""


class Guide:
    """The one namespace in which all snippets run."""

    def __init__(self):
        self.lines = []
        self.enough = None
        self.names = {"print": self.print, "__name__": "guide"}

    def print(self, *values):
        self.lines.append(" ".join(map(str, values)))
        if self.enough is not None and re.search(self.enough, self.lines[-1]):
            raise Enough

    def run(self, text):
        builtins.exec(compile(text, str(GUIDE), "exec"), self.names)

    def run_until(self, text, shown, port):
        """Runs a snippet while a note comes to a port, until the note is shown."""
        self.enough = shown
        done = threading.Event()
        feeder = threading.Thread(target=feed, args=(port, done))
        feeder.start()
        try:
            with pytest.raises(Enough):
                self.run(text)
        finally:
            self.enough = None
            done.set()
            feeder.join()


def feed(port, done):
    """Sends a note to a port again and again, because the port may not exist yet."""
    client = SequencerClient("feeder")
    sender = client.create_port("sender", READ_PORT)
    while not done.wait(0.05):
        for info in client.list_ports(output=True, type=alsa_sequencer.PortType.ANY):
            if info.name == port:
                client.event_output(NoteOnEvent(note=61), port=sender, dest=info)
        client.drain_output()
    client.close()


def test_guide():
    alsa_sequencer.install_as_alsa_midi()
    guide = Guide()
    shown = "<NoteOnEvent channel=0 note=61 velocity=127>"
    shown_with_time = r"Time: \d+\.\d+ Event: " + shown
    count = 0
    for heading, text in snippets():
        count += 1
        if heading == "Direct access to ALSA API":
            direct_access()
        elif heading == "Asynchronous Interface":
            # Its two tasks get a new loop, as `get_event_loop` made one until Python 3.14.
            asyncio.set_event_loop(asyncio.new_event_loop())
            guide.run_until(text, shown, "input")
        elif "Time:" in text:
            guide.run_until(text, shown_with_time, "input")
        elif "while True" in text:
            guide.run_until(text, shown, "inout")
        elif "set_backend" in text:
            import mido
            guide.names["mido"] = mido
            guide.run(text)
            mido.backend.load()
            assert mido.backend.name == "alsa_midi.mido_backend"
        else:
            guide.run(text)
    assert count == 16, count


def direct_access():
    """The package has no libasound, and no version of it. The error names the replacement."""
    for name, instead in [("alsa", "fileno"), ("ffi", "to_bytes")]:
        with pytest.raises(AttributeError, match=instead):
            getattr(alsa_sequencer, name)
