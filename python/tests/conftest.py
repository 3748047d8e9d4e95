"""Tests of the package's additions to python-alsa-midi. They need the sequencer, and fail
without it."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Any, Callable, Coroutine, Dict, Iterator, Set

import pytest

from alsa_sequencer import SequencerClient

_PROC = Path("/proc/asound/seq")


class Kernel:
    """The kernel's lists of clients and queues."""

    def clients(self) -> Dict[int, str]:
        text = (_PROC / "clients").read_text()
        return {int(n): name for n, name in re.findall(r'^Client +(\d+) : "(.*?)"', text, re.M)}

    def ports(self) -> Set[str]:
        text = (_PROC / "clients").read_text()
        return set(re.findall(r'^ +Port +\d+ : "(.*?)"', text, re.M))

    def queues(self) -> Set[int]:
        text = (_PROC / "queues").read_text()
        return {int(number) for number in re.findall(r"^queue (\d+):", text, re.M)}


@pytest.fixture
def kernel() -> Kernel:
    return Kernel()


@pytest.fixture
def client() -> Iterator[SequencerClient]:
    with SequencerClient("test") as client:
        yield client


#: The oldest and the newest Python that uvloop 0.23 has releases for.
_UVLOOP_PYTHONS = ((3, 10), (3, 14))


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    """Runs a coroutine for at most 30 s, on asyncio's loop and on uvloop's."""
    run_on_loop: Callable[[Coroutine[Any, Any, Any]], Any] = asyncio.run
    if request.param == "uvloop":
        oldest, newest = _UVLOOP_PYTHONS
        version = sys.version_info[:2]
        if not oldest <= version <= newest:
            pytest.skip("uvloop 0.23 has no release for Python %d.%d" % version)
        try:
            # uvloop imports this module. The Python for musl does not have it.
            import ssl  # noqa: F401
        except ImportError:
            pytest.skip("this Python has no ssl, which uvloop needs")
        import uvloop

        run_on_loop = uvloop.run

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        async def limited() -> Any:
            assert type(asyncio.get_running_loop()).__module__.startswith(request.param)
            return await asyncio.wait_for(work, 30)

        return run_on_loop(limited())

    return run
