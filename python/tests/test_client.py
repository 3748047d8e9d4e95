"""The calls of a client that do not wait."""

from __future__ import annotations

import errno
import fcntl
import select
import sys
from typing import Any

import pytest

from alsa_sequencer import (
    SYSTEM_TIMER, Address, ALSAError, ClientInfo, Event, EventType, MidiBytesEvent, NoteOffEvent,
    NoteOnEvent, QueueInfo, RemoveCondition, SequencerClient, SysExEvent, UmpEvent, raw,
)
from alsa_sequencer.client import StreamOpenType


def test_errors_contain_advice(client: SequencerClient) -> None:
    with pytest.raises(ALSAError, match="modprobe snd-seq") as missing:
        SequencerClient("x", device="/dev/snd/nothing")
    assert missing.value.errnum == -errno.ENOENT
    with pytest.raises(ALSAError, match="does not exist") as unknown:
        client.subscribe_port((client.client_id, 9), (14, 0))
    assert unknown.value.errnum == -errno.EINVAL
    with pytest.raises(ALSAError):
        SequencerClient("x", sequencer_name="tcp")


def test_errors_of_ports_contain_the_reason(client: SequencerClient) -> None:
    for number in (254, 255):
        text = f"create port {client.client_id}:{number}: .*EINVAL.*; .* from 0 to 252"
        with pytest.raises(ALSAError, match=text) as wrong:
            client.create_port("p", port_id=number)
        assert wrong.value.errnum == -errno.EINVAL
    ports = [client.create_port("p") for _ in range(254)]
    with pytest.raises(ALSAError, match="create port.*; a client has at most 254 ports") as full:
        client.create_port("p")
    # The latter on Linux 6.1.
    assert full.value.errnum in (-errno.EINVAL, -errno.ENOMEM)
    with pytest.raises(ALSAError, match="EBUSY.*; the client has a port of this number") as taken:
        client.create_port("p", port_id=7)
    assert taken.value.errnum == -errno.EBUSY
    del ports


def test_one_direction() -> None:
    with SequencerClient("out", streams=StreamOpenType.OUTPUT) as client:
        client.create_port("p")
        with pytest.raises(ALSAError, match="output alone"):
            client.event_input(timeout=0)
    with SequencerClient("in", streams=StreamOpenType.INPUT) as client:
        port = client.create_port("p")
        with pytest.raises(ALSAError, match="input alone"):
            client.event_output(NoteOnEvent(1), port=port)


def test_long_names_are_cut_and_found(client: SequencerClient) -> None:
    name = "é" * 40
    with SequencerClient(name) as other:
        port = other.create_port(name)
        assert other.get_client_info().name == "é" * 31
        assert port.get_info().name == "é" * 31
    with SequencerClient("Some Synth") as other:
        port = other.create_port("left")
        assert client.parse_address("Some Synth:left") == Address(port)
        assert client.parse_address(f"{other.client_id}:0") == Address(port)
        with pytest.raises(ALSAError) as missing:
            client.parse_address("Nobody")
        assert missing.value.errnum == -errno.ENOENT


def test_direct_overtakes_the_buffer(client: SequencerClient) -> None:
    port = client.create_port("p")
    client.event_output(NoteOnEvent(1), port=port, dest=port)
    client.event_output_direct(NoteOnEvent(2), port=port, dest=port)
    client.drain_output()
    events = [client.event_input(timeout=5), client.event_input(timeout=5)]
    assert [event.note for event in events] == [2, 1]  # type: ignore[union-attr]


