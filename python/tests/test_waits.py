"""Waits: their ends and their cost."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, List

import pytest

from alsa_sequencer import (
    ALSAError, NoteOnEvent, OverrunError, SequencerClient, StateError, SysExEvent,
)
from alsa_sequencer.client import SequencerClientBase


def fill_the_pool(client: SequencerClient) -> None:
    """Leaves an event in the buffer. The queue is stopped, and the pool has no room for the
    event."""
    client.set_client_pool_output(10)
    queue = client.queue = client.create_queue()  # type: ignore[attr-defined]
    port = client.own_port = client.create_port("full")  # type: ignore[attr-defined]
    # An event that is due at 0 would be delivered.
    for tick in range(1, 12):
        client.event_output(NoteOnEvent(60, tick=tick), queue=queue, port=port, dest=port)


def the_input(client: SequencerClient) -> None:
    client.event_input()


def the_pool(client: SequencerClient) -> None:
    fill_the_pool(client)
    client.drain_output()


def the_queue(client: SequencerClient) -> None:
    fill_the_pool(client)
    client.extract_output()
    client.sync_output_queue()


def the_change(client: SequencerClient) -> None:
    with client.watch() as watch:
        while True:
            watch.next()


WAITS = [the_input, the_pool, the_queue, the_change]

PROGRAM = """
import sys, threading, os, time
sys.path[:0] = [{path!r}]
from test_waits import *
client = SequencerClient("interrupted")
print("ready", flush=True)
try:
    {wait}(client)
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
    sys.exit(0)
sys.exit(1)
"""


def sleeping(pid: int) -> bool:
    """Whether the main thread of a process waits in the kernel."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "S"


@pytest.mark.parametrize("wait", WAITS)
def test_ctrl_c_ends(wait: Callable[[SequencerClient], None]) -> None:
    # A machine that has other work to do may be late once.
    assert any(seconds_to_end(wait) < 0.2 for _ in range(4))


def seconds_to_end(wait: Callable[[SequencerClient], None]) -> float:
    """Presses Ctrl-C in a program that waits. Returns the time until the wait has ended."""
    program = PROGRAM.format(path=str(Path(__file__).parent), wait=wait.__name__)
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        # Before the wait, the program may also sleep for other reasons.
        asleep = 0
        while asleep < 30:
            assert process.poll() is None
            asleep = asleep + 1 if sleeping(process.pid) else 0
            time.sleep(0.01)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        end = float(process.stdout.readline())
        assert process.wait() == 0
    return end - begin


@pytest.mark.parametrize("wait", WAITS[:3])
def test_close_ends(wait: Callable[[SequencerClient], None], kernel: Any) -> None:
    client = SequencerClient("closed")
    errors: List[BaseException] = []

    def work() -> None:
        try:
            wait(client)
        except StateError as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    wait_until_asleep(thread)
    client.close()
    thread.join(10)
    assert not thread.is_alive()
    # Programs for python-alsa-midi expect a TypeError.
    assert isinstance(errors[0], TypeError)
    assert client.client_id not in kernel.clients()


def wait_until_asleep(thread: threading.Thread) -> None:
    asleep = 0
    while asleep < 10:
        stat = Path(f"/proc/self/task/{thread.native_id}/stat").read_text()
        asleep = asleep + 1 if stat.rsplit(")", 1)[1].split()[0] == "S" else 0
        time.sleep(0.01)


def test_close_ends_an_iteration(client: SequencerClient) -> None:
    port = client.create_port("in")
    for note in range(3):
        client.event_output_direct(NoteOnEvent(note), port=port, dest=port)
    notes = []
    for event in client:
        notes.append(event.note)  # type: ignore[attr-defined]
        if len(notes) == 3:
            client.close()
    assert notes == [0, 1, 2]


def test_after_close(client: SequencerClient) -> None:
    port, queue = client.create_port("p"), client.create_queue()
    client.close()
    client.close()
    assert client.handle is None and client.closed
    calls: List[Callable[[], Any]] = [
        client.event_input, client.drain_output, client.get_system_info, client.fileno,
        client.get_client_info, client.sync_output_queue, client.drop_input,
        lambda: client.event_output(NoteOnEvent(1)), lambda: client.create_port("x"),
        lambda: port.connect_to((14, 0)), queue.start, queue.get_status, client.list_ports,
    ]
    for call in calls:
        with pytest.raises(StateError):
            call()
    port.close()
    queue.close()


def test_a_time_out_of_zero_does_not_wait(client: SequencerClient) -> None:
    begin = time.monotonic()
    assert client.event_input(timeout=0) is None
    assert client.event_input(timeout=-5) is None
    assert time.monotonic() - begin < 10
    begin = time.monotonic()
    assert client.event_input(timeout=0.25) is None
    assert time.monotonic() - begin >= 0.25
    with pytest.raises(ValueError):
        client.event_input(timeout=float("nan"))
    with pytest.raises(ALSAError) as error:
        SequencerClientBase.event_input(client)
    assert error.value.errnum == -errno.EAGAIN


