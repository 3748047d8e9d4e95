"""python-alsa-midi, used as its documentation says."""

import sys
from time import perf_counter_ns

from alsa_midi import (
    ALL_SUBSCRIBERS,
    NoteOnEvent,
    SequencerClient,
    SysExEvent,
)

NOT_APPLICABLE = 3
WARM_UP = 3


def measure(rounds, ops, do_round):
    for _ in range(WARM_UP):
        do_round()
    begun = perf_counter_ns()
    for _ in range(rounds):
        do_round()
    print(perf_counter_ns() - begun, rounds * ops)


def receiver(name="python to"):
    client = SequencerClient(name)
    client.set_client_pool_input(2000)
    client.set_input_buffer_size(64 * 1024)
    return client, client.create_port("port")


def note(key):
    return NoteOnEvent(note=key & 127, channel=1, velocity=100)


def take(client, count):
    return sum(getattr(client.event_input(), "note", 0) for _ in range(count))


def open_(rounds):
    measure(rounds, 1, lambda: SequencerClient("python").close())


def enumerate_(rounds):
    client = SequencerClient("python")

    def do_round():
        found = 0
        info = client.query_next_client()
        while info is not None:
            port = client.query_next_port(info.client_id)
            while port is not None:
                found += 1
                port = client.query_next_port(info.client_id, port)
            info = client.query_next_client(info)
        return found

    measure(rounds, 1, do_round)


def roundtrip(rounds):
    a, a_port = receiver("python a")
    b, b_port = receiver("python b")

    def do_round():
        a.event_output(note(60), dest=b_port)
        a.drain_output()
        take(b, 1)
        b.event_output(note(60), dest=a_port)
        b.drain_output()
        take(a, 1)

    measure(rounds, 1, do_round)


def batch(rounds, size):
    sender = SequencerClient("python from")
    sender.set_output_buffer_size(64 * 1024)
    to, port = receiver()

    def do_round():
        for k in range(size):
            sender.event_output(note(k), dest=port)
        sender.drain_output()
        take(to, size)

    measure(rounds, size, do_round)


def fanout(rounds, size):
    events = 16
    sender = SequencerClient("python from")
    source = sender.create_port("port")
    to = []
    for _ in range(size):
        client, port = receiver()
        source.connect_to(port)
        # Tells that it was connected.
        take(client, 1)
        # A port that nobody holds is closed.
        to.append((client, port))

    def do_round():
        for k in range(events):
            sender.event_output(note(k), port=source)
        sender.drain_output()
        for client, _ in to:
            take(client, events)

    measure(rounds, size * events, do_round)


def queue(rounds, size):
    sender = SequencerClient("python from")
    to, port = receiver()
    queue = sender.create_queue("queue")
    queue.start()
    sender.drain_output()

    def do_round():
        for k in range(size):
            event = note(k)
            event.tick = 0
            sender.event_output(event, queue=queue, dest=port)
        sender.drain_output()
        take(to, size)

    measure(rounds, size, do_round)


def sysex(rounds, size):
    piece = 16 * 1024
    sender = SequencerClient("python from")
    sender.set_output_buffer_size(64 * 1024)
    to, port = receiver()
    message = b"\xf0" + b"\x55" * (size - 2) + b"\xf7"

    def do_round():
        for at in range(0, size, piece):
            # event_output_direct does not send at once.
            sender.event_output(SysExEvent(message[at : at + piece]), dest=port)
            sender.drain_output()
            to.event_input()

    measure(rounds, 1, do_round)


def thru(probe):
    """Sends the events of the probe back to it."""
    client = SequencerClient("python")
    port = client.create_port("port")
    port.connect_from((probe, 0))
    port.connect_to((probe, 0))
    while True:
        client.event_output(client.event_input(), port=port, dest=ALL_SUBSCRIBERS)
        client.drain_output()


def first():
    client = SequencerClient("python")
    port = client.create_port("port")
    client.event_output(note(60), port=port, dest=(14, 0))
    client.drain_output()


def main(workload, rounds):
    kind = workload.rstrip("0123456789")
    size = int(workload[len(kind) :] or 0)
    run = {
        "open": lambda: open_(rounds),
        "enumerate": lambda: enumerate_(rounds),
        "roundtrip": lambda: roundtrip(rounds),
        "batch": lambda: batch(rounds, size),
        "fanout": lambda: fanout(rounds, size),
        "queue": lambda: queue(rounds, size),
        "sysex": lambda: sysex(rounds, size),
        "thru": lambda: thru(rounds),
        "first": first,
    }.get(kind)
    if run is None:
        sys.exit(NOT_APPLICABLE)
    run()


main(sys.argv[1], int(sys.argv[2]))
