"""The last step of a batch: every output, each whole or not at all, and the summary last.

All else is made from the files, the decisions and the summary of the last run. So a run that ends anywhere before its
summary stands in its place leaves the next one what it found itself, and that one comes to the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from consolidator.besides import Standing, open_in_excel, save_beside
from consolidator.booknames import REPORT
from consolidator.deciding import NOTHING_TYPED, Decisions, read_decisions
from consolidator.decisionsheet import decisions_workbook
from consolidator.finding import Place, by_weight
from consolidator.fitting import prove_is_read_back
from consolidator.helping import Helper
from consolidator.history import keep, store_beside
from consolidator.lastsummary import keep_sources
from consolidator.opening import document_of
from consolidator.ordering import WRITING, Order
from consolidator.outcome import Outcome
from consolidator.progress import Progress
from consolidator.recalling import remember
from consolidator.reporting import report_workbook
from consolidator.returning import returns_of, write_returns
from consolidator.saving import save
from consolidator.wording import refusal_words, tell

UNEVEN = "Các tệp kết quả có thể chưa cùng một lần chạy: chạy lại trước khi dùng."


class _Ahead:
    """A workbook drawn before anything is written, while a helper draws the summary; drawn again where what it tells
    of the outcome has changed by the time it is written.
    """

    def __init__(self, outcome: Outcome, draw: Callable[[], bytes], at_once: bool) -> None:
        self._outcome, self._draw, self._told = outcome, draw, _told(outcome)
        self._content = draw() if at_once else None

    def content(self) -> bytes:
        if self._content is None or self._told != _told(self._outcome):
            self._content, self._told = self._draw(), _told(self._outcome)
        return self._content


def _told(outcome: Outcome) -> tuple[object, ...]:
    """All of an outcome that may change while outputs are written."""
    places = outcome.summary_file, outcome.decisions_file, outcome.returns_folder
    return [*outcome.summary_findings], [*outcome.returns], *places


def write_outputs(
    order: Order,
    outcome: Outcome,
    before: Standing,
    decisions: Decisions,
    drawn: Helper[bytes],
    progress: Progress,
) -> None:
    """Writes history, answers to units, decisions, report and the summary; says in the outcome where they are.

    `drawn` are the bytes of the summary. What only serves a later day (history, letters, questions) and cannot be
    written is a finding of the report. Raises OSError where report or summary cannot be written, with the note
    `UNEVEN` if others are already; TooLarge, before anything is written, for a summary that would not be read again.
    """
    assert outcome.summary is not None
    outcome.summary_file = str(order.summary_path)
    outcome.summary_findings.sort(key=by_weight)
    outcome.returns, outcome.returns_folder = returns_of(outcome), str(order.returns_path or "")
    at_once = order.returns_path is None  # else there are letters, which the report tells of
    questions = _Ahead(outcome, lambda: _questions(outcome, decisions), at_once)
    report = _Ahead(outcome, lambda: report_workbook(outcome, order.report_path.resolve()), at_once)
    content = drawn.result()
    prove_is_read_back(content)
    progress(WRITING, 0, 2)  # whoever wants to stop can do so until here
    if order.engine.readings is not None:
        keep_sources(order.engine.readings, content, outcome.summary)
    with before.staged(content) as place, _noting():
        _keep_history(order, outcome)
        _answer_units(order, outcome, progress)
        _ask_staff(order, outcome, decisions, questions)
        _report(order, outcome, report)
        written = place()
    if written != order.summary_path:
        who = open_in_excel(order.summary_path) or "?"
        where = Place(file=order.summary_path.name)
        outcome.summary_findings.append(tell("summary-open", where, outcome.parent.code, who=who, beside=written.name))
        outcome.summary_file = str(written)
        _ask_staff(order, outcome, decisions, questions)
        _report(order, outcome, report)
    progress(WRITING, 2, 2)


@contextmanager
def _noting() -> Iterator[None]:
    """While outputs move into their places: where one cannot, the others may be there already."""
    try:
        yield
    except OSError as error:
        error.add_note(UNEVEN)
        raise


def _keep_history(order: Order, outcome: Outcome) -> None:
    assert outcome.summary is not None
    store = store_beside(order.summary_path)
    try:
        keep(outcome.summary, store)
    except OSError as error:
        _not_written("history-not-written", store, outcome, error)


def _answer_units(order: Order, outcome: Outcome, progress: Progress) -> None:
    if order.returns_path:
        outcome.summary_findings.sort(key=by_weight)
        try:
            outcome.returns = write_returns(outcome, order.returns_path, order.engine, progress)
        except OSError as error:
            _not_written("returns-not-written", order.returns_path, outcome, error)


def _questions(outcome: Outcome, decisions: Decisions) -> bytes:
    return decisions_workbook(outcome, decisions, Path(outcome.decisions_file)) if outcome.decisions_file else b""


def _ask_staff(order: Order, outcome: Outcome, decisions: Decisions, questions: _Ahead) -> None:
    if outcome.decisions_file:
        decided = Path(outcome.decisions_file)
        try:
            content = questions.content()
            save(decided, content)
            if not decisions.answers:  # nobody has typed anything, and we type nothing
                remember(read_decisions, decided, content, NOTHING_TYPED, order.engine.readings)
        except OSError as error:
            outcome.decisions_file = ""
            _not_written("decisions-not-written", decided, outcome, error)


def _report(order: Order, outcome: Outcome, report: _Ahead) -> None:
    outcome.summary_findings.sort(key=by_weight)
    content = report.content()
    written = save_beside(order.report_path, content)
    remember(document_of, written, content, REPORT, order.engine.readings)
    outcome.report_file = str(written)


def _not_written(code: str, path: Path, outcome: Outcome, error: OSError) -> None:
    finding = tell(code, Place(file=path.name), outcome.parent.code, why=refusal_words(error))
    outcome.summary_findings.append(finding)
