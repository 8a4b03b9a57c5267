"""A season of three levels, day by day: what arrives, what clerks do, and what the ledger must say that evening.

District Đồng (D) has four unions, district Én (E) two, the province (P) is above both. Each day says what happens and
what is no longer as it was the day before; the runner keeps the rest, and runs every day twice.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from consolidator.finding import Severity
from consolidator.grid import read_grid
from consolidator.listing import outcome_json
from consolidator.outcome import Outcome
from consolidator.tracing import trace
from consolidator.unit import Unit
from consolidator.verdict import serial
from tests.season import Office, Seen, Sent, write_rules

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers inherit the season's rules by fork")

P = Unit("P", "LĐLĐ tỉnh", "TINH")
D, E = Unit("D", "LĐLĐ huyện Đồng", "CTTT", "P"), Unit("E", "LĐLĐ huyện Én", "CTTT", "P")
ONE, TWO = Unit("D-1", "CĐCS Trường Một", "CDCS", "D"), Unit("D-2", "CĐCS Công ty Hai", "CDCS", "D")
THREE, FOUR = Unit("D-3", "CĐCS Trạm Ba", "CDCS", "D"), Unit("D-4", "CĐCS Xã Bốn", "CDCS", "D")
FIVE, SIX = Unit("E-1", "CĐCS Trường Năm", "CDCS", "E"), Unit("E-2", "CĐCS Chợ Sáu", "CDCS", "E")
FOUR_OF_THE_PROVINCE = replace(FOUR, parent="P")

# ---------- the form, cut to seven rows; from day 7 on its second version

FORM_FILE = """
name = "Báo cáo quý III năm 2023"
kind = "quarterly"
version = "{version}"
levels = ["CDCS", "CTTT", "TINH"]
measures = ["actual"]
[period]
id = "2023-Q3"
label = "Quý III năm 2023"
start = 2023-07-01
end = 2023-09-30
[deadlines]
CDCS = 2023-09-20
[[sheet]]
code = "PL01"
indicators = ["cnvcld_hcsn", "thu_nhap_bq_hcsn"]
[[sheet]]
code = "PL02"
indicators = ["dv_tong", "kt_dl_tong", {rows}]
"""
NARRATIVES = """
[[narrative]]
path = "I"
id = "doi_song"
kind = "answer"
heading = "Đời sống của người lao động"
prompt = "Tình hình đời sống."
dept = "VP"
required = false
"""
LATE = """
[[rule]]
code = "DL901"
check = "meta.submitted_on < meta.deadline"
severity = "warning"
message = "Báo cáo gửi chậm."
fix = "Báo cáo vẫn được nhận; lần sau gửi sớm hơn."
source = "004:1"
levels = ["CDCS"]
good = [{ "meta.submitted_on" = 2023-09-19, "meta.deadline" = 2023-09-20 }]
bad = [{ "meta.submitted_on" = 2023-09-20, "meta.deadline" = 2023-09-20 }]
"""
MIGRATION = """
[[migration]]
from_version = "1"
renamed = { bai_viet = "tin_bai" }
dropped = { tt_toa_vu = "Từ nay không báo cáo mục này." }
added = ["pbxh_so"]
"""
GONE, RENAMED = "own.tt_toa_vu.actual", {"own.bai_viet.actual": "own.tin_bai.actual"}
"""What the migration does to cells that the district types into."""
FIRST = {"form.toml": FORM_FILE.format(version="1", rows='"bai_viet", "tt_toa_vu"')}
SECOND = {"form.toml": FORM_FILE.format(version="2", rows='"tin_bai", "pbxh_so"'), "migrations.toml": MIGRATION}
BOTH = {"narratives.toml": NARRATIVES, "rules.toml": LATE}

WATCHED = ("DL901", "BD061", "file-chosen", "counted-below", "counted-twice", "migrated", "migrated-dropped",
           "own-outdated", "own-homeless", "own-conflict", "total-differs", "lines-altered")  # fmt: skip
"""Sent late; an income of 900.000 đồng (BD061); and whatever might be said of own figures and of older templates."""


@dataclass(frozen=True)
class Day:
    """What happens on a day, and what is seen in which folders after it has been run.

    `run` is the folder that is run, with `tree` all below it too. In `seen`, by unit, `files`, `replaced`, `totals`
    and `own` hold only what is not as it was on the last day; all else is what is seen that day.
    """

    story: str
    run: str
    happens: Callable[[Office], None]
    seen: Mapping[str, Seen] = field(default_factory=dict)
    tree: bool = False


def september(day: int) -> date:
    return date(2023, 9, day)


def ours(code: str) -> dict[str, str]:
    """What we ourselves wrote into a folder, in the table of files of the next run."""
    names = (f"Tổng hợp {code}.xlsx", f"Báo cáo kiểm tra {code}.xlsx", "decisions.xlsx")
    return dict.fromkeys(names, "passed_over ignored-output")


# ---------- 1: Monday, 11 September


def drafts_arrive(office: Office) -> None:
    office.lists(P, D, ONE, TWO, THREE, FOUR, E, FIVE, SIX)
    school = {"cnvcld_hcsn": 100, "thu_nhap_bq_hcsn": 6_000_000}
    office.receives("D", {
        "một.xlsx": Sent(ONE, september(11), {"dv_tong": 100, "kt_dl_tong": 2, "bai_viet": 5, **school}),
        "hai.xlsx": Sent(TWO, september(11), {"dv_tong": 80, "cnvcld_hcsn": 50, "thu_nhap_bq_hcsn": 900_000}),
    })  # fmt: skip


DRAFTS = Seen(
    files={"một.xlsx": "merged", "hai.xlsx": "merged"},
    ledger="2 files = 2 merged; 4 units = 2 + 0 + 2; 8 figures, 0 texts",
    missing="D-3 D-4",
    told=[("hai.xlsx", "BD061")],
    totals={"dv_tong": 100 + 80, "kt_dl_tong": 2, "bai_viet": 5, "cnvcld_hcsn": 100 + 50,
            "thu_nhap_bq_hcsn": (100 * 6_000_000 + 50 * 900_000) / 150},
)  # fmt: skip

# ---------- 2: corrections under other names, one final and one with a later date; the drafts stay in the folder


def corrections_arrive(office: Office) -> None:
    school = {"cnvcld_hcsn": 100, "thu_nhap_bq_hcsn": 6_000_000}
    figures = {"dv_tong": 103, "kt_dl_tong": 2, "bai_viet": 6, "tt_toa_vu": 1, **school}
    firm = {"dv_tong": 82, "cnvcld_hcsn": 50, "thu_nhap_bq_hcsn": 900_000}
    office.receives("D", {
        "Báo cáo quý III.xlsx": Sent(ONE, september(11), figures, "Đời sống ổn định.", final=True),
        "hai sửa.xlsx": Sent(TWO, september(12), firm),
    })  # fmt: skip


CORRECTIONS = Seen(
    files={"Báo cáo quý III.xlsx": "merged", "hai sửa.xlsx": "merged",
           "một.xlsx": "replaced duplicate-older", "hai.xlsx": "replaced duplicate-older"},
    ledger="7 files = 2 merged + 2 replaced + 3 passed_over; 4 units = 2 + 0 + 2; 9 figures, 1 texts",
    missing="D-3 D-4",
    told=[("hai sửa.xlsx", "BD061")],
    changes=[("D-1", "dv_tong", 100, 103, "corrected"), ("D-1", "bai_viet", 5, 6, "corrected"),
             ("D-1", "tt_toa_vu", None, 1, "corrected"),
             ("D-1", "n.doi_song", None, "Đời sống ổn định.", "corrected"),
             ("D-2", "dv_tong", 80, 82, "corrected")],
    replaced={"D-1": [("bai_viet", 5, 6), ("dv_tong", 100, 103), ("n.doi_song", None, "Đời sống ổn định."),
                      ("tt_toa_vu", None, 1)],
              "D-2": [("dv_tong", 80, 82)]},
    totals={"dv_tong": 103 + 82, "bai_viet": 6, "tt_toa_vu": 1},
)  # fmt: skip

# ---------- 3: a copy, a report of the other district's school, and one of the last quarter


def strangers_arrive(office: Office) -> None:
    office.receives("D", {
        "một (1).xlsx": office.folder("D") / "Báo cáo quý III.xlsx",
        "năm.xlsx": Sent(FIVE, september(13), {"dv_tong": 70, "bai_viet": 2}),
        "ba.xlsx": Sent(THREE, september(13), {"dv_tong": 60}, is_last_quarter=True),
    })  # fmt: skip


STRANGERS = Seen(
    files={"một (1).xlsx": "replaced duplicate-same", "năm.xlsx": "rejected foreign-unit",
           "ba.xlsx": "rejected other-period"},
    ledger="10 files = 2 merged + 3 replaced + 2 rejected + 3 passed_over; 4 units = 2 + 0 + 2; 9 figures, 1 texts",
    missing="D-3 D-4",
    told=[("hai sửa.xlsx", "BD061")],
)  # fmt: skip

# ---------- 4: two reports of Trạm Ba, of the same day and both drafts


def two_that_cannot_be_ordered(office: Office) -> None:
    office.receives("D", {
        "ba Q3.xlsx": Sent(THREE, september(14), {"dv_tong": 50, "kt_dl_tong": 1}),
        "ba Q3 bản hai.xlsx": Sent(THREE, september(14), {"dv_tong": 55, "kt_dl_tong": 1}),
    })  # fmt: skip


UNDECIDED = Seen(
    files={"ba Q3.xlsx": "waiting duplicate-undecided", "ba Q3 bản hai.xlsx": "waiting duplicate-undecided"},
    ledger="12 files = 2 merged + 3 replaced + 2 waiting + 2 rejected + 3 passed_over; "
    "4 units = 2 + 1 + 1; 9 figures, 1 texts",
    missing="D-3 D-4",
    waiting="D-3",
    asked=["ba Q3 bản hai.xlsx", "ba Q3.xlsx"],
    told=[("hai sửa.xlsx", "BD061")],
)

# ---------- 5: the clerk asks, decides, and accepts that the firm pays so little


def the_clerk_decides(office: Office) -> None:
    who = {"Người quyết định": "Lan"}
    office.decides("D", "Quyết định", {"Tệp": "ba Q3 bản hai.xlsx"},
                   {"Lựa chọn": "Lấy tệp này", "Lý do (bắt buộc)": "Trạm trưởng xác nhận", **who})  # fmt: skip
    office.decides("D", "Cảnh báo", {"Mã đơn vị": "D-2", "Quy tắc": "BD061"},
                   {"Chấp nhận (x)": "x", "Lý do (bắt buộc)": "làm nửa ngày", **who})  # fmt: skip


DECIDED = Seen(
    files={"ba Q3 bản hai.xlsx": "merged", "ba Q3.xlsx": "replaced duplicate-decided"},
    ledger="12 files = 3 merged + 4 replaced + 2 rejected + 3 passed_over; 4 units = 3 + 0 + 1; 11 figures, 1 texts",
    missing="D-4",
    asked=["ba Q3 bản hai.xlsx", "ba Q3.xlsx"],
    told=[("ba Q3 bản hai.xlsx", "file-chosen"), ("hai sửa.xlsx", "BD061 ✓")],
    changes=[("D-3", "", None, None, "arrived"), ("D-3", "dv_tong", None, 55, "arrived"),
             ("D-3", "kt_dl_tong", None, 1, "arrived")],
    totals={"dv_tong": 103 + 82 + 55, "kt_dl_tong": 2 + 1},
)  # fmt: skip

# ---------- 6: the district's own work; Xã Bốn signs on the 19th and sends on the 21st, a day too late


def own_work_and_a_late_file(office: Office) -> None:
    office.types("D", {"own.kt_dl_tong.actual": 7, "own.bai_viet.actual": 1, "own.tt_toa_vu.actual": 3,
                       "n.doi_song": "Huyện đã họp.", "dv_tong.note": "đã rà",
                       "meta.report_date": september(25)})  # fmt: skip
    office.receives("D", {"bốn.xlsx": Sent(FOUR, september(19), {"dv_tong": 40, "bai_viet": 4}, sent_on=september(21))})


LATE_FILE = Seen(
    files={"bốn.xlsx": "merged"},
    ledger="13 files = 4 merged + 4 replaced + 2 rejected + 3 passed_over; 4 units = 4 + 0 + 0; 13 figures, 1 texts",
    provisional=False,
    asked=["ba Q3 bản hai.xlsx", "ba Q3.xlsx"],
    told=[("ba Q3 bản hai.xlsx", "file-chosen"), ("bốn.xlsx", "DL901"), ("hai sửa.xlsx", "BD061 ✓")],
    changes=[("D", "kt_dl_tong", None, 7, "own"), ("D", "bai_viet", None, 1, "own"),
             ("D", "tt_toa_vu", None, 3, "own"),
             ("D-4", "", None, None, "arrived"), ("D-4", "dv_tong", None, 40, "arrived"),
             ("D-4", "bai_viet", None, 4, "arrived")],
    totals={"dv_tong": 103 + 82 + 55 + 40, "kt_dl_tong": 2 + 1 + 7, "bai_viet": 6 + 4 + 1, "tt_toa_vu": 1 + 3},
    own={"kt_dl_tong": 7, "bai_viet": 1, "tt_toa_vu": 3, "n.doi_song": "Huyện đã họp.", "dv_tong.note": "đã rà"},
)  # fmt: skip

# ---------- 7: the template's second version; only the firm sends it. `bai_viet` is called `tin_bai` now. What the
# district typed for `tt_toa_vu` has no place any more: it is told, and the old summary kept.


def the_template_changes(office: Office) -> None:
    office.template = "2"
    firm = {"dv_tong": 82, "cnvcld_hcsn": 50, "thu_nhap_bq_hcsn": 900_000, "pbxh_so": 2}
    office.receives("D", {"hai mẫu mới.xlsx": Sent(TWO, september(18), firm, template="2")})


KEPT = "Tổng hợp D (bản cũ).xlsx"
SECOND_TEMPLATE = Seen(
    files={"hai mẫu mới.xlsx": "merged", "hai sửa.xlsx": "replaced duplicate-older"},
    ledger="14 files = 4 merged + 5 replaced + 2 rejected + 3 passed_over; 4 units = 4 + 0 + 0; 13 figures, 1 texts",
    provisional=False,
    asked=["ba Q3 bản hai.xlsx", "ba Q3.xlsx"],
    told=[("", "own-homeless"), ("", "own-outdated"),
          ("Báo cáo quý III.xlsx", "migrated"), ("Báo cáo quý III.xlsx", "migrated-dropped"),
          ("ba Q3 bản hai.xlsx", "file-chosen"), ("ba Q3 bản hai.xlsx", "migrated"),
          ("bốn.xlsx", "DL901"), ("bốn.xlsx", "migrated"), ("hai mẫu mới.xlsx", "BD061 ✓")],
    changes=[("D-2", "pbxh_so", None, 2, "corrected")],
    replaced={"D-1": [("dv_tong", 100, 103), ("n.doi_song", None, "Đời sống ổn định."), ("tin_bai", 5, 6)],
              "D-2": [("dv_tong", 80, 82), ("pbxh_so", None, 2), ("pbxh_so", None, 2)]},
    totals={"bai_viet": None, "tin_bai": 6 + 4 + 1, "tt_toa_vu": None, "pbxh_so": 2},
    own={"bai_viet": None, "tin_bai": 1, "tt_toa_vu": None},
)  # fmt: skip

# ---------- 8: Trạm Ba is dissolved, the list of units is without it; the district answers the new question


def a_unit_is_withdrawn(office: Office) -> None:
    office.lists(P, D, ONE, TWO, FOUR, E, FIVE, SIX)
    office.types("D", {"own.pbxh_so.actual": 1})


WITHDRAWN = Seen(
    files={"ba Q3 bản hai.xlsx": "rejected unknown-unit", "ba Q3.xlsx": "rejected unknown-unit",
           KEPT: "passed_over ignored-output"},
    ledger="15 files = 3 merged + 4 replaced + 4 rejected + 4 passed_over; 3 units = 3 + 0 + 0; 11 figures, 1 texts",
    provisional=False,
    told=[("Báo cáo quý III.xlsx", "migrated"), ("Báo cáo quý III.xlsx", "migrated-dropped"),
          ("bốn.xlsx", "DL901"), ("bốn.xlsx", "migrated"), ("hai mẫu mới.xlsx", "BD061 ✓")],
    changes=[("D", "pbxh_so", None, 1, "own"), ("D-3", "", None, None, "withdrawn"),
             ("D-3", "dv_tong", 55, None, "withdrawn"), ("D-3", "kt_dl_tong", 1, None, "withdrawn")],
    totals={"dv_tong": 280 - 55, "kt_dl_tong": 10 - 1, "pbxh_so": 2 + 1},
    own={"pbxh_so": 1},
)  # fmt: skip

# ---------- 9: both districts hand up by mail. Xã Bốn reports to the province from now on and stands in the summary of
# its old district too: it counts once. So does Trường Một, which sends a copy to the province.


def districts_hand_up(office: Office) -> None:
    office.receives("E", {
        "năm.xlsx": office.folder("D") / "năm.xlsx",
        "sáu.xlsx": Sent(SIX, september(19), {"dv_tong": 30, "tin_bai": 3}, template="2"),
    })  # fmt: skip
    office.runs("E")
    office.types("E", {"own.kt_dl_tong.actual": 4, "meta.report_date": september(26)})
    office.runs("E")
    office.lists(P, D, ONE, TWO, E, FIVE, SIX, FOUR_OF_THE_PROVINCE)
    office.receives("P", {
        "huyện Đồng gửi.xlsx": office.summary_path("D"),
        "huyện Én gửi.xlsx": office.summary_path("E"),
        "bốn.xlsx": office.folder("D") / "bốn.xlsx",
        "một.xlsx": office.folder("D") / "Báo cáo quý III.xlsx",
    })  # fmt: skip


IN_D, IN_E = "D - LĐLĐ huyện Đồng", "E - LĐLĐ huyện Én"
HANDED_UP = Seen(
    files={"huyện Đồng gửi.xlsx": "merged", "huyện Én gửi.xlsx": "merged", "bốn.xlsx": "rejected counted-below",
           "một.xlsx": "rejected foreign-unit",
           IN_D: "passed_over ignored-folder", IN_E: "passed_over ignored-folder"},
    ledger="6 files = 2 merged + 2 rejected + 2 passed_over; 3 units = 2 + 0 + 1; 9 figures, 1 texts",
    missing="D-4",
    told=[("bốn.xlsx", "counted-below")],
    totals={"dv_tong": 225 + (70 + 30), "kt_dl_tong": 9 + 4, "tin_bai": 11 + (2 + 3), "pbxh_so": 3,
            "cnvcld_hcsn": 150, "thu_nhap_bq_hcsn": 4_300_000},
)  # fmt: skip

# ---------- 10: Trường Một corrects itself after all that; the district signs anew, and the whole tree is run. The mail
# of day 9 lies there still: that of Đồng is older now, that of Én the same.


def a_correction_at_the_base(office: Office) -> None:
    figures = {"dv_tong": 109, "kt_dl_tong": 2, "tin_bai": 6, "cnvcld_hcsn": 100, "thu_nhap_bq_hcsn": 6_000_000}
    office.receives("D", {
        "một cuối.xlsx": Sent(ONE, september(27), figures, "Đời sống ổn định.", final=True, template="2")
    })  # fmt: skip
    office.types("D", {"meta.report_date": september(28)})
    office.types("P", {"own.kt_dl_tong.actual": 20, "n.doi_song": "Tỉnh đã họp."})


CORRECTED = {
    "D": Seen(
        files={"một cuối.xlsx": "merged", "Báo cáo quý III.xlsx": "replaced duplicate-older",
               "bốn.xlsx": "rejected foreign-unit"},
        ledger="16 files = 2 merged + 5 replaced + 5 rejected + 4 passed_over; "
        "2 units = 2 + 0 + 0; 9 figures, 1 texts",
        provisional=False,
        told=[("hai mẫu mới.xlsx", "BD061 ✓"), ("một cuối.xlsx", "DL901")],
        changes=[("D-1", "dv_tong", 103, 109, "corrected"), ("D-4", "", None, None, "withdrawn"),
                 ("D-4", "dv_tong", 40, None, "withdrawn"), ("D-4", "tin_bai", 4, None, "withdrawn")],
        replaced={"D-1": [("dv_tong", 100, 109), ("dv_tong", 103, 109), ("n.doi_song", None, "Đời sống ổn định."),
                          ("tin_bai", 5, 6)]},
        totals={"dv_tong": 109 + 82, "tin_bai": 6 + 1},
    ),
    "E": Seen(
        files={"năm.xlsx": "merged", "sáu.xlsx": "merged", **ours("E")},
        ledger="5 files = 2 merged + 3 passed_over; 2 units = 2 + 0 + 0; 4 figures, 0 texts",
        provisional=False,
        told=[("năm.xlsx", "migrated")],
        totals={"dv_tong": 70 + 30, "tin_bai": 2 + 3, "kt_dl_tong": 4},
        own={"kt_dl_tong": 4},
    ),
    "P": Seen(
        files={f"{IN_D}/Tổng hợp D.xlsx": "merged", f"{IN_E}/Tổng hợp E.xlsx": "merged", "bốn.xlsx": "merged",
               "huyện Đồng gửi.xlsx": "replaced duplicate-older", "huyện Én gửi.xlsx": "replaced duplicate-same",
               IN_D: "passed_over folder-consolidated", IN_E: "passed_over folder-consolidated"},
        ledger="11 files = 3 merged + 2 replaced + 1 rejected + 5 passed_over; "
        "3 units = 3 + 0 + 0; 11 figures, 1 texts",
        provisional=False,
        told=[("bốn.xlsx", "DL901"), ("bốn.xlsx", "migrated")],
        changes=[("D", "dv_tong", 225, 191, "corrected"), ("D", "tin_bai", 11, 7, "corrected"),
                 ("D-4", "", None, None, "arrived"), ("D-4", "dv_tong", None, 40, "arrived"),
                 ("D-4", "tin_bai", None, 4, "arrived"), ("P", "kt_dl_tong", None, 20, "own")],
        replaced={"D": [("dv_tong", 225, 191), ("tin_bai", 11, 7)]},
        totals={"dv_tong": 325 + (109 - 103), "kt_dl_tong": 9 + 4 + 20},
        own={"kt_dl_tong": 20, "n.doi_song": "Tỉnh đã họp."},
    ),
}  # fmt: skip

SEASON = (
    Day("1: first drafts", "D", drafts_arrive, {"D": DRAFTS}),
    Day("2: corrections", "D", corrections_arrive, {"D": CORRECTIONS}),
    Day("3: a copy and strangers", "D", strangers_arrive, {"D": STRANGERS}),
    Day("4: two that cannot be ordered", "D", two_that_cannot_be_ordered, {"D": UNDECIDED}),
    Day("5: the clerk decides", "D", the_clerk_decides, {"D": DECIDED}),
    Day("6: own work, a late file", "D", own_work_and_a_late_file, {"D": LATE_FILE}),
    Day("7: a new template", "D", the_template_changes, {"D": SECOND_TEMPLATE}),
    Day("8: a unit withdrawn", "D", a_unit_is_withdrawn, {"D": WITHDRAWN}),
    Day("9: districts hand up", "P", districts_hand_up, {"P": HANDED_UP}),
    Day("10: a correction at the base", "P", a_correction_at_the_base, CORRECTED, tree=True),
)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office with the rules before and after the update."""
    old = {"tin_bai": "bai_viet"}
    rules = {"1": write_rules(tmp_path / "1", FIRST | BOTH, old), "2": write_rules(tmp_path / "2", SECOND | BOTH, {})}
    return Office(tmp_path / "office", rules, monkeypatch)


