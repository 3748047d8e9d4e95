"""python-alsa-midi, as a program would use it. The protocol is told in
../protocol/src/lib.rs."""

import sys
import time

from alsa_midi import NoteOnEvent, PortCaps, SequencerClient

CAPS = PortCaps.WRITE | PortCaps.SUBS_WRITE


def pair():
    sender = SequencerClient("sender")
    receiver = SequencerClient("receiver")
    # As every other peer: room for the largest batch.
    receiver.set_client_pool_input(2000)
    port = receiver.create_port("in", caps=CAPS)
    return sender, receiver, port


def batch(size, count):
    sender, receiver, port = pair()
    begun = time.perf_counter_ns()
    total = 0
    for _ in range(count // size):
        for n in range(size):
            sender.event_output(NoteOnEvent(n % 100, 1, 100), dest=port, queue=253)
        sender.drain_output()
        for _ in range(size):
            total += receiver.event_input().note
    spent = time.perf_counter_ns() - begun
    sender.close()
    receiver.close()
    return spent


def open_close(_size, count):
    begun = time.perf_counter_ns()
    for _ in range(count):
        SequencerClient("python").close()
    return time.perf_counter_ns() - begun


def enumerate_all(_size, count):
    client = SequencerClient("python")
    begun = time.perf_counter_ns()
    for _ in range(count):
        client.list_ports()
    spent = time.perf_counter_ns() - begun
    client.close()
    return spent


WORKLOADS = {
    "open": open_close,
    "enumerate": enumerate_all,
    "roundtrip": lambda _size, count: batch(1, count),
    "batch": lambda size, count: batch(size, count),
    "onebyone": lambda size, count: batch(size, count),
}


def answer(line):
    workload, size, count = line.split()
    run = WORKLOADS.get(workload)
    spent = run(int(size), int(count)) if run else None
    return "none" if spent is None else spent


if len(sys.argv) == 4:
    answer(" ".join(sys.argv[1:]))
else:
    for line in sys.stdin:
        print(answer(line), flush=True)