def switches(thread: int) -> int:
    text = Path(f"/proc/self/task/{thread}/status").read_text()
    return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.M)[1])  # type: ignore


def test_waiting_threads_use_no_processor_time() -> None:
    client = SequencerClient("idle")
    thread = threading.Thread(target=lambda: client.event_input(timeout=60), daemon=True)
    thread.start()
    wait_until_asleep(thread)
    assert thread.native_id is not None
    before = switches(thread.native_id)
    time.sleep(2)
    assert switches(thread.native_id) - before <= 2
    port = client.create_port("in")
    client.event_output_direct(NoteOnEvent(1), port=port, dest=port)
    thread.join(10)
    assert not thread.is_alive()


def test_an_overrun_is_reported_and_the_next_call_continues(client: SequencerClient) -> None:
    client.set_client_pool_input(10)
    port = client.create_port("in")
    for note in range(10):
        client.event_output_direct(NoteOnEvent(note), port=port, dest=port)
    with pytest.raises(ALSAError) as refused:
        client.event_output_direct(NoteOnEvent(99), port=port, dest=port)
    assert refused.value.errnum == -errno.EAGAIN
    with pytest.raises(OverrunError) as lost:
        client.event_input(timeout=5)
    assert lost.value.errnum == -errno.ENOSPC
    client.event_output_direct(NoteOnEvent(7), port=port, dest=port)
    event = client.event_input(timeout=5)
    assert isinstance(event, NoteOnEvent) and event.note == 7


def test_four_writers_and_two_readers(client: SequencerClient) -> None:
    each, writers = 500, 4
    client.set_client_pool_input(2000)
    port = client.create_port("in")
    got: List[int] = []
    errors: List[BaseException] = []
    room = threading.Semaphore(1000)

    def read() -> None:
        try:
            for event in client:
                got.append(event.tag << 16 | event.param)  # type: ignore[attr-defined]
                room.release()
        except BaseException as error:
            errors.append(error)

    def write(number: int) -> None:
        from alsa_sequencer import ControlChangeEvent

        try:
            for i in range(each):
                room.acquire()
                event = ControlChangeEvent(0, i, 0, tag=number)
                client.event_output(event, port=port, dest=port)
                if i % 7 == 0:
                    client.drain_output()
            client.drain_output()
        except BaseException as error:
            errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    others = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    for thread in readers + others:
        thread.start()
    for thread in others:
        thread.join(60)
    deadline = time.monotonic() + 60
    while len(got) < each * writers and time.monotonic() < deadline:
        time.sleep(0.01)
    client.close()
    for thread in readers:
        thread.join(10)
        assert not thread.is_alive()
    assert errors == []
    assert sorted(got) == [n << 16 | i for n in range(writers) for i in range(each)]


def test_two_readers_share_events_that_arrived_together(client: SequencerClient) -> None:
    port = client.create_port("in")
    got: List[Any] = []
    threads = [
        threading.Thread(target=lambda: got.append(client.event_input(timeout=30)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        wait_until_asleep(thread)
    for note in (1, 2):
        client.event_output(NoteOnEvent(note), port=port, dest=port)
    client.drain_output()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert sorted(event.note for event in got) == [1, 2]


def test_a_large_sysex_arrives_complete(client: SequencerClient) -> None:
    client.set_client_pool_input(2000)
    client.set_client_pool_output(2000)
    port = client.create_port("in")
    data = bytes([0xF0, *[5] * 50_000, 0xF7])
    client.event_output(SysExEvent(data), port=port, dest=port)
    client.drain_output()
    event = client.event_input(prefer_bytes=True, timeout=5)
    assert event is not None and event.midi_bytes == data  # type: ignore[attr-defined]


def test_a_child_does_not_affect_the_clients_of_its_parent(kernel: Any) -> None:
    client = SequencerClient("parent")
    port, queue = client.create_port("p"), client.create_queue()
    client.event_output(NoteOnEvent(5), port=port, dest=port)
    child = os.fork()
    if child == 0:
        try:
            assert client.handle is None
            port.close()
            queue.close()
            client.close()
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert "p" in kernel.ports() and queue.queue_id in kernel.queues()
    assert client.event_input(timeout=0) is None
    client.drain_output()
    event = client.event_input(timeout=5)
    assert isinstance(event, NoteOnEvent) and event.note == 5
    assert client.event_input(timeout=0) is None
    client.close()


def test_unreferenced_objects_are_freed(kernel: Any) -> None:
    client = SequencerClient("leak test")
    number = client.client_id
    port, queue = client.create_port("leak port"), client.create_queue()
    queue_id = queue.queue_id
    assert "leak port" in kernel.ports() and queue_id in kernel.queues()
    del port
    assert "leak port" not in kernel.ports()
    del queue
    assert queue_id not in kernel.queues()
    port, queue = client.create_port("leak port"), client.create_queue()
    del client, port, queue
    assert number not in kernel.clients() and "leak port" not in kernel.ports()
