"""What goes to a unit: a letter, and where it has a report to correct, a copy with what was found marked in it.

A copy is drawn afresh from the form and the unit's entries. Saving the unit's own file again would drop what the
library does not know, and would hand back whatever else was in it. That takes a third of a second, so that many are
drawn by the processes that read files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from consolidator.content import cover_of
from consolidator.engine import Engine
from consolidator.finding import Finding
from consolidator.form import Form
from consolidator.letters import letter_text, mail
from consolidator.markedcopy import marked_copy
from consolidator.outcome import Return
from consolidator.parcel import give_view
from consolidator.submission import Submission
from consolidator.wording import SEVERITY_WORDS, message_of

FEW, BATCH = 8, 4
"""Copies up to which they are drawn here, for other processes take as long to begin; those that one draws at once."""
Made = tuple["Reply", Mapping[str, bytes]]
"""A reply, and its files by their names."""


@dataclass(frozen=True)
class Reply:
    """All that a unit's letter and copy are made of: no copy without a `submission`, whose form speaks then.

    `stem` is what its files are called, `facts` fill the holes of the letter.
    """

    one: Return
    stem: str
    facts: Mapping[str, str]
    form: str
    submission: Submission | None = None

    @property
    def letter(self) -> str:
        """The name of the letter."""
        return f"{self.stem}.eml"

    @property
    def copy(self) -> str:
        """The name of the copy, "" for a reply without one."""
        return f"{self.stem}.xlsx" if self.submission is not None else ""

    @property
    def names(self) -> list[str]:
        """Names of its files."""
        return [name for name in (self.copy, self.letter) if name]

    def key(self, version: str) -> str:
        """Changes with anything that its files are made of; `version` is that of the program and the rules."""
        said: list[object] = [version, self.form, self.one, self.stem, sorted(self.facts.items())]
        if self.submission is not None:
            said += [self.submission.source.sha256, self.submission.values.tobytes()]
        return sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def files_of(reply: Reply, form: Form) -> dict[str, bytes]:
    """Names and contents of what goes to a unit; `form` is that of the batch."""
    one, attached = reply.one, None
    if reply.submission is not None:
        form = reply.submission.view.form
        cover = cover_of(one.unit, form, reply.submission.meta)
        attached = reply.copy, marked_copy(reply.submission, cover, one.findings, form)
    points = [f"[{SEVERITY_WORDS[point.severity]}] {_where(point)}{message_of(point, form)}" for point in one.points]
    letter = mail(one.unit.email, *letter_text(one.verdict, points, reply.facts), attached)
    return {reply.letter: letter} | dict([attached] if attached else [])


def made(replies: Sequence[Reply], form: Form, engine: Engine) -> Iterator[Sequence[Made]]:
    """The replies with their files, some at a time, in any order. What another process cannot draw is drawn here."""
    yield [(reply, files_of(reply, form)) for reply in replies if reply.submission is None]
    copies, drawn = [reply for reply in replies if reply.submission is not None], set[int]()
    batches = [copies[start : start + BATCH] for start in range(0, len(copies), BATCH)]
    for batch, answers in engine.answers(draw, batches) if len(copies) > FEW else ():
        found = [(reply, files) for reply, files in zip(batch, answers, strict=True) if files is not None]
        drawn.update(id(reply) for reply, _ in found)
        yield found
    for batch in batches:
        yield [(reply, files_of(reply, form)) for reply in batch if id(reply) not in drawn]


def draw(replies: Sequence[Reply]) -> list[dict[str, bytes] | None]:
    """The files of replies that came from another process; None for what does not fit into the memory of this one."""
    found: list[dict[str, bytes] | None] = []
    for reply in replies:
        assert reply.submission is not None
        give_view(reply.submission, reply.form)
        try:
            found.append(files_of(reply, reply.submission.view.form))
        except MemoryError:
            found.append(None)
    return found


def _where(finding: Finding) -> str:
    place = finding.place
    return f"{place.sheet}!{place.cell}: " if place.cell else ""
