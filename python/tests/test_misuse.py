"""Misuse of the package, and its errors."""

from __future__ import annotations

import asyncio
import copy
import errno
import gc
import os
import pickle
import threading
import warnings
from typing import Any, Callable, Dict, List, Tuple

import pytest

from alsa_sequencer import (
    ALSAError, AsyncSequencerClient, MidiBytesEvent, NoteOnEvent, Port, Queue, RealTime,
    SequencerClient, StateError,
)

Run = Callable[[Any], Any]


def test_the_next_loop_can_use_the_client_of_a_closed_loop(run: Run) -> None:
    client = AsyncSequencerClient("loops")
    loop = asyncio.new_event_loop()
    task = loop.create_task(client.event_input())
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()

    async def work() -> None:
        port = client.create_port("p")
        await client.event_output_direct(NoteOnEvent(5), port=port, dest=port)
        event = await client.event_input(timeout=10)
        assert isinstance(event, NoteOnEvent) and event.note == 5
        assert await client.event_input(timeout=0.01) is None

    run(work())
    # asyncio reports the pending task, and nothing else.
    messages: List[Any] = []
    loop.set_exception_handler(lambda loop, context: messages.append(context["message"]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del task
        gc.collect()
    assert messages == ["Task was destroyed but it is pending!"]
    client.close()


def test_nan_as_time_out_is_refused(run: Run, client: SequencerClient) -> None:
    nan = float("nan")

    async def work() -> None:
        async with AsyncSequencerClient("nan") as client:
            with pytest.raises(ValueError, match="timeout"):
                await client.event_input(timeout=nan)

    run(work())
    with client.watch() as watch, pytest.raises(ValueError, match="timeout"):
        watch.next(nan)
    # An event that is there already does not hide the mistake, and is not lost.
    port = client.create_port("port")
    client.event_output_direct(NoteOnEvent(60), port=port, dest=port)
    with pytest.raises(ValueError, match="timeout"):
        client.event_input(timeout=nan)
    event = client.event_input(timeout=0)
    assert isinstance(event, NoteOnEvent) and event.note == 60


def test_a_child_does_not_affect_the_watches_of_its_parent(client: SequencerClient) -> None:
    with client.watch() as watch:
        port = client.create_port("before")
        child = os.fork()
        if child == 0:
            try:
                with pytest.raises(StateError):
                    watch.next(0)
                watch.close()
            except BaseException:
                os._exit(1)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        later = client.create_port("later")
        names: List[str] = []
        while "later" not in names:
            change = watch.next(10)
            assert change is not None
            names.append(change.name)
        assert "before" in names
        port.close()
        later.close()


def test_copies_that_would_delete_are_refused(client: SequencerClient) -> None:
    port, queue = client.create_port("p"), client.create_queue()
    for thing in (port, queue, client):
        for duplicate in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError):
                duplicate(thing)
    gc.collect()
    port.get_info()
    queue.get_info()


class ClosedMeanwhile:
    """A client that another thread closes while a port or a queue is closed."""

    client_id = 128

    def __init__(self, client: SequencerClient) -> None:
        self.client = client

    @property
    def handle(self) -> Any:
        handle = self.client.handle
        self.client.close()
        return handle

    def _check_queues(self) -> Any:
        return self.client._check_queues()


def test_closing_a_port_and_its_client_at_the_same_time_is_allowed() -> None:
    Port(ClosedMeanwhile(SequencerClient("p")), 0).close()  # type: ignore[arg-type]
    Queue(ClosedMeanwhile(SequencerClient("q")), 0, _own=True).close()  # type: ignore[arg-type]


def test_each_queue_of_another_client_has_one_object(client: SequencerClient) -> None:
    with SequencerClient("owner") as owner:
        queue = owner.create_queue()
        first, second = client.get_queue(queue.queue_id), client.get_queue(queue.queue_id)
        assert first is second and first is not queue
        del first
        assert second.get_usage()
        second.close()
        again = client.get_queue(queue.queue_id)
        assert again is not second and again.get_usage()
        # The number becomes that of a queue that this client does not use yet.
        number = queue.queue_id
        queue.close()
        queue = owner.create_queue()
        assert queue.queue_id == number and not again.get_usage()
        assert client.get_queue(number) is again and again.get_usage()


def test_a_closed_queue_is_not_queue_0(client: SequencerClient) -> None:
    queue, port = client.create_queue(), client.create_port("p")
    queue.close()
    with pytest.raises(StateError):
        client.create_port("stamped", timestamping=True, timestamp_queue=queue)
    with pytest.raises(StateError):
        client.subscribe_port(port, port, queue=queue, time_update=True)


@pytest.mark.parametrize("number", [-1, 256, 2**31, 2**70])
def test_numbers_out_of_range_are_named(client: SequencerClient, number: int) -> None:
    port = client.create_port("p")
    calls: List[Tuple[str, Callable[[], Any]]] = [
        ("client_id", lambda: client.get_client_info(number)),
        ("client_id", lambda: client.query_next_port(number)),
        ("dest", lambda: port.connect_to((number, 0))),
        ("sender", lambda: port.connect_from((14, number))),
        ("root", lambda: client.list_port_subscribers((number, 0))),
        ("queue", lambda: client.subscribe_port(port, port, queue=number)),
        ("tag", lambda: client.remove_events(tag=number)),
        ("channel", lambda: client.remove_events(channel=number)),
    ]
    for argument, call in calls:
        with pytest.raises(ValueError) as error:
            call()
        assert str(error.value) == f"{argument} must be 0 to 255, not {number}"


@pytest.mark.parametrize("cells", [-1, 2001, 2**31])
def test_impossible_pool_sizes_are_refused(client: SequencerClient, cells: int) -> None:
    before = client.get_client_pool()
    for call in (
        client.set_client_pool_output, client.set_client_pool_input,
        client.set_client_pool_output_room,
    ):
        with pytest.raises(ValueError, match=f"must be 0 to 2000, not {cells}"):
            call(cells)
    with pytest.raises(ALSAError) as error:
        client.set_client_pool_output_room(before.output_pool + 1)
    assert error.value.errnum == -errno.EINVAL
    assert client.get_client_pool() == before


def test_a_used_port_number_is_refused(client: SequencerClient) -> None:
    port = client.create_port("first", port_id=5)
    with pytest.raises(ALSAError, match="the client has a port of this number") as error:
        client.create_port("second", port_id=5)
    assert error.value.errnum == -errno.EBUSY
    port.close()


@pytest.mark.parametrize("bpm", [0, -1, float("nan"), float("inf")])
def test_a_tempo_of_zero_is_refused(client: SequencerClient, bpm: float) -> None:
    queue = client.create_queue()
    with pytest.raises(ValueError, match="bpm"):
        queue.set_tempo(bpm=bpm)
    with pytest.raises(ValueError, match="tempo must be 0 to 4294967295, not -5"):
        queue.set_tempo(-5)


def test_midi_bytes_without_room_can_be_sent_again(client: SequencerClient) -> None:
    port = client.create_port("p")
    client.set_output_buffer_size(28)
    client.event_output_buffer(NoteOnEvent(5), port=port, dest=port)
    client.event_output_buffer(MidiBytesEvent([0x90, 60]), port=port, dest=port)
    with pytest.raises(ALSAError):
        client.event_output_buffer(MidiBytesEvent([64]), port=port, dest=port)
    with pytest.raises(ValueError):
        client.event_output_buffer(MidiBytesEvent([64, 0xF4]), port=port, dest=port)
    client.drain_output()
    client.event_output_buffer(MidiBytesEvent([64]), port=port, dest=port)
    client.drain_output()
    notes = [client.event_input(timeout=10) for _ in range(2)]
    assert [(one.note, one.velocity) for one in notes] == [(5, 127), (60, 64)]  # type: ignore


def test_cut_midi_bytes_of_several_ports_do_not_mix(client: SequencerClient) -> None:
    # Each has its own status, and a sysex that its port sends in more pieces than one.
    streams = [bytes([0x90 + n, n, 1, 2, 3, 0xF0, *[n] * 200, 0xF7]) * 20 for n in range(3)]
    port = client.create_port("in")
    senders = [client.create_port("out") for _ in streams]
    turn = threading.Barrier(len(streams))

    def send(number: int) -> None:
        for begin in range(0, len(streams[number]), 7):
            # In the middle of the messages of all the others.
            turn.wait(30)
            event = MidiBytesEvent(streams[number][begin : begin + 7])
            client.event_output(event, port=senders[number], dest=port)

    threads = [threading.Thread(target=send, args=[n]) for n in range(len(streams))]
    client.set_client_pool_input(2000)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    client.drain_output()
    got: Dict[int, List[bytes]] = {sender.port_id: [] for sender in senders}
    while (event := client.event_input(prefer_bytes=True, timeout=0)) is not None:
        assert isinstance(event, MidiBytesEvent) and event.source
        got[event.source.port_id].append(event.midi_bytes)
    for n, sender in enumerate(senders):
        notes = [bytes([0x90 + n, n, 1]), bytes([0x90 + n, 2, 3])]
        assert got[sender.port_id] == [*notes, bytes([0xF0, *[n] * 200, 0xF7])] * 20


def test_a_new_port_does_not_inherit_an_older_ports_running_status(client: SequencerClient) -> None:
    for _ in range(2):
        port = client.create_port("p", port_id=5)
        with pytest.raises(ValueError, match="not part of a MIDI message"):
            client.event_output(MidiBytesEvent([60, 1]), port=port, dest=port)
        client.event_output(MidiBytesEvent([0x90, 60, 1, 61]), port=port, dest=port)
        port.close()


def test_midi_bytes_of_a_cancelled_coroutine_can_be_sent_again(run: Run) -> None:
    async def work() -> None:
        async with AsyncSequencerClient("cancelled") as client:
            client.set_client_pool_output(5)
            port, queue = client.create_port("p"), client.create_queue()
            await client.event_output_direct(MidiBytesEvent([0x90, 60]), port=port, dest=port)
            for tick in range(1, 6):
                event = NoteOnEvent(1, tick=tick)
                await client.event_output_direct(event, queue=queue, port=port, dest=port)
            rest = MidiBytesEvent([64], tick=7)
            with pytest.raises(asyncio.TimeoutError):
                sending = client.event_output_direct(rest, queue=queue, port=port, dest=port)
                await asyncio.wait_for(sending, 0.05)
            queue.continue_()
            await client.event_output_direct(rest, queue=queue, port=port, dest=port)
            await client.sync_output()
            notes = [await client.event_input(timeout=10) for _ in range(6)]
            assert [one.note for one in notes] == [1] * 5 + [60]  # type: ignore

    run(work())


def test_the_output_room_is_kept(client: SequencerClient) -> None:
    port = client.create_port("p")
    client.set_client_pool_output_room(7)
    client.event_output_direct(NoteOnEvent(5), port=port, dest=port)
    assert client.get_client_pool().output_room == 7


def test_equal_times_have_equal_hashes() -> None:
    assert {1: "int", 2.5: "float"}[RealTime(1)] == "int"  # type: ignore[index]
    assert hash(RealTime(2.5)) == hash(2.5)


def test_the_clients_own_ports_are_found_by_name() -> None:
    with SequencerClient("own: name") as client:
        first, second = client.create_port("p"), client.create_port("q:r")
        for text, port in {
            "own: name": first,
            "own: name:0": first,
            "own: name:p": first,
            "own: name:1": second,
            "own: name:q:r": second,
        }.items():
            assert client.parse_address(text) == (port.client_id, port.port_id)
        for text in ("own: name:2", "own: name:x", "own: name:"):
            with pytest.raises(ALSAError):
                client.parse_address(text)
