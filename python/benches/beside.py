"""Measures this package beside python-alsa-midi and python-rtmidi.

Each sample is a process of its own, and the packages take turns. A figure is the median of
the samples, with the least and the largest behind it; a ratio is that of two samples taken
one after the other. ``cargo xtask python bench`` runs this in a test kernel.
"""

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

OURS = "alsa_sequencer"
ALSA_MIDI = "alsa_midi"
RTMIDI = "rtmidi"

#: The back-end for mido of each package.
BACKENDS = {
    OURS: "alsa_sequencer.mido_backend",
    ALSA_MIDI: "alsa_midi.mido_backend",
    RTMIDI: "mido.backends.rtmidi",
}

THROUGH = "Midi Through:Midi Through Port-0 14:0"

#: The number of events that are sent before they are read. The kernel keeps 200 for a client.
BATCH = 100
BATCHES = 50

#: The time in seconds for watching an idle port.
IDLE = 2


def event_input(name):
    """Nanoseconds for receiving one event that waits in the kernel."""
    package = importlib.import_module(name)
    sender, reader = package.SequencerClient("sender"), package.SequencerClient("reader")
    out = sender.create_port("out", package.READ_PORT)
    into = reader.create_port("in", package.WRITE_PORT)
    out.connect_to(into)
    while reader.event_input(timeout=0.1) is not None:
        pass
    event = package.NoteOnEvent(note=60)
    spent = 0
    for _ in range(BATCHES):
        for _ in range(BATCH):
            sender.event_output(event, port=out)
        sender.drain_output()
        begun = time.perf_counter_ns()
        for _ in range(BATCH):
            received = reader.event_input()
        spent += time.perf_counter_ns() - begun
        assert type(received) is package.NoteOnEvent
    return spent / (BATCH * BATCHES)


def event_output(name):
    """Nanoseconds for putting one event into the buffer, with its share of the drains."""
    package = importlib.import_module(name)
    client = package.SequencerClient("sender")
    port = client.create_port("out", package.READ_PORT)
    event = package.NoteOnEvent(note=60)
    count = BATCH * BATCHES
    begun = time.perf_counter_ns()
    for _ in range(count):
        client.event_output(event, port=port)
    client.drain_output()
    return (time.perf_counter_ns() - begun) / count


def import_time(name):
    """Nanoseconds for `import`."""
    begun = time.perf_counter_ns()
    importlib.import_module(name)
    return time.perf_counter_ns() - begun


def mido_backend(name):
    import mido
    mido.set_backend(BACKENDS[name], load=True)
    return mido


def mido_send(name):
    """Nanoseconds for sending one message."""
    mido = mido_backend(name)
    message = mido.Message("note_on", note=60)
    with mido.open_output(THROUGH) as port:
        port.send(message)
        count = BATCH * BATCHES
        begun = time.perf_counter_ns()
        for _ in range(count):
            port.send(message)
        return (time.perf_counter_ns() - begun) / count


def mido_receive(name):
    """Nanoseconds for sending and receiving one message of many."""
    mido = mido_backend(name)
    message = mido.Message("note_on", note=60)
    with mido.open_input(THROUGH) as source, mido.open_output(THROUGH) as sink:
        begun = time.perf_counter_ns()
        for _ in range(BATCHES):
            for _ in range(BATCH):
                sink.send(message)
            for _ in range(BATCH):
                received = source.receive()
        spent = time.perf_counter_ns() - begun
        assert received == message
    return spent / (BATCH * BATCHES)


def thru(name):
    """Nanoseconds until an event returns from a process that sends all events back."""
    return trip("event", name)


def mido_thru(name):
    """The same, with a process that uses mido."""
    return trip("mido", name)


#: The number of trips: of one event after the other.
TRIPS = 500