def test_the_size_of_the_buffer_is_limited(client: SequencerClient) -> None:
    port = client.create_port("p")
    client.set_output_buffer_size(60)
    client.event_output_buffer(NoteOnEvent(1), port=port, dest=port)
    client.event_output_buffer(NoteOnEvent(2), port=port, dest=port)
    for event in (NoteOnEvent(3), SysExEvent(bytes(100))):
        with pytest.raises(ALSAError) as full:
            client.event_output_buffer(event, port=port, dest=port)
        assert full.value.errnum == -errno.EAGAIN
    assert client.event_output_pending() == 56
    assert client.event_input(timeout=0) is None
    # An event that is larger than the buffer passes through it.
    client.event_output(SysExEvent(bytes(100)), port=port, dest=port)
    assert client.event_output_pending() == 128
    client.drain_output()
    assert client.event_input_pending(True) == 2 + 1 + 4
    first = client.event_input()
    assert isinstance(first, NoteOnEvent) and first.note == 1
    assert client.event_input_pending() == 1 + 1 + 4
    client.drop_input_buffer()
    with pytest.raises(ALSAError) as empty:
        client.extract_output()
    assert empty.value.errnum == -errno.ENOENT


def test_midi_bytes_cut_anywhere(client: SequencerClient) -> None:
    port = client.create_port("p")
    stream = bytes([0x90, 60, 1, 61, 2, 0xF0, *[3] * 3000, 0xF7, 0xF8, 0xE1, 0, 0x40])
    for begin in range(0, len(stream), 7):
        event = MidiBytesEvent(stream[begin : begin + 7])
        client.event_output(event, port=port, dest=port)
    client.drain_output()
    got = []
    while True:
        received = client.event_input(prefer_bytes=True, timeout=0)
        if received is None:
            break
        got.append(received.midi_bytes)  # type: ignore[attr-defined]
    sysex = bytes([0xF0, *[3] * 3000, 0xF7])
    assert got == [b"\x90\x3c\x01", b"\x90\x3d\x02", sysex, b"\xf8", b"\xe1\x00\x40"]
    with pytest.raises(ValueError, match="not part of a MIDI message"):
        client.event_output(MidiBytesEvent([0xF4]), port=port, dest=port)


def test_a_received_event_can_be_sent_again(client: SequencerClient) -> None:
    with SequencerClient("sender") as sender:
        target = client.create_port("in", port_id=3)
        second = client.create_port("second", port_id=7)
        origin = sender.create_port("out", port_id=9)
        sender.event_output_direct(NoteOnEvent(200 - 100, tag=4), port=origin, dest=target)
        event = client.event_input(timeout=5)
        assert isinstance(event, NoteOnEvent) and event.source == Address(origin)
        client.event_output_direct(event, port=target, dest=second)
        again = client.event_input(timeout=5)
        assert isinstance(again, NoteOnEvent)
        assert (again.source, again.dest) == (Address(target), Address(second))
        assert (again.note, again.tag) == (100, 4)


def test_values_outside_of_midi_arrive(client: SequencerClient) -> None:
    port = client.create_port("p")
    record = bytearray(NoteOnEvent(1).to_bytes())
    record[17] = 200
    event = Event.from_bytes(bytes(record))
    client.event_output_direct(event, port=port, dest=port)
    received = client.event_input(prefer_bytes=True, timeout=5)
    assert isinstance(received, NoteOnEvent) and received.note == 200


def test_queues_act_at_once(client: SequencerClient) -> None:
    queue = client.create_queue("q")
    queue.set_tempo(bpm=60, ppq=100)
    queue.start()
    assert queue.get_status().running
    client.drain_output()
    queue.stop()
    assert not queue.get_status().running
    queue.set_info(QueueInfo(name="renamed", locked=True))
    assert (queue.get_tempo().tempo, queue.get_tempo().ppq) == (1000000, 100)
    queue.continue_()
    with pytest.raises(ALSAError) as running:
        queue.set_info(QueueInfo(name="again"))
    assert running.value.errnum == -errno.EBUSY
    queue.set_timer(queue.get_timer())
    assert queue.get_status().running
    queue.control(EventType.STOP)
    assert queue.get_status().running
    client.drain_output()
    assert not queue.get_status().running


def test_a_queue_with_events_stays_in_use(client: SequencerClient) -> None:
    queue, port = client.create_queue(), client.create_port("p")
    queue.set_info(QueueInfo(name="shared"))
    with SequencerClient("user") as user:
        shared = user.get_named_queue("shared")
        event = NoteOnEvent(1, tick=1000)
        user.create_port("p")
        user.event_output_direct(event, queue=shared, dest=port)
        with pytest.raises(ALSAError) as used:
            shared.set_usage(False)
        assert used.value.errnum == -errno.EBUSY
        assert shared.get_usage()
        shared.close()
    assert queue.get_status().events == 0


