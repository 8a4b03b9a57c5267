"""How long work tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Told what is going on, how much is done and how much there is."""


def silent(what: str, done: int, total: int) -> None:
    """Tells nobody."""


def counter(what: str, total: int, progress: Progress) -> Callable[[int], None]:
    """Adds up what is done in steps and tells it."""
    finished = 0

    def done(count: int) -> None:
        nonlocal finished
        finished += count
        progress(what, finished, total)

    progress(what, 0, total)
    return done
