"""What all sheets of a report draw from: findings in order, each knowing its file and unit, and where units stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from consolidator.checking import are_on_time
from consolidator.element import Rule
from consolidator.finding import Finding, Severity, by_weight
from consolidator.form import Form
from consolidator.layout import Cell, layout_of
from consolidator.ledger import Fate, ledger_of
from consolidator.linking import link_target, with_place
from consolidator.noticing import Rate, arrivals, rates
from consolidator.outcome import FileOutcome, Outcome, Return, Verdict
from consolidator.reportpages import BY_RULE, FINDINGS, FIRST_ROW, UNITS, Jump
from consolidator.unit import Unit
from consolidator.wording import SEVERITY_WORDS, STATUS_WORDS, sentence_of

RECEIVED, LACKING, LEFT_OUT = STATUS_WORDS["accepted"], "Thiếu", "Không đưa vào tổng hợp"
WAITS, REJECTED, IGNORED = "Chờ quyết định", STATUS_WORDS["rejected"], STATUS_WORDS["ignored"]
"""Where a unit or a file stands."""
ERROR, WARNING, REMARK = (SEVERITY_WORDS[severity] for severity in Severity)
ACCEPTED = "Cảnh báo đã chấp nhận"
FATE_WORDS = {
    Fate.MERGED: "Đã cộng vào",
    Fate.OWN: "Của chính cấp mình",
    Fate.REPLACED: "Đã có tệp khác thay",
    Fate.WAITING: WAITS,
    Fate.REJECTED: REJECTED,
    Fate.LEFT_OUT: LEFT_OUT,
    Fate.PASSED_OVER: "Không phải báo cáo",
}
VERDICT_WORDS = {
    Verdict.READY: "Đạt",
    Verdict.RETURNED: "Trả lại để sửa",
    Verdict.REJECTED: "Đề nghị gửi lại",
    Verdict.WAITING: "Hỏi lại đơn vị",
    Verdict.MISSING: "Nhắc nộp",
}
STRAYS = frozenset({"stray", "stray-sheet", "label-changed"})
"""Codes of what stands outside the input cells."""
UNIT_KEY = "unit:"
"""Before the code of a unit in `Digest.finding_rows`, where codes of findings stand too."""


class Digest:
    """A batch as its report tells it.

    Findings in files and findings in the summary are counted apart: a unit's error mostly shows again in the
    summary, and is still one error.
    """

    def __init__(self, outcome: Outcome, folder: Path) -> None:
        self.outcome, self.folder = outcome, folder.resolve()
        self.in_files = sorted(_of_files(outcome), key=by_weight)
        self.in_summary = sorted(of_summary(outcome), key=by_weight)
        self.findings = sorted([*self.in_files, *self.in_summary], key=by_weight)
        self.ledger = outcome.ledger or ledger_of(outcome)
        self.levels = outcome.form.catalogue.levels
        self.forms = {file.file: file.submission.view.form for file in outcome.files if file.submission}
        self.by_code = grouped(self.findings, lambda finding: finding.code)
        self.in_files_by_code = grouped(self.in_files, lambda finding: finding.code)
        self.by_unit = grouped(self.in_files, lambda finding: finding.unit)
        own = outcome.summary_file
        paths = {Path(own).name: own, own: own, "": own} if own else {}
        paths |= {file.file: file.path for file in outcome.files}
        self.paths = {shown: str(_here(Path(path))) for shown, path in paths.items()}
        self._ways: dict[str, str] = {}
        self.file_of: dict[str, FileOutcome] = {}
        for file in sorted(outcome.files, key=_precedence):
            self.file_of.setdefault(file.unit, file)
        self.lacking = [unit for unit in outcome.expected if self.status(unit) == LACKING]

    def form_of(self, finding: Finding) -> Form:
        """The form whose rules a finding speaks of: that of its file, which may be another regime taken in."""
        return self.forms.get(finding.place.file, self.outcome.form)

    @property
    def rules(self) -> list[Rule]:
        """Rules of the batch's form and of the regimes it takes in."""
        return [rule for form in dict.fromkeys((*self.forms.values(), self.outcome.form)) for rule in form.rules]

    def status(self, unit: Unit) -> str:
        """Where a unit's report stands; a unit whose every file was refused still owes one."""
        file = self.file_of.get(unit.code)
        if file is not None and file.waits:
            return WAITS
        if unit in self.outcome.missing or file is None or file.status != "accepted":
            return LACKING
        return LEFT_OUT if unit in self.outcome.left_out else RECEIVED

    def unit_words(self, code: str) -> str:
        """Code and name of a unit, as far as they are known."""
        unit, file = self.outcome.roster.units.get(code), self.file_of.get(code)
        name = unit.name if unit else file.submission.unit_name if code and file and file.submission else ""
        return " – ".join(filter(None, (code, name)))

    def jump(self, text: str, file: str, sheet: str = "", cell: str = "") -> Jump:
        """A text that leads to a file, known by its shown name, and to a cell in it."""
        if file not in self._ways:
            self._ways[file] = link_target(self.paths.get(file, ""), self.folder)
        way = self._ways[file]
        return Jump(text, with_place(way, sheet, cell) if sheet else way)

    def answer(self, unit: Unit) -> Jump:
        """The verdict on a unit's report; it leads to the letter, where one was written."""
        one = self._returns.get(unit)
        path = str(Path(self.outcome.returns_folder, one.letter).resolve()) if one and one.letter else ""
        return Jump(VERDICT_WORDS[one.verdict] if one else "", link_target(path, self.folder) if path else "")

    @cached_property
    def _returns(self) -> dict[Unit, Return]:
        return {one.unit: one for one in reversed(self.outcome.returns)}

    @cached_property
    def rates(self) -> list[Rate]:
        """How complete and how punctual each level below is."""
        outcome = self.outcome
        children = [file.submission for file in outcome.merged if file.submission is not None]
        punctual = dict(zip([child.unit for child in children], are_on_time(children), strict=True))
        return rates(outcome.roster, outcome.parent.code, arrivals(children), punctual)

    def decisions(self, text: str) -> Jump:
        """A text that leads to the workbook of decisions."""
        path = self.outcome.decisions_file
        return Jump(text, link_target(str(Path(path).resolve()), self.folder) if path else "")

    def sentences(self, finding: Finding) -> tuple[str, str]:
        """What is wrong, and what to do."""
        return sentence_of(finding, self.form_of(finding))

    @cached_property
    def folds(self) -> list[list[Finding]]:
        """Findings in order, those of one kind in one file together: the same error over many cells.

        What is accepted stays apart from what is open.
        """
        groups: dict[tuple[str, str, str, bool], list[Finding]] = {}
        for finding in self.findings:
            key = (finding.code, finding.unit, finding.place.file, bool(finding.accepted))
            groups.setdefault(key, []).append(finding)
        return list(groups.values())

    def way_to_findings(self, text: str, key: str) -> Jump:
        """A text that leads to the first finding of a unit or a code, as `finding_rows` has it."""
        return _way(text, FINDINGS, self.finding_rows.get(key))

    @cached_property
    def finding_rows(self) -> dict[str, int]:
        """Row (0-based, of the table of findings) of the first finding of a unit and of a code."""
        found: dict[str, int] = {}
        row = 0
        for group in self.folds:
            for key in (UNIT_KEY + group[0].unit, group[0].code):
                found.setdefault(key, row)
            row += len(group) + (len(group) > 1)
        return found

    @cached_property
    def unit_ways(self) -> dict[str, Jump]:
        """Every unit that something was found of, in words; those that should report lead to their row among units."""
        rows = {unit.code: row for row, unit in enumerate(self.outcome.expected)}
        codes = dict.fromkeys(finding.unit for finding in self.findings)
        return {code: _way(self.unit_words(code), UNITS, rows.get(code)) for code in codes}

    @cached_property
    def rule_ways(self) -> dict[str, Jump]:
        """Every code that was found; it leads to its row among the rules."""
        return {code: _way(code, BY_RULE, row) for row, code in enumerate(self.by_code)}


