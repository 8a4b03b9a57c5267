"""The parent's own part: whatever it typed survives every re-run, also one under a changed form, or is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from consolidator.comparing import changes, own_record
from consolidator.content import blank_submission, cover_of
from consolidator.element import SheetPlan
from consolidator.finding import Finding
from consolidator.form import Form
from consolidator.grid import read_grid
from consolidator.merging import merge
from consolidator.outcome import FileOutcome
from consolidator.ownpart import Before, NoSummary, keep_old, overlaid, own_part, summary_before
from consolidator.reading import read_as
from consolidator.submission import NO_SOURCE, Submission, TableRow
from consolidator.summarising import summary_workbook
from consolidator.wording import FINAL
from tests.district import DISTRICT, NEIGHBOUR, A, B, C, submission
from tests.older import ADDED_ANSWER, NEW, OLD, RENAMED_ANSWER, SHIPPED
from tests.tampering import put_text, resaved, without_name

EXPLANATION = {"code": "SP001", "place": "PL01!E8", "about": "Tăng.", "text": "Do sáp nhập.", "ref": "cu_luot.actual"}
LONG = "Rất dài. " * 4_000


def typed_in(form: Form) -> Submission:
    """A district's own part with something of every kind."""
    own = submission(form, DISTRICT, {})
    own.is_summary = True
    return own


def old_summary(**changed: object) -> bytes:
    """The district's summary under the older form, with everything typed into it that it has room for."""
    own = typed_in(OLD)
    for ref, value in {"cu_luot.actual": 7.0, "cu_bo.actual": 0.0, "dv_tong.actual": 12.5}.items():
        own.values[own.view.position[ref]] = value
    own.narratives = {"bai_cu": "Huyện đã chỉ đạo.", **({"bai_cu": str(changed["text"])} if "text" in changed else {})}
    own.attributes = {"cu_luot.note": "rà soát", "cu_bo.note": "hết"}
    tasks = [{"so": 1.0, "cu": "Một", "ten": "x"}, {"so": 0.0, "cu": "Hai"}, {"cu": "Ba"}]
    own.tables = {
        "viec_cu": [TableRow("D", DISTRICT.name, row) for row in tasks],
        "explanations": [TableRow("D", DISTRICT.name, EXPLANATION)],
    }
    merged, _ = merge(own, [submission(OLD, A, {"cu_luot": 3, "cu_bo": 4})])
    cover = {"meta.version": FINAL, "meta.prepared_by": "Nguyễn Văn A", "meta.as_of": 45_199.0}
    return summary_workbook(merged, cover_of(DISTRICT, OLD, cover))


SUMMARY = old_summary()


