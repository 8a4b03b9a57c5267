"""A workbook of an older template: read through its declared migration, or refused with the words to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from consolidator import reading
from consolidator.finding import Finding, Severity
from consolidator.form import Form
from consolidator.grid import Grid, Unreadable, read_grid
from consolidator.merging import merge
from consolidator.migrating import migrated
from consolidator.migration import Migration
from consolidator.proofing import RulebookError, prove_migrations
from consolidator.reading import read_submission
from consolidator.sealing import sealed
from consolidator.submission import Submission, TableRow
from consolidator.summarising import summary_workbook
from consolidator.unit import Unit
from consolidator.wording import sentence_of
from tests.older import ADDED_ANSWER, MIGRATION, NEW, OLD, RENAMED_ANSWER
from tests.tampering import cover_of, entered, poured, without_name

UNIT, PARENT = Unit("D-1", "CĐCS Trường Một", "CDCS", "D"), Unit("D", "LĐLĐ huyện", "CTTT", "P")
FIGURES = {
    "cu_luot.actual": 130.0,
    "tvpl_gian_tiep.actual": 30.0,
    "dv_tong.actual": 12.0,
    "cu_bo.actual": 0.0,
}
TASK_ROWS = [{"cu": "Tập huấn", "ten": "thứ hai", "so": 3.0}, {"cu": "Hội thảo", "so": 0.0}]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on version 2 is the form of the day."""
    monkeypatch.setattr(reading, "load", lambda form_id: NEW)


def old_entry(level: str = "CDCS", figures: Mapping[str, float] = FIGURES, unit: Unit = UNIT) -> Submission:
    """What a unit filled into the older template."""
    attributes: dict[str, float | str] = {"cu_luot.note": "lượt người", "cu_bo.note": "không còn"}
    made = entered(OLD.at(level), figures, attributes, {"bai_cu": "Đời sống ổn định."})
    made.tables = {"viec_cu": [TableRow(unit.code, unit.name, row) for row in TASK_ROWS]}
    made.previous = {"cu_luot.actual": 99.0}
    made.unit, made.unit_name = unit.code, unit.name
    return made


SENT = poured(old_entry(), UNIT)


def read(content: bytes) -> tuple[Submission, list[Finding]]:
    return read_submission(read_grid(content))


@pytest.mark.usefixtures("use")
def test_an_older_template_is_read_under_today_s_names() -> None:
    found, _ = read(SENT)
    assert found.view is NEW.at("CDCS")
    assert found.value("tvpl_luot.actual") == 130.0 and found.value("dv_tong.actual") == 12.0
    assert (found.value("tvpl_truc_tiep.actual"), found.value("tvpl_gian_tiep.actual")) == (30.0, None)
    assert found.attributes == {"tvpl_luot.note": "lượt người"}
    assert found.narratives == {RENAMED_ANSWER: "Đời sống ổn định."}
    assert [row.values for row in found.tables["viec"]] == [
        {"ten": "Tập huấn", "so": 3.0},
        {"ten": "Hội thảo", "so": 0.0},
    ]
    assert found.previous == {"tvpl_luot.actual": 99.0}


@pytest.mark.usefixtures("use")
def test_what_was_left_behind_is_told_and_what_was_not_asked_is_no_fault() -> None:
    findings = read(SENT)[1]
    told = [(f.code, f.place.ref, f.facts.get("typed", f.facts.get("count", ""))) for f in findings]
    assert told == [
        ("migrated", "meta.form_version", ""),
        ("migrated-added", "meta.form_version", "7"),
        ("migrated-dropped", "cu_bo.actual", "0"),
        ("migrated-dropped", "cu_bo.note", "không còn"),
        ("migrated-dropped", "t.viec_cu.ten", "thứ hai"),
    ]
    dropped = findings[2]
    assert dropped.severity is Severity.WARNING and dropped.place.cell == read_address("cu_bo.actual")
    assert "Mục đã bỏ" in sentence_of(dropped)[0] and sentence_of(dropped)[1] == "Năm nay không thống kê mục này."


def read_address(name: str) -> str:
    from consolidator.layout import layout_of

    return layout_of(OLD.at("CDCS")).names[name].a1


