"""The rule book: what a regime's folder must hold, and every mistake refused with file, block and reason."""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from consolidator import rulebook
from consolidator.form import Form
from consolidator.rulebook import RulebookError, documents, form_ids, load, rules_folder

INDICATORS = """
[indicators]
tv_luot = { label = "Lượt", unit = "lượt", type = "int", agg = "sum", kind = "flow", level = "CDCS", dept = "VP", sheet = "PL01", source = "1" }
tv_moi = { label = "Mới", unit = "lượt", type = "int", agg = "sum", kind = "flow", level = "CDCS", dept = "VP", sheet = "PL01", source = "1" }
tv_ty_le = { label = "Tỷ lệ", unit = "%", type = "percent", agg = "ratio", kind = "derived", level = "CDCS", dept = "VP", sheet = "PL01", source = "1", derived = "ROUND(tv_moi/tv_luot*100,1)" }
tn_bq = { label = "Bình quân", unit = "đồng", type = "money", agg = "weighted_mean", kind = "flow", level = "CDCS", dept = "VP", sheet = "PL01", source = "1", weight = "tv_luot" }
"""  # noqa: E501
FORM = """
id = "thu"
name = "Báo cáo thử"
kind = "quarterly"
version = "1"
seed = "000"
disclaimer = "Biểu mẫu thử."
issuer = "LĐLĐ tỉnh"
levels = ["CDCS", "CTTT"]
measures = ["target", "actual"]
[period]
id = "2023-Q3"
label = "Quý III"
start = 2023-07-01
end = 2023-09-30
[[sheet]]
code = "PL01"
indicators = ["tv_luot", "tv_moi", "tv_ty_le", "tn_bq"]
"""
NARRATIVES = """
[[narrative]]
path = "I"
id = "phan_mot"
kind = "heading"
heading = "I. PHẦN MỘT"
[[narrative]]
path = "I.1"
id = "tinh_hinh"
kind = "answer"
heading = "Tình hình"
prompt = "Nêu tình hình."
"""
RULES = """
[[rule]]
code = "T1"
check = "tv_moi <= tv_luot"
severity = "error"
message = "Số mới vượt tổng ({measure})."
fix = "Xem lại hai ô."
source = "1"
good = [{ tv_moi = 1, tv_luot = 2 }]
bad = [{ tv_moi = 3, tv_luot = 2 }]
[[rule]]
code = "T2"
check = "LEN(TRIM(n.tinh_hinh)) > 0"
severity = "warning"
message = "Chưa viết."
fix = "Viết."
source = "1"
good = [{ "n.tinh_hinh" = "có" }]
bad = [{ "n.tinh_hinh" = " " }]
"""
INDICATORS_FILE, FORM_FILE = "shared/indicators.toml", "thu/form.toml"
NARRATIVES_FILE, RULES_FILE, SHARED_RULES_FILE = "thu/narratives.toml", "thu/rules.toml", "shared/rules.toml"

Write = Callable[..., Path]


@pytest.fixture
def book(tmp_path: Path) -> Write:
    """Writes the small rule book with one text of one file replaced; returns its folder."""

    def write(file: str = "", old: str = "", new: str = "") -> Path:
        (tmp_path / "shared").mkdir()
        (tmp_path / "thu").mkdir()
        shutil.copy(rules_folder() / "shared" / "catalogue.toml", tmp_path / "shared")
        texts = {INDICATORS_FILE: INDICATORS, FORM_FILE: FORM, NARRATIVES_FILE: NARRATIVES, RULES_FILE: RULES}
        for name, text in {**texts, SHARED_RULES_FILE: ""}.items():
            (tmp_path / name).write_text(text, "utf-8")
        if file:
            text = (tmp_path / file).read_text("utf-8")
            assert old in text
            (tmp_path / file).write_text(text.replace(old, new, 1) if old else text + new, "utf-8")
        return tmp_path

    return write


def test_a_sound_rule_book_loads(book: Write) -> None:
    form = load("thu", book())
    assert [figure.ref for figure in form.at("CDCS").figures] == [
        "tv_luot.target", "tv_luot.actual", "tv_moi.target", "tv_moi.actual",
        "tv_ty_le.target", "tv_ty_le.actual", "tn_bq.target", "tn_bq.actual",
    ]  # fmt: skip
    checks = [check.id for check in form.at("CTTT").checks]
    assert checks == ["T1:tv_moi.target", "T1:tv_moi.actual", "T2:n.tinh_hinh"]


RULE_3 = """
[[rule]]
code = "T3"
check = "tv_luot >= 0"
severity = "error"
message = "m"
fix = "f"
source = "1"
good = [{ tv_luot = 1 }]
bad = [{ tv_luot = -1 }]
"""
NARRATIVE = '[[narrative]]\npath = "I.2"\nid = "ket_qua"\nkind = "answer"\nheading = "h"\nprompt = "p"\n'
RATIO = 'derived = "ROUND(tv_moi/tv_luot*100,1)"'

