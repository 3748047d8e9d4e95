"""Receiving through mido."""

import asyncio
import logging
import select
import threading
import time

from mido_help import (
    LONG, Input, Output, Path, SequencerClient, in_thread, interrupt_at_once, loop, mido,
    needs_sequencer, note, punctually, pytest,
)
from test_waits import wait_until_asleep

from alsa_sequencer import (
    ActiveSensingEvent, Address, ALSAError, ControlChangeEvent, Event, EventType, MidiBytesEvent,
    NoteOnEvent, NonRegisteredParameterChangeEvent, SysExEvent,
)

pytestmark = needs_sequencer


def test_a_message_compares_equal():
    with loop() as (input, output):
        for message in every_message():
            output.send(message)
            assert input.receive(timeout=LONG) == message
            assert repr(message) == repr(message)


def every_message():
    return [
        mido.Message("note_off", channel=1, note=2, velocity=3),
        mido.Message("note_on", channel=15, note=127, velocity=1),
        mido.Message("polytouch", channel=4, note=5, value=6),
        mido.Message("control_change", channel=7, control=8, value=9),
        mido.Message("program_change", channel=10, program=11),
        mido.Message("aftertouch", channel=12, value=13),
        mido.Message("pitchwheel", channel=14, pitch=-8192),
        mido.Message("pitchwheel", channel=14, pitch=8191),
        mido.Message("sysex", data=(1, 2, 3)),
        mido.Message("quarter_frame", frame_type=1, frame_value=2),
        mido.Message("songpos", pos=16383),
        mido.Message("song_select", song=1),
        mido.Message("tune_request"),
        mido.Message("clock"),
        mido.Message("start"),
        mido.Message("continue"),
        mido.Message("stop"),
        mido.Message("reset"),
    ]


def test_a_message_equals_midos_own():
    from alsa_sequencer.mido_backend.messages import message_of

    for message in every_message():
        made = message_of(bytes(message.bytes()), 0.5)
        wanted = mido.Message.from_bytes(message.bytes(), 0.5)
        assert vars(made) == vars(wanted)
        assert list(vars(made)) == list(vars(wanted))
        assert repr(made) == repr(wanted) and str(made) == str(wanted)
        assert type(getattr(made, "data", None)) is type(getattr(wanted, "data", None))


def wakeups(without):
    """The number of waits of this process's threads."""
    total = 0
    for status in Path("/proc/self/task").glob("*/status"):
        if status.parent.name != str(without):
            lines = status.read_text().splitlines()
            total += sum(int(x.split()[1]) for x in lines if x.startswith("voluntary_ctxt"))
    return total


def test_waiting_threads_do_not_wake_up():
    called = threading.Event()
    with Input("waits", virtual=True) as waits, Output(waits.address) as output:
        with Input("calls", virtual=True, callback=lambda message: called.set()) as calls:
            received = in_thread(waits.receive)
            own = threading.get_native_id()
            # After its first message, each thread waits.
            with Output(calls.address) as other:
                other.send(note(1))
            assert called.wait(LONG)
            time.sleep(0.5)
            before = wakeups(own)
            time.sleep(2)
            assert wakeups(own) - before <= 2
            output.send(note(60))
            assert received() == note(60)


def test_receive_with_a_timeout():
    with loop() as (input, output):
        begun = time.monotonic()
        assert input.receive(timeout=0.3) is None
        assert time.monotonic() - begun >= 0.3
        assert input.receive(timeout=0) is None
        assert input.receive(timeout=-1) is None
        assert input.poll() is None
        assert input.receive(block=False) is None
        output.send(note(1))
        assert input.receive(timeout=LONG) == note(1)
        with pytest.raises(ValueError, match="timeout"):
            input.receive(timeout=float("nan"))


def test_closing_ends_a_receive():
    with Input("closed", virtual=True) as input:
        received = in_thread(input.receive)
        wait_until_asleep(received.thread)
        input.close()
        error = received()
    assert isinstance(error, OSError)
    assert "port closed during receive()" in str(error)


