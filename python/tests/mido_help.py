"""Helpers for the tests of the back-end for mido."""

import os
import re
import signal
import threading
from contextlib import contextmanager
from pathlib import Path

import mido
import pytest

import alsa_sequencer
from alsa_sequencer import SYSTEM_ANNOUNCE, WRITE_PORT, SequencerClient
from alsa_sequencer.mido_backend import Input, IOPort, Output

#: A time in seconds that is too long on any machine.
LONG = 30

needs_sequencer = pytest.mark.skipif(
    not os.path.exists("/dev/snd/seq") and not os.environ.get("ALSA_SEQ_REQUIRE_KERNEL"),
    reason="there is no sequencer",
)


def note(number, **fields):
    return mido.Message("note_on", note=number, **fields)


@contextmanager
def loop(**options):
    """A virtual input, and an output that is connected to it."""
    with Input("loop in", virtual=True, **options) as input:
        with Output(input.address) as output:
            yield input, output


@contextmanager
def interrupt():
    """Presses Ctrl-C when the program waits."""
    ended = threading.Event()

    def press():
        # It presses again, in case the wait had not begun.
        while not ended.wait(0.2):
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            yield
            pytest.fail("nothing has ended the wait")
    finally:
        ended.set()
        thread.join()


def state():
    """The kernel's list of clients."""
    return Path("/proc/asound/seq/clients").read_text()


def clients():
    """The names of the programs' clients, by their numbers."""
    found = re.findall(r'^Client +(\d+) : "(.*)" \[User', state(), re.M)
    return {int(number): name for number, name in found}


def own_clients():
    """The numbers of this process's clients."""
    with SequencerClient("look") as look:
        return _own_clients_beside(look)


def _own_clients_beside(look):
    me = os.getpid()
    mine = []
    info = look.query_next_client()
    while info is not None:
        if info.pid == me and info.client_id != look.client_id:
            mine.append(info.client_id)
        info = look.query_next_client(info)
    return mine


def await_no_clients():
    """Waits until the kernel has none of this process's clients. A thread that asks the kernel
    while its client is closed keeps the client for as long as that call takes."""
    with SequencerClient("wait") as waiting:
        port = waiting.create_port("announcements", caps=WRITE_PORT)
        port.connect_from(SYSTEM_ANNOUNCE)
        while left := _own_clients_beside(waiting):
            assert waiting.event_input(timeout=LONG) is not None, left


def in_thread(function):
    """Runs a function on a thread. Returns a function that returns the result or exception."""
    result = []

    def run():
        try:
            result.append(function())
        except BaseException as error:
            result.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def join():
        thread.join(LONG)
        assert not thread.is_alive(), "it still waits"
        return result[0]

    return join


__all__ = [
    "IOPort", "Input", "LONG", "Output", "Path", "SequencerClient", "alsa_sequencer",
    "await_no_clients", "clients", "in_thread", "interrupt", "loop", "mido", "needs_sequencer",
    "note", "own_clients", "pytest", "state",
]