MISTAKES = [
    # rules
    (RULES_FILE, "tv_moi <= tv_luot", "tv_moi <= tv_lut", "T1", "unknown indicator tv_lut"),
    (RULES_FILE, "tv_moi <= tv_luot", "tv_moi <= tv_luot.actul", "T1", "unknown measure actul"),
    (RULES_FILE, "tv_moi <= tv_luot", "tv_moi <= meta.luot", "T1", "unknown fact meta.luot"),
    (RULES_FILE, "TRIM(n.tinh_hinh)", "TRIM(n.tinh)", "T2", "unknown narrative tinh"),
    (RULES_FILE, "tv_moi <= tv_luot", "tv_moi + tv_luot", "T1", "true or false"),
    (RULES_FILE, "tv_moi <= tv_luot", "tv_moi <= <= tv_luot", "T1", "Unexpected token"),
    (RULES_FILE, '"T2"', '"T1"', "T1", "stands twice"),
    (RULES_FILE, 'severity = "error"', 'severity = "fatal"', "T1", "severity"),
    (RULES_FILE, 'severity = "error"', 'severity = "error"\nseverty = "x"', "T1", "severty: Unexpected keyword"),
    (RULES_FILE, "({measure})", "({label})", "T1", "no fact fills {label}"),
    (RULES_FILE, "({measure})", "({ref.unit})", "T1", "no fact fills {ref.unit}"),
    (RULES_FILE, "({measure})", "({measure)", "T1", "expected '}'"),
    (RULES_FILE, "Xem lại hai ô.", "Xem {cell}.", "T1", "no fact fills {cell}"),
    (RULES_FILE, "good = [{ tv_moi = 1,", "good = [{ tv_moi = 5,", "T1", "good example .* is broken"),
    (RULES_FILE, "good = [{ tv_moi = 1,", "good = [{ tv_mi = 1,", "T1", "good example .* is undecided"),
    (RULES_FILE, "bad = [{ tv_moi = 3,", "bad = [{ tv_moi = 2,", "T1", "bad example .* is holds"),
    (RULES_FILE, "good = [{ tv_moi = 1, tv_luot = 2 }]", "good = []", "T1", "needs a good and a bad example"),
    (RULES_FILE, "bad = [{ tv_moi = 3, tv_luot = 2 }]", "bad = []", "T1", "needs a good and a bad example"),
    (RULES_FILE, "bad = [{ tv_moi = 3, tv_luot = 2 }]", "", "T1", "bad: Field required"),
    (RULES_FILE, "", RULE_3 + 'levels = ["TINH"]\n', "T3", "checks nothing"),
    (RULES_FILE, "", RULE_3 + 'levels = ["XA"]\n', "T3", "levels"),
    (RULES_FILE, "", RULE_3 + 'measures = ["ytd"]\n', "T3", "checks nothing"),
    (RULES_FILE, "", RULE_3.replace("tv_luot", "x") + 'for_each = { kid = "flow" }\n', "T3", "unknown key kid"),
    (RULES_FILE, "", "[[rule]\n", "text", "Expected"),
    (SHARED_RULES_FILE, "", RULE_3.replace("tv_luot >= 0", "tv_luot.actul >= 0"), "T3", "unknown measure actul"),
    # indicators
    (INDICATORS_FILE, "tv_moi =", "dv2020 =", "dv2020", "unlike a cell address"),
    (INDICATORS_FILE, "tv_moi =", "Tv_Moi =", "Tv_Moi", "small ASCII letters"),
    (INDICATORS_FILE, 'dept = "VP"', 'dept = "BAN"', "tv_luot", "unknown dept BAN"),
    (INDICATORS_FILE, 'sheet = "PL01"', 'sheet = "PL99"', "tv_luot", "unknown sheet PL99"),
    (INDICATORS_FILE, 'level = "CDCS"', 'level = "XA"', "tv_luot", "level: Input should be"),
    (INDICATORS_FILE, 'kind = "flow"', 'kind = "flow", part_of = "tv_tong"', "tv_luot", "part_of .* tv_tong"),
    (INDICATORS_FILE, ', weight = "tv_luot"', "", "tn_bq", "needs the indicator of its weights"),
    (INDICATORS_FILE, 'weight = "tv_luot"', 'weight = "tv_lut"', "tn_bq", "weight names an unknown indicator tv_lut"),
    (INDICATORS_FILE, RATIO, 'derived = "tv_mo/tv_luot"', "tv_ty_le", "unknown indicator tv_mo"),
    (INDICATORS_FILE, RATIO, 'derived = "tv_moi.nam/tv_luot"', "tv_ty_le", "unknown measure nam"),
    (INDICATORS_FILE, RATIO, 'derived = "tv_moi > tv_luot"', "tv_ty_le", "not a number"),
    (INDICATORS_FILE, RATIO, 'derived = "tv_ty_le/tv_luot"', "tv_ty_le", "in a circle: tv_ty_le -> tv_ty_le"),
    (INDICATORS_FILE, ', derived = "ROUND(tv_moi/tv_luot*100,1)"', "", "tv_ty_le", "agg ratio and derived ''"),
    (INDICATORS_FILE, 'source = "1" }', 'source = "1", lable = "x" }', "tv_luot", "lable: Unexpected keyword"),
    (INDICATORS_FILE, "", "tv_xa = 3\n", "tv_xa", "is not an indicator"),
    # form
    (FORM_FILE, '"tv_moi",', '"tv_moi", "tv_luot",', "tv_luot", "stands twice"),
    (FORM_FILE, '"tv_moi",', '"tv_moi", "tv_xa",', "tv_xa", "no such indicator"),
    (FORM_FILE, '"tv_moi", ', "", "tv_ty_le", "needs tv_moi, which is not in the form"),
    (FORM_FILE, 'code = "PL01"', 'code = "PL99"', "PL99", "no sheet of the catalogue"),
    (FORM_FILE, '"actual"]', '"actul"]', "actul", "no measure of the catalogue"),
    (FORM_FILE, '"CTTT"]', '"XA"]', "form", "levels.1"),
    (FORM_FILE, 'id = "thu"', 'id = "khac"', "khac", "differs from the folder's name"),
    (FORM_FILE, 'seed = "000"', 'seed = "000"\nseedd = 1', "form", "seedd: Unexpected keyword"),
    (FORM_FILE, "[period]", "[perod]", "form", "period"),
    # narratives
    (NARRATIVES_FILE, "", NARRATIVE.replace("ket_qua", "tinh_hinh"), "tinh_hinh", "stands twice"),
    (NARRATIVES_FILE, "", NARRATIVE.replace("I.2", "I.1"), "I.1", "stands twice"),
    (NARRATIVES_FILE, "", NARRATIVE.replace('"p"', '""'), "ket_qua", "needs a prompt"),
    (NARRATIVES_FILE, "", NARRATIVE.replace("ket_qua", "Kết-quả"), "Kết-quả", "small ASCII letters"),
    (NARRATIVES_FILE, "", NARRATIVE + 'indicators = ["tv_xa"]\n', "ket_qua", "unknown indicator tv_xa"),
    (NARRATIVES_FILE, "", NARRATIVE + 'dept = "BAN"\n', "ket_qua", "unknown dept BAN"),
    (NARRATIVES_FILE, "", NARRATIVE + 'levels = ["XA"]\n', "ket_qua", "levels.0"),
    (NARRATIVES_FILE, "", NARRATIVE + "promt = 1\n", "ket_qua", "promt: Unexpected keyword"),
    # catalogue
    ("shared/catalogue.toml", "rank = 1", 'rank = "một"', "catalogue", "levels.CDCS.rank"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "block", "reason"), MISTAKES)
