"""Runs a program that was written for python-alsa-midi, without a change to it."""

from __future__ import annotations

import os
import runpy
import sys

from ._compat import install_as_alsa_midi

_USAGE = """\
Usage: python -m alsa_sequencer PROGRAM [ARGUMENT]...
       python -m alsa_sequencer -m MODULE [ARGUMENT]...

Runs a program for python-alsa-midi: "import alsa_midi" imports alsa_sequencer.
"""


def main() -> None:
    """Runs the program in the arguments as python itself does."""
    del sys.argv[0]
    if sys.argv[:1] in (["-h"], ["--help"]):
        print(_USAGE, end="")
        return
    is_module = sys.argv[:1] == ["-m"]
    if is_module:
        del sys.argv[0]
    if not sys.argv:
        sys.exit(_USAGE)
    install_as_alsa_midi()
    if is_module:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
        return
    program = sys.argv[0]
    if not os.path.exists(program):
        sys.exit(f"alsa_sequencer: {program}: no such file")
    # The directory of the program is the first to search, unless python was told otherwise.
    if not getattr(sys.flags, "safe_path", False):
        sys.path[0] = os.path.dirname(os.path.realpath(program))
    runpy.run_path(program, run_name="__main__")


main()
