#!/bin/sh
# Installs python-alsa-midi and mido for the tests, in the user's cache.
# It needs Python with venv, libasound.so.2, and PyPI.
set -eu

cache=${XDG_CACHE_HOME:-$HOME/.cache}/alsa-seq/python
python3 -m venv "$cache"
"$cache/bin/pip" install --quiet --disable-pip-version-check alsa-midi==1.0.4 mido==1.3.3
"$cache/bin/python3" -c 'import alsa_midi, mido'
echo "$cache/bin/python3"