def trip(way, name):
    # The side that measures is always the same.
    ours = importlib.import_module(OURS)
    probe = ours.SequencerClient("probe")
    port = probe.create_port("probe")
    command = [sys.executable, __file__, "--send-back", way, name, str(probe.client_id)]
    with subprocess.Popen(command) as partner:
        try:
            connections = 0
            while connections < 2:
                received = probe.event_input(timeout=60)
                assert received is not None, "the other process does not connect"
                connections += type(received) is ours.PortSubscribedEvent
            event = ours.NoteOnEvent(note=60)
            # What comes before the thread of python-rtmidi runs is lost.
            received = None
            while received is None:
                probe.event_output(event, port=port)
                probe.drain_output()
                received = probe.event_input(timeout=0.1)
            while probe.event_input(timeout=0.1) is not None:
                pass
            begun = time.perf_counter_ns()
            for _ in range(TRIPS):
                probe.event_output(event, port=port)
                probe.drain_output()
                received = probe.event_input(timeout=60)
            spent = time.perf_counter_ns() - begun
            assert type(received) is ours.NoteOnEvent, received
        finally:
            partner.kill()
    return spent / TRIPS


def send_back(way, name, probe):
    if way == "mido":
        mido = mido_backend(name)
        address = f"probe:probe {probe}:0"
        with mido.open_input(address) as source, mido.open_output(address) as sink:
            while True:
                sink.send(source.receive())
    package = importlib.import_module(name)
    client = package.SequencerClient("thru")
    port = client.create_port("thru")
    port.connect_from((probe, 0))
    port.connect_to((probe, 0))
    while True:
        client.event_output(client.event_input(), port=port, dest=package.ALL_SUBSCRIBERS)
        client.drain_output()


def idle_wakeups(name):
    """The number of wake-ups of the process's threads while a port has nothing to receive."""
    mido = mido_backend(name)
    with mido.open_input(THROUGH, callback=print):
        time.sleep(0.2)
        before = switches()
        time.sleep(IDLE)
        # One wake-up is the end of this sleep.
        return switches() - before - 1


def switches():
    total = 0
    for status in Path("/proc/self/task").glob("*/status"):
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                total += int(line.split()[1])
    return total


#: The measurements: each with its unit, the divisor of its figures, and the other packages.
WORKLOADS = {
    "event_input": (event_input, "µs", 1e3, [ALSA_MIDI]),
    "event_output": (event_output, "µs", 1e3, [ALSA_MIDI]),
    "import": (import_time, "ms", 1e6, [ALSA_MIDI, RTMIDI]),
    "thru": (thru, "µs", 1e3, [ALSA_MIDI]),
    "mido thru": (mido_thru, "µs", 1e3, [ALSA_MIDI, RTMIDI]),
    "mido send": (mido_send, "µs", 1e3, [ALSA_MIDI, RTMIDI]),
    "mido send and receive": (mido_receive, "µs", 1e3, [RTMIDI]),
    "idle wake-ups": (idle_wakeups, f"in {IDLE} s", 1, [ALSA_MIDI, RTMIDI]),
}


def sample(workload, name):
    """Measures once, in a separate process."""
    command = [sys.executable, __file__, "--worker", workload, name]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120)
    if done.returncode != 0:
        sys.exit(f"{workload} of {name} failed with status {done.returncode}")
    return json.loads(done.stdout)


def spread(values, digits):
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def measure(workload, samples):
    _, unit, scale, others = WORKLOADS[workload]
    names = [OURS, *others]
    figures = {name: [] for name in names}
    for turn in range(samples):
        # Each package is the first equally often.
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            figures[name].append(sample(workload, name) / scale)
    print(f"{workload}, {unit}")
    ours = figures[OURS]
    for name in names:
        text = f"  {name:15} {spread(figures[name], 2):32}"
        if name != OURS and all(ours):
            ratios = [theirs / own for theirs, own in zip(figures[name], ours)]
            text += f" {spread(ratios, 1)} times ours"
        print(text.rstrip(), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=5, help="the number of measurements")
    parser.add_argument("--only", default="", help="only workloads with this text in the name")
    parser.add_argument("--worker", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--send-back", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.send_back:
        way, name, probe = options.send_back
        send_back(way, name, int(probe))
    if options.worker:
        workload, name = options.worker
        # The output of a package is not the result.
        result, _ = os.dup(1), os.dup2(2, 1)
        figure = WORKLOADS[workload][0](name)
        os.write(result, json.dumps(figure).encode())
        os._exit(0)
    for workload in WORKLOADS:
        if options.only in workload:
            measure(workload, options.samples)


if __name__ == "__main__":
    main()