def test_closing_ends_an_iteration():
    with loop() as (input, output):
        output.send(note(1))
        listed = in_thread(lambda: list(input))
        output.send(note(2))
        # The messages have arrived before the port is closed.
        output.drain()
        while input.last_time is None:
            threading.Event().wait(0.01)
        input.close()
        assert listed()[:1] == [note(1)]


def test_closing_inside_an_iteration():
    with loop() as (input, output):
        for number in range(3):
            output.send(note(number))
        with select_ready(input):
            pass
        got = []
        for message in input:
            got.append(message)
            input.close()
        assert got[0] == note(0)


def test_received_messages_can_be_read_after_closing():
    with loop() as (input, output):
        output.send(note(1))
        with select_ready(input):
            input.close()
        assert input.poll() == note(1)
        assert input.poll() is None
        with pytest.raises(ValueError, match="closed port"):
            input.receive()


class select_ready:
    """Waits until a port has a message."""

    def __init__(self, port):
        ready, _, _ = select.select([port], [], [], LONG)
        assert ready

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def test_ctrl_c_ends_a_receive():
    with Input("interrupted", virtual=True) as input:
        interrupt_at_once(input.receive)
        interrupt_at_once(lambda: next(iter(input)))


def test_a_port_has_a_descriptor():
    with loop() as (input, output):
        assert select.select([input], [], [], 0) == ([], [], [])
        output.send(note(1))
        output.send(note(2))
        with select_ready(input):
            assert input.poll() == note(1)
        with select_ready(input):
            assert input.poll() == note(2)
        assert select.select([input], [], [], 0) == ([], [], [])
        input.close()
        with select_ready(input):
            assert input.poll() is None


def test_asyncio():
    async def collect(input, output):
        got = []
        output.send(note(1))
        output.send(note(2), delay=0.1)
        async for message in input:
            got.append(message)
            if len(got) == 2:
                break
        return got

    with loop() as (input, output):
        assert asyncio.run(collect(input, output)) == [note(1), note(2)]


def test_asyncio_loses_nothing_when_it_is_cancelled():
    async def try_twice(input, output):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(input.__anext__(), 0.2)
        output.send(note(3))
        first = await asyncio.wait_for(input.__anext__(), LONG)
        tasks = [asyncio.ensure_future(input.__anext__()) for _ in range(2)]
        await asyncio.sleep(0)
        output.send(note(4))
        output.send(note(5))
        rest = await asyncio.wait_for(asyncio.gather(*tasks), LONG)
        waits = asyncio.ensure_future(input.__anext__())
        await asyncio.sleep(0)
        input.close()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(waits, LONG)
        return first, sorted(message.note for message in rest)

    with loop() as (input, output):
        assert asyncio.run(try_twice(input, output)) == (note(3), [4, 5])


def test_time_stamps():
    for kind in (None, "delta", "absolute"):
        punctually(lambda kind=kind: error_of_time_stamps(kind))
    with pytest.raises(ValueError, match="timestamps"):
        Input("x", virtual=True, timestamps="relative")


def error_of_time_stamps(kind):
    with loop(timestamps=kind) as (input, output):
        at = output.now() + 0.2
        output.send(note(1), at=at)
        output.send(note(2), at=at + 0.25)
        shift = input.now() - output.now()
        first, second = (input.receive(timeout=LONG) for _ in range(2))
        errors = [input.last_time - (at + 0.25 + shift)]
        if kind is None:
            assert (first.time, second.time) == (0, 0)
        elif kind == "delta":
            assert first.time == 0
            errors.append(second.time - 0.25)
        else:
            errors.append(first.time - (at + shift))
            assert second.time == input.last_time
        return max(abs(error) for error in errors)


def test_the_time_is_that_of_the_arrival():
    with loop(timestamps="absolute") as (input, output):
        with SequencerClient("look") as look:
            info = look.get_port_info(Address(input.address))
            assert info.timestamping and info.timestamp_real
        output.send(note(1))
        with select_ready(input):
            sent = input.now()
        time.sleep(0.3)
        assert input.receive(timeout=LONG).time <= sent


def test_a_busy_program_loses_nothing():
    # These are four times the size of the kernel's input pool, and no call receives.
    with loop() as (input, output):
        for number in range(8000):
            output.send(note(number % 128))
        with select_ready(input):
            for number in range(8000):
                assert input.receive(timeout=LONG) == note(number % 128)
        assert input.overruns == 0


