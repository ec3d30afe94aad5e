"""Finds and loads libspdylay.

The first of these that exists is taken: the path in the environment variable ``SPDYLAY_LIBRARY``, the library inside
this package (that is where a wheel has it), the system's.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
from pathlib import Path

ENVIRONMENT_VARIABLE = "SPDYLAY_LIBRARY"

_FILE_NAMES = {"darwin": "libspdylay.dylib", "win32": "spdylay.dll"}
BUNDLED = Path(__file__).with_name(_FILE_NAMES.get(sys.platform, "libspdylay.so"))

# Holding the interpreter's lock during calls makes them cheaper, and nothing the library does takes long enough to be
# worth letting go of it. PyPy has no such choice.
_Loader: type[ctypes.CDLL] = getattr(ctypes, "PyDLL", ctypes.CDLL)


def find() -> str:
    """Returns the path, or for the system's library the name, of the library to load.

    Raises ImportError if there is none.
    """
    explicit = os.environ.get(ENVIRONMENT_VARIABLE)
    if explicit:
        return explicit
    if BUNDLED.exists():
        return str(BUNDLED)
    installed = ctypes.util.find_library("spdylay")
    if installed:
        return installed
    raise ImportError(
        f"libspdylay was not found: {ENVIRONMENT_VARIABLE} is not set, there is no {BUNDLED}, "
        "and the system has none installed"
    )


def load() -> ctypes.CDLL:
    """Loads the library; ImportError if there is none or it cannot be loaded."""
    name = find()
    try:
        return _Loader(name)
    except OSError as error:
        raise ImportError(f"cannot load libspdylay: {error}") from error
