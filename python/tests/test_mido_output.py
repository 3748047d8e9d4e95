"""Sending through mido."""

import subprocess
import threading
import time

from mido_help import (
    LONG, Input, IOPort, Output, SequencerClient, in_thread, interrupt_at_once, loop, mido,
    needs_sequencer, note, pytest, with_enough_time,
)

from alsa_sequencer import EventType

pytestmark = needs_sequencer


def off(number):
    return mido.Message("note_off", note=number, velocity=64)


def received(input, count):
    got = [input.receive(timeout=LONG) for _ in range(count)]
    assert all(message is not None for message in got), got
    return got


def test_a_message_is_sent_at_its_time():
    def attempt(delay):
        with loop(timestamps="absolute") as (input, output):
            shift = input.now() - output.now()
            at = output.now() + delay
            output.send(note(2), at=at)
            output.send(note(3), delay=2 * delay)
            output.send(note(1))
            output.send(note(0), at=0)
            if output.now() >= at:
                return False
            got = received(input, 4)
            assert {message.note for message in got[:2]} == {0, 1}
            assert [message.note for message in got[2:]] == [2, 3]
            assert got[2].time >= at + shift - 0.05
            assert got[3].time > got[2].time
            return True

    with_enough_time(attempt)


def test_bad_times_are_refused():
    with loop() as (_, output):
        for bad in (float("nan"), float("inf")):
            with pytest.raises(ValueError, match="number of seconds"):
                output.send(note(1), at=bad)
            with pytest.raises(ValueError, match="number of seconds"):
                output.send(note(1), delay=bad)
        with pytest.raises(ValueError, match="too large"):
            output.send(note(1), at=1e15)
        with pytest.raises(ValueError, match="both"):
            output.send(note(1), at=1, delay=1)
        output.send(note(2), delay=-1)
        with pytest.raises(TypeError, match="must be a Message"):
            output.send("note_on")
        with pytest.raises(TypeError, match="must be a Message"):
            output.send(mido.MetaMessage("end_of_track"))


def song(count, step):
    """Messages with the times between them."""
    messages = [mido.MetaMessage("set_tempo", tempo=500000, time=0)]
    for number in range(count):
        messages.append(note(number % 128, time=step))
        messages.append(off(number % 128).copy(time=0))
    return messages


def test_a_midi_file_is_played(tmp_path):
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=250000))
    for number in (60, 64, 67):
        track.append(note(number, time=48))
        track.append(off(number).copy(time=48))
    file = mido.MidiFile(ticks_per_beat=96)
    file.tracks.append(track)
    path = tmp_path / "song.mid"
    file.save(path)
    for given in (file, path, str(path)):
        with loop(timestamps="absolute") as (input, output):
            output.play(given)
            got = [input.poll() for _ in range(6)]
            assert [(m.type, m.note) for m in got] == [
                (kind, number) for number in (60, 64, 67) for kind in ("note_on", "note_off")
            ]
            gaps = [b.time - a.time for a, b in zip(got, got[1:])]
            assert gaps == pytest.approx([0.125] * 5, abs=0.06)


def test_a_song_that_is_longer_than_the_pool_is_complete():
    with loop() as (input, output):
        output.play(song(3000, 0.0001))
        assert [message.note for message in received(input, 6000)][::2] == [
            number % 128 for number in range(3000)
        ]
        # The kernel has nothing left.
        assert output.drain(timeout=LONG)


def test_python_is_not_needed_between_the_notes():
    with loop(timestamps="absolute") as (input, output):
        output.play(song(20, 0.02), wait=False)
        # The interpreter does nothing else.
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            sum(range(10000))
        output.drain()
        got = received(input, 40)[::2]
        gaps = [b.time - a.time for a, b in zip(got, got[1:])]
        assert gaps == pytest.approx([0.02] * 19, abs=0.015)


def test_cancelling_ends_the_sounding_notes():
    with loop() as (input, output):
        output.send(note(1))
        output.send(off(1), delay=LONG)
        output.send(note(2), delay=0.05)
        output.send(off(2), delay=LONG)
        output.send(note(3), delay=LONG)
        output.send(note(4))
        assert {message.note for message in received(input, 3)} == {1, 2, 4}
        output.cancel()
        ended = received(input, 2)
        assert {message.note for message in ended} == {1, 2}
        assert {message.type for message in ended} == {"note_off"}
        # The program has sent note 4, and must end it itself. Note 3 has not begun.
        output.send(note(9))
        assert received(input, 1) == [note(9)]