@pytest.mark.usefixtures("use")
@pytest.mark.parametrize(
    ("name", "told"), [("dv_tong.actual", "dv_tong.actual"), ("cu_luot.actual", "tvpl_luot.actual")]
)
def test_a_cell_that_the_older_template_had_is_missed_when_deleted(name: str, told: str) -> None:
    findings = read(without_name(SENT, name))[1]
    assert [f.place.ref for f in findings if f.code == "cell-missing"] == [told]


@pytest.mark.usefixtures("use")
def test_what_no_declaration_speaks_of_is_told_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that forgot what it drops loses nothing silently."""
    forgetful = replace(MIGRATION, dropped={})
    monkeypatch.setattr(reading, "load", lambda form_id: NEW.varied(migrations=(forgetful,)))
    told = [f.place.ref for f in read(SENT)[1] if f.code == "migrated-dropped"]
    assert told == ["cu_bo.actual", "cu_bo.note", "t.viec_cu.ten"]


@pytest.mark.usefixtures("use")
def test_without_a_declaration_it_is_refused_with_words_for_the_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "load", lambda form_id: NEW.varied(migrations=()))
    with pytest.raises(Unreadable) as caught:
        read(SENT)
    assert (caught.value.code, caught.value.facts) == ("other-version", {"found": "0", "wanted": "2"})


@pytest.mark.usefixtures("use")
def test_a_seal_of_older_names_is_not_compared() -> None:
    made = old_entry()
    content, _ = sealed(SENT, made, "01/10/2023 08:00")
    codes = [f.code for f in read(content)[1]]
    assert "seal-broken" not in codes and "seal-not-compared" in codes


@pytest.mark.usefixtures("use")
def test_a_summary_of_the_older_form_is_read_by_the_level_above() -> None:
    """Rows moved to other sheets, columns of tables in another order: units' lines follow by name."""
    child = replace(old_entry(), own=old_entry().values, attributes={"cu_luot.note": "lượt"})
    own = old_entry("CTTT", {"cu_luot.actual": 7.0, "cu_bo.actual": 4.0}, PARENT)
    own.tables["explanations"] = [
        TableRow("D", "LĐLĐ huyện", {"code": "X", "place": "", "about": "a", "seen": "", "ref": "cu_luot.actual"})
    ]
    merged, _ = merge(own, [child])
    found, findings = read(summary_workbook(merged, cover_of(PARENT, OLD, {})))
    assert (found.value("tvpl_luot.actual"), found.own_value("tvpl_luot.actual")) == (137.0, 7.0)
    (line,) = found.lines
    assert line.values[found.view.position["tvpl_truc_tiep.actual"]] == 30.0
    assert line.values[found.view.position["dv_tong.actual"]] == 12.0
    assert line.narratives == {RENAMED_ANSWER: "Đời sống ổn định."}
    assert line.attributes == {"tvpl_luot.note": "lượt"}
    below = [row.values for row in found.tables["viec"] if row.unit == UNIT.code]
    assert below == [{"ten": "Tập huấn", "so": 3.0}, {"ten": "Hội thảo", "so": 0.0}]
    assert [row.values["ref"] for row in found.tables["explanations"]] == ["tvpl_luot.actual"]
    codes = {f.code for f in findings}
    assert not codes & {"lines-altered", "summary-part-unreadable", "cell-missing", "total-differs"}
    assert ("cu_bo.actual", "4") in [(f.place.ref, f.facts["typed"]) for f in findings if f.code == "migrated-dropped"]


def test_a_name_that_another_is_renamed_onto_gives_way_and_is_told() -> None:
    """The declaration says `b` is what `a` was; a `b` that the file has besides goes nowhere."""
    rows = {"S": [[1.0, 2.0, "0"]]}
    grid = Grid(
        rows, {"tvpl_luot.actual": ("S", 0, 0), "dv_tong.actual": ("S", 0, 1), "meta.form_version": ("S", 0, 2)}
    )
    form = NEW.varied(migrations=(Migration(from_version="0", renamed={"dv_tong": "tvpl_luot"}),))
    moved, _, findings = migrated(grid, form, "CDCS")
    assert moved.named("tvpl_luot.actual") == 2.0
    assert [(f.place.ref, f.facts["typed"]) for f in findings if f.code == "migrated-dropped"] == [
        ("tvpl_luot.actual", "1")
    ]


