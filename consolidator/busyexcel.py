"""How an Excel that is busy is met: for some seconds and not for ever, and never by ending somebody's Excel."""

from __future__ import annotations

import atexit
import time
from typing import Any

_BUSY = frozenset({-2147418111, -2146777998, -2147417846})
"""What Excel answers while a cell is being typed in or a box is open."""
TRIES, REST = 40, 0.1
"""How often a click asks a busy Excel, and seconds between: some four seconds for each call."""


class _Tries(int):
    """A number of tries with a rest before each but the first two: xlwings asks `tried < tries` before the next.

    Its own number is 0, for ever; and it never rests, so that a plain number of tries would be over in no time.
    """

    def __gt__(self, tried: int) -> bool:
        again = super().__gt__(tried)
        if again and tried > 1:
            time.sleep(REST)
        return again


def tame(com: Any, tries: int = TRIES) -> None:
    """Gives xlwings' Windows side (None elsewhere) a finite patience.

    And takes back what it does at the end of a process: it ends by force every Excel whose window it does not know,
    with whatever somebody has open in it.
    """
    if com is not None:
        com.N_COM_ATTEMPTS = _Tries(tries)
        atexit.unregister(com.cleanup)


def is_busy(error: Exception) -> bool:
    """Whether Excel only refused for now: by COM's number, by Excel's own within it, or in xlwings' words."""
    detail = error.args[2] if len(error.args) > 2 and isinstance(error.args[2], tuple) else ()
    numbers = (getattr(error, "hresult", None), *error.args[:1], *detail[-1:])
    return type(error).__name__ == "ExcelBusyError" or any(isinstance(one, int) and one in _BUSY for one in numbers)
