"""Gives the package the name ``alsa_midi`` in each Python that starts with this directory
in its path."""

import alsa_sequencer

alsa_sequencer.install_as_alsa_midi()
