"""Helpers for the tests of the back-end for mido."""

import os
import re
import signal
import threading
import time
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


def interrupt(wait):
    """Presses Ctrl-C once while `wait` waits. Returns the seconds until the wait has ended."""
    ended = threading.Event()
    pressed = []
    stat = Path(f"/proc/self/task/{threading.get_native_id()}/stat")

    def press():
        # Before the wait, the thread may also sleep for other reasons.
        asleep = 0
        while asleep < 20 and not ended.wait(0.01):
            is_asleep = stat.read_text().rsplit(")", 1)[1].split()[0] == "S"
            asleep = asleep + 1 if is_asleep else 0
        if not ended.is_set():
            pressed.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    try:
        wait()
    except KeyboardInterrupt:
        return time.monotonic() - pressed[0]
    finally:
        ended.set()
        thread.join()
    pytest.fail("nothing has ended the wait")


def interrupt_at_once(wait):
    """The same. The wait ends within 0.2 s, but a machine that has other work to do may be late
    once."""
    assert any(interrupt(wait) < 0.2 for _ in range(4))


def with_enough_time(attempt):
    """Calls a function with longer and longer delays in seconds, until it returns True. It returns
    False if the machine has other work to do, so that the delay was over too soon."""
    assert any(attempt(delay) for delay in (0.3, 2, 10)), "the machine has no time"


def punctually(lateness):
    """Calls a function that returns by how many seconds something was late. A machine that has
    other work to do may be late, but not each time."""
    late = [lateness()]
    while late[-1] > 0.1 and len(late) < 10:
        late.append(lateness())
    assert late[-1] <= 0.1, late


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
    """Runs a function on a thread. Returns a function that returns the result or exception. Its
    attribute ``thread`` is the thread."""
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

    join.thread = thread
    return join


__all__ = [
    "IOPort", "Input", "LONG", "Output", "Path", "SequencerClient", "alsa_sequencer",
    "await_no_clients", "clients", "in_thread", "interrupt_at_once", "loop", "mido",
    "needs_sequencer", "note", "own_clients", "punctually", "pytest", "state", "with_enough_time",
]