def test_a_mistake_is_refused(book: Write, file: str, old: str, new: str, block: str, reason: str) -> None:
    with pytest.raises(RulebookError, match=reason) as caught:
        load("thu", book(file, old, new))
    assert (caught.value.file, caught.value.block) == (file, block)


@pytest.mark.parametrize(
    ("file", "old", "new", "blamed", "block", "reason"),
    [
        (SHARED_RULES_FILE, "", RULE_3.replace("T3", "T2"), RULES_FILE, "T2", "stands twice"),
        (INDICATORS_FILE, RATIO, 'derived = "IF(HASFIGURE(n.a),1,0)"', INDICATORS_FILE, "tv_ty_le", "can compute"),
        (FORM_FILE, "", '[derived_override]\ntv_xa = "tv_luot"\n', INDICATORS_FILE, "tv_xa", "is not an indicator"),
    ],
)
def test_two_files_that_do_not_fit_are_refused(
    book: Write, file: str, old: str, new: str, blamed: str, block: str, reason: str
) -> None:
    with pytest.raises(RulebookError, match=reason) as caught:
        load("thu", book(file, old, new))
    assert (caught.value.file, caught.value.block) == (blamed, block)


def test_a_circle_of_two_is_refused(book: Write) -> None:
    more = 'tv_vong = { label = "v", unit = "%", type = "percent", agg = "ratio", kind = "derived", level = "CDCS", '
    more += 'dept = "VP", sheet = "PL01", source = "1", derived = "tv_ty_le*2" }\n'
    folder = book(INDICATORS_FILE, RATIO, 'derived = "tv_vong/2"')
    with (folder / INDICATORS_FILE).open("a", encoding="utf-8") as stream:
        stream.write(more)
    with pytest.raises(RulebookError, match="tv_ty_le -> tv_vong -> tv_ty_le") as caught:
        load("thu", folder)
    assert (caught.value.file, caught.value.block) == (INDICATORS_FILE, "tv_ty_le")