def test_a_full_inbox_is_reported_and_input_continues(caplog):
    data = tuple(range(100)) * 10000
    large = mido.Message("sysex", data=data)
    with loop() as (input, output):
        for _ in range(5):
            output.send(large)
        output.send(note(1))
        deadline = time.monotonic() + LONG
        while not input.overruns and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        # The fifth message had no room. The note may arrive a moment after the loss.
        got = [input.receive(timeout=LONG) for _ in range(5)]
        assert [message.type for message in got] == ["sysex"] * 4 + ["note_on"]
        assert input.poll() is None
        assert input.overruns == 1
        with caplog.at_level(logging.WARNING):
            output.send(note(2))
            assert input.receive(timeout=LONG) == note(2)
        assert "has lost messages" in caplog.text


def test_an_overrun_of_the_kernel_is_reported_and_input_continues(caplog):
    with loop() as (input, output), SequencerClient("flood") as flood:
        port = flood.create_port("out")
        port.connect_to(input.address)
        # The pool has no room for the sysex, so it is lost. The note behind it wakes the
        # reader.
        input._client.client.set_client_pool_input(2)
        with pytest.raises(ALSAError):
            flood.event_output_direct(SysExEvent(b"\xf0" + b"\x01" * 500 + b"\xf7"), port=port)
        flood.event_output_direct(NoteOnEvent(1), port=port)
        received = in_thread(lambda: [input.receive(timeout=LONG) for _ in range(2)])
        deadline = time.monotonic() + LONG
        # More notes could be a second loss, if the reader is late.
        while not input.overruns and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        assert input.overruns == 1
        input._client.client.set_client_pool_input(2000)
        output.send(note(98))
        output.send(note(99))
        got = received()
        while note(99) not in got:
            message = input.receive(timeout=LONG)
            assert message is not None
            got.append(message)
        assert "has lost messages" in caplog.text


def test_an_exception_in_a_callback_is_reported_and_input_continues(caplog):
    got = []
    both = threading.Event()

    def callback(message):
        got.append(message)
        if len(got) == 1:
            raise RuntimeError("a bug in the program")
        both.set()

    with loop(callback=callback) as (input, output):
        output.send(note(1))
        output.send(note(2))
        assert both.wait(LONG)
        assert got == [note(1), note(2)]
        assert input.callback_errors == 1
        assert "a bug in the program" in caplog.text
        with pytest.raises(ValueError, match="callback is set"):
            input.receive()
        with pytest.raises(ValueError, match="callback is set"):
            input.poll()
        with pytest.raises(ValueError, match="callback is set"):
            next(iter(input))


def test_unknown_events_are_counted_and_input_continues():
    with Input("unknown", virtual=True) as input, SequencerClient("odd") as odd:
        port = odd.create_port("out")
        port.connect_to(input.address)
        strange = [
            Event(EventType.USR0), ControlChangeEvent(0, 7, 1000), Event(EventType.TICK), SysExEvent(b"\x01\xf7"), Event(EventType.USR9),
        ]
        for event in [*strange, NoteOnEvent(61)]:
            odd.event_output(event, port=port)
        odd.drain_output()
        assert input.receive(timeout=LONG) == note(61, velocity=127)
        assert input.unknown_events == len(strange)


def test_several_messages_of_one_event_arrive_one_by_one():
    with Input("nrpn", virtual=True) as input, SequencerClient("odd") as odd:
        port = odd.create_port("out")
        port.connect_to(input.address)
        odd.event_output(NonRegisteredParameterChangeEvent(1, 300, 400), port=port)
        odd.drain_output()
        got = [input.receive(timeout=LONG) for _ in range(4)]
        assert [(m.channel, m.control, m.value) for m in got] == [
            (1, 99, 2), (1, 98, 44), (1, 6, 3), (1, 38, 16),
        ]