def test_events_are_removed_everywhere(client: SequencerClient) -> None:
    queue, port = client.create_queue(), client.create_port("p")
    for tick in range(1, 11):
        kind = NoteOnEvent if tick % 2 else NoteOffEvent
        client.event_output(kind(1, tick=tick, tag=tick), queue=queue, port=port, dest=port)
        if tick == 5:
            client.drain_output()
    client.remove_events(RemoveCondition.OUTPUT, tag=3)
    client.remove_events(RemoveCondition.OUTPUT, tag=7)
    client.remove_events(
        RemoveCondition.OUTPUT, queue=queue, dest=port, event_type=EventType.NOTEOFF
    )
    client.drain_output()
    # Starting would drop the waiting events.
    queue.continue_()
    tags = []
    while len(tags) < 3:
        event = client.event_input(timeout=5)
        assert event is not None
        tags.append(event.tag)
    assert tags == [1, 5, 9] and queue.get_status().events == 0


def test_two_kinds_of_filters_are_independent(client: SequencerClient) -> None:
    client.set_client_info(ClientInfo(0, name="n", error_bounce=True))
    info = client.get_client_info()
    assert info.error_bounce and not info.broadcast_filter


def test_the_file_of_a_client(client: SequencerClient) -> None:
    port = client.create_port("p")
    assert select.select([client], [], [], 0)[0] == []
    client.event_output_direct(NoteOnEvent(1), port=port, dest=port)
    assert select.select([client], [], [], 5)[0] == [client]
    number = bytearray(4)
    fcntl.ioctl(client.fileno(), raw.IOCTL_CLIENT_ID, number)
    assert int.from_bytes(number, sys.byteorder) == client.client_id


def test_port_objects(client: SequencerClient, kernel: Any) -> None:
    with client.create_port("one") as port, client.create_queue() as queue:
        with pytest.raises(ALSAError) as taken:
            client.create_port("two", port_id=port.port_id)
        assert taken.value.errnum == -errno.EBUSY
        client.event_output_direct(NoteOnEvent(1), queue=queue, port=port, dest=port)
        number = queue.queue_id
    assert "one" not in kernel.ports() and number not in kernel.queues()
    with pytest.raises(TypeError):
        client.event_output("no event")  # type: ignore[arg-type]


def test_packets() -> None:
    with SequencerClient("ump", midi_version=2) as client:
        port = client.create_port("p")
        packet = UmpEvent([0x40903C00, 0xC0000000], tag=9)
        client.event_output_direct(packet, port=port, dest=port)
        event = client.event_input(timeout=5)
        assert isinstance(event, UmpEvent)
        assert event.words == (0x40903C00, 0xC0000000)
        assert (event.message_type, event.group, event.tag, event.type) == (4, 0, 9, None)
        assert bytes(event) == bytes.fromhex("40903c00c0000000")
        # The kernel converts events for other clients.
        with SequencerClient("old") as old:
            there = old.create_port("p")
            client.event_output_direct(packet, port=port, dest=there)
            note = old.event_input(timeout=5)
            assert isinstance(note, NoteOnEvent) and note.note == 60
            with pytest.raises(ALSAError, match="midi_version"):
                old.event_output(packet, port=there, dest=port)


def test_raw_data_has_no_address(client: SequencerClient) -> None:
    port = client.create_port("p")
    client.event_output_direct(SysExEvent(bytes(100)), port=port, dest=port)
    event = client.event_input(timeout=5)
    assert event is not None and event.raw_data is not None
    assert event.raw_data == (100).to_bytes(4, sys.byteorder) + bytes(8)


def test_events_to_the_system_need_no_port(client: SequencerClient) -> None:
    from alsa_sequencer import StartEvent

    queue = client.create_queue()
    client.event_output_direct(StartEvent(queue), dest=SYSTEM_TIMER)
    assert queue.get_status().running
