"""Puts every rule to submissions, many at a time, and says what is broken; undecided rules say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256

import numpy as np

from consolidator.adding import partial, rounded, ways
from consolidator.element import Check
from consolidator.explaining import explained
from consolidator.expression import BATCH_WORDS, Call, Node, walk, words
from consolidator.facts import Batch, Surroundings
from consolidator.finding import Finding, Place, by_weight
from consolidator.form import LevelForm
from consolidator.judging import verdicts
from consolidator.lately import kept_lately
from consolidator.narrating import narrative_findings
from consolidator.submission import Submission, own_rows
from consolidator.tabling import all_broken_rows
from consolidator.unit import Roster
from consolidator.verdict import Verdict, compute, day_of, judge
from consolidator.wording import LABELS, day_words, number_words, tell

_ELSEWHERE = BATCH_WORDS | {"PREV", "ROWS"}
"""Words that look beside the figures of the report itself."""
_TOGETHER = 1_000
"""Submissions that rules are put to at once."""
SHOWN_TEXT = 60
"""Characters of a text shown among the values of a finding."""


def check(submissions: Sequence[Submission], around: Sequence[Surroundings] = ()) -> list[list[Finding]]:
    """What the rules find, one list a submission, in the order given. Submissions may be of several levels."""
    found: list[list[Finding]] = [[] for _ in submissions]
    for view, indexes in _some_by_view(submissions):
        batch = Batch([submissions[i] for i in indexes], [around[i] for i in indexes] if around else ())
        for number, column in np.argwhere(verdicts(batch) == Verdict.BROKEN).tolist():
            found[indexes[column]].append(_finding(view.row_checks[""][number], batch, column))
        for place, finding in _row_findings(batch.submissions):
            found[indexes[place]].append(finding)
        for index in indexes:
            found[index] += _nothing_filled(submissions[index])
    return [sorted(findings, key=by_weight) for findings in found]


def alone(submission: Submission) -> list[Finding]:
    """What is wrong with a submission whatever surrounds it, beyond its rules: its narratives against its figures."""
    return narrative_findings(submission)


def all_alone(submissions: Sequence[Submission]) -> list[list[Finding]]:
    """The same of many submissions, and what the rules find, which look at one of them at a time as well.

    So it is said once, where a file is read, and kept with what was read.
    """
    return [[*alone(one), *ruled] for one, ruled in zip(submissions, check(submissions), strict=True)]


def all_findings(
    submissions: Sequence[Submission], read: Sequence[Sequence[Finding]], around: Sequence[Surroundings] = ()
) -> list[list[Finding]]:
    """What was found before (by reading, `alone`) and what the rules find; with what units say to it.

    One list a submission, in order.
    """
    ruled = check(submissions, around)
    return with_answers(submissions, [[*before, *after] for before, after in zip(read, ruled, strict=True)])


def with_answers(submissions: Sequence[Submission], found: Sequence[Sequence[Finding]]) -> list[list[Finding]]:
    """Findings of each submission with what units say to them, in the order of their weight."""
    told = [explained(findings, one) for one, findings in zip(submissions, found, strict=True)]
    return [sorted(findings, key=by_weight) for findings in told]


def surroundings(submission: Submission, roster: Roster, children: Sequence[Submission], expected: int) -> Surroundings:
    """What the batch knows about a parent's summary: its roster, who reported and when, the children's totals."""
    answers: dict[str, float] = {"REPORTED()": len(children), "EXPECTED()": expected}
    punctual = are_on_time(children)
    if None not in punctual and punctual:
        answers["ONTIME()"] = sum(map(bool, punctual))
    for what in ("children", "cdcs", "cttt"):
        answers[f'ROSTER("{what}")'] = roster.count(submission.unit, what)
    below, figures = partial(submission.view, submission.lines), submission.view.figures
    for position, total in zip(ways(submission.view).sums, below.sums, strict=True):
        if below.given[position]:
            answers[f"CHILDREN({figures[position].ref})"] = rounded(total)
    return Surroundings(answers)


def is_on_time(submission: Submission) -> bool | None:
    """Whether a report keeps the deadline rules of its form; None where there are none or no date was given."""
    return are_on_time([submission])[0]


def are_on_time(submissions: Sequence[Submission]) -> list[bool | None]:
    """The same for many, of whatever views, in their order."""
    found: list[bool | None] = [None] * len(submissions)
    for view, indexes in _by_view(submissions).items():
        named = {"meta.submitted_on", "meta.deadline"}
        rules = [one for one in view.row_checks[""] if named <= set(one.refs)]
        batch = Batch([submissions[index] for index in indexes])
        verdicts = np.array([judge(one.node, batch, one.rule.tolerated) for one in rules])
        for at, index in enumerate(indexes) if rules else ():
            given = verdicts[:, at].tolist()
            found[index] = None if Verdict.UNDECIDED in given else Verdict.BROKEN not in given
    return found


def _by_view(submissions: Sequence[Submission]) -> dict[LevelForm, list[int]]:
    """Places of submissions by their views."""
    found: dict[LevelForm, list[int]] = {}
    for index, submission in enumerate(submissions):
        found.setdefault(submission.view, []).append(index)
    return found


def _some_by_view(submissions: Sequence[Submission]) -> Iterator[tuple[LevelForm, list[int]]]:
    """The same, so many at a time that what is worked out for them all at once stays small."""
    for view, places in _by_view(submissions).items():
        yield from ((view, places[begin : begin + _TOGETHER]) for begin in range(0, len(places), _TOGETHER))


def _row_findings(submissions: Sequence[Submission]) -> Iterator[tuple[int, Finding]]:
    """What the rules of tables find in submissions of one view, row by row, placed at the key of the row."""
    for table in submissions[0].view.tables:
        for number, row, one in all_broken_rows(submissions, table):
            submission = submissions[number]
            sheet, cell = submission.place(f"{one.about}#{row}")
            place = Place(submission.source.file, sheet, cell, one.about)
            typed = own_rows(submission, table)[row].values
            facts = {**one.facts, "values": str(typed.get(table.key, ""))[:SHOWN_TEXT]}
            facts["basis"] = _digest(repr(sorted(typed.items())))
            yield number, Finding(one.rule.code, one.rule.severity, place, facts, submission.unit)


def _nothing_filled(submission: Submission) -> Iterator[Finding]:
    """A report without any figure breaks no rule, and is none."""
    if submission.is_empty and not submission.is_summary:
        yield tell("no-figures", Place(file=submission.source.file), submission.unit)


def needs_a_batch(one: Check) -> bool:
    """Whether a check asks what only a batch knows."""
    return bool(words(one.node) & BATCH_WORDS)


def _finding(one: Check, batch: Batch, column: int) -> Finding:
    submission = batch.submissions[column]
    sheet, cell = submission.place(one.about)
    place = Place(submission.source.file, sheet, cell, one.about)
    facts = {**one.facts, "values": _values(one, batch, column), "basis": _basis(one, batch, column)}
    return Finding(one.rule.code, one.rule.severity, place, facts, submission.unit)


def _values(one: Check, batch: Batch, column: int) -> str:
    """What a broken rule looked at, in words, so that the sentence can be believed."""
    shown = []
    for ref in one.refs:
        if ref.startswith("n."):
            continue
        text, number = str(batch.texts(ref)[column]), float(batch.numbers(ref)[column])
        if text:
            words = f"“{text[:SHOWN_TEXT]}”"
        elif _is_date(batch, ref) and not np.isnan(number):
            words = day_words(day_of(number))
        else:
            words = number_words(number)
        shown.append(f"{label_of(batch.view, ref)}: {words}")
    return "; ".join(shown)


def _basis(one: Check, batch: Batch, column: int) -> str:
    """A digest of all that a broken rule looked at, which `_values` may round, cut or leave out.

    Who accepts a warning accepts it for this and nothing else.
    """
    seen: list[str | float] = []
    for ref in one.refs:
        seen += [ref, str(batch.texts(ref)[column]), float(batch.numbers(ref)[column])]
    seen += [float(compute(node, batch)[column]) for node in _asked_elsewhere(one)]
    return _digest(repr(seen))


@kept_lately
def _asked_elsewhere(one: Check) -> list[Node]:
    """What a rule asks beside the figures of the report."""
    return [node for node in walk(one.node) if isinstance(node, Call) and node.word in _ELSEWHERE]


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def label_of(view: LevelForm, ref: str) -> str:
    """What people call a name: the indicator's label, with the measure unless it is the actual figure."""
    figure = view.by_ref.get(ref)
    if figure is None:
        head, _, tail = ref.partition(".")
        return LABELS.get(ref) or LABELS.get(tail) or view.form.indicators[head].label
    measure = "" if figure.measure == "actual" else f" ({view.form.catalogue.measures[figure.measure].label})"
    return figure.indicator.label + measure


def _is_date(batch: Batch, ref: str) -> bool:
    figure = batch.view.by_ref.get(ref)
    if figure is not None:
        return figure.indicator.type == "date"
    return ref.endswith(".as_of") or ref.startswith("meta.")
