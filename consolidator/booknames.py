"""What is in our workbooks by name: what each of them is, its sheets, facts of the cover and of the hidden sheet."""

from __future__ import annotations

from consolidator.form import Form

COVER, HELP, CHECKS, META = "Bìa", "Hướng dẫn", "Kiểm tra", "_meta"
ONLY_SHOW = (HELP, CHECKS)
"""Sheets of a form on which nothing is typed."""
SUBMISSION, SUMMARY, PART, REPORT = "submission", "summary", "part", "report"
"""What a workbook is: a unit's own, a parent's summary, a department's part of one, the report of a batch."""
DECISIONS = "decisions"
"""What the workbook is in which staff decide what waits; beside the report of a batch."""
RESULTS, FIXES = "Kết quả kiểm tra", "Chuẩn hóa"
OURS = (RESULTS, FIXES)
"""Sheets that the add-in puts into an open workbook: no part of a report."""
TEXTS, SOURCES = "Thuyết minh ĐV", "Nguồn"
KEY, BESIDE = "Kết quả chính", "So sánh đơn vị"
"""Pages of a summary that show what its other sheets say; nothing is typed there."""
PAGE_MARKS = {KEY: "key.marks", BESIDE: "beside.marks"}
"""Names of the top of a hidden column on each, which says of every row what of it we draw (`lettering.span_words`)."""
CARRIED = ("meta.version", "meta.as_of", "meta.report_date")
"""Facts of a child that its parent's summary keeps, in the order of their columns on the sheet of sources."""
TEXTS_START, SOURCES_START, REMARKS_START = "lines.texts", "lines.start", "lines.remarks"
"""Names in a summary: where the units' narratives, the list of units and their remarks on rows begin."""

SEALED_ON, SEAL = "meta.sealed_on", "meta.seal"
SEAL_KEYS = (SEALED_ON, "meta.sealed_by", SEAL)
"""When a report was handed in, by which version of the program, and the digest of what it says."""
UNSEALED = "-"
"""What stands in those cells before: a cell that is never empty is never dropped when the workbook is saved."""
LINES_DIGEST = "meta.lines_digest"
"""In a summary: the digest of all that it says of its children, written at consolidation."""

META_KEYS = (
    "meta.form",
    "meta.form_version",
    "meta.fingerprint",
    "meta.document",
    "meta.department",
    "meta.program",
    "meta.level",
    "meta.parent_level",
    "meta.period",
    "meta.period_start",
    "meta.period_end",
    "meta.deadline",
    "meta.term_start",
    "meta.term_end",
    "meta.elapsed",
    "meta.children",
    "meta.notice",
    "meta.digests",
    LINES_DIGEST,
    *SEAL_KEYS[1:],
)
"""What travels in the hidden sheet, above last period's figures."""

COVER_GIVEN = ("meta.unit", "meta.unit_name", "meta.level_name", "meta.parent", "meta.period_label")
"""What the cover shows first; the unit does not type it."""


NEEDED_DATES = ("meta.as_of", "meta.report_date", "meta.submitted_on")
"""Dates of the cover without which a report cannot be placed in time."""


def cover_keys(form: Form) -> tuple[str, ...]:
    """What the cover of a form shows, in order; `cover_inputs` of it are typed by the unit."""
    dates = ["meta.as_of", "meta.report_date"]
    dates += ["meta.submitted_on"] * bool(form.deadlines) + [f"meta.{name}" for name in form.cover]
    return (*COVER_GIVEN, *dates, "meta.version", "meta.approved_on", "meta.prepared_by", "meta.approved_by", SEALED_ON)


def cover_inputs(form: Form) -> tuple[str, ...]:
    """What a unit types on the cover."""
    return tuple(key for key in cover_keys(form) if key not in (*COVER_GIVEN, SEALED_ON))
