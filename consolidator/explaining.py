"""What units say to a warning: a row of the table of explanations, tied to the figures it was written for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from consolidator.finding import Finding
from consolidator.formula import TABLE
from consolidator.submission import Submission, TableRow
from consolidator.wording import tell

EXPLANATIONS = "explanations"
"""Id of the table that every form has (`rules/shared/tables.toml`)."""


def explained(findings: Sequence[Finding], submission: Submission) -> list[Finding]:
    """The findings with what the unit says to them, or else what units below it say to the same.

    An explanation holds for the figures it was written for: where they have changed since, that is a finding.
    """
    rows = submission.tables.get(EXPLANATIONS, ())
    if not rows:
        return list(findings)
    by_code: dict[str, list[TableRow]] = {}
    for row in rows:
        if _of(row, "text"):
            by_code.setdefault(_of(row, "code").casefold(), []).append(row)
    found: list[Finding] = []
    for finding in findings:
        answers = [row for row in by_code.get(finding.code.casefold(), ()) if _speaks_of(row, finding)]
        mine = next((row for row in answers if row.unit == submission.unit), None)
        if not answers and not finding.explanation:
            found.append(finding)
        elif mine is None:
            said = [f"{row.unit_name}: {_of(row, 'text')}" for row in answers]
            found.append(replace(finding, explanation="; ".join(said)))
        elif is_current(mine.values, finding):
            found.append(replace(finding, explanation=_of(mine, "text")))
        else:
            facts = {"rule": finding.code, "seen": _of(mine, "seen"), "values": finding.facts.get("values", "")}
            place = replace(finding.place, ref=TABLE + EXPLANATIONS)
            found += [finding, tell("explanation-outdated", place, finding.unit, **facts)]
    return found


def line_for(finding: Finding, message: str) -> dict[str, str]:
    """A row of the table for a finding, all but the explanation itself."""
    place = finding.place
    return {
        "code": finding.code,
        "place": f"{place.sheet}!{place.cell}" if place.cell else "",
        "about": message,
        "seen": finding.facts.get("values", ""),
        "ref": place.ref,
    }


def is_current(values: Mapping[str, float | str], finding: Finding) -> bool:
    """Whether an explanation was written for the figures the finding speaks of; one typed by hand does not say."""
    seen = str(values.get("seen", "")).strip()
    return not seen or seen == finding.facts.get("values", "").strip()


def _speaks_of(row: TableRow, finding: Finding) -> bool:
    """Whether a row about the same rule speaks of the same cell too: by its name, or by where it stands."""
    ref = _of(row, "ref")
    if ref and not ref.startswith(TABLE):  # all rows of a table share its name
        return ref == finding.place.ref
    sheet, _, cell = _of(row, "place").rpartition("!")
    return not cell or (sheet.strip("'"), cell.replace("$", "").upper()) == (finding.place.sheet, finding.place.cell)


def _of(row: TableRow, column: str) -> str:
    return str(row.values.get(column, "")).strip()
