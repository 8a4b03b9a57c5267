"""An older version of the quarterly form, with all that a form can change, and the migration that leads from it."""

from __future__ import annotations

from dataclasses import replace

from consolidator.element import Column, SheetPlan, Table
from consolidator.form import Form
from consolidator.migration import Migration
from consolidator.rulebook import load

SHIPPED = load("quy3_2023_004")
ANSWERS = SHIPPED.at("CDCS").answers
RENAMED_ANSWER, ADDED_ANSWER = ANSWERS[0].id, ANSWERS[1].id
COLUMNS = {
    id_: Column(id=id_, label=id_, type="number" if id_ == "so" else "text") for id_ in ("ten", "cu", "so", "nay")
}


def _table(id_: str, key: str, *columns: Column, rows: int = 4) -> Table:
    return Table(id=id_, path="IX", title="Việc làm", hint="Ghi.", key=key, columns=columns, rows=rows)


TASKS = _table("viec", "ten", COLUMNS["ten"], COLUMNS["nay"], COLUMNS["so"], rows=2)
OLD_TASKS = _table("viec_cu", "cu", COLUMNS["so"], COLUMNS["cu"], COLUMNS["ten"])
"""The task stood in `cu`, what is dropped in `ten`; the columns in another order."""

MIGRATION = Migration(
    from_version="0",
    renamed={
        "cu_luot": "tvpl_luot",
        "tvpl_gian_tiep.actual": "tvpl_truc_tiep.actual",
        "n.bai_cu": f"n.{RENAMED_ANSWER}",
        "t.viec_cu": "t.viec",
        "t.viec_cu.cu": "t.viec.ten",
    },
    dropped={"cu_bo": "Năm nay không thống kê mục này.", "t.viec_cu.ten": "Bỏ cột này."},
    added=("kt_dl_tong", "tvpl_truc_tiep", "tvpl_gian_tiep.actual", f"n.{ADDED_ANSWER}", "t.viec.nay"),
)
NEW = SHIPPED.varied(tables=(*SHIPPED.tables, TASKS), migrations=(MIGRATION,), version="2", rules=())


def _older() -> Form:
    """The same form before: rows under other codes and on other sheets, some not yet there, one since dropped."""
    known = dict(SHIPPED.indicators)
    known["cu_luot"] = replace(known["tvpl_luot"], code="cu_luot", label="Lượt tư vấn cũ")
    known["cu_bo"] = replace(known["tvpl_luot"], code="cu_bo", label="Mục đã bỏ")
    sheets = []
    for sheet in SHIPPED.sheets:
        codes = [c for c in sheet.indicators if c not in ("tvpl_luot", "tvpl_truc_tiep", "kt_dl_tong")]
        codes += ["cu_luot", "cu_bo"] if sheet.code == SHIPPED.sheets[0].code else []
        sheets.append(SheetPlan(code=sheet.code, indicators=tuple(codes)))
    narratives = tuple(
        replace(one, id="bai_cu") if one.id == RENAMED_ANSWER else one
        for one in SHIPPED.narratives
        if one.id != ADDED_ANSWER
    )
    tables = (*SHIPPED.tables, OLD_TASKS)
    return SHIPPED.varied(
        version="0", indicators=known, sheets=tuple(sheets), narratives=narratives, tables=tables, rules=()
    )


OLD = _older()