def test_cancelling_does_not_affect_other_ports_of_the_client():
    def attempt(delay):
        with loop() as (input, output), Output(input.address) as other:
            begun = time.monotonic()
            output.send(note(1), delay=delay)
            other.send(note(2), delay=delay)
            output.cancel()
            if time.monotonic() - begun >= delay:
                return False
            assert received(input, 1) == [note(2)]
            assert input.receive(timeout=0.3) is None
            return True

    with_enough_time(attempt)


def test_cancelling_ends_play():
    with loop() as (input, output):
        played = in_thread(lambda: output.play([note(1), note(2, time=LONG * 10)]))
        assert received(input, 1) == [note(1)]
        output.cancel()
        assert played() is None
        assert received(input, 1) == [off(1)]


def test_ctrl_c_ends_play_and_its_notes():
    def play():
        output.play([note(1), note(2, time=LONG * 10)])

    with loop() as (input, output):
        interrupt_at_once(play)
        assert received(input, 2) == [note(1), off(1)]
        # If it was played again.
        while (first := input.receive(timeout=0.2)) is not None:
            assert [first, input.receive(timeout=LONG)] == [note(1), off(1)]


def test_ctrl_c_ends_play_while_the_kernel_is_full():
    with loop() as (input, output):
        # No note is due before the interrupt.
        interrupt_at_once(lambda: output.play(song(5000, LONG * 10)))
        assert input.receive(timeout=0.2) is None
        output.send(note(1))
        assert received(input, 1) == [note(1)]


def test_closing_cancels_scheduled_messages_and_ends_their_notes():
    def attempt(delay):
        with Input("closing", virtual=True) as input:
            output = Output(input.address)
            output.send(note(1))
            output.send(off(1), delay=LONG)
            begun = time.monotonic()
            output.send(note(2), delay=delay)
            assert received(input, 1) == [note(1)]
            output.close()
            if time.monotonic() - begun >= delay:
                return False
            assert received(input, 1) == [off(1)]
            assert input.receive(timeout=delay + 0.2) is None
            return True

    with_enough_time(attempt)


def test_closing_ends_play():
    with loop() as (input, output):
        played = in_thread(lambda: output.play([note(1), note(2, time=LONG * 10)]))
        assert received(input, 1) == [note(1)]
        output.close()
        # The cancellation may end it before the closing does.
        assert played() is None or "port closed during play()" in str(played())
        assert received(input, 1) == [off(1)]
        with pytest.raises(ValueError, match="closed port"):
            output.send(note(1))
        with pytest.raises(ValueError, match="closed port"):
            output.play([])


def test_the_end_of_a_program_ends_its_notes(tmp_path):
    program = """
import sys, threading, mido
mido.set_backend("alsa_sequencer.mido_backend")
output = mido.open_output(sys.argv[1])
# A thread that never ends holds the port.
wait = lambda port: threading.Event().wait()
threading.Thread(target=wait, args=(output,), daemon=True).start()
output.send(mido.Message("note_on", note=5), delay=0)
output.send(mido.Message("note_off", note=5), delay=100)
output.send(mido.Message("note_on", note=6), delay=0.01)
output.send(mido.Message("clock"))
sys.stdin.readline()
"""
    import sys

    with Input("survivor", virtual=True) as input:
        child = subprocess.Popen(
            [sys.executable, "-c", program, input.address], stdin=subprocess.PIPE
        )
        got = received(input, 3)
        child.communicate(b"\n", timeout=LONG)
        got += received(input, 2)
        assert sorted(m.note for m in got if m.type == "note_off") == [5, 6]


def test_draining_waits_for_scheduled_messages():
    with loop() as (input, output):
        assert output.drain()
        output.send(note(2), delay=LONG * 10)
        assert not output.drain(timeout=0.01)
        output.cancel()
        output.send(note(1), delay=0.2)
        assert output.drain()
        assert input.receive(timeout=LONG) == note(1)
        assert output.drain()


def test_a_megabyte_of_sysex():
    message = mido.Message("sysex", data=[number % 128 for number in range(1 << 20)])
    with loop() as (input, output):
        output.send(message)
        assert input.receive(timeout=LONG) == message


class Unaware:
    """An outbox that sends on after it is closed, until the kernel refuses an event."""

    def __init__(self, outbox):
        self._outbox = outbox

    def __getattr__(self, name):
        return getattr(self._outbox, name)

    def close(self):
        pass