def _way(text: str, sheet: str, row: int | None) -> Jump:
    """A text that leads to a row (0-based) of a sheet's table; None is no row."""
    return Jump(text, "" if row is None else Cell(sheet, FIRST_ROW + row, 0).link)


def state_of(file: FileOutcome) -> str:
    """Where a file stands, in a word."""
    return WAITS if file.waits else STATUS_WORDS[file.status]


def tally(findings: Sequence[Finding]) -> dict[str, int]:
    """How many errors, open warnings, accepted warnings and remarks. What is accepted is not open."""
    counts = Counter(ACCEPTED if finding.accepted else SEVERITY_WORDS[finding.severity] for finding in findings)
    return {word: counts[word] for word in (ERROR, WARNING, ACCEPTED, REMARK)}


def common_sentence(digest: Digest, findings: Sequence[Finding]) -> str:
    """What is wrong in all findings of a code: facts that differ between them become "…"."""
    return common_sentences(digest, findings)[0]


def common_sentences(digest: Digest, findings: Sequence[Finding]) -> tuple[str, str]:
    """The same, and what to do."""
    shared = dict(findings[0].facts)
    shared.pop("values", None)
    for key, fact in shared.items():
        if any(finding.facts.get(key) != fact for finding in findings):
            shared[key] = "…"
    return sentence_of(replace(findings[0], facts=shared), digest.form_of(findings[0]))


def grouped(findings: Sequence[Finding], key: Callable[[Finding], str]) -> dict[str, list[Finding]]:
    """Groups by a key: those with errors first, then the most frequent. Findings come sorted, the gravest first."""
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(key(finding), []).append(finding)
    return dict(sorted(groups.items(), key=lambda item: (item[1][0].severity.rank, -len(item[1]), item[0])))


def _precedence(file: FileOutcome) -> tuple[bool, bool, int]:
    """Which of a unit's files says where the unit stands: what counts, then what waits."""
    return (file.status != "accepted", not file.waits, list(STATUS_WORDS).index(file.status))


def _of_files(outcome: Outcome) -> Iterator[Finding]:
    for file in outcome.files:
        for finding in file.findings:
            if finding.place.file and finding.unit:
                yield finding
            else:
                yield finding.at(finding.place.file or file.file, finding.unit or file.unit)


def of_summary(outcome: Outcome) -> Iterator[Finding]:
    """Findings of the summary, each with the cell that it speaks of."""
    names = layout_of(outcome.summary.view).names if outcome.summary else {}
    for finding in outcome.summary_findings:
        cell = names.get(finding.place.ref)
        if cell and not finding.place.cell and finding.place.file == Path(outcome.summary_file).name:
            finding = replace(finding, place=replace(finding.place, sheet=cell.sheet, cell=cell.a1))
        yield finding


def _here(path: Path) -> Path:
    """A file's place, never that of what a link leads to: a link may lead anywhere, or round in circles."""
    return path.parent.resolve() / path.name
