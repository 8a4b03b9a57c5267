"""How processes use memory: forms and reports are many objects that stay, files large pieces that come and go."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""What `mallopt` of the GNU C library calls the two."""
_KEPT, _LARGE = 2**28, 2**25
"""Bytes that may lie free before they are given back, and of a piece that is asked of the system by itself."""


def seldom_look_for_garbage() -> None:
    """Hardly any of those objects is garbage that counting does not find."""
    gc.set_threshold(100_000, 50, 100)


def hold_on_to_memory() -> None:
    """What one file gave back is there for the next.

    Measured at a Dask node, whose process begins afresh: else it costs a quarter of the reading to ask for it again
    and again. (A forked process inherits what the C library has learned, other systems do it their own way.)
    """
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):  # another C library
            options = ctypes.CDLL(None).mallopt
            options(_TRIM_THRESHOLD, _KEPT)
            options(_MMAP_THRESHOLD, _LARGE)