def test_a_season(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    """Every day all that is seen is what is due, and a second run, from the command line, changes nothing."""
    wrong: list[str] = []
    due: dict[str, Seen] = {}
    for day in SEASON:
        day.happens(office)
        outcomes = office.runs(day.run, day.tree)
        left = {code: {path: path.read_bytes() for path in office.outputs(code)} for code in outcomes}
        for code, outcome in outcomes.items():
            due[code] = evening(due.get(code), day.seen[code], code)
            wrong += differing(f"{day.story}, {code}", due[code], office.seen(code, outcome, WATCHED))
            wrong += not_offered(f"{day.story}, {code}", office, outcome)
            told = tells_changes(office.report_path(code))
            wrong += [f"{day.story}, {code}, the report tells of changes: {told}"] * (told != bool(outcome.changes))
        again = office.runs_by_command(day.run, day.tree, capsys)
        for code, outcome in outcomes.items():
            where = f"{day.story}, {code}, run again"
            wrong += [f"{where}: {path.name} has other bytes" for path, content in left[code].items()
                      if path.read_bytes() != content and not is_told_once(path, outcome)]  # fmt: skip
            wrong += [f"{where}: {one}" for one in ("files", "ledger", "missing") if
                      settled(again[code])[one] != settled(outcome_json(outcome))[one]]  # fmt: skip
            wrong += [f"{where}: changes"] * tells_changes(office.report_path(code))
    wrong += traced(office) + answers_kept(office) + own_work_kept(office)
    wrong += otherwise_named(office, {code: due[code] for code in ("D", "E", "P")})
    assert not wrong, "\n".join(wrong)


def evening(yesterday: Seen | None, today: Seen, code: str) -> Seen:
    """What is due: the last day's, and over it what is new."""
    if yesterday is None:
        return today

    def grown(name: str, more: Mapping[str, Any] | None = None) -> dict[str, Any]:
        both = {**getattr(yesterday, name), **(more or {}), **getattr(today, name)}
        return {key: value for key, value in both.items() if value is not None}

    files, replaced = grown("files", ours(code)), grown("replaced")
    return replace(today, files=files, replaced=replaced, totals=grown("totals"), own=grown("own"))


def differing(where: str, due: Seen, found: Seen) -> list[str]:
    """Where something else was seen than was due."""
    pairs = [(one.name, getattr(due, one.name), getattr(found, one.name)) for one in fields(Seen)]
    return [f"{where}, {name}:\n  {_apart(one, other)}" for name, one, other in pairs if one != other]


def _apart(due: object, found: object) -> str:
    """Both in words; of tables what only one of them has."""
    if isinstance(due, dict) and isinstance(found, dict):
        one, other = (
            {key: value for key, value in mine.items() if key not in others or others[key] != value}
            for mine, others in ((due, found), (found, due))
        )
        return f"due   {one}\n  found {other}"
    return f"due   {due}\n  found {found}"


def settled(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a run says, but for the files that runs write themselves."""
    ledger = said["ledger"]
    files = [one for one in ledger["files"] if one["fate"] != "passed_over"]
    counts = {name: ledger[name] for name in ("units", "figures", "narratives", "rows", "totals")}
    return {"files": files, "ledger": counts, "missing": (said["missing"], said["waiting"], said["provisional"])}


def not_offered(where: str, office: Office, outcome: Outcome) -> list[str]:
    """The clerk is asked about every warning of the summary and of the files that count, and about nothing else."""
    of_files = [one for file in outcome.files if file.status == "accepted" for one in file.findings]
    found = {(one.unit, one.code) for one in [*of_files, *outcome.summary_findings] if one.severity is Severity.WARNING}
    offered = {(row["Mã đơn vị"], row["Quy tắc"]) for row in office.rows(outcome.parent.code, "Cảnh báo")}
    return [f"{where}, warnings to accept:\n  due   {sorted(found)}\n  found {sorted(offered)}"] * (offered != found)


def is_told_once(path: Path, outcome: Outcome) -> bool:
    """Whether decisions are asked about the summary that stood there before the template changed: it is gone now."""
    return path.name == "decisions.xlsx" and any(one.code == "own-outdated" for one in outcome.summary_findings)


def tells_changes(report: Path) -> bool:
    """Whether the report's sheet of changes has any since the run before."""
    return any("So với lần trước" in row for row in read_grid(report.read_bytes()).rows.get("Thay đổi", []))


def traced(office: Office) -> list[str]:
    """The province's members, down to the cell that was corrected last."""
    found = trace(office.summary_path("P"), "dv_tong")
    tree = {one.unit: one.value for one in found.tree.children} | {"": found.tree.value}
    (district,) = (one for one in found.tree.children if one.unit == "D")
    leaves = {one.unit: (one.value, one.own_place.file or one.place.file) for one in district.children}
    due = {"": 331, "D": 191, "D-4": 40, "E": 100}
    below = {"D-1": (109, f"{IN_D}/một cuối.xlsx"), "D-2": (82, f"{IN_D}/hai mẫu mới.xlsx")}
    return [f"trace: {tree}, {leaves}"] * ((tree, leaves, found.is_whole) != (due, below, True))


def answers_kept(office: Office) -> list[str]:
    """What the clerk decided about the unit that is gone stands aside; what is still asked, where it is asked."""
    sheets = read_grid(office.outputs("D")[1].read_bytes()).rows
    due = {"Không còn áp dụng": "Trạm trưởng xác nhận", "Cảnh báo": "làm nửa ngày"}
    return [f"{text} is not on {name}" for name, text in due.items() if not any(text in row for row in sheets[name])]


def own_work_kept(office: Office) -> list[str]:
    """Whatever was typed into summaries stands there at the end; what the form has no place for, in the kept copy."""
    wrong: list[str] = []
    for code in office.typed:
        grid = read_grid(office.summary_path(code).read_bytes())
        for name, value in typed_today(office, code).items():
            if grid.named(name) != (serial(value) if isinstance(value, date) else value):
                wrong.append(f"{code}, {name}: {value} was typed, {grid.named(name)} is there")
    copies = [read_grid(path.read_bytes()).named(GONE) for path in office.folder("D").glob("Tổng hợp D (bản cũ *.xlsx")]
    return wrong + [f"old summaries with {GONE}: {copies}"] * (copies != [3])


def typed_today(office: Office, code: str) -> dict[str, object]:
    """What was typed into a unit's summary over the season, under the names of the second template."""
    return {RENAMED.get(name, name): value for name, value in office.typed[code].items() if name != GONE}


def otherwise_named(office: Office, due: Mapping[str, Seen]) -> list[str]:
    """All that came over the season in one go and under other names, read in the opposite order: the same figures."""
    other = office.moved(office.home.with_name("again"))
    for code in due:
        inputs = [path for path in office.folder(code).glob("*.xlsx") if is_input(path)]
        named = {f"{number:02}.xlsx": path for number, path in enumerate(sorted(inputs, reverse=True))}
        other.receives(code, named | {path.name: path for path in office.outputs(code)[1:]})
    other.runs("P", tree=True)
    for code in office.typed:
        other.types(code, typed_today(office, code))
    found = {code: other.seen(code, outcome, ()) for code, outcome in other.runs("P", tree=True).items()}
    return [
        f"otherwise named, {code}, {name}: {getattr(found[code], name)}"
        for code, one in due.items()
        for name in ("totals", "own", "missing", "waiting", "provisional")
        if getattr(found[code], name) != getattr(one, name)
    ]


def is_input(path: Path) -> bool:
    """Whether a file came from a unit of the base: summaries are made again, and mailed copies of them are old."""
    return not path.name.startswith(("Tổng hợp", "Báo cáo kiểm tra", "decisions", "huyện"))
