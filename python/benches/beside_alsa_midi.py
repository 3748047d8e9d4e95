"""The speed of input and output, beside python-alsa-midi in one run.

    cargo xtask run -- VENV/bin/python python/benches/beside_alsa_midi.py

The environment has both packages. It prints nanoseconds per call, the best of several runs,
and how many times as fast alsa_sequencer is.
"""

from __future__ import annotations

import importlib
import time
from typing import Any, Callable, Dict

BATCH = 150
RUNS = 30


def best(work: Callable[[], int]) -> float:
    """Nanoseconds per event of the fastest run; `work` returns its own time."""
    return min(work() for _ in range(RUNS)) / BATCH


def measure(package: str) -> Dict[str, float]:
    module: Any = importlib.import_module(package)
    client = module.SequencerClient("bench")
    port = client.create_port("port")
    event = module.NoteOnEvent(60, 3, 100, dest=(client.client_id, port.port_id))

    def output() -> int:
        begin = time.perf_counter_ns()
        for _ in range(BATCH):
            client.event_output(event, port=port)
        end = time.perf_counter_ns()
        client.drop_output_buffer()
        return end - begin

    def drained_output() -> int:
        begin = time.perf_counter_ns()
        for _ in range(BATCH):
            client.event_output(event, port=port)
        client.drain_output()
        end = time.perf_counter_ns()
        client.drop_input()
        return end - begin

    def input() -> int:
        for _ in range(BATCH):
            client.event_output(event, port=port)
        client.drain_output()
        begin = time.perf_counter_ns()
        for _ in range(BATCH):
            client.event_input()
        return time.perf_counter_ns() - begin

    results = {
        "event_input": best(input),
        "event_output": best(output),
        "event_output and drain_output": best(drained_output),
    }
    client.close()
    return results


def main() -> None:
    theirs, ours = measure("alsa_midi"), measure("alsa_sequencer")
    print(f"{'ns per event':32} alsa_midi  alsa_sequencer  times as fast")
    for name, time_ in ours.items():
        print(f"{name:32} {theirs[name]:9.0f} {time_:15.0f} {theirs[name] / time_:14.1f}")


if __name__ == "__main__":
    main()