# ---------- the declaration itself


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cu_luot.actual", "tvpl_luot.actual"),
        ("own.cu_luot.target", "own.tvpl_luot.target"),
        ("weight.cu_luot.actual", "weight.tvpl_luot.actual"),
        ("prev.cu_luot.actual", "prev.tvpl_luot.actual"),
        ("n.bai_cu.more", f"n.{RENAMED_ANSWER}.more"),
        ("t.viec_cu.so", "t.viec.so"),
        ("t.viec_cu.cu", "t.viec.ten"),
        ("t.viec_cu.ten", None),
        ("tl.viec_cu", "tl.viec"),
        ("own.cu_bo.actual", None),
        ("units.PL01", "units.PL01"),
        ("meta.as_of", "meta.as_of"),
    ],
)
def test_names_of_every_kind_are_led_on(old: str, new: str | None) -> None:
    assert MIGRATION.new_name(old) == new


def test_a_measure_of_all_rows_can_come_and_go() -> None:
    one = Migration(from_version="0", dropped={"x.ytd": "Bỏ cột lũy kế."}, added=("x.estimate",))
    assert one.new_name("own.dv_tong.ytd") is None and one.words_for("dv_tong.ytd") == "Bỏ cột lũy kế."
    assert one.adds("own.dv_tong.estimate") and not one.adds("dv_tong.actual")


def prove(form: Form = NEW, **declared: object) -> None:
    migration = Migration(**{"from_version": "0", **declared})  # type: ignore[arg-type]
    prove_migrations(form.varied(migrations=(migration,)))


def test_a_sound_declaration_is_proved() -> None:
    prove_migrations(NEW)


@pytest.mark.parametrize(
    ("declared", "block", "reason"),
    [
        ({"from_version": "2"}, "2", "own version"),
        ({"renamed": {"tvpl_luot": "tvpl_luot"}}, "tvpl_luot", "onto itself"),
        ({"renamed": {"cu": "khong_co"}}, "cu", "which the form lacks"),
        ({"renamed": {"cu": "tvpl_luot.actual"}}, "cu", "another kind"),
        ({"renamed": {"cu": "tvpl_luot", "cu2": "tvpl_luot"}}, "tvpl_luot", "two names"),
        ({"renamed": {"cu": "tvpl_luot"}, "dropped": {"cu": "Bỏ."}}, "cu", "renamed and dropped"),
        ({"renamed": {"dv_tong": "tvpl_luot"}}, "dv_tong", "still has it"),
        ({"dropped": {"dv_tong": "Bỏ."}}, "dv_tong", "still has it"),
        ({"dropped": {"cu": " "}}, "cu", "without words"),
        ({"added": ("khong_co",)}, "khong_co", "the form lacks it"),
        ({"renamed": {"cu": "tvpl_luot"}, "added": ("tvpl_luot",)}, "tvpl_luot", "renamed onto it"),
        ({"renamed": {"t.cu.a": "t.viec.ten"}}, "t.cu.a", "column of another table"),
        ({"renamed": {"n.cu": f"n.{ADDED_ANSWER}x"}}, "n.cu", "which the form lacks"),
    ],
)
def test_a_mistaken_declaration_is_refused(declared: dict[str, object], block: str, reason: str) -> None:
    with pytest.raises(RulebookError, match=reason) as caught:
        prove(**declared)
    assert (caught.value.file, caught.value.block) == (f"{NEW.id}/migrations.toml", block)


def test_a_swap_of_two_names_is_sound_and_two_ways_from_one_version_are_not() -> None:
    prove(renamed={"dv_tong": "tvpl_luot", "tvpl_luot": "dv_tong"})
    with pytest.raises(RulebookError, match="stands twice"):
        prove_migrations(NEW.varied(migrations=(MIGRATION, MIGRATION)))