@pytest.mark.parametrize("unaware", [False, True])
def test_closing_ends_a_long_sysex(unaware):
    # No program reads from the receiver. The other port keeps the client of both open.
    with SequencerClient("deaf") as deaf, Output("other", virtual=True):
        port = deaf.create_port("in")
        output = Output(f"{port.client_id}:{port.port_id}")
        if unaware:
            output._outbox = Unaware(output._outbox)
        message = mido.Message("sysex", data=[1] * 200000)
        sent = in_thread(lambda: output.send(message))
        while deaf.event_input(timeout=LONG).type != EventType.SYSEX:
            pass
        output.close()
        error = sent()
        assert isinstance(error, OSError) and "port closed during send()" in str(error)


def test_a_note_of_another_thread_is_not_sent_inside_a_long_sysex():
    with SequencerClient("receiver") as receiver:
        port = receiver.create_port("in")
        with Output(f"{port.client_id}:{port.port_id}") as output:
            ends = [in_thread(lambda: output.send(mido.Message("sysex", data=[1] * 20000)))]
            received = []
            while not any(event.type == EventType.NOTEON for event in received):
                received.append(receiver.event_input(timeout=LONG))
                if len(ends) == 1 and received[-1].type == EventType.SYSEX:
                    # It has begun, and cannot end before this thread has read more.
                    ends.append(in_thread(lambda: output.send(note(60))))
            data = b"".join(event.data for event in received if event.type == EventType.SYSEX)
            assert data == bytes([0xf0, *[1] * 20000, 0xf7])
            assert [end() for end in ends] == [None, None]


def test_ctrl_c_ends_a_long_sysex():
    with SequencerClient("deaf") as deaf:
        port = deaf.create_port("in")
        with Output(f"{port.client_id}:{port.port_id}") as output:
            interrupt_at_once(lambda: output.send(mido.Message("sysex", data=[1] * 200000)))


def test_a_scheduled_sysex_that_is_too_large_is_refused():
    with loop() as (input, output):
        data = [1] * 5000
        output.send(mido.Message("sysex", data=data), delay=0.01)
        assert len(input.receive(timeout=LONG).data) == 5000
        with pytest.raises(OSError, match="larger than what the kernel can keep"):
            output.send(mido.Message("sysex", data=[1] * 70000), delay=0.01)


def test_output_goes_to_all_connected_ports():
    with loop() as (first, output), Input("second", virtual=True) as second:
        output.send(note(1))
        assert received(first, 1) == [note(1)]
        with SequencerClient("patch bay") as patch:
            patch.unsubscribe_port(output.address, first.address)
            patch.subscribe_port(output.address, second.address)
        output.send(note(2))
        assert received(second, 1) == [note(2)]
        assert first.receive(timeout=0.1) is None


def test_other_programs_connect_virtual_ports():
    with Output("virtual out", virtual=True) as output:
        with Input("virtual in", virtual=True) as input:
            with SequencerClient("patch bay") as patch:
                patch.subscribe_port(output.address, input.address)
            output.send(note(1))
            assert received(input, 1) == [note(1)]


def test_threads_send_at_the_same_time():
    with loop() as (input, output):
        def send(channel):
            for number in range(200):
                output.send(note(number % 128, channel=channel))
                if number % 50 == 0:
                    output.send(mido.Message("sysex", data=[channel] * 20000))

        threads = [in_thread(lambda channel=channel: send(channel)) for channel in range(4)]
        got = received(input, 4 * 204)
        assert [join() for join in threads] == [None] * 4
        for channel in range(4):
            notes = [m.note for m in got if m.type == "note_on" and m.channel == channel]
            assert notes == [number % 128 for number in range(200)]
        sysex = [m.data for m in got if m.type == "sysex"]
        assert sorted(sysex) == sorted((c,) * 20000 for c in range(4) for _ in range(4))


def test_autoreset():
    with Input("reset", virtual=True) as input:
        Output(input.address, autoreset=True).close()
        got = received(input, 32)
        assert {message.control for message in got} == {121, 123}
        with Output(input.address) as output:
            output.reset()
            output.panic()
        assert len(received(input, 48)) == 48
        with IOPort("Midi Through", autoreset=True) as io:
            io.close()


def test_two_threads_close_at_the_same_time():
    for _ in range(20):
        with Input("twice", virtual=True) as input:
            joins = [in_thread(input.close) for _ in range(4)]
            assert [join() for join in joins] == [None] * 4
    assert threading.active_count() < 20
