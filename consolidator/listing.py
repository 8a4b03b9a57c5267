"""Flat lists for people who count further: every figure with its cell, every form with its parts, findings as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from consolidator.element import Column, Narrative
from consolidator.expression import to_text
from consolidator.finding import Finding
from consolidator.form import Form
from consolidator.ledger import ledger_json
from consolidator.outcome import FileOutcome, Outcome
from consolidator.submission import Submission
from consolidator.visible import escaped
from consolidator.wording import message_of

if TYPE_CHECKING:
    from pandas import DataFrame

    from consolidator.flattening import Difference
    from consolidator.recursing import TreeOutcome

COLUMNS = ("file", "unit", "form", "period", "ref", "indicator", "measure", "value", "own", "children", "sheet", "cell")


def figures_of(submission: Submission) -> Iterator[dict[str, Any]]:
    """One record (keys `COLUMNS`) for each figure that is not blank. `own` and `children` make up `value`.

    For a unit's own workbook `own` is the value and `children` is None; a derived figure has neither.
    """
    children = _children(submission)
    for figure in submission.view.figures:
        value = submission.value(figure.ref)
        if value is None:
            continue
        sheet, cell = submission.place(figure.ref)
        own = None if figure.derived is not None else submission.own_value(figure.ref)
        yield dict(
            zip(
                COLUMNS,
                (
                    submission.source.file,
                    submission.unit,
                    submission.view.form.id,
                    submission.period,
                    figure.ref,
                    figure.indicator.code,
                    figure.measure,
                    value,
                    own,
                    children.get(figure.ref) if figure.derived is None else None,
                    sheet,
                    cell,
                ),
                strict=True,
            )
        )


def _children(submission: Submission) -> dict[str, float]:
    """What the children alone come to, merged the way the indicator merges."""
    from consolidator.merging import Parts, add_up
    from consolidator.submission import empty_values

    if not submission.is_summary:
        return {}
    view = submission.view
    totals = add_up(Parts(view, empty_values(view), {}, submission.lines))
    return {f.ref: float(v) for f, v in zip(view.figures, totals.values, strict=True) if v == v}


def frame(submissions: Sequence[Submission]) -> DataFrame:
    """All figures of submissions as a pandas table with columns `COLUMNS`."""
    import pandas

    return pandas.DataFrame([record for s in submissions for record in figures_of(s)], columns=list(COLUMNS))


def files_json(files: Sequence[FileOutcome], form: Form | None = None) -> list[dict[str, Any]]:
    """Files as in the documented JSON of `check` and `run`."""
    return [
        {
            "file": file.file,
            "unit": file.unit,
            "form": file.form,
            "status": file.status,
            "findings": [_finding(f, file.submission.view.form if file.submission else form) for f in file.findings],
        }
        for file in files
    ]


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """A batch as in the documented JSON of `run`."""
    return {
        "files": files_json(outcome.files, outcome.form),
        "parent": outcome.parent.code,
        "expected": len(outcome.expected),
        "accepted": outcome.count("accepted"),
        "rejected": outcome.count("rejected"),
        "ignored": outcome.count("ignored"),
        "missing": [unit.code for unit in outcome.missing],
        "waiting": [unit.code for unit in outcome.waiting],
        "left_out": [unit.code for unit in outcome.left_out],
        "provisional": outcome.provisional,
        "summary": outcome.summary_file,
        "summary_findings": [_finding(f, outcome.form) for f in outcome.summary_findings],
        "report": outcome.report_file,
        "decisions": outcome.decisions_file,
        "data": outcome.data,
        "returns": [
            {"unit": one.unit.code, "verdict": one.verdict.value, "letter": one.letter, "copy": one.copy}
            for one in outcome.returns
        ],
        "ledger": ledger_json(outcome.ledger) if outcome.ledger else None,
    }


def _finding(finding: Finding, form: Form | None) -> dict[str, str]:
    place = finding.place
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "sheet": place.sheet,
        "cell": place.cell,
        "ref": place.ref,
        "message": message_of(finding, form),
        "explanation": finding.explanation,
        "accepted": finding.accepted,
    }


def tree_json(tree: TreeOutcome, differences: Sequence[Difference] | None) -> dict[str, Any]:
    """A whole tree: its levels from the bottom up, folders of nobody, and the flat check (null where not asked)."""
    return {
        "levels": [
            {
                "unit": level.unit.code,
                "folder": level.shown,
                "reason": level.reason,
                "outcome": outcome_json(level.outcome) if level.outcome else None,
            }
            for level in tree.levels
        ],
        "folders": [_finding(finding, None) for finding in tree.strangers],
        "flat": None
        if differences is None
        else [
            {"ref": one.ref, "label": one.label, "by_levels": one.by_levels, "from_base": one.from_base}
            for one in differences
        ],
    }


def form_json(form: Form) -> dict[str, Any]:
    """A form as in the documented JSON of `forms`."""
    codes = dict.fromkeys(code for sheet in form.sheets for code in sheet.indicators)
    return {
        "id": form.id,
        "name": form.name,
        "kind": form.kind,
        "version": form.version,
        "period": form.period.id,
        "levels": list(form.levels),
        "measures": list(form.measures),
        "departments": dict(form.catalogue.departments),
        "deadlines": {level: day.isoformat() for level, day in form.deadlines.items()},
        "accepts": list(form.accepts),
        "indicators": [_indicator(form, code) for code in codes],
        "narratives": [_narrative(one) for one in form.narratives],
        "tables": [
            {
                "id": table.id,
                "path": table.path,
                "title": table.title,
                "levels": list(table.levels),
                "department": table.dept,
                "columns": [_column(column) for column in table.columns],
                "fixed_rows": [dict(row) for row in table.fixed],
            }
            for table in form.tables
        ],
        "rules": [
            {
                "code": code,
                "severity": check.rule.severity.value,
                "check": check.rule.check,
                "message": check.rule.message,
                "fix": check.rule.fix,
                "source": check.rule.source,
                "instances": instances,
            }
            for code, (check, instances) in _rules(form).items()
        ],
    }


def _narrative(one: Narrative) -> dict[str, Any]:
    return {
        "path": one.path,
        "id": one.id,
        "heading": one.heading,
        "kind": one.kind,
        "prompt": one.prompt,
        "levels": list(one.levels),
        "required": one.required,
        "figures": one.figures,
        "clause": one.clause,
        "asks": list(one.asks),
        "department": one.dept,
    }


def _column(column: Column) -> dict[str, Any]:
    return {
        "id": column.id,
        "label": column.label,
        "type": column.type,
        "choices": list(column.choices),
        "required": column.required,
        "derived": column.derived,
        "total": column.total,
    }


def _indicator(form: Form, code: str) -> dict[str, Any]:
    one = form.indicators[code]
    levels = [level for level in form.levels if any(i.code == code for i in form.at(level).indicators)]
    top = form.at(form.levels[-1])
    return {
        "code": code,
        "label": one.label,
        "unit": one.unit,
        "type": one.type,
        "aggregation": one.agg,
        "kind": one.kind,
        "levels": levels,
        "department": one.dept,
        "sheet": one.sheet,
        "measures": [f.measure for f in top.figures if f.indicator.code == code],
        "derived": one.derived,
        "weight": one.weight,
        "part_of": one.part_of,
        "source": one.source,
    }


def _rules(form: Form) -> dict[str, tuple[Any, list[str]]]:
    """Rules that check something in this form, with the texts they become."""
    found: dict[str, tuple[Any, list[str]]] = {}
    for level in form.levels:
        for check in form.at(level).checks:
            texts = found.setdefault(check.rule.code, (check, []))[1]
            text = to_text(check.node)
            if text not in texts:
                texts.append(text)
    return found


def as_json(value: Any) -> str:
    """JSON for files and terminals: Vietnamese stays legible, what nobody would see is escaped, no NaN ever."""
    return escaped(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))
