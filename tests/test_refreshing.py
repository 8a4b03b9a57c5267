"""New figures in an edited draft: what people wrote stays, what they changed inside a figure's place is named."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from docx import Document
from docx.oxml.ns import qn

from consolidator import printing, writtencommands
from consolidator.cli import main
from consolidator.console import CANNOT, CLEAN, ERRORS
from consolidator.drafting import draft
from consolidator.form import Form
from consolidator.merging import merge
from consolidator.refreshing import CannotDraft, refreshed
from consolidator.submission import Submission
from consolidator.wordfile import word_file
from tests.district import DISTRICT, A, entry, put, submission
from tests.wordreading import controls, text_of

OLD = {"tvpl_luot": 130, "tvpl_truc_tiep": 30, "tvpl_gian_tiep": 100, "gy_vb_so": 12}


def district(form: Form, figures: dict[str, float]) -> Submission:
    return merge(submission(form, DISTRICT, figures), [])[0]


@pytest.fixture(scope="module")
def first(form: Form) -> bytes:
    """A draft as the program wrote it."""
    return word_file(draft(district(form, OLD)))


def edited(content: bytes, change: Callable[[Any], None]) -> bytes:
    """The document after a person worked in it with Word."""
    word, saved = Document(BytesIO(content)), BytesIO()
    change(word)
    word.save(saved)
    return saved.getvalue()


def places(word: Any, key: str) -> list[Any]:
    """The controls of a key."""
    found = word.element.body.iter(qn("w:sdt"))
    return [one for one in found if one.find(qn("w:sdtPr")).find(qn("w:tag")).get(qn("w:val")) == key]


def type_in(control: Any, text: str) -> None:
    (run,) = control.iter(qn("w:t"))
    run.text = text


def said(content: bytes, key: str) -> list[str]:
    return [text for name, text, _ in controls(content) if name == key]


def test_a_correction_changes_figures_and_no_words(form: Form, first: bytes) -> None:
    def rewrite(word: Any) -> None:
        (place,) = places(word, "tvpl_luot.actual")
        place.getprevious().find(qn("w:t")).text = "Trong quý, văn phòng tôi đã tư vấn tất cả "
        word.paragraphs[4].add_run(" Câu do người soạn viết thêm: 130.")

    mine = edited(first, rewrite)
    done = refreshed(mine, district(form, OLD | {"tvpl_luot": 131, "tvpl_truc_tiep": 31}))
    assert said(done.content, "tvpl_luot.actual") == said(done.content, "tvpl_luot.actual~cell") == ["131"]
    assert said(done.content, "tvpl_gian_tiep.actual") == ["100"]
    assert {key for key in done.changed if "ytd" not in key} == {
        f"{code}.actual{way}" for code in ("tvpl_luot", "tvpl_truc_tiep") for way in ("", "~cell")
    }
    assert (done.kept, done.unknown, done.unplaced) == ((), (), ())
    told = "\n".join(text_of(p._p) for p in Document(BytesIO(done.content)).paragraphs)
    assert "văn phòng tôi đã tư vấn tất cả 131 lượt" in told and "Câu do người soạn viết thêm: 130." in told
    with ZipFile(BytesIO(mine)) as old, ZipFile(BytesIO(done.content)) as new:
        assert new.namelist() == old.namelist()
        assert {n for n in old.namelist() if old.read(n) != new.read(n)} == {"word/document.xml", "customXml/item2.xml"}


def test_without_a_correction_nothing_changes(form: Form, first: bytes) -> None:
    done = refreshed(first, district(form, OLD))
    assert done.changed == {}
    with ZipFile(BytesIO(first)) as old, ZipFile(BytesIO(done.content)) as new:
        assert [n for n in old.namelist() if old.read(n) != new.read(n)] == []


def test_a_figure_changed_by_hand_is_named_and_kept_again_and_again(form: Form, first: bytes) -> None:
    mine = edited(first, lambda word: type_in(places(word, "tvpl_luot.actual")[0], "hơn 130"))
    again = refreshed(mine, district(form, OLD | {"tvpl_luot": 131}))
    for now, written in (("131", "130"), ("140", "131")):
        again = refreshed(mine, district(form, OLD | {"tvpl_luot": float(now)}))
        (kept,) = again.kept
        assert (kept.stands, kept.written, kept.now) == ("hơn 130", written, now)
        assert said(again.content, "tvpl_luot.actual") == ["hơn 130"]
        assert said(again.content, "tvpl_luot.actual~cell") == [now]
        mine = again.content


def test_what_a_person_corrected_to_the_same_figure_is_no_difference(form: Form, first: bytes) -> None:
    mine = edited(first, lambda word: type_in(places(word, "tvpl_luot.actual")[0], "131"))
    done = refreshed(mine, district(form, OLD | {"tvpl_luot": 131}))
    assert done.kept == () and said(done.content, "tvpl_luot.actual") == ["131"]
    assert refreshed(done.content, district(form, OLD | {"tvpl_luot": 132})).kept == ()


def test_placeholders_come_and_go_with_their_mark(form: Form, first: bytes) -> None:
    key = "cdcs_tl_moi.actual"
    assert said(first, key) == ["[chưa có số liệu]"]
    done = refreshed(first, district(form, OLD | {"cdcs_tl_moi": 4, "gy_vb_so": np.nan}))
    marked = {name: bool(list(one.iter(qn("w:highlight")))) for name, _, one in controls(done.content)}
    assert (said(done.content, key), said(done.content, "gy_vb_so.actual")) == (["4"], ["[chưa có số liệu]"])
    assert (marked[key], marked["gy_vb_so.actual"], marked[f"{key}~cell"], marked["gy_vb_so.actual~cell"]) == (
        *(False, True),
        *(False, True),
    )
    back = refreshed(done.content, district(form, OLD)).content
    assert [(name, text) for name, text, _ in controls(back)] == [(name, text) for name, text, _ in controls(first)]


def test_copied_split_and_deleted_places(form: Form, first: bytes) -> None:
    """Word copies controls with their tags, cuts runs in two while one types, and people delete sentences."""

    def work(word: Any) -> None:
        (one,) = places(word, "tvpl_luot.actual")
        one.getparent().addnext(deepcopy(one.getparent()))
        copy = places(word, "tvpl_luot.actual")[1]
        (run,) = copy.iter(qn("w:r"))
        run.addnext(deepcopy(run))
        first_part, second_part = copy.iter(qn("w:t"))
        first_part.text, second_part.text = "13", "0"
        (gone,) = places(word, "gy_vb_so.actual")
        gone.getparent().getparent().remove(gone.getparent())

    done = refreshed(edited(first, work), district(form, OLD | {"tvpl_luot": 1_250, "gy_vb_so": 15}))
    assert said(done.content, "tvpl_luot.actual") == ["1.250", "1.250"]
    assert (said(done.content, "gy_vb_so.actual"), said(done.content, "gy_vb_so.actual~cell")) == ([], ["15"])


def test_figures_that_arrived_without_a_sentence_are_named(form: Form, first: bytes) -> None:
    """A year-to-date that was blank had no place in the sentence; the appendix has it, and the report says so."""
    done = refreshed(first, district(form, OLD | {"tvpl_luot.ytd": 300}))
    assert [label for label in done.unplaced if "tư vấn" in label.lower()] != []
    assert said(done.content, "tvpl_luot.ytd~cell") == ["300"]


def test_a_form_that_lost_a_figure_leaves_its_place(form: Form, first: bytes) -> None:
    fewer = form.varied(sheets=tuple(s for s in form.sheets if s.code != "PL03"), rules=())
    done = refreshed(first, district(fewer, {}))
    assert "tvpl_luot.actual" in done.unknown and said(done.content, "tvpl_luot.actual") == ["130"]


def test_what_is_no_draft_of_this_report_is_refused(form: Form, first: bytes) -> None:
    summary = district(form, OLD)
    other = merge(submission(form, A, {}), [])[0]
    foreign = BytesIO()
    Document().save(foreign)
    for content, with_summary, words in (
        (b"no zip", summary, "không phải tệp Word"),
        (foreign.getvalue(), summary, "không phải bản dự thảo"),
        (first, other, "là của đơn vị “D”"),
    ):
        with pytest.raises(CannotDraft, match=words):
            refreshed(content, with_summary)


@pytest.fixture
def workbook(form: Form, tmp_path: Path) -> Path:
    return put(tmp_path, form, entry(A, {"tvpl_luot": 12, "tvpl_truc_tiep": 3, "tvpl_gian_tiep": 9}))


def test_the_command_drafts_refuses_to_overwrite_and_refreshes(
    workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "báo cáo.docx"
    command = ["draft", str(workbook), "--out", str(out)]
    assert main([*command, "--refresh"]) == CANNOT and "Không có bản dự thảo" in capsys.readouterr().err
    assert main(command) == CLEAN and "tô vàng" in capsys.readouterr().out
    before = out.read_bytes()
    assert main(command) == CANNOT and "--refresh" in capsys.readouterr().err
    assert out.read_bytes() == before
    out.write_bytes(edited(before, lambda word: type_in(places(word, "tvpl_luot.actual")[0], "mười hai")))
    monkeypatch.setattr(printing, "office", lambda: None)
    assert main([*command, "--refresh"]) == ERRORS
    assert "bản thảo ghi “mười hai”, lần trước máy ghi “12”" in capsys.readouterr().err
    assert main([*command, "--refresh", "--pdf"]) == CANNOT and "LibreOffice" in capsys.readouterr().err
    assert main(["draft", str(workbook), "--out", str(tmp_path / "x.doc")]) == CANNOT
    assert main(["draft", str(out), "--out", str(tmp_path / "y.docx")]) == CANNOT
    assert "Không lập được báo cáo" in capsys.readouterr().err


def test_without_python_docx_the_command_says_how_to_get_it(
    workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writtencommands, "find_spec", lambda name: None)
    assert main(["draft", str(workbook), "--out", str(tmp_path / "x.docx")]) == CANNOT
    assert 'pip install "consolidator[word]"' in capsys.readouterr().err