@pytest.mark.parametrize("wanted", [False, True])
def test_active_sensing(wanted):
    with Input("sensing", virtual=True, active_sensing=wanted) as input:
        with SequencerClient("keyboard") as keyboard:
            port = keyboard.create_port("out")
            port.connect_to(input.address)
            keyboard.event_output(ActiveSensingEvent(), port=port)
            keyboard.event_output(NoteOnEvent(60), port=port)
            keyboard.drain_output()
            if wanted:
                assert input.receive(timeout=LONG) == mido.Message("active_sensing")
            assert input.receive(timeout=LONG).type == "note_on"
            assert input.unknown_events == 0


def test_sysex_pieces_of_two_senders_are_not_mixed():
    with Input("sysex", virtual=True) as input, SequencerClient("senders") as senders:
        ports = [senders.create_port(name) for name in "ab"]
        for port in ports:
            port.connect_to(input.address)
        for piece in (b"\xf0\x01", b"\x02", b"\x03\xf7"):
            for offset, port in enumerate(ports):
                data = bytes(b + 16 * offset if b < 128 else b for b in piece)
                senders.event_output(SysExEvent(data), port=port)
        senders.drain_output()
        got = {input.receive(timeout=LONG).data for _ in ports}
        assert got == {(1, 2, 3), (17, 18, 19)}


def test_a_callback_can_be_changed():
    got, other, seen = [], [], threading.Event()

    def first(message):
        got.append(message)
        seen.set()

    with loop() as (input, output):
        output.send(note(1))
        # The callback gets the earlier messages.
        input.callback = first
        assert seen.wait(LONG)
        input.callback = None
        output.send(note(2))
        assert input.receive(timeout=LONG) == note(2)
        seen.clear()
        input.callback = lambda message: (other.append(message), seen.set())
        output.send(note(3))
        assert seen.wait(LONG)
        assert (got, other) == ([note(1)], [note(3)])


def test_setting_and_removing_a_callback_loses_no_message():
    got = []
    with loop() as (input, output):
        def flood():
            for number in range(2000):
                output.send(note(number % 128, channel=number // 128))
            output.send(mido.Message("stop"))

        sent = in_thread(flood)
        while not got or got[-1].type != "stop":
            input.callback = got.append
            input.callback = None
            message = input.poll()
            if message is not None:
                got.append(message)
        assert sent() is None
        assert [m.channel * 128 + m.note for m in got if m.type != "stop"] == list(range(2000))


def test_a_callback_may_close_its_port():
    closed = threading.Event()

    def callback(message):
        input.close()
        closed.set()

    input = Input("closes", virtual=True, callback=callback)
    with Output(input.address) as output:
        output.send(note(1))
        assert closed.wait(LONG)
    assert input.closed


def test_several_ports_at_once():
    # python-alsa-midi's back-end raises queue.Empty.
    with loop() as (first, to_first), loop() as (second, to_second):
        to_first.send(note(1))
        to_second.send(note(2))
        with select_ready(first), select_ready(second):
            got = list(mido.ports.multi_receive([first, second], block=False))
        assert sorted(message.note for message in got) == [1, 2]
        multi = mido.ports.MultiPort([first, second])
        to_second.send(note(3))
        with select_ready(second):
            assert list(multi.iter_pending()) == [note(3)]
        assert multi.poll() is None
        to_first.send(note(4))
        assert next(mido.ports.multi_receive([first, second])) == note(4)
        multi.close()


def test_two_threads_receive_a_flood_of_messages_in_order():
    with loop() as (input, output):
        got = []

        def take():
            while True:
                message = input.receive(timeout=LONG)
                if message.type == "stop":
                    return
                got.append(message.note)

        threads = [in_thread(take) for _ in range(2)]
        for number in range(1000):
            output.send(note(number % 128))
        for _ in threads:
            output.send(mido.Message("stop"))
        assert [join() for join in threads] == [None, None]
        assert len(got) == 1000


def test_bytes_of_another_program_arrive():
    with Input("bytes", virtual=True) as input, SequencerClient("other") as other:
        port = other.create_port("out")
        port.connect_to(input.address)
        other.event_output(MidiBytesEvent(b"\xb0\x07\x40"), port=port)
        other.drain_output()
        assert input.receive(timeout=LONG) == mido.Message("control_change", control=7, value=64)
