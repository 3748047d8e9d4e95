"""Signals that come just before a wait."""

import signal

import pytest

from alsa_sequencer import SequencerClient

#: A wait of this length, in seconds, has missed its signal.
LONG = 10

#: The delays of the signals in microseconds, from before the call until after the wait began.
DELAYS = range(5, 1000, 3)


class Came(Exception):
    pass


def handler(*_):
    raise Came


def test_a_signal_just_before_a_wait_ends_it():
    before = signal.signal(signal.SIGALRM, handler)
    try:
        with SequencerClient("signals") as client:
            for delay in DELAYS:
                with pytest.raises(Came):
                    signal.setitimer(signal.ITIMER_REAL, delay / 1e6)
                    client.event_input(timeout=LONG)
                    pytest.fail(f"a signal after {delay} µs did not end the wait")
    finally:
        signal.signal(signal.SIGALRM, before)