@pytest.fixture
def write(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(content: bytes) -> Path:
        path = tmp_path / "tong_hop.xlsx"
        path.write_bytes(content)
        return path

    return write


def before_of(path: Path, form: Form = NEW) -> Before:
    found = summary_before(path, DISTRICT, form)
    assert found is not None
    return found


def homeless(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(f.place.ref, f.facts["typed"]) for f in findings if f.code == "own-homeless"]


def test_under_a_newer_form_all_that_was_typed_is_taken_or_told(write: Callable[[bytes], Path]) -> None:
    before = before_of(write(SUMMARY))
    own, findings = own_part(DISTRICT, NEW, [], before)
    assert own.view is NEW.at("CTTT")
    assert (own.value("tvpl_luot.actual"), own.value("dv_tong.actual")) == (7.0, 12.5)
    assert own.narratives == {RENAMED_ANSWER: "Huyện đã chỉ đạo."}
    assert own.attributes == {"tvpl_luot.note": "rà soát"}
    assert [row.values for row in own.tables["viec"]] == [{"ten": "Một", "so": 1.0}, {"ten": "Hai", "so": 0.0}]
    assert own.tables["explanations"][0].values == {**EXPLANATION, "ref": "tvpl_luot.actual"}
    facts = [own.meta.get(key) for key in ("meta.version", "meta.prepared_by", "meta.as_of")]
    assert facts == [FINAL, "Nguyễn Văn A", 45_199.0]
    assert sorted(homeless(findings)) == [
        ("cu_bo.actual", "0"),
        ("cu_bo.note", "hết"),
        ("t.viec", "Ba"),
        ("t.viec_cu.ten", "x"),
    ]
    assert [f.facts["found"] for f in findings if f.code == "own-outdated"] == ["0"]
    assert {f.unit for f in findings} == {"D"} and {f.place.file for f in findings} == {"tong_hop.xlsx"}
    assert all(f.place.cell for f in findings if f.code == "own-homeless")


def test_without_a_declaration_names_lead_and_the_rest_is_told(write: Callable[[bytes], Path]) -> None:
    before = before_of(write(SUMMARY), NEW.varied(migrations=()))
    own, findings = own_part(DISTRICT, before.submission.view.form, [], before)
    assert (own.value("tvpl_luot.actual"), own.value("dv_tong.actual")) == (None, 12.5)
    told = homeless(findings)
    assert ("cu_luot.actual", "7") in told and ("n.bai_cu", "Huyện đã chỉ đạo.") in told
    assert ("cu_luot.note", "rà soát") in told
    assert ("t.viec_cu", "1; Một; x") in told and ("t.viec_cu", "0; Hai") in told and ("t.viec_cu", "Ba") in told


def test_a_long_text_without_a_home_is_told_to_its_last_word(write: Callable[[bytes], Path]) -> None:
    before = before_of(write(old_summary(text=LONG)), NEW.varied(migrations=()))
    told = "".join(text for ref, text in homeless(before.findings) if ref.startswith("n.bai_cu"))
    assert told.split() == LONG.split()
    assert all(len(text) <= 30_000 for _, text in homeless(before.findings))


def test_what_has_no_home_is_kept_in_a_copy_once(write: Callable[[bytes], Path], tmp_path: Path) -> None:
    path = write(SUMMARY)
    copy = keep_old(path, before_of(path))
    assert copy is not None and copy.parent == tmp_path and copy.read_bytes() == SUMMARY
    assert keep_old(path, before_of(path)) == copy and len(list(tmp_path.iterdir())) == 2
    today = summary_workbook(*_shipped_summary())
    assert keep_old(path, before_of(write(today), SHIPPED)) is None


def test_a_row_gone_from_the_form_without_a_new_version_is_told(write: Callable[[bytes], Path]) -> None:
    """Same version, another structure: a unit's file would be refused, the parent's own words are not."""
    summary, cover = _shipped_summary()
    codes = {"dv_tong"}
    sheets = tuple(
        SheetPlan(code=sheet.code, indicators=tuple(c for c in sheet.indicators if c not in codes))
        for sheet in SHIPPED.sheets
    )
    before = before_of(write(summary_workbook(summary, cover)), SHIPPED.varied(sheets=sheets, rules=()))
    assert homeless(before.findings) == [("dv_tong.actual", "5")]
    assert before.submission.own_value("tvpl_luot.actual") == 2.0
    assert before.kept


def test_a_form_that_gained_a_row_takes_everything(write: Callable[[bytes], Path]) -> None:
    summary, cover = _shipped_summary()
    indicator = replace(SHIPPED.indicators["dv_tong"], code="dv_moi")
    first = SHIPPED.sheets[0]
    sheets = (SheetPlan(code=first.code, indicators=("dv_moi", *first.indicators)), *SHIPPED.sheets[1:])
    gained = SHIPPED.varied(sheets=sheets, indicators={**SHIPPED.indicators, "dv_moi": indicator}, version="9")
    before = before_of(write(summary_workbook(summary, cover)), gained)
    own, findings = own_part(DISTRICT, gained, [], before)
    assert homeless(findings) == [] and not before.kept
    assert (own.value("dv_tong.actual"), own.value("tvpl_luot.actual"), own.value("dv_moi.actual")) == (5.0, 2.0, None)


def _shipped_summary() -> tuple[Submission, dict[str, float | str]]:
    own = submission(SHIPPED, DISTRICT, {"dv_tong": 5, "tvpl_luot": 2})
    merged, _ = merge(own, [submission(SHIPPED, A, {"dv_tong": 3})])
    return merged, cover_of(DISTRICT, SHIPPED, {})  # type: ignore[return-value]


@pytest.mark.parametrize("kind", ["unit", "parent", "form", "no workbook", "report"])
def test_what_is_no_summary_of_this_parent_is_refused(kind: str, write: Callable[[bytes], Path]) -> None:
    parent, content = DISTRICT, SUMMARY
    match kind:
        case "unit":
            content = put_text(SUMMARY, "meta.document", "submission")
        case "parent":
            parent = NEIGHBOUR
        case "form":
            content = put_text(SUMMARY, "meta.form", "nam_2020_003")
        case "no workbook":
            content = b"ghi ch\xc3\xba"
        case "report":
            content = put_text(put_text(SUMMARY, "meta.document", "report"), "meta.form", "")
    path = write(content)
    with pytest.raises(NoSummary, match="tệp văn bản" if kind == "no workbook" else "sổ của đơn vị khác"):
        summary_before(path, parent, NEW)
    assert path.read_bytes() == content


def test_a_figure_that_is_no_number_is_told_under_the_new_form_too(write: Callable[[bytes], Path]) -> None:
    before = before_of(write(put_text(SUMMARY, "own.cu_luot.actual", "vài")))
    assert ("not-a-number", "vài") in [(f.code, f.facts.get("typed")) for f in before.findings]


def test_words_typed_beside_the_cells_of_a_summary_are_told_and_kept(write: Callable[[bytes], Path]) -> None:
    """The next summary is drawn anew: what stands between its cells would be gone."""
    content = summary_workbook(*_shipped_summary())
    assert (before_of(write(content), SHIPPED).findings, before_of(write(content), SHIPPED).kept) == ([], b"")

    def change(book: Workbook) -> None:
        sheet = book["PL01"]
        sheet.cell(sheet.max_row + 3, 3).value = "Nhớ hỏi lại Trạm Ba"

    path = write(resaved(content, change))
    before = before_of(path, SHIPPED)
    assert [f.code for f in before.findings] == ["stray"] and before.kept == path.read_bytes()


def test_a_lost_name_does_not_lose_the_rest(write: Callable[[bytes], Path]) -> None:
    before = before_of(write(without_name(SUMMARY, "own.dv_tong.actual")))
    assert before.submission.own_value("tvpl_luot.actual") == 7.0


# ---------- the parent's own file beside its summary


def test_rows_notes_and_dates_that_the_own_file_says_otherwise_are_told() -> None:
    before, own = typed_in(NEW), typed_in(NEW)
    before.tables = {"viec": [TableRow("D", "", {"ten": "Một", "so": 1.0})]}
    own.tables = {
        "viec": [TableRow("D", "", {"ten": "Một", "so": 1.0}), TableRow("D", "", {"ten": "Hai", "so": 0.0})],
    }
    before.attributes, own.attributes = {"dv_tong.note": "cũ"}, {"dv_tong.note": "mới"}
    before.meta, own.meta = {"meta.as_of": 45_000.0}, {"meta.as_of": 45_001.0}
    kept, findings = overlaid(own, before)
    assert [(f.place.ref, f.facts["typed"]) for f in findings] == [
        ("t.viec", "Hai; 0"),
        ("dv_tong.note", "mới"),
        ("meta.as_of", "16/03/2023"),
    ]
    assert [row.values["ten"] for row in kept.tables["viec"]] == ["Một"]
    assert (kept.attributes["dv_tong.note"], kept.meta["meta.as_of"]) == ("cũ", 45_000.0)


# ---------- any sequence of re-runs

SMALL = SHIPPED.varied(
    sheets=(SheetPlan(code="PL01", indicators=("dv_tong", "tvpl_luot", "kt_dl_tong")),),
    narratives=SHIPPED.narratives[:6],
    rules=(),
)
"""Few rows, so that many weeks pass in a short time."""
VIEW = SMALL.at("CTTT")
UNITS = (A, B, C)
CODES = ("dv_tong.actual", "tvpl_luot.actual", "kt_dl_tong.actual", "dv_tong.target")
figures = st.dictionaries(st.sampled_from(CODES), st.integers(0, 10**12).map(float) | st.just(0.1 + 0.2), max_size=4)
texts = st.text("aăâê ế\nộ=+'<&1", min_size=1, max_size=40).map(str.strip).filter(bool)
steps = st.one_of(
    st.tuples(st.just("arrives"), st.sampled_from(UNITS), figures),
    st.tuples(st.just("withdrawn"), st.sampled_from(UNITS)),
    st.tuples(st.just("figure"), st.sampled_from(CODES), st.integers(0, 10**9).map(float)),
    st.tuples(st.just("narrative"), st.sampled_from(VIEW.answers).map(lambda one: one.id), texts),
    st.tuples(st.just("note"), st.sampled_from(("dv_tong.note", "tvpl_luot.note")), texts),
    st.tuples(st.just("row"), texts),
    st.tuples(st.just("cover"), st.just("meta.prepared_by"), texts),
)


class District:
    """A district office over weeks: units come and go, the parent types into its summary, every step is a re-run."""

    def __init__(self) -> None:
        self.units: dict[str, Submission] = {}
        self.figures: dict[str, float] = {}
        self.narratives: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.rows: list[str] = []
        self.cover: dict[str, str] = {}
        self.content = b""

    def take(self, step: tuple) -> None:  # type: ignore[type-arg]
        match step:
            case "arrives", unit, given:
                self.units[unit.code] = submission(SMALL, unit, given)
            case "withdrawn", unit:
                self.units.pop(unit.code, None)
            case "figure", ref, value:
                self.figures[ref] = value
            case "narrative", id_, text:
                self.narratives[id_] = text
            case "note", name, text:
                self.notes[name] = text
            case "row", text:
                self.rows = [*self.rows, text][:5]
            case "cover", key, text:
                self.cover[key] = text

    def typed(self, before: Submission) -> Submission:
        """The summary read back, after the parent typed into it what it has in mind."""
        own = before.own.copy()
        for ref, value in self.figures.items():
            own[before.view.position[ref]] = value
        rows = [TableRow("D", DISTRICT.name, {"code": "T", "text": text}) for text in self.rows]
        below = [row for row in before.tables.get("explanations", ()) if row.unit != "D"]
        return replace(
            before,
            own=own,
            narratives={**before.narratives, **self.narratives},
            attributes={**before.attributes, **self.notes},
            tables={**before.tables, "explanations": [*rows, *below]},
            meta={**before.meta, **self.cover},
        )

    def run(self) -> tuple[Submission, Submission | None]:
        """Runs again over what is there; the summary and the one before, with what was typed into it since."""
        before = self.typed(self.read()) if self.content else None
        own, findings = own_part(DISTRICT, SMALL, [], Before(Path("sổ.xlsx"), before, []) if before else None)
        assert findings == []
        summary, _ = merge(own, list(self.units.values()))
        cover = cover_of(DISTRICT, SMALL, summary.meta)
        self.content = summary_workbook(summary, cover, digests=own_record(summary))
        return self.read(), before

    def read(self) -> Submission:
        return read_as(read_grid(self.content), VIEW, NO_SOURCE)[0]

    def assert_kept(self, summary: Submission) -> None:
        given = {ref: summary.own_value(ref) for ref in self.figures}
        assert given == self.figures
        narratives = {id_: text.split() for id_, text in summary.narratives.items()}
        assert narratives == {id_: text.split() for id_, text in self.narratives.items()}
        assert {name: str(summary.attributes[name]).split() for name in self.notes} == {
            name: text.split() for name, text in self.notes.items()
        }
        mine = [row.values["text"] for row in summary.tables.get("explanations", ()) if row.unit == "D"]
        assert mine == self.rows
        assert {key: summary.meta[key] for key in self.cover} == self.cover
        assert [line.unit for line in summary.lines] == sorted(self.units)


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(steps, min_size=1, max_size=8))
def test_any_sequence_of_re_runs_keeps_what_the_parent_typed(sequence: list[tuple]) -> None:  # type: ignore[type-arg]
    office = District()
    office.run()
    for step in sequence:
        office.take(step)
        summary, _ = office.run()
        office.assert_kept(summary)
    content = office.content
    summary, before = office.run()
    assert office.content == content
    assert before is not None and changes(before, summary) == []
    office.assert_kept(summary)


def test_the_own_file_counts_where_nothing_was_typed() -> None:
    own = replace(blank_submission(SHIPPED.at("CTTT"), "D", DISTRICT.name), narratives={ADDED_ANSWER: "Từ tệp."})
    file = FileOutcome("D.xlsx", "D.xlsx", "accepted", "D", submission=own)
    found, _ = own_part(DISTRICT, SHIPPED, [file], Before(Path("sổ.xlsx"), typed_in(SHIPPED), []))
    assert found.narratives == {ADDED_ANSWER: "Từ tệp."}
