"""Lets python-alsa-midi's suite import this package as ``alsa_midi``.

A plugin of pytest. Three files of the suite import ``alsa`` and ``ffi``, python-alsa-midi's
view of libasound. Without them, not even those of their tests are collected that use
neither, so the two names are there and have nothing; ``pam_shim`` gives them something.
"""

import alsa_sequencer

alsa_sequencer.install_as_alsa_midi()

import alsa_midi  # noqa: E402

assert alsa_midi.Event is alsa_sequencer.Event, "this is another alsa_midi"

for name in ("alsa", "ffi"):
    setattr(alsa_midi, name, object())
