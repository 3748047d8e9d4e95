"""The asyncio client."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Callable, List

import pytest
from test_waits import wait_until_asleep

from alsa_sequencer import (
    AsyncSequencerClient, ControlChangeEvent, MidiBytesEvent, NoteOnEvent, Port, SequencerClient,
    StateError,
)
from alsa_sequencer.watch import TopologyWatch

Run = Callable[[Any], Any]


async def numbers(client: AsyncSequencerClient, count: int) -> List[int]:
    return [(await client.event_input()).param for _ in range(count)]  # type: ignore


def test_events_and_time_outs(run: Run) -> None:
    async def work() -> None:
        async with AsyncSequencerClient("async") as client:
            port = client.create_port("p")
            loop = asyncio.get_running_loop()
            begin = loop.time()
            assert await client.event_input(timeout=0) is None
            assert await client.event_input(timeout=0.2) is None
            assert loop.time() - begin >= 0.19
            await client.event_output(NoteOnEvent(5), port=port, dest=port)
            await client.drain_output()
            assert (await client.event_input()).note == 5  # type: ignore[union-attr]
            await client.event_output_direct(MidiBytesEvent([0x90, 1, 2]), port=port, dest=port)
            async for event in client:
                assert event.note == 1  # type: ignore[attr-defined]
                client.close()

    run(work())


def test_a_cancelled_wait_loses_nothing(run: Run) -> None:
    async def work() -> None:
        async with AsyncSequencerClient("async") as client:
            port = client.create_port("p")
            got: List[int] = []
            sent = 0
            # The loop takes a different number of steps between the send and the end.
            for steps in range(8):
                for _ in range(5):
                    task = asyncio.ensure_future(client.event_input())
                    await asyncio.sleep(0)
                    for _ in range(2):
                        event = ControlChangeEvent(0, sent, 0)
                        await client.event_output_direct(event, port=port, dest=port)
                        sent += 1
                    for _ in range(steps):
                        await asyncio.sleep(0)
                    task.cancel()
                    try:
                        got.append((await task).param)  # type: ignore[union-attr]
                    except asyncio.CancelledError:
                        pass
                    while True:
                        event_in = await client.event_input(timeout=0)
                        if event_in is None:
                            break
                        got.append(event_in.param)  # type: ignore[attr-defined]
            assert got == list(range(sent))
            # The loop no longer watches the file.
            assert not asyncio.get_running_loop().remove_reader(client.fileno())

    run(work())


def test_two_coroutines_wait_for_events(run: Run) -> None:
    async def work() -> None:
        async with AsyncSequencerClient("async") as client:
            port = client.create_port("p")
            first = asyncio.ensure_future(numbers(client, 10))
            second = asyncio.ensure_future(numbers(client, 10))
            await asyncio.sleep(0)
            for param in range(20):
                event = ControlChangeEvent(0, param, 0)
                await client.event_output(event, port=port, dest=port)
            await client.drain_output()
            got = await asyncio.gather(first, second)
            assert sorted(got[0] + got[1]) == list(range(20))
            assert got[0] == sorted(got[0]) and got[1] == sorted(got[1])

    run(work())


async def play(client: AsyncSequencerClient, port: Port, count: int) -> None:
    """Schedules more events than the pool holds, a millisecond apart."""
    client.set_client_pool_output(20)
    queue = client.create_queue()
    queue.start()
    for param in range(count):
        event = ControlChangeEvent(0, param, 0, time=param / 1000)
        await client.event_output(event, queue=queue, port=port, dest=port)
    await client.drain_output()
    await client.sync_output()


def test_a_full_pool_makes_the_sender_wait(run: Run) -> None:
    async def work() -> None:
        async with AsyncSequencerClient("async") as client:
            port = client.create_port("p")
            reader = asyncio.ensure_future(numbers(client, 300))
            await play(client, port, 300)
            assert await reader == list(range(300))
            assert client.event_output_pending() == 0

    run(work())


def test_a_cancelled_drain_can_be_continued(run: Run) -> None:
    async def work() -> None:
        async with AsyncSequencerClient("async") as client:
            client.set_client_pool_output(20)
            port, queue = client.create_port("p"), client.create_queue()
            for param in range(60):
                event = ControlChangeEvent(0, param, 0, tick=param + 1)
                await client.event_output(event, queue=queue, port=port, dest=port)
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.drain_output(), 0.1)
            assert client.event_output_pending() == 40 * 28
            queue.continue_()
            reader = asyncio.ensure_future(numbers(client, 60))
            await client.drain_output()
            assert await reader == list(range(60))

    run(work())


@pytest.mark.parametrize("elsewhere", [False, True])
def test_close_ends_all_waits(run: Run, elsewhere: bool) -> None:
    async def work() -> None:
        client = AsyncSequencerClient("async")
        tasks = [asyncio.ensure_future(client.event_input()) for _ in range(3)]
        await asyncio.sleep(0.05)
        if elsewhere:
            thread = threading.Thread(target=client.close)
            thread.start()
            await asyncio.sleep(0.05)
        else:
            client.close()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            assert isinstance(result, StateError)
        with pytest.raises(StateError):
            await client.drain_output()

    run(work())


def test_changes(run: Run) -> None:
    async def work() -> None:
        async with AsyncSequencerClient("async") as client:
            with client.watch() as watch:
                kinds = []
                port = client.create_port("hot")
                async for change in watch:
                    if change.name == "hot":
                        kinds.append(change.kind)
                        assert change.client_id == client.client_id
                        # If it were closed earlier, the watch would not report it.
                        port.close()
                    if kinds == ["port_added", "port_removed"]:
                        break

    run(work())


def close_when_asleep(watch: TopologyWatch) -> threading.Thread:
    """Closes the client in another thread while this thread waits."""
    this = threading.current_thread()

    def close() -> None:
        wait_until_asleep(this)
        watch.close()

    thread = threading.Thread(target=close)
    thread.start()
    return thread


def test_another_thread_ends_the_coroutines_that_wait_for_changes(run: Run) -> None:
    async def work() -> None:
        with SequencerClient("client") as client, client.watch() as watch:

            async def follow() -> None:
                async for _ in watch:
                    pass

            following = [asyncio.ensure_future(follow()) for _ in range(2)]
            # Waits until both coroutines have received the existing changes, and wait.
            while len(watch._readers._waiting) < 2:
                await asyncio.sleep(0)
            closing = close_when_asleep(watch)
            await asyncio.gather(*following)
            closing.join()
            with pytest.raises(StateError):
                watch.next()

    run(work())


def test_another_thread_ends_a_loop_over_changes(client: SequencerClient) -> None:
    with client.watch() as watch:
        closing = close_when_asleep(watch)
        for _ in watch:
            pass
        closing.join()


def test_changes_without_asyncio(client: SequencerClient) -> None:
    with client.watch("watcher") as watch:
        a, b = client.create_port("a"), client.create_port("b")
        a.connect_to(b)
        connected = None
        while connected is None:
            change = watch.next(timeout=10)
            assert change is not None
            if change.kind == "connected":
                connected = (change.sender, change.dest)
        assert connected == ((a.client_id, a.port_id), (b.client_id, b.port_id))
        while watch.next(timeout=0):
            pass
        assert watch.next(timeout=0.05) is None
    with pytest.raises(StateError):
        watch.next()