MIGRATION = """
[[migration]]
from_version = "0"
added = ["tn_bq", "x.target"]
[migration.renamed]
tv_cu = "tv_luot"
"n.cu" = "n.tinh_hinh"
[migration.dropped]
tv_bo = "Không còn thống kê."
"""


def test_migrations_are_read_with_the_form(book: Write) -> None:
    folder = book()
    (folder / "thu/migrations.toml").write_text(MIGRATION, "utf-8")
    (one,) = load("thu", folder).migrations
    assert load("thu", folder).migration_from("0") is one and load("thu", folder).migration_from("9") is None
    assert [one.new_name(name) for name in ("tv_cu.actual", "n.cu", "tv_bo.note")] == [
        "tv_luot.actual",
        "n.tinh_hinh",
        None,
    ]


@pytest.mark.parametrize(
    ("old", "new", "block", "reason"),
    [
        ('"tv_luot"', '"tv_lut"', "tv_cu", "which the form lacks"),
        ('"0"', '"1"', "1", "own version"),
        ("added", "aded", "0", "aded: Unexpected keyword"),
        ('"Không còn thống kê."', '""', "tv_bo", "without words"),
    ],
)
def test_a_mistaken_migration_is_refused(book: Write, old: str, new: str, block: str, reason: str) -> None:
    folder = book()
    (folder / "thu/migrations.toml").write_text(MIGRATION.replace(old, new, 1), "utf-8")
    with pytest.raises(RulebookError, match=reason) as caught:
        load("thu", folder)
    assert (caught.value.file, caught.value.block) == ("thu/migrations.toml", block)


def test_decomposed_unicode_is_refused(book: Write) -> None:
    folder = book(RULES_FILE, "Viết.", unicodedata.normalize("NFD", "Viết."))
    with pytest.raises(RulebookError, match="NFC") as caught:
        load("thu", folder)
    assert caught.value.file == RULES_FILE


def test_bytes_that_are_no_utf8_are_refused(book: Write) -> None:
    folder = book()
    (folder / NARRATIVES_FILE).write_bytes(b"# \xff\n")
    with pytest.raises(RulebookError) as caught:
        load("thu", folder)
    assert caught.value.file == NARRATIVES_FILE


def test_a_missing_file_and_a_missing_form_are_refused(book: Write) -> None:
    folder = book()
    (folder / INDICATORS_FILE).unlink()
    with pytest.raises(RulebookError) as caught:
        load("thu", folder)
    assert caught.value.file == INDICATORS_FILE
    with pytest.raises(RulebookError, match="there are: thu"):
        load("khong_co", folder)


def test_an_override_replaces_the_library_s_formula(book: Write) -> None:
    folder = book(FORM_FILE, "", '[derived_override]\ntv_ty_le = "tv_moi/tv_luot.target"\n')
    assert load("thu", folder).indicators["tv_ty_le"].derived == "tv_moi/tv_luot.target"


@pytest.mark.parametrize("form_id", form_ids())
def test_shipped_forms_load_and_prove_their_rules(form_id: str) -> None:
    form = load(form_id)
    assert form.rules and all(rule.good and rule.bad for rule in form.rules)
    assert all(form.at(level).figures and form.at(level).answers for level in form.levels)
    assert load(form_id) is form


def test_what_is_loaded_is_frozen(form: Form) -> None:
    view = form.at("CDCS")
    for thing, name in (
        (form, "name"),
        (view, "level"),
        (form.rules[0], "check"),
        (form.indicators["tvpl_luot"], "label"),
        (form.narratives[0], "heading"),
        (view.figures[0], "measure"),
        (form.catalogue, "sheets"),
    ):
        with pytest.raises(FrozenInstanceError):
            setattr(thing, name, "x")


def test_rules_inside_the_package_come_before_those_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed, the folder beside the package is anybody's."""
    monkeypatch.setattr(rulebook, "__file__", str(tmp_path / "consolidator" / "rulebook.py"))
    (tmp_path / "rules" / "shared").mkdir(parents=True)
    assert rules_folder() == tmp_path / "rules"
    (tmp_path / "consolidator" / "rules" / "shared").mkdir(parents=True)
    assert rules_folder() == tmp_path / "consolidator" / "rules"


def test_documents_have_a_help_text() -> None:
    assert all(block["title"] and block["lines"] for block in documents()["help"]["section"])
