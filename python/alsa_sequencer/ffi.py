"""A name of python-alsa-midi that this package does not have. The import fails, and the error
names the replacement."""

from ._compat import explain

raise ImportError(explain("ffi"))
