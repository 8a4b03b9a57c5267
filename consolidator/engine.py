"""The one thing in which a run on this computer and one on many differ: where batches of files are worked on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from consolidator.stores import Where

if TYPE_CHECKING:
    from consolidator.outcome import FileOutcome
    from consolidator.parcel import Parcel
    from consolidator.readings import Readings

Task = tuple[Where, str]
"""A file to read, and its path as people are shown it."""
T = TypeVar("T")
I = TypeVar("I")  # noqa: E741
Reader = Callable[[Sequence[Task]], "Sequence[FileOutcome | Parcel]"]


class Engine(Protocol):
    """Who works on batches. `isolation.Processes` is this computer's, `cluster.Dask` the one of many computers."""

    @property
    def readings(self) -> Readings | None:
        """What was read in earlier runs, where that is kept."""

    @property
    def hands(self) -> int:
        """How many batches are worked on at once."""

    @property
    def batch(self) -> int:
        """How many files a batch should have."""

    @property
    def reader(self) -> Reader:
        """What reads a batch at one of the hands."""

    def answers(
        self, function: Callable[[Sequence[I]], T], batches: Sequence[Sequence[I]]
    ) -> Iterator[tuple[Sequence[I], T]]:
        """Batches with what the function says of them, as they are finished, begun in the order given.

        Those whose worker died are passed over: who asks must ask for them again, or for parts of them.
        What the function raises is raised here.
        """
